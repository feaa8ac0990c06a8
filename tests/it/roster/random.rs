//! What holds for any roster, with any letters in it.

use std::fmt::Write as _;

use muster::config::Sources;
use muster::config::sheet::{self, Encoding, Format, Sheet};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{changes, csv, import_as, said, with_roster};
use crate::config::small;

/// Letters that trip up sheets, CSV, TOML or folding.
const ODD: &[&str] = &[
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＠",
    "'",
    "\"",
    ",",
    "、",
    ";",
    "；",
    "/",
    "／",
    "\\",
    "#",
    "[",
    "(",
    "（",
    "{",
    "~",
    "〜",
    "～",
    "−",
    "ー",
    "¥",
    "|",
    "1",
    "７",
    "0",
    "a",
    "Ｚ",
    "é",
    "e\u{301}",
    "ｶﾞ",
    "ガ",
    "カ",
    "葛\u{E0100}",
    "𠮷",
    "髙",
    "①",
    "㈱",
    "ﬀ",
    "İ",
    "ß",
    "😀",
    "所要",
    "代理1",
    "在職",
    "deputy",
    " ",
    "　",
    "\u{A0}",
    "課",
    "班",
    "none",
];

/// A name of one line, not empty.
fn name() -> impl Strategy<Value = String> {
    vec(proptest::sample::select(ODD), 1..7)
        .prop_map(|parts| parts.concat().trim().to_owned())
        .prop_filter("something to see", |name| {
            name.chars().any(char::is_alphanumeric)
        })
}

#[derive(Clone, Debug)]
struct Human {
    name: String,
    english: Option<String>,
    section: usize,
    language: Option<&'static str>,
    contacts: Vec<(usize, String)>,
}

fn human() -> impl Strategy<Value = Human> {
    let language = prop_oneof![Just(None), Just(Some("ja")), Just(Some("en"))];
    let contact = (0..3_usize, name());
    (
        name(),
        proptest::option::of(name()),
        0..3_usize,
        language,
        vec(contact, 0..4),
    )
        .prop_map(|(name, english, section, language, contacts)| Human {
            name,
            english,
            section,
            language,
            contacts,
        })
}

/// Where somebody stands: which group, which list.
type Seats = Vec<(usize, usize)>;

#[derive(Clone, Debug)]
struct Town {
    humans: Vec<(Human, Seats)>,
    groups: [String; 9],
}

