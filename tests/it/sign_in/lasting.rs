//! How long a session lasts, and what ends it.

use muster::domain::acknowledgement::Reply;
use muster::http::auth::Scope;

use super::town::{Town, settings};

/// A shift, and not a second longer.
#[tokio::test]
async fn a_session_lasts_a_shift() {
    let town = Town::new().await;
    let cookie = town.signed_in("it-manager").await;
    town.world.away("11h 59m 59s");
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
    town.world.away("1s");
    assert!(town.get("/", &cookie).await.asks_to_sign_in());
}

/// A word that is sent when the session is over is not taken, and the page
/// says so.
#[tokio::test]
async fn a_word_after_the_session_is_refused_aloud() {
    let town = Town::new().await;
    let cookie = town.signed_in("it-manager").await;
    let id = town.world.earthquake("5-").await.remove(0);
    let mark = town.get("/", &cookie).await.mark();
    town.world.away("12h");
    let path = format!("/call-outs/{id}/stand-down");
    let form = format!("mark={mark}&reason=end&confirmed=yes");
    let late = town.post(&path, &cookie, &form).await;
    assert_eq!(late.status, 401);
    assert!(late.asks_to_sign_in(), "{}", late.body);
    for words in ["何も行われていません", "nothing was done"] {
        assert!(late.body.contains(words), "{}", late.body);
    }
    assert!(town.world.see(&id).await.state.is_live());
    let page = town.get("/", &cookie).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("何も行われていません"), "{}", page.body);
}

/// Whoever watches a call-out live sees no more once their token is taken out.
#[tokio::test]
async fn a_live_stream_ends_with_its_token() {
    use futures_util::StreamExt as _;
    use tower::ServiceExt as _;
    let town = Town::new().await;
    let id = town.world.earthquake("5-").await.remove(0);
    let request = axum::http::Request::get(format!("/api/v1/call-outs/{id}/stream"))
        .header("Authorization", "Bearer duty")
        .body(axum::body::Body::empty());
    let router = muster::http::router(town.app.clone());
    let response = router.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut stream = response.into_body().into_data_stream();
    let mut seen = String::new();
    let mut batch = async |seen: &mut String| {
        seen.clear();
        while !seen.contains("event: counts") {
            let frame = stream.next().await.unwrap().unwrap();
            seen.push_str(std::str::from_utf8(&frame).unwrap());
        }
    };
    batch(&mut seen).await;
    town.world.answer(&id, "it-1", Reply::Coming).await;
    while !seen.contains("情報システム担当職員1: 参集できる") {
        batch(&mut seen).await;
    }
    let mut without = settings("https://muster.example.jp");
    without.tokens.remove(0);
    town.app.reload(without);
    town.world.answer(&id, "it-2", Reply::Coming).await;
    while let Some(frame) = stream.next().await {
        let frame = frame.unwrap();
        let text = std::str::from_utf8(&frame).unwrap();
        assert!(!text.contains("情報システム担当職員2"), "{text}");
    }
}

/// A cookie of a session that there is not is none.
#[tokio::test]
async fn a_forged_cookie_is_none() {
    let town = Town::new().await;
    let cookie = town.signed_in("construction-manager").await;
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
    let last = cookie.chars().last().unwrap();
    let other = if last == 'A' { 'E' } else { 'A' };
    for forged in [
        cookie.replace('=', "=x"),
        format!("{cookie}A"),
        format!("{}{other}", &cookie[..cookie.len() - 1]),
        "muster_session=".to_owned(),
        format!("muster_session={}", "x".repeat(4000)),
    ] {
        assert_ne!(forged, cookie);
        assert!(town.get("/", &forged).await.asks_to_sign_in(), "{forged}");
    }
}

/// Whoever reads a backup has the key of the links and everything that is kept of the
/// sessions. Neither makes a cookie of it.
#[tokio::test]
async fn what_a_backup_holds_makes_no_session() {
    let town = Town::new().await;
    let cookie = town.signed_in("it-manager").await;
    let until = town.world.clock.now() + jiff::SignedDuration::from_hours(12);
    let mut signed = until.as_second().to_be_bytes().to_vec();
    signed.extend(b"it-manager\0it-manager@example.jp");
    let tag = |purpose| town.world.engine.keys().tag(purpose, &signed);
    let mut forged = ["board session of a person", "board session"]
        .map(|purpose| format!("{}.{}.person:it-manager", until.as_second(), tag(purpose)))
        .to_vec();
    let kept = std::fs::read_to_string(town.sessions()).unwrap_or_default();
    forged.extend(kept.split_whitespace().map(str::to_owned));
    for value in forged {
        let forged = format!("muster_session={value}");
        assert!(town.get("/", &forged).await.asks_to_sign_in(), "{value}");
    }
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
}

