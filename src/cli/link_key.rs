//! The key of answer links, beside the store.
//!
//! Owns the file `link.key`. It must not sign anything.

use std::path::Path;

use anyhow::Context;

use super::failure::context;
use crate::clock::Clock;
use crate::message::token::LinkKeys;
use crate::private_file;

/// Reads the key of answer links beside the store, or makes it: 0600, and
/// part of the backup.
pub(super) fn link_keys(store: &Path, clock: &Clock) -> anyhow::Result<LinkKeys> {
    let path = store.with_file_name("link.key");
    let shown = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let key = decode(text.trim()).with_context(|| {
                context(
                    format!("{shown} の中身が 16 進数 64 桁の鍵ではありません。控えから戻してください"),
                    format!("{shown} does not hold a key of 64 hexadecimal digits; restore it from the backup"),
                )
            })?;
            Ok(LinkKeys::new(1, key))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            clock.fill(&mut key).map_err(|error| {
                context(
                    format!("乱数を得られません（{error}）"),
                    format!("no random numbers: {error}"),
                )
            })?;
            let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            private_file::write(&path, &text).with_context(|| {
                context(
                    format!("{shown} を作れません"),
                    format!("{shown} cannot be made"),
                )
            })?;
            Ok(LinkKeys::new(1, key))
        }
        Err(error) => Err(error).with_context(|| {
            context(
                format!("{shown} を読めません"),
                format!("{shown} cannot be read"),
            )
        }),
    }
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(key)
}
