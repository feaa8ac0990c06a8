//! One request to the board: who asks, in which language, and how a page or a
//! refusal goes back.
//!
//! Owns the sign-in in front of every page, the security policy of the pages,
//! and the mark that every form must carry. It must not know any page.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestPartsExt};
use serde::Deserialize;

use crate::domain::text::Language;
use crate::http::auth::{Caller, Scope, cookie};
use crate::http::call_outs::language;
use crate::http::problem::Problem;
use crate::http::sign_in::{self, After};
use crate::http::{App, same_site, session};
use crate::message::view::{Reader, Values};
use crate::message::words::principal;
use crate::message::{Error, board_style_hash, script_hash, style_hash};

/// Which language the reader last chose.
const LANGUAGE: &str = "muster_language";

/// What every page may be asked with.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http) struct Asked {
    pub(in crate::http) lang: Option<String>,
}

/// Somebody who may see the board.
pub(in crate::http) struct Visit {
    pub(super) caller: Caller,
    pub(super) reader: Reader,
    pub(super) language: Language,
    /// What the reader has just chosen, to be remembered.
    chosen: Option<Language>,
}

/// A form of the board, whose mark was checked.
pub(in crate::http) struct Sent {
    pub(super) visit: Visit,
    pub(super) values: Values,
}

/// A page with its security policy: no script, no other host, one known style.
pub(in crate::http) fn html(
    status: StatusCode,
    made: Result<String, Error>,
) -> Result<Response, Problem> {
    static POLICY: LazyLock<Option<HeaderValue>> =
        LazyLock::new(|| policy(&format!("style-src '{}'", style_hash())));
    with_policy(status, made, POLICY.clone())
}

/// A page of the board, which has one script of its own.
fn html_of_the_board(status: StatusCode, made: Result<String, Error>) -> Result<Response, Problem> {
    let own = format!(
        "style-src '{}'; script-src '{}'; connect-src 'self'",
        board_style_hash(),
        script_hash()
    );
    with_policy(status, made, policy(&own))
}

/// A page's security policy: what it needs, and nothing else.
fn policy(own: &str) -> Option<HeaderValue> {
    let all = format!(
        "default-src 'none'; {own}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(all).ok()
}

/// Room for every header of a page, those that each reply has among them.
const HEADERS: usize = 12;

fn with_policy(
    status: StatusCode,
    made: Result<String, Error>,
    policy: Option<HeaderValue>,
) -> Result<Response, Problem> {
    let body = made.map_err(|error| {
        tracing::error!(error = %error, "a page cannot be made");
        Problem::inside("画面を作れません", "the page cannot be made")
    })?;
    let mut headers = HeaderMap::with_capacity(HEADERS);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let mut response = Response::new(Body::from(body));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

impl Visit {
    async fn new(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let standing = app.engine.standing();
        let Query(asked) = parts.extract::<Query<Asked>>().await.unwrap_or_default();
        let chosen = asked.lang.as_deref().and_then(Language::parse);
        let kept = cookie(&parts.headers, LANGUAGE).and_then(Language::parse);
        let usual = || language(None, &parts.headers, standing.plan.language);
        let language = chosen.or(kept).unwrap_or_else(usual);
        let Ok(caller) = Caller::from_request_parts(parts, app).await else {
            // Why: a word that was not taken must not look like one that was.
            let after = match parts.method.is_safe() {
                true => After::Nothing,
                false => After::Undone,
            };
            let page = sign_in::form(app, None, &parts.headers, after);
            return Err(page.unwrap_or_else(IntoResponse::into_response));
        };
        let visit = Self {
            reader: reader(app, &caller, language),
            caller,
            language,
            chosen,
        };
        match visit.caller.require(Scope::Read) {
            Ok(()) => Ok(visit),
            Err(problem) => Err(visit.refused(app, problem)),
        }
    }

    /// Sends a page, or the page that says why there is none.
    pub(super) fn page(&self, app: &App, made: Result<String, Error>) -> Response {
        match html_of_the_board(StatusCode::OK, made) {
            Ok(response) => self.remember(response),
            Err(problem) => self.refused(app, problem),
        }
    }

    /// The same, for what may end in a problem before there is a page.
    pub(super) fn answer(&self, app: &App, done: Result<Response, Problem>) -> Response {
        match done {
            Ok(response) => self.remember(response),
            Err(problem) => self.refused(app, problem),
        }
    }

    /// A page that says what was not done, and why.
    pub(super) fn refused(&self, app: &App, problem: Problem) -> Response {
        let standing = app.engine.standing();
        let status = problem.status;
        let made = standing
            .messages
            .refused_page(&problem.said, Some(&self.reader), self.language);
        html_of_the_board(status, made).unwrap_or_else(|_| problem.into_response())
    }

    fn remember(&self, mut response: Response) -> Response {
        if let Some(chosen) = self.chosen {
            let kept = format!(
                "{LANGUAGE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000",
                chosen.tag()
            );
            if let Ok(kept) = HeaderValue::from_str(&kept) {
                response.headers_mut().append(header::SET_COOKIE, kept);
            }
        }
        response
    }
}

/// A problem as a page, for a browser that nobody is signed in with.
pub(in crate::http) fn page_of(
    app: &App,
    problem: &Problem,
    language: Language,
) -> Option<Response> {
    let standing = app.engine.standing();
    let made = standing
        .messages
        .refused_page(&problem.said, None, language);
    html(problem.status, made).ok()
}

/// Where a command leads once it is done: to a page that a reload does not
/// send again.
pub(super) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

fn reader(app: &App, caller: &Caller, language: Language) -> Reader {
    Reader {
        name: principal(
            &caller.principal,
            &app.engine.standing().plan.roster,
            language,
        ),
        mark: session::form_mark(caller).to_owned(),
        may_read: caller.may(Scope::Read),
        may_trigger: caller.may(Scope::Trigger),
        may_drill: caller.may(Scope::Drill),
        may_acknowledge: caller.may(Scope::Acknowledge),
        may_command: caller.may(Scope::Command),
        may_approve: caller.may(Scope::Approve),
        may_see_addresses: caller.may(Scope::Admin),
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Self::new(parts, app).await
    }
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::new(&mut parts, app).await?;
        if let Err(problem) = same_site(&parts.headers) {
            return Err(visit.refused(app, problem));
        }
        let request = Request::from_parts(parts, body);
        let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
        let Ok(Form(form)) = form else {
            let problem = Problem::unacceptable(
                "送られた内容を読み取れません。画面を開き直してください",
                "the form cannot be read; open the page again",
            );
            return Err(visit.refused(app, problem));
        };
        let values = Values(form);
        match session::check_form(&visit.caller, values.one("mark")) {
            Ok(()) => Ok(Self { visit, values }),
            Err(problem) => Err(visit.refused(app, problem)),
        }
    }
}
