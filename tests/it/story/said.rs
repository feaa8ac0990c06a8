//! What each has said, in memory and on disk.
//!
//! Owns that an answer stands beside its person's row, which is not written for it, and
//! that a start makes of both what stood before. It must not judge an answer.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{CallOut, Saying};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::text::Text;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::world::{World, word};

/// How somebody stands: what counts of what they said, and what they said last.
fn said(call_out: &CallOut, person: &str) -> (Option<Reply>, Option<Reply>) {
    let to = &call_out.participants[&PersonId::new(person)];
    let last = to.last().map(|last| last.answer.reply);
    (to.reply(), last)
}

/// Everybody stands after a start as they did before it.
async fn started_anew(world: World, id: &CallOutId) -> World {
    let mut before = world.see(id).await;
    let world = world.crash().await;
    before.index = None;
    assert_eq!(before, world.see(id).await);
    world
}

/// The rows of everybody as they are written.
async fn rows(world: &World) -> Vec<(String, String)> {
    let options = SqliteConnectOptions::new().filename(world.store_file());
    let mut connection = options.read_only(true).connect().await.unwrap();
    let sql = "SELECT person, body FROM participant ORDER BY person";
    let rows = sqlx::query_as(sql).fetch_all(&mut connection);
    rows.await.unwrap()
}

/// An answer of somebody who was called writes their row no more, and stands after a
/// start: the first one, one that changes it, and one that unsays it for being pressed
/// within seconds.
#[tokio::test]
async fn an_answer_stands_beside_its_row() {
    let mut world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    let written = rows(&world).await;
    for (reply, counts) in [
        (Reply::Coming, Some(Reply::Coming)),
        (Reply::Arrived, Some(Reply::Arrived)),
    ] {
        world.answer(&id, "it-1", reply).await;
        world = started_anew(world, &id).await;
        assert_eq!(said(&world.see(&id).await, "it-1"), (counts, Some(reply)));
        world.away("30s");
    }
    world.answer(&id, "it-2", Reply::Coming).await;
    world.away("2s");
    world.press(&id, "it-2", Reply::Cannot).await;
    let world = started_anew(world, &id).await;
    let doubtful = (None, Some(Reply::Cannot));
    assert_eq!(said(&world.see(&id).await, "it-2"), doubtful);
    assert_eq!(rows(&world).await, written);
}

/// What a machine may have pressed as a word to everybody comes is shown, and unsays
/// nothing, also after a start; the next press counts, and then it is shown no more.
#[tokio::test]
async fn what_is_in_doubt_is_shown_beside_what_stands() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    world.advance("1m").await;
    let words = Saying {
        text: Text::new("橋は通れません", "the bridge is shut"),
        place: None,
        key: None,
    };
    world
        .engine
        .speak(&id, words, word(None, None))
        .await
        .unwrap();
    world.turn().await;
    world.away("2s");
    world.press(&id, "it-1", Reply::Cannot).await;
    let world = started_anew(world, &id).await;
    let beside = (Some(Reply::Coming), Some(Reply::Cannot));
    assert_eq!(said(&world.see(&id).await, "it-1"), beside);
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Cannot).await;
    let world = started_anew(world, &id).await;
    let again = (Some(Reply::Cannot), Some(Reply::Cannot));
    assert_eq!(said(&world.see(&id).await, "it-1"), again);
}

/// Whoever says something uncalled has a row from then on, which says so once they are
/// counted in: they stand after a start as before.
#[tokio::test]
async fn whoever_comes_uncalled_has_a_row() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    let before = world.see(&id).await;
    let mut staff = world.plan().roster.people.keys();
    let uncalled = |id: &&PersonId| !before.participants.contains_key(*id);
    let person = staff.find(uncalled).unwrap().to_string();
    world
        .on_behalf(&id, &person, Reply::Received)
        .await
        .unwrap();
    let world = started_anew(world, &id).await;
    world.on_behalf(&id, &person, Reply::Coming).await.unwrap();
    let world = started_anew(world, &id).await;
    let counts = world.see(&id).await.counts();
    assert_eq!(counts.coming, before.counts().coming + 1);
    let rows = rows(&world).await;
    assert!(rows.iter().any(|(of, _)| *of == person));
}

/// A store of an older version, in which each answer stands in its person's row, is read
/// as it was meant, and later answers stand over it.
#[tokio::test]
async fn an_answer_of_an_older_version_stands() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    let before = world.see(&id).await;
    world
        .meddle(
            "UPDATE acknowledgement SET body = json_remove(body, '$.seal', '$.stands'); \
             UPDATE participant SET body = json_remove(body, '$.seal', '$.revision'); \
             UPDATE participant SET body = json_set(body, '$.answer', (SELECT json(a.body) \
             FROM acknowledgement a WHERE a.person = participant.person)) \
             WHERE person IN (SELECT person FROM acknowledgement)",
        )
        .await;
    let world = world.crash().await;
    let participants = world.see(&id).await.participants;
    assert_eq!(participants, before.participants);
    world.away("1m");
    world.answer(&id, "it-1", Reply::Cannot).await;
    let world = started_anew(world, &id).await;
    let stands = (Some(Reply::Cannot), Some(Reply::Cannot));
    assert_eq!(said(&world.see(&id).await, "it-1"), stands);
}
