//! Which texts are the same to a person, though not to a machine.
//!
//! Owns the folding of full- and half-width letters, of spaces, dashes and
//! marks that nobody sees. It must not know what a cell is for.

use unicode_normalization::UnicodeNormalization as _;

/// Marks without a shape: zero-width spaces, direction marks, soft hyphens,
/// byte order marks. Variation selectors are not among them: they tell one
/// form of a name's letter from another.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}'
    )
}

/// The text without marks that nobody sees, and whether there were any.
pub(super) fn seen(text: &str) -> (String, bool) {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let changed = seen.len() != text.len();
    (seen, changed)
}

/// Full- and half-width forms as one (NFKC), dashes and waves as one, every
/// run of spaces as one space, none at the ends.
pub(super) fn fold(text: &str) -> String {
    let plain = text.chars().filter(|c| !is_unseen(*c)).nfkc();
    let plain: String = plain
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{301C}' => '~',
            _ => c,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same without any space and in small letters: how headings and names of
/// groups are looked up.
pub(super) fn key(text: &str) -> String {
    let folded = fold(text).to_lowercase();
    folded.split_whitespace().collect()
}

/// A telephone number or another address for a gateway. People type the
/// Japanese long vowel sign for a dash.
pub(super) fn dialled(text: &str) -> String {
    let folded = fold(text);
    let number = folded
        .chars()
        .all(|c| c.is_ascii_digit() || "+-ー() ".contains(c));
    if number {
        folded.replace('ー', "-")
    } else {
        folded
    }
}
