//! Texts in the cells of a spreadsheet.
//!
//! Owns what a spreadsheet would take for a formula, and how it is kept from
//! it. Pure: no file, no format.

/// What makes a spreadsheet take a text for a formula, full width included.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r'
    )
}

/// Whether it begins with apostrophes and then such a sign.
fn is_guarded(text: &str) -> bool {
    text.starts_with('\'') && text.trim_start_matches('\'').starts_with(is_sign)
}

/// A cell of a CSV file that no spreadsheet takes for a formula. [`bare`]
/// takes the apostrophe away again.
pub fn guarded(text: &str) -> String {
    if text.starts_with(is_sign) || is_guarded(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A cell of a workbook, where a text is a text: only an apostrophe that is
/// the text's own needs a second one.
pub fn apostrophe_kept(text: &str) -> String {
    if is_guarded(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text behind the guard.
pub fn bare(text: &str) -> &str {
    if is_guarded(text) { &text[1..] } else { text }
}
