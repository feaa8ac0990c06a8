//! Turns a read `roster.toml` into the domain's roster.
//!
//! Owns the checks of people, sections, posts, squads, vendors and systems.
//! It must not know about rules. A thing with a problem of its own is still
//! built, so that counts of candidates stay right for what is checked next.

use std::collections::HashMap;
use std::hash::Hash;

use indexmap::IndexMap;

use super::findings::{Findings, Place};
use super::names::{Kind, Names};
use super::noun::noun;
use super::operator::language;
use super::table::{Table, Word};
use super::value::{address, choice, id, once};
use crate::domain::absence::Leave;
use crate::domain::id::{PersonId, SectionId};
use crate::domain::roster::{
    ChannelName, Contact, Person, Post, Roster, Section, Squad, System, Vendor, VendorDesk,
    VendorKind,
};
use crate::domain::text::Language;

/// Checks the whole file.
pub(super) fn check(
    file: Table<'_>,
    names: &Names,
    usual: Language,
    findings: &mut Findings,
) -> Roster {
    let roster = Roster {
        sections: build(file, "section", findings, |table, id, findings| {
            let Ranks {
                required,
                deputies,
                need,
            } = ranks(table, names, findings);
            Section {
                id: id.into(),
                name: table.words("name").unwrap_or_default(),
                required,
                deputies,
                need,
            }
        }),
        people: build(file, "person", findings, |table, id, findings| {
            person(table, id, (names, usual), findings)
        }),
        posts: build(file, "post", findings, |table, id, findings| {
            post(table, id, names, findings)
        }),
        squads: build(file, "squad", findings, |table, id, findings| {
            let Ranks {
                required,
                deputies,
                need,
            } = ranks(table, names, findings);
            Squad {
                id: id.into(),
                name: table.words("name").unwrap_or_default(),
                required,
                deputies,
                need,
            }
        }),
        vendors: build(file, "vendor", findings, |table, id, findings| {
            vendor(table, id, names, findings)
        }),
        systems: systems(file, names, findings),
    };
    shared_addresses(file, findings);
    roster
}

/// Builds each table of a list under its id, the first of a name only.
fn build<K, V>(
    file: Table<'_>,
    list: &str,
    findings: &mut Findings,
    mut one: impl FnMut(Table<'_>, &str, &mut Findings) -> V,
) -> IndexMap<K, V>
where
    K: Hash + Eq + for<'a> From<&'a str>,
{
    let mut built = IndexMap::new();
    for table in file.tables(list) {
        let Some(word) = table.text("id") else {
            // What stands in it is worth checking all the same.
            one(table, "", findings);
            continue;
        };
        id(word, findings);
        let value = one(table, word.text, findings);
        built.entry(K::from(word.text)).or_insert(value);
    }
    built
}

struct Ranks {
    required: Vec<PersonId>,
    deputies: Vec<PersonId>,
    need: Option<u32>,
}

/// The required members, their deputies, and how many must come.
fn ranks(table: Table<'_>, names: &Names, findings: &mut Findings) -> Ranks {
    let mut seen = HashMap::new();
    let required = people(table, "required", names, (&mut seen, findings));
    let deputies = people(table, "deputies", names, (&mut seen, findings));
    let need = table.number_within("need", 1..=9999, findings);
    let there = required.len() + deputies.len();
    if let Some(need) = need
        && usize::try_from(need).is_ok_and(|need| need > there)
    {
        findings
            .error(
                table.place_of("need"),
                format!("{need} 人必要ですが、{there} 人しか書かれていません"),
                format!("{need} must come, but only {there} are named"),
            )
            .advise(
                "required か deputies に人を加えるか、need を減らしてください",
                "name more people in required or deputies, or need fewer",
            );
    }
    Ranks {
        required,
        deputies,
        need,
    }
}

/// The people of a list, each of whom may stand once in the table.
fn people<'a>(
    table: Table<'a>,
    key: &str,
    names: &Names,
    (seen, findings): (&mut HashMap<&'a str, Place>, &mut Findings),
) -> Vec<PersonId> {
    let mut people = Vec::new();
    for word in table.texts(key) {
        if names.people.knows(word, findings) && once(seen, word, noun("人", "person"), findings) {
            people.push(PersonId::new(word.text));
        }
    }
    people
}

fn person(
    table: Table<'_>,
    id: &str,
    (names, usual): (&Names, Language),
    findings: &mut Findings,
) -> Person {
    let section = table.text("section");
    if let Some(word) = section {
        names.sections.knows(word, findings);
    }
    let contacts = contacts(table, names, findings);
    if table.tables("contacts").is_empty() {
        let name = table.text("id").map_or("this person", |word| word.text);
        findings
            .warn(
                table.place,
                format!("「{name}」に連絡先がなく、この人には何も届きません"),
                format!("\"{name}\" has no contact: nothing can reach this person"),
            )
            .advise(
                "contacts = [{ email = \"name@example.jp\" }] のように書いてください",
                "write contacts = [{ email = \"name@example.jp\" }]",
            );
    }
    Person {
        id: id.into(),
        name: table.words("name").unwrap_or_default(),
        section: SectionId::new(section.map_or("", |word| word.text)),
        language: table
            .text("language")
            .and_then(|word| language(word, findings))
            .unwrap_or(usual),
        contacts,
        leave: leave(table, findings),
    }
}

/// Days off that are known beforehand.
fn leave(table: Table<'_>, findings: &mut Findings) -> Vec<Leave> {
    let mut leaves = Vec::new();
    for table in table.tables("leave") {
        let (from, to) = (table.date("from", findings), table.date("to", findings));
        let (Some(from), Some(to)) = (from, to) else {
            continue;
        };
        if from > to {
            findings
                .error(
                    table.place_of("to"),
                    format!("休暇の終わり {to} が、始まり {from} より前です"),
                    format!("this leave ends on {to}, before it begins on {from}"),
                )
                .advise(
                    "from に最初の日、to に最後の日を書いてください。どちらの日も含みます",
                    "write the first day in \"from\" and the last day in \"to\"; both are included",
                );
            continue;
        }
        leaves.push(Leave { from, to });
    }
    leaves
}

/// The contacts of a person or a desk, in order of preference.
fn contacts(table: Table<'_>, names: &Names, findings: &mut Findings) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for table in table.tables("contacts") {
        let Some(contact) = contact(table, &names.webhooks, findings) else {
            continue;
        };
        if contacts.contains(&contact) {
            findings.warn(
                table.place,
                "同じ連絡先が既にあります。使われるのは一度だけです",
                "this contact is already named; it is used once",
            );
        } else {
            contacts.push(contact);
        }
    }
    contacts
}

