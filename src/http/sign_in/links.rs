//! Sign-in links: made, read back, used once.
//!
//! Owns what is signed, which links were used, and how many are sent. All of
//! it is in memory: a secret of this start is signed along, so that no link
//! outlives the daemon that made it. It must not send or say anything.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::http::session::same;
use crate::message::token::LinkKeys;

/// How long a link works.
pub(super) const WORKS: SignedDuration = SignedDuration::from_mins(15);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The most links an hour to one person, so that nobody's asking uses up what
/// is left for the others.
const OF_ONE_AN_HOUR: usize = 12;

/// How many of them are a person's whatever the others ask for, so that nobody
/// who asks in others' names keeps anybody out.
const OWN_AN_HOUR: usize = 2;

/// The most links an hour beyond those, to everybody together.
const OF_ALL_AN_HOUR: usize = 120;

const NONCE_BYTES: usize = 16;

/// Longer than any link's token: an id has 64 characters at most.
const LONGEST: usize = 200;

/// What is kept of sign-in links while the daemon runs.
pub(in crate::http) struct Links {
    secret: [u8; 32],
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Used ones, by their nonce, until they would have ended.
    used: HashMap<String, Timestamp>,
    /// Those sent in the last hour.
    sent: VecDeque<Sent>,
}

/// A link that was sent.
struct Sent {
    at: Timestamp,
    to: PersonId,
    /// Whether it counts among those of everybody.
    shared: bool,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

/// A link that this daemon made, whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Who signs in by it.
    pub(super) person: PersonId,
    /// Where it was sent.
    pub(super) address: String,
    /// Until when it works.
    pub(super) until: Timestamp,
    nonce: String,
}

impl Links {
    /// None used, none sent.
    pub(in crate::http) fn new(clock: &Clock) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        clock.fill(&mut secret)?;
        Ok(Self {
            secret,
            kept: Mutex::default(),
        })
    }

    /// Whether one more may be sent to a person now; counts it if so.
    pub(super) fn may_send(&self, person: &PersonId, now: Timestamp) -> bool {
        let mut kept = self.kept();
        // What was sent at a time that is still to come was sent before the
        // clock was set.
        kept.sent
            .retain(|sent| sent.at <= now && now.duration_since(sent.at) < HOUR);
        let of_one = || kept.sent.iter().filter(|sent| sent.to == *person);
        let just_now = of_one().any(|sent| now.duration_since(sent.at) < MINUTE);
        let before = of_one().count();
        let shared = before >= OWN_AN_HOUR;
        let of_all = || kept.sent.iter().filter(|sent| sent.shared).count();
        if just_now || before >= OF_ONE_AN_HOUR || (shared && of_all() >= OF_ALL_AN_HOUR) {
            return false;
        }
        kept.sent.push_back(Sent {
            at: now,
            to: person.clone(),
            shared,
        });
        true
    }

    /// The token of a new link, which works until then.
    pub(super) fn token(
        &self,
        (keys, clock): (&LinkKeys, &Clock),
        (person, address): (&PersonId, &str),
        until: Timestamp,
    ) -> Result<String, getrandom::Error> {
        let mut nonce = [0; NONCE_BYTES];
        clock.fill(&mut nonce)?;
        let link = Link {
            person: person.clone(),
            address: address.to_owned(),
            until,
            nonce: URL_SAFE_NO_PAD.encode(nonce),
        };
        let tag = self.sign(keys, &link);
        Ok(format!(
            "{}.{}.{tag}.{person}",
            until.as_second(),
            link.nonce
        ))
    }

    /// The link that a token stands for, if this daemon made it since its
    /// start, for a person and an address that the roster still has.
    pub(super) fn read(&self, keys: &LinkKeys, token: &str, roster: &Roster) -> Option<Link> {
        // Why: refuse a long one before any work is done on it.
        if token.len() > LONGEST {
            return None;
        }
        let mut fields = token.splitn(4, '.');
        let (until, nonce) = (fields.next()?, fields.next()?);
        let (tag, person) = (fields.next()?, fields.next()?);
        let until = Timestamp::from_second(until.parse().ok()?).ok()?;
        let person = roster.people.get(person)?;
        let mut links = person.mail_contacts().map(|contact| Link {
            person: person.id.clone(),
            address: contact.address.to_string(),
            until,
            nonce: nonce.to_owned(),
        });
        links.find(|link| same(&self.sign(keys, link), tag))
    }

    /// Whether it was used before.
    pub(super) fn is_used(&self, link: &Link) -> bool {
        self.kept().used.contains_key(&link.nonce)
    }

    /// Uses it up; false where somebody else was first.
    pub(super) fn redeem(&self, link: &Link, now: Timestamp) -> bool {
        let mut kept = self.kept();
        kept.used.retain(|_, until| *until > now);
        let nonce = link.nonce.clone();
        kept.used.insert(nonce, link.until).is_none()
    }

    fn sign(&self, keys: &LinkKeys, link: &Link) -> String {
        let mut data = self.secret.to_vec();
        data.extend(link.until.as_second().to_be_bytes());
        // Why: no nonce and no id holds a NUL, so that no other link signs the
        // same bytes.
        let Link {
            nonce,
            person,
            address,
            ..
        } = link;
        data.extend(format!("{nonce}\0{person}\0{address}").bytes());
        keys.tag("sign-in link", &data)
    }

    /// Why: nothing that is done under the lock can fail half-way, so a panic
    /// elsewhere leaves it sound.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
