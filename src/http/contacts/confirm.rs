//! The page on which a person says that an address is theirs, or is not.
//!
//! Owns what the link means. A GET changes nothing: scanners open every link
//! in a mail. A second press shows the same page, and records nothing.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::dead;
use crate::domain::contact::Address;
use crate::domain::contact_change::{Kind, Proposal};
use crate::domain::id::Principal;
use crate::domain::text::Language;
use crate::http::App;
use crate::http::board::{Asked, html};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::message::contact::{ConfirmView, Dead};
use crate::message::contact_link;

/// The address that a token confirms now, or why it confirms none.
async fn live(app: &App, token: &str) -> Result<Result<Address, Dead>, Problem> {
    let Some(link) = contact_link::read_confirm(app.engine.keys(), token) else {
        return Ok(Err(Dead::Unknown));
    };
    if link.until <= app.engine.now() {
        return Ok(Err(Dead::Expired));
    }
    let address = app.engine.store().address(link.id).await?;
    let standing = app.engine.standing();
    let has = |address: &Address| address.key.contact(&standing.plan.roster).is_some();
    Ok(address.filter(has).ok_or(Dead::Unknown))
}

/// `GET /contact/{token}`
pub(in crate::http) async fn page(
    State(app): State<App>,
    Path(token): Path<String>,
    asked: Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match live(&app, &token).await? {
        Ok(address) => show(&app, &asked, &address),
        Err(why) => dead(&app, &asked, &headers, why),
    }
}

/// What is pressed.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http) struct Word {
    #[serde(default)]
    word: String,
}

/// `POST /contact/{token}`
pub(in crate::http) async fn press(
    State(app): State<App>,
    Path(token): Path<String>,
    asked: Query<Asked>,
    headers: HeaderMap,
    form: Result<Form<Word>, FormRejection>,
) -> Result<Response, Problem> {
    crate::http::same_site(&headers)?;
    let address = match live(&app, &token).await? {
        Ok(address) => address,
        Err(why) => return dead(&app, &asked, &headers, why),
    };
    let word = form.map(|Form(form)| form.word).unwrap_or_default();
    match word.as_str() {
        "mine" => {
            app.engine.confirm_address(&address).await?;
            let kept = app.engine.store().address(address.id).await?;
            show(&app, &asked, &kept.unwrap_or(address))
        }
        "not-mine" => {
            let standing = app.engine.standing();
            let Some((person, contact)) = address.key.contact(&standing.plan.roster) else {
                return dead(&app, &asked, &headers, Dead::Unknown);
            };
            let proposal = Proposal {
                person: person.id.clone(),
                kind: Kind::Wrong,
                contact: Some(contact.clone()),
                new_address: None,
                note: None,
            };
            let by = Principal::new("link:contact");
            app.engine.report_change(proposal, by).await?;
            let language = reads(&asked, person.language);
            html(
                StatusCode::OK,
                standing.messages.contact_told_page(language),
            )
        }
        // Why: a form that says neither is a page that was not filled in.
        _ => show(&app, &asked, &address),
    }
}

fn reads(asked: &Asked, own: Language) -> Language {
    let asked = asked.lang.as_deref().and_then(Language::parse);
    asked.unwrap_or(own)
}

/// The page with the buttons, or what was confirmed.
fn show(app: &App, asked: &Asked, address: &Address) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let Some((person, contact)) = address.key.contact(&standing.plan.roster) else {
        return Err(Problem::no_such_address());
    };
    let view = ConfirmView {
        person,
        address: &contact.address,
        language: reads(asked, person.language),
    };
    let Some(at) = address.confirmed_at else {
        return html(
            StatusCode::OK,
            standing.messages.contact_confirm_page(&view),
        );
    };
    html(
        StatusCode::OK,
        standing.messages.contact_confirmed_page(&view, at, None),
    )
}
