//! How a call-out begins.
//!
//! Owns the choice of targets and candidates from a rule and the roster, and
//! the hold. It must not run stages: [`super::advance`] does.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;

use super::super::drill::{Called, Drill};
use super::super::event::{Event, EventKind};
use super::super::id::{CallOutId, PersonId, RuleId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::{Procedure, Stage};
use super::super::roster::Roster;
use super::super::rule::{CallMode, Decision, Detail, Need, Rule, Selector, TargetRule};
use super::super::text::Text;
use super::advance::after;
use super::course::Decided;
use super::{CallOut, Course, Crowd, Effect, Part, State, Tally, Target, Terms, Walk};

/// What a call-out begins with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// What happened.
    pub event: &'a Arc<Event>,
    /// The rule that says so.
    pub rule: &'a Rule,
    /// Its procedure.
    pub procedure: &'a Procedure,
    /// The plan in force.
    pub plan: &'a Plan,
}

/// Opens a call-out, or begins its hold. The effects stand for everything up
/// to and with its first stage, so that one commit keeps the event and the
/// messages that it calls for.
pub fn open(id: CallOutId, opening: Opening<'_>, now: Timestamp) -> (CallOut, Vec<Effect>) {
    open_as(id, opening, now, Crowd::default())
}

/// The same; whose places of a crowd are made right after it is said by `crowd`.
pub(super) fn open_as(
    id: CallOutId,
    opening: Opening<'_>,
    now: Timestamp,
    crowd: Crowd,
) -> (CallOut, Vec<Effect>) {
    let Opening {
        event,
        rule,
        procedure,
        plan,
    } = opening;
    let drill = event.drill_id().and_then(|id| plan.drills.get(id));
    let played = drill.map(|drill| drill.plays(rule, procedure));
    let (rule, procedure) = match &played {
        Some((rule, procedure)) => (rule, procedure),
        None => (rule, procedure),
    };
    let targets = all_targets(rule, drill, &plan.roster);
    let mut call_out = CallOut {
        id,
        event: Arc::clone(event),
        rule: rule.id.clone(),
        title: titled(event, rule),
        source: rule.source.clone(),
        edition: plan.edition.clone(),
        place: placed(event, rule),
        instruction: rule.instruction.clone(),
        detail: rule.detail,
        procedure: procedure.clone(),
        ask: rule.ask,
        inform: rule.inform.clone(),
        terms: Terms::of(rule),
        course: drill.map_or_else(Course::default, |drill| course(drill, plan, now)),
        state: State::Held,
        opened_at: now,
        held_until: None,
        stage: 0,
        stage_at: now,
        ended_at: None,
        ended_because: None,
        false_alarm: false,
        targets,
        participants: IndexMap::new(),
        revision: 0,
        index: None,
        crowd,
    };
    let mut effects = vec![Effect::Journal(Entry::Event {
        kind: event.kind.clone(),
        headline: event.headline.clone(),
        by: event.entered_by.clone(),
    })];
    let forced = event
        .drill
        .as_ref()
        .and_then(|played| played.forced.clone());
    if let Some(reason) = forced {
        let by = event.entered_by.clone();
        effects.push(Effect::Journal(Entry::Forced { by, reason }));
    }
    let caveats = plan.edition.caveats();
    if !caveats.is_empty() {
        let number = plan.edition.number;
        effects.push(Effect::Journal(Entry::Edition { number, caveats }));
    }
    if let Some(person) = event.kind.ordered_by() {
        call_out.course.know(person, &plan.roster);
    }
    call_out.course.know_systems(&event.kind, &plan.roster);
    on_whose_word(event, &call_out.rule, &mut effects);
    call_out.hold_or_begin(plan, now, &mut effects);
    (call_out, effects)
}

/// What a drill sets besides its rule and procedure.
fn course(drill: &Drill, plan: &Plan, now: Timestamp) -> Course {
    let mut course = Course {
        ends_at: drill.ends_after.map(|length| after(now, length)),
        answers: drill.answers,
        ..Course::default()
    };
    if let Called::Tree(tree) = &drill.called {
        for person in tree.people() {
            course.know(&person, &plan.roster);
        }
        course.walk = Some(Walk::new(tree.clone()));
    }
    course
}

/// The places to fill: those of the rule, or a drill's own.
fn all_targets(rule: &Rule, drill: Option<&Drill>, roster: &Roster) -> Vec<Target> {
    match drill.and_then(|drill| own_target(drill, roster)) {
        Some(own) => vec![own],
        None => {
            let rows = rule.targets.iter();
            rows.flat_map(|target| targets(target, roster)).collect()
        }
    }
}

