//! The clockwork: advance what is due, claim what is queued, send it, settle.
//!
//! Owns the pace. Everything waits on `wake` or on the next due time; nothing
//! is polled faster than once a second.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::outbox::Ready;
use super::{Engine, Error, Open};
use crate::channel::Attempt;
use crate::domain::call_out::Dead;
use crate::domain::delivery::{self, Outcome, Reason};
use crate::domain::id::CallOutId;
use crate::domain::notification::{Notification, NotificationState};
use crate::domain::roster::ChannelName;
use crate::store::{Claim, Claimed, Settlement};
use crate::telemetry::DeliveryLabels;

/// How long a claimed notification belongs to its sender: longer than every
/// phase of the slowest relays together.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// The longest that the clockwork sleeps.
const REST: SignedDuration = SignedDuration::from_secs(10);

/// The wait after the store failed.
const STORE_FAILED: Duration = Duration::from_secs(1);

/// The most outcomes settled in one write.
const SETTLED_AT_ONCE: usize = 256;

/// What one turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Turned {
    /// Attempts made.
    pub attempts: usize,
}

/// One attempt, come to its end.
struct Ended {
    claimed: Claimed,
    attempt: Option<Attempt>,
}

impl Engine {
    /// One whole turn: advances every call-out that is due, then sends and
    /// settles until nothing more is due now; then one address is asked to
    /// confirm itself, if one is due.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn turn(&self) -> Result<Turned, Error> {
        let mut turned = Turned::default();
        self.look().await;
        self.keep_schedules().await;
        loop {
            self.advance().await?;
            self.tell_reports().await;
            let claimed = self.claim(self.0.settings.in_flight).await?;
            if claimed.is_empty() {
                break;
            }
            turned.attempts += claimed.len();
            let mut sending = JoinSet::new();
            for claimed in claimed {
                self.send(&mut sending, claimed);
            }
            let mut ended = Vec::new();
            while let Some(end) = sending.join_next().await {
                ended.extend(end.ok());
            }
            // Why: the order in which attempts end is chance; a turn settles
            // them in the order of their numbers, so that it can be repeated.
            ended.sort_by_key(|ended| ended.claimed.notification.id);
            self.settle(ended).await?;
        }
        self.ask().await?;
        self.0.metrics.turned(self.now().as_second());
        Ok(turned)
    }

    /// Runs until `stop` ends: takes no new work then, finishes what is on
    /// its way within `grace`, and leaves the rest to the next start.
    pub async fn run(&self, stop: impl Future<Output = ()>, grace: Duration) {
        let mut stop = std::pin::pin!(stop);
        let mut sending = JoinSet::new();
        loop {
            let next = match self.pump(&mut sending).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(error = %error, "a turn failed; trying again");
                    self.now() + SignedDuration::try_from(STORE_FAILED).unwrap_or(REST)
                }
            };
            self.0.metrics.turned(self.now().as_second());
            let full = sending.len() >= self.0.settings.in_flight;
            tokio::select! {
                () = &mut stop => break,
                () = self.0.wake.notified(), if !full => {}
                () = self.0.clock.sleep_until(next), if !full => {}
                Some(ended) = sending.join_next(), if !sending.is_empty() => {
                    self.gather(&mut sending, ended.ok()).await;
                }
            }
        }
        self.finish(sending, grace).await;
    }

    /// Advances, then fills up what is on its way; when to look again.
    async fn pump(&self, sending: &mut JoinSet<Ended>) -> Result<Timestamp, Error> {
        self.advance().await?;
        let rest = self.now() + REST;
        let free = self.0.settings.in_flight.saturating_sub(sending.len());
        // Why: claiming one by one would cost a commit each; half a load at a
        // time shares it and still keeps the connections busy.
        if free * 2 < self.0.settings.in_flight {
            return Ok(rest);
        }
        for claimed in self.claim(free).await? {
            self.send(sending, claimed);
        }
        self.look().await;
        self.keep_schedules().await;
        if sending.len() >= self.0.settings.in_flight {
            return Ok(rest);
        }
        Ok(self.next_call().await?.map_or(rest, |due| due.min(rest)))
    }

    /// Settles one end and all others that have come meanwhile.
    async fn gather(&self, sending: &mut JoinSet<Ended>, first: Option<Ended>) {
        let mut ended: Vec<Ended> = first.into_iter().collect();
        while ended.len() < SETTLED_AT_ONCE
            && let Some(next) = sending.try_join_next()
        {
            ended.extend(next.ok());
        }
        if let Err(error) = self.settle(ended).await {
            // The lease returns what was not settled; it is sent again with
            // the same identity.
            tracing::error!(error = %error, "outcomes could not be kept");
        }
    }

    async fn finish(&self, mut sending: JoinSet<Ended>, grace: Duration) {
        let rest = async {
            while let Some(ended) = sending.join_next().await {
                self.gather(&mut sending, ended.ok()).await;
            }
        };
        tokio::select! {
            () = rest => {}
            () = self.0.clock.sleep(grace) => {
                tracing::warn!("messages on their way were left to the next start");
            }
        }
    }

    /// Advances every call-out that is due.
    async fn advance(&self) -> Result<(), Error> {
        self.recall().await?;
        self.end_drills_beside_real().await?;
        let now = self.now();
        let due: Vec<CallOutId> = self
            .open()
            .values_mut()
            .filter_map(|open| {
                let due = open.next_due().is_some_and(|at| at <= now);
                due.then(|| open.call_out.id.clone())
            })
            .collect();
        for id in due {
            self.apply(&id, None, |call_out, plan, now| {
                Ok(call_out.advance(plan, now))
            })
            .await?;
        }
        Ok(())
    }

    /// When a turn next has something to do: a stage, a reminder, a message
    /// that waits, a drill, the daily look at readiness, or an address to be
    /// asked.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let due = [self.next_call().await?, self.next_asking().await?];
        Ok(due.into_iter().flatten().min())
    }

    /// The same without addresses, which are asked apart from the calling.
    async fn next_call(&self) -> Result<Option<Timestamp>, Error> {
        let queued = self.0.store.next_due().await?;
        let call_outs = self.open().values_mut().filter_map(Open::next_due).min();
        let own = [self.next_look(), self.next_occasion()];
        let due = [queued, call_outs].into_iter().chain(own);
        Ok(due.flatten().min())
    }

    async fn claim(&self, limit: usize) -> Result<Vec<Claimed>, Error> {
        let now = self.now();
        let claimed = self
            .0
            .store
            .claim(Claim {
                now,
                lease_until: now + LEASE,
                limit: u32::try_from(limit).unwrap_or(u32::MAX),
            })
            .await?;
        for claimed in &claimed {
            // A notification of an ended call-out, as after a restart.
            self.load(&claimed.notification.call_out).await?;
        }
        Ok(claimed)
    }

    fn send(&self, sending: &mut JoinSet<Ended>, claimed: Claimed) {
        let engine = self.clone();
        sending.spawn(async move {
            let notification = claimed.notification.clone();
            // Why in a task of its own: a defect that one message meets ends
            // that message alone. It ends with this one.
            let mut one = JoinSet::new();
            one.spawn(async move {
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

    /// Keeps what came of attempts: a dead contact together with what follows
    /// from it, the others in one write.
    async fn settle(&self, ended: Vec<Ended>) -> Result<(), Error> {
        let mut plain = Vec::with_capacity(ended.len());
        let mut accepted = Vec::new();
        for Ended { claimed, attempt } in ended {
            let settlement = self.settlement(&claimed, attempt);
            let notification = claimed.notification;
            match &settlement.outcome {
                Some(Outcome::Rejected { reason, detail }) => {
                    let dead = Dead {
                        draft: notification.draft,
                        reason: *reason,
                        detail: detail.clone(),
                    };
                    let change =
                        |call_out: &mut crate::domain::call_out::CallOut, plan: &_, now| {
                            Ok(call_out.dead(&dead, plan, now))
                        };
                    self.apply(&notification.call_out, Some(settlement.clone()), change)
                        .await?;
                }
                Some(Outcome::Accepted { .. }) => {
                    accepted.push((notification, settlement.at));
                    plain.push(settlement);
                }
                Some(Outcome::Retry { .. } | Outcome::Unknown { .. }) | None => {
                    plain.push(settlement)
                }
            }
        }
        if plain.is_empty() {
            return Ok(());
        }
        self.0.store.settle(plain).wait().await?;
        self.forget_bounced(&mut accepted).await?;
        let mut touched = std::collections::HashSet::new();
        let mut open = self.open();
        for (notification, at) in accepted {
            let draft = &notification.draft;
            if let Some(open) = open.get_mut(&notification.call_out) {
                // Why not as a change: what was sent moves nothing that is due.
                open.call_out.accepted(&draft.person, &draft.contact, at);
            }
            touched.insert(notification.call_out);
        }
        drop(open);
        for id in touched {
            let _ = self.0.changed.send(id);
        }
        Ok(())
    }

    /// Leaves out what came back by mail before it was settled: that was sent
    /// to nobody.
    async fn forget_bounced(
        &self,
        accepted: &mut Vec<(Notification, Timestamp)>,
    ) -> Result<(), Error> {
        let is_dead = |notification: &Notification| {
            let open = self.open();
            let open = open.get(&notification.call_out);
            open.is_some_and(|open| open.call_out.is_dead(&notification.draft))
        };
        let dead = accepted
            .iter()
            .filter(|(notification, _)| is_dead(notification));
        let dead: Vec<_> = dead.map(|(notification, _)| notification.id).collect();
        for id in dead {
            let sent = self.0.store.sent(id).await?;
            if sent.is_some_and(|(_, row)| row.state == NotificationState::Dead) {
                accepted.retain(|(notification, _)| notification.id != id);
            }
        }
        Ok(())
    }

    fn settlement(&self, claimed: &Claimed, attempt: Option<Attempt>) -> Settlement {
        let now = self.now();
        let notification = &claimed.notification;
        let asks = notification.draft.purpose.asks();
        let age = now.duration_since(notification.created_at);
        let attempt = attempt.map(|attempt| Attempt {
            outcome: delivery::given_up(attempt.outcome, asks, age),
            ..attempt
        });
        let again_at = attempt.as_ref().and_then(|attempt| {
            let wait = delivery::wait(
                &attempt.outcome,
                notification.attempts,
                asks,
                self.0.clock.jitter(),
            )?;
            Some(now + SignedDuration::try_from(wait).unwrap_or(REST))
        });
        let settlement = Settlement {
            id: notification.id,
            lease: claimed.lease,
            attempt: notification.attempts,
            at: now,
            via: attempt
                .as_ref()
                .map(|attempt| attempt.via.clone())
                .unwrap_or_default(),
            outcome: attempt.map(|attempt| attempt.outcome),
            again_at,
        };
        self.count(&notification.draft.contact.channel, &settlement);
        settlement
    }

    /// Counts an attempt; what it is counted as.
    pub(super) fn tally(&self, channel: &ChannelName, outcome: Option<&Outcome>) -> DeliveryLabels {
        let reason = match outcome {
            Some(Outcome::Retry { reason, .. } | Outcome::Rejected { reason, .. }) => reason.name(),
            Some(Outcome::Unknown { .. }) => Reason::Ambiguous.name(),
            Some(Outcome::Accepted { .. }) | None => "",
        };
        let labels = DeliveryLabels {
            channel: match channel {
                ChannelName::Email => "email",
                ChannelName::Webhook(_) => "webhook",
            },
            outcome: NotificationState::after(outcome).name(),
            reason,
        };
        self.0.metrics.deliveries.get_or_create(&labels).inc();
        labels
    }

    fn count(&self, channel: &ChannelName, settlement: &Settlement) {
        let DeliveryLabels {
            channel,
            outcome,
            reason,
        } = self.tally(channel, settlement.outcome.as_ref());
        if outcome != "accepted" && outcome != "withdrawn" {
            tracing::warn!(
                notification.id = settlement.id,
                channel,
                outcome,
                reason,
                via = settlement.via,
                "delivery not accepted"
            );
        }
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
