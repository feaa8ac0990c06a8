//! What people report of their contacts, for whoever sees to it; and the link
//! to a person's own.
//!
//! Owns the shape. All of it holds addresses: it is for the scope `admin`.
//! Accepting says that the roster's file has it; it changes no roster.

use axum::Json as Reply;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::left;
use crate::domain::contact::Proof;
use crate::domain::contact_change::{Change, Verdict};
use crate::domain::delivery::Outcome;
use crate::domain::plan::Plan;
use crate::domain::roster::{Contact, Person};
use crate::domain::text::Language;
use crate::engine::{Direct, Says};
use crate::http::App;
use crate::http::auth::{Caller, May, needs};
use crate::http::body::{Json, line};
use crate::http::events::person;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::message::contact_link::{self, MINE_WORKS, Mine};
use crate::message::my_contacts::{MineLetter, reported};
use crate::report::status::time;

/// What a list may be asked with.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http) struct Which {
    #[serde(default)]
    open: bool,
}

/// `GET /api/v1/contacts/changes`
pub(in crate::http) async fn all(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Reply<Value>, Problem> {
    let Ok(Query(which)) = which else {
        return Err(Problem::unacceptable(
            "open は true か false です。直して送ってください",
            "open is true or false",
        ));
    };
    let changes = match which.open {
        true => waiting(&app).await?,
        false => app.engine.store().contact_changes(None, false).await?,
    };
    let standing = app.engine.standing();
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| shown(change, &standing.plan, &caller))
        .collect();
    Ok(Reply(json!({ "changes": changes })))
}

/// Reports that wait for a word, or for the roster to have them.
pub(in crate::http) async fn waiting(app: &App) -> Result<Vec<Change>, Problem> {
    let mut changes = app.engine.store().contact_changes(None, false).await?;
    let standing = app.engine.standing();
    let people = &standing.plan.roster.people;
    let now = app.engine.now();
    changes.retain(|change| change.waits(people.get(&change.proposal.person), now));
    Ok(changes)
}

/// `GET /api/v1/contacts/changes/{id}`
pub(in crate::http) async fn one(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    Path(id): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let change = found(&app, &id).await?;
    let standing = app.engine.standing();
    Ok(Reply(shown(&change, &standing.plan, &caller)))
}

/// A report by its number.
pub(in crate::http) async fn found(app: &App, id: &str) -> Result<Change, Problem> {
    let change = match id.parse() {
        Ok(number) => app.engine.store().contact_change(number).await?,
        Err(_) => None,
    };
    change.ok_or_else(|| {
        Problem::not_found(
            format!(
                "連絡先の変更の知らせ {id} はありません。muster contacts changes で確かめてください"
            ),
            format!("there is no report {id}; see muster contacts changes"),
        )
    })
}

/// The word on a report.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Word {
    reason: Option<String>,
}

/// `POST /api/v1/contacts/changes/{id}/accept`
pub(in crate::http) async fn accept(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    Path(id): Path<String>,
    Json(word): Json<Word>,
) -> Result<Reply<Value>, Problem> {
    let reason = line("reason", word.reason)?;
    decide(&app, caller, &id, (Verdict::Accepted, reason)).await
}

/// `POST /api/v1/contacts/changes/{id}/refuse`
pub(in crate::http) async fn refuse(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    Path(id): Path<String>,
    Json(word): Json<Word>,
) -> Result<Reply<Value>, Problem> {
    let Some(reason) = line("reason", word.reason)? else {
        return Err(Problem::unacceptable(
            "見送る理由（reason）がありません。本人の画面に出ます。書いて送ってください",
            "\"reason\" is missing: the person reads it on their page",
        ));
    };
    decide(&app, caller, &id, (Verdict::Refused, Some(reason))).await
}

async fn decide(
    app: &App,
    caller: Caller,
    id: &str,
    word: (Verdict, Option<String>),
) -> Result<Reply<Value>, Problem> {
    let change = settle(app, &caller, id, word).await?;
    let standing = app.engine.standing();
    Ok(Reply(shown(&change, &standing.plan, &caller)))
}

/// Keeps the word on a report, once.
pub(in crate::http) async fn settle(
    app: &App,
    caller: &Caller,
    id: &str,
    word: (Verdict, Option<String>),
) -> Result<Change, Problem> {
    let change = found(app, id).await?;
    let by = caller.principal.clone();
    if !app.engine.decide_change(change.id, word, by).await? {
        return Err(Problem::new(
            axum::http::StatusCode::CONFLICT,
            format!(
                "知らせ {id} はすでに決められています。muster contacts changes --all で確かめてください"
            ),
            format!("report {id} was decided before; see muster contacts changes --all"),
        ));
    }
    found(app, id).await
}

