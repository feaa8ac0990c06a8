//! One message to one person through one contact: a row of the outbox.
//!
//! Owns what a notification is for and the states of its row. It must not
//! send or render anything.

use jiff::Timestamp;

use super::delivery::Outcome;
use super::id::{CallOutId, PersonId};
use super::mail::Confirmed;
use super::roster::Contact;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Calls the person.
    Call,
    /// Asks again who has not answered.
    Remind,
    /// Tells without calling.
    Inform,
    /// Tells that a stage ended with a need unmet.
    Unmet,
    /// Tells that the stages ran out.
    Exhausted,
    /// Tells that the call-out is held and can be cancelled.
    Held,
    /// Tells that it was cancelled before anybody was called.
    Cancelled,
    /// Tells that it is over.
    StandDown,
    /// Tells administrators what stands in the way of a call-out.
    Readiness,
    /// Tells what becomes of a drill that is due.
    Schedule,
    /// Tells whom the plan names what came of a drill.
    DrillReport,
    /// Tells administrators at once what fails.
    Alarm,
    /// Asks for a decision.
    Decide,
    /// Tells those already in it that the event has changed.
    Grown,
    /// Tells that a person need not come any more.
    Released,
    /// Carries a word to those who were called.
    Tell,
    /// Tells that nobody has confirmed in time.
    Unconfirmed,
    /// Asks whether it goes on after the daemon stood still.
    Paused,
    /// Tells that a target can no longer be filled.
    Unfillable,
    /// Tells that a correction will release people unless somebody stops it.
    Corrected,
    /// Tells of an aftershock that calls nobody.
    Aftershock,
    /// Asks a vendor for help.
    Help,
    /// Tells that a vendor has nobody left to ask for help.
    HelpOut,
    /// Tells a person what became of the reply that they sent by mail.
    Replied,
}

impl Purpose {
    /// All.
    pub const ALL: [Self; 24] = [
        Self::Call,
        Self::Remind,
        Self::Inform,
        Self::Unmet,
        Self::Exhausted,
        Self::Held,
        Self::Cancelled,
        Self::StandDown,
        Self::Readiness,
        Self::Schedule,
        Self::DrillReport,
        Self::Alarm,
        Self::Decide,
        Self::Grown,
        Self::Released,
        Self::Tell,
        Self::Unconfirmed,
        Self::Paused,
        Self::Unfillable,
        Self::Corrected,
        Self::Aftershock,
        Self::Help,
        Self::HelpOut,
        Self::Replied,
    ];

    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Remind => "remind",
            Self::Inform => "inform",
            Self::Unmet => "unmet",
            Self::Exhausted => "exhausted",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::StandDown => "stand-down",
            Self::Readiness => "readiness",
            Self::Schedule => "schedule",
            Self::DrillReport => "drill-report",
            Self::Alarm => "alarm",
            Self::Decide => "decide",
            Self::Grown => "grown",
            Self::Released => "released",
            Self::Tell => "tell",
            Self::Unconfirmed => "unconfirmed",
            Self::Paused => "paused",
            Self::Unfillable => "unfillable",
            Self::Corrected => "corrected",
            Self::Aftershock => "aftershock",
            Self::Help => "help",
            Self::HelpOut => "help-out",
            Self::Replied => "replied",
        }
    }

    /// Whether somebody is waited for by it: to come, to decide or to help.
    pub const fn asks_somebody(self) -> bool {
        self.calls() || matches!(self, Self::Decide | Self::Help)
    }

    /// Whether it is said by another contact as well where it cannot leave by the first.
    ///
    /// Why not each: a call has a way of its own, what waits for a word goes by every
    /// contact at once, an answer goes where it was asked for, and what is announced can
    /// wait.
    pub const fn goes_another_way(self) -> bool {
        match self {
            Self::Remind
            | Self::Inform
            | Self::Unmet
            | Self::Held
            | Self::Cancelled
            | Self::StandDown
            | Self::Readiness
            | Self::Grown
            | Self::Released
            | Self::Tell
            | Self::Unfillable
            | Self::Corrected
            | Self::Aftershock => true,
            Self::Call
            | Self::Exhausted
            | Self::Alarm
            | Self::Decide
            | Self::Unconfirmed
            | Self::Paused
            | Self::Help
            | Self::HelpOut
            | Self::Replied
            | Self::Schedule
            | Self::DrillReport => false,
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| text == purpose.name())
    }

    /// How urgent it is in itself: 0 before 1. Calls before everything that only
    /// tells.
    pub const fn urgency(self) -> u8 {
        match self {
            Self::Call | Self::Decide => 0,
            Self::Exhausted
            | Self::Held
            | Self::Unconfirmed
            | Self::Paused
            | Self::Unfillable
            | Self::Corrected
            | Self::Help
            | Self::HelpOut
            | Self::Alarm => 1,
            Self::Remind | Self::Unmet | Self::Grown | Self::Tell | Self::Replied => 2,
            Self::Inform
            | Self::Cancelled
            | Self::StandDown
            | Self::Released
            | Self::Aftershock
            | Self::Readiness
            | Self::Schedule
            | Self::DrillReport => 3,
        }
    }

    /// Whether the person is asked to answer.
    pub const fn asks(self) -> bool {
        matches!(self, Self::Call | Self::Remind | Self::Decide | Self::Help)
    }

    /// Whether it stands outside any call-out, and has no answer page.
    pub const fn is_notice(self) -> bool {
        matches!(
            self,
            Self::Readiness | Self::Schedule | Self::DrillReport | Self::Alarm
        )
    }

    /// Whether the person is asked to come.
    pub const fn calls(self) -> bool {
        matches!(self, Self::Call | Self::Remind)
    }

    /// Whether the person reads that nobody wants them to come for this.
    pub const fn sends_home(self) -> bool {
        matches!(self, Self::Released | Self::Cancelled | Self::StandDown)
    }
}

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationState {
    /// Waiting for its time.
    Queued,
    /// Claimed by a sender, whose lease runs out by itself.
    Sending,
    /// Tried; may pass.
    Retry,
    /// Perhaps taken: tried again with the same identity.
    Unknown,
    /// The other side took charge of it.
    Accepted,
    /// Will not pass.
    Dead,
    /// No longer needed: answered, or the call-out ended.
    Withdrawn,
}

