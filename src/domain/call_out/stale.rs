//! A call-out that the daemon finds again long after its time: a person is asked
//! before anybody else is called.
//!
//! Owns what is late, what is too old to go on by itself, and the word that lets it go on. It
//! must not know how long the daemon stood still: the engine looks when it did.

use jiff::{SignedDuration, Timestamp};

use super::super::drill::Answers;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::advance::after;
use super::course::Pause;
use super::hold::{alarm_again, confirmed};
use super::refusal::{Refusal, Word};
use super::{CallOut, Effect, Participant, Standing, State};

/// What is overdue by less goes on by itself, however old the call-out: a
/// restart in the middle of a long night asks nobody.
pub const OVERDUE: SignedDuration = SignedDuration::from_mins(10);

/// How soon the question is first put again, in seconds.
const AGAIN_SECS: u32 = 900;

/// A stage later than this says so in the account.
const LATE: SignedDuration = SignedDuration::from_secs(60);

impl CallOut {
    /// Whether it is too old to go on by itself after a standstill. One that
    /// waits for a decision, or that nobody decided, asks a person as it is.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let stale = after(self.wanted_since(), self.procedure.stale_after);
        let calls = matches!(self.state, State::Held | State::Open | State::Exhausted);
        calls && !self.is_undecided() && !self.is_notice() && stale <= now
    }

    /// Since when what it calls for now is wanted: the opening, the last report
    /// that it took over, a decision, or what a person last confirmed.
    fn wanted_since(&self) -> Timestamp {
        let question = self.course.question.as_ref();
        let decided = question.and_then(|question| question.decided.as_ref());
        let words = [decided.map(|decided| decided.at), self.course.confirmed];
        let words = words.into_iter().flatten();
        let told = self.opened_at.max(self.event.received_at);
        words.fold(told, Timestamp::max)
    }

    /// Whether it waits for a person's word to go on.
    pub fn is_paused(&self) -> bool {
        self.state.is_live() && self.course.paused.is_some()
    }

    /// After a standstill of the daemon: one that is too old, and in which
    /// something is long overdue, or calls of it have waited for long (`unsent`),
    /// calls nobody more before a person says so. What is still queued and calls
    /// staff is taken back.
    pub fn pause(&mut self, unsent: bool, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let overdue = |due: Timestamp| now.duration_since(due) >= OVERDUE;
        // Vendors, and whoever is back and not called, are no reason.
        let waits = self.calls_due().is_some_and(overdue)
            || unsent
            || (self.return_due().is_some_and(overdue) && self.calls_who_is_back(plan, now));
        // An exercise whose set end has come is over.
        let ends = self.end_due().is_some_and(|due| due <= now);
        if self.is_paused() || !self.is_stale(now) || !waits || ends {
            return Vec::new();
        }
        let since = now;
        // Vendors are not called: what they were asked does not wait for this.
        let silent = self
            .participants
            .values()
            .filter(|person| person.is_called() && person.reply().is_none());
        let mut effects: Vec<Effect> = silent
            .map(|person| Effect::Withdraw(person.person.clone()))
            .collect();
        self.course.paused = Some(Pause {
            since,
            again_at: now,
            times: 0,
        });
        // Why: what it ends asks nobody whether it goes on.
        if self.correction_due().is_some_and(|due| due <= now) {
            self.apply_correction(plan, now, &mut effects);
        }
        if self.is_paused() {
            self.ask_to_go_on(plan, now, &mut effects);
        }
        effects
    }

    /// Whether the end of an absence would call or ask anybody.
    fn calls_who_is_back(&self, plan: &Plan, now: Timestamp) -> bool {
        let mut effects = Vec::new();
        let mut played = self.clone();
        played.ask_whose_absence_ended(plan, now, &mut effects);
        let notify = |effect: &Effect| matches!(effect, Effect::Notify(_));
        effects.iter().any(notify)
    }

    /// When the question is put again.
    pub(super) fn pause_due(&self) -> Option<Timestamp> {
        self.course.paused.as_ref().map(|pause| pause.again_at)
    }

    /// Asks those who may let it go on, at longer and longer distances.
    pub(super) fn ask_to_go_on(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(pause) = self
            .course
            .paused
            .as_mut()
            .filter(|pause| pause.again_at <= now)
        else {
            return;
        };
        let again_at = now + alarm_again(AGAIN_SECS, pause.times);
        pause.again_at = again_at;
        pause.times += 1;
        let late = now.duration_since(self.opened_at).unsigned_abs();
        effects.push(Effect::Journal(Entry::Paused { late, again_at }));
        let told = plan.approvers().into_iter().chain(plan.administrators());
        let told: indexmap::IndexSet<PersonId> = told.collect();
        let told: Vec<PersonId> = told.into_iter().collect();
        self.tell(&told, Purpose::Paused, plan, effects);
    }

    /// Goes on where it stood, on a person's word: whoever is silent is asked
    /// again, and what is overdue begins, one after the other. The same word
    /// lets a growth begin that waits, where it is one that may.
    ///
    /// # Errors
    ///
    /// [`Refusal::OtherContent`] when the word is on another growth than waits.
    pub(super) fn take_up_again(
        &mut self,
        word: Word,
        digest: Option<&str>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let grows = self.is_word_on_growth(&word, digest)?;
        // Why: without one the account would speak of a correction.
        let digest = digest.filter(|_| grows).map(str::to_owned);
        let digest = digest.unwrap_or_else(|| self.digest());
        self.course.confirmed = Some(now);
        self.course.know_of(&word, plan);
        let mut effects = vec![confirmed(word, Some(digest))];
        self.lift_pause(plan, now, &mut effects);
        if grows {
            self.apply_growth(plan, now, &mut effects);
        }
        effects.extend(self.advance(plan, now));
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }

    /// Goes on where it was stopped, if it was, and asks again.
    pub(super) fn lift_pause(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.course.paused.take().is_none() {
            return;
        }
        // Why: as in `advance`, whom a correction releases is not asked once more.
        if self.correction_due().is_some_and(|due| due <= now) {
            self.apply_correction(plan, now, effects);
        }
        // Invariant: nothing but a decision calls where nobody has decided.
        let calls = matches!(self.state, State::Open | State::Exhausted);
        if calls && !self.is_undecided() {
            self.ask_again(plan, now, effects);
        }
    }

    /// When a growth begins, or alarms, although the rest waits for a word: its
    /// time had not come by then, and those who could stop it were told of it.
    pub(super) fn new_growth_due(&self) -> Option<Timestamp> {
        let since = self.course.paused?.since;
        self.growth_due().filter(|due| *due > since)
    }

    /// Asks again whoever is silent, and calls the next in line in place of
    /// whoever dropped out meanwhile.
    fn ask_again(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.give_time_again(now);
        if let Some(mut stage) = self.stage_now().cloned() {
            stage.remind = true;
            self.remind_all(&stage, plan, now, effects);
        }
        self.call_refused_again(now, effects);
        self.ask_returned(plan, now, effects);
        if self.procedure.stages.len() <= self.stage as usize {
            // Why: whoever is asked again is given the last stage's time.
            self.stage_at = now;
        }
        let out = self
            .participants
            .values()
            .filter(|person| person.is_called() && self.has_dropped_out(person));
        let out: Vec<PersonId> = out.map(|person| person.person.clone()).collect();
        for person in out {
            self.fill(&person, plan, now, effects);
        }
    }

    /// Whether somebody leaves their place to the next in line.
    pub(super) fn has_dropped_out(&self, person: &Participant) -> bool {
        match person.standing() {
            Standing::Cannot | Standing::Unreachable => true,
            Standing::Received => self.course.answers != Answers::Received,
            Standing::Silent
            | Standing::Coming
            | Standing::Arrived
            | Standing::Accepted
            | Standing::Remote => false,
        }
    }

    /// Calls again whoever was refused for now by every contact that they have:
    /// what was tried every few minutes was taken back with the rest.
    fn call_refused_again(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let (number, stage) = (self.stage, self.stage_now().cloned());
        let refused = self.wanted(Standing::Unreachable);
        let refused = refused.filter(|person| !person.is_lost());
        let refused: Vec<PersonId> = refused.map(|person| person.person.clone()).collect();
        for id in refused {
            if let Some(person) = self.participants.get_mut(&id) {
                person.asked_at = Some(now);
                let drafts = person.draft(Purpose::Call, stage.as_ref(), number);
                effects.push(Effect::Participant(id));
                effects.extend(drafts.into_iter().map(Effect::Notify));
            }
        }
    }
}

/// Says so where something is done long after its time.
pub(super) fn note_late(due: Timestamp, now: Timestamp, effects: &mut Vec<Effect>) {
    let late = now.duration_since(due);
    if late > LATE {
        let by = late.unsigned_abs();
        effects.push(Effect::Journal(Entry::Late { by }));
    }
}
