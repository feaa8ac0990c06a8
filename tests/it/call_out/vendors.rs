//! What holds of vendors in any town on any day, and of what people decide
//! about them: asked one desk after the other, and never counted.

use std::collections::{HashMap, HashSet};

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::help::Help;
use muster::domain::call_out::{Participant, State};
use muster::domain::id::{PersonId, VendorId};
use muster::domain::journal::Entry;
use muster::domain::notification::{Draft, Purpose};
use muster::domain::roster::{Contact, Roster};
use muster::domain::rule::{CallMode, Need, Selector};

use super::play::Play;
use super::property::{Step, always};
use crate::support::plans::{Town, again, stage};

fn is_of(desk: &PersonId, vendor: &VendorId) -> bool {
    let (named, _) = desk.as_str().rsplit_once('#').unwrap_or_default();
    named == vendor.as_str()
}

/// The desks of a vendor that were asked this time round.
fn desks<'a>(play: &'a Play, help: &'a Help) -> impl Iterator<Item = &'a Participant> {
    let ids = (1..=help.asked as usize).map(|number| Roster::desk_id(&help.vendor, number));
    ids.filter_map(|id| play.call_out.participants.get(&id))
}

fn asks(play: &Play) -> bool {
    play.state().is_live() && play.state() != State::Held
}

fn requests<'a>(step: &'a Step<'_>) -> impl Iterator<Item = &'a Draft> {
    step.drafts().filter(|draft| draft.purpose == Purpose::Help)
}

#[test]
fn no_desk_is_asked_twice_in_one_request() {
    always(|asked: &mut HashSet<(PersonId, Contact)>, step| {
        for entry in step.entries() {
            if let Entry::HelpAsked { vendor, .. } = entry {
                asked.retain(|(desk, _)| !is_of(desk, vendor));
            }
        }
        for draft in requests(step) {
            let request = (draft.person.clone(), draft.contact.clone());
            assert!(asked.insert(request), "asked twice: {draft:?}");
        }
    });
}

#[test]
fn a_vendor_that_does_not_help_has_a_desk_to_wait_for_or_is_said_to_be_out() {
    always(|out: &mut HashSet<VendorId>, step| {
        let after = step.after;
        for entry in step.entries() {
            match entry {
                Entry::HelpAsked { vendor, .. } => {
                    out.remove(vendor);
                }
                Entry::HelpOut { vendor } => {
                    out.insert((&*vendor.en).into());
                }
                _ => {}
            }
        }
        if !asks(after) {
            return;
        }
        for help in &after.call_out.course.help {
            let vendor = &help.vendor;
            let helps = desks(after, help).any(|desk| desk.reply().is_some_and(is_yes));
            assert!(help.helping || !helps, "{vendor} helps, unnoticed");
            if help.helping {
                assert_eq!(help.next_at, None, "{vendor} helps, and more are asked");
            } else if help.out {
                assert!(out.contains(vendor), "{vendor} is out, unsaid");
                let known = after.plan.roster.vendors.get(vendor);
                let left = known.is_some_and(|known| known.desks.len() > help.asked as usize);
                assert!(!left || step.before.call_out.help(vendor).is_some_and(|it| it.out));
            } else {
                let due = help.next_at.expect("it waits for ever");
                assert!(due > after.now, "{vendor} is due for ever");
                assert!(
                    after.now.duration_since(due).unsigned_abs() <= after.plan.help_within,
                    "{vendor} is waited for too long"
                );
                assert!(
                    desks(after, help).any(may_help),
                    "{vendor}: nobody is waited for"
                );
            }
        }
    });
}

/// Whether a desk may still say yes; "received" promises nothing.
fn may_help(desk: &Participant) -> bool {
    match desk.reply() {
        Some(Reply::Received) => true,
        Some(_) => false,
        None => !desk.is_unreachable(),
    }
}

fn is_yes(reply: Reply) -> bool {
    matches!(reply, Reply::Accepted | Reply::Remote | Reply::Arrived)
}

