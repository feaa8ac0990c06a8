//! The answer page behind a person's own link.
//!
//! Owns what a link means and what its form may say. A GET never changes
//! anything: scanners open every link in a mail. `message` owns every word and
//! the layout.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use serde::Deserialize;

use super::App;
use super::board::{Asked, html};
use super::call_outs::{eta, language, note, reply};
use super::decision::{self, By, Came};
use super::path::Path;
use super::problem::Problem;
use super::words::read_decision;
use crate::domain::acknowledgement::{Acknowledgement, Answer, Via};
use crate::domain::call_out::{CallOut, Participant, Refusal};
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::notification::NotificationId;
use crate::domain::roster::ChannelName;
use crate::domain::rule::Decision;
use crate::domain::text::{Language, Text};
use crate::engine;
use crate::message::token;
use crate::message::view::{AnswerView, OtherCallOut};

/// What a live link means.
struct Linked {
    /// The message that it stands in.
    number: NotificationId,
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
        number,
        call_out,
        person,
        channel,
    }))
}

/// `GET /a/{token}`: shows, records nothing.
pub(super) async fn page(
    State(app): State<App>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match linked(&app, &text).await? {
        Some(link) => show(&app, &link, &asked, Shown::AsItStands).await,
        None => gone(&app, &asked, &headers),
    }
}

fn gone(app: &App, asked: &Asked, headers: &HeaderMap) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let language = language(asked.lang.as_deref(), headers, standing.plan.language);
    html(StatusCode::NOT_FOUND, standing.messages.gone_page(language))
}

/// What the page is shown after.
enum Shown<'a> {
    /// Nothing, or what was just kept.
    AsItStands,
    /// Nothing was taken, for this reason.
    Refused(StatusCode, &'a Text),
    /// Whether a decision is meant is asked; of one that came too soon, why again.
    Unsure(&'a Unsure, Option<&'a Text>),
}

async fn show(
    app: &App,
    link: &Linked,
    asked: &Asked,
    shown: Shown<'_>,
) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let (status, problem) = match shown {
        Shown::Refused(status, why) => (status, Some(why)),
        Shown::Unsure(_, Some(why)) => (StatusCode::CONFLICT, Some(why)),
        Shown::Unsure(_, None) => (StatusCode::OK, None),
        Shown::AsItStands => (StatusCode::OK, None),
    };
    let unsure = match shown {
        Shown::Unsure(unsure, _) => Some((unsure.decision, unsure.value.as_str())),
        _ => None,
    };
    let others = others(app, link).await?;
    // Why only gathered there: nobody else can look at a call-out meanwhile.
    let says = app
        .engine
        .view(&link.call_out, |call_out| {
            let to = call_out.participants.get(&link.person)?;
            let mut view = AnswerView::new(call_out, to);
            view.language = asked
                .lang
                .as_deref()
                .and_then(Language::parse)
                .unwrap_or(to.language);
            view.problem = problem;
            view.unsure = unsure;
            view.others = &others;
            Some(standing.messages.answer_says(&view))
        })
        .await?;
    match says {
        Some(says) => html(status, standing.messages.answer_made(says)),
        None => Err(Problem::not_found(
            "この方は、もうこの参集の対象者ではありません。担当者に電話で確かめてください",
            "the person is no longer in this call-out",
        )),
    }
}

/// The person's other open call-outs, each with their own page there.
async fn others(app: &App, link: &Linked) -> Result<Vec<OtherCallOut>, Problem> {
    let mut others = Vec::new();
    let (id, person) = (&link.call_out, &link.person);
    for (id, mut other) in app.engine.other_call_outs(id, person) {
        let newest = Box::pin(app.engine.store().newest_of(&id, &link.person)).await?;
        other.path = newest.map(|number| {
            let token = token::token(app.engine.keys(), number);
            format!("/a/{token}")
        });
        others.push(other);
    }
    Ok(others)
}

/// What the form sends: an answer, or a decision where one is asked for, which
/// the page that asks again sends with a value of its own.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerForm {
    #[serde(default)]
    answer: String,
    decision: Option<String>,
    sure: Option<String>,
    #[serde(default)]
    eta_minutes: String,
    note: Option<String>,
}

/// `POST /a/{token}`: records, then shows what was recorded.
///
/// Why in a box: what it holds while it waits is large, and would be moved from
/// layer to layer.
pub(super) fn answer(
    State(app): State<App>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    form: Result<Form<AnswerForm>, FormRejection>,
) -> BoxFuture<'static, Result<Response, Problem>> {
    Box::pin(async move { take(&app, &text, &asked, (&headers, form)).await })
}

