//! Whose order a rule takes (5(1)イ).
//!
//! Owns who may order, and for whom a deputy acts (職務代理). Pure; it must not
//! know how an order is told.

use super::event::EventKind;
use super::id::PersonId;
use super::plan;
use super::roster::Roster;
use super::rule::{Rule, Selector};
use super::text::Text;

/// Why an event is not taken as ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unordered {
    /// The rule wants an order, and nobody is named.
    Nobody,
    /// Whoever is named may not order it.
    Other(PersonId),
}

/// Whether a rule takes the order of an event; the post for whose holder a
/// deputy acts, where one does.
///
/// # Errors
///
/// When it does not.
pub fn ordered(rule: &Rule, kind: &EventKind, roster: &Roster) -> Result<Option<Text>, Unordered> {
    // Why: where nobody holds the post that may order, nobody may.
    if rule.ordered_by.is_empty() {
        return Ok(None);
    }
    let given = match kind {
        EventKind::WindFlood { ordered_by, .. } => ordered_by,
        // Why: a row that needs an order needs it also where a person chose
        // it for another threat (5(1)エ).
        EventKind::Threat {
            ordered_by: Some(person),
            ..
        } => person,
        EventKind::Threat { .. } => return Err(Unordered::Nobody),
        EventKind::Earthquake { .. }
        | EventKind::SecurityIncident { .. }
        | EventKind::Readiness { .. }
        | EventKind::Schedule(_)
        | EventKind::DrillReport(_)
        | EventKind::Alarm { .. } => return Ok(None),
    };
    if plan::people(&rule.ordered_by, roster).contains(given) {
        return Ok(None);
    }
    match acting_for(rule, given, roster) {
        Some(post) => Ok(Some(post)),
        None => Err(Unordered::Other(given.clone())),
    }
}

/// The post for whose holder a deputy may order.
fn acting_for(rule: &Rule, person: &PersonId, roster: &Roster) -> Option<Text> {
    let posts = rule
        .ordered_by
        .iter()
        .filter_map(|selector| match selector {
            Selector::Post(id) => roster.posts.get(id),
            _ => None,
        });
    let mut posts = posts.filter(|post| post.deputies.contains(person));
    let post = posts.next().filter(|_| rule.ordered_by_deputies)?;
    Some(post.name.clone())
}

/// Whose order a rule takes, as the files write it.
pub fn wanted(rule: &Rule) -> String {
    let wanted: Vec<String> = rule.ordered_by.iter().map(ToString::to_string).collect();
    wanted.join(", ")
}
