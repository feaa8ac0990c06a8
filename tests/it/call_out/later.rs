//! What holds in any town on any day of what people decide, of later reports
//! and of what is kept of them.

use muster::domain::call_out::{CallOut, Part, Refusal, State};
use muster::domain::journal::Entry;
use muster::domain::notification::Purpose;
use muster::domain::rule::{CallMode, Confirm, Need};
use muster::store::codec;

use super::play::Play;
use super::property::{always, known};
use super::random::Happening;
use crate::support::plans::{Town, quake, selector, stage};

#[test]
fn nobody_is_called_before_it_is_confirmed_and_decided() {
    always(|_: &mut (), step| {
        let waits = matches!(
            step.after.state(),
            State::Held | State::AwaitingDecision | State::InSection
        );
        if waits || step.after.call_out.is_undecided() {
            assert_eq!(step.drafts().find(|draft| draft.purpose.calls()), None);
        }
    });
}

#[test]
fn whoever_entered_it_is_never_the_second_person() {
    always(|_: &mut (), step| {
        let wants = step.before.call_out.wants_second_person();
        if step.before.state() == State::Held && wants {
            let begins = !matches!(
                step.after.state(),
                State::Held | State::Cancelled | State::StoodDown
            );
            let confirmed = matches!(step.what, Happening::Confirm);
            let grown = matches!(step.what, Happening::Grow(_));
            let narrowed = step
                .entries()
                .any(|entry| matches!(entry, Entry::Corrected { .. }));
            assert!(!begins || confirmed || grown || narrowed, "{:?}", step.what);
        }
    });
}

#[test]
fn nobody_is_released_without_words() {
    always(|_: &mut (), step| {
        for person in step.released() {
            let corrected = step
                .entries()
                .any(|entry| matches!(entry, Entry::Corrected { .. }));
            assert!(
                corrected,
                "{} was released by {:?}",
                person.person, step.what
            );
            let told = step
                .drafts()
                .any(|draft| draft.purpose == Purpose::Released && draft.person == person.person);
            let now = &step.after.call_out.participants[&person.person];
            assert_eq!(now.part, Part::Informed);
            assert!(
                told || now.is_unreachable(),
                "{} was released in silence",
                person.person
            );
        }
    });
}

#[test]
fn growing_tells_everybody_who_was_in_it_once() {
    always(|_: &mut (), step| {
        let grown = step
            .entries()
            .any(|entry| matches!(entry, Entry::Grown { .. }));
        if !grown || step.after.state() == State::Held {
            return;
        }
        let before = step.before.call_out.participants.values();
        for person in before.filter(|person| person.is_called()) {
            let after = &step.after.call_out.participants[&person.person];
            assert!(after.is_called(), "{} is called no more", person.person);
            assert_eq!(after.reply(), person.reply(), "answers carry over");
            let notices = step
                .drafts()
                .filter(|draft| draft.purpose == Purpose::Grown && draft.person == person.person);
            let most = usize::from(!after.is_unreachable());
            assert_eq!(notices.count(), most, "{}", person.person);
        }
    });
}

#[test]
fn a_decision_that_nobody_gives_is_waited_for_or_said_to_be_missing() {
    always(|missing: &mut bool, step| {
        for entry in step.entries() {
            match entry {
                Entry::Undecided { .. } => *missing = true,
                Entry::Asked { .. } | Entry::Decided { .. } => *missing = false,
                _ => {}
            }
        }
        let call_out = &step.after.call_out;
        if call_out.is_undecided() && call_out.state == State::Exhausted {
            assert!(*missing, "out of people, and nobody was told");
        }
    });
}

#[test]
fn what_the_section_handles_is_never_out_of_people() {
    always(|_: &mut (), step| {
        let (before, after) = (&step.before.call_out, &step.after.call_out);
        if before.is_in_section() && after.state == State::Exhausted {
            let later = step.is_changed()
                || step
                    .entries()
                    .any(|entry| matches!(entry, Entry::Decided { .. } | Entry::Exhausted { .. }));
            assert!(later, "the section is forgotten");
        }
    });
}

