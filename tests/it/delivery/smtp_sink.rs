//! The same promises against a mail server that is not ours: `smtp-sink` of
//! Postfix. Without it these tests say so and pass, unless
//! `MUSTER_TEST_NEEDS_ALL=1` wants every one of them to run.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "whether to insist is the environment's word, and a skipped test says so"
)]

use std::process::Stdio;

use muster::channel::Channels;
use muster::domain::delivery::Reason;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};

use super::{ACCEPTED, UNKNOWN, email_channels, kind, mail, rejected, retry, send};
use crate::support::smtp::{Step, relay, settings, short_at};

const ICHIRO: &str = "ichiro@example.jp";

/// A running smtp-sink; it ends when it is dropped.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    /// Starts one with these options, or says that there is none.
    async fn start(options: &[&str]) -> Option<Self> {
        let port = crate::support::port::free_port();
        let mut command = Command::new("smtp-sink");
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args(options);
        command.args([&format!("127.0.0.1:{port}"), "1000"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::null()).kill_on_drop(true);
        match command.spawn() {
            Ok(child) => {
                let mut sink = Self { child, port };
                sink.listening().await;
                Some(sink)
            }
            Err(error) => {
                let needed = std::env::var("MUSTER_TEST_NEEDS_ALL").is_ok_and(|all| all == "1");
                assert!(!needed, "smtp-sink cannot be started: {error}");
                println!("skipped: smtp-sink is not installed ({error})");
                None
            }
        }
    }

    /// Returns when it takes connections; the system tells at once whether
    /// anybody listens, so this turns only for as long as it starts up.
    async fn listening(&mut self) {
        let target = ([127, 0, 0, 1], self.port).into();
        loop {
            // From another address, or the system could choose the very port
            // that is asked for, and the probe would meet itself.
            let probe = TcpSocket::new_v4().unwrap();
            probe.bind(([127, 0, 0, 2], 0).into()).unwrap();
            if probe.connect(target).await.is_ok() {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "smtp-sink ended at once: {ended:?}");
            tokio::task::yield_now().await;
        }
    }

    fn channels(&self) -> Channels {
        email_channels(settings(vec![relay(self.port)]))
    }
}

#[tokio::test]
async fn a_hard_refusal_of_a_recipient_is_a_dead_address() {
    let options = ["-f", "RCPT", "-B", "550 5.1.1 User unknown"];
    let Some(sink) = Sink::start(&options).await else {
        return;
    };
    let attempt = send(&sink.channels(), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), rejected(Reason::Address), "{attempt:?}");
}

#[tokio::test]
async fn a_command_that_failed_is_not_a_dead_address() {
    // Its own reply is `500 5.3.0 Error: command failed`.
    let Some(sink) = Sink::start(&["-f", "RCPT"]).await else {
        return;
    };
    let attempt = send(&sink.channels(), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
}

#[tokio::test]
async fn a_drop_after_data_is_tried_again_and_one_after_the_dot_is_unknown() {
    let Some(sink) = Sink::start(&["-q", "DATA"]).await else {
        return;
    };
    let attempt = send(&sink.channels(), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    let Some(sink) = Sink::start(&["-q", "."]).await else {
        return;
    };
    let attempt = send(&sink.channels(), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), UNKNOWN, "{attempt:?}");
}

#[tokio::test]
async fn a_shutdown_at_any_step_is_busy() {
    for step in ["CONNECT", "MAIL", "RCPT", "DATA", "."] {
        let Some(sink) = Sink::start(&["-Q", step]).await else {
            return;
        };
        let attempt = send(&sink.channels(), mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), retry(Reason::Busy), "{step} {attempt:?}");
    }
}

#[tokio::test]
async fn old_and_plain_servers_are_understood() {
    for options in [&["-e"][..], &["-p"], &["-8"], &["-E"], &["-a", "-N"]] {
        let Some(sink) = Sink::start(options).await else {
            return;
        };
        let channels = sink.channels();
        for number in 1..=3 {
            let attempt = send(&channels, mail(number, ICHIRO)).await;
            assert_eq!(kind(&attempt), ACCEPTED, "{options:?} {attempt:?}");
        }
    }
}

#[tokio::test]
async fn a_slow_reply_to_the_dot_ends_at_its_limit_as_unknown() {
    let Some(sink) = Sink::start(&["-W", ".:30"]).await else {
        return;
    };
    let mut hasty = settings(vec![relay(sink.port)]);
    hasty.limits = short_at(Step::Dot);
    let attempt = send(&email_channels(hasty), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), UNKNOWN, "{attempt:?}");
}

/// Row 51: the relay serves fewer connections than we may open, and leaves
/// the others waiting without a word.
#[tokio::test]
async fn a_relay_with_few_connections_reaches_everybody() {
    let Some(sink) = Sink::start(&["-m", "2"]).await else {
        return;
    };
    let channels = sink.channels();
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..60 {
        let channels = channels.clone();
        sends.spawn(async move { send(&channels, mail(number, ICHIRO)).await });
    }
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
}

/// Row 41: refused while a large text is still on its way.
#[tokio::test]
async fn a_refusal_in_the_middle_of_a_large_text_is_not_taken() {
    let Some(sink) = Sink::start(&["-A", "0"]).await else {
        return;
    };
    let mut large = mail(1, ICHIRO);
    large.text = "河川の水位が上がっています。\n".repeat(20_000);
    let attempt = send(&sink.channels(), large).await;
    // Never dead, and never taken for accepted.
    assert_eq!(kind(&attempt).0, "retry", "{attempt:?}");
}

#[tokio::test]
async fn two_hundred_at_once_are_all_counted() {
    // It counts what it took and ends itself at the two hundredth.
    let Some(mut sink) = Sink::start(&["-c", "-m", "6", "-M", "200"]).await else {
        return;
    };
    let channels = sink.channels();
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..200 {
        let channels = channels.clone();
        let to = format!("p{number}@example.jp");
        sends.spawn(async move { send(&channels, mail(number, &to)).await });
    }
    let attempts = sends.join_all().await;
    // At its two hundredth mail it ends without a reply to it.
    let accepted = attempts.iter().filter(|attempt| kind(attempt) == ACCEPTED);
    assert!(accepted.count() >= 199);
    assert!(sink.child.wait().await.unwrap().success());
    let mut counted = String::new();
    let mut stdout = BufReader::new(sink.child.stdout.take().unwrap());
    stdout.fill_buf().await.unwrap();
    stdout.read_to_string(&mut counted).await.unwrap();
    assert!(counted.contains("mesg=200"), "{counted:?}");
}
