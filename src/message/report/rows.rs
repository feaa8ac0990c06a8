//! The people of a report's page, a line in each of its tables.
//!
//! Owns which time and which words stand beside a name. It must not know a
//! layout.

use crate::domain::text::{Language, Text, one_line};

use super::super::both::Both;
use super::super::dates;
use super::super::words::{self, Report as Words, fill};
use super::Row;
use super::page::{Person, Put};
use super::said::{failure, failures, standing};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

impl Put<'_> {
    pub(super) fn people(
        &self,
        which: impl Fn(&Row) -> bool,
        says: impl Fn(&Self, &Row) -> (String, Vec<Both>),
    ) -> Vec<Person> {
        let rows = self.report.people.iter().filter(|row| which(row));
        rows.map(|row| {
            let (at, says) = says(self, row);
            self.person(row, at, says)
        })
        .collect()
    }

    fn person(&self, row: &Row, at: String, says: Vec<Both>) -> Person {
        Person {
            name: Both::of(&row.name),
            section: Both::of(&row.section),
            standing: Both::said(|language| standing(row, language).to_owned()),
            at,
            says,
        }
    }

    pub(super) fn never(&self, row: &Row) -> (String, Vec<Both>) {
        let at = row.called_at.map(|at| self.near(at)).unwrap_or_default();
        let [ja, en] = [JA, EN].map(|language| failures(row, language));
        (
            at,
            ja.into_iter()
                .zip(en)
                .map(|(ja, en)| Both::new(ja, en))
                .collect(),
        )
    }

    /// Whose address did not exist, and what came back.
    pub(super) fn dead(&self) -> Vec<Person> {
        let dead = self.report.dead().map(|(row, failed)| {
            let at = failed.at.map(|at| self.near(at)).unwrap_or_default();
            let says = Both::said(|language| failure(failed, language));
            self.person(row, at, vec![says])
        });
        dead.collect()
    }

    pub(super) fn silent(&self, row: &Row) -> (String, Vec<Both>) {
        let at = row.sent_at.map(|at| self.near(at)).unwrap_or_default();
        let doubtful = row.answer.as_ref().filter(|answer| answer.doubtful);
        let says = doubtful.map(|answer| {
            Both::said(|language| {
                let reply = words::reply_of(&row.person, answer.answer.reply, language);
                fill(Words::of(language).silent_doubtful, &[("reply", reply)])
            })
        });
        (at, says.into_iter().collect())
    }

    pub(super) fn cannot(&self, row: &Row) -> (String, Vec<Both>) {
        let answer = row.answer.as_ref();
        let at = answer
            .map(|answer| self.near(answer.at))
            .unwrap_or_default();
        let note = answer.and_then(|answer| answer.answer.note.as_deref());
        let note = note.map(one_line).filter(|note| !note.is_empty());
        let mut says = vec![match note {
            Some(note) => Both::new(note, ""),
            None => Both::said(|language| Words::of(language).no_reason.to_owned()),
        }];
        says.extend(row.by.as_ref().map(|by| self.entered(by)));
        (at, says)
    }

    fn entered(&self, by: &Text) -> Both {
        let (w, o) = (Words::of(JA), Words::of(EN));
        let by = Both::of(by);
        let en = if by.en.is_empty() { &by.ja } else { &by.en };
        Both::new(format!("{}：{}", w.by, by.ja), format!("{}: {en}", o.by))
    }

    pub(super) fn excused(&self) -> Vec<Person> {
        let away = self.report.excused.iter();
        away.map(|away| Person {
            name: Both::of(&away.name),
            section: Both::new("", ""),
            standing: Both::new("", ""),
            at: dates::away_until(away.until, self.zone, JA),
            says: Vec::new(),
        })
        .collect()
    }

    pub(super) fn vendor(&self, row: &Row) -> Person {
        let answer = row.answer.as_ref();
        let mut says = Vec::new();
        if let Some((answer, minutes)) =
            answer.and_then(|answer| Some((answer, answer.answer.eta_minutes?)))
        {
            let at = dates::expected(answer.at, minutes);
            let (w, o) = (Words::of(JA), Words::of(EN));
            let at = self.near(at);
            says.push(Both::new(
                format!("{}：{at}", w.eta),
                format!("{}: {at}", o.eta),
            ));
        }
        let note = answer.and_then(|answer| answer.answer.note.as_deref());
        says.extend(note.map(|note| Both::new(one_line(note), "")));
        says.extend(row.by.as_ref().map(|by| self.entered(by)));
        if answer.is_none() && !row.failures.is_empty() {
            let [ja, en] = [JA, EN].map(|language| failures(row, language));
            says.extend(ja.into_iter().zip(en).map(|(ja, en)| Both::new(ja, en)));
        }
        let at = answer
            .map(|answer| self.near(answer.at))
            .unwrap_or_default();
        self.person(row, at, says)
    }
}
