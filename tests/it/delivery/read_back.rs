//! Mails as they left the real process, read by a parser that is not ours:
//! Python's `email`. Every header, both parts, and whether they say the same.

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::daemon::Town;
use crate::support::smtp::{Received, Script, SmtpServer};

/// What stands in every mail of a call-out, once.
const ALWAYS: [&str; 11] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Muster-Mode",
    "MIME-Version",
];

/// A name that tries everything: markup, quotes, a line of its own, emoji of
/// several characters, letters that run the other way, and length.
const NAME: &str = "<b>情報システム担当</b> \\\"係\\\" & 👩🏽‍🚒🇯🇵 مرحبا 長い名前長い名前長い名前長い名前長い名前長い名前長い名前";
const SHOWN: &str = "<b>情報システム担当</b> \"係\" & 👩🏽‍🚒🇯🇵 مرحبا 長い名前長い名前長い名前長い名前長い名前長い名前長い名前";
const HEADLINE: &str = "<script>alert('🌋')</script> 後志地方で震度5弱 & <a href=x>";

/// Reads mails; what Python makes of them, one for one.
fn read(mails: &[Received]) -> Vec<Value> {
    let octets = mails.iter().map(|mail| STANDARD.encode(&mail.data));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/mail.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let task = json!(octets.collect::<Vec<_>>()).to_string();
    let mut input = python.stdin.take().unwrap();
    input.write_all(task.as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The text of a value.
fn text<'a>(mail: &'a Value, path: &str) -> &'a str {
    mail.pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {path} in {mail}"))
}

/// The example town with a name like no other, and reminders within seconds.
fn town(server: &SmtpServer) -> Town {
    let town = Town::new(server.port);
    let change = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(town.config().join(file)).unwrap();
        assert!(text.contains(from), "{from}");
        town.write(file, &text.replace(from, to));
    };
    let name = "name = { ja = \"情報システム担当職員1\"";
    change("roster.toml", name, &format!("name = {{ ja = \"{NAME}\""));
    let times = "resend = { every = \"5m\", times = 1 }";
    change(
        "rules.toml",
        times,
        "resend = { every = \"1s\", times = 1 }",
    );
    // Why: the telephone has no gateway here, and administrators are told so.
    change(
        "rules.toml",
        "administrators = [\"post:it-manager\", \"post:it-staff\"]",
        "administrators = [\"post:mayor\"]",
    );
    town
}

/// Everything that holds for each mail, whatever it says.
fn well_made(mail: &Value, envelope: &Received) {
    assert_eq!(mail["defects"], json!([]), "{}", envelope.text());
    let names: Vec<&str> = mail["names"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for name in ALWAYS {
        let times = names.iter().filter(|one| **one == name).count();
        assert_eq!(times, 1, "{name} in {names:?}");
    }
    assert_eq!(mail["kind"], "multipart/alternative");
    let parts = json!([["text/plain", "utf-8"], ["text/html", "utf-8"]]);
    assert_eq!(mail["parts"], parts);
    assert_eq!(text(mail, "/from/1"), "muster@example.jp");
    assert_eq!(mail["people"], json!([1, 1]));
    assert_eq!([text(mail, "/to/1")], envelope.to[..]);
    let subject = text(mail, "/headers/Subject");
    assert!(
        !subject.trim().is_empty() && !subject.contains(['\r', '\n']),
        "{subject}"
    );
    assert_eq!(text(mail, "/headers/Auto-Submitted"), "auto-generated");
    assert_eq!(
        text(mail, "/headers/In-Reply-To"),
        text(mail, "/headers/References")
    );
    let id = text(mail, "/headers/Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@example.jp>"), "{id}");
    // Both parts say the same.
    assert_eq!(mail["only_html"], json!([]), "{subject}");
    assert_eq!(text(mail, "/only_text"), "", "{subject}");
    // Nothing of what people wrote has become markup.
    let tags: Vec<&str> = mail["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        !tags.contains(&"script") && !tags.contains(&"b"),
        "{tags:?}"
    );
    // A bounce tells which mail came back: the notification's number stands
    // in the return path and at the end of the Message-ID.
    let number = id
        .trim_end_matches("@example.jp>")
        .rsplit('.')
        .next()
        .unwrap();
    let path = &envelope.from;
    assert!(
        path.starts_with(&format!("muster+{number}-")) && path.ends_with("@example.jp"),
        "{path}"
    );
}

