//! What a message needs of a call-out.
//!
//! Owns the call-out without its people: small enough to be kept for every
//! message on its way. It must not change anything.

use std::sync::Arc;

use crate::domain::call_out::{CallOut, Crowd, State, Target};

/// A call-out without its people but who ordered it, for making messages. Who
/// is required in its targets stays; who could fill them while it is held.
pub(super) fn brief(call_out: &CallOut) -> CallOut {
    let mut brief = CallOut {
        participants: indexmap::IndexMap::new(),
        index: None,
        crowd: Crowd::default(),
        targets: Vec::new(),
        event: Arc::clone(&call_out.event),
        id: call_out.id.clone(),
        rule: call_out.rule.clone(),
        title: call_out.title.clone(),
        source: call_out.source.clone(),
        edition: call_out.edition.clone(),
        place: call_out.place.clone(),
        instruction: call_out.instruction.clone(),
        procedure: call_out.procedure.clone(),
        inform: Vec::new(),
        terms: call_out.terms.clone(),
        course: call_out.course.clone(),
        detail: call_out.detail,
        ask: call_out.ask,
        state: call_out.state,
        opened_at: call_out.opened_at,
        held_until: call_out.held_until,
        stage: call_out.stage,
        stage_at: call_out.stage_at,
        ended_at: call_out.ended_at,
        ended_because: call_out.ended_because.clone(),
        false_alarm: call_out.false_alarm,
        revision: call_out.revision,
    };
    // Why: a message names who ordered a posture.
    if let Some(ordered_by) = call_out.event.kind.ordered_by()
        && let Some(participant) = call_out.participants.get(ordered_by)
    {
        brief
            .participants
            .insert(ordered_by.clone(), participant.clone());
    }
    brief.targets = call_out
        .targets
        .iter()
        .map(|target| Target {
            who: target.who.clone(),
            name: target.name.clone(),
            need: target.need,
            everyone: target.everyone,
            mode: target.mode,
            // Why: what is confirmed is shown by a digest of the candidates too;
            // else a message only says who of them is required.
            candidates: if call_out.state == State::Held {
                target.candidates.clone()
            } else {
                target.required().to_vec()
            },
            first: target.first,
            tally: target.tally,
            met: target.met,
            unfillable: target.unfillable,
        })
        .collect();
    brief
}
