//! What an old call-out that waits for a word does, and does not.

use jiff::SignedDuration;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::course::Pause;
use muster::domain::call_out::{Effect, State};
use muster::domain::journal::Entry;
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
    play.now += SignedDuration::from_hours(2);
    assert_eq!(play.call_out.advance(&play.plan, play.now), []);
}

/// A squad of which two are wanted, one after the other; the power is away for
/// seven hours after the first has said that they come.
fn stopped_with_one_coming() -> Play {
    let town = Town::new()
        .people(&["a", "b", "c", "d"], &["mail"])
        .squad("s", Some(2), &[], &["a", "b", "c", "d"])
        .target("squad:s", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(600))
        .exhausted_after(900);
    let mut play = Play::open(town);
    play.minutes(1);
    play.answers("a", Reply::Coming);
    play.stand_still(SignedDuration::from_hours(11));
    assert!(play.call_out.is_paused());
    play
}

/// Who was called in whose place by the last thing that was done.
fn called_next(play: &Play) -> Vec<(&str, &str)> {
    let entries = play.last.iter().filter_map(|effect| match effect {
        Effect::Journal(Entry::CalledNext {
            person, instead_of, ..
        }) => Some((person.as_str(), instead_of.as_str())),
        _ => None,
    });
    entries.collect()
}

/// The account names whoever dropped out, and not who comes.
#[test]
fn whoever_is_called_after_the_word_is_called_in_the_place_of_who_dropped_out() {
    let mut play = stopped_with_one_coming();
    play.on_behalf("b", Reply::Cannot);
    assert_eq!(called_next(&play), []);
    play.confirm();
    assert_eq!(called_next(&play), [("c", "b")]);
}

/// Who has only received it fills no place, as where nothing was stopped.
#[test]
fn whoever_has_only_received_it_makes_room_for_the_next_after_the_word() {
    let mut play = stopped_with_one_coming();
    play.on_behalf("b", Reply::Received);
    play.confirm();
    assert_eq!(called_next(&play), [("c", "b")]);
}

/// The account says that it goes on, and nothing of a correction.
#[test]
fn the_account_says_what_was_confirmed() {
    let mut play = stopped_with_one_coming();
    let stands = play.call_out.digest();
    play.confirm();
    let confirmed = play.last.iter().find_map(|effect| match effect {
        Effect::Journal(Entry::Confirmed { digest, .. }) => Some(digest.clone()),
        _ => None,
    });
    assert_eq!(confirmed, Some(Some(stands)));
}

/// What a vendor was asked does not wait for the word.
#[test]
fn what_a_vendor_was_asked_is_not_taken_back() {
    let town = Town::new()
        .people(&["a"], &["mail"])
        .vendor("v", &[&["mail"]], 1)
        .squad("s", None, &["a"], &[])
        .target("squad:s", Need::Roster, CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(600))
        .exhausted_after(900);
    let mut play = Play::open(town);
    play.ask_help(&["v"], &[]);
    play.stand_still(SignedDuration::from_hours(11));
    let mut taken_back = play.last.iter().filter_map(|effect| match effect {
        Effect::Withdraw(person) => Some(person.as_str()),
        _ => None,
    });
    assert_eq!(taken_back.next(), Some("a"));
    assert_eq!(taken_back.next(), None);
}

/// One person was called eleven hours ago, and nothing ran since the next minute.
fn stopped_after(correct: impl Fn(&mut Play)) -> Play {
    let town = Town::new()
        .people(&["a"], &["mail"])
        .squad("s", None, &["a"], &[])
        .target("squad:s", Need::Roster, CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(600))
        .exhausted_after(900);
    let mut play = Play::open(town);
    play.minutes(1);
    correct(&mut play);
    play.stand_still(SignedDuration::from_hours(11));
    play
}

