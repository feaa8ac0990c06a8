//! A word to those who were called that is sent twice: everybody gets it once.

use muster::domain::id::CallOutId;

use crate::sign_in::town::{Seen, Town};

const WHO: &str = "it-manager@example.jp";

/// How many messages carry a word.
async fn heard(town: &Town, word: &str) -> usize {
    town.world.turn().await;
    let sent = town.world.sent().into_iter();
    sent.filter(|sent| sent.body.contains(word)).count()
}

async fn town() -> (Town, CallOutId) {
    let town = Town::new().await;
    let id = town.world.earthquake("5-").await.remove(0);
    (town, id)
}

async fn tell(town: &Town, id: &CallOutId, key: Option<&str>, body: &str) -> u16 {
    let path = format!("/api/v1/call-outs/{id}/tell");
    town.call_under(key, &path, "duty", body).await.status
}

/// Over the API it is the key that says so, also after a start and after the end;
/// under another key, or without one, the same word is another one.
#[tokio::test]
async fn a_word_that_is_told_again_under_its_key_is_told_once() {
    let (town, id) = town().await;
    let word = r#"{"text":"road-closed"}"#;
    assert_eq!(tell(&town, &id, Some("k1"), word).await, 200);
    let once = heard(&town, "road-closed").await;
    assert!(once > 1);
    assert_eq!(tell(&town, &id, Some("k1"), word).await, 200);
    assert_eq!(heard(&town, "road-closed").await, once);
    for other in [
        r#"{"text":"bridge-closed"}"#,
        r#"{"text":"road-closed","place":"hall"}"#,
    ] {
        assert_eq!(tell(&town, &id, Some("k1"), other).await, 409);
    }
    assert_eq!(heard(&town, "bridge-closed").await, 0);
    let Town { world, app } = town;
    drop(app);
    let town = Town::of(world.crash().await);
    assert_eq!(tell(&town, &id, Some("k1"), word).await, 200);
    assert_eq!(heard(&town, "road-closed").await, once);
    assert_eq!(tell(&town, &id, Some("k2"), word).await, 200);
    assert_eq!(heard(&town, "road-closed").await, 2 * once);
    assert_eq!(tell(&town, &id, None, word).await, 200);
    assert_eq!(heard(&town, "road-closed").await, 3 * once);
    town.world.stand_down(&id, "終わり").await;
    assert_eq!(tell(&town, &id, Some("k1"), word).await, 200);
    assert_eq!(tell(&town, &id, Some("k3"), word).await, 409, "it is over");
}

/// A hidden field of a page, where it has it.
fn hidden(page: &Seen, name: &str) -> String {
    let before = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let rest = page.body.split_once(&before).map(|(_, rest)| rest);
    let value = rest.and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

/// On the board it is the form: the last yes, pressed twice, is one word. Whoever goes
/// back and writes another one in the same form hears that, and presses once more.
#[tokio::test]
async fn the_last_yes_that_is_pressed_twice_is_one_word() {
    let (town, id) = town().await;
    let cookie = town.signed_in(WHO).await;
    let path = format!("/call-outs/{id}/tell");
    let form = town.get(&path, &cookie).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let fill = |page: &Seen, text: &str| {
        let (mark, key) = (page.mark(), hidden(page, "key"));
        format!("mark={mark}&key={key}&text={text}")
    };
    let filled = fill(&form, "road-closed");
    let last = town.post(&path, &cookie, &filled).await;
    let yes = format!("{}&confirmed=yes", fill(&last, "road-closed"));
    assert_eq!(heard(&town, "road-closed").await, 0);
    let both = tokio::join!(
        town.post(&path, &cookie, &yes),
        town.post(&path, &cookie, &yes)
    );
    assert_eq!((both.0.status, both.1.status), (303, 303));
    let account = town.world.timeline(&id).await;
    assert_eq!(account.matches("road-closed").count(), 1, "{account}");
    let other = format!("{}&confirmed=yes", fill(&form, "bridge-closed"));
    let again = town.post(&path, &cookie, &other).await;
    assert_eq!(again.status, 409, "{}", again.body);
    let other = format!("{}&confirmed=yes", fill(&again, "bridge-closed"));
    assert_eq!(town.post(&path, &cookie, &other).await.status, 303);
    let account = town.world.timeline(&id).await;
    assert_eq!(account.matches("bridge-closed").count(), 1, "{account}");
}
