//! Texts that are alike but for a link: encoded once, and of each other only the lines
//! that differ.
//!
//! Owns the last few texts in base64. Invariant: what comes of one is what it is by
//! itself. It must not know what a mail says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How many are kept: two forms in two languages, and what is said of a few call-outs.
const KEPT: usize = 16;

/// The longest part in which two texts differ and are alike: a link.
const LONGEST: usize = 512;

/// The octets of a line, and the letters of one, its end included (RFC 2045 6.8).
const OCTETS: usize = 57;
const LETTERS: usize = 78;

/// The last few texts, the latest first.
#[derive(Default)]
pub(super) struct Alike(Mutex<VecDeque<Arc<Kept>>>);

/// A text, and its octets as a mail ends its lines, plain and in base64.
struct Kept {
    text: String,
    octets: Vec<u8>,
    encoded: Vec<u8>,
}

/// A text in base64: one of the last, but for some of its lines.
pub(super) struct InBase64 {
    like: Arc<Kept>,
    /// Where the lines of its own begin.
    place: usize,
    lines: Vec<u8>,
}

impl InBase64 {
    pub(super) fn len(&self) -> usize {
        self.like.encoded.len()
    }

    /// Puts it behind what is there.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let (before, rest) = self.like.encoded.split_at(self.place);
        out.extend_from_slice(before);
        out.extend_from_slice(&self.lines);
        out.extend_from_slice(&rest[self.lines.len()..]);
    }
}

impl Alike {
    /// A text in base64, in lines of 76. Of one that is none of the last the lines are
    /// ended by `end`.
    pub(super) fn in_base64(&self, text: &str, end: impl FnOnce(&str) -> Vec<u8>) -> InBase64 {
        if let Some(alike) = self.like_another(text) {
            return alike;
        }
        let octets = end(text);
        let kept = Arc::new(Kept {
            text: text.to_owned(),
            encoded: in_base64(&octets),
            octets,
        });
        let mut all = self.kept();
        all.push_front(Arc::clone(&kept));
        all.truncate(KEPT);
        kept.but_for(0, Vec::new())
    }

    fn like_another(&self, text: &str) -> Option<InBase64> {
        let all = self.kept();
        let as_long = all.iter().filter(|kept| kept.text.len() == text.len());
        let mut alike = as_long.filter_map(|kept| Some((Arc::clone(kept), kept.differs(text)?)));
        let (kept, (start, end)) = alike.next()?;
        drop(all);
        kept.with(text, start, end)
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Where a text that is as long differs, if only so that the rest of its octets
    /// is the same: in a few letters of ASCII, none of them a line's end.
    fn differs(&self, text: &str) -> Option<(usize, usize)> {
        let (ours, theirs) = (self.text.as_bytes(), text.as_bytes());
        let start = begin_alike(ours, theirs);
        let end = theirs.len() - end_alike(&ours[start..], &theirs[start..]);
        let plain = |text: &[u8]| text[start..end].iter().all(u8::is_ascii_graphic);
        (end - start <= LONGEST && plain(ours) && plain(theirs)).then_some((start, end))
    }

    /// The text that differs there, in base64.
    fn with(self: Arc<Self>, text: &str, start: usize, end: usize) -> Option<InBase64> {
        if start == end {
            return Some(self.but_for(0, Vec::new()));
        }
        let differs = text.as_bytes().get(start..end)?;
        // Why: each line's end has become one octet longer.
        let ends = memchr::memchr_iter(b'\n', text.as_bytes().get(..start)?).count();
        let (first, last) = ((start + ends) / OCTETS, (end + ends - 1) / OCTETS);
        let from = first * OCTETS;
        let to = self.octets.len().min((last + 1) * OCTETS);
        let mut octets = self.octets.get(from..to)?.to_vec();
        let place = octets.get_mut(start + ends - from..end + ends - from)?;
        place.copy_from_slice(differs);
        let (place, lines) = (first * LETTERS, in_base64(&octets));
        let fits = place + lines.len() <= self.encoded.len();
        fits.then(|| self.but_for(place, lines))
    }

    fn but_for(self: Arc<Self>, place: usize, lines: Vec<u8>) -> InBase64 {
        let like = self;
        InBase64 { like, place, lines }
    }
}

/// So many octets are compared at a time.
const STEP: usize = 32;

/// How many octets two texts have in common at their beginning.
fn begin_alike(one: &[u8], other: &[u8]) -> usize {
    let steps = one.chunks_exact(STEP).zip(other.chunks_exact(STEP));
    let whole = STEP * steps.take_while(|(one, other)| one == other).count();
    let rest = one[whole..].iter().zip(&other[whole..]);
    whole + rest.take_while(|(one, other)| one == other).count()
}

/// The same at their end, of two that are as long.
fn end_alike(one: &[u8], other: &[u8]) -> usize {
    let steps = one.rchunks_exact(STEP).zip(other.rchunks_exact(STEP));
    let whole = STEP * steps.take_while(|(one, other)| one == other).count();
    let left = one.len() - whole;
    let rest = one[..left].iter().rev().zip(other[..left].iter().rev());
    whole + rest.take_while(|(one, other)| one == other).count()
}

/// In base64, in lines of 76 (RFC 2045 6.8).
fn in_base64(octets: &[u8]) -> Vec<u8> {
    let whole = STANDARD.encode(octets);
    let mut lines = Vec::with_capacity(whole.len() + whole.len() / 38 + 2);
    for line in whole.as_bytes().chunks(76) {
        if !lines.is_empty() {
            lines.extend_from_slice(b"\r\n");
        }
        lines.extend_from_slice(line);
    }
    lines
}
