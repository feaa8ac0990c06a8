//! Whether a call-out would reach anybody: what stands in its way before it
//! is needed.
//!
//! Owns the findings, how grave each is, and on which day they are looked for
//! and told. It must not put them into words, and names no address: a finding
//! stands in the account.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::call_out::{ranks, target};
use super::id::{CallOutId, PersonId, PostId, RuleId, SectionId, SquadId, VendorId};
use super::plan::Plan;
use super::roster::{ChannelName, Contact, Person, Post, Roster};
use super::rule::{Selector, TargetRule};
use super::text::Text;

/// When readiness is looked into where nothing is said.
pub const USUAL: Time = Time::constant(9, 0, 0, 0);

/// What the key of each day's event begins with; nobody else may use it.
pub const KEY: &str = "readiness:";

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Somebody who is to be called cannot be, or a place has no first or no
    /// deputy: muster is not ready.
    Serious,
    /// Another way is left; to be mended all the same.
    Minor,
}

impl Severity {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serious => "serious",
            Self::Minor => "minor",
        }
    }
}

/// An address that did not exist when something was last sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub contact: Contact,
    /// Since when: the first refusal of those after which nothing was taken.
    pub since: Timestamp,
    /// In which call-out that was.
    pub call_out: CallOutId,
}

/// What is known beyond the plan.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Addresses that bounced, each once.
    pub bounces: &'a [Bounce],
    /// The webhooks of `muster.toml`.
    pub webhooks: &'a [String],
}

/// A place that rules want filled, and which rules those are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whom the plan means.
    pub who: Selector,
    /// As shown.
    pub name: Text,
    /// The rules that name it.
    pub rules: Vec<RuleId>,
}

/// A group of the roster that has required members and deputies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// A section.
    Section(SectionId),
    /// A squad.
    Squad(SquadId),
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No administrator can be reached.
    NoAdministrator,
    /// Nobody who could fill a place can be reached.
    Nobody(Place),
    /// Fewer can be reached than must come.
    TooFew {
        /// Which place.
        place: Place,
        /// How many must come.
        need: u32,
        /// How many can be reached.
        reachable: u32,
    },
    /// None of those who come first can be reached.
    NoFirst(Place),
    /// Nobody stands in who can be reached: one who drops out is not replaced.
    NoDeputy(Place),
    /// A section or squad that rules call has no required members.
    NoRequired {
        /// Which place.
        place: Place,
        /// Which group.
        group: Group,
    },
    /// A post is held by nobody.
    Vacant {
        /// Which.
        post: PostId,
        /// The rules that name it.
        rules: Vec<RuleId>,
    },
    /// A post that no rule calls has nobody who acts for its holder.
    PostAlone {
        /// Which.
        post: PostId,
    },
    /// A person has no contact.
    NoContact {
        /// Who.
        person: PersonId,
    },
    /// Every contact of a person bounced, or none that is left can be used.
    AllBounced {
        /// Who.
        person: PersonId,
        /// The first of those bounces.
        bounce: Bounce,
    },
    /// All contacts of a person are for webhooks that `muster.toml` has not.
    NoChannel {
        /// Who.
        person: PersonId,
    },
    /// One contact of a person bounced, others are left.
    Bounced {
        /// Which of their contacts, from 1.
        number: usize,
        /// The bounce.
        bounce: Bounce,
    },
    /// Contacts name a webhook that `muster.toml` has not.
    AbsentWebhook {
        /// Its name.
        webhook: String,
        /// How many people and desks have such a contact.
        contacts: usize,
    },
    /// A vendor has no desk with a contact that can be used.
    VendorUnreachable {
        /// Which.
        vendor: VendorId,
    },
}

impl Finding {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoAdministrator
            | Self::Nobody(_)
            | Self::TooFew { .. }
            | Self::NoFirst(_)
            | Self::NoDeputy(_)
            | Self::NoRequired { .. }
            | Self::NoContact { .. }
            | Self::AllBounced { .. }
            | Self::NoChannel { .. } => Severity::Serious,
            Self::Vacant { rules, .. } if !rules.is_empty() => Severity::Serious,
            Self::Vacant { .. }
            | Self::PostAlone { .. }
            | Self::Bounced { .. }
            | Self::AbsentWebhook { .. }
            | Self::VendorUnreachable { .. } => Severity::Minor,
        }
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoAdministrator => "no-administrator",
            Self::Nobody(_) => "nobody",
            Self::TooFew { .. } => "too-few",
            Self::NoFirst(_) => "no-first",
            Self::NoDeputy(_) => "no-deputy",
            Self::NoRequired { .. } => "no-required",
            Self::Vacant { .. } => "vacant",
            Self::PostAlone { .. } => "post-alone",
            Self::NoContact { .. } => "no-contact",
            Self::AllBounced { .. } => "all-bounced",
            Self::NoChannel { .. } => "no-channel",
            Self::Bounced { .. } => "bounced",
            Self::AbsentWebhook { .. } => "absent-webhook",
            Self::VendorUnreachable { .. } => "vendor-unreachable",
        }
    }
}

