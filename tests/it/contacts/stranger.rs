//! What a stranger learns who holds a link to somebody's contacts: nothing.

use serde_json::json;

use super::mine::{PERSON, link, open};
use crate::sign_in::town::Town;

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
        other.address = "other@example.jp".into();
        contacts.push(other);
    };
    town.world.change(add).await;
    assert_eq!(town.get(&printed, "").await.status, 404);
    assert_eq!(town.get(&mailed, "").await.status, 200);
    let change = |plan: &mut muster::domain::plan::Plan| {
        let person = plan.roster.people.get_mut(PERSON).unwrap();
        person.contacts[0].address = "successor@example.jp".into();
    };
    town.world.change(change).await;
    for path in [&printed, &mailed] {
        let seen = town.post(path, "", "what=note&note=x").await;
        assert_eq!(seen.status, 404, "{path}");
    }
    assert_eq!(open(&town).await, []);
}
