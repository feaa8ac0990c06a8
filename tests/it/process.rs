//! A few stories on the real process: killed, restarted, signalled.

use serde_json::Value;

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::SmtpServer;

const EARTHQUAKE: &str = r#"{"kind":"earthquake","intensity":"5-","key":"night"}"#;

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Killed at the instant of the answer, twenty times over: what was answered
/// is there at the next start, once, and its mails go out.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_instant_loses_nothing() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let mut accepted = Vec::new();
    for round in 0..20 {
        let daemon = town.serve();
        let body =
            format!(r#"{{"kind":"security-incident","effect":"residents","key":"round {round}"}}"#);
        let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(&body));
        assert_eq!(status, 202, "{answer}");
        accepted.push(parse(&answer)["call_outs"][0].as_str().unwrap().to_owned());
        daemon.kill();
    }
    let daemon = town.serve();
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    let list = parse(&list);
    let kept: Vec<&str> = list["call_outs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|call_out| call_out["id"].as_str())
        .collect();
    assert_eq!(kept.len(), accepted.len());
    for id in &accepted {
        assert!(kept.contains(&id.as_str()), "{id} was lost");
    }
}

/// An answer that was confirmed survives a kill.
#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_answer_survives_a_kill() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let (_, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(EARTHQUAKE));
    let id = parse(&answer)["call_outs"][0].as_str().unwrap().to_owned();
    let path = format!("/api/v1/call-outs/{id}/acknowledgements");
    let body = r#"{"person":"it-1","answer":"coming","eta_minutes":30}"#;
    let (status, _) = daemon.call("POST", &path, Some(TOKEN), Some(body));
    assert_eq!(status, 200);
    daemon.kill();
    let daemon = town.serve();
    let (_, seen) = daemon.call("GET", &format!("/api/v1/call-outs/{id}"), Some(TOKEN), None);
    assert_eq!(parse(&seen)["counts"]["coming"], 1);
    let (status, again) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(EARTHQUAKE));
    assert_eq!(
        (status, parse(&again)["duplicate"].clone()),
        (200, Value::Bool(true))
    );
}

/// From the trigger on the command line to the answer on the page, over real
/// SMTP and real HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_on_the_real_process() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let accepted = town.json(&[
        "trigger",
        "earthquake",
        "--intensity",
        "5-",
        "--headline",
        "震度5弱\r\nBcc: x@example.jp",
    ]);
    let id = accepted["call_outs"][0].as_str().unwrap().to_owned();
    let mail = server.mail(1).await;
    let text = mail_parser::MessageParser::default()
        .parse(&mail.data)
        .unwrap();
    assert!(text.header_raw("Bcc").is_none());
    let text = text.body_text(0).unwrap().into_owned();
    let at = text.find("/a/").expect("the mail has a link");
    let path = text[at..].split_whitespace().next().unwrap().to_owned();
    let before = town.json(&["status", &id]);
    let (status, page) = daemon.raw("GET", &path, "Accept-Language: ja\r\n", b"");
    assert_eq!(status, 200, "{page}");
    assert!(
        page.contains("参集できる") && !page.contains("<script"),
        "{page}"
    );
    assert_eq!(
        town.json(&["status", &id])["counts"]["answered"],
        before["counts"]["answered"]
    );
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (status, page) = daemon.raw(
        "POST",
        &path,
        form,
        b"answer=cannot&note=%E9%81%93%E8%B7%AF",
    );
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("道路"), "{page}");
    let (status, _) = daemon.raw("GET", "/a/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", b"");
    assert_eq!(status, 404);
    let (status, _) = daemon.raw(
        "POST",
        &path,
        &format!("{form}Sec-Fetch-Site: cross-site\r\n"),
        b"answer=coming",
    );
    assert_eq!(status, 403);
    let done = town.json(&[
        "acknowledge",
        &id,
        "it-1",
        "--answer",
        "coming",
        "--eta",
        "30m",
    ]);
    assert_eq!(done["counts"]["coming"], 1);
    let ended = town.json(&["stand-down", &id, "--reason", "被害なし"]);
    assert_eq!(ended["state"], "stood_down");
}

/// SIGTERM: it ends by itself, in good order.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_orderly() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
}

