//! Turns the drills of a read `rules.toml` into the domain's drills.
//!
//! Owns the checks of what a drill plays: an event like a real one, which
//! starts at least one rule.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::findings::Findings;
use super::fold::fold;
use super::names::Names;
use super::noun::{meant, noun};
use super::schedule;
use super::table::{Table, WordOrNumber};
use super::value::{choice, id, intensity, nearest, once, positive};
use super::{drill_course, drill_start};
use crate::domain::drill::{Drill, DrillKind};
use crate::domain::event::{Effect, EventKind, Posture};
use crate::domain::id::{DrillId, PersonId, ProcedureId, RuleId};
use crate::domain::procedure::Procedure;
use crate::domain::roster::Roster;
use crate::domain::rule::Rule;
use crate::domain::text::Text;

/// What a drill is checked against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) names: &'a Names,
    pub(super) roster: &'a Roster,
    pub(super) rules: &'a IndexMap<RuleId, Rule>,
    pub(super) procedures: &'a IndexMap<ProcedureId, Procedure>,
    /// Whether the condition of every rule could be read.
    pub(super) rules_whole: bool,
    /// Whether the roster could be read whole.
    pub(super) roster_complete: bool,
    pub(super) schedule: schedule::Against<'a>,
}

/// Checks every drill. The contact drills (D2) come first.
pub(super) fn check(
    file: Table<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> IndexMap<DrillId, Drill> {
    let mut seen = HashMap::new();
    let kinds = DrillKind::ALL.map(|kind| (kind.name(), kind));
    let mut drills = Vec::new();
    let mut scheduled = Vec::new();
    for table in file.tables("drill") {
        let word = table.text("id");
        if let Some(word) = word {
            id(word, findings);
            once(&mut seen, word, noun("訓練", "drill"), findings);
        }
        let kind = table
            .text("kind")
            .and_then(|word| choice(word, noun("訓練の種類", "kind of drill"), &kinds, findings));
        let event = table
            .table("event")
            .and_then(|event| event_kind(event, against, findings));
        let schedule = schedule::check(table, against.schedule, findings);
        for key in ["title", "scenario"] {
            differs(table, key, against, findings);
        }
        let own = drill_course::check(table, against.names, findings);
        let (Some(word), Some(kind), Some(event), Some(own)) = (word, kind, event, own) else {
            continue;
        };
        scheduled.extend(table.text("schedule").filter(|_| schedule.is_some()));
        let drill = Drill {
            id: word.text.into(),
            title: table.words("title").unwrap_or_default(),
            kind,
            event,
            vendors: table.truth("vendors"),
            scenario: table.words("scenario").unwrap_or_default(),
            ends_after: table
                .text("ends_after")
                .and_then(|word| positive(word, findings)),
            schedule,
            called: own.called,
            answers: own.answers,
            remind: own.remind,
            shorten: own.shorten,
        };
        let place = table.table("event").map(|event| event.place);
        // Why: one that no rule takes at any time is complained of already.
        if let Some(place) = place.filter(|_| starts(&drill.event, against)) {
            drill_start::check(&drill, place, against, findings);
        }
        drills.push(drill);
    }
    let with_words = drills.iter().filter(|drill| drill.schedule.is_some());
    schedule::apart(with_words.zip(scheduled), against.schedule, findings);
    drills.sort_by_key(|drill| drill.kind != DrillKind::Contact);
    drills
        .into_iter()
        .map(|drill| (drill.id.clone(), drill))
        .collect()
}

/// Refuses a drill in the words of what is real: who reads them on a locked
/// screen takes them for it.
fn differs(drill: Table<'_>, key: &str, against: Against<'_>, findings: &mut Findings) {
    let Some(said) = drill.words(key) else {
        return;
    };
    let rules = against.rules.values();
    let real = rules.flat_map(|rule| [&rule.title, &rule.instruction]);
    let real = real.chain(
        against
            .procedures
            .values()
            .map(|procedure| &procedure.title),
    );
    let texts = |text: &Text| [fold(&text.ja), fold(&text.en)];
    let said = texts(&said);
    let same = real
        .flat_map(texts)
        .find(|real| !real.is_empty() && said.contains(real));
    if let Some(same) = same {
        findings
            .error(
                drill.place_of(key),
                format!("訓練の {key} が、本番の規則か手順と同じ「{same}」です。訓練が本番と取り違えられます"),
                format!("the drill's {key} is that of a real rule or procedure, \"{same}\": the drill would be taken for real"),
            )
            .advise(
                "「訓練」とわかる、別のことばにしてください",
                "write other words, which say that it is a drill",
            );
    }
}

/// The keys of each kind of event, beside `kind`.
const KEYS: [(&str, &[&str]); 4] = [
    ("earthquake", &["intensity"]),
    ("wind-flood", &["posture", "ordered_by"]),
    ("security-incident", &["effect", "systems"]),
    ("threat", &["like", "threat", "ordered_by"]),
];

/// Keys that an event may do without.
fn optional(kind: &str, key: &str) -> bool {
    matches!(
        (kind, key),
        ("security-incident", "systems") | ("threat", "ordered_by")
    )
}

fn event_kind(
    event: Table<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> Option<EventKind> {
    let (kind, keys) = choice(
        event.text("kind")?,
        noun("事象の種類", "kind of event"),
        &KEYS.map(|row| (row.0, row)),
        findings,
    )?;
    for (name, place, _) in event.entries() {
        if name != "kind"
            && !keys.contains(&name)
            && KEYS.iter().any(|(_, keys)| keys.contains(&name))
        {
            findings
                .error(
                    place,
                    format!("種類が「{kind}」の事象に「{name}」はありません"),
                    format!("an event of the kind \"{kind}\" has no \"{name}\""),
                )
                .advise(
                    format!("書けるキーは {} です", keys.join("、")),
                    format!("its keys are {}", keys.join(", ")),
                );
        }
    }
    for key in keys
        .iter()
        .filter(|key| !optional(kind, key) && !event.has(key))
    {
        findings
            .error(
                event.place,
                format!("種類が「{kind}」の事象には「{key}」が必要です"),
                format!("an event of the kind \"{kind}\" needs \"{key}\""),
            )
            .advise(
                format!("{key} = … を加えてください"),
                format!("add {key} = …"),
            );
    }
    let read = match kind {
        "earthquake" => EventKind::Earthquake {
            intensity: intensity(event.text("intensity")?, findings)?,
        },
        "wind-flood" => flood(event, against, findings)?,
        "security-incident" => incident(event, against, findings)?,
        _ => threat(event, against, findings)?,
    };
    if !starts(&read, against) {
        findings
            .error(
                event.place,
                "この事象に当たる規則がなく、訓練で誰も招集されません",
                "no rule applies to this event: the drill would call nobody",
            )
            .advise(
                "いずれかの規則の when に当たる事象にしてください",
                "let it play an event that a rule's when names",
            );
    }
    Some(read)
}

/// Whether a rule takes an event, at whichever time.
fn starts(event: &EventKind, against: Against<'_>) -> bool {
    !against.rules_whole
        || matches!(event, EventKind::Threat { .. })
        || against.rules.values().any(|rule| rule.when.holds(event))
}

fn flood(event: Table<'_>, against: Against<'_>, findings: &mut Findings) -> Option<EventKind> {
    let level = event.number_within("posture", 1..=3, findings);
    let by = event.text("ordered_by");
    if let Some(by) = by {
        against.names.people.knows(by, findings);
    }
    Some(EventKind::WindFlood {
        posture: Posture::new(level?)?,
        ordered_by: PersonId::new(by?.text),
        acting_for: None,
    })
}

fn incident(event: Table<'_>, against: Against<'_>, findings: &mut Findings) -> Option<EventKind> {
    let effects = Effect::ALL.map(|effect| (effect.name(), effect));
    let effect = event
        .text("effect")
        .and_then(|word| choice(word, noun("影響の範囲", "effect"), &effects, findings));
    let roster = against.roster;
    let mut systems = Vec::new();
    for item in event.texts_or_numbers("systems") {
        let (said, place) = match item {
            WordOrNumber::Word(word) => (word.text.to_owned(), word.place),
            WordOrNumber::Number(number, place) => (number.to_string(), place),
        };
        match roster.system(&said) {
            Some(system) => systems.push(system.number),
            None if against.roster_complete => {
                let known = roster.systems.values().map(|system| system.name.as_str());
                let advice = match nearest(&said, known) {
                    Some(near) => meant(near),
                    None => Text::new(
                        "roster.toml の [[system]] の番号か、名称を省かずに書いてください",
                        "write the number or the whole name of a [[system]] of roster.toml",
                    ),
                };
                findings
                    .error(
                        place,
                        format!("roster.toml に「{said}」という情報システムはありません"),
                        format!("there is no system \"{said}\" in roster.toml"),
                    )
                    .advise_both(advice);
            }
            None => {}
        }
    }
    Some(EventKind::SecurityIncident {
        effect: effect?,
        systems,
    })
}

fn threat(event: Table<'_>, against: Against<'_>, findings: &mut Findings) -> Option<EventKind> {
    let like = event.text("like");
    if let Some(like) = like {
        against.names.rules.knows(like, findings);
    }
    Some(EventKind::Threat {
        like: like?.text.into(),
        threat: event.text("threat")?.text.to_owned(),
        ordered_by: event.text("ordered_by").and_then(|by| {
            let known = against.names.people.knows(by, findings);
            known.then(|| PersonId::new(by.text))
        }),
    })
}
