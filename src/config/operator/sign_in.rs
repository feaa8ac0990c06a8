//! `[[sign_in]]`: which people of the roster may sign in by a link.
//!
//! Owns the check of whom the operator names and whether a link can reach
//! them. The scopes are the operator's, the people the roster's: both must
//! stand for anybody to get in.

use super::super::findings::Findings;
use super::super::names::Names;
use super::super::noun::noun;
use super::super::table::Table;
use super::token::scopes;
use super::{Scope, SignIn};
use crate::domain::plan::people;
use crate::domain::roster::{Person, Roster};

/// Reads every `[[sign_in]]`.
pub(super) fn check(tables: &[Table<'_>], names: &Names, findings: &mut Findings) -> Vec<SignIn> {
    let each = tables.iter().map(|table| {
        if table.is_empty_list("who") {
            findings
                .error(
                    table.place_of("who"),
                    "誰も指定されていません",
                    "nobody is named here",
                )
                .advise(
                    "who = [\"post:it-manager\"] のように書くか、この [[sign_in]] を消してください",
                    "write who = [\"post:it-manager\"], or take the [[sign_in]] out",
                );
        }
        let scopes = scopes(*table, noun("ログイン", "a sign-in"), findings);
        if !scopes.is_empty() && !scopes.contains(&Scope::Read) {
            findings
                .warn(
                    table.place_of("scopes"),
                    "これでログインしてもボードを見られません",
                    "whoever signs in by this cannot see the board",
                )
                .advise(
                    "scopes に \"read\" を加えてください",
                    "add \"read\" to scopes",
                );
        }
        SignIn {
            who: names.selectors(&table.texts("who"), findings),
            scopes,
        }
    });
    each.collect()
}

/// Looks whether a link reaches whoever is named, and nobody else.
pub(in crate::config) fn look(
    file: Table<'_>,
    sign_ins: &[SignIn],
    roster: &Roster,
    findings: &mut Findings,
) {
    for (table, sign_in) in file.tables("sign_in").into_iter().zip(sign_ins) {
        let place = table.place_of("who");
        let named = people(&sign_in.who, roster);
        if named.is_empty() && !sign_in.who.is_empty() {
            findings
                .warn(
                    place,
                    "名簿に該当する人がいないため、誰もログインできません",
                    "nobody stands in the roster for this, so nobody can sign in by it",
                )
                .advise(
                    "roster.toml でその職に人を充てるか、ほかの人を指定してください",
                    "fill the post in roster.toml, or name somebody else",
                );
        }
        for person in named.iter().filter_map(|id| roster.people.get(id)) {
            if person.mail_contacts().next().is_none() {
                findings
                    .warn(
                        place,
                        format!("「{}」は名簿にメールアドレスがなく、リンクでログインできません",
                            person.id
                        ), format!(
                            "\"{}\" has no mail address in the roster and cannot sign in by a link",
                            person.id
                        ),
                    )
                    .advise("roster.toml に連絡先 { email = \"…\" } を加えるか、[[token]] を割り当ててください", "give them a contact { email = \"…\" } in roster.toml, or a [[token]]");
            }
            if let Some(other) = shares(person, roster) {
                findings
                    .warn(
                        place,
                        format!("「{}」と「{}」のメールアドレスが同じで、読んだ人が誰でもログインできます",
                            person.id, other.id
                        ), format!(
                            "\"{}\" shares a mail address with \"{}\": whoever reads it can sign in",
                            person.id, other.id
                        ),
                    )
                    .advise("roster.toml で一人ずつ別のメールアドレスにしてください", "give each a mail address of their own in roster.toml");
            }
        }
    }
}

/// Somebody else of the roster with one of a person's mail addresses.
fn shares<'a>(person: &Person, roster: &'a Roster) -> Option<&'a Person> {
    let has = |other: &Person, address: &str| {
        let mut mails = other.mail_contacts();
        mails.any(|contact| contact.address.eq_ignore_ascii_case(address))
    };
    roster.people.values().find(|other| {
        other.id != person.id
            && person
                .mail_contacts()
                .any(|contact| has(other, &contact.address))
    })
}
