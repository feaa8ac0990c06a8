//! What holds in any town on any day.
//!
//! Owns the invariants of a call-out, each a test of its own over the same
//! random days; a failure prints the smallest day that breaks it.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use muster::domain::call_out::{
    CallOut, ContactState, Counts, Effect, Participant, Standing, State, Tally,
};
use muster::domain::id::PersonId;
use muster::domain::journal::{Entry, StageCause};
use muster::domain::notification::{Draft, Purpose};
use muster::domain::roster::Contact;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::play::Play;
use super::random::{Day, Happening, day};

/// One step of a day: what was before it, and what is now.
pub(super) struct Step<'a> {
    pub(super) before: &'a Play,
    pub(super) after: &'a Play,
    pub(super) what: &'a Happening,
}

impl Step<'_> {
    pub(super) fn drafts(&self) -> impl Iterator<Item = &Draft> {
        self.after.last.iter().filter_map(|effect| match effect {
            Effect::Notify(draft) => Some(draft),
            Effect::Withdraw(_)
            | Effect::Revive(_)
            | Effect::WithdrawAll
            | Effect::Participant(_)
            | Effect::Acknowledge(_)
            | Effect::Frozen
            | Effect::Journal(_) => None,
        })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.after.last.iter().filter_map(|effect| match effect {
            Effect::Journal(entry) => Some(entry),
            Effect::Notify(_)
            | Effect::Withdraw(_)
            | Effect::Revive(_)
            | Effect::WithdrawAll
            | Effect::Participant(_)
            | Effect::Frozen
            | Effect::Acknowledge(_) => None,
        })
    }

    /// Those released by this step: called before it, and not any more.
    pub(super) fn released(&self) -> impl Iterator<Item = &Participant> {
        let people = self.before.call_out.participants.values();
        people.filter(|person| {
            let after = self.after.call_out.participants.get(&person.person);
            person.is_called() && !after.is_some_and(Participant::is_called)
        })
    }

    /// Whether what is wanted changed: the event grew or was corrected.
    pub(super) fn is_changed(&self) -> bool {
        self.entries().any(|entry| {
            matches!(
                entry,
                Entry::Grown { .. } | Entry::Corrected { .. } | Entry::Decided { .. }
            )
        })
    }

    /// Whether what was stopped after a standstill goes on from this step.
    pub(super) fn goes_on(&self) -> bool {
        self.before.call_out.is_paused() && !self.after.call_out.is_paused()
    }

    /// Those called by this step.
    pub(super) fn newly_called(&self) -> impl Iterator<Item = &Participant> {
        let called_before = |id: &PersonId| {
            let before = self.before.call_out.participants.get(id);
            before.is_some_and(Participant::is_called)
        };
        let people = self.after.call_out.participants.values();
        people.filter(move |person| person.is_called() && !called_before(&person.person))
    }
}

/// Runs random days, and looks at every step of each with a fresh watch.
pub(super) fn always<W: Default>(check: impl Fn(&mut W, &Step<'_>)) {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let run = |day: Day| {
        live(&day, |watch, step| check(watch, step));
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&day(), run) {
        panic!("{error}");
    }
}

