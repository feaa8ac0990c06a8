//! Letters that are written once for many: each is what it would be alone.

use muster::domain::event::Mode;
use muster::domain::notification::Purpose;
use muster::domain::text::{Language, Text};
use muster::message::{Carried, Letter, Messages};

use super::fixture::{LINK, call_out, messages, speaking};

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
