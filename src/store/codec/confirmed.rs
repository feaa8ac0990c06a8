//! The reply that a notification confirms, as JSON.
//!
//! Owns that body alone; an address never stands in it.

use serde_json::json;

use super::seal::sealed;
use super::{Fields, Result, parse};
use crate::domain::mail::{Became, Confirmed};

/// A confirmation's body.
pub fn confirmed(confirmed: &Confirmed) -> String {
    sealed(&json!({
        "became": confirmed.became.name(),
        "line": confirmed.line,
        "message_id": confirmed.message_id,
    }))
}

/// Reads [`confirmed`].
///
/// # Errors
///
/// When it is no such body.
pub fn read_confirmed(body: &str) -> Result<Confirmed> {
    let body = parse("confirms", body)?;
    let fields = Fields(&body);
    Ok(Confirmed {
        became: fields.named("became", Became::parse)?,
        line: fields.str("line")?.to_owned(),
        message_id: fields.opt_string("message_id"),
    })
}
