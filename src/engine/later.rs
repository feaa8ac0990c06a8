//! Later reports of what runs already: which call-out a report belongs to, and
//! what it becomes there. And whom a change wants in two duties at once.
//!
//! Owns the choice between growth, aftershock and correction; what each does
//! is the domain's.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::intake::check;
use super::memory::{Changing, put_out};
use super::own::with_free_name;
use super::{Accepted, Became, Engine, Error, Open, Told};
use crate::domain::call_out::clash::{self, Clash};
use crate::domain::call_out::{CallOut, Effect, Opening, Refusal, State, is_automatic};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::plan::Plan;
use crate::domain::rule::select;
use crate::message::view::OtherCallOut;
use crate::store::Recording;
use crate::telemetry::NameLabel;

/// A call-out that runs, and how a later report compares with its event.
pub(super) struct Running {
    pub(super) id: CallOutId,
    pub(super) compared: Ordering,
}

/// What a later report is, by how it compares, whether it came by itself and
/// whether a rule takes it.
pub(super) const fn became(compared: Ordering, by_itself: bool, ruled: bool) -> Became {
    match (compared, by_itself) {
        // Why: what calls nobody by any rule stops no correction.
        (Ordering::Greater, true) if !ruled => Became::Aftershock,
        (Ordering::Greater, _) | (Ordering::Equal, false) => Became::Grown,
        (Ordering::Less | Ordering::Equal, true) => Became::Aftershock,
        (Ordering::Less, false) => Became::Corrected,
    }
}

/// What an event's rule says of it; `None` where no rule applies.
pub(super) fn opening<'a>(
    event: &'a Arc<Event>,
    plan: &'a Plan,
) -> Result<Option<Opening<'a>>, Error> {
    let Some(selected) = select(plan, event) else {
        return Ok(None);
    };
    let rule = selected.rule;
    let Some(procedure) = plan.procedures.get(&rule.procedure) else {
        return Err(Error::NoProcedure(rule.procedure.clone()));
    };
    Ok(Some(Opening {
        event,
        rule,
        procedure,
        plan,
    }))
}

impl Engine {
    /// A later report of what a call-out runs for, by a person's word: it
    /// grows, or a weaker one corrects it.
    ///
    /// # Errors
    ///
    /// When there is no such call-out, it is over, it is for another kind of
    /// event, no rule applies, or nothing could be kept.
    pub async fn grow(&self, id: &CallOutId, told: Told) -> Result<Accepted, Error> {
        let _turn = self.0.intake.lock().await;
        // Why: who is wanted twice, and who is away, the others know.
        self.take_up().await?;
        self.recall().await?;
        let standing = self.standing();
        let plan = &standing.plan;
        check(&told.kind, plan)?;
        let (known, own) = self
            .view(id, |call_out| {
                (Arc::clone(&call_out.event), call_out.has_own_people())
            })
            .await?;
        let mode = known.mode;
        if let Some(kept) = self.told_before(&told, mode).await? {
            return Ok(kept);
        }
        if own {
            return Err(Error::OwnPeople(id.clone()));
        }
        let compared = match (&known.kind, &told.kind) {
            (EventKind::Threat { .. }, EventKind::Threat { .. }) => Ordering::Greater,
            (running, told) => running.compare(told).ok_or_else(|| Error::OtherKind {
                call_out: id.clone(),
                running: running.name(),
                told: told.name(),
            })?,
        };
        self.in_time(&told, plan)?;
        let running = Running {
            id: id.clone(),
            compared,
        };
        let (told, running, occurred_at) = (&told, &running, known.occurred_at);
        with_free_name(|| async move {
            let mut event = self.event(told.clone(), mode, plan)?;
            if compared != Ordering::Greater && told.at.is_none() {
                // Why: a word on what is known is no new shock.
                Arc::make_mut(&mut event).occurred_at = occurred_at;
            }
            self.report(running, &event, plan, false).await
        })
        .await
    }

