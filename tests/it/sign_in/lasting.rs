//! How long a session lasts, and what ends it.

use muster::domain::acknowledgement::Reply;
use muster::http::App;
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

/// A cookie with another's name, a later end or a token's name is none.
#[tokio::test]
async fn a_forged_cookie_is_none() {
    let town = Town::new().await;
    let cookie = town.signed_in("construction-manager").await;
    assert!(!town.get("/", &cookie).await.asks_to_sign_in());
    let (until, _) = cookie.split_once('=').unwrap().1.split_once('.').unwrap();
    let later = (until.parse::<i64>().unwrap() + 1).to_string();
    for forged in [
        cookie.replace("person:construction-manager", "person:it-manager"),
        cookie.replace("person:construction-manager", "duty"),
        cookie.replace(until, &later),
    ] {
        assert_ne!(forged, cookie);
        assert!(town.get("/", &forged).await.asks_to_sign_in(), "{forged}");
    }
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
                    contacts[0].address = "new@example.jp".to_owned();
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
    let engine = town.world.engine.clone();
    town.app = App::new(engine, settings("https://muster.example.jp")).unwrap();
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
