//! Domain values to JSON bodies and back.
//!
//! Owns the shape of every body in the store. It must not touch SQL. A body
//! that cannot be read is an error with the place in it, never a guess.

mod call_out;
mod confirmed;
mod course;
mod drill_record;
mod edition;
mod entry;
mod event;
mod help;
mod participant;
mod reports;
mod schedule;
mod seal;
mod tree;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::domain::text::Text;

pub use call_out::{Frozen, Progress, frozen, progress, read_call_out};
pub use confirmed::{confirmed, read_confirmed};
pub use drill_record::{drill_record, read_drill_record};
pub use edition::{kept_edition, read_kept_edition};
pub use entry::{entry, entry_body, read_entry};
pub use event::{content, event, read_event};
pub use participant::{acknowledgement, participant, read_acknowledgement, read_participant};
pub(super) use seal::{in_hex, seal};

/// A body that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("stored {what} cannot be read: {why}; restore the store from its last backup")]
pub struct Unreadable {
    /// Which field or value.
    pub what: String,
    /// What is wrong with it.
    pub why: String,
}

type Result<T> = std::result::Result<T, Unreadable>;

fn bad(what: &str, why: impl Into<String>) -> Unreadable {
    Unreadable {
        what: what.to_owned(),
        why: why.into(),
    }
}

/// Times as the store binds them.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Times as the store gives them.
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// A body as JSON.
///
/// Invariant: bodies are text, numbers, lists and objects with names, which are
/// always written.
fn json(body: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut text, body).expect("text, numbers, lists and named fields");
    String::from_utf8(text).expect("JSON is text")
}

/// Room for what one person's body takes.
const ROOM: usize = 512;

fn text(text: &Text) -> Value {
    serde_json::json!([text.ja, text.en])
}

/// Reads fields of a JSON object, naming the one that fails.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    fn get(self, name: &str) -> &'a Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn str(self, name: &str) -> Result<&'a str> {
        self.get(name).as_str().ok_or_else(|| bad(name, "no text"))
    }

    fn opt_string(self, name: &str) -> Option<String> {
        self.get(name).as_str().map(str::to_owned)
    }

    fn u64(self, name: &str) -> Result<u64> {
        self.get(name)
            .as_u64()
            .ok_or_else(|| bad(name, "no number"))
    }

    fn u32(self, name: &str) -> Result<u32> {
        u32::try_from(self.u64(name)?).map_err(|_| bad(name, "number too large"))
    }

    fn opt_u32(self, name: &str) -> Option<u32> {
        self.get(name)
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
    }

    fn bool(self, name: &str) -> Result<bool> {
        self.get(name)
            .as_bool()
            .ok_or_else(|| bad(name, "neither true nor false"))
    }

    fn time(self, name: &str) -> Result<Timestamp> {
        self.opt_time(name).ok_or_else(|| bad(name, "no time"))
    }

    fn opt_time(self, name: &str) -> Option<Timestamp> {
        self.get(name).as_i64().map(timestamp)
    }

    fn text(self, name: &str) -> Result<Text> {
        read_text(self.get(name)).ok_or_else(|| bad(name, "no text in two languages"))
    }

    fn list(self, name: &str) -> Result<&'a Vec<Value>> {
        self.get(name)
            .as_array()
            .ok_or_else(|| bad(name, "no list"))
    }

    /// Reads a list, each item by a function.
    fn each<T>(self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Vec<T>> {
        self.list(name)?
            .iter()
            .map(|item| read(item).ok_or_else(|| bad(name, format!("unknown: {item}"))))
            .collect()
    }

    /// The same, where an older version wrote no such list.
    fn opt_each<T>(self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Vec<T>> {
        if self.get(name).is_null() {
            return Ok(Vec::new());
        }
        self.each(name, read)
    }

    /// Reads a name of a closed set.
    fn named<T>(self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let text = self.str(name)?;
        parse(text).ok_or_else(|| bad(name, format!("unknown: {text}")))
    }
}

fn read_text(value: &Value) -> Option<Text> {
    match value.as_array()?.as_slice() {
        [ja, en] => Some(Text::new(ja.as_str()?, en.as_str()?)),
        _ => None,
    }
}

/// Reads one whole body.
///
/// Invariant: a body whose seal does not fit is not read.
fn parse(what: &str, body: &str) -> Result<Value> {
    if !seal::fits(body) {
        return Err(bad(what, "it is not what was written"));
    }
    serde_json::from_str(body).map_err(|error| bad(what, error.to_string()))
}
