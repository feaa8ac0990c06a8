//! How an event comes in: checked against the plan, kept with its call-outs
//! and their first messages in one commit, then answered.
//!
//! It must not know who may tell: `http` does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::first::First;
use super::opening::{FIRST, Rest, split};
use super::own::with_free_name;
use super::{Engine, Error, Open, Standing, later, number};
use crate::domain::call_out::{CallOut, Effect, Opening, Refusal, clash, open, open_first};
use crate::domain::event::{Event, EventKind, Mode, Played};
use crate::domain::id::{CallOutId, EventId, Principal};
use crate::domain::order::{Unordered, ordered, wanted};
use crate::domain::plan::Plan;
use crate::domain::roster::ChannelName;
use crate::domain::rule::{Rule, select};
use crate::store::{self, Change, Recorded, Recording, codec};
use crate::telemetry::NameLabel;

/// What somebody tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub kind: EventKind,
    /// In their words, one line.
    pub headline: Option<String>,
    /// Where to gather, if not where the rule says; one line.
    pub place: Option<String>,
    /// Names this report.
    pub key: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// Who tells.
    pub by: Principal,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event.
    pub event: EventId,
    /// The call-outs that it started; none where no rule applies.
    pub call_outs: Vec<CallOutId>,
    /// It was told before under the same key.
    pub duplicate: bool,
    /// What the event became.
    pub became: Became,
}

impl Accepted {
    /// It was told before.
    fn before(event: EventId, call_outs: Vec<CallOutId>) -> Self {
        Self {
            event,
            call_outs,
            duplicate: true,
            became: Became::Before,
        }
    }
}

/// What an event became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// A call-out of its own.
    Opened,
    /// The growth of one that runs.
    Grown,
    /// The growth of one that runs, which waits for a word: nobody whom it
    /// adds is called yet.
    Held,
    /// Nothing new: it says what is known of one that runs.
    Known,
    /// An aftershock of one that runs; nobody is called.
    Aftershock,
    /// A correction of one that runs, which waits to take effect.
    Corrected,
    /// Nothing new: it was told before under the same key.
    Before,
    /// No rule applies.
    Nothing,
}

impl Became {
    /// The name in HTTP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Grown => "grown",
            Self::Held => "held",
            Self::Known => "nothing-new",
            Self::Aftershock => "aftershock",
            Self::Corrected => "correction",
            Self::Before => "duplicate",
            Self::Nothing => "no-rule",
        }
    }
}

/// A call-out as it begins: nothing of it is kept yet.
struct Begun {
    call_out: CallOut,
    change: Change,
    /// Whose rows follow the event's commit.
    rest: Rest,
    /// What its account says of the beginning.
    account: Vec<Effect>,
    /// How many of its first messages are mails.
    mails: usize,
    /// What of it is claimed as it is queued.
    first: First,
}

/// How far a report's time may be ahead of our clock. Why so much: a feed whose
/// clock goes wrong by minutes must not cost anybody the call, and the slips
/// that happen are larger: nine hours of a zone, twelve of a clock face, a day.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// How old an event may be that is told with its time. Why so long: after a
/// power cut it is entered by hand the next day.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// How often a report looks for the call-out that it belongs to, where the one it
/// found has just ended.
const ENDED_MEANWHILE: usize = 8;

impl Engine {
    /// Keeps a real event and starts what the rules say. When this returns,
    /// the event, its call-outs and their first messages are on disk.
    ///
    /// # Errors
    ///
    /// When the plan does not know what the event names, or nothing could be
    /// kept; then nothing was started.
    pub async fn tell(&self, told: Told) -> Result<Accepted, Error> {
        self.take_in(told, Mode::Real, None).await
    }

    /// A key that names what one form starts, however often it is sent.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random numbers.
    pub fn new_key(&self) -> Result<String, Error> {
        number::key(&self.0.clock)
    }

    /// Keeps an event, real or an exercise, and starts what the rules say.
    pub(super) async fn take_in(
        &self,
        told: Told,
        mode: Mode,
        played: Option<Played>,
    ) -> Result<Accepted, Error> {
        with_free_name(|| self.take_in_once(told.clone(), mode, played.clone())).await
    }

    async fn take_in_once(
        &self,
        told: Told,
        mode: Mode,
        played: Option<Played>,
    ) -> Result<Accepted, Error> {
        let _turn = self.0.intake.lock().await;
        // Why: a later report must find the call-out that runs.
        self.take_up().await?;
        self.recall().await?;
        let standing = self.standing();
        let plan = &standing.plan;
        check(&told.kind, plan)?;
        if let Some(kept) = self.told_before(&told, mode).await? {
            return Ok(kept);
        }
        self.in_time(&told, plan)?;
        let mut event = self.event(told, mode, plan)?;
        if let Some(mut played) = played {
            self.may_start(&event, &mut played)?;
            Arc::make_mut(&mut event).drill = Some(played);
        }
        for _ in 0..ENDED_MEANWHILE {
            let Some(running) = self.running(&event, plan) else {
                break;
            };
            match self.later_report(&running, &event, plan).await {
                // Why: it ended a moment ago, and what is told now is no part of it.
                Err(Error::Refused(Refusal::Over(_))) => {}
                kept => return kept,
            }
        }
        let Some(opening) = later::opening(&event, plan)? else {
            let recording = self.0.store.record(Recording::new(&event, Vec::new()));
            let before = self.kept(&event, self.commit(recording).await)?;
            return Ok(before.unwrap_or_else(|| self.opened(&event, None)));
        };
        let id = CallOutId::new(number::name(&self.0.clock, &plan.time_zone)?);
        let begun = self.begin(id, opening, &standing);
        self.keep_begun(&event, begun).await
    }

