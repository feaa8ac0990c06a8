//! `--format` and `--out`: what a command made, in which form, as a file.
//!
//! Owns that nobody else can read the file, and what is said once it is there.
//! It must not make what is written.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::mails::not_written;
use super::output;
use crate::private_file;

/// What a command is asked to make.
#[derive(Debug, Args)]
pub(super) struct Wanted<F>
where
    F: ValueEnum + Send + Sync + 'static,
{
    /// In which form; by default as --out ends
    #[arg(long, value_enum)]
    format: Option<F>,
    /// Write it into a file that nobody else can read
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

impl<F> Wanted<F>
where
    F: ValueEnum + Send + Sync + 'static,
{
    /// In which form; `otherwise` where neither the option nor the file's name
    /// says. With `--json` it is for programs, and no other form can be named.
    pub(super) fn form(&self, json: bool, otherwise: F) -> Result<F, Failure> {
        let named = self.format.as_ref().and_then(F::to_possible_value);
        if json && named.is_some_and(|named| named.get_name() != "json") {
            return Err(Failure::usage(
                "--json と --format は同時に使えません。どちらかを外してください",
                "--json and --format cannot both be; leave one of them out",
            ));
        }
        let by_name = || self.out.as_deref().and_then(ending);
        Ok(self.format.clone().or_else(by_name).unwrap_or(otherwise))
    }
}

/// The form that a file's name ends in.
fn ending<F: ValueEnum>(file: &Path) -> Option<F> {
    F::from_str(file.extension()?.to_str()?, true).ok()
}

/// Writes a file for its owner alone. `holds` says that it was written, and
/// what there is in it to be careful of.
pub(super) fn keep(out: &Path, what: &[u8], holds: &str) -> Result<(), Failure> {
    private_file::write(out, what).map_err(|error| not_written(out, &error))?;
    output::remark(&format!("{holds}: {}", out.display()));
    Ok(())
}
