//! Signing in by a link that is sent to a person of the roster.
//!
//! Owns who is sent one and what a link opens. A GET uses nothing up: scanners
//! open every link in a mail. Whoever asks hears the same, known or not, and
//! before anything is looked up. `message` owns every word and the layout.

mod links;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

pub(super) use links::Links;
use links::{Link, WORKS};

use super::App;
use super::auth::scopes_of;
use super::board::{Asked, html};
use super::call_outs::language;
use super::path::Path;
use super::problem::Problem;
use super::session;
use crate::domain::delivery::Outcome;
use crate::domain::roster::{Contact, Person, Roster};
use crate::domain::text::Language;
use crate::engine::{Direct, Says};
use crate::message::sign_in::{Dead, EnterView, LinkLetter};
use crate::message::view::SignInView;

/// The longest that a mail address may be (RFC 5321 4.5.3.1.3), and longer
/// than any id.
const LONGEST_NAME: usize = 254;

/// `GET /sign-in`
pub(super) async fn page(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    form(&app, asked.lang.as_deref(), &headers, After::Nothing)
}

/// What the sign-in page is shown after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It was only opened.
    Nothing,
    /// A token that is none.
    Refused,
    /// A word that was not taken, for the session is over.
    Undone,
}

/// The sign-in page.
pub(super) fn form(
    app: &App,
    lang: Option<&str>,
    headers: &HeaderMap,
    after: After,
) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let links = !app.settings().sign_ins.is_empty();
    let view = SignInView {
        refused: after == After::Refused,
        undone: after == After::Undone,
        action: "/sign-in".to_owned(),
        link_action: links.then(|| "/sign-in/link".to_owned()),
        language: language(lang, headers, standing.plan.language),
    };
    let status = match after {
        After::Nothing => StatusCode::OK,
        After::Refused | After::Undone => StatusCode::UNAUTHORIZED,
    };
    html(status, standing.messages.sign_in(&view))
}

/// The form with which somebody asks for a link.
#[derive(Debug, Deserialize)]
pub(super) struct AskForm {
    #[serde(default)]
    who: String,
}

/// `GET /sign-in/link`: there is nothing to see but the form.
pub(super) async fn back() -> Redirect {
    Redirect::to("/sign-in")
}

/// `POST /sign-in/link`: the same page for everybody; a mail for those who may.
pub(super) async fn ask(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    form: Result<Form<AskForm>, FormRejection>,
) -> Result<Response, Problem> {
    super::same_site(&headers)?;
    let who = form.map(|Form(form)| form.who.trim().to_owned());
    let who = who.unwrap_or_default();
    if who.is_empty() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    if who.len() <= LONGEST_NAME {
        let app = app.clone();
        // Why: apart from the answer, so that its time says nothing of whether
        // there is such a person.
        tokio::spawn(async move { send(&app, &who).await });
    }
    let standing = app.engine.standing();
    let usual = standing.plan.language;
    let language = language(asked.lang.as_deref(), &headers, usual);
    html(
        StatusCode::OK,
        standing.messages.sign_in_sent(language, WORKS),
    )
}

/// Sends a link to whoever is meant and may have one.
async fn send(app: &App, who: &str) {
    let standing = app.engine.standing();
    for (person, contacts) in meant(who, &standing.plan.roster) {
        let roster = &standing.plan.roster;
        if scopes_of(&app.settings().sign_ins, &person.id, roster).is_empty() {
            continue;
        }
        if !app.links.may_send(&person.id, app.engine.now()) {
            tracing::warn!("a sign-in link was asked for too often and is not sent");
            continue;
        }
        for contact in contacts {
            // Why: a dead address is no reason to leave somebody outside.
            if !refused(app, person, contact).await {
                break;
            }
        }
    }
}

/// Whose id or mail address it is, and where a link may go to.
fn meant<'a>(who: &str, roster: &'a Roster) -> Vec<(&'a Person, Vec<&'a Contact>)> {
    if let Some(person) = roster.people.get(who) {
        return vec![(person, person.mail_contacts().collect())];
    }
    let here = |contact: &&Contact| contact.address.eq_ignore_ascii_case(who);
    let people = roster.people.values();
    people
        .filter_map(|person| {
            let contact = person.mail_contacts().find(here)?;
            Some((person, vec![contact]))
        })
        .collect()
}