    /// The event of a call-out was withdrawn by whoever reported it: everybody
    /// is released after a wait in which it can be stopped.
    ///
    /// # Errors
    ///
    /// When there is no such call-out, it is over, or it could not be kept.
    pub async fn withdraw(&self, id: &CallOutId, by: Principal) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            call_out.correct(None, None, (plan, by), now)
        })
        .await
    }

    /// Who is wanted in more than one duty by the call-outs that run, real ones
    /// and exercises apart.
    pub fn clashes(&self) -> Vec<Clash> {
        let open = self.open();
        let mut found = Vec::new();
        for drill in [false, true] {
            let live = open.values().map(|open| &open.call_out);
            let mut live: Vec<&CallOut> = live
                .filter(|call_out| call_out.state.is_live() && call_out.mode().is_drill() == drill)
                .collect();
            live.sort_by_key(|call_out| (call_out.opened_at, call_out.id.clone()));
            found.extend(clash::clashes(&live));
        }
        found
    }

    /// A person's other open call-outs in which they are called, beside one that is
    /// open: from a drill to other drills alone.
    pub fn other_call_outs(
        &self,
        id: &CallOutId,
        person: &PersonId,
    ) -> Vec<(CallOutId, OtherCallOut)> {
        let open = self.open();
        let beside = open.get(id).map(|open| &open.call_out);
        // Why: a link lies in old mail for years, which others may come to read.
        let Some(beside) = beside.filter(|beside| beside.state.is_live()) else {
            return Vec::new();
        };
        let only_drills = beside.mode().is_drill();
        let others = open.values().map(|open| &open.call_out);
        let mut others: Vec<_> = others
            .filter(|other| other.id != *id && other.state.is_live())
            .filter(|other| other.mode().is_drill() || !only_drills)
            .filter_map(|other| {
                let called = other.participants.get(person)?;
                let shown = OtherCallOut {
                    id: other.id.clone(),
                    title: other.title.clone(),
                    place: other.place.clone(),
                    reply: called.reply(),
                    path: None,
                };
                called.is_called().then(|| (other.id.clone(), shown))
            })
            .collect();
        others.sort_by(|(one, _), (other, _)| one.cmp(other));
        others
    }

    /// The call-out of which a report is a later one by itself: an earthquake
    /// within the window of one that runs. Other events are another's unless a
    /// person says so.
    pub(super) fn running(&self, event: &Event, plan: &Plan) -> Option<Running> {
        let window = SignedDuration::try_from(plan.reports.aftershock_window).ok()?;
        if event.mode != Mode::Real || !matches!(event.kind, EventKind::Earthquake { .. }) {
            return None;
        }
        let open = self.open();
        let live = open.values().map(|open| &open.call_out).filter(|call_out| {
            // Why: from its event to its opening hours may lie, where it was
            // entered late; a report of then is of what it runs for as well.
            let since = event.occurred_at.duration_since(shaken_at(call_out));
            let before = call_out.event.occurred_at.min(call_out.opened_at);
            let before = before.duration_since(event.occurred_at);
            let near = since <= window && before <= window;
            call_out.state.is_live() && call_out.mode() == Mode::Real && near
        });
        let mut found: Vec<(Timestamp, Running)> = live
            .filter_map(|call_out| {
                let compared = call_out.compare(&event.kind)?;
                let waits = call_out.state == State::Held && is_automatic(event);
                let stopped = call_out.is_paused();
                let compared = match compared {
                    // Why: what waits for a word after a standstill would call
                    // nobody for it.
                    Ordering::Less | Ordering::Equal if stopped => return None,
                    // Why: a machine waits for nobody. What it tells frees what
                    // a person entered as much; less than that stands by itself.
                    Ordering::Less if waits => return None,
                    Ordering::Equal if waits => Ordering::Greater,
                    compared => compared,
                };
                let id = call_out.id.clone();
                Some((shaken_at(call_out), Running { id, compared }))
            })
            .collect();
        found.sort_by_key(|(shaken_at, _)| *shaken_at);
        found.pop().map(|(_, running)| running)
    }

    /// What a report that came by itself becomes in the call-out that runs.
    pub(super) async fn later_report(
        &self,
        running: &Running,
        event: &Arc<Event>,
        plan: &Plan,
    ) -> Result<Accepted, Error> {
        self.report(running, event, plan, true).await
    }

    async fn report(
        &self,
        running: &Running,
        event: &Arc<Event>,
        plan: &Plan,
        by_itself: bool,
    ) -> Result<Accepted, Error> {
        let opening = opening(event, plan)?;
        let became = became(running.compared, by_itself, opening.is_some());
        if became == Became::Grown && opening.is_none() {
            return Err(Error::NothingToGrow(running.id.clone()));
        }
        if let (Became::Grown, Some(opening)) = (became, &opening)
            && let Some(known) = self.known(&running.id, opening).await?
        {
            return Ok(known);
        }
        let joined = self.join(&running.id, event, |call_out, now| {
            match (became, opening) {
                (Became::Grown, Some(opening)) => call_out.grow(opening, now),
                (Became::Corrected, opening) => {
                    let by = (plan, event.entered_by.clone());
                    call_out.correct(Some(event), opening.as_ref(), by, now)
                }
                _ => call_out.aftershock(event, plan, now),
            }
        });
        if let Some(before) = joined.await? {
            return Ok(before);
        }
        let became = match became {
            Became::Grown if self.waits(&running.id).await? => Became::Held,
            other => other,
        };
        let kind = NameLabel {
            name: event.kind.name(),
        };
        self.0.metrics.events.get_or_create(&kind).inc();
        tracing::info!(
            event.id = %event.id,
            call_out.id = %running.id,
            became = became.name(),
            by = event.entered_by.unnamed(),
            "later report kept"
        );
        Ok(Accepted {
            event: event.id.clone(),
            call_outs: vec![running.id.clone()],
            duplicate: false,
            became,
        })
    }

    /// What a report is that says nothing new: nothing is kept, nobody is told.
    async fn known(
        &self,
        id: &CallOutId,
        opening: &Opening<'_>,
    ) -> Result<Option<Accepted>, Error> {
        let known = |call_out: &CallOut| {
            let live = call_out.state.is_live();
            let news = call_out.is_news(opening.event, opening.rule);
            (live && !news).then(|| call_out.event.id.clone())
        };
        let event = self.view(id, known).await?;
        Ok(event.map(|event| Accepted {
            event,
            call_outs: vec![id.clone()],
            duplicate: true,
            became: Became::Known,
        }))
    }

    /// Whether it waits for a word before it calls whom a report adds.
    async fn waits(&self, id: &CallOutId) -> Result<bool, Error> {
        self.view(id, |call_out| {
            call_out.state == State::Held || call_out.course.growth.is_some()
        })
        .await
    }

    /// Keeps an event together with what it changes in a call-out that runs.
    async fn join(
        &self,
        id: &CallOutId,
        event: &Arc<Event>,
        change: impl FnOnce(&mut CallOut, Timestamp) -> Result<Vec<Effect>, Refusal>,
    ) -> Result<Option<Accepted>, Error> {
        self.load(id).await?;
        let now = self.now();
        let (recording, effects, revision) = {
            // Invariant: before the lock, and so let go of after it.
            let _changing = Changing::begin(self, id);
            let mut all = self.open();
            let Some(open) = all.get_mut(id) else {
                return Err(put_out(id));
            };
            let effects = change(open.change(), now)?;
            let effects = self.changed(&mut all, id, effects);
            let Some(open) = all.get(id) else {
                return Err(put_out(id));
            };
            let row = self.row(&open.call_out, &effects, now);
            let recording = Recording::new(event, vec![row]).joining(id);
            // Invariant: queued under the lock, in the order of the changes.
            let revision = open.call_out.revision;
            (self.0.store.record(recording), effects, revision)
        };
        let kept = self.kept(event, self.commit(recording).await);
        if !matches!(kept, Ok(None)) {
            // What memory says is not on disk.
            self.forget(id);
        }
        if let Some(before) = kept? {
            return Ok(Some(before));
        }
        self.note_kept(id, revision);
        self.note(&effects);
        self.0.wake.notify_one();
        self.count_live();
        let _ = self.0.changed.send(id.clone());
        Ok(None)
    }
}

/// When the shock was that a call-out stands for: the main one, which need not be
/// the first.
fn shaken_at(call_out: &CallOut) -> Timestamp {
    call_out.opened_at.max(call_out.event.occurred_at)
}

/// The clashes of duties of whom a change calls, for the account; real
/// call-outs and exercises do not clash with each other.
pub(super) fn clashes(
    all: &HashMap<CallOutId, Open>,
    call_out: &CallOut,
    effects: &[Effect],
) -> Vec<Effect> {
    let others = all.values().map(|open| &open.call_out).filter(|other| {
        other.id != call_out.id
            && other.state.is_live()
            && other.mode().is_drill() == call_out.mode().is_drill()
    });
    let mut others: Vec<&CallOut> = others.collect();
    others.sort_by_key(|other| (other.opened_at, other.id.clone()));
    clash::named(call_out, &others, effects)
}
