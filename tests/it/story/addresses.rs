//! What a relay or a gateway says of an address is for administrators alone;
//! the account never holds one.

use muster::domain::delivery::{Outcome, Reason};
use muster::domain::journal::Entry;
use muster::domain::text::without_addresses;
use muster::report::status::{self, Shown};

use crate::support::world::World;

/// A relay repeats the address that it refuses, as relays do.
#[tokio::test]
async fn the_relays_words_are_kept_without_the_address() {
    let world = World::example().await;
    let (gone, slow) = (world.address("it-1"), world.address("construction-1"));
    world.bounce(&gone);
    world.fail(
        &slow,
        Outcome::Retry {
            reason: Reason::Busy,
            detail: format!("450 4.2.1 <{slow}>: mailbox of {slow} is busy"),
            after: None,
        },
    );
    let id = world.earthquake("4").await[0].clone();
    world.advance("1m").await;
    let records = world.engine.store().journal(&id, 0).await.unwrap();
    let detail = records.iter().find_map(|record| match &record.entry {
        Entry::ContactDead { detail, .. } => Some(detail.as_str()),
        _ => None,
    });
    assert_eq!(detail, Some("RCPT TO: 550 5.1.1 <***>: User unknown"));
    let kept = world.engine.store().load(&id).await.unwrap().unwrap();
    let show = |addresses| {
        let plan = world.plan();
        status::call_out(
            &kept,
            Shown {
                plan,
                language: plan.language,
                addresses,
            },
        )
        .to_string()
    };
    let (reader, admin) = (show(false), show(true));
    assert!(
        reader.contains("450 4.2.1 <***>: mailbox of *** is busy"),
        "{reader}"
    );
    assert!(!reader.contains('@'), "{reader}");
    assert!(admin.contains(&format!("450 4.2.1 <{slow}>")), "{admin}");
}

/// Whatever else the other side says stays.
#[test]
fn addresses_are_taken_out_of_words_however_they_are_written() {
    let mail = "it-1@example.jp";
    let cases = [
        (
            "550 5.1.1 <IT-1@Example.JP>: unknown",
            mail,
            "550 5.1.1 <***>: unknown",
        ),
        (
            "no user it-1 here, not it-11",
            mail,
            "no user *** here, not it-11",
        ),
        ("other@example.jp. Next", mail, "***. Next"),
        ("see http://x/?u=a%40example.jp&v", mail, "see http:***"),
        ("\"a b\"@example.jp refused", mail, "*** refused"),
        ("a@[192.0.2.1] refused", mail, "*** refused"),
        ("宛先a＠example.jp、不明", mail, "***、不明"),
        ("at @ noon, 100% @home", mail, "at @ noon, 100% @home"),
        ("a..b.@example.jp is odd", "a..b.@example.jp", "*** is odd"),
        ("400 +81 90-0000-0001 invalid", "09000000001", "*** invalid"),
        (
            "400 bad number 09000000001",
            "+819000000001",
            "400 bad number ***",
        ),
        ("400 user 42 of 7", "09000000001", "400 user 42 of 7"),
        (
            "channel C0EXAMPLE is archived",
            "C0EXAMPLE",
            "channel *** is archived",
        ),
        ("", "", ""),
    ];
    for (said, address, wanted) in cases {
        assert_eq!(without_addresses(said, address), wanted, "{said}");
    }
}
