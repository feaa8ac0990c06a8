//! What the rules do together: which of two wins, which never starts, which
//! events nobody takes at some hours.
//!
//! Owns these checks. Invariant: it asks `rule::choose`, the function by which
//! the daemon chooses, for every event that there can be; it decides nothing.

use super::findings::{Findings, Place};
use super::noun::noun;
use crate::domain::event::{Effect, EventKind, Intensity, Posture};
use crate::domain::id::{PersonId, RuleId};
use crate::domain::office_hours::Hours;
use crate::domain::rule::{Precedence, Rule, choose};
use crate::domain::text::{Language, Text};
use crate::message::words;

/// A rule whose condition could be read, and where that stands.
pub(super) struct Placed {
    pub(super) rule: Rule,
    pub(super) place: Place,
}

/// An event that may happen, and in which hours.
type Case = (EventKind, Option<Hours>);

/// Every event that a condition can ask about, in hours and out of them.
fn cases(office_hours: bool) -> Vec<Case> {
    let quakes = Intensity::ALL.map(|intensity| EventKind::Earthquake { intensity });
    let postures = (1..=3).filter_map(Posture::new);
    let floods = postures.map(|posture| EventKind::WindFlood {
        posture,
        ordered_by: PersonId::new(""),
        acting_for: None,
    });
    let incidents = Effect::ALL.map(|effect| EventKind::SecurityIncident {
        effect,
        systems: Vec::new(),
    });
    let hours: Vec<Option<Hours>> = if office_hours {
        Hours::ALL.into_iter().map(Some).collect()
    } else {
        vec![None]
    };
    let kinds = quakes.into_iter().chain(floods).chain(incidents);
    kinds
        .flat_map(|kind| hours.iter().map(move |now| (kind.clone(), *now)))
        .collect()
}

/// Checks the rules, in the file's order.
pub(super) fn check(rules: &[Placed], office_hours: bool, findings: &mut Findings) {
    let cases = cases(office_hours);
    let mut idle = Vec::new();
    for placed in rules {
        if let Some(winners) = always_shadowed(placed, rules, &cases) {
            never(placed, &winners, findings);
            idle.push(&placed.rule.id);
        }
    }
    for (number, later) in rules.iter().enumerate() {
        for earlier in &rules[..number] {
            both(earlier, later, (&cases, &idle), findings);
        }
    }
    if office_hours {
        uncovered(rules, findings);
    }
}

/// The rules that win every event that this one names; `None` if it wins one.
fn always_shadowed<'a>(
    placed: &Placed,
    rules: &'a [Placed],
    cases: &[Case],
) -> Option<Vec<(&'a RuleId, Precedence)>> {
    let mut winners = Vec::new();
    for (kind, now) in cases {
        let selected = choose(rules.iter().map(|placed| &placed.rule), kind, *now);
        let Some(selected) = selected else { continue };
        if selected.rule.id == placed.rule.id {
            return None;
        }
        let mut shadowed = selected.shadowed.iter();
        if let Some((_, why)) = shadowed.find(|(other, _)| other.id == placed.rule.id)
            && !winners.iter().any(|(id, _)| *id == &selected.rule.id)
        {
            winners.push((&selected.rule.id, *why));
        }
    }
    (!winners.is_empty()).then_some(winners)
}

fn never(placed: &Placed, winners: &[(&RuleId, Precedence)], findings: &mut Findings) {
    let named = |language: Language| -> Vec<String> {
        let winners = winners.iter().map(|(id, why)| {
            let why = words::precedence(*why, language);
            match language {
                Language::Ja => format!("「{id}」（{why}）"),
                Language::En => format!("\"{id}\" ({why})"),
            }
        });
        winners.collect()
    };
    findings
        .warn(
            placed.place,
            format!("規則「{}」は自動では使われません。対象の事象では、必ず{}が使われます",
                placed.rule.id,
                named(Language::Ja).join("か")
            ), format!(
                "the rule \"{}\" never starts by itself: every event that it names starts {}",
                placed.rule.id,
                named(Language::En).join(" or ")
            ),
        )
        .advise("消すか、独自の事象や時間帯を書いてください。人が選んで使うことはできます（threat --like）", "take it out, or let it name an event or hours of its own; a person can still choose it (threat --like)");
}

