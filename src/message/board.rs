//! The board: every open call-out side by side, ended ones below.
//!
//! Owns what stands on it. It must work without a script; where the view says
//! so, the page asks for itself again.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::call_out::State;
use crate::domain::text::{Language, Text, one_line};

use super::command::{self, Offered};
use super::page::{self, Figure, Frame, Kind};
use super::view::{BoardView, CallOutSummary, Reader, TargetRow};
use super::words::{self, Commands, Page, fill};
use super::{Error, Messages, dates};

/// A target's bar, in hundredths of its need.
#[derive(Serialize)]
pub(super) struct Target {
    name: String,
    name_other: String,
    have: u32,
    need: u32,
    everyone: bool,
    answers: u32,
    met: bool,
    filled: u32,
    answered: u32,
    says: String,
}

/// A call-out as the board and its own page show it.
#[derive(Serialize)]
pub(super) struct Card {
    id: String,
    path: String,
    drill: bool,
    kind: &'static str,
    band: &'static str,
    band_other: &'static str,
    title: String,
    title_other: String,
    what: String,
    what_other: String,
    headline: Option<String>,
    place: String,
    state: String,
    state_other: String,
    alarm: bool,
    notes: Vec<String>,
    stage: String,
    opened: String,
    ended: Option<String>,
    held: Option<String>,
    figures: Vec<Figure>,
    away: Option<String>,
    targets: Vec<Target>,
    called: u32,
    answered: u32,
    arrived: u32,
    actions: &'static str,
    offered: Vec<Offered>,
}

#[derive(Serialize)]
struct Drill {
    title: String,
    at: String,
}

#[derive(Serialize)]
struct Board {
    p: Frame,
    at: String,
    open: Vec<Card>,
    ended: Vec<Card>,
    both: bool,
    clashes: Vec<String>,
    drills: Vec<Drill>,
    duties: Vec<String>,
    duties_title: &'static str,
    duties_title_other: &'static str,
    edition: Option<String>,
    notices: Vec<[String; 2]>,
    readiness_line: Option<String>,
    readiness: Vec<String>,
    readiness_more: Option<String>,
    renews: Option<String>,
}

