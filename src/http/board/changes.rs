//! The word on a contact change that a person reported, on the board.
//!
//! Owns the form and its last yes. It shows what the roster's file would have afterwards, and
//! never writes it: an accepted report waits until somebody does.

use axum::extract::State;
use axum::response::Response;

use super::commands::may;
use super::visit::{Sent, Visit, go};
use crate::domain::contact_change::{Change, Verdict};
use crate::domain::event::LINE_CHARS;
use crate::domain::text::{Text, one_line};
use crate::http::App;
use crate::http::auth::needs;
use crate::http::contacts::changes::{found, settle};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::message::change_page::{Amended, ChangeView};
use crate::message::view::Values;

/// `GET /people/changes/{id}`
pub(in crate::http) async fn form(
    State(app): State<App>,
    Path(id): Path<String>,
    visit: Visit,
) -> Response {
    let shown = show(&app, &visit, &id, (&Values::default(), None, false)).await;
    visit.answer(&app, shown)
}

/// `POST /people/changes/{id}`
pub(in crate::http) async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { visit, values }: Sent,
) -> Response {
    let done = decide(&app, &visit, &id, &values).await;
    visit.answer(&app, done)
}

async fn decide(app: &App, visit: &Visit, id: &str, values: &Values) -> Result<Response, Problem> {
    may::<needs::Admin>(&visit.caller)?;
    let reason = one_line(values.one("reason"));
    let reason = (!reason.is_empty()).then_some(reason);
    let refused = |ja: &str, en: &str| Text::new(ja, en);
    let long = |reason: &String| reason.chars().count() > LINE_CHARS;
    let problem = match (Verdict::parse(values.one("word")), &reason) {
        (None, _) => refused(
            "了承するか、見送るかを選んでください",
            "choose whether it is accepted or declined",
        ),
        (Some(Verdict::Refused), None) => refused(
            "見送る理由を書いてください。本人の画面に出ます",
            "write why it is declined: the person reads it",
        ),
        (Some(_), Some(reason)) if long(reason) => refused(
            "理由を200文字までにしてください",
            "the reason may have 200 characters",
        ),
        (Some(verdict), _) => {
            if values.one("confirmed") != "yes" {
                return show(app, visit, id, (values, None, true)).await;
            }
            settle(app, &visit.caller, id, (verdict, reason)).await?;
            return Ok(go("/people"));
        }
    };
    show(app, visit, id, (values, Some(&problem), false)).await
}

async fn show(
    app: &App,
    visit: &Visit,
    id: &str,
    (values, problem, confirming): (&Values, Option<&Text>, bool),
) -> Result<Response, Problem> {
    may::<needs::Admin>(&visit.caller)?;
    let change = found(app, id).await?;
    let amended = amended(app, &change).await;
    let standing = app.engine.standing();
    let made = standing.messages.change_page(&ChangeView {
        change: &change,
        amended: &amended,
        plan: &standing.plan,
        values,
        problem,
        confirming,
        reader: &visit.reader,
        language: visit.language,
    });
    Ok(visit.page(app, made))
}

/// What the file would have; it is read afresh, apart from the calling.
async fn amended(app: &App, change: &Change) -> Amended {
    let (app, proposal) = (app.clone(), change.proposal.clone());
    let look = move || app.amends.get().map(|amends| (amends.0)(&proposal));
    let looked = tokio::task::spawn_blocking(look);
    let looked = looked.await.ok().flatten();
    looked.unwrap_or_else(|| Amended::Unknown(Text::default()))
}
