//! Stages, asking again, running out, and waking up late.

use insta::assert_snapshot;
use jiff::SignedDuration;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Standing, State};
use muster::domain::journal::Entry;
use muster::domain::notification::Purpose;
use muster::domain::procedure::{Stage, StageCall};
use muster::domain::rule::{Ask, CallMode, Need};

use super::play::Play;
use super::property::always;
use crate::support::plans::{Town, again, selector, stage};

/// All staff at once (P1), asked again, then by every channel, then given up.
fn all_staff() -> Town {
    Town::new()
        .people(&["a", "b", "c"], &["mail", "sms"])
        .administrator("duty")
        .target("section:general", Need::Everyone, CallMode::AtOnce)
        .ask(Ask::Everyone)
        .stage(Stage {
            resend: again(5, 1),
            ..stage(0)
        })
        .stage(Stage {
            call: StageCall::Nobody,
            remind: true,
            together: true,
            tell: vec![selector("person:a")],
            ..stage(15)
        })
        .exhausted_after(30)
}

#[test]
fn all_staff_are_asked_again_until_the_stages_run_out() {
    let mut play = Play::open(all_staff());
    play.minutes(2);
    play.on_behalf("b", Reply::Coming);
    play.on_behalf("duty", Reply::Coming);
    play.minutes(6);
    play.on_behalf("c", Reply::Cannot);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 4, asked again 0
    00:00:00  call        a (mail), b (mail), c (mail), duty (mail)
    00:02:00  answer      b: coming
    00:02:00  answer      duty: coming
    00:05:00  ask again   a (mail), c (mail)
    00:05:00  again       2 in stage 1
    00:08:00  answer      c: cannot
    00:15:00  stage 2     due; called 0, asked again 1
    00:15:00  ask again   a (mail), a (sms)
    00:30:00  unmet       general after stage 2; told 1
    00:30:00  tell unmet  a (mail)
    00:30:00  exhausted   general
    00:30:00  tell spent  duty (mail)
    ");
    assert_eq!(play.state(), State::Exhausted);
    assert_eq!(play.call_out.next_due(), None);
}

#[test]
fn once_everyone_has_answered_nobody_is_asked_again() {
    let mut play = Play::open(all_staff());
    for person in ["a", "b", "c", "duty"] {
        play.minutes(1);
        play.on_behalf(person, Reply::Cannot);
    }
    let said = play.timeline();
    play.minutes(600);
    assert_eq!(play.timeline(), said);
    assert_eq!(play.state(), State::Open, "only a person ends a call-out");
}

