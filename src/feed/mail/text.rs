//! What a person wrote, without what they answer to.
//!
//! Owns where their own words end. It must not know what a word means.

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::text::one_line;

/// The most lines that are kept.
const LINES: usize = 10;
/// The most characters of a line, and of all of them.
const LINE_CHARS: usize = 200;
const CHARS: usize = 500;

/// A person's own words, cut.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Said {
    /// The first line, as they wrote it.
    pub first: String,
    /// The lines after it in one.
    pub rest: String,
}

impl Said {
    /// All of it in one line.
    pub fn whole(&self) -> String {
        if self.rest.is_empty() {
            self.first.clone()
        } else {
            format!("{} / {}", self.first, self.rest)
        }
    }
}

/// Takes what stands before the first quotation.
pub(super) fn said(body: &str) -> Said {
    let mut lines = Vec::new();
    let mut left = CHARS;
    let all: Vec<&str> = body.lines().take(400).collect();
    for (at, line) in all.iter().enumerate() {
        let next = all[at + 1..].iter().find(|line| !line.trim().is_empty());
        if ends(line, next.copied()) || lines.len() == LINES || left == 0 {
            break;
        }
        let line = one_line(line);
        if line.is_empty() {
            continue;
        }
        let kept: String = line.chars().take(LINE_CHARS.min(left)).collect();
        left -= kept.chars().count();
        lines.push(kept);
    }
    let mut lines = lines.into_iter();
    Said {
        first: lines.next().unwrap_or_default(),
        rest: lines.collect::<Vec<_>>().join(" / "),
    }
}

/// A page up to what it quotes.
pub(super) fn unquoted(page: &str) -> &str {
    const MARKS: [&str; 5] = [
        "<blockquote",
        "gmail_quote",
        "divrplyfwdmsg",
        "<hr",
        "appendonsend",
    ];
    let lower = page.to_ascii_lowercase();
    let first = MARKS.iter().filter_map(|mark| lower.find(mark)).min();
    let page = first.map_or(page, |first| page.get(..first).unwrap_or(page));
    // A mark within a tag leaves that tag open.
    match (page.rfind('<'), page.rfind('>')) {
        (Some(open), close) if close.is_none_or(|close| close < open) => &page[..open],
        _ => page,
    }
}

/// A page whose lines end where one shows the end of a line. Why: what reads
/// it as text knows of no line but that of `<br>` and `</p>`.
pub(super) fn in_lines(page: &str) -> String {
    const BLOCKS: [&str; 21] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "header",
        "li",
        "ol",
        "p",
        "section",
        "table",
        "tr",
        "ul",
    ];
    let mut all = String::with_capacity(page.len() + page.len() / 8);
    let mut pieces = page.split('<');
    all.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let name = piece.strip_prefix('/').unwrap_or(piece);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric());
        let name = &name[..end.unwrap_or(name.len())];
        if BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name)) {
            all.push_str("<br>");
        }
        all.push('<');
        all.push_str(piece);
    }
    all
}

/// Whether a person's own words end before this line.
fn ends(line: &str, next: Option<&str>) -> bool {
    let line = line.trim();
    let quotes = |line: &str| line.trim_start().starts_with(['>', '＞']);
    if quotes(line) || line == "--" {
        return true;
    }
    let rules = |c: char| "-_=—―ー＿－".contains(c);
    let inner = line.trim_matches(rules).trim();
    // A rule, or a heading between rules: "-----Original Message-----".
    if line.chars().count() >= 3 && inner.is_empty() && line.chars().all(rules) {
        return true;
    }
    if line.starts_with("--") && line.ends_with("--") && !inner.is_empty() {
        return true;
    }
    let folded = line.nfkc().collect::<String>().to_lowercase();
    const HEADS: [&str; 7] = [
        "from:",
        "差出人:",
        "送信者:",
        "送信元:",
        "sent from my",
        "iphoneから送信",
        "get outlook for",
    ];
    // "Androidから送信", "スマートフォンから送信": what a telephone writes below.
    let by_telephone = folded.ends_with("から送信");
    if by_telephone || HEADS.iter().any(|head| folded.starts_with(head)) {
        return true;
    }
    // "On … wrote:", "2026年11月24日(火) 3:00 … <…>:", right above a quotation.
    const WROTE: [&str; 4] = ["wrote:", "のメール:", "書きました:", "さんは書きました:"];
    let introduces = folded.ends_with(':')
        && (WROTE.iter().any(|wrote| folded.ends_with(wrote)) || folded.contains('@'));
    introduces || (folded.ends_with(':') && next.is_some_and(quotes))
}
