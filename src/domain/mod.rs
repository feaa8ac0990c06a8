//! The call-out itself: what happened, who is to come, what they said.
//!
//! Pure: given a state and `now`, return the new state and its effects. It
//! must not touch I/O, a clock, randomness, SQL or serialisation; each
//! boundary owns its own shape. Begin with [`call_out`].

pub mod absence;
pub mod acknowledgement;
mod broken;
pub mod calendar;
pub mod call_out;
pub mod contact;
pub mod contact_change;
pub mod contact_tree;
pub mod delivery;
pub mod difference;
pub mod drill;
pub mod drill_duty;
pub mod drill_record;
pub mod drill_report;
pub mod duty;
pub mod edition;
pub mod event;
pub mod id;
pub mod journal;
pub mod mail;
pub mod notification;
pub mod office_hours;
pub mod order;
pub mod plan;
pub mod procedure;
pub mod readiness;
pub mod roster;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod text;
pub mod typed;
