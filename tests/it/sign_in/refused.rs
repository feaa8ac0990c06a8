//! Who does not get in, and what they hear.

use muster::domain::rule::Selector;
use sha2::{Digest as _, Sha256};

use super::town::{Town, settings};

/// Whoever asks hears the same, and only those who may have one get a mail.
#[tokio::test]
async fn strangers_hear_the_same_and_get_nothing() {
    let town = Town::new().await;
    let known = town.wants_link("it-manager").await;
    for who in [
        "nobody",
        "nobody@example.jp",
        "health-1",
        "health-1@example.jp",
        "mayor",
        "<script>alert(1)</script>",
        &"x".repeat(5000),
    ] {
        let said = town.wants_link(who).await;
        assert_eq!((said.status, &said.body), (200, &known.body), "{who}");
    }
    let mails = town.mails().await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["it-manager@example.jp"]);
    let nothing = town.post("/sign-in/link", "", "what=it-manager").await;
    assert_eq!(
        (nothing.status, &nothing.headers["location"]),
        (303, &"/sign-in".parse().unwrap())
    );
    assert_eq!(town.get("/sign-in/link", "").await.status, 303);
}

/// An empty field is nobody's token, also where a digest of nothing stands in
/// the configuration.
#[tokio::test]
async fn nothing_is_nobodys_token() {
    let town = Town::new().await;
    let mut slip = settings("https://muster.example.jp");
    slip.tokens[0].sha256 = Sha256::digest("").into();
    town.app.reload(slip);
    for form in ["", "token=", "token=+"] {
        let refused = town.post("/sign-in", "", form).await;
        assert_eq!(refused.status, 401, "{form}");
        assert!(!refused.headers.contains_key("set-cookie"), "{form}");
    }
}

/// Where the operator lets nobody in by a link, the form is not there.
#[tokio::test]
async fn without_anybody_named_there_is_no_form() {
    let town = Town::new().await;
    let mut nobody = settings("https://muster.example.jp");
    nobody.sign_ins.clear();
    town.app.reload(nobody);
    assert!(!town.get("/sign-in", "").await.body.contains("name=\"who\""));
    town.wants_link("it-manager").await;
    assert_eq!(town.mails().await.len(), 0);
}

/// A link works for a quarter of an hour.
#[tokio::test]
async fn a_link_expires() {
    let town = Town::new().await;
    let link = town.link("it-manager").await;
    town.world.away("14m 59s");
    assert_eq!(town.get(&link, "").await.status, 200);
    town.world.away("1s");
    for late in [town.get(&link, "").await, town.post(&link, "", "").await] {
        assert_eq!(late.status, 410);
        assert!(
            late.body
                .contains("このリンクの有効期限（15分）が過ぎました。"),
            "{}",
            late.body
        );
        assert!(late.body.contains("新しいリンクを送ってください"));
        assert!(!late.headers.contains_key("set-cookie"));
    }
}

/// A link with anything changed in it is none; the real one still works.
#[tokio::test]
async fn a_forged_link_is_none() {
    let town = Town::new().await;
    let link = town.link("it-manager").await;
    let token = link.strip_prefix("/sign-in/").unwrap();
    let fields: Vec<&str> = token.splitn(4, '.').collect();
    let with = |at: usize, other: &str| {
        let mut fields = fields.clone();
        fields[at] = other;
        fields.join(".")
    };
    let later = (fields[0].parse::<i64>().unwrap() + 60).to_string();
    for forged in [
        with(0, &later),
        with(0, "later"),
        with(1, "AAAAAAAAAAAAAAAAAAAAAA"),
        with(2, fields[1]),
        with(2, ""),
        with(3, "construction-manager"),
        with(3, "nobody"),
        token[..token.len() - 1].to_owned(),
        "x".to_owned(),
        "x".repeat(1000),
    ] {
        let path = format!("/sign-in/{forged}");
        for seen in [town.get(&path, "").await, town.post(&path, "", "").await] {
            assert_eq!(seen.status, 404, "{forged}");
            assert!(
                seen.body.contains("このリンクではサインインできません"),
                "{}",
                seen.body
            );
            assert!(!seen.headers.contains_key("set-cookie"));
        }
    }
    assert_eq!(town.post(&link, "", "").await.status, 303);
}