/// Sends one link; whether the address is dead.
async fn refused(app: &App, person: &Person, contact: &Contact) -> bool {
    let asked_at = app.engine.now();
    let until = asked_at + WORKS;
    let whose = (&person.id, &*contact.address);
    let made_by = (app.engine.keys(), app.engine.clock());
    let token = match app.links.token(made_by, whose, until) {
        Ok(token) => token,
        Err(error) => {
            tracing::error!(error = %error, "no random numbers for a sign-in link");
            return false;
        }
    };
    let base = app.settings().public_url.clone();
    let letter = app.engine.standing().messages.sign_in_letter(&LinkLetter {
        to: person,
        link: &format!("{}/sign-in/{token}", base.trim_end_matches('/')),
        asked_at,
        works: WORKS,
    });
    let letter = match letter {
        Ok(letter) => letter,
        Err(error) => {
            tracing::error!(error = %error, "a sign-in mail cannot be made");
            return false;
        }
    };
    let direct = Direct {
        name: "sign-in",
        to: person,
        contact,
        returns: None,
        says: Says::Letter(letter),
    };
    let attempt = app.engine.post(direct).await;
    match attempt.outcome {
        Outcome::Accepted { .. } => {
            tracing::info!(via = attempt.via, "a sign-in link was sent");
            false
        }
        Outcome::Rejected { reason, .. } => {
            tracing::warn!(
                via = attempt.via,
                reason = reason.name(),
                "a sign-in link was refused"
            );
            true
        }
        Outcome::Retry { reason, .. } => {
            tracing::warn!(
                via = attempt.via,
                reason = reason.name(),
                "a sign-in link could not be sent; its person may ask again"
            );
            false
        }
        Outcome::Unknown { .. } => {
            tracing::warn!(via = attempt.via, "a sign-in link was perhaps sent");
            false
        }
    }
}

/// What a token opens now, or why it opens nothing.
fn live(app: &App, token: &str) -> Result<Link, Dead> {
    let standing = app.engine.standing();
    let roster = &standing.plan.roster;
    let link = app.links.read(app.engine.keys(), token, roster);
    let link = link.ok_or(Dead::Unknown)?;
    if app.links.is_used(&link) {
        return Err(Dead::Used);
    }
    if link.until <= app.engine.now() {
        return Err(Dead::Expired);
    }
    if scopes_of(&app.settings().sign_ins, &link.person, roster).is_empty() {
        return Err(Dead::Unknown);
    }
    Ok(link)
}

/// `GET /sign-in/{token}`: shows one button, uses nothing up.
pub(super) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = match live(&app, &token) {
        Ok(link) => link,
        Err(why) => return dead(&app, &asked, &headers, why),
    };
    let standing = app.engine.standing();
    let Some(person) = standing.plan.roster.people.get(&link.person) else {
        return dead(&app, &asked, &headers, Dead::Unknown);
    };
    let view = EnterView {
        person,
        until: link.until,
        holds: session::HOLDS,
        language: asked
            .lang
            .as_deref()
            .and_then(Language::parse)
            .unwrap_or(person.language),
    };
    html(StatusCode::OK, standing.messages.sign_in_enter(&view))
}

/// `POST /sign-in/{token}`: signs in, once.
pub(super) async fn enter(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::same_site(&headers)?;
    let link = match live(&app, &token) {
        Ok(link) => link,
        Err(why) => return dead(&app, &asked, &headers, why),
    };
    // Invariant: of two that press at once, one gets in.
    if !app.links.redeem(&link, app.engine.now()) {
        return dead(&app, &asked, &headers, Dead::Used);
    }
    tracing::info!("somebody signed in by a link");
    session::open(&app, &link.person, &link.address).await
}

fn dead(app: &App, asked: &Asked, headers: &HeaderMap, why: Dead) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let language = language(asked.lang.as_deref(), headers, standing.plan.language);
    let status = match why {
        Dead::Unknown => StatusCode::NOT_FOUND,
        Dead::Used | Dead::Expired => StatusCode::GONE,
    };
    html(status, standing.messages.sign_in_dead(why, WORKS, language))
}
