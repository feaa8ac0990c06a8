//! Whether an event would be taken, before anybody tells it.
//!
//! Owns nothing but the question: the checks are those of [`super::intake`].
//! It must not keep or start anything.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::intake::{check, order};
use super::later::{became, opening};
use super::{Became, Engine, Error};
use crate::domain::call_out::{CallOut, Effect, State};
use crate::domain::event::Event;
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::plan::Plan;
use crate::domain::rule::select;
use crate::domain::text::Text;

/// What an event would become if it were told now, where it joins a call-out
/// that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// What it would become.
    pub became: Became,
    /// Which call-out it would join.
    pub call_out: CallOutId,
    /// That one's title, as it is now.
    pub title: Text,
    /// Where to gather, as it would stand then.
    pub place: Text,
    /// Whom it would call at once who is not called yet.
    pub called: Vec<(PersonId, Text)>,
    /// How many others would be told something.
    pub told: usize,
    /// Until when it would wait, where it waits for a word.
    pub until: Option<Timestamp>,
}

impl Engine {
    /// What an event would become now; `None` where it joins none that runs.
    /// Nothing is changed.
    ///
    /// # Errors
    ///
    /// When the plan lacks the procedure of its rule, or the call-out is over.
    pub fn foresee(&self, event: &Arc<Event>) -> Result<Option<Foreseen>, Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        let Some(running) = self.running(event, plan) else {
            return Ok(None);
        };
        let open = self
            .open()
            .get(&running.id)
            .map(|open| open.call_out.clone());
        let Some(before) = open else {
            return Ok(None);
        };
        let now = self.now();
        let mut call_out = before.clone();
        let opening = opening(event, plan)?;
        let mut became = became(running.compared, true, opening.is_some());
        let mut effects = Vec::new();
        match (became, opening) {
            (Became::Grown, Some(opening)) if !before.is_news(event, opening.rule) => {
                became = Became::Known;
            }
            (Became::Grown, Some(opening)) => effects = call_out.grow(opening, now)?,
            _ => effects = call_out.aftershock(event, plan, now)?,
        }
        let growth = call_out.course.growth.as_ref();
        let until = growth.map(|growth| growth.until).or(call_out.held_until);
        if became == Became::Grown && (growth.is_some() || call_out.state == State::Held) {
            became = Became::Held;
        }
        let called = newly_called(&before, &call_out);
        Ok(Some(Foreseen {
            became,
            told: told(&effects, &called),
            called,
            call_out: running.id,
            title: before.title,
            place: call_out.place.clone(),
            until: until.filter(|_| became == Became::Held),
        }))
    }
}

fn newly_called(before: &CallOut, after: &CallOut) -> Vec<(PersonId, Text)> {
    let was = |id: &PersonId| {
        let known = before.participants.get(id);
        known.is_some_and(crate::domain::call_out::Participant::is_called)
    };
    let called = after.participants.values().filter(|p| p.is_called());
    let called = called.filter(|p| !was(&p.person));
    called.map(|p| (p.person.clone(), p.name.clone())).collect()
}

/// How many people are told something without being called.
fn told(effects: &[Effect], called: &[(PersonId, Text)]) -> usize {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(draft) => Some(&draft.person),
        _ => None,
    });
    let called: HashSet<&PersonId> = called.iter().map(|(id, _)| id).collect();
    let told: HashSet<&PersonId> = told.filter(|id| !called.contains(id)).collect();
    told.len()
}

/// Refuses an event that would be refused if it were told.
///
/// # Errors
///
/// As [`super::Engine::tell`], where nothing needs to be kept.
pub fn acceptable(event: &Event, plan: &Plan) -> Result<(), Error> {
    check(&event.kind, plan)?;
    match select(plan, event) {
        Some(selected) => order(selected.rule, &mut event.kind.clone(), plan),
        None => Ok(()),
    }
}