/// A withdrawal whose time has come is carried out before the word: nobody is asked
/// once more and sent home in the same moment.
#[test]
fn whom_a_correction_releases_is_not_asked_again_by_the_word() {
    let mut play = stopped_after(|_| {});
    assert!(play.call_out.is_paused());
    play.correct(None);
    play.now += SignedDuration::from_mins(10);
    play.confirm();
    assert!(!play.state().is_live());
    assert_eq!(play.messages("a", Purpose::Remind), 0);
    assert_eq!(play.messages("a", Purpose::StandDown), 1);
}

/// A growth needs no word to go on, and asks again like one: whose message was
/// taken back gets it.
#[test]
fn a_growth_asks_again_whoever_was_not_asked() {
    let town = Town::new()
        .people(&["a", "b"], &["mail"])
        .squad("s", None, &["a"], &[])
        .target("squad:s", Need::Roster, CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(600))
        .exhausted_after(900)
        .with_other_rules();
    let mut play = Play::open(town);
    play.stand_still(SignedDuration::from_hours(11));
    assert!(play.call_out.is_paused());
    play.grow("P1");
    assert_eq!(play.messages("b", Purpose::Call), 1);
    assert_eq!(play.messages("a", Purpose::Remind), 1);
}

/// One that was due in the standstill can be stopped once more, and ends it then;
/// after the next standstill at once, and nobody is asked whether it goes on.
#[test]
fn what_was_withdrawn_before_a_standstill_is_over_after_another_wait() {
    let mut play = stopped_after(|play| play.correct(None));
    assert!(play.call_out.is_paused());
    play.minutes(9);
    assert!(play.state().is_live());
    let mut again = play.clone();
    play.minutes(1);
    assert!(!play.state().is_live());
    assert_eq!(play.messages("a", Purpose::StandDown), 1);

    again.confirm();
    again.stand_still(SignedDuration::from_hours(11));
    assert!(!again.state().is_live());
    let asked = |effect: &Effect| matches!(effect, Effect::Journal(Entry::Paused { .. }));
    assert!(!again.last.iter().any(asked), "{:?}", again.last);
}

/// A withdrawal takes effect at its time although it waits for a word: that calls
/// nobody, and nobody is asked any more whether it goes on.
#[test]
fn a_correction_takes_effect_while_it_waits_for_a_word() {
    let mut play = stopped_with_one_coming();
    play.correct(None);
    play.minutes(10);
    assert!(!play.state().is_live());
    assert_eq!(play.messages("a", Purpose::StandDown), 1);
}

/// An old call-out with all that it needs stands still for a quarter of an hour.
fn old_and_met(vendor: bool) -> Play {
    let town = Town::new()
        .people(&["a", "b"], &["mail"])
        .squad("s", Some(1), &["a"], &["b"])
        .target("squad:s", Need::Roster, CallMode::InTurn)
        .vendor("v", &[&["mail"], &["mail"]], 1)
        .stage(stage(0))
        .exhausted_after(30);
    let mut play = Play::open(town);
    play.minutes(1);
    play.answers("a", Reply::Coming);
    play.accepted("a");
    play.minutes(7 * 60);
    if vendor {
        play.ask_help(&["v"], &[]);
        play.accepted("v#1");
    } else {
        let until = play.now + SignedDuration::from_mins(5);
        play.call_out.course.away.insert("b".into(), until);
    }
    let due = play.call_out.next_due().expect("something is due");
    play.stand_still(due.duration_since(play.now) + SignedDuration::from_mins(15));
    play
}

/// What was asked of vendors, and the end of an absence that calls nobody, are
/// no reason to stop it: a "cannot" still brings the next in line.
#[test]
fn what_calls_no_staff_stops_no_old_call_out() {
    for vendor in [true, false] {
        let mut play = old_and_met(vendor);
        assert!(!play.call_out.is_paused(), "vendor: {vendor}");
        play.answers("a", Reply::Cannot);
        assert_eq!(play.messages("b", Purpose::Call), 1);
    }
}