/// The people whom a drill names itself: everybody must answer.
fn own_target(drill: &Drill, roster: &Roster) -> Option<Target> {
    let candidates = drill.people(roster)?;
    let count = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    Some(Target {
        who: String::new(),
        name: drill.title.clone(),
        need: count,
        everyone: true,
        mode: CallMode::AtOnce,
        candidates,
        first: count,
        tally: Tally::default(),
        met: false,
        unfillable: false,
    })
}

/// Who ordered it, or who chose the row that fits (5(1)イ, 5(1)エ).
fn on_whose_word(event: &Event, rule: &RuleId, effects: &mut Vec<Effect>) {
    let by = event.entered_by.clone();
    let ordered = |person: &PersonId, acting_for: &Option<Text>| Entry::Ordered {
        person: person.clone(),
        acting_for: acting_for.clone(),
        by: by.clone(),
    };
    match &event.kind {
        EventKind::Earthquake { .. }
        | EventKind::SecurityIncident { .. }
        | EventKind::Readiness { .. }
        | EventKind::Schedule(_)
        | EventKind::DrillReport(_)
        | EventKind::Alarm { .. } => {}
        EventKind::WindFlood {
            ordered_by,
            acting_for,
            ..
        } => effects.push(Effect::Journal(ordered(ordered_by, acting_for))),
        EventKind::Threat { ordered_by, .. } => {
            effects.push(Effect::Journal(Entry::RowChosen {
                rule: rule.clone(),
                by: by.clone(),
            }));
            if let Some(person) = ordered_by {
                effects.push(Effect::Journal(ordered(person, &None)));
            }
        }
    }
}

/// Where to gather: where the report says, or else where the rule does.
pub(super) fn placed(event: &Event, rule: &Rule) -> Text {
    let place = event.place.as_ref();
    place.map_or_else(|| rule.place.clone(), |place| Text::new(place, place))
}

/// What it is called: by its rule, or, for another threat, by what that is and
/// whose row fits it (5(1)エ); no more of it than the rule lets out.
pub(super) fn titled(event: &Event, rule: &Rule) -> Text {
    let EventKind::Threat { threat, .. } = &event.kind else {
        return rule.title.clone();
    };
    let id = &rule.id;
    let said = Some(threat.trim()).filter(|said| !said.is_empty() && rule.detail == Detail::Full);
    Text::new(
        format!("{}（{id}に準じる）", said.unwrap_or("その他の事象")),
        format!("{} (as {id})", said.unwrap_or("Another threat")),
    )
}

impl CallOut {
    /// Leaves the hold, if there was one, and begins as the rule says: to
    /// call, to ask for a decision, or left to the section.
    pub(super) fn begin(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.held_until = None;
        let decision = self.terms.decision.clone();
        match decision.as_ref().map(|rule| (rule, rule.first)) {
            None | Some((_, Some(Decision::Muster))) => {
                self.course.question = None;
                self.start(plan, now, effects);
            }
            Some((rule, Some(Decision::HandleInSection))) => {
                let decided = Decided {
                    decision: Decision::HandleInSection,
                    by: self.event.entered_by.clone(),
                    person: None,
                    at: now,
                };
                self.leave_to_section(decided, rule, effects);
            }
            Some((_, None)) => {
                self.course.question = None;
                self.ask_anew(plan, now, effects);
            }
        }
    }

    /// Tells whom the rule names without calling, unless they are called or
    /// asked, or were told `before`.
    pub(super) fn inform_others(
        &mut self,
        before: &[PersonId],
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) {
        // Why: all staff may be told, and each is looked for.
        let before: HashSet<&PersonId> = before.iter().collect();
        let mut informed = plan::people(&self.inform, &plan.roster);
        if informed.is_empty() {
            return;
        }
        let called = self.called_later();
        informed.retain(|person| {
            let known = self.participants.get(person);
            known.is_none_or(|known| known.part == Part::Informed)
                && !before.contains(person)
                && !called.contains(person)
        });
        self.tell(&informed, Purpose::Inform, plan, effects);
    }

    /// Calls whom its stages should have called as they began, and did not: a large
    /// beginning is kept in parts, and the daemon may end between them. Where it gave up
    /// for want of them, they are given their time.
    pub fn call_rest(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.is_paused() || self.is_undecided() {
            return effects;
        }
        let (state, stage_at) = (self.state, self.stage_at);
        self.give_time_again(now);
        if self.state != State::Open {
            return effects;
        }
        let begun = self.procedure.stages.iter().take(self.stage as usize);
        let begun: Vec<Stage> = begun.cloned().collect();
        let mut called = 0;
        for stage in begun {
            called += self.call_stage(&stage, plan, now, &mut effects);
        }
        if called == 0 {
            (self.state, self.stage_at) = (state, stage_at);
        } else if self.procedure_due().is_some_and(|due| due <= now) {
            // Why: where that time ran out, whoever is called only now has it to answer
            // before anybody is called in their place.
            self.stage_at = now;
        }
        self.note_met(now, &mut effects);
        effects
    }

