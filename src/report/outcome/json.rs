//! The report for programs.
//!
//! Owns the names of its fields. Lengths of time are seconds, times carry the
//! town's offset; texts are in the plan's language.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::editions::caveats;
use super::super::status::{figures, time};
use crate::domain::id::{DrillId, PersonId};
use crate::domain::plan::Plan;
use crate::domain::run::Run;
use crate::domain::schedule::Foretold;
use crate::domain::text::Text;
use crate::message::report::{Failure, Group, Line, Report, Row, Times};
use crate::message::words;

/// The report as JSON.
pub fn json(report: &Report, plan: &Plan) -> Value {
    Shown { report, plan }.whole()
}

struct Shown<'a> {
    report: &'a Report,
    plan: &'a Plan,
}

impl Shown<'_> {
    fn whole(&self) -> Value {
        let report = self.report;
        let about = &report.about;
        let called = |which: fn(&Row) -> bool| -> Vec<Value> {
            let rows = report.people.iter().filter(|row| which(row));
            rows.map(|row| self.row(row)).collect()
        };
        let all = |rows: &[Row]| -> Vec<Value> { rows.iter().map(|row| self.row(row)).collect() };
        let lines =
            |lines: &[Line]| -> Vec<Value> { lines.iter().map(|line| self.line(line)).collect() };
        let groups =
            |groups: &[Group]| -> Vec<Value> { groups.iter().map(|it| self.group(it)).collect() };
        json!({
            "call_out": about.id.as_str(),
            "drill": about.drill,
            "drill_title": report.drill.as_ref().map(|drill| self.text(drill)),
            "state": about.state.name(),
            "title": self.text(&about.title),
            "title_en": about.title.en,
            "what": self.text(&about.what),
            "headline": about.headline,
            "place": self.text(&about.place),
            "rule": report.rule,
            "edition": report.edition.label(),
            "approved": report.edition.approved_by.is_some(),
            "approved_by": report.edition.approved_by.as_ref().map(PersonId::as_str),
            "caveats": caveats(&report.edition),
            "made_at": time(report.made_at, &self.plan.time_zone),
            "opened_at": time(about.opened_at, &self.plan.time_zone),
            "ended_at": self.at(about.ended_at),
            "ended_because": report.because.as_ref().map(|because| self.text(because)),
            "false_alarm": report.false_alarm,
            "lasted_seconds": report.lasted().as_secs(),
            "answered_after_end": report.late().iter().map(|row| row.person.as_str()).collect::<Vec<_>>(),
            "next": report.next.as_ref().map(|at| foretold(at, self.plan)),
            "counts": figures(&about.counts),
            "times": times(&report.times),
            "targets": self.targets(),
            "sections": groups(&report.sections),
            "stages": groups(&report.stages),
            "never_reached": called(Row::is_never_reached),
            "dead_addresses": report.dead().map(|(row, failed)| self.dead(row, failed)).collect::<Vec<_>>(),
            "silent": called(Row::is_silent),
            "excused": self.excused(),
            "people": all(&report.people),
            "vendors": all(&report.vendors),
            "runs": report.runs.iter().map(|it| run(it, self.plan)).collect::<Vec<_>>(),
            "stood_in": lines(&report.stood_in),
            "contact_tree": lines(&report.links),
            "acts": lines(&report.acts),
            "timeline": lines(&report.timeline),
        })
    }

    fn text<'b>(&self, text: &'b Text) -> &'b str {
        text.get(self.plan.language)
    }

    fn at(&self, at: Option<jiff::Timestamp>) -> Option<String> {
        at.map(|at| time(at, &self.plan.time_zone))
    }

    fn targets(&self) -> Vec<Value> {
        let targets = self.report.about.targets.iter().map(|target| {
            json!({
                "name": self.text(&target.name),
                "need": target.need,
                "have": target.have,
                "everyone": target.everyone,
                "met": target.met,
            })
        });
        targets.collect()
    }

    fn excused(&self) -> Vec<Value> {
        let away = self.report.excused.iter().map(|away| {
            json!({
                "person": away.person.as_str(),
                "name": self.text(&away.name),
                "until": time(away.until, &self.plan.time_zone),
            })
        });
        away.collect()
    }

    fn group(&self, group: &Group) -> Value {
        let mut value = figures(&group.counts);
        value["times"] = times(&group.times);
        if group.name.is_empty() {
            value["stage"] = group.stage.into();
            value["began_at"] = json!(self.at(group.began));
        } else {
            value["name"] = self.text(&group.name).into();
        }
        value
    }

    fn row(&self, row: &Row) -> Value {
        let answer = row.answer.as_ref();
        let why: Vec<&str> = row.why.iter().map(|name| self.text(name)).collect();
        let failures: Vec<Value> = row.failures.iter().map(|it| self.failure(it)).collect();
        let mut value = json!({
            "person": row.person.as_str(),
            "name": self.text(&row.name),
            "section": self.text(&row.section),
            "part": row.part.name(),
            "why": why,
            "stage": row.stage,
            "called_at": self.at(row.called_at),
            "sent_at": self.at(row.sent_at),
            "first_answered_at": self.at(row.first_at),
            "answered_after_seconds": seconds(row.took),
            "answer": answer.map(|answer| answer.answer.reply.name()),
            "answered_at": self.at(answer.map(|answer| answer.at)),
            "eta_minutes": answer.and_then(|answer| answer.answer.eta_minutes),
            "note": answer.and_then(|answer| answer.answer.note.as_ref()),
            "doubtful": answer.is_some_and(|answer| answer.doubtful),
            "entered_by": row.by.as_ref().map(|by| self.text(by)),
            "unreachable": row.unreachable,
            "failures": failures,
        });
        if !row.contacts.is_empty() {
            let contacts = row
                .contacts
                .iter()
                .map(|it| json!({ "channel": it.channel.to_string(), "address": it.address }));
            value["contacts"] = contacts.collect();
        }
        value
    }

    fn failure(&self, it: &Failure) -> Value {
        failure(it, self.plan)
    }

    fn dead(&self, row: &Row, failed: &Failure) -> Value {
        let mut value = self.failure(failed);
        value["person"] = row.person.as_str().into();
        value["name"] = self.text(&row.name).into();
        value
    }

    fn line(&self, line: &Line) -> Value {
        json!({
            "at": time(line.at, &self.plan.time_zone),
            "by": line.by.as_ref().map(|by| self.text(by)),
            "text": self.text(&line.text),
            "text_en": line.text.en,
        })
    }
}

