//! The office's word on what a person reported of their contacts.

use muster::domain::contact_change::Verdict;
use muster::domain::text::Text;
use muster::http::Amended;
use serde_json::json;

use super::mine::{PERSON, link, mark, open};
use crate::sign_in::town::{Seen, Town};

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
            contacts[0].address = "moved@example.jp".into();
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
