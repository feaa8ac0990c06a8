//! The outside over HTTP: the API, the answer page, the board.
//!
//! Owns routes, who may call them, and the shape of what goes in and out. It
//! must not touch SQL or channels, and decides nothing about a call-out.

mod absence;
mod answers;
pub mod auth;
mod board;
pub mod body;
mod call_list;
mod call_outs;
mod carry;
mod contact_test;
mod contacts;
mod decision;
mod drill_records;
mod drill_withdrawal;
mod drills;
mod editions;
mod events;
mod explain;
mod health;
mod help;
pub mod mail;
mod pace;
mod path;
pub mod problem;
mod readiness;
mod report;
mod room;
mod serve;
mod session;
mod sessions;
mod sign_in;
mod stream;
mod words;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::domain::contact_change::Proposal;
use crate::engine::Engine;
pub use crate::message::change_page::Amended;
pub use events::{EventBody, person};
use problem::Problem;
pub use room::Room;
pub use serve::{Served, socket, tcp};

/// How the outside is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may call.
    pub tokens: Vec<auth::Token>,
    /// Who may sign in by a link.
    pub sign_ins: Vec<auth::SignIn>,
    /// The base of every link, without a slash at its end.
    pub public_url: String,
}

/// What every route needs. Cheap to clone: each request does so several times.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// All of it.
#[derive(Debug)]
pub struct Parts {
    /// The engine.
    pub engine: Engine,
    settings: ArcSwap<Settings>,
    links: sign_in::Links,
    sessions: sessions::Sessions,
    amends: OnceLock<contacts::Amends>,
    pace: pace::Pace,
    presses: decision::Presses,
    closed: watch::Sender<bool>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Everything that the routes need.
    ///
    /// # Errors
    ///
    /// When the operating system gives no random numbers.
    pub fn new(engine: Engine, settings: Settings) -> Result<Self, crate::engine::Error> {
        let links = sign_in::Links::new(engine.clock()).map_err(crate::engine::Error::Random)?;
        Ok(Self(Arc::new(Parts {
            engine,
            settings: ArcSwap::from_pointee(settings),
            links,
            sessions: sessions::Sessions::default(),
            amends: OnceLock::new(),
            pace: pace::Pace::default(),
            presses: decision::Presses::default(),
            closed: watch::Sender::new(false),
        })))
    }

    /// Puts other settings in force: whoever lost a token or a scope has lost
    /// it at the next request.
    pub fn reload(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
    }

    /// Keeps who is signed in in a file, so that a restart signs nobody out; once.
    pub fn keep_sessions(&self, path: PathBuf) {
        self.sessions.keep_in(path);
    }

    /// Says what a report would change in the roster's file; once.
    pub fn amend_with(&self, amends: impl Fn(&Proposal) -> Amended + Send + Sync + 'static) {
        let _ = self.amends.set(contacts::Amends(Box::new(amends)));
    }

    /// Ends the live streams, which have no end of their own.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Ends when they are to end.
    fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closed = self.closed.subscribe();
        async move {
            // A sender that is gone is an end as well.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    /// The settings in force.
    fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }
}

/// The longest that a request may take, the live stream aside.
const LONGEST: Duration = Duration::from_secs(30);

/// The routes of the API, the live stream aside.
fn api() -> Router<App> {
    Router::new()
        .route("/api/v1/events", post(events::tell))
        .route("/api/v1/drills", get(drills::list).post(drills::start))
        .merge(drill_records::routes())
        .route("/api/v1/explain", post(explain::explain))
        .route("/api/v1/plan", get(explain::plan))
        .route("/api/v1/roster/people", get(absence::people))
        .route(
            "/api/v1/roster/people/{person}/absence",
            post(absence::absent).delete(absence::back),
        )
        .route(
            "/api/v1/roster/people/{person}/test",
            post(contact_test::test),
        )
        .route("/api/v1/editions", get(editions::list))
        .route("/api/v1/editions/{name}", get(editions::show))
        .route("/api/v1/readiness", get(readiness::show))
        .route("/api/v1/roster/call-list", get(call_list::of_roster))
        .route("/api/v1/call-outs", get(call_outs::list))
        .route("/api/v1/call-outs/{id}", get(call_outs::show))
        .route("/api/v1/call-outs/{id}/timeline", get(call_outs::timeline))
        .route(
            "/api/v1/call-outs/{id}/call-list",
            get(call_list::of_call_out),
        )
        .route("/api/v1/call-outs/{id}/report", get(report::of_call_out))
        .route("/api/v1/drills/{name}/cancel", post(drills::call_off))
        .route("/api/v1/drills/{name}/report", get(report::of_drill))
        .merge(contacts::api())
        .route(
            "/api/v1/mail",
            post(mail::receive).layer(DefaultBodyLimit::max(mail::LARGEST)),
        )
        .route("/api/v1/drill-years/{year}/report", get(report::of_year))
        .merge(commands())
}

