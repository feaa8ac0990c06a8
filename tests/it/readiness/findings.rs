//! Each finding: where it is made, where it must not be, and how grave it is.

use muster::config::{self, Sources};
use muster::domain::readiness::{Bounce, Finding, Known, RefusedText, Severity, findings};
use muster::domain::roster::{ChannelName, Contact, Vendor, VendorDesk, VendorKind};
use muster::domain::rule::{CallMode, DecisionRule, Need, Selector};

use crate::support::plans::{Town, contact, dawn, ids, minutes, selector, text};

/// An address that bounced this morning.
pub(super) fn bounce(person: &str, which: &str) -> Bounce {
    Bounce {
        person: person.into(),
        contact: contact(person, which),
        since: dawn(),
        call_out: Some("20261124-k7qm".into()),
    }
}

pub(super) fn look(town: &Town, bounces: &[Bounce]) -> Vec<Finding> {
    let webhooks = ["sms".to_owned()];
    let known = Known {
        drills: &[],
        bounces,
        webhooks: &webhooks,
        texts: &[],
        now: dawn(),
    };
    findings(&town.0, known)
}

/// What was found, each as gravity, name and whom it is about.
pub(super) fn found(town: &Town, bounces: &[Bounce]) -> Vec<String> {
    let said = look(town, bounces).into_iter().map(|finding| {
        let about = match &finding {
            Finding::NoAdministrator => String::new(),
            Finding::Nobody(place)
            | Finding::NoFirst(place)
            | Finding::NoDeputy(place)
            | Finding::TooFew { place, .. }
            | Finding::NoRequired { place, .. } => {
                let rules: Vec<&str> = place.rules.iter().map(|id| id.as_str()).collect();
                format!("{} {}", place.who, rules.join(","))
            }
            Finding::NobodyInformed(informed) => {
                let rules: Vec<&str> = informed.rules.iter().map(|id| id.as_str()).collect();
                format!("{} {}", informed.why.key(), rules.join(","))
            }
            Finding::Away { people, .. } => {
                let people: Vec<&str> = people.iter().map(|gone| gone.person.as_str()).collect();
                people.join(",")
            }
            Finding::NobodyDecides(rules)
            | Finding::NoFirstDecides(rules)
            | Finding::NoNextDecides(rules)
            | Finding::NoApprover(rules) => {
                let rules: Vec<&str> = rules.iter().map(|id| id.as_str()).collect();
                rules.join(",")
            }
            Finding::Vacant { post, .. } | Finding::PostAlone { post } => post.to_string(),
            Finding::Drill(standing) => {
                format!("{} {}", standing.duty.what.name(), standing.due)
            }
            Finding::NoContact { person }
            | Finding::NoChannel { person }
            | Finding::AllBounced { person, .. } => person.to_string(),
            Finding::Unproved(people) => {
                let people: Vec<&str> = people.iter().map(|id| id.as_str()).collect();
                people.join(",")
            }
            Finding::Bounced { number, bounce } => format!("{} {number}", bounce.person),
            Finding::AbsentWebhook { webhook, contacts } => format!("{webhook} {contacts}"),
            Finding::VendorUnreachable { vendor } => vendor.to_string(),
            Finding::OwnText(refused) => format!("{} {}", refused.file, refused.line),
        };
        let line = format!("{} {} {about}", finding.severity().name(), finding.name());
        line.trim().to_owned()
    });
    said.collect()
}

/// A town with nothing to mend: a squad of two, either of whom will do, and
/// one who stands in.
pub(super) fn sound() -> Town {
    Town::new()
        .people(&["a", "b", "c"], &["mail", "sms"])
        .squad("s", Some(1), &["a", "b"], &["c"])
        .target("squad:s", Need::Roster, CallMode::InTurn)
        .administrator("boss")
}

#[test]
fn a_town_that_is_ready_is_left_in_peace() {
    assert_eq!(found(&sound(), &[]), [""; 0]);
}

