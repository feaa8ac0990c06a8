//! The call list: who is to be called, in which order, and how each is
//! reached.
//!
//! Owns the order and the shape for programs; `message::call_list` owns the
//! words and the paper. Contacts and roles are read from the roster in force,
//! as a stage would. It must not decide who is called.

mod vendors;

use std::collections::HashMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::call_out::{CallOut, ContactState, Participant, Standing, Target, TriedContact};
use crate::domain::edition::Edition;
use crate::domain::id::{PersonId, SectionId};
use crate::domain::plan::Plan;
use crate::domain::roster::{Contact, Person, Roster};
use crate::domain::text::{Language, Text};
use crate::message::call_list::{CallList, Group, InLine, Mark, Place, Role, RoleKind, Row, Way};
use crate::message::view::CallOutSummary;
use crate::message::words;

use super::status::time;

/// Candidates of a target that stand beside it; the rest is a number.
const IN_LINE: usize = 12;

/// The whole roster's list, nobody called.
pub fn of_roster(plan: &Plan, now: Timestamp) -> CallList {
    let book = Book::new(plan, now);
    let mut groups = Groups::new(&plan.roster);
    for person in plan.roster.people.values() {
        let key = (0, book.rank(&person.id));
        groups.add(&person.section, None, key, book.row(person));
    }
    CallList {
        about: None,
        places: Vec::new(),
        groups: groups.sorted(true),
        ..empty(plan, &plan.edition, now)
    }
}

/// The list of one call-out: in each section those first who cannot be
/// reached, then those who have not answered, then who is next in line for a
/// need that is not met, then who is passed over because they are away, then
/// those who have answered.
pub fn of_call_out(plan: &Plan, call_out: &CallOut, now: Timestamp) -> CallList {
    let roster = &plan.roster;
    let book = Book::new(plan, now);
    let mut groups = Groups::new(roster);
    let next = next_in_line(call_out);
    // Vendors stand in a part of their own.
    let staff = call_out.participants.values();
    for participant in staff.filter(|participant| !participant.is_vendor()) {
        let mark = mark(participant, next.contains_key(&participant.person));
        let key = (order(mark), book.rank(&participant.person));
        let name = Some(&participant.section_name);
        let row = book.participant(participant, mark);
        groups.add(&participant.section, name, key, row);
    }
    for id in next.into_keys() {
        let Some(person) = roster.people.get(id) else {
            continue;
        };
        if !call_out.participants.contains_key(id) {
            let mut row = book.row(person);
            row.mark = Some(Mark::Next);
            // Behind those who can be called.
            let key = (
                order(Mark::Next) + u8::from(row.away.is_some()),
                book.rank(id),
            );
            groups.add(&person.section, None, key, row);
        }
    }
    let mut about = CallOutSummary::new(call_out);
    // Why: the roster knows systems by name; a call-out has their numbers.
    let what = |language| words::event(&call_out.event.kind, roster, language);
    about.what = Text::new(what(Language::Ja), what(Language::En));
    let places = call_out.targets.iter();
    CallList {
        about: Some(about),
        places: places
            .map(|target| place(target, call_out, &book))
            .collect(),
        groups: groups.sorted(false),
        asked: vendors::asked(roster, call_out),
        vendors: vendors::others(roster, |vendor| call_out.help(vendor).is_some()),
        ..empty(plan, &call_out.edition, now)
    }
}

fn empty(plan: &Plan, edition: &Edition, now: Timestamp) -> CallList {
    let label = |language| words::edition(edition, &plan.roster, language);
    CallList {
        organisation: plan.organisation.clone(),
        made_at: now,
        edition: Text::new(label(Language::Ja), label(Language::En)),
        newer_roster: Some(&plan.edition.roster_digest)
            .filter(|digest| **digest != edition.roster_digest)
            .cloned(),
        about: None,
        places: Vec::new(),
        groups: Vec::new(),
        asked: Vec::new(),
        vendors: vendors::others(&plan.roster, |_| false),
    }
}

