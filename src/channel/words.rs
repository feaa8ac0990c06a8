//! The other side's own words, made fit to be kept and shown.
//!
//! Owns what of a reply may stand in a detail: one line, bounded, and none of
//! our secrets, even where the other side repeats them to us. It must not
//! judge what the words mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::text::one_line;

/// The longest detail, in characters.
const LONGEST: usize = 300;

/// A shorter one is no secret, and would be found in every other word.
const SHORTEST: usize = 4;

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// Secrets that must not come back in a detail.
#[derive(Default)]
pub(super) struct Scrubber {
    secrets: Vec<SecretString>,
}

impl Scrubber {
    /// Hides a secret and its base64 form, which is how SMTP carries it.
    pub(super) fn hide(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let coded = STANDARD.encode(secret);
        self.secrets.push(SecretString::from(secret.to_owned()));
        self.secrets.push(SecretString::from(coded));
    }

    /// The text as one bounded line without the secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = one_line(text);
        for secret in &self.secrets {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), HIDDEN);
            }
        }
        clip(text, LONGEST)
    }
}

/// The text up to so many characters, with a mark where it was cut.
pub(super) fn clip(text: String, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
