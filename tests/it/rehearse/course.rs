//! What comes up on a rehearsal's way: a correction, a second person's word, a
//! decision that is asked for again, vendors.

use std::time::Duration;

use muster::config::{self, Source};
use muster::domain::event::EventKind;
use muster::domain::journal::Entry;
use muster::domain::notification::Purpose;
use muster::domain::rule::{Confirm, Decision};
use muster::report::rehearse::{Assumed, Deciding, End, Imagined, Rates, Rehearsed, What};

use super::{drawn, example, incident, only, quake, written};

/// When each entry of a kind comes, in seconds.
fn when(rehearsed: &Rehearsed, wanted: fn(&Entry) -> bool) -> Vec<u64> {
    let lines = rehearsed.lines.iter();
    let seconds = lines.filter_map(|line| match &line.what {
        What::Entry(record) if wanted(&record.entry) => Some(line.after.as_secs()),
        _ => None,
    });
    seconds.collect()
}

/// What people are told by a purpose, with its time.
fn told(rehearsed: &Rehearsed, wanted: Purpose) -> Vec<(u64, usize)> {
    let lines = rehearsed.lines.iter();
    let sent = lines.filter_map(|line| match &line.what {
        What::Sent(purpose, people) if *purpose == wanted => {
            Some((line.after.as_secs(), people.len()))
        }
        _ => None,
    });
    sent.collect()
}

/// 震度5弱 that was 震度4 after all: it waits, and releases people in words.
#[test]
fn a_correction_waits_and_releases_people_as_it_is_written() {
    let plan = example();
    let text = "[[grow]]\nafter = \"20m\"\nevent = { kind = \"earthquake\", intensity = \"4\" }\n";
    let assumed = |text: &str| {
        let source = Source::new("drill.toml", text);
        Assumed {
            script: config::answers(&source, &plan.roster).unwrap(),
            ..written(&plan, "person,answer\n")
        }
    };
    let rehearsed = only(&plan, &quake("5-"), &assumed(text));
    let pending = when(&rehearsed, |entry| {
        matches!(entry, Entry::CorrectionPending { .. })
    });
    let corrected = when(&rehearsed, |entry| matches!(entry, Entry::Corrected { .. }));
    assert_eq!((pending, corrected), (vec![1200], vec![1800]));
    let released = told(&rehearsed, Purpose::Released);
    assert!(released.iter().all(|(after, _)| *after == 1800) && !released.is_empty());
    assert_eq!(rehearsed.call_out.rule.as_str(), "P3");
    // Somebody stops it in time: everybody goes on.
    let stopped =
        format!("{text}\n[[answer]]\nperson = \"cio\"\nanswer = \"cancel\"\nafter = \"25m\"\n");
    let rehearsed = only(&plan, &quake("5-"), &assumed(&stopped));
    let stopped = when(&rehearsed, |entry| {
        matches!(entry, Entry::CorrectionStopped { .. })
    });
    assert_eq!(stopped, [1500]);
    assert_eq!(told(&rehearsed, Purpose::Released), []);
    assert_eq!(rehearsed.call_out.rule.as_str(), "P2");
}

/// Posture 3 that waits for a second person: it begins on that word, and
/// alarms without it until the rehearsal is over.
#[test]
fn a_second_persons_word_is_written_or_missing() {
    let mut plan = example();
    plan.rules["P4"].confirm = Confirm::SecondPerson { seconds: 300 };
    let imagined: Imagined = EventKind::WindFlood {
        posture: muster::domain::event::Posture::new(3).unwrap(),
        ordered_by: "mayor".into(),
        acting_for: None,
    }
    .into();
    let play = |table: &str| {
        let mut assumed = written(&plan, table);
        assumed.length = Duration::from_secs(3600);
        only(&plan, &imagined, &assumed)
    };
    let opened = |entry: &Entry| matches!(entry, Entry::Opened { .. });
    let alarmed = |entry: &Entry| matches!(entry, Entry::Unconfirmed { .. });
    let begun = play("person,answer,after\ncio,confirm,7m\n");
    assert_eq!(when(&begun, opened), [420]);
    assert_eq!(when(&begun, alarmed), [300]);
    assert!(begun.call_out.counts().called > 20);
    let alone = play("person,answer,after\n");
    assert!(when(&alone, opened).is_empty());
    // Again after twice as long each time.
    assert_eq!(when(&alone, alarmed), [300, 600, 1200, 2400]);
    assert!(!told(&alone, Purpose::Unconfirmed).is_empty());
    assert_eq!(alone.call_out.counts().called, 0);
    assert_eq!(alone.end, End::TimeOver);
}

/// P6 left to the section is asked again after the rule's time, each time that
/// it is left there, until somebody lets it muster.
#[test]
fn what_is_left_to_the_section_is_asked_again() {
    let plan = example();
    let again = plan.rules["P6"].decision.as_ref().unwrap().again.as_secs();
    let assumed = Assumed {
        rates: Rates::NONE,
        decide: Some(Deciding {
            after: Duration::from_secs(60),
            decision: Some(Decision::HandleInSection),
        }),
        ..drawn(1)
    };
    let left = only(&plan, &incident("work-hindered"), &assumed);
    let asked = when(&left, |entry| matches!(entry, Entry::Asked { .. }));
    let decided = when(&left, |entry| matches!(entry, Entry::Decided { .. }));
    assert!(asked.len() > 3, "{asked:?}");
    for (number, (asked, decided)) in (0..).zip(asked.iter().zip(&decided)) {
        // Sending takes two seconds, and the decision a minute.
        assert_eq!(
            (*asked, *decided),
            (number * (again + 62), number * (again + 62) + 62)
        );
    }
    assert_eq!(left.call_out.counts().called, 0);
    assert_eq!(left.end, End::TimeOver);
    // What is written comes once: the next in line is asked, and musters.
    let table = "person,answer,after\nit-manager,handle-in-section,4m\ncio,muster,6m\n";
    let mustered = only(&plan, &incident("work-hindered"), &written(&plan, table));
    assert_eq!(
        when(&mustered, |entry| matches!(entry, Entry::InSection { .. })),
        [242]
    );
    assert!(mustered.call_out.counts().called > 0);
}

/// P7 in virtual time: the operator's desks are asked one after the other, and
/// with nobody left it is said; where everybody comes, the first helps.
#[test]
fn vendors_are_asked_in_a_rehearsal_as_in_earnest() {
    let plan = example();
    let silent = only(
        &plan,
        &incident("residents"),
        &written(&plan, "person,answer\n"),
    );
    assert_eq!(told(&silent, Purpose::Help), [(0, 1), (900, 1)]);
    assert_eq!(
        when(&silent, |entry| matches!(entry, Entry::HelpOut { .. })),
        [1800]
    );
    let rates = Rates {
        coming: 1.0,
        cannot: 0.0,
        dead: 0.0,
    };
    // Some answer within the time, and some only later.
    let helped = (0..20).filter(|seed| {
        let assumed = Assumed {
            rates,
            ..drawn(*seed)
        };
        let played = only(&plan, &incident("residents"), &assumed);
        let help = played.call_out.help(&"operator".into()).unwrap();
        assert!(help.helping, "everybody says yes in the end");
        told(&played, Purpose::Help).len() == 1
    });
    assert!((1..20).contains(&helped.count()));
}