fn contact(table: Table<'_>, webhooks: &Kind, findings: &mut Findings) -> Option<Contact> {
    let at = table.text("address");
    match (table.text("email"), table.text("webhook")) {
        (Some(email), None) => {
            if let Some(at) = at {
                findings
                    .error(
                        at.place,
                        "email の連絡先に address は付けられません",
                        "an email contact has no address of its own",
                    )
                    .advise(
                        "{ email = \"name@example.jp\" } とだけ書いてください",
                        "write { email = \"name@example.jp\" } and nothing else",
                    );
            }
            Some(Contact {
                channel: ChannelName::Email,
                address: address(email, findings)?.into(),
            })
        }
        (None, Some(webhook)) => {
            webhooks.warn_unless_known(webhook.text, webhook, findings);
            if at.is_none() && !table.has("address") {
                findings
                    .error(
                        table.place,
                        "webhook の連絡先に、送り先の番号などがありません",
                        "a webhook contact says whom the gateway is to call",
                    )
                    .advise(
                        format!(
                            "{{ webhook = \"{}\", address = \"+81-…\" }} のように書いてください",
                            webhook.text
                        ),
                        format!(
                            "write {{ webhook = \"{}\", address = \"+81-…\" }}",
                            webhook.text
                        ),
                    );
            }
            Some(Contact {
                channel: ChannelName::Webhook(webhook.text.into()),
                address: at?.text.trim().into(),
            })
        }
        (email, webhook) => {
            let (ja, en) = match (email, webhook) {
                (None, None) => ("連絡手段のない連絡先です", "a contact without a channel"),
                _ => ("連絡手段が二つある連絡先です", "a contact of two channels"),
            };
            findings.error(table.place, ja, en).advise(
                "{ email = \"name@example.jp\" } か { webhook = \"NAME\", address = \"…\" } と書いてください", "write { email = \"name@example.jp\" } or { webhook = \"NAME\", address = \"…\" }",
            );
            None
        }
    }
}

