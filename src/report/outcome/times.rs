//! How long people took to answer.
//!
//! Owns what a median and a 90th percentile are here. Pure.

use std::time::Duration;

use crate::message::report::{Row, Times};

/// The times of some people, of those who were called before they answered.
pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Times {
    let mut took: Vec<Duration> = rows.filter_map(|row| row.took).collect();
    took.sort_unstable();
    Times {
        count: u32::try_from(took.len()).unwrap_or(u32::MAX),
        median: median(&took),
        ninety: ninety(&took),
        longest: took.last().copied(),
    }
}

/// The one in the middle, or the mean of the two there.
fn median(sorted: &[Duration]) -> Option<Duration> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some((lower + upper) / 2)
}

/// The smallest that at least nine in ten are not above (nearest rank).
fn ninety(sorted: &[Duration]) -> Option<Duration> {
    let rank = (sorted.len() * 9).div_ceil(10);
    sorted.get(rank.checked_sub(1)?).copied()
}
