//! Which letters the bytes of a CSV file mean.
//!
//! Owns UTF-8 with and without a mark, and Shift_JIS as Windows has it. It
//! must not know cells: what cannot be read becomes U+FFFD, and the cell that
//! holds one is complained of.

use encoding_rs::{SHIFT_JIS, UTF_8};

/// How a CSV file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; written with a byte order mark, which Excel wants.
    Utf8,
    /// Shift_JIS with the extensions of Windows (CP932).
    ShiftJis,
}

/// The bytes as text; where nothing is said, what they look like.
pub(super) fn decode(bytes: &[u8], said: Option<Encoding>) -> String {
    let bare = bytes.strip_prefix(b"\xEF\xBB\xBF");
    let (encoding, bytes) = match (said, bare) {
        (Some(Encoding::ShiftJis), _) => (SHIFT_JIS, bytes),
        (_, Some(bare)) => (UTF_8, bare),
        (Some(Encoding::Utf8), None) => (UTF_8, bytes),
        (None, None) => (likeliest(bytes), bytes),
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The encoding that leaves the fewest letters unread; UTF-8 where it is even.
fn likeliest(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    let unread = |encoding: &'static encoding_rs::Encoding| {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        if broken {
            text.matches(char::REPLACEMENT_CHARACTER).count().max(1)
        } else {
            0
        }
    };
    let utf_8 = unread(UTF_8);
    if utf_8 == 0 || utf_8 <= unread(SHIFT_JIS) {
        UTF_8
    } else {
        SHIFT_JIS
    }
}

/// The text in Shift_JIS, or the first letter that it lacks. The wave and the
/// minus of other systems are written as those of Windows.
pub(super) fn shift_jis(text: &str) -> Result<Vec<u8>, char> {
    let letter = |c: char| match c {
        '\u{301C}' => '\u{FF5E}',
        '\u{2212}' => '\u{FF0D}',
        '\u{2014}' => '\u{2015}',
        c => c,
    };
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 4];
        let wanted: &str = letter(c).encode_utf8(&mut buffer);
        let (written, _, lacking) = SHIFT_JIS.encode(wanted);
        // Why: the yen sign would come back as a backslash.
        let back = SHIFT_JIS.decode_without_bom_handling(&written).0;
        if lacking || back != wanted {
            return Err(c);
        }
        bytes.extend_from_slice(&written);
    }
    Ok(bytes)
}
