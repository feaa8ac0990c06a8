//! Answers: late ones, doubtful ones, changed ones, and those entered for
//! somebody else.

use insta::assert_snapshot;
use jiff::SignedDuration;
use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::{Effect, Refusal, Standing, State};
use muster::domain::notification::Purpose;
use muster::domain::rule::{CallMode, Need};

use super::play::Play;
use crate::support::plans::{Town, stage};

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// One of two, in turn, five minutes for each.
fn pair() -> Town {
    Town::new()
        .people(&["a", "b", "c"], &["mail"])
        .administrator("duty")
        .squad("control", Some(1), &["a"], &["b"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(5))
        .exhausted_after(10)
}

#[test]
fn an_answer_after_exhaustion_still_counts() {
    let mut play = Play::open(pair());
    play.minutes(30);
    assert_eq!(play.state(), State::Exhausted);
    play.on_behalf("b", Reply::Coming);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:05:00  stage 2     due; called 1, asked again 0
    00:05:00  call        b (mail)
    00:10:00  exhausted   control
    00:10:00  tell spent  duty (mail)
    00:30:00  answer      b: coming
    00:30:00  met         control with 1
    00:30:00  recovered
    ");
    assert_eq!(play.state(), State::Open);
    assert_eq!(play.call_out.next_due(), None);
}

#[test]
fn a_late_answer_is_kept_and_nothing_is_sent() {
    let mut play = Play::open(pair());
    play.minutes(1);
    play.stand_down();
    let sent = play.rows.len();
    play.minutes(10);
    play.answers("a", Reply::Cannot);
    let kept = |effect: &Effect| matches!(effect, Effect::Acknowledge(_));
    assert!(play.last.iter().any(kept));
    assert_eq!(play.rows.len(), sent);
    assert_eq!(play.state(), State::StoodDown);
    assert_eq!(play.call_out.counts().cannot, 1);
    assert_eq!(play.restarted().targets, play.call_out.targets);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:01:00  withdraw    all that asks
    00:01:00  stood down  token:duty
    00:01:00  tell over   a (mail)
    00:11:00  answer      a: cannot
    ");
}

#[test]
fn an_answer_too_soon_after_the_sending_is_shown_and_not_counted() {
    let mut play = Play::open(pair());
    play.accepted("a");
    play.pass(seconds(3));
    play.answers("a", Reply::Coming);
    assert_eq!(play.standing("a"), Some(Standing::Silent));
    assert!(
        !play
            .last
            .iter()
            .any(|effect| matches!(effect, Effect::Withdraw(_)))
    );
    play.pass(seconds(3));
    play.answers("a", Reply::Coming);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:03  answer      a: coming (doubtful)
    00:00:06  answer      a: coming
    00:00:06  met         control with 1
    ");
    assert_eq!(play.standing("a"), Some(Standing::Coming));
}

#[test]
fn a_doubtful_answer_never_unsays_a_persons_word() {
    let mut play = Play::open(pair());
    play.accepted("a");
    play.minutes(1);
    play.answers("a", Reply::Coming);
    let again = play.rows[0].draft.clone();
    play.call_out.accepted(&again, play.now);
    play.answers("a", Reply::Cannot);
    assert_eq!(play.standing("a"), Some(Standing::Coming));
    assert!(play.call_out.is_met());
}

#[test]
fn an_answer_counts_even_if_the_sending_was_never_confirmed() {
    // The connection broke after the whole message was handed over.
    let mut play = Play::open(pair());
    play.minutes(3);
    play.answers("a", Reply::Coming);
    assert_eq!(play.standing("a"), Some(Standing::Coming));
}

#[test]
fn somebody_who_was_never_called_counts_on_anothers_word() {
    let mut play = Play::open(pair());
    play.minutes(1);
    play.on_behalf("b", Reply::Arrived);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:01:00  answer      b: arrived
    00:01:00  met         control with 1
    ");
    assert!(play.call_out.is_met());
    play.minutes(60);
    assert_eq!(play.messages("b", Purpose::Call), 0);
}

#[test]
fn somebody_who_was_only_told_counts_once_they_answer() {
    let mut play = Play::open(pair().inform("person:b"));
    play.minutes(1);
    play.on_behalf("b", Reply::Coming);
    assert!(play.call_out.is_met(), "the deputy says they come");
    assert_eq!(play.call_out.counts().coming, 1);
    play.minutes(60);
    assert_eq!(play.messages("b", Purpose::Call), 0);
}

#[test]
fn an_answer_during_the_hold_is_not_forgotten() {
    let mut play = Play::open(pair().hold(60));
    play.on_behalf("a", Reply::Coming);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  held
    00:00:00  tell held   duty (mail)
    00:00:00  answer      a: coming
    00:00:00  met         control with 1
    00:01:00  opened      places to fill: 1
    ");
}

#[test]
fn nobody_outside_the_roster_can_answer() {
    let mut play = Play::open(pair());
    let before = play.call_out.clone();
    let refused = play.try_answer("nobody", Reply::Coming, Via::OnBehalf);
    assert_eq!(refused, Err(Refusal::NotInIt("nobody".into())));
    assert_eq!(play.call_out, before);
}

#[test]
fn an_answer_stops_the_asking_even_if_an_address_dies_later() {
    let mut town = pair();
    town = town.people(&["a"], &["mail", "sms"]);
    let mut play = Play::open(town);
    play.minutes(1);
    play.on_behalf("a", Reply::Coming);
    play.dead("a", "email");
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:01:00  answer      a: coming
    00:01:00  met         control with 1
    00:01:00  dead        a by email
    ");
    assert_eq!(play.messages("a", Purpose::Call), 1);
}
