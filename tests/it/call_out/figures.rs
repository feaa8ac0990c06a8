//! A run's figures add up, on any day.

use std::time::Duration;

use muster::domain::journal::Record;
use muster::domain::run::{Reached, Run, Times, percent};
use proptest::collection::vec;
use proptest::prelude::*;

use super::property::always;

/// The account of a day so far.
#[derive(Default)]
struct Account(Vec<Record>);

/// Whoever was called is in one of three, and in no second one; what is counted
/// of the whole is what is counted of its parts, and nobody answered faster
/// than the fastest.
#[test]
fn a_runs_figures_add_up() {
    always(|account: &mut Account, step| {
        for entry in step.entries() {
            let seq = account.0.len() as u64 + 1;
            account.0.push(Record {
                seq,
                at: step.after.now,
                entry: entry.clone(),
            });
        }
        let call_out = &step.after.call_out;
        let run = Run::of(call_out, &account.0);
        assert_eq!(run.called(), call_out.counts().called);
        assert_eq!(run.answered(), call_out.counts().answered);
        assert_eq!(run.reached() + run.never(), run.called());
        assert_eq!(run.answered() + run.silent() + run.never(), run.called());
        let mut seen = std::collections::HashSet::new();
        for one in &run.people {
            assert!(
                seen.insert(&one.person),
                "{:?} stands in it twice",
                one.person
            );
            let participant = &call_out.participants[&one.person];
            let answered = participant.reply().is_some();
            assert_eq!(answered, one.reached == Reached::Answered);
            let sent = participant.sent_at.is_some() && !participant.is_unreachable();
            assert_eq!(one.reached == Reached::Never, !answered && !sent);
        }
        let times = &run.times;
        assert!(times.count <= run.called());
        assert!(times.median <= times.ninety && times.ninety <= times.longest);
        assert_eq!(times.median.is_none(), times.count == 0);
        if let Some(percent) = run.answered_percent() {
            assert!(percent <= 100);
            assert_eq!(percent == 100, run.answered() == run.called());
        }
    });
}

proptest! {
    /// Half are not above the median, and nine in ten not above the 90th
    /// percentile, which is one of the times itself.
    #[test]
    fn percentiles_hold_what_they_say(seconds in vec(0..10_000_u64, 0..60)) {
        let took: Vec<Duration> = seconds.iter().copied().map(Duration::from_secs).collect();
        let times = Times::of(took.iter().copied());
        prop_assert_eq!(times.count as usize, took.len());
        let below = |limit: Duration| took.iter().filter(|it| **it <= limit).count();
        match (times.median, times.ninety) {
            (Some(median), Some(ninety)) => {
                prop_assert!(below(median) * 2 >= took.len());
                prop_assert!(below(ninety) * 10 >= took.len() * 9);
                prop_assert!(took.contains(&ninety));
                let less = took.iter().filter(|it| **it < ninety).count();
                prop_assert!(less * 10 < took.len() * 9);
            }
            _ => prop_assert!(took.is_empty()),
        }
    }

    /// A share is never rounded up to all.
    #[test]
    fn a_share_is_whole_only_where_all_are_in_it(part in 0..4000_u32, more in 0..4000_u32) {
        let whole = part + more;
        let share = percent(part, whole);
        prop_assert_eq!(share.is_none(), whole == 0);
        prop_assert_eq!(share == Some(100), more == 0 && whole > 0);
    }
}
