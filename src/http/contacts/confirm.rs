//! The page on which a person says that an address is theirs, or is not.
//!
//! Owns what the link means. A GET changes nothing: scanners open every link
//! in a mail. A second press shows the same page, and records nothing.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Behind;
use crate::domain::contact::{self, Address};
use crate::domain::text::Language;
use crate::http::App;
use crate::http::board::{Asked, html};
use crate::http::problem::Problem;
use crate::message::contact::{ConfirmView, Dead};
use crate::message::contact_link::{self, Mine};

/// What a link confirms, and until when.
struct Live {
    address: Address,
    until: Timestamp,
}

/// What a token confirms now, or why it confirms nothing.
async fn live(app: &App, token: &str) -> Result<Result<Live, Dead>, Problem> {
    let Some(link) = contact_link::read_confirm(app.engine.keys(), token) else {
        return Ok(Err(Dead::Unknown));
    };
    if link.until <= app.engine.now() {
        return Ok(Err(Dead::Expired));
    }
    let address = app.engine.store().address(link.id).await?;
    let standing = app.engine.standing();
    let has = |address: &Address| address.key.contact(&standing.plan.roster).is_some();
    let until = link.until;
    let address = address.filter(has);
    Ok(address
        .map(|address| Live { address, until })
        .ok_or(Dead::Unknown))
}

/// `GET /contact/{token}`
pub(in crate::http) async fn page(behind: Behind) -> Result<Response, Problem> {
    match live(&behind.app, &behind.token).await? {
        Ok(link) => show(&behind.app, &behind.asked, &link, false),
        Err(why) => behind.dead(why),
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
    behind: Behind,
    form: Result<Form<Word>, FormRejection>,
) -> Result<Response, Problem> {
    crate::http::same_site(&behind.headers)?;
    let mut link = match live(&behind.app, &behind.token).await? {
        Ok(link) => link,
        Err(why) => return behind.dead(why),
    };
    let Behind { app, asked, .. } = &behind;
    // Why: a scanner that reads a mail may press what it finds in it.
    if link.address.confirmed_at.is_none() && too_soon(app, &link.address) {
        return show(app, asked, &link, true);
    }
    let word = form.map(|Form(form)| form.word).unwrap_or_default();
    match word.as_str() {
        "mine" => {
            app.engine.confirm_address(&link.address).await?;
            let kept = app.engine.store().address(link.address.id).await?;
            link.address = kept.unwrap_or(link.address);
            show(app, asked, &link, false)
        }
        "not-mine" => {
            let standing = app.engine.standing();
            let Some((person, contact)) = link.address.key.contact(&standing.plan.roster) else {
                return behind.dead(Dead::Unknown);
            };
            let contact = contact.clone();
            app.engine.disown_address(&link.address, contact).await?;
            let language = reads(asked, person.language);
            html(
                StatusCode::OK,
                standing.messages.contact_told_page(language),
            )
        }
        // Why: a form that says neither is a page that was not filled in.
        _ => show(app, asked, &link, false),
    }
}

/// Whether so little time has passed since the sending that an answer to a
/// call-out would be doubted.
fn too_soon(app: &App, address: &Address) -> bool {
    let doubt = app.engine.standing().plan.doubt;
    let doubt = SignedDuration::try_from(doubt).unwrap_or(SignedDuration::ZERO);
    // Why: while the relay's word is still to be kept, it has only just left.
    let left_at = match address.state {
        contact::State::Sending => Some(app.engine.now()),
        _ => address.sent_at,
    };
    // A time that is still to come was kept before the clock was set.
    left_at.is_some_and(|at| app.engine.now().duration_since(at).abs() < doubt)
}

fn reads(asked: &Asked, own: Language) -> Language {
    let asked = asked.lang.as_deref().and_then(Language::parse);
    asked.unwrap_or(own)
}

/// The page with the buttons, or what was confirmed.
fn show(app: &App, asked: &Asked, link: &Live, soon: bool) -> Result<Response, Problem> {
    let address = &link.address;
    let standing = app.engine.standing();
    let Some((person, contact)) = address.key.contact(&standing.plan.roster) else {
        return Err(Problem::no_such_address());
    };
    let view = ConfirmView {
        person,
        address: &contact.address,
        soon,
        language: reads(asked, person.language),
    };
    let Some(at) = address.confirmed_at else {
        return html(
            StatusCode::OK,
            standing.messages.contact_confirm_page(&view),
        );
    };
    let mine = Mine {
        person: person.id.as_str().to_owned(),
        // Why: whoever pressed may be a stranger, where the address is wrong.
        whole: false,
        // Why: pressed again, it is the same page.
        until: link.until,
        made_for: contact_link::of_address(app.engine.keys(), person, contact),
    };
    let token = contact_link::mine_token(app.engine.keys(), &mine);
    let mine = format!("/my-contacts/{token}");
    html(
        StatusCode::OK,
        standing.messages.contact_confirmed_page(&view, at, &mine),
    )
}
