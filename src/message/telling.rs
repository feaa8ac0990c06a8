//! The page that starts a call-out: what happened, who will be called, the
//! last yes; and the fields of an event, which a later report has too.
//!
//! Owns the choice of fields and words. It must not start anything, and it is
//! never a drill's: drills have a page of their own.

use serde_json::Value;

use crate::domain::event::{Effect, Intensity};
use crate::domain::plan::Plan;
use crate::domain::roster::Roster;
use crate::domain::text::{Language, Text, one_line};

use super::form::{Both, Fields, Filled, Form, Press};
use super::page::{self, Kind};
use super::view::{Reader, Values};
use super::words::{self, Commands, fill, list};
use super::{Error, Messages};

/// How many people a target of the preview names.
const NAMED: usize = 5;

/// The kinds of event, as the API names them.
const KINDS: [&str; 4] = ["earthquake", "wind-flood", "security-incident", "threat"];

/// The page that starts a call-out.
#[derive(Clone, Copy, Debug)]
pub struct TellingView<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// What was filled in.
    pub values: &'a Values,
    /// What it would do, as `report::explain::json` has it: only the last yes
    /// is missing.
    pub preview: Option<&'a Value>,
    /// Why the last try was not taken.
    pub problem: Option<&'a Text>,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

/// A word of the table in both languages.
pub(super) fn both(language: Language, pick: fn(&Commands) -> &'static str) -> Both {
    Both {
        w: pick(Commands::of(language)),
        o: pick(Commands::of(page::other(language))),
    }
}

impl Messages {
    /// The page that starts a call-out, or its confirmation.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn telling_page(&self, view: &TellingView<'_>) -> Result<String, Error> {
        let (language, plan) = (view.language, view.plan);
        let w = Commands::of(language);
        let mut fields = Fields::new(view.values);
        let kind = view.values.one("kind");
        if KINDS.contains(&kind) {
            self::fields(&mut fields, kind, plan, language);
        } else {
            let kinds = KINDS.map(|kind| (kind.to_owned(), named(kind, w).to_owned()));
            let kinds = fields.one_of("kind", both(language, |w| w.trigger_kind), kinds);
            kinds.required();
        }
        let rule = view.preview.and_then(|preview| preview["rules"].get(0));
        let calls = view.preview.is_none() || rule.is_some();
        let mut says = vec![w.trigger_says.to_owned()];
        if !calls {
            says.push(w.trigger_nobody.to_owned());
        }
        let about = KINDS.contains(&kind).then(|| named(kind, w).to_owned());
        self.form(Form {
            kind: Kind::Real,
            title: both(language, |w| w.trigger),
            about,
            says,
            problem: view.problem,
            facts: rule.map_or_else(Vec::new, |rule| preview(rule, view)),
            action: "/trigger".to_owned(),
            fields,
            confirming: view.preview.is_some(),
            press: Press {
                label: if calls {
                    both(language, |w| w.trigger_do)
                } else {
                    both(language, |w| w.trigger_nobody_do)
                },
                class: if calls { "danger" } else { "received" },
            },
            back: "/".to_owned(),
            reader: view.reader,
            language,
        })
    }
}

fn named(kind: &str, w: &Commands) -> &'static str {
    match kind {
        "earthquake" => w.kind_earthquake,
        "wind-flood" => w.kind_wind_flood,
        "security-incident" => w.kind_incident,
        _ => w.kind_threat,
    }
}

/// The fields of an event of a kind.
pub(super) fn fields(fields: &mut Fields<'_>, kind: &str, plan: &Plan, language: Language) {
    let both = |pick: fn(&Commands) -> &'static str| both(language, pick);
    let w = Commands::of(language);
    match kind {
        "earthquake" => {
            let intensities = Intensity::ALL.iter().rev().map(|intensity| {
                let (ja, en) = intensity.spoken();
                let spoken = Text::new(ja, en);
                (intensity.name().to_owned(), spoken.get(language).to_owned())
            });
            let intensity = fields.one_of("intensity", both(|w| w.intensity), intensities);
            intensity.required();
        }
        "wind-flood" => {
            let postures = (1..=3).map(|level: u8| (level.to_string(), level.to_string()));
            fields
                .one_of("posture", both(|w| w.posture), postures)
                .required();
            let by = fields.line("ordered_by", both(|w| w.ordered_by)).required();
            by.hint(w.answer_person_hint);
        }
        "security-incident" => {
            let effects = Effect::ALL.map(|effect| {
                let said = match effect {
                    Effect::Small => w.effect_small,
                    Effect::WorkHindered => w.effect_work_hindered,
                    Effect::Residents => w.effect_residents,
                };
                (effect.name().to_owned(), said.to_owned())
            });
            fields
                .one_of("effect", both(|w| w.effect), effects)
                .required();
            systems(fields, both(|w| w.systems), &plan.roster);
        }
        _ => {
            let rules = plan.rules.values().map(|rule| {
                let title = rule.title.get(language);
                (rule.id.to_string(), format!("{} {title}", rule.id))
            });
            fields.select("like", both(|w| w.like), rules).required();
            let threat = fields.line("threat", both(|w| w.threat)).required();
            threat.hint(w.threat_hint);
            let by = fields.line("ordered_by", both(|w| w.ordered_by));
            by.hint(w.answer_person_hint);
        }
    }
    fields.line("headline", both(|w| w.headline));
    fields.line("place", both(|w| w.place));
}

