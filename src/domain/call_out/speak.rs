//! A word to those who were called, and the end of a call-out.
//!
//! Owns who hears them. It must not word anything: `message` does.

use jiff::{SignedDuration, Timestamp};

use super::super::id::{PersonId, Principal};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::text::Text;
use super::course::Spoken;
use super::refusal::{Refusal, Word};
use super::{CallOut, Effect, Participant, State};

/// How long after the end it is still said to whoever could not hear of it.
pub const HEARS_LATE: SignedDuration = SignedDuration::from_hours(24);

/// What is said to everyone who was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The words; typed ones stand for both languages.
    pub text: Text,
    /// Another gathering place, from now on.
    pub place: Option<String>,
    /// What makes the same word the same, told again.
    pub key: Option<String>,
}

/// Why and by whom a call-out ends.
pub(super) struct End {
    pub(super) reason: Text,
    pub(super) by: Principal,
    pub(super) false_alarm: bool,
}

impl CallOut {
    /// Says something to everyone who was called; what was said under this key
    /// already is not said again.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already; [`Refusal::SaidOtherwise`] when
    /// something else was said under this key.
    pub fn speak(
        &mut self,
        saying: Saying,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        // Why first: whoever got no answer may ask again after the end.
        if let Some(said) = self.said_under(saying.key.as_deref()) {
            let same = said.text == saying.text && said.place == saying.place;
            return match same {
                true => Ok(Vec::new()),
                false => Err(Refusal::SaidOtherwise),
            };
        }
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let called = self.called_in_order();
        let mut effects = vec![Effect::Journal(Entry::Said {
            text: saying.text.get(plan.language).to_owned(),
            place: saying.place.clone(),
            by: word.by,
            told: u32::try_from(called.len()).unwrap_or(u32::MAX),
        })];
        if let Some(place) = &saying.place {
            self.gather_at(place);
            effects.push(Effect::Frozen);
        }
        self.course.words.push(Spoken {
            text: saying.text,
            at: now,
            place: saying.place.filter(|_| saying.key.is_some()),
            key: saying.key,
        });
        self.tell_called((&called, Purpose::Tell), plan, now, &mut effects);
        // Why: what is confirmed is what was shown.
        effects.extend(self.review_growth(plan, now));
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }

    fn said_under(&self, key: Option<&str>) -> Option<&Spoken> {
        let words = &self.course.words;
        let is_it = |said: &&Spoken| said.key.as_deref() == key;
        key.and_then(|_| words.iter().find(is_it))
    }