async fn take(
    app: &App,
    text: &str,
    asked: &Asked,
    (headers, form): (&HeaderMap, Result<Form<AnswerForm>, FormRejection>),
) -> Result<Response, Problem> {
    super::same_site(headers)?;
    let Some(link) = linked(app, text).await? else {
        return gone(app, asked, headers);
    };
    let form = form.map(|Form(form)| form).map_err(|_| {
        Problem::unacceptable(
            "送られた内容を読み取れません。画面を開き直してください",
            "the form cannot be read",
        )
    });
    let done = match form {
        Ok(form) if form.decision.is_some() => Box::pin(decided(app, &link, &form)).await,
        Ok(form) => answered(app, &link, form).await,
        Err(problem) => Err(problem.into()),
    };
    match done {
        Ok(()) => show(app, &link, asked, Shown::AsItStands).await,
        Err(Said::Refused(refusal)) => {
            let words = crate::message::words::refusal(&refusal);
            let refused = Shown::Refused(StatusCode::CONFLICT, &words);
            show(app, &link, asked, refused).await
        }
        Err(Said::Replaced) => {
            let words = Text::new(
                "この画面から続けて回答が送られたため、新しいほうを記録します。下の回答が違うときは、10秒ほど待ってから選び直してください。",
                "More answers came from this page, and the newest of them is kept. If the answer below is not yours, wait ten seconds and choose again.",
            );
            let replaced = Shown::Refused(StatusCode::CONFLICT, &words);
            show(app, &link, asked, replaced).await
        }
        Err(Said::Unsure(unsure, why)) => {
            show(app, &link, asked, Shown::Unsure(&unsure, why.as_ref())).await
        }
        Err(Said::Contradicted) => {
            let words = Text::new(
                "違う判断のボタンが続けて押されたため、どちらの判断も受け付けていません。機械が押した可能性があります。ご本人であれば、10秒ほど待ってから選び直してください。",
                "The buttons of different decisions were pressed one after the other, so neither is taken: a machine may have pressed them. If it was you, wait ten seconds and choose again.",
            );
            let refused = Shown::Refused(StatusCode::CONFLICT, &words);
            show(app, &link, asked, refused).await
        }
        Err(Said::Problem(problem)) => {
            let words = Text::new(
                "回答を読み取れませんでした。もう一度選んでください。",
                "The answer could not be read. Please choose again.",
            );
            // Why not its words: they repeat what came, which may be long and come often.
            tracing::info!(status = problem.status.as_u16(), "an answer was refused");
            show(app, &link, asked, Shown::Refused(problem.status, &words)).await
        }
    }
}

/// Why a form was not taken.
enum Said {
    /// The call-out says what stands instead.
    Refused(Refusal),
    /// Another answer of the same link came while it waited.
    Replaced,
    /// A decision that is not pressed for the second time yet, or was too soon.
    Unsure(Unsure, Option<Text>),
    /// Different decisions were pressed within seconds.
    Contradicted,
    /// It could not be read or kept.
    Problem(Problem),
}

/// A decision that may be meant, and what the button that says so carries.
struct Unsure {
    decision: Decision,
    value: String,
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
    if said_already(app, link, &answer).await? {
        // Why: memory is ahead of the disk, and the page says that it is kept.
        return Ok(app.engine.kept_so_far(&link.call_out).await?);
    }
    // Why: all answers are kept, so whoever has a link, also an old one, could
    // fill the disk with them (decision 35).
    let of = (link.call_out.clone(), link.person.clone());
    if !app.pace.turn(app.engine.clock(), &of).await {
        return Err(Said::Replaced);
    }
    let engine = &app.engine;
    Ok(engine
        .acknowledge_by_link(&link.call_out, link.number, answer)
        .await?)
}

/// For how long a time of arrival, said again, is the same one.
const SAME_ARRIVAL: SignedDuration = SignedDuration::from_mins(1);

/// Whether they said just this last, and it stands: a second press of the same button.
async fn said_already(app: &App, link: &Linked, answer: &Answer) -> Result<bool, Problem> {
    let now = app.engine.now();
    let same = |kept: &Acknowledgement| {
        let age = now.duration_since(kept.at).abs();
        let arrives = answer.eta_minutes.is_none() || age < SAME_ARRIVAL;
        !kept.doubtful && kept.answer == *answer && arrives
    };
    let said = app.engine.view(&link.call_out, |call_out| {
        let participant = call_out.participants.get(&link.person);
        participant.and_then(Participant::last).is_some_and(same)
    });
    Ok(said.await?)
}

/// A decision from the page of one who is asked: it is theirs.
async fn decided(app: &App, link: &Linked, form: &AnswerForm) -> Result<(), Said> {
    let decision = read_decision(form.decision.as_deref().unwrap_or_default())?;
    let by = By {
        call_out: &link.call_out,
        person: &link.person,
        message: link.number,
    };
    match decision::press(app, &by, decision, form.sure.as_deref()).await? {
        Came::Done => Ok(()),
        Came::Asked(value) => Err(Said::Unsure(Unsure { decision, value }, None)),
        Came::TooSoon(value) => {
            let words = Text::new(
                "続けて押されたため、機械が押した可能性があります。ご本人であれば、もう一度押してください。",
                "This was pressed so soon that a machine may have done it. If it was you, press once more.",
            );
            Err(Said::Unsure(Unsure { decision, value }, Some(words)))
        }
        Came::Void => Err(Said::Contradicted),
    }
}

fn read(link: &Linked, form: AnswerForm) -> Result<Answer, Problem> {
    let said = reply(&form.answer)?;
    let minutes = match form.eta_minutes.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            Problem::unacceptable(
                "到着までの分数（eta_minutes）が数字ではありません。分を数字だけで書いてください",
                "eta_minutes is no number of minutes",
            )
        })?),
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
