//! Every test of muster, in one binary. This file holds the list and nothing
//! else: each area has its own file or folder, and what they share lives in
//! `support`.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose setting cannot be made has failed, wherever it stands"
)]

mod absence;
mod ask;
mod board;
mod browser;
mod call_out;
mod cli;
mod comparison;
mod config;
mod contact_test;
mod contacts;
mod delivery;
mod drill_commands;
mod drill_duty;
mod drill_records;
mod fault;
mod http_api;
mod mail;
mod message;
mod own_texts;
mod paper;
mod private_file;
mod process;
mod readiness;
mod refusals;
mod rehearse;
mod report;
mod roster;
mod rule;
mod schedule;
mod sign_in;
mod story;
mod support;
mod terminal;
mod tidy;
mod words_api;
