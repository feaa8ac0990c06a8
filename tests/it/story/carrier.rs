//! Addresses as mobile carriers once gave them out (`a..b.@docomo.ne.jp`): they stand
//! in quotes on the way, and without them in the roster.

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::ContactState;
use muster::domain::id::PersonId;
use muster::engine::Heard;

use super::mail::{answer_of, reply_to, return_path, unknown, words};
use crate::support::world::World;

const CARRIER: &str = "a..b.@docomo.example.jp";
const QUOTED: &str = "\"a..b.\"@docomo.example.jp";

async fn with_a_carriers_address() -> World {
    World::set(&[("email.replies", "true")], |plan| {
        plan.readiness = None;
        let it_1 = plan.roster.people.get_mut(&PersonId::new("it-1")).unwrap();
        it_1.contacts[0].address = CARRIER.into();
    })
    .await
}

/// A telephone writes its address in quotes, or without them and in no brackets: it is
/// the person's own reply all the same.
#[tokio::test]
async fn a_reply_is_the_persons_however_their_address_is_written() {
    let bare = format!("From: {CARRIER}\r\n");
    let bracketed = |address: &str| format!("From: <{address}>\r\n");
    for from in [bracketed(QUOTED), bracketed(CARRIER), bare] {
        let world = with_a_carriers_address().await;
        let id = world.earthquake("4").await.remove(0);
        let mail = words("x@example.jp", 1, "参集可");
        let mail = mail.replace("From: <x@example.jp>\r\n", &from);
        let taken = world.receive(&reply_to(&world, "it-1"), &mail).await;
        assert_eq!(taken.heard, Heard::Answered(Reply::Coming), "{from}");
        let answer = answer_of(&world, &id, "it-1").await;
        assert_eq!(answer, Some((Reply::Coming, Via::Reply)), "{from}");
    }
}

/// A mail comes back, and the report names the address in quotes: that one is dead,
/// and not merely another to which it went on.
#[tokio::test]
async fn a_bounce_is_of_the_address_however_it_is_written() {
    let world = with_a_carriers_address().await;
    let id = world.earthquake("4").await.remove(0);
    let path = return_path(&world, "it-1");
    let taken = world.receive(&path, &unknown(QUOTED)).await;
    assert_eq!(taken.heard, Heard::Bounced);
    let call_out = world.see(&id).await;
    let contact = &call_out.participants["it-1"].contacts[0];
    assert_eq!(contact.state, ContactState::Dead);
}
