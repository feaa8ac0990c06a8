//! Decisions by people: asked, waited for, asked of the next in line, taken,
//! and asked again (plan 5(1)ウ).
//!
//! Owns who is asked and whose word counts. It must not call anybody before
//! somebody has decided so.

use jiff::Timestamp;

use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::rule::{Decision, DecisionRule};
use super::advance::after;
use super::course::{Decided, Question};
use super::refusal::{Refusal, Stands, Word};
use super::{CallOut, Effect, Part, Participant, State};

impl CallOut {
    /// Whether a decision is wanted and nobody has given it.
    pub fn is_undecided(&self) -> bool {
        let question = self.course.question.as_ref();
        self.state.is_live() && question.is_some_and(|question| question.decided.is_none())
    }

    /// Whether the section handles it, be it that it is asked again just now.
    pub fn is_in_section(&self) -> bool {
        let question = self.course.question.as_ref();
        self.state == State::InSection
            || (self.state == State::AwaitingDecision
                && question.is_some_and(|question| question.section.is_some()))
    }

    /// Asks from the beginning of the line. What the section handles it goes
    /// on handling, until a word changes that.
    pub(super) fn ask_anew(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.state = State::AwaitingDecision;
        let before = self.course.question.take();
        self.course.question = Some(Question {
            asked: 0,
            asked_at: now,
            decided: None,
            again_at: None,
            section: before.and_then(|before| before.decided.or(before.section)),
            reached: 0,
        });
        self.ask_next(plan, now, effects);
    }

    /// Leaves it to the section, to be asked again.
    pub(super) fn leave_to_section(
        &mut self,
        decided: Decided,
        rule: &DecisionRule,
        effects: &mut Vec<Effect>,
    ) {
        let again_at = after(decided.at, rule.again);
        self.held_until = None;
        // Why: what calls nobody asks a person as it is.
        self.course.paused = None;
        self.state = State::InSection;
        self.course.question = Some(Question {
            asked: 0,
            asked_at: decided.at,
            decided: Some(decided),
            again_at: Some(again_at),
            section: None,
            reached: 0,
        });
        effects.push(Effect::Journal(Entry::InSection { again_at }));
    }

    /// Asks the next in line; passes over whoever cannot be reached, at once.
    /// Without anybody left it waits as long for those who were asked, and
    /// gives up where nobody was.
    pub(super) fn ask_next(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(rule) = self.terms.decision.clone() else {
            return;
        };
        loop {
            let Some(question) = &mut self.course.question else {
                return;
            };
            let Some(selector) = rule.ask.get(question.asked as usize) else {
                self.give_up_asking(&rule, plan, now, effects);
                return;
            };
            question.asked += 1;
            question.asked_at = now;
            let people = plan::people(std::slice::from_ref(selector), &plan.roster);
            let asked: Vec<PersonId> = people
                .into_iter()
                .filter(|person| self.ask(person, plan, now, effects))
                .collect();
            if !asked.is_empty() {
                if let Some(question) = &mut self.course.question {
                    question.reached += u32::try_from(asked.len()).unwrap_or(u32::MAX);
                }
                let until = after(now, rule.within);
                effects.push(Effect::Journal(Entry::Asked {
                    people: asked,
                    until,
                }));
                return;
            }
        }
    }

