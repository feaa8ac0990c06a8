//! Mail that comes back, from its octets to the daemon.
//!
//! `reader` reads octets of every kind, `command` hands mail in through the
//! real program, `postfix` lets a real mail system bounce and hand in.

mod command;
mod postfix;
mod reader;
