//! What fails, and who hears of it.

use muster::domain::delivery::Reason;

use crate::support::world::{Sent, World};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// The alarms that were sent, by mail and by telephone.
fn alarms(world: &World) -> Vec<Sent> {
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.subject.contains("【障害】"))
        .collect()
}

/// A relay refuses our login. Administrators hear it at once, by every contact
/// that they have; once, however long it lasts; and the board says it as long.
#[tokio::test]
async fn a_relay_that_refuses_the_login_is_told_at_once_by_every_path() {
    let world = quiet().await;
    world.shut("mx1.example.jp:587", Reason::Authentication);
    world.turn().await;
    let told = alarms(&world);
    for person in ["it-manager", "it-1", "it-2"] {
        for contact in &world.plan().roster.people[person].contacts {
            let heard = told.iter().filter(|sent| sent.to == contact.address);
            assert_eq!(heard.count(), 1, "{}", contact.address);
        }
    }
    assert_eq!(told.len(), 6, "nobody else");
    let mail = told.iter().find(|sent| sent.channel == "email").unwrap();
    assert!(mail.body.contains("mx1.example.jp:587"), "{}", mail.body);
    assert!(
        mail.body.contains("参集の連絡ではありません"),
        "{}",
        mail.body
    );
    world.advance("3h").await;
    assert_eq!(alarms(&world).len(), 6, "once");
    assert_eq!(world.engine.alarms().len(), 1);
    world.open_all();
    world.advance("1m").await;
    assert_eq!(world.engine.alarms().len(), 0);
    world.advance("1h").await;
    world.shut("mx1.example.jp:587", Reason::Authentication);
    world.turn().await;
    assert_eq!(alarms(&world).len(), 12, "it is new");
}

/// A relay that starts anew is out of reach for a moment: that is no alarm. One
/// that stays away for a minute is.
#[tokio::test]
async fn a_relay_out_of_reach_is_told_after_a_minute() {
    let world = quiet().await;
    world.shut("mx1.example.jp:25", Reason::Unreachable);
    world.advance("50s").await;
    assert_eq!(alarms(&world).len(), 0);
    world.open_all();
    world.advance("1h").await;
    assert_eq!(alarms(&world).len(), 0);
    world.shut("mx1.example.jp:25", Reason::Unreachable);
    world.advance("61s").await;
    assert_eq!(alarms(&world).len(), 6);
}

/// Dead addresses in a call-out are told as they are found, and those of the next
/// ten minutes together. No address stands in the notice.
#[tokio::test]
async fn dead_contacts_are_told_together_and_without_an_address() {
    let world = quiet().await;
    let dead = ["planning-1", "planning-2"].map(|person| world.address(person));
    world.bounce(&dead[0]);
    world.earthquake("7").await;
    world.advance("10s").await;
    let told = alarms(&world);
    assert_eq!(told.len(), 3, "a mail to each administrator");
    assert!(told.iter().all(|sent| !sent.body.contains(&dead[0])));
    let mail = &told[0];
    let name = &world.plan().roster.people["planning-1"].name.ja;
    assert!(mail.body.contains(name), "{}", mail.body);
    // The reminders find another one, which waits for the ten minutes.
    world.bounce(&dead[1]);
    world.advance("2h").await;
    let later = alarms(&world).split_off(3);
    assert!(!later.is_empty());
    let name = &world.plan().roster.people["planning-2"].name.ja;
    assert!(later.iter().any(|sent| sent.body.contains(name)));
    let apart = later[0].at.duration_since(told[0].at);
    assert!(apart.as_mins() >= 10, "{apart}");
}

/// An administrator's own dead address is no reason to tell it again and again.
#[tokio::test]
async fn an_alarm_that_fails_is_not_told() {
    let world = quiet().await;
    world.bounce(&world.address("it-1"));
    world.shut("mx1.example.jp:587", Reason::Tls);
    world.advance("6h").await;
    assert_eq!(alarms(&world).len(), 6);
}

/// What fails in a drill stands in its report.
#[tokio::test]
async fn a_drill_raises_no_alarm() {
    let world = quiet().await;
    world.bounce(&world.address("it-1"));
    let id = world.drill("contact").await;
    world.advance("1h").await;
    world.stand_down(&id, "終わり").await;
    world.advance("1h").await;
    assert_eq!(alarms(&world).len(), 0);
}
