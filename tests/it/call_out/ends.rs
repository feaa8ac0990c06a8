//! The hold before it, and the ways in which it ends.

use insta::assert_snapshot;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Refusal, State};
use muster::domain::notification::Purpose;
use muster::domain::rule::{CallMode, Need};

use super::play::{Play, word};
use crate::support::plans::{Town, again, stage};

fn town() -> Town {
    let mut town = Town::new()
        .people(&["a", "b"], &["mail"])
        .people(&["it"], &["mail"])
        .administrator("duty")
        .squad("control", Some(1), &["a"], &["b"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .inform("person:it")
        .stage(stage(0))
        .stage(stage(5))
        .exhausted_after(10);
    town.0.procedures["P2"].stages[0].resend = again(1, 9);
    town
}

#[test]
fn a_hold_that_nobody_stops_runs_out_into_the_call() {
    let mut play = Play::open(town().hold(60));
    play.minutes(1);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  held
    00:00:00  tell held   duty (mail)
    00:01:00  opened      places to fill: 1
    00:01:00  stage 1     due; called 1, asked again 0
    00:01:00  call        a (mail)
    00:01:00  tell        it (mail)
    ");
}

#[test]
fn a_confirmed_hold_calls_at_once() {
    let mut play = Play::open(town().hold(600));
    play.minutes(2);
    play.confirm();
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  held
    00:00:00  tell held   duty (mail)
    00:02:00  confirmed   token:chief
    00:02:00  opened      places to fill: 1
    00:02:00  stage 1     due; called 1, asked again 0
    00:02:00  call        a (mail)
    00:02:00  tell        it (mail)
    ");
    let refused = play.call_out.confirm(word(), None, &play.plan, play.now);
    assert_eq!(refused, Err(Refusal::NotHeld(State::Open)));
}

#[test]
fn a_cancelled_hold_calls_nobody() {
    let mut play = Play::open(town().hold(600));
    play.minutes(2);
    play.cancel();
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  held
    00:00:00  tell held   duty (mail)
    00:02:00  withdraw    all that asks
    00:02:00  cancelled   token:duty
    00:02:00  tell off    duty (mail)
    ");
    let refused = play.call_out.cancel(word(), &play.plan, play.now);
    assert_eq!(refused, Err(Refusal::NotHeld(State::Cancelled)));
    let refused = play
        .call_out
        .stand_down(word(), false, &play.plan, play.now);
    assert_eq!(refused, Err(Refusal::Over(State::Cancelled)));
}

#[test]
fn a_notice_of_the_hold_is_not_sent_on_once_the_hold_is_over() {
    let mut play = Play::open(town().people(&["duty"], &["mail", "sms"]).hold(60));
    play.minutes(2);
    play.dead("duty", "email");
    assert_eq!(play.messages("duty", Purpose::Held), 1);
}

#[test]
fn a_stand_down_tells_everyone_who_was_called_or_told() {
    let mut play = Play::open(town());
    play.minutes(1);
    play.on_behalf("a", Reply::Cannot);
    play.minutes(2);
    play.stand_down();
    let refused = play
        .call_out
        .stand_down(word(), false, &play.plan, play.now);
    assert_eq!(refused, Err(Refusal::Over(State::StoodDown)));
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  tell        it (mail)
    00:01:00  ask again   a (mail)
    00:01:00  again       1 in stage 1
    00:01:00  answer      a: cannot
    00:01:00  call        b (mail)
    00:01:00  next        b instead of a for control
    00:02:00  ask again   b (mail)
    00:02:00  again       1 in stage 1
    00:03:00  ask again   b (mail)
    00:03:00  again       1 in stage 1
    00:03:00  withdraw    all that asks
    00:03:00  stood down  token:duty
    00:03:00  tell over   a (mail), it (mail), b (mail)
    ");
}

#[test]
fn a_dead_address_after_the_end_calls_nobody() {
    let mut play = Play::open(town().people(&["a"], &["mail", "sms"]));
    play.stand_down();
    let sent = play.rows.len();
    play.dead("a", "email");
    let more: Vec<_> = play.rows[sent..]
        .iter()
        .map(|row| row.draft.purpose)
        .collect();
    assert_eq!(more, [Purpose::StandDown]);
    assert_eq!(play.messages("b", Purpose::Call), 0);
}

#[test]
fn a_rule_that_calls_nobody_tells_and_waits_for_nothing() {
    let mut quiet = town();
    quiet.rule().targets.clear();
    let play = Play::open(quiet);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 0
    00:00:00  tell        it (mail)
    ");
    assert_eq!(play.call_out.next_due(), None);
}
