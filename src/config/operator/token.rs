//! The tokens of `muster.toml`.
//!
//! Owns the check of each `[[token]]`, and which scopes a table may give. It
//! must not see a token itself: the file holds digests.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::super::findings::Findings;
use super::super::names::Names;
use super::super::noun::{Noun, noun};
use super::super::table::{Table, Word};
use super::super::value::{choice, id, once};
use super::{Scope, Token};
use crate::domain::id::PersonId;

/// Each `[[token]]`; no two have one name or one digest.
pub(super) fn tokens(tables: &[Table<'_>], names: &Names, findings: &mut Findings) -> Vec<Token> {
    let mut seen = HashMap::new();
    let mut digests: HashMap<[u8; 32], &str> = HashMap::new();
    tables
        .iter()
        .map(|table| {
            let word = table.text("name");
            if let Some(word) = word {
                once(&mut seen, word, noun("トークン", "token"), findings);
            }
            let digest = table.text("sha256").and_then(|word| sha256(word, findings));
            let name = word.map_or("", |word| word.text);
            if let Some(digest) = digest
                && let Some(other) = digests.insert(digest, name)
            {
                // Why: who holds both could be the second person to himself.
                findings
                    .error(
                        table.place_of("sha256"),
                        format!("「{other}」と同じトークンです"),
                        format!("this is also the token of \"{other}\""),
                    )
                    .advise(
                        "それぞれに別のトークンを割り当ててください",
                        "give each its own token",
                    );
            }
            Token {
                name: word.and_then(|word| id(word, findings)).unwrap_or_default(),
                sha256: digest.unwrap_or_default(),
                scopes: scopes(*table, noun("トークン", "a token"), findings),
                person: table
                    .text("person")
                    .filter(|word| names.people.knows(*word, findings))
                    .map(|word| PersonId::new(word.text)),
            }
        })
        .collect()
}

fn sha256(word: Word<'_>, findings: &mut Findings) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = word
        .text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let bytes: Option<[u8; 32]> = digits.and_then(|digits| {
        let pairs: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect();
        (digits.len() == 64).then_some(pairs)?.try_into().ok()
    });
    if bytes.is_none() {
        let length = word.text.chars().count();
        findings
            .error(
                word.place,
                format!("SHA-256 ではありません。{length} 文字か、0-9 と a-f 以外の文字があります"),
                format!(
                    "this is no SHA-256: it has {length} characters, or others than 0-9 and a-f"
                ),
            )
            .advise(
                "`printf %s TOKEN | sha256sum` で出る 64 文字を書いてください",
                "write the 64 characters that `printf %s TOKEN | sha256sum` prints",
            );
    }
    // Why: `printf %s "$TOKEN"` prints nothing where the variable is not set.
    // Whoever presses the button of an empty form would be let in by it.
    if bytes.is_some_and(|bytes| bytes[..] == Sha256::digest("")[..]) {
        findings
            .error(
                word.place,
                "空の文字の SHA-256 です。作ったときにトークンが空でした",
                "this is the SHA-256 of nothing: the token was empty when it was made",
            )
            .advise(
                "先にトークンを作り、`printf %s TOKEN | sha256sum` で出る 64 文字を書いてください",
                "write a token first, then the 64 characters that `printf %s TOKEN | sha256sum` prints",
            );
        return None;
    }
    bytes
}

/// The scopes that a table gives; `what` it is, as a message names it.
pub(super) fn scopes(table: Table<'_>, what: Noun, findings: &mut Findings) -> Vec<Scope> {
    let choices = Scope::ALL.map(|scope| (scope.name(), scope));
    let words = table.texts("scopes");
    if table.is_empty_list("scopes") {
        let names = choices.map(|(name, _)| name).join(", ");
        findings
            .error(
                table.place_of("scopes"),
                format!("権限（scopes）のない{}では何もできません", what.ja),
                format!("{} without a scope opens nothing", what.en),
            )
            .advise(
                format!("{names} から選んで書いてください"),
                format!("name some of {names}"),
            );
    }
    let mut scopes = Vec::new();
    for word in words {
        if let Some(scope) = choice(word, noun("権限", "scope"), &choices, findings)
            && !scopes.contains(&scope)
        {
            scopes.push(scope);
        }
    }
    scopes
}
