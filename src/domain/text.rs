//! Words in Japanese and English.
//!
//! Owns the pair and the choice between them, and what may stand in one line.
//! It must not know any particular wording.

/// A language that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// Japanese, the first language of every text.
    #[default]
    Ja,
    /// English.
    En,
}

impl Language {
    /// Both, Japanese first.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag, or of the first one that is known in an
    /// `Accept-Language` list.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}

/// One text in both languages. An empty English falls back to Japanese and
/// the other way about, so that nobody is ever sent an empty line.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Text {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The text in a language.
    pub fn get(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::Ja => (&self.ja, &self.en),
            Language::En => (&self.en, &self.ja),
        };
        if first.is_empty() { second } else { first }
    }

    /// True if neither language has a word.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }
}

/// The text as one line: every control character, line or paragraph separator
/// and bidirectional override becomes one space, and the ends are trimmed.
///
/// Invariant: the result can stand in a mail header, a log line or a table
/// cell without ending it (RFC 5322 2.2).
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.split(breaks)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
