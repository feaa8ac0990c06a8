//! Whether the daemon lives and works, and its counters.
//!
//! Owns what "ready" means: the store answers and takes what is written, events too,
//! and the last turn is recent.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::problem::Problem;
use crate::store;

/// A last turn older than this is not ready.
const STALE_SECONDS: i64 = 30;

/// `GET /healthz`
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`
pub(super) async fn ready(State(app): State<App>) -> Result<String, Problem> {
    let now = app.engine.now();
    // Why not as the clockwork asks: anybody may stand in this line.
    app.engine.store().answers().await?;
    if app.engine.store().is_full() {
        return Err(Problem::from(store::Error::Full));
    }
    let age = now.as_second() - app.engine.metrics().last_turn_seconds();
    if age > STALE_SECONDS {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "muster の最後の巡回から {age} 秒たっていて、招集が止まっているおそれがあります。muster のログを確かめてください"
            ),
            format!("the last turn ended {age} s ago; see the log"),
        ));
    }
    let refuses = app.engine.store_refuses().unwrap_or_default().as_secs();
    if refuses > STALE_SECONDS {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "{refuses} 秒前から記録を書けず、招集が止まっています。muster のログとディスクを確かめてください"
            ),
            format!("nothing could be written for {refuses} s; see the log and the disk"),
        ));
    }
    // Why not refused: events are taken, and nothing is lost.
    let kept = app.engine.log_kept();
    let kept = kept.map_or_else(String::new, |says| format!("{}\n", says.en));
    Ok(format!("ready\n{kept}"))
}

/// `GET /metrics`
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    )];
    let metrics = app.engine.metrics();
    let store = app.engine.store();
    metrics.store_full.set(i64::from(store.is_full()));
    let wal_bytes = store.wal_bytes();
    metrics
        .store_wal_bytes
        .set(i64::try_from(wal_bytes).unwrap_or(i64::MAX));
    (kind, metrics.text()).into_response()
}
