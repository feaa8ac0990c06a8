//! How many stood how at each time.
//!
//! Owns the counting. It must not know where a point is drawn.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Facts;
use crate::domain::acknowledgement::Reply;

/// A line of steps: from each time on, how many.
pub(super) type Steps = Vec<(Timestamp, u32)>;

/// The four lines of a chart, each in the order of time.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Called: never falls.
    pub(super) called: Steps,
    /// Have answered: never falls.
    pub(super) answered: Steps,
    /// Have said that they come, or are there; falls when somebody unsays it.
    pub(super) coming: Steps,
    /// Are there.
    pub(super) arrived: Steps,
}

impl Lines {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut called = facts.called.clone();
        called.sort_unstable();
        let mut lines = Self {
            called: (1..).zip(called).map(|(count, at)| (at, count)).collect(),
            ..Self::default()
        };
        let mut answers = facts.answers.clone();
        // Why: answers of one instant stay in the order in which they came.
        answers.sort_by_key(|given| given.at);
        let mut stands: HashMap<usize, Reply> = HashMap::with_capacity(called_by(facts));
        let (mut coming, mut arrived) = (0_u32, 0_u32);
        for given in answers {
            let before = stands.insert(given.person, given.reply);
            let [came, was_there] = [before, Some(given.reply)].map(comes);
            coming = coming + was_there.0 - came.0;
            arrived = arrived + was_there.1 - came.1;
            if before.is_none() {
                let answered = u32::try_from(stands.len()).unwrap_or(u32::MAX);
                lines.answered.push((given.at, answered));
            }
            lines.coming.push((given.at, coming));
            lines.arrived.push((given.at, arrived));
        }
        lines
    }
}

fn called_by(facts: &Facts) -> usize {
    facts.answers.len().min(facts.called.len())
}

/// Whether a reply counts as coming, and as being there.
fn comes(reply: Option<Reply>) -> (u32, u32) {
    match reply {
        Some(Reply::Coming) => (1, 0),
        Some(Reply::Arrived) => (1, 1),
        _ => (0, 0),
    }
}

/// Where a line ends.
pub(super) fn last(steps: &Steps) -> u32 {
    steps.last().map_or(0, |(_, count)| *count)
}
