//! Finding and reading the configuration.
//!
//! Owns the environment that it depends on. `config` owns everything in it.

use std::path::PathBuf;

use super::arguments::Global;
use super::failure::Failure;
use super::output;
use crate::config::{Checked, Problems, Sources, StoreUrl, check};

/// The directory of systemd's credentials, if there is one.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
fn credentials() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// The log filter.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn log_filter() -> Option<String> {
    std::env::var("MUSTER_LOG").ok()
}

fn sources(global: &Global) -> Result<Sources, Failure> {
    let mut sources = Sources::read(&global.config)
        .map_err(|problems| Failure::configuration(problems.to_string()))?;
    sources.credentials = credentials();
    Ok(sources)
}

/// Reads and checks the three files; warnings go to standard error.
pub(super) fn read(global: &Global) -> Result<(Sources, Checked), Failure> {
    let sources = sources(global)?;
    let checked = check(&sources, &global.overrides)
        .map_err(|problems| Failure::configuration(problems.to_string()))?;
    Ok((sources, checked))
}

/// Reads and checks, and says the warnings.
pub(super) fn read_aloud(global: &Global) -> Result<(Sources, Checked), Failure> {
    let (sources, checked) = read(global)?;
    if !checked.warnings.is_empty() {
        output::remark(&Problems(checked.warnings.clone()).to_string());
    }
    Ok((sources, checked))
}

/// The daemon's Unix socket: only `muster.toml` is read, so that a broken
/// roster does not keep anybody from a daemon that runs.
pub(super) fn socket(global: &Global) -> Result<PathBuf, Failure> {
    let example = Sources::example();
    let sources = Sources {
        roster: example.roster,
        rules: example.rules,
        ..sources(global)?
    };
    let operator = check(&sources, &global.overrides)
        .map_err(|problems| Failure::configuration(problems.to_string()))?
        .operator;
    let StoreUrl::Sqlite(store) = &operator.store;
    Ok(operator
        .http
        .socket
        .unwrap_or_else(|| store.with_file_name("muster.sock")))
}
