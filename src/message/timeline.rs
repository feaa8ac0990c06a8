//! The account of a call-out in sentences, one for each entry.
//!
//! Owns how an entry is said; the words themselves are in `words`. It must
//! not leave out who did a thing where the entry says so.

use jiff::tz::TimeZone;

use crate::domain::acknowledgement::Via;
use crate::domain::edition::Caveat;
use crate::domain::id::{PersonId, Principal};
use crate::domain::journal::{BrokenBecause, Entry, StageCause};
use crate::domain::text::{Language, Text, one_line, without_addresses};

use super::dates;
use super::words::{self, Names, Timeline, fill, list};

mod mail;
mod reports;

/// One entry as a sentence without markup, for a page, a report or a
/// terminal.
pub fn plain(entry: &Entry, names: &dyn Names, zone: &TimeZone, language: Language) -> String {
    Teller {
        w: Timeline::of(language),
        names,
        zone,
        language,
    }
    .tell(entry)
}

struct Teller<'a> {
    w: &'static Timeline,
    names: &'a dyn Names,
    zone: &'a TimeZone,
    language: Language,
}

impl Teller<'_> {
    fn tell(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Event { .. }
            | Entry::Held { .. }
            | Entry::Confirmed { .. }
            | Entry::Cancelled { .. }
            | Entry::StoodDown { .. }
            | Entry::Forced { .. } => self.word(entry),
            Entry::Edition { number, caveats } => self.edition(*number, caveats),
            Entry::Opened { targets } => fill(w.opened, &[("targets", &targets.to_string())]),
            Entry::Stage { .. } | Entry::StagePassed { .. } | Entry::Reminded { .. } => {
                self.stage(entry)
            }
            Entry::Unmet {
                stage,
                targets,
                told,
            } => {
                let (stage, told) = (stage.to_string(), told.to_string());
                let targets = self.targets(targets);
                let values = [("stage", &*stage), ("told", &told), ("targets", &targets)];
                fill(w.unmet, &values)
            }
            Entry::CalledNext { .. } | Entry::PassedOn { .. } | Entry::LinkBroken { .. } => {
                self.next(entry)
            }
            Entry::ContactDead { .. } | Entry::ContactFailing { .. } => self.contact_dead(entry),
            Entry::Unreachable { .. } | Entry::PassedOver { .. } | Entry::Back { .. } => {
                self.away(entry)
            }
            Entry::Answered { .. } | Entry::Mail { .. } => self.answered(entry),
            Entry::Met { target, have } => {
                let values = [("target", &*self.text(target)), ("have", &have.to_string())];
                // Why: where everybody is waited for, none of them may be coming.
                fill(if *have == 0 { w.met_answered } else { w.met }, &values)
            }
            Entry::Reopened { target } => fill(w.reopened, &[("target", &self.text(target))]),
            Entry::Exhausted { targets: t } => fill(w.exhausted, &[("targets", &self.targets(t))]),
            Entry::Recovered => w.recovered.to_owned(),
            Entry::Ended => w.ended.to_owned(),
            Entry::Ordered { .. }
            | Entry::RowChosen { .. }
            | Entry::Unconfirmed { .. }
            | Entry::Renewed { .. }
            | Entry::Paused { .. }
            | Entry::Asked { .. }
            | Entry::Decided { .. }
            | Entry::InSection { .. }
            | Entry::Undecided { .. } => self.decision(entry),
            Entry::Grown { .. }
            | Entry::GrowthHeld { .. }
            | Entry::GrowthStopped { .. }
            | Entry::Aftershock { .. }
            | Entry::CorrectionPending { .. }
            | Entry::CorrectionStopped { .. }
            | Entry::Corrected { .. }
            | Entry::Said { .. }
            | Entry::Clash { .. }
            | Entry::Doubled { .. }
            | Entry::BothCalled { .. }
            | Entry::AlsoCalled { .. }
            | Entry::Unfillable { .. }
            | Entry::HelpAsked { .. }
            | Entry::HelpNext { .. }
            | Entry::HelpGone { .. }
            | Entry::HelpOut { .. }
            | Entry::HelpLeftOut { .. }
            | Entry::HelpReleased { .. } => self.report(entry),
            Entry::ClockSet { by } => words::alarm::clock(*by).get(self.language).to_owned(),
            Entry::Late { by } => fill(w.late, &[("by", &dates::span(*by, self.language))]),
        }
    }

    /// Who comes next: in somebody's place, or in a contact tree.
    fn next(&self, entry: &Entry) -> String {
        let w = self.w;
        let (person, next, wording) = match entry {
            Entry::LinkBroken {
                person,
                because,
                next,
            } => {
                let wording = match because {
                    BrokenBecause::Silent => w.link_silent,
                    BrokenBecause::Unreachable => w.link_unreachable,
                    BrokenBecause::Away => w.link_away,
                };
                (person, next, wording)
            }
            Entry::PassedOn { person, next } => (person, next, w.link_passed),
            Entry::CalledNext {
                person,
                instead_of,
                target,
            } => return self.called_next([person, instead_of], target),
            _ => return String::new(),
        };
        let next: Vec<String> = next.iter().map(|person| self.person(person)).collect();
        let next = match next.is_empty() {
            true => w.link_nobody.to_owned(),
            false => list(&next, self.language),
        };
        fill(
            wording,
            &[("person", &*self.person(person)), ("next", &next)],
        )
    }

    fn called_next(&self, [person, instead_of]: [&PersonId; 2], target: &Text) -> String {
        let (person, other) = (self.person(person), self.person(instead_of));
        let target = self.text(target);
        let values = [
            ("person", &*person),
            ("instead_of", &other),
            ("target", &target),
        ];
        fill(self.w.called_next, &values)
    }

    fn edition(&self, number: u32, caveats: &[Caveat]) -> String {
        let said = |caveat: &Caveat| words::caveat(*caveat, self.language);
        let caveats: Vec<String> = caveats.iter().map(said).collect();
        let caveats = caveats.join(self.w.edition_and);
        let values = [("number", &*number.to_string()), ("caveats", &caveats)];
        fill(self.w.edition, &values)
    }

    /// What somebody said should happen.
    fn word(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Event { kind, headline, by } => {
                let what = words::event(kind, self.names, self.language);
                let by = self.by(by, None);
                let headline = headline.as_deref().map(one_line).unwrap_or_default();
                let wording = if headline.is_empty() {
                    w.event
                } else {
                    w.event_headline
                };
                let values = [("what", &*what), ("by", &by), ("headline", &headline)];
                fill(wording, &values)
            }
            Entry::Forced { by, reason } => fill(
                w.forced,
                &[("by", &self.by(by, None)), ("reason", &one_line(reason))],
            ),
            Entry::Held {
                until,
                second_person,
            } => {
                let until = dates::to_the_second(*until, self.zone);
                let wording = if *second_person {
                    w.held_second
                } else {
                    w.held
                };
                fill(wording, &[("until", &until)])
            }
            Entry::Confirmed {
                by,
                on_word_of,
                digest,
            } => {
                // A correction has no digest: it calls nobody.
                let wording = match digest {
                    Some(_) => w.confirmed,
                    None => w.correction_confirmed,
                };
                fill(wording, &[("by", &self.by(by, on_word_of.as_ref()))])
            }
            Entry::Cancelled {
                by,
                on_word_of,
                reason,
            } => {
                let by = self.by(by, on_word_of.as_ref());
                let reason = reason.as_deref().map(one_line).unwrap_or_default();
                let wording = if reason.is_empty() {
                    w.cancelled
                } else {
                    w.cancelled_reason
                };
                fill(wording, &[("by", &by), ("reason", &reason)])
            }
            Entry::StoodDown {
                by,
                reason,
                false_alarm,
            } => {
                let wording = if *false_alarm {
                    w.false_alarm
                } else {
                    w.stood_down
                };
                let values = [("by", &*self.by(by, None)), ("reason", &one_line(reason))];
                fill(wording, &values)
            }
            _ => String::new(),
        }
    }

    fn stage(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::Stage {
                stage,
                cause,
                called,
                reminded,
            } => {
                let wording = match (called, reminded) {
                    (0, 0) => w.stage_waits,
                    (_, 0) => w.stage_called,
                    (0, _) => w.stage_reminded,
                    _ => w.stage_both,
                };
                let numbers = [*stage, *called, *reminded].map(|number| number.to_string());
                let values = [
                    ("stage", &*numbers[0]),
                    ("called", &numbers[1]),
                    ("reminded", &numbers[2]),
                ];
                let said = fill(wording, &values);
                match cause {
                    StageCause::Due => said,
                    StageCause::NothingMore => fill(w.nothing_more, &[("stage", &said)]),
                }
            }
            Entry::StagePassed { stage } => fill(w.stage_passed, &[("stage", &stage.to_string())]),
            Entry::Reminded { stage, people } => {
                let (stage, people) = (stage.to_string(), people.to_string());
                fill(w.reminded, &[("stage", &stage), ("people", &people)])
            }
            _ => String::new(),
        }
    }

    fn contact_dead(&self, entry: &Entry) -> String {
        let (Entry::ContactDead {
            person,
            channel,
            reason,
            detail,
        }
        | Entry::ContactFailing {
            person,
            channel,
            reason,
            detail,
        }) = entry
        else {
            return String::new();
        };
        // Why: an account of before they were left out may hold some.
        let detail = words::bounced(&without_addresses(&one_line(detail), ""), self.language);
        let wording = if detail.is_empty() {
            self.w.contact_dead
        } else {
            self.w.contact_dead_detail
        };
        let values = [
            ("person", &*self.person(person)),
            ("channel", &words::channel(channel, self.language)),
            ("reason", words::reason(*reason, self.language)),
            ("detail", &detail),
        ];
        let said = fill(wording, &values);
        match entry {
            Entry::ContactFailing { .. } => format!("{said}{}", self.w.contact_failing),
            _ => said,
        }
    }

    /// Who is away, and who is back.
    fn away(&self, entry: &Entry) -> String {
        let w = self.w;
        match entry {
            Entry::PassedOver {
                person,
                until,
                target,
            } => {
                let wording = match target {
                    Some(_) => w.passed_over_target,
                    None => w.passed_over,
                };
                let target = target.as_ref().map(|target| self.text(target));
                let values = [
                    ("person", &*self.person(person)),
                    (
                        "until",
                        &dates::away_until(*until, self.zone, self.language),
                    ),
                    ("target", &target.unwrap_or_default()),
                ];
                fill(wording, &values)
            }
            Entry::Back { person, called } => {
                let wording = if *called { w.back_called } else { w.back };
                fill(wording, &[("person", &self.person(person))])
            }
            Entry::Unreachable { person } => {
                fill(w.unreachable, &[("person", &self.person(person))])
            }
            _ => String::new(),
        }
    }

    fn answered(&self, entry: &Entry) -> String {
        let Entry::Answered {
            person,
            reply,
            eta_minutes,
            note,
            via,
            by,
            doubtful,
        } = entry
        else {
            return self.mail(entry);
        };
        let w = self.w;
        let wording = match via {
            Via::Link(_) => w.answered,
            Via::Reply => w.answered_by_reply,
            Via::OnBehalf => w.answered_on_behalf,
        };
        let values = [
            ("person", &*self.person(person)),
            ("reply", words::reply_of(person, *reply, self.language)),
            ("by", &self.by(by, None)),
        ];
        let mut said = fill(wording, &values);
        if let Some(minutes) = eta_minutes {
            let eta = dates::eta(*minutes, self.language);
            said = fill(w.answer_eta, &[("answer", &said), ("eta", &eta)]);
        }
        if let Some(note) = note
            .as_deref()
            .map(one_line)
            .filter(|note| !note.is_empty())
        {
            said = fill(w.answer_note, &[("answer", &said), ("note", &note)]);
        }
        if *doubtful {
            said = fill(w.answer_doubtful, &[("answer", &said)]);
        }
        said
    }

    fn by(&self, by: &Principal, on_word_of: Option<&PersonId>) -> String {
        let by = words::principal(by, self.names, self.language);
        match on_word_of {
            None => by,
            Some(person) => {
                let values = [("by", &*by), ("person", &self.person(person))];
                fill(self.w.on_word_of, &values)
            }
        }
    }

    fn person(&self, id: &PersonId) -> String {
        let name = self.names.person(id, self.language);
        name.unwrap_or_else(|| one_line(id.as_str()))
    }

    fn text(&self, text: &Text) -> String {
        one_line(text.get(self.language))
    }

    fn targets(&self, targets: &[Text]) -> String {
        let names: Vec<String> = targets.iter().map(|target| self.text(target)).collect();
        list(&names, self.language)
    }
}
