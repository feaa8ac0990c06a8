//! What comes of one attempt to send.
//!
//! `contract` holds what every channel promises, `email`, `headers`,
//! `secure` and `webhook` what each promises beyond that. `smtp_sink` meets a server that is not ours,
//! `read_back` a reader that is not.

mod contract;
mod email;
mod headers;
mod read_back;
mod secure;
mod smtp_sink;
mod webhook;

use jiff::Timestamp;
use muster::channel::email::Mail;
use muster::channel::{Attempt, Channels, Outgoing, Settings};
use muster::domain::delivery::{Outcome, Reason};

/// When the tests take place.
fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A mail to an address of example.jp.
fn mail(number: u32, to: &str) -> Mail {
    Mail {
        message_id: format!("n{number}.c1@muster.example.jp"),
        references: Some("c1@muster.example.jp".to_owned()),
        date: noon(),
        attempt_at: noon(),
        from_name: "喜茂別町 参集".to_owned(),
        to_name: "総務 一郎".to_owned(),
        to: to.to_owned(),
        return_path: format!("bounce+n{number}@example.jp"),
        reply_to: None,
        replies: false,
        subject: "【参集】震度5強".to_owned(),
        text: "参集してください。\n.\n返答: https://muster.example.jp/a/token-canary\n".to_owned(),
        html: "<p>参集してください。</p>".to_owned(),
        urgent: true,
        kind: muster::channel::email::Kind::Real,
    }
}

/// Channels with these relays and no webhook.
fn email_channels(email: muster::channel::email::Settings) -> Channels {
    let webhooks = Vec::new();
    Channels::new(Settings { email, webhooks }).unwrap()
}

async fn send(channels: &Channels, mail: Mail) -> Attempt {
    channels.send(&Outgoing::Email(Box::new(mail))).await
}

/// The outcome in one word and its reason, to compare by.
fn kind(attempt: &Attempt) -> (&'static str, Option<Reason>) {
    match &attempt.outcome {
        Outcome::Accepted { .. } => ("accepted", None),
        Outcome::Retry { reason, .. } => ("retry", Some(*reason)),
        Outcome::Rejected { reason, .. } => ("rejected", Some(*reason)),
        Outcome::Unknown { .. } => ("unknown", None),
    }
}

const ACCEPTED: (&str, Option<Reason>) = ("accepted", None);
const UNKNOWN: (&str, Option<Reason>) = ("unknown", None);

fn retry(reason: Reason) -> (&'static str, Option<Reason>) {
    ("retry", Some(reason))
}

fn rejected(reason: Reason) -> (&'static str, Option<Reason>) {
    ("rejected", Some(reason))
}

/// The other side's words.
fn detail(attempt: &Attempt) -> &str {
    match &attempt.outcome {
        Outcome::Accepted { reference } => reference,
        Outcome::Retry { detail, .. }
        | Outcome::Rejected { detail, .. }
        | Outcome::Unknown { detail } => detail,
    }
}
