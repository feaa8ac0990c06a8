//! How a call-out begins.
//!
//! Owns the choice of targets and candidates from a rule and the roster, and
//! the hold. It must not run stages: [`super::advance`] does.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Timestamp};

use super::super::event::Event;
use super::super::id::{CallOutId, PersonId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::Procedure;
use super::super::roster::Roster;
use super::super::rule::{CallMode, Confirm, Need, Rule, Selector, TargetRule};
use super::super::text::Text;
use super::{CallOut, Effect, State, Tally, Target};

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
    let Opening {
        event,
        rule,
        procedure,
        plan,
    } = opening;
    let targets = rule
        .targets
        .iter()
        .flat_map(|target| targets(target, &plan.roster))
        .collect();
    let mut call_out = CallOut {
        id,
        event: Arc::clone(event),
        rule: rule.id.clone(),
        title: rule.title.clone(),
        source: rule.source.clone(),
        edition: plan.edition.clone(),
        place: event
            .place
            .as_ref()
            .map_or_else(|| rule.place.clone(), |place| Text::new(place, place)),
        instruction: rule.instruction.clone(),
        detail: rule.detail,
        procedure: procedure.clone(),
        ask: rule.ask,
        inform: rule.inform.clone(),
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
    };
    let mut effects = vec![Effect::Journal(Entry::Event {
        kind: event.kind.clone(),
        headline: event.headline.clone(),
        by: event.entered_by.clone(),
    })];
    let caveats = plan.edition.caveats();
    if !caveats.is_empty() {
        let number = plan.edition.number;
        effects.push(Effect::Journal(Entry::Edition { number, caveats }));
    }
    match rule.confirm {
        Confirm::None => call_out.start(plan, now, &mut effects),
        Confirm::Hold { seconds } => {
            let until = now + SignedDuration::from_secs(i64::from(seconds));
            call_out.held_until = Some(until);
            effects.push(Effect::Journal(Entry::Held { until }));
            call_out.tell(&plan.administrators(), Purpose::Held, plan, &mut effects);
        }
    }
    (call_out, effects)
}

impl CallOut {
    /// Leaves the hold, if there was one, and begins to call.
    pub(super) fn start(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.state = State::Open;
        self.held_until = None;
        self.stage_at = now;
        effects.push(Effect::Journal(Entry::Opened {
            targets: u32::try_from(self.targets.len()).unwrap_or(u32::MAX),
        }));
        self.note_met(now, effects);
        self.run(plan, now, effects);
        let informed: Vec<PersonId> = plan::people(&self.inform, &plan.roster)
            .into_iter()
            .filter(|person| self.participants.get(person).is_none_or(|p| !p.is_called()))
            .collect();
        self.tell(&informed, Purpose::Inform, plan, effects);
    }
}

/// The targets that one row of a rule means.
fn targets(rule: &TargetRule, roster: &Roster) -> Vec<Target> {
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
    let mut candidates: IndexSet<PersonId> = first.into_iter().collect();
    if need.is_some() {
        candidates.extend(deputies);
    }
    let count = need.unwrap_or(candidates.len());
    Target {
        name: rule.name.clone().unwrap_or(name),
        need: u32::try_from(count).unwrap_or(u32::MAX),
        everyone: need.is_none(),
        mode: if need.is_none() {
            CallMode::AtOnce
        } else {
            rule.mode
        },
        candidates: candidates.into_iter().collect(),
        tally: Tally::default(),
        met: need == Some(0),
    }
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
