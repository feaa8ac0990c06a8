//! Who has which duty under a plan, and what a new plan changes of it.
//!
//! Pure: two plans go in, what differs comes out, in the order of the roster.
//! It must not choose words: `message::words` does.

use indexmap::IndexMap;

use super::call_out::ranks;
use super::id::{PersonId, PostId, ProcedureId, RuleId};
use super::plan::Plan;
use super::roster::{Contact, Person, Roster};
use super::rule::{Need, Rule, Selector};
use super::text::{Language, Text};

/// Where a duty lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A target of a rule.
    Target {
        /// The rule.
        rule: RuleId,
        /// Whom the target means; one squad, never "each squad".
        who: Selector,
    },
    /// Called by a stage besides, whatever target they stand in.
    Also(ProcedureId),
    /// Told by a rule, without being called.
    Informed(RuleId),
    /// Told by a stage that people are missing.
    Told(ProcedureId),
    /// May order what a rule wants ordered; as a deputy, where the rule takes
    /// a deputy's order.
    Orders(RuleId),
    /// Is asked for a rule's decision.
    Decides(RuleId),
    /// Told that a rule's target can no longer be filled.
    ToldUnfillable(RuleId),
    /// Told of what is held; may confirm or cancel it.
    Approves,
    /// A post.
    Post(PostId),
    /// Told when something is wrong.
    Administrators,
}

/// In which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// With everybody else.
    Everyone,
    /// A required member, or the holder of a post; the place in line, from 1.
    Required(u32),
    /// Stands in; the place in line, from 1.
    Deputy(u32),
    /// By itself.
    Named,
}

/// One duty of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The target's, the post's or the procedure's name; empty where the
    /// place says it all.
    pub name: Text,
    /// In which part.
    pub role: Role,
}

/// Each person's duties, in the order of the roster and of the rules.
pub type Duties = IndexMap<PersonId, IndexMap<Place, Duty>>;

/// Who has which duty.
pub fn duties(plan: &Plan) -> Duties {
    let roster = &plan.roster;
    let mut all = Collected(
        roster
            .people
            .keys()
            .map(|person| (person.clone(), IndexMap::new()))
            .collect(),
    );
    for rule in plan.rules.values() {
        for target in &rule.targets {
            for who in each(&target.who, roster) {
                let everyone = target.need == Need::Everyone;
                let name = target.name.as_ref();
                all.target(&rule.id, &who, (everyone, name), roster);
            }
        }
        let id = || rule.id.clone();
        all.named(
            &rule.inform,
            &Place::Informed(id()),
            &Text::default(),
            roster,
        );
        all.named(
            &rule.ordered_by,
            &Place::Orders(id()),
            &Text::default(),
            roster,
        );
        all.decision(rule, roster);
    }
    for procedure in plan.procedures.values() {
        for stage in &procedure.stages {
            let (id, title) = (|| procedure.id.clone(), &procedure.title);
            all.named(&stage.also, &Place::Also(id()), title, roster);
            all.named(&stage.tell, &Place::Told(id()), title, roster);
        }
    }
    for post in roster.posts.values() {
        let place = Place::Post(post.id.clone());
        all.ranked(&place, &post.name, [&post.holders, &post.deputies]);
    }
    let none = Text::default();
    all.named(&plan.administrators, &Place::Administrators, &none, roster);
    all.named(&plan.approvers, &Place::Approves, &none, roster);
    all.0
}

/// A selector, with each squad by itself.
pub(super) fn each(who: &Selector, roster: &Roster) -> Vec<Selector> {
    match who {
        Selector::EverySquad => roster.squads.keys().cloned().map(Selector::Squad).collect(),
        other => vec![other.clone()],
    }
}

struct Collected(Duties);

impl Collected {
    fn add(&mut self, person: &PersonId, place: &Place, name: &Text, role: Role) {
        let Some(duties) = self.0.get_mut(person) else {
            return;
        };
        // Why: who is a required member is not their own deputy.
        duties.entry(place.clone()).or_insert_with(|| Duty {
            name: name.clone(),
            role,
        });
    }