/// One of three, in turn, with two stages five minutes apart.
fn in_turn() -> Town {
    Town::new()
        .people(&["first", "second", "third"], &["mail"])
        .administrator("duty")
        .squad("control", Some(1), &["first"], &["second", "third"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(Stage {
            remind: true,
            ..stage(5)
        })
        .exhausted_after(15)
}

#[test]
fn when_the_first_in_line_is_silent_the_next_stage_calls_the_second() {
    let mut play = Play::open(in_turn());
    play.minutes(7);
    play.on_behalf("second", Reply::Coming);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        first (mail)
    00:05:00  stage 2     due; called 1, asked again 1
    00:05:00  ask again   first (mail)
    00:05:00  call        second (mail)
    00:07:00  answer      second: coming
    00:07:00  met         control with 1
    ");
}

#[test]
fn a_stage_with_nobody_to_call_costs_no_time() {
    let mut town = in_turn().stage(Stage {
        call: StageCall::Nobody,
        ..stage(8)
    });
    town = town.stage(Stage {
        call: StageCall::All,
        ..stage(12)
    });
    let mut play = Play::open(town);
    play.minutes(8);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        first (mail)
    00:05:00  stage 2     due; called 1, asked again 1
    00:05:00  ask again   first (mail)
    00:05:00  call        second (mail)
    00:08:00  stage 3     nobody to call, passed over
    00:08:00  stage 4     nothing more to wait for; called 1, asked again 0
    00:08:00  call        third (mail)
    ");
    assert_eq!(play.call_out.stage, 4);
}

#[test]
fn a_stage_that_calls_nobody_waits_for_whom_it_asks_besides() {
    let town = Town::new()
        .people(&["manager", "vice", "first", "second"], &["mail"])
        .squad("control", Some(1), &["first"], &["second"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(Stage {
            call: StageCall::Nobody,
            also: vec![selector("person:manager"), selector("person:vice")],
            ..stage(0)
        })
        .stage(stage(10))
        .exhausted_after(20);
    let mut play = Play::open(town);
    play.minutes(1);
    play.on_behalf("manager", Reply::Received);
    assert_eq!(
        play.messages("first", Purpose::Call),
        0,
        "a word of somebody who fills no place must not call a target early"
    );
    play.minutes(1);
    play.on_behalf("vice", Reply::Cannot);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        manager (mail), vice (mail)
    00:01:00  answer      manager: received
    00:02:00  answer      vice: cannot
    00:02:00  stage 2     nothing more to wait for; called 1, asked again 0
    00:02:00  call        first (mail)
    ");
}

#[test]
fn after_hours_away_the_stages_keep_their_distance() {
    let town = in_turn()
        .stage(Stage {
            remind: true,
            ..stage(10)
        })
        .exhausted_after(20);
    let mut play = Play::open(town);
    play.away(SignedDuration::from_hours(5));
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 1, asked again 0
    00:00:00  call        first (mail)
    05:00:00  late        295 min
    05:00:00  stage 2     due; called 1, asked again 1
    05:00:00  ask again   first (mail)
    05:00:00  call        second (mail)
    05:05:00  stage 3     due; called 1, asked again 2
    05:05:00  ask again   first (mail), second (mail)
    05:05:00  call        third (mail)
    05:15:00  exhausted   control
    05:15:00  tell spent  duty (mail)
    ");
}

#[test]
fn after_hours_away_nobody_is_asked_twice_at_once() {
    let mut town = all_staff();
    town.0.procedures["P2"].stages[0].resend = again(5, 10);
    town.0.procedures["P2"].stages[1].after = std::time::Duration::from_secs(24 * 3600);
    let mut play = Play::open(town.exhausted_after(48 * 60));
    play.away(SignedDuration::from_hours(6));
    assert_eq!(play.messages("a", Purpose::Remind), 1);
    play.minutes(5);
    assert_eq!(play.messages("a", Purpose::Remind), 2);
}

#[test]
fn those_asked_besides_are_let_alone_once_the_need_is_met() {
    let mut town = in_turn().people(&["guard"], &["mail"]);
    let procedure = &mut town.0.procedures["P2"];
    procedure.stages[0].also = vec![selector("person:guard")];
    procedure.stages[0].resend = again(1, 5);
    procedure.stages[1].also = vec![selector("person:duty")];
    let mut play = Play::open(town);
    play.on_behalf("first", Reply::Coming);
    play.minutes(3);
    play.advance();
    play.on_behalf("first", Reply::Arrived);
    assert_eq!(play.messages("guard", Purpose::Remind), 0);
    play.minutes(60);
    assert_eq!(play.messages("duty", Purpose::Call), 0);
}

#[test]
fn while_everyone_is_asked_a_met_need_brings_nobody_new() {
    let mut town = in_turn().ask(Ask::Everyone);
    let procedure = &mut town.0.procedures["P2"];
    procedure.stages[0].also = vec![selector("person:duty")];
    procedure.stages[1].also = vec![selector("person:third")];
    let mut play = Play::open(town);
    play.minutes(1);
    play.on_behalf("first", Reply::Coming);
    play.minutes(60);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 1
    00:00:00  stage 1     due; called 2, asked again 0
    00:00:00  call        first (mail), duty (mail)
    00:01:00  answer      first: coming
    00:01:00  met         control with 1
    00:05:00  stage 2     due; called 0, asked again 1
    00:05:00  ask again   duty (mail)
    ");
}

#[test]
fn each_stage_asks_again_as_often_as_it_says() {
    let mut town = in_turn().exhausted_after(60);
    let procedure = &mut town.0.procedures["P2"];
    procedure.stages[0].resend = again(1, 2);
    procedure.stages[1].remind = false;
    procedure.stages[1].resend = again(10, 1);
    let mut play = Play::open(town);
    play.minutes(59);
    assert_eq!(
        play.messages("first", Purpose::Remind),
        3,
        "twice in the first stage, once in the second"
    );
}

#[test]
fn a_target_that_nobody_can_fill_is_said_at_once() {
    let town = Town::new()
        .people(&["a"], &["mail"])
        .administrator("duty")
        .squad("empty", None, &[], &[])
        .target("squad:empty", Need::Roster, CallMode::AtOnce)
        .target("squad:empty", Need::Everyone, CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(5));
    let play = Play::open(town);
    assert_snapshot!(play.timeline(), @r"
    00:00:00  event       earthquake
    00:00:00  opened      places to fill: 2
    00:00:00  stage 1     nobody to call, passed over
    00:00:00  stage 2     nobody to call, passed over
    00:00:00  exhausted   empty, empty
    00:00:00  tell spent  duty (mail)
    ");
}

/// Two of five, the second stage asks again and calls nobody.
fn asked_again_first() -> Play {
    let town = Town::new()
        .people(&["r1", "r2", "d1", "d2", "d3"], &["mail"])
        .squad("control", Some(2), &["r1", "r2"], &["d1", "d2", "d3"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(Stage {
            call: StageCall::Nobody,
            remind: true,
            ..stage(5)
        })
        .stage(stage(10))
        .exhausted_after(30);
    let mut play = Play::open(town);
    play.minutes(6);
    play
}

/// Whoever was asked again by a stage that calls nobody has their time: a yes calls
/// nobody, and a no one person.
#[test]
fn an_answer_after_a_stage_that_calls_nobody_calls_as_many_as_dropped_out() {
    for (reply, next) in [(Reply::Coming, [0, 0]), (Reply::Cannot, [1, 0])] {
        let mut play = asked_again_first();
        play.answers("r1", reply);
        let called = ["d1", "d2"].map(|person| play.messages(person, Purpose::Call));
        assert_eq!(called, next, "{reply:?}");
    }
}

/// Nobody is called in place of somebody who comes.
#[test]
fn who_comes_is_not_replaced() {
    always(|_: &mut (), step| {
        for entry in step.entries() {
            if let Entry::CalledNext { instead_of, .. } = entry {
                let standing = step.after.standing(instead_of.as_str());
                let comes = matches!(standing, Some(Standing::Coming | Standing::Arrived));
                assert!(!comes, "{instead_of} comes");
            }
        }
    });
}
