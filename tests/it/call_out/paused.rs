//! What an old call-out that waits for a word does, and does not.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::call_out::course::Pause;
use muster::domain::notification::Purpose;
use muster::domain::rule::{CallMode, Decision, Need};

use super::play::Play;
use super::property::always;
use super::random::Happening;
use crate::support::plans::{Town, stage};

/// Nobody in line has decided, and an older version stopped it.
fn stopped_undecided() -> Play {
    let town = Town::new()
        .people(&["chief", "a"], &["mail"])
        .squad("s", None, &["a"], &[])
        .target("squad:s", Need::Roster, CallMode::AtOnce)
        .stage(stage(0))
        .exhausted_after(30)
        .decision(&["chief"], 600, false);
    let mut play = Play::open(town);
    play.minutes(20);
    assert_eq!(play.state(), State::Exhausted);
    play.call_out.course.paused = Some(Pause {
        since: play.now,
        again_at: play.now,
        times: 0,
    });
    play
}

/// The word to go on is no decision: the line is asked once more.
#[test]
fn what_was_stopped_undecided_asks_for_the_decision_on_the_word() {
    let mut play = stopped_undecided();
    play.minutes(420);
    let asked = play.messages("chief", Purpose::Decide);
    play.confirm();
    assert_eq!(play.messages("a", Purpose::Call), 0);
    assert_eq!(play.state(), State::AwaitingDecision);
    assert_eq!(play.messages("chief", Purpose::Decide), asked + 1);
    assert!(!play.call_out.is_paused());
}

/// A decision is the word that was waited for: it calls, and asks for no other.
#[test]
fn a_decision_lets_go_on_what_was_stopped_undecided() {
    let mut play = stopped_undecided();
    play.decide("chief", Decision::Muster);
    assert_eq!(play.messages("a", Purpose::Call), 1);
    play.minutes(1);
    play.answers("a", Reply::Coming);
    assert!(play.call_out.is_met());
}

/// The other decision as well: the section is asked again at its time.
#[test]
fn left_to_the_section_it_is_asked_again() {
    let mut play = stopped_undecided();
    let asked = play.messages("chief", Purpose::Decide);
    play.decide("chief", Decision::HandleInSection);
    assert_eq!(play.state(), State::InSection);
    play.minutes(24 * 60);
    assert!(play.messages("chief", Purpose::Decide) > asked);
    assert_eq!(play.messages("a", Purpose::Call), 0);
}

#[test]
fn while_it_waits_for_a_word_nobody_is_called() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        if call_out.state.is_live() && call_out.is_paused() {
            assert_eq!(step.drafts().find(|draft| draft.purpose.calls()), None);
            let answers = matches!(step.what, Happening::Answer(..));
            let called = step.newly_called().next();
            assert!(answers || called.is_none(), "{called:?} was called");
            assert_eq!(call_out.stage, step.before.call_out.stage);
        }
    });
}

/// What is over waits for no word any more, and asks for none.
#[test]
fn what_is_over_asks_no_more_whether_it_goes_on() {
    let mut play = stopped_undecided();
    play.stand_down();
    assert!(!play.call_out.is_paused());
    play.now += jiff::SignedDuration::from_hours(2);
    assert_eq!(play.call_out.advance(&play.plan, play.now), []);
}
