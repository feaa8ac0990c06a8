//! Numbers that look drawn and are not: the same seed and subject always give
//! the same ones.
//!
//! Owns the one such sequence of the program: rehearsals, the demonstration
//! and manual clocks use it. It must not be used for names, keys or tokens.

use sha2::{Digest, Sha256};

/// A sequence of its own for one subject.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The sequence of a subject under a seed. What is drawn for one subject
    /// says nothing of another's, so that more people do not change the rest.
    pub fn new(seed: u64, subject: &str) -> Self {
        let digest = Sha256::digest(format!("{seed}\n{subject}"));
        let head = digest.iter().take(8);
        Self(head.fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    /// The sequence that begins at a number.
    pub(super) const fn at(state: u64) -> Self {
        Self(state)
    }

    /// The next number (SplitMix64).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The next number from 0 to below a bound; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.number()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// The next number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        const STEPS: u32 = 1 << 30;
        let step = u32::try_from(self.below(u64::from(STEPS))).unwrap_or_default();
        f64::from(step) / f64::from(STEPS)
    }
}
