//! Other people's formats, read into plain values.
//!
//! Owns the reading and nothing else: what was read is acted upon elsewhere.
//! It must not touch the network or the store. Only mail that comes back is
//! read yet; what tells of an event is still to be written.

pub mod mail;
