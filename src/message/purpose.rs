//! What a letter says for each purpose: subject, headline, facts, what is asked.
//!
//! Owns the choice of wording; `words` has the wording, `letter` the layout. A
//! real letter's wording and a drill's must not meet.

use crate::domain::call_out::{CallOut, State};
use crate::domain::drill::Answers;
use crate::domain::notification::Purpose;
use crate::domain::rule::Detail;
use crate::domain::text::one_line;

use super::dates;
use super::facts::{Fact, Facts};
use super::help;
use super::sending::Sending;
use super::words::{self, Mail, fill, list};

/// How much of one value a subject holds, in characters: the rest is in the
/// letter, and what is called for stays on the lock screen.
const SUBJECT_CHARS: usize = 48;

/// Earlier words that a letter repeats below the newest.
const EARLIER_WORDS: usize = 3;

/// When what waits goes on by itself; `None` once that is over, so that a late
/// letter does not offer what can no longer be done.
fn until(purpose: Purpose, facts: &Facts<'_>) -> Option<String> {
    let call_out = facts.call_out;
    let at = match purpose {
        Purpose::Corrected => call_out.course.correction.as_ref()?.due,
        Purpose::Held | Purpose::Unconfirmed if call_out.course.growth.is_some() => {
            call_out.course.growth.as_ref()?.until
        }
        _ => call_out.held_until?,
    };
    Some(dates::to_the_second(at, facts.zone))
}

fn is_false_alarm(sending: &Sending<'_>) -> bool {
    sending.ending.is_some_and(|ending| ending.false_alarm)
}

pub(super) fn clip(text: &str) -> String {
    if text.chars().count() <= SUBJECT_CHARS {
        return text.to_owned();
    }
    let head: String = text.chars().take(SUBJECT_CHARS - 1).collect();
    format!("{head}…")
}

/// What a purpose is about: the aftershock, the correction, or the event.
pub(super) fn about(purpose: Purpose, facts: &Facts<'_>) -> String {
    let course = &facts.call_out.course;
    let kind = match purpose {
        Purpose::Aftershock => course.aftershock.as_ref(),
        Purpose::Corrected => course
            .correction
            .as_ref()
            .and_then(|correction| correction.event.as_ref())
            .map(|event| &event.kind),
        Purpose::Held | Purpose::Unconfirmed => {
            course.growth.as_ref().map(|growth| &growth.event.kind)
        }
        _ => None,
    };
    kind.map_or_else(|| facts.brief(), |kind| facts.brief_of(kind))
}

/// The newest word to those who were called.
fn newest_word(facts: &Facts<'_>) -> String {
    let word = facts.call_out.course.words.last();
    word.map(|spoken| one_line(spoken.text.get(facts.language)))
        .unwrap_or_default()
}

/// The band of what is real, and its mark: that of a call-out only where
/// somebody is called.
pub(super) fn real_mark(sending: &Sending<'_>, w: &Mail) -> (&'static str, String) {
    let held = sending.call_out.held_until.is_some();
    let band = match sending.purpose {
        Purpose::Call | Purpose::Remind => return (w.real_band, w.real_mark.to_owned()),
        Purpose::Decide | Purpose::Paused => w.band_decide,
        Purpose::Exhausted | Purpose::Unconfirmed => w.band_urgent,
        Purpose::Unmet | Purpose::Unfillable | Purpose::Help | Purpose::HelpOut => w.band_check,
        Purpose::Held if held && sending.call_out.wants_second_person() => w.band_check,
        Purpose::Held if held => w.band_held,
        Purpose::Grown if gathers(sending) => w.band_grown,
        Purpose::Held
        | Purpose::Inform
        | Purpose::Grown
        | Purpose::Readiness
        | Purpose::Schedule
        | Purpose::DrillReport
        | Purpose::Alarm
        | Purpose::Replied => w.band_inform,
        Purpose::Cancelled => w.band_cancelled,
        Purpose::StandDown if is_false_alarm(sending) => w.band_false_alarm,
        Purpose::StandDown => w.band_stand_down,
        Purpose::Released => w.band_released,
        Purpose::Tell => w.band_tell,
        Purpose::Corrected => w.band_corrected,
        Purpose::Aftershock => w.band_aftershock,
    };
    (band, fill(w.real_word, &[("band", band)]))
}

