//! The account's sentences about decisions, later reports, words and clashes.
//!
//! Owns how these are said; the parent says the others.

use super::{Teller, dates, fill, list, words};
use crate::domain::event::EventKind;
use crate::domain::id::PersonId;
use crate::domain::journal::Entry;
use crate::domain::rule::Decision;
use crate::domain::text::{Text, one_line};

impl Teller<'_> {
    /// Who ordered, who was asked, what was decided.
    pub(super) fn decision(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Ordered {
                person,
                acting_for,
                by,
            } => {
                let (wording, post) = match acting_for {
                    Some(post) => (w.ordered_acting, self.text(post)),
                    None => (w.ordered, String::new()),
                };
                let values = [
                    ("person", &*self.person(person)),
                    ("post", &post),
                    ("by", &self.by(by, None)),
                ];
                fill(wording, &values)
            }
            Entry::RowChosen { rule, by } => {
                let values = [("rule", rule.as_str()), ("by", &self.by(by, None))];
                fill(w.row_chosen, &values)
            }
            Entry::Unconfirmed { again_at } => {
                fill(w.unconfirmed, &[("again", &self.at(*again_at))])
            }
            Entry::Renewed { until } => fill(w.renewed, &[("until", &self.at(*until))]),
            Entry::Paused { late, again_at } => {
                let values = [
                    ("late", &*dates::span(*late, self.language)),
                    ("again", &self.at(*again_at)),
                ];
                fill(w.paused, &values)
            }
            Entry::Asked { people, until } => {
                let values = [
                    ("people", &*self.people(people)),
                    ("until", &self.at(*until)),
                ];
                fill(w.asked, &values)
            }
            Entry::Decided { .. } => self.decided(entry),
            Entry::InSection { again_at } => fill(w.in_section, &[("again", &self.at(*again_at))]),
            Entry::Undecided { asked, again_at } => {
                let said = if *asked { w.undecided } else { w.unasked };
                match again_at {
                    Some(at) => {
                        let values = [("said", said), ("again", &*self.at(*at))];
                        fill(w.undecided_again, &values)
                    }
                    None => said.to_owned(),
                }
            }
            _ => String::new(),
        }
    }

    fn decided(&self, entry: &Entry) -> String {
        let Entry::Decided {
            decision,
            by,
            person,
            deputy,
        } = entry
        else {
            return String::new();
        };
        let w = self.w;
        let decision = match decision {
            Decision::Muster => w.decided_muster,
            Decision::HandleInSection => w.decided_section,
        };
        let wording = match (person, deputy) {
            (None, _) => w.decided_unnamed,
            (Some(_), false) => w.decided_by,
            (Some(_), true) => w.decided_deputy,
        };
        let person = person.as_ref().map(|person| self.person(person));
        let values = [
            ("decision", decision),
            ("person", &*person.unwrap_or_default()),
            ("by", &self.by(by, None)),
        ];
        fill(wording, &values)
    }

    /// What was reported later, what was said, who is wanted twice.
    pub(super) fn report(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Grown { .. } => self.grown(entry),
            Entry::GrowthHeld { .. } => self.growth_held(entry),
            Entry::GrowthStopped { by, on_word_of } => fill(
                w.growth_stopped,
                &[("by", &self.by(by, on_word_of.as_ref()))],
            ),
            Entry::Aftershock { kind, headline, by } => {
                let values = [("what", &*self.what(kind)), ("by", &self.by(by, None))];
                self.headed(fill(w.aftershock, &values), headline.as_deref())
            }
            Entry::CorrectionPending {
                kind, until, by, ..
            } => {
                let (wording, what) = match kind {
                    Some(kind) => (w.correction, self.what(kind)),
                    None => (w.correction_nothing, String::new()),
                };
                let values = [
                    ("what", &*what),
                    ("until", &self.at(*until)),
                    ("by", &self.by(by, None)),
                ];
                fill(wording, &values)
            }
            Entry::CorrectionStopped { by, on_word_of } => fill(
                w.correction_stopped,
                &[("by", &self.by(by, on_word_of.as_ref()))],
            ),
            Entry::Corrected { rule, released } => {
                let values = [("rule", rule.as_str()), ("released", &released.to_string())];
                fill(w.corrected, &values)
            }
            Entry::Said { .. } => self.said(entry),
            Entry::Clash { .. } => self.clash(entry),
            Entry::Doubled { .. } | Entry::BothCalled { .. } | Entry::AlsoCalled { .. } => {
                self.called_twice(entry)
            }
            Entry::Unfillable { target, short } => {
                let values = [
                    ("target", &*self.text(target)),
                    ("short", &short.to_string()),
                ];
                fill(w.unfillable, &values)
            }
            _ => self.help(entry),
        }
    }

    /// Who is called in several duties or call-outs, as many.
    fn called_twice(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Doubled { people, targets } => {
                let values = [
                    ("people", &*self.people(people)),
                    ("targets", &self.targets(targets)),
                ];
                fill(w.doubled, &values)
            }
            Entry::BothCalled { other, people } => {
                let values = [("other", other.as_str()), ("people", &people.to_string())];
                fill(w.both_called, &values)
            }
            Entry::AlsoCalled { call_outs, people } => {
                let values = [
                    ("call_outs", &*call_outs.to_string()),
                    ("people", &people.to_string()),
                ];
                fill(w.also_called, &values)
            }
            _ => String::new(),
        }
    }

    /// Which vendors were asked for help, and who is left there.
    fn help(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::HelpAsked {
                desk,
                systems,
                note,
                by,
                on_word_of,
                until,
                ..
            } => {
                let by = by.as_ref().map(|by| self.by(by, on_word_of.as_ref()));
                let systems = words::systems(systems, self.names, self.language);
                let wording = if systems.is_empty() {
                    w.help_asked
                } else {
                    w.help_asked_systems
                };
                let values = [
                    ("desk", &*self.person(desk)),
                    ("systems", &systems),
                    ("by", by.as_deref().unwrap_or(w.help_by_rule)),
                    ("until", &self.at(*until)),
                ];
                self.headed(fill(wording, &values), note.as_deref())
            }
            Entry::HelpNext {
                desk,
                instead_of,
                until,
            } => {
                let values = [
                    ("desk", &*self.person(desk)),
                    ("instead_of", &self.person(instead_of)),
                    ("until", &self.at(*until)),
                ];
                fill(w.help_next, &values)
            }
            Entry::HelpGone { vendor } => fill(w.help_gone, &[("vendor", &self.text(vendor))]),
            Entry::HelpOut { vendor } => fill(w.help_out, &[("vendor", &self.text(vendor))]),
            Entry::HelpLeftOut { vendors } => {
                fill(w.help_left_out, &[("vendors", &self.targets(vendors))])
            }
            Entry::HelpReleased { vendors } => {
                fill(w.help_released, &[("vendors", &self.targets(vendors))])
            }
            _ => String::new(),
        }
    }

    fn grown(&self, entry: &Entry) -> String {
        let Entry::Grown {
            kind,
            headline,
            rule,
            targets,
            by,
        } = entry
        else {
            return String::new();
        };
        let wording = if targets.is_empty() {
            self.w.grown
        } else {
            self.w.grown_targets
        };
        let values = [
            ("what", &*self.what(kind)),
            ("rule", rule.as_str()),
            ("targets", &self.targets(targets)),
            ("by", &self.by(by, None)),
        ];
        self.headed(fill(wording, &values), headline.as_deref())
    }

    fn said(&self, entry: &Entry) -> String {
        let Entry::Said {
            text,
            place,
            by,
            told,
        } = entry
        else {
            return String::new();
        };
        let w = self.w;
        let place = place.as_deref().map(one_line);
        let wording = if place.is_some() {
            w.said_place
        } else {
            w.said
        };
        let values = [
            ("text", &*one_line(text)),
            ("place", &place.unwrap_or_default()),
            ("by", &self.by(by, None)),
            ("told", &told.to_string()),
        ];
        fill(wording, &values)
    }

    fn growth_held(&self, entry: &Entry) -> String {
        let Entry::GrowthHeld {
            kind,
            headline,
            rule,
            until,
            second_person,
            by,
        } = entry
        else {
            return String::new();
        };
        let wording = if *second_person {
            self.w.growth_held_second
        } else {
            self.w.growth_held
        };
        let values = [
            ("what", &*self.what(kind)),
            ("rule", rule.as_str()),
            ("until", &self.at(*until)),
            ("by", &self.by(by, None)),
        ];
        self.headed(fill(wording, &values), headline.as_deref())
    }

    fn clash(&self, entry: &Entry) -> String {
        let Entry::Clash {
            person,
            other,
            here,
            there,
            deputies,
            vacant,
        } = entry
        else {
            return String::new();
        };
        let w = self.w;
        let wording = if other.is_some() {
            w.clash_other
        } else {
            w.clash_within
        };
        let other = other.as_ref().map(ToString::to_string);
        let values = [
            ("person", &*self.person(person)),
            ("here", &self.targets(here)),
            ("there", &self.targets(there)),
            ("other", &other.unwrap_or_default()),
        ];
        let mut clash = fill(wording, &values);
        if !vacant.is_empty() {
            let values = [("clash", &*clash), ("targets", &self.targets(vacant))];
            clash = fill(w.clash_vacant, &values);
        }
        if deputies.is_empty() {
            return clash;
        }
        let deputy = |(target, person): &(Text, PersonId)| {
            let values = [
                ("target", &*self.text(target)),
                ("person", &self.person(person)),
            ];
            fill(w.clash_deputy, &values)
        };
        let deputies: Vec<String> = deputies.iter().map(deputy).collect();
        let deputies = list(&deputies, self.language);
        let values = [("clash", &*clash), ("deputies", &deputies)];
        fill(w.clash_deputies, &values)
    }

    fn headed(&self, said: String, headline: Option<&str>) -> String {
        let headline = headline.map(one_line).unwrap_or_default();
        if headline.is_empty() {
            return said;
        }
        let values = [("said", &*said), ("headline", &headline)];
        fill(self.w.with_headline, &values)
    }

    fn what(&self, kind: &EventKind) -> String {
        words::event(kind, self.names, self.language)
    }

    fn at(&self, at: jiff::Timestamp) -> String {
        dates::to_the_second(at, self.zone)
    }

    fn people(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people.iter().map(|person| self.person(person)).collect();
        list(&names, self.language)
    }
}
