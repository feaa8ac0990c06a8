//! Text in lines of a terminal's width.
//!
//! Owns where a line may be broken: at a space, behind a mark, where a new
//! phrase begins in Japanese, never within a word or a command. It must not
//! know what is printed.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns further than its first line the rest of a text stands.
const HANGING: usize = 2;

/// Marks that no line begins with.
const NOT_FIRST: &str =
    "、。，．,.）)」』】〉》］]・：；:;！？!?ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々～…";
/// Marks that no line ends with.
const NOT_LAST: &str = "（(「『【〈《［[";

/// How many columns a text takes; what colours it takes none.
pub fn width(text: &str) -> usize {
    pieces(text)
        .filter(|piece| !is_control(piece))
        .map(UnicodeWidthStr::width)
        .sum()
}

/// Every line of a text in lines of a width, the later ones indented beneath
/// the first.
pub fn fold(text: &str, columns: usize) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .flat_map(|line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            wrap(line, columns, indent + HANGING)
        })
        .collect();
    lines.join("\n")
}

/// One line in lines of a width, the later ones behind so many spaces.
pub fn wrap(line: &str, columns: usize, indent: usize) -> Vec<String> {
    if width(line) <= columns {
        return vec![line.to_owned()];
    }
    // Why: an indent that leaves no room would never end.
    let indent = if indent * 2 > columns { 0 } else { indent };
    let pieces: Vec<&str> = pieces(line).collect();
    let mut lines = Vec::new();
    let mut from = 0;
    let mut lead = 0;
    while from < pieces.len() {
        let to = end(&pieces, from, columns - lead);
        let text = pieces[from..to].concat();
        lines.push(format!("{}{}", " ".repeat(lead), text.trim_end()));
        lead = indent;
        from = to;
        while pieces.get(from) == Some(&" ") {
            from += 1;
        }
    }
    lines
}

/// How many columns a text needs at least, if no word of it is broken.
pub fn narrowest(text: &str) -> usize {
    let pieces: Vec<&str> = pieces(text).collect();
    let indent = pieces.iter().take_while(|piece| **piece == " ").count();
    let mut widest = 0;
    let mut word = 0;
    for (at, piece) in pieces.iter().enumerate().skip(indent) {
        if at > indent && phrase(&pieces, at) {
            word = 0;
        }
        if *piece != " " && !is_control(piece) {
            word += piece.width();
        }
        widest = widest.max(word);
    }
    indent + widest
}

/// Where the line that begins at a piece ends.
fn end(pieces: &[&str], from: usize, room: usize) -> usize {
    let mut used = 0;
    let mut full = from;
    while let Some(piece) = pieces.get(full) {
        let wide = if is_control(piece) { 0 } else { piece.width() };
        if used + wide > room && full > from {
            break;
        }
        used += wide;
        full += 1;
    }
    if full == pieces.len() {
        return full;
    }
    let text = (from..pieces.len()).find(|at| pieces[*at] != " ");
    let text = text.unwrap_or(from) + 1;
    let last = |may: fn(&[&str], usize) -> bool| (text..=full).rev().find(|at| may(pieces, *at));
    last(phrase).or_else(|| last(letter)).unwrap_or(full)
}

/// Whether a new word or phrase begins at a piece.
fn phrase(pieces: &[&str], at: usize) -> bool {
    let (Some(before), Some(after)) = (char_at(pieces, at - 1), char_at(pieces, at)) else {
        return true;
    };
    if NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    if before == ' ' || after == ' ' {
        return true;
    }
    let kana = |c: char| ('\u{3041}'..='\u{309F}').contains(&c);
    "、。）」』】：；！？・".contains(before)
        || "（「『【".contains(after)
        || (kana(before) && !kana(after) && !after.is_ascii_punctuation())
}

/// Whether a line may be broken there if it must: beside a Japanese letter.
fn letter(pieces: &[&str], at: usize) -> bool {
    let (Some(before), Some(after)) = (char_at(pieces, at - 1), char_at(pieces, at)) else {
        return true;
    };
    let wide = |c: char| c.width().unwrap_or(0) > 1;
    (wide(before) || wide(after)) && !NOT_FIRST.contains(after) && !NOT_LAST.contains(before)
}

fn char_at(pieces: &[&str], at: usize) -> Option<char> {
    pieces.get(at)?.chars().next()
}

fn is_control(piece: &str) -> bool {
    piece.starts_with('\u{1b}')
}

/// Letters one by one; what colours them is one piece.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match rest.strip_prefix("\u{1b}[") {
            Some(code) => code
                .find(|c: char| c.is_ascii_alphabetic())
                .map_or(rest.len(), |at| at + 3),
            None => first.len_utf8(),
        };
        let (piece, tail) = rest.split_at(length);
        rest = tail;
        Some(piece)
    })
}
