//! How many must come, in which order they are called, and when it is enough.

use insta::assert_snapshot;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::notification::Purpose;
use muster::domain::procedure::Stage;
use muster::domain::rule::{Ask, CallMode, Need};

use super::play::Play;
use crate::support::plans::{Town, again, stage};

/// Two of four, in turn.
fn squad(mode: CallMode) -> Town {
    Town::new()
        .people(&["a", "b", "c", "d"], &["mail"])
        .administrator("duty")
        .squad("control", None, &["a", "b"], &["c", "d"])
        .target("squad:control", Need::Roster, mode)
        .stage(Stage {
            resend: again(4, 1),
            ..stage(0)
        })
        .stage(Stage {
            remind: true,
            ..stage(10)
        })
        .exhausted_after(20)
}

#[test]
fn cannot_brings_the_next_in_line_at_once() {
    let mut play = Play::open(squad(CallMode::InTurn));
    play.minutes(1);
    play.on_behalf("a", Reply::Cannot);
    play.minutes(1);
    play.on_behalf("b", Reply::Coming);
    play.minutes(1);
    play.on_behalf("c", Reply::Coming);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        a (mail), b (mail)
    00:01:00  answer      a: cannot
    00:01:00  call        c (mail)
    00:01:00  next        c instead of a for control
    00:02:00  answer      b: coming
    00:03:00  answer      c: coming
    00:03:00  met         control with 2
    ");
}

#[test]
fn received_fills_no_place() {
    let mut play = Play::open(squad(CallMode::InTurn));
    play.minutes(1);
    play.on_behalf("a", Reply::Received);
    assert_eq!(play.messages("c", Purpose::Call), 1);
    assert_eq!(play.call_out.targets[0].tally.received, 1);
}

#[test]
fn at_once_calls_all_ranks_together_and_takes_the_first_who_come() {
    let mut play = Play::open(squad(CallMode::AtOnce));
    play.minutes(1);
    play.on_behalf("d", Reply::Coming);
    play.on_behalf("b", Reply::Arrived);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 4, asked again 0
    00:00:00  call        a (mail), b (mail), c (mail), d (mail)
    00:01:00  answer      d: coming
    00:01:00  answer      b: arrived
    00:01:00  met         control with 2
    ");
}

#[test]
fn asking_everyone_goes_on_after_the_need_is_met() {
    let mut play = Play::open(squad(CallMode::AtOnce).ask(Ask::Everyone));
    play.minutes(1);
    play.on_behalf("d", Reply::Coming);
    play.on_behalf("b", Reply::Arrived);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 4, asked again 0
    00:00:00  call        a (mail), b (mail), c (mail), d (mail)
    00:01:00  answer      d: coming
    00:01:00  answer      b: arrived
    00:01:00  met         control with 2
    00:04:00  ask again   a (mail), c (mail)
    00:04:00  again       2 in stage 1
    00:10:00  stage 2     due; called 0, asked again 2
    00:10:00  ask again   a (mail), c (mail)
    ");
}

#[test]
fn a_candidate_of_several_targets_is_called_once_and_counts_in_each() {
    let town = Town::new()
        .people(&["chief", "a", "b"], &["mail"])
        .squad("control", None, &["chief", "a"], &[])
        .squad("supply", Some(1), &["chief"], &["b"])
        .post("vice", &["chief"], &["a"])
        .target("every-squad", Need::Roster, CallMode::InTurn)
        .target("post:vice", Need::Roster, CallMode::InTurn)
        .stage(stage(0));
    let mut play = Play::open(town);
    assert_eq!(play.messages("chief", Purpose::Call), 1);
    play.on_behalf("chief", Reply::Coming);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 3
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        chief (mail), a (mail)
    00:00:00  answer      chief: coming
    00:00:00  met         supply with 1
    00:00:00  met         vice with 1
    ");
    assert_eq!(play.call_out.counts().called, 2);
}

#[test]
fn one_deputy_may_stand_in_for_several_targets() {
    let town = Town::new()
        .people(&["chief", "a", "b"], &["mail"])
        .squad("control", Some(1), &["chief"], &["a", "b"])
        .squad("supply", Some(1), &["chief"], &["b", "a"])
        .target("every-squad", Need::Roster, CallMode::InTurn)
        .stage(stage(0));
    let mut play = Play::open(town);
    play.on_behalf("chief", Reply::Cannot);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 2
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        chief (mail)
    00:00:00  answer      chief: cannot
    00:00:00  call        a (mail)
    00:00:00  next        a instead of chief for control
    ");
}

#[test]
fn the_next_in_line_is_named_even_if_they_were_told_before() {
    let town = squad(CallMode::InTurn).inform("person:c");
    let mut play = Play::open(town);
    play.on_behalf("a", Reply::Cannot);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        a (mail), b (mail)
    00:00:00  tell        c (mail)
    00:00:00  answer      a: cannot
    00:00:00  call        c (mail)
    00:00:00  next        c instead of a for control
    ");
}

#[test]
fn a_vacant_post_is_filled_by_who_acts_for_it() {
    let town = Town::new()
        .people(&["acting"], &["mail"])
        .post("vice", &[], &["acting"])
        .target("post:vice", Need::Roster, CallMode::InTurn)
        .stage(stage(0));
    let play = Play::open(town);
    assert_eq!(play.messages("acting", Purpose::Call), 1);
    assert!(!play.call_out.is_met());
}

#[test]
fn a_changed_answer_reopens_the_need_and_calls_the_next() {
    let mut play = Play::open(squad(CallMode::InTurn));
    play.minutes(1);
    play.on_behalf("a", Reply::Coming);
    play.on_behalf("b", Reply::Coming);
    play.minutes(120);
    play.on_behalf("b", Reply::Cannot);
    play.minutes(9);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        a (mail), b (mail)
    00:01:00  answer      a: coming
    00:01:00  answer      b: coming
    00:01:00  met         control with 2
    02:01:00  answer      b: cannot
    02:01:00  reopened    control
    02:01:00  call        c (mail)
    02:01:00  next        c instead of b for control
    02:05:00  ask again   c (mail)
    02:05:00  again       1 in stage 1
    ");
    assert_eq!(
        play.messages("d", Purpose::Call),
        0,
        "who is called as a need re-opens is given time to answer"
    );
    play.minutes(1);
    assert_eq!(play.messages("d", Purpose::Call), 1);
}

#[test]
fn a_need_that_reopens_in_the_last_stage_is_not_given_up_at_once() {
    let mut play = Play::open(squad(CallMode::InTurn));
    play.minutes(12);
    play.on_behalf("a", Reply::Coming);
    play.on_behalf("b", Reply::Coming);
    play.minutes(120);
    play.on_behalf("b", Reply::Cannot);
    assert_eq!(play.state(), State::Open);
    play.minutes(9);
    assert_eq!(play.state(), State::Open);
    play.minutes(1);
    assert_eq!(play.state(), State::Exhausted);
}