/// One story with a mail of nearly every purpose in it; the mails, and to
/// whom and how manieth each is.
async fn story(server: &SmtpServer, town: &Town) -> Vec<(&'static str, Received)> {
    let trigger = |event: &[&str]| {
        let told = town.json(&[&["trigger"], event].concat());
        told["call_outs"][0].as_str().unwrap().to_owned()
    };
    let done = |words: &[&str]| {
        let output = town.run(words);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {errors}");
    };
    let mut mails = Vec::new();
    let quake = ["earthquake", "--intensity", "5-", "--headline", HEADLINE];
    let quake = trigger(&quake);
    mails.push(("call", server.mail_to("it-1@example.jp", 1).await));
    mails.push(("remind", server.mail_to("it-1@example.jp", 2).await));
    done(&[
        "tell",
        &quake,
        "--text",
        "集合は<b>2階</b>へ変わりました 🏢",
    ]);
    mails.push(("tell", server.mail_to("it-1@example.jp", 3).await));
    done(&["stand-down", &quake, "--reason", "被害なし & 解散"]);
    mails.push(("stand-down", server.mail_to("it-1@example.jp", 4).await));
    let incident = ["security-incident", "--effect", "work-hindered"];
    // Why: the end of the first one may still be on its way to the manager.
    server.mail_to("it-manager@example.jp", 4).await;
    let before = server.count_to("it-manager@example.jp");
    trigger(&incident);
    let decide = server.mail_to("it-manager@example.jp", before + 1).await;
    mails.push(("decide", decide));
    let residents = [
        "security-incident",
        "--effect",
        "residents",
        "--system",
        "19",
    ];
    let residents = trigger(&residents);
    done(&["request-help", &residents, "maintainer"]);
    let help = server.mail_to("maintainer-desk@example.jp", 1).await;
    mails.push(("help", help));
    let before = server.count_to("it-2@example.jp");
    done(&[
        "drill",
        "start",
        "earthquake-5-lower",
        "--force",
        "--reason",
        "並行の確認",
    ]);
    let drill = server.mail_to("it-2@example.jp", before + 1).await;
    mails.push(("drill", drill));
    mails
}

/// Call, reminder, word, end, decision, vendor, drill: nothing is lost or
/// added on the way to a reader.
#[tokio::test(flavor = "multi_thread")]
async fn a_parser_that_is_not_ours_reads_every_mail() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let _daemon = town.serve();
    let (names, received): (Vec<_>, Vec<_>) = story(&server, &town).await.into_iter().unzip();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs_f64();
    let read = read(&received);
    let find = |name: &str| {
        let at = names.iter().position(|one| *one == name).unwrap();
        &read[at]
    };
    for (mail, envelope) in read.iter().zip(&received) {
        well_made(mail, envelope);
        let sent = mail["date"].as_f64().unwrap();
        assert!((now - sent).abs() < 300.0, "{sent} is not now");
    }
    let header =
        |name: &str, header: &str| text(find(name), &format!("/headers/{header}")).to_owned();
    let ids: HashSet<String> = names
        .iter()
        .map(|name| header(name, "Message-ID"))
        .collect();
    assert_eq!(ids.len(), names.len(), "each mail has an id of its own");
    let paths: HashSet<&str> = received.iter().map(|mail| mail.from.as_str()).collect();
    assert_eq!(paths.len(), names.len(), "and a return path of its own");
    let threads: Vec<String> = names
        .iter()
        .map(|name| header(name, "References"))
        .collect();
    assert!(
        threads[..4].iter().all(|thread| *thread == threads[0]),
        "one call-out, one thread"
    );
    let others: HashSet<&String> = threads[3..].iter().collect();
    assert_eq!(
        others.len(),
        4,
        "and every other one has its own: {threads:?}"
    );
    for name in ["call", "remind", "tell", "stand-down"] {
        assert_eq!(text(find(name), "/to/0"), SHOWN, "{name}");
    }
    assert!(text(find("call"), "/text").contains(HEADLINE));
    assert!(text(find("tell"), "/text").contains("集合は<b>2階</b>へ変わりました 🏢"));
    assert!(text(find("stand-down"), "/text").contains("被害なし & 解散"));
    for name in ["call", "remind", "decide", "help", "drill"] {
        assert_eq!(header(name, "Importance"), "high", "{name}");
        assert_eq!(
            find(name)["links"].as_array().map(Vec::len),
            Some(1),
            "{name}: one link"
        );
        assert!(
            text(find(name), "/text").contains(text(find(name), "/links/0")),
            "{name}"
        );
    }
    a_drill_says_so(&names, &read);
}

