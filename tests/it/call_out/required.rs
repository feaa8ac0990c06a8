//! Required members are all called, on any day.

use muster::domain::call_out::{Participant, Standing, State};
use muster::domain::journal::Entry;
use muster::domain::procedure::StageCall;

use super::property::always;

#[test]
fn a_stage_that_calls_leaves_out_nobody_required() {
    always(|_: &mut (), step| {
        let call_out = &step.after.call_out;
        let calls = step.entries().any(|entry| match entry {
            Entry::Stage { stage, .. } | Entry::StagePassed { stage } => {
                let stage = &call_out.procedure.stages[*stage as usize - 1];
                stage.call != StageCall::Nobody
            }
            _ => false,
        });
        // Of all staff nobody is required before the others.
        let targets = call_out.targets.iter();
        let targets = targets.filter(|target| !target.met && target.who != "everyone");
        for target in targets.filter(|_| calls && call_out.state == State::Open) {
            for id in &target.candidates[..target.first as usize] {
                let called = call_out.participants.get(id);
                // Whom a correction let go because they cannot is not called again.
                let out = |person: &Participant| {
                    matches!(person.standing(), Standing::Cannot | Standing::Unreachable)
                };
                if called.is_some_and(out) {
                    continue;
                }
                assert!(
                    called.is_some_and(Participant::is_called)
                        || call_out.course.away.contains_key(id),
                    "{id} is required for {} and not called",
                    target.who
                );
            }
        }
    });
}
