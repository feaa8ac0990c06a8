//! The ordered stages of a call-out: whom, by which channels, when.
//!
//! Owns the shape only. `call_out` runs it; `config` checks it. Invariant: at
//! least one stage, and stages in the order of their times.

use std::time::Duration;

use super::id::ProcedureId;
use super::roster::ChannelName;
use super::rule::Selector;
use super::text::Text;

/// Whom a stage calls, beyond those already called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageCall {
    /// As each target's mode says: the first or the next in line until enough
    /// are being asked, or all ranks together.
    Next,
    /// Every candidate of every unmet target.
    All,
    /// Nobody new.
    Nobody,
}

/// Asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    /// How long to wait for an answer each time.
    pub every: Duration,
    /// How often within the stage.
    pub times: u32,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// When, counted from the opening of the call-out.
    pub after: Duration,
    /// Whom of the targets' candidates.
    pub call: StageCall,
    /// Who is called besides, whatever target they stand in.
    pub also: Vec<Selector>,
    /// Whether those called earlier who have not answered are asked again as
    /// the stage begins, through its channels.
    pub remind: bool,
    /// Through which of each person's contacts, in this order; all of them in
    /// the person's own order where nothing is said.
    pub channels: Vec<ChannelName>,
    /// All those contacts together, or in order until one is accepted.
    pub together: bool,
    /// Asking again within the stage.
    pub resend: Option<Resend>,
    /// Who is told, in words, when the stage ends and a need is unmet.
    pub tell: Vec<Selector>,
}

/// The stages of a call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// The key.
    pub id: ProcedureId,
    /// As shown.
    pub title: Text,
    /// In order.
    pub stages: Vec<Stage>,
    /// When, counted from the opening, a need still unmet is given up as
    /// exhausted and said to administrators. Later than the last stage.
    pub exhausted_after: Duration,
    /// How old a call-out may be, counted from the opening, to go on by itself
    /// after the daemon stood still; an older one asks a person first.
    pub stale_after: Duration,
}

/// [`Procedure::stale_after`] where nothing is said.
pub const STALE_AFTER: Duration = Duration::from_secs(6 * 3600);
