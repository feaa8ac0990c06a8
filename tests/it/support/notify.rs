//! The supervisor's side of systemd's notifications.
//!
//! Owns a socket. It must not act on what it hears.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// A socket to which the daemon speaks (`NOTIFY_SOCKET`).
pub(crate) struct Notified(UnixDatagram);

impl Notified {
    /// Listens at a path.
    pub(crate) fn at(path: &Path) -> Self {
        Self(UnixDatagram::bind(path).unwrap())
    }

    /// The next word within a time; none where it is silent.
    pub(crate) fn word(&self, within: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(within)).unwrap();
        let mut word = [0; 4096];
        let length = self.0.recv(&mut word).ok()?;
        Some(String::from_utf8_lossy(&word[..length]).into_owned())
    }
}
