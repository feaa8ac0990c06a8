//! A beginning that the end of the daemon cut off, and went on with later.
//!
//! Owns that whoever is called only then has their time to answer.

use muster::domain::call_out::{Effect, Opening, open};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::rule::{CallMode, Need};

use crate::support::plans::{RULE, Town, dawn, minutes, quake, stage};

/// Whom these effects send something to.
fn sent(effects: &[Effect]) -> Vec<&str> {
    let drafts = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(draft) => Some(draft.person.as_str()),
        _ => None,
    });
    drafts.collect()
}

/// Two are to come, and a deputy after ten minutes. Only the first had their row as the
/// power went, for twenty: the second is called now, and the deputy ten minutes later.
#[test]
fn who_is_called_late_has_their_time_before_a_deputy_is_called() {
    let town = Town::new()
        .people(&["a", "b", "c"], &["mail"])
        .squad("squad", Some(2), &["a", "b"], &["c"])
        .target("squad:squad", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(10));
    let (plan, event) = (town.0, quake(dawn()));
    let opening = Opening {
        event: &event,
        rule: &plan.rules[RULE],
        procedure: &plan.procedures[RULE],
        plan: &plan,
    };
    let (mut call_out, effects) = open(CallOutId::new("c"), opening, dawn());
    assert_eq!(sent(&effects), ["a", "b"]);
    call_out.participants.shift_remove(&PersonId::new("b"));
    call_out.recount();
    let up = dawn() + minutes(20);
    assert_eq!(sent(&call_out.call_rest(&plan, up)), ["b"]);
    assert_eq!(sent(&call_out.advance(&plan, up)), [""; 0]);
    let later = up + minutes(10);
    assert_eq!(sent(&call_out.advance(&plan, later)), ["c"]);
}
