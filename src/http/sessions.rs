//! The sessions of the board: what is kept of each.
//!
//! Owns their secrets: a browser has one, and its digest alone is kept, in memory and
//! in a file beside the store. So no key and no backup makes a session, a restart ends
//! none, and one that is ended stays so. It must not know what a session may do.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::private_file;

const SECRET_BYTES: usize = 32;

/// The most sessions of one person or token: those that end first go.
const OF_ONE: usize = 64;

/// Whose a session is, and on what it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) until: Timestamp,
    /// The digest of the token, or of the mail address that the link went to.
    pub(super) on: String,
    pub(super) whose: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// By the digests of their secrets.
    kept: Mutex<HashMap<String, Session>>,
    path: OnceLock<PathBuf>,
    /// Held while the file is written, so that the last one to write knows all.
    writing: tokio::sync::Mutex<()>,
}

/// The digest by which something secret is known.
pub(super) fn digest(of: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(of))
}

impl Sessions {
    /// Takes up those of an earlier start, and keeps them in this file from now on.
    pub(super) fn keep_in(&self, path: PathBuf) {
        match std::fs::read_to_string(&path) {
            Ok(text) => self.kept().extend(text.lines().filter_map(read)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(error = %error, "sessions cannot be read; whoever was signed in signs in again");
            }
        }
        // Set once, at the start.
        let _ = self.path.set(path);
    }

    /// Opens one; its secret.
    pub(super) async fn open(
        &self,
        clock: &Clock,
        session: Session,
    ) -> Result<String, getrandom::Error> {
        let mut secret = [0; SECRET_BYTES];
        clock.fill(&mut secret)?;
        let secret = URL_SAFE_NO_PAD.encode(secret);
        {
            let (mut kept, now) = (self.kept(), clock.now());
            kept.retain(|_, one| one.until > now);
            let own = kept.iter().filter(|(_, one)| one.whose == session.whose);
            let mut own: Vec<_> = own.map(|(key, one)| (one.until, key.clone())).collect();
            own.sort();
            let over = (own.len() + 1).saturating_sub(OF_ONE);
            for (_, key) in own.into_iter().take(over) {
                kept.remove(&key);
            }
            kept.insert(digest(&secret), session);
        }
        self.write().await;
        Ok(secret)
    }

    /// The session of a secret.
    pub(super) fn find(&self, secret: &str) -> Option<Session> {
        self.kept().get(&digest(secret)).cloned()
    }

    /// Ends the session of a secret.
    pub(super) async fn end(&self, secret: &str) {
        if self.kept().remove(&digest(secret)).is_some() {
            self.write().await;
        }
    }

    /// Writes the file. Where that fails, as on a full disk, the sessions hold until
    /// the daemon ends.
    async fn write(&self) {
        let Some(path) = self.path.get().cloned() else {
            return;
        };
        let _turn = self.writing.lock().await;
        let lines: String = self.kept().iter().map(line).collect();
        let written = tokio::task::spawn_blocking(move || private_file::write(&path, &lines)).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!(result = ?written, "the sessions could not be kept; a restart would not know of the last change");
        }
    }

    /// Why: nothing that is done under the lock can fail half-way, so a panic
    /// elsewhere leaves it sound.
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line((key, session): (&String, &Session)) -> String {
    let Session { until, on, whose } = session;
    format!("{key} {} {on} {whose}\n", until.as_second())
}

fn read(line: &str) -> Option<(String, Session)> {
    let mut fields = line.splitn(4, ' ').map(str::to_owned);
    let (key, until) = (fields.next()?, fields.next()?);
    let session = Session {
        until: Timestamp::from_second(until.parse().ok()?).ok()?,
        on: fields.next()?,
        whose: fields.next()?,
    };
    Some((key, session))
}
