//! From the outbox to the channels: what is claimed, and what is under way.
//!
//! Owns the room of each channel, so that one that stands still holds up no
//! other, and what was claimed and cannot be sent yet. It must not decide what
//! an outcome means.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::outbox::Ready;
use super::{Engine, Error};
use crate::channel::Attempt;
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::roster::ChannelName;
use crate::store::{Claim, Claimed};

/// How long a claimed notification belongs to its sender: longer than every
/// phase of the slowest relays together.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// One attempt, come to its end.
pub(super) struct Ended {
    pub(super) claimed: Claimed,
    pub(super) attempt: Option<Attempt>,
}

/// The messages on their way.
#[derive(Default)]
pub(super) struct Underway {
    sending: JoinSet<Ended>,
    lanes: HashMap<ChannelName, usize>,
}

impl Underway {
    pub(super) fn is_empty(&self) -> bool {
        self.sending.is_empty()
    }

    /// The next attempt that ends.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        // Why: the tasks catch what a message meets, so that a join fails only
        // as the program ends.
        let ended = self.sending.join_next().await?.ok()?;
        Some(self.left(ended))
    }

    /// The same, if one has ended already.
    pub(super) fn try_next(&mut self) -> Option<Ended> {
        let ended = self.sending.try_join_next()?.ok()?;
        Some(self.left(ended))
    }

    fn left(&mut self, ended: Ended) -> Ended {
        let channel = &ended.claimed.notification.draft.contact.channel;
        if let Some(taken) = self.lanes.get_mut(channel) {
            *taken = taken.saturating_sub(1);
        }
        ended
    }

    /// The channels of which more than half of the room is taken.
    ///
    /// Why: claiming one by one would cost a commit each; half a load at a time
    /// shares it and still keeps the connections busy.
    pub(super) fn busy(&self, room: usize) -> Vec<ChannelName> {
        let busy = self.lanes.iter().filter(|(_, taken)| **taken * 2 > room);
        busy.map(|(channel, _)| channel.clone()).collect()
    }

    /// Whether one of these channels has half of its room free.
    pub(super) fn has_room(&self, channels: &HashSet<ChannelName>, room: usize) -> bool {
        let taken = |channel| self.lanes.get(channel).copied().unwrap_or_default();
        channels.iter().any(|channel| taken(channel) * 2 <= room)
    }

    /// How much of each channel's room is taken; all of it where it is busy.
    fn taken(&self, room: usize) -> Vec<(ChannelName, u32)> {
        let taken = self.lanes.iter().map(|(channel, taken)| {
            let taken = if *taken * 2 > room { room } else { *taken };
            (channel.clone(), u32::try_from(taken).unwrap_or(u32::MAX))
        });
        taken.collect()
    }
}

impl Engine {
    /// Claims what is due, as far as each channel has room, and what was
    /// claimed before and could not be sent; in the order of urgency.
    ///
    /// Invariant: what was claimed is sent, or held for the next turn: nothing
    /// waits for its lease because its call-out could not be read for once.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub(super) async fn claim(&self, underway: &Underway) -> Result<Vec<Claimed>, Error> {
        let now = self.now();
        let room = self.0.settings.in_flight;
        let claimed = self
            .0
            .store
            .claim(Claim {
                now,
                lease_until: now + LEASE,
                limit: u32::try_from(room).unwrap_or(u32::MAX),
                taken: underway.taken(room),
            })
            .await?;
        let mut all = std::mem::take(&mut *self.held());
        // What was held until its lease ran out is claimed anew.
        all.retain(|held| {
            !claimed
                .iter()
                .any(|new| new.notification.id == held.notification.id)
        });
        all.extend(claimed);
        let (mut ready, mut held) = (Vec::with_capacity(all.len()), Vec::new());
        for claimed in all {
            // A notification of an ended call-out, as after a restart.
            match self.load(&claimed.notification.call_out).await {
                // What nothing is known of is ended by the making of it.
                Ok(()) | Err(Error::NoCallOut(_)) => ready.push(claimed),
                Err(error) => {
                    tracing::error!(
                        notification.id = claimed.notification.id,
                        error = %error,
                        "a message waits: its call-out cannot be read now"
                    );
                    held.push(claimed);
                }
            }
        }
        self.held().extend(held);
        ready.sort_by_key(|claimed| {
            let notification = &claimed.notification;
            (notification.draft.urgency(false), notification.id)
        });
        Ok(ready)
    }

    /// Sends one message, in a task of its own.
    pub(super) fn send(&self, underway: &mut Underway, claimed: Claimed) {
        let channel = claimed.notification.draft.contact.channel.clone();
        *underway.lanes.entry(channel).or_default() += 1;
        let engine = self.clone();
        underway.sending.spawn(async move {
            let notification = claimed.notification.clone();
            // Why in a task of its own: a defect that one message meets ends
            // that message alone. It ends with this one.
            let mut one = JoinSet::new();
            one.spawn(async move {
                // Why: a write that failed may have put it out of memory since.
                match engine.load(&notification.call_out).await {
                    Ok(()) | Err(Error::NoCallOut(_)) => {}
                    Err(error) => return Some(unreadable(&error)),
                }
                match engine.ready(&notification) {
                    Ready::Unwanted => None,
                    Ready::Broken(attempt) => Some(attempt),
                    Ready::Send(outgoing) => Some(engine.0.outlet.send(&outgoing).await),
                }
            });
            let attempt = match one.join_next().await {
                Some(Ok(attempt)) => attempt,
                Some(Err(_)) | None => Some(defective(claimed.notification.id)),
            };
            Ended { claimed, attempt }
        });
    }
}

/// What came of a message that met a defect of this program: its contact's end,
/// so that the next one is tried now.
fn defective(notification: i64) -> Attempt {
    tracing::error!(
        notification.id = notification,
        "a message met a defect of this program; the person's next contact is tried"
    );
    Attempt {
        outcome: Outcome::Rejected {
            reason: Reason::Content,
            detail: "a defect of muster; see its log".to_owned(),
        },
        via: String::new(),
    }
}

/// What came of a message whose call-out cannot be read now: it is tried again.
fn unreadable(error: &Error) -> Attempt {
    Attempt {
        outcome: Outcome::Retry {
            reason: Reason::Fault,
            detail: format!("the call-out cannot be read now: {error}"),
            after: None,
        },
        via: String::new(),
    }
}
