//! What each file may hold, key by key, and in which form.
//!
//! Owns the lists of keys, one file each: a key that is not here is unknown,
//! and one that is here stands in the example plan, commented out or not.

pub(super) mod muster;
pub(super) mod roster;
pub(super) mod rules;
