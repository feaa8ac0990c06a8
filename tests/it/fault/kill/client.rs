//! Clients who tell events and answer until the daemon is gone.
//!
//! Owns the list of what each was told, which nothing is taken from. It must not
//! judge what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::support::daemon::{TOKEN, Town};
use crate::support::oracle::link;
use crate::support::request::request;
use crate::support::smtp::SmtpServer;

/// Who answers.
const WHO: &str = "it-1";

/// What a client was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Each key that was sent, with the call-out where it was answered.
    pub(super) events: BTreeMap<String, Option<String>>,
    /// The call-outs whose answer was confirmed.
    pub(super) answered: BTreeSet<String>,
    /// How many of the answers were given by the link in a mail.
    pub(super) by_link: usize,
    /// How many of the events that were answered were told by the command line.
    pub(super) by_command: usize,
    /// The call-outs of drills whose beginning was answered.
    pub(super) drills: BTreeSet<String>,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        self.events.extend(other.events);
        self.answered.extend(other.answered);
        self.by_link += other.by_link;
        self.by_command += other.by_command;
        self.drills.extend(other.drills);
    }
}

/// A request with a body: status and answer; none where the daemon was gone.
pub(super) fn post(url: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, _, answer) = request(url, ("POST", path), &headers, body.as_bytes()).ok()?;
    // An answer that broke off is none.
    Some((status, serde_json::from_str(&answer).ok()?))
}

/// Whether an event calls everybody in the town, by its key.
pub(super) fn calls_everybody(key: &str) -> bool {
    key.starts_with("crowd")
}

/// Tells an event of that key.
pub(super) fn tell(url: &str, key: &str) -> Option<(u16, Value)> {
    let event = if calls_everybody(key) {
        r#""kind":"threat","like":"P1","threat":"噴火""#
    } else {
        r#""kind":"security-incident","effect":"residents""#
    };
    post(
        url,
        "/api/v1/events",
        &format!(r#"{{{event},"key":"{key}"}}"#),
    )
}

pub(super) fn id(answer: &Value) -> String {
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// Somebody answers over the interface of programs; whether the daemon is there.
fn answer(url: &str, call_out: &str, told: &mut Told) -> bool {
    let path = format!("/api/v1/call-outs/{call_out}/acknowledgements");
    let body = format!(r#"{{"person":"{WHO}","answer":"coming"}}"#);
    match post(url, &path, &body) {
        Some((200, _)) => told.answered.insert(call_out.to_owned()),
        Some((status, answer)) => panic!("{status}: {answer}"),
        None => return false,
    };
    true
}

/// They press the button behind the link in the mail that came last; whether the
/// daemon is there.
fn press(url: &str, server: &SmtpServer, told: &mut Told) -> bool {
    let mail = server.last_to(&format!("{WHO}@example.jp"));
    let Some((call_out, path)) = mail.as_ref().and_then(link) else {
        return true;
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let pressed = request(url, ("POST", &path), form, b"answer=coming");
    match pressed {
        Ok((200, _, page)) if page.ends_with("</html>\n") || page.ends_with("</html>") => {
            told.by_link += usize::from(told.answered.insert(call_out));
            true
        }
        // An answer that broke off is none.
        Ok((0 | 200, ..)) | Err(_) => false,
        Ok((status, _, page)) => panic!("{status}: {page}"),
    }
}

/// Tells an event of that key by the command line; its call-out where that ends as one
/// that was taken, none where the daemon was gone.
fn command(town: &Town, key: &str) -> Option<String> {
    let event = ["security-incident", "--effect", "residents", "--key", key];
    let output = town.run(&[&["--json", "trigger"], &event[..]].concat());
    match output.status.code() {
        Some(0) => Some(id(&serde_json::from_slice(&output.stdout).unwrap())),
        // It may have been taken, or nobody was there.
        Some(1 | 5) => None,
        code => panic!("{code:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// By which way a client tells.
pub(super) enum Way {
    /// By a program, over HTTP.
    Http,
    /// By the command line of this town's machine.
    Command(Arc<Town>),
}

impl Way {
    fn tell(&self, url: &str, key: &str) -> Option<String> {
        match self {
            Self::Command(town) => command(town, key),
            Self::Http => tell(url, key).map(|(status, answered)| {
                assert_eq!(status, 202, "{answered}");
                id(&answered)
            }),
        }
    }
}

/// Tells and answers, by link and by program in turn, until the daemon is gone.
pub(super) fn client(
    (url, way): (&str, &Way),
    (round, who): (u64, usize),
    server: &SmtpServer,
) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        let key = format!("{round}-{who}-{number}");
        let call_out = way.tell(url, &key);
        told.events.insert(key, call_out.clone());
        let Some(call_out) = call_out else {
            break;
        };
        told.by_command += usize::from(matches!(way, Way::Command(_)));
        let there = if (number + who).is_multiple_of(2) {
            answer(url, &call_out, &mut told)
        } else {
            press(url, server, &mut told)
        };
        if !there {
            break;
        }
    }
    told
}

/// Tells one event that calls everybody.
pub(super) fn crowd(url: &str, name: &str) -> Told {
    let mut told = Told::default();
    let key = format!("crowd-{name}");
    let call_out = tell(url, &key).map(|(status, answered)| {
        assert_eq!(status, 202, "{answered}");
        id(&answered)
    });
    told.events.insert(key, call_out);
    told
}
