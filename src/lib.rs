//! muster (参集): emergency call-out notification.
//!
//! This file owns the list of modules, lowest first: each may name only those
//! above it (`tests/it/tidy.rs` holds the order). It re-exports nothing, so
//! that the order cannot be evaded. Begin with `docs/architecture.md`.

pub mod domain;

pub mod telemetry;

pub mod private_file;

pub mod feed;

pub mod message;

pub mod clock;

pub mod store;

pub mod channel;

pub mod engine;

pub mod report;

pub mod http;

pub mod config;

pub mod cli;
