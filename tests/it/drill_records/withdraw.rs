//! A record that was a mistake is taken back in words, and can be written down
//! anew.

use serde_json::{Value, json};

use crate::support::daemon::{READER, Served, TOKEN, Town, said};
use crate::support::smtp::{Script, SmtpServer};

const PATH: &str = "/api/v1/drill-records";

fn post(daemon: &Served, path: &str, body: &Value, token: &str) -> (u16, Value) {
    let (status, answer) = daemon.call("POST", path, Some(token), Some(&body.to_string()));
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

fn body() -> Value {
    json!({ "kind": "tabletop", "date": "2026-06-12", "participants": ["it-1"], "title": "停電" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_taken_back_with_a_reason_and_written_down_anew() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = post(&daemon, PATH, &body(), TOKEN).1["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{PATH}/{id}/withdraw");
    let why = json!({ "reason": "日付の誤り" });
    for (path, body, token, status, word) in [
        (&*path, &why, READER, 403, "drill"),
        (&*path, &json!({ "reason": " " }), TOKEN, 422, "say why"),
        (&*path, &json!({}), TOKEN, 422, "reason"),
        (
            &*format!("{PATH}/r-none/withdraw"),
            &why,
            TOKEN,
            404,
            "no record",
        ),
    ] {
        let (is, said) = post(&daemon, path, body, token);
        assert_eq!(is, status, "{said}");
        assert!(said["detail"].as_str().unwrap().contains(word), "{said}");
    }
    let (status, taken) = post(&daemon, &path, &why, TOKEN);
    assert_eq!(
        (status, &taken["duplicate"]),
        (200, &json!(false)),
        "{taken}"
    );
    assert_eq!(taken["withdrawn"]["reason"], "日付の誤り");
    assert_eq!(taken["withdrawn"]["by"], taken["by"]);
    let (_, again) = post(&daemon, &path, &json!({ "reason": "別" }), TOKEN);
    assert_eq!(again["duplicate"], true);
    assert_eq!(
        again["withdrawn"], taken["withdrawn"],
        "what was said first"
    );

    // The same drill, written down anew, is another record, kept once.
    let (status, anew) = post(&daemon, PATH, &body(), TOKEN);
    assert_eq!(status, 201, "{anew}");
    assert_ne!(anew["record"], id);
    assert_eq!(anew["withdrawn"], Value::Null);
    let (status, same) = post(&daemon, PATH, &body(), TOKEN);
    assert_eq!((status, &same["record"]), (200, &anew["record"]));

    let year = |form: &str| {
        let path = format!("/api/v1/drill-years/2026/report?format={form}");
        daemon.call("GET", &path, Some(READER), None).1
    };
    assert_eq!(year("csv").matches("停電").count(), 1, "what counts");
    let page = year("html");
    for word in ["日付の誤り。実施に数えません。", "It does not count."] {
        assert!(page.contains(word), "{word} is not in {page}");
    }
    let year: Value = serde_json::from_str(&year("json")).unwrap();
    assert_eq!(year["records"][0]["withdrawn"]["reason"], "日付の誤り");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_a_record_back() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = post(&daemon, PATH, &body(), TOKEN).1["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let withdraw = ["drill", "withdraw", &id, "--reason", "日付の誤り"];
    let (out, remark) = said(&town.run(&withdraw));
    assert!(
        out.contains(&format!("記録を取り下げました: {id}")) && out.contains("日付の誤り"),
        "{out}{remark}"
    );
    let (out, _) = said(&town.run(&withdraw));
    assert!(out.contains("すでに取り下げられています"), "{out}");
    let (out, _) = said(&town.run(&["drill", "records", "--year", "2026"]));
    assert!(out.contains("取下げ withdrawn: 日付の誤り"), "{out}");
    let none = town.run(&["drill", "withdraw", "r-none", "--reason", "x"]);
    assert!(!none.status.success());
    assert!(said(&none).1.contains("muster drill records"), "{none:?}");
}

/// A body that is larger than all files together may be is not read to its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_in_words() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let mut large = body();
    large["files"] = json!([{ "name": "minutes.pdf", "content": "A".repeat(15 << 20) }]);
    let (status, answer) = post(&daemon, PATH, &large, TOKEN);
    assert_eq!(status, 413, "{answer}");
    assert!(
        answer["detail"].as_str().unwrap().contains("10 MiB"),
        "{answer}"
    );
    assert!(answer["detail_ja"].as_str().unwrap().contains("10 MiB"));
    let (_, found) = daemon.call("GET", &format!("{PATH}?year=2026"), Some(READER), None);
    assert!(found.contains("\"records\":[]"), "{found}");
}