/// The example of the repository has nothing to mend.
#[test]
fn the_example_plan_is_ready() {
    let checked = config::check(&Sources::example(), &[]).unwrap();
    let known = Known {
        drills: &[],
        bounces: &[],
        webhooks: &checked.operator.webhook_names(),
        texts: &[],
        now: dawn(),
    };
    assert_eq!(findings(&checked.plan, known), []);
}

#[test]
fn administrators_of_whom_none_can_be_reached_are_said_first() {
    let mut town = sound();
    town.0.roster.people["boss"].contacts.clear();
    assert_eq!(
        found(&town, &[]),
        ["serious no-administrator", "serious no-contact boss"]
    );
    let mut town = sound();
    town.0.administrators.clear();
    assert_eq!(found(&town, &[]), ["serious no-administrator"]);
    let both = sound().administrator("other");
    let bounces = [bounce("boss", "mail")];
    assert_eq!(
        found(&both, &bounces),
        ["serious all-bounced boss"],
        "one of two is enough to be told"
    );
}

#[test]
fn a_place_that_nobody_reachable_can_fill_is_one_finding() {
    let bounces = ["a", "b", "c"].map(|person| [bounce(person, "mail"), bounce(person, "sms")]);
    assert_eq!(
        found(&sound(), &bounces.concat()),
        [
            "serious nobody squad:s P2",
            "serious all-bounced a",
            "serious all-bounced b",
            "serious all-bounced c",
        ]
    );
}

#[test]
fn a_need_beyond_those_who_can_be_reached_is_found() {
    let mut town = sound();
    town.0.roster.squads["s"].need = Some(3);
    assert_eq!(found(&town, &[]), [""; 0], "three of three will do");
    town.0.roster.people["c"].contacts.clear();
    let all = look(&town, &[]);
    assert!(
        matches!(
            &all[0],
            Finding::TooFew {
                need: 3,
                reachable: 2,
                ..
            }
        ),
        "{all:?}"
    );
    assert_eq!(all.len(), 2, "and no word of deputies besides: {all:?}");
}

#[test]
fn a_first_who_cannot_be_reached_is_found_though_a_deputy_can() {
    let mut town = sound();
    for person in ["a", "b"] {
        town.0.roster.people[person].contacts.clear();
    }
    assert_eq!(
        found(&town, &[])[..1],
        ["serious no-first squad:s P2".to_owned()]
    );
}

#[test]
fn a_deputy_who_cannot_be_reached_is_found_where_no_other_can_step_in() {
    let mut town = sound();
    town.0.roster.people["c"].contacts.clear();
    assert_eq!(
        found(&town, &[]),
        ["serious no-contact c"],
        "of two who come first, either stands in for the other"
    );
    town.0.roster.squads["s"].need = None;
    assert_eq!(
        found(&town, &[]),
        ["serious no-deputy squad:s P2", "serious no-contact c"]
    );
}

