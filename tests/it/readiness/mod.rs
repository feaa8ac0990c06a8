//! Readiness without a clock, a disk or a wire: every finding, and the days
//! on which they are looked for and told.

mod away;
mod days;
mod findings;
pub(crate) mod http;
mod sentences;
mod store;
