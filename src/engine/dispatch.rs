//! What is claimed, and what is under way.
//!
//! Owns the senders, each channel's own, so that one that stands still holds up no
//! other, and what was claimed and cannot be sent yet. It must not decide what
//! an outcome means.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::lane::{AHEAD, Counts, FOR_LEADS, Lane, Queue};
use super::outbox::{Ready, broken};
use super::{Engine, Error};
use crate::channel::Attempt;
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::id::CallOutId;
use crate::domain::notification::NotificationId;
use crate::domain::roster::ChannelName;
use crate::store::{Claim, Claimed};
use crate::telemetry::fault;

/// How long a claimed notification belongs to its sender. One that is claimed
/// again meanwhile is not sent twice: what is under way is known by its number.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// More than so many claimed messages are a crowd. Why not fewer: what came of each of
/// a few is kept at once.
const CROWD: usize = 128;

/// One attempt, come to its end.
pub(super) struct Ended {
    pub(super) claimed: Claimed,
    pub(super) came: Came,
}

/// What came of a message that was claimed.
pub(super) enum Came {
    /// It was sent, or could not be.
    Attempt(Attempt),
    /// It is no longer wanted.
    Unwanted,
    /// It must not leave before it is known whether its call-out goes on.
    Waits,
}

/// What is claimed and not settled.
pub(super) struct Underway {
    lanes: BTreeMap<ChannelName, Lane>,
    /// Whether parts of a beginning are still to be queued.
    parts: bool,
    /// Whether the last look was at the first messages of an event alone.
    pub(super) began: bool,
    /// Whether nothing more is claimed.
    stops: bool,
    /// How many senders a channel may have now.
    most: usize,
    /// Under which lease each is held now, waiting or on its way.
    leases: HashMap<NotificationId, i64>,
    senders: JoinSet<()>,
    ends: mpsc::UnboundedReceiver<Ended>,
    end: mpsc::UnboundedSender<Ended>,
}

/// A sender, and what it sends.
///
/// Invariant: however it ends, its place is given back and its message is
/// settled. Why: a lane whose senders are gone sends nothing more, and a
/// message that nobody settles is kept from every later claim.
struct Sender {
    queue: Queue,
    end: mpsc::UnboundedSender<Ended>,
    sends: Option<Claimed>,
    /// How many there may be for everybody's messages.
    room: usize,
    /// Whether it is counted as one still.
    counts: bool,
}

impl Sender {
    async fn run(mut self, engine: Engine) {
        while let Some(claimed) = self.queue.next(self.room) {
            let claimed = self.sends.insert(claimed);
            fault::point("sender");
            let came = engine.attempt(claimed).await;
            self.ended(came);
        }
        self.counts = false;
    }

    fn ended(&mut self, came: Came) {
        if let Some(claimed) = self.sends.take() {
            // Why not looked at: nobody waits as the program ends.
            let _ = self.end.send(Ended { claimed, came });
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.counts {
            self.queue.lock().senders -= 1;
        }
        self.ended(Came::Attempt(defective()));
    }
}

impl Default for Underway {
    fn default() -> Self {
        let (end, ends) = mpsc::unbounded_channel();
        Self {
            lanes: BTreeMap::new(),
            parts: false,
            began: false,
            stops: false,
            most: usize::MAX,
            leases: HashMap::new(),
            senders: JoinSet::new(),
            ends,
            end,
        }
    }
}

impl Underway {
    /// Whether nothing waits and nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.leases.is_empty()
    }

    /// Whether so many are claimed that what a few of them came to can wait; before a
    /// stop nothing does.
    pub(super) fn is_crowd(&self) -> bool {
        !self.stops && self.leases.len() > CROWD
    }

