//! What the tests share: scripted receivers and the like. It must not hold a
//! test, and nothing here may sleep.

pub(crate) mod account;
pub(crate) mod certificate;
pub(crate) mod channels;
pub(crate) mod collected;
pub(crate) mod daemon;
pub(crate) mod faults;
pub(crate) mod forward;
pub(crate) mod gone_out;
pub(crate) mod hook;
pub(crate) mod in_doubt;
pub(crate) mod killed;
pub(crate) mod lead;
pub(crate) mod marks;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod next_start;
pub(crate) mod notify;
pub(crate) mod oracle;
pub(crate) mod plans;
pub(crate) mod port;
pub(crate) mod power;
pub(crate) mod proxy;
pub(crate) mod recorder;
pub(crate) mod recording;
pub(crate) mod request;
pub(crate) mod small_disk;
pub(crate) mod smtp;
pub(crate) mod staff;
pub(crate) mod strace;
pub(crate) mod terminal;
pub(crate) mod unsynced;
pub(crate) mod waiting;
pub(crate) mod wall_clock;
pub(crate) mod world;

/// Whether a test must run, and fails where its setting cannot be made here: all
/// must, but for what `tests/run` has said that it leaves out.
#[expect(clippy::disallowed_methods, reason = "a test reads its environment")]
pub(crate) fn must_run(what: &str) -> bool {
    let all = std::env::var("MUSTER_TEST_NEEDS_ALL").is_ok_and(|all| all == "1");
    let left_out = std::env::var("MUSTER_TEST_LEFT_OUT").unwrap_or_default();
    all && !left_out.split(' ').any(|word| word == what)
}

/// A number from the environment, or otherwise.
#[expect(clippy::disallowed_methods, reason = "a test reads its environment")]
pub(crate) fn from_environment(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or_else(otherwise, |given| given.parse().unwrap())
}
