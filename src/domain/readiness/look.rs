//! How findings are made: places, posts, people, webhooks, vendors.
//!
//! Owns who counts as reachable, and that each thing is said once. It must not
//! choose candidates: `call_out` does, and is asked. [`super::away`] looks
//! through the same eyes with those left out who are away.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;

use super::super::call_out::{ranks, target};
use super::super::drill_duty::State;
use super::super::id::{PersonId, RuleId};
use super::super::plan::Plan;
use super::super::roster::{ChannelName, Contact, Person, Post, Roster};
use super::super::rule::{Confirm, Rule, Selector, TargetRule};
use super::{Bounce, Finding, Group, Known, Lack, Place, away, informed};

/// How a person can be reached, if they are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach<'a> {
    /// Through one contact at least.
    Reachable,
    /// There is no contact.
    NoContact,
    /// The bounce among contacts of which none can be used.
    Bounced(&'a Bounce),
    /// Nothing but webhooks that are not there.
    NoChannel,
}

/// Everything that stands in the way, the serious first, then in the order of
/// the files.
pub fn findings(plan: &Plan, known: Known<'_>) -> Vec<Finding> {
    let mut bounces: HashMap<&PersonId, Vec<&Bounce>> = HashMap::new();
    for bounce in known.bounces {
        bounces.entry(&bounce.person).or_default().push(bounce);
    }
    let look = Look {
        plan,
        webhooks: known.webhooks,
        bounces,
        away: HashMap::new(),
    };
    let mut found = Vec::new();
    if !look.reaches_any(&plan.administrators()) {
        found.push(Finding::NoAdministrator);
    }
    let places = places(plan);
    for (place, target) in &places {
        look.place(place, target, &mut found);
    }
    look.decisions(&mut found);
    look.approvers(&mut found);
    informed::look(&look, &mut found);
    for post in plan.roster.posts.values() {
        look.post(post, &places, &mut found);
    }
    for person in plan.roster.people.values() {
        look.person(person, &mut found);
    }
    look.webhooks(&mut found);
    look.vendors(&mut found);
    let due = known.drills.iter();
    let due = due.filter(|one| matches!(one.state, State::Soon | State::Missed(_)));
    found.extend(due.copied().map(Finding::Drill));
    let texts = known.texts.iter().cloned();
    found.extend(texts.map(Finding::OwnText));
    away::look(&look, &places, known.now, &mut found);
    found.sort_by_key(Finding::severity);
    found
}

/// The places of all rules, each once with the rules that name it.
fn places(plan: &Plan) -> Vec<(Place, TargetRule)> {
    let mut places: Vec<(Place, TargetRule)> = Vec::new();
    for rule in plan.rules.values() {
        let rows = rule.targets.iter().flat_map(|row| split(row, &plan.roster));
        for row in rows {
            // However the rules word it: as many as the roster says, or a number.
            let wants = |row: &TargetRule| {
                let target = target(row, &row.who, &plan.roster);
                (target.need, target.everyone)
            };
            let same = |(place, other): &&mut (Place, TargetRule)| {
                place.who == row.who && wants(other) == wants(&row)
            };
            if let Some((place, _)) = places.iter_mut().find(same) {
                if !place.rules.contains(&rule.id) {
                    place.rules.push(rule.id.clone());
                }
                continue;
            }
            let place = Place {
                name: target(&row, &row.who, &plan.roster).name,
                who: row.who.clone(),
                rules: vec![rule.id.clone()],
            };
            places.push((place, row));
        }
    }
    places
}

/// A row of a rule, for each squad where it means every squad.
fn split(row: &TargetRule, roster: &Roster) -> Vec<TargetRule> {
    if row.who != Selector::EverySquad {
        return vec![row.clone()];
    }
    let squads = roster.squads.keys();
    squads
        .map(|squad| TargetRule {
            who: Selector::Squad(squad.clone()),
            name: None,
            ..row.clone()
        })
        .collect()
}

/// Rules with the same line are said once: each line with the rules that ask it.
pub(super) type Lines<'a> = Vec<(&'a [Selector], Vec<RuleId>)>;

/// The plan and what is known beyond it.
#[derive(Clone)]
pub(super) struct Look<'a> {
    pub(super) plan: &'a Plan,
    webhooks: &'a [String],
    bounces: HashMap<&'a PersonId, Vec<&'a Bounce>>,
    /// Who is left out because they are away, and until when; nobody in the
    /// look at what lasts.
    pub(super) away: HashMap<&'a PersonId, Timestamp>,
}

