//! The two styles of a page for paper, and their hashes.
//!
//! Owns that an exercise's page is told apart by its style, which has its mark
//! in every margin. It must not lay anything out.

use std::sync::OnceLock;

use super::page::hash;

/// The styles of a page that is for paper too.
#[derive(Debug)]
pub struct Styles {
    real: &'static str,
    drill: &'static str,
    hashes: OnceLock<[String; 2]>,
}

impl Styles {
    pub(super) const fn new(real: &'static str, drill: &'static str) -> Self {
        Self {
            real,
            drill,
            hashes: OnceLock::new(),
        }
    }

    pub(super) const fn of(&self, drill: bool) -> &'static str {
        if drill { self.drill } else { self.real }
    }

    /// The hashes of both, for `style-src`.
    pub fn hashes(&self) -> &[String; 2] {
        self.hashes
            .get_or_init(|| [self.real, self.drill].map(hash))
    }
}
