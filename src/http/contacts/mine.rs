//! A person's own contacts behind their link, and what they report of them.
//!
//! Owns what the form means. A GET changes nothing; a POST keeps a report, and
//! never touches the roster. What stands already, what waits already and what
//! is no address is said in words.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::Behind;
use crate::domain::contact_change::{Kind, MASKED_LINK, MOST_OPEN, Proposal};
use crate::domain::event::LINE_CHARS;
use crate::domain::id::Principal;
use crate::domain::roster::{ChannelName, Contact, Person};
use crate::domain::text::{Language, Text, one_line};
use crate::domain::typed::{dialled, fold, gateway_address, mail_address};
use crate::http::App;
use crate::http::board::{Asked, html};
use crate::http::problem::Problem;
use crate::http::session::same;
use crate::message::contact::Dead;
use crate::message::contact_link::{self, Mine};
use crate::message::my_contacts::{MyContactsView, OwnContact};

/// Whose contacts a token opens now, or why it opens none.
fn live(app: &App, token: &str) -> Result<(Mine, Person), Dead> {
    let mine = contact_link::read_mine(app.engine.keys(), token).ok_or(Dead::Unknown)?;
    if mine.until <= app.engine.now() {
        return Err(Dead::Expired);
    }
    let standing = app.engine.standing();
    let person = standing.plan.roster.people.get(mine.person.as_str());
    let person = person.cloned().ok_or(Dead::Unknown)?;
    // Invariant: no link outlives what it was made for.
    if !contact_link::still_for(app.engine.keys(), &mine, &person) {
        return Err(Dead::Unknown);
    }
    Ok((mine, person))
}

/// What has come of a form.
enum Said {
    /// Nothing was sent.
    Nothing,
    /// It is kept.
    Kept,
    /// It is not, and why.
    Not(StatusCode, Text),
}

fn not<T>(status: StatusCode, ja: impl AsRef<str>, en: impl AsRef<str>) -> Result<T, Said> {
    Err(Said::Not(status, Text::new(ja, en)))
}

