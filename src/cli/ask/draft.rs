//! An event as far as it has been told.
//!
//! Owns what is known of it, and its body for the API. Invariant: what was
//! told of another kind of event before a step back never goes with it.

use serde_json::{Value, json};

use super::super::output::both;
use super::choices::Choice;
use super::steps::Step;
use crate::domain::event::{Effect, Intensity};

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Earthquake,
    WindFlood,
    SecurityIncident,
    Threat,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [
        Self::Earthquake,
        Self::WindFlood,
        Self::SecurityIncident,
        Self::Threat,
    ];

    /// As shown.
    pub(super) fn label(self) -> String {
        match self {
            Self::Earthquake => both("地震", "earthquake"),
            Self::WindFlood => both(
                "風水害（非常配備体制の指令）",
                "wind or flood: a posture was ordered",
            ),
            Self::SecurityIncident => both("情報セキュリティ事象", "security incident"),
            Self::Threat => both("その他の脅威", "another threat"),
        }
    }
}

/// What was told so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) intensity: Option<Intensity>,
    pub(super) posture: u8,
    pub(super) ordered_by: Option<Choice>,
    pub(super) effect: Option<Effect>,
    pub(super) systems: Vec<Choice>,
    pub(super) like: Option<Choice>,
    pub(super) threat: String,
    /// Whose order the rule takes; empty where it takes anybody's.
    pub(super) orderers: Vec<Choice>,
    pub(super) headline: String,
    pub(super) place: String,
}

impl Draft {
    /// The questions for this kind of event.
    pub(super) fn steps(&self) -> &'static [Step] {
        use Step as S;
        match self.kind {
            Kind::Earthquake => &[S::Kind, S::Intensity, S::Headline, S::Place],
            Kind::WindFlood => &[S::Kind, S::Posture, S::OrderedBy, S::Headline, S::Place],
            Kind::SecurityIncident => &[S::Kind, S::Effect, S::Systems, S::Headline, S::Place],
            Kind::Threat if self.orderers.is_empty() => {
                &[S::Kind, S::Threat, S::Like, S::Headline, S::Place]
            }
            Kind::Threat => &[
                S::Kind,
                S::Threat,
                S::Like,
                S::OrderedBy,
                S::Headline,
                S::Place,
            ],
        }
    }

    /// The body for `POST /api/v1/events`.
    pub(super) fn body(&self, key: &str) -> Value {
        let id = |choice: &Option<Choice>| choice.as_ref().map(|choice| choice.id.clone());
        let mut body = match self.kind {
            Kind::Earthquake => json!({
                "kind": "earthquake",
                "intensity": self.intensity.map(Intensity::name),
            }),
            Kind::WindFlood => json!({
                "kind": "wind-flood",
                "posture": self.posture,
                "ordered_by": id(&self.ordered_by),
            }),
            Kind::SecurityIncident => {
                let systems: Vec<&str> = self.systems.iter().map(|one| one.id.as_str()).collect();
                json!({
                    "kind": "security-incident",
                    "effect": self.effect.map(Effect::name),
                    "systems": systems,
                })
            }
            Kind::Threat => json!({
                "kind": "threat",
                "like": id(&self.like),
                "threat": self.threat,
            }),
        };
        if self.kind == Kind::Threat && !self.orderers.is_empty() {
            body["ordered_by"] = id(&self.ordered_by).into();
        }
        for (name, text) in [
            ("headline", self.headline.as_str()),
            ("place", &self.place),
            ("key", key),
        ] {
            if !text.is_empty() {
                body[name] = text.into();
            }
        }
        body
    }

    /// The whole of it in a line.
    pub(super) fn said(&self) -> String {
        let label = |choice: &Option<Choice>| {
            let label = choice.as_ref().map(|choice| choice.label.clone());
            label.unwrap_or_default()
        };
        let what = match self.kind {
            Kind::Earthquake => {
                let (ja, en) = self.intensity.map(Intensity::spoken).unwrap_or_default();
                both(
                    &format!("震度{ja}の地震"),
                    &format!("earthquake, intensity {en}"),
                )
            }
            Kind::WindFlood => {
                let (posture, by) = (self.posture, label(&self.ordered_by));
                both(
                    &format!("第{posture}非常配備体制、指令 {by}"),
                    &format!("posture {posture} ordered by {by}"),
                )
            }
            Kind::SecurityIncident => {
                let effect = self.effect.map(effect_label).unwrap_or_default();
                let systems: Vec<&str> =
                    self.systems.iter().map(|one| one.label.as_str()).collect();
                format!("{effect} {}", systems.join("、"))
            }
            Kind::Threat => format!("{}（{}）", self.threat, label(&self.like)),
        };
        let more = [&self.headline, &self.place];
        let more = more.into_iter().filter(|text| !text.is_empty());
        let parts: Vec<&str> = std::iter::once(what.as_str())
            .chain(more.map(String::as_str))
            .collect();
        parts.join("  ")
    }
}

/// How far an incident reaches, as shown.
pub(super) fn effect_label(effect: Effect) -> String {
    match effect {
        Effect::Small => both(
            "影響は小さい（課内で対応）",
            "small: the section handles it",
        ),
        Effect::WorkHindered => both("業務に支障、またはそのおそれ", "work hindered, or may be"),
        Effect::Residents => both("住民または庁舎全域に影響", "residents or the whole office"),
    }
}
