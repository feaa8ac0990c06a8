//! Finding and reading the configuration.
//!
//! Owns the environment that it depends on. `config` owns everything in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::arguments::Global;
use super::failure::Failure;
use super::output;
use crate::config::{Checked, Operator, Problems, Sources, StoreUrl, check};
use crate::domain::text::Language;

/// The directory of systemd's credentials, if there is one.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
fn credentials() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// The language that a command line asks for, before it is read whole: help
/// and mistakes have one too.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn language(line: &[OsString]) -> Language {
    let mut words = line.iter().filter_map(|word| word.to_str());
    let mut said = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--lang") {
            Some("") => said = words.next(),
            Some(rest) => said = rest.strip_prefix('=').or(said),
            None => {}
        }
    }
    let said = said.map(str::to_owned);
    let said = said.or_else(|| std::env::var("MUSTER_LANG").ok());
    said.and_then(|tag| Language::parse(&tag))
        .unwrap_or_default()
}

/// The log filter.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn log_filter() -> Option<String> {
    std::env::var("MUSTER_LOG").ok()
}

/// Arms the places at which a build for tests fails.
#[cfg(feature = "faults")]
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn arm_faults() {
    if let Ok(faults) = std::env::var("MUSTER_FAULTS") {
        crate::telemetry::fault::arm(&faults);
    }
}

pub(super) fn sources(directory: &Path) -> Result<Sources, Problems> {
    let mut sources = Sources::read(directory)?;
    sources.credentials = credentials();
    Ok(sources)
}

/// Reads the three files as text.
pub(super) fn texts(global: &Global) -> Result<Sources, Failure> {
    sources(&global.config).map_err(|problems| Failure::problems(&problems))
}

/// Reads and checks the three files, and says every problem of them.
pub(super) fn problems(global: &Global) -> Result<(Sources, Checked), Problems> {
    let sources = sources(&global.config)?;
    let checked = check(&sources, &global.overrides)?;
    Ok((sources, checked))
}

/// Reads and checks the three files; warnings go to standard error.
pub(super) fn read(global: &Global) -> Result<(Sources, Checked), Failure> {
    problems(global).map_err(|problems| Failure::problems(&problems))
}

/// Reads and checks, and says the warnings, and which texts of the town's own
/// are not used.
pub(super) fn read_aloud(global: &Global) -> Result<(Sources, Checked), Failure> {
    let (sources, checked) = read(global)?;
    let said: Vec<_> = [&checked.refused[..], &checked.warnings].concat();
    if !said.is_empty() {
        output::remark(&Problems(said).render(global.language()));
    }
    Ok((sources, checked))
}

/// The same by a daemon whose log others may read than may read the files: what is
/// wrong with them is said without their lines.
pub(super) fn read_for_log(global: &Global) -> Result<(Sources, Checked), Failure> {
    let read = problems(global).map_err(|problems| Failure::problems_for_log(&problems));
    let (sources, checked) = read?;
    let said: Vec<_> = [&checked.refused[..], &checked.warnings].concat();
    if !said.is_empty() {
        output::remark(&Problems(said).for_log(global.language()));
    }
    Ok((sources, checked))
}

/// The daemon's Unix socket.
pub(super) fn socket(global: &Global) -> Result<PathBuf, Failure> {
    let operator = operator(global)?;
    let StoreUrl::Sqlite(store) = &operator.store;
    Ok(operator
        .http
        .socket
        .unwrap_or_else(|| store.with_file_name("muster.sock")))
}

/// The daemon's store; what else it keeps lies beside it.
pub(super) fn store(global: &Global) -> Result<PathBuf, Failure> {
    let StoreUrl::Sqlite(store) = operator(global)?.store;
    Ok(store)
}

/// Only `muster.toml`, so that a broken roster does not keep anybody from a
/// daemon that runs.
fn operator(global: &Global) -> Result<Operator, Failure> {
    let example = Sources::example();
    let sources = Sources {
        roster: example.roster,
        rules: example.rules,
        ..sources(&global.config).map_err(|problems| Failure::problems(&problems))?
    };
    let checked =
        check(&sources, &global.overrides).map_err(|problems| Failure::problems(&problems))?;
    Ok(checked.operator)
}
