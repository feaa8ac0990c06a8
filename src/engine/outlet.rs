//! What sends messages, as the engine sees it: the channels, or a test's record
//! of them.
//!
//! Owns the one interface between them. It must not send by itself.

use std::pin::Pin;

use crate::channel::{Attempt, Channels, Circuit, Outgoing, Wanted};

/// What sends a message.
pub trait Outlet: Send + Sync {
    /// Makes one attempt, where the message is still wanted when its turn comes.
    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
        wanted: Wanted<'a>,
    ) -> Pin<Box<dyn Future<Output = Attempt> + Send + 'a>>;

    /// How each way out stands.
    fn circuits(&self) -> Vec<Circuit> {
        Vec::new()
    }

    /// So many mails are about to come: what they need besides themselves can be
    /// made ready. Returns at once.
    fn expect_mails(&self, _mails: usize) {}

    /// One like this is about to come: what is the same in all of them can be made.
    fn make_ahead(&self, _message: &Outgoing) {}
}

impl Outlet for Channels {
    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
        wanted: Wanted<'a>,
    ) -> Pin<Box<dyn Future<Output = Attempt> + Send + 'a>> {
        Box::pin(self.send_wanted(message, wanted))
    }

    fn circuits(&self) -> Vec<Circuit> {
        Self::circuits(self)
    }

    fn expect_mails(&self, mails: usize) {
        Self::expect_mails(self, mails);
    }

    fn make_ahead(&self, message: &Outgoing) {
        Self::make_ahead(self, message);
    }
}