/// How a person can be reached now. Whoever is away for a time will be one
/// more of these.
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
    };
    let mut found = Vec::new();
    let administrators = plan.administrators();
    if !administrators.iter().any(|id| look.reaches(id)) {
        found.push(Finding::NoAdministrator);
    }
    let places = places(plan);
    for (place, target) in &places {
        look.place(place, target, &mut found);
    }
    for post in plan.roster.posts.values() {
        look.post(post, &places, &mut found);
    }
    for person in plan.roster.people.values() {
        look.person(person, &mut found);
    }
    look.webhooks(&mut found);
    look.vendors(&mut found);
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

/// The plan and what is known beyond it.
struct Look<'a> {
    plan: &'a Plan,
    webhooks: &'a [String],
    bounces: HashMap<&'a PersonId, Vec<&'a Bounce>>,
}

impl<'a> Look<'a> {
    fn bounce(&self, person: &PersonId, contact: &Contact) -> Option<&'a Bounce> {
        let mut bounces = self.bounces.get(person)?.iter().copied();
        bounces.find(|bounce| bounce.contact == *contact)
    }

    fn has_channel(&self, contact: &Contact) -> bool {
        match &contact.channel {
            ChannelName::Email => true,
            ChannelName::Webhook(name) => self.webhooks.contains(name),
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

    fn reaches(&self, id: &PersonId) -> bool {
        let person = self.plan.roster.people.get(id);
        person.is_some_and(|person| self.reach(person) == Reach::Reachable)
    }

    /// First, deputy and need of one place.
    fn place(&self, place: &Place, row: &TargetRule, found: &mut Vec<Finding>) {
        let roster = &self.plan.roster;
        let target = target(row, &place.who, roster);
        let (_, first, deputies, _) = ranks(&place.who, target.everyone, roster);
        let reachable = target.candidates.iter().filter(|id| self.reaches(id));
        let reachable = u32::try_from(reachable.count()).unwrap_or(u32::MAX);
        let any = |people: &[PersonId]| people.iter().any(|id| self.reaches(id));
        let group = match &place.who {
            Selector::Section(id) => Some(Group::Section(id.clone())),
            Selector::Squad(id) => Some(Group::Squad(id.clone())),
            _ => None,
        };
        if let Some(group) = group.filter(|_| first.is_empty()) {
            let place = place.clone();
            found.push(Finding::NoRequired { place, group });
        }
        if reachable == 0 {
            found.push(Finding::Nobody(place.clone()));
            return;
        }
        // Why: where everyone is wanted nobody stands in for another, and each
        // who cannot be reached is named for themselves.
        if target.everyone {
            return;
        }
        // Nobody in the first rank at all is said already, by its own finding.
        if !first.is_empty() && !any(&first) {
            found.push(Finding::NoFirst(place.clone()));
        }
        if reachable < target.need {
            found.push(Finding::TooFew {
                place: place.clone(),
                need: target.need,
                reachable,
            });
        } else if !any(&deputies) && reachable == target.need {
            // Why: of three holders of whom one must come, the others stand in.
            found.push(Finding::NoDeputy(place.clone()));
        }
    }

    fn post(&self, post: &Post, places: &[(Place, TargetRule)], found: &mut Vec<Finding>) {
        let who = Selector::Post(post.id.clone());
        let called = places.iter().any(|(place, _)| place.who == who);
        if post.holders.is_empty() {
            let naming = self.plan.rules.values().filter(|rule| {
                let called = rule.targets.iter().any(|row| row.who == who);
                called || rule.ordered_by.contains(&who) || rule.inform.contains(&who)
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
                    ChannelName::Webhook(name) => Some(name.as_str()),
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

/// The latest day whose time of looking has come.
pub fn day(at: Time, zone: &TimeZone, now: Timestamp) -> Date {
    let local = now.to_zoned(zone.clone());
    let today = local.date();
    if instant(today, at, zone).is_some_and(|due| due <= now) {
        today
    } else {
        today.yesterday().unwrap_or(today)
    }
}

/// When it is looked into next, after it was for a day.
pub fn due_after(day: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    instant(day.tomorrow().ok()?, at, zone)
}

fn instant(day: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    let local = day.to_datetime(at).to_zoned(zone.clone());
    local.ok().map(|at| at.timestamp())
}

/// Whether a day's findings are told: there are some, and they are not those
/// of the time before, or it is the first time in a week.
pub fn is_told(found: &[Text], day: Date, before: &[Text], day_before: Date) -> bool {
    let week = |day: Date| {
        let week = day.iso_week_date();
        (week.year(), week.week())
    };
    !found.is_empty() && (found != before || week(day) != week(day_before))
}
