//! Sessions of the board: who is signed in, as a cookie says.
//!
//! Owns the cookie: signed, for twelve hours, bound to a token's name and
//! digest or to a person and the mail address that their link went to; and
//! the mark that ties a form to its session. Nothing is kept: what is taken
//! out of `muster.toml` or the roster ends its sessions at the next request.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::App;
use super::auth::{Caller, Token, by_person, by_token, cookie, find, scopes_of};
use super::problem::Problem;
use super::sign_in::{self, After};
use crate::domain::id::PersonId;

/// How long a sign-in holds: one shift.
pub(super) const HOLDS: SignedDuration = SignedDuration::from_hours(12);

const NAME: &str = "muster_session";

/// What stands before a person's id in the cookie; no token's name has a colon.
const PERSON: &str = "person:";

/// Who is signed in.
pub(super) fn caller(parts: &Parts, app: &App) -> Option<Caller> {
    let value = cookie(parts, NAME)?;
    let mut fields = value.splitn(3, '.');
    let (until, tag, whose) = (fields.next()?, fields.next()?, fields.next()?);
    let until = Timestamp::from_second(until.parse().ok()?).ok()?;
    if until <= app.engine.now() {
        return None;
    }
    match whose.strip_prefix(PERSON) {
        Some(id) => of_person(app, &PersonId::new(id), until, tag),
        None => of_token(app, whose, until, tag),
    }
}

fn of_token(app: &App, name: &str, until: Timestamp, tag: &str) -> Option<Caller> {
    let settings = app.settings();
    let token = settings.tokens.iter().find(|token| token.name == name)?;
    let expected = signature(app, token, until);
    same(&expected, tag).then(|| Caller {
        session: Some(expected),
        ..by_token(token)
    })
}

/// Invariant: the roster and the operator's file are asked at each request, so
/// that whoever lost either has lost the session.
fn of_person(app: &App, id: &PersonId, until: Timestamp, tag: &str) -> Option<Caller> {
    let standing = app.engine.standing();
    let roster = &standing.plan.roster;
    let person = roster.people.get(id)?;
    let session = person
        .mail_contacts()
        .map(|contact| signature_of(app, id, &contact.address, until))
        .find(|expected| same(expected, tag))?;
    let scopes = scopes_of(&app.settings().sign_ins, id, roster);
    (!scopes.is_empty()).then(|| Caller {
        principal: by_person(id),
        scopes,
        session: Some(session),
        language: None,
    })
}

/// Invariant: the time taken says nothing about how much was right.
pub(super) fn same(expected: &str, given: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), given.as_bytes()).into()
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
    if same(&form_mark(app, caller), mark) || caller.session.is_none() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "別のサインインの画面から送られたため、何もしていません。画面を開き直して、もう一度送ってください",
        "this form was made for another sign-in; nothing was done: open the page again and send it from there",
    ))
}

fn signature(app: &App, token: &Token, until: Timestamp) -> String {
    let mut data = token.sha256.to_vec();
    data.extend(until.as_second().to_be_bytes());
    data.extend(token.name.as_bytes());
    app.engine.keys().tag("board session", &data)
}

fn signature_of(app: &App, person: &PersonId, address: &str, until: Timestamp) -> String {
    let mut data = until.as_second().to_be_bytes().to_vec();
    // Why: no id holds a NUL, so that no other pair signs the same bytes.
    data.extend(format!("{person}\0{address}").bytes());
    app.engine.keys().tag("board session of a person", &data)
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
    match find(&app.settings().tokens, token.trim()) {
        Some(token) => {
            let until = app.engine.now() + HOLDS;
            let tag = signature(&app, token, until);
            opened(&app, until, &tag, &token.name)
        }
        None => match sign_in::form(&app, None, &headers, After::Refused) {
            Ok(page) => (StatusCode::UNAUTHORIZED, page).into_response(),
            Err(problem) => problem.into_response(),
        },
    }
}

/// Signs a person in whose link went to an address; on to the board.
pub(super) fn open(app: &App, person: &PersonId, address: &str) -> Response {
    let until = app.engine.now() + HOLDS;
    let tag = signature_of(app, person, address, until);
    opened(app, until, &tag, &format!("{PERSON}{person}"))
}

fn opened(app: &App, until: Timestamp, tag: &str, whose: &str) -> Response {
    let value = format!("{}.{tag}.{whose}", until.as_second());
    let response = Redirect::to("/").into_response();
    with_cookie(response, app, &value, HOLDS.as_secs())
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