pub(super) fn subject(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    if help::is_for_vendor(sending) {
        return help::subject(sending, facts);
    }
    let w = Mail::of(facts.language);
    let what = clip(&about(sending.purpose, facts));
    let place = clip(&facts.place());
    if sending.call_out.mode().is_drill() {
        let where_to = fill(w.short_where, &[("what", &what), ("place", &place)]);
        let subject = if sending.purpose.calls() && !facts.wants_receipt() {
            &where_to
        } else {
            &what
        };
        let purpose = words::purpose(sending.purpose, facts.language);
        return fill(
            w.subject_drill,
            &[("purpose", purpose), ("subject", subject)],
        );
    }
    let until = until(sending.purpose, facts);
    let grows = sending.call_out.course.growth.is_some();
    let second = sending.call_out.awaits_second_person();
    let wording = match (sending.purpose, &until) {
        (Purpose::Call, _) => w.subject_call,
        (Purpose::Remind, _) => w.subject_remind,
        (Purpose::Decide, _) => w.subject_decide,
        (
            Purpose::Inform
            | Purpose::Readiness
            | Purpose::Schedule
            | Purpose::DrillReport
            | Purpose::Alarm
            | Purpose::Replied,
            _,
        )
        | (Purpose::Held, None) => w.subject_inform,
        (Purpose::Unmet, _) => w.subject_unmet,
        (Purpose::Exhausted, _) if lacks_decision(sending.call_out) => w.subject_undecided,
        (Purpose::Exhausted, _) => w.subject_exhausted,
        (Purpose::Held, Some(_)) if grows && second => w.subject_growth_second,
        (Purpose::Held, Some(_)) if grows => w.subject_growth,
        (Purpose::Held, Some(_)) if second => w.subject_held_second,
        (Purpose::Held, Some(_)) => w.subject_held,
        (Purpose::Unconfirmed, _) if grows => w.subject_growth_unconfirmed,
        (Purpose::Unconfirmed, _) => w.subject_unconfirmed,
        (Purpose::Paused, _) => w.subject_paused,
        (Purpose::Unfillable, _) => w.subject_unfillable,
        (Purpose::Grown, _) if gathers(sending) => w.subject_grown,
        (Purpose::Grown, _) => w.subject_inform,
        (Purpose::Released, _) => w.subject_released,
        (Purpose::Tell, _) => w.subject_tell,
        (Purpose::Corrected, _) => w.subject_corrected,
        (Purpose::Aftershock, _) => w.subject_aftershock,
        (Purpose::Help | Purpose::HelpOut, _) => w.subject_help_out,
        (Purpose::Cancelled, _) if sending.call_out.state.is_live() => w.subject_growth_stopped,
        (Purpose::Cancelled, _) => w.subject_cancelled,
        (Purpose::StandDown, _) if is_false_alarm(sending) => w.subject_false_alarm,
        (Purpose::StandDown, _) => w.subject_stand_down,
    };
    let values = [
        ("what", &*what),
        ("place", &place),
        ("until", &until.unwrap_or_default()),
        ("word", &clip(&newest_word(facts))),
    ];
    fill(wording, &values)
}

