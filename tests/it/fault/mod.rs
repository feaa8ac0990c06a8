//! What is done to the daemon, and what must hold: one named test for each row
//! of `docs/reliability.md`.
//!
//! Owns nothing but the list. A row that another area shows already is named in
//! the document, not repeated here.

mod crowd;
mod days;
mod disk;
mod door;
mod forward;
mod full;
mod kill;
mod limits;
mod log;
mod mail;
mod memory;
mod net;
mod power;
mod process;
mod rot;
mod schema;
mod supervisor;
mod sync;
mod time;
mod told;
mod webhook;
