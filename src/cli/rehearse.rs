//! `muster rehearse`: an event played in virtual time, for a tabletop drill.
//!
//! Owns what is printed of it; `report::rehearse` plays. It speaks to no
//! daemon and sends nothing.

use std::time::Duration;

use super::arguments::{Global, Rehearse};
use super::compare::unreadable;
use super::configuration;
use super::editions;
use super::explain::{imagined, offset};
use super::failure::Failure;
use super::output;
use crate::clock::Clock;
use crate::config::{Source, answers};
use crate::domain::call_out::{Participant, Standing, Target};
use crate::domain::plan::Plan;
use crate::domain::rule::Decision;
use crate::domain::text::Language;
use crate::engine::acceptable;
use crate::message::timeline;
use crate::message::words::{self, Rehearsal as Words, fill};
use crate::report::rehearse::{
    Assumed, BY, Deciding, End, Imagined, Line, Rates, Rehearsed, Script, What, json,
    rehearse as play,
};

/// How many people a line names.
const NAMED: usize = 8;

/// Plays an event and prints what came of it.
pub(super) fn rehearse(global: &Global, arguments: &Rehearse) -> Result<(), Failure> {
    let (_, checked) = configuration::read_aloud(global)?;
    let plan = &checked.plan;
    let imagined = imagined(&arguments.event, plan)?;
    let now = Clock::system().now();
    acceptable(&imagined.event(BY, now), plan)
        .map_err(|error| Failure::usage(error.ja(), error.to_string()))?;
    let assumed = assumed(arguments, plan)?;
    for report in &assumed.script.reports {
        later_report(&imagined, &report.event, plan)?;
    }
    let rehearsed = play(plan, &imagined, &assumed, now);
    let language = global.language();
    if global.json {
        output::json(&json(rehearsed.as_ref(), &assumed, plan, language));
        return Ok(());
    }
    let w = Words::of(language);
    for language in [language, other(language)] {
        output::say(Words::of(language).nothing_sent);
    }
    output::say(&said_assumed(arguments, &assumed, w));
    let edition = words::edition(&plan.edition, &plan.roster, language);
    output::say(&edition);
    editions::say_caveats(&plan.edition);
    let Some(rehearsed) = &rehearsed else {
        output::say(w.no_rule);
        return Ok(());
    };
    let names = if arguments.all { usize::MAX } else { NAMED };
    let shown = Shown {
        rehearsed,
        plan,
        language,
        w,
        names,
        deciding: assumed.deciding(),
    };
    shown.say();
    Ok(())
}

const fn other(language: Language) -> Language {
    match language {
        Language::Ja => Language::En,
        Language::En => Language::Ja,
    }
}

/// Refuses a later report that the daemon would refuse.
fn later_report(first: &Imagined, later: &Imagined, plan: &Plan) -> Result<(), Failure> {
    let (first, kind) = (first.kind.name(), later.kind.name());
    if first != kind {
        return Err(Failure::usage(
            format!("種類が {kind:?} の続報は、種類が {first:?} の事象の続報になりません"),
            format!(
                "a later report of the kind {kind:?} cannot be of the same event, which is of the kind {first:?}"
            ),
        ));
    }
    acceptable(&later.event(BY, Clock::system().now()), plan).map_err(|error| {
        Failure::usage(
            format!("続報: {}", error.ja()),
            format!("a later report: {error}"),
        )
    })
}

/// The decision that is assumed; with a file, none but what is said.
fn deciding(arguments: &Rehearse) -> Option<Deciding> {
    let decision = match arguments.decide.as_deref() {
        None if arguments.answers.is_some() => return None,
        None => None,
        Some(name) => Some(Decision::parse(name)?),
    };
    Some(Deciding {
        after: arguments.decide_after,
        decision,
    })
}

