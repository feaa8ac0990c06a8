//! Rehearsals: the same code as the daemon's, the same seed the same play.

mod course;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;
use muster::config::{self, Source, Sources};
use muster::domain::acknowledgement::Reply;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::PersonId;
use muster::domain::journal::Entry;
use muster::domain::notification::Purpose;
use muster::domain::plan::Plan;
use muster::domain::rule::Confirm;
use muster::domain::rule::{Ask, CallMode, Decision, Need};
use muster::domain::text::Language;
use muster::message::timeline;
use muster::report::explain::explain;
use muster::report::rehearse::{
    Assumed, Deciding, End, Imagined, Rates, Reached, Rehearsed, Script, What, rehearse,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::call_out::random::day;
use crate::support::daemon::Town as Files;
use crate::support::plans::{Town, again, dawn, stage};
use crate::support::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn example() -> Plan {
    config::check(&Sources::example(), &[]).unwrap().plan
}

fn quake(intensity: &str) -> Imagined {
    let intensity = Intensity::parse(intensity).unwrap();
    EventKind::Earthquake { intensity }.into()
}

fn drawn(seed: u64) -> Assumed {
    Assumed {
        seed,
        rates: Rates::USUAL,
        script: Script::default(),
        decide: None,
        length: DAY,
    }
}

fn written(plan: &Plan, table: &str) -> Assumed {
    let source = Source::new("drill.csv", table);
    Assumed {
        rates: Rates::NONE,
        script: config::answers(&source, &plan.roster).unwrap(),
        ..drawn(1)
    }
}

fn only(plan: &Plan, imagined: &Imagined, assumed: &Assumed) -> Rehearsed {
    rehearse(plan, imagined, assumed, dawn()).expect("a rule applies")
}

/// Every line in words, with its time.
fn lines(rehearsed: &Rehearsed, plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for line in &rehearsed.lines {
        if let What::Entry(record) = &line.what {
            let call_out = &rehearsed.call_out;
            let zone = &plan.time_zone;
            let words = timeline::plain(&record.entry, call_out, zone, Language::Ja);
            lines.push(format!("{} {words}", line.after.as_secs()));
        }
    }
    lines
}

#[test]
fn the_same_seed_plays_the_same_and_another_does_not() {
    let plan = example();
    let play = |seed| only(&plan, &quake("5-"), &drawn(seed));
    assert_eq!(play(7), play(7));
    assert_ne!(lines(&play(7), &plan), lines(&play(8), &plan));
}

/// One in five comes, one address in fifty is dead: over many people the
/// rates are what was asked for.
#[test]
fn rates_are_kept() {
    let plan = crowd(1000);
    let rates = Rates {
        coming: 0.2,
        cannot: 0.3,
        dead: 0.1,
    };
    let assumed = Assumed { rates, ..drawn(3) };
    let counts = only(&plan, &quake("7"), &assumed).call_out.counts();
    assert_eq!(counts.called, 1000);
    assert!((70..=130).contains(&counts.unreachable), "{counts:?}");
    let coming = counts.coming + counts.arrived;
    assert!((140..=220).contains(&coming), "{counts:?}");
    assert!((230..=310).contains(&counts.cannot), "{counts:?}");
}

/// So many people, all of them called at once and asked again and again.
fn crowd(people: usize) -> Plan {
    let names: Vec<String> = (0..people).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut first = stage(0);
    first.resend = again(10, 2);
    let mut second = stage(30);
    second.remind = true;
    second.resend = again(10, 2);
    Town::new()
        .people(&names, &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .ask(Ask::Everyone)
        .stage(first)
        .stage(second)
        .exhausted_after(120)
        .0
}

/// A thousand people and a day of virtual time.
#[test]
fn a_thousand_people_and_a_day_come_to_an_end() {
    let plan = crowd(1000);
    let rehearsed = only(&plan, &quake("7"), &drawn(1));
    assert_eq!(rehearsed.end, End::NothingMore);
    assert!(rehearsed.lasted <= DAY);
    assert_eq!(rehearsed.call_out.counts().called, 1000);
}

/// Who is sent what, at which time.
type Sent = BTreeMap<(Duration, &'static str), BTreeSet<PersonId>>;

fn note(sent: &mut Sent, after: Duration, purpose: Purpose, people: &[Reached]) {
    let people = people.iter().map(|to| to.person.clone());
    sent.entry((after, purpose.name()))
        .or_default()
        .extend(people);
}

/// In any town, with nobody answering, it sends what `explain` says: the same
/// people at the same times for the same purposes.
#[test]
fn with_nobody_answering_it_is_what_is_explained() {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let silent = Assumed {
        rates: Rates::NONE,
        length: DAY * 30,
        ..drawn(1)
    };
    let run = |day: crate::call_out::random::Day| {
        let plan = day.town.0;
        // What waits for a second person is explained as if that word came;
        // nobody gives it here.
        let confirm = plan.rules.values().map(|rule| rule.confirm);
        if confirm
            .into_iter()
            .any(|it| matches!(it, Confirm::SecondPerson { .. }))
        {
            return Ok(());
        }
        let imagined = quake("5-");
        let (mut explained, mut played) = (Sent::new(), Sent::new());
        if let Some(explained_rule) = explain(&plan, &imagined, dawn()) {
            for step in &explained_rule.steps {
                for (purpose, people) in &step.sent {
                    note(&mut explained, step.after, *purpose, people);
                }
            }
        }
        // Why: what nobody decides is asked again for ever; it is explained once.
        let decides = plan.rules.values().any(|rule| rule.decision.is_some());
        let last = explained.keys().map(|(after, _)| *after).max();
        if let Some(rehearsed) = rehearse(&plan, &imagined, &silent, dawn()) {
            for line in &rehearsed.lines {
                if let What::Sent(purpose, people) = &line.what {
                    note(&mut played, line.after, *purpose, people);
                }
            }
            if decides {
                played.retain(|(after, _), _| Some(*after) <= last);
            } else {
                prop_assert_eq!(rehearsed.end, End::NothingMore);
            }
        }
        prop_assert_eq!(explained, played);
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&day(), run) {
        panic!("{error}");
    }
}

/// What was rehearsed is what the daemon then does: the same answers at the
/// same times give the same account, line by line.
#[tokio::test]
async fn what_was_rehearsed_is_what_the_daemon_does() {
    let answers = [
        ("it-1", "coming", Reply::Coming, "3m"),
        ("it-2", "cannot", Reply::Cannot, "4m30s"),
        ("it-manager", "coming", Reply::Coming, "12m"),
        ("mayor", "coming", Reply::Coming, "25m"),
    ];
    let mut table = "person,answer,after\n".to_owned();
    for (person, answer, _, after) in answers {
        table.push_str(&format!("{person},{answer},{after}\n"));
    }
    let world = World::example().await;
    let assumed = written(world.plan(), &table);
    let rehearsed = only(world.plan(), &quake("5-"), &assumed);

    let id = world.earthquake("5-").await.remove(0);
    let begin = world.clock.now();
    for (person, _, reply, after) in answers {
        if world.sent_to(person) == 0 {
            // Whom nobody asks answers nothing.
            continue;
        }
        let after: SignedDuration = after.parse().unwrap();
        // A message takes two seconds in a rehearsal, none in this world.
        let at = begin + after + SignedDuration::from_secs(2);
        let wait = at.duration_since(world.clock.now());
        world.advance(&format!("{}s", wait.as_secs())).await;
        world.answer(&id, person, reply).await;
    }
    world.advance("24h").await;
    let call_out = world.see(&id).await;
    let records = world.engine.store().journal(&id, 0).await.unwrap();
    let zone = &world.plan().time_zone;
    let real = records.iter().map(|record| {
        let words = timeline::plain(&record.entry, &call_out, zone, Language::Ja);
        let after = record.at.duration_since(begin).as_secs();
        format!("{after} {words}")
    });
    let real: Vec<String> = real.collect();
    // The first line says who told it.
    assert_eq!(lines(&rehearsed, world.plan())[1..], real[1..]);
}

/// A held call-out: confirmed, cancelled, or left alone, as it is written.
#[test]
fn words_on_a_held_call_out_are_played() {
    let plan = example();
    let imagined: Imagined = EventKind::WindFlood {
        posture: muster::domain::event::Posture::new(3).unwrap(),
        ordered_by: "mayor".into(),
        acting_for: None,
    }
    .into();
    let first = |table: &str| {
        let rehearsed = only(&plan, &imagined, &written(&plan, table));
        let seconds = |wanted: fn(&Entry) -> bool| {
            rehearsed.lines.iter().find_map(|line| match &line.what {
                What::Entry(record) if wanted(&record.entry) => Some(line.after.as_secs()),
                _ => None,
            })
        };
        (
            seconds(|entry| matches!(entry, Entry::Opened { .. })),
            seconds(|entry| matches!(entry, Entry::Cancelled { .. })),
        )
    };
    assert_eq!(first("person,answer,after\n"), (Some(60), None));
    assert_eq!(
        first("person,answer,after\ncio,confirm,20s\n"),
        (Some(20), None)
    );
    assert_eq!(
        first("person,answer,after\ncio,cancel,20s\n"),
        (None, Some(20))
    );
    // Too late: it has begun, and nothing is stopped by it.
    assert_eq!(
        first("person,answer,after\ncio,cancel,2m\n"),
        (Some(60), None)
    );
}

fn incident(effect: &str) -> Imagined {
    EventKind::SecurityIncident {
        effect: muster::domain::event::Effect::parse(effect).unwrap(),
        systems: vec![19],
    }
    .into()
}

/// P6 waits for a person's word: as it is written, as it is assumed, or never.
#[test]
fn a_decision_is_written_assumed_or_never_given() {
    let plan = example();
    let decided = |assumed: &Assumed| {
        let rehearsed = only(&plan, &incident("work-hindered"), assumed);
        rehearsed.lines.iter().find_map(|line| match &line.what {
            What::Entry(record) => match &record.entry {
                Entry::Decided { decision, .. } => Some((line.after.as_secs(), *decision)),
                _ => None,
            },
            What::Sent(..) => None,
        })
    };
    let table = "person,answer,after\nit-manager,handle-in-section,4m\n";
    let section = Some((242, Decision::HandleInSection));
    assert_eq!(decided(&written(&plan, table)), section);
    let mut assumed = drawn(1);
    assert_eq!(decided(&assumed), None);
    assumed.rates.dead = 0.0;
    assumed.decide = Some(Deciding {
        after: Duration::from_secs(60),
        decision: None,
    });
    assert_eq!(decided(&assumed), Some((62, Decision::Muster)));
    // What is written goes before what is assumed.
    let both = Assumed {
        decide: assumed.decide,
        ..written(&plan, table)
    };
    assert_eq!(decided(&both), section);
}

/// 震度4 that turns out to be 5弱: the squads are called besides, nobody twice.
#[test]
fn an_event_grows_as_it_is_written() {
    let plan = example();
    let text = "[[grow]]\nafter = \"20m\"\nevent = { kind = \"earthquake\", intensity = \"5-\" }\n";
    let source = Source::new("drill.toml", text);
    let assumed = Assumed {
        script: config::answers(&source, &plan.roster).unwrap(),
        ..written(&plan, "person,answer\n")
    };
    let rehearsed = only(&plan, &quake("4"), &assumed);
    assert_eq!(rehearsed.call_out.rule.as_str(), "P2");
    let mut called = BTreeSet::new();
    let mut grown = None;
    for line in &rehearsed.lines {
        match &line.what {
            What::Sent(Purpose::Call, people) => {
                for person in people {
                    assert!(called.insert(person.person.clone()), "{}", person.person);
                }
            }
            What::Entry(record) if matches!(record.entry, Entry::Grown { .. }) => {
                grown = Some(line.after.as_secs());
            }
            _ => {}
        }
    }
    assert_eq!(grown, Some(20 * 60));
    let town = Files::new(1);
    town.write("drill.toml", text);
    let file = town.config().join("drill.toml");
    let other = [
        "rehearse",
        "security-incident",
        "--effect",
        "small",
        "--answers",
        file.to_str().unwrap(),
    ];
    assert_eq!(town.run(&other).status.code(), Some(2));
}

/// Whoever is out of reach by every address brings the next in line, and the
/// end says what is missing and why.
#[test]
fn a_need_is_filled_or_it_says_why_not() {
    let mut first = stage(0);
    first.call = muster::domain::procedure::StageCall::Next;
    let plan = Town::new()
        .people(&["a", "b", "c"], &["mail", "sms"])
        .squad("control", Some(1), &["a"], &["b", "c"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(first)
        .exhausted_after(30)
        .0;
    let filled = only(
        &plan,
        &quake("5-"),
        &written(
            &plan,
            "person,answer,after\na,unreachable,\nb,cannot,2m\nc,coming,5m\n",
        ),
    );
    // Two addresses of `a` in order, two seconds each; then `b`, then `c`.
    assert_eq!(
        filled.met_after,
        [Some(Duration::from_secs(4 + 2 + 120 + 2 + 300))]
    );
    let short = only(
        &plan,
        &quake("5-"),
        &written(&plan, "person,answer,after\na,unreachable,\nb,cannot,2m\n"),
    );
    assert_eq!(short.met_after, [None]);
    let target = &short.call_out.targets[0];
    assert_eq!(short.left(target), 0);
    assert_eq!(
        (
            target.tally.unreachable,
            target.tally.cannot,
            target.tally.silent
        ),
        (1, 1, 1)
    );
}

/// The command: it says that nothing is sent, in both languages; the same
/// seed prints the same; a bad file is refused with its line.
#[test]
fn the_command_says_that_nothing_is_sent() {
    let town = Files::new(1);
    let quake = ["rehearse", "earthquake", "--intensity", "5-"];
    for language in ["ja", "en"] {
        let output = town.run(&[&["--lang", language], &quake[..]].concat());
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let head: Vec<&str> = text.lines().take(2).collect();
        assert!(head.join(" ").contains("何も送っていません"), "{text}");
        assert!(head.join(" ").contains("nothing is sent"), "{text}");
        let again = town.run(&[&["--lang", language], &quake[..]].concat());
        assert_eq!(text, String::from_utf8(again.stdout).unwrap());
    }
    let played = town.json(&[&quake[..], &["--seed", "5", "--for", "90m"]].concat());
    assert_eq!(played["rehearsal"], true);
    let rule = &played["rules"][0];
    assert_eq!(rule["rule"], "P2");
    assert!(rule["lasted_seconds"].as_u64().unwrap() <= 90 * 60);
    assert_eq!(rule["end"], "time-over");
    town.write(
        "drill.csv",
        "person,answer,after\nit-1,coming,1m\nit-1,cannot,60s\n",
    );
    let file = town.config().join("drill.csv");
    let refused = town.run(&[&quake[..], &["--answers", file.to_str().unwrap()]].concat());
    assert_eq!(refused.status.code(), Some(2));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("drill.csv:3"), "{words}");
    let too_many = town.run(&[&quake[..], &["--coming", "0.7", "--cannot", "0.7"]].concat());
    assert_eq!(too_many.status.code(), Some(2));
    let order = [
        "rehearse",
        "wind-flood",
        "--posture",
        "3",
        "--ordered-by",
        "it-1",
    ];
    assert_eq!(town.run(&order).status.code(), Some(2));
}
