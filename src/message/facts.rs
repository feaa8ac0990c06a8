//! What a person is told of a call-out, fact by fact.
//!
//! Owns which facts are told, and how much of them: where the rule says that
//! little may go out, no headline, no system and no effect is among them. It
//! must not know a template.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::domain::call_out::{CallOut, Part, State, Target};
use crate::domain::drill::Answers;
use crate::domain::event::EventKind;
use crate::domain::id::PersonId;
use crate::domain::rule::Detail;
use crate::domain::text::{Language, Text, one_line};

use super::Settings;
use super::dates;
use super::reader::{Reader, Stands};
use super::words::{self, Mail, fill, list};

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

/// A call-out as one reader of one language may see it.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) call_out: &'a CallOut,
    pub(crate) zone: &'a TimeZone,
    /// The office, as it signs.
    pub(crate) organisation: &'a Text,
    pub(crate) settings: &'a Settings,
    pub(crate) language: Language,
    /// Whether the reader may see everything, whatever the rule says of mails.
    pub(crate) full: bool,
}

impl Facts<'_> {
    /// The same for a reader who may see everything.
    pub(crate) fn in_full(self, full: bool) -> Self {
        Self { full, ..self }
    }

    fn is_little(&self) -> bool {
        self.call_out.detail == Detail::Little && !self.full
    }

    /// What happened, in a few characters.
    pub(crate) fn brief(&self) -> String {
        words::event_brief(&self.call_out.event.kind, self.is_little(), self.language)
    }

    /// The same of another event.
    pub(crate) fn brief_of(&self, kind: &EventKind) -> String {
        words::event_brief(kind, self.is_little(), self.language)
    }

    /// What happened, as much of it as may be told.
    pub(crate) fn what(&self) -> String {
        if self.is_little() {
            self.brief()
        } else {
            words::event(&self.call_out.event.kind, self.call_out, self.language)
        }
    }

    /// Where to gather.
    pub(crate) fn place(&self) -> String {
        let place = one_line(self.call_out.place.get(self.language));
        if place.is_empty() {
            Mail::of(self.language).place_unknown.to_owned()
        } else {
            place
        }
    }

    /// Why this person is told.
    pub(super) fn why(&self, reader: &Reader) -> String {
        let w = Mail::of(self.language);
        match reader.part {
            Part::Asked => return w.why_asked.to_owned(),
            Part::Informed => return w.why_informed.to_owned(),
            Part::Called | Part::Vendor => {}
        }
        let targets = reader.targets.iter();
        let targets = targets.filter_map(|(index, stands)| self.placed(*index, *stands));
        let targets: Vec<String> = targets.collect();
        if targets.is_empty() {
            return w.why_more.to_owned();
        }
        let targets = list(&targets, self.language);
        let values = [("what", &*self.brief()), ("targets", &targets)];
        fill(w.why_targets, &values)
    }

    /// As what somebody stands in a target: required or holding the post, in
    /// their place, or one of all.
    fn placed(&self, index: usize, stands: Stands) -> Option<String> {
        let w = Mail::of(self.language);
        let wording = match stands {
            Stands::Everyone => w.as_everyone,
            Stands::Post => w.as_post,
            Stands::Required => w.as_required,
            Stands::Deputy => w.as_deputy,
        };
        let target = self.call_out.targets.get(index)?;
        let name = one_line(target.name.get(self.language));
        Some(fill(wording, &[("target", &name)]))
    }

    /// What happened, where to gather, why this person, what to do.
    pub(super) fn for_person(&self, reader: &Reader) -> Vec<Fact> {
        let w = Mail::of(self.language);
        let mut facts = self.with_place();
        // Why: what is over calls nobody, and nobody is to set out for it.
        if !self.call_out.state.is_live() {
            return facts;
        }
        facts.push(Fact {
            label: w.fact_why,
            value: self.why(reader),
        });
        facts.extend(self.tree(reader));
        let instruction = one_line(self.call_out.instruction.get(self.language));
        if !instruction.is_empty() && reader.is_called() {
            facts.push(Fact {
                label: w.fact_instruction,
                value: instruction,
            });
        }
        facts
    }

    /// Whether an exercise asks for no more than that it was received.
    pub(crate) fn wants_receipt(&self) -> bool {
        self.call_out.course.answers == Answers::Received
    }

    /// Whom this person reaches in the contact tree, where there is one.
    pub(super) fn tree_next(&self, reader: &Reader) -> Option<String> {
        let walk = self.call_out.course.walk.as_ref()?;
        let next = walk.tree.next(reader.itself.as_ref()?).iter();
        let next: Vec<String> = next.map(|person| self.named(person)).collect();
        (!next.is_empty()).then(|| list(&next, self.language))
    }

    /// Where this person stands in the contact tree.
    fn tree(&self, reader: &Reader) -> Vec<Fact> {
        let w = Mail::of(self.language);
        let walk = self.call_out.course.walk.as_ref();
        let itself = reader.itself.as_ref();
        let from = walk.and_then(|walk| walk.tree.caller_of(itself?));
        let fact = |label, value: Option<String>| value.map(|value| Fact { label, value });
        let from = fact(w.fact_tree_from, from.map(|person| self.named(person)));
        let next = fact(w.fact_tree_next, self.tree_next(reader));
        from.into_iter().chain(next).collect()
    }

    fn named(&self, person: &PersonId) -> String {
        let names: &dyn words::Names = self.call_out;
        let name = names.person(person, self.language);
        name.unwrap_or_else(|| person.to_string())
    }

    /// What happened and where to gather.
    pub(crate) fn with_place(&self) -> Vec<Fact> {
        let mut facts = self.of_event();
        facts.push(Fact {
            label: Mail::of(self.language).fact_place,
            value: self.place(),
        });
        facts
    }

    /// What happened in a few words, and when: for who is no staff.
    pub(crate) fn of_event_briefly(&self) -> Vec<Fact> {
        let mut facts = self.of_event();
        if let Some(what) = facts.first_mut() {
            what.value = self.brief();
        }
        facts
    }

    /// The vendors who could be asked for help, as far as may be told.
    pub(crate) fn proposed_help(&self) -> Option<Fact> {
        let value = words::proposed(self.call_out, !self.is_little(), self.language);
        (!value.is_empty()).then(|| Fact {
            label: Mail::of(self.language).fact_proposed,
            value,
        })
    }

    /// What happened, in the words of whoever reported or imagined it.
    pub(crate) fn reported(&self) -> Option<String> {
        let headline = self.call_out.event.headline.as_deref()?;
        let drill = self.call_out.mode().is_drill();
        let said = self.settings.reported(headline, drill);
        Some(one_line(said.get(self.language)))
    }

    /// What happened and when.
    pub(crate) fn of_event(&self) -> Vec<Fact> {
        let w = Mail::of(self.language);
        let event = &self.call_out.event;
        let mut facts = vec![Fact {
            label: w.fact_what,
            value: self.what(),
        }];
        let headline = self.reported().unwrap_or_default();
        if !headline.is_empty() && !self.is_little() {
            facts.push(Fact {
                label: w.fact_headline,
                value: headline,
            });
        }
        facts.push(Fact {
            label: w.fact_when,
            value: dates::date_time(event.occurred_at, self.zone, self.language),
        });
        facts
    }

    /// The needs that are not met, and how far they are.
    pub(crate) fn missing(&self) -> Option<Fact> {
        let missing = self.call_out.targets.iter().filter(|target| !target.met);
        let missing: Vec<String> = missing.map(|target| self.lacks(target)).collect();
        (!missing.is_empty()).then(|| Fact {
            label: Mail::of(self.language).fact_missing,
            value: list(&missing, self.language),
        })
    }

    fn lacks(&self, target: &Target) -> String {
        let w = Mail::of(self.language);
        let wording = if target.everyone {
            w.everyone_missing
        } else {
            w.missing
        };
        let values = [
            ("name", &*one_line(target.name.get(self.language))),
            ("need", &target.need.to_string()),
            ("have", &target.tally.have.to_string()),
            ("silent", &target.tally.silent.to_string()),
            ("unreachable", &target.tally.unreachable.to_string()),
        ];
        fill(wording, &values)
    }

    /// By when a decision is wanted, before the next in line is asked.
    pub(crate) fn decide_by(&self) -> Option<String> {
        let call_out = self.call_out;
        let waits = call_out.state == State::AwaitingDecision;
        let at = call_out.question_due().filter(|_| waits)?;
        Some(dates::near(
            at,
            call_out.opened_at,
            self.zone,
            self.language,
        ))
    }

    /// By when an answer helps: when the next stage begins, or when the need
    /// is given up.
    pub(crate) fn answer_by(&self) -> Option<String> {
        let at = answer_by(self.call_out)?;
        let call_out = self.call_out;
        Some(dates::near(
            at,
            call_out.opened_at,
            self.zone,
            self.language,
        ))
    }
}

fn answer_by(call_out: &CallOut) -> Option<Timestamp> {
    let procedure = &call_out.procedure;
    let began = call_out.stage_now().map(|stage| stage.after)?;
    let next = procedure.stages.get(call_out.stage as usize);
    let ends = next.map_or(procedure.exhausted_after, |stage| stage.after);
    let wait = SignedDuration::try_from(ends.saturating_sub(began)).ok()?;
    call_out.stage_at.checked_add(wait).ok()
}
