//! Sessions of the board: who is signed in, as a cookie says.
//!
//! Owns the cookie: a secret, for twelve hours, whose session stands on a token or on
//! a person and the mail address that their link went to; and the mark that ties a
//! form to its session. What is taken out of `muster.toml` or the roster ends its
//! sessions at the next request, and signing out ends one. `sessions` keeps them.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use super::App;
use super::auth::{Caller, by_person, by_token, cookie, find, scopes_of};
use super::problem::Problem;
use super::sessions::{Session, digest};
use super::sign_in::{self, After};
use crate::domain::id::PersonId;

/// How long a sign-in holds: one shift.
pub(super) const HOLDS: SignedDuration = SignedDuration::from_hours(12);

const NAME: &str = "muster_session";

/// What stands before a person's id where it is kept; no token's name has a colon.
const PERSON: &str = "person:";

/// Who is signed in.
pub(super) fn caller(parts: &Parts, app: &App) -> Option<Caller> {
    let secret = cookie(&parts.headers, NAME)?;
    let session = app.sessions.find(secret)?;
    if session.until <= app.engine.now() {
        return None;
    }
    let caller = match session.whose.strip_prefix(PERSON) {
        Some(id) => of_person(app, &PersonId::new(id), &session.on),
        None => of_token(app, &session.whose, &session.on),
    };
    caller.map(|caller| Caller {
        session: Some(mark(secret)),
        ..caller
    })
}

fn of_token(app: &App, name: &str, on: &str) -> Option<Caller> {
    let settings = app.settings();
    let token = settings.tokens.iter().find(|token| token.name == name)?;
    same(&digest(token.sha256), on).then(|| by_token(token))
}

/// Invariant: the roster and the operator's file are asked at each request, so
/// that whoever lost either has lost the session.
fn of_person(app: &App, id: &PersonId, on: &str) -> Option<Caller> {
    let standing = app.engine.standing();
    let roster = &standing.plan.roster;
    let person = roster.people.get(id)?;
    let mut contacts = person.mail_contacts();
    if !contacts.any(|contact| same(&digest(&*contact.address), on)) {
        return None;
    }
    let scopes = scopes_of(&app.settings().sign_ins, id, roster);
    (!scopes.is_empty()).then(|| Caller {
        principal: by_person(id),
        scopes,
        session: None,
        language: None,
    })
}

/// Invariant: the time taken says nothing about how much was right.
pub(super) fn same(expected: &str, given: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), given.as_bytes()).into()
}

/// What a form of the board carries, so that no other site can send it in the
/// reader's name: of the secret, so that nobody makes it who has not that.
fn mark(secret: &str) -> String {
    digest(format!("board form\0{secret}"))
}

/// The mark of a caller's forms. Whoever calls without a cookie needs none.
pub(super) fn form_mark(caller: &Caller) -> &str {
    caller.session.as_deref().unwrap_or_default()
}

/// Refuses a form that was not made for this session.
///
/// # Errors
///
/// 403 with what to do.
pub(super) fn check_form(caller: &Caller, mark: &str) -> Result<(), Problem> {
    if same(form_mark(caller), mark) || caller.session.is_none() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "別のサインインの画面から送られたため、何もしていません。画面を開き直して、もう一度送ってください",
        "this form was made for another sign-in; nothing was done: open the page again and send it from there",
    ))
}

/// The sign-in form.
#[derive(Debug, Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    token: String,
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form<SignIn>, FormRejection>,
) -> Response {
    if let Err(problem) = super::same_site(&headers) {
        return problem.into_response();
    }
    // Why: what cannot be read is a wrong token, and the page says what to do.
    let token = form.map(|Form(form)| form.token).unwrap_or_default();
    let opened = match find(&app.settings().tokens, token.trim()) {
        Some(token) => opened(&app, digest(token.sha256), token.name.clone()).await,
        None => sign_in::form(&app, None, &headers, After::Refused),
    };
    opened.unwrap_or_else(IntoResponse::into_response)
}

/// Signs a person in whose link went to an address; on to the board.
pub(super) async fn open(app: &App, person: &PersonId, address: &str) -> Result<Response, Problem> {
    opened(app, digest(address), format!("{PERSON}{person}")).await
}

async fn opened(app: &App, on: String, whose: String) -> Result<Response, Problem> {
    let until = app.engine.now() + HOLDS;
    let session = Session { until, on, whose };
    let secret = app.sessions.open(app.engine.clock(), session).await;
    let secret = secret.map_err(|error| {
        tracing::error!(error = %error, "no random numbers for a session");
        Problem::inside("乱数を得られません", "no random numbers")
    })?;
    let response = Redirect::to("/").into_response();
    Ok(with_cookie(response, app, &secret, HOLDS.as_secs()))
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
    check_form(&caller, &form.mark)?;
    if let Some(secret) = cookie(&headers, NAME) {
        app.sessions.end(secret).await;
    }
    Ok(with_cookie(Redirect::to("/").into_response(), &app, "", 0))
}

fn with_cookie(mut response: Response, app: &App, value: &str, seconds: i64) -> Response {
    let secure = if app.settings().public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let cookie =
        format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
