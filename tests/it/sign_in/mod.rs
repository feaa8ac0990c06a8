//! Signing in by a link that is sent to a person of the roster.

mod lasting;
mod program;
mod refused;
pub(crate) mod town;
mod way_in;
