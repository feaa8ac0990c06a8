//! What somebody can open who holds an old message: its own page, and no other.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use muster::domain::id::{CallOutId, PersonId};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::sign_in::town::{Seen, Town};

const PERSON: &str = "it-1";

/// The tokens of the answer links in all messages after the first so many.
fn links(town: &Town, after: usize) -> Vec<String> {
    let sent = town.world.sent().into_iter().skip(after);
    let tokens = sent.filter_map(|sent| {
        let (_, rest) = sent.body.split_once("/a/")?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        Some(rest[..end.unwrap_or(rest.len())].to_owned())
    });
    tokens.collect()
}

/// The first link that a person was sent after so many messages.
fn link(town: &Town, after: usize) -> String {
    let address = town.world.address(PERSON);
    let sent = town.world.sent();
    let to_them = |at: &usize| sent[*at].to == address && sent[*at].body.contains("/a/");
    let at = (after..sent.len()).find(to_them).unwrap();
    links(town, at).remove(0)
}

async fn opened(town: &Town, token: &str) -> Seen {
    let seen = town.get(&format!("/a/{token}"), "").await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    seen
}

/// Whether a page leads on to one of these.
fn leads_to(page: &Seen, links: &[String]) -> bool {
    assert!(!links.is_empty());
    links.iter().any(|link| page.body.contains(link))
}

/// The link of a call-out that is over shows that it is over, and opens no
/// answer page of one that runs.
#[tokio::test]
async fn a_link_of_what_is_over_opens_nothing_that_runs() {
    let town = Town::new().await;
    let incident = town.world.incident("residents").await.remove(0);
    let old = link(&town, 0);
    let before = town.world.sent().len();
    town.world.earthquake("5-").await;
    let new = links(&town, before);
    let both = opened(&town, &old).await;
    assert!(leads_to(&both, &new), "while both run: {}", both.body);
    town.world.stand_down(&incident, "誤報").await;
    for page in [
        opened(&town, &old).await,
        town.post(&format!("/a/{old}"), "", "answer=coming").await,
    ] {
        assert!(!leads_to(&page, &new), "{}", page.body);
        assert!(!page.body.contains("震度5弱"), "{}", page.body);
    }
}

/// The link of a drill opens no page of a real call-out; of another drill it
/// does, and a real one those of drills.
#[tokio::test]
async fn a_link_of_a_drill_only_drills() {
    let town = Town::new().await;
    town.world.earthquake("5-").await;
    let (real, before) = (links(&town, 0), town.world.sent().len());
    town.world.drill_beside("contact").await;
    let (first, before) = (link(&town, before), town.world.sent().len());
    town.world.drill_beside("earthquake-5-lower").await;
    let drill = links(&town, before);
    let page = opened(&town, &first).await;
    assert!(leads_to(&page, &drill), "{}", page.body);
    assert!(!leads_to(&page, &real), "{}", page.body);
    let page = opened(&town, &link(&town, 0)).await;
    assert!(leads_to(&page, &drill), "{}", page.body);
}

/// How many answers of theirs a call-out holds.
async fn kept(town: &Town, id: &CallOutId) -> usize {
    let store = town.world.engine.store();
    store.acknowledgements(id).await.unwrap().len()
}

/// What they said last.
async fn last_note(town: &Town, id: &CallOutId) -> Option<String> {
    let store = town.world.engine.store();
    let said = store.acknowledgements(id).await.unwrap();
    let mut theirs = said.into_iter().rev();
    theirs
        .find(|said| said.answer.person.as_str() == PERSON)?
        .answer
        .note
}

/// A call-out that may be over, and the page of its link.
async fn page_of_one(over: bool) -> (Town, CallOutId, String) {
    let town = Town::new().await;
    let id = town.world.earthquake("5-").await.remove(0);
    let page = format!("/a/{}", link(&town, 0));
    if over {
        town.world.stand_down(&id, "終わり").await;
    }
    town.world.advance("1m").await;
    (town, id, page)
}

