//! The page on which an address is confirmed.

use muster::domain::contact::{Confirm, Proof};
use muster::domain::contact_change::{Kind, MOST_OPEN, Proposal};
use muster::domain::id::{PersonId, Principal};
use muster::domain::roster::Contact;

use crate::sign_in::town::Town;
use crate::support::world::World;

/// A town that has asked a new address of a person.
pub(super) async fn asked(person: &str, address: &str) -> Town {
    let mut world = World::with(|plan| plan.contacts.confirm = Confirm::New).await;
    world
        .change(|plan| {
            let person = plan.roster.people.get_mut(person).unwrap();
            person.contacts[0].address = address.into();
        })
        .await;
    world.advance("1m").await;
    Town::of(world)
}

/// The path of a link of a kind in the last mail.
pub(super) fn link(town: &Town, kind: &str) -> String {
    let mail = town.world.sent().pop().unwrap().body;
    let at = mail.find(kind).expect("the mail has a link");
    mail[at..].split_whitespace().next().unwrap().to_owned()
}

async fn proof(town: &Town, person: &str, address: &str) -> Proof {
    let id = PersonId::new(person);
    let known = town.world.engine.known_contacts(Some(&id)).await.unwrap();
    let contact = Contact {
        channel: muster::domain::roster::ChannelName::Email,
        address: address.into(),
    };
    known[&(id, contact)].proof()
}

