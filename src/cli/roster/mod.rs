//! `muster roster`: the roster as offices keep it.
//!
//! Owns its arguments and what is printed; `config::sheet` owns every
//! decision. It must not write `roster.toml` unless it was told to.

mod export;
pub(super) mod file;
mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::arguments::Global;
use super::call_list::{self, CallList};
use super::failure::Failure;
use crate::config::sheet::Encoding;

pub(super) use import::{say_changes, say_wrong};

/// `muster roster`
#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Check roster.toml, or a sheet without changing anything
    Check(Check),
    /// Show what a sheet would change; with --write, change roster.toml
    Import(Import),
    /// Write the roster as a sheet
    Export(Export),
    /// Print the call list of a call-out, or of everybody, for paper
    CallList(CallList),
}

/// `muster roster check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// A .xlsx or .csv sheet; without it, roster.toml
    file: Option<PathBuf>,
    /// How the .csv is encoded (by default what it looks like)
    #[arg(long, value_enum, value_name = "ENCODING")]
    encoding: Option<EncodingArgument>,
}

/// `muster roster import`
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The .xlsx or .csv sheet
    file: PathBuf,
    /// Change roster.toml; the old one stays beside it as roster.toml.bak
    #[arg(long)]
    write: bool,
    /// Take out everybody who is not on the sheet
    #[arg(long)]
    remove: bool,
    /// How the .csv is encoded (by default what it looks like)
    #[arg(long, value_enum, value_name = "ENCODING")]
    encoding: Option<EncodingArgument>,
}

/// `muster roster export`
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file to write: .xlsx or .csv
    file: PathBuf,
    /// How a .csv is encoded (by default utf-8 with a byte order mark)
    #[arg(long, value_enum, value_name = "ENCODING")]
    encoding: Option<EncodingArgument>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// How a .csv is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EncodingArgument {
    /// UTF-8
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// Shift_JIS as Windows has it
    #[value(name = "shift-jis", alias = "sjis")]
    ShiftJis,
}

impl From<EncodingArgument> for Encoding {
    fn from(argument: EncodingArgument) -> Self {
        match argument {
            EncodingArgument::Utf8 => Self::Utf8,
            EncodingArgument::ShiftJis => Self::ShiftJis,
        }
    }
}

/// Runs one of them.
pub(super) async fn roster(global: &Global, command: RosterCommand) -> Result<(), Failure> {
    match command {
        RosterCommand::Check(check) => import::check(global, &check),
        RosterCommand::Import(import) => import::import(global, &import),
        RosterCommand::Export(export) => export::export(global, &export),
        RosterCommand::CallList(arguments) => call_list::call_list(global, &arguments).await,
    }
}
