//! What holds on any day of who hears what: nobody is lost to a dead address.

use std::collections::HashSet;

use muster::domain::call_out::{ContactState, HEARS_LATE, Participant, Standing, State};
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
        // What was stopped asks them once it goes on.
        if after.state() == State::Open && !call_out.is_paused() {
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

/// 発令と参集解除の知らせの両方が届かず、解除の後で宛先が直されたとき: the call and the
/// word of the end go to an address that is wrong, which is mended after the end.
/// Whoever was called hears that it is over as soon as that comes to light.
#[test]
fn whose_address_is_mended_after_the_end_hears_that_it_is_over() {
    for reloaded in [false, true] {
        let mut play = one_called_by_mail();
        play.stand_down();
        let [call, end] = [0, 1];
        assert_eq!(play.rows[end].draft.purpose, Purpose::StandDown);
        play.settle(end, false);
        play.mend("b", &["mail2"]);
        if reloaded {
            play.put_in_force();
        }
        play.settle(call, false);
        assert_eq!(play.messages("b", Purpose::StandDown), 2);
        let said = play.rows.last().unwrap();
        assert_eq!(&*said.draft.contact.address, "b-mail2@example.jp");
        play.put_in_force();
        assert_eq!(play.messages("b", Purpose::StandDown), 2, "said once");
    }
}

/// Nobody hears of the end twice because of a new address, nor the day after it.
#[test]
fn who_has_heard_of_the_end_is_not_told_again() {
    let mut play = one_called_by_mail();
    play.stand_down();
    play.accepted("b");
    play.mend("b", &["mail2"]);
    play.put_in_force();
    assert_eq!(play.messages("b", Purpose::StandDown), 1);

    let mut play = one_called_by_mail();
    play.stand_down();
    play.dead("b", "email");
    play.pass(HEARS_LATE);
    play.mend("b", &["mail2"]);
    play.put_in_force();
    assert_eq!(play.messages("b", Purpose::StandDown), 1);
}

fn one_called_by_mail() -> Play {
    Play::open(
        Town::new()
            .people(&["b"], &["mail"])
            .target("everyone", Need::Everyone, CallMode::AtOnce)
            .stage(stage(0))
            .exhausted_after(60),
    )
}
