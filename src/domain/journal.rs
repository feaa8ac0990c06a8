//! The account of everything that happened in a call-out, append-only.
//!
//! Owns what can be said in it, as values; `message` puts them into words and
//! `store` chains them. It must not hold an address or a token.

pub use super::broken::BrokenBecause;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::acknowledgement::{Reply, Via};
use super::delivery::Reason;
use super::edition::Caveat;
use super::event::EventKind;
use super::id::{CallOutId, PersonId, Principal, RuleId, VendorId};
use super::mail::Came;
use super::roster::ChannelName;
use super::rule::Decision;
use super::text::Text;

/// Why a stage began when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageCause {
    /// Its time came.
    Due,
    /// Nothing more could come of the earlier ones.
    NothingMore,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The event was told.
    Event {
        /// What.
        kind: EventKind,
        /// In whose words.
        headline: Option<String>,
        /// By whom.
        by: Principal,
    },
    /// It is run by an edition of which something must be said.
    Edition {
        /// The edition's number.
        number: u32,
        /// What must be said.
        caveats: Vec<Caveat>,
    },
    /// The call-out waits: anyone with the scope can cancel it until then.
    Held {
        /// Until when.
        until: Timestamp,
        /// Whether it begins only on a second person's word.
        second_person: bool,
    },
    /// Who ordered it, and who entered the order.
    Ordered {
        /// Who gave the order.
        person: PersonId,
        /// The post for whose holder they acted (職務代理), where they did.
        acting_for: Option<Text>,
        /// Who entered it.
        by: Principal,
    },
    /// Which row of the plan fits another threat, and who chose it (5(1)エ).
    RowChosen {
        /// The row.
        rule: RuleId,
        /// Who chose it.
        by: Principal,
    },
    /// No second person has confirmed in time; it stays to be confirmed.
    Unconfirmed {
        /// When it alarms again.
        again_at: Timestamp,
    },
    /// Too little was left to stop what waits: it has its wait once more.
    Renewed {
        /// Until when.
        until: Timestamp,
    },
    /// The daemon stood still, and nobody more is called before a person says so.
    Paused {
        /// How long after the opening.
        late: Duration,
        /// When the question is put again.
        again_at: Timestamp,
    },
    /// People were asked for a decision.
    Asked {
        /// Whom.
        people: Vec<PersonId>,
        /// When the next in line is asked.
        until: Timestamp,
    },
    /// A person decided.
    Decided {
        /// What.
        decision: Decision,
        /// Who entered it.
        by: Principal,
        /// Whose decision it is, where that was said.
        person: Option<PersonId>,
        /// Whether they stood in for the first in line.
        deputy: bool,
    },
    /// The section handles it; nobody gathers.
    InSection {
        /// When it is asked again.
        again_at: Timestamp,
    },
    /// The line is out and nobody decided.
    Undecided {
        /// Whether anybody could be asked at all.
        asked: bool,
        /// When the first in line is asked again; `None` where the section
        /// handles it, which says so itself.
        again_at: Option<Timestamp>,
    },
    /// The event grew: the targets that came with it.
    Grown {
        /// What happened, by the later report.
        kind: EventKind,
        /// In whose words.
        headline: Option<String>,
        /// The rule that applies now.
        rule: RuleId,
        /// The targets that were added.
        targets: Vec<Text>,
        /// By whom.
        by: Principal,
    },
    /// A growth waits: anyone with the scope can stop it until then.
    GrowthHeld {
        /// What happened, by the later report.
        kind: EventKind,
        /// In whose words.
        headline: Option<String>,
        /// The rule that would apply.
        rule: RuleId,
        /// Until when.
        until: Timestamp,
        /// Whether it begins only on a second person's word.
        second_person: bool,
        /// By whom.
        by: Principal,
    },
    /// A growth was stopped before it called anybody.
    GrowthStopped {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
    },
    /// An aftershock that is not stronger: it calls nobody.
    Aftershock {
        /// What.
        kind: EventKind,
        /// In whose words.
        headline: Option<String>,
        /// By whom.
        by: Principal,
    },
    /// The event was corrected downward or withdrawn: people are released
    /// then, unless somebody decides otherwise.
    CorrectionPending {
        /// What happened after all; `None` where nothing did.
        kind: Option<EventKind>,
        /// The rule that applies to it; `None` where none does.
        rule: Option<RuleId>,
        /// When it takes effect.
        until: Timestamp,
        /// By whom.
        by: Principal,
    },
    /// A correction was stopped before it took effect.
    CorrectionStopped {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
    },
    /// A correction took effect.
    Corrected {
        /// The rule that applies now.
        rule: RuleId,
        /// How many need not come any more.
        released: u32,
    },
    /// A word to everyone who was called.
    Said {
        /// In their words.
        text: String,
        /// Another gathering place, where one was named.
        place: Option<String>,
        /// Who.
        by: Principal,
        /// How many were told.
        told: u32,
    },
    /// A person is wanted in two duties at once.
    Clash {
        /// Who.
        person: PersonId,
        /// The other call-out; `None` within this one.
        other: Option<CallOutId>,
        /// Their duties here.
        here: Vec<Text>,
        /// Their duties there.
        there: Vec<Text>,
        /// Who could stand in, for each duty that has somebody.
        deputies: Vec<(Text, PersonId)>,
        /// The duties for which nobody is free.
        vacant: Vec<Text>,
    },
    /// People who were called stand in several targets of this call-out.
    Doubled {
        /// Who.
        people: Vec<PersonId>,
        /// In which.
        targets: Vec<Text>,
    },
    /// Another call-out calls the same people, one of the two as all staff.
    BothCalled {
        /// Which.
        other: CallOutId,
        /// How many of those called now.
        people: u32,
    },
    /// More call-outs than are named call the same people.
    AlsoCalled {
        /// How many, besides those that are named.
        call_outs: u32,
        /// How many of those called now.
        people: u32,
    },
    /// A vendor was asked for help.
    HelpAsked {
        /// Which.
        vendor: VendorId,
        /// The desk that was asked first.
        desk: PersonId,
        /// With which systems.
        systems: Vec<u16>,
        /// In whose words.
        note: Option<String>,
        /// By whom; `None` where the rule says so.
        by: Option<Principal>,
        /// On whose word.
        on_word_of: Option<PersonId>,
        /// When its next desk is asked.
        until: Timestamp,
    },
    /// A vendor's next desk was asked.
    HelpNext {
        /// Which.
        desk: PersonId,
        /// In whose place.
        instead_of: PersonId,
        /// When the one after it is asked.
        until: Timestamp,
    },
    /// A vendor is wanted who has left the roster, so nobody there is asked.
    HelpGone {
        /// As last known.
        vendor: Text,
    },
    /// A vendor has no desk left to ask, and nobody there helps.
    HelpOut {
        /// As shown.
        vendor: Text,
    },
    /// Vendors whom a rule had asked are wanted no more: the event was corrected.
    HelpReleased {
        /// As shown.
        vendors: Vec<Text>,
    },
    /// Vendors whom the rule names were left alone: it is an exercise.
    HelpLeftOut {
        /// As shown.
        vendors: Vec<Text>,
    },
    /// A target can no longer be filled.
    Unfillable {
        /// Which.
        target: Text,
        /// By how many it will stay short.
        short: u32,
    },
    /// Somebody confirmed it before its time.
    Confirmed {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
        /// What was confirmed: the digest of text, targets and mode.
        digest: Option<String>,
    },
    /// It was cancelled before anybody was called.
    Cancelled {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
        /// In their words.
        reason: Option<String>,
    },
    /// It opened.
    Opened {
        /// How many places it has to fill.
        targets: u32,
    },
    /// A stage began.
    Stage {
        /// Which, from 1.
        stage: u32,
        /// Why now.
        cause: StageCause,
        /// How many were called anew.
        called: u32,
        /// How many were asked again.
        reminded: u32,
    },
    /// A stage had nobody to call or to ask, and was passed over.
    StagePassed {
        /// Which, from 1.
        stage: u32,
    },
    /// A stage ended with needs unmet, and somebody was told.
    Unmet {
        /// The stage that ended, from 1.
        stage: u32,
        /// The targets' names.
        targets: Vec<Text>,
        /// How many people were told.
        told: u32,
    },
    /// The next in line was called between stages.
    CalledNext {
        /// Whom.
        person: PersonId,
        /// In whose place.
        instead_of: PersonId,
        /// For which target.
        target: Text,
    },
    /// Those who had not answered were asked again.
    Reminded {
        /// In which stage.
        stage: u32,
        /// How many.
        people: u32,
    },
    /// In a contact tree, a caller was reached, and the next ones are called.
    PassedOn {
        /// Who.
        person: PersonId,
        /// Who comes next.
        next: Vec<PersonId>,
    },
    /// In a contact tree, a caller was not reached: the next ones are called all
    /// the same.
    LinkBroken {
        /// Who.
        person: PersonId,
        /// Why.
        because: BrokenBecause,
        /// Who comes next.
        next: Vec<PersonId>,
    },
    /// A contact is dead for this call-out.
    ContactDead {
        /// Whose.
        person: PersonId,
        /// Which channel.
        channel: ChannelName,
        /// The class.
        reason: Reason,
        /// The other side's own words.
        detail: String,
    },
    /// A contact does not take a call now, or nobody knows whether it did; the
    /// next one is called as well.
    ContactFailing {
        /// Whose.
        person: PersonId,
        /// Which channel.
        channel: ChannelName,
        /// The class.
        reason: Reason,
        /// The other side's own words.
        detail: String,
    },
    /// A person is away, and passed over while it lasts.
    PassedOver {
        /// Who.
        person: PersonId,
        /// The first instant at which they are back.
        until: Timestamp,
        /// The first target that they could fill, if there is one.
        target: Option<Text>,
    },
    /// A person who was passed over is back before their time.
    Back {
        /// Who.
        person: PersonId,
        /// Whether they were asked now.
        called: bool,
    },
    /// No contact of a person is left.
    Unreachable {
        /// Who.
        person: PersonId,
    },
    /// A person answered.
    Answered {
        /// Who.
        person: PersonId,
        /// What.
        reply: Reply,
        /// In how many minutes they come.
        eta_minutes: Option<u32>,
        /// In their words.
        note: Option<String>,
        /// How it came.
        via: Via,
        /// Who entered it.
        by: Principal,
        /// Shown, not counted.
        doubtful: bool,
    },
    /// Something came back by mail that is no answer.
    Mail {
        /// To what was sent to whom.
        person: PersonId,
        /// What.
        came: Came,
        /// In the other side's own words, without addresses.
        text: String,
    },
    /// A target's need is met.
    Met {
        /// Which.
        target: Text,
        /// How many have said they come.
        have: u32,
    },
    /// A target that was met is no longer.
    Reopened {
        /// Which.
        target: Text,
    },
    /// The stages ran out with needs unmet.
    Exhausted {
        /// The targets' names.
        targets: Vec<Text>,
    },
    /// Answers met the needs after all.
    Recovered,
    /// A drill came to its set end.
    Ended,
    /// It is an exercise that was started although a real call-out was open.
    Forced {
        /// Who.
        by: Principal,
        /// Why.
        reason: String,
    },
    /// It ended on a person's word.
    StoodDown {
        /// Who.
        by: Principal,
        /// Why.
        reason: String,
        /// Whether it should never have begun.
        false_alarm: bool,
    },
    /// The machine's clock was set while it was open; its times stay.
    ClockSet {
        /// By how much; negative where it was set back.
        by: SignedDuration,
    },
    /// The daemon was away, so that something is late.
    Late {
        /// By how much.
        by: Duration,
    },
}

/// An entry at its place in the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// From 1, without gaps, within the call-out.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub entry: Entry,
}
