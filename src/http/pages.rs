//! Pages for people: the answer page behind a link, the board, a call-out.
//!
//! Owns which page a request gets. A GET never changes anything: scanners
//! open every link in a mail. `message` owns every word and the layout.

use axum::Form;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::auth::{Caller, Scope};
use super::call_outs::{eta, kept, language, note, reply};
use super::problem::Problem;
use super::words::read_decision;
use super::{App, editions};
use crate::domain::acknowledgement::{Acknowledgement, Answer, Via};
use crate::domain::call_out::{CallOut, Refusal, Word};
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::roster::ChannelName;
use crate::domain::text::{Language, Text, without_addresses};
use crate::engine;
use crate::message::token;
use crate::message::view::{
    AnswerView, BoardView, CallOutSummary, CallOutView, NotificationRow, OtherCallOut, SignInView,
};
use crate::message::{Error, style_hash};

/// How often the pages of the board ask for themselves again.
const REFRESH_SECS: u32 = 5;

/// Ended call-outs on the board.
const ENDED: usize = 10;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
}

/// A page with its security policy: no script, no other host, one known style.
fn html(status: StatusCode, made: Result<String, Error>) -> Result<Response, Problem> {
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

/// What a live link means.
struct Linked {
    call_out: CallOutId,
    person: PersonId,
    channel: ChannelName,
}

async fn linked(app: &App, text: &str) -> Result<Option<Linked>, Problem> {
    let Some(number) = token::verify(app.engine.keys(), text) else {
        return Ok(None);
    };
    let Some((call_out, person, channel)) = app.engine.store().notification(number).await? else {
        return Ok(None);
    };
    // Why: a notice asks for nothing, so nothing can be answered to it.
    if app.engine.view(&call_out, CallOut::is_notice).await? {
        return Ok(None);
    }
    Ok(Some(Linked {
        call_out,
        person,
        channel,
    }))
}

/// `GET /a/{token}`: shows, records nothing.
pub(super) async fn answer_page(
    State(app): State<App>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match linked(&app, &text).await? {
        Some(link) => show(&app, &link, &asked, StatusCode::OK, None).await,
        None => gone(&app, &asked, &headers),
    }
}

fn gone(app: &App, asked: &Asked, headers: &HeaderMap) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let language = language(asked.lang.as_deref(), headers, standing.plan.language);
    html(StatusCode::NOT_FOUND, standing.messages.gone_page(language))
}

async fn show(
    app: &App,
    link: &Linked,
    asked: &Asked,
    status: StatusCode,
    problem: Option<&Text>,
) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let latest = latest(app, link).await?;
    let others = others(app, link).await?;
    let made = app
        .engine
        .view(&link.call_out, |call_out| {
            let to = call_out.participants.get(&link.person)?;
            let mut view = AnswerView::new(call_out, to);
            view.language = asked
                .lang
                .as_deref()
                .and_then(Language::parse)
                .unwrap_or(to.language);
            view.latest = latest.as_ref().or(view.latest);
            view.problem = problem;
            view.others = &others;
            Some(standing.messages.answer_page(&view))
        })
        .await?;
    match made {
        Some(made) => html(status, made),
        None => Err(Problem::not_found(
            "the person is no longer in this call-out",
        )),
    }
}

/// The person's other open call-outs, each with their own page there.
async fn others(app: &App, link: &Linked) -> Result<Vec<OtherCallOut>, Problem> {
    let mut others = Vec::new();
    for (id, mut other) in app.engine.other_call_outs(&link.call_out, &link.person) {
        let newest = app.engine.store().newest_of(&id, &link.person).await?;
        other.path = newest.map(|number| {
            let token = token::token(app.engine.keys(), number);
            format!("/a/{token}")
        });
        others.push(other);
    }
    Ok(others)
}

/// What was last pressed, doubtful or not.
async fn latest(app: &App, link: &Linked) -> Result<Option<Acknowledgement>, Problem> {
    let all = app.engine.store().acknowledgements(&link.call_out).await?;
    Ok(all
        .into_iter()
        .rev()
        .find(|kept| kept.answer.person == link.person))
}

