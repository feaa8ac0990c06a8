//! The next mail is named behind the dot of the one before it: what each of the
//! two comes to, whatever the relay makes of that.
//!
//! Owns a server that does odd things at the dot of a mail, by whom it is for.

use std::sync::Arc;
use std::time::Duration;

use muster::channel::email::{Mail, Relay};
use muster::channel::{Attempt, Channels};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

use super::{ACCEPTED, UNKNOWN, email_channels, kind, mail, send};
use crate::support::smtp::{Act, Script, SmtpServer, Step, relay, settings, short_at};
use crate::support::waiting::Watched;

/// Longer than a mail that was named waits for the dot before it.
const LATER: Duration = Duration::from_millis(300);

/// What came, and what was done.
#[derive(Default)]
struct Log {
    /// Whose text came up to the dot, in order.
    texts: Vec<String>,
    /// Who was named while the dot before it had no answer.
    ahead: Vec<String>,
    connections: usize,
}

#[derive(Clone)]
struct Server {
    port: u16,
    log: Arc<Watched<Log>>,
    /// Lets one that is held go on.
    go_on: Arc<Semaphore>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            log: Arc::new(Watched::new(Log::default())),
            go_on: Arc::new(Semaphore::new(0)),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                serving.log.change(|log| log.connections += 1);
                let session = serving.clone();
                tokio::spawn(async move { session.serve(tcp).await });
            }
        });
        server
    }

    fn relay(&self, connections: usize) -> Relay {
        Relay {
            connections,
            ..relay(self.port)
        }
    }

    /// Until the server hangs up, or the client does.
    async fn serve(&self, tcp: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(tcp);
        stream.write_all(b"220 odd ESMTP\r\n").await.ok()?;
        let mut to = String::new();
        loop {
            let line = read(&mut stream).await?;
            let reply = match line.split([' ', ':']).next()? {
                "EHLO" => "250-odd\r\n250 PIPELINING\r\n",
                "RCPT" => {
                    to = named(&line);
                    if to.starts_with("held") {
                        self.go_on.acquire().await.unwrap().forget();
                    }
                    "250 ok\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.ok()?;
                    while read(&mut stream).await? != "." {}
                    self.log.change(|log| log.texts.push(to.clone()));
                    self.answer(&mut stream, &to).await?;
                    continue;
                }
                _ => "250 ok\r\n",
            };
            stream.write_all(reply.as_bytes()).await.ok()?;
        }
    }

    /// Answers the dot of a mail; where it reads what came behind it, that too.
    async fn answer(&self, stream: &mut BufReader<TcpStream>, to: &str) -> Option<()> {
        let odd = to.split('@').next()?;
        if odd == "later" {
            // The slowness itself; nothing else is waited for by it.
            let _ = tokio::time::timeout(LATER, std::future::pending::<()>()).await;
        }
        if !matches!(odd, "asks" | "slow" | "cut" | "deaf" | "refuses") {
            return stream.write_all(b"250 taken\r\n").await.ok();
        }
        // Never answers before the next mail is named.
        let mut group = [const { String::new() }; 3];
        for line in &mut group {
            *line = read(stream).await?;
        }
        let next = named(&group[1]);
        self.log.change(|log| log.ahead.push(next.clone()));
        match odd {
            "asks" => {
                let replies = b"250 taken\r\n250 ok\r\n250 ok\r\n354 go on\r\n";
                stream.write_all(replies).await.ok()?;
                while read(stream).await? != "." {}
                self.log.change(|log| log.texts.push(next.clone()));
                stream.write_all(b"250 taken\r\n").await.ok()
            }
            "slow" => {
                self.go_on.acquire().await.unwrap().forget();
                stream.write_all(b"250 taken\r\n").await.ok()
            }
            "deaf" => stream.write_all(b"250 taken\r\n").await.ok(),
            "refuses" => {
                let replies = b"250 taken\r\n503 5.5.1 out of step\r\n";
                stream.write_all(replies).await.ok()?;
                None
            }
            _ => None,
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn named(line: &str) -> String {
    let inside = line.split(['<', '>']).nth(1);
    inside.unwrap_or_default().to_owned()
}

/// Sends a mail that then waits, or is on its way.
async fn begin(channels: &muster::channel::Channels, number: u32, to: &str) -> JoinHandle<String> {
    let (channels, mail) = (channels.clone(), mail(number, to));
    let sending = tokio::spawn(async move { format!("{:?}", kind(&send(&channels, mail).await)) });
    for _ in 0..8 {
        yield_now().await;
    }
    sending
}

fn came_to(kind: (&str, Option<muster::domain::delivery::Reason>)) -> String {
    format!("{kind:?}")
}

/// One connection, on which a mail was taken at once; then one to whom odd things
/// are done while another waits behind it. What the two come to.
async fn behind(server: &Server, odd: &str) -> (String, String) {
    let mut settings = settings(vec![server.relay(1)]);
    settings.limits = short_at(Step::Mail);
    let channels = email_channels(settings);
    send(&channels, mail(1, "first@example.jp")).await;
    let one = begin(&channels, 2, odd).await;
    let other = begin(&channels, 3, "next@example.jp").await;
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    // The relay is as good as before.
    let last = send(&channels, mail(4, "last@example.jp")).await;
    assert_eq!(kind(&last), ACCEPTED);
    (one, other)
}

fn texts(server: &Server) -> Vec<String> {
    server.log.lock().texts.clone()
}

/// A relay that answers a dot only once it has read what comes behind it: one
/// round trip for each mail.
#[tokio::test]
async fn the_next_mail_is_named_while_the_one_before_is_looked_at() {
    let server = Server::start().await;
    let (one, other) = behind(&server, "asks@example.jp").await;
    assert_eq!((one, other), (came_to(ACCEPTED), came_to(ACCEPTED)));
    assert_eq!(server.log.lock().ahead, ["next@example.jp"]);
    assert_eq!(server.log.lock().connections, 1);
    assert_eq!(texts(&server).len(), 4);
}

/// The line is cut after the dot: nobody knows of the first, and the second was
/// not handed over. It goes out on another connection, once.
#[tokio::test]
async fn a_line_cut_at_the_dot_leaves_one_mail_in_doubt_and_not_two() {
    let server = Server::start().await;
    let (one, other) = behind(&server, "cut@example.jp").await;
    assert_eq!((one, other), (came_to(UNKNOWN), came_to(ACCEPTED)));
    let texts = texts(&server);
    let next = texts.iter().filter(|to| *to == "next@example.jp");
    assert_eq!(next.count(), 1, "{texts:?}");
}

/// A relay that throws away what comes behind a dot, and one that is out of step
/// there: the mail is given to it anew, and none is named ahead any more.
#[tokio::test]
async fn a_relay_that_does_not_bear_it_gets_each_mail_by_itself() {
    for odd in ["deaf@example.jp", "refuses@example.jp"] {
        let server = Server::start().await;
        let (one, other) = behind(&server, odd).await;
        assert_eq!(
            (one, other),
            (came_to(ACCEPTED), came_to(ACCEPTED)),
            "{odd}"
        );
        assert_eq!(server.log.lock().connections, 2, "{odd}");
        let texts = texts(&server);
        let next = texts.iter().filter(|to| *to == "next@example.jp");
        assert_eq!(next.count(), 1, "{odd}: {texts:?}");
    }
}

/// A relay that thinks about one mail holds up no other: the one that was named
/// behind it goes out on the next connection that is free.
#[tokio::test]
async fn no_mail_waits_for_what_a_relay_makes_of_anothers() {
    let server = Server::start().await;
    let channels = email_channels(settings(vec![server.relay(2)]));
    let both = [
        begin(&channels, 1, "held1@example.jp").await,
        begin(&channels, 2, "held2@example.jp").await,
    ];
    server.go_on.add_permits(2);
    for sent in both {
        assert_eq!(sent.await.unwrap(), came_to(ACCEPTED));
    }
    // Two connections: one is held at a recipient, one at a dot.
    let held = begin(&channels, 3, "held3@example.jp").await;
    let slow = begin(&channels, 4, "slow@example.jp").await;
    let next = begin(&channels, 5, "next@example.jp").await;
    let look = |log: &Log| (!log.ahead.is_empty()).then(|| log.ahead.clone());
    let ahead = server.log.wait_for("a mail is named ahead", look).await;
    assert_eq!(ahead, ["next@example.jp"]);
    server.go_on.add_permits(1);
    assert_eq!(held.await.unwrap(), came_to(ACCEPTED));
    assert_eq!(next.await.unwrap(), came_to(ACCEPTED));
    assert!(!slow.is_finished());
    server.go_on.add_permits(1);
    assert_eq!(slow.await.unwrap(), came_to(ACCEPTED));
    let texts = texts(&server);
    assert_eq!(texts.len(), 5, "{texts:?}");
}

/// A relay whose dots now take longer and now do not: the mail that was named there
/// goes elsewhere, with a connection of its own. After two of them mails are named
/// ahead only once in a while.
#[tokio::test]
async fn a_relay_that_is_slow_at_the_dot_is_not_given_a_connection_a_mail() {
    let server = Server::start().await;
    let channels = email_channels(settings(vec![server.relay(1)]));
    for round in 0..10 {
        send(&channels, mail(round * 3 + 1, "quick@example.jp")).await;
        let slow = begin(&channels, round * 3 + 2, "later@example.jp").await;
        let next = begin(&channels, round * 3 + 3, "next@example.jp").await;
        assert_eq!(slow.await.unwrap(), came_to(ACCEPTED));
        assert_eq!(next.await.unwrap(), came_to(ACCEPTED));
    }
    assert_eq!(texts(&server).len(), 30);
    let connections = server.log.lock().connections;
    assert!(connections <= 6, "{connections}");
}

/// A mail of some urgency that is on its way.
fn sent(channels: &Channels, number: u32, to: &'static str, urgency: u8) -> JoinHandle<Attempt> {
    let channels = channels.clone();
    let mail = Mail {
        urgency,
        ..mail(number, to)
    };
    tokio::spawn(async move { send(&channels, mail).await })
}

/// Row 51: a relay that answers none of the crowd's mails. One of five connections is
/// kept for those who lead, and their mail is handed over at once; another of theirs is
/// the next on the first that becomes free. Of three none is kept.
#[tokio::test]
async fn whoever_leads_waits_behind_no_crowd() {
    for (connections, kept) in [(5, 1), (3, 0)] {
        let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
        let mut relay = server.relay();
        relay.connections = connections;
        let channels = email_channels(settings(vec![relay]));
        let sent = |number, to, urgency| sent(&channels, number, to, urgency);
        let mut sends: Vec<_> = (0..20)
            .map(|number| sent(number, "crowd@example.jp", 1))
            .collect();
        server.reached(Step::Dot, connections - kept).await;
        sends.push(sent(20, "lead@example.jp", 0));
        let leads = |server: &SmtpServer| {
            let mails = server.mails().into_iter();
            mails.filter(|mail| mail.to == ["lead@example.jp"]).count()
        };
        if kept == 1 {
            server.reached(Step::Dot, connections).await;
            assert_eq!(leads(&server), 1, "at the dot beside the crowd's");
            sends.push(sent(21, "lead@example.jp", 0));
        }
        // One thread: whoever is to wait waits by now.
        yield_now().await;
        let go = Script::new().once(Step::Dot, Act::say("250 2.0.0 Ok"));
        server.set(go.on(Step::Dot, Act::Wait));
        server.reached(Step::Dot, connections + 1).await;
        assert_eq!(leads(&server), 1 + kept, "the next that is handed over");
        server.set(Script::new());
        for send in sends {
            assert_eq!(kind(&send.await.unwrap()), ACCEPTED);
        }
    }
}

/// Row 51: of the connections that are opened ahead of a crowd a relay greets one alone.
/// The crowd's mails go by it meanwhile, and whoever leads waits for none that is not
/// greeted.
#[tokio::test]
async fn what_is_opened_ahead_of_a_crowd_keeps_nobody_waiting() {
    let stalls = || Script::new().stall("crowd@example.jp");
    let one = stalls().once(Step::Connect, Act::say("220 small"));
    let server = SmtpServer::start(one.on(Step::Connect, Act::Stall)).await;
    let mut relay = server.relay();
    relay.connections = 6;
    let channels = email_channels(settings(vec![relay]));
    channels.expect_mails(500);
    server.reached(Step::Connect, 5).await;
    let sent = |number, to, urgency| sent(&channels, number, to, urgency);
    let crowd = (0..5).map(|number| sent(number, "crowd@example.jp", 1));
    let crowd: Vec<_> = crowd.collect();
    server.reached(Step::Rcpt, 1).await;
    // One thread: whoever is to wait waits by now.
    yield_now().await;
    server.set(stalls());
    let lead = sent(5, "lead@example.jp", 0);
    let lead = tokio::time::timeout(Duration::from_secs(20), lead).await;
    let lead = lead.expect("behind no greeting that does not come");
    assert_eq!(kind(&lead.unwrap()), ACCEPTED);
    for send in crowd {
        send.abort();
    }
}

/// Row 51: a relay serves five connections of the six that are set, refuses the sixth or
/// leaves it ungreeted, and the crowd's mails follow each other on the five. Whoever
/// leads has the first of them that is done with a mail, and not what the crowd leaves.
#[tokio::test]
async fn whoever_leads_is_behind_no_crowd_where_fewer_are_served_than_are_set() {
    let full = Act::SayAndDrop("421 4.7.0 too many connections".to_owned());
    for refusal in [full, Act::Stall] {
        let no_more = || Script::new().on(Step::Connect, refusal.clone());
        let greeted = |script: Script, _| script.once(Step::Connect, Act::say("220 small"));
        let five = (0..5).fold(Script::new(), greeted);
        let five = five.on(Step::Connect, refusal.clone());
        let server = SmtpServer::start(five.on(Step::Rcpt, Act::Wait)).await;
        let mut settings = settings(vec![server.relay()]);
        settings.limits.greeting = Duration::from_secs(2);
        let channels = email_channels(settings);
        let sent = |number, to, urgency| sent(&channels, number, to, urgency);
        let crowd = |numbers: std::ops::Range<u32>| -> Vec<_> {
            numbers
                .map(|number| sent(number, "crowd@example.jp", 1))
                .collect()
        };
        let first = crowd(0..5);
        server.reached(Step::Rcpt, 5).await;
        server.set(no_more());
        for send in first {
            assert_eq!(kind(&send.await.unwrap()), ACCEPTED);
        }
        server.set(no_more().on(Step::Rcpt, Act::Wait));
        let mut sends = crowd(5..65);
        server.reached(Step::Rcpt, 10).await;
        sends.push(sent(65, "lead@example.jp", 0));
        server.reached(Step::Connect, 6).await;
        let given_up = async {
            while server.standing() > 5 {
                yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), given_up).await;
        waited.expect("no sixth stands");
        server.set(no_more());
        for send in sends {
            assert_eq!(kind(&send.await.unwrap()), ACCEPTED);
        }
        let mails = server.mails();
        let place = mails.iter().position(|mail| mail.to == ["lead@example.jp"]);
        let before = place.unwrap() - 5;
        assert!(before < 30, "{refusal:?}: {before} of 60 before who leads");
        let asked = server.connections();
        assert!(asked <= 8, "{refusal:?}: {asked} connections");
    }
}
