//! What a new plan changes of drills, and of what holds for all of them.
//!
//! Pure. Owns which parts of a drill are named: all of them, so that no change
//! of the plan's exercises goes unsaid.

use super::super::drill::{Called, Drill};
use super::super::drill_duty::DrillTerms;
use super::super::plan::{self, Plan};
use super::super::schedule::Schedule;
use super::super::text::Text;
use super::{Difference, DrillItem, Item, Parts, Value, name};

/// What differs between a drill of two plans.
pub(super) fn drill(
    (old, before): (&Plan, &Drill),
    (new, after): (&Plan, &Drill),
) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let item = Item::Drill;
    parts.part(
        Item::Title,
        both.map(|drill| drill.title.clone()),
        Value::Text,
    );
    let kind = both.map(|drill| drill.kind.name().to_owned());
    parts.part(item(DrillItem::Kind), kind, Value::Words);
    let scenario = both.map(|drill| drill.scenario.clone());
    let said = scenario.map(|text| (!text.is_empty()).then_some(text));
    parts.maybe(item(DrillItem::Scenario), said, Value::Text);
    let answers = both.map(|drill| drill.answers.name().to_owned());
    parts.part(item(DrillItem::Answers), answers, Value::Words);
    parts.maybe(
        item(DrillItem::Remind),
        both.map(|drill| drill.remind),
        Value::Time,
    );
    let shorten = both.map(|drill| drill.shorten.to_string());
    parts.part(item(DrillItem::Shorten), shorten, Value::Words);
    parts.maybe(
        item(DrillItem::EndsAfter),
        both.map(|drill| drill.ends_after),
        Value::Time,
    );
    parts.part(
        Item::DrillVendors,
        both.map(|drill| drill.vendors),
        Value::Flag,
    );
    schedule(&mut parts, both.map(|drill| drill.schedule.as_ref()));
    let people = [(old, before), (new, after)].map(|(plan, drill)| whom(plan, drill));
    parts.maybe(item(DrillItem::Whom), people, Value::Names);
    for (what, changed) in [
        (DrillItem::Event, before.event != after.event),
        (DrillItem::Tree, tree(before) != tree(after)),
    ] {
        parts.unsaid(item(what), changed);
    }
    parts.0
}

/// When it is due, and what goes with that.
fn schedule(parts: &mut Parts, both: [Option<&Schedule>; 2]) {
    let words = both.map(|one| one.map(|schedule| schedule.words.clone()));
    parts.maybe(Item::Drill(DrillItem::Schedule), words, Value::Words);
    let [before, after] = both;
    if let (Some(before), Some(after)) = (before, after) {
        let (announce, missed) = (
            before.announce != after.announce,
            before.missed != after.missed,
        );
        parts.unsaid(Item::Drill(DrillItem::Announce), announce);
        parts.unsaid(Item::Drill(DrillItem::Missed), missed);
    }
}

/// The people whom it names itself.
fn whom(plan: &Plan, drill: &Drill) -> Option<Vec<Text>> {
    match &drill.called {
        Called::People(selectors) => {
            let people = plan::people(selectors, &plan.roster);
            Some(people.iter().map(|id| name(&plan.roster, id)).collect())
        }
        Called::ByRule | Called::Tree(_) => None,
    }
}

fn tree(drill: &Drill) -> Option<&Called> {
    matches!(drill.called, Called::Tree(_)).then_some(&drill.called)
}

/// What differs in what holds for all drills.
pub(super) fn terms(parts: &mut Parts, both: [&DrillTerms; 2]) {
    let days = both.map(|terms| terms.remind_days.to_string());
    parts.part(Item::Drill(DrillItem::RemindBefore), days, Value::Words);
    let [before, after] = both;
    parts.unsaid(
        Item::Drill(DrillItem::ReportTo),
        before.report_to != after.report_to,
    );
    parts.unsaid(
        Item::Drill(DrillItem::Duties),
        before.duties != after.duties,
    );
}
