//! Tells the board's pages that something changed (server-sent events).
//!
//! Owns the pace: however much happens, a page hears of it at most once a
//! second, so that hundreds of them can be open. It carries no content: each
//! page fetches itself, and so shows what its reader may see.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use tokio::sync::broadcast::error::RecvError;

use super::visit::Visit;
use crate::clock::Clock;
use crate::http::App;

/// The shortest time between two tellings.
const PACE: Duration = Duration::from_secs(1);

/// How often a connection that has nothing to say says so.
const ALIVE: Duration = Duration::from_secs(10);

/// The last word on a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Hello,
    Changed,
}

/// What every word carries: browsers drop one that carries nothing.
const SOMETHING: &str = "1";

/// `GET /live`
pub(in crate::http) async fn live(State(app): State<App>, _visit: Visit) -> Response {
    let changes = app.engine.changes();
    let said = stream::unfold((changes, Said::Nothing), |(mut changes, said)| async move {
        if said == Said::Nothing {
            let hello = Event::default().event("hello").data(SOMETHING);
            return Some((Ok::<_, Infallible>(hello), (changes, Said::Hello)));
        }
        if said == Said::Changed {
            Clock::system().sleep(PACE).await;
        }
        loop {
            match changes.recv().await {
                // Why: one word is enough for all that came meanwhile.
                Ok(_) if !changes.is_empty() => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return None,
            }
        }
        let changed = Event::default().event("changed").data(SOMETHING);
        Some((Ok(changed), (changes, Said::Changed)))
    });
    let said = said.take_until(Box::pin(app.closed()));
    Sse::new(said)
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response()
}
