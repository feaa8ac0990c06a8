//! The command line from outside: exit codes, sentences, JSON.

use std::process::Output;

use crate::support::daemon::{TOKEN, Town};
use crate::support::hook::{self, HookServer};
use crate::support::smtp::{Script, SmtpServer};

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// 2 usage, 3 configuration, 5 no daemon: each with one clear sentence.
#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let town = Town::new(1);
    let usage = town.run(&["trigger", "earthquake", "--intensity", "9"]);
    assert_eq!(usage.status.code(), Some(2), "{}", words(&usage));
    assert!(words(&usage).contains("5-, 5+"), "{}", words(&usage));
    let nothing = town.run(&["trigger"]);
    assert_eq!(
        nothing.status.code(),
        Some(2).or(Some(5)),
        "{}",
        words(&nothing)
    );
    let alone = town.run(&["status"]);
    assert_eq!(alone.status.code(), Some(5), "{}", words(&alone));
    assert!(words(&alone).contains("muster serve"), "{}", words(&alone));
    town.write("rules.toml", "[edition]\nnumbr = 2\n");
    let check = town.run(&["check"]);
    assert_eq!(check.status.code(), Some(3));
    assert!(words(&check).contains("rules.toml"), "{}", words(&check));
    assert!(words(&check).contains("numbr"), "{}", words(&check));
}

/// A daemon that goes away with a command in its hands may have done it: that is
/// no "no daemon", after which one tells it again.
#[test]
fn a_command_that_may_have_been_taken_says_so() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let town = Town::new(1);
    let token = town.folder.path().join("token");
    std::fs::write(&token, "token").unwrap();
    let run = |reply: &'static [u8], command: &[&str]| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let gone = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            stream.write_all(reply).unwrap();
        });
        let to = ["--server", &server, "--token-file", token.to_str().unwrap()];
        let output = town.run(&[&to[..], command].concat());
        gone.join().unwrap();
        (output.status.code(), words(&output))
    };
    let trigger = ["trigger", "earthquake", "--intensity", "5-"];
    let cut =
        b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    for reply in [&b""[..], cut] {
        let (code, said) = run(reply, &trigger);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("may have been done") && said.contains("届いているかもしれません"),
            "{said}"
        );
        assert!(said.contains("muster status"), "{said}");
        let again = said.lines().last().unwrap().trim();
        assert!(
            again.contains(" trigger earthquake --intensity 5- --key told-"),
            "{said}"
        );
    }
    // What only looks changes nothing, whatever became of it.
    let (code, said) = run(b"", &["status"]);
    assert_eq!(code, Some(5), "{said}");
    let nobody = town.run(&trigger);
    assert_eq!(nobody.status.code(), Some(5), "{}", words(&nobody));
}

/// Whoever got no answer sends the command again as it is said, key and all: nobody
/// is called twice, and no word is said twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_got_no_answer_is_sent_again_under_its_key() {
    let town = Town::new(1);
    let daemon = town.serve();
    let trigger = ["trigger", "security-incident", "--effect", "residents"];
    let first = town.json(&[&trigger[..], &["--key", "told-1"]].concat());
    let id = first["call_outs"][0].as_str().unwrap().to_owned();
    let again = town.json(&[&trigger[..], &["--key", "told-1"]].concat());
    assert_eq!(again["call_outs"], first["call_outs"]);
    assert_eq!(again["duplicate"], true, "{again}");
    // Without one each is an event of its own, as it always was.
    let other = town.json(&trigger);
    assert_eq!(other["duplicate"], false, "{other}");
    assert_ne!(other["call_outs"], first["call_outs"]);
    let tell = ["tell", &id, "--text", "東口から 入って"];
    for _ in 0..2 {
        town.json(&[&tell[..], &["--key", "told-2"]].concat());
    }
    let path = format!("/api/v1/call-outs/{id}/timeline");
    let seen = daemon.call("GET", &path, Some(TOKEN), None).1;
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    let entries = seen["timeline"].as_array().unwrap().iter();
    let said = entries.filter(|entry| entry.to_string().contains("東口から 入って"));
    assert_eq!(said.count(), 1, "{seen}");
    town.json(&tell);
    drop(daemon.kill());
    let lost = town.run(&tell);
    let said = words(&lost);
    let again = format!(" tell {id} --text '東口から 入って' --key told-");
    assert!(said.contains(&again), "{said}");
    let refused = ["trigger", "threat", "--like", "P99", "--kind", "噴火"];
    let _daemon = town.serve();
    let said = words(&town.run(&refused));
    assert!(!said.contains("--key"), "it was not taken: {said}");
}

