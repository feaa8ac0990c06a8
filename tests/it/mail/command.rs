//! `muster receive-mail`, the real program and a real daemon.

use std::io::{Read, Write};
use std::process::{Output, Stdio};

use crate::support::daemon::{Town, said};
use crate::support::smtp::{Script, SmtpServer};

const REPLIES: &str = "from = \"muster@example.jp\"";

/// Hands a mail to the command.
fn hand_in(town: &Town, arguments: &[&str], mut mail: impl Read) -> Output {
    let mut all = vec!["receive-mail"];
    all.extend(arguments);
    let mut command = town.command(&all);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Invariant of the command: it reads to the end, so that this never fails.
    std::io::copy(&mut mail, &mut stdin).unwrap();
    stdin.flush().unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn header(mail: &str, name: &str) -> String {
    let line = mail.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {mail}"))
        .trim_matches([' ', '<', '>', '\r'])
        .to_owned()
}

/// Without a daemon the mail system keeps the mail, and so it does where the
/// command line or the token is wrong: nothing is ever lost or sent back.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_handed_in_is_kept() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mail = || &b"From: a@example.jp\r\n\r\nx\r\n"[..];
    let output = hand_in(&town, &["--recipient", "muster@example.jp"], mail());
    assert_eq!(output.status.code(), Some(75));
    let (_, error) = said(&output);
    assert!(error.contains("メールは配送系に残り"), "{error}");
    let output = hand_in(
        &town,
        &["--recipent", "muster@example.jp"],
        std::io::empty(),
    );
    assert_eq!(output.status.code(), Some(75));
    let daemon = town.serve();
    let token = town.folder.path().join("token");
    std::fs::write(&token, crate::support::daemon::READER).unwrap();
    let token = token.to_str().unwrap();
    let elsewhere = ["--server", &daemon.url, "--token-file", token];
    let output = hand_in(&town, &elsewhere, mail());
    let (_, error) = said(&output);
    assert_eq!(output.status.code(), Some(75), "{error}");
    assert!(error.contains("\"mail\""), "{error}");
    let output = hand_in(&town, &[], mail());
    assert_eq!(output.status.code(), Some(0));
}

/// A mail of 50 MB, with a person's word on its first line: the head suffices.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_fifty_megabytes_is_looked_at_and_no_more() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let muster = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    town.write(
        "muster.toml",
        &muster.replace(REPLIES, &format!("{REPLIES}\nreplies = true")),
    );
    let daemon = town.serve();
    let id = daemon.earthquake();
    let mail = server.mail_to("it-1@example.jp", 1).await;
    let reply_to = header(&mail.text(), "Reply-To:");
    let head = "From: it-1@example.jp\r\nMessage-ID: <1@phone.example.jp>\r\n\r\ncoming\r\n";
    let rest = std::io::repeat(b'x').take(50 * 1024 * 1024);
    let output = hand_in(
        &town,
        &["--recipient", &reply_to],
        head.as_bytes().chain(rest),
    );
    let (_, error) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert!(error.contains("先頭の 1048576 バイトだけ"), "{error}");
    let seen = town.json(&["status", &id]);
    let people = seen["people"].as_array().unwrap();
    let person = people
        .iter()
        .find(|person| person["person"] == "it-1")
        .unwrap();
    assert_eq!(person["answer"], "coming");
    assert_eq!(person["via"], "reply");
    // By what an alias gives: the recipient on top of the mail.
    let more = format!(
        "Delivered-To: {reply_to}\r\nFrom: it-1@example.jp\r\nMessage-ID: <2@phone.example.jp>\r\n\r\n到着\r\n"
    );
    let output = hand_in(&town, &[], more.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let seen = town.json(&["status", &id]);
    assert_eq!(seen["counts"]["arrived"], 1);
}
