//! What holds on any day of the place that a person named, and of a growth
//! that waits.

use muster::domain::call_out::CallOut;
use muster::domain::journal::Entry;
use muster::domain::text::Text;

use super::property::always;
use super::random::Happening;

/// Whether a place is one that a person named.
fn is_named(place: &Text) -> bool {
    place.ja.starts_with("place ")
}

#[test]
fn a_place_that_a_person_named_stands_until_a_person_names_another() {
    always(|_: &mut (), step| {
        let (before, after) = (&step.before.call_out.place, &step.after.call_out.place);
        assert!(
            !is_named(before) || is_named(after),
            "sent back to {} from {}",
            after.ja,
            before.ja
        );
        let reported = step.entries().any(|entry| {
            matches!(
                entry,
                Entry::Grown { .. }
                    | Entry::Corrected { .. }
                    | Entry::Said { .. }
                    | Entry::Aftershock { .. }
            )
        });
        assert!(before == after || reported, "moved by {:?}", step.what);
        if !is_named(after) {
            let rule = &step.after.plan.rules[&step.after.call_out.rule];
            assert_eq!(*after, rule.place);
        }
        let said = step.entries().any(|entry| {
            let grown = matches!(entry, Entry::Grown { .. });
            match step.what {
                Happening::Grow(_) => grown,
                Happening::Speak => matches!(entry, Entry::Said { .. }),
                Happening::Aftershock => matches!(entry, Entry::Aftershock { .. }),
                _ => false,
            }
        });
        if let Some(named) = step.after.named.as_ref().filter(|_| said) {
            assert_eq!(&*after.ja, *named, "named by {:?}", step.what);
        }
    });
}

#[test]
fn a_growth_that_waits_changes_nothing_but_in_its_time_or_on_a_word() {
    always(|_: &mut (), step| {
        let (before, after) = (&step.before.call_out, &step.after.call_out);
        if after.course.growth.is_some() && after.state.is_live() {
            assert!(after.next_due().is_some(), "it waits for ever");
        }
        let grown = step
            .entries()
            .any(|entry| matches!(entry, Entry::Grown { .. }));
        if let Some(growth) = &before.course.growth {
            let word = matches!(step.what, Happening::Confirm | Happening::Grow(_));
            // One that is only held may be let go by whoever entered it.
            let word =
                word || (matches!(step.what, Happening::ConfirmAlone) && !growth.second_person);
            let over = growth.until <= step.after.now && !growth.second_person;
            assert!(!grown || word || over, "grown by {:?}", step.what);
        }
        let held = step
            .entries()
            .any(|entry| matches!(entry, Entry::GrowthHeld { .. }));
        let wanted = |call_out: &CallOut| -> Vec<String> {
            let targets = call_out.targets.iter();
            targets.map(|target| target.who.clone()).collect()
        };
        if held {
            assert!(!grown);
            assert_eq!(before.rule, after.rule);
            assert_eq!(wanted(before), wanted(after));
            assert_eq!(step.released().next(), None);
        }
    });
}