/// The example plan has no problem, and says its edition.
#[test]
fn check_reads_the_example() {
    let town = Town::new(1);
    let check = town.json(&["check"]);
    assert_eq!(check["problems"].as_array().unwrap().len(), 0);
    assert!(
        check["edition"]
            .as_str()
            .unwrap()
            .starts_with("2 (2025-12-29)")
    );
}

/// What the daemon would refuse, `explain` refuses in the same words.
#[test]
fn explain_refuses_what_would_be_refused() {
    let town = Town::new(1);
    let flood = ["explain", "wind-flood", "--posture", "3", "--ordered-by"];
    let deputy = town.run(&[&flood[..], &["deputy-mayor"]].concat());
    assert_eq!(deputy.status.code(), Some(4), "{}", words(&deputy));
    assert!(
        words(&deputy).contains("命令できません"),
        "{}",
        words(&deputy)
    );
    let mayor = town.run(&[&flood[..], &["mayor"]].concat());
    assert!(mayor.status.success(), "{}", words(&mayor));
    let like = ["explain", "threat", "--like", "P99", "--kind", "噴火"];
    let like = town.run(&like);
    assert_eq!(like.status.code(), Some(4), "{}", words(&like));
    assert!(
        words(&like).contains("P99 は rules.toml にありません"),
        "{}",
        words(&like)
    );
}

/// `explain --mail` shows every kind of mail as it would go out, both parts
/// beside each other, and sends none.
#[test]
fn explain_shows_the_mails_that_would_go_out() {
    let town = Town::new(1);
    let event = ["explain", "earthquake", "--intensity", "5-", "--mail"];
    let page = town.run(&event);
    assert!(page.status.success(), "{}", words(&page));
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.contains("まだ何も送っていません"), "{page}");
    let calls = "<dd><strong>【緊急参集】震度5弱 役場本庁舎 災害対策本部へ</strong></dd>";
    assert!(page.contains(calls), "{page}");
    assert!(
        page.contains("震度5弱のため、統括班の所要の職員として"),
        "why this person: {page}"
    );
    let frames = page.matches("<iframe sandbox").count();
    assert_eq!(frames, page.matches("<pre ").count());
    assert!(frames >= 3, "{frames} kinds of mail");
    let file = town.config().join("mails.html");
    let out = file.display().to_string();
    let written = town.run(&[&event[..], &["--out", &out]].concat());
    assert!(written.status.success(), "{}", words(&written));
    assert_eq!(written.stdout, b"");
    assert_eq!(
        std::fs::read_to_string(file).unwrap().trim_end(),
        page.trim_end()
    );
    let nobody = town.run(&["explain", "earthquake", "--intensity", "1", "--mail"]);
    assert_eq!(nobody.status.code(), Some(1), "{}", words(&nobody));
}