/// After it, also while a board is open, all that was told stands in one file: whoever
/// copies that alone has a backup.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_everything_stands_in_one_file() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let watches = std::net::TcpStream::connect(daemon.url.trim_start_matches("http://")).unwrap();
    let asks = format!(
        "GET /api/v1/call-outs/{id}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {READER}\r\n\r\n"
    );
    std::io::Write::write_all(&mut &watches, asks.as_bytes()).unwrap();
    std::io::Read::read_exact(&mut &watches, &mut [0; 12]).unwrap();
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    let state = town.folder.path().join("state");
    for beside in ["-wal", "-shm"] {
        assert!(
            !state.join(format!("muster.db{beside}")).exists(),
            "{beside}"
        );
    }
    std::fs::remove_file(state.join("muster.db.lock")).unwrap();
    let _daemon = town.serve();
    assert_eq!(town.json(&["status", &id])["id"], id.as_str());
}

/// SIGHUP with a broken file: the old rules stay in force, and the log, the
/// board, the metrics and the commands say so, until a whole file is read.
/// A call-out that runs keeps the edition that it began with.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_taken_up_or_refused_in_words() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve();
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let running = town.json(&["trigger", "earthquake", "--intensity", "5-"]);
    let edition = |id: &Value| {
        let id = id["call_outs"][0].as_str().unwrap();
        town.json(&["status", id])["edition"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(edition(&running).starts_with("2 (2025-12-29)"));

    town.write("rules.toml", "this is not a rule");
    daemon.signal("-HUP");
    daemon.says("前の設定のまま動きます");
    let page = |daemon: &Served| {
        let bearer = format!("Authorization: Bearer {READER}\r\n");
        daemon.raw("GET", "/", &bearer, b"").1
    };
    let board = page(&daemon);
    assert!(board.contains("設定は受け付けられず") && board.contains("rules.toml:1"));
    assert_eq!(daemon.call("GET", "/readyz", None, None).0, 200);
    let metric = |daemon: &Served, line: &str| {
        let metrics = daemon.call("GET", "/metrics", None, None).1;
        assert!(metrics.contains(line), "{metrics}");
    };
    metric(&daemon, "muster_configuration_refused 1");
    let status = town.run(&["status"]);
    assert!(String::from_utf8_lossy(&status.stderr).contains("rules.toml:1"));
    let incident = ["trigger", "security-incident", "--effect", "residents"];
    let during = town.json(&incident);
    assert_eq!(edition(&during), edition(&running));

    town.write("rules.toml", &rules.replace("number = 2", "number = 3"));
    daemon.signal("-HUP");
    daemon.says("reloaded");
    let board = page(&daemon);
    assert!(
        !board.contains("設定は受け付けられず") && board.contains("第3版"),
        "{board}"
    );
    assert!(board.contains("／名簿 "), "{board}");
    metric(&daemon, "muster_configuration_refused 0");
    let after = town.json(&incident);
    assert!(edition(&after).starts_with("3 ("));
    assert!(edition(&running).starts_with("2 ("));
}

/// `check` and `explain` read the files, and ask the daemon what was in force
/// before: rules that changed under the same number say so.
#[tokio::test(flavor = "multi_thread")]
async fn changed_rules_are_told_before_they_are_in_force() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve();
    let check = town.json(&["check"]);
    assert_eq!(check["caveats"], Value::Array(Vec::new()));
    assert_eq!(check["in_force"], true);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &format!("{rules}\n# 追記\n"));
    let check = town.run(&["check"]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(
        check.status.success() && said.contains("番号も日付も同じです"),
        "{said}"
    );
    assert!(said.contains("not in force yet"), "{said}");
    let explained = town.json(&["explain", "earthquake", "--intensity", "4"]);
    assert_eq!(explained["caveats"][0], "changed");
    daemon.signal("-HUP");
    daemon.says("reloaded");
    let bearer = format!("Authorization: Bearer {READER}\r\n");
    let board = daemon.raw("GET", "/", &bearer, b"").1;
    for said in [
        "番号も日付も同じです",
        "approved under this number and date",
        "承認後に変更あり",
    ] {
        assert!(board.contains(said), "{said} is not on the board");
    }
    let id = town.json(&["trigger", "earthquake", "--intensity", "4"])["call_outs"][0].clone();
    let path = format!("/api/v1/call-outs/{}/timeline", id.as_str().unwrap());
    let (_, account) = daemon.call("GET", &path, Some(READER), None);
    assert!(account.contains("番号も日付も同じです"), "{account}");
    drop(daemon);
    let check = town.json(&["check"]);
    assert_eq!(check["caveats"], Value::Array(Vec::new()), "nobody to ask");
    assert_eq!(check["in_force"], Value::Null);
}

