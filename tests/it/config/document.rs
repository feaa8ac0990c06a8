//! A large file is read in pieces: it says what it says as a whole, at the same places.

use std::fmt::Write as _;

use muster::config::document::in_pieces;
use proptest::collection::vec;
use proptest::prelude::*;
use toml::de::DeTable;

use super::small;

/// Lines of which a file may be put together, well or badly.
const LINES: &[&str] = &[
    "[[person]]",
    "[[person]] # 職員",
    "  [[person]]",
    "[[person.leave]]",
    "[person.home]",
    "[[section]]",
    "[section]",
    "[edition]",
    "[edition.more]",
    "[\"person\"]",
    "[[\"per\\u0073on\"]]",
    "id = \"p1\"",
    "name = { ja = \"町長\", en = \"Mayor\" }",
    "person = [{ id = \"p2\" }]",
    "person = [",
    "person.id = 1",
    "edition = 3",
    "contacts = [{ email = \"p1@example.jp\" }, { email = \"p2@example.jp\" }]",
    "need = [",
    "[[1], [2]],",
    "[[person]],",
    "]",
    "texts = \"\"\"",
    "\"\"\"",
    "texts = '''",
    "'''",
    "home = {",
    "}",
    "from = 2026-12-28",
    "need = 0x1F",
    "share = 1.5",
    "here = true",
    "# 注",
    "",
    "= 1",
    "\u{feff}[[person]]",
];

fn as_a_whole(text: &str) -> Result<String, toml::de::Error> {
    DeTable::parse(text).map(|table| format!("{:?}", table.into_inner()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pieces_say_what_the_whole_says(
        lines in vec(proptest::sample::select(LINES), 0..16),
        end in proptest::sample::select(&["\n", "\r\n"][..]),
        piece in 1_usize..64,
    ) {
        let text: String = lines.iter().map(|line| format!("{line}{end}")).collect();
        if let Some(tables) = in_pieces(&text, piece) {
            let whole = as_a_whole(&text);
            prop_assert_eq!(whole.ok(), Some(format!("{tables:?}")), "{}", text);
        }
    }
}

/// So many people, each under a number of their own.
fn people(how_many: usize) -> String {
    let mut text = String::new();
    for number in 0..how_many {
        let _ = write!(
            text,
            "\n[[person]]\nid = \"n{number}\"\nname = {{ ja = \"職員{number}\", en = \"Staff\" }}\n\
             section = \"planning\"\ncontacts = [{{ email = \"n{number}@example.jp\" }}]\n"
        );
    }
    text
}

/// The small roster with thousands of people is read in pieces, whatever stands around.
#[test]
fn a_large_roster_is_read_in_pieces() {
    let roster = format!("{}{}", small::ROSTER, people(3_000));
    for text in [
        roster.clone(),
        format!("\u{feff}{roster}"),
        roster.replace('\n', "\r\n"),
    ] {
        for piece in [1, 1_000, 64 * 1024, text.len()] {
            let tables = in_pieces(&text, piece).unwrap();
            assert_eq!(format!("{tables:?}"), as_a_whole(&text).unwrap(), "{piece}");
        }
    }
}

/// What is wrong far down in a large roster is said of the line on which it stands.
#[test]
fn a_slip_far_down_is_named_with_its_line() {
    let above = format!("{}{}", small::ROSTER, people(3_000));
    let line = above.lines().count();
    let said = |last: &str| {
        let mut sources = small::sources();
        sources.roster.text = format!("{above}\n[[person]]\nid = \"last\"\n{last}\n");
        small::lines(&small::said(&sources))
    };
    let person = "section = \"planning\"\ncontacts = [{ email = \"last@example.jp\" }]";
    let found = said(&format!("nme = \"最後\"\n{person}"));
    assert_eq!(
        found.trim_end(),
        format!(
            "roster.toml:{}:1: [[person]] knows no key \"nme\"\n    did you mean \"name\"?",
            line + 4
        )
    );
    let found = said(&format!("name = \"最後\"\nlanguage ja\n{person}"));
    assert!(
        found.contains(&format!("roster.toml:{}:", line + 5)),
        "{found}"
    );
    assert!(found.contains("this is not TOML"), "{found}");
}