/// `explain` needs no daemon, sends nothing, and says who and when.
#[test]
fn explain_says_who_when_and_by_which_rule() {
    let town = Town::new(1);
    let explained = town.json(&["explain", "earthquake", "--intensity", "5-"]);
    let rule = &explained["rules"][0];
    assert_eq!(rule["rule"], "P2");
    assert_eq!(rule["targets"][0]["name"], "統括班");
    assert_eq!(rule["steps"][0]["stage"], 1);
    assert_eq!(
        rule["steps"][0]["sent"][0]["people"][0]["person"],
        "it-manager"
    );
    assert!(
        rule["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["stage"] == 3)
    );
}

/// Two rules match: one is used, and it is said which and why.
#[test]
fn explain_shows_the_rule_that_is_not_used_and_why() {
    let town = Town::new(1);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let wider = rules.replace("from = \"4\", to = \"4\"", "from = \"4\", to = \"5-\"");
    town.write("rules.toml", &wider);
    let explained = town.json(&["explain", "earthquake", "--intensity", "5-"]);
    let used = explained["rules"].as_array().unwrap();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0]["rule"], "P2");
    assert_eq!(used[0]["shadowed"][0]["rule"], "P3");
    assert_eq!(used[0]["shadowed"][0]["reason"], "narrower");
    let told = town.run(&["explain", "earthquake", "--intensity", "5-"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("P3 ") && told.contains("震度の範囲が狭い規則が優先するため"),
        "{told}"
    );
}

/// A broken roster does not keep anybody from a daemon that runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_roster_keeps_nobody_from_the_daemon() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    town.write("roster.toml", "nonsense");
    let accepted = town.json(&["trigger", "earthquake", "--intensity", "5-"]);
    assert_eq!(accepted["call_outs"].as_array().unwrap().len(), 1);
}

/// A listen address in use, and a store that cannot be made: one sentence,
/// exit code 1, nothing left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_is_said_in_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let town = Town::new(1);
    let listen = town.run(&["--set", &format!("http.listen={address}"), "serve"]);
    assert_eq!(listen.status.code(), Some(1));
    assert!(
        words(&listen).contains("cannot listen on"),
        "{}",
        words(&listen)
    );
    let store = town.run(&["--set", "store.url=sqlite:/proc/muster/muster.db", "serve"]);
    assert_eq!(store.status.code(), Some(1));
    assert!(words(&store).contains("/proc/muster"), "{}", words(&store));
}

/// Completions and the manual page come out whole.
#[test]
fn completions_and_the_manual_page() {
    let town = Town::new(1);
    for arguments in [["completions", "bash"].as_slice(), &["man"]] {
        let output = town.run(arguments);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("acknowledge"));
    }
}

/// What a call-out waits for stands on a screen of 80 by 24, with the command
/// that ends the wait.
#[tokio::test(flavor = "multi_thread")]
async fn status_says_what_is_waited_for_and_what_to_type() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    let shown = |arguments: &[&str]| {
        let said = town.run(arguments);
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    let trigger = |arguments: &[&str]| {
        let accepted = town.json(&[&["trigger"], arguments].concat());
        accepted["call_outs"][0].as_str().unwrap().to_owned()
    };
    let incident = ["security-incident", "--effect", "work-hindered"];
    let id = trigger(&incident);
    let waits = shown(&["status", &id]);
    for words in [
        "判断待ち decision wanted: まちづくり振興課長 … ",
        &format!("→ muster decide {id} muster|handle-in-section --by PERSON"),
    ] {
        assert!(waits.contains(words), "{words}: {waits}");
    }
    let decide = ["decide", &id, "muster", "--by", "it-manager"];
    assert!(town.run(&decide).status.success());
    let decided = shown(&["status", &id]);
    assert!(decided.contains("判断 decided: 集まる muster（まちづくり振興課長"));
    assert!(!decided.contains("→ muster decide"), "{decided}");
    let flood = trigger(&["wind-flood", "--posture", "3", "--ordered-by", "mayor"]);
    let held = shown(&["status", &flood]);
    let words = format!("→ muster confirm {flood}   muster cancel {flood}");
    assert!(
        held.contains("確認番号 digest ") && held.contains(&words),
        "{held}"
    );
    assert!(town.run(&["confirm", &flood]).status.success());
    let later = ["grow", &id, "withdrawn"];
    assert!(town.run(&later).status.success());
    let waits = shown(&["status", &id]);
    assert!(
        waits.contains(&format!("まで: muster cancel {id}")),
        "{waits}"
    );
    let quake = trigger(&["earthquake", "--intensity", "5-"]);
    for id in [&id, &flood, &quake] {
        let whole = shown(&["status", id, "--all"]);
        let named = ["兼務の衝突", "の両方に招集されています"];
        assert!(named.iter().any(|said| whole.contains(said)), "{whole}");
        let screen = shown(&["status", id]);
        assert!(screen.lines().count() <= 24, "{screen}");
    }
    assert!(shown(&["status", &id, "--all"]).contains("招集 called"));
    let all = shown(&["status"]);
    assert!(all.contains("→代理案") || all.contains("→空いている代理なし"));
}

