//! A person's own contacts, and what they report of them.

use muster::domain::contact_change::{Kind, MOST_OPEN};
use serde_json::Value;

use crate::sign_in::town::{Seen, Town};

pub(super) const PERSON: &str = "general-affairs-1";

/// The path of a link to somebody's contacts, as an administrator hands it
/// over.
pub(super) async fn link(town: &Town, person: &str) -> String {
    let path = format!("/api/v1/roster/people/{person}/contacts/link");
    let made = town.call(&path, "duty", "{}").await;
    assert_eq!(made.status, 200, "{}", made.body);
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let link = made["link"].as_str().unwrap();
    link[link.find("/my-contacts/").unwrap()..].to_owned()
}

/// What the forms of the first contact carry.
pub(super) fn mark(page: &Seen) -> String {
    let (_, rest) = page.body.split_once("name=\"contact\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

pub(super) async fn open(town: &Town) -> Vec<(Kind, Option<String>)> {
    let changes = town.world.engine.store().contact_changes(None, true).await;
    let changes = changes.unwrap().into_iter();
    changes
        .map(|change| (change.proposal.kind, change.proposal.new_address))
        .collect()
}

/// Everybody sees their own; what they report waits, in words, and the roster
/// stays as it is.
#[tokio::test]
async fn a_person_reports_a_new_address() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    let page = town.get(&path, "").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains(&town.world.address(PERSON)),
        "{}",
        page.body
    );
    assert!(page.body.contains("これは招集ではありません"));
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert!(!page.body.contains("<script"));
    // Full width, as a Japanese keyboard writes it; folded as an import does.
    let form = format!(
        "what=new&contact={}&address=%EF%BD%8E%EF%BD%85%EF%BD%97%EF%BC%A0example.jp",
        mark(&page)
    );
    for _ in 0..2 {
        let said = town.post(&path, "", &form).await;
        assert_eq!(said.status, 200, "{}", said.body);
        assert!(
            said.body.contains("知らせを受け付けました"),
            "{}",
            said.body
        );
        assert!(said.body.contains("担当者の確認待ち"), "{}", said.body);
    }
    assert_eq!(
        open(&town).await,
        [(Kind::New, Some("new@example.jp".to_owned()))]
    );
    assert!(town.world.address(PERSON) != "new@example.jp");
}

/// What is no address, what stands already, and what is no report is refused
/// in words, in both languages; nothing is kept.
#[tokio::test]
async fn what_is_no_change_is_refused_in_words() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    let page = town.get(&path, "").await;
    let own = town.world.address(PERSON).replace('@', "%40");
    let mark = mark(&page);
    let cases = [
        (
            "what=new&address=a%40%40b".to_owned(),
            422,
            "宛先として使えません",
        ),
        (
            "what=new&address=a%00b%40example.jp".to_owned(),
            422,
            "宛先として使えません",
        ),
        ("what=new&address=".to_owned(), 422, "宛先として使えません"),
        (
            format!("what=new&contact={mark}&address=a%0D%0AB%40example.jp"),
            422,
            "宛先として使えません",
        ),
        (
            format!("what=new&contact={mark}&address={own}"),
            409,
            "すでにそのとおり",
        ),
        (format!("what=new&address={own}"), 409, "すでにそのとおり"),
        ("what=note&note=".to_owned(), 422, "何も書かれていません"),
        (
            format!("what=note&note={}", "a".repeat(300)),
            422,
            "文字までに",
        ),
        (
            "what=wrong&contact=forged".to_owned(),
            409,
            "もう登録されていません",
        ),
        ("what=gone".to_owned(), 409, "もう登録されていません"),
        ("what=everything".to_owned(), 422, "何を知らせるのか"),
        ("nonsense".to_owned(), 422, "何を知らせるのか"),
    ];
    for (form, status, words) in cases {
        let said = town.post(&path, "", &form).await;
        assert_eq!(said.status, status, "{form}: {}", said.body);
        assert!(said.body.contains(words), "{form}: {}", said.body);
        assert!(said.body.contains("role=\"alert\""), "{form}");
    }
    let elsewhere = town
        .post_from(&path, "", "what=note&note=x", "cross-site")
        .await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(open(&town).await, []);
}

/// So many reports of one person wait, and no more; another's are their own.
#[tokio::test]
async fn so_many_reports_wait_and_no_more() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    for number in 0..MOST_OPEN + 2 {
        let said = town
            .post(&path, "", &format!("what=note&note=n{number}"))
            .await;
        let wanted = if number < MOST_OPEN { 200 } else { 429 };
        assert_eq!(said.status, wanted, "{}", said.body);
    }
    assert_eq!(open(&town).await.len(), 5);
    let other = link(&town, "it-1").await;
    assert_eq!(town.post(&other, "", "what=note&note=x").await.status, 200);
}

/// A link opens one person's contacts, for its time, and nothing else: not an
/// answer, not a confirmation, not the board; no other link opens them.
#[tokio::test]
async fn each_link_opens_one_thing() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    let token = path.strip_prefix("/my-contacts/").unwrap();
    for other in ["/a/", "/contact/", "/sign-in/"] {
        let seen = town.get(&format!("{other}{token}"), "").await;
        assert_eq!(seen.status, 404, "{other}: {}", seen.body);
    }
    let forged = [
        token.replace(PERSON, "it-1"),
        token.replace("whole", "masked"),
        format!("9{token}"),
        format!("{token}A"),
        "x".repeat(5000),
    ];
    for token in forged {
        let seen = town.get(&format!("/my-contacts/{token}"), "").await;
        assert_eq!(seen.status, 404, "{token}: {}", seen.body);
        assert!(
            seen.body.contains("このリンクは使えません"),
            "{}",
            seen.body
        );
    }
    let quake = town.world.earthquake("5-").await.remove(0);
    let newest = town
        .world
        .engine
        .store()
        .newest_of(&quake, &"it-1".into())
        .await;
    let answer = muster::message::token::token(town.world.engine.keys(), newest.unwrap().unwrap());
    assert_eq!(town.get(&format!("/a/{answer}"), "").await.status, 200);
    for kind in ["my-contacts", "contact"] {
        let seen = town.get(&format!("/{kind}/{answer}"), "").await;
        assert_eq!(seen.status, 404, "{kind}");
    }
    let mut town = town;
    town.world
        .change(|plan| drop(plan.roster.people.shift_remove("none")))
        .await;
    town.world.advance("169h").await;
    let over = town.get(&path, "").await;
    assert_eq!(over.status, 410);
    assert!(over.body.contains("期限が過ぎました"), "{}", over.body);
}

/// The mail with the link goes to an address that was proved, and says that
/// nothing has happened; one that bounces is passed over.
#[tokio::test]
async fn the_link_is_mailed_to_the_person() {
    let town = Town::new().await;
    let path = format!("/api/v1/roster/people/{PERSON}/contacts/link");
    let sent = town.call(&path, "duty", r#"{"send":true}"#).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let sent: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(sent["sent"]["outcome"], "accepted");
    assert!(sent.get("link").is_none(), "{sent}");
    let mail = town.world.sent().pop().unwrap();
    assert_eq!(mail.to, town.world.address(PERSON));
    assert!(
        mail.body.contains("これは招集ではありません"),
        "{}",
        mail.body
    );
    assert!(mail.body.contains("/my-contacts/"), "{}", mail.body);
    for word in ["訓練", "DRILL", "緊急参集"] {
        assert!(!mail.body.contains(word), "{word}: {}", mail.body);
    }
}