/// `check --against` shows who gained or lost which duty: against a folder
/// with the older files, and against an edition that the daemon kept.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_an_edition_is_shown_in_words() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let older = town.folder.path().join("older");
    std::fs::create_dir(&older).unwrap();
    for file in ["roster.toml", "rules.toml"] {
        std::fs::copy(town.config().join(file), older.join(file)).unwrap();
    }
    let change = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(town.config().join(file)).unwrap();
        assert!(text.contains(from), "{from}");
        town.write(file, &text.replace(from, to));
    };
    let daemon = town.serve();
    let members = "required = [\"it-manager\", \"it-1\", \"it-2\"]\ndeputies = [\"planning-1\"";
    let swapped = "required = [\"it-manager\", \"it-1\", \"planning-1\"]\ndeputies = [\"it-2\"";
    change("roster.toml", members, swapped);
    change("rules.toml", "number = 2", "number = 3");
    change(
        "rules.toml",
        "from = \"5+\", to = \"7\"",
        "from = \"6-\", to = \"7\"",
    );
    let said = |other: &str| {
        let output = town.run(&["check", "--against", other]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = said(older.to_str().unwrap());
    let (editions, tables) = text.split_once("\n\n").unwrap();
    assert!(editions.contains("2 (2025-12-29)") && editions.contains("3 (2025-12-29)"));
    insta::assert_snapshot!(tables, @"
    職員 person             役割 duty  変更 change
    情報システム担当職員2   P2 統括班  所要 第3順位 → 代理 第1順位
    まちづくり振興課 職員1  P2 統括班  代理 第1順位 → 所要 第3順位

    対象 what                   項目 part  変更 change
    規則 P1 地震 震度5強以上..  条件       震度5強から7 → 震度6弱から7
    ");
    for line in tables.lines() {
        let wide = line.chars().filter(|c| !c.is_ascii()).count();
        assert!(line.chars().count() + wide <= 80, "{line}");
    }
    let first = town.json(&["check", "--against", older.to_str().unwrap()]);
    assert_eq!(first["people"][0]["duties"][0]["change"], "moved");
    let (_, list) = daemon.call("GET", "/api/v1/editions", Some(READER), None);
    let digest = parse(&list)["editions"][0]["rules_digest"].clone();
    for name in ["2", &digest.as_str().unwrap()[..8]] {
        assert_eq!(said(name).split_once("\n\n").unwrap().1, tables, "{name}");
    }
    assert_eq!(
        town.run(&["check", "--against", "9"]).status.code(),
        Some(4)
    );
    let nowhere = town.run(&["check", "--against", "no/such/folder"]);
    assert_eq!(nowhere.status.code(), Some(2));
}

/// A second daemon on one store is refused in one sentence, and harms nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_is_refused() {
    let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let second = town.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let words = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        words.contains("another muster daemon uses the store"),
        "{words}"
    );
    assert!(!town.json(&["status"])["call_outs"].is_null());
    drop(daemon);
}

/// A slip that names a file as the socket costs nobody that file.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_takes_no_files_place() {
    use std::io::Read as _;
    let town = Town::new(1);
    let file = town.config().join("roster.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let set = format!("http.socket={}", file.display());
    let mut command = town.command(&["--set", &set, "serve"]);
    command.stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0];
    let listens = child.stdout.as_mut().unwrap().read(&mut first).unwrap() > 0;
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), before);
    assert!(!listens && words.contains("is no socket"), "{words}");
    // What a killed daemon left is one, and is replaced.
    town.serve().kill();
    town.serve();
}

/// Only a port that was left to the system is filled in, wherever else a
/// colon and a zero stand in the address of the links.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_links_is_left_as_it_is() {
    for (given, wanted) in [
        (
            "http://[2001:db8:0:1::5]:8080",
            "http://[2001:db8:0:1::5]:8080/a/",
        ),
        (
            "http://[2001:db8:0:1::5]:0",
            "http://[2001:db8:0:1::5]:PORT/a/",
        ),
        ("http://127.0.0.1:0", "http://127.0.0.1:PORT/a/"),
        ("https://muster.example.jp", "https://muster.example.jp/a/"),
    ] {
        let server = SmtpServer::start(crate::support::smtp::Script::new()).await;
        let town = Town::new(server.port);
        let set = format!("http.public_url={given}");
        let daemon = town.serve_by(town.command(&["--set", &set, "serve"]));
        daemon.earthquake();
        let mail = server.mail(1).await;
        let text = mail_parser::MessageParser::default()
            .parse(&mail.data)
            .unwrap();
        let text = text.body_text(0).unwrap().into_owned();
        let port = daemon.url.rsplit_once(':').unwrap().1;
        let wanted = wanted.replace("PORT", port);
        assert!(text.contains(&wanted), "{wanted} is not in {text}");
    }
}