pub(super) fn headline(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    if help::is_for_vendor(sending) {
        return help::headline(sending, facts);
    }
    let w = Mail::of(facts.language);
    let until = until(sending.purpose, facts);
    let call_out = sending.call_out;
    let grows = call_out.course.growth.is_some();
    let second = call_out.awaits_second_person();
    let is_drill = call_out.mode().is_drill();
    let wording = match (sending.purpose, &until) {
        (Purpose::Call, _) if facts.wants_receipt() => w.headline_receipt,
        (Purpose::Remind, _) if facts.wants_receipt() => w.headline_receipt_again,
        (Purpose::Call, _) => w.headline_call,
        (Purpose::Remind, _) => w.headline_remind,
        (Purpose::Decide, _) => w.headline_decide,
        (Purpose::Inform, _) if call_out.state == State::AwaitingDecision => {
            w.headline_undecided_yet
        }
        (Purpose::Inform, _) if !is_calling(call_out) => w.headline_recorded,
        (
            Purpose::Inform
            | Purpose::Readiness
            | Purpose::Schedule
            | Purpose::DrillReport
            | Purpose::Alarm
            | Purpose::Replied,
            _,
        )
        | (Purpose::Held, None) => w.headline_inform,
        (Purpose::Unmet, _) => w.headline_unmet,
        (Purpose::Exhausted, _) if lacks_decision(call_out) => undecided(call_out, w),
        (Purpose::Exhausted, _) => w.headline_exhausted,
        (Purpose::Held, Some(_)) if grows && second => w.headline_growth_second,
        (Purpose::Held, Some(_)) if grows => w.headline_growth,
        (Purpose::Held, Some(_)) if second => w.headline_held_second,
        (Purpose::Held, Some(_)) => w.headline_held,
        (Purpose::Unconfirmed, _) if grows => w.headline_growth_unconfirmed,
        (Purpose::Unconfirmed, _) => w.headline_unconfirmed,
        (Purpose::Paused, _) => w.headline_paused,
        (Purpose::Unfillable, _) => w.headline_unfillable,
        (Purpose::Grown, _) => changed(sending, w),
        (Purpose::Released, _) => w.headline_released,
        (Purpose::Tell, _) => w.headline_tell,
        (Purpose::Corrected, _) if withdrawn(call_out) => w.headline_corrected_nothing,
        (Purpose::Corrected, _) => w.headline_corrected,
        (Purpose::Aftershock, _) => w.headline_aftershock,
        (Purpose::Help | Purpose::HelpOut, _) => w.headline_help_out,
        (Purpose::Cancelled, _) if call_out.state.is_live() => w.headline_growth_stopped,
        (Purpose::Cancelled, _) => w.headline_cancelled,
        (Purpose::StandDown, _) if is_false_alarm(sending) => w.headline_false_alarm,
        (Purpose::StandDown, _) if call_out.state == State::Closed && is_drill => w.headline_ended,
        (Purpose::StandDown, _) => w.headline_stand_down,
    };
    let values = [
        ("what", &*about(sending.purpose, facts)),
        ("place", &facts.place()),
        ("until", &until.unwrap_or_default()),
        ("stage", &call_out.stage.to_string()),
        ("word", &newest_word(facts)),
        ("again", &asked_again(facts)),
    ];
    let headline = fill(wording, &values);
    if is_drill {
        fill(w.drill_headline, &[("headline", &headline)])
    } else {
        headline
    }
}

/// Whether people are being called, or will be.
fn is_calling(call_out: &CallOut) -> bool {
    !matches!(
        call_out.state,
        State::AwaitingDecision | State::InSection | State::Closed
    )
}

/// Whether the reader is to gather: called, and by what is decided.
fn gathers(sending: &Sending<'_>) -> bool {
    let call_out = sending.call_out;
    sending.is_called() && is_calling(call_out) && !call_out.is_undecided()
}

/// That the event has changed, and what that is to the reader.
fn changed(sending: &Sending<'_>, w: &Mail) -> &'static str {
    let call_out = sending.call_out;
    if gathers(sending) {
        w.headline_grown
    } else if call_out.is_undecided() {
        w.headline_changed_undecided
    } else if is_calling(call_out) {
        w.headline_changed
    } else {
        w.headline_changed_recorded
    }
}

/// Whether nobody who was asked for a decision has given one, be it that the
/// section handles it meanwhile.
fn lacks_decision(call_out: &CallOut) -> bool {
    call_out.is_undecided() || call_out.is_in_section()
}

/// That nobody has decided, or nobody could be asked.
fn undecided(call_out: &CallOut, w: &Mail) -> &'static str {
    let question = call_out.course.question.as_ref();
    let asked = question.is_none_or(|question| question.reached > 0);
    match (asked, call_out.is_in_section()) {
        (true, false) => w.headline_undecided,
        (false, false) => w.headline_unasked,
        (true, true) => w.headline_undecided_section,
        (false, true) => w.headline_unasked_section,
    }
}