/// Says which of two rules wins where one event matches both.
fn both(
    earlier: &Placed,
    later: &Placed,
    (cases, idle): (&[Case], &[&RuleId]),
    findings: &mut Findings,
) {
    let pair = [&earlier.rule, &later.rule];
    let clash = cases.iter().find_map(|(kind, now)| {
        let selected = choose(pair, kind, *now)?;
        let (loser, why) = selected.shadowed.first().copied()?;
        Some((selected.rule, loser, why))
    });
    // Why: of a rule that never starts all is said already.
    let Some((winner, loser, why)) = clash.filter(|(_, loser, _)| !idle.contains(&&loser.id))
    else {
        return;
    };
    let line = findings.line(earlier.place);
    let [reason_ja, reason] = Language::ALL.map(|language| words::precedence(why, language));
    let advice = match why {
        Precedence::Hours => {
            let other = match winner.hours {
                Some(Hours::Office) => Hours::Off,
                _ => Hours::Office,
            };
            let (other, id) = (other.name(), &loser.id);
            Text::new(
                format!("それでよければ、「{id}」に hours = \"{other}\" と書いてください"),
                format!("if that is meant, write hours = \"{other}\" into \"{id}\""),
            )
        }
        Precedence::Narrower | Precedence::First => Text::new(
            "震度、体制、影響のそれぞれを、一つの規則だけに書いてください",
            "let each intensity, posture or effect stand in one rule",
        ),
    };
    findings
        .warn(
            later.place,
            format!("この規則と {line} 行目の規則「{}」の両方に当たる事象があります。使われるのは「{}」で、「{}」は使われません（{reason_ja}）",
                earlier.rule.id, winner.id, loser.id
            ), format!(
                "an event can match both this rule and the rule \"{}\" on line {line}: \"{}\" is used, \"{}\" is not ({reason})",
                earlier.rule.id, winner.id, loser.id
            ),
        )
        .advise_both(advice);
}

/// Refuses events that start a rule in some hours and nothing in the others: that
/// a call-out fails to come at night must not be found out at night.
fn uncovered(rules: &[Placed], findings: &mut Findings) {
    let started = |kind: &EventKind, now: Hours| {
        let rules = rules.iter().map(|placed| &placed.rule);
        choose(rules, kind, Some(now)).map(|selected| &selected.rule.id)
    };
    let kinds: Vec<EventKind> = cases(false).into_iter().map(|(kind, _)| kind).collect();
    for placed in rules {
        let Some(hours) = placed.rule.hours else {
            continue;
        };
        let (other, when) = match hours {
            Hours::Office => (Hours::Off, noun("執務時間外", "outside office hours")),
            Hours::Off => (Hours::Office, noun("執務時間内", "in office hours")),
        };
        let lost = kinds.iter().filter(|kind| {
            started(kind, hours) == Some(&placed.rule.id) && started(kind, other).is_none()
        });
        let lost: Vec<String> = lost.map(name).collect();
        if !lost.is_empty() {
            findings
                .error(
                    placed.place,
                    format!(
                        "{}は、「{}」が扱う事象（{}）に当たる規則がなく、誰も招集されません",
                        when.ja,
                        placed.rule.id,
                        lost.join(", ")
                    ),
                    format!(
                        "{} no rule takes what \"{}\" takes otherwise: {}; nobody would be called",
                        when.en,
                        placed.rule.id,
                        lost.join(", ")
                    ),
                )
                .advise(
                    "その時間帯の規則を加えるか、hours を消してください",
                    "add a rule for the other hours, or leave hours out",
                );
        }
    }
}

/// An event as `when` names it.
fn name(kind: &EventKind) -> String {
    match kind {
        EventKind::Earthquake { intensity } => format!("earthquake {}", intensity.name()),
        EventKind::WindFlood { posture, .. } => format!("wind_flood {}", posture.level()),
        EventKind::SecurityIncident { effect, .. } => {
            format!("security_incident {}", effect.name())
        }
        EventKind::Threat { threat, .. } => threat.clone(),
        EventKind::Readiness { .. }
        | EventKind::Schedule(_)
        | EventKind::DrillReport(_)
        | EventKind::Alarm { .. } => kind.name().to_owned(),
    }
}