/// Signing out ends the session, wherever its cookie was copied to, also over a
/// restart; and no other session of the same person.
#[tokio::test]
async fn signing_out_ends_this_session_alone() {
    let mut town = Town::new().await;
    let cookie = town.signed_in("it-manager").await;
    town.world.away("1m");
    let other = town.signed_in("it-manager").await;
    let mark = town.get("/", &cookie).await.mark();
    let out = town
        .post("/sign-out", &cookie, &format!("mark={mark}"))
        .await;
    assert_eq!(out.status, 303);
    for _ in 0..2 {
        assert!(town.get("/", &cookie).await.asks_to_sign_in());
        let late = town
            .post("/sign-out", &cookie, &format!("mark={mark}"))
            .await;
        assert_eq!(late.status, 401);
        assert!(!town.get("/", &other).await.asks_to_sign_in());
        town.restart();
    }
}

/// Of one token or person sixty-four sessions are kept: whoever signs in again and
/// again fills nothing, and what ends first goes first.
#[tokio::test]
async fn the_sessions_of_one_token_are_bounded() {
    let town = Town::new().await;
    let manager = town.signed_in("it-manager").await;
    let mut cookies = Vec::new();
    for _ in 0..65 {
        town.world.away("1s");
        let signed_in = town.post("/sign-in", "", "token=duty").await;
        cookies.push(signed_in.cookie());
    }
    assert!(town.get("/", &cookies[0]).await.asks_to_sign_in());
    for cookie in [&cookies[1], &cookies[64], &manager] {
        assert!(!town.get("/", cookie).await.asks_to_sign_in());
    }
    let kept = std::fs::read_to_string(town.sessions()).unwrap();
    assert_eq!(kept.lines().count(), 65, "{kept}");
}

/// Nobody else on the machine reads the file. Where it cannot be written, as on a full
/// disk, people are let in all the same.
#[tokio::test]
async fn a_session_holds_where_it_cannot_be_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut town = Town::new().await;
    let kept = town.signed_in("it-manager").await;
    let mode = std::fs::metadata(town.sessions()).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let draft = format!(".sessions.{}.new", std::process::id());
    let in_the_way = town.sessions().with_file_name(draft);
    std::fs::create_dir(&in_the_way).unwrap();
    let cookie = town.signed_in("construction-manager").await;
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
    town.restart();
    assert!(town.get("/", &cookie).await.asks_to_sign_in());
    assert!(!town.get("/", &kept).await.asks_to_sign_in());
}

/// A person may do what the operator gave, and no more; what is taken away is
/// gone at the next request.
#[tokio::test]
async fn the_operator_takes_a_scope_away() {
    let town = Town::new().await;
    let cookie = town.signed_in("it-manager").await;
    let id = town.world.earthquake("5-").await[0].clone();
    let stand_down = format!("/api/v1/call-outs/{id}/stand-down");
    let looker = town.signed_in("construction-manager").await;
    let word = r#"{"reason":"確認のため"}"#;
    let refused = town.send_json(&stand_down, &looker, word).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("[[sign_in]]"), "{}", refused.body);
    let mut less = settings("https://muster.example.jp");
    less.sign_ins[0].scopes = vec![Scope::Read];
    town.app.reload(less);
    assert_eq!(town.send_json(&stand_down, &cookie, word).await.status, 403);
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
    let mut none = settings("https://muster.example.jp");
    none.sign_ins.remove(0);
    town.app.reload(none);
    assert!(town.get("/", &cookie).await.asks_to_sign_in());
    assert_eq!(town.send_json(&stand_down, &cookie, word).await.status, 401);
    assert!(!town.get("/", &looker).await.asks_to_sign_in());
}

/// The roster takes away the post, the address that the link went to, or the
/// person: the session ends, and so does a link that was not used.
#[tokio::test]
async fn the_roster_takes_a_person_away() {
    let mut town = Town::new().await;
    let before = town.world.plan().clone();
    let cookie = town.signed_in("it-manager").await;
    town.world.away("1m");
    let link = town.link("it-manager").await;
    for number in 0..3 {
        town.world
            .change(|plan| match number {
                0 => plan.roster.posts["it-manager"].holders = vec!["it-1".into()],
                1 => {
                    let contacts = &mut plan.roster.people["it-manager"].contacts;
                    contacts[0].address = "new@example.jp".into();
                }
                _ => {
                    plan.roster.people.shift_remove("it-manager");
                }
            })
            .await;
        assert!(town.get("/", &cookie).await.asks_to_sign_in(), "{number}");
        assert_eq!(town.post(&link, "", "").await.status, 404, "{number}");
        town.world.change(|plan| *plan = before.clone()).await;
        assert!(!town.get("/", &cookie).await.asks_to_sign_in(), "{number}");
    }
    assert_eq!(town.post(&link, "", "").await.status, 303);
}

/// A restart voids links that were not used, and used ones stay used; who is
/// signed in stays so.
#[tokio::test]
async fn a_restart_voids_links() {
    let mut town = Town::new().await;
    let unused = town.link("construction-manager").await;
    let used = town.link("it-manager").await;
    let cookie = town.post(&used, "", "").await.cookie();
    town.restart();
    for link in [&unused, &used] {
        let seen = town.post(link, "", "").await;
        assert_eq!(seen.status, 404);
        assert!(
            seen.body.contains("送った後にこのシステムが再起動したか"),
            "{}",
            seen.body
        );
    }
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
}
