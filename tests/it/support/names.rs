//! A name server that says what it is told to.
//!
//! Owns port 53 of a net of its own (`namespace`). It speaks as much of DNS as
//! is asked: one question, one address or two.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

use super::waiting::Watched;

/// What is said about every name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    /// It leads here.
    Address(Ipv4Addr),
    /// It leads to two machines.
    Both([Ipv4Addr; 2]),
    /// Nobody has it (NXDOMAIN).
    NoSuchName,
    /// The server does not know (SERVFAIL).
    Failure,
    /// Nothing, as from a server that is far too slow, until it says something else.
    Nothing,
}

/// What it says now, and the questions on which it said nothing.
struct Saying {
    says: Say,
    left: Vec<(Vec<u8>, SocketAddr)>,
}

/// The server. It ends when it is dropped.
pub(crate) struct NameServer {
    socket: Arc<UdpSocket>,
    saying: Arc<Mutex<Saying>>,
    asked: Arc<Watched<usize>>,
    serving: tokio::task::JoinHandle<()>,
}

impl NameServer {
    /// Starts it where the system asks.
    pub(crate) async fn start(says: Say) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:53").await.unwrap());
        let saying = Arc::new(Mutex::new(Saying {
            says,
            left: Vec::new(),
        }));
        let asked = Arc::new(Watched::new(0));
        let (hears, now, count) = (socket.clone(), saying.clone(), asked.clone());
        let serving = tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = hears.recv_from(&mut question).await {
                now.lock()
                    .unwrap()
                    .left
                    .push((question[..length].into(), from));
                answer_all(&hears, &now);
                count.change(|count| *count += 1);
            }
        });
        Self {
            socket,
            saying,
            asked,
            serving,
        }
    }

    /// Says something else from now on, and first to whoever heard nothing.
    pub(crate) fn set(&self, says: Say) {
        self.saying.lock().unwrap().says = says;
        answer_all(&self.socket, &self.saying);
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

/// Answers whoever waits, as far as anything is said.
fn answer_all(socket: &UdpSocket, saying: &Mutex<Saying>) {
    let mut saying = saying.lock().unwrap();
    let says = saying.says;
    saying.left.retain(|(question, from)| {
        let answer = answer(question, says);
        // Whoever has given up hears nothing.
        answer
            .map(|answer| socket.try_send_to(&answer, *from))
            .is_none()
    });
}

/// RFC 1035, 4.1: the question again, and what is said about it.
fn answer(question: &[u8], says: Say) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|octet| *octet == 0)? + 13;
    let wants_four = question.get(name..name + 2)? == [0, 1];
    let (code, addresses) = match says {
        Say::Address(address) => (0, vec![address]),
        Say::Both(addresses) => (0, addresses.to_vec()),
        Say::NoSuchName => (3, Vec::new()),
        Say::Failure => (2, Vec::new()),
        Say::Nothing => return None,
    };
    let addresses = if wants_four { addresses } else { Vec::new() };
    let mut answer = question[..2].to_vec();
    answer.extend([
        0x81,
        0x80 | code,
        0,
        1,
        0,
        u8::try_from(addresses.len()).unwrap(),
        0,
        0,
        0,
        0,
    ]);
    answer.extend(&question[12..name + 4]);
    for address in addresses {
        // The name of the question, A, IN, not to be kept, four octets.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