/// Lives a day step by step; its time line.
fn live<W: Default>(day: &Day, check: impl Fn(&mut W, &Step<'_>)) -> String {
    let mut watch = W::default();
    let mut play = Play::open(day.town.clone());
    let opening = Happening::Pass(0);
    let mut before = play.clone();
    // Why: what was before the opening is the same call-out without people.
    before.call_out.participants.clear();
    before.call_out.stage = 0;
    let mut look = |before: &Play, after: &Play, what: &Happening| {
        let step = Step {
            before,
            after,
            what,
        };
        check(&mut watch, &step);
    };
    look(&before, &play, &opening);
    for (serial, happening) in day.happenings.iter().enumerate() {
        let until = match happening {
            Happening::Pass(seconds) => play.now + SignedDuration::from_secs(*seconds),
            _ => play.now,
        };
        while let Some(due) = play.call_out.next_due().filter(|due| *due <= until) {
            let before = play.clone();
            play.now = play.now.max(due);
            play.advance();
            look(&before, &play, happening);
            let next = play.call_out.next_due();
            assert!(next.is_none_or(|next| next > play.now), "due for ever");
        }
        play.now = until;
        for (row, taken) in play.settled_by(happening) {
            let before = play.clone();
            play.settle(row, taken);
            look(&before, &play, happening);
        }
        let before = play.clone();
        play.happen(happening, serial);
        look(&before, &play, happening);
    }
    play.timeline()
}

#[test]
fn nobody_is_called_twice_through_one_contact() {
    always(|calls: &mut HashSet<(PersonId, Contact)>, step| {
        // Whom a correction released may be called again if the need opens.
        for person in step.released() {
            calls.retain(|(called, _)| *called != person.person);
        }
        for draft in step.drafts().filter(|draft| draft.purpose == Purpose::Call) {
            let call = (draft.person.clone(), draft.contact.clone());
            assert!(calls.insert(call), "called twice: {draft:?}");
        }
        // A mended address is called through at once, also in the step that
        // releases its person and withdraws that call.
        for person in step.released() {
            calls.retain(|(called, _)| *called != person.person);
        }
    });
}

#[test]
fn after_the_end_nobody_is_called_or_asked() {
    always(|_: &mut (), step| {
        if !step.after.state().is_live() {
            assert_eq!(step.drafts().find(|draft| draft.purpose.asks()), None);
            assert_eq!(step.after.call_out.next_due(), None);
        }
    });
}

#[test]
fn nobody_is_called_during_the_hold() {
    always(|_: &mut (), step| {
        if matches!(step.after.state(), State::Held | State::Cancelled) {
            assert_eq!(step.drafts().find(|draft| draft.purpose.asks()), None);
        }
    });
}

#[test]
fn every_stage_begins_once_in_order_and_at_its_distance() {
    always(|began: &mut (u32, Option<Timestamp>), step| {
        for entry in step.entries() {
            let (stage, cause) = match entry {
                Entry::Stage { stage, cause, .. } => (*stage, Some(*cause)),
                Entry::StagePassed { stage } => (*stage, None),
                _ => continue,
            };
            assert_eq!(stage, began.0 + 1, "stages begin in order, each once");
            let stages = &step.after.call_out.procedure.stages;
            let now = step.after.now;
            if let (Some(StageCause::Due), Some(last), 2..) = (cause, began.1, stage) {
                let index = stage as usize - 1;
                let wait = stages[index].after - stages[index - 1].after;
                let waited = now.duration_since(last).unsigned_abs();
                assert!(waited >= wait, "stage {stage} came after {waited:?}");
            }
            *began = (stage, Some(now));
        }
        assert_eq!(step.after.call_out.stage, began.0, "no stage goes unsaid");
    });
}

#[test]
fn nothing_comes_early_while_somebody_may_still_say_yes() {
    always(|_: &mut (), step| {
        let on_time = matches!(step.what, Happening::Pass(_) | Happening::Away(_));
        let early = step.entries().find_map(|entry| match entry {
            Entry::Stage { cause, .. } => Some(*cause == StageCause::NothingMore),
            Entry::StagePassed { .. } => Some(false),
            Entry::Exhausted { .. } => Some(!on_time),
            _ => None,
        });
        if early != Some(true) || step.is_changed() {
            return;
        }
        let hopes = |call_out: &CallOut| -> HashSet<(PersonId, usize)> {
            let people = call_out.participants.values();
            let silent =
                people.filter(|person| person.is_called() && person.standing() == Standing::Silent);
            let targets = silent.flat_map(|person| {
                let targets = person.targets.iter();
                targets.map(|index| (person.person.clone(), *index))
            });
            targets
                .filter(|(_, index)| !call_out.targets[*index].met)
                .collect()
        };
        let (before, after) = (hopes(&step.before.call_out), hopes(&step.after.call_out));
        assert_eq!(before.intersection(&after).next(), None, "came early");
    });
}

#[test]
fn a_live_call_out_with_an_unmet_need_is_never_stuck() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        if call_out.state == State::Open && !call_out.is_met() {
            assert!(call_out.next_due().is_some(), "open, unmet and stuck");
        }
        if matches!(
            call_out.state,
            State::Held | State::AwaitingDecision | State::InSection
        ) {
            assert!(call_out.next_due().is_some(), "it waits for ever");
        }
        if call_out.is_undecided() {
            assert!(call_out.next_due().is_some(), "nobody is asked any more");
        }
        let exhausted = step
            .entries()
            .any(|entry| matches!(entry, Entry::Exhausted { .. } | Entry::Undecided { .. }));
        if exhausted {
            for administrator in step.after.plan.administrators() {
                let Some(person) = call_out.participants.get(&administrator) else {
                    // Not in the roster any more.
                    continue;
                };
                let told = step.drafts().any(|draft| {
                    draft.purpose == Purpose::Exhausted && draft.person == administrator
                });
                assert!(told || person.is_unreachable(), "{administrator} not told");
            }
        }
    });
}

#[test]
fn the_figures_are_those_of_a_recount() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        let mut again = call_out.clone();
        again.recount();
        assert_eq!(again.targets, call_out.targets);
        for target in &call_out.targets {
            let mut tally = Tally::default();
            let called = target
                .candidates
                .iter()
                .filter_map(|id| call_out.participants.get(id))
                .filter(|person| person.is_called());
            for person in called {
                tally.called += 1;
                match person.standing() {
                    Standing::Silent => tally.silent += 1,
                    Standing::Coming | Standing::Arrived => tally.have += 1,
                    Standing::Cannot => tally.cannot += 1,
                    Standing::Received => tally.received += 1,
                    Standing::Accepted | Standing::Remote => panic!("staff in a vendor's words"),
                    Standing::Unreachable => tally.unreachable += 1,
                }
            }
            assert_eq!(tally, target.tally);
        }
    });
}

