//! Addresses: dead ones, mended ones, and people whom a transfer took away.

use insta::assert_snapshot;
use muster::domain::call_out::{ContactState, Standing, State};
use muster::domain::notification::Purpose;
use muster::domain::procedure::{Stage, StageCall};
use muster::domain::roster::ChannelName;
use muster::domain::rule::{CallMode, Need, Selector};

use super::play::Play;
use crate::support::plans::{Town, again, selector, stage};

/// One of three, in turn, each by mail and by SMS.
fn town() -> Town {
    Town::new()
        .people(&["a", "b", "c"], &["mail", "sms"])
        .administrator("duty")
        .squad("control", Some(1), &["a"], &["b", "c"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(Stage {
            remind: true,
            ..stage(5)
        })
        .exhausted_after(10)
}

#[test]
fn a_dead_address_brings_the_next_contact_then_the_next_in_line() {
    let mut play = Play::open(town());
    play.dead("a", "email");
    play.dead("a", "webhook");
    play.minutes(1);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  dead        a by email
    00:00:00  call        a (sms)
    00:00:00  dead        a by webhook:sms
    00:00:00  lost        a cannot be reached
    00:00:00  call        b (mail)
    00:00:00  next        b instead of a for control
    ");
}

#[test]
fn when_nobody_can_be_reached_the_administrators_hear_it_at_once() {
    let mut play = Play::open(town());
    for person in ["a", "b", "c"] {
        play.dead(person, "email");
        play.dead(person, "webhook");
    }
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  dead        a by email
    00:00:00  call        a (sms)
    00:00:00  dead        a by webhook:sms
    00:00:00  lost        a cannot be reached
    00:00:00  call        b (mail)
    00:00:00  next        b instead of a for control
    00:00:00  dead        b by email
    00:00:00  call        b (sms)
    00:00:00  dead        b by webhook:sms
    00:00:00  lost        b cannot be reached
    00:00:00  call        c (mail)
    00:00:00  next        c instead of b for control
    00:00:00  dead        c by email
    00:00:00  call        c (sms)
    00:00:00  dead        c by webhook:sms
    00:00:00  lost        c cannot be reached
    00:00:00  stage 2     nobody to call, passed over
    00:00:00  exhausted   control
    00:00:00  tell spent  duty (mail)
    ");
    assert_eq!(play.state(), State::Exhausted);
}

#[test]
fn people_without_any_contact_are_named_and_passed_over() {
    let play = Play::open(town().people(&["a", "b"], &[]));
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 3, asked again 0
    00:00:00  lost        a cannot be reached
    00:00:00  lost        b cannot be reached
    00:00:00  call        c (mail)
    ");
}

#[test]
fn a_stage_together_tries_all_contacts_and_one_dead_leaves_the_other() {
    let mut town = town();
    town.0.procedures["P2"].stages[0].together = true;
    let mut play = Play::open(town);
    play.dead("a", "email");
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail), a (sms)
    00:00:00  dead        a by email
    ");
}

#[test]
fn a_stage_that_names_no_contact_of_a_person_still_reaches_them() {
    let mut town = town();
    town.0.procedures["P2"].stages[0].channels = vec![ChannelName::Webhook("fax".into())];
    let play = Play::open(town);
    assert_eq!(play.messages("a", Purpose::Call), 1);
}

#[test]
fn a_mended_address_is_tried_as_soon_as_the_old_one_dies() {
    let mut play = Play::open(town().people(&["a"], &["mail"]));
    play.mend("a", &["mail2"]);
    play.dead("a", "email");
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  dead        a by email
    00:00:00  call        a (mail2)
    ");
    assert_eq!(play.standing("a"), Some(Standing::Silent));
}

#[test]
fn whoever_could_not_be_reached_is_called_through_a_mended_address() {
    let mut town = town().people(&["a"], &["mail"]);
    town.0.procedures["P2"].stages[1].remind = false;
    let mut play = Play::open(town);
    play.dead("a", "email");
    play.mend("a", &["mail2"]);
    play.minutes(6);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  dead        a by email
    00:00:00  lost        a cannot be reached
    00:00:00  call        b (mail)
    00:00:00  next        b instead of a for control
    00:05:00  stage 2     due; called 1, asked again 0
    00:05:00  call        c (mail), a (mail2)
    00:05:00  again       1 in stage 2
    ");
    assert_eq!(play.standing("a"), Some(Standing::Silent));
}

#[test]
fn a_message_to_an_address_that_was_replaced_meanwhile_is_not_lost() {
    let mut play = Play::open(town().people(&["a"], &["mail"]));
    play.mend("a", &["mail2"]);
    play.minutes(5);
    let through = |play: &Play, address: &str| {
        let rows = play.rows.iter();
        rows.filter(|row| row.draft.contact.address.contains(address))
            .count()
    };
    assert_eq!(through(&play, "a-mail2"), 1, "asked again as it is now");
    play.dead("a", "email");
    assert_eq!(play.standing("a"), Some(Standing::Unreachable));
}

#[test]
fn whom_a_transfer_took_away_is_passed_over_in_words() {
    let mut play = Play::open(town());
    play.transfer("b");
    play.minutes(5);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:05:00  stage 2     due; called 2, asked again 1
    00:05:00  ask again   a (mail)
    00:05:00  lost        b cannot be reached
    00:05:00  call        c (mail)
    ");
    assert_eq!(play.call_out, {
        let mut again = play.restarted();
        again.index = play.call_out.index.clone();
        again
    });
}

#[test]
fn whom_a_transfer_took_away_after_the_call_still_hears_of_the_end() {
    let mut play = Play::open(town());
    play.accepted("a");
    play.transfer("a");
    play.minutes(1);
    play.stand_down();
    assert_eq!(play.messages("a", Purpose::StandDown), 1);
}

#[test]
fn contacts_that_vanish_bring_the_next_in_line_without_waiting() {
    let mut town = town();
    town.0.procedures["P2"].stages[0].resend = again(1, 1);
    let mut play = Play::open(town);
    play.mend("a", &[]);
    play.minutes(1);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:01:00  lost        a cannot be reached
    00:01:00  call        b (mail)
    00:01:00  next        b instead of a for control
    ");
    assert_eq!(play.messages("b", Purpose::Call), 1);
}

/// Whoever notices it, a word to everybody or a stage that calls nobody: the next in
/// line is called at once, before it is given up for want of anybody.
#[test]
fn contacts_that_vanish_bring_the_next_in_line_whoever_notices() {
    for notices in ["a word", "a stage", "who is told of an unmet need"] {
        let mut town = town();
        let stages = &mut town.0.procedures["P2"].stages;
        stages[1].call = StageCall::Nobody;
        if notices == "who is told of an unmet need" {
            stages[0].tell = vec![Selector::Person("a".into())];
        }
        let mut play = Play::open(town);
        play.mend("a", &[]);
        if notices == "a word" {
            play.speak();
        } else {
            play.minutes(5);
        }
        assert_eq!(play.standing("a"), Some(Standing::Unreachable));
        assert_eq!(play.messages("b", Purpose::Call), 1, "{}", play.timeline());
        assert_eq!(play.state(), State::Open);
    }
}

/// A call was taken by a contact that is dead since: nobody was reached by it.
#[test]
fn a_contact_that_died_after_it_took_the_call_has_reached_nobody() {
    let mut play = Play::open(town());
    let since = play.now;
    play.accepted("a");
    let a = "a".into();
    assert!(play.call_out.is_reached(&a, since));
    play.speak();
    play.dead("a", "email");
    assert!(!play.call_out.is_reached(&a, since));
    assert!(!play.restarted().is_reached(&a, since));
}

#[test]
fn dead_stays_dead_whatever_is_accepted_later() {
    let mut play = Play::open(town().people(&["a"], &["mail"]));
    play.minutes(5);
    // The reminder is refused, the first message taken after all.
    let rows: Vec<usize> = (0..play.rows.len())
        .filter(|index| play.rows[*index].draft.person.as_str() == "a")
        .collect();
    play.settle(rows[1], false);
    play.settle(rows[0], true);
    assert_eq!(
        play.call_out.participants["a"].contacts[0].state,
        ContactState::Dead
    );
    assert_eq!(play.restarted().targets, play.call_out.targets);
}

#[test]
fn a_stand_down_goes_on_to_the_next_contact_too() {
    let mut play = Play::open(town());
    play.stand_down();
    // The call and the stand-down are both on their way to one dead address.
    play.dead("a", "email");
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        a (mail)
    00:00:00  withdraw    all that asks
    00:00:00  stood down  token:duty
    00:00:00  tell over   a (mail)
    00:00:00  dead        a by email
    00:00:00  tell over   a (sms)
    ");
}

#[test]
fn a_stand_down_reaches_the_contact_that_carried_the_call() {
    let mut town = town();
    town.0.procedures["P2"].stages[0].together = true;
    let mut play = Play::open(town);
    play.accepted("a");
    play.stand_down();
    play.dead("a", "email");
    assert_eq!(play.messages("a", Purpose::StandDown), 2);
}

#[test]
fn administrators_hear_of_exhaustion_by_every_path() {
    let mut play = Play::open(town().people(&["duty"], &["mail", "sms"]));
    play.minutes(30);
    assert_eq!(play.messages("duty", Purpose::Exhausted), 2);
}

#[test]
fn an_unreachable_administrator_who_is_called_is_called_through_a_mended_address() {
    let mut town = town().people(&["a"], &["mail"]);
    town.0.procedures["P2"].stages[0].tell = vec![selector("person:a")];
    town.0.procedures["P2"].stages[1].remind = false;
    let mut play = Play::open(town);
    play.dead("a", "email");
    play.mend("a", &["mail2"]);
    play.minutes(6);
    let asked = play
        .rows
        .iter()
        .filter(|row| row.draft.contact.address.starts_with("a-mail2") && row.draft.purpose.asks());
    assert_eq!(asked.count(), 1);
}