fn assumed(arguments: &Rehearse, plan: &Plan) -> Result<Assumed, Failure> {
    let (script, usual) = match &arguments.answers {
        None => (Script::default(), Rates::USUAL),
        Some(file) => {
            let shown = file.display().to_string();
            let bytes = std::fs::read(file).map_err(|error| unreadable(&shown, &error))?;
            let text = String::from_utf8(bytes).map_err(|_| {
                Failure::usage(
                    format!("{shown} が UTF-8 ではありません。UTF-8 で保存してください"),
                    format!("{shown} is not UTF-8; save it as UTF-8"),
                )
            })?;
            let script = answers(&Source::new(shown, text), &plan.roster)
                .map_err(|problems| Failure::problems_of_file(&problems))?;
            (script, Rates::NONE)
        }
    };
    let rates = Rates {
        coming: arguments.coming.unwrap_or(usual.coming),
        cannot: arguments.cannot.unwrap_or(usual.cannot),
        dead: arguments.dead.unwrap_or(usual.dead),
    };
    if rates.coming + rates.cannot > 1.0 + f64::EPSILON {
        return Err(Failure::usage(
            format!(
                "--coming {} と --cannot {} の合計が全員を超えます。合わせて 1 までにしてください",
                rates.coming, rates.cannot
            ),
            format!(
                "--coming {} and --cannot {} are more than everybody; let them be 1 together at most",
                rates.coming, rates.cannot
            ),
        ));
    }
    Ok(Assumed {
        seed: arguments.seed,
        rates,
        script,
        decide: deciding(arguments),
        length: arguments.length,
    })
}

fn said_assumed(arguments: &Rehearse, assumed: &Assumed, w: &Words) -> String {
    let percent = |share: f64| {
        let text = format!("{:.1}", share * 100.0);
        text.trim_end_matches(".0").to_owned()
    };
    let rates = assumed.rates;
    let file = arguments.answers.as_ref();
    let file = file.map(|file| file.display().to_string());
    let wording = if file.is_some() {
        w.assumed_file
    } else {
        w.assumed_rates
    };
    let values = [
        ("file", &*file.unwrap_or_default()),
        ("coming", &percent(rates.coming)),
        ("cannot", &percent(rates.cannot)),
        ("dead", &percent(rates.dead)),
        ("seed", &assumed.seed.to_string()),
    ];
    fill(wording, &values)
}

/// One rule's rehearsal, for people.
struct Shown<'a> {
    rehearsed: &'a Rehearsed,
    plan: &'a Plan,
    language: Language,
    w: &'static Words,
    names: usize,
    deciding: Option<Deciding>,
}

