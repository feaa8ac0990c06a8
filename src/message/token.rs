//! The token in a person's own link, and the addresses at which their mail
//! comes back: the return path of a bounce, and that of their own reply.
//!
//! Owns the signature: a token is a key's number, a notification's number and
//! half an HMAC-SHA256 over both. It must not know what a notification is,
//! nor keep or print a key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a signature is for: one made for a link can never pass for one made
/// for a return path.
const LINK_CONTEXT: &[u8] = b"muster answer link 1\0";
const TAG_CONTEXT: &[u8] = b"muster tag 1\0";
const CONTACT_CONTEXT: &[u8] = b"muster contact return path 1\0";
const RETURN_CONTEXT: &[u8] = b"muster return path 1\0";
const REPLY_CONTEXT: &[u8] = b"muster reply 1\0";

const TAG_BYTES: usize = 16;
const TOKEN_BYTES: usize = 1 + 8 + TAG_BYTES;

/// A forged bounce calls somebody more, never fewer, and a local part has room
/// for little (RFC 5321 4.5.3.1.1).
const RETURN_TAG_BYTES: usize = 6;
const LOCAL_PART_BYTES: usize = 64;

/// A forged reply would answer for somebody: more of its tag is asked for.
const REPLY_TAG_BYTES: usize = 10;

/// The keys that sign links: one that signs, and older ones that still hold.
#[derive(Clone)]
pub struct LinkKeys {
    current: (u8, [u8; 32]),
    older: Vec<(u8, [u8; 32])>,
}

impl LinkKeys {
    /// The key that signs, under its number.
    pub fn new(number: u8, key: [u8; 32]) -> Self {
        Self {
            current: (number, key),
            older: Vec::new(),
        }
    }

    /// The same, and an older key whose links still hold. Where two keys have
    /// the same number the first holds.
    #[must_use]
    pub fn with_older(mut self, number: u8, key: [u8; 32]) -> Self {
        self.older.push((number, key));
        self
    }

    /// A signature for something else than a link, under the current key:
    /// base64url. What it is for keeps it apart from every other.
    pub fn tag(&self, purpose: &str, data: &[u8]) -> String {
        let context = [TAG_CONTEXT, purpose.as_bytes(), b"\0"].concat();
        URL_SAFE_NO_PAD.encode(sign(&self.current.1, &context, data))
    }

    /// A number drawn for something else than a link, under the current key:
    /// the same for the same data, and nobody's to foresee without the key.
    pub fn number(&self, purpose: &str, data: &[u8]) -> u64 {
        let context = [TAG_CONTEXT, purpose.as_bytes(), b"\0"].concat();
        let tag = sign(&self.current.1, &context, data);
        let head = tag.iter().take(8);
        head.fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    fn all(&self) -> impl Iterator<Item = &(u8, [u8; 32])> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<u8> = self.all().map(|(number, _)| *number).collect();
        f.debug_struct("LinkKeys")
            .field("numbers", &numbers)
            .finish_non_exhaustive()
    }
}