/// When a drill comes, as far as it may be told.
pub fn foretold(at: &Foretold, plan: &Plan) -> Value {
    let (exact, from, to) = match at {
        Foretold::At(at) => (Some(time(*at, &plan.time_zone)), None, None),
        Foretold::Between(from, to) => (None, Some(from.to_string()), Some(to.to_string())),
    };
    let when = words::schedule::foretold(at, &plan.time_zone, plan.language);
    json!({ "at": exact, "from": from, "to": to, "when": when })
}

/// A contact that carried nothing.
pub fn failure(failure: &Failure, plan: &Plan) -> Value {
    let mut value = json!({
        "channel": failure.channel.to_string(),
        "state": failure.state.name(),
        "reason": failure.reason.map(|reason| reason.name()),
        "said": failure.said,
        "attempts": failure.attempts,
        "at": failure.at.map(|at| time(at, &plan.time_zone)),
    });
    if let Some(address) = &failure.address {
        value["address"] = address.as_str().into();
    }
    value
}

/// A run of a drill in figures.
pub fn run(run: &Run, plan: &Plan) -> Value {
    let zone = &plan.time_zone;
    json!({
        "call_out": run.call_out.as_str(),
        "drill": run.drill.as_ref().map(DrillId::as_str),
        "opened_at": time(run.opened_at, zone),
        "ended_at": run.ended_at.map(|at| time(at, zone)),
        "called": run.called(),
        "reached": run.reached(),
        "answered": run.answered(),
        "answered_percent": run.answered_percent(),
        "silent": run.silent(),
        "never_reached": run.never(),
        "excused": run.excused,
        "dead_addresses": run.dead.len(),
        "times": times(&run.times),
    })
}

/// How long some people took.
pub fn times(times: &Times) -> Value {
    json!({
        "count": times.count,
        "median_seconds": seconds(times.median),
        "p90_seconds": seconds(times.ninety),
        "longest_seconds": seconds(times.longest),
    })
}

fn seconds(length: Option<Duration>) -> Option<u64> {
    length.map(|length| length.as_secs())
}
