//! Text -> the tables of a file, with the place of each value in the text.
//!
//! Owns how a large file is read: in pieces, side by side. It must not know what a
//! table is for, nor say what is wrong with one.
//!
//! Why in pieces: what the TOML library notes of a text while it reads takes
//! twenty times the text, half of it for no longer than that. A roster of a hundred
//! thousand people would need half a gigabyte for it, also at each reload (decision 0059).

use std::num::NonZero;
use std::thread;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Error};

/// From so many octets on, a file is read in pieces.
const LARGE: usize = 256 * 1024;

/// So many octets have a piece at least.
const PIECE: usize = 64 * 1024;

/// The tables of a file, and what in it is not TOML.
///
/// Why in threads of their own where it is large: the system's allocator has each thread
/// take from its own place. What is made of the tables stays for good; made in the same
/// place, between the tables' pieces, it would keep all of that from the system.
pub(super) fn tables(text: &str) -> (DeTable<'_>, Vec<Error>) {
    if text.len() < LARGE {
        return whole(text);
    }
    if let Some(tables) = in_pieces(text, PIECE) {
        return (tables, Vec::new());
    }
    thread::scope(|scope| {
        let reading = thread::Builder::new().spawn_scoped(scope, || whole(text));
        // Why none is no failure: it is as right here, and keeps more memory.
        reading.ok().and_then(|reading| reading.join().ok())
    })
    .unwrap_or_else(|| whole(text))
}

fn whole(text: &str) -> (DeTable<'_>, Vec<Error>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    (table.into_inner(), errors)
}

/// The tables of a file that is read in pieces of at least so many octets, side by side.
/// `None` where that may not be what it says as a whole: where a piece is not TOML, or
/// where two of them say of one name what is not a list of tables.
///
/// A cut stands before a line that begins a table of a list. Where it only looks like one,
/// since a text or a list goes over several lines, the piece before it is not TOML.
pub fn in_pieces(text: &str, piece: usize) -> Option<DeTable<'_>> {
    let (head, starts) = cuts(text, piece);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces: Vec<_> = starts.iter().copied().zip(ends).collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = pieces.chunks(pieces.len().div_ceil(cores).max(1));
    let read: Option<Vec<_>> = thread::scope(|scope| {
        let begin = |share| thread::Builder::new().spawn_scoped(scope, move || read(text, share));
        let begun: Vec<_> = shares.map(begin).collect();
        begun
            .into_iter()
            .map(|one| one.ok()?.join().ok()?)
            .collect()
    });
    let listed = read?.into_iter().try_fold(DeTable::new(), add)?;
    let (head, errors) = whole(text.get(..head)?);
    let apart = errors.is_empty() && head.keys().all(|key| !listed.contains_key(key));
    apart.then(|| head.into_iter().chain(listed).collect())
}

/// Where the first table begins, and from there on where each piece does.
///
/// Why it is apart: what stands above may be a list of another kind.
fn cuts(text: &str, piece: usize) -> (usize, Vec<usize>) {
    let (mut head, mut starts, mut at) = (text.len(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let begins = match starts.last() {
            None if at == 0 => line.trim_start_matches('\u{feff}').starts_with('['),
            None => line.starts_with('['),
            Some(last) => at - last >= piece && line.starts_with("[["),
        };
        if begins {
            head = head.min(at);
            starts.push(at);
        }
        at += line.len();
    }
    (head, starts)
}

/// The tables of some pieces together, each from where to where.
fn read<'t>(text: &'t str, pieces: &[(usize, usize)]) -> Option<DeTable<'t>> {
    pieces.iter().try_fold(DeTable::new(), |tables, piece| {
        let (table, errors) = whole(text.get(piece.0..piece.1)?);
        let table = table.into_iter().map(|entry| moved(entry, piece.0));
        errors.is_empty().then(|| add(tables, table.collect()))?
    })
}

/// What two parts say together, where they share nothing but lists.
fn add<'t>(mut tables: DeTable<'t>, further: DeTable<'t>) -> Option<DeTable<'t>> {
    for (key, value) in further {
        match tables.get_mut(&key).map(Spanned::get_mut) {
            None => {
                tables.insert(key, value);
            }
            Some(DeValue::Array(list)) => match value.into_inner() {
                DeValue::Array(more) => more.into_iter().for_each(|one| list.push(one)),
                _ => return None,
            },
            Some(_) => return None,
        }
    }
    Some(tables)
}

/// A name and its value, at their places in a text of which so much stands before them.
fn moved<'t>(
    (name, value): (Spanned<DeString<'t>>, Spanned<DeValue<'t>>),
    by: usize,
) -> (Spanned<DeString<'t>>, Spanned<DeValue<'t>>) {
    (
        shifted(name, by, |name| name),
        shifted(value, by, |value| inside(value, by)),
    )
}

fn inside(value: DeValue<'_>, by: usize) -> DeValue<'_> {
    match value {
        DeValue::Array(list) => {
            let one = |one| shifted(one, by, |value| inside(value, by));
            DeValue::Array(list.into_iter().map(one).collect())
        }
        DeValue::Table(table) => {
            DeValue::Table(table.into_iter().map(|entry| moved(entry, by)).collect())
        }
        plain => plain,
    }
}

fn shifted<T>(one: Spanned<T>, by: usize, inside: impl FnOnce(T) -> T) -> Spanned<T> {
    let span = one.span();
    Spanned::new(span.start + by..span.end + by, inside(one.into_inner()))
}
