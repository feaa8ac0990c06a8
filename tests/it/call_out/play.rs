//! A call-out played in virtual time, and its time line in words.
//!
//! Owns what stands in for the engine and the store in pure tests: the clock,
//! the outbox, and the paper from which a restart would read everything. It
//! must not assert anything about how a call-out should run.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::help::Wanted;
use muster::domain::call_out::{
    CallOut, ContactState, Dead, Effect, Opening, Participant, Refusal, Saying, Standing, State,
    Target, Word, open,
};
use muster::domain::delivery::Reason;
use muster::domain::event::Event;
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::notification::{Draft, Purpose};
use muster::domain::plan::Plan;
use muster::domain::roster::ChannelName;
use muster::domain::rule::Decision;

use super::words;
use crate::support::plans::{RULE, Town, dawn, person, quake, text};

/// A message in the outbox.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) draft: Draft,
    /// Waiting, accepted or dead.
    pub(crate) state: ContactState,
    at: Option<Timestamp>,
}

/// What a restart would read.
#[derive(Clone, Debug)]
struct Paper {
    targets: Vec<Target>,
    people: IndexMap<usize, Participant>,
}

/// A call-out, its plan, its time and its outbox.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    pub(crate) plan: Plan,
    pub(crate) call_out: CallOut,
    pub(crate) now: Timestamp,
    pub(crate) rows: Vec<Row>,
    /// The effects of the last thing that was done.
    pub(crate) last: Vec<Effect>,
    /// The place that whoever does the next thing names.
    pub(crate) named: Option<String>,
    paper: Paper,
    lines: Vec<String>,
}

impl Play {
    /// Opens the only rule of a small plan.
    pub(crate) fn open(town: Town) -> Self {
        let (plan, now) = (town.0, dawn());
        let opening = Opening {
            event: &quake(now),
            rule: &plan.rules[RULE],
            procedure: &plan.procedures[RULE],
            plan: &plan,
        };
        let (call_out, effects) = open(CallOutId::new("20261124-k7qm"), opening, now);
        let paper = Paper {
            targets: call_out.targets.clone(),
            people: IndexMap::new(),
        };
        let mut play = Self {
            plan,
            call_out,
            now,
            rows: Vec::new(),
            last: Vec::new(),
            named: None,
            paper,
            lines: Vec::new(),
        };
        play.take(effects);
        play
    }

    /// The time line so far.
    pub(crate) fn timeline(&self) -> String {
        self.lines.join("\n")
    }

