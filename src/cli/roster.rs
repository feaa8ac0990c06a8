//! `muster roster`: the people, as offices keep them.
//!
//! Owns which of its commands is run. What each does stands in its own file.

use clap::Subcommand;

use super::arguments::Global;
use super::call_list::{self, CallList};
use super::failure::Failure;

/// `muster roster`
#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Print the call list of a call-out, or of everybody, for paper
    CallList(CallList),
}

/// Runs one of them.
pub(super) async fn roster(global: &Global, command: RosterCommand) -> Result<(), Failure> {
    match command {
        RosterCommand::CallList(arguments) => call_list::call_list(global, &arguments).await,
    }
}