/// Candidates of needs that are not met who have not been called, and who is
/// passed over because they are away.
fn next_in_line(call_out: &CallOut) -> IndexMap<&PersonId, ()> {
    let mut next = IndexMap::new();
    if call_out.state.is_live() {
        let open = call_out.targets.iter().filter(|target| !target.met);
        let away = call_out.passed_over().map(|(id, _)| id);
        for id in open.flat_map(|target| &target.candidates).chain(away) {
            if !is_called(call_out, id) {
                next.insert(id, ());
            }
        }
    }
    next
}

fn is_called(call_out: &CallOut, id: &PersonId) -> bool {
    let participant = call_out.participants.get(id);
    participant.is_some_and(Participant::is_called)
}

fn mark(participant: &Participant, next: bool) -> Mark {
    match participant.standing() {
        Standing::Unreachable if participant.is_called() => Mark::Unreachable,
        Standing::Silent if participant.is_called() => Mark::Silent,
        Standing::Unreachable | Standing::Silent if next => Mark::Next,
        Standing::Unreachable | Standing::Silent => Mark::Told(participant.part),
        answered => Mark::Answered(answered),
    }
}

const fn order(mark: Mark) -> u8 {
    match mark {
        Mark::Unreachable => 0,
        Mark::Silent => 1,
        Mark::Next => 2,
        Mark::Answered(_) => 4,
        Mark::Told(_) => 5,
    }
}

fn place(target: &Target, call_out: &CallOut, book: &Book<'_>) -> Place {
    let shown = if target.everyone { 0 } else { IN_LINE };
    let line = target.candidates.iter().take(shown).map(|id| {
        let participant = call_out.participants.get(id);
        let mark = participant.map_or(Mark::Next, |participant| {
            mark(participant, !participant.is_called())
        });
        let person = book.roster.people.get(id).map(|person| &person.name);
        let name = person.or(participant.map(|participant| &participant.name));
        InLine {
            number: book.number(id),
            name: name.cloned().unwrap_or_else(|| Text::new(id.as_str(), "")),
            mark,
            away: book.away.get(id).copied(),
        }
    });
    let tally = target.tally;
    Place {
        name: target.name.clone(),
        need: target.need,
        have: tally.have,
        silent: tally.silent + tally.unreachable,
        everyone: target.everyone,
        met: target.met,
        line: line.collect(),
        more: if target.everyone {
            0
        } else {
            target.candidates.len().saturating_sub(IN_LINE)
        },
    }
}

/// What a row is sorted by: required members before deputies before the rest,
/// then as the section ranks them, then as the roster has them.
type Rank = (u8, usize, usize);

/// A row, and before it what it is sorted by: its mark's order, its rank.
type Ranked = ((u8, Rank), Row);

/// Where each person stands in the roster.
struct Book<'a> {
    roster: &'a Roster,
    /// Who is away, and until when.
    away: HashMap<&'a PersonId, Timestamp>,
    roles: HashMap<&'a PersonId, Vec<Role>>,
    in_section: HashMap<&'a PersonId, usize>,
}

impl<'a> Book<'a> {
    fn new(plan: &'a Plan, now: Timestamp) -> Self {
        let roster = &plan.roster;
        let mut book = Self {
            roster,
            away: plan.away(now).collect(),
            roles: HashMap::new(),
            in_section: HashMap::new(),
        };
        for post in roster.posts.values() {
            book.note(&post.name, &post.holders, |_| RoleKind::Holder);
            book.note(&post.name, &post.deputies, RoleKind::Acting);
        }
        for section in roster.sections.values() {
            book.note(&section.name, &section.required, RoleKind::Required);
            book.note(&section.name, &section.deputies, RoleKind::Deputy);
            let ranked = section.required.iter().chain(&section.deputies);
            for (rank, id) in ranked.enumerate() {
                let person = roster.people.get(id);
                if person.is_some_and(|person| person.section == section.id) {
                    book.in_section.entry(id).or_insert(rank);
                }
            }
        }
        for squad in roster.squads.values() {
            book.note(&squad.name, &squad.required, RoleKind::Required);
            book.note(&squad.name, &squad.deputies, RoleKind::Deputy);
        }
        book
    }

