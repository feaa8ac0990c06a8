//! What is lacking for a time because people are away.
//!
//! Owns how grave that is, and that only what is missed is said: somebody
//! whose place others fill may be away in peace. What is lacking whoever is
//! there is [`super::look`]'s, and is not said twice.

use std::mem::discriminant;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::super::call_out::{ranks, target};
use super::super::id::{PersonId, RuleId};
use super::super::plan;
use super::super::rule::TargetRule;
use super::look::Look;
use super::{Finding, Informed, Place, Severity, informed};

/// Whom something lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nobody can be reached.
    Nobody,
    /// Fewer can be reached than must come.
    TooFew {
        /// How many must come.
        need: u32,
        /// How many can be reached.
        reachable: u32,
    },
    /// Nobody who comes first: deputies do.
    NoFirst,
    /// Nobody after those who come first.
    NoNext,
}

/// What lacks somebody who is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The administrators.
    Administrators,
    /// A place of rules.
    Place(Place),
    /// The decision of rules.
    Decision(Vec<RuleId>),
    /// What rules hold.
    Held(Vec<RuleId>),
    /// Those whom rules tell, or call besides.
    Informed(Informed),
}

/// Somebody who is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Who.
    pub person: PersonId,
    /// The first instant at which they are back.
    pub until: Timestamp,
}

/// Grave where nobody, or too few, are left; else to be known.
pub(super) fn severity(about: &About, lack: Lack) -> Severity {
    match (about, lack) {
        (About::Informed(informed), Lack::Nobody) if !informed.only => Severity::Minor,
        (_, Lack::Nobody | Lack::TooFew { .. }) => Severity::Serious,
        (_, Lack::NoFirst | Lack::NoNext) => Severity::Minor,
    }
}

/// Compares what is lacking with everybody there and with those left out who
/// are away at an instant.
pub(super) fn look(
    lasting: &Look<'_>,
    places: &[(Place, TargetRule)],
    now: Timestamp,
    found: &mut Vec<Finding>,
) {
    let plan = lasting.plan;
    let now = lasting.without(plan.away(now).collect());
    if now.away.is_empty() {
        return;
    }
    let administrators = plan.administrators();
    if news(&any(lasting, &administrators), &any(&now, &administrators)).is_some() {
        found.push(finding(
            &now,
            About::Administrators,
            Lack::Nobody,
            administrators,
        ));
    }
    for (place, row) in places {
        if let Some(lack) = news(&lasting.lacks(row), &now.lacks(row)) {
            let target = target(row, &row.who, &plan.roster);
            let people = match lack {
                Lack::NoFirst => ranks(&row.who, target.everyone, &plan.roster).1,
                Lack::Nobody | Lack::TooFew { .. } | Lack::NoNext => target.candidates,
            };
            found.push(finding(&now, About::Place(place.clone()), lack, people));
        }
    }
    for (ask, rules) in now.lines() {
        let lack = |look: &Look<'_>| Vec::from_iter(look.line_lack(ask));
        if let Some(lack) = news(&lack(lasting), &lack(&now)) {
            let asked = if lack == Lack::NoFirst {
                &ask[..1]
            } else {
                ask
            };
            let people = plan::people(asked, &plan.roster);
            found.push(finding(&now, About::Decision(rules), lack, people));
        }
    }
    let (rules, approvers) = (now.holding(), plan.approvers());
    let held = news(&any(lasting, &approvers), &any(&now, &approvers));
    if held.is_some() && !rules.is_empty() {
        found.push(finding(&now, About::Held(rules), Lack::Nobody, approvers));
    }
    for informed in informed::all(plan) {
        let people = plan::people(&informed.who, &plan.roster);
        if news(&any(lasting, &people), &any(&now, &people)).is_some() {
            found.push(finding(
                &now,
                About::Informed(informed),
                Lack::Nobody,
                people,
            ));
        }
    }
}

/// Whether anybody of some people can be reached.
fn any(look: &Look<'_>, people: &[PersonId]) -> Vec<Lack> {
    let nobody = !look.reaches_any(people);
    nobody.then_some(Lack::Nobody).into_iter().collect()
}

/// The gravest of what is lacking that is not lacking whoever is there.
fn news(lasting: &[Lack], now: &[Lack]) -> Option<Lack> {
    let known = |lack: &Lack| {
        let same = |other: &Lack| discriminant(other) == discriminant(lack);
        lasting.iter().any(same)
    };
    now.iter().find(|lack| !known(lack)).copied()
}

/// With those of the people named who are away and could be reached.
fn finding(now: &Look<'_>, about: About, lack: Lack, people: Vec<PersonId>) -> Finding {
    let people: IndexSet<PersonId> = people.into_iter().collect();
    let missed = people.into_iter().filter(|person| now.is_missed(person));
    let gone = missed.filter_map(|person| {
        let until = *now.away.get(&person)?;
        Some(Gone { person, until })
    });
    Finding::Away {
        about,
        lack,
        people: gone.collect(),
    }
}