/// What the form sends: an answer, or a decision where one is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerForm {
    #[serde(default)]
    answer: String,
    decision: Option<String>,
    #[serde(default)]
    eta_minutes: String,
    note: Option<String>,
}

/// `POST /a/{token}`: records, then shows what was recorded.
pub(super) async fn answer(
    State(app): State<App>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    form: Result<Form<AnswerForm>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Problem> {
    super::same_site(&headers)?;
    let Some(link) = linked(&app, &text).await? else {
        return gone(&app, &asked, &headers);
    };
    let form = form
        .map(|Form(form)| form)
        .map_err(|_| Problem::unacceptable("the form cannot be read"));
    let done = match form {
        Ok(form) if form.decision.is_some() => decided(&app, &link, form).await,
        Ok(form) => answered(&app, &link, form).await,
        Err(problem) => Err(problem.into()),
    };
    match done {
        Ok(()) => show(&app, &link, &asked, StatusCode::OK, None).await,
        Err(Said::Refused(refusal)) => {
            let words = crate::message::words::refusal(&refusal);
            show(&app, &link, &asked, StatusCode::CONFLICT, Some(&words)).await
        }
        Err(Said::Problem(problem)) => {
            let words = Text::new(
                "回答を読み取れませんでした。もう一度選んでください。",
                "The answer could not be read. Please choose again.",
            );
            tracing::info!(reason = problem.detail, "an answer was refused");
            show(&app, &link, &asked, problem.status, Some(&words)).await
        }
    }
}

/// Why a form was not taken.
enum Said {
    /// The call-out says what stands instead.
    Refused(Refusal),
    /// It could not be read or kept.
    Problem(Problem),
}

impl From<Problem> for Said {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<engine::Error> for Said {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::Refused(refusal) => Self::Refused(refusal),
            error => Self::Problem(error.into()),
        }
    }
}

async fn answered(app: &App, link: &Linked, form: AnswerForm) -> Result<(), Said> {
    let answer = read(link, form)?;
    Ok(app.engine.acknowledge(&link.call_out, answer).await?)
}

/// A decision from the page of one who is asked: it is theirs.
async fn decided(app: &App, link: &Linked, form: AnswerForm) -> Result<(), Said> {
    let decision = read_decision(form.decision.as_deref().unwrap_or_default())?;
    let word = Word {
        by: Principal::new(format!("link:{}", link.person)),
        on_word_of: Some(link.person.clone()),
        reason: None,
    };
    Ok(app.engine.decide(&link.call_out, decision, word).await?)
}

fn read(link: &Linked, form: AnswerForm) -> Result<Answer, Problem> {
    let said = reply(&form.answer)?;
    let minutes = match form.eta_minutes.trim() {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| Problem::unacceptable("eta_minutes is no number of minutes"))?,
        ),
    };
    Ok(Answer {
        person: link.person.clone(),
        reply: said,
        eta_minutes: eta(minutes, said)?,
        note: note(form.note)?,
        via: Via::Link(link.channel.clone()),
        by: Principal::new(format!("link:{}", link.person)),
    })
}

/// The sign-in page.
pub(super) fn sign_in(app: &App, headers: &HeaderMap, refused: bool) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let view = SignInView {
        refused,
        action: "/sign-in".to_owned(),
        language: language(None, headers, standing.plan.language),
    };
    html(
        if refused {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::OK
        },
        standing.messages.sign_in(&view),
    )
}

/// `GET /sign-in`
pub(super) async fn sign_in_page(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    sign_in(&app, &headers, false)
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
        Err(_) => Ok(Err(sign_in(app, &parts.headers, false)?)),
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
    view.signed_in_as = Some(caller.principal.to_string());
    view.sign_out = Some("/sign-out".to_owned());
    let plan = &standing.plan;
    let label = |language| crate::message::words::edition(&plan.edition, &plan.roster, language);
    view.edition = Some(Text::new(label(Language::Ja), label(Language::En)));
    view.notices = editions::notices(&app);
    let (line, list) = super::readiness::board(&app, plan).await?;
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
