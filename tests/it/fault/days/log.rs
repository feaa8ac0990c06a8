//! What a day's engine said: its log and its errors, and what of it nobody may
//! read.
//!
//! Owns I6 of the random days. The log is that of the thread that plays the day,
//! so that no other day's is searched.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::world::{Sent, World};

/// Everything that was said.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Collects what this thread says from now on.
    pub(super) fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("muster=trace"))
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// What somebody was told when something was refused.
    pub(super) fn refused(&self, error: &muster::engine::Error) {
        let words = format!("{error}\n{}\n", error.ja());
        self.0.lock().unwrap().extend(words.as_bytes());
    }

    /// Every address, link and key that it tells.
    pub(super) fn leaks(&self, world: &World, sent: &[Sent]) -> Vec<String> {
        let said = self.0.lock().unwrap();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.is_empty(), "nothing was said in a whole day");
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
        let words: BTreeSet<&str> = said.split(|sign| !is_sign(sign)).collect();
        let links: BTreeSet<&str> = sent.iter().filter_map(token).collect();
        let told = links.iter().filter(|link| words.contains(*link));
        let mut leaks: Vec<String> = told.map(|link| format!("the link {link}")).collect();
        let people = world.plan().roster.people.values();
        let contacts = people.flat_map(|person| &person.contacts);
        let told = contacts.filter(|contact| said.contains(&contact.address));
        leaks.extend(told.map(|contact| format!("the address {}", contact.address)));
        // The links' key in this world is thirty-two sevens.
        if said.contains("07070707") || said.contains("BwcHBwcH") || said.contains("7, 7, 7, 7") {
            leaks.push("the key of the links".to_owned());
        }
        leaks
    }
}

/// The token of a message's answer link.
pub(super) fn token(sent: &Sent) -> Option<&str> {
    let (_, after) = sent.body.split_once("/a/")?;
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    let end = after.find(|sign| !is_sign(sign)).unwrap_or(after.len());
    (end > 0).then(|| &after[..end])
}

impl Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
