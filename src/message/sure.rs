//! The value that the second button of a decision carries.
//!
//! Owns its signature: the page that is behind the link does not have it, so that
//! whoever presses every button there decides nothing. It must not know the time,
//! nor how long a value is good.

use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::token::LinkKeys;
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::rule::Decision;

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Sure<'a> {
    /// In which call-out.
    pub call_out: &'a CallOutId,
    /// Who.
    pub person: &'a PersonId,
    /// What they pressed first.
    pub decision: Decision,
    /// When the decision was last asked for.
    pub asked_at: Timestamp,
}

impl Sure<'_> {
    /// The value of the page that was made at this time.
    pub fn value(&self, keys: &LinkKeys, shown_at: Timestamp) -> String {
        let millis = shown_at.as_millisecond();
        format!("{millis}.{}", self.tag(keys, millis))
    }

    /// When the page was made that had this value; nothing of any other.
    pub fn shown_at(&self, keys: &LinkKeys, value: &str) -> Option<Timestamp> {
        let (millis, tag) = value.split_once('.')?;
        let millis: i64 = millis.parse().ok()?;
        // Invariant: the time taken says nothing about how much of the tag was right.
        let right: bool = self
            .tag(keys, millis)
            .as_bytes()
            .ct_eq(tag.as_bytes())
            .into();
        Timestamp::from_millisecond(millis).ok().filter(|_| right)
    }

    fn tag(&self, keys: &LinkKeys, millis: i64) -> String {
        // Why so: no two of them may read alike, whatever a name holds.
        let said = serde_json::json!([
            self.call_out.as_str(),
            self.person.as_str(),
            self.decision.name(),
            self.asked_at.as_microsecond(),
            millis,
        ]);
        keys.tag("decision", said.to_string().as_bytes())
    }
}