    /// The next attempt that ends.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        if self.is_empty() {
            return None;
        }
        let ended = self.ends.recv().await?;
        Some(self.left(ended))
    }

    /// The same, if one has ended already.
    pub(super) fn try_next(&mut self) -> Option<Ended> {
        let ended = self.ends.try_recv().ok()?;
        Some(self.left(ended))
    }

    fn left(&mut self, mut ended: Ended) -> Ended {
        // Why: it may have been claimed anew meanwhile, and is settled under
        // the lease that holds.
        if let Some(lease) = self.leases.remove(&ended.claimed.notification.id) {
            ended.claimed.lease = lease;
        }
        while self.senders.try_join_next().is_some() {}
        ended
    }

    /// The channels and urgencies of which enough waits in memory.
    ///
    /// Why not whole channels: whoever leads waits behind no crowd.
    pub(super) fn busy(&self) -> Vec<(ChannelName, u8)> {
        let all = self.waiting().into_iter().flat_map(|(channel, counts)| {
            let counts = (0_u8..).zip(counts);
            let enough = counts.filter(|(_, count)| *count > AHEAD / 2);
            enough.map(move |(urgency, _)| (channel.clone(), urgency))
        });
        all.collect()
    }

    /// Whether a channel that may have more runs out of what was claimed.
    pub(super) fn runs_out(&self) -> bool {
        let runs_out = |lane: &Lane| lane.queue.lock().claimed.len() <= AHEAD as usize / 2;
        let mut lanes = self.lanes.values();
        lanes.any(|lane| (lane.more || self.parts) && runs_out(lane))
    }

    /// Gives up what waits, to be claimed by the next start.
    pub(super) fn let_go(&mut self) {
        self.stops = true;
        for lane in self.lanes.values() {
            for (_, id) in std::mem::take(&mut lane.queue.lock().claimed).into_keys() {
                self.leases.remove(&id);
            }
        }
    }

    /// How many wait for a sender, by channel and urgency.
    fn waiting(&self) -> Vec<(ChannelName, Counts)> {
        let lanes = self.lanes.iter();
        let counted = lanes.map(|(channel, lane)| (channel.clone(), lane.queue.counts()));
        counted.collect()
    }

    /// The same, as if a class of which older ones may wait in the store were full: what
    /// is new goes before none of them.
    pub(super) fn waiting_in_turn(&self) -> Vec<(ChannelName, Counts)> {
        let mut waiting = self.waiting();
        for (channel, counts) in &mut waiting {
            if let Some(lane) = self.lanes.get(channel) {
                *counts = lane.in_turn(*counts);
            }
        }
        waiting
    }

    /// Notes what a claim found in the store, where so many waited already.
    fn found(&mut self, claimed: &[Claimed], waited: &[(ChannelName, Counts)]) {
        let mut found: BTreeMap<&ChannelName, Counts> = BTreeMap::new();
        for Claimed {
            notification,
            urgency,
            ..
        } in claimed
        {
            let channel = &notification.draft.contact.channel;
            let counts = found.entry(channel).or_default();
            if let Some(count) = counts.get_mut(usize::from(*urgency)) {
                *count += 1;
            }
        }
        for channel in found.keys() {
            if !self.lanes.contains_key(*channel) {
                self.lanes.insert((*channel).clone(), Lane::default());
            }
        }
        for (channel, lane) in &mut self.lanes {
            let found = found.get(channel).copied().unwrap_or_default();
            let waited = waited.iter().find(|(name, _)| name == channel);
            let waited = waited.map(|(_, counts)| *counts).unwrap_or_default();
            lane.found(found, waited);
        }
    }

    /// Takes in what was claimed. What is here already is held under its new lease.
    fn take(&mut self, claimed: Vec<Claimed>) {
        for claimed in claimed {
            let notification = &claimed.notification;
            let before = self.leases.insert(notification.id, claimed.lease);
            let channel = &notification.draft.contact.channel;
            if !self.lanes.contains_key(channel) {
                self.lanes.insert(channel.clone(), Lane::default());
            }
            let Some(lane) = self.lanes.get_mut(channel) else {
                continue;
            };
            lane.more = true;
            if before.is_none() {
                let place = (claimed.urgency, notification.id);
                lane.queue.lock().claimed.insert(place, claimed);
            }
        }
    }
}

