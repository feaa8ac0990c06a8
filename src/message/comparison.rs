//! What a new plan changes, as rows: of whom or of what, which part, before,
//! now.
//!
//! Owns what becomes a row; the words are in `words::duty`. It must not lay
//! anything out.

use crate::domain::difference::{Comparison, Difference, Subject, SubjectChange, What};
use crate::domain::duty::{Change, PersonChange, Presence};
use crate::domain::roster::Contact;
use crate::domain::text::{Language, one_line};

use super::page;
use super::words::{self, Duties, duty, fill};

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Of whom or of what.
    pub of: String,
    /// Which part of it, or what happened to the whole.
    pub part: String,
    /// Before, where there was something.
    pub before: Option<String>,
    /// Now, where there is something.
    pub after: Option<String>,
}

/// What changed for people, in the order of the roster.
pub fn people(comparison: &Comparison, language: Language) -> Vec<Row> {
    let w = Duties::of(language);
    let everyone = comparison.people.everyone.iter();
    let mut rows: Vec<Row> = everyone
        .map(|change| duty_row(w.all_who_stay, change, language))
        .collect();
    let people = &comparison.people.people;
    for change in people {
        let name = |change: &PersonChange| one_line(change.person.name.get(language));
        let own = name(change);
        let alike = people.iter().filter(|other| name(other) == own).count();
        // Why: two people of one name are told apart; a table has little room.
        let of = if alike > 1 {
            format!("{own} ({})", change.person.id)
        } else {
            own
        };
        person(change, &of, language, &mut rows);
    }
    rows
}

fn duty_row(of: &str, change: &Change, language: Language) -> Row {
    let (part, [before, after]) = duty::change(change, language);
    row(of, part, before, after)
}

fn row(of: &str, part: impl Into<String>, before: Option<String>, after: Option<String>) -> Row {
    Row {
        of: of.to_owned(),
        part: part.into(),
        before,
        after,
    }
}

fn person(change: &PersonChange, of: &str, language: Language, rows: &mut Vec<Row>) {
    let w = Duties::of(language);
    match change.presence {
        Presence::Stays => {}
        Presence::Joined => rows.push(row(of, w.joined, None, None)),
        Presence::Left => rows.push(row(of, w.left, None, None)),
    }
    if let Some(before) = &change.name {
        let [before, name] = [before, &change.person.name].map(|name| one_line(name.get(language)));
        rows.push(row(of, w.name, Some(before), Some(name)));
    }
    if let Some((before, after)) = &change.section {
        let [before, after] = [before, after].map(|name| Some(one_line(name.get(language))));
        rows.push(row(of, w.section, before, after));
    }
    if let Some((before, after)) = change.language {
        let [before, after] = [before, after].map(|language| Some(language.tag().to_owned()));
        rows.push(row(of, w.language, before, after));
    }
    let duties = change.duties.iter();
    rows.extend(duties.map(|change| duty_row(of, change, language)));
    let contact = |contact: &Contact| {
        let channel = words::channel(&contact.channel, language);
        let part = fill(w.contact, &[("channel", &channel)]);
        (part, Some(one_line(&contact.address)))
    };
    for gone in &change.contacts_gone {
        let (part, address) = contact(gone);
        rows.push(row(of, part, address, None));
    }
    for new in &change.contacts_new {
        let (part, address) = contact(new);
        rows.push(row(of, part, None, address));
    }
    if change.contacts_reordered {
        rows.push(row(of, w.reordered, None, None));
    }
}

/// What changed of rules, procedures and the rest.
pub fn subjects(comparison: &Comparison, language: Language) -> Vec<Row> {
    let mut rows = Vec::new();
    for change in &comparison.subjects {
        subject(change, language, &mut rows);
    }
    rows
}

fn subject(change: &SubjectChange, language: Language, rows: &mut Vec<Row>) {
    let w = Duties::of(language);
    let of = duty::subject(&change.subject, language);
    match &change.what {
        What::Added => rows.push(row(&of, w.added, None, None)),
        What::Removed => rows.push(row(&of, w.removed, None, None)),
        What::Changed(parts) if parts.is_empty() => {
            let is_rule = matches!(change.subject, Subject::Rule(..));
            let said = if is_rule { w.changed_people } else { w.changed };
            rows.push(row(&of, said, None, None));
        }
        What::Changed(parts) => rows.extend(parts.iter().map(|part| {
            let item = duty::item(&part.item, language);
            if part.before.is_none() && part.after.is_none() {
                return row(&of, item, None, None);
            }
            let [before, after] = values(part, language);
            row(&of, item, Some(before), Some(after))
        })),
    }
}

/// The value before and now: in the language asked for, or in the other one
/// where they differ in that alone.
fn values(part: &Difference, language: Language) -> [String; 2] {
    let say =
        |language| [&part.before, &part.after].map(|value| duty::value(value.as_ref(), language));
    let said = say(language);
    if said[0] == said[1] {
        return say(page::other(language));
    }
    said
}