    /// The daemon is up for so long, and does everything at its time.
    pub(crate) fn pass(&mut self, time: SignedDuration) {
        let until = self.now + time;
        while let Some(due) = self.call_out.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.advance();
            let next = self.call_out.next_due();
            assert!(
                next.is_none_or(|next| next > self.now),
                "at {} it is due again at {next:?}, which would never end",
                self.now
            );
        }
        self.now = until;
    }

    /// [`Self::pass`] in minutes.
    pub(crate) fn minutes(&mut self, minutes: i64) {
        self.pass(SignedDuration::from_mins(minutes));
    }

    /// The daemon is down for so long, then starts anew from the store.
    pub(crate) fn away(&mut self, time: SignedDuration) {
        self.now += time;
        self.call_out = self.restarted();
        self.named = None;
        let mut effects = self.call_out.renew(&self.plan, self.now);
        effects.extend(self.call_out.advance(&self.plan, self.now));
        self.take(effects);
    }

    /// The same, and what grew old meanwhile is stopped.
    pub(crate) fn stand_still(&mut self, time: SignedDuration) {
        self.now += time;
        self.call_out = self.restarted();
        let waits = |row: &Row| row.state == ContactState::Waiting && row.draft.purpose.asks();
        let unsent = self.rows.iter().any(waits);
        self.named = None;
        let mut effects = self.call_out.stood_still(unsent, &self.plan, self.now);
        effects.extend(self.call_out.advance(&self.plan, self.now));
        self.take(effects);
    }

    pub(crate) fn advance(&mut self) {
        self.named = None;
        let effects = self.call_out.advance(&self.plan, self.now);
        self.take(effects);
    }

    /// A person's own answer through their link.
    pub(crate) fn answers(&mut self, person: &str, reply: Reply) {
        self.answer(person, reply, Via::Link(ChannelName::Email));
    }

    /// Somebody enters an answer for a person.
    pub(crate) fn on_behalf(&mut self, person: &str, reply: Reply) {
        self.answer(person, reply, Via::OnBehalf);
    }

    fn answer(&mut self, person: &str, reply: Reply, via: Via) {
        self.try_answer(person, reply, via)
            .expect("the answer is taken");
    }

    pub(crate) fn try_answer(
        &mut self,
        person: &str,
        reply: Reply,
        via: Via,
    ) -> Result<(), Refusal> {
        let answer = Answer {
            person: person.into(),
            reply,
            eta_minutes: None,
            note: None,
            via,
            by: Principal::new("link"),
        };
        let effects = self.call_out.acknowledge(answer, &self.plan, self.now)?;
        self.take(effects);
        Ok(())
    }

    /// The other side takes charge of every waiting message to a person.
    pub(crate) fn accepted(&mut self, person: &str) {
        for index in self.waiting(person) {
            self.settle(index, true);
        }
    }

    /// Every waiting message to a person through one channel is refused.
    pub(crate) fn dead(&mut self, person: &str, channel: &str) {
        let through = |play: &Self, index: &usize| {
            let contact = &play.rows[*index].draft.contact;
            contact.channel.to_string().starts_with(channel)
        };
        for index in self.waiting(person) {
            if through(self, &index) {
                self.settle(index, false);
            }
        }
    }

    fn waiting(&self, person: &str) -> Vec<usize> {
        let waiting = |(_, row): &(usize, &Row)| {
            row.state == ContactState::Waiting && row.draft.person.as_str() == person
        };
        let rows = self.rows.iter().enumerate().filter(waiting);
        rows.map(|(index, _)| index).collect()
    }

    /// What came of one message.
    pub(crate) fn settle(&mut self, index: usize, accepted: bool) {
        let row = &mut self.rows[index];
        row.at = Some(self.now);
        let draft = row.draft.clone();
        if accepted {
            row.state = ContactState::Accepted;
            self.call_out.accepted(&draft, self.now);
            self.last.clear();
            return;
        }
        row.state = ContactState::Dead;
        let dead = Dead {
            said: false,
            draft,
            reason: Reason::Address,
            detail: "550 5.1.1".to_owned(),
        };
        let effects = self.call_out.dead(&dead, &self.plan, self.now);
        self.take(effects);
    }

    /// A person's contacts in the roster are now these.
    pub(crate) fn mend(&mut self, id: &str, contacts: &[&str]) {
        let person = person(id, contacts);
        self.plan.roster.people.insert(person.id.clone(), person);
    }

    /// The roster as it stands now is put in force, after the end.
    pub(crate) fn put_in_force(&mut self) {
        let effects = self.call_out.mended(&self.plan, self.now);
        self.take(effects);
    }

    /// A transfer takes a person out of the roster.
    pub(crate) fn transfer(&mut self, id: &str) {
        self.plan.roster.people.shift_remove(id);
        let gone = PersonId::new(id);
        for squad in self.plan.roster.squads.values_mut() {
            squad.required.retain(|person| *person != gone);
            squad.deputies.retain(|person| *person != gone);
        }
    }

    pub(crate) fn confirm(&mut self) {
        let digest = self.call_out.digest_held();
        let effects = self
            .call_out
            .confirm(second_word(), digest.as_deref(), &self.plan, self.now);
        self.take(effects.expect("it is held"));
    }

    pub(crate) fn cancel(&mut self) {
        let effects = self.call_out.cancel(word(), &self.plan, self.now);
        self.take(effects.expect("it is held"));
    }

    pub(crate) fn stand_down(&mut self) {
        let effects = self
            .call_out
            .stand_down(word(), false, &self.plan, self.now);
        self.take(effects.expect("it is live"));
    }

    /// Whoever entered the event confirms it as well; where a second person is
    /// wanted that is refused.
    pub(crate) fn confirm_alone(&mut self) {
        let done = self.call_out.confirm(word(), None, &self.plan, self.now);
        self.take(done.unwrap_or_default());
    }

    /// Somebody decides; what is not theirs to decide is refused.
    pub(crate) fn decide(&mut self, person: &str, decision: Decision) {
        let word = Word {
            on_word_of: Some(person.into()),
            ..word()
        };
        let done = self.call_out.decide(decision, word, &self.plan, self.now);
        self.take(done.unwrap_or_default());
    }

    /// A later report for which another rule applies.
    pub(crate) fn grow(&mut self, rule: &str) {
        let plan = self.plan.clone();
        let event = self.report();
        let done = self.call_out.grow(opening(&plan, &event, rule), self.now);
        self.take(done.unwrap_or_default());
    }

    /// A correction downward, or a withdrawal.
    pub(crate) fn correct(&mut self, rule: Option<&str>) {
        let plan = self.plan.clone();
        let event = self.report();
        let opening = rule.map(|rule| opening(&plan, &event, rule));
        let by = Principal::new("token:feed");
        let done = self.call_out.correct(
            rule.is_some().then_some(&event),
            opening.as_ref(),
            (&plan, by),
            self.now,
        );
        self.take(done.unwrap_or_default());
    }

    /// A later report, with the place that is named.
    fn report(&self) -> Arc<Event> {
        Arc::new(Event {
            place: self.named.clone(),
            ..(*quake(self.now)).clone()
        })
    }

    pub(crate) fn aftershock(&mut self) {
        if self.state().is_live() {
            let event = self.report();
            let done = self.call_out.aftershock(&event, &self.plan, self.now);
            self.take(done.expect("it is live"));
        }
    }

    pub(crate) fn speak(&mut self) {
        let saying = Saying {
            text: text("the bridge is out"),
            place: self.named.clone(),
            key: None,
        };
        let done = self.call_out.speak(saying, word(), &self.plan, self.now);
        self.take(done.unwrap_or_default());
    }

    /// Vendors are asked for help on a person's word.
    pub(crate) fn ask_help(&mut self, vendors: &[&str], systems: &[u16]) {
        let wanted = Wanted {
            vendors: vendors.iter().map(|id| (*id).into()).collect(),
            systems: systems.to_vec(),
            note: None,
        };
        let done = self
            .call_out
            .request_help(wanted, word(), &self.plan, self.now);
        self.take(done.unwrap_or_default());
    }

    /// How a person stands.
    pub(crate) fn standing(&self, person: &str) -> Option<Standing> {
        Some(self.call_out.participants.get(person)?.standing())
    }

    pub(crate) fn state(&self) -> State {
        self.call_out.state
    }

    /// Messages to a person for one purpose, whatever became of them.
    pub(crate) fn messages(&self, person: &str, purpose: Purpose) -> usize {
        let to = |row: &&Row| row.draft.person.as_str() == person && row.draft.purpose == purpose;
        self.rows.iter().filter(to).count()
    }

    /// Keeps effects as the store would, and writes them into the time line.
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in &effects {
            match effect {
                Effect::Frozen => self.paper.targets = self.call_out.targets.clone(),
                Effect::Notify(draft) => self.rows.push(Row {
                    draft: draft.clone(),
                    state: ContactState::Waiting,
                    at: None,
                }),
                Effect::Participant(id) => {
                    let (place, _, participant) = self
                        .call_out
                        .participants
                        .get_full(id)
                        .expect("who changed is in it");
                    self.paper.people.insert(place, participant.clone());
                }
                Effect::Acknowledge(said) => {
                    let (place, _, participant) = self
                        .call_out
                        .participants
                        .get_full(&said.answer.person)
                        .expect("who answers is in it");
                    let stands = participant.answer.as_ref() == Some(said);
                    if let Some(kept) = self.paper.people.get_mut(&place) {
                        kept.said(said, stands);
                    }
                }
                Effect::Withdraw(_)
                | Effect::Revive(_)
                | Effect::WithdrawAll
                | Effect::Journal(_) => {}
            }
        }
        let since = self.now.duration_since(self.call_out.opened_at);
        self.lines.extend(words::lines(since, &effects));
        self.last = effects;
    }

    /// The call-out as a restart would find it: what is known of contacts
    /// follows from the outbox, the figures from the people.
    pub(crate) fn restarted(&self) -> CallOut {
        let mut again = self.call_out.clone();
        again.index = None;
        again.targets = self.paper.targets.clone();
        for (read, now) in again.targets.iter_mut().zip(&self.call_out.targets) {
            read.unfillable = now.unfillable;
        }
        let mut people: Vec<_> = self.paper.people.iter().collect();
        people.sort_by_key(|(place, _)| **place);
        again.participants = people
            .into_iter()
            .map(|(_, participant)| {
                let mut participant = participant.clone();
                participant.sent_at = None;
                participant.last_sent_at = None;
                participant.last_taken_at = None;
                for tried in &mut participant.contacts {
                    tried.state = ContactState::Untried;
                }
                (participant.person.clone(), participant)
            })
            .collect();
        for row in &self.rows {
            read(&mut again, row);
        }
        again.recount();
        again
    }
}

