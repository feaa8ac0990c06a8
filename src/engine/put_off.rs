//! Messages that are put off or refused again and again, by a way out that answers.
//!
//! Owns how long that is borne: a person's next contact is called then, and where a
//! way puts everybody off, administrators hear of it. A way that answers nobody is the
//! circuit's.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::alarm::{PASSING, still};
use crate::channel::State;
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::notification::Notification;
use crate::domain::roster::ChannelName;
use crate::domain::text::{Text, without_addresses};
use crate::message::words::alarm as words;
use crate::store::Settlement;

/// How long a call may be put off before the person's next contact is called too, and
/// how often at least. Why so long: a relay that is only busy takes it at the second
/// try. Why also how often: one that waited for our own connection was not put off.
const BORNE: SignedDuration = SignedDuration::from_secs(45);
const BORNE_TIMES: u32 = 3;

/// So many different addresses put off in a row are not each their own fault. Why not
/// fewer: of a large call-out the mailboxes that are full are what is left at its end.
const EVERYBODY: usize = 5;

/// A way that was last asked so long ago says nothing of now. Why so long: a message
/// is tried again after five minutes at most.
const FORGOTTEN: SignedDuration = SignedDuration::from_mins(10);

/// Ways that take nothing of what is given to them, and blame no address.
#[derive(Debug, Default)]
pub(super) struct PutOff(Mutex<HashMap<Name, Way>>);

/// Whether it is a relay, and what it is called.
type Name = (bool, String);

/// What a way said since it last took anything.
#[derive(Debug)]
struct Way {
    since: Timestamp,
    last: Timestamp,
    /// To whom the messages were, as many as tell.
    addresses: Vec<Arc<str>>,
    reason: Reason,
    detail: String,
}

impl Engine {
    fn ways(&self) -> MutexGuard<'_, HashMap<Name, Way>> {
        let PutOff(ways) = &self.0.leaving.put_off;
        ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a way out said of a message.
    pub(super) fn note_way(&self, notification: &Notification, settlement: &Settlement) {
        let contact = &notification.draft.contact;
        let is_relay = contact.channel == ChannelName::Email;
        let name = (is_relay, settlement.via.clone());
        let mut ways = self.ways();
        match &settlement.outcome {
            Some(Outcome::Accepted { .. }) => {
                ways.remove(&name);
            }
            Some(Outcome::Retry {
                reason: reason @ (Reason::Busy | Reason::Fault | Reason::Policy),
                detail,
                ..
            }) if !settlement.via.is_empty() => {
                let at = settlement.at;
                ways.retain(|_, way| still(way.last, at, FORGOTTEN));
                let way = ways.entry(name).or_insert_with(|| Way {
                    since: at,
                    last: at,
                    addresses: Vec::new(),
                    reason: *reason,
                    detail: String::new(),
                });
                way.last = at;
                way.reason = *reason;
                way.detail = without_addresses(detail, &contact.address);
                if way.addresses.len() < EVERYBODY && !way.addresses.contains(&contact.address) {
                    way.addresses.push(Arc::clone(&contact.address));
                }
            }
            _ => {}
        }
    }

    /// The ways that have put everybody off for a while, each by its name; not those
    /// that are left alone, of which their circuit tells.
    pub(super) fn ways_putting_off(&self, now: Timestamp) -> Vec<(String, Text)> {
        let circuits = self.0.outlet.circuits().into_iter();
        let left = circuits.filter(|circuit| circuit.state != State::Closed);
        let left: HashSet<Name> = left
            .map(|circuit| (circuit.channel == "email", circuit.name))
            .collect();
        let ways = self.ways();
        let lasting = ways.iter().filter(|(name, way)| {
            way.addresses.len() >= EVERYBODY
                && !left.contains(name)
                && !still(way.since, now, PASSING)
                && still(way.last, now, FORGOTTEN)
        });
        let said = lasting.map(|((is_relay, name), way)| {
            let says = words::circuit(*is_relay, name, Some(way.reason), &way.detail);
            let channel = if *is_relay { "email" } else { "webhook" };
            (format!("{channel}:{name}"), says)
        });
        said.collect()
    }

    /// Whether a message has been put off for so long, or by its way's own word will be,
    /// that another contact is to carry it as well.
    pub(super) fn is_put_off(notification: &Notification, settlement: &Settlement) -> bool {
        let since = notification.created_at;
        let lasts = |at: Timestamp| at.duration_since(since) >= BORNE;
        let often = notification.attempts >= BORNE_TIMES;
        // Why whatever the number: nothing but the way itself sets such a time.
        match (&settlement.outcome, settlement.again_at) {
            (Some(Outcome::Retry { after: Some(_), .. }), Some(again_at)) => lasts(again_at),
            _ => often && lasts(settlement.at),
        }
    }

    /// Whether a person has another contact, and none has taken their call.
    pub(super) fn may_go_on(&self, notification: &Notification) -> bool {
        let open = self.open();
        let open = open.get(&notification.call_out);
        // Why not where it is not in memory: what cannot be read is not put off.
        open.is_some_and(|open| {
            let call_out = &open.call_out;
            let draft = &notification.draft;
            let reached = call_out.is_reached(&draft.person, notification.created_at);
            call_out.has_another(draft) && !reached
        })
    }
}