/// Two people at one address: one of them could answer for the other.
fn shared_addresses(file: Table<'_>, findings: &mut Findings) {
    let mut seen: HashMap<String, (Word<'_>, &str)> = HashMap::new();
    for person in file.tables("person") {
        let who = person.text("id").map_or("", |word| word.text);
        for contact in person.tables("contacts") {
            let Some(word) = contact.text("email") else {
                continue;
            };
            match seen.get(&word.text.to_ascii_lowercase()) {
                Some((_, other)) if *other != who => {
                    findings
                        .warn(
                            word.place,
                            format!("「{who}」と「{other}」のメールアドレスが同じで、一方がもう一方の代わりに答えられてしまいます"), format!("\"{who}\" has the address of \"{other}\": one could answer for the other"),
                        )
                        .advise("一人ずつ別のメールアドレスにしてください", "give each person a mail address of their own");
                }
                Some(_) => {}
                None => {
                    seen.insert(word.text.to_ascii_lowercase(), (word, who));
                }
            }
        }
    }
}

fn post(table: Table<'_>, id: &str, names: &Names, findings: &mut Findings) -> Post {
    let mut seen = HashMap::new();
    let holders = people(table, "holders", names, (&mut seen, findings));
    let deputies = people(table, "deputies", names, (&mut seen, findings));
    if table.is_empty_list("holders") {
        findings
            .warn(
                table.place_of("holders"),
                format!("職「{id}」に就いている人がいません"),
                format!("nobody holds the post \"{id}\""),
            )
            .advise(
                "就いている人を書いてください。それまでは代理だけが呼ばれます",
                "name who holds it; until then only its deputies are called",
            );
    }
    Post {
        id: id.into(),
        name: table.words("name").unwrap_or_default(),
        holders,
        deputies,
    }
}

fn vendor(table: Table<'_>, id: &str, names: &Names, findings: &mut Findings) -> Vendor {
    let kinds = [
        ("operator", VendorKind::Operator),
        ("maintainer", VendorKind::Maintainer),
    ];
    let desks: Vec<_> = table
        .tables("desk")
        .into_iter()
        .map(|desk| VendorDesk {
            name: desk.words("name").unwrap_or_default(),
            contacts: contacts(desk, names, findings),
        })
        .collect();
    if !table
        .tables("desk")
        .iter()
        .any(|desk| !desk.tables("contacts").is_empty())
    {
        findings
            .warn(
                table.place,
                format!("事業者「{id}」に連絡先のある窓口がなく、協力を依頼できません"),
                format!("the vendor \"{id}\" has no desk with a contact: help cannot be asked for"),
            )
            .advise(
                "desk = [{ name = \"…\", contacts = [{ email = \"…\" }] }] のように書いてください",
                "write desk = [{ name = \"…\", contacts = [{ email = \"…\" }] }]",
            );
    }
    Vendor {
        id: id.into(),
        name: table.words("name").unwrap_or_default(),
        kind: table
            .text("kind")
            .and_then(|word| {
                choice(
                    word,
                    noun("事業者の種類", "kind of vendor"),
                    &kinds,
                    findings,
                )
            })
            .unwrap_or(VendorKind::Operator),
        desks,
    }
}

fn systems(file: Table<'_>, names: &Names, findings: &mut Findings) -> IndexMap<u16, System> {
    let mut titles = HashMap::new();
    let mut built: IndexMap<u16, System> = IndexMap::new();
    for table in file.tables("system") {
        let number = table.number_within::<u16>("number", 1..=9999, findings);
        if let Some(word) = table.text("name") {
            once(&mut titles, word, noun("情報システム", "system"), findings);
        }
        if let Some(word) = table.text("owner") {
            names.sections.knows(word, findings);
        }
        let maintainer = table.text("maintainer");
        if let Some(word) = maintainer {
            names.vendors.knows(word, findings);
        }
        let Some(number) = number else { continue };
        if built.contains_key(&number) {
            findings
                .error(
                    table.place_of("number"),
                    format!("番号 {number} の情報システムが既にあります"),
                    format!("there is already a system number {number}"),
                )
                .advise(
                    "計画の一覧（3(4)）の番号を付けてください",
                    "give each system the number of the plan's list (3(4))",
                );
            continue;
        }
        let text = |key| table.text(key).map_or("", |word| word.text.trim());
        built.insert(
            number,
            System {
                number,
                name: text("name").to_owned(),
                owner: text("owner").into(),
                maintainer: maintainer.map(|word| word.text.into()),
            },
        );
    }
    built
}