/// The next mail to an address that has a word in its subject, after so many.
async fn next(server: &SmtpServer, to: &str, after: usize, word: &str) -> (usize, Received) {
    for number in after + 1.. {
        let mail = server.mail_to(to, number).await;
        let read = read(std::slice::from_ref(&mail));
        if text(&read[0], "/headers/Subject").contains(word) {
            return (number, mail);
        }
    }
    unreachable!("mails are counted without end")
}

/// It grows, it is corrected, people are released: what they read on the way
/// is as well made, and in the one thread.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_on_the_way_is_read_as_well() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let soon = rules.replace("correct_after = \"10m\"", "correct_after = \"2s\"");
    assert_ne!(rules, soon);
    town.write("rules.toml", &soon);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let staff = "it-1@example.jp";
    let (mut seen, call) = next(&server, staff, 0, "緊急参集").await;
    let mut mails = vec![call];
    for (intensity, word) in [("5+", "内容変更"), ("4", "訂正")] {
        let grown = town.run(&["grow", &id, "earthquake", "--intensity", intensity]);
        assert!(grown.status.success(), "{grown:?}");
        let (number, mail) = next(&server, staff, seen, word).await;
        seen = number;
        mails.push(mail);
    }
    let (_, released) = next(&server, "health-1@example.jp", 0, "参集不要").await;
    mails.push(released);
    let read = read(&mails);
    for (mail, envelope) in read.iter().zip(&mails) {
        well_made(mail, envelope);
        assert!(!mail.to_string().contains("訓練"));
        let thread = text(mail, "/headers/References");
        assert_eq!(thread, text(&read[0], "/headers/References"));
    }
    // What tells only that nobody need come has no link, and is not urgent.
    let released = read.last().unwrap();
    assert_eq!(released["links"], json!([]));
    assert_eq!(released.pointer("/headers/Importance"), None);
}

/// The drill's mail says 訓練 in its sender, subject, first and last line, and
/// no other mail does anywhere.
fn a_drill_says_so(names: &[&str], read: &[Value]) {
    for (name, mail) in names.iter().zip(read) {
        if *name != "drill" {
            assert_eq!(text(mail, "/headers/X-Muster-Mode"), "real", "{name}");
            assert!(!mail.to_string().contains("訓練"), "{name}");
            continue;
        }
        assert_eq!(text(mail, "/headers/X-Muster-Mode"), "drill");
        let said = text(mail, "/text").trim();
        let ends = [said.lines().next(), said.lines().last()];
        let marks = [text(mail, "/headers/Subject"), text(mail, "/from/0")];
        for line in ends.into_iter().flatten().chain(marks) {
            assert!(line.contains("訓練"), "{line}");
        }
    }
}
