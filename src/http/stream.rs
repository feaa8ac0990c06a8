//! The account of a call-out, live (server-sent events).
//!
//! Owns the order: an entry is sent after its commit, once, by its number, so
//! that a client that comes back with `Last-Event-ID` misses nothing.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts as _, State};
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::App;
use super::auth::{May, needs};
use super::path::Path;
use super::problem::Problem;
use crate::domain::call_out::CallOut;
use crate::domain::id::CallOutId;
use crate::domain::journal::Record;
use crate::domain::text::{Language, without_addresses};
use crate::report::status::time;
use crate::store::codec;

/// An entry for programs, with its words in both languages.
pub(super) fn entry(app: &App, record: &Record, call_out: &CallOut) -> Value {
    let standing = app.engine.standing();
    let mut value = codec::entry(&record.entry);
    // Why: an account of before they were left out may hold addresses.
    if let Some(detail) = value["detail"].as_str() {
        value["detail"] = without_addresses(detail, "").into();
    }
    // Why: the store keeps microseconds; programs are told times as everywhere.
    for name in ["until", "again_at"] {
        if let Some(at) = value[name].as_i64() {
            let at = time(codec::timestamp(at), &standing.plan.time_zone);
            value[name] = at.into();
        }
    }
    value["seq"] = record.seq.into();
    value["at"] = time(record.at, &standing.plan.time_zone).into();
    value["ja"] = standing.messages.say(record, call_out, Language::Ja).into();
    value["en"] = standing.messages.say(record, call_out, Language::En).into();
    value
}

/// `GET /api/v1/call-outs/{id}/stream`
pub(super) async fn stream(
    State(app): State<App>,
    _may: May<needs::Read>,
    parts: Parts,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let id = CallOutId::new(&id);
    // Why: subscribed before the first reading, so that nothing falls between.
    let changes = app.engine.changes();
    app.engine.view(&id, |_| ()).await?;
    let after = parts
        .headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let closed = app.closed();
    let state = (app, id, parts, changes, after, true);
    let batches = stream::unfold(state, |state| async move {
        let (app, id, mut parts, mut changes, after, first) = state;
        if !first {
            loop {
                match changes.recv().await {
                    // Why: what came meanwhile is read with it.
                    Ok(changed) if changed == id => {
                        while changes.try_recv().is_ok() {}
                        break;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return None,
                }
            }
        }
        // Why each time: a token, a scope or a person may be taken out.
        May::<needs::Read>::from_request_parts(&mut parts, &app)
            .await
            .ok()?;
        let (events, last) = read(&app, &id, after).await;
        Some((events, (app, id, parts, changes, last, false)))
    });
    let events = batches.flat_map(|events| stream::iter(events.into_iter().map(Ok)));
    let events = events.take_until(Box::pin(closed));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The entries after one, then a `counts` event with the figures of now.
async fn read(app: &App, id: &CallOutId, after: u64) -> (Vec<Event>, u64) {
    let records = app
        .engine
        .store()
        .journal(id, after)
        .await
        .unwrap_or_default();
    let call_out = app.engine.view(id, Clone::clone).await;
    let Ok(call_out) = call_out else {
        return (Vec::new(), after);
    };
    let last = records.last().map_or(after, |record| record.seq);
    let mut events: Vec<Event> = records
        .iter()
        .map(|record| {
            let body = entry(app, record, &call_out).to_string();
            Event::default()
                .id(record.seq.to_string())
                .event("entry")
                .data(body)
        })
        .collect();
    let standing = app.engine.standing();
    let shown = crate::report::status::Shown {
        plan: &standing.plan,
        language: standing.plan.language,
        addresses: false,
    };
    let summary = crate::report::status::summary(&call_out, shown);
    let counts = json!({ "state": summary["state"], "counts": summary["counts"], "targets": summary["targets"] });
    events.push(Event::default().event("counts").data(counts.to_string()));
    (events, last)
}
