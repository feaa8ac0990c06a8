//! One test binary: only `mod` lines stand here.

mod config;