#[test]
fn the_counts_add_up() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        let Counts {
            called,
            sent,
            unreachable,
            answered,
            coming,
            arrived,
            cannot,
            unanswered,
        } = call_out.counts();
        assert_eq!(answered + unanswered, called);
        assert!(coming + arrived + cannot <= answered);
        assert!(sent <= called && unreachable <= called);
        assert!(called as usize <= call_out.participants.len());
    });
}

#[test]
fn once_every_need_is_met_nobody_new_is_called() {
    always(|_: &mut (), step| {
        let reopened = step
            .entries()
            .any(|entry| matches!(entry, Entry::Reopened { .. }));
        if step.before.call_out.is_met() && !reopened && !step.is_changed() {
            let called = step.newly_called().find(|person| {
                person.asked_at.is_some() && !matches!(step.what, Happening::Answer(..))
            });
            assert_eq!(called, None);
        }
    });
}

#[test]
fn whoever_has_answered_is_asked_no_more() {
    always(|_: &mut (), step| {
        for draft in step.drafts().filter(|draft| draft.purpose.calls()) {
            let person = &step.after.call_out.participants[&draft.person];
            assert_eq!(person.reply(), None, "asked after an answer: {draft:?}");
        }
    });
}

#[test]
fn a_silent_person_is_asked_a_bounded_number_of_times() {
    always(|watch: &mut (usize, HashMap<PersonId, usize>), step| {
        let (changes, asked) = watch;
        // Why: each change of the event may bring stages of its own.
        *changes += usize::from(step.is_changed() || step.goes_on());
        for person in step.released() {
            asked.remove(&person.person);
        }
        // Why: the next contact after a dead one is the same asking.
        let dying: HashSet<&PersonId> = step
            .entries()
            .filter_map(|entry| match entry {
                Entry::ContactDead { person, .. } => Some(person),
                _ => None,
            })
            .collect();
        let people: HashSet<&PersonId> = step
            .drafts()
            .filter(|draft| draft.purpose.calls() && !dying.contains(&draft.person))
            .map(|draft| &draft.person)
            .collect();
        let stages = &step.after.call_out.procedure.stages;
        let resends = stages.iter().filter_map(|stage| stage.resend);
        let most = 1 + stages.len() + resends.map(|resend| resend.times as usize).sum::<usize>();
        let most = most * (1 + *changes);
        for person in people {
            let times = asked.entry(person.clone()).or_default();
            *times += 1;
            assert!(*times <= most, "{person} was asked {times} times of {most}");
        }
    });
}

#[test]
fn advancing_twice_does_nothing_the_second_time() {
    always(|_: &mut (), step| {
        let mut again = step.after.call_out.clone();
        if again.next_due().is_some_and(|due| due <= step.after.now) {
            again.advance(&step.after.plan, step.after.now);
        }
        let once = again.clone();
        let effects = again.advance(&step.after.plan, step.after.now);
        assert_eq!(effects, []);
        assert_eq!(again, once);
    });
}

#[test]
fn whoever_is_called_is_sent_something() {
    always(|_: &mut (), step| {
        let drafted: HashSet<&PersonId> = step
            .drafts()
            .filter(|draft| draft.purpose == Purpose::Call)
            .map(|draft| &draft.person)
            .collect();
        for person in step.newly_called() {
            // Who answers uncalled is not written to.
            let uncalled = matches!(step.what, Happening::Answer(..)) && person.reply().is_some();
            assert!(
                uncalled || person.is_unreachable() || drafted.contains(&person.person),
                "{} was called without a message",
                person.person
            );
        }
    });
}

/// A call-out without what is only made for speed, or for show.
pub(super) fn known(call_out: &CallOut) -> CallOut {
    let mut call_out = call_out.clone();
    call_out.index = None;
    let people = call_out.participants.values_mut();
    for tried in people.flat_map(|person| &mut person.contacts) {
        // Whether it was taken is for show; that it was tried is what counts.
        if tried.state == ContactState::Accepted {
            tried.state = ContactState::Waiting;
        }
    }
    call_out
}

#[test]
fn a_restart_changes_nothing() {
    always(|_: &mut (), step| {
        let again = step.after.restarted();
        assert_eq!(known(&again), known(&step.after.call_out));
    });
}

#[test]
fn what_has_no_effect_changes_nothing() {
    always(|_: &mut (), step| {
        let settles = matches!(step.what, Happening::Settle(..) | Happening::Deliver);
        if step.after.last.is_empty() && !settles {
            assert_eq!(known(&step.before.call_out), known(&step.after.call_out));
        }
    });
}

#[test]
fn the_same_day_is_lived_the_same_way_twice() {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let quiet = |_: &mut (), _: &Step<'_>| {};
    let run = |day: Day| {
        prop_assert_eq!(live(&day, quiet), live(&day, quiet));
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&day(), run) {
        panic!("{error}");
    }
}
