//! What each finding says: one clear sentence in each language, never an
//! address, nothing that a call-out or an exercise is known by.

use muster::domain::text::Language;
use muster::message::words::readiness as words;

use super::findings::one_of_each;

fn said(language: Language) -> String {
    let (town, all) = one_of_each();
    let lines = all
        .iter()
        .map(|finding| words::finding(finding, &town.0).get(language).to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn in_japanese() {
    insta::assert_snapshot!(said(Language::Ja));
}

#[test]
fn in_english() {
    insta::assert_snapshot!(said(Language::En));
}

#[test]
fn no_sentence_holds_an_address_or_a_mark() {
    for language in Language::ALL {
        let said = said(language);
        for bad in ["@", "緊急参集", "EMERGENCY", "訓練", "DRILL", "drill", "{"] {
            assert!(!said.contains(bad), "{bad} in {said}");
        }
    }
}
