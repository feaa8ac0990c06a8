//! Seals: by which a body or a row that the disk gives back otherwise than it
//! was written is known.
//!
//! Owns how they are made and compared. Why: SQLite gives back what stands in
//! the file, and a letter of an address that flipped is another address. They
//! are no protection against somebody who means to change something.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::json;

/// How a sealed body begins; its seal follows.
const OPENS: &str = "{\"seal\":\"";

/// What stands between the seal and the rest.
const CLOSES: &str = "\",";

/// The letters of a seal.
const LENGTH: usize = 16;

/// A body that begins almost as a sealed one does was one.
const ALMOST: usize = 2;

/// The seal of these parts, in this order.
pub(in crate::store) fn seal<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
        digest.update([0]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    in_hex(&digest[..LENGTH / 2])
}

/// A digest, or the beginning of one, as letters.
pub(in crate::store) fn in_hex(digest: &[u8]) -> String {
    const LETTERS: [u8; 16] = *b"0123456789abcdef";
    let mut letters = String::with_capacity(2 * digest.len());
    for octet in digest {
        for half in [octet >> 4, octet & 15] {
            letters.push(char::from(LETTERS[usize::from(half)]));
        }
    }
    letters
}

/// An object as a body with its seal in it.
pub(super) fn sealed(object: &impl Serialize) -> String {
    let text = json(object);
    let rest = text.strip_prefix('{').unwrap_or(&text);
    [OPENS, &seal([rest]), CLOSES, rest].concat()
}

/// Whether a body is what was written. One of an older version has no seal.
pub(super) fn fits(body: &str) -> bool {
    let begins = body.bytes().take(OPENS.len());
    let same = begins.zip(OPENS.bytes()).filter(|(is, was)| is == was);
    let differs = OPENS.len() - same.count();
    if differs > ALMOST {
        return true;
    }
    let (rest, end) = (OPENS.len() + LENGTH + CLOSES.len(), OPENS.len() + LENGTH);
    let (Some(found), Some(between), Some(rest)) = (
        body.get(OPENS.len()..end),
        body.get(end..rest),
        body.get(rest..),
    ) else {
        return false;
    };
    differs == 0 && between == CLOSES && found == seal([rest])
}
