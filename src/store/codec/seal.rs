//! Seals: by which a body or a row that the disk gives back otherwise than it
//! was written is known.
//!
//! Owns how they are made and compared. Why: SQLite gives back what stands in
//! the file, and a letter of an address that flipped is another address. They
//! are no protection against somebody who means to change something.

use serde_json::Value;
use sha2::{Digest, Sha256};

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
    let digest = digest.finalize();
    let octets = digest.iter().take(LENGTH / 2);
    octets.map(|octet| format!("{octet:02x}")).collect()
}

/// An object as a body with its seal in it.
pub(super) fn sealed(value: &Value) -> String {
    let text = value.to_string();
    let rest = text.strip_prefix('{').unwrap_or(&text);
    format!("{OPENS}{}{CLOSES}{rest}", seal([rest]))
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
