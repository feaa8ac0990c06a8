//! How many files and connections the system lets this process have, and how
//! many of them strangers may take.
//!
//! Owns the limit. Why: a daemon whose descriptors are all taken by idle
//! connections can neither reach a relay nor read its store.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::daemon::in_flight;
use super::failure::Failure;
use crate::config::Operator;
use crate::engine::FOR_LEADS;

/// What the store's readers open later.
const READERS: u64 = 18;

/// Names that are looked up, lists for paper, files of the configuration.
const SPARE: u64 = 16;

/// With less room than this something is set wrongly.
const LITTLE: u64 = 16;

/// With fewer, the store with its readers, the doors and one relay cannot be open
/// together.
const FEWEST: u64 = 64;

/// Refuses to run where the system lets this process have too few files: it would
/// start, and fail as people are called.
///
/// # Errors
///
/// What the limit is, and what to set.
pub(super) fn enough() -> Result<(), Failure> {
    let limit = raised();
    if limit >= FEWEST {
        return Ok(());
    }
    Err(Failure::failed(
        format!(
            "同時に開けるファイルの数が {limit} までに制限されていて、足りません（{FEWEST} 以上が要ります）。muster.service の LimitNOFILE、または ulimit -n を 1024 以上にしてください"
        ),
        format!(
            "no more than {limit} files may be open at once, and {FEWEST} are the fewest to run with: set LimitNOFILE in muster.service, or ulimit -n, to 1024 at least"
        ),
    ))
}

/// How many connections the doors may take: the listener, the local socket.
pub(super) fn room(operator: &Operator) -> (usize, usize) {
    let limit = raised();
    let open = std::fs::read_dir("/proc/self/fd").map_or(SPARE, |open| open.count() as u64);
    let relays: usize = operator
        .email
        .relays
        .iter()
        .map(|one| one.connections)
        .sum();
    let outwards = relays + operator.webhooks.len() * (in_flight(operator) + FOR_LEADS);
    let kept = open + READERS + SPARE + outwards as u64;
    let left = limit.saturating_sub(kept);
    if left < LITTLE {
        tracing::error!(
            limit,
            kept,
            "few files may be open at once, so that few may connect; set LimitNOFILE (ulimit -n) to 1024 at least"
        );
    }
    // Why a part of its own: `muster trigger` gets in while strangers hold the rest.
    let local = (left / 4).clamp(2, 64);
    let outside = left.saturating_sub(local).max(2);
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    (count(outside), count(local))
}

/// The limit, raised as far as it may be.
fn raised() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let highest = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // Where it may not be raised the limit stays.
    let _ = setrlimit(Resource::Nofile, highest);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
