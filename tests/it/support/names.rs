//! A name server that says what it is told to.
//!
//! Owns port 53 of a net of its own (`namespace`). It speaks as much of DNS as
//! is asked: one question, one address.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::UdpSocket;

use super::waiting::Watched;

/// What is said about every name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    /// It leads here.
    Address(Ipv4Addr),
    /// Nobody has it (NXDOMAIN).
    NoSuchName,
    /// The server does not know (SERVFAIL).
    Failure,
    /// Nothing, as from a server that is far too slow.
    Nothing,
}

/// The server. It ends when it is dropped.
pub(crate) struct NameServer {
    says: Arc<Watched<Say>>,
    asked: Arc<Watched<usize>>,
    serving: tokio::task::JoinHandle<()>,
}

impl NameServer {
    /// Starts it where the system asks.
    pub(crate) async fn start(says: Say) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:53").await.unwrap();
        let (says, asked) = (Arc::new(Watched::new(says)), Arc::new(Watched::new(0)));
        let (says_now, count) = (Arc::clone(&says), Arc::clone(&asked));
        let serving = tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                count.change(|count| *count += 1);
                let says = *says_now.lock();
                if let Some(answer) = answer(&question[..length], says) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self {
            says,
            asked,
            serving,
        }
    }

    /// Says something else from now on.
    pub(crate) fn set(&self, says: Say) {
        self.says.change(|old| *old = says);
    }

    /// Waits until it was asked more often than that; how often it was.
    pub(crate) async fn asked_after(&self, before: usize) -> usize {
        let look = |count: &usize| (*count > before).then_some(*count);
        self.asked.wait_for("a question for a name", look).await
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// RFC 1035, 4.1: the question again, and what is said about it.
fn answer(question: &[u8], says: Say) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|octet| *octet == 0)? + 13;
    let wants_four = question.get(name..name + 2)? == [0, 1];
    let (code, address) = match says {
        Say::Address(address) => (0, wants_four.then_some(address)),
        Say::NoSuchName => (3, None),
        Say::Failure => (2, None),
        Say::Nothing => return None,
    };
    let mut answer = question[..2].to_vec();
    answer.extend([
        0x81,
        0x80 | code,
        0,
        1,
        0,
        u8::from(address.is_some()),
        0,
        0,
        0,
        0,
    ]);
    answer.extend(&question[12..name + 4]);
    if let Some(address) = address {
        // The name of the question, A, IN, not to be kept, four octets.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