impl Shown<'_> {
    fn say(&self) {
        let Rehearsed { rule, call_out, .. } = self.rehearsed;
        output::say("");
        let title = rule.title.get(self.language);
        output::say(&format!("{}  {title}  ({})", rule.id, rule.source));
        let place = call_out.place.get(self.language);
        output::say(&fill(self.w.place, &[("place", place)]));
        if let Some(decision) = &call_out.terms.decision {
            output::say(&self.assumed_decision(decision.first));
        }
        self.heading(self.w.timeline);
        for line in &self.rehearsed.lines {
            output::say(&self.line(line));
        }
        self.heading(self.w.targets);
        let targets = call_out.targets.iter().zip(&self.rehearsed.met_after);
        for (target, met_after) in targets {
            output::say(&format!("  {}", self.target(target, *met_after)));
        }
        self.heading(self.w.people);
        self.people();
        output::say(&format!("  {}", self.figures()));
        output::say(&format!("  {}", self.end()));
    }

    /// What is assumed of a decision that the call-out waits for.
    fn assumed_decision(&self, first: Option<Decision>) -> String {
        let Some(deciding) = self.deciding else {
            return self.w.assumed_no_decision.to_owned();
        };
        let decision = deciding.decision.or(first).unwrap_or(Decision::Muster);
        let values = [
            ("after", &*offset(deciding.after)),
            ("decision", words::decision(decision, self.language)),
        ];
        fill(self.w.assumed_decision, &values)
    }

    fn heading(&self, words: &str) {
        output::say("");
        output::say(words);
    }

    fn line(&self, line: &Line) -> String {
        let after = offset(line.after);
        match &line.what {
            What::Entry(record) => {
                let zone = self.rehearsed.clock(&record.entry, &self.plan.time_zone);
                let call_out = &self.rehearsed.call_out;
                let words = timeline::plain(&record.entry, call_out, &zone, self.language);
                format!("  +{after}  {words}")
            }
            What::Sent(purpose, people) => {
                let names = people.iter().map(|to| to.name.get(self.language));
                let values = [
                    ("purpose", words::purpose(*purpose, self.language)),
                    ("count", &people.len().to_string()),
                    ("people", &self.named(names)),
                ];
                format!("  +{after}    → {}", fill(self.w.sent, &values))
            }
        }
    }

    /// The first few names, and how many more.
    fn named<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        let names: Vec<String> = names.map(str::to_owned).collect();
        let shown = &names[..names.len().min(self.names)];
        let said = words::list(shown, self.language);
        match names.len() - shown.len() {
            0 => said,
            more => fill(
                self.w.and_more,
                &[("people", &said), ("more", &more.to_string())],
            ),
        }
    }

    fn target(&self, target: &Target, met_after: Option<Duration>) -> String {
        let w = self.w;
        let wording = match (met_after, target.everyone) {
            (Some(_), false) => w.met,
            (Some(_), true) => w.met_everyone,
            (None, false) => w.short,
            (None, true) => w.short_everyone,
        };
        let missing = target.need.saturating_sub(target.tally.have);
        let values = [
            ("name", target.name.get(self.language)),
            ("need", &target.need.to_string()),
            ("have", &target.tally.have.to_string()),
            ("missing", &missing.to_string()),
            ("after", &met_after.map(offset).unwrap_or_default()),
            ("why", &self.why(target)),
        ];
        fill(wording, &values)
    }

    /// Why a need is not met.
    fn why(&self, target: &Target) -> String {
        let (w, tally) = (self.w, target.tally);
        let left = self.rehearsed.left(target);
        let counted = [
            (w.why_cannot, tally.cannot as usize),
            (w.why_received, tally.received as usize),
            (w.why_silent, tally.silent as usize),
            (w.why_unreachable, tally.unreachable as usize),
            (w.why_left, left),
        ];
        let counted = counted.into_iter().filter(|(_, count)| *count > 0);
        let mut why: Vec<String> = counted
            .map(|(wording, count)| fill(wording, &[("count", &count.to_string())]))
            .collect();
        if left == 0 {
            why.push(w.why_nobody_left.to_owned());
        }
        words::list(&why, self.language)
    }

    fn people(&self) {
        let w = self.w;
        let participants = || self.rehearsed.call_out.participants.values();
        let called = |wanted: &'static [Standing]| {
            participants().filter(move |participant| {
                participant.is_called() && wanted.contains(&participant.standing())
            })
        };
        let staff = || participants().filter(|participant| !participant.is_vendor());
        let reached = staff().filter(|participant| participant.sent_at.is_some());
        let reached = reached.count().to_string();
        output::say(&format!("  {}", fill(w.reached, &[("count", &reached)])));
        self.group(w.unreachable, called(&[Standing::Unreachable]).collect());
        self.group(
            w.coming,
            called(&[Standing::Coming, Standing::Arrived]).collect(),
        );
        self.group(w.cannot, called(&[Standing::Cannot]).collect());
        self.group(
            w.silent,
            called(&[Standing::Silent, Standing::Received]).collect(),
        );
        let informed = staff().filter(|participant| !participant.is_called());
        self.group(w.informed, informed.collect());
    }

    fn group(&self, wording: &str, people: Vec<&Participant>) {
        if people.is_empty() {
            return;
        }
        let names = people.iter().map(|person| person.name.get(self.language));
        let values = [
            ("count", &*people.len().to_string()),
            ("people", &self.named(names)),
        ];
        output::say(&format!("  {}", fill(wording, &values)));
    }

    fn figures(&self) -> String {
        let counts = self.rehearsed.call_out.counts();
        let numbers = [
            ("called", counts.called),
            ("sent", counts.sent),
            ("answered", counts.answered),
            ("coming", counts.coming + counts.arrived),
            ("arrived", counts.arrived),
            ("cannot", counts.cannot),
            ("unanswered", counts.unanswered),
            ("unreachable", counts.unreachable),
        ]
        .map(|(name, number)| (name, number.to_string()));
        let values: Vec<(&str, &str)> = numbers
            .iter()
            .map(|(name, number)| (*name, number.as_str()))
            .collect();
        fill(self.w.figures, &values)
    }

    fn end(&self) -> String {
        let wording = match self.rehearsed.end {
            End::NothingMore => self.w.end_nothing_more,
            End::TimeOver => self.w.end_time_over,
            End::TooLong => self.w.end_too_long,
        };
        let state = words::stands(&self.rehearsed.call_out, self.language);
        let after = offset(self.rehearsed.lasted);
        fill(wording, &[("after", &*after), ("state", state)])
    }
}
