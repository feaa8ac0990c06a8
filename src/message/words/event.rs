//! What happened, in words.
//!
//! Owns the two lengths of it: the whole, and the few characters that fit a
//! subject. It must not decide who may read which: `letter` and `page` do.

use crate::domain::call_out::CallOut;
use crate::domain::event::{Effect, EventKind};
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::text::{Language, one_line};

use super::{Word, drills, fill, list, schedule};

/// Where the names of people and systems come from.
pub trait Names {
    /// A person's name, where it is known here.
    fn person(&self, id: &PersonId, language: Language) -> Option<String>;

    /// An information system's name, where it is known here.
    fn system(&self, number: u16) -> Option<String>;
}

impl Names for CallOut {
    fn person(&self, id: &PersonId, language: Language) -> Option<String> {
        let participant = self.participants.get(id);
        let name = participant.map(|participant| &participant.name);
        let name = name.or_else(|| self.course.known.get(id))?;
        Some(one_line(name.get(language)))
    }

    fn system(&self, number: u16) -> Option<String> {
        let system = self.course.systems.get(&number)?;
        Some(one_line(&system.name))
    }
}

impl Names for Roster {
    fn person(&self, id: &PersonId, language: Language) -> Option<String> {
        let person = self.people.get(id)?;
        Some(one_line(person.name.get(language)))
    }

    fn system(&self, number: u16) -> Option<String> {
        let system = self.systems.get(&number)?;
        Some(one_line(&system.name))
    }
}

/// What happened, whole: `震度5弱の地震`,
/// `第3非常配備体制の発令（指令：町長）`.
pub fn event(kind: &EventKind, names: &dyn Names, language: Language) -> String {
    let w = Word::of(language);
    match kind {
        EventKind::Earthquake { intensity } => {
            let spoken = spoken(intensity.spoken(), language);
            fill(w.earthquake, &[("intensity", spoken)])
        }
        EventKind::WindFlood {
            posture,
            ordered_by,
            acting_for,
        } => {
            let by = names.person(ordered_by, language);
            let by = by.unwrap_or_else(|| one_line(ordered_by.as_str()));
            let by = match acting_for {
                Some(post) => {
                    let post = one_line(post.get(language));
                    fill(w.acting_for, &[("person", &by), ("post", &post)])
                }
                None => by,
            };
            let level = posture.level().to_string();
            fill(w.wind_flood, &[("level", &level), ("by", &by)])
        }
        EventKind::SecurityIncident { effect, systems } => {
            let effect = self::effect(*effect, language);
            if systems.is_empty() {
                return fill(w.incident, &[("effect", effect)]);
            }
            let systems: Vec<String> = systems
                .iter()
                .map(|number| system(*number, names))
                .collect();
            let systems = list(&systems, language);
            fill(
                w.incident_systems,
                &[("effect", effect), ("systems", &systems)],
            )
        }
        EventKind::Threat { like, threat, .. } => {
            let values = [("threat", &*one_line(threat)), ("like", like.as_str())];
            fill(w.threat, &values)
        }
        EventKind::Readiness { findings } => {
            fill(w.readiness, &[("count", &findings.len().to_string())])
        }
        EventKind::Schedule(changed) => schedule::brief(changed, language),
        EventKind::DrillReport(report) => drills::report_of(report, language),
        EventKind::Alarm { says } => fill(w.alarm, &[("count", &says.len().to_string())]),
    }
}

/// What happened, in the few characters of a subject; with `little`, nothing
/// that a stranger should not read.
pub(crate) fn brief(kind: &EventKind, little: bool, language: Language) -> String {
    let w = Word::of(language);
    match kind {
        EventKind::Earthquake { intensity } => {
            let spoken = spoken(intensity.spoken(), language);
            fill(w.earthquake_brief, &[("intensity", spoken)])
        }
        EventKind::WindFlood { posture, .. } => fill(
            w.wind_flood_brief,
            &[("level", &posture.level().to_string())],
        ),
        EventKind::SecurityIncident { .. } => w.incident_brief.to_owned(),
        EventKind::Threat { threat, .. } if !little && !threat.trim().is_empty() => {
            one_line(threat)
        }
        EventKind::Threat { .. } => w.threat_brief.to_owned(),
        EventKind::Readiness { .. } => w.readiness_brief.to_owned(),
        EventKind::Schedule(changed) => schedule::brief(changed, language),
        EventKind::DrillReport(report) => drills::report_of(report, language),
        EventKind::Alarm { .. } => w.alarm_brief.to_owned(),
    }
}

/// How far a security incident reaches.
pub(super) fn effect(effect: Effect, language: Language) -> &'static str {
    let w = Word::of(language);
    match effect {
        Effect::Small => w.effect_small,
        Effect::WorkHindered => w.effect_work_hindered,
        Effect::Residents => w.effect_residents,
    }
}

pub(super) fn spoken((ja, en): (&'static str, &'static str), language: Language) -> &'static str {
    match language {
        Language::Ja => ja,
        Language::En => en,
    }
}

pub(super) fn system(number: u16, names: &dyn Names) -> String {
    match names.system(number) {
        Some(name) => format!("{number} {name}"),
        None => number.to_string(),
    }
}
