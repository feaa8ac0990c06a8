//! What stands before the first message: the hold, the second person's word,
//! and the digest that says what is held.
//!
//! Owns confirming and cancelling, of what is held and of a correction that
//! waits. It must not decide who has the scope: `http` knows.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::super::event::{Event, EventKind};
use super::super::id::{PersonId, Principal};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::rule::Confirm;
use super::refusal::{Refusal, Word};
use super::{CallOut, Effect, State};

/// Who tells of earthquakes by machine: their principals begin with this.
pub const FEED: &str = "feed:";

/// Hexadecimal digits of a digest: read aloud and compared by eye.
const DIGEST_BYTES: usize = 8;

/// Whether a machine tells of an earthquake: that waits for nobody (5(1)ア).
pub fn is_automatic(event: &Event) -> bool {
    matches!(event.kind, EventKind::Earthquake { .. })
        && event.entered_by.as_str().starts_with(FEED)
}

/// What a report waits for by its rule, and by who tells it.
pub(super) fn waits_for(confirm: Confirm, event: &Event) -> Confirm {
    if is_automatic(event) {
        Confirm::None
    } else {
        confirm
    }
}

impl CallOut {
    pub(super) fn waits_for(&self) -> Confirm {
        waits_for(self.terms.confirm, &self.event)
    }

    /// Begins, or begins to wait as its rule says.
    pub(super) fn hold_or_begin(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.hold(plan, now, effects) {
            self.begin(plan, now, effects);
            self.inform_others(&[], plan, effects);
        }
    }

    /// Begins to wait as its rule says; whether it waits at all.
    pub(super) fn hold(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let (seconds, second_person) = match self.waits_for() {
            Confirm::None => return false,
            Confirm::Hold { seconds } => (seconds, false),
            Confirm::SecondPerson { seconds } => (seconds, true),
        };
        let until = now + SignedDuration::from_secs(i64::from(seconds));
        self.state = State::Held;
        self.held_until = Some(until);
        self.course.alarms = 0;
        self.course.renewed = false;
        effects.push(Effect::Journal(Entry::Held {
            until,
            second_person,
        }));
        self.tell(&plan.approvers(), Purpose::Held, plan, effects);
        true
    }

    /// Whether what waits now, the whole or a growth, wants a second person.
    pub fn awaits_second_person(&self) -> bool {
        match &self.course.growth {
            Some(growth) => growth.second_person,
            None => self.state == State::Held && self.wants_second_person(),
        }
    }

    /// The digest of what waits now, the whole or a growth.
    pub fn digest_held(&self) -> Option<String> {
        match &self.course.growth {
            Some(growth) => Some(growth.digest.clone()),
            None => (self.state == State::Held).then(|| self.digest()),
        }
    }

    /// Who entered what waits now, the whole or a growth.
    pub fn held_by(&self) -> &Principal {
        let growth = self.course.growth.as_ref();
        let event = growth.map_or(&self.event, |growth| &growth.event);
        &event.entered_by
    }

    /// Whether it begins only on a second person's word.
    pub fn wants_second_person(&self) -> bool {
        matches!(self.waits_for(), Confirm::SecondPerson { .. })
    }

    /// Who entered what waits as a whole, where somebody else must confirm it.
    fn first_person(&self) -> Option<&Principal> {
        self.wants_second_person().then_some(&self.event.entered_by)
    }

    /// What time makes of a hold.
    pub(super) fn advance_hold(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(until) = self.held_until.filter(|until| *until <= now) else {
            return;
        };
        match self.waits_for() {
            Confirm::SecondPerson { seconds } => {
                let again_at = now + alarm_again(seconds, self.course.alarms);
                self.held_until = Some(again_at);
                self.course.alarms += 1;
                effects.push(Effect::Journal(Entry::Unconfirmed { again_at }));
                self.alarm(plan, effects);
            }
            Confirm::None | Confirm::Hold { .. } => {
                super::stale::note_late(until, now, effects);
                self.begin(plan, now, effects);
                self.inform_others(&[], plan, effects);
            }
        }
    }

    /// Says that no second person has confirmed in time.
    pub(super) fn alarm(&mut self, plan: &Plan, effects: &mut Vec<Effect>) {
        let mut told = plan.approvers();
        told.extend(plan.administrators());
        let told: indexmap::IndexSet<PersonId> = told.into_iter().collect();
        let told: Vec<PersonId> = told.into_iter().collect();
        self.tell(&told, Purpose::Unconfirmed, plan, effects);
    }