    /// Keeps an event with the call-out that it begins, and sets the sending off.
    async fn keep_begun(&self, event: &Event, begun: Begun) -> Result<Accepted, Error> {
        let Begun {
            call_out,
            change,
            rest,
            account,
            mails,
            mut first,
        } = begun;
        let claimed = change.claimed().iter();
        let foremost = claimed.min_by_key(|one| (one.urgency, one.notification.id));
        let foremost = foremost.cloned();
        let recording = self.0.store.record(Recording::new(event, vec![change]));
        // Why now: the relay answers while the disk writes.
        self.0.outlet.expect_mails(mails);
        let mut brief = None;
        if let Some(first) = &foremost {
            // Why: it is asked before the letter is made.
            tokio::task::yield_now().await;
            brief = self.make_ahead(&call_out, first);
        }
        if let Some(before) = self.kept(event, self.commit(recording).await)? {
            return Ok(before);
        }
        // Why only now: what is not kept has not happened.
        self.note(&account);
        // Why before: the clockwork looks once, and sends these first.
        first.hand_over();
        let open = Open {
            rest,
            brief,
            ..Open::new(call_out, self.now())
        };
        let accepted = self.opened(event, Some(open));
        if foremost.is_some() {
            // Why: whoever sends the first has the processor before the answer.
            tokio::task::yield_now().await;
        }
        Ok(accepted)
    }

    /// What became of a report whose key was told before. Looked at first, so
    /// that the same report never changes anything twice.
    pub(super) async fn told_before(
        &self,
        told: &Told,
        mode: Mode,
    ) -> Result<Option<Accepted>, Error> {
        let Some(key) = &told.key else {
            return Ok(None);
        };
        let Some(kept) = self.0.store.event_of(key).await? else {
            return Ok(None);
        };
        let standing = self.standing();
        let event = self.event(told.clone(), mode, &standing.plan)?;
        if kept.content != codec::content(&event) {
            return Err(Error::Conflict {
                key: key.clone(),
                event: kept.event,
            });
        }
        Ok(Some(Accepted::before(kept.event, kept.call_outs)))
    }

    /// Refuses a time at which it cannot have happened, or so long ago that
    /// calling people now wants a word to that end. While our own clock is in
    /// doubt the reporter's stands.
    pub(super) fn in_time(&self, told: &Told, plan: &Plan) -> Result<(), Error> {
        let Some(at) = told.at else {
            return Ok(());
        };
        if self.clock_step().is_some() || self.clock_is_absurd() {
            return Ok(());
        }
        let ago = self.now().duration_since(at);
        if ago >= -AHEAD && ago <= OLD {
            return Ok(());
        }
        let by = told.by.unnamed();
        tracing::warn!(%at, by, "an event was refused: its time is to come, or long past");
        // Why in the town's own time: a slip of the zone is seen by it.
        let local = at.to_zoned(plan.time_zone.clone());
        let local = local.strftime("%Y-%m-%d %H:%M %:z").to_string();
        Err(match ago.is_negative() {
            true => Error::ToCome(local),
            false => Error::TooOld(local),
        })
    }

    /// The event as it will be kept: with who ordered it in whose place.
    pub(super) fn event(&self, told: Told, mode: Mode, plan: &Plan) -> Result<Arc<Event>, Error> {
        let now = self.now();
        let name = number::name(&self.0.clock, &plan.time_zone)?;
        let mut event = Event {
            id: EventId::new(format!("e-{name}")),
            key: told.key,
            kind: told.kind,
            headline: told.headline,
            place: told.place,
            occurred_at: told.at.unwrap_or(now),
            received_at: now,
            entered_by: told.by,
            mode,
            drill: None,
        };
        if let Some(selected) = select(plan, &event) {
            order(selected.rule, &mut event.kind, plan)?;
        }
        Ok(Arc::new(event))
    }

    /// Whether an event was kept with what follows from it, or what became of
    /// it when it was told before.
    pub(super) fn kept(
        &self,
        event: &Event,
        recorded: Result<Recorded, store::Error>,
    ) -> Result<Option<Accepted>, Error> {
        match recorded? {
            Recorded::New => Ok(None),
            Recorded::Duplicate { event, call_outs } => {
                Ok(Some(Accepted::before(event, call_outs)))
            }
            Recorded::Conflict { event: kept } => Err(Error::Conflict {
                key: event.key.clone().unwrap_or_default(),
                event: kept,
            }),
        }
    }

