//! What every mail and every page must have, whoever wrote it.
//!
//! Owns the checks of a text that the town wrote: the answer link, the word on
//! safety, the marks of a drill, none of them on what is real, no markup that
//! came in with what somebody reported, and a page that stays short.

use std::borrow::Cow;

use serde_json::Value;

use super::name::{About, File, Mode, Part};
use crate::domain::text::Text;
use crate::message::letter::Body;

/// What a drill says, and nothing real does.
const MARK: &str = "訓練";
/// The same in Latin letters; a drill need not say it, nothing real may.
const LATIN: &str = "DRILL";

/// The most characters of the page's headline.
const HEADLINE: usize = 160;
/// The most characters and lines of its text: the buttons stand below it.
const PAGE_TEXT: (usize, usize) = (600, 20);

type Refusal = (usize, Text);

fn refusal(line: usize, ja: &str, en: &str) -> Refusal {
    (line, Text::new(ja, en))
}

/// A drill's mark in a real mail's file, before anything is made of it.
pub(super) fn foreign(file: &File, text: &str) -> Option<Refusal> {
    if file.mode == Mode::Drill {
        return None;
    }
    let said = without_comments(text);
    let mut lines = (1..).zip(said.lines());
    let line = lines.find(|(_, line)| line.contains(MARK) || line.contains(LATIN))?;
    Some(marked(line.0))
}