/// When the first in line is asked again.
fn asked_again(facts: &Facts<'_>) -> String {
    let question = facts.call_out.course.question.as_ref();
    let at = question.and_then(|question| question.again_at);
    at.map(|at| dates::to_the_second(at, facts.zone))
        .unwrap_or_default()
}

fn withdrawn(call_out: &CallOut) -> bool {
    let correction = call_out.course.correction.as_ref();
    correction.is_some_and(|correction| correction.event.is_none())
}

/// The facts that a purpose tells.
pub(super) fn told(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<Fact> {
    if help::is_for_vendor(sending) {
        return help::told(sending, facts);
    }
    let w = Mail::of(facts.language);
    let mut told = match sending.purpose {
        Purpose::Call | Purpose::Remind | Purpose::Inform | Purpose::Decide | Purpose::Grown => {
            facts.for_person(sending.reader)
        }
        Purpose::Tell => facts.with_place(),
        _ => facts.of_event(),
    };
    let mut add = |label, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        told.extend(value.map(|value| Fact { label, value }));
    };
    if sending.purpose.calls() {
        add(w.fact_answer_by, facts.answer_by());
        add(w.fact_others, others(sending, facts));
    }
    match sending.purpose {
        Purpose::Decide => {
            add(w.fact_decide_by, facts.decide_by());
            told.extend(facts.proposed_help());
        }
        Purpose::HelpOut => add(w.fact_no_answer, Some(help::without_answer(facts))),
        Purpose::Held | Purpose::Unconfirmed | Purpose::Paused => {
            let second = sending.call_out.awaits_second_person();
            let digest = sending.call_out.digest_held();
            add(w.fact_digest, digest.filter(|_| second));
        }
        Purpose::Corrected => add(w.fact_effective, until(sending.purpose, facts)),
        Purpose::Aftershock => {
            let count = sending.call_out.course.aftershocks;
            add(w.fact_aftershocks, Some(count.to_string()));
        }
        Purpose::Tell => add(w.fact_earlier, earlier_words(facts)),
        _ => {}
    }
    let short = matches!(
        sending.purpose,
        Purpose::Unmet | Purpose::Exhausted | Purpose::Unfillable
    );
    told.extend(
        facts
            .missing()
            .filter(|_| short && !lacks_decision(sending.call_out)),
    );
    let reason = sending
        .ending
        .map(|ending| ending.reason.get(facts.language));
    let reason = reason.map(one_line).filter(|reason| !reason.is_empty());
    told.extend(reason.map(|value| Fact {
        label: w.fact_reason,
        value,
    }));
    let title = one_line(sending.call_out.title.get(facts.language));
    told.push(Fact {
        label: w.fact_call_out,
        value: format!("{} {title}", sending.call_out.id),
    });
    told
}

/// That the person is called elsewhere too: each wants its own answer.
fn others(sending: &Sending<'_>, facts: &Facts<'_>) -> Option<String> {
    let others = sending.others;
    if others.is_empty() {
        return None;
    }
    let titles = others
        .iter()
        .map(|title| one_line(title.get(facts.language)));
    let titles = list(&titles.collect::<Vec<_>>(), facts.language);
    let w = Mail::of(facts.language);
    let wording = if sending.purpose.sends_home() {
        w.others_go_on
    } else {
        w.others
    };
    Some(fill(wording, &[("others", &titles)]))
}

