//! Whether a drill can start: by itself at the times at which it is due, and by
//! the order that it plays.
//!
//! Owns these checks. Invariant: it asks `rule::choose` and `order::ordered`, by
//! which the daemon chooses and refuses; it decides nothing.

use super::drills::Against;
use super::findings::{Findings, Place};
use crate::domain::drill::Drill;
use crate::domain::event::EventKind;
use crate::domain::office_hours::Hours;
use crate::domain::order::{Unordered, ordered, wanted};
use crate::domain::rule::{Rule, choose};

/// Checks one drill whose event stands there.
pub(super) fn check(drill: &Drill, place: Place, against: Against<'_>, findings: &mut Findings) {
    // Why: what could not be read is complained of already.
    if !against.rules_whole || against.schedule.has_hours && against.schedule.hours.is_none() {
        return;
    }
    let at = hours(drill, against);
    let rules: Vec<Option<&Rule>> = at.iter().map(|now| rule(drill, *now, against)).collect();
    if drill.schedule.is_some() && rules.iter().any(Option::is_none) {
        let never = rules.iter().all(Option::is_none);
        nobody(place, never, findings);
    }
    let mut seen = Vec::new();
    for rule in rules.into_iter().flatten() {
        if against.roster_complete && !seen.contains(&&rule.id) {
            seen.push(&rule.id);
            order(drill, rule, (place, against), findings);
        }
    }
}

/// In which hours it may start.
fn hours(drill: &Drill, against: Against<'_>) -> Vec<Option<Hours>> {
    let schedule = against.schedule;
    let Some(office) = schedule.hours else {
        return vec![None];
    };
    match &drill.schedule {
        None => Hours::ALL.into_iter().map(Some).collect(),
        Some(due) if due.is_drawn() => vec![Some(Hours::Office)],
        Some(due) => {
            let open = schedule
                .times(due)
                .map(|at| office.is_open(at, schedule.zone));
            let mut hours: Vec<Option<Hours>> = Vec::new();
            for open in open {
                let now = Some(Hours::of(open));
                if !hours.contains(&now) {
                    hours.push(now);
                }
            }
            hours
        }
    }
}

fn rule<'a>(drill: &Drill, now: Option<Hours>, against: Against<'a>) -> Option<&'a Rule> {
    match &drill.event {
        EventKind::Threat { like, .. } => against.rules.get(like),
        kind => choose(against.rules.values(), kind, now).map(|chosen| chosen.rule),
    }
}

fn nobody(place: Place, never: bool, findings: &mut Findings) {
    let problem = if never {
        findings.error(
            place,
            "訓練の予定の時刻には、この事象に当たる規則がなく、誰も招集されません",
            "at the time at which the drill is due no rule applies to this event: it would call nobody",
        )
    } else {
        findings.warn(
            place,
            "訓練の予定の時刻によっては、この事象に当たる規則がなく、その回は行われません",
            "at some of the times at which the drill is due no rule applies to this event: it is not held then",
        )
    };
    problem.advise(
        "その時刻（開庁時間の内か外）に当たる規則のある事象にするか、schedule を変えてください",
        "let it play an event that a rule takes in those hours (in office hours, or off), or change schedule",
    );
}

/// Whoever orders the event in the drill may order it.
fn order(
    drill: &Drill,
    rule: &Rule,
    (place, against): (Place, Against<'_>),
    findings: &mut Findings,
) {
    let Err(why) = ordered(rule, &drill.event, against.roster) else {
        return;
    };
    let (rule, wanted) = (&rule.id, wanted(rule));
    let (ja, en) = match why {
        Unordered::Nobody => (
            format!(
                "規則「{rule}」には {wanted} の命令が要りますが、訓練の事象に ordered_by がありません"
            ),
            format!(
                "the rule \"{rule}\" needs the order of {wanted}, and the drill's event has no ordered_by"
            ),
        ),
        Unordered::Other(given) => (
            format!(
                "規則「{rule}」には {wanted} の命令が要りますが、訓練の事象を命令する「{given}」には命令できません"
            ),
            format!(
                "the rule \"{rule}\" needs the order of {wanted}, and \"{given}\", who orders the drill's event, cannot order it"
            ),
        ),
    };
    // Why: a drill that a person starts is refused in words then.
    let problem = if drill.schedule.is_some() {
        findings.error(place, ja, en)
    } else {
        findings.warn(place, ja, en)
    };
    problem.advise(
        format!("ordered_by を {wanted} に当たる人にしてください"),
        format!("let ordered_by be somebody whom {wanted} means"),
    );
}
