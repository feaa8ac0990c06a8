//! Mail that comes back, from its octets to the daemon.
//!
//! `reader` reads octets of every kind, `http` and `command` hand mail in over HTTP and through the
//! real program, `postfix` lets a real mail system bounce and hand in.

mod command;
mod http;
mod postfix;
mod reader;