impl NotificationState {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sending,
        Self::Retry,
        Self::Unknown,
        Self::Accepted,
        Self::Dead,
        Self::Withdrawn,
    ];

    /// Where it stands after an attempt; `None` where it was no longer wanted.
    pub const fn after(outcome: Option<&Outcome>) -> Self {
        match outcome {
            None => Self::Withdrawn,
            Some(Outcome::Accepted { .. }) => Self::Accepted,
            Some(Outcome::Retry { .. }) => Self::Retry,
            Some(Outcome::Rejected { .. }) => Self::Dead,
            Some(Outcome::Unknown { .. }) => Self::Unknown,
        }
    }

    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Dead => "dead",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| text == state.name())
    }
}

/// A notification's number: unique, growing, and part of the answer link.
pub type NotificationId = i64;

/// A notification as it is queued, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// To whom.
    pub person: PersonId,
    /// Through which contact.
    pub contact: Contact,
    /// What for.
    pub purpose: Purpose,
    /// In which stage, from 1; 0 outside of any.
    pub stage: u32,
    /// The reply that it confirms; of [`Purpose::Replied`] alone.
    pub confirms: Option<Box<Confirmed>>,
}

/// So many urgencies has a notification in the outbox.
pub const URGENCIES: u8 = 5;

impl Draft {
    /// Which is sent first through a channel: 0 before 1, below [`URGENCIES`].
    ///
    /// What calls or alarms those who `lead`, or tells them what fails, comes before
    /// everybody else's, and the first stage of a call-out before the crowd of a
    /// later one.
    pub const fn urgency(&self, leads: bool) -> u8 {
        match self.purpose.urgency() {
            _ if leads && matches!(self.purpose, Purpose::Readiness) => 0,
            0 | 1 if leads => 0,
            0 if matches!(self.purpose, Purpose::Decide) => 0,
            0 if self.stage <= 1 => 1,
            0 | 1 => 2,
            2 => 3,
            _ => 4,
        }
    }
}

/// A notification in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its number.
    pub id: NotificationId,
    /// Of which call-out.
    pub call_out: CallOutId,
    /// To whom, what for.
    pub draft: Draft,
    /// When it was queued: the date of every copy of the message.
    pub created_at: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// After how many of the attempts before nobody knew whether it was taken.
    pub lost: u32,
}