    /// Begins to call.
    pub(super) fn start(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.state = State::Open;
        self.stage_at = now;
        effects.push(Effect::Journal(Entry::Opened {
            targets: u32::try_from(self.targets.len()).unwrap_or(u32::MAX),
        }));
        self.note_met(now, effects);
        self.run_on(plan, now, effects);
        self.ask_rules_help(plan, now, effects);
    }
}

/// The targets that one row of a rule means.
pub(super) fn targets(rule: &TargetRule, roster: &Roster) -> Vec<Target> {
    match &rule.who {
        Selector::EverySquad => roster
            .squads
            .keys()
            .map(|squad| target(rule, &Selector::Squad(squad.clone()), roster))
            .collect(),
        who @ (Selector::Everyone
        | Selector::Section(_)
        | Selector::Squad(_)
        | Selector::Post(_)
        | Selector::Person(_)) => vec![target(rule, who, roster)],
    }
}

/// One target: who can fill it, in order, and how many must.
pub(in crate::domain) fn target(rule: &TargetRule, who: &Selector, roster: &Roster) -> Target {
    let (name, first, deputies, need) = ranks(who, rule.need == Need::Everyone, roster);
    let need = match rule.need {
        Need::Everyone => None,
        // Why: a vacant post still wants one, its deputy.
        Need::Roster => Some(need.unwrap_or(first.len().max(1))),
        Need::Count(count) => Some(count as usize),
    };
    let (candidates, first) = match who {
        // Why as it is: there each stands once, and of thousands each is dear.
        Selector::Everyone => {
            let count = first.len();
            (first, count)
        }
        _ => in_line(first, deputies, need.is_some()),
    };
    let count = need.unwrap_or(candidates.len());
    Target {
        who: who.to_string(),
        name: rule.name.clone().unwrap_or(name),
        need: u32::try_from(count).unwrap_or(u32::MAX),
        everyone: need.is_none(),
        mode: if need.is_none() {
            CallMode::AtOnce
        } else {
            rule.mode
        },
        candidates,
        first: u32::try_from(first).unwrap_or(u32::MAX),
        tally: Tally::default(),
        met: need == Some(0),
        unfillable: false,
    }
}

/// Each candidate once, with the deputies where they count, and how many are of the first
/// rank.
fn in_line(first: Vec<PersonId>, deputies: Vec<PersonId>, more: bool) -> (Vec<PersonId>, usize) {
    let mut candidates: IndexSet<PersonId> = first.into_iter().collect();
    let first = candidates.len();
    if more {
        candidates.extend(deputies);
    }
    (candidates.into_iter().collect(), first)
}

/// Whom a selector means, as shown.
pub fn shown_as(who: &Selector, roster: &Roster) -> Text {
    ranks(who, false, roster).0
}

/// A selector's name, its first rank, its deputies in order, and how many the
/// roster says must come.
pub(in crate::domain) fn ranks(
    who: &Selector,
    everyone: bool,
    roster: &Roster,
) -> (Text, Vec<PersonId>, Vec<PersonId>, Option<usize>) {
    let first = who.people(roster);
    match who {
        Selector::Everyone | Selector::EverySquad => {
            (Text::new("全職員", "All staff"), first, Vec::new(), None)
        }
        Selector::Person(id) => {
            let name = roster.people.get(id).map(|person| person.name.clone());
            (name.unwrap_or_default(), first, Vec::new(), None)
        }
        Selector::Post(id) => roster.posts.get(id).map_or_else(Default::default, |post| {
            (post.name.clone(), first, post.deputies.clone(), None)
        }),
        Selector::Squad(id) => roster
            .squads
            .get(id)
            .map_or_else(Default::default, |squad| {
                let need = squad.need.map(|need| need as usize);
                (squad.name.clone(), first, squad.deputies.clone(), need)
            }),
        Selector::Section(id) => roster
            .sections
            .get(id)
            .map_or_else(Default::default, |section| {
                let first = if everyone {
                    first
                } else {
                    section.required.clone()
                };
                let need = section.need.map(|need| need as usize);
                (section.name.clone(), first, section.deputies.clone(), need)
            }),
    }
}
