//! The call-out itself, without a clock, a disk or a wire.
//!
//! Time lines that a duty officer could read, and properties that hold for
//! any roster, any rule and any order of what may happen.

mod absence;
mod answers;
mod contacts;
mod corrected;
mod crowd;
mod cut_off;
mod ends;
mod figures;
mod heard;
mod later;
mod need;
mod paused;
mod play;
mod property;
pub(crate) mod random;
mod renewed;
mod required;
mod stages;
mod standing;
mod vendors;
mod words;
