//! The power is cut: what was written and not synced is lost.
//!
//! Owns row 13. `tests/fault power` cuts more often, or the same way again; the
//! control, a store that does not sync its commits, stands in `faults::controls`.

use crate::support::from_environment;
use crate::support::power::Life;
use crate::support::strace;

/// Row 13: every call of the daemon on its files is recorded from its first
/// start on, and the disk is rebuilt as a cut leaves it. Whatever was answered
/// is there, the accounts hold, and the links that went out lead somewhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_power_cut_is_there_after_it() {
    if !strace::is_here() {
        return;
    }
    let seed = from_environment("MUSTER_SEED", || 13);
    let cuts = from_environment("MUSTER_ROUNDS", || 16);
    println!("tests/fault power --seed {seed} --rounds {cuts}");
    let life = Life::lived(&[], 8).await;
    let problems = life.cut(seed, usize::try_from(cuts).unwrap()).await;
    println!("{cuts} cuts of {}", life.figures());
    assert!(problems.is_empty(), "{problems:#?}");
}