    /// Opens a call-out, in memory and as rows; nothing is kept yet.
    fn begin(&self, id: CallOutId, opening: Opening<'_>, standing: &Arc<Standing>) -> Begun {
        let (now, plan) = (opening.event.received_at, opening.plan);
        let (mut call_out, mut effects) = match self.begins_alone() {
            true => open_first(id, opening, now, FIRST),
            false => open(id, opening, now),
        };
        call_out.revision = 1;
        let clashes = later::clashes(&self.open(), &call_out, &effects);
        clash::know(&mut call_out, &clashes, &plan.roster);
        effects.extend(clashes);
        let by_mail = |effect: &&Effect| match effect {
            Effect::Notify(draft) => draft.contact.channel == ChannelName::Email,
            _ => false,
        };
        let mails = effects.iter().filter(by_mail).count();
        let leads = self.leads(&call_out, &effects);
        let (mut effects, mut rest) = split(&call_out, effects, now, leads);
        let follow = !call_out.is_whole();
        if follow {
            rest.follows(standing);
        }
        let mut claim = self.first_claim();
        let (change, claimed) = self.first_row(&call_out, &effects, now, claim.as_mut());
        let mut change = change.opening(&call_out);
        if follow || !rest.is_empty() {
            change = change.in_parts(true);
        }
        effects.retain(|effect| matches!(effect, Effect::Journal(_)));
        Begun {
            call_out,
            change,
            rest,
            account: effects,
            mails,
            first: self.first(claimed, claim),
        }
    }

    /// Takes what a kept event began into memory and sets the sending off; the rows of
    /// some may still be to follow.
    pub(super) fn opened(&self, event: &Event, opened: Option<Open>) -> Accepted {
        let kind = event.kind.name();
        self.0
            .metrics
            .events
            .get_or_create(&NameLabel { name: kind })
            .inc();
        let id = opened.as_ref().map(|opened| opened.call_out.id.clone());
        tracing::info!(
            event.id = %event.id,
            event.kind = kind,
            event.drill = event.mode.is_drill(),
            call_outs = usize::from(id.is_some()),
            by = event.entered_by.unnamed(),
            "event kept"
        );
        let mut is_whole = true;
        if let Some(opened) = opened {
            // Why not over what is there: whoever read it since the commit may
            // have changed it already.
            let mut open = self.open_as_begun();
            let place = open.entry(opened.call_out.id.clone());
            let open = place.or_insert(opened);
            is_whole = open.call_out.is_whole();
            if !is_whole {
                self.0.crowds.store(true, Ordering::Relaxed);
            }
        }
        self.count_live();
        self.0.wake.notify_one();
        if let Some(id) = id.as_ref().filter(|_| is_whole) {
            let _ = self.0.changed.send(id.clone());
        }
        Accepted {
            event: event.id.clone(),
            became: match id {
                Some(_) => Became::Opened,
                None => Became::Nothing,
            },
            call_outs: id.into_iter().collect(),
            duplicate: false,
        }
    }
}

/// Refuses an event that names what the plan does not know.
pub(super) fn check(kind: &EventKind, plan: &Plan) -> Result<(), Error> {
    match kind {
        EventKind::Earthquake { .. } => Ok(()),
        EventKind::WindFlood { ordered_by, .. } if !plan.roster.people.contains_key(ordered_by) => {
            Err(Error::NoPersonNamed(ordered_by.clone()))
        }
        EventKind::WindFlood { .. } => Ok(()),
        EventKind::SecurityIncident { systems, .. } => {
            match systems
                .iter()
                .find(|number| !plan.roster.systems.contains_key(*number))
            {
                Some(number) => Err(Error::NoSystem(*number)),
                None => Ok(()),
            }
        }
        EventKind::Threat { like, .. } if !plan.rules.contains_key(like) => {
            Err(Error::NoRule(like.clone()))
        }
        EventKind::Threat {
            ordered_by: Some(person),
            ..
        } if !plan.roster.people.contains_key(person) => Err(Error::NoPersonNamed(person.clone())),
        EventKind::Threat { .. }
        | EventKind::Readiness { .. }
        | EventKind::Schedule(_)
        | EventKind::DrillReport(_)
        | EventKind::Alarm { .. } => Ok(()),
    }
}

/// Refuses an order of somebody whose order the rule does not take (5(1)イ),
/// and notes for whom a deputy acts, where deputies may order (職務代理).
pub(super) fn order(rule: &Rule, kind: &mut EventKind, plan: &Plan) -> Result<(), Error> {
    let acting = ordered(rule, kind, &plan.roster).map_err(|why| match why {
        Unordered::Nobody => Error::NoOrder {
            rule: rule.id.clone(),
            wanted: wanted(rule),
        },
        Unordered::Other(given) => Error::Order {
            rule: rule.id.clone(),
            wanted: wanted(rule),
            given,
        },
    })?;
    if let EventKind::WindFlood { acting_for, .. } = kind
        && acting.is_some()
    {
        *acting_for = acting;
    }
    Ok(())
}