impl Messages {
    /// The board.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn board(&self, view: &BoardView) -> Result<String, Error> {
        let language = view.language;
        let w = Page::of(language);
        let open = || view.open.iter().map(kind_of);
        // Why: what is gravest gives the page its colour.
        let kind = [Kind::Real, Kind::Decide, Kind::Inform, Kind::Drill];
        let kind = kind.into_iter().find(|kind| open().any(|one| one == *kind));
        let kind = kind.unwrap_or(Kind::Calm);
        let cards = |summaries: &[CallOutSummary]| -> Vec<Card> {
            let cards = summaries.iter();
            let card = |summary| self.card(summary, Some(&view.reader), language);
            cards.map(card).collect()
        };
        let context = Board {
            p: self
                .frame(kind, w.board_title.to_owned(), language)
                .renewed(view.refresh_secs)
                .read_by(&view.reader),
            at: self.as_of(view.now, language),
            open: cards(&view.open),
            ended: cards(&view.ended),
            both: view.open.iter().filter(|summary| !summary.drill).count() > 1,
            clashes: view
                .clashes
                .iter()
                .map(|clash| one_line(clash.get(language)))
                .collect(),
            drills: self.drills(view),
            duties: view
                .duties
                .iter()
                .map(|standing| words::drills::duty(standing, language))
                .collect(),
            duties_title: words::Drills::of(language).board_title,
            duties_title_other: words::Drills::of(page::other(language)).board_title,
            edition: view
                .edition
                .as_ref()
                .map(|edition| one_line(edition.get(language))),
            notices: view
                .notices
                .iter()
                .map(|notice| [language, page::other(language)].map(|l| one_line(notice.get(l))))
                .collect(),
            readiness_line: view
                .readiness_line
                .as_ref()
                .map(|line| one_line(line.get(language))),
            readiness: view
                .readiness
                .iter()
                .map(|finding| one_line(finding.get(language)))
                .collect(),
            readiness_more: view
                .readiness_line
                .as_ref()
                .map(|_| words::readiness::look(language).to_owned()),
            renews: renews(view.refresh_secs, language),
        };
        self.render("board.html", &context)
    }

    pub(super) fn as_of(&self, now: jiff::Timestamp, language: Language) -> String {
        let zone = &self.settings.time_zone;
        let day = dates::date_time(now, zone, language);
        let seconds = dates::to_the_second(now, zone);
        // Why: the seconds show that the page is alive.
        let at = format!("{}{}", day, &seconds[seconds.len().saturating_sub(3)..]);
        fill(Page::of(language).board_now, &[("at", &at)])
    }

    pub(super) fn card(
        &self,
        summary: &CallOutSummary,
        reader: Option<&Reader>,
        language: Language,
    ) -> Card {
        let other = page::other(language);
        let (w, o) = (Page::of(language), Page::of(other));
        let zone = &self.settings.time_zone;
        let kind = kind_of(summary);
        let band = |w| kind.words(w).map_or("", |[top, _]| top);
        let at = |wording, at| {
            let at = dates::date_time(at, zone, language);
            fill(wording, &[("at", &at)])
        };
        Card {
            id: summary.id.to_string(),
            path: page::call_out_path(&summary.id),
            drill: summary.drill,
            kind: kind.class(),
            band: band(w),
            band_other: if summary.drill {
                o.band_drill_says
            } else {
                band(o)
            },
            title: one_line(summary.title.get(language)),
            title_other: one_line(summary.title.get(other)),
            what: one_line(summary.what.get(language)),
            what_other: one_line(summary.what.get(other)),
            headline: summary.headline.as_deref().map(|headline| {
                let said = self.settings.reported(headline, summary.drill);
                one_line(said.get(language))
            }),
            place: one_line(summary.place.get(language)),
            state: one_line(summary.stands.get(language)),
            state_other: one_line(summary.stands.get(other)),
            alarm: summary.state == State::Exhausted && !summary.undecided,
            notes: summary
                .notes
                .iter()
                .map(|note| one_line(note.get(language)))
                .collect(),
            stage: stage(summary, language),
            opened: at(w.opened, summary.opened_at),
            ended: summary.ended_at.map(|ended| at(w.ended, ended)),
            held: held(summary).map(|until| {
                let until = dates::to_the_second(until, zone);
                fill(w.held_until, &[("at", &until)])
            }),
            figures: page::figures(&summary.counts, language),
            away: self.away(summary, language),
            targets: summary
                .targets
                .iter()
                .map(|row| target(row, language))
                .collect(),
            called: summary.counts.called,
            answered: summary.counts.answered,
            arrived: summary.counts.arrived,
            actions: Commands::of(language).actions,
            offered: reader
                .map(|reader| command::offered(summary, reader, language))
                .unwrap_or_default(),
        }
    }

    /// Who is passed over because they are away; of very many the first.
    fn away(&self, summary: &CallOutSummary, language: Language) -> Option<String> {
        const NAMED: usize = 8;
        let w = Page::of(language);
        let one = |(name, until): &(Text, Timestamp)| {
            let until = dates::away_until(*until, &self.settings.time_zone, language);
            let name = one_line(name.get(language));
            fill(w.passed_over_one, &[("person", &name), ("until", &until)])
        };
        let mut people: Vec<String> = summary.away.iter().take(NAMED).map(one).collect();
        let more = summary.away.len().saturating_sub(NAMED);
        if more > 0 {
            people.push(fill(w.passed_over_more, &[("count", &more.to_string())]));
        }
        let people = words::list(&people, language);
        (!people.is_empty()).then(|| fill(w.passed_over, &[("people", &people)]))
    }

    fn drills(&self, view: &BoardView) -> Vec<Drill> {
        let language = view.language;
        let drills = view.drills.iter().map(|drill| Drill {
            title: one_line(drill.title.get(language)),
            at: words::schedule::foretold(&drill.when, &self.settings.time_zone, language),
        });
        drills.collect()
    }
}

pub(super) fn renews(seconds: Option<u32>, language: Language) -> Option<String> {
    let seconds = seconds?.to_string();
    Some(fill(Page::of(language).refreshed, &[("seconds", &seconds)]))
}

fn kind_of(summary: &CallOutSummary) -> Kind {
    Kind::standing(summary.drill, summary.state)
}

/// Until when it is held, while it is.
fn held(summary: &CallOutSummary) -> Option<jiff::Timestamp> {
    summary.held_until.filter(|_| summary.state == State::Held)
}

fn stage(summary: &CallOutSummary, language: Language) -> String {
    let w = Page::of(language);
    if summary.stage == 0 {
        return w.stage_none.to_owned();
    }
    let (stage, stages) = (summary.stage.to_string(), summary.stages.to_string());
    fill(w.stage_of, &[("stage", &stage), ("stages", &stages)])
}

fn target(row: &TargetRow, language: Language) -> Target {
    let part = |count: u32| (count * 100).checked_div(row.need).unwrap_or(100).min(100);
    let answers = row.have + row.other_answers;
    let (have, need) = (row.have.to_string(), row.need.to_string());
    Target {
        name: one_line(row.name.get(language)),
        name_other: one_line(row.name.get(page::other(language))),
        have: row.have,
        need: row.need,
        everyone: row.everyone,
        answers,
        met: row.met,
        filled: part(row.have),
        answered: if row.everyone {
            part(answers)
        } else {
            part(row.have)
        },
        says: fill(Page::of(language).bar, &[("have", &have), ("need", &need)]),
    }
}
