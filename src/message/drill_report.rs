//! The mail that tells what came of a drill.
//!
//! Owns its words, in the layout of [`super::marked`]: the figures themselves,
//! and where the report is. It asks for no answer.

use crate::domain::call_out::CallOut;
use crate::domain::drill_report::DrillReport;
use crate::domain::event::EventKind;
use crate::domain::id::CallOutId;
use crate::domain::text::{Language, one_line};
use jiff::Timestamp;

use super::letter::Letter;
use super::marked::Marked;
use super::words::{Drills, fill};
use super::{Error, Messages, page};

impl Messages {
    /// The letter with a drill's report; `None` where it is about none.
    pub(super) fn drill_report(
        &self,
        call_out: &CallOut,
        language: Language,
    ) -> Option<Result<Letter, Error>> {
        match &call_out.event.kind {
            EventKind::DrillReport(report) => {
                Some(self.about_drill(call_out.opened_at, report, language))
            }
            _ => None,
        }
    }

    fn about_drill(
        &self,
        written: Timestamp,
        report: &DrillReport,
        language: Language,
    ) -> Result<Letter, Error> {
        let other = page::other(language);
        let (d, e) = (Drills::of(language), Drills::of(other));
        let headline = |words: &Drills, language| {
            let title = one_line(report.title.get(language));
            fill(words.report_headline, &[("title", &title)])
        };
        let says = report.says.iter();
        self.marked_letter(Marked {
            language,
            written: Some(written),
            subject: subject(report, d, language),
            band: d.report_band,
            mark: [d.report_mark, e.report_mark],
            end: d.report_end,
            headline: [headline(d, language), headline(e, other)],
            says: says.map(|said| one_line(said.get(language))).collect(),
            ask: fill(d.report_ask, &[("of", report.of.as_str())]),
            way: Some((d.report_button, self.report_link(&report.of))),
        })
    }

    /// Where the report of a run is.
    fn report_link(&self, of: &CallOutId) -> String {
        let base = self.settings.public_url.trim_end_matches('/');
        format!("{base}/api/v1/call-outs/{of}/report?format=html")
    }

    /// Where what a notice is about can be seen.
    pub(super) fn notice_link(&self, call_out: &CallOut) -> String {
        match &call_out.event.kind {
            EventKind::DrillReport(report) => self.report_link(&report.of),
            _ => self.board_link(),
        }
    }
}

/// The drill and how many answered, at a glance.
fn subject(report: &DrillReport, d: &Drills, language: Language) -> String {
    let title = one_line(report.title.get(language));
    // Why: the second sentence has the figures (`words::drills::says`).
    let figures = report.says.get(1).map(|said| one_line(said.get(language)));
    let values = [
        ("title", &*title),
        ("figures", figures.as_deref().unwrap_or_default()),
    ];
    fill(d.report_subject, &values)
}
