//! Whoever is away, on any day: never called, never waited for, and never the
//! reason why a call-out stands still.

use jiff::{SignedDuration, Timestamp};
use muster::domain::absence::Absence;
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::{CallOut, Effect, Opening, State, open};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::plan::Plan;
use muster::domain::procedure::{Stage, StageCall};
use muster::domain::rule::{CallMode, Need};
use proptest::prelude::*;

use crate::support::plans::{RULE, Town, again, dawn, quake, selector, stage};

const PEOPLE: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What may happen to one person.
#[derive(Clone, Copy, Debug)]
enum Word {
    Absent(i64),
    Back,
    Answer(Reply),
    Wait(i64),
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        (1..40_i64).prop_map(Word::Absent),
        Just(Word::Back),
        prop_oneof![Just(Reply::Coming), Just(Reply::Cannot)].prop_map(Word::Answer),
        (1..15_i64).prop_map(Word::Wait),
    ]
}

fn town(in_turn: bool, everyone: bool) -> Plan {
    let mode = if in_turn {
        CallMode::InTurn
    } else {
        CallMode::AtOnce
    };
    let town = Town::new()
        .people(&PEOPLE, &["mail"])
        .squad("control", Some(2), &["a", "b"], &["c", "d"])
        .target("squad:control", Need::Roster, mode);
    let town = if everyone {
        town.target("everyone", Need::Everyone, mode)
    } else {
        town
    };
    let repeated = Stage {
        resend: again(4, 1),
        ..stage(0)
    };
    let last = Stage {
        call: StageCall::All,
        ..stage(10)
    };
    town.stage(repeated).stage(last).exhausted_after(20).0
}

fn answer(person: &str, reply: Reply) -> Answer {
    Answer {
        person: person.into(),
        reply,
        eta_minutes: None,
        note: None,
        via: Via::OnBehalf,
        by: "token:duty".into(),
    }
}

/// One thing happens; what comes of it.
fn happen(
    call_out: &mut CallOut,
    plan: &mut Plan,
    (person, word): (&str, Word),
    now: Timestamp,
) -> Vec<Effect> {
    let id = PersonId::new(person);
    match word {
        Word::Absent(minutes) => {
            let absence = Absence {
                person: id.clone(),
                since: now,
                until: now + SignedDuration::from_mins(minutes),
                reason: None,
                by: "token:duty".into(),
            };
            plan.absences.insert(id, absence);
            let answer = answer(person, Reply::Cannot);
            call_out.absent(answer, plan, now).unwrap()
        }
        Word::Back => {
            plan.absences.shift_remove(&id);
            call_out.back(&id, plan, now)
        }
        Word::Answer(reply) => {
            let answer = answer(person, reply);
            call_out.acknowledge(answer, plan, now).unwrap()
        }
        Word::Wait(_) => call_out.advance(plan, now),
    }
}

/// What must hold after anything.
fn holds(call_out: &CallOut, plan: &Plan, effects: &[Effect], now: Timestamp) {
    for effect in effects {
        if let Effect::Notify(draft) = effect
            && draft.purpose.calls()
        {
            let away = plan.absent(&draft.person, now);
            assert_eq!(away, None, "{} is asked at {now}", draft.person);
        }
    }
    if call_out.state == State::Open && !call_out.is_met() {
        assert!(call_out.next_due().is_some(), "it stands still at {now}");
    }
    let mut again = call_out.clone();
    again.index = None;
    again.recount();
    for (kept, counted) in call_out.targets.iter().zip(&again.targets) {
        assert_eq!(kept.tally, counted.tally, "{} at {now}", kept.name.ja);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_away_is_called_and_no_call_out_stands_still(
        in_turn in any::<bool>(),
        everyone in any::<bool>(),
        before in prop::collection::vec(0..PEOPLE.len(), 0..5),
        words in prop::collection::vec((0..PEOPLE.len(), word()), 1..30),
    ) {
        let mut plan = town(in_turn, everyone);
        let mut now = dawn();
        for person in before {
            let id = PersonId::new(PEOPLE[person]);
            let until = now + SignedDuration::from_mins(7);
            let by = "token:duty".into();
            let absence = Absence { person: id.clone(), since: now, until, reason: None, by };
            plan.absences.insert(id, absence);
        }
        let opening = Opening {
            event: &quake(now),
            rule: &plan.rules[RULE],
            procedure: &plan.procedures[RULE],
            plan: &plan,
        };
        let (mut call_out, effects) = open(CallOutId::new("20261124-k7qm"), opening, now);
        holds(&call_out, &plan, &effects, now);
        for (person, word) in words {
            if let Word::Wait(minutes) = word {
                let until = now + SignedDuration::from_mins(minutes);
                while let Some(due) = call_out.next_due().filter(|due| *due <= until) {
                    now = now.max(due);
                    let effects = call_out.advance(&plan, now);
                    holds(&call_out, &plan, &effects, now);
                    prop_assert!(call_out.next_due().is_none_or(|next| next > now));
                }
                now = until;
            }
            let effects = happen(&mut call_out, &mut plan, (PEOPLE[person], word), now);
            holds(&call_out, &plan, &effects, now);
        }
    }
}

/// Whoever was called besides the targets is asked again as they are back.
#[test]
fn who_was_called_besides_is_asked_again_once_they_are_back() {
    let first = Stage {
        also: vec![selector("person:e")],
        ..stage(0)
    };
    let town = Town::new()
        .people(&PEOPLE, &["mail"])
        .squad("control", Some(2), &["a", "b"], &["c", "d"])
        .target("squad:control", Need::Roster, CallMode::InTurn)
        .stage(first)
        .exhausted_after(60);
    let (mut plan, now) = (town.0, dawn());
    let opening = Opening {
        event: &quake(now),
        rule: &plan.rules[RULE],
        procedure: &plan.procedures[RULE],
        plan: &plan.clone(),
    };
    let (mut call_out, _) = open(CallOutId::new("20261124-k7qm"), opening, now);
    happen(&mut call_out, &mut plan, ("e", Word::Absent(60)), now);
    let effects = happen(&mut call_out, &mut plan, ("e", Word::Back), now);
    let asked = |effect: &Effect| match effect {
        Effect::Notify(draft) => draft.person.as_str() == "e" && draft.purpose.calls(),
        _ => false,
    };
    assert!(effects.iter().any(asked), "{effects:?}");
    assert_eq!(call_out.participants["e"].reply(), None);
}
