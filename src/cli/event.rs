//! An event on the command line.
//!
//! Owns its options and the way into the body of `POST /api/v1/events`, so
//! that the command line and HTTP are checked by the same code.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// What happened.
#[derive(Debug, Subcommand)]
pub(super) enum EventCommand {
    /// 地震: an earthquake
    Earthquake {
        /// 震度: 1, 2, 3, 4, 5-, 5+, 6-, 6+ or 7
        #[arg(long, value_parser = intensity)]
        intensity: String,
        #[command(flatten)]
        common: Common,
    },
    /// 風水害: an emergency posture was ordered
    WindFlood {
        /// 第1–3非常配備体制
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
        posture: u8,
        /// Who ordered it: a person's id, post or name
        #[arg(long, value_name = "PERSON")]
        ordered_by: String,
        #[command(flatten)]
        common: Common,
    },
    /// 情報セキュリティ事象: a security incident
    SecurityIncident {
        /// How far it reaches
        #[arg(long, value_parser = ["small", "work-hindered", "residents"])]
        effect: String,
        /// An information system that it touches, by number or name; repeatable
        #[arg(long = "system", value_name = "NO|NAME")]
        systems: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// その他の脅威: any other threat, handled as a rule that you choose
    Threat {
        /// The rule that fits the damage, for example P1
        #[arg(long, value_name = "RULE")]
        like: String,
        /// What the threat is, in words
        #[arg(long, value_name = "TEXT")]
        kind: String,
        /// Who ordered it, where the rule wants an order: a person's id, post or name
        #[arg(long, value_name = "PERSON")]
        ordered_by: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

/// A later report of what a call-out runs for.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    #[command(flatten)]
    Event(EventCommand),
    /// 取消: whoever reported the event has withdrawn it
    Withdrawn,
}

/// What every event may carry.
#[derive(Debug, Default, Args)]
pub(super) struct Common {
    /// What is known, in a sentence
    #[arg(long, value_name = "TEXT")]
    headline: Option<String>,
    /// Where to gather, if not where the rule says
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Names this report (else one is made): the same key is the same event
    #[arg(long)]
    key: Option<String>,
    /// When it happened (RFC 3339)
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

fn intensity(text: &str) -> Result<String, String> {
    crate::domain::event::Intensity::parse(text)
        .map(|intensity| intensity.name().to_owned())
        .ok_or_else(|| "write 1, 2, 3, 4, 5-, 5+, 6-, 6+ or 7".to_owned())
}

impl EventCommand {
    fn common(&self) -> &Common {
        match self {
            Self::Earthquake { common, .. }
            | Self::WindFlood { common, .. }
            | Self::SecurityIncident { common, .. }
            | Self::Threat { common, .. } => common,
        }
    }

    /// The key that was typed.
    pub(super) fn key(&self) -> Option<&str> {
        self.common().key.as_deref()
    }

    /// The same as [`Self::body`] under a key.
    pub(super) fn body_under(&self, key: &str) -> Value {
        let mut body = self.body();
        body["key"] = key.into();
        body
    }

    /// The body of `POST /api/v1/events`.
    pub(super) fn body(&self) -> Value {
        let (mut body, common) = match self {
            Self::Earthquake { intensity, common } => (
                json!({ "kind": "earthquake", "intensity": intensity }),
                common,
            ),
            Self::WindFlood {
                posture,
                ordered_by,
                common,
            } => (
                json!({ "kind": "wind-flood", "posture": posture, "ordered_by": ordered_by }),
                common,
            ),
            Self::SecurityIncident {
                effect,
                systems,
                common,
            } => (
                json!({ "kind": "security-incident", "effect": effect, "systems": systems }),
                common,
            ),
            Self::Threat {
                like,
                kind,
                ordered_by,
                common,
            } => {
                let mut body = json!({ "kind": "threat", "like": like, "threat": kind });
                if let Some(by) = ordered_by {
                    body["ordered_by"] = by.as_str().into();
                }
                (body, common)
            }
        };
        let given = [
            ("headline", &common.headline),
            ("place", &common.place),
            ("key", &common.key),
            ("at", &common.at),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                body[name] = value.as_str().into();
            }
        }
        body
    }
}