/// Who presses the same button again and again has said it once; another answer,
/// another note or another time of arrival is kept as ever.
#[tokio::test]
async fn what_was_said_already_is_kept_once() {
    for over in [false, true] {
        let (town, id, page) = page_of_one(over).await;
        for _ in 0..40 {
            let seen = town.post(&page, "", "answer=cannot&note=away").await;
            assert_eq!(seen.status, 200, "{}", seen.body);
        }
        assert_eq!(kept(&town, &id).await, 1);
        town.world.advance("1m").await;
        for (form, count) in [
            ("answer=cannot&note=ill", 2),
            ("answer=coming&eta_minutes=30", 3),
            ("answer=coming&eta_minutes=30", 3),
            ("answer=coming&eta_minutes=20", 4),
        ] {
            town.world.away("6s");
            town.post(&page, "", form).await;
            assert_eq!(kept(&town, &id).await, count, "{form}");
        }
        // Half an hour from now is another time than half an hour from then.
        town.world.advance("10m").await;
        town.post(&page, "", "answer=coming&eta_minutes=20").await;
        assert_eq!(kept(&town, &id).await, 5);
    }
}

/// Whoever has a link, also an old one, and says something else each time fills
/// no disk with it: what comes too fast waits, the last one stands, and none is
/// refused but those that the same link has replaced while they waited.
#[tokio::test]
async fn nobody_fills_the_store_by_one_link() {
    for over in [false, true] {
        let (town, id, page) = page_of_one(over).await;
        let forms = (0..100).map(|number| format!("answer=cannot&note=n{number}"));
        let forms: Vec<String> = forms.collect();
        let posts = forms.iter().enumerate().map(async |(number, form)| {
            let seen = town.post(&page, "", form).await;
            (number, seen.status)
        });
        let mut posts: FuturesUnordered<_> = posts.collect();
        let (mut taken, mut replaced) = (0, 0);
        for _ in 0..99 {
            match posts.next().await.unwrap() {
                (_, 200) => taken += 1,
                (_, 409) => replaced += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(taken <= 20 && replaced >= 79, "{taken} {replaced}");
        town.world.away("10s");
        let (last, status) = posts.next().await.unwrap();
        assert_eq!(status, 200);
        assert_eq!(kept(&town, &id).await, taken + 1);
        assert_eq!(last_note(&town, &id).await, Some(format!("n{last}")));
        // Nobody else waits for it, nor they themselves a little later.
        town.world.away("10s");
        let seen = town.post(&page, "", "answer=cannot&note=last").await;
        assert_eq!(seen.status, 200);
        assert_eq!(last_note(&town, &id).await.as_deref(), Some("last"));
    }
}

/// The same button is pressed again while the disk has not taken the first press, and
/// then takes none: nobody is told that it is kept.
#[tokio::test]
async fn what_is_pressed_again_is_kept_before_it_is_said() {
    let (town, id, page) = page_of_one(false).await;
    let options = SqliteConnectOptions::new().filename(town.world.store_file());
    let mut other = options.connect().await.unwrap();
    let holds = "CREATE TRIGGER bad BEFORE INSERT ON acknowledgement \
         BEGIN SELECT RAISE(ABORT, 'bad'); END; BEGIN IMMEDIATE";
    sqlx::raw_sql(holds).execute(&mut other).await.unwrap();
    let first = town.post(&page, "", "answer=cannot");
    let again = async {
        let said = async || {
            let seen = town.world.see(&id).await;
            seen.participants[&PersonId::new(PERSON)].answer.is_some()
        };
        while !said().await {
            tokio::task::yield_now().await;
        }
        let again = town.post(&page, "", "answer=cannot");
        let let_go = sqlx::raw_sql("ROLLBACK").execute(&mut other);
        tokio::join!(again, let_go).0
    };
    let (first, again) = tokio::join!(first, again);
    assert!(first.status != 200 && again.status != 200, "{}", again.body);
    assert_eq!(kept(&town, &id).await, 0);
}