/// Opening the link records nothing; the button confirms; pressed again it
/// shows the same, with the first time.
#[tokio::test]
async fn the_button_confirms_and_opening_does_not() {
    let town = asked("it-1", "new@example.jp").await;
    let path = link(&town, "/contact/");
    for _ in 0..3 {
        let page = town.get(&path, "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("new@example.jp"), "{}", page.body);
        assert!(page.body.contains("これは招集ではありません"));
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert!(!page.body.contains("<script"));
    }
    assert!(matches!(
        proof(&town, "it-1", "new@example.jp").await,
        Proof::Accepted(_)
    ));
    let elsewhere = town.post_from(&path, "", "word=mine", "cross-site").await;
    assert_eq!(elsewhere.status, 403);
    let first = town.post(&path, "", "word=mine").await;
    assert_eq!(first.status, 200);
    assert!(first.body.contains("確認しました"), "{}", first.body);
    let confirmed = proof(&town, "it-1", "new@example.jp").await;
    assert!(matches!(confirmed, Proof::Confirmed(_)));
    town.world.advance("2h").await;
    let second = town.post(&path, "", "word=mine").await;
    assert_eq!(second.body, first.body, "the same page");
    assert_eq!(proof(&town, "it-1", "new@example.jp").await, confirmed);
    town.world.advance("400h").await;
    assert_eq!(
        town.world.sent_to("it-1"),
        1,
        "no reminder to a confirmed one"
    );
}

/// A forged link, one that is over, one whose address has left the roster, an
/// answer link and a sign-in link: a page in words, and nothing is recorded.
#[tokio::test]
async fn other_links_confirm_nothing() {
    let mut town = asked("it-1", "new@example.jp").await;
    let path = link(&town, "/contact/");
    let (head, tag) = path.rsplit_once('.').unwrap();
    let (until, id) = head.rsplit_once('.').unwrap();
    let other = format!("{until}.{}.{tag}", id.parse::<i64>().unwrap() + 1);
    let later = format!("/contact/9999999999.{id}.{tag}");
    let long = format!("/contact/{}", "x".repeat(4000));
    for forged in [
        &format!("{head}.{}", "A".repeat(43)),
        &other,
        &later,
        &long,
        "/contact/%00",
    ] {
        for seen in [
            town.get(forged, "").await,
            town.post(forged, "", "word=mine").await,
        ] {
            assert_eq!(seen.status, 404, "{forged}: {}", seen.body);
            assert!(
                seen.body.contains("このリンクは使えません"),
                "{}",
                seen.body
            );
        }
    }
    let answer = path.replace("/contact/", "/a/");
    assert_eq!(town.get(&answer, "").await.status, 404);
    town.world.advance("721h").await;
    let over = town.post(&path, "", "word=mine").await;
    assert_eq!(over.status, 410);
    assert!(over.body.contains("期限が過ぎました"), "{}", over.body);
    let again = asked("it-1", "new@example.jp").await;
    let path = link(&again, "/contact/");
    town = again;
    let back = |plan: &mut muster::domain::plan::Plan| {
        let person = plan.roster.people.get_mut("it-1").unwrap();
        person.contacts[0].address = "it-1@example.jp".into();
    };
    town.world.change(back).await;
    assert_eq!(town.post(&path, "", "word=mine").await.status, 404);
    let kept = town.world.engine.store().addresses(None).await.unwrap();
    assert!(kept.iter().all(|one| one.confirmed_at.is_none()));
}

/// What presses buttons as it reads a mail is no person: neither button counts
/// within seconds of the sending; pressed again it does.
#[tokio::test]
async fn a_button_pressed_at_once_does_not_count() {
    let mut world = World::with(|plan| plan.contacts.confirm = Confirm::New).await;
    world
        .change(|plan| {
            let person = plan.roster.people.get_mut("it-1").unwrap();
            person.contacts[0].address = "new@example.jp".into();
        })
        .await;
    world.turn().await;
    let town = Town::of(world);
    let path = link(&town, "/contact/");
    for word in ["mine", "not-mine"] {
        let page = town.post(&path, "", &format!("word={word}")).await;
        assert_eq!(page.status, 200);
        assert!(
            page.body.contains("もう一度押してください"),
            "{}",
            page.body
        );
    }
    let open = town.world.engine.store().contact_changes(None, true).await;
    assert_eq!(open.unwrap().len(), 0);
    assert!(matches!(
        proof(&town, "it-1", "new@example.jp").await,
        Proof::Accepted(_)
    ));
    town.world.advance("10s").await;
    let page = town.post(&path, "", "word=mine").await;
    assert!(page.body.contains("確認しました"), "{}", page.body);
}

/// A stranger who got the mail says so: it is reported once, and confirms
/// nothing.
#[tokio::test]
async fn whoever_it_is_not_says_so() {
    let town = asked("it-1", "new@example.jp").await;
    let path = link(&town, "/contact/");
    for _ in 0..2 {
        let told = town.post(&path, "", "word=not-mine").await;
        assert_eq!(told.status, 200);
        assert!(told.body.contains("役場に伝えました"), "{}", told.body);
    }
    let store = town.world.engine.store();
    let changes = store.contact_changes(None, true).await.unwrap();
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(change.proposal.person.as_str(), "it-1");
    assert_eq!(
        &*change.proposal.contact.as_ref().unwrap().address,
        "new@example.jp"
    );
    let before = town.world.sent_to("it-1");
    town.world.advance("400h").await;
    assert_eq!(
        town.world.sent_to("it-1"),
        before,
        "no reminder to a stranger"
    );
}

/// What a stranger says of a wrong address is kept, however much waits already
/// of the person whose it was to be.
#[tokio::test]
async fn a_wrong_address_is_kept_beside_all_that_waits() {
    let town = asked("it-1", "new@example.jp").await;
    let path = link(&town, "/contact/");
    for number in 0..MOST_OPEN {
        let note = Proposal {
            person: PersonId::new("it-1"),
            kind: Kind::Note,
            contact: None,
            new_address: None,
            note: Some(format!("n{number}")),
        };
        let by = Principal::new("link:it-1");
        assert!(town.world.engine.report_change(note, by).await.unwrap());
    }
    let told = town.post(&path, "", "word=not-mine").await;
    assert!(told.body.contains("役場に伝えました"), "{}", told.body);
    let store = town.world.engine.store();
    let changes = store.contact_changes(None, true).await.unwrap();
    let last = changes.last().unwrap();
    assert_eq!(last.proposal.kind, Kind::Wrong);
}

/// The clock is set back after the question was sent: an answer is taken, and not
/// held for one that came at once until the old time comes round again.
#[tokio::test]
async fn an_answer_counts_after_the_clock_is_set_back() {
    let town = asked("it-1", "new@example.jp").await;
    let path = link(&town, "/contact/");
    town.world.back("9h");
    let pressed = town.post(&path, "", "word=mine").await;
    assert!(pressed.body.contains("確認しました"), "{}", pressed.body);
    let confirmed = proof(&town, "it-1", "new@example.jp").await;
    assert!(matches!(confirmed, Proof::Confirmed(_)));
}