/// What somebody does who is not wanted any more: goes home, unless another
/// call-out wants them.
fn sent_home(home: &str, sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<String> {
    let w = Mail::of(facts.language);
    let elsewhere = others(sending, facts);
    vec![
        elsewhere.unwrap_or_else(|| home.to_owned()),
        w.no_ask.to_owned(),
    ]
}

fn earlier_words(facts: &Facts<'_>) -> Option<String> {
    let words = facts.call_out.course.words.iter().rev().skip(1);
    let words = words.take(EARLIER_WORDS).map(|spoken| {
        let at = dates::to_the_second(spoken.at, facts.zone);
        format!("{at} {}", one_line(spoken.text.get(facts.language)))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(" / "))
}

/// What is asked of the reader, before the link.
pub(super) fn asks(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<String> {
    if help::is_for_vendor(sending) {
        return help::asks(sending, facts);
    }
    let w = Mail::of(facts.language);
    match sending.purpose {
        Purpose::Call | Purpose::Remind => {
            let ask = match facts.answer_by() {
                _ if facts.wants_receipt() => w.ask_receipt.to_owned(),
                Some(by) => fill(w.ask_by, &[("by", &by)]),
                None => w.ask_now.to_owned(),
            };
            let next = facts.tree_next(sending.reader);
            let tree = next.map(|next| fill(w.ask_tree, &[("next", &next)]));
            std::iter::once(ask).chain(tree).collect()
        }
        Purpose::Decide => {
            let by = facts.decide_by().unwrap_or_default();
            let mut asks = vec![fill(w.ask_decide_by, &[("by", &by)])];
            if sending.call_out.detail == Detail::Little {
                asks.push(w.ask_behind_link.to_owned());
            }
            asks
        }
        Purpose::Inform if sending.call_out.state == State::AwaitingDecision => {
            vec![w.ask_received_yet.to_owned()]
        }
        Purpose::Inform => vec![w.ask_received.to_owned()],
        Purpose::Exhausted if lacks_decision(sending.call_out) => vec![w.ask_undecided.to_owned()],
        Purpose::Unmet | Purpose::Exhausted | Purpose::Unfillable => vec![w.ask_decide.to_owned()],
        Purpose::HelpOut => vec![w.ask_help_out.to_owned()],
        Purpose::Held if sending.call_out.awaits_second_person() => vec![w.ask_confirm.to_owned()],
        Purpose::Held => vec![w.ask_cancel.to_owned()],
        Purpose::Unconfirmed => vec![w.ask_confirm.to_owned()],
        Purpose::Paused => go_on(facts),
        Purpose::Corrected => vec![w.ask_stop.to_owned()],
        Purpose::Grown | Purpose::Tell if sending.is_called() => vec![w.ask_grown.to_owned()],
        Purpose::Released => sent_home(w.ask_released, sending, facts),
        Purpose::StandDown => sent_home(w.stand_down_home, sending, facts),
        Purpose::Cancelled => {
            let elsewhere = others(sending, facts).into_iter();
            elsewhere.chain([w.no_ask.to_owned()]).collect()
        }
        Purpose::Aftershock
        | Purpose::Grown
        | Purpose::Tell
        | Purpose::Help
        | Purpose::Readiness
        | Purpose::Schedule
        | Purpose::DrillReport
        | Purpose::Alarm
        | Purpose::Replied => vec![w.no_ask.to_owned()],
    }
}

/// What lets an old call-out go on, and what else begins with it.
fn go_on(facts: &Facts<'_>) -> Vec<String> {
    let w = Mail::of(facts.language);
    let growth = facts.call_out.course.growth.as_ref();
    let besides = growth.map(|growth| {
        let what = facts.brief_of(&growth.event.kind);
        fill(w.ask_go_on_growth, &[("what", &what)])
    });
    std::iter::once(w.ask_go_on.to_owned())
        .chain(besides)
        .collect()
}

/// What stands after the link.
pub(super) fn notes(sending: &Sending<'_>, w: &Mail) -> Vec<String> {
    if help::is_for_vendor(sending) {
        return help::notes(sending, w);
    }
    match sending.purpose {
        Purpose::Call | Purpose::Remind if sending.call_out.course.answers == Answers::Received => {
            vec![w.personal.to_owned()]
        }
        Purpose::Call | Purpose::Remind => {
            vec![
                w.arrival.to_owned(),
                w.cannot_is_answer.to_owned(),
                w.personal.to_owned(),
            ]
        }
        Purpose::Inform | Purpose::Decide => vec![w.personal.to_owned()],
        Purpose::Grown | Purpose::Tell if sending.is_called() => vec![w.personal.to_owned()],
        _ => Vec::new(),
    }
}
