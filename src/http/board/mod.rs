//! The board: pages for those who lead, behind a sign-in.
//!
//! Owns which page a request gets. A GET never changes anything. `message`
//! owns every word and the layout.

mod changes;
mod commands;
mod drills;
mod live;
mod people;
mod trigger;
mod visit;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::domain::text::{Language, Text, without_addresses};
use crate::http::call_outs::{kept, seen};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::{App, editions};
use crate::message::view::{BoardView, CallOutSummary, CallOutView, NotificationRow};
use crate::message::words::alarm::call_out_damaged;

pub(super) use live::live;
use visit::Visit;
pub(super) use visit::{Asked, html, page_of};

/// How often the pages of the board ask for themselves again.
const REFRESH_SECS: u32 = 5;

/// Ended call-outs on the board.
const ENDED: usize = 10;

/// The pages that end at once; the live stream does not.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(board))
        .route("/call-outs/{id}", get(call_out))
        .route(
            "/call-outs/{id}/{command}",
            get(commands::form).post(commands::send),
        )
        .route("/trigger", get(trigger::form).post(trigger::send))
        .route("/drills", get(drills::list).post(drills::send))
        .route("/people", get(people::page))
        .route(
            "/people/changes/{id}",
            get(changes::form).post(changes::send),
        )
}

/// `GET /`: the board.
pub(super) async fn board(State(app): State<App>, visit: Visit) -> Response {
    let shown = show_board(&app, &visit).await;
    visit.answer(&app, shown)
}

async fn show_board(app: &App, visit: &Visit) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let mut view = BoardView::new(app.engine.now(), visit.language);
    view.refresh_secs = Some(REFRESH_SECS);
    view.reader = visit.reader.clone();
    let plan = &standing.plan;
    let label = |language| crate::message::words::edition(&plan.edition, &plan.roster, language);
    view.edition = Some(Text::new(label(Language::Ja), label(Language::En)));
    view.notices = editions::notices(app);
    let (line, list) = crate::http::readiness::board(app, plan).await?;
    view.duties = app.engine.drill_standings().await?;
    view.readiness_line = line;
    view.readiness = list;
    if app.engine.metrics().call_list_stale.get() != 0 {
        let says = crate::message::words::call_list_stale;
        view.notices
            .push(Text::new(says(Language::Ja), says(Language::En)));
    }
    view.clashes = app
        .engine
        .clashes()
        .iter()
        .map(|clash| {
            let say = |language| crate::message::words::clash(clash, &plan.roster, language);
            Text::new(say(Language::Ja), say(Language::En))
        })
        .collect();
    view.drills = super::drills::coming(app, plan).await?;
    for summary in app.engine.store().call_outs(false, 200).await? {
        if !summary.live && view.ended.len() >= ENDED {
            continue;
        }
        let Some(shown) = seen(app, &summary.id, CallOutSummary::new).await? else {
            view.notices.push(call_out_damaged(&summary.id));
            continue;
        };
        let place = if summary.live {
            &mut view.open
        } else {
            &mut view.ended
        };
        place.push(shown);
    }
    // Why: a drill never stands before what is real, however new it is.
    view.open.sort_by_key(|call_out| call_out.drill);
    Ok(visit.page(app, standing.messages.board(&view)))
}

/// What a call-out's page may be asked with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AskedOfOne {
    done: Option<String>,
}

/// `GET /call-outs/{id}`: one call-out.
pub(super) async fn call_out(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<AskedOfOne>,
    visit: Visit,
) -> Response {
    let shown = show_call_out(&app, &visit, &id, asked.done.is_some()).await;
    visit.answer(&app, shown)
}

async fn show_call_out(
    app: &App,
    visit: &Visit,
    id: &str,
    done: bool,
) -> Result<Response, Problem> {
    let kept = kept(app, id).await?;
    let records = app.engine.store().journal(&kept.call_out.id, 0).await?;
    let notifications: Vec<NotificationRow> = kept
        .notifications
        .iter()
        .map(|row| NotificationRow {
            person: row.draft.person.clone(),
            channel: row.draft.contact.channel.clone(),
            purpose: row.draft.purpose,
            stage: row.draft.stage,
            state: row.state,
            attempts: row.attempts,
            at: row.settled_at,
            error: row
                .detail
                .as_deref()
                .map(|said| without_addresses(said, &row.draft.contact.address)),
        })
        .collect();
    let standing = app.engine.standing();
    let mut view = CallOutView::new(
        &kept.call_out,
        &records,
        &notifications,
        app.engine.now(),
        visit.language,
    );
    view.refresh_secs = Some(REFRESH_SECS);
    view.reader = Some(&visit.reader);
    view.done = done;
    Ok(visit.page(app, standing.messages.call_out_page(&view)))
}
