//! What a gateway's answer means.
//!
//! Owns the one table from status and body to an outcome, and what each says
//! about the gateway's health. It must not send anything.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::Success;
use super::exchange::Answer;
use crate::channel::circuit::Health;
use crate::channel::credit::{Credit, Worth};
use crate::channel::words::Scrubber;
use crate::domain::delivery::{Outcome, Reason};

/// What is needed to judge one answer.
pub(super) struct Judge<'a> {
    pub(super) success: &'a Success,
    pub(super) scrubber: &'a Scrubber,
    pub(super) credit: &'a Credit,
    /// For whom the message is.
    pub(super) to: &'a str,
    pub(super) now: Timestamp,
}

/// Whom an answer is about, before it is weighed.
enum Blames {
    /// This one person's address, by a status that says nothing else or by
    /// one that a wrong set-up says as well.
    Address { reason: Reason, expressly: bool },
    /// Nobody knows whom: a body that is not the one of success.
    Unreadable,
    /// The gateway, or us.
    Gateway(Reason),
}

impl Judge<'_> {
    /// Reads the answer, as far as it came.
    pub(super) fn judge(&self, answer: &Answer) -> (Outcome, Health) {
        let status = answer.status;
        let after = retry_after(&answer.headers, self.now);
        let body = String::from_utf8_lossy(&answer.body);
        let detail = self.scrubber.clean(&format!("{status} {body}"));
        let retry = |reason, detail| Outcome::Retry {
            reason,
            detail,
            after,
        };
        match status.as_u16() {
            200..=299 if self.success.holds(&body) => {
                self.credit.took(self.to, self.now);
                (Outcome::Accepted { reference: detail }, Health::Well)
            }
            // Why: nobody can know what the rest would have said.
            200..=299 if answer.is_cut() => {
                let health = Health::Silent {
                    to: self.to.to_owned(),
                    reason: Reason::Ambiguous,
                    words: detail.clone(),
                };
                (Outcome::Unknown { detail }, health)
            }
            200..=299 => {
                let detail = format!("{detail} (not the answer that success is set to)");
                self.weigh(Blames::Unreadable, detail)
            }
            408 | 425 | 429 => (retry(Reason::Busy, detail), Health::Alive),
            502..=504 => {
                let busy = status == StatusCode::SERVICE_UNAVAILABLE;
                let reason = if busy { Reason::Busy } else { Reason::Fault };
                let health = Health::Fault(reason, detail.clone());
                (retry(reason, detail), health)
            }
            500..=599 => (retry(Reason::Fault, detail), Health::Alive),
            300..=399 => {
                let detail = format!("{status}: redirect not followed");
                self.weigh(Blames::Gateway(Reason::Policy), detail)
            }
            401 => self.weigh(Blames::Gateway(Reason::Authentication), detail),
            other => self.weigh(about(other), detail),
        }
    }

    /// A refusal of everybody is the gateway's: nobody's contact is dead by
    /// it, each one's next contact is called, and this one again later.
    fn weigh(&self, blames: Blames, detail: String) -> (Outcome, Health) {
        let later = |detail| Outcome::Retry {
            reason: Reason::Policy,
            detail,
            after: None,
        };
        let (reason, expressly) = match blames {
            Blames::Gateway(reason) => {
                let health = Health::Broken(reason, detail.clone());
                return (later(detail), health);
            }
            Blames::Address { reason, expressly } => (Some(reason), expressly),
            Blames::Unreadable => (None, false),
        };
        match (self.credit.refused(self.to, expressly, self.now), reason) {
            (Worth::Believed, Some(reason)) => {
                (Outcome::Rejected { reason, detail }, Health::Alive)
            }
            (Worth::Believed | Worth::Doubted, _) => (later(detail), Health::Alive),
            (Worth::Many, _) => {
                let health = Health::Doubtful(detail.clone());
                (later(detail), health)
            }
            (Worth::Everybody, _) => {
                let health = Health::Broken(Reason::Policy, detail.clone());
                (later(detail), health)
            }
        }
    }
}

/// Whom a refusal is about. 404 and 403 are also what a gateway says whose path
/// or token is wrong; what is not said of a message or an address is said of
/// the proxy, the URL or us, and costs nobody their contact.
const fn about(status: u16) -> Blames {
    let (reason, expressly) = match status {
        403 => (Reason::Authentication, false),
        404 => (Reason::Address, false),
        410 => (Reason::Address, true),
        400 | 409 | 413 | 422 => (Reason::Content, true),
        _ => return Blames::Gateway(Reason::Policy),
    };
    Blames::Address { reason, expressly }
}

impl Success {
    /// Whether an answer with a status of success is one.
    fn holds(&self, body: &str) -> bool {
        let Self::Body(wanted) = self else {
            return true;
        };
        let (body, wanted) = (body.trim(), wanted.as_str());
        let (open, wanted) = match wanted.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, wanted),
        };
        match (open, wanted.strip_suffix('*')) {
            (false, None) => body == wanted,
            (false, Some(start)) => body.starts_with(start),
            (true, None) => body.ends_with(wanted),
            (true, Some(middle)) => body.contains(middle),
        }
    }
}

/// The wait that was asked for, in seconds or as a date; anything else, or a
/// time that has passed, is as if it were not there.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let until = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    Duration::try_from(until.duration_since(now)).ok()
}