impl<'a> Look<'a> {
    fn bounce(&self, person: &PersonId, contact: &Contact) -> Option<&'a Bounce> {
        let mut bounces = self.bounces.get(person)?.iter().copied();
        bounces.find(|bounce| bounce.contact == *contact)
    }

    fn has_channel(&self, contact: &Contact) -> bool {
        match &contact.channel {
            ChannelName::Email => true,
            ChannelName::Webhook(name) => self.webhooks.iter().any(|known| **known == **name),
        }
    }

    fn reach(&self, person: &Person) -> Reach<'a> {
        let mut bounced = None;
        for contact in &person.contacts {
            match self.bounce(&person.id, contact) {
                Some(bounce) => {
                    bounced.get_or_insert(bounce);
                }
                None if self.has_channel(contact) => return Reach::Reachable,
                None => {}
            }
        }
        match bounced {
            Some(bounce) => Reach::Bounced(bounce),
            None if person.contacts.is_empty() => Reach::NoContact,
            None => Reach::NoChannel,
        }
    }

    /// The same with those left out who are away.
    pub(super) fn without(&self, away: HashMap<&'a PersonId, Timestamp>) -> Self {
        Self {
            away,
            ..self.clone()
        }
    }

    /// Whether a person can be reached, and is there.
    pub(super) fn reaches(&self, id: &PersonId) -> bool {
        self.reaches_when_there(id) && !self.away.contains_key(id)
    }

    /// Whether a person could be reached and is away.
    pub(super) fn is_missed(&self, id: &PersonId) -> bool {
        self.reaches_when_there(id) && self.away.contains_key(id)
    }

    fn reaches_when_there(&self, id: &PersonId) -> bool {
        let person = self.plan.roster.people.get(id);
        person.is_some_and(|person| self.reach(person) == Reach::Reachable)
    }

    pub(super) fn reaches_any(&self, people: &[PersonId]) -> bool {
        people.iter().any(|id| self.reaches(id))
    }

    /// What one place lacks, the gravest first.
    pub(super) fn lacks(&self, row: &TargetRule) -> Vec<Lack> {
        let roster = &self.plan.roster;
        let target = target(row, &row.who, roster);
        let (_, first, deputies, _) = ranks(&row.who, target.everyone, roster);
        let reachable = target.candidates.iter().filter(|id| self.reaches(id));
        let reachable = u32::try_from(reachable.count()).unwrap_or(u32::MAX);
        if reachable == 0 {
            return vec![Lack::Nobody];
        }
        let mut lacks = Vec::new();
        // Why: where everyone is wanted nobody stands in for another, and each
        // who cannot be reached is named for themselves.
        if target.everyone {
            return lacks;
        }
        let need = target.need;
        if reachable < need {
            lacks.push(Lack::TooFew { need, reachable });
        }
        // Why: of three holders of whom one must come, the others stand in; and
        // a deputy who is called for somebody who is away stands in no more.
        let spent = target.candidates.iter().any(|id| self.is_missed(id));
        if reachable == need && (spent || !self.reaches_any(&deputies)) {
            lacks.push(Lack::NoNext);
        }
        // Nobody in the first rank at all is said already, by its own finding.
        if !first.is_empty() && !self.reaches_any(&first) {
            lacks.push(Lack::NoFirst);
        }
        lacks
    }

    /// First, deputy and need of one place.
    fn place(&self, place: &Place, row: &TargetRule, found: &mut Vec<Finding>) {
        let target = target(row, &place.who, &self.plan.roster);
        let (_, first, ..) = ranks(&place.who, target.everyone, &self.plan.roster);
        let group = match &place.who {
            Selector::Section(id) => Some(Group::Section(id.clone())),
            Selector::Squad(id) => Some(Group::Squad(id.clone())),
            _ => None,
        };
        if let Some(group) = group.filter(|_| first.is_empty()) {
            let place = place.clone();
            found.push(Finding::NoRequired { place, group });
        }
        let place = || place.clone();
        found.extend(self.lacks(row).into_iter().map(|lack| match lack {
            Lack::Nobody => Finding::Nobody(place()),
            Lack::TooFew { need, reachable } => Finding::TooFew {
                place: place(),
                need,
                reachable,
            },
            Lack::NoFirst => Finding::NoFirst(place()),
            Lack::NoNext => Finding::NoDeputy(place()),
        }));
    }

    /// Who is asked for decisions.
    pub(super) fn lines(&self) -> Lines<'a> {
        let mut lines: Lines<'a> = Vec::new();
        for rule in self.plan.rules.values() {
            let Some(decision) = &rule.decision else {
                continue;
            };
            let same = lines.iter_mut().find(|(ask, _)| *ask == decision.ask);
            match same {
                Some((_, rules)) => rules.push(rule.id.clone()),
                None => lines.push((&decision.ask, vec![rule.id.clone()])),
            }
        }
        lines
    }

    /// What a line of those who are asked for a decision lacks.
    pub(super) fn line_lack(&self, ask: &[Selector]) -> Option<Lack> {
        let mut line = ask.iter().map(|who| {
            let people = who.people(&self.plan.roster);
            people.into_iter().filter(|id| self.reaches(id)).collect()
        });
        let first: Vec<PersonId> = line.next().unwrap_or_default();
        let next: Vec<PersonId> = line.flatten().collect();
        match (&*first, &*next) {
            ([], []) => Some(Lack::Nobody),
            ([], _) => Some(Lack::NoFirst),
            // Why: who was asked first and comes again is no next.
            (first, next) if next.iter().all(|id| first.contains(id)) => Some(Lack::NoNext),
            _ => None,
        }
    }

    /// Whether somebody reachable is asked first for each decision, and
    /// somebody after them.
    fn decisions(&self, found: &mut Vec<Finding>) {
        for (ask, rules) in self.lines() {
            found.extend(self.line_lack(ask).map(|lack| match lack {
                Lack::Nobody | Lack::TooFew { .. } => Finding::NobodyDecides(rules),
                Lack::NoFirst => Finding::NoFirstDecides(rules),
                Lack::NoNext => Finding::NoNextDecides(rules),
            }));
        }
    }

    /// The rules of which something is held; none where the administrators are
    /// told of it, who are said already.
    pub(super) fn holding(&self) -> Vec<RuleId> {
        let holds = |rule: &&Rule| rule.confirm != Confirm::None;
        let rules = self.plan.rules.values().filter(holds);
        let rules = rules.filter(|_| !self.plan.approvers.is_empty());
        rules.map(|rule| rule.id.clone()).collect()
    }

    /// Whether anybody would hear that something is held.
    fn approvers(&self, found: &mut Vec<Finding>) {
        let rules = self.holding();
        if !rules.is_empty() && !self.reaches_any(&self.plan.approvers()) {
            found.push(Finding::NoApprover(rules));
        }
    }

    fn post(&self, post: &Post, places: &[(Place, TargetRule)], found: &mut Vec<Finding>) {
        let who = Selector::Post(post.id.clone());
        let called = places.iter().any(|(place, _)| place.who == who);
        if post.holders.is_empty() {
            let naming = self.plan.rules.values().filter(|rule| {
                let called = rule.targets.iter().any(|row| row.who == who);
                let decides = rule.decision.as_ref();
                let decides = decides.is_some_and(|decision| decision.ask.contains(&who));
                called || decides || rule.ordered_by.contains(&who) || rule.inform.contains(&who)
            });
            found.push(Finding::Vacant {
                post: post.id.clone(),
                rules: naming.map(|rule| rule.id.clone()).collect(),
            });
        } else if !called && post.deputies.is_empty() && post.holders.len() < 2 {
            let post = post.id.clone();
            found.push(Finding::PostAlone { post });
        }
    }

    fn person(&self, person: &Person, found: &mut Vec<Finding>) {
        let id = person.id.clone();
        match self.reach(person) {
            Reach::NoContact => found.push(Finding::NoContact { person: id }),
            Reach::NoChannel => found.push(Finding::NoChannel { person: id }),
            Reach::Bounced(bounce) => found.push(Finding::AllBounced {
                person: id,
                bounce: bounce.clone(),
            }),
            Reach::Reachable => {
                for (index, contact) in person.contacts.iter().enumerate() {
                    if let Some(bounce) = self.bounce(&person.id, contact) {
                        found.push(Finding::Bounced {
                            number: index + 1,
                            bounce: bounce.clone(),
                        });
                    }
                }
            }
        }
    }

    /// Webhooks that contacts name and `muster.toml` has not.
    fn webhooks(&self, found: &mut Vec<Finding>) {
        let roster = &self.plan.roster;
        let people = roster.people.values().map(|person| &person.contacts);
        let desks = roster.vendors.values().flat_map(|vendor| &vendor.desks);
        let mut absent: IndexMap<&str, usize> = IndexMap::new();
        for contacts in people.chain(desks.map(|desk| &desk.contacts)) {
            let names = contacts.iter().filter(|contact| !self.has_channel(contact));
            let names: IndexSet<&str> = names
                .filter_map(|contact| match &contact.channel {
                    ChannelName::Webhook(name) => Some(&**name),
                    ChannelName::Email => None,
                })
                .collect();
            for name in names {
                *absent.entry(name).or_default() += 1;
            }
        }
        found.extend(
            absent
                .into_iter()
                .map(|(name, contacts)| Finding::AbsentWebhook {
                    webhook: name.to_owned(),
                    contacts,
                }),
        );
    }

    fn vendors(&self, found: &mut Vec<Finding>) {
        for vendor in self.plan.roster.vendors.values() {
            let mut contacts = vendor.desks.iter().flat_map(|desk| &desk.contacts);
            if !contacts.any(|contact| self.has_channel(contact)) {
                let vendor = vendor.id.clone();
                found.push(Finding::VendorUnreachable { vendor });
            }
        }
    }
}