    fn target(
        &mut self,
        rule: &RuleId,
        who: &Selector,
        (everyone, name): (bool, Option<&Text>),
        roster: &Roster,
    ) {
        let (own, first, deputies, _) = ranks(who, everyone, roster);
        let name = name.unwrap_or(&own);
        let (rule, who) = (rule.clone(), who.clone());
        let all = everyone && !matches!(who, Selector::Person(_));
        let one = matches!(who, Selector::Person(_));
        let place = Place::Target { rule, who };
        if all || one {
            let role = if all { Role::Everyone } else { Role::Named };
            for person in &first {
                self.add(person, &place, name, role);
            }
        } else {
            self.ranked(&place, name, [&first, &deputies]);
        }
    }

    /// Who decides, who may order as a deputy, and who hears of a lack.
    fn decision(&mut self, rule: &Rule, roster: &Roster) {
        let none = Text::default();
        let posts = rule.ordered_by.iter().filter_map(|who| match who {
            Selector::Post(id) if rule.ordered_by_deputies => roster.posts.get(id),
            _ => None,
        });
        let orders = Place::Orders(rule.id.clone());
        for post in posts {
            self.ranked(&orders, &none, [&[], &post.deputies]);
        }
        let ask = rule.decision.iter().flat_map(|decision| &decision.ask);
        let decides = Place::Decides(rule.id.clone());
        for (rank, who) in (1..).zip(ask) {
            for person in who.people(roster) {
                self.add(&person, &decides, &none, Role::Required(rank));
            }
        }
        let told = Place::ToldUnfillable(rule.id.clone());
        self.named(&rule.tell_unfillable, &told, &none, roster);
    }

    fn ranked(&mut self, place: &Place, name: &Text, ranks: [&[PersonId]; 2]) {
        let roles = [Role::Required as fn(u32) -> Role, Role::Deputy];
        for (people, role) in ranks.into_iter().zip(roles) {
            for (rank, person) in (1..).zip(people) {
                self.add(person, place, name, role(rank));
            }
        }
    }

    fn named(&mut self, who: &[Selector], place: &Place, name: &Text, roster: &Roster) {
        for person in super::plan::people(who, roster) {
            self.add(&person, place, name, Role::Named);
        }
    }
}

/// A duty before and after; `None` is no duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub place: Place,
    /// As shown.
    pub name: Text,
    /// In which part before.
    pub before: Option<Role>,
    /// In which part now.
    pub after: Option<Role>,
}

/// Whether a person is in both rosters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In both.
    Stays,
    /// In the new one alone.
    Joined,
    /// In the old one alone.
    Left,
}

/// What changed for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// Who, as the new roster has them; as the old one where they left.
    pub person: Person,
    /// Whether they are new or gone.
    pub presence: Presence,
    /// The section before and now, where the person moved.
    pub section: Option<(Text, Text)>,
    /// The name before, where it changed.
    pub name: Option<Text>,
    /// The language of what is sent before and now, where it changed.
    pub language: Option<(Language, Language)>,
    /// Duties, in the order of the rules.
    pub duties: Vec<Change>,
    /// Contacts that are gone.
    pub contacts_gone: Vec<Contact>,
    /// Contacts that are new.
    pub contacts_new: Vec<Contact>,
    /// The same contacts in another order of preference.
    pub contacts_reordered: bool,
}

/// What changed for people.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PeopleChanges {
    /// Duties that everybody who stays gained or lost.
    pub everyone: Vec<Change>,
    /// Each person of whom something else changed: the new roster's order,
    /// then those who left.
    pub people: Vec<PersonChange>,
}

