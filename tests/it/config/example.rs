//! The example plan of 喜茂別町: it is taken without a word, calls whom the
//! plan calls, and shows every key there is.

use jiff::Timestamp;
use muster::config::{self, Checked, Sources};
use muster::domain::drill::DrillKind;
use muster::domain::event::{Effect, Event, EventKind, Intensity, Mode, Posture};
use muster::domain::office_hours::Hours;
use muster::domain::plan::{Plan, people};
use muster::domain::roster::VendorKind;
use muster::domain::rule::{Ask, Confirm, Decision, Need, Selector, select};

use crate::support::certificate::Certificate;

fn checked() -> Checked {
    config::check(&Sources::example(), &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The rule that an event of a kind starts, by its id.
fn started(plan: &Plan, kind: EventKind) -> Vec<String> {
    let event = Event {
        id: "e-1".into(),
        key: None,
        kind,
        headline: None,
        place: None,
        occurred_at: Timestamp::UNIX_EPOCH,
        received_at: Timestamp::UNIX_EPOCH,
        entered_by: "socket:0".into(),
        mode: Mode::Real,
        drill: None,
    };
    let selected = select(plan, &event);
    selected.iter().map(|one| one.rule.id.to_string()).collect()
}

#[test]
fn the_example_is_taken_without_a_word() {
    let checked = checked();
    assert_eq!(checked.warnings, []);
    let edition = &checked.plan.edition;
    assert_eq!(
        (edition.number, edition.date.to_string()),
        (2, "2025-12-29".to_owned())
    );
    assert_eq!(
        edition.approved_by.as_ref().unwrap().as_str(),
        "deputy-mayor"
    );
    let before = checked.plan.history.iter();
    let before: Vec<_> = before
        .map(|before| format!("{} {} {}", before.number, before.date, before.what.ja))
        .collect();
    assert_eq!(before, ["1 2023-12-14 策定"]);
    assert_eq!(edition.rules_digest.len(), 64);
    assert_ne!(edition.rules_digest, edition.roster_digest);
}

#[test]
fn each_row_of_the_plan_has_its_rule() {
    let plan = checked().plan;
    let quakes = Intensity::ALL
        .map(|intensity| started(&plan, EventKind::Earthquake { intensity }).join(" "));
    assert_eq!(quakes, ["", "", "", "P3", "P2", "P1", "P1", "P1", "P1"]);
    let floods = [1, 2, 3].map(|level| {
        let posture = Posture::new(level).unwrap();
        let ordered_by = "mayor".into();
        started(
            &plan,
            EventKind::WindFlood {
                posture,
                ordered_by,
                acting_for: None,
            },
        )
        .join(" ")
    });
    assert_eq!(floods, ["", "", "P4"]);
    let incidents = Effect::ALL.map(|effect| {
        let systems = Vec::new();
        started(&plan, EventKind::SecurityIncident { effect, systems }).join(" ")
    });
    assert_eq!(incidents, ["P5", "P6", "P7"]);
    let like = EventKind::Threat {
        like: "P1".into(),
        threat: "火山噴火".to_owned(),
        ordered_by: None,
    };
    assert_eq!(started(&plan, like), ["P1"]);
}

/// 8:30 to 17:15 on working days; shut on holidays and from 12/29 to 1/3.
#[test]
fn the_office_keeps_its_hours() {
    let plan = checked().plan;
    for (at, hours) in [
        ("2026-11-24T08:30:00", Hours::Office),
        ("2026-11-24T17:15:00", Hours::Off),
        ("2026-11-21T10:00:00", Hours::Off),
        ("2026-11-23T10:00:00", Hours::Off),
        ("2026-12-28T10:00:00", Hours::Office),
        ("2026-12-29T10:00:00", Hours::Off),
        ("2029-01-03T10:00:00", Hours::Off),
        ("2029-01-04T10:00:00", Hours::Office),
    ] {
        let instant = format!("{at}+09:00").parse().unwrap();
        assert_eq!(plan.hours(instant), Some(hours), "{at}");
    }
}

#[test]
fn each_rule_calls_whom_the_plan_says() {
    let plan = checked().plan;
    let called = |rule: &str| -> Vec<_> {
        let targets = plan.rules[rule].targets.iter();
        targets.map(|target| target.who.to_string()).collect()
    };
    assert_eq!(called("P1"), ["everyone"]);
    assert_eq!(called("P2"), ["every-squad"]);
    assert_eq!(called("P3"), ["section:planning", "section:construction"]);
    assert_eq!(called("P4"), ["everyone"]);
    // Nobody musters for P5 and P6 unless it is decided so.
    assert_eq!(called("P5"), ["post:it-manager", "post:it-staff"]);
    assert_eq!(called("P6"), ["post:it-manager", "post:it-staff"]);
    let first = |rule: &str| plan.rules[rule].decision.as_ref().unwrap().first;
    assert_eq!(first("P5"), Some(Decision::HandleInSection));
    assert_eq!(first("P6"), None);
    assert_eq!(plan.rules["P7"].decision, None);
    assert_eq!(
        called("P7"),
        ["post:cio", "post:it-manager", "post:it-staff"]
    );
    let everyone = &plan.rules["P1"];
    assert_eq!(everyone.targets[0].need, Need::Everyone);
    assert_eq!(everyone.ask, Ask::Everyone);
    assert_eq!(
        people(&[everyone.targets[0].who.clone()], &plan.roster).len(),
        plan.roster.people.len()
    );
    assert_eq!(plan.rules["P2"].targets[0].need, Need::Roster);
    for rule in ["P1", "P2", "P3"] {
        assert_eq!(plan.rules[rule].confirm, Confirm::None);
        assert!(!plan.rules[rule].place.is_empty() && !plan.rules[rule].instruction.is_empty());
    }
    assert_eq!(plan.rules["P4"].confirm, Confirm::Hold { seconds: 60 });
    assert_eq!(
        plan.rules["P4"].ordered_by,
        [Selector::Post("mayor".into())]
    );
    assert_eq!(plan.rules["P5"].inform, [Selector::Post("it-staff".into())]);
    assert!(plan.safety.ja.contains("身の安全を最優先"));
    assert!(
        plan.procedures
            .values()
            .all(|procedure| procedure.stages.len() >= 3)
    );
}

#[test]
fn the_people_stand_where_the_plan_puts_them() {
    let plan = checked().plan;
    let roster = &plan.roster;
    assert!(roster.people.len() >= 36);
    let holders = |post: &str| -> Vec<_> {
        roster.posts[post]
            .holders
            .iter()
            .map(|id| id.as_str())
            .collect()
    };
    assert_eq!(holders("cio"), ["deputy-mayor"]);
    assert_eq!(holders("it-manager"), ["it-manager"]);
    assert_eq!(holders("it-staff"), ["it-1", "it-2"]);
    let required = |squad: &str| -> Vec<_> {
        roster.squads[squad]
            .required
            .iter()
            .map(|id| id.as_str())
            .collect()
    };
    assert_eq!(required("control"), ["it-manager", "it-1", "it-2"]);
    assert!(
        ["it-1", "it-2"]
            .iter()
            .all(|id| required("secretariat").contains(id))
    );
    let kinds: Vec<_> = roster.vendors.values().map(|vendor| vendor.kind).collect();
    assert_eq!(kinds, [VendorKind::Operator, VendorKind::Maintainer]);
    assert_eq!(roster.systems.len(), 43);
    assert_eq!(roster.system("19").unwrap().name, "選挙システム");
    assert_eq!(
        roster
            .system("固定資産税システム登記済通知書連携機能")
            .unwrap()
            .number,
        43
    );
    assert!(
        roster
            .systems
            .values()
            .all(|system| system.maintainer.is_some())
    );
}

#[test]
fn everybody_has_an_address_of_their_own_and_none_is_real() {
    let plan = checked().plan;
    let mut seen = std::collections::HashSet::new();
    for person in plan.roster.people.values() {
        let mails = person
            .contacts
            .iter()
            .filter(|contact| contact.channel.to_string() == "email");
        let mails: Vec<_> = mails.map(|contact| &*contact.address).collect();
        assert_eq!(mails.len(), 1, "{}", person.id);
        assert!(
            mails[0].ends_with("@example.jp") && seen.insert(mails[0]),
            "{}",
            person.id
        );
        let numbers = person
            .contacts
            .iter()
            .filter(|contact| contact.channel.to_string() != "email");
        for number in numbers {
            assert!(
                number.address.starts_with("+81-0-") && seen.insert(&number.address),
                "{}",
                person.id
            );
        }
    }
}

#[test]
fn the_contact_drill_comes_first_and_reaches_the_it_staff() {
    let plan = checked().plan;
    let (id, drill) = plan.drills.first().unwrap();
    assert_eq!((id.as_str(), drill.kind), ("contact", DrillKind::Contact));
    let rules = started(&plan, drill.event.clone());
    let called = rules
        .iter()
        .flat_map(|rule| plan.rules[rule.as_str()].targets.iter());
    assert!(
        called
            .into_iter()
            .any(|target| target.who == Selector::Post("it-staff".into()))
    );
    assert_eq!(
        started(&plan, plan.drills["earthquake-5-lower"].event.clone()),
        ["P2"]
    );
}

/// The file with every line that shows a key taken out of its comment.
fn uncommented(text: &str) -> String {
    let shown = |line: &str| {
        let rest = line.strip_prefix('#')?;
        rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase())
            .then(|| rest.to_owned())
    };
    let lines: Vec<_> = text
        .lines()
        .map(|line| shown(line).unwrap_or_else(|| line.to_owned()))
        .collect();
    lines.join("\n")
}

/// Every key of a file, as `email.relay.url`.
fn keys(value: &toml::Value, above: &str, found: &mut std::collections::BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if above.is_empty() {
                    key.clone()
                } else {
                    format!("{above}.{key}")
                };
                keys(value, &path, found);
                found.insert(path);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| keys(item, above, found)),
        _ => {}
    }
}

