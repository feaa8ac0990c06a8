//! What a new plan changes, for programs: `muster check --against … --json`.
//!
//! Owns the names of the fields. Addresses stand in it: who runs the command
//! reads the files anyway.

use serde_json::{Value, json};

use crate::domain::difference::Comparison;
use crate::domain::duty::{Change, PersonChange, Place, Presence, Role};
use crate::domain::plan::Plan;
use crate::domain::roster::Contact;
use crate::domain::text::Language;
use crate::message::comparison::{Row, subjects};

/// The comparison of two plans.
pub fn json(comparison: &Comparison, [old, new]: [&Plan; 2], language: Language) -> Value {
    let people = &comparison.people;
    let duty = |change| duty(change, language);
    let everyone: Vec<Value> = people.everyone.iter().map(duty).collect();
    let persons: Vec<Value> = people
        .people
        .iter()
        .map(|change| person(change, language))
        .collect();
    let others: Vec<Value> = subjects(comparison, language).iter().map(row).collect();
    json!({
        "before": old.edition.label(),
        "after": new.edition.label(),
        "same": comparison.is_empty(),
        "everyone": everyone,
        "people": persons,
        "others": others,
    })
}

fn person(change: &PersonChange, language: Language) -> Value {
    let contacts = |contacts: &[Contact]| -> Vec<Value> {
        let contacts = contacts.iter();
        contacts
            .map(|contact| {
                json!({ "channel": contact.channel.to_string(), "address": contact.address })
            })
            .collect()
    };
    let section = change.section.as_ref();
    json!({
        "person": change.person.id.as_str(),
        "name": change.person.name.get(language),
        "name_before": change.name.as_ref().map(|name| name.get(language)),
        "presence": match change.presence {
            Presence::Stays => "stays",
            Presence::Joined => "joined",
            Presence::Left => "left",
        },
        "section": change.person.section.as_str(),
        "section_before": section.map(|(before, _)| before.get(language)),
        "language_before": change.language.map(|(before, _)| before.tag()),
        "duties": change.duties.iter().map(|change| duty(change, language)).collect::<Vec<_>>(),
        "contacts_gone": contacts(&change.contacts_gone),
        "contacts_new": contacts(&change.contacts_new),
        "contacts_reordered": change.contacts_reordered,
    })
}

fn duty(change: &Change, language: Language) -> Value {
    let what = match (change.before, change.after) {
        (None, _) => "gained",
        (_, None) => "lost",
        (Some(_), Some(_)) => "moved",
    };
    let mut value = json!({
        "change": what,
        "name": change.name.get(language),
        "before": change.before.map(role),
        "after": change.after.map(role),
    });
    let (place, key, id) = match &change.place {
        Place::Target { rule, who } => {
            value["who"] = who.to_string().into();
            ("target", "rule", rule.as_str())
        }
        Place::Also(id) => ("also", "procedure", id.as_str()),
        Place::Informed(id) => ("informed", "rule", id.as_str()),
        Place::Told(id) => ("told", "procedure", id.as_str()),
        Place::Orders(id) => ("orders", "rule", id.as_str()),
        Place::Decides(id) => ("decides", "rule", id.as_str()),
        Place::ToldUnfillable(id) => ("told-unfillable", "rule", id.as_str()),
        Place::Approves => ("approves", "post", ""),
        Place::Post(id) => ("post", "post", id.as_str()),
        Place::Administrators => ("administrators", "post", ""),
    };
    value["place"] = place.into();
    if !id.is_empty() {
        value[key] = id.into();
    }
    value
}

fn role(role: Role) -> Value {
    let (name, rank) = match role {
        Role::Everyone => ("everyone", None),
        Role::Required(rank) => ("required", Some(rank)),
        Role::Deputy(rank) => ("deputy", Some(rank)),
        Role::Named => ("named", None),
    };
    json!({ "role": name, "rank": rank })
}

fn row(row: &Row) -> Value {
    json!({ "of": row.of, "part": row.part, "before": row.before, "after": row.after })
}
