//! Readiness over HTTP and on the command line: who may see what, and the
//! exit codes.

use axum::body::Body;
use axum::http::Request;
use muster::domain::id::CallOutId;
use muster::http::auth::{Scope, Token};
use muster::http::{App, Settings, router};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::support::daemon::{READER, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};
use crate::support::world::World;

/// Asks the town's HTTP side; status and body.
pub(crate) async fn get(world: &World, path: &str, token: &str) -> (u16, String) {
    let token_of = |name: &str, scopes: &[Scope]| Token {
        name: name.to_owned(),
        sha256: Sha256::digest(name).into(),
        scopes: scopes.to_vec(),
        person: None,
    };
    let settings = Settings {
        tokens: vec![
            token_of("reader", &[Scope::Read]),
            token_of("admin", &[Scope::Read, Scope::Admin]),
            token_of("trigger", &[Scope::Trigger]),
        ],
        sign_ins: Vec::new(),
        public_url: "https://muster.example.jp".to_owned(),
    };
    let app = App::new(world.engine.clone(), settings).unwrap();
    let request = Request::get(path)
        .header("Authorization", format!("Bearer {token}"))
        .header("Accept-Language", "ja")
        .body(Body::empty())
        .unwrap();
    let response = router(app).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn json(world: &World, path: &str, token: &str) -> Value {
    let (status, body) = get(world, path, token).await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// A town in which one address turned out to be no more, the morning after.
async fn morning() -> World {
    let world = World::example().await;
    world.bounce(&world.address("it-1"));
    world.earthquake("5-").await;
    world.advance("7h").await;
    world
}

/// Reading needs the scope `read`; an address needs `admin`.
#[tokio::test]
async fn addresses_are_for_administrators_alone() {
    let world = morning().await;
    assert_eq!(get(&world, "/api/v1/readiness", "wrong").await.0, 401);
    assert_eq!(get(&world, "/api/v1/readiness", "trigger").await.0, 403);
    let reader = json(&world, "/api/v1/readiness", "reader").await;
    assert!(!reader.to_string().contains("@example.jp"), "{reader}");
    let admin = json(&world, "/api/v1/readiness", "admin").await;
    let found = &admin["findings"][0];
    assert_eq!(found["address"], "it-1@example.jp");
    assert_eq!(found["finding"], "bounced");
    assert_eq!(found["severity"], "minor");
    assert_eq!(found["person"], "it-1");
    assert_eq!(found["since"], "2026-11-24T03:00:00+09:00");
    assert!(found["ja"].as_str().unwrap().contains("連絡先1（メール）"));
    assert_eq!(
        (&admin["ready"], &admin["bounces_known"], &admin["minor"]),
        (&Value::from(true), &Value::from(true), &Value::from(1))
    );
}

/// A notice stands in the list of call-outs only for who asks for it.
#[tokio::test]
async fn the_list_shows_notices_only_when_asked() {
    let world = morning().await;
    let ids = |list: &Value| -> Vec<String> {
        let list = list["call_outs"].as_array().unwrap().iter();
        list.map(|call_out| call_out["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let usual = json(&world, "/api/v1/call-outs", "reader").await;
    assert_eq!(ids(&usual), ["earthquake"]);
    let all = json(&world, "/api/v1/call-outs?notices=true", "reader").await;
    // Both notices are of one instant.
    let mut kinds = ids(&all);
    kinds.sort_unstable();
    assert_eq!(kinds, ["alarm", "earthquake", "readiness"]);
    let open = json(&world, "/api/v1/call-outs?open=true&notices=true", "reader").await;
    assert_eq!(ids(&open), ["earthquake"]);
    let all = all["call_outs"].as_array().unwrap();
    let notice = all.iter().find(|call_out| call_out["kind"] == "readiness");
    let notice = notice.unwrap()["id"].as_str().unwrap();
    let seen = json(&world, &format!("/api/v1/call-outs/{notice}"), "reader").await;
    assert_eq!(seen["state"], "closed");
    assert_eq!(seen["counts"]["called"], 0);
}

/// The board has one line of it and the findings; the notice is no card.
#[tokio::test]
async fn the_board_says_it_in_one_line() {
    let world = morning().await;
    let (status, page) = get(&world, "/", "reader").await;
    assert_eq!(status, 200);
    assert!(page.contains("名簿点検: 1件（うち重大0件）"), "{page}");
    assert!(page.contains("情報システム担当職員1: 連絡先1"), "{page}");
    assert!(!page.contains("it-1@example.jp"), "{page}");
    let listed = world.engine.store().with_notices(10).await.unwrap();
    assert!(!page.contains(listed[0].id.as_str()), "{page}");
    let quiet = World::example().await;
    quiet.turn().await;
    let (_, page) = get(&quiet, "/", "reader").await;
    assert!(page.contains("名簿点検: 1件（うち重大0件）"), "{page}");
    assert!(page.contains("この1年に届いた証拠"), "nobody is proved");
}

/// A notice's own page, and a link made for its message, ask for nothing.
#[tokio::test]
async fn a_notice_asks_for_nothing() {
    let world = morning().await;
    let listed = world.engine.store().with_notices(10).await.unwrap();
    let notice: &CallOutId = &listed[0].id;
    let (status, page) = get(&world, &format!("/call-outs/{notice}"), "reader").await;
    assert_eq!(status, 200);
    assert!(!page.contains("緊急参集"), "{page}");
    let kept = world.engine.store().load(notice).await.unwrap().unwrap();
    let token = muster::message::token::token(world.engine.keys(), kept.notifications[0].id);
    let (status, page) = get(&world, &format!("/a/{token}"), "reader").await;
    assert_eq!(status, 404, "{page}");
}

/// Nobody outside tells such an event, or takes its key.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_tells_it() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    for (body, word) in [
        (r#"{"kind":"readiness"}"#, "readiness"),
        (
            r#"{"kind":"earthquake","intensity":"4","key":"readiness:2026-11-25"}"#,
            "own events",
        ),
    ] {
        let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(body));
        assert_eq!(status, 422, "{answer}");
        assert!(answer.contains(word), "{answer}");
    }
    let (status, answer) = daemon.call("GET", "/api/v1/readiness", Some(READER), None);
    assert_eq!(status, 200, "{answer}");
}

/// Without a daemon the files are looked at, and that bounces are unknown is
/// said; serious findings end with 1.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_has_its_exit_codes() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let alone = town.json(&["check", "--readiness"]);
    assert_eq!(alone["bounces_known"], false);
    // This town has the example's people and none of its webhooks.
    assert_eq!(alone["findings"][0]["finding"], "absent-webhook");
    let said = town.run(&["check", "--readiness"]);
    assert_eq!(said.status.code(), Some(0));
    let words = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(words.contains("[注意] webhook「voice-gateway」"), "{words}");
    assert!(words.contains("デーモンに聞けないため"), "{words}");
    let daemon = town.serve();
    let asked = town.json(&["check", "--readiness"]);
    assert_eq!(asked["bounces_known"], true);
    // What the plan wants stands there whether or not anything is amiss.
    assert_eq!(asked["drills"][1]["what"], "tabletop_or_recovery");
    assert_eq!(
        alone["drills"],
        serde_json::Value::Null,
        "who knows what was held?"
    );
    let said = town.run(&["check", "--readiness"]);
    let words = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(words.contains("今年度の訓練"), "{words}");
    let due = "机上訓練かシステム復旧訓練（D1・D3）（年度ごと）：";
    assert!(words.contains(due), "{words}");
    drop(daemon);
    let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    let mute = roster.replace("contacts = [{ email = \"health-1@example.jp\" }]\n", "");
    assert_ne!(roster, mute);
    town.write("roster.toml", &mute);
    let said = town.run(&["--lang", "en", "check", "--readiness"]);
    assert_eq!(said.status.code(), Some(1));
    let words = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        words.contains("[Serious] Health and welfare staff 1: there is no contact"),
        "{words}"
    );
    let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(complaint.contains("1 serious"), "{complaint}");
    town.write("roster.toml", "nonsense");
    let broken = town.run(&["check", "--readiness"]);
    assert_eq!(broken.status.code(), Some(3));
}
