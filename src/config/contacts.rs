//! How mail addresses are asked to confirm themselves, of a read `rules.toml`.
//!
//! Owns the three keys. Whom that means is the domain's.

use super::findings::Findings;
use super::noun::noun;
use super::table::Table;
use super::value::choice;
use crate::domain::contact::{Asking, Confirm};

/// The table; the usual where there is none.
pub(super) fn check(table: Option<Table<'_>>, findings: &mut Findings) -> Asking {
    let usual = Asking::default();
    let Some(table) = table else {
        return usual;
    };
    let named = Confirm::ALL.map(|confirm| (confirm.name(), confirm));
    let confirm = table
        .text("confirm")
        .and_then(|word| choice(word, noun("確認", "way of confirming"), &named, findings));
    Asking {
        confirm: confirm.unwrap_or(usual.confirm),
        a_minute: table
            .number_within("a_minute", 1..=600, findings)
            .unwrap_or(usual.a_minute),
        remind_days: table
            .number_within("remind_days", 0..=90, findings)
            .unwrap_or(usual.remind_days),
    }
}