fn town() -> impl Strategy<Value = Town> {
    let seats = vec((0..9_usize, 0..2_usize), 0..3);
    let groups = proptest::array::uniform9(name());
    (vec((human(), seats), 1..7), groups).prop_map(|(humans, groups)| Town { humans, groups })
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

impl Town {
    /// Its roster.toml. The last person comes first in the lists.
    fn toml(&self) -> String {
        let mut text = String::new();
        for (index, group) in self.groups.iter().enumerate() {
            let (table, first) = [
                ("section", "required"),
                ("post", "holders"),
                ("squad", "required"),
            ][index / 3];
            let listed = |list: usize| {
                let people = self.humans.iter().enumerate().rev();
                let seated = people.filter(|(_, (_, seats))| {
                    seats
                        .iter()
                        .find(|(group, _)| *group == index)
                        .is_some_and(|(_, own)| *own == list)
                });
                let ids: Vec<_> = seated.map(|(number, _)| format!("\"p{number}\"")).collect();
                ids.join(", ")
            };
            let name = quoted(group);
            writeln!(
                text,
                "[[{table}]]\nid = \"g{index}\"\nname = {name}\n{first} = [{}]\ndeputies = [{}]\n",
                listed(0),
                listed(1)
            )
            .unwrap();
        }
        for (number, (human, _)) in self.humans.iter().enumerate() {
            let name = match &human.english {
                Some(english) => format!(
                    "{{ ja = {}, en = {} }}",
                    quoted(&human.name),
                    quoted(english)
                ),
                None => quoted(&human.name),
            };
            writeln!(
                text,
                "# {number}\n[[person]]\nid = \"p{number}\"\nname = {name}\nsection = \"g{}\"",
                human.section
            )
            .unwrap();
            if let Some(language) = human.language {
                writeln!(text, "language = \"{language}\"").unwrap();
            }
            let contacts: Vec<_> = human
                .contacts
                .iter()
                .enumerate()
                .map(|(at, (kind, address))| match kind {
                    0 => format!("{{ email = \"p{number}.{at}@example.jp\" }}"),
                    kind => format!(
                        "{{ webhook = \"hook{kind}\", address = {} }}",
                        quoted(address)
                    ),
                })
                .collect();
            writeln!(text, "contacts = [{}]\n", contacts.join(", ")).unwrap();
        }
        text
    }

    fn sources(&self) -> Sources {
        let mut sources = with_roster(&small::sources(), &self.toml());
        sources.rules.text = small::RULES
            .replace("approved_by = \"mayor\"\n", "")
            .replace("person:it-1", "everyone")
            .replace(
                "who = \"every-squad\"\nneed = 2",
                "who = \"everyone\"\nneed = 1",
            );
        sources
    }
}

/// Export and import of a town is nothing at all, in every form that can hold it.
fn nothing_changes(town: &Town) -> Result<(), TestCaseError> {
    let sources = town.sources();
    for (format, name) in [
        (Format::Xlsx, "a.xlsx"),
        (Format::Csv(Encoding::Utf8), "a.csv"),
        (Format::Csv(Encoding::ShiftJis), "a.csv"),
    ] {
        let Ok(bytes) = sheet::export(&sources, format, name) else {
            prop_assert_eq!(format, Format::Csv(Encoding::ShiftJis));
            continue;
        };
        let encoding = match format {
            Format::Csv(encoding) => Some(encoding),
            Format::Xlsx => None,
        };
        let import = import_as(&sources, name, &bytes, (encoding, true));
        prop_assert!(!import.complaints.has_errors(), "{}", said(&import));
        prop_assert_eq!(changes(&import), "");
        prop_assert_eq!(import.changes.unchanged, town.humans.len());
    }
    Ok(())
}

/// Two people whose addresses at a gateway differ by a zero alone: neither was made a
/// number by a spreadsheet.
#[test]
fn addresses_that_differ_by_a_zero_stay_as_they_are() {
    let human = |address: &str| Human {
        name: "課".to_owned(),
        english: None,
        section: 0,
        language: None,
        contacts: vec![(1, address.to_owned())],
    };
    let humans = ["01", "①"].map(|address| (human(address), Vec::new()));
    let town = Town {
        humans: humans.to_vec(),
        groups: std::array::from_fn(|_| "課".to_owned()),
    };
    nothing_changes(&town).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Export and import is nothing at all, in every form that can hold it.
    #[test]
    fn what_is_exported_changes_nothing(town in town()) {
        nothing_changes(&town)?;
    }

    /// The sheet of one roster, imported into another: what is written passes
    /// the check, and the same sheet again changes nothing. Nobody is dropped
    /// unless it was asked for.
    #[test]
    fn a_second_import_changes_nothing(before in town(), after in town(), remove: bool) {
        let after = Town { groups: before.groups.clone(), ..after };
        let sources = before.sources();
        let sheet = csv(&after.sources());
        let import = import_as(&sources, "a.csv", sheet.as_bytes(), (None, remove));
        if let Some(text) = &import.text {
            let sources = with_roster(&sources, text);
            let plan = muster::config::check(&sources, &[]);
            prop_assert!(plan.is_ok(), "{}", plan.err().unwrap());
            let people = plan.unwrap().plan.roster.people;
            let wanted = if remove { after.humans.len() } else { after.humans.len().max(before.humans.len()) };
            prop_assert_eq!(people.len(), wanted);
            let again = import_as(&sources, "a.csv", sheet.as_bytes(), (None, remove));
            prop_assert!(again.changes.is_empty(), "{}", changes(&again));
            for number in 0..before.humans.len() {
                let remark = format!("# {number}\n");
                let there = number < after.humans.len() || !remove;
                prop_assert_eq!(text.contains(&remark), there);
            }
        }
    }

    /// Whatever the bytes, an answer and no panic.
    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..200), workbook: bool, head: bool) {
        let sources = small::sources();
        let name = if workbook { "a.xlsx" } else { "a.csv" };
        let mut all = if head { "id,氏名,課,役職,対策班,メール1\n".as_bytes().to_vec() } else { Vec::new() };
        all.extend(bytes);
        let sheet = Sheet { name, bytes: &all, encoding: None };
        let import = sheet::import(&sources, &[], sheet, true).unwrap();
        prop_assert!(import.is_refused() || import.changes.is_empty() || import.text.is_some());
    }
}