/// Where everyone is wanted nobody stands in for another.
#[test]
fn an_all_staff_rule_wants_no_deputy() {
    let mut town = Town::new()
        .people(&["a", "b"], &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .administrator("boss");
    assert_eq!(found(&town, &[]), [""; 0]);
    town.0.roster.people["b"].contacts.clear();
    assert_eq!(found(&town, &[]), ["serious no-contact b"]);
}

#[test]
fn every_squad_is_looked_at_by_itself_and_each_place_is_said_once() {
    let mut town = Town::new()
        .people(&["a", "b"], &["mail"])
        .squad("s", None, &["a"], &["b"])
        .squad("t", None, &["b"], &[])
        .target("every-squad", Need::Roster, CallMode::InTurn)
        .administrator("boss");
    let mut other = town.0.rules["P2"].clone();
    other.id = "P9".into();
    other.targets[0].need = Need::Count(1);
    town.0.rules.insert(other.id.clone(), other);
    assert_eq!(found(&town, &[]), ["serious no-deputy squad:t P2,P9"]);
}

#[test]
fn a_squad_without_required_members_is_found_where_a_rule_calls_it() {
    let town = sound()
        .squad("t", None, &[], &["a", "b"])
        .squad("idle", None, &[], &["a"])
        .target("squad:t", Need::Roster, CallMode::InTurn);
    assert_eq!(found(&town, &[]), ["serious no-required squad:t P2"]);
}

pub(super) fn decision(line: &[&str]) -> DecisionRule {
    DecisionRule {
        ask: line.iter().map(|who| selector(who)).collect(),
        within: minutes(10),
        again: minutes(60),
        first: None,
    }
}

/// A decision wants somebody who can be asked first, and somebody after them.
#[test]
fn a_decision_wants_a_first_and_a_next_who_can_be_asked() {
    let asked = |line: &[&str]| {
        let mut town = sound().people(&["d"], &[]);
        town.rule().decision = Some(decision(line));
        found(&town, &[])
    };
    let none = "serious no-contact d";
    assert_eq!(asked(&["person:a", "person:b"]), [none]);
    assert_eq!(asked(&["person:d"]), ["serious nobody-decides P2", none]);
    let first = asked(&["person:d", "person:a"]);
    assert_eq!(first, ["serious no-first-decides P2", none]);
    for line in [
        &["person:a"][..],
        &["person:a", "person:d"],
        &["person:a", "person:a"],
    ] {
        assert_eq!(asked(line), ["serious no-next-decides P2", none]);
    }
}

/// What is held is told to somebody.
#[test]
fn a_rule_that_holds_wants_an_approver_who_can_be_told() {
    let mut town = sound().people(&["d"], &[]);
    town.0.approvers = vec![selector("person:d")];
    assert_eq!(
        found(&town, &[]),
        ["serious no-contact d"],
        "nothing is held"
    );
    let town = town.hold(60);
    let held = ["serious no-approver P2", "serious no-contact d"];
    assert_eq!(found(&town, &[]), held);
    let mut town = town;
    town.0.approvers.push(selector("person:a"));
    assert_eq!(found(&town, &[]), ["serious no-contact d"]);
}

#[test]
fn a_post_held_by_nobody_is_grave_where_a_rule_names_it() {
    let mut town = sound()
        .post("mayor", &[], &["a"])
        .post("clerk", &[], &["a"]);
    town.0.rules["P2"]
        .ordered_by
        .push(Selector::Post("mayor".into()));
    assert_eq!(
        found(&town, &[]),
        ["serious vacant mayor", "minor vacant clerk"]
    );
}

#[test]
fn a_post_without_a_deputy_is_found() {
    let town = sound()
        .post("clerk", &["a"], &[])
        .post("pair", &["a", "b"], &[]);
    assert_eq!(found(&town, &[]), ["minor post-alone clerk"]);
    let town = town.target("post:clerk", Need::Roster, CallMode::InTurn);
    assert_eq!(
        found(&town, &[]),
        ["serious no-deputy post:clerk P2"],
        "once, by the rule that calls it"
    );
}

#[test]
fn a_bounce_is_grave_only_where_it_was_the_last_way() {
    let town = sound();
    assert_eq!(found(&town, &[bounce("a", "mail")]), ["minor bounced a 1"]);
    assert_eq!(found(&town, &[bounce("a", "sms")]), ["minor bounced a 2"]);
    assert_eq!(
        found(&town, &[bounce("a", "mail"), bounce("a", "sms")]),
        ["serious all-bounced a"]
    );
}

/// An address that was mended, or a person who has left, is no finding.
#[test]
fn a_bounce_that_the_roster_no_longer_names_is_forgotten() {
    let bounces = [bounce("a", "mail9"), bounce("gone", "mail")];
    assert_eq!(found(&sound(), &bounces), [""; 0]);
}

#[test]
fn a_webhook_that_is_not_there_reaches_nobody() {
    let mut town = sound();
    let fax = |person: &str| Contact {
        channel: ChannelName::Webhook("fax".into()),
        ..contact(person, "sms")
    };
    town.0.roster.people["a"].contacts.push(fax("a"));
    town.0.roster.people["b"].contacts = vec![fax("b")];
    assert_eq!(
        found(&town, &[]),
        ["serious no-channel b", "minor absent-webhook fax 2"]
    );
}

#[test]
fn a_vendor_whom_nobody_can_ask_is_found() {
    let mut town = sound();
    let vendor = |id: &str, contacts: Vec<Contact>| Vendor {
        id: id.into(),
        name: text(id),
        kind: VendorKind::Maintainer,
        desks: vec![VendorDesk {
            name: text("desk"),
            contacts,
        }],
    };
    for vendor in [
        vendor("able", vec![contact("able", "mail")]),
        vendor("mute", vec![]),
    ] {
        town.0.roster.vendors.insert(vendor.id.clone(), vendor);
    }
    assert_eq!(found(&town, &[]), ["minor vendor-unreachable mute"]);
}

#[test]
fn what_is_serious_comes_first() {
    let mut town = sound().post("clerk", &[], &[]);
    town.0.roster.people["a"].contacts.clear();
    let all = look(&town, &[bounce("b", "mail")]);
    let grave: Vec<Severity> = all.iter().map(Finding::severity).collect();
    assert!(grave.is_sorted(), "{grave:?}");
    assert_eq!(grave.len(), 3);
}

/// One finding of every kind, for the tests of their words.
pub(super) fn one_of_each() -> (Town, Vec<Finding>) {
    let mut town = sound()
        .people(&["d", "e", "f", "g"], &["mail", "sms"])
        .squad("none", None, &["d"], &["e"])
        .squad("few", Some(2), &["a", "d"], &[])
        .squad("late", None, &["d"], &["a"])
        .squad("bare", None, &[], &["a", "b"])
        .post("lone", &["b"], &[])
        .post("held", &["a"], &[])
        .post("vacant", &[], &["a"])
        .post("idle", &[], &[]);
    for who in [
        "squad:none",
        "squad:few",
        "squad:late",
        "squad:bare",
        "post:lone",
    ] {
        town = town.target(who, Need::Roster, CallMode::InTurn);
    }
    town.0.rules["P2"]
        .ordered_by
        .push(Selector::Post("vacant".into()));
    town.0.administrators = vec![Selector::Person(ids(&["d"])[0].clone())];
    town.0.roster.people["d"].contacts.clear();
    town.0.roster.people["f"].contacts = vec![Contact {
        channel: ChannelName::Webhook("fax".into()),
        ..contact("f", "sms")
    }];
    let vendor = Vendor {
        id: "mute".into(),
        name: text("mute"),
        kind: VendorKind::Operator,
        desks: Vec::new(),
    };
    town.0.roster.vendors.insert(vendor.id.clone(), vendor);
    town = town.hold(60);
    town.0.approvers = vec![selector("person:d")];
    for (id, line) in [
        ("P5", &["person:a"][..]),
        ("P6", &["person:d", "person:a"]),
        ("P7", &["person:d"]),
    ] {
        let mut rule = town.0.rules["P2"].clone();
        (rule.id, rule.targets, rule.ordered_by) = (id.into(), Vec::new(), Vec::new());
        rule.decision = Some(decision(line));
        town.0.rules.insert(rule.id.clone(), rule);
    }
    let bounces = [bounce("e", "mail"), bounce("e", "sms"), bounce("g", "mail")];
    let mut all = look(&town, &bounces);
    all.push(Finding::Unproved(ids(&[
        "a", "b", "c", "d", "e", "f", "g", "h", "i",
    ])));
    all.push(Finding::OwnText(RefusedText {
        file: "templates/real.call.ja.txt".to_owned(),
        line: 3,
        why: text("why"),
    }));
    (town, all)
}

#[test]
fn the_one_of_each_is_one_of_each() {
    let (_, all) = one_of_each();
    let names: std::collections::BTreeSet<&str> = all.iter().map(Finding::name).collect();
    assert_eq!(names.len(), 20, "{names:?}");
}
