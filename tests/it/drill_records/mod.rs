//! Drills that were held and written down: which files are taken, and the
//! record over HTTP and on the command line.

mod http;
mod minutes;
mod store;
mod withdraw;
