//! Events over HTTP: parsed whole, checked, handed to the engine.
//!
//! Owns the shape of their bodies. Drills have calls of their own
//! (`drills`), so that no flag can turn one into the other.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::{Caller, May, needs};
use super::body::{Json, line};
use super::problem::Problem;
use crate::domain::drill_report;
use crate::domain::event::{Effect, EventKind, Intensity, Posture};
use crate::domain::id::{PersonId, RuleId};
use crate::domain::readiness;
use crate::domain::roster::Roster;
use crate::domain::schedule;
use crate::domain::text::Text;
use crate::engine::{Accepted, Became, Told};
use crate::report::explain::Imagined;

/// An event as it is told.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    pub(super) kind: String,
    intensity: Option<String>,
    posture: Option<u8>,
    ordered_by: Option<String>,
    effect: Option<String>,
    systems: Option<Vec<Value>>,
    like: Option<String>,
    threat: Option<String>,
    headline: Option<String>,
    place: Option<String>,
    key: Option<String>,
    at: Option<Timestamp>,
    drill: Option<Value>,
}

/// How the keys of the daemon's own events begin.
const OWN_KEYS: [&str; 4] = [
    readiness::KEY,
    schedule::KEY,
    schedule::SINCE,
    drill_report::KEY,
];

/// The longest key, in bytes.
const KEY_BYTES: usize = 200;

impl EventBody {
    /// The kind of event, with every field that it wants and none that it
    /// does not.
    ///
    /// # Errors
    ///
    /// 422 with the field and what to write.
    pub fn kind(&self, roster: &Roster) -> Result<EventKind, Problem> {
        if self.drill.is_some() {
            return Err(Problem::unacceptable(
                "訓練（drill）はここでは受け付けません。POST /api/v1/drills で始めてください",
                "\"drill\" is not taken here: a drill is started with POST /api/v1/drills",
            ));
        }
        let given = [
            ("intensity", self.intensity.is_some()),
            ("posture", self.posture.is_some()),
            ("ordered_by", self.ordered_by.is_some()),
            ("effect", self.effect.is_some()),
            ("systems", self.systems.is_some()),
            ("like", self.like.is_some()),
            ("threat", self.threat.is_some()),
        ];
        let wanted: &[&str] = match self.kind.as_str() {
            "earthquake" => &["intensity"],
            "wind-flood" => &["posture", "ordered_by"],
            "security-incident" => &["effect", "systems"],
            "threat" => &["like", "threat", "ordered_by"],
            other => {
                return Err(Problem::unacceptable(
                    format!(
                        "事象の種類（kind）{other:?} はありません。earthquake、wind-flood、security-incident、threat のどれかを指定してください"
                    ),
                    format!(
                        "kind {other:?} is not known; write earthquake, wind-flood, security-incident or threat"
                    ),
                ));
            }
        };
        if let Some((name, _)) = given
            .iter()
            .find(|(name, is)| *is && !wanted.contains(name))
        {
            let kind = &self.kind;
            return Err(Problem::unacceptable(
                format!(
                    "項目 {name:?} は、種類（kind）{kind:?} の事象には使えません。消すか、種類を改めてください"
                ),
                format!("{name:?} does not belong to kind {kind:?}"),
            ));
        }
        match self.kind.as_str() {
            "earthquake" => self.earthquake(),
            "wind-flood" => self.wind_flood(roster),
            "security-incident" => self.incident(roster),
            _ => self.threat(roster),
        }
    }

    /// The event as one that has not happened.
    ///
    /// # Errors
    ///
    /// As [`Self::kind`], and where the headline or the place is too long.
    pub fn imagined(&self, roster: &Roster) -> Result<Imagined, Problem> {
        Ok(Imagined {
            kind: self.kind(roster)?,
            headline: line("headline", self.headline.clone())?,
            place: line("place", self.place.clone())?,
            at: self.at,
            drill: false,
        })
    }

