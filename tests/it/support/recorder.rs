//! An outlet that records what is sent, in place of channels.
//!
//! Owns what a test can see of a message that left. It must not send.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use muster::channel::email::Mail;
use muster::channel::{Attempt, Channels, Circuit, Outgoing, Wanted};
use muster::clock::Clock;
use muster::domain::delivery::Outcome;
use muster::engine::Outlet;
use tokio::sync::{Notify, watch};

/// One message as it left.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) to: String,
    pub(crate) channel: &'static str,
    pub(crate) identity: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) outcome: &'static str,
    /// A mail alone, as it left.
    pub(crate) mail: Option<Mail>,
    /// When it was made, as a gateway is told; a webhook alone.
    pub(crate) made_at: Option<Timestamp>,
}

/// An outlet that records, and answers as it was told to.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(super) clock: Mutex<Option<Clock>>,
    pub(super) sent: Mutex<Vec<Sent>>,
    pub(super) failing: Mutex<HashMap<String, Outcome>>,
    /// Addresses whose messages hit a defect of the program.
    pub(super) defective: Mutex<HashSet<String>>,
    /// Addresses that take a message only once they are let go.
    pub(super) held: Mutex<HashMap<String, Arc<Notify>>>,
    /// Rings as a message leaves.
    pub(super) left: Notify,
    /// By which mails really go, and what comes of them, where a story says so.
    pub(super) wire: Mutex<Option<Channels>>,
    /// How the ways out stand.
    pub(crate) circuits: Mutex<Vec<Circuit>>,
    /// How often the store was found to be held by another program.
    pub(crate) found_held: watch::Sender<u32>,
}

impl Outlet for Recorder {
    fn circuits(&self) -> Vec<Circuit> {
        self.circuits.lock().unwrap().clone()
    }

    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
        wanted: Wanted<'a>,
    ) -> Pin<Box<dyn Future<Output = Attempt> + Send + 'a>> {
        let at = self.clock.lock().unwrap().as_ref().unwrap().now();
        let (to, channel, identity, subject, body) = match message {
            Outgoing::Email(mail) => (
                mail.to.to_string(),
                "email",
                mail.message_id.clone(),
                mail.subject.clone(),
                mail.text.clone(),
            ),
            Outgoing::Webhook(post) => {
                let body: serde_json::Value = serde_json::from_str(&post.body).unwrap();
                let text =
                    |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                (
                    text(&body["person"]["address"]),
                    "webhook",
                    post.id.clone(),
                    text(&body["subject"]),
                    post.body.clone(),
                )
            }
        };
        let defective = self.defective.lock().unwrap().contains(&to);
        assert!(!defective, "a defect, made for this test");
        let outcome = self.failing.lock().unwrap().get(&to).cloned();
        let outcome = outcome.unwrap_or_else(|| Outcome::Accepted {
            reference: "250 2.0.0 Ok".to_owned(),
        });
        let word = match &outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Retry { .. } => "retry",
            Outcome::Rejected { .. } => "dead",
            Outcome::Unknown { .. } => "unknown",
        };
        self.sent.lock().unwrap().push(Sent {
            at,
            to: to.clone(),
            channel,
            identity,
            subject,
            body,
            outcome: word,
            mail: match message {
                Outgoing::Email(mail) => Some((**mail).clone()),
                Outgoing::Webhook(_) => None,
            },
            made_at: match message {
                Outgoing::Email(_) => None,
                Outgoing::Webhook(post) => Some(post.timestamp),
            },
        });
        self.left.notify_one();
        let held = self.held.lock().unwrap().get(&to).cloned();
        // As the channels say it: a webhook by its name.
        let via = match message {
            Outgoing::Email(_) => "recorder".to_owned(),
            Outgoing::Webhook(post) => post.webhook.to_string(),
        };
        let wire = self.wire.lock().unwrap().clone();
        let wire = wire.filter(|_| channel == "email");
        Box::pin(async move {
            if let Some(held) = held {
                held.notified().await;
            }
            match wire {
                Some(channels) => channels.send_wanted(message, wanted).await,
                None => Attempt { outcome, via },
            }
        })
    }
}
