//! What this thread's part of the program says in its log.
//!
//! Owns the collecting. Of one thread alone, so that no other test's words are in
//! it.

use std::io::Write;
use std::sync::Arc;

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::waiting::Watched;

/// Everything that was said.
#[derive(Clone)]
pub(crate) struct Collected(Arc<Watched<String>>);

impl Collected {
    /// Collects what this thread says from now on, until the other is let go.
    pub(crate) fn begin() -> (Self, DefaultGuard) {
        let log = Self(Arc::new(Watched::new(String::new())));
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("muster=trace"))
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Adds what was said elsewhere.
    pub(crate) fn add(&self, words: &str) {
        self.0.change(|said| said.push_str(words));
    }

    /// Looks at all of it.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&str) -> R) -> R {
        look(&self.0.lock())
    }

    /// Waits until one of these is said.
    pub(crate) async fn says(&self, words: &[&str]) {
        let said = |said: &String| words.iter().any(|words| said.contains(words));
        let look = |all: &String| said(all).then_some(());
        self.0.wait_for(&words.join(", or "), look).await;
    }
}

impl Write for Collected {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.add(&String::from_utf8_lossy(octets));
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Collected {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
