//! Whoever comes as the door is shut.
//!
//! Owns the end of row 16 as a client meets it: what was told whole before that has an
//! answer. It must not know why the door is shut.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use muster::clock::Clock;
use muster::http::{Room, Served, tcp};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::delivery::noon;

/// So many wait before the door.
const WAITING: usize = 12;

/// What is answered to whoever asks.
const WORDS: &str = "nobody knows";

/// A test that waits for an answer longer than this waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

fn served(clock: &Clock, room: usize) -> Served {
    Served {
        router: Router::new().route("/", get(|| async { WORDS })),
        room: Room::new(room, Gauge::default()),
        clock: clock.clone(),
    }
}

/// A client that is let in, or waits for it.
struct Client(TcpStream);

impl Client {
    fn comes_to(door: SocketAddr) -> Self {
        let stream = TcpStream::connect(door).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    fn asks(&mut self) {
        self.0
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
    }

    /// What it hears: the words, or nothing.
    fn hears(&mut self) -> String {
        let mut heard = [0; 1024];
        let octets = self.0.read(&mut heard).unwrap_or_default();
        String::from_utf8_lossy(&heard[..octets]).into_owned()
    }
}

async fn off_the_runtime<R: Send + 'static>(what: impl FnOnce() -> R + Send + 'static) -> R {
    tokio::task::spawn_blocking(what).await.unwrap()
}

/// Who has asked before the door is shut, and was not let in yet, is let in as far as
/// there is room, and answered.
#[tokio::test]
async fn who_waits_at_a_door_that_is_shut_is_answered() {
    for (room, answered) in [(WAITING, WAITING), (WAITING / 2, WAITING / 2)] {
        let clock = Clock::manual(noon());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = listener.local_addr().unwrap();
        let mut clients: Vec<_> = (0..WAITING).map(|_| Client::comes_to(door)).collect();
        clients.iter_mut().for_each(Client::asks);
        let shut = std::future::ready(());
        let serving = tokio::spawn(tcp(listener, served(&clock, room), shut));
        let heard = off_the_runtime(move || {
            let heard = clients.iter_mut().map(Client::hears);
            heard.filter(|heard| heard.ends_with(WORDS)).count()
        });
        assert_eq!(heard.await, answered, "room for {room}");
        serving.await.unwrap();
    }
}

/// Who was let in and says nothing yet as the door is shut has a moment for it; who had
/// an answer is asked for no more, and who says nothing is not waited for beyond that.
#[tokio::test]
async fn who_was_just_let_in_has_a_moment_to_ask() {
    let clock = Clock::manual(noon());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = listener.local_addr().unwrap();
    let (shut, shuts) = oneshot::channel::<()>();
    let shuts = async move { drop(shuts.await) };
    let serving = tokio::spawn(tcp(listener, served(&clock, WAITING), shuts));
    let (mut slow, mut silent, mut had) = (
        Client::comes_to(door),
        Client::comes_to(door),
        Client::comes_to(door),
    );
    had.asks();
    // They are let in by their turn, so that the others were as well.
    let (heard, mut had) = off_the_runtime(move || (had.hears(), had)).await;
    assert!(heard.ends_with(WORDS), "{heard}");
    drop(shut);
    let over = off_the_runtime(move || had.hears()).await;
    assert_eq!(over, "", "its line ends as the door is shut");
    slow.asks();
    let heard = off_the_runtime(move || slow.hears()).await;
    assert!(heard.ends_with(WORDS), "{heard}");
    clock.advance(Duration::from_secs(1));
    let over = off_the_runtime(move || silent.hears()).await;
    assert_eq!(over, "");
    serving.await.unwrap();
}