fn opening<'a>(plan: &'a Plan, event: &'a Arc<Event>, rule: &str) -> Opening<'a> {
    Opening {
        event,
        rule: &plan.rules[rule],
        procedure: &plan.procedures[rule],
        plan,
    }
}

/// What one row of the outbox says of a participant's contact.
fn read(call_out: &mut CallOut, row: &Row) {
    let Some(participant) = call_out.participants.get_mut(&row.draft.person) else {
        return;
    };
    if row.state == ContactState::Accepted {
        participant.sent_at = [participant.sent_at, row.at].into_iter().flatten().min();
        participant.last_sent_at = participant.last_sent_at.max(row.at);
        if row.draft.purpose.calls() {
            participant.last_taken_at = participant.last_taken_at.max(row.at);
        }
    }
    let same = participant
        .contacts
        .iter_mut()
        .find(|tried| tried.contact == row.draft.contact);
    if let Some(tried) = same
        && tried.state != ContactState::Dead
        && (row.state == ContactState::Dead || row.draft.purpose.calls())
        && (row.state != ContactState::Waiting || tried.state == ContactState::Untried)
    {
        tried.state = row.state;
    }
}

/// The word of somebody else than who entered the event.
pub(crate) fn second_word() -> Word {
    Word {
        by: Principal::new("token:chief"),
        ..word()
    }
}

/// A duty officer's word.
pub(crate) fn word() -> Word {
    Word {
        by: Principal::new("token:duty"),
        on_word_of: None,
        reason: Some("over".to_owned()),
    }
}
