//! Sign-in to the board: a token is exchanged for a cookie.
//!
//! Owns the cookie: signed, bound to the token's name and digest, for twelve
//! hours; and the mark that ties a form to its session. Nothing is kept; a
//! token taken out of `muster.toml` ends its sessions.

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::App;
use super::auth::{Caller, Token, by_token, cookie, find};
use super::board;
use super::problem::Problem;

/// How long a sign-in holds: one shift.
const HOLDS: SignedDuration = SignedDuration::from_hours(12);

const NAME: &str = "muster_session";

/// Who is signed in.
pub(super) fn caller(parts: &Parts, app: &App) -> Option<Caller> {
    let value = cookie(parts, NAME)?;
    let mut fields = value.splitn(3, '.');
    let (until, tag, name) = (fields.next()?, fields.next()?, fields.next()?);
    let until_seconds: i64 = until.parse().ok()?;
    let token = app
        .settings
        .tokens
        .iter()
        .find(|token| token.name == name)?;
    let expected = signature(app, token, until_seconds);
    let same: bool = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), tag.as_bytes()).into();
    let holds = Timestamp::from_second(until_seconds).ok()? > app.engine.now();
    (same && holds).then(|| Caller {
        session: Some(expected),
        ..by_token(token)
    })
}

/// What a form of the board carries, so that no other site can send it in the
/// reader's name. Whoever calls without a cookie needs none.
pub(super) fn form_mark(app: &App, caller: &Caller) -> String {
    let session = caller.session.as_deref().unwrap_or_default();
    app.engine.keys().tag("board form", session.as_bytes())
}

/// Refuses a form that was not made for this session.
///
/// # Errors
///
/// 403 with what to do.
pub(super) fn check_form(app: &App, caller: &Caller, mark: &str) -> Result<(), Problem> {
    let wanted = form_mark(app, caller);
    let same: bool = subtle::ConstantTimeEq::ct_eq(wanted.as_bytes(), mark.as_bytes()).into();
    if same || caller.session.is_none() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "this form was made for another sign-in; nothing was done: open the page again and send it from there",
    )
    .ja("別のサインインの画面から送られたため、何もしていません。画面を開き直して、もう一度送ってください"))
}

fn signature(app: &App, token: &Token, until_seconds: i64) -> String {
    let mut data = token.sha256.to_vec();
    data.extend(until_seconds.to_be_bytes());
    data.extend(token.name.as_bytes());
    app.engine.keys().tag("board session", &data)
}

/// The sign-in form.
#[derive(Debug, Deserialize)]
pub(super) struct SignIn {
    token: String,
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    if let Err(problem) = super::same_site(&headers) {
        return problem.into_response();
    }
    match find(&app.settings.tokens, form.token.trim()) {
        Some(token) => {
            let until = app.engine.now() + HOLDS;
            let tag = signature(&app, token, until.as_second());
            let value = format!("{}.{tag}.{}", until.as_second(), token.name);
            with_cookie(
                Redirect::to("/").into_response(),
                &app,
                &value,
                HOLDS.as_secs(),
            )
        }
        None => match board::sign_in(&app, &headers, true) {
            Ok(page) => (StatusCode::UNAUTHORIZED, page).into_response(),
            Err(problem) => problem.into_response(),
        },
    }
}

/// The sign-out form.
#[derive(Debug, Deserialize)]
pub(super) struct SignOut {
    #[serde(default)]
    mark: String,
}

/// `POST /sign-out`
pub(super) async fn sign_out(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(form): Form<SignOut>,
) -> Result<Response, Problem> {
    super::same_site(&headers)?;
    check_form(&app, &caller, &form.mark)?;
    Ok(with_cookie(Redirect::to("/").into_response(), &app, "", 0))
}

fn with_cookie(mut response: Response, app: &App, value: &str, seconds: i64) -> Response {
    let secure = if app.settings.public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let cookie =
        format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
