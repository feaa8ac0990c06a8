//! Every word in both languages.

use std::collections::BTreeSet;

use muster::domain::call_out::{Standing, State};
use muster::domain::delivery::Reason;
use muster::domain::event::{Effect, EventKind, Intensity, Mode, Posture};
use muster::domain::journal::{Entry, Record};
use muster::domain::notification::{NotificationState, Purpose};
use muster::domain::text::{Language, Text};
use muster::message::words;

use super::fixture::{call_out, messages, records};

fn marks(wording: &str) -> BTreeSet<&str> {
    wording
        .split('{')
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap())
        .collect()
}

#[test]
fn every_word_is_in_both_languages_with_the_same_marks() {
    let catalogue = words::catalogue();
    assert!(catalogue.len() > 150, "{}", catalogue.len());
    for (key, ja, en) in catalogue {
        assert!(!ja.trim().is_empty(), "{key} has no Japanese");
        assert!(!en.trim().is_empty(), "{key} has no English");
        assert_eq!(marks(ja), marks(en), "{key}");
    }
}

#[test]
fn the_words_of_every_closed_set_differ_from_each_other() {
    for language in Language::ALL {
        let sets: [Vec<&str>; 4] = [
            State::ALL
                .map(|state| words::state(state, language))
                .to_vec(),
            Purpose::ALL
                .map(|purpose| words::purpose(purpose, language))
                .to_vec(),
            Reason::ALL
                .map(|reason| words::reason(reason, language))
                .to_vec(),
            NotificationState::ALL
                .map(|state| words::notification_state(state, language))
                .to_vec(),
        ];
        for set in sets {
            assert_eq!(
                set.iter().collect::<BTreeSet<_>>().len(),
                set.len(),
                "{set:?}"
            );
        }
        assert!(!words::standing(Standing::Unreachable, language).is_empty());
    }
}

#[test]
fn events_as_people_say_them() {
    let names = call_out(Mode::Real);
    let say = |kind: &EventKind, language| words::event(kind, &names, language);
    let quake = EventKind::Earthquake {
        intensity: Intensity::FiveLower,
    };
    assert_eq!(say(&quake, Language::Ja), "震度5弱の地震");
    assert_eq!(say(&quake, Language::En), "Earthquake, intensity 5 lower");
    let flood = EventKind::WindFlood {
        posture: Posture::new(3).unwrap(),
        ordered_by: "mayor".into(),
        acting_for: None,
    };
    assert_eq!(
        say(&flood, Language::Ja),
        "第3非常配備体制の発令（指令：町長）"
    );
    let incident = EventKind::SecurityIncident {
        effect: Effect::Residents,
        systems: Vec::new(),
    };
    assert_eq!(
        say(&incident, Language::Ja),
        "情報セキュリティ事象（住民・庁舎全域に影響）"
    );
    let threat = EventKind::Threat {
        like: "P2".into(),
        threat: "火山{like}\n噴火".into(),
        ordered_by: None,
    };
    assert_eq!(say(&threat, Language::Ja), "火山{like} 噴火（P2に準じる）");
}

#[test]
fn the_time_line_in_japanese() {
    insta::assert_snapshot!(told(Language::Ja));
}

#[test]
fn the_time_line_in_english() {
    insta::assert_snapshot!(told(Language::En));
}

/// In an exercise it says whom the rule would have asked.
#[test]
fn vendors_left_alone_in_a_drill_are_named() {
    let entry = Entry::HelpLeftOut {
        vendors: vec![
            Text::new("運用事業者", "Operator"),
            Text::new("保守事業者", "Maintainer"),
        ],
    };
    let call_out = call_out(Mode::Drill);
    let say = |language| {
        let records = Record {
            seq: 1,
            at: call_out.opened_at,
            entry: entry.clone(),
        };
        messages().say(&records, &call_out, language)
    };
    insta::assert_snapshot!(say(Language::Ja), @"運用事業者、保守事業者：訓練のため協力を依頼しません（規則では依頼する事業者）");
    insta::assert_snapshot!(say(Language::En), @"Operator, Maintainer: not asked for help, this is a drill (the rule would ask)");
}

fn told(language: Language) -> String {
    let call_out = call_out(Mode::Real);
    let say = |record| messages().say(record, &call_out, language);
    records().iter().map(say).collect::<Vec<_>>().join("\n")
}