#[test]
fn a_desk_that_is_silent_or_cannot_brings_the_next() {
    always(|_: &mut (), step| {
        let (before, after) = (step.before, step.after);
        if !asks(before) || !asks(after) {
            return;
        }
        let went_on: HashSet<&str> = step
            .entries()
            .filter_map(|entry| match entry {
                Entry::HelpNext { desk, .. } => desk.as_str().split('#').next(),
                Entry::HelpOut { vendor } => Some(&*vendor.en),
                _ => None,
            })
            .collect();
        for help in &before.call_out.course.help {
            let released = step
                .entries()
                .any(|entry| matches!(entry, Entry::HelpReleased { .. }));
            let Some(now) = after.call_out.help(&help.vendor) else {
                assert!(released, "{} is forgotten", help.vendor);
                continue;
            };
            let due = help.next_at.is_some_and(|due| due <= after.now);
            let last = Roster::desk_id(&help.vendor, help.asked as usize);
            let cannot = |play: &Play| {
                let desk = play.call_out.participants.get(&last);
                desk.is_some_and(|desk| {
                    let reply = desk.reply();
                    reply == Some(Reply::Cannot) || (reply.is_none() && desk.is_unreachable())
                })
            };
            // Another desk that is still silent is waited for meanwhile.
            let newly = cannot(after) && !cannot(before) && help.asked == 1;
            if (due || newly) && !now.helping && !help.out && now.asked_at == help.asked_at {
                let vendor = help.vendor.as_str();
                assert!(went_on.contains(vendor), "{vendor} is waited for, in vain");
            }
        }
    });
}

#[test]
fn a_vendor_that_helps_is_asked_no_more() {
    always(|_: &mut (), step| {
        for draft in requests(step) {
            let help = step
                .after
                .call_out
                .help_of(&draft.person)
                .expect("it was asked");
            assert!(!help.helping, "asked although it helps: {draft:?}");
        }
    });
}

#[test]
fn vendors_count_nowhere_and_staff_are_no_vendors() {
    always(|_: &mut (), step| {
        for participant in step.after.call_out.participants.values() {
            let is_desk = Roster::names_desk(&participant.person);
            assert_eq!(participant.is_vendor(), is_desk, "{}", participant.person);
            assert!(!is_desk || (!participant.is_called() && participant.targets.is_empty()));
        }
        for draft in step.drafts() {
            let to_desk = Roster::names_desk(&draft.person);
            let of_vendors = matches!(
                draft.purpose,
                Purpose::Help | Purpose::StandDown | Purpose::Released
            );
            assert!(
                !to_desk || of_vendors,
                "a vendor reads the town's own: {draft:?}"
            );
            assert!(to_desk || draft.purpose != Purpose::Help, "{draft:?}");
        }
    });
}

#[test]
fn administrators_hear_once_that_nobody_is_left_at_a_vendor() {
    always(|said: &mut HashMap<String, bool>, step| {
        // A vendor that helped meanwhile, though its yes was withdrawn or is in
        // doubt by now, can be out anew.
        for help in &step.before.call_out.course.help {
            if help.helping {
                said.insert(help.vendor.to_string(), false);
            }
        }
        for entry in step.entries() {
            match entry {
                Entry::HelpAsked { vendor, .. } => {
                    said.insert(vendor.to_string(), false);
                }
                Entry::HelpGone { vendor } => {
                    said.insert(vendor.en.to_string(), false);
                }
                Entry::HelpOut { vendor } => {
                    let told = step.drafts().filter(|it| it.purpose == Purpose::HelpOut);
                    let told: HashSet<&PersonId> = told.map(|draft| &draft.person).collect();
                    for administrator in step.after.plan.administrators() {
                        let person = step.after.call_out.participants.get(&administrator);
                        let lost = person.is_none_or(Participant::is_unreachable);
                        assert!(lost || told.contains(&administrator), "{administrator}");
                    }
                    let before = said.insert(vendor.en.to_string(), true);
                    assert_ne!(before, Some(true), "said twice: {}", vendor.en);
                }
                _ => {}
            }
        }
    });
}

/// Whoever is told that a vendor is out, and has a new address since they were
/// called, is called through it at once: nothing stays due that never passes.
#[test]
fn telling_an_administrator_calls_them_through_a_mended_address() {
    let mut asks_again = stage(0);
    asks_again.resend = again(10, 1);
    let mut town = Town::new()
        .people(&["a"], &["mail"])
        .people(&["b"], &[])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .stage(asks_again)
        .exhausted_after(60)
        .vendor("v", &[&["mail"]], 1);
    town.rule().help.push("v".into());
    town.0.administrators.push(Selector::Person("b".into()));
    let mut play = Play::open(town);
    play.accepted("a");
    play.minutes(12);
    assert_eq!(play.messages("b", Purpose::Call), 0);
    play.mend("b", &["mail"]);
    play.minutes(5);
    assert_eq!(play.messages("b", Purpose::HelpOut), 1);
    assert_eq!(play.messages("b", Purpose::Call), 1);
}
