//! An event on the command line.
//!
//! Owns its options and the way into the body of `POST /api/v1/events`, so
//! that the command line and HTTP are checked by the same code.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output;

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
        #[command(flatten)]
        common: Common,
    },
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
    /// Names this report: the same key again is the same event
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
            Self::Threat { like, kind, common } => (
                json!({ "kind": "threat", "like": like, "threat": kind }),
                common,
            ),
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

/// Asks step by step, on a terminal alone; what was chosen is said back and
/// wants a yes.
pub(super) fn ask() -> Result<Value, Failure> {
    if !std::io::stdin().is_terminal() || !output::is_terminal() {
        return Err(Failure::usage(
            "no event given; write for example: muster trigger earthquake --intensity 5-",
        ));
    }
    let kind = question(
        "何が起きましたか / What happened?  1 地震 earthquake  2 風水害 wind-flood  3 情報セキュリティ事象 security incident",
    )?;
    let mut body = match kind.as_str() {
        "1" => {
            json!({ "kind": "earthquake", "intensity": question("震度 / Intensity (1 2 3 4 5- 5+ 6- 6+ 7)")? })
        }
        "2" => {
            let posture: u8 = question("非常配備体制 / Posture (1 2 3)")?
                .parse()
                .map_err(|_| Failure::usage("the posture is 1, 2 or 3"))?;
            let by = question("指令した者 / Ordered by (id, post or name)")?;
            json!({ "kind": "wind-flood", "posture": posture, "ordered_by": by })
        }
        "3" => {
            let effect = question("影響 / Effect (small, work-hindered, residents)")?;
            json!({ "kind": "security-incident", "effect": effect })
        }
        other => {
            return Err(Failure::usage(format!(
                "{other:?} is none of 1, 2, 3; nothing was started"
            )));
        }
    };
    let headline = question("一言 / Headline (Enter: none)")?;
    if !headline.is_empty() {
        body["headline"] = headline.into();
    }
    output::say(&format!(
        "これは訓練ではありません / This is NOT a drill: {body}"
    ));
    let yes =
        question("本当に招集しますか。「はい」または yes / Really call people out? はい or yes")?;
    if yes == "はい" || yes.eq_ignore_ascii_case("yes") {
        Ok(body)
    } else {
        Err(Failure::refused("nothing was started"))
    }
}

fn question(text: &str) -> Result<String, Failure> {
    output::say(text);
    output::write("> ");
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    match read {
        Ok(0) => Err(Failure::refused("the input ended; nothing was started")),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(Failure::failed(format!(
            "the input cannot be read: {error}"
        ))),
    }
}