    fn earthquake(&self) -> Result<EventKind, Problem> {
        let text = wanted("intensity", self.intensity.as_deref())?;
        let intensity = Intensity::parse(text).ok_or_else(|| {
            Problem::unacceptable(
                format!(
                    "震度（intensity）{text:?} はありません。1、2、3、4、5-、5+、6-、6+、7 のどれかを指定してください"
                ),
                format!("intensity {text:?} is not known; write 1, 2, 3, 4, 5-, 5+, 6-, 6+ or 7"),
            )
        })?;
        Ok(EventKind::Earthquake { intensity })
    }

    fn wind_flood(&self, roster: &Roster) -> Result<EventKind, Problem> {
        let level = wanted("posture", self.posture)?;
        let posture = Posture::new(level).ok_or_else(|| {
            Problem::unacceptable(
                format!(
                    "配備体制（posture）{level} はありません。1、2、3 のどれかを指定してください"
                ),
                format!("posture {level} is not known; write 1, 2 or 3"),
            )
        })?;
        let ordered_by = wanted("ordered_by", self.ordered_by.as_deref())?;
        Ok(EventKind::WindFlood {
            posture,
            ordered_by: person(roster, "ordered_by", ordered_by)?,
            acting_for: None,
        })
    }

    fn incident(&self, roster: &Roster) -> Result<EventKind, Problem> {
        let text = wanted("effect", self.effect.as_deref())?;
        let effect = Effect::parse(text).ok_or_else(|| {
            Problem::unacceptable(
                format!(
                    "影響（effect）{text:?} はありません。small、work-hindered、residents のどれかを指定してください"
                ),
                format!("effect {text:?} is not known; write small, work-hindered or residents"),
            )
        })?;
        let mut systems = Vec::new();
        for value in self.systems.iter().flatten() {
            let number = system(roster, value)?;
            if !systems.contains(&number) {
                systems.push(number);
            }
        }
        Ok(EventKind::SecurityIncident { effect, systems })
    }

    fn threat(&self, roster: &Roster) -> Result<EventKind, Problem> {
        let threat = line("threat", self.threat.clone())?;
        let by = self.ordered_by.as_deref();
        let by = by.map(|by| person(roster, "ordered_by", by));
        Ok(EventKind::Threat {
            like: RuleId::new(wanted("like", self.like.as_deref())?),
            threat: wanted("threat", threat)?,
            ordered_by: by.transpose()?,
        })
    }
}

fn wanted<T>(name: &str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| {
        Problem::unacceptable(
            format!("項目 {name:?} がありません。指定してください"),
            format!("{name:?} is missing"),
        )
    })
}

/// A person by id, by the id of a post that one person holds, or by name.
///
/// # Errors
///
/// 422 where nobody or more than one is meant.
pub fn person(roster: &Roster, field: &str, text: &str) -> Result<PersonId, Problem> {
    if let Some(person) = roster.people.get(text) {
        return Ok(person.id.clone());
    }
    if let Some(post) = roster.posts.get(text)
        && let [holder] = post.holders.as_slice()
    {
        return Ok(holder.clone());
    }
    let mut named = roster
        .people
        .values()
        .filter(|person| *person.name.ja == *text || *person.name.en == *text);
    match (named.next(), named.next()) {
        (Some(person), None) => Ok(person.id.clone()),
        (Some(_), Some(_)) => Err(Problem::unacceptable(
            format!(
                "{field}: {text:?} という名前の人が複数います。roster.toml の id を指定してください"
            ),
            format!(
                "{field}: more than one person is called {text:?}; write the person's id from roster.toml"
            ),
        )),
        (None, _) => Err(Problem::unacceptable(
            format!("{field}: {text:?} は roster.toml にいません"),
            format!("{field}: there is no person {text:?} in roster.toml"),
        )),
    }
}