    /// Ends it on a person's word and tells everyone who was called or told.
    /// A false alarm without a reason is told in the prepared text.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn stand_down(
        &mut self,
        word: Word,
        false_alarm: bool,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let prepared = Some(&plan.prepared.false_alarm).filter(|text| !text.is_empty());
        let reason = match (&word.reason, false_alarm, prepared) {
            (None, true, Some(prepared)) => prepared.clone(),
            (reason, ..) => {
                let reason = reason.clone().unwrap_or_default();
                Text::new(reason.clone(), reason)
            }
        };
        let end = End {
            reason,
            by: word.by,
            false_alarm,
        };
        let mut effects = Vec::new();
        self.end_for(end, plan, now, &mut effects);
        Ok(effects)
    }

    /// Ends it and tells everyone in it why.
    pub(super) fn end_for(
        &mut self,
        end: End,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::WithdrawAll);
        effects.push(Effect::Journal(Entry::StoodDown {
            by: end.by,
            reason: end.reason.get(plan.language).to_owned(),
            false_alarm: end.false_alarm,
        }));
        self.end(State::StoodDown, None, now);
        self.ended_because = Some(end.reason).filter(|reason| !reason.is_empty());
        self.false_alarm = end.false_alarm;
        let told: Vec<PersonId> = self.participants.keys().cloned().collect();
        self.tell(&told, Purpose::StandDown, plan, effects);
    }

    /// When a drill's set end comes.
    pub(super) fn end_due(&self) -> Option<Timestamp> {
        self.course.ends_at.filter(|_| self.state.is_live())
    }

    /// Ends a drill at its set end, whatever was still due, and tells everyone
    /// in it.
    pub(super) fn end_drill(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        effects.push(Effect::WithdrawAll);
        effects.push(Effect::Journal(Entry::Ended));
        self.end(State::Closed, None, now);
        let told: Vec<PersonId> = self.participants.keys().cloned().collect();
        self.tell(&told, Purpose::StandDown, plan, effects);
    }

    /// What says that it is over, where that was said to anybody.
    pub(super) fn last_word(&self) -> Option<Purpose> {
        match self.state {
            State::StoodDown => Some(Purpose::StandDown),
            State::Cancelled => Some(Purpose::Cancelled),
            State::Closed if self.course.ends_at.is_some() => Some(Purpose::StandDown),
            _ => None,
        }
    }

    /// Another plan is in force after the end: whoever had no contact left that
    /// could say so, and has one now, hears of it.
    pub fn mended(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let lately = |ended: Timestamp| now.duration_since(ended) < HEARS_LATE;
        let word = self
            .last_word()
            .filter(|_| self.ended_at.is_some_and(lately));
        let Some(word) = word else {
            return effects;
        };
        let lost = self.participants.values().filter(|to| to.is_lost());
        let lost: Vec<PersonId> = lost.map(|to| to.person.clone()).collect();
        for id in lost {
            if self.refresh_contacts(&id, plan, &mut effects) {
                self.tell(&[id], word, plan, &mut effects);
            }
        }
        effects
    }

    /// An exercise ends where something real begins, in words; one that
    /// somebody started beside it does not.
    pub fn give_way(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.gives_way() {
            let end = End {
                reason: Text::new(
                    "本番の招集が始まったため、この訓練は中止します。本番の連絡に従ってください。",
                    "A real call-out has begun, so this drill is called off. Follow the real messages.",
                ),
                by: Principal::new("daemon:schedule"),
                false_alarm: false,
            };
            self.end_for(end, plan, now, &mut effects);
        }
        effects
    }

    /// Whether it ends where something real begins.
    pub fn gives_way(&self) -> bool {
        let played = self.event.drill.as_ref();
        let forced = played.is_some_and(|played| played.forced.is_some());
        self.mode().is_drill() && self.state.is_live() && !forced
    }

    pub(super) fn end(&mut self, state: State, because: Option<&str>, now: Timestamp) {
        self.state = state;
        self.ended_because = because.map(|because| Text::new(because, because));
        self.held_until = None;
        self.course.correction = None;
        self.course.growth = None;
        self.ended_at = Some(now);
    }

    /// Tells those whom the rule names, or the administrators, of every target
    /// that can no longer be filled, once; whether there was one. When it has
    /// run out altogether that is said instead.
    fn note_unfillable(&mut self, plan: &Plan, effects: &mut Vec<Effect>) -> bool {
        if self.state != State::Open {
            return false;
        }
        let mut told = false;
        for index in 0..self.targets.len() {
            let short = self.shortfall(index);
            let target = &mut self.targets[index];
            if let Some(short) = short.filter(|_| !target.unfillable) {
                target.unfillable = true;
                let target = target.name.clone();
                effects.push(Effect::Journal(Entry::Unfillable { target, short }));
                told = true;
            }
        }
        if told {
            let named = super::super::plan::people(&self.terms.tell_unfillable, &plan.roster);
            let named = if named.is_empty() {
                plan.administrators()
            } else {
                named
            };
            self.tell(&named, Purpose::Unfillable, plan, effects);
        }
        told
    }

    /// Does what is due, and says what can no longer be; until nothing more
    /// comes of it.
    ///
    /// Why: telling somebody reads their contacts afresh, and an address that
    /// was mended meanwhile is called through now.
    pub(super) fn run_on(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        // Invariant: while it waits for a word to go on, nothing calls anybody.
        if self.is_paused() {
            return;
        }
        if self.state == State::Open {
            self.run(plan, now, effects);
        }
        self.say_unfillable(plan, now, effects);
    }

    /// Says what can no longer be filled, and does what follows.
    pub(super) fn say_unfillable(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        while !self.is_paused() && self.note_unfillable(plan, effects) {
            self.run(plan, now, effects);
        }
    }

    /// By how many a target stays short whatever those asked say; `None` while
    /// it can still be filled.
    pub(super) fn shortfall(&self, index: usize) -> Option<u32> {
        let target = &self.targets[index];
        if target.everyone || target.met || self.stage == 0 {
            return None;
        }
        let uncalled = target.candidates.len().saturating_sub(
            target
                .candidates
                .iter()
                .filter_map(|person| self.participants.get(person))
                .filter(|participant: &&Participant| participant.is_called())
                .count(),
        );
        let uncalled = uncalled.saturating_sub(target.tally.excused as usize);
        let hoped = target.tally.have + target.tally.silent;
        let hoped = hoped.saturating_add(u32::try_from(uncalled).unwrap_or(u32::MAX));
        (hoped < target.need).then(|| target.need - hoped)
    }
}