/// The information systems, by number and name.
pub(super) fn systems(fields: &mut Fields<'_>, label: Both, roster: &Roster) {
    if roster.systems.is_empty() {
        return;
    }
    let systems = roster.systems.values().map(|system| {
        let label = format!("{} {}", system.number, system.name);
        (system.number.to_string(), label)
    });
    fields.any_of("systems", label, systems);
}

/// What would happen, fact by fact.
fn preview(rule: &Value, view: &TellingView<'_>) -> Vec<Filled> {
    let language = view.language;
    let w = Commands::of(language);
    let text = |name: &str| one_line(rule[name].as_str().unwrap_or_default());
    let called = Called::of(rule);
    let (first, all) = (called.first.to_string(), called.all.to_string());
    let edition = words::edition(&view.plan.edition, &view.plan.roster, language);
    let mut facts = vec![
        Filled {
            label: w.preview_rule,
            value: format!("{} {}（{}）", text("rule"), text("title"), text("source")),
        },
        Filled {
            label: w.preview_called,
            value: fill(w.preview_called_says, &[("first", &first), ("all", &all)]),
        },
        Filled {
            label: w.preview_waits,
            value: waits(rule, language),
        },
        Filled {
            label: w.preview_subject,
            value: text("subject"),
        },
        Filled {
            label: w.edition,
            value: edition,
        },
    ];
    for target in rule["targets"].as_array().into_iter().flatten() {
        let name = target["name"].as_str().unwrap_or_default();
        let people = called.first_of(rule, name, language);
        let need = target["need"].to_string();
        let values = [("name", name), ("need", &need), ("people", &people)];
        facts.push(Filled {
            label: w.preview_targets,
            value: one_line(&fill(w.preview_target, &values)),
        });
    }
    facts
}

/// What stands between the yes and the first message.
fn waits(rule: &Value, language: Language) -> String {
    let w = Commands::of(language);
    let mut waits = Vec::new();
    if rule["second_person"] == true {
        waits.push(w.preview_second.to_owned());
    }
    if let Some(seconds) = rule["hold_seconds"].as_u64() {
        waits.push(fill(w.preview_hold, &[("seconds", &seconds.to_string())]));
    }
    if rule["decision"].is_object() {
        waits.push(w.preview_decision.to_owned());
    }
    if waits.is_empty() {
        w.preview_at_once.to_owned()
    } else {
        list(&waits, language)
    }
}

/// Who is called first, and how many in all if nobody answers.
struct Called {
    first: usize,
    all: usize,
}

impl Called {
    fn of(rule: &Value) -> Self {
        let mut all = std::collections::HashSet::new();
        let mut first = None;
        for step in rule["steps"].as_array().into_iter().flatten() {
            all.extend(people_called(step).filter_map(|person| person["person"].as_str()));
            if first.is_none() && !all.is_empty() {
                first = Some(all.len());
            }
        }
        Self {
            first: first.unwrap_or_default(),
            all: all.len(),
        }
    }

    /// The names of those who are called first for a target.
    fn first_of(&self, rule: &Value, target: &str, language: Language) -> String {
        let mut steps = rule["steps"].as_array().into_iter().flatten();
        let first = steps.find(|step| people_called(step).next().is_some());
        let people = first.into_iter().flat_map(people_called);
        let for_it = people.filter(|person| {
            let mut why = person["why"].as_array().into_iter().flatten();
            why.any(|name| name == target)
        });
        let names: Vec<String> = for_it
            .filter_map(|person| person["name"].as_str().map(one_line))
            .collect();
        let shown = list(names.get(..NAMED).unwrap_or(&names), language);
        match names.len().saturating_sub(NAMED) {
            0 => shown,
            more => {
                let w = Commands::of(language);
                let more = fill(w.preview_more, &[("count", &more.to_string())]);
                list(&[shown, more], language)
            }
        }
    }
}

fn people_called(step: &Value) -> impl Iterator<Item = &Value> {
    let sent = step["sent"].as_array().into_iter().flatten();
    sent.filter(|sent| sent["purpose"] == "call")
        .flat_map(|sent| sent["people"].as_array().into_iter().flatten())
}
