//! The texts of a mail as octets.
//!
//! Owns their encoding and the frame around two of them: `lettre` makes that once, and
//! it is filled again for each mail. Invariant: what comes of it is what `lettre` makes
//! of that mail by itself. It must not know what a mail says.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, MultiPart, SinglePart};
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::alike::{Alike, InBase64};

/// Puts the headers of the body, an empty line and the body behind the other headers.
pub(super) fn put(
    out: &mut Vec<u8>,
    (text, html): (&str, &str),
    id: &str,
    alike: &Alike,
) -> Result<(), String> {
    let text = Encoded::of(text, alike);
    if html.is_empty() {
        out.extend_from_slice(&text.part(ContentType::TEXT_PLAIN).formatted());
        return Ok(());
    }
    let (html, boundary) = (Encoded::of(html, alike), boundary(id));
    if let (Encoded::Base64(text), Encoded::Base64(html)) = (&text, &html) {
        let frame = FRAME.as_ref().map_err(String::clone)?;
        frame.put(out, &boundary, text, html);
    } else {
        out.extend_from_slice(&framed(&boundary, text, html)?);
    }
    Ok(())
}

/// A text in octets that every relay takes.
enum Encoded {
    /// As it is; lettre breaks lines that are too long.
    Ascii(String),
    Base64(InBase64),
    /// What stands in the place of one.
    Mark(&'static str),
}

impl Encoded {
    /// Why base64 for everything that is not ASCII: Japanese is half as long in it
    /// as in quoted-printable, and written in a third of the time.
    fn of(text: &str, alike: &Alike) -> Self {
        let text = sayable(text);
        if text.is_ascii() {
            return Self::Ascii(text.into_owned());
        }
        // Why here: lettre ends each line anew in place, and moves the rest of the
        // text for it each time; and it encodes line by line.
        Self::Base64(alike.in_base64(&text, ended))
    }

    fn part(self, kind: ContentType) -> SinglePart {
        let body = match self {
            Self::Ascii(text) => Body::new(text),
            Self::Base64(text) => {
                let mut octets = Vec::with_capacity(text.len());
                text.put(&mut octets);
                Body::dangerous_pre_encoded(octets, ContentTransferEncoding::Base64)
            }
            Self::Mark(mark) => {
                let octets = mark.as_bytes().to_vec();
                Body::dangerous_pre_encoded(octets, ContentTransferEncoding::Base64)
            }
        };
        SinglePart::builder().header(kind).body(body)
    }
}

/// Parts the texts; the same for every copy of a message.
fn boundary(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    format!("muster-{}", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

/// Two texts that say the same, as lettre puts them together.
fn framed(boundary: &str, text: Encoded, html: Encoded) -> Result<Vec<u8>, String> {
    let kind = format!("multipart/alternative; boundary=\"{boundary}\"");
    let kind = ContentType::parse(&kind).map_err(|why| why.to_string())?;
    let parts = MultiPart::builder().header(kind);
    let parts = parts.singlepart(text.part(ContentType::TEXT_PLAIN));
    let parts = parts.singlepart(html.part(ContentType::TEXT_HTML));
    Ok(parts.formatted())
}

/// Stands where the boundary comes. Why as long as one: where a header is folded
/// depends on its length.
const BOUNDARY: &str = "muster-________________________";
/// Stand where the texts come, in letters that base64 does not have.
const TEXT: &str = "*text*";
const HTML: &str = "*html*";

static FRAME: LazyLock<Result<Frame, String>> = LazyLock::new(Frame::new);

/// What comes where the frame is open.
#[derive(Clone, Copy)]
enum Gap {
    Boundary,
    Text,
    Html,
}

/// Two texts in base64 as lettre puts them together, open where the boundary and the
/// texts come.
struct Frame {
    /// What stands before each gap.
    pieces: Vec<(Vec<u8>, Gap)>,
    end: Vec<u8>,
}

impl Frame {
    fn new() -> Result<Self, String> {
        let whole = framed(BOUNDARY, Encoded::Mark(TEXT), Encoded::Mark(HTML))?;
        let marks = [
            (BOUNDARY, Gap::Boundary),
            (TEXT, Gap::Text),
            (HTML, Gap::Html),
        ];
        let (mut pieces, mut left) = (Vec::new(), whole.as_slice());
        loop {
            let found = marks.iter().filter_map(|(mark, gap)| {
                let at = memmem::find(left, mark.as_bytes())?;
                Some((at, at + mark.len(), *gap))
            });
            let Some((start, end, gap)) = found.min_by_key(|(start, ..)| *start) else {
                break;
            };
            pieces.push((left[..start].to_vec(), gap));
            left = &left[end..];
        }
        Ok(Self {
            pieces,
            end: left.to_vec(),
        })
    }

    fn put(&self, out: &mut Vec<u8>, boundary: &str, text: &InBase64, html: &InBase64) {
        for (before, gap) in &self.pieces {
            out.extend_from_slice(before);
            match gap {
                Gap::Boundary => out.extend_from_slice(boundary.as_bytes()),
                Gap::Text => text.put(out),
                Gap::Html => html.put(out),
            }
        }
        out.extend_from_slice(&self.end);
    }
}

/// Each line ended as in a mail.
fn ended(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 16 + 2);
    let mut written = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        out.extend_from_slice(&text.as_bytes()[written..end]);
        out.extend_from_slice(b"\r\n");
        written = end + 1;
    }
    out.extend_from_slice(&text.as_bytes()[written..]);
    out
}

/// A text without the control characters that no mail may carry.
fn sayable(text: &str) -> Cow<'_, str> {
    let bare = |c: char| c != '\n' && c != '\t' && c.is_control();
    // Why octets first: nearly no text has any, and all of each is looked
    // through. Those above ASCII begin with 0xC2 (U+0080 to U+009F).
    let perhaps = text.bytes().fold(false, |perhaps, octet| {
        perhaps | matches!(octet, 0..=8 | 11..=31 | 127 | 0xC2)
    });
    if !perhaps {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace(bare, ""))
}