    fn note(&mut self, of: &Text, people: &'a [PersonId], kind: impl Fn(usize) -> RoleKind) {
        for (rank, id) in people.iter().enumerate() {
            self.roles.entry(id).or_default().push(Role {
                of: of.clone(),
                kind: kind(rank + 1),
            });
        }
    }

    fn roles(&self, id: &PersonId) -> &[Role] {
        self.roles.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    fn number(&self, id: &PersonId) -> Option<usize> {
        self.roster.people.get_index_of(id).map(|index| index + 1)
    }

    fn rank(&self, id: &PersonId) -> Rank {
        let class = |role: &Role| match role.kind {
            RoleKind::Holder | RoleKind::Required(_) => 0,
            RoleKind::Deputy(_) | RoleKind::Acting(_) => 1,
        };
        let class = self.roles(id).iter().map(class).min().unwrap_or(2);
        let last = usize::MAX;
        (
            class,
            self.in_section.get(id).copied().unwrap_or(last),
            self.number(id).unwrap_or(last),
        )
    }

    fn row(&self, person: &Person) -> Row {
        Row {
            number: self.number(&person.id),
            person: person.id.clone(),
            name: person.name.clone(),
            roles: self.roles(&person.id).to_vec(),
            ways: ways(&person.contacts, |_| false),
            mark: None,
            answer: None,
            away: self.away.get(&person.id).copied(),
        }
    }

    /// A person of a call-out: contacts as the roster has them now, or as they
    /// were for who has left it since.
    fn participant(&self, participant: &Participant, mark: Mark) -> Row {
        let tried: Vec<Contact> = participant
            .contacts
            .iter()
            .map(|tried| tried.contact.clone())
            .collect();
        let person = self.roster.people.get(&participant.person);
        let contacts = person.map_or(&tried, |person| &person.contacts);
        Row {
            number: self.number(&participant.person),
            person: participant.person.clone(),
            name: participant.name.clone(),
            roles: self.roles(&participant.person).to_vec(),
            ways: ways(contacts, |contact| is_dead(participant, contact)),
            mark: Some(mark),
            answer: participant.answer.clone(),
            away: self.away.get(&participant.person).copied(),
        }
    }
}

/// Whether a contact has failed in this call-out.
fn is_dead(participant: &Participant, contact: &Contact) -> bool {
    let dead = |tried: &&TriedContact| tried.contact == *contact;
    let tried = participant.contacts.iter().find(dead);
    tried.is_some_and(|tried| tried.state == ContactState::Dead)
}

/// Every contact; what can be telephoned first, else as the roster has them.
fn ways(contacts: &[Contact], is_dead: impl Fn(&Contact) -> bool) -> Vec<Way> {
    let way = |contact: &Contact| Way {
        contact: contact.clone(),
        telephone: is_telephone(&contact.address),
        dead: is_dead(contact),
    };
    let mut ways: Vec<Way> = contacts.iter().map(way).collect();
    ways.sort_by_key(|way| !way.telephone);
    ways
}

/// Whether an address is a number that can be dialled.
fn is_telephone(address: &str) -> bool {
    let digits = address.chars().filter(char::is_ascii_digit).count();
    let dialled = |c: char| c.is_ascii_digit() || "+-() .#*".contains(c);
    digits >= 3 && address.chars().all(dialled)
}

/// The people of each section, to be sorted.
struct Groups {
    sections: IndexMap<SectionId, (Text, Vec<Ranked>)>,
}

impl Groups {
    fn new(roster: &Roster) -> Self {
        let sections = roster.sections.values();
        Self {
            sections: sections
                .map(|section| (section.id.clone(), (section.name.clone(), Vec::new())))
                .collect(),
        }
    }

