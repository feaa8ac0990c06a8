//! Signatures after Standard Webhooks.
//!
//! Owns the key and the signing of one attempt. It must not know where the
//! message goes. `docs/webhook.md` shows the receiver's side.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// How a Standard Webhooks secret opens.
const PREFIX: &str = "whsec_";

/// The key that a receiver shares with us.
pub(super) struct Key {
    key: SecretSlice<u8>,
}

impl Key {
    /// Reads `whsec_` and base64.
    pub(super) fn parse(secret: &str) -> Option<Self> {
        let coded = secret.trim().strip_prefix(PREFIX)?;
        let key = STANDARD.decode(coded).ok().filter(|key| !key.is_empty())?;
        Some(Self {
            key: SecretSlice::from(key),
        })
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret())
            .expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}