/// A rule that waits for people says for whom, in which order and how long.
#[test]
fn explain_says_whose_word_is_waited_for() {
    let town = Town::new(1);
    let said = |arguments: &[&str]| {
        let told = town.run(&[&["explain"], arguments].concat());
        String::from_utf8_lossy(&told.stdout).into_owned()
    };
    let asked = said(&["security-incident", "--effect", "work-hindered"]);
    for words in [
        "情報システム責任者（まちづくり振興課長） → 情報システム統括責任者（副町長） → 町長",
        "返事がなければ10分後に次の人へ / the next after 10 min without a word",
        "課内で対応なら1時間後に改めて確かめます",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    let small = said(&["security-incident", "--effect", "small"]);
    assert!(small.contains("はじめは課内で対応、3時間後"), "{small}");
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let second = rules.replace(
        "confirm = { hold = \"60s\" }",
        "confirm = { second_person = \"10m\" }",
    );
    town.write("rules.toml", &second);
    let flood = said(&["wind-flood", "--posture", "3", "--ordered-by", "mayor"]);
    assert!(
        flood.contains("別の人の確認を待ちます（600 秒ごとに警報）"),
        "{flood}"
    );
}

/// Hung beside the telephone: with several call-outs the list lives on, and
/// shows the next one by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_list_goes_on_when_more_is_called() {
    use std::io::BufRead;
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    let started = |arguments: &[&str]| {
        let started = town.json(arguments);
        started["call_outs"][0].as_str().unwrap().to_owned()
    };
    let first = started(&["trigger", "earthquake", "--intensity", "4"]);
    let second = started(&["trigger", "security-incident", "--effect", "work-hindered"]);
    let mut command = town.command(&["status", "--watch"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |id: &str| lines.by_ref().any(|line| line.unwrap().contains(id));
    assert!(until(&first) || until(&second));
    let drill = town.json(&[
        "drill",
        "start",
        "contact",
        "--force",
        "--reason",
        "並行の確認",
    ]);
    let drill = drill["call_out"].as_str().unwrap().to_owned();
    assert!(until(&drill), "it ended before the drill was shown");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A gateway takes nothing for now, and the mail has arrived: the table says so in
/// Japanese, and what is still tried hides nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_still_tried_does_not_hide_the_one_that_has_arrived() {
    let server = SmtpServer::start(Script::new()).await;
    let busy = hook::Script::new().always(hook::Answer::status(503));
    let gateway = HookServer::start(busy).await;
    let town = Town::new(server.port);
    let mut config = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let url = gateway.url();
    config.push_str(&format!(
        "[[webhook]]\nname = \"voice-gateway\"\nurl = \"{url}\"\n"
    ));
    town.write("muster.toml", &config);
    let daemon = town.serve();
    let id = daemon.earthquake();
    server.mail(1).await;
    gateway.post(1).await;
    // What is taken is kept a moment later.
    let shown = (0..200).map(|_| town.run(&["status", &id]));
    let mut shown = shown.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let is_it = |shown: &String| shown.contains("メール 送信済み、voice");
    assert!(
        shown.any(|shown| is_it(&shown)),
        "{:?}",
        town.run(&["status", &id])
    );
}