    /// Asks one person; whether anything can reach them. Who is away is passed
    /// over.
    pub(super) fn ask(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(person) = plan.roster.people.get(id) else {
            return false;
        };
        if self.pass_over(id, plan, now, effects) {
            return false;
        }
        let stage = self.stage;
        let participant = self
            .participants
            .entry(id.clone())
            .or_insert_with(|| Participant::new(person, &plan.roster, Part::Asked));
        if participant.part == Part::Informed {
            participant.part = Part::Asked;
        }
        participant.asked_at = Some(now);
        if participant.part == Part::Asked {
            participant.ask_by(&person.contacts);
            participant.forget_answer();
        } else {
            participant.refresh(&person.contacts);
        }
        let drafts = participant.draft(Purpose::Decide, None, stage);
        let reached = !drafts.is_empty();
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        if !reached {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        reached
    }

    /// Nobody in line has decided: said to administrators by every path. A
    /// decision still counts.
    fn give_up_asking(
        &mut self,
        rule: &DecisionRule,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(question) = &mut self.course.question else {
            return;
        };
        let again_at = after(now, rule.again);
        question.again_at = Some(again_at);
        question.decided = question.section.take();
        let in_section = question.decided.is_some();
        effects.push(Effect::Journal(Entry::Undecided {
            asked: question.reached > 0,
            again_at: (!in_section).then_some(again_at),
        }));
        if in_section {
            self.state = State::InSection;
            effects.push(Effect::Journal(Entry::InSection { again_at }));
        } else {
            self.state = State::Exhausted;
        }
        self.tell(&plan.administrators(), Purpose::Exhausted, plan, effects);
    }

    /// What time makes of a question.
    pub(super) fn advance_question(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.question_due().is_none_or(|due| due > now) {
            return;
        }
        match self.state {
            State::InSection | State::Exhausted => self.ask_anew(plan, now, effects),
            State::AwaitingDecision => self.ask_next(plan, now, effects),
            State::Held | State::Open | State::StoodDown | State::Cancelled | State::Closed => {}
        }
    }

    /// When the next in line is asked, or the section is asked again.
    pub fn question_due(&self) -> Option<Timestamp> {
        let question = self.course.question.as_ref()?;
        let rule = self.terms.decision.as_ref()?;
        match self.state {
            State::Exhausted if question.decided.is_some() => None,
            // Why: an older version kept no time where nobody had a word.
            State::InSection | State::Exhausted => Some(
                question
                    .again_at
                    .unwrap_or_else(|| after(question.asked_at, rule.again)),
            ),
            State::AwaitingDecision => Some(after(question.asked_at, rule.within)),
            State::Held | State::Open | State::StoodDown | State::Cancelled | State::Closed => None,
        }
    }

    /// Somebody who was asked says that they cannot, or cannot be reached: the
    /// next in line is asked now, once nobody asked in this turn is left.
    pub(super) fn settle_question(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.state != State::AwaitingDecision {
            return;
        }
        let Some((question, rule)) = self
            .course
            .question
            .as_ref()
            .zip(self.terms.decision.as_ref())
        else {
            return;
        };
        let asked = (question.asked as usize).checked_sub(1);
        let Some(selector) = asked.and_then(|index| rule.ask.get(index)) else {
            return;
        };
        let hoped = selector.people(&plan.roster).iter().any(|id| {
            self.participants.get(id).is_some_and(|participant| {
                !participant.is_unreachable()
                    && !self.course.away.contains_key(id)
                    && participant.reply() != Some(super::super::acknowledgement::Reply::Cannot)
            })
        });
        if !hoped {
            self.ask_next(plan, now, effects);
        }
    }

    /// Records the decision and carries it out.
    ///
    /// # Errors
    ///
    /// When none is asked for, one stands, the person is not in line, or the
    /// call-out is over; the refusal says what stands.
    pub fn decide(
        &mut self,
        decision: Decision,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let rule = self.terms.decision.clone();
        let (Some(rule), Some(question)) = (rule, &self.course.question) else {
            return Err(Refusal::NotAsked(self.state));
        };
        if let Some(stands) = &question.decided
            && (stands.decision, decision) != (Decision::HandleInSection, Decision::Muster)
        {
            return Err(Refusal::Decided(Box::new(Stands::new(stands, plan))));
        }
        let line = plan::people(&rule.ask, &plan.roster);
        let first = plan::people(&rule.ask[..rule.ask.len().min(1)], &plan.roster);
        // Invariant: a decision is somebody's, whoever enters it.
        let own = || word.by.person().filter(|person| line.contains(person));
        let Some(person) = word.on_word_of.clone().or_else(own) else {
            return Err(Refusal::Nobodys(line));
        };
        if !line.contains(&person) {
            return Err(Refusal::NotTheirs { person, line });
        }
        let word = Word {
            on_word_of: Some(person),
            ..word
        };
        self.course.know_of(&word, plan);
        // Why: who decides waits for no other word to go on.
        self.course.paused = None;
        let deputy = word.on_word_of.as_ref();
        let deputy = deputy.is_some_and(|person| !first.contains(person));
        let decided = Decided {
            decision,
            by: word.by.clone(),
            person: word.on_word_of.clone(),
            at: now,
        };
        // Why: what a vendor was asked does not wait for this decision.
        let staff = self.participants.values().filter(|p| !p.is_vendor());
        let mut effects: Vec<Effect> = staff.map(|p| Effect::Withdraw(p.person.clone())).collect();
        // Why: the word of the one whose decision it is stands over what somebody
        // else entered before it.
        let correction = self
            .course
            .correction
            .take_if(|_| decision == Decision::Muster);
        if correction.is_some() {
            effects.push(Effect::Journal(Entry::CorrectionStopped {
                by: word.by.clone(),
                on_word_of: word.on_word_of.clone(),
            }));
        }
        effects.push(Effect::Journal(Entry::Decided {
            decision,
            by: word.by,
            person: word.on_word_of,
            deputy,
        }));
        match decision {
            Decision::HandleInSection => self.leave_to_section(decided, &rule, &mut effects),
            Decision::Muster => {
                if let Some(question) = &mut self.course.question {
                    question.decided = Some(decided);
                    question.again_at = None;
                }
                self.start(plan, now, &mut effects);
            }
        }
        Ok(effects)
    }
}
