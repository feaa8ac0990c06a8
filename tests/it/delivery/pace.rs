//! No more mails a second to a relay than it is set for, whoever waits.

use std::time::Duration;

use muster::channel::email::Mail;

use super::circuit::{ICHIRO, crowd, dead, on_a_clock, server, through};
use super::{ACCEPTED, kind, mail, send};
use crate::support::smtp::{Act, Script, Step};

#[tokio::test]
async fn a_relay_is_given_no_more_mails_a_second_than_it_is_set_for() {
    let paced = server(Script::new()).await;
    let mut relays = through(&[&paced]);
    relays.relays[0].rate = Some(2);
    let (channels, clock) = on_a_clock(relays);
    let mut sends = crowd(&channels, 6);
    for (taken, more) in [(2, 2), (3, 1), (4, 1), (5, 1), (6, 1)] {
        for _ in 0..more {
            assert_eq!(kind(&sends.join_next().await.unwrap().unwrap()), ACCEPTED);
        }
        assert!(sends.try_join_next().is_none());
        assert_eq!(paced.mails().len(), taken);
        clock.advance(Duration::from_millis(500));
    }
}

#[tokio::test]
async fn what_one_relay_may_not_take_this_second_goes_to_the_next() {
    let (paced, other) = (server(Script::new()).await, server(Script::new()).await);
    let mut relays = through(&[&paced, &other]);
    relays.relays[0].rate = Some(1);
    let (channels, _) = on_a_clock(relays);
    let mut first = crowd(&channels, 1);
    first.join_next().await.unwrap().unwrap();
    // The second waits for its second; the third would wait for longer.
    let waits = crowd(&channels, 1);
    tokio::task::yield_now().await;
    let third = send(&channels, mail(3, ICHIRO)).await;
    assert_eq!(third.via, format!("127.0.0.1:{}", other.port));
    assert_eq!((paced.mails().len(), other.mails().len()), (1, 1));
    drop(waits);
}

/// While a relay fails, a crowd waits far ahead for the other, and whoever comes then
/// would not wait so long: nobody's place is given away.
#[tokio::test]
async fn who_would_wait_for_less_gives_away_no_place_of_those_who_wait() {
    let (paced, away) = (server(Script::new()).await, server(dead()).await);
    let mut relays = through(&[&paced, &away]);
    relays.relays[0].rate = Some(1);
    let (channels, clock) = on_a_clock(relays);
    let mut sends = crowd(&channels, 12);
    for taken in 1..=16 {
        assert_eq!(kind(&sends.join_next().await.unwrap().unwrap()), ACCEPTED);
        assert_eq!(paced.mails().len(), taken, "in second {taken}");
        if (4..8).contains(&taken) {
            let channels = channels.clone();
            let number = 100 + u32::try_from(taken).unwrap();
            sends.spawn(async move { send(&channels, mail(number, ICHIRO)).await });
        }
        clock.advance(Duration::from_secs(1));
    }
}

/// A mail that goes elsewhere uses up nobody's second.
#[tokio::test]
async fn a_mail_that_a_relay_did_not_get_is_not_counted() {
    let paced = server(Script::new().once(Step::Connect, Act::Drop)).await;
    let other = server(Script::new()).await;
    let mut relays = through(&[&paced, &other]);
    relays.relays[0].rate = Some(1);
    let (channels, _) = on_a_clock(relays);
    let first = send(&channels, mail(1, ICHIRO)).await;
    assert_eq!(first.via, format!("127.0.0.1:{}", other.port));
    let second = send(&channels, mail(2, ICHIRO));
    let second = tokio::time::timeout(Duration::from_secs(20), second).await;
    let second = second.expect("waits for a second that the first did not use");
    assert_eq!(second.via, format!("127.0.0.1:{}", paced.port));
}

/// A crowd waits for its places in the pace when somebody who leads is to be called: theirs
/// is the next place but the one that somebody waits for already.
#[tokio::test]
async fn whoever_leads_waits_for_no_crowds_places() {
    let paced = server(Script::new()).await;
    let mut relays = through(&[&paced]);
    relays.relays[0].rate = Some(1);
    relays.relays[0].connections = 8;
    let (channels, clock) = on_a_clock(relays);
    let mut sends = crowd(&channels, 7);
    assert_eq!(kind(&sends.join_next().await.unwrap().unwrap()), ACCEPTED);
    // One thread: all of the crowd is in line by then.
    tokio::task::yield_now().await;
    let leads = Mail {
        urgency: 0,
        ..mail(7, "lead@example.jp")
    };
    sends.spawn(async move { send(&channels, leads).await });
    tokio::task::yield_now().await;
    for _ in 0..7 {
        clock.advance(Duration::from_secs(1));
        assert_eq!(kind(&sends.join_next().await.unwrap().unwrap()), ACCEPTED);
    }
    let mails = paced.mails();
    let place = mails.iter().position(|mail| mail.to == ["lead@example.jp"]);
    assert!(place.unwrap() <= 2, "{} before who leads", place.unwrap());
}
