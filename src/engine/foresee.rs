//! Whether an event would be taken, before anybody tells it.
//!
//! Owns nothing but the question: the checks are those of [`super::intake`].
//! It must not keep or start anything.

use super::Error;
use super::intake::{check, order};
use crate::domain::event::Event;
use crate::domain::plan::Plan;
use crate::domain::rule::select;

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
