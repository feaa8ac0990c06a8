//! How a call-out begins.
//!
//! Owns the choice of targets and candidates from a rule and the roster.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::event::Event;
use super::super::id::CallOutId;
use super::super::plan::Plan;
use super::super::rule::Rule;
use super::{CallOut, Effect};

/// What a call-out begins with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// What happened.
    pub event: &'a Arc<Event>,
    /// The rule that says so.
    pub rule: &'a Rule,
    /// The plan in force.
    pub plan: &'a Plan,
}

/// Opens a call-out, or begins its hold.
pub fn open(_id: CallOutId, _opening: Opening<'_>, _now: Timestamp) -> (CallOut, Vec<Effect>) {
    unreachable!("being written")
}
