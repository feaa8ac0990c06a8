//! Why a word from a page was not taken, in words for the person who pressed.
//!
//! Owns the choice of wording; what is refused is the domain's.

use super::{Page, decision, fill, state};
use crate::domain::call_out::Refusal;
use crate::domain::text::{Language, Text};

/// What stands instead, in both languages.
pub fn refusal(refusal: &Refusal) -> Text {
    let say = |language| said(refusal, language);
    Text::new(say(Language::Ja), say(Language::En))
}

fn said(refusal: &Refusal, language: Language) -> String {
    let w = Page::of(language);
    match refusal {
        Refusal::TooSoon => w.too_soon.to_owned(),
        Refusal::Decided(stands) => fill(
            w.refused_decided,
            &[("decision", decision(stands.decision, language))],
        ),
        Refusal::Over(over) => fill(w.over, &[("state", state(*over, language))]),
        Refusal::NotAsked(_) | Refusal::NotTheirs { .. } => w.refused_not_asked.to_owned(),
        Refusal::NotInIt(_)
        | Refusal::NotHeld(_)
        | Refusal::SamePerson(_)
        | Refusal::OtherContent { .. }
        | Refusal::OtherAnswer(_)
        | Refusal::StillHeld
        | Refusal::NobodyToAsk(_)
        | Refusal::HelpAsked(_)
        | Refusal::NotAskedForHelp(_) => w.refused.to_owned(),
    }
}
