//! What somebody can open who holds an old message: its own page, and no other.

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