/// A call-out read from what the store keeps of it.
fn read_back(call_out: &CallOut) -> CallOut {
    let bodies = codec::Frozen {
        frozen: codec::frozen(call_out),
        progress: codec::progress(call_out),
    };
    let event = codec::read_event(&codec::event(&call_out.event)).unwrap();
    let mut again = codec::read_call_out(event, &bodies, call_out.revision).unwrap();
    for participant in call_out.participants.values() {
        let body = codec::participant(participant, 0);
        let (mut read, _) = codec::read_participant(&body, call_out.targets.len()).unwrap();
        // What is known of contacts follows from the outbox.
        for (read, now) in read.contacts.iter_mut().zip(&participant.contacts) {
            read.state = now.state;
        }
        read.sent_at = participant.sent_at;
        read.last_sent_at = participant.last_sent_at;
        read.last_taken_at = participant.last_taken_at;
        // And what is in doubt, from the answers.
        read.doubted.clone_from(&participant.doubted);
        again.participants.insert(read.person.clone(), read);
    }
    again.recount();
    again
}

/// A row that was kept beside another call-out than is there says so, and nothing ends
/// by it.
#[test]
fn a_place_to_fill_that_is_not_there_cannot_be_read() {
    let town = Town::new().people(&["a"], &["mail"]).stage(stage(0));
    let town = town.squad("control", Some(1), &["a"], &[]);
    let play = Play::open(town.target("squad:control", Need::Roster, CallMode::InTurn));
    let body = codec::participant(&play.call_out.participants["a"], 0);
    codec::read_participant(&body, 1).unwrap();
    let unread = codec::read_participant(&body, 0).unwrap_err();
    assert_eq!(unread.what, "targets");
}

#[test]
fn what_is_kept_is_what_is_read() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        let (read, kept) = (known(&read_back(call_out)), known(call_out));
        assert_eq!(read.targets, kept.targets);
        assert_eq!(read.participants, kept.participants);
        assert_eq!(read.course, kept.course);
        assert_eq!(read, kept);
    });
}

#[test]
fn every_entry_is_read_as_it_was_written() {
    always(|_: &mut (), step| {
        for entry in step.entries() {
            let body = codec::entry(entry).to_string();
            assert_eq!(&codec::read_entry(&body).unwrap(), entry);
        }
    });
}

/// A growth waits for a second person; where to gather changes meanwhile.
#[test]
fn what_is_confirmed_is_what_the_number_was_shown_for() {
    for aftershock in [false, true] {
        let town = Town::new()
            .people(&["a", "b", "chief"], &["mail"])
            .squad("squad-0", None, &["a"], &["b"])
            .target("squad:squad-0", Need::Roster, CallMode::InTurn)
            .stage(stage(0))
            .exhausted_after(60)
            .with_other_rules();
        let mut play = Play::open(town);
        play.plan.approvers = vec![selector("person:chief")];
        play.plan.rules["P1"].confirm = Confirm::SecondPerson { seconds: 600 };
        play.grow("P1");
        let shown = play.call_out.digest_held().unwrap();
        let asked = play.messages("chief", Purpose::Held);
        play.named = Some("the north gate".to_owned());
        if aftershock {
            play.aftershock();
        } else {
            play.speak();
        }
        assert_ne!(play.call_out.digest_held(), Some(shown));
        assert_eq!(play.messages("chief", Purpose::Held), asked + 1);
        let confirmed = play.call_out.digest_held();
        play.confirm();
        assert_eq!(Some(play.call_out.digest()), confirmed);
    }
}

/// What is over has no aftershock: whoever calls for it calls by itself.
#[test]
fn what_is_over_takes_no_aftershock() {
    let town = Town::new()
        .people(&["a"], &["mail"])
        .squad("squad-0", None, &["a"], &[])
        .target("squad:squad-0", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .exhausted_after(60);
    let mut play = Play::open(town);
    play.stand_down();
    let event = quake(play.now);
    let refused = play.call_out.aftershock(&event, &play.plan, play.now);
    assert_eq!(refused, Err(Refusal::Over(State::StoodDown)));
    assert_eq!(play.call_out.course.aftershocks, 0);
}
