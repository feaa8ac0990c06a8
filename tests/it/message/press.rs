//! Letters that are written once for many: each is what it would be alone.

use std::sync::Arc;

use muster::domain::call_out::help::Help;
use muster::domain::call_out::{CallOut, Part};
use muster::domain::event::Mode;
use muster::domain::notification::Purpose;
use muster::domain::text::{Language, Text};
use muster::message::{Carried, Ending, Letter, Messages};

use super::fixture::{LINK, at, call_out, incident, messages, speaking};
use super::letters::by_tree;

/// Links and names that would show where one person's stands in another's letter,
/// or is escaped otherwise than its own.
const LINKS: [&str; 4] = [
    LINK,
    "https://muster.example.jp/a/AQAAAAAAAAAI-_abcabcabcabcabcabcabc",
    "https://muster.example.jp/a/x?y=1&z=\"<2>\"",
    "",
];

fn every(with: impl Fn() -> Messages) -> Vec<Letter> {
    let mut letters = Vec::new();
    for mode in [Mode::Real, Mode::Drill] {
        for language in Language::ALL {
            for purpose in Purpose::ALL {
                for (place, name) in [
                    ("3階", "職員 甲"),
                    ("3階", "乙"),
                    ("\u{10FFFE}", "\u{10FFFE}"),
                ] {
                    for link in LINKS {
                        let mut call_out = speaking(call_out(mode), language);
                        call_out.place = Text::new(place, place);
                        for person in call_out.participants.values_mut() {
                            person.name = Text::new(name, name);
                        }
                        let carried = Carried {
                            link,
                            ..Carried::default()
                        };
                        for to in call_out.participants.values() {
                            letters.push(with().mail(&call_out, to, purpose, carried).unwrap());
                        }
                    }
                }
            }
        }
    }
    letters
}

/// One set of messages writes everybody's letters, another a single one.
#[test]
fn nobody_gets_what_is_another_persons() {
    let together = messages();
    let fresh = messages();
    let alone = every(|| fresh.unpressed());
    for (one, own) in every(|| together.clone()).into_iter().zip(alone) {
        assert_eq!(one, own);
    }
}

/// Call-outs in which people are told different things: as whom they are called, in
/// which language, whom they reach next, and what a vendor is asked for.
fn call_outs(mode: Mode) -> Vec<Arc<CallOut>> {
    let mut mixed = call_out(mode);
    for (place, person) in mixed.participants.values_mut().enumerate() {
        person.language = Language::ALL[place % 2];
    }
    let mut vendor = incident(mode);
    vendor.participants["it-2"].part = Part::Asked;
    for (desk, systems, note) in [("maker#1", 19, "サーバー室"), ("carrier#1", 43, "回線")] {
        let (id, _) = desk.split_once('#').unwrap();
        vendor.course.help.push(Help {
            vendor: id.into(),
            name: Text::new(id, id),
            systems: vec![systems],
            note: Some(note.to_owned()),
            by: None,
            asked_at: vendor.opened_at,
            asked: 1,
            next_at: None,
            out: false,
            helping: false,
        });
        let mut to = vendor.participants["works-2"].clone();
        (to.person, to.part, to.targets) = (desk.into(), Part::Vendor, [].into());
        vendor.participants.insert(to.person.clone(), to);
    }
    let mut ended = call_out(mode);
    ended.state = muster::domain::call_out::State::StoodDown;
    let mut all = vec![call_out(mode), mixed, vendor, ended];
    if mode == Mode::Drill {
        all.push(by_tree(call_out(mode)));
    }
    all.into_iter().map(Arc::new).collect()
}

/// What is carried besides, of which each makes another letter.
fn carried<'a>(link: &'a str, ending: &'a Ending, others: &'a [Text]) -> [Carried<'a>; 4] {
    let plain = Carried::from(link);
    [
        plain,
        Carried {
            ending: Some(ending),
            ..plain
        },
        Carried { others, ..plain },
        Carried {
            written: Some(at("05:00:00")),
            ..plain
        },
    ]
}

/// Of many who are told of a call-out, those who are told the same get what was made
/// for the first of them, each with their own link; and nobody what another is told.
#[test]
fn whoever_is_one_of_many_gets_what_they_would_get_alone() {
    let together = messages();
    let fresh = messages();
    let ending = Ending {
        reason: Text::new("余震の恐れ", "aftershocks"),
        false_alarm: false,
    };
    let others = [Text::new("風水害", "Flood")];
    let mut alike = 0;
    for mode in [Mode::Real, Mode::Drill] {
        for purpose in Purpose::ALL {
            for call_out in call_outs(mode) {
                for (to, link) in call_out.participants.values().zip(LINKS.iter().cycle()) {
                    for carried in carried(link, &ending, &others) {
                        let many = || together.mail_of_many(&call_out, to, purpose, carried);
                        let alone = fresh.unpressed().mail(&call_out, to, purpose, carried);
                        let alone = alone.unwrap();
                        let asked = call_out.help_of(&to.person);
                        if let Some(help) = asked.filter(|_| purpose == Purpose::Help) {
                            let note = help.note.as_deref().unwrap();
                            assert!(alone.text.contains(note), "{}", alone.text);
                        }
                        // The second time it is one that was made before.
                        for many in [many().unwrap(), many().unwrap()] {
                            assert_eq!(many, alone, "{mode:?} {purpose:?} {}", to.person);
                        }
                        alike += 1;
                    }
                }
            }
        }
    }
    assert!(alike > 2_000, "{alike}");
}
