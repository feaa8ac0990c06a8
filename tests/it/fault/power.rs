//! The power is cut: what was written and not synced is lost.
//!
//! Owns row 13. `tests/fault power` cuts more often, or the same way again; the
//! control, a store that does not sync its commits, stands in `faults::controls`.

use crate::support::from_environment;
use crate::support::power::Life;
use crate::support::strace;

/// The power is cut as one of so many messages leaves.
const STEP: usize = 8;

/// So many cuts are followed by a start of the program itself.
const STARTS: usize = 4;

/// Row 13: every call of the daemon on its files is recorded from its first
/// start on, and the disk is rebuilt as a cut leaves it. Whatever was answered
/// is there, each mail and each post to a gateway that had gone out is known to have, the
/// accounts hold, and the links that went out lead somewhere. The next start calls whoever
/// has not heard, and a message of before comes once more at most, as the same one. What
/// belongs to the drill that is begun among the events is marked, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_power_cut_is_there_after_it() {
    if !strace::is_here() {
        return;
    }
    let seed = from_environment("MUSTER_SEED", || 13);
    let cuts = from_environment("MUSTER_ROUNDS", || 16);
    println!("tests/fault power --seed {seed} --rounds {cuts}");
    let life = Life::lived(&[], 8).await;
    let cut = life.cut(seed, usize::try_from(cuts).unwrap()).await;
    let at_messages = life.cut_as_they_leave(STEP).await;
    let started = life.started_again(seed, STARTS).await;
    println!(
        "{cuts} cuts and one at each {STEP}th message of {}: {} messages that had gone out were \
         looked for; {STARTS} starts: {} messages before them, {} came again, {} for the first time",
        life.figures(),
        cut.gone_out + at_messages.gone_out,
        started.before,
        started.again,
        started.after
    );
    let problems = [cut.problems, at_messages.problems, started.problems].concat();
    assert!(problems.is_empty(), "{problems:#?}");
    // Every other one had just come as the power was cut.
    assert!(at_messages.gone_out > 0 && started.again >= STARTS / 2 && started.after > 0);
}