    fn add(&mut self, section: &SectionId, name: Option<&Text>, key: (u8, Rank), row: Row) {
        // A section that has left the roster stands behind the others.
        let name = || {
            let id = || Text::new(section.as_str(), "");
            (name.cloned().unwrap_or_else(id), Vec::new())
        };
        let (_, rows) = self.sections.entry(section.clone()).or_insert_with(name);
        rows.push((key, row));
    }

    fn sorted(self, empty_too: bool) -> Vec<Group> {
        let groups = self.sections.into_values().map(|(name, mut rows)| {
            rows.sort_by_key(|(key, _)| *key);
            Group {
                name,
                rows: rows.into_iter().map(|(_, row)| row).collect(),
            }
        });
        groups
            .filter(|group| empty_too || !group.rows.is_empty())
            .collect()
    }
}

/// The list for programs.
pub fn json(list: &CallList, plan: &Plan) -> Value {
    let (language, zone) = (plan.language, &plan.time_zone);
    let sections = list.groups.iter().map(|group| {
        let people = group.rows.iter().map(|row| person(row, plan));
        json!({ "name": group.name.get(language), "people": people.collect::<Vec<_>>() })
    });
    let targets = list.places.iter().map(|place| {
        json!({
            "name": place.name.get(language),
            "need": place.need,
            "have": place.have,
            "unanswered": place.silent,
            "met": place.met,
        })
    });
    json!({
        "call_out": list.about.as_ref().map(|about| about.id.as_str()),
        "drill": list.about.as_ref().map(|about| about.drill),
        "state": list.about.as_ref().map(|about| about.state.name()),
        "place": list.about.as_ref().map(|about| about.place.get(language)),
        "made_at": time(list.made_at, zone),
        "edition": list.edition.get(language),
        "roster_digest": plan.edition.roster_digest,
        "targets": targets.collect::<Vec<_>>(),
        "sections": sections.collect::<Vec<_>>(),
        "vendors_asked": vendors::asked_json(list, plan),
        "vendors": vendors::json(list, language),
    })
}

fn contacts(ways: &[Way]) -> Vec<Value> {
    let contacts = ways.iter().map(|way| {
        json!({
            "channel": way.contact.channel.to_string(),
            "address": way.contact.address,
            "failed": way.dead,
        })
    });
    contacts.collect()
}

fn person(row: &Row, plan: &Plan) -> Value {
    let language = plan.language;
    let roles = row.roles.iter().map(|role| {
        let (kind, rank) = match role.kind {
            RoleKind::Holder => ("holder", None),
            RoleKind::Required(rank) => ("required", Some(rank)),
            RoleKind::Deputy(rank) => ("deputy", Some(rank)),
            RoleKind::Acting(rank) => ("acting", Some(rank)),
        };
        json!({ "of": role.of.get(language), "role": kind, "rank": rank })
    });
    let standing = row.mark.map(|mark| match mark {
        Mark::Unreachable => "unreachable",
        Mark::Silent => "unanswered",
        Mark::Next => "next",
        Mark::Answered(_) => "answered",
        Mark::Told(part) => part.name(),
    });
    let answer = row.answer.as_ref();
    json!({
        "number": row.number,
        "person": row.person.as_str(),
        "name": row.name.get(language),
        "roles": roles.collect::<Vec<_>>(),
        "contacts": contacts(&row.ways),
        "standing": standing,
        "absent_until": row.away.map(|until| time(until, &plan.time_zone)),
        "answer": answer.map(|answer| answer.answer.reply.name()),
        "doubtful": answer.is_some_and(|answer| answer.doubtful),
        "eta_minutes": answer.and_then(|answer| answer.answer.eta_minutes),
        "answered_at": answer.map(|answer| time(answer.at, &plan.time_zone)),
        "note": answer.and_then(|answer| answer.answer.note.as_ref()),
    })
}
