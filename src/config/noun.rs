//! What things of the files are called in messages, and sentences that many
//! of them share.
//!
//! Owns these words in both languages. It must not look anything up.

use crate::domain::text::Text;

/// What a thing of the files is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noun {
    pub(super) ja: &'static str,
    pub(super) en: &'static str,
}

/// A thing's name in both languages.
pub(super) const fn noun(ja: &'static str, en: &'static str) -> Noun {
    Noun { ja, en }
}

impl From<Noun> for Text {
    fn from(noun: Noun) -> Self {
        Self::new(noun.ja, noun.en)
    }
}

/// What was probably meant.
pub(super) fn meant(near: &str) -> Text {
    Text::new(
        format!("「{near}」のことですか"),
        format!("did you mean \"{near}\"?"),
    )
}
