//! Reads Rust as far as the rules need it: words, paths and their lines.
//!
//! Owns telling code from comments and strings, and unfolding grouped paths.
//! It must not know any rule.

/// A word or sign of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// From 1.
    pub(super) line: usize,
    /// A word, `::`, or one sign.
    pub(super) text: String,
}

/// A path as it is written, groups unfolded: `use a::{b, c::d}` gives `a::b`
/// and `a::c::d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Where its last word stands.
    pub(super) line: usize,
    /// Its words.
    pub(super) words: Vec<String>,
    /// How many inline modules stand around it.
    pub(super) depth: usize,
}

impl Path {
    /// Whether these words follow each other in it.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.words
            .windows(words.len())
            .any(|window| window.iter().map(String::as_str).eq(words.iter().copied()))
    }
}

/// The code without its comments. A string is left out too, unless it holds a
/// path of the crate, as serde's attributes may.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let length = match chars[at..] {
            ['/', '/', ..] => until(&chars[at..], '\n'),
            ['/', '*', ..] => block_comment(&chars[at..]),
            ['"', ..] => {
                let length = string(&chars[at..], 1);
                let inside: String = chars[at + 1..at + length - 1].iter().collect();
                if inside.starts_with("crate::") || inside.starts_with("super::") {
                    found.extend(tokens(&inside).into_iter().map(|t| Token { line, ..t }));
                }
                length
            }
            ['\'', ..] => character(&chars[at..]),
            [':', ':', ..] => {
                found.push(Token {
                    line,
                    text: "::".into(),
                });
                2
            }
            [first, ..] if is_word(first) => {
                let length = chars[at..].iter().take_while(|c| is_word(**c)).count();
                let word: String = chars[at..at + length].iter().collect();
                match raw_string(&word, &chars[at + length..]) {
                    Some(more) => length + more,
                    None => {
                        found.push(Token { line, text: word });
                        length
                    }
                }
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    found.push(Token {
                        line,
                        text: first.into(),
                    });
                }
                1
            }
            [] => break,
        };
        let end = (at + length).min(chars.len());
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

/// Every path of the code.
pub(super) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let (mut at, mut braces) = (0, Vec::new());
    while at < tokens.len() {
        let is_module = at >= 2 && tokens[at - 2].text == "mod";
        match tokens[at].text.as_str() {
            "{" => braces.push(is_module),
            "}" => {
                braces.pop();
            }
            word if word.starts_with(is_word) => {
                let depth = braces.iter().filter(|module| **module).count();
                at = unfold(tokens, at, &mut Vec::new(), depth, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or group from `at`; where it ends.
fn unfold(
    tokens: &[Token],
    mut at: usize,
    words: &mut Vec<String>,
    depth: usize,
    found: &mut Vec<Path>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let before = words.len();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    loop {
        match text(at) {
            "{" => {
                at += 1;
                while !matches!(text(at), "}" | "") {
                    at = match text(at) {
                        "," => at + 1,
                        // A new name for what was just named.
                        "as" => at + 2,
                        _ => unfold(tokens, at, words, depth, found).max(at + 1),
                    };
                }
                words.truncate(before);
                return at + 1;
            }
            word if word.starts_with(is_word) || word == "*" => {
                line = tokens[at].line;
                words.push(word.to_owned());
                at += 1;
            }
            _ => break,
        }
        if text(at) != "::" || text(at + 1) == "<" {
            break;
        }
        at += 1;
    }
    found.push(Path {
        line,
        words: words.clone(),
        depth,
    });
    words.truncate(before);
    at
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until(chars: &[char], end: char) -> usize {
    chars.iter().take_while(|c| **c != end).count()
}

fn block_comment(chars: &[char]) -> usize {
    let (mut at, mut open) = (0, 0);
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => (at, open) = (at + 2, open + 1),
            ['*', '/', ..] => (at, open) = (at + 2, open - 1),
            _ => at += 1,
        }
        if open == 0 {
            break;
        }
    }
    at
}

/// A string's length with its quotes; `at` is behind the opening one.
fn string(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// The length of a character, or 1 where the quote begins a lifetime.
fn character(chars: &[char]) -> usize {
    match chars {
        ['\'', '\\', _, rest @ ..] => 3 + until(rest, '\'') + 1,
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

/// What follows `r`, `br` and their like, if it is a string.
fn raw_string(prefix: &str, rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if !matches!(prefix, "r" | "br" | "cr" | "b" | "c") || rest.get(hashes) != Some(&'"') {
        return None;
    }
    if !prefix.ends_with('r') {
        return (hashes == 0).then(|| string(rest, 1));
    }
    let close: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let body = &rest[hashes + 1..];
    let end = (0..body.len()).find(|at| body[*at..].starts_with(&close))?;
    Some(hashes + 1 + end + close.len())
}

fn written(text: &str) -> Vec<String> {
    paths(&tokens(text))
        .into_iter()
        .map(|path| path.words.join("::"))
        .collect()
}

#[test]
fn groups_are_unfolded() {
    let text = "use crate::{a, b::{self, c}, d as e};\nuse super::{super::f, g::*};";
    assert_eq!(
        written(text),
        [
            "use",
            "crate::a",
            "crate::b::self",
            "crate::b::c",
            "crate::d",
            "use",
            "super::super::f",
            "super::g::*"
        ]
    );
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = r####"// a::a
        /* b::b /* c::c */ d::d */ let x = "e::e \" f::f"; r#"g::g " h::h"#;
        '"' 'x' '\'' &'static k::k b"l::l" #[serde(with = "crate::m")]"####;
    let found = written(text);
    let found: Vec<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|path| path.contains("::"))
        .collect();
    assert_eq!(found, ["k::k", "crate::m"]);
}

#[test]
fn lines_and_inline_modules_are_counted() {
    let found = paths(&tokens("/* one\ntwo */ mod m {\n a::b;\n}\n c::d::<E>();"));
    let found: Vec<_> = found
        .iter()
        .filter(|path| path.words.len() > 1)
        .map(|path| (path.line, path.depth, path.words.join("::")))
        .collect();
    assert_eq!(found, [(3, 1, "a::b".into()), (5, 0, "c::d".into())]);
}
