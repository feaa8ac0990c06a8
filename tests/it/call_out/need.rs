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
    assert_snapshot!(play.timeline(), @"");
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
    assert_snapshot!(play.timeline(), @"");
}

#[test]
fn asking_everyone_goes_on_after_the_need_is_met() {
    let mut play = Play::open(squad(CallMode::AtOnce).ask(Ask::Everyone));
    play.minutes(1);
    play.on_behalf("d", Reply::Coming);
    play.on_behalf("b", Reply::Arrived);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @"");
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
    assert_snapshot!(play.timeline(), @"");
    assert_eq!(play.call_out.counts().called, 2);
}

#[test]
fn one_who_cannot_is_replaced_in_each_of_their_targets() {
    let town = Town::new()
        .people(&["chief", "a", "b"], &["mail"])
        .squad("control", Some(1), &["chief"], &["a", "b"])
        .squad("supply", Some(1), &["chief"], &["b", "a"])
        .target("every-squad", Need::Roster, CallMode::InTurn)
        .stage(stage(0));
    let mut play = Play::open(town);
    play.on_behalf("chief", Reply::Cannot);
    assert_snapshot!(play.timeline(), @"");
}

#[test]
fn the_next_in_line_is_named_even_if_they_were_told_before() {
    let town = squad(CallMode::InTurn).inform("person:c");
    let mut play = Play::open(town);
    play.on_behalf("a", Reply::Cannot);
    assert_snapshot!(play.timeline(), @"");
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
    assert_snapshot!(play.timeline(), @"");
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
