//! Faults at places that cannot be reached from outside: a build with the
//! feature `faults` (`tests/fault points`). This file holds the list and nothing
//! else.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test whose setting cannot be made has failed; what is shared is not all used here"
)]

mod aside;
mod controls;
mod crash_loop;
mod parts;
mod points;
#[path = "../support/mod.rs"]
mod support;
