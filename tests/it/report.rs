//! The report from outside: over HTTP, on the command line, as files.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::daemon::{READER, Served, TOKEN, Town, said};
use crate::support::smtp::{Script, SmtpServer};

/// An answer's head.
fn head(daemon: &Served, path: &str) -> String {
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let (_, head, _) = daemon.whole("GET", path, &token, b"");
    head.to_lowercase()
}

/// Whoever may read has it without addresses, an administrator with them;
/// what is unknown is refused in a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_for_who_may_read() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let path = format!("/api/v1/call-outs/{id}/report");
    let (status, answer) = daemon.call("GET", &path, None, None);
    assert_eq!(status, 401, "{answer}");
    for (form, word) in [
        ("html", "<!doctype html>"),
        ("csv", "職員番号 Person"),
        ("xlsx", "xl/charts/chart1.xml"),
        ("json", "\"never_reached\""),
    ] {
        let path = format!("{path}?format={form}");
        let (status, told) = daemon.call("GET", &path, Some(READER), None);
        assert_eq!(status, 200, "{told}");
        assert!(told.contains(word), "{form}: {told}");
        assert!(!told.contains("it-1@example.jp"), "{form}: {told}");
    }
    let csv = format!("{path}?format=csv");
    let (_, told) = daemon.call("GET", &csv, Some(TOKEN), None);
    assert!(told.contains("it-1@example.jp"), "{told}");
    for (path, status, word) in [
        (format!("{path}?format=pdf"), 422, "html, csv, xlsx or json"),
        (
            "/api/v1/call-outs/none/report".to_owned(),
            404,
            "there is no call-out none",
        ),
        (
            "/api/v1/drills/none/report".to_owned(),
            404,
            "there is no drill none",
        ),
    ] {
        let (is, answer) = daemon.call("GET", &path, Some(READER), None);
        assert_eq!(is, status, "{answer}");
        assert!(answer.contains(word), "{answer}");
    }
}

/// Each form says what it is and what its file is called, and the page may
/// have its own style and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_says_what_it_is() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let drill = town.json(&["drill", "list"])["drills"][0]["name"].clone();
    let drill = drill.as_str().unwrap();
    let unrun = town.run(&["report", drill, "--format", "json"]);
    assert_eq!(unrun.status.code(), Some(4), "{unrun:?}");
    assert!(said(&unrun).1.contains("has not been run yet"), "{unrun:?}");
    let run =
        town.json(&["drill", "start", drill, "--force", "--reason", "並行の確認"])["call_out"]
            .clone();
    let run = run.as_str().unwrap();

    let path = format!("/api/v1/call-outs/{id}/report?format=");
    let page = head(&daemon, &format!("{path}html"));
    assert!(
        page.contains("content-type: text/html; charset=utf-8"),
        "{page}"
    );
    let named = format!("inline; filename=\"muster-report-{id}.html\"");
    assert!(page.contains(&named), "{page}");
    assert!(
        page.contains("default-src 'none'; style-src 'sha256-"),
        "{page}"
    );
    let csv = head(&daemon, &format!("{path}csv"));
    assert!(
        csv.contains("content-type: text/csv; charset=utf-8"),
        "{csv}"
    );
    assert!(csv.contains("attachment; filename="), "{csv}");
    let book = head(
        &daemon,
        &format!("/api/v1/drills/{drill}/report?format=xlsx"),
    );
    assert!(book.contains("spreadsheetml.sheet"), "{book}");
    // 訓練報告
    let coded = "filename*=utf-8''%e8%a8%93%e7%b7%b4%e5%a0%b1%e5%91%8a-";
    assert!(book.contains(&format!("muster-drill-{run}.xlsx")), "{book}");
    assert!(book.contains(coded), "{book}");
    let told = town.json(&["report", drill]);
    assert_eq!(told["call_out"], *run);
    assert_eq!(told["drill"], true);
}

/// Piped it is the page; with a file's name it is what the name says, for
/// nobody else to read; without a daemon it says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_what_is_asked_for() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let piped = town.run(&["report", &id]);
    let (page, remark) = said(&piped);
    assert!(piped.status.success(), "{remark}");
    assert!(page.starts_with("<!doctype html>") && remark.is_empty());
    assert!(
        page.contains("参集報告") && !page.contains("DRILL 訓練"),
        "{page}"
    );

    let file = town.folder.path().join("report.xlsx");
    let written = town.run(&["report", &id, "--out", file.to_str().unwrap()]);
    assert!(written.status.success(), "{written:?}");
    let book = std::fs::read(&file).unwrap();
    assert!(book.starts_with(b"PK"), "a workbook");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(said(&written).1.contains(file.to_str().unwrap()));
    assert_eq!(town.json(&["report", &id])["call_out"], *id);
    let lines = said(&town.run(&["report", &id, "--format", "csv"])).0;
    assert!(
        lines.starts_with('\u{feff}') && lines.lines().count() > 10,
        "{lines}"
    );

    let both = town.run(&["--json", "report", &id, "--format", "csv"]);
    assert_eq!(both.status.code(), Some(2), "{both:?}");
    let outside = town.run(&["report", "../muster"]);
    assert_eq!(outside.status.code(), Some(2), "{outside:?}");
    let unknown = town.run(&["report", "20200101-none"]);
    assert_eq!(unknown.status.code(), Some(4), "{unknown:?}");
    let folder = town.run(&["report", &id, "--out", "/proc/none/report.csv"]);
    assert_eq!(folder.status.code(), Some(1), "{folder:?}");
    drop(daemon);
    let alone = town.run(&["report", &id]);
    assert_eq!(alone.status.code(), Some(5), "{alone:?}");
}

/// A terminal is spared what is not for it, with the words to type instead.
#[test]
fn a_terminal_is_not_given_a_workbook() {
    let town = Town::new(1);
    let config = town.config();
    for arguments in [
        ["20261124-k7qm", "--format", "xlsx"],
        ["20261124-k7qm", "--format", "html"],
    ] {
        let mut command = vec![env!("CARGO_BIN_EXE_muster"), "--config"];
        command.extend([config.to_str().unwrap(), "report"]);
        command.extend(arguments);
        let task = json!({ "command": command, "dialogue": [] });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/terminal.py");
        let mut person = Command::new("python3")
            .arg(script)
            .env_remove("MUSTER_CONFIG")
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut typed = person.stdin.take().unwrap();
        typed.write_all(task.to_string().as_bytes()).unwrap();
        drop(typed);
        let output = person.wait_with_output().unwrap();
        let talk: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(talk["code"], 2, "{talk}");
        let advice = format!("--out muster-20261124-k7qm.{}", arguments[2]);
        assert!(talk["seen"].as_str().unwrap().contains(&advice), "{talk}");
    }
}