    /// A digest of text, targets and mode: what a second person confirms.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        };
        let event = &self.event;
        add(if event.mode.is_drill() {
            "drill"
        } else {
            "real"
        });
        add(self.rule.as_str());
        add(&format!("{:?}", event.kind));
        for text in [&event.headline, &event.place] {
            add(text.as_deref().unwrap_or_default());
        }
        for text in [&self.title, &self.place, &self.instruction] {
            add(&text.ja);
            add(&text.en);
        }
        for target in &self.targets {
            add(&target.name.ja);
            add(&format!("{} {}", target.need, target.everyone));
            for person in &target.candidates {
                add(person.as_str());
            }
        }
        let digest = hash.finalize();
        let bytes = digest.iter().take(DIGEST_BYTES);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// Lets what is held begin now, be it a growth, or a correction take effect
    /// now; or what was stopped after a standstill go on. Where the rule wants a
    /// second person, whoever entered the event is refused, and the digest must
    /// be given. Where it is, it must be that of what is held.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHeld`] when nothing waits, [`Refusal::SamePerson`],
    /// [`Refusal::NoDigest`], [`Refusal::OtherContent`].
    pub fn confirm(
        &mut self,
        word: Word,
        digest: Option<&str>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.is_paused() && self.state != State::Held {
            return self.take_up_again(word, digest, plan, now);
        }
        let mut effects = Vec::new();
        if self.state.is_live() && self.course.growth.is_some() {
            return self.confirm_growth(word, digest, plan, now);
        }
        if self.state != State::Held {
            if self.course.correction.is_none() || !self.state.is_live() {
                return Err(Refusal::NotHeld(self.state));
            }
            self.course.know_of(&word, plan);
            effects.push(confirmed(word, None));
            self.apply_correction(plan, now, &mut effects);
            return Ok(effects);
        }
        let stands = self.digest();
        may_confirm(&word, digest, &stands, self.first_person())?;
        self.course.paused = None;
        self.course.confirmed = Some(now);
        self.course.know_of(&word, plan);
        effects.push(confirmed(word, Some(stands)));
        self.begin(plan, now, &mut effects);
        self.inform_others(&[], plan, &mut effects);
        Ok(effects)
    }

    /// Ends what is held before anybody is called, or stops a growth or a
    /// correction that waits.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHeld`] when nothing waits.
    pub fn cancel(
        &mut self,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.state.is_live() && self.course.growth.is_some() {
            self.course.know_of(&word, plan);
            let mut effects = Vec::new();
            self.stop_growth((word.by, word.on_word_of), plan, &mut effects);
            self.run_on(plan, now, &mut effects);
            return Ok(effects);
        }
        if self.state != State::Held {
            if !self.state.is_live() || self.course.correction.take().is_none() {
                return Err(Refusal::NotHeld(self.state));
            }
            self.course.know_of(&word, plan);
            return Ok(vec![Effect::Journal(Entry::CorrectionStopped {
                by: word.by,
                on_word_of: word.on_word_of,
            })]);
        }
        self.course.know_of(&word, plan);
        self.end(State::Cancelled, word.reason.as_deref(), now);
        let mut effects = vec![
            Effect::WithdrawAll,
            Effect::Journal(Entry::Cancelled {
                by: word.by,
                on_word_of: word.on_word_of,
                reason: word.reason,
            }),
        ];
        let told: Vec<PersonId> = self.participants.keys().cloned().collect();
        self.tell(&told, Purpose::Cancelled, plan, &mut effects);
        Ok(effects)
    }
}

/// Whether a word confirms what waits: it is of that content and, where a
/// second person is wanted (`first` entered it), of another who saw it.
pub(super) fn may_confirm(
    word: &Word,
    digest: Option<&str>,
    stands: &str,
    first: Option<&Principal>,
) -> Result<(), Refusal> {
    if let Some(given) = digest.filter(|given| *given != stands) {
        return Err(Refusal::OtherContent {
            stands: stands.to_owned(),
            given: given.to_owned(),
        });
    }
    match first {
        Some(first) if word.by == *first => Err(Refusal::SamePerson(word.by.clone())),
        Some(_) if digest.is_none() => Err(Refusal::NoDigest),
        _ => Ok(()),
    }
}

/// How long until it alarms again: twice as long each time, an hour at most
/// unless the rule itself waits longer, so that it is never silent and never a
/// flood.
pub(super) fn alarm_again(seconds: u32, alarms: u32) -> SignedDuration {
    const LONGEST_SECS: u32 = 3600;
    let doubled = seconds.max(1).saturating_mul(1 << alarms.min(12));
    let wait = doubled.min(LONGEST_SECS.max(seconds));
    SignedDuration::from_secs(i64::from(wait))
}

pub(super) fn confirmed(word: Word, digest: Option<String>) -> Effect {
    Effect::Journal(Entry::Confirmed {
        by: word.by,
        on_word_of: word.on_word_of,
        digest,
    })
}