/// One mail a minute to one person, twelve an hour; other people have theirs,
/// up to what all of them may have in an hour.
#[tokio::test]
async fn nobody_can_flood() {
    let town = Town::new().await;
    for _ in 0..5 {
        town.wants_link("it-manager").await;
        town.wants_link("it-manager@example.jp").await;
    }
    assert_eq!(town.mails().await.len(), 1);
    town.link("construction-manager").await;
    town.world.away("59s");
    town.wants_link("it-manager").await;
    assert_eq!(town.mails().await.len(), 2);
    for _ in 0..30 {
        town.world.away("1m");
        town.wants_link("it-manager").await;
        town.mails().await;
    }
    assert_eq!(town.mails().await.len(), 1 + 12);
    town.world.away("1h");
    town.link("it-manager").await;
}

/// After the clock was set back, whoever asked before it gets a link as before.
#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_out() {
    let town = Town::new().await;
    town.link("it-manager").await;
    town.world.back("9h");
    town.link("it-manager").await;
    assert_eq!(town.mails().await.len(), 2);
}

/// All together get a bounded number of mails an hour: two each, and 120.
#[tokio::test]
async fn everybody_together_cannot_flood() {
    let town = everybody_may().await;
    let people: Vec<_> = town.world.plan().roster.people.keys().cloned().collect();
    for _ in 0..10 {
        for person in &people {
            town.wants_link(person.as_str()).await;
        }
        town.mails().await;
        town.world.away("2m");
    }
    assert!(people.len() * 8 > 120, "{}", people.len());
    assert_eq!(town.mails().await.len(), 120 + 2 * people.len());
}

/// Whoever asks again and again in the names of a dozen others uses up what is
/// left for second and third tries, and nobody's first link.
#[tokio::test]
async fn a_flood_in_others_names_keeps_nobody_out() {
    let town = everybody_may().await;
    let people: Vec<_> = town.world.plan().roster.people.keys().cloned().collect();
    let (late, others) = people.split_last().unwrap();
    for _ in 0..12 {
        for person in &others[..16] {
            town.wants_link(person.as_str()).await;
        }
        town.mails().await;
        town.world.away("1m");
    }
    assert!(town.mails().await.len() < 12 * 16, "the flood is bounded");
    town.signed_in(late.as_str()).await;
}

/// A town where everybody may look.
async fn everybody_may() -> Town {
    let town = Town::new().await;
    let mut everyone = settings("https://muster.example.jp");
    everyone.sign_ins[0].who = vec![Selector::Everyone];
    town.app.reload(everyone);
    town
}

/// A form of another site does nothing, and uses nothing up; neither does one
/// that was made for another session.
#[tokio::test]
async fn other_sites_can_do_nothing() {
    let town = Town::new().await;
    let asked = town
        .post_from("/sign-in/link", "", "who=it-manager", "cross-site")
        .await;
    assert_eq!(asked.status, 403);
    assert_eq!(town.mails().await.len(), 0);
    let link = town.link("it-manager").await;
    let entered = town.post_from(&link, "", "", "cross-site").await;
    assert_eq!(entered.status, 403);
    let cookie = town.post(&link, "", "").await.cookie();
    let other = town.signed_in("construction-manager").await;
    let mark = town.get("/", &cookie).await.mark();
    let others = town.get("/", &other).await.mark();
    for wrong in ["", "x", &others] {
        let refused = town
            .post("/sign-out", &cookie, &format!("mark={wrong}"))
            .await;
        assert_eq!(refused.status, 403, "{wrong}");
        assert!(!refused.headers.contains_key("set-cookie"));
    }
    let out = town
        .post("/sign-out", &cookie, &format!("mark={mark}"))
        .await;
    assert_eq!(out.status, 303);
    let cleared = out.headers["set-cookie"].to_str().unwrap();
    assert!(
        cleared.starts_with("muster_session=;") && cleared.contains("Max-Age=0"),
        "{cleared}"
    );
}
