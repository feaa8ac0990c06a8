//! Channels without a daemon: one mail, the attempt to send it, and what came of
//! that in a word.
//!
//! Owns what tests of the channels begin with. It must not say what an outcome has
//! to be.

use jiff::Timestamp;
use muster::channel::email::Mail;
use muster::channel::{Attempt, Channels, Outgoing, Settings};
use muster::clock::Clock;
use muster::domain::delivery::{Outcome, Reason};
use muster::telemetry::CircuitGauge;

/// When the tests take place.
pub(crate) fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A mail to an address of example.jp.
pub(crate) fn mail(number: u32, to: &str) -> Mail {
    Mail {
        message_id: format!("n{number}.c1@muster.example.jp"),
        references: Some("c1@muster.example.jp".to_owned()),
        date: noon(),
        from_name: "喜茂別町 参集".to_owned(),
        to_name: "総務 一郎".into(),
        to: to.into(),
        return_path: format!("bounce+n{number}@example.jp"),
        reply_to: None,
        replies: false,
        subject: "【参集】震度5強".to_owned(),
        text: "参集してください。\n.\n返答: https://muster.example.jp/a/token-canary\n".to_owned(),
        html: "<p>参集してください。</p>".to_owned(),
        urgent: true,
        urgency: 1,
        kind: muster::channel::email::Kind::Real,
    }
}

/// Channels with these relays and no webhook, on a clock that stands at noon.
pub(crate) fn email_channels(email: muster::channel::email::Settings) -> Channels {
    email_channels_by(email, Clock::manual(noon()))
}

/// Channels with these relays and no webhook, on this clock.
pub(crate) fn email_channels_by(email: muster::channel::email::Settings, clock: Clock) -> Channels {
    Channels::new(Settings {
        clock,
        ..settings_of(email, Vec::new())
    })
    .unwrap()
}

/// Settings on a clock that stands at noon.
pub(crate) fn settings_of(
    email: muster::channel::email::Settings,
    webhooks: Vec<muster::channel::webhook::Settings>,
) -> Settings {
    Settings {
        email,
        webhooks,
        clock: Clock::manual(noon()),
        circuits: CircuitGauge::default(),
    }
}

pub(crate) async fn send(channels: &Channels, mail: Mail) -> Attempt {
    channels.send(&Outgoing::Email(Box::new(mail))).await
}

/// The outcome in one word and its reason, to compare by.
pub(crate) fn kind(attempt: &Attempt) -> (&'static str, Option<Reason>) {
    match &attempt.outcome {
        Outcome::Accepted { .. } => ("accepted", None),
        Outcome::Retry { reason, .. } => ("retry", Some(*reason)),
        Outcome::Rejected { reason, .. } => ("rejected", Some(*reason)),
        Outcome::Unknown { .. } => ("unknown", None),
    }
}

pub(crate) const ACCEPTED: (&str, Option<Reason>) = ("accepted", None);
pub(crate) const UNKNOWN: (&str, Option<Reason>) = ("unknown", None);

pub(crate) fn retry(reason: Reason) -> (&'static str, Option<Reason>) {
    ("retry", Some(reason))
}

pub(crate) fn rejected(reason: Reason) -> (&'static str, Option<Reason>) {
    ("rejected", Some(reason))
}

/// The other side's words.
pub(crate) fn detail(attempt: &Attempt) -> &str {
    match &attempt.outcome {
        Outcome::Accepted { reference } => reference,
        Outcome::Retry { detail, .. }
        | Outcome::Rejected { detail, .. }
        | Outcome::Unknown { detail } => detail,
    }
}
