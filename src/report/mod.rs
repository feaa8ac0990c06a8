//! What can be said about a call-out: before it happens and as it stands.
//!
//! Owns [`call_list`], [`explain`], [`outcome`], [`readiness`], [`rehearse`] and
//! [`status`]: values for people and for programs, made from the domain. It must not send,
//! store or decide anything.

pub mod call_list;
pub mod cell;
pub mod comparison;
pub mod drill_record;
pub mod drill_year;
pub mod editions;
pub mod explain;
pub mod mails;
pub mod minutes;
pub mod outcome;
pub mod readiness;
pub mod rehearse;
mod stand_in;
pub mod status;
mod walk;
pub mod workbook;