/// What a new plan changes for people.
pub fn compare(old: &Plan, new: &Plan) -> PeopleChanges {
    let (before, after) = (duties(old), duties(new));
    let none = IndexMap::new();
    let of = |duties: &'_ Duties, person: &PersonId| duties.get(person).cloned();
    let left = old.roster.people.values();
    let left = left.filter(|person| !new.roster.people.contains_key(&person.id));
    let everybody = new.roster.people.values().chain(left);
    let mut people: Vec<PersonChange> = everybody
        .map(|person| {
            let id = &person.id;
            let (before, after) = (of(&before, id), of(&after, id));
            let (before, after) = (before.as_ref(), after.as_ref());
            let changes = changes(before.unwrap_or(&none), after.unwrap_or(&none));
            person_change(person, changes, (&old.roster, &new.roster))
        })
        .collect();
    let everyone = of_everyone(&mut people);
    people.retain(PersonChange::says_something);
    PeopleChanges { everyone, people }
}

impl PersonChange {
    fn says_something(&self) -> bool {
        self.presence != Presence::Stays
            || self.section.is_some()
            || self.name.is_some()
            || self.language.is_some()
            || !self.duties.is_empty()
            || !self.contacts_gone.is_empty()
            || !self.contacts_new.is_empty()
            || self.contacts_reordered
    }
}

fn changes(before: &IndexMap<Place, Duty>, after: &IndexMap<Place, Duty>) -> Vec<Change> {
    let role = |duties: &IndexMap<Place, Duty>, place| duties.get(place).map(|duty| duty.role);
    let gone = before
        .iter()
        .filter(|(place, _)| !after.contains_key(*place));
    after
        .iter()
        .chain(gone)
        .map(|(place, duty)| Change {
            place: place.clone(),
            name: duty.name.clone(),
            before: role(before, place),
            after: role(after, place),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn person_change(
    person: &Person,
    duties: Vec<Change>,
    (old, new): (&Roster, &Roster),
) -> PersonChange {
    let (was, is) = (old.people.get(&person.id), new.people.get(&person.id));
    let mut change = PersonChange {
        person: person.clone(),
        presence: match (was, is) {
            (None, _) => Presence::Joined,
            (Some(_), None) => Presence::Left,
            (Some(_), Some(_)) => Presence::Stays,
        },
        section: None,
        name: None,
        language: None,
        duties,
        contacts_gone: Vec::new(),
        contacts_new: Vec::new(),
        contacts_reordered: false,
    };
    if let (Some(was), Some(is)) = (was, is) {
        let section = |person: &Person, roster: &Roster| {
            let section = roster.sections.get(&person.section);
            let id = || Text::new(person.section.as_str(), person.section.as_str());
            section.map_or_else(id, |section| section.name.clone())
        };
        change.section = (was.section != is.section).then(|| (section(was, old), section(is, new)));
        change.language = (was.language != is.language).then_some((was.language, is.language));
        change.name = (was.name != is.name).then(|| was.name.clone());
        let beyond = |some: &[Contact], others: &[Contact]| -> Vec<Contact> {
            let beyond = some.iter().filter(|contact| !others.contains(contact));
            beyond.cloned().collect()
        };
        change.contacts_gone = beyond(&was.contacts, &is.contacts);
        change.contacts_new = beyond(&is.contacts, &was.contacts);
        change.contacts_reordered = change.contacts_gone.is_empty()
            && change.contacts_new.is_empty()
            && was.contacts != is.contacts;
    }
    change
}

/// Takes out what changed alike for everybody who stays.
fn of_everyone(people: &mut [PersonChange]) -> Vec<Change> {
    let is_of_all = |change: &Change| {
        matches!(
            &change.place,
            Place::Target {
                who: Selector::Everyone,
                ..
            }
        )
    };
    let mut stay = people
        .iter()
        .filter(|person| person.presence == Presence::Stays);
    let Some(first) = stay.next() else {
        return Vec::new();
    };
    let mut alike: Vec<Change> = first
        .duties
        .iter()
        .filter(|change| is_of_all(change))
        .cloned()
        .collect();
    for person in stay {
        alike.retain(|change| person.duties.contains(change));
    }
    for person in people {
        if person.presence == Presence::Stays {
            person.duties.retain(|change| !alike.contains(change));
        }
    }
    alike
}