#[test]
fn every_key_that_the_program_knows_stands_in_the_example() {
    let sources = Sources::example();
    let files = [&sources.muster, &sources.roster, &sources.rules];
    for ((file, known), source) in config::known_keys().into_iter().zip(files) {
        let table: toml::Table = uncommented(&source.text).parse().unwrap();
        let mut shown = std::collections::BTreeSet::new();
        keys(&toml::Value::Table(table), "", &mut shown);
        let absent: Vec<_> = known.iter().filter(|key| !shown.contains(*key)).collect();
        assert!(absent.is_empty(), "{file} does not show {absent:?}");
    }
}

#[test]
fn what_the_example_shows_in_comments_is_taken_too() {
    let mut sources = Sources::example();
    let dir = tempfile::tempdir().unwrap();
    let authority = Certificate::good();
    std::fs::copy(authority.roots(), dir.path().join("relay-ca.pem")).unwrap();
    for (name, secret) in [
        ("relay-password", "for a test\n"),
        ("voice-gateway-secret", "whsec_Zm9yIGEgdGVzdA==\n"),
        ("voice-gateway-token", "for a test\n"),
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(dir.path().join(name), secret).unwrap();
        std::fs::set_permissions(
            dir.path().join(name),
            std::fs::Permissions::from_mode(0o600),
        )
        .unwrap();
    }
    sources.dir = dir.path().to_owned();
    sources.credentials = Some(dir.path().to_owned());
    for file in [&mut sources.muster, &mut sources.roster, &mut sources.rules] {
        file.text = uncommented(&file.text);
    }
    let checked = config::check(&sources, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(checked.operator.email.relays.len(), 2);
    assert_eq!(checked.plan.drills.len(), 4);
    assert_eq!(checked.plan.rules["P3-off"].hours, Some(Hours::Off));
}
