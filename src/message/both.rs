//! A text in Japanese with its English beside it, on what is read on paper.
//!
//! Owns the pair as templates are given it: two lines that end no table.

use serde::Serialize;

use crate::domain::text::{Language, Text, one_line};

/// A text in Japanese, and in English beside it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Both {
    pub(super) ja: String,
    /// Empty where there is no more to say than in Japanese.
    pub(super) en: String,
}

impl Both {
    pub(super) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        let (ja, en) = (ja.into(), en.into());
        let en = if en == ja { String::new() } else { en };
        Self { ja, en }
    }

    pub(super) fn of(text: &Text) -> Self {
        Self::new(
            one_line(text.get(Language::Ja)),
            one_line(text.get(Language::En)),
        )
    }

    pub(super) fn said(say: impl Fn(Language) -> String) -> Self {
        Self::new(say(Language::Ja), say(Language::En))
    }
}
