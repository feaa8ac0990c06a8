//! A notice outside any call-out: a call-out that calls nobody and is over as
//! it opens.
//!
//! Owns its shape: no target, no stage, closed. It goes the way of every
//! message (kept with its cause, sent through the outbox until it is taken)
//! and asks for nothing. It must not be reached by a rule of the plan.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::super::event::Event;
use super::super::id::{CallOutId, PersonId, ProcedureId, RuleId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::procedure::{Procedure, STALE_AFTER};
use super::super::roster::ChannelName;
use super::super::rule::{Ask, Detail};
use super::super::text::Text;
use super::{CallOut, Course, Crowd, Effect, Participant, State, Terms};

/// What a notice is made of.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// What is told.
    pub event: &'a Arc<Event>,
    /// What the messages are for; one that asks for nothing.
    pub purpose: Purpose,
    /// As shown in place of a rule's title.
    pub title: &'a Text,
    /// As shown in place of where to gather: nobody gathers.
    pub place: &'a Text,
    /// Who is told.
    pub to: &'a [PersonId],
    /// The channels of what failed, where that is told: another is taken.
    pub past: &'a [ChannelName],
    /// The plan in force.
    pub plan: &'a Plan,
}

/// Tells whom it is for. The call-out is closed before anything is sent.
pub fn notice(id: CallOutId, notice: Notice<'_>, now: Timestamp) -> (CallOut, Vec<Effect>) {
    let Notice {
        event,
        purpose,
        title,
        place,
        to,
        past,
        plan,
    } = notice;
    let name = purpose.name();
    let mut call_out = CallOut {
        id,
        event: Arc::clone(event),
        rule: RuleId::new(name),
        title: title.clone(),
        source: String::new(),
        edition: plan.edition.clone(),
        place: place.clone(),
        instruction: Text::default(),
        detail: Detail::Full,
        // Why: it has no stage, and being closed never looks for one.
        procedure: Procedure {
            id: ProcedureId::new(name),
            title: title.clone(),
            stages: Vec::new(),
            exhausted_after: Duration::ZERO,
            stale_after: STALE_AFTER,
        },
        ask: Ask::UntilMet,
        inform: Vec::new(),
        terms: Terms::default(),
        course: Course::default(),
        state: State::Closed,
        opened_at: now,
        held_until: None,
        stage: 0,
        stage_at: now,
        ended_at: Some(now),
        ended_because: None,
        false_alarm: false,
        targets: Vec::new(),
        participants: IndexMap::new(),
        revision: 0,
        index: None,
        crowd: Crowd::default(),
    };
    let mut effects = vec![Effect::Journal(Entry::Event {
        kind: event.kind.clone(),
        headline: event.headline.clone(),
        by: event.entered_by.clone(),
    })];
    if past.is_empty() {
        call_out.tell(to, purpose, plan, &mut effects);
    } else {
        let draft = |to: &mut Participant| to.draft_past(past, purpose);
        call_out.tell_by(to, plan, &mut effects, draft);
    }
    (call_out, effects)
}