/// All routes.
pub fn router(app: App) -> Router {
    let pages = board::routes()
        .route("/sign-in", get(sign_in::page).post(session::sign_in))
        .route("/sign-in/link", get(sign_in::back).post(sign_in::ask))
        .route("/sign-in/{token}", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(session::sign_out))
        .route("/a/{token}", get(answers::page).post(answers::answer))
        .merge(contacts::pages());
    let quick = api()
        .merge(pages)
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .layer(axum::middleware::from_fn(carry::to_its_end))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            LONGEST,
        ))
        .layer(axum::middleware::map_response(too_long));
    quick
        .route("/api/v1/call-outs/{id}/stream", get(stream::stream))
        .route("/live", get(board::live))
        .fallback(|| async { Problem::no_such_address() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "このアドレスは、このメソッド（GET、POST など）では使えません。docs/operations.md で使い方を確かめてください",
                "this address does not take this method",
            )
        })
        .layer(DefaultBodyLimit::max(body::LARGEST))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                tracing::error!("a request panicked");
                let problem = Problem::inside("内部で失敗しました", "something failed inside");
                problem.into_response()
            },
        ))
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            for_browsers,
        ))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .with_state(app)
}

/// What changes a call-out on a person's word.
fn commands() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/call-outs/{id}/acknowledgements",
            post(call_outs::acknowledge),
        )
        .route("/api/v1/call-outs/{id}/decide", post(words::decide))
        .route("/api/v1/call-outs/{id}/confirm", post(words::confirm))
        .route("/api/v1/call-outs/{id}/cancel", post(words::cancel))
        .route("/api/v1/call-outs/{id}/grow", post(words::grow))
        .route("/api/v1/call-outs/{id}/tell", post(words::tell))
        .route(
            "/api/v1/call-outs/{id}/request-help",
            post(help::request_help),
        )
        .route("/api/v1/call-outs/{id}/stand-down", post(words::stand_down))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Says what the time limit does not.
async fn too_long(response: Response) -> Response {
    let said = response.extensions().get::<Problem>().is_some();
    if response.status() != StatusCode::SERVICE_UNAVAILABLE || said {
        return response;
    }
    let seconds = LONGEST.as_secs();
    tracing::error!(seconds, "a request took too long");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        format!(
            "{seconds} 秒のうちに終わりませんでした。記録されたかどうかを muster status で確かめてから、同じ key でもう一度送ってください"
        ),
        format!(
            "it did not end within {seconds} s; see with `muster status` whether it was kept, then try again with the same key"
        ),
    )
    .into_response()
}

/// Whoever reads pages is told what is wrong on a page, and programs in JSON.
async fn for_browsers(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("text/html"));
    let reads = request.headers().get_all(header::ACCEPT).iter().any(reads);
    let usual = app.engine.standing().plan.language;
    let language = call_outs::language(None, request.headers(), usual);
    let response = next.run(request).await;
    let problem = response.extensions().get::<Problem>().filter(|_| reads);
    let page = problem.and_then(|problem| board::page_of(&app, problem, language));
    page.unwrap_or(response)
}

/// Refuses a form that another site sent: browsers say so themselves.
fn same_site(headers: &HeaderMap) -> Result<(), Problem> {
    let site = headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    match site {
        Some("cross-site") => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "別のサイトから送られたため、何もしていません。画面を直接開いて送ってください",
            "this form was sent by another site; open the page itself and send it there",
        )),
        _ => Ok(()),
    }
}
