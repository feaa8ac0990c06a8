//! What fails, said to the administrators at once.
//!
//! Owns what is worth an alarm, and that each is told once: as a notice by another
//! path than the one that failed. It must not mend anything.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::own::{Own, Tells};
use super::{Engine, Error};
use crate::channel::State;
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::delivery::Reason;
use crate::domain::event::{EventKind, Mode};
use crate::domain::id::Principal;
use crate::domain::journal::Entry;
use crate::domain::notification::Purpose;
use crate::domain::plan::Plan;
use crate::domain::roster::ChannelName;
use crate::domain::text::Text;
use crate::message::words::alarm as words;

/// How long a relay or webhook takes nothing, or a door is full, before that is
/// said, where it may pass by itself: a relay that starts anew is no alarm.
pub(super) const PASSING: SignedDuration = SignedDuration::from_secs(60);

/// What ended and comes again within this time is not said again, and contacts
/// that fail are said together.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How far back is looked, after a start, for what was said and what was not.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// The key of the alarm that the disk is full.
const DISK: &str = "disk";

/// Contacts that one notice names at most.
const NAMED: usize = 100;

/// What was said, and what is to be.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// When each was last seen to stand.
    seen: HashMap<String, Timestamp>,
    /// What stands now, by what it is known.
    standing: HashMap<String, Text>,
    /// Alarms that could not be kept, and when they are tried again.
    unsaid: (Vec<Text>, Option<Timestamp>),
    /// Contacts that failed and are not said yet.
    failed: Vec<Failed>,
    /// When contacts were last said.
    told_at: Option<Timestamp>,
    /// Whether it was said that the disk is full, and not yet that it has room.
    full: bool,
    /// What was said before the start, and when.
    before: Vec<(Timestamp, Text)>,
    /// Since when nobody else finds room at the door.
    crowded: Option<Timestamp>,
}

/// A contact that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    channel: ChannelName,
    says: Text,
}

impl Failed {
    /// Of what the account says; nothing for other entries.
    fn of(call_out: &CallOut, entry: &Entry) -> Option<Self> {
        let (Entry::ContactDead { channel, .. } | Entry::ContactFailing { channel, .. }) = entry
        else {
            return None;
        };
        Some(Self {
            channel: channel.clone(),
            says: words::contact(call_out, entry)?,
        })
    }

    /// Whether it is what was said, be it under the name that a call-out had before.
    fn is(&self, said: &Text, unnamed: Option<&Text>) -> bool {
        let ends = |unnamed: &Text| said.ja.ends_with(&*unnamed.ja);
        *said == self.says || unnamed.is_some_and(ends)
    }
}

impl Alarms {
    /// Whether the same was said before the start and a short while ago.
    fn was_said(&self, text: &Text, now: Timestamp) -> bool {
        let mut before = self.before.iter();
        before.any(|(at, said)| said == text && still(*at, now, AGAIN))
    }
}

/// The contacts that a change found failing. A drill's stand in its report, those
/// of a call-out that is over in the next look at readiness, and an alarm that
/// fails is not itself an alarm.
pub(super) fn failed(call_out: &CallOut, effects: &[Effect]) -> Vec<Failed> {
    if !tells(call_out) {
        return Vec::new();
    }
    let failed = effects.iter().filter_map(|effect| match effect {
        Effect::Journal(entry) => Failed::of(call_out, entry),
        _ => None,
    });
    failed.collect()
}

/// Whether administrators hear of the contacts that fail in it.
fn tells(call_out: &CallOut) -> bool {
    call_out.state.is_live() && !call_out.is_notice() && !call_out.mode().is_drill()
}

impl Engine {
    /// What stands in the way of calling people out now.
    pub fn alarms(&self) -> Vec<Text> {
        let standing = self.alarm_state().standing.clone();
        let mut standing: Vec<_> = standing.into_iter().collect();
        standing.sort_by(|(one, _), (other, _)| one.cmp(other));
        standing.into_iter().map(|(_, text)| text).collect()
    }

