//! The board: pages for those who lead, behind a sign-in.
//!
//! Owns which page a request gets. A GET never changes anything. `message`
//! owns every word and the layout.

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use crate::domain::text::{Language, Text, without_addresses};
use crate::http::auth::{Caller, Scope};
use crate::http::call_outs::{kept, language};
use crate::http::problem::Problem;
use crate::http::{App, editions, session, sign_in};
use crate::message::view::{BoardView, CallOutSummary, CallOutView, NotificationRow};
use crate::message::{Error, style_hash};

/// How often the pages of the board ask for themselves again.
const REFRESH_SECS: u32 = 5;

/// Ended call-outs on the board.
const ENDED: usize = 10;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) lang: Option<String>,
}

/// A page with its security policy: no script, no other host, one known style.
pub(super) fn html(status: StatusCode, made: Result<String, Error>) -> Result<Response, Problem> {
    let body = made.map_err(|error| {
        tracing::error!(error = %error, "a page cannot be made");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the page cannot be made; the reason is in the log",
        )
    })?;
    let mut response = (status, Html(body)).into_response();
    let policy = format!(
        "default-src 'none'; style-src '{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        style_hash()
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// Whoever is signed in, or the sign-in page.
async fn reader(app: &App, request: Request) -> Result<Result<Caller, Response>, Problem> {
    let (mut parts, _) = request.into_parts();
    let caller =
        <Caller as axum::extract::FromRequestParts<App>>::from_request_parts(&mut parts, app).await;
    match caller {
        Ok(caller) => {
            caller.require(Scope::Read)?;
            Ok(Ok(caller))
        }
        Err(_) => Ok(Err(sign_in::form(app, None, &parts.headers, false)?)),
    }
}

/// `GET /`: the board.
pub(super) async fn board(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let caller = match reader(&app, request).await? {
        Ok(caller) => caller,
        Err(page) => return Ok(page),
    };
    let standing = app.engine.standing();
    let language = language(asked.lang.as_deref(), &headers, standing.plan.language);
    let mut view = BoardView::new(app.engine.now(), language);
    view.refresh_secs = Some(REFRESH_SECS);
    view.signed_in_as = Some(crate::message::words::principal(
        &caller.principal,
        &standing.plan.roster,
        language,
    ));
    view.sign_out = Some("/sign-out".to_owned());
    view.mark = session::form_mark(&app, &caller);
    let plan = &standing.plan;
    let label = |language| crate::message::words::edition(&plan.edition, &plan.roster, language);
    view.edition = Some(Text::new(label(Language::Ja), label(Language::En)));
    view.notices = editions::notices(&app);
    let (line, list) = crate::http::readiness::board(&app, plan).await?;
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
    for summary in app.engine.store().call_outs(false, 200).await? {
        if !summary.live && view.ended.len() >= ENDED {
            continue;
        }
        let shown = app.engine.view(&summary.id, CallOutSummary::new).await?;
        let place = if summary.live {
            &mut view.open
        } else {
            &mut view.ended
        };
        place.push(shown);
    }
    html(StatusCode::OK, standing.messages.board(&view))
}

/// `GET /call-outs/{id}`: one call-out.
pub(super) async fn call_out(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    if let Err(page) = reader(&app, request).await? {
        return Ok(page);
    }
    let kept = kept(&app, &id).await?;
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
    let language = language(asked.lang.as_deref(), &headers, standing.plan.language);
    let mut view = CallOutView::new(
        &kept.call_out,
        &records,
        &notifications,
        app.engine.now(),
        language,
    );
    view.refresh_secs = Some(REFRESH_SECS);
    html(StatusCode::OK, standing.messages.call_out_page(&view))
}