fn shown(change: &Change, plan: &Plan, caller: &Caller) -> Value {
    let proposal = &change.proposal;
    let person = plan.roster.people.get(&proposal.person);
    let at = |at: Option<Timestamp>| at.map(|at| time(at, &plan.time_zone));
    let contact = proposal.contact.as_ref();
    json!({
        "id": change.id,
        "person": proposal.person.as_str(),
        "name": person.map(|person| person.name.get(caller.reads(plan))),
        "kind": proposal.kind.name(),
        "channel": contact.map(|contact| contact.channel.to_string()),
        "address": contact.map(|contact| &*contact.address),
        "new_address": proposal.new_address,
        "note": proposal.note,
        "what": reported(change, true, Language::Ja),
        "what_en": reported(change, true, Language::En),
        "reported_at": at(Some(change.reported_at)),
        "via": change.via.as_str(),
        "unchecked": change.is_unchecked(),
        "state": change.verdict.map_or("open", Verdict::name),
        "in_force": person.is_some_and(|person| proposal.stands(person)),
        "decided_at": at(change.decided_at),
        "decided_by": change.decided_by.as_ref().map(crate::domain::id::Principal::as_str),
        "reason": change.reason,
    })
}

/// How the link is handed over.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct LinkBody {
    #[serde(default)]
    send: bool,
}

/// `POST /api/v1/roster/people/{person}/contacts/link`
pub(in crate::http) async fn link(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    Path(named): Path<String>,
    Json(body): Json<LinkBody>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let id = person(&standing.plan.roster, "person", &named)?;
    let to = standing.plan.roster.people.get(&id).ok_or_else(left)?;
    let until = app.engine.now() + MINE_WORKS;
    tracing::info!(
        by = caller.principal.unnamed(),
        sent = body.send,
        "a link to somebody's contacts was made"
    );
    let mut value = json!({
        "person": id.as_str(),
        "name": to.name.get(caller.reads(&standing.plan)),
        "until": time(until, &standing.plan.time_zone),
    });
    if !body.send {
        // Why: whoever has the scope sees every address anyway.
        let all = contact_link::of_contacts(app.engine.keys(), to);
        value["link"] = made(&app, to, (true, all), until).into();
        return Ok(Reply(value));
    }
    let known = app.engine.known_contacts(Some(&id)).await?;
    let known = |contact: &Contact| {
        let known = known.get(&(id.clone(), contact.clone()));
        known.copied().unwrap_or_default()
    };
    let proof = |contact: &Contact| known(contact).proof();
    let mut mails: Vec<&Contact> = to.mail_contacts().collect();
    mails.retain(|contact| !matches!(proof(contact), Proof::Refused(_)));
    mails.sort_by_key(|contact| {
        let answered = known(contact).answered_at.is_some();
        (!answered, !proof(contact).holds())
    });
    let Some(contact) = mails.first() else {
        return Err(Problem::new(
            axum::http::StatusCode::CONFLICT,
            "届くメールアドレスがないため送れません。--link で作り、本人に直接渡してください",
            "there is no mail address that takes mail; make the link with --link and hand it over",
        ));
    };
    // Why: the button of a confirmation mail is all that a stranger needs to
    // press; an answer to a call-out is looked at by people.
    let whole = known(contact).answered_at.is_some();
    let only = contact_link::of_address(app.engine.keys(), to, contact);
    let link = made(&app, to, (whole, only), until);
    let (outcome, answer) = send(&app, (to, contact), &link, until).await?;
    value["sent"] = json!({ "address": contact.address, "outcome": outcome, "answer": answer });
    Ok(Reply(value))
}

fn made(app: &App, to: &Person, (whole, made_for): (bool, String), until: Timestamp) -> String {
    let mine = Mine {
        person: to.id.as_str().to_owned(),
        whole,
        until,
        made_for,
    };
    let token = contact_link::mine_token(app.engine.keys(), &mine);
    contact_link::mine_link(&app.settings().public_url, &token)
}

async fn send(
    app: &App,
    (to, contact): (&Person, &Contact),
    link: &str,
    until: Timestamp,
) -> Result<(&'static str, String), Problem> {
    let standing = app.engine.standing();
    let letter = standing.messages.my_contacts_letter(&MineLetter {
        to,
        link,
        sent_at: app.engine.now(),
        until,
    });
    let letter = letter.map_err(|error| {
        tracing::error!(error = %error, "a mail cannot be made");
        Problem::inside("メールを作れません", "the mail cannot be made")
    })?;
    let direct = Direct {
        name: "own-contacts",
        to,
        contact,
        returns: None,
        says: Says::Letter(letter),
    };
    let attempt = app.engine.post(direct).await;
    Ok(match attempt.outcome {
        Outcome::Accepted { reference } => ("accepted", reference),
        Outcome::Retry { detail, .. } => ("retry", detail),
        Outcome::Rejected { detail, .. } => ("rejected", detail),
        Outcome::Unknown { detail } => ("unknown", detail),
    })
}