/// What is said alone, every line at its number.
fn without_comments(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("{#") {
        let (comment, after) = comment.split_once("#}").unwrap_or((comment, ""));
        said.push_str(before);
        said.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    said + rest
}

fn marked(line: usize) -> Refusal {
    refusal(
        line,
        "実際の発令の文面に「訓練」「DRILL」とは書けません",
        "what is real must not say 訓練 or DRILL",
    )
}

/// Everything that one text must have.
pub(super) fn all(file: &File, made: &str, body: &Body) -> Result<(), Refusal> {
    let page = file.about == About::Page;
    if made.is_empty() && (page || file.part == Part::Subject) {
        let (ja, en) = match file.part {
            Part::Subject => ("件名が空です", "the subject is empty"),
            Part::Headline => ("見出しが空です", "the headline is empty"),
            Part::Text | Part::Html => ("本文が空です", "the text is empty"),
        };
        return Err(refusal(1, ja, en));
    }
    let words = match file.part {
        Part::Html => Cow::Owned(visible(made)),
        Part::Subject | Part::Headline | Part::Text => Cow::Borrowed(made),
    };
    match file.mode {
        Mode::Drill => drill(file.part, &words)?,
        Mode::Real => real(&words, body)?,
    }
    match file.part {
        // Why: link, form and the word on safety are the page's own.
        Part::Headline => short(made, (HEADLINE, 1)),
        Part::Text if page => short(made, PAGE_TEXT),
        Part::Subject => Ok(()),
        Part::Text => has(made, made, body),
        Part::Html => {
            markup(made, body)?;
            has(&plain(made), &words, body)
        }
    }
}

/// Not so long that the buttons are far below it.
fn short(made: &str, (characters, lines): (usize, usize)) -> Result<(), Refusal> {
    if made.chars().count() <= characters && made.lines().count() <= lines {
        return Ok(());
    }
    let why = Text::new(
        format!(
            "回答ページの文面としては長すぎます。{characters}文字、{lines}行までにしてください"
        ),
        format!(
            "it is too long for the answer page; write {characters} characters in {lines} lines at most"
        ),
    );
    Err((1, why))
}

/// A drill says so in its subject or headline, and first and last.
fn drill(part: Part, words: &str) -> Result<(), Refusal> {
    let lines = || words.lines().filter(|line| !line.trim().is_empty());
    let says = |line: Option<&str>| line.is_some_and(|line| line.contains(MARK));
    let one_line = match part {
        Part::Subject => Some((
            "訓練の件名に「訓練」がありません",
            "a drill's subject must say 訓練",
        )),
        Part::Headline => Some((
            "訓練の見出しに「訓練」がありません",
            "a drill's headline must say 訓練",
        )),
        Part::Text | Part::Html => None,
    };
    if let Some((ja, en)) = one_line {
        let said = words.contains(MARK);
        return said.then_some(()).ok_or_else(|| refusal(1, ja, en));
    }
    if !says(lines().next()) {
        return Err(refusal(
            1,
            "訓練の文面は、最初の行に「訓練」と書いてください（{{ mark }} など）",
            "a drill's first line must say 訓練, as {{ mark }} does",
        ));
    }
    if !says(lines().next_back()) {
        let last = words.lines().count().max(1);
        return Err(refusal(
            last,
            "訓練の文面は、最後の行に「訓練」と書いてください（{{ end }} など）",
            "a drill's last line must say 訓練, as {{ end }} does",
        ));
    }
    Ok(())
}

/// Nothing real says so, unless somebody reported it in these words.
fn real(words: &str, body: &Body) -> Result<(), Refusal> {
    for mark in [MARK, LATIN] {
        let reported = || values(body).iter().any(|value| value.contains(mark));
        if words.contains(mark) && !reported() {
            return Err(marked(1));
        }
    }
    Ok(())
}

/// A mail says when it was written and that it may come twice; where the town's text
/// does not, that is put below it. A drill's last line is its mark all the same.
///
/// Why not refused: towns have texts without it, and a text that is refused is not
/// used in the night.
pub(super) fn dated(file: &File, made: String, body: &Body) -> String {
    let written = &body.written;
    let lines = match file.mode {
        Mode::Drill => vec![written.as_str(), body.end],
        Mode::Real => vec![written.as_str()],
    };
    match file.part {
        _ if file.about == About::Page => made,
        Part::Subject | Part::Headline => made,
        Part::Text if made.contains(written) => made,
        Part::Html if plain(&made).contains(written) => made,
        Part::Text => format!("{}\n\n{}\n", made.trim_end(), lines.join("\n")),
        Part::Html => {
            let lines = lines.iter().map(|line| format!("<p>{line}</p>\n"));
            let lines: String = lines.collect();
            match made.rsplit_once("</body>") {
                Some((before, after)) => format!("{before}{lines}</body>{after}"),
                None => format!("{made}\n{lines}"),
            }
        }
    }
}

/// The link as it is, and the word on safety.
fn has(made: &str, words: &str, body: &Body) -> Result<(), Refusal> {
    let link = body.button.as_ref().map(|button| button.link.as_str());
    if link.is_some_and(|link| !made.contains(link)) {
        return Err(refusal(
            1,
            "回答用リンクがありません。{% if button %}{{ button.link }}{% endif %} を入れてください",
            "the answer link is missing; write {% if button %}{{ button.link }}{% endif %}",
        ));
    }
    if !words.contains(&body.safety) {
        return Err(refusal(
            1,
            "身の安全についての一文がありません。{{ safety }} を入れてください",
            "the word on safety is missing; write {{ safety }}",
        ));
    }
    Ok(())
}

/// Whatever was reported is shown as text.
fn markup(made: &str, body: &Body) -> Result<(), Refusal> {
    // Why: a "<" that begins no tag stands in the template's own tags as well.
    let begins =
        |after: &str| after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
    let is_tag = |value: &String| value.split('<').skip(1).any(begins);
    let raw = |value: &String| is_tag(value) && made.contains(value.as_str());
    if values(body).iter().any(raw) {
        return Err(refusal(
            1,
            "人が書いた言葉がHTMLとして入ります。autoescape を切らないでください",
            "what people wrote would become markup; leave autoescape on",
        ));
    }
    Ok(())
}

/// Every text of a body.
fn values(body: &Body) -> Vec<String> {
    fn gather(value: Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(list) => list.into_iter().for_each(|one| gather(one, found)),
            Value::Object(map) => map.into_values().for_each(|one| gather(one, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(body) {
        gather(value, &mut found);
    }
    found
}

/// HTML as a reader has it, without its head: a line for each piece of text.
fn visible(html: &str) -> String {
    let body = html.split_once("</head>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    let mut rest = body;
    while let Some((words, tag)) = rest.split_once('<') {
        text.push_str(words);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let inside = ["b", "/b", "strong", "/strong", "span", "/span", "a", "/a"];
        if !inside.contains(&tag.split(' ').next().unwrap_or_default()) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    plain(&text)
}

/// Without what escaping put in.
fn plain(html: &str) -> String {
    [
        ("&#x2f;", "/"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
}
