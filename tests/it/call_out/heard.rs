//! What holds on any day of who hears what: nobody is lost to a dead address.

use std::collections::HashSet;

use muster::domain::call_out::{ContactState, Participant, Standing, State};
use muster::domain::id::PersonId;
use muster::domain::notification::Purpose;
use muster::domain::rule::Ask;

use jiff::SignedDuration;
use muster::domain::acknowledgement::Reply;
use muster::domain::rule::{CallMode, Need};

use super::play::Play;
use super::property::always;
use crate::support::plans::{Town, stage};

#[test]
fn nobody_silent_is_left_without_a_message_that_may_still_pass() {
    always(|_: &mut (), step| {
        let after = step.after;
        let hoped: HashSet<&PersonId> = after
            .rows
            .iter()
            .filter(|row| row.draft.purpose.calls() && row.state != ContactState::Dead)
            .map(|row| &row.draft.person)
            .collect();
        // Whom every met need can spare is asked no more; should one open again
        // they are.
        let call_out = &after.call_out;
        let wanted = |person: &Participant| match call_out.ask {
            Ask::Everyone => true,
            Ask::UntilMet if person.targets.is_empty() => !call_out.is_met(),
            Ask::UntilMet => {
                let mut targets = person.targets.iter();
                targets.any(|index| !call_out.targets[*index].met)
            }
        };
        // Whoever pressed two buttons within seconds has their page before them,
        // and a path that carried something there is not dead.
        let has_page = |person: &Participant| {
            let mut paths = person.contacts.iter();
            let lives = |state| !matches!(state, ContactState::Untried | ContactState::Dead);
            person.answer.is_some() && paths.any(|tried| lives(tried.state))
        };
        let silent = |person: &&Participant| {
            person.is_called()
                && !has_page(person)
                && person.standing() == Standing::Silent
                && person.asked_at.is_some()
                && wanted(person)
        };
        if after.state() == State::Open {
            let people = after.call_out.participants.values();
            for person in people.filter(silent) {
                assert!(hoped.contains(&person.person), "{} is lost", person.person);
            }
        }
    });
}

#[test]
fn a_stand_down_is_sent_until_a_contact_takes_it() {
    always(|to_be_told: &mut Vec<PersonId>, step| {
        if step.after.state() != State::StoodDown {
            return;
        }
        if step.before.state() != State::StoodDown {
            // Whoever speaks up after the end knows of it; whom nothing reached
            // has nothing to unlearn.
            let people = step.after.call_out.participants.values();
            let reachable = people.filter(|person| !person.is_unreachable());
            *to_be_told = reachable.map(|person| person.person.clone()).collect();
        }
        let rows = step.after.rows.iter();
        let hoped: HashSet<_> = rows
            .filter(|row| row.draft.purpose == Purpose::StandDown)
            .filter(|row| row.state != ContactState::Dead)
            .map(|row| &row.draft.person)
            .collect();
        for id in &*to_be_told {
            let person = &step.after.call_out.participants[id];
            assert!(
                person.is_unreachable() || hoped.contains(id),
                "{id} does not hear of the end"
            );
        }
    });
}

/// Two answers that contradict each other within seconds are none: whoever gave
/// them is called on, by the next of their contacts where the one that carried
/// the call was refused in between.
#[test]
fn whoever_contradicts_themselves_is_called_on() {
    let town = Town::new()
        .people(&["a"], &["sms", "mail"])
        .people(&["b"], &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .stage(stage(0))
        .exhausted_after(60);
    let mut play = Play::open(town);
    play.pass(SignedDuration::from_secs(6));
    let sent = play.messages("a", Purpose::Call);
    play.answers("a", Reply::Arrived);
    play.settle(0, false);
    assert_eq!(
        play.messages("a", Purpose::Call),
        sent,
        "they have answered"
    );
    play.answers("a", Reply::Coming);
    assert_eq!(play.standing("a"), Some(Standing::Silent));
    let asked = play.messages("a", Purpose::Call) + play.messages("a", Purpose::Remind);
    assert!(asked > sent, "nothing could reach them any more");
}
