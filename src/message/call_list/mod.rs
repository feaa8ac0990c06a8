//! The call list on paper: what a duty officer has when the screens are dark.
//!
//! Owns its rows as plain values, and the two forms they are given in: a page
//! for A4 ([`Messages::call_list_page`]) and plain text of 80 columns
//! ([`Messages::call_list_text`]). Who stands on it and in which order is
//! `report`'s. Unlike the board it shows addresses: it is an administrator's.

mod desks;
mod sheet;
mod text;

use jiff::Timestamp;

use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::call_out::{Part, Standing};
use crate::domain::id::{PersonId, VendorId};
use crate::domain::roster::{Contact, VendorKind};
use crate::domain::text::Text;

use super::view::CallOutSummary;
use super::{Error, Messages, Styles};

/// What the plain text of an ended call-out begins with, and no other.
pub const ENDED: &str = "## ";

/// Columns of the plain text.
pub const COLUMNS: usize = 80;

/// How somebody stands on the list of a call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Called; no contact is left and there is no answer.
    Unreachable,
    /// Called, no answer yet.
    Silent,
    /// Next in line for a need that is not met; not called yet.
    Next,
    /// Has answered.
    Answered(Standing),
    /// In it without being called.
    Told(Part),
}

/// In which role a person stands in the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// Holds a post.
    Holder,
    /// A required member of a section or squad, from 1.
    Required(usize),
    /// Stands in for one, from 1.
    Deputy(usize),
    /// Acts for the holder of a post, from 1.
    Acting(usize),
}

/// A post, section or squad, and the role in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Of what.
    pub of: Text,
    /// Which.
    pub kind: RoleKind,
}

/// A way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// How and where.
    pub contact: Contact,
    /// Whether it is a number that can be dialled by hand.
    pub telephone: bool,
    /// Whether it has failed in this call-out.
    pub dead: bool,
}

/// A person on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place in the roster, from 1: the same on every list, whoever has
    /// answered meanwhile. None where the person has left the roster.
    pub number: Option<usize>,
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Posts and squads.
    pub roles: Vec<Role>,
    /// Every contact, what can be telephoned first.
    pub ways: Vec<Way>,
    /// How they stand; none on the list of the whole roster.
    pub mark: Option<Mark>,
    /// The answer that stands, doubtful ones too.
    pub answer: Option<Acknowledgement>,
    /// Until when they are away, where they are.
    pub away: Option<Timestamp>,
}

/// A section and its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// As shown.
    pub name: Text,
    /// First to be called first.
    pub rows: Vec<Row>,
}

/// One candidate of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLine {
    /// As in [`Row::number`].
    pub number: Option<usize>,
    /// As shown.
    pub name: Text,
    /// How they stand.
    pub mark: Mark,
    /// Until when they are away, where they are.
    pub away: Option<Timestamp>,
}

/// A target, its need, and who can fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As shown.
    pub name: Text,
    /// How many must come, or answer.
    pub need: u32,
    /// Coming or arrived.
    pub have: u32,
    /// Called and not answered.
    pub silent: u32,
    /// Whether everyone must answer.
    pub everyone: bool,
    /// Whether the need is met.
    pub met: bool,
    /// The first in line.
    pub line: Vec<InLine>,
    /// How many stand behind them.
    pub more: usize,
}

/// One contact point of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskRow {
    /// The name by which an answer of it is entered.
    pub desk: PersonId,
    /// Its place in line at its vendor, from 1.
    pub number: usize,
    /// As shown.
    pub name: Text,
    /// How it is reached, what can be telephoned first.
    pub ways: Vec<Way>,
}

/// A vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorRow {
    /// The key.
    pub vendor: VendorId,
    /// As shown.
    pub name: Text,
    /// What it does.
    pub kind: VendorKind,
    /// First in line first.
    pub desks: Vec<DeskRow>,
}

/// A desk of a vendor that was asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRow {
    /// The vendor.
    pub vendor: VendorId,
    /// As shown.
    pub vendor_name: Text,
    /// What it does; none where it has left the roster.
    pub kind: Option<VendorKind>,
    /// The desk.
    pub desk: DeskRow,
    /// How it stands.
    pub mark: Mark,
    /// When it was asked.
    pub asked_at: Option<Timestamp>,
    /// Until when it is waited for, before the next one is asked.
    pub until: Option<Timestamp>,
    /// The systems that it is asked to help with.
    pub systems: Vec<String>,
    /// The answer that stands, doubtful ones too.
    pub answer: Option<Acknowledgement>,
}

/// The whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallList {
    /// The office.
    pub organisation: Text,
    /// As of when.
    pub made_at: Timestamp,
    /// The plan's version, as [`super::words::edition`] says it.
    pub edition: Text,
    /// By which the roster of the contacts is known, where it is another than
    /// the edition's: it has been changed since.
    pub newer_roster: Option<String>,
    /// The call-out; none on the list of the whole roster.
    pub about: Option<CallOutSummary>,
    /// Its targets.
    pub places: Vec<Place>,
    /// By section, in the roster's order.
    pub groups: Vec<Group>,
    /// The desks of vendors who were asked for help, to be called first first.
    pub asked: Vec<AskedRow>,
    /// Whom else to ask outside.
    pub vendors: Vec<VendorRow>,
}

/// The styles of its page.
pub static STYLES: Styles = Styles::new(
    include_str!("../templates/paper.css"),
    concat!(
        include_str!("../templates/paper.css"),
        include_str!("../templates/paper_drill.css")
    ),
);

impl Messages {
    /// The list as a page for A4.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn call_list_page(&self, list: &CallList) -> Result<String, Error> {
        self.render("call_list.html", &sheet::Sheet::new(list, self.settings()))
    }

    /// The list as plain text of [`COLUMNS`] columns.
    pub fn call_list_text(&self, list: &CallList) -> String {
        text::text(&sheet::Sheet::new(list, self.settings()))
    }
}