pub(super) fn system(roster: &Roster, value: &Value) -> Result<u16, Problem> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => {
            return Err(Problem::unacceptable(
                format!(
                    "情報システム（systems）の {other} は番号でも名称でもありません。どちらかを指定してください"
                ),
                format!("systems: {other} is neither a number nor a name"),
            ));
        }
    };
    roster
        .system(&text)
        .map(|system| system.number)
        .ok_or_else(|| {
            let numbers = numbers(roster);
            Problem::unacceptable(
                format!(
                    "情報システム {text:?} は roster.toml にありません。正確な名称か番号（{}）を指定してください",
                    numbers.ja
                ),
                format!(
                    "systems: there is no information system {text:?} in roster.toml; write its exact name, or a number ({})",
                    numbers.en
                ),
            )
        })
}

/// The numbers that there are, as a range.
fn numbers(roster: &Roster) -> Text {
    let numbers = || roster.systems.keys();
    match (numbers().min(), numbers().max()) {
        (Some(first), Some(last)) => {
            Text::new(format!("{first} から {last}"), format!("{first} to {last}"))
        }
        _ => Text::new("一つもありません", "it has none"),
    }
}

/// The key of a request: its own, or the header's for this caller.
pub(super) fn key(
    own: Option<String>,
    headers: &HeaderMap,
    caller: &Caller,
) -> Result<Option<String>, Problem> {
    let header = headers.get("idempotency-key");
    // Why not as if there were none: the next try would call everybody again.
    let header = header.map(|value| value.to_str()).transpose().map_err(|_| {
        Problem::unacceptable(
            "Idempotency-Key に読めない文字があります。英数字と記号だけで書くか、本文の key を使ってください",
            "Idempotency-Key holds what cannot be read; write it in ASCII, or use \"key\" in the body",
        )
    })?;
    let key = own.or_else(|| header.map(|text| format!("{} {text}", caller.principal)));
    match &key {
        Some(key)
            if key.is_empty() || key.len() > KEY_BYTES || key.chars().any(char::is_control) =>
        {
            Err(Problem::unacceptable(
                format!("key は 1 から {KEY_BYTES} バイトで、制御文字を含まないものにしてください"),
                format!("key: 1 to {KEY_BYTES} bytes without control characters are taken"),
            ))
        }
        Some(key) => match OWN_KEYS.iter().find(|own| key.starts_with(*own)) {
            Some(own) => Err(Problem::unacceptable(
                format!(
                    "key の {own:?} は muster 自身の記録のために取ってあります。別の key を使ってください"
                ),
                format!("key: {own:?} is kept for the daemon's own events; use another"),
            )),
            None => Ok(Some(key.clone())),
        },
        None => Ok(None),
    }
}

pub(super) fn answer(accepted: &Accepted) -> Response {
    let status = match accepted.became {
        Became::Opened | Became::Nothing => StatusCode::ACCEPTED,
        Became::Grown
        | Became::Held
        | Became::Known
        | Became::Aftershock
        | Became::Corrected
        | Became::Before => StatusCode::OK,
    };
    let call_outs: Vec<&str> = accepted.call_outs.iter().map(|id| id.as_str()).collect();
    let body = json!({
        "event": accepted.event.as_str(),
        "call_outs": call_outs,
        "duplicate": accepted.duplicate,
        "decision": accepted.became.name(),
    });
    (status, Reply(body)).into_response()
}

/// `POST /api/v1/events`
pub(super) async fn tell(
    State(app): State<App>,
    May(caller, _): May<needs::Trigger>,
    headers: HeaderMap,
    Json(body): Json<EventBody>,
) -> Result<Response, Problem> {
    let told = told(&app, &caller, &headers, body)?;
    let accepted = app.engine.tell(told).await?;
    Ok(answer(&accepted))
}

/// What a body tells, checked against the roster.
pub(super) fn told(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    body: EventBody,
) -> Result<Told, Problem> {
    Ok(Told {
        kind: body.kind(&app.engine.standing().plan.roster)?,
        headline: line("headline", body.headline)?,
        place: line("place", body.place)?,
        key: key(body.key, headers, caller)?,
        at: body.at,
        by: caller.principal.clone(),
    })
}