/// `GET /my-contacts/{token}`
pub(in crate::http) async fn page(behind: Behind) -> Result<Response, Problem> {
    match live(&behind.app, &behind.token) {
        Ok(link) => show(&behind.app, &link, &behind.asked, Said::Nothing).await,
        Err(why) => behind.dead(why),
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http) struct Report {
    #[serde(default)]
    what: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    note: String,
}

/// `POST /my-contacts/{token}`
pub(in crate::http) async fn report(
    behind: Behind,
    form: Result<Form<Report>, FormRejection>,
) -> Result<Response, Problem> {
    crate::http::same_site(&behind.headers)?;
    let link = match live(&behind.app, &behind.token) {
        Ok(link) => link,
        Err(why) => return behind.dead(why),
    };
    let app = &behind.app;
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let said = match proposal(app, &link, &form) {
        Ok(proposal) => keep(app, &link, proposal).await?,
        Err(said) => said,
    };
    show(app, &link, &behind.asked, said).await
}

/// Keeps it once, unless too much waits already.
async fn keep(
    app: &App,
    (mine, person): &(Mine, Person),
    proposal: Proposal,
) -> Result<Said, Problem> {
    let waiting = app.engine.store().contact_changes(Some(&person.id), true);
    let waiting = waiting.await?;
    // Why: a button pressed twice is one report.
    if waiting.iter().any(|change| change.proposal == proposal) {
        return Ok(Said::Kept);
    }
    let way = if mine.whole { "link" } else { MASKED_LINK };
    let by = Principal::new(format!("{way}:{}", person.id));
    if app.engine.report_change(proposal, by).await? {
        return Ok(Said::Kept);
    }
    Ok(Said::Not(
        StatusCode::TOO_MANY_REQUESTS,
        Text::new(
            format!(
                "担当者の確認を待つ知らせが{MOST_OPEN}件あります。確認が済んでから、もう一度知らせてください。急ぐときは職場に電話してください。"
            ),
            format!(
                "{MOST_OPEN} reports of yours wait for the office. Report again once they are seen to; telephone the office if it is urgent."
            ),
        ),
    ))
}

/// What the form proposes.
fn proposal(app: &App, (mine, person): &(Mine, Person), form: &Report) -> Result<Proposal, Said> {
    const UNREAD: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(kind) = Kind::parse(&form.what) else {
        return not(
            UNREAD,
            "何を知らせるのか分かりませんでした。もう一度ボタンを押してください。",
            "It is not clear what you want to report. Please press a button again.",
        );
    };
    let mut contacts = person.contacts.iter();
    let contact = contacts.find(|own| same(&mark(app, person, own), &form.contact));
    if contact.is_none() && (!form.contact.is_empty() || matches!(kind, Kind::Wrong | Kind::Gone)) {
        return not(
            StatusCode::CONFLICT,
            "その連絡先は、もう登録されていません。この画面で今の連絡先を確かめてください。",
            "That contact is no longer registered. See on this page what is.",
        );
    }
    let new_address = match kind {
        Kind::New => Some(address(contact, &form.address)?),
        _ => None,
    };
    let note = one_line(&form.note);
    if note.chars().count() > LINE_CHARS {
        return not(
            UNREAD,
            format!("{LINE_CHARS}文字までにしてください。"),
            format!("Please write at most {LINE_CHARS} characters."),
        );
    }
    if kind == Kind::Note && note.is_empty() {
        return not(
            UNREAD,
            "何も書かれていません。伝えることを書いてください。",
            "Nothing is written there. Please write what the office should know.",
        );
    }
    let proposal = Proposal {
        person: person.id.clone(),
        kind,
        contact: contact.cloned(),
        new_address,
        note: Some(note).filter(|note| !note.is_empty()),
    };
    // Why: a stranger would learn by it which addresses the roster has; what it
    // has already is settled by whoever reads the report.
    if mine.whole && proposal.stands(person) {
        return not(
            StatusCode::CONFLICT,
            "名簿は、すでにそのとおりです。知らせる必要はありません。",
            "The roster has it so already; there is nothing to report.",
        );
    }
    Ok(proposal)
}

/// The new address as the roster would have it: letters of any width alike.
fn address(contact: Option<&Contact>, typed: &str) -> Result<String, Said> {
    let gateway = contact.filter(|contact| contact.channel != ChannelName::Email);
    let (address, good) = match gateway {
        Some(_) => {
            let number = dialled(typed);
            let good = gateway_address(&number);
            (number, good)
        }
        None => {
            let address = fold(typed);
            let good = mail_address(&address).map(drop);
            (address, good)
        }
    };
    let Err(why) = good else {
        return Ok(address);
    };
    let shown = one_line(&address);
    not(
        StatusCode::UNPROCESSABLE_ENTITY,
        format!(
            "「{shown}」は宛先として使えません（{}）。もう一度入力してください。",
            why.ja
        ),
        format!(
            "\"{shown}\" cannot be used: {}. Please enter it again.",
            why.en
        ),
    )
}

/// What a contact's forms carry.
fn mark(app: &App, person: &Person, contact: &Contact) -> String {
    // Why: no id and no channel holds a NUL, so that no other signs the same.
    let said = format!("{}\0{}\0{}", person.id, contact.channel, contact.address);
    app.engine.keys().tag("contact form", said.as_bytes())
}

async fn show(
    app: &App,
    (mine, person): &(Mine, Person),
    asked: &Asked,
    said: Said,
) -> Result<Response, Problem> {
    let known = app.engine.known_contacts(Some(&person.id)).await?;
    let changes = app.engine.store().contact_changes(Some(&person.id), false);
    let changes = changes.await?;
    let recent = changes.len().saturating_sub(SHOWN);
    let contacts = person.contacts.iter().map(|contact| {
        let known = known.get(&(person.id.clone(), contact.clone()));
        OwnContact {
            contact,
            proof: known.copied().unwrap_or_default().proof(),
            mark: mark(app, person, contact),
        }
    });
    let (status, done, problem) = match said {
        Said::Nothing => (StatusCode::OK, false, None),
        Said::Kept => (StatusCode::OK, true, None),
        Said::Not(status, why) => (status, false, Some(why)),
    };
    let language = asked.lang.as_deref().and_then(Language::parse);
    let view = MyContactsView {
        person,
        contacts: contacts.collect(),
        changes: changes.get(recent..).unwrap_or_default(),
        whole: mine.whole,
        done,
        problem,
        until: mine.until,
        now: app.engine.now(),
        language: language.unwrap_or(person.language),
    };
    html(
        status,
        app.engine.standing().messages.my_contacts_page(&view),
    )
}

/// Reports shown, the latest of them.
const SHOWN: usize = 20;
