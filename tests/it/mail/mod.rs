//! Mail that comes back, from its octets to the daemon.
//!
//! `reader` reads octets of every kind, `bounces` reports and `nests` hostile ones, `http` and `command` hand mail in over HTTP and through the
//! real program, `postfix` lets a real mail system bounce and hand in.

mod bounces;
mod command;
mod http;
mod nests;
mod postfix;
mod reader;
