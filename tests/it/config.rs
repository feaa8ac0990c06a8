//! The configuration: what is taken, and what is said about what is not.

mod answers;
mod document;
mod drill_course;
mod example;
mod listing;
mod muster;
mod operator;
mod roster;
mod rules;
mod schedule;
mod sign_in;
pub(crate) mod small;
mod together;
