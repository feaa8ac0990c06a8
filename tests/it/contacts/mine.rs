//! A person's own contacts, and what they report of them.

use muster::domain::contact_change::{Kind, MOST_OPEN, Verdict};
use muster::domain::text::Text;
use muster::http::Amended;
use serde_json::{Value, json};

use crate::sign_in::town::{Seen, Town};

const PERSON: &str = "general-affairs-1";

/// The path of a link to somebody's contacts, as an administrator hands it
/// over.
async fn link(town: &Town, person: &str) -> String {
    let path = format!("/api/v1/roster/people/{person}/contacts/link");
    let made = town.call(&path, "duty", "{}").await;
    assert_eq!(made.status, 200, "{}", made.body);
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let link = made["link"].as_str().unwrap();
    link[link.find("/my-contacts/").unwrap()..].to_owned()
}

/// What the forms of the first contact carry.
fn mark(page: &Seen) -> String {
    let (_, rest) = page.body.split_once("name=\"contact\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn open(town: &Town) -> Vec<(Kind, Option<String>)> {
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

/// Where the link came from an address that nobody had proved, a stranger may
/// hold it: addresses are masked.
#[tokio::test]
async fn whoever_may_be_a_stranger_sees_no_address() {
    let town = super::page::asked(PERSON, "new@example.jp").await;
    let path = super::page::link(&town, "/contact/");
    let confirmed = town.post(&path, "", "word=mine").await;
    let page = confirmed.body.replace("&#x2f;", "/");
    let at = page.find("/my-contacts/").expect("it leads on");
    let mine = page[at..].split('"').next().unwrap();
    let page = town.get(mine, "").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("new@example.jp"), "{}", page.body);
    assert!(page.body.contains("n***@example.jp"), "{}", page.body);
    let said = town
        .post(mine, "", "what=new&address=third%40example.jp")
        .await;
    assert!(!said.body.contains("third@example.jp"), "{}", said.body);
}

/// The link to which the page after a confirmation leads.
async fn after_confirming(town: &Town) -> String {
    let path = super::page::link(town, "/contact/");
    let confirmed = town.post(&path, "", "word=mine").await;
    let page = confirmed.body.replace("&#x2f;", "/");
    let at = page.find("/my-contacts/").expect("it leads on");
    page[at..].split('"').next().unwrap().to_owned()
}

/// Nor what was written about their contacts, nor which the roster has: what
/// they guess is taken like everything else.
#[tokio::test]
async fn whoever_may_be_a_stranger_learns_nothing() {
    let town = super::page::asked(PERSON, "new@example.jp").await;
    let masked = after_confirming(&town).await;
    let whole = link(&town, PERSON).await;
    town.post(&whole, "", "what=note&note=private-telephone")
        .await;
    let refuse = "/api/v1/contacts/changes/1/refuse";
    let reason = json!({ "reason": "private-reason" }).to_string();
    let refused = town.call(refuse, "duty", &reason).await;
    assert_eq!(refused.status, 200, "{}", refused.body);
    let page = town.get(&whole, "").await;
    let private = ["private-telephone", "private-reason"];
    assert!(
        private.iter().all(|word| page.body.contains(word)),
        "{}",
        page.body
    );
    for seen in [
        town.get(&masked, "").await,
        town.post(&masked, "", "what=new&address=new%40example.jp")
            .await,
        town.post(&masked, "", "what=new&address=guess%40example.jp")
            .await,
    ] {
        assert_eq!(seen.status, 200, "{}", seen.body);
        assert!(
            !private.iter().any(|word| seen.body.contains(word)),
            "{}",
            seen.body
        );
    }
    assert_eq!(open(&town).await.len(), 2);
}

/// Where a report came by such a link, whoever decides on it is told so; and a
/// press alone opens no whole page.
#[tokio::test]
async fn a_report_from_an_unchecked_address_says_so() {
    const UNCHECKED: &str = "役場が確かめていないアドレスから";
    let town = super::page::asked(PERSON, "new@example.jp").await;
    let masked = after_confirming(&town).await;
    let whole = link(&town, PERSON).await;
    let entered = town.post("/sign-in", "", "token=duty").await;
    town.post(&whole, "", "what=note&note=one").await;
    let board = town.get("/people", &entered.cookie()).await;
    assert!(
        board.body.contains("one") && !board.body.contains(UNCHECKED),
        "{}",
        board.body
    );
    town.post(&masked, "", "what=note&note=two").await;
    let board = town.get("/people", &entered.cookie()).await;
    assert!(board.body.contains(UNCHECKED), "{}", board.body);
    let path = format!("/api/v1/roster/people/{PERSON}/contacts/link");
    let sent = town.call(&path, "duty", r#"{"send":true}"#).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let mailed = super::page::link(&town, "/my-contacts/");
    let page = town.get(&mailed, "").await;
    assert!(page.body.contains("n***@example.jp"), "{}", page.body);
    assert!(!page.body.contains("new@example.jp"), "{}", page.body);
}

/// A link ends with the address that it was sent to, and a printed one with
/// the contacts as they were: whoever follows in a post opens nobody's page.
#[tokio::test]
async fn a_link_ends_with_what_it_was_made_for() {
    let mut town = Town::new().await;
    let printed = link(&town, PERSON).await;
    let path = format!("/api/v1/roster/people/{PERSON}/contacts/link");
    let sent = town.call(&path, "duty", r#"{"send":true}"#).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let mailed = super::page::link(&town, "/my-contacts/");
    for path in [&printed, &mailed] {
        assert_eq!(town.get(path, "").await.status, 200, "{path}");
    }
    let add = |plan: &mut muster::domain::plan::Plan| {
        let contacts = &mut plan.roster.people.get_mut(PERSON).unwrap().contacts;
        let mut other = contacts[0].clone();
        "other@example.jp".clone_into(&mut other.address);
        contacts.push(other);
    };
    town.world.change(add).await;
    assert_eq!(town.get(&printed, "").await.status, 404);
    assert_eq!(town.get(&mailed, "").await.status, 200);
    let change = |plan: &mut muster::domain::plan::Plan| {
        let person = plan.roster.people.get_mut(PERSON).unwrap();
        "successor@example.jp".clone_into(&mut person.contacts[0].address);
    };
    town.world.change(change).await;
    for path in [&printed, &mailed] {
        let seen = town.post(path, "", "what=note&note=x").await;
        assert_eq!(seen.status, 404, "{path}");
    }
    assert_eq!(open(&town).await, []);
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

/// Whoever has the scope accepts or declines, once; its person reads it.
#[tokio::test]
async fn the_word_on_a_report_is_given_once() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    town.post(&path, "", "what=note&note=one").await;
    town.post(&path, "", "what=note&note=two").await;
    let store = town.world.engine.store();
    let changes = store.contact_changes(None, true).await.unwrap();
    let at = |index: usize| format!("/api/v1/contacts/changes/{}", changes[index].id);
    let refuse = format!("{}/refuse", at(0));
    for body in ["{}", r#"{"reason":" "}"#] {
        assert_eq!(town.call(&refuse, "duty", body).await.status, 422);
    }
    let body = json!({ "reason": "本人に確かめました" }).to_string();
    assert_eq!(town.call(&refuse, "duty", &body).await.status, 200);
    assert_eq!(town.call(&refuse, "duty", &body).await.status, 409);
    let accept = format!("{}/accept", at(1));
    assert_eq!(town.call(&accept, "duty", "{}").await.status, 200);
    assert_eq!(
        town.call("/api/v1/contacts/changes/999/accept", "duty", "{}")
            .await
            .status,
        404
    );
    assert_eq!(
        town.call("/api/v1/contacts/changes/x/accept", "duty", "{}")
            .await
            .status,
        404
    );
    let page = town.get(&path, "").await;
    assert!(
        page.body.contains("見送り（本人に確かめました）"),
        "{}",
        page.body
    );
    assert!(page.body.contains("次の名簿から有効"), "{}", page.body);
    let changes = store.contact_changes(None, false).await.unwrap();
    let verdicts: Vec<_> = changes.iter().map(|change| change.verdict).collect();
    assert_eq!(verdicts, [Some(Verdict::Refused), Some(Verdict::Accepted)]);
    assert_eq!(
        changes[0].decided_by.as_ref().unwrap().as_str(),
        "token:duty"
    );
}

/// What waits stands on the board's page of people, for whoever may see
/// addresses; whoever only looks does not read it.
#[tokio::test]
async fn the_board_lists_what_waits() {
    let town = Town::new().await;
    let path = link(&town, PERSON).await;
    town.post(&path, "", "what=note&note=telephone").await;
    let entered = town.post("/sign-in", "", "token=duty").await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    let board = town.get("/people", &entered.cookie()).await;
    assert!(
        board.body.contains("職員が知らせた連絡先の変更"),
        "{}",
        board.body
    );
    assert!(
        board.body.contains("muster contacts accept 1"),
        "{}",
        board.body
    );
    let looker = town.signed_in("construction-1").await;
    let board = town.get("/people", &looker).await;
    assert_eq!(board.status, 200);
    assert!(
        !board.body.contains("muster contacts accept"),
        "{}",
        board.body
    );
}

/// The board shows what a report would change in the roster's file, takes the
/// word of whoever has the scope, once, and writes nothing; what is accepted
/// stays on the list until the roster has it.
#[tokio::test]
async fn the_board_takes_the_word_and_writes_nothing() {
    let mut town = two_reports().await;
    let looker = town.signed_in("construction-1").await;
    let seen = town.get("/people/changes/1", &looker).await;
    assert_eq!(seen.status, 403, "{}", seen.body);
    let cookie = town.post("/sign-in", "", "token=duty").await.cookie();
    let form = town.get("/people/changes/1", &cookie).await;
    assert!(
        form.body.contains("連絡先: old → moved@example.jp"),
        "{}",
        form.body
    );
    assert!(
        form.body.contains("muster contacts accept 1 --write"),
        "{}",
        form.body
    );
    let sent = |word: &str| format!("mark={}&confirmed=yes&{word}", form_mark(&form));
    let unsaid = town
        .post("/people/changes/2", &cookie, &sent("word=refused"))
        .await;
    assert!(
        unsaid.body.contains("見送る理由を書いてください"),
        "{}",
        unsaid.body
    );
    let first = format!("mark={}&word=accepted", form_mark(&form));
    let asked = town.post("/people/changes/1", &cookie, &first).await;
    assert!(asked.body.contains("name=\"confirmed\""), "{}", asked.body);
    assert_eq!(open(&town).await.len(), 2, "nothing is decided");
    let refused = sent("word=refused&reason=%E9%9B%BB%E8%A9%B1%E6%B8%88%E3%81%BF");
    assert_eq!(
        town.post("/people/changes/2", &cookie, &refused)
            .await
            .status,
        303
    );
    let before = town.world.plan().roster.clone();
    let accepted = town
        .post("/people/changes/1", &cookie, &sent("word=accepted"))
        .await;
    assert_eq!(accepted.status, 303, "{}", accepted.body);
    assert_eq!(town.world.plan().roster, before);
    let twice = town
        .post("/people/changes/1", &cookie, &sent("word=accepted"))
        .await;
    assert_eq!(twice.status, 409, "{}", twice.body);
    let people = town.get("/people", &cookie).await;
    assert!(
        people
            .body
            .contains("roster.toml への反映と読み込みを待っています"),
        "{}",
        people.body
    );
    assert!(!people.body.contains("telephone"), "{}", people.body);
    town.world
        .change(|plan| {
            let contacts = &mut plan.roster.people[PERSON].contacts;
            contacts[0].address = "moved@example.jp".to_owned();
        })
        .await;
    let people = town.get("/people", &cookie).await;
    assert!(
        !people.body.contains("muster contacts accept"),
        "{}",
        people.body
    );
}

/// What the board's forms carry.
fn form_mark(page: &Seen) -> String {
    let (_, rest) = page.body.split_once("name=\"mark\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A new address and a note that wait, and a file that would take the first.
async fn two_reports() -> Town {
    let town = Town::new().await;
    town.app.amend_with(|proposal| {
        let new = proposal.new_address.clone().unwrap_or_default();
        Amended::Fields(vec![(
            Text::new("連絡先", "contacts"),
            "old".to_owned(),
            new,
        )])
    });
    let path = link(&town, PERSON).await;
    let page = town.get(&path, "").await;
    let body = format!("what=new&contact={}&address=moved@example.jp", mark(&page));
    town.post(&path, "", &body).await;
    town.post(&path, "", "what=note&note=telephone").await;
    town
}