    fn alarm_state(&self) -> MutexGuard<'_, Alarms> {
        let alarms = &self.0.alarms;
        alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says aloud what must not be missed.
    pub(super) fn note(&self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Journal(Entry::Exhausted { targets }) => {
                    self.0.metrics.exhausted.inc();
                    tracing::error!(
                        targets = targets.len(),
                        "call-out exhausted: out of stages, needs unmet"
                    );
                }
                Effect::Journal(Entry::Undecided { .. }) => {
                    self.0.metrics.exhausted.inc();
                    tracing::error!("nobody in line has decided; the first is asked again later");
                }
                Effect::Journal(Entry::HelpOut { .. }) => {
                    tracing::error!("a vendor asked for help has nobody left to ask");
                }
                Effect::Journal(Entry::Renewed { until }) => {
                    tracing::warn!(%until, "too little time was left to stop what waits; it waits once more");
                }
                Effect::Journal(Entry::Unconfirmed { .. }) => {
                    tracing::error!("call-out held: no second person has confirmed in time");
                }
                _ => {}
            }
        }
    }

    /// Notes contacts that were found failing.
    pub(super) fn note_failed(&self, failed: Vec<Failed>) {
        self.alarm_state().failed.extend(failed);
    }

    /// When the next alarm may be due.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        let alarms = self.alarm_state();
        let contacts = (!alarms.failed.is_empty()).then(|| match alarms.told_at {
            Some(told) => told + AGAIN,
            None => self.now(),
        });
        drop(alarms);
        let now = self.now();
        let contacts = contacts.into_iter().chain(self.alarm_state().unsaid.1);
        let circuits = self.0.outlet.circuits().into_iter();
        let passing = circuits.filter(|circuit| circuit.state != State::Closed);
        let passing = passing.filter_map(|circuit| circuit.since?.checked_add(PASSING).ok());
        let passing = passing.filter(|at| *at > now);
        let crowded = self.alarm_state().crowded;
        let crowded = crowded.map(|since| since + PASSING).filter(|at| *at > now);
        let turns = self.turns_failing().map(|(since, _)| since + PASSING);
        let turns = turns.filter(|at| *at > now);
        let own = [self.next_canary(), self.next_log(), crowded, turns];
        passing
            .chain(contacts)
            .chain(own.into_iter().flatten())
            .min()
    }

    /// Looks for what fails, and tells administrators of what is new.
    pub(super) async fn watch(&self) {
        let read = &self.0.beginning.alarms_read;
        if let Err(error) = read.get_or_try_init(|| self.begin_alarms()).await {
            tracing::error!(error = %error, "what was said before the start cannot be read; tried again");
        }
        self.send_canary();
        self.mind_log().await;
        if let Err(error) = self.mind_clock().await {
            tracing::error!(error = %error, "the clock's step could not be kept; tried again");
        }
        let (says, failed) = self.raise();
        self.tell_ways(says).await;
        self.tell_failed(failed).await;
    }

    /// After the start: what administrators were told before it is not said again
    /// at once, and contacts of which they were not told yet are said now.
    async fn begin_alarms(&self) -> Result<(), Error> {
        let since = self.now().checked_sub(BEFORE).unwrap_or(Timestamp::MIN);
        let mut before = Vec::new();
        for event in self.0.store.alarms(since).await? {
            if let EventKind::Alarm { says } = event.kind {
                before.extend(says.into_iter().map(|text| (event.received_at, text)));
            }
        }
        let mut failed: Vec<Failed> = Vec::new();
        for id in self.live() {
            let account = self.0.store.failed_contacts(&id, since).await?;
            let open = self.open();
            let Some(open) = open.get(&id).filter(|open| tells(&open.call_out)) else {
                continue;
            };
            let call_out = &open.call_out;
            let renamed = |(_, entry): &(_, Entry)| {
                matches!(entry, Entry::Grown { .. } | Entry::Corrected { .. })
            };
            let renamed = account.iter().rposition(renamed);
            for (number, (at, entry)) in account.iter().enumerate() {
                let unnamed = renamed.filter(|renamed| *renamed > number);
                let unnamed = unnamed.and_then(|_| words::contact_unnamed(call_out, entry));
                let untold = |one: &Failed| {
                    let mut told = before.iter();
                    !told.any(|(told_at, said)| told_at >= at && one.is(said, unnamed.as_ref()))
                };
                let one = Failed::of(call_out, entry);
                failed.extend(one.filter(|one| untold(one) && !failed.contains(one)));
            }
        }
        let mut alarms = self.alarm_state();
        // Why in front: those found since the start come later.
        failed.append(&mut alarms.failed);
        alarms.failed = failed;
        // Why: whoever was refused is still to hear that there is room.
        let of_room = [words::disk_full(), words::disk_roomy()];
        let mut of_disk = before.iter().rev().map(|(_, text)| text);
        alarms.full |= of_disk.find(|text| of_room.contains(text)) == Some(&of_room[0])
            && self.0.store.began_with_room();
        alarms.before = before;
        Ok(())
    }

    /// What is new: of the ways out and the clock, and of contacts.
    fn raise(&self) -> (Vec<Text>, Vec<Failed>) {
        let now = self.now();
        let standing = self.standing_alarms(now);
        let mut alarms = self.alarm_state();
        let mut says = Vec::new();
        for (key, text) in &standing {
            let before = alarms.seen.insert(key.clone(), now);
            // A time that is still to come was noted before the clock was set.
            let past = |before: Timestamp| !still(before, now, AGAIN);
            let is_new = before.is_none_or(past);
            if is_new && !alarms.standing.contains_key(key) {
                alarms.full |= key == DISK;
                if !alarms.was_said(text, now) {
                    says.push(text.clone());
                }
            }
        }
        let is_full = standing.iter().any(|(key, _)| key == DISK);
        if !is_full && std::mem::take(&mut alarms.full) {
            // Why: whoever was refused is to tell it again, and hears of it anew where it
            // fills again, however soon.
            says.push(words::disk_roomy());
            let full = words::disk_full();
            alarms.seen.remove(DISK);
            alarms.before.retain(|(_, said)| *said != full);
        }
        alarms.standing = standing.into_iter().collect();
        if alarms
            .unsaid
            .1
            .is_some_and(|again| !still(again - PASSING, now, PASSING))
        {
            let (unsaid, _) = std::mem::take(&mut alarms.unsaid);
            says.extend(unsaid);
        }
        let due = alarms.told_at.is_none_or(|told| !still(told, now, AGAIN));
        let mut failed = Vec::new();
        if due && !alarms.failed.is_empty() {
            alarms.told_at = Some(now);
            failed = std::mem::take(&mut alarms.failed);
        }
        let stands = i64::try_from(alarms.standing.len()).unwrap_or(i64::MAX);
        self.0.metrics.alarms.set(stands);
        (says, failed)
    }

    /// Looks whether the door is full; whether it has been for a while.
    fn look_at_door(&self, now: Timestamp) -> bool {
        let is_full = self.0.metrics.connections_full.get() != 0;
        let mut alarms = self.alarm_state();
        alarms.crowded = is_full.then(|| alarms.crowded.unwrap_or(now));
        alarms
            .crowded
            .is_some_and(|since| !still(since, now, PASSING))
    }

    /// What stands now, by what it is known.
    fn standing_alarms(&self, now: Timestamp) -> Vec<(String, Text)> {
        let mut standing = Vec::new();
        if self.clock_is_absurd() {
            standing.push(("clock".to_owned(), words::clock_absurd()));
        } else if let Some(by) = self.clock_step() {
            standing.push(("clock".to_owned(), words::clock(by)));
        }
        if self.0.store.is_full() {
            standing.push((DISK.to_owned(), words::disk_full()));
        }
        if let Some((since, why)) = self.turns_failing()
            && !still(since, now, PASSING)
        {
            standing.push(("turns".to_owned(), words::turns_fail(&why)));
        }
        if self.look_at_door(now) {
            standing.push(("door".to_owned(), words::door_full()));
        }
        if let Some(says) = self.log_kept() {
            standing.push(("log".to_owned(), says));
        }
        let damage = self.0.store.damage();
        for (place, found) in damage.found.iter().enumerate() {
            standing.push((format!("store:{place:02}"), words::store_damaged(found)));
        }
        if damage.more {
            standing.push(("store:more".to_owned(), words::more_damaged()));
        }
        standing.extend(self.met_defects());
        if self.misses_canary(now) {
            standing.push(("canary".to_owned(), words::canary()));
        }
        for circuit in self.0.outlet.circuits() {
            let lasting = circuit
                .since
                .is_none_or(|since| !still(since, now, PASSING));
            let certain = circuit.reason.filter(|reason| {
                matches!(
                    reason,
                    Reason::Authentication | Reason::Tls | Reason::Policy
                )
            });
            if circuit.state == State::Closed || !(lasting || certain.is_some()) {
                continue;
            }
            let is_relay = circuit.channel == "email";
            let says = words::circuit(is_relay, &circuit.name, circuit.reason, &circuit.detail);
            // Why the reason too: whoever waits for one that is out of reach must hear that
            // it is there again and refuses the login.
            let why = certain.map(Reason::name).unwrap_or_default();
            let key = format!("{}:{}:{why}", circuit.channel, circuit.name);
            standing.push((key, says));
        }
        for (name, says) in self.ways_putting_off(now) {
            standing.push((format!("put-off:{name}"), says));
        }
        standing
    }

    /// Tells administrators what stands in the way, through every contact that
    /// they have: what is shut may be the very one to tell it by.
    async fn tell_ways(&self, says: Vec<Text>) {
        if says.is_empty() {
            return;
        }
        if self.tell_alarm(Purpose::Alarm, &says, &[]).await.is_err() {
            // Why beside the clockwork: a relay may take its time.
            tokio::spawn(self.clone().send_unkept(says));
        }
    }

    /// Notes what is to be told again then.
    pub(super) fn say_later(&self, says: Vec<Text>, at: Timestamp) {
        let mut alarms = self.alarm_state();
        alarms.unsaid.0.extend(says);
        alarms.unsaid.1 = Some(at);
    }

    /// Tells administrators of contacts that fail, by another way than those go.
    async fn tell_failed(&self, failed: Vec<Failed>) {
        if failed.is_empty() {
            return;
        }
        let mut past: Vec<ChannelName> = Vec::new();
        for one in &failed {
            if !past.contains(&one.channel) {
                past.push(one.channel.clone());
            }
        }
        // Why: a way that is left alone may carry it hours later.
        past.extend(self.shut_channels());
        let named = failed.iter().take(NAMED).map(|one| one.says.clone());
        let left = failed.len().saturating_sub(NAMED);
        let says: Vec<Text> = named.chain((left > 0).then(|| words::left(left))).collect();
        let told = self.tell_alarm(Purpose::Readiness, &says, &past).await;
        if told.is_err() {
            let mut alarms = self.alarm_state();
            alarms.told_at = Some(self.now() + PASSING - AGAIN);
            alarms.failed.extend(failed);
        }
    }

    /// The channels by which nothing leaves now: each of their ways is left alone.
    fn shut_channels(&self) -> Vec<ChannelName> {
        let mut ways: HashMap<ChannelName, bool> = HashMap::new();
        for circuit in self.0.outlet.circuits() {
            let channel = match circuit.channel {
                "email" => ChannelName::Email,
                _ => ChannelName::Webhook(circuit.name.into()),
            };
            *ways.entry(channel).or_insert(true) &= circuit.state != State::Closed;
        }
        let shut = ways.into_iter().filter(|(_, is_shut)| *is_shut);
        shut.map(|(channel, _)| channel).collect()
    }

    /// Tells administrators; what cannot be kept is to be told later.
    async fn tell_alarm(
        &self,
        purpose: Purpose,
        says: &[Text],
        past: &[ChannelName],
    ) -> Result<(), Error> {
        tracing::error!(count = says.len(), "administrators are told of what fails");
        let kept = self.keep_alarm(purpose, says.to_vec(), past).await;
        kept.inspect_err(|error| {
            tracing::error!(error = %error, "an alarm could not be kept; tried again");
        })
    }

    /// Keeps an alarm and the notice of it in one commit.
    async fn keep_alarm(
        &self,
        purpose: Purpose,
        says: Vec<Text>,
        past: &[ChannelName],
    ) -> Result<(), Error> {
        let standing = self.standing();
        let own = alarm(purpose, says, past, &standing.plan);
        self.keep_own(&own, &standing.plan).await.map(drop)
    }
}

/// An alarm, and what administrators are told of it past some channels.
pub(super) fn alarm(purpose: Purpose, says: Vec<Text>, past: &[ChannelName], plan: &Plan) -> Own {
    Own {
        kind: EventKind::Alarm { says },
        key: None,
        by: Principal::new("daemon:alarm"),
        mode: Mode::Real,
        tells: Some(Tells {
            purpose,
            title: words::title(),
            place: words::place(),
            to: plan.administrators(),
            past: past.to_vec(),
        }),
    }
}

/// Whether less than a while has passed since; not where that is still to come.
pub(super) fn still(since: Timestamp, now: Timestamp, a_while: SignedDuration) -> bool {
    let passed = now.duration_since(since);
    !passed.is_negative() && passed < a_while
}