/// The token of a notification, under the current key.
pub fn token(keys: &LinkKeys, notification_id: i64) -> String {
    let (number, key) = &keys.current;
    let mut bytes = [0; TOKEN_BYTES];
    bytes[0] = *number;
    bytes[1..9].copy_from_slice(&notification_id.to_be_bytes());
    let tag = sign(key, LINK_CONTEXT, &bytes[..9]);
    bytes[9..].copy_from_slice(&tag[..TAG_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The notification that a token was made for, if one of the keys made it.
pub fn verify(keys: &LinkKeys, token: &str) -> Option<i64> {
    // Why: refuse a long one before any work is done on it.
    if token.len() > TOKEN_BYTES * 2 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let bytes: [u8; TOKEN_BYTES] = bytes.try_into().ok()?;
    let (_, key) = keys.all().find(|(number, _)| *number == bytes[0])?;
    let tag = sign(key, LINK_CONTEXT, &bytes[..9]);
    // Invariant: the time taken says nothing about how much of the tag was right.
    if !bool::from(tag[..TAG_BYTES].ct_eq(&bytes[9..])) {
        return None;
    }
    let id: [u8; 8] = bytes[1..9].try_into().ok()?;
    Some(i64::from_be_bytes(id))
}

/// The link of a token: `{public_url}/a/{token}`.
pub fn link(public_url: &str, token: &str) -> String {
    format!("{}/a/{token}", public_url.trim_end_matches('/'))
}

/// The return path of a notification's mail, so that a bounce names it:
/// `call+1234-0a1b2c3d4e5f@example.jp`. An address that has no room for that
/// is used as it is.
pub fn return_path(keys: &LinkKeys, notification_id: i64, from_address: &str) -> String {
    let tag = return_tag(&keys.current.1, notification_id);
    extended(from_address, &format!("{notification_id}-{tag}"))
        .unwrap_or_else(|| from_address.to_owned())
}

/// The return path of a mail that asks an address to confirm itself, by the
/// number of that address: `call+c12-0a1b2c3d4e5f60718293@example.jp`; `None`
/// where the address has no room for that.
pub fn contact_return_path(keys: &LinkKeys, id: i64, from_address: &str) -> Option<String> {
    let tag = contact_tag(&keys.current.1, id);
    extended(from_address, &format!("c{id}-{tag}"))
}

/// Where a person's own reply to a notification comes back:
/// `call+r1234-0a1b2c3d4e5f60718293@example.jp`; `None` where the address has
/// no room for that.
pub fn reply_address(keys: &LinkKeys, notification_id: i64, from_address: &str) -> Option<String> {
    let tag = reply_tag(&keys.current.1, notification_id);
    extended(from_address, &format!("r{notification_id}-{tag}"))
}

/// An address with an extension behind its local part.
fn extended(address: &str, extension: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let fits = local.len() + "+".len() + extension.len() <= LOCAL_PART_BYTES;
    fits.then(|| [local, "+", extension, "@", domain].concat())
}

/// At which of its addresses a notification's mail came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// At its return path: mail systems answer there.
    Bounce(i64),
    /// At its reply address: people answer there.
    Reply(i64),
    /// At the return path of a mail that asked an address, by its number.
    Contact(i64),
    /// It looks like one of ours, and none of the keys made it.
    Forged,
}

/// What an address to which mail came back was made for; `None` where it is
/// not of this kind at all.
pub fn returned(keys: &LinkKeys, address: &str) -> Option<Returned> {
    if let Some(id) = read_return_path(keys, address) {
        return Some(Returned::Bounce(id));
    }
    let (id, tag) = extension(address)?;
    if let Some(id) = id.strip_prefix(['c', 'C']) {
        let id: i64 = id.parse().ok()?;
        let right = keys.all().any(|(_, key)| same(&contact_tag(key, id), tag));
        return Some(if right {
            Returned::Contact(id)
        } else {
            Returned::Forged
        });
    }
    let Some(id) = id.strip_prefix(['r', 'R']) else {
        let looks = id.parse::<i64>().is_ok();
        return looks.then_some(Returned::Forged);
    };
    let id: i64 = id.parse().ok()?;
    let right = keys.all().any(|(_, key)| same(&reply_tag(key, id), tag));
    Some(if right {
        Returned::Reply(id)
    } else {
        Returned::Forged
    })
}

/// The notification that a bounce came back for.
pub fn read_return_path(keys: &LinkKeys, address: &str) -> Option<i64> {
    let (id, tag) = extension(address)?;
    let id: i64 = id.parse().ok()?;
    keys.all()
        .any(|(_, key)| same(&return_tag(key, id), tag))
        .then_some(id)
}

/// The number and the tag of an extended address.
fn extension(address: &str) -> Option<(&str, &str)> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, mark) = local.rsplit_once('+')?;
    mark.rsplit_once('-')
}

/// Invariant: the time taken says nothing about how much of the tag was right.
fn same(tag: &str, given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    tag.as_bytes().ct_eq(given.as_bytes()).into()
}

/// Hexadecimal, because a local part may come back in other letters' case.
fn return_tag(key: &[u8; 32], notification_id: i64) -> String {
    let tag = sign(key, RETURN_CONTEXT, &notification_id.to_be_bytes());
    hex(&tag[..RETURN_TAG_BYTES])
}

/// As long as a reply's: forged, it would mark an address as dead.
fn contact_tag(key: &[u8; 32], id: i64) -> String {
    let tag = sign(key, CONTACT_CONTEXT, &id.to_be_bytes());
    hex(&tag[..REPLY_TAG_BYTES])
}

fn reply_tag(key: &[u8; 32], notification_id: i64) -> String {
    let tag = sign(key, REPLY_CONTEXT, &notification_id.to_be_bytes());
    hex(&tag[..REPLY_TAG_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut digits = String::with_capacity(bytes.len() * 2);
    digits.extend(halves.filter_map(|half| char::from_digit(u32::from(half), 16)));
    digits
}

/// Invariant: no context is the beginning of another, so that no two purposes
/// sign the same bytes.
fn sign(key: &[u8; 32], context: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(context);
    mac.update(message);
    mac.finalize().into_bytes().into()
}
