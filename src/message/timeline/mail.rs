//! The account's sentences about what came back by mail.
//!
//! Owns how these are said; the parent says the others.

use super::{Teller, fill};
use crate::domain::journal::Entry;
use crate::domain::mail::Came;
use crate::domain::text::{one_line, without_addresses};

impl Teller<'_> {
    /// What came, in the other side's own words where there are some.
    pub(super) fn mail(&self, entry: &Entry) -> String {
        let Entry::Mail { person, came, text } = entry else {
            return String::new();
        };
        let w = self.w;
        let wording = match came {
            Came::Undelivered => w.mail_undelivered,
            Came::Delayed => w.mail_delayed,
            Came::Automatic => w.mail_automatic,
            Came::Stranger => w.mail_stranger,
            Came::Said => w.mail_said,
            Came::Late => w.mail_late,
            Came::Older => w.mail_older,
        };
        let said = fill(wording, &[("person", &self.person(person))]);
        let text = without_addresses(&one_line(text), "");
        if text.is_empty() {
            return said;
        }
        fill(w.mail_text, &[("said", &said), ("text", &text)])
    }
}
