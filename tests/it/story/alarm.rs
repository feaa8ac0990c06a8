//! What fails, and who hears of it.

use std::time::Duration;

use muster::domain::call_out::State;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::roster::ChannelName;

use crate::support::world::{Sent, World};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// The alarms that were sent, by mail and by telephone.
pub(super) fn alarms(world: &World) -> Vec<Sent> {
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
            let heard = told.iter().filter(|sent| *sent.to == *contact.address);
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

/// A relay is out of reach, and as it is there again it refuses our login: administrators
/// who wait for it to be there hear that it needs their hand.
#[tokio::test]
async fn a_relay_that_is_back_and_refuses_the_login_is_told_anew() {
    let world = quiet().await;
    world.shut("mx1.example.jp:587", Reason::Unreachable);
    world.advance("2m").await;
    assert_eq!(alarms(&world).len(), 6);
    world.open_all();
    world.shut("mx1.example.jp:587", Reason::Authentication);
    world.advance("1m").await;
    assert_eq!(alarms(&world).len(), 12);
    world.advance("3h").await;
    assert_eq!(alarms(&world).len(), 12, "once");
}

/// A gateway refuses everybody and is left alone: whoever can be rung by it alone
/// is not. Administrators hear it at once by mail, with the gateway's name and what
/// it says.
#[tokio::test]
async fn a_gateway_that_is_shut_is_told_by_mail() {
    let world = quiet().await;
    let refused = Outcome::Retry {
        reason: Reason::Policy,
        detail: "401 Unauthorized (not tried again before noon)".to_owned(),
        after: Some(Duration::from_secs(60)),
    };
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    for contact in contacts.filter(|contact| contact.channel != ChannelName::Email) {
        world.fail(&contact.address, refused.clone());
    }
    let shut = ("voice-gateway", Reason::Authentication);
    world.shut_by("webhook", shut, "401 Unauthorized");
    world.turn().await;
    let told = alarms(&world).into_iter();
    let arrived = told.filter(|sent| sent.outcome == "accepted");
    let arrived: Vec<_> = arrived.collect();
    for person in ["it-manager", "it-1", "it-2"] {
        let heard = arrived.iter().find(|sent| sent.to == world.address(person));
        let body = &heard.expect(person).body;
        assert!(body.contains("voice-gateway"), "{body}");
        assert!(body.contains("401 Unauthorized"), "{body}");
    }
    assert!(arrived.iter().all(|sent| sent.channel == "email"));
    assert_eq!(arrived.len(), 3, "nobody else");
}

/// Nobody is left to be called, and a need is unmet, while one of the two ways out is
/// down. Administrators hear it at once by the other, each once.
#[tokio::test]
async fn that_nobody_is_left_to_call_is_told_by_the_way_that_is_not_down() {
    for (down, told_by) in [("email", "webhook"), ("webhook", "email")] {
        let world = quiet().await;
        let people = world.plan().roster.people.values();
        let contacts = people.flat_map(|person| &person.contacts);
        let is_mail = |channel: &ChannelName| *channel == ChannelName::Email;
        for contact in contacts.filter(|one| is_mail(&one.channel) == (down == "email")) {
            world.fail(&contact.address, unreachable());
        }
        world.shut_by(down, ("way-out", Reason::Unreachable), "connection refused");
        let id = world.earthquake("4").await.remove(0);
        while world.see(&id).await.state == State::Open {
            world.advance("1m").await;
        }
        assert_eq!(world.see(&id).await.state, State::Exhausted);
        let heard = world.sent().into_iter().filter(|sent| {
            sent.outcome == "accepted" && sent.subject.contains("招集をすべて終えましたが")
        });
        let heard: Vec<Sent> = heard.collect();
        assert!(heard.iter().all(|sent| sent.channel == told_by));
        for person in ["it-manager", "it-1", "it-2"] {
            let contacts = &world.plan().roster.people[person].contacts;
            let own = |sent: &&Sent| contacts.iter().any(|one| *one.address == *sent.to);
            assert_eq!(
                heard.iter().filter(own).count(),
                1,
                "{person}: {down} is down"
            );
        }
        assert!(
            heard
                .iter()
                .all(|sent| world.clock.now().duration_since(sent.at).as_secs() <= 60)
        );
    }
}

/// A contact that is refused, and is not dead for it, is told by the other channel:
/// a mail address by telephone, a telephone by mail.
#[tokio::test]
async fn a_refused_contact_is_told_by_another_channel() {
    for (at, told_by) in [(0, "webhook"), (1, "email")] {
        let world = quiet().await;
        let person = world.plan().roster.people["planning-1"].clone();
        let refused = Outcome::Retry {
            reason: Reason::Policy,
            detail: "rejected by policy".to_owned(),
            after: None,
        };
        world.fail(&person.contacts[at].address, refused);
        world.earthquake("7").await;
        world.advance("20s").await;
        let told = alarms(&world);
        assert_eq!(told.len(), 3, "one message to each administrator: {told:?}");
        for sent in &told {
            assert_eq!(sent.channel, told_by, "{sent:?}");
            assert!(sent.body.contains(&*person.name.ja), "{}", sent.body);
        }
    }
}

/// A mail address is dead, and the gateway by which that would be told is left alone:
/// it is told by mail as well, and not once the gateway is there again. The other way
/// round the same.
#[tokio::test]
async fn a_dead_contact_is_told_by_every_way_while_the_other_is_down() {
    let relay = ("email", "mx1.example.jp:25");
    for (at, (down, way)) in [(0, ("webhook", "voice-gateway")), (1, relay)] {
        let world = quiet().await;
        let people = world.plan().roster.people.values();
        let contacts = people.flat_map(|person| &person.contacts);
        let is_down = |channel: &ChannelName| (*channel == ChannelName::Email) == (down == "email");
        for contact in contacts.filter(|contact| is_down(&contact.channel)) {
            world.fail(&contact.address, unreachable());
        }
        world.shut_by(down, (way, Reason::Unreachable), "connection refused");
        let person = world.plan().roster.people["planning-1"].clone();
        world.bounce(&person.contacts[at].address);
        world.earthquake("7").await;
        world.advance("2m").await;
        let told = alarms(&world).into_iter();
        let told = told.filter(|sent| sent.outcome == "accepted");
        let told = told.filter(|sent| sent.body.contains(&*person.name.ja));
        assert_eq!(told.count(), 3, "{down} is down: each administrator, once");
    }
}

/// The telephones turn out to be down only as they are rung: within two minutes
/// administrators are told of the dead address by mail, which goes.
#[tokio::test]
async fn a_dead_contact_is_told_by_mail_where_the_telephones_turn_out_to_be_down() {
    let world = quiet().await;
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    for contact in contacts.filter(|contact| contact.channel != ChannelName::Email) {
        world.fail(&contact.address, unreachable());
    }
    let person = world.plan().roster.people["planning-1"].clone();
    world.bounce(&person.contacts[0].address);
    world.earthquake("7").await;
    world.advance("2m").await;
    let told = alarms(&world).into_iter();
    let told = told.filter(|sent| sent.outcome == "accepted");
    let told = told.filter(|sent| sent.body.contains(&*person.name.ja));
    assert_eq!(told.count(), 3, "each administrator, once");
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

/// A door that is full for a moment, as in the first minute of an earthquake, is no
/// alarm. One that stays so is told once, and over when there is room.
#[tokio::test]
async fn a_door_that_stays_full_is_told_after_a_minute() {
    let world = quiet().await;
    let full = &world.engine.metrics().connections_full;
    full.set(1);
    world.advance("50s").await;
    full.set(0);
    world.advance("1h").await;
    assert_eq!(alarms(&world).len(), 0);
    full.set(1);
    world.turn().await;
    world.advance("61s").await;
    let told = alarms(&world);
    assert_eq!(told.len(), 6, "by every path");
    let mail = told.iter().find(|sent| sent.channel == "email").unwrap();
    assert!(mail.body.contains("接続が1分以上いっぱいで"), "{mail:?}");
    world.advance("3h").await;
    assert_eq!(alarms(&world).len(), 6, "once");
    let board = world.engine.alarms().remove(0);
    assert!(board.en.contains("as many HTTP connections"), "{board:?}");
    full.set(0);
    world.turn().await;
    assert_eq!(world.engine.alarms().len(), 0);
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
    assert_eq!(told.len(), 3, "one message to each administrator");
    assert!(told.iter().all(|sent| !sent.body.contains(&dead[0])));
    let one = &told[0];
    let name = &world.plan().roster.people["planning-1"].name.ja;
    assert!(one.body.contains(&**name), "{}", one.body);
    assert!(told.iter().all(|sent| sent.channel != "email"), "{told:?}");
    // The reminders find another one, which waits for the ten minutes.
    world.bounce(&dead[1]);
    world.advance("2h").await;
    let later = alarms(&world).split_off(3);
    assert!(!later.is_empty());
    let name = &world.plan().roster.people["planning-2"].name.ja;
    assert!(later.iter().any(|sent| sent.body.contains(&**name)));
    let apart = later[0].at.duration_since(told[0].at);
    assert!(apart.as_mins() >= 10, "{apart}");
}

/// Mail addresses and telephone numbers fail together: no one channel is above
/// doubt, so that administrators hear it by all that they have.
#[tokio::test]
async fn contacts_of_every_channel_fail_and_every_path_says_so() {
    let world = quiet().await;
    for contact in &world.plan().roster.people["planning-1"].contacts {
        world.bounce(&contact.address);
    }
    world.earthquake("7").await;
    world.advance("11m").await;
    let told = alarms(&world);
    for channel in ["email", "webhook"] {
        let by = told.iter().filter(|sent| sent.channel == channel);
        assert!(by.count() >= 3, "{channel}: {told:?}");
    }
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

/// Killed and started again: what was said is not said again, however long it
/// lasts.
#[tokio::test]
async fn what_was_said_before_a_kill_is_not_said_again() {
    let world = quiet().await;
    world.shut("mx1.example.jp:587", Reason::Authentication);
    world.turn().await;
    assert_eq!(alarms(&world).len(), 6);
    world.away("1m");
    let world = world.crash().await;
    world.advance("3h").await;
    assert_eq!(alarms(&world).len(), 6, "once");
    assert_eq!(world.engine.alarms().len(), 1);
}

/// Killed in the ten minutes for which a dead address waits to be told: it is told
/// after the start.
#[tokio::test]
async fn a_dead_contact_that_was_not_told_before_a_kill_is_told_after_it() {
    let world = quiet().await;
    let [first, second] = ["planning-1", "planning-2"].map(|person| world.address(person));
    world.bounce(&first);
    world.fail(&second, busy());
    world.earthquake("7").await;
    world.advance("10s").await;
    world.bounce(&second);
    world.advance("2m").await;
    let told = alarms(&world).len();
    let world = world.crash().await;
    world.advance("1m").await;
    let later = alarms(&world).split_off(told);
    let [first, second] = ["planning-1", "planning-2"]
        .map(|person| world.plan().roster.people[person].name.ja.clone());
    assert_eq!(later.len(), 3, "one message to each administrator");
    assert!(later.iter().all(|sent| sent.body.contains(&*second)));
    assert!(later.iter().all(|sent| !sent.body.contains(&*first)));
    let told = alarms(&world).len();
    let world = world.crash().await;
    world.advance("1m").await;
    assert_eq!(alarms(&world).len(), told, "once");
}

/// A relay refuses a mail by policy again and again. Killed in the middle of an
/// attempt, the daemon does not tell it anew.
#[tokio::test]
async fn a_failing_contact_is_told_once_over_a_kill() {
    let world = quiet().await;
    let address = world.address("planning-1");
    world.fail(
        &address,
        Outcome::Retry {
            reason: Reason::Policy,
            detail: "RCPT TO: 550 5.7.1 rejected by policy".to_owned(),
            after: None,
        },
    );
    let id = world.earthquake("7").await.remove(0);
    world.advance("20s").await;
    let told = alarms(&world).len();
    assert!(told > 0);
    world
        .meddle(
            "UPDATE notification SET state = 'sending', attempts = attempts + 1, \
             lease = lease + 1 WHERE state = 'retry'",
        )
        .await;
    let world = world.crash().await;
    world.advance("10m").await;
    assert_eq!(alarms(&world).len(), told, "once");
    let timeline = world.timeline(&id).await;
    assert_eq!(
        timeline.matches("もう一度送ります").count(),
        1,
        "{timeline}"
    );
}

/// A dead address is told of, the call-out grows and has another name by it, and the daemon
/// is killed: what was said under the name of before is not said again.
#[tokio::test]
async fn a_dead_contact_is_told_once_though_its_call_out_grew() {
    let world = quiet().await;
    world.bounce(&world.address("planning-1"));
    world.earthquake("4").await;
    world.advance("1m").await;
    let told = alarms(&world).len();
    assert_eq!(told, 3, "one message to each administrator");
    world.earthquake("7").await;
    world.advance("1m").await;
    let world = world.crash().await;
    world.advance("30m").await;
    let later = alarms(&world).split_off(told);
    assert!(later.is_empty(), "{later:?}");
}

fn busy() -> Outcome {
    Outcome::Retry {
        reason: Reason::Busy,
        detail: "450 4.2.1 busy".to_owned(),
        after: None,
    }
}

fn unreachable() -> Outcome {
    Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    }
}
