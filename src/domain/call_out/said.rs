//! Whether what a message says is still so as it is about to be sent.
//!
//! Owns that for each purpose: a relay that was away for hours, or a contact that
//! died, brings what was queued then. It must not draft anything.

use super::super::id::PersonId;
use super::super::notification::Purpose;
use super::{CallOut, Part, Participant, State};

impl CallOut {
    /// Whether a message for a purpose is still to be said to a person.
    ///
    /// Invariant: whoever is called reads of nothing that they need not come.
    pub fn is_still_said(&self, person: &PersonId, purpose: Purpose) -> bool {
        let known = self.participants.get(person);
        let called = known.is_some_and(Participant::is_called);
        let live = self.state.is_live();
        let calls = matches!(self.state, State::Open | State::Exhausted);
        match purpose {
            Purpose::Call | Purpose::Remind => {
                let silent = known.is_some_and(|known| known.reply().is_none());
                calls && !self.is_paused() && called && silent
            }
            Purpose::Decide => self.is_undecided(),
            Purpose::Help => self.wants_help_of(person),
            Purpose::HelpOut => live && self.course.help.iter().any(|help| help.out),
            Purpose::Exhausted => self.is_out_of_people(),
            Purpose::Unconfirmed => self.awaits_second_person(),
            Purpose::Paused => self.is_paused(),
            // What waits no more and calls is told as what it is by now.
            Purpose::Held => {
                let waits = self.state == State::Held || self.growth_due().is_some();
                waits || (calls && !self.is_undecided())
            }
            Purpose::Corrected => self.correction_due().is_some(),
            Purpose::Unmet => live && !self.is_met(),
            Purpose::Unfillable => live && self.targets.iter().any(|target| target.unfillable),
            Purpose::Inform => live && !called,
            Purpose::Grown => live && known.is_some_and(|known| !known.is_let_go()),
            Purpose::Tell => live && called,
            Purpose::Aftershock => live,
            Purpose::Released => !called && self.help_of(person).is_none(),
            // Of a growth that was stopped, or of the whole.
            Purpose::Cancelled => live || self.state == State::Cancelled,
            Purpose::StandDown
            | Purpose::Readiness
            | Purpose::Schedule
            | Purpose::DrillReport
            | Purpose::Alarm
            | Purpose::Replied => true,
        }
    }

    /// Whether its stages, or those who could decide, have run out, and nothing
    /// has come of it since.
    fn is_out_of_people(&self) -> bool {
        let question = self.course.question.as_ref();
        match self.state {
            State::Exhausted => true,
            // Left there because nobody in line has answered.
            State::InSection => question.is_some_and(|question| question.asked > 0),
            State::Held
            | State::AwaitingDecision
            | State::Open
            | State::StoodDown
            | State::Cancelled
            | State::Closed => false,
        }
    }
}

impl Participant {
    /// Whether they were called, a correction has let them go, and nobody asks them
    /// for a decision.
    pub(super) fn is_let_go(&self) -> bool {
        self.called_at.is_some() && self.part == Part::Informed
    }
}