impl Engine {
    /// Claims what is due, as far as each channel has room, and sends it, with
    /// what was claimed before and could not be sent; how many that are.
    ///
    /// Invariant: what was claimed is sent, or held for the next turn: nothing
    /// waits for its lease because its call-out could not be read for once.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub(super) async fn claim(&self, underway: &mut Underway) -> Result<usize, Error> {
        let mut found = self.take_held(underway, usize::MAX).await;
        let mut wanted = self.wanted(underway.waiting());
        // Why before: what is kept now is claimed in the same commit.
        let parts = self.queue_parts(underway, &mut wanted);
        let waiting = wanted.waiting.clone();
        let claimed = self.commit(self.0.store.claim(wanted)).await;
        let begun = self.keep_parts(parts).await;
        found += self.take_over(underway, begun).await;
        underway.parts = self.has_parts();
        let mut claimed = claimed?;
        underway.found(&claimed, &waiting);
        self.keep_from_sending(&mut claimed);
        // What was held until its lease ran out is claimed anew.
        let is_new = |held: &Claimed| {
            let mut claimed = claimed.iter();
            claimed.any(|new| new.notification.id == held.notification.id)
        };
        self.held().retain(|held| !is_new(held));
        found += self.take_over(underway, claimed).await;
        Ok(found)
    }

    /// Sends what was claimed before and is held, by so many senders of each channel at
    /// first; how many that are.
    pub(super) async fn take_held(&self, underway: &mut Underway, senders: usize) -> usize {
        let held = std::mem::take(&mut *self.held());
        if held.is_empty() {
            return 0;
        }
        underway.most = senders;
        let found = self.take_over(underway, held).await;
        underway.most = usize::MAX;
        // Why: the senders begin before anything else is looked after.
        tokio::task::yield_now().await;
        found
    }

    /// What is claimed now, as so many wait already.
    pub(super) fn wanted(&self, waiting: Vec<(ChannelName, Counts)>) -> Claim {
        let now = self.now();
        Claim {
            now,
            lease_until: now + LEASE,
            limit: AHEAD,
            waiting,
        }
    }

    /// Puts what was claimed into its lanes and sends it; what cannot be sent yet is
    /// held.
    async fn take_over(&self, underway: &mut Underway, all: Vec<Claimed>) -> usize {
        // Why apart: what can be sent now waits for nothing that is to be read.
        let known = |claimed: &Claimed| {
            let call_out = &claimed.notification.call_out;
            let is_here = underway.leases.contains_key(&claimed.notification.id);
            is_here || self.open_as_begun().contains_key(call_out)
        };
        let (known, unknown): (Vec<_>, Vec<_>) = all.into_iter().partition(known);
        let mut found = self.take_ready(underway, known).await;
        if !unknown.is_empty() {
            found += self.take_ready(underway, unknown).await;
        }
        found
    }

    async fn take_ready(&self, underway: &mut Underway, all: Vec<Claimed>) -> usize {
        let (mut ready, mut held) = (Vec::with_capacity(all.len()), Vec::new());
        let mut unreadable: HashSet<CallOutId> = HashSet::new();
        for claimed in all {
            let call_out = &claimed.notification.call_out;
            // Invariant: what is here already is never held beside itself.
            if underway.leases.contains_key(&claimed.notification.id) {
                ready.push(claimed);
                continue;
            }
            // A notification of an ended call-out, as after a restart.
            let loaded = match unreadable.contains(call_out) {
                true => false,
                false => self.is_readable(call_out).await,
            };
            if loaded && !self.may_be_stale(call_out) {
                ready.push(claimed);
            } else if loaded {
                held.push(claimed);
            } else {
                unreadable.insert(call_out.clone());
                held.push(claimed);
            }
        }
        self.held().extend(held);
        let found = ready.len();
        underway.take(ready);
        self.send(underway);
        found
    }

    /// Whether a call-out is in memory, or is not in the store either: what
    /// nothing is known of is ended by the making of it.
    async fn is_readable(&self, id: &CallOutId) -> bool {
        if self.is_unread(id) {
            return false;
        }
        match self.load_to_call(id).await {
            Ok(()) | Err(Error::NoCallOut(_)) => true,
            Err(error) => {
                if let Error::Store(error) = &error {
                    self.note_unread(id, error);
                }
                tracing::error!(
                    call_out.id = %id,
                    error = %error,
                    "messages wait: their call-out cannot be read now"
                );
                false
            }
        }
    }

    /// Sees to it that each channel has as many senders as it has room for.
    pub(super) fn send(&self, underway: &mut Underway) {
        let room = self.0.settings.in_flight.min(underway.most);
        let few = if underway.most < usize::MAX {
            0
        } else {
            FOR_LEADS
        };
        for lane in underway.lanes.values() {
            let mut waiting = lane.queue.lock();
            let wanted = waiting.missing(room, few);
            waiting.senders += wanted;
            drop(waiting);
            for _ in 0..wanted {
                let sender = Sender {
                    queue: lane.queue.clone(),
                    end: underway.end.clone(),
                    sends: None,
                    room: self.0.settings.in_flight,
                    counts: true,
                };
                underway.senders.spawn(sender.run(self.clone()));
            }
        }
    }

    /// Sends one message, unless it is no longer wanted or must wait.
    async fn attempt(&self, claimed: &Claimed) -> Came {
        let notification = &claimed.notification;
        let one = async {
            // Why: a write that failed may have put it out of memory since.
            let call_out = &notification.call_out;
            let is_kept = match self.load_to_call(call_out).await {
                Ok(()) => true,
                Err(Error::NoCallOut(_)) => false,
                Err(error) => return Came::Attempt(unreadable(&error.to_string())),
            };
            // Why again: the machine may have stood still since it was claimed,
            // and its sender wake before the clockwork.
            if self.look_whether_stale(call_out) {
                return Came::Waits;
            }
            match self.ready(claimed) {
                Ready::Unwanted => Came::Unwanted,
                // Put out of memory since it was looked for: nothing is wrong
                // with the contact.
                Ready::NoCallOut if is_kept => Came::Waits,
                Ready::NoCallOut => Came::Attempt(broken("there is no such call-out")),
                Ready::NoPerson => {
                    // Why: memory may have been read before the commit that
                    // called this person.
                    self.forget(call_out);
                    Came::Attempt(unreadable("it does not know whom it calls"))
                }
                Ready::Broken(attempt) => Came::Attempt(attempt),
                Ready::Send(outgoing) => {
                    self.begin_leaving(notification.id);
                    self.send_wanted(notification, &outgoing).await
                }
            }
        };
        // Why: a defect that one message meets ends that message alone.
        let came = AssertUnwindSafe(one).catch_unwind().await;
        came.unwrap_or_else(|_| {
            tracing::error!(
                notification.id,
                "a message met a defect of this program; the person's next contact is tried"
            );
            Came::Attempt(defective())
        })
    }
}

/// What came of a message that met a defect of this program: its contact's end,
/// so that the next one is tried now.
fn defective() -> Attempt {
    Attempt {
        outcome: Outcome::Rejected {
            reason: Reason::Content,
            detail: "a defect of muster; see its log".to_owned(),
        },
        via: String::new(),
    }
}

/// What came of a message whose call-out cannot be read now: it is tried again.
fn unreadable(why: &str) -> Attempt {
    Attempt {
        outcome: Outcome::Retry {
            reason: Reason::Fault,
            detail: format!("the call-out cannot be read now: {why}"),
            after: None,
        },
        via: String::new(),
    }
}
