//! What one letter is made of.
//!
//! Owns what is given to it: of which call-out, to whom, for what, and what it carries
//! besides. It must not know what a letter says.

use jiff::Timestamp;

use super::reader::Reader;
use crate::domain::call_out::help::Help;
use crate::domain::call_out::{CallOut, Participant};
use crate::domain::notification::Purpose;
use crate::domain::text::Text;

/// How a call-out ended, where a letter tells so.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ending {
    /// In a person's words, or in prepared ones.
    pub reason: Text,
    /// Whether it should never have begun.
    pub false_alarm: bool,
}

/// What a letter carries besides what the call-out knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried<'a> {
    /// The person's own answer link.
    pub link: &'a str,
    /// How it ended, for [`Purpose::StandDown`] and [`Purpose::Cancelled`].
    pub ending: Option<&'a Ending>,
    /// Titles of the person's other open call-outs.
    pub others: &'a [Text],
    /// When it was written, where not as the call-out opened.
    pub written: Option<Timestamp>,
}

impl<'a> From<&'a str> for Carried<'a> {
    fn from(link: &'a str) -> Self {
        Self {
            link,
            ..Self::default()
        }
    }
}

impl<'a> From<&'a String> for Carried<'a> {
    fn from(link: &'a String) -> Self {
        Self::from(link.as_str())
    }
}

/// Everything that one letter is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending<'a> {
    pub(super) call_out: &'a CallOut,
    pub(super) reader: &'a Reader,
    pub(super) name: &'a Text,
    pub(super) purpose: Purpose,
    pub(super) link: &'a str,
    pub(super) ending: Option<&'a Ending>,
    pub(super) others: &'a [Text],
    pub(super) written: Timestamp,
}

impl<'a> Sending<'a> {
    /// To one person, who is written to as a reader is.
    pub(super) fn new(
        call_out: &'a CallOut,
        (to, reader): (&'a Participant, &'a Reader),
        purpose: Purpose,
        carried: Carried<'a>,
    ) -> Self {
        Self {
            call_out,
            reader,
            name: &to.name,
            purpose,
            link: carried.link,
            ending: carried.ending,
            others: carried.others,
            written: carried.written.unwrap_or(call_out.opened_at),
        }
    }

    /// Whether its reader is called.
    pub(super) fn is_called(&self) -> bool {
        self.reader.is_called()
    }

    /// What a vendor is asked for, at whose desk it is read.
    pub(super) fn help(&self) -> Option<&'a Help> {
        self.call_out.help_of(self.reader.itself.as_ref()?)
    }
}
