//! Posts as the two files use them together: deputies in a circle, and posts
//! that mean nobody at present.
//!
//! Owns these checks. A post that a target needs is checked with its rule.

use std::collections::{HashMap, VecDeque};

use super::findings::Findings;
use super::names::File;
use super::noun::{Noun, noun};
use super::table::{Table, Word};
use crate::domain::id::PostId;
use crate::domain::roster::{Post, Roster};
use crate::domain::rule::Selector;

/// Checks the circles in `roster.toml`, and whom `rules.toml` means.
pub(super) fn check(
    (roster_file, rules_file): (File<'_>, Table<'_>),
    roster: &Roster,
    findings: &mut Findings,
) {
    // Why: half a roster has nobody in many places where somebody is.
    if roster_file.complete {
        circles(roster_file.table, roster, findings);
        vacancies(rules_file, roster, findings);
    }
}

/// One way from a post over a deputy to a post that the deputy holds.
struct Step<'a> {
    deputy: &'a str,
    to: &'a Post,
}

fn steps<'a>(post: &'a Post, roster: &'a Roster) -> impl Iterator<Item = Step<'a>> {
    post.deputies.iter().flat_map(|deputy| {
        let held = roster.posts.values();
        held.filter(|held| held.holders.contains(deputy))
            .map(|to| Step {
                deputy: deputy.as_str(),
                to,
            })
    })
}

/// Names each circle once, at the deputies of its first post.
fn circles(file: Table<'_>, roster: &Roster, findings: &mut Findings) {
    let mut named: Vec<&PostId> = Vec::new();
    for table in file.tables("post") {
        let post = table
            .text("id")
            .and_then(|word| roster.posts.get(word.text));
        let Some(post) = post else { continue };
        let Some(circle) = circle(post, roster) else {
            continue;
        };
        if circle.iter().any(|step| named.contains(&&step.to.id)) {
            continue;
        }
        named.extend(circle.iter().map(|step| &step.to.id));
        let ways = |one: fn(&str, &PostId) -> String| {
            let steps = circle.iter();
            steps.map(move |step| one(step.deputy, &step.to.id))
        };
        let ja = ways(|deputy, to| format!("「{to}」の職にある「{deputy}」"));
        let ja: Vec<String> = ja.collect();
        let en = ways(|deputy, to| format!("\"{deputy}\", who holds \"{to}\""));
        let en: Vec<String> = en.collect();
        findings
            .warn(
                table.place_of("deputies"),
                format!("職務代理が循環しています。「{}」の代理は{}です",
                    post.id,
                    ja.join("、その代理は")
                ), format!(
                    "the deputies go round in a circle: \"{}\" is deputised by {}",
                    post.id,
                    en.join(", deputised by ")
                ),
            )
            .advise("これらの職に就いていない人を代理に加えてください。全員が不在だと、代わる人がいなくなります", "name a further deputy who holds none of these posts: if all of them are away, nobody acts");
    }
}

/// The shortest way from a post over deputies back to itself.
fn circle<'a>(start: &'a Post, roster: &'a Roster) -> Option<Vec<Step<'a>>> {
    let mut came: HashMap<&PostId, (&'a Post, &'a str)> = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(post) = waiting.pop_front() {
        for Step { deputy, to } in steps(post, roster) {
            if came.contains_key(&to.id) {
                continue;
            }
            came.insert(&to.id, (post, deputy));
            waiting.push_back(to);
        }
    }
    let mut way = Vec::new();
    let mut to = start;
    loop {
        let (from, deputy) = *came.get(&to.id)?;
        way.push(Step { deputy, to });
        to = from;
        if to.id == start.id {
            break;
        }
    }
    way.reverse();
    Some(way)
}

/// Says so where rules and procedures tell, or take orders of, nobody.
fn vacancies(rules: Table<'_>, roster: &Roster, findings: &mut Findings) {
    for rule in rules.tables("rule") {
        nobody(&rule.texts("inform"), TOLD, roster, findings);
        nobody(
            &rule.texts("ordered_by"),
            noun("発令できる人がいません", "nobody is there to order it"),
            roster,
            findings,
        );
    }
    for procedure in rules.tables("procedure") {
        for stage in procedure.tables("stage") {
            nobody(
                &stage.texts("also"),
                noun("誰も呼ばれません", "nobody is called"),
                roster,
                findings,
            );
            nobody(&stage.texts("tell"), TOLD, roster, findings);
        }
    }
    let administrators = rules.texts("administrators");
    nobody(&administrators, TOLD, roster, findings);
}

/// What a word that means nobody comes to.
const TOLD: Noun = noun("誰にも知らされません", "nobody is told");

fn nobody(words: &[Word<'_>], so: Noun, roster: &Roster, findings: &mut Findings) {
    for word in words {
        let Some(Selector::Post(id)) = Selector::parse(word.text) else {
            continue;
        };
        if let Some(post) = roster.posts.get(&id)
            && post.holders.is_empty()
        {
            findings
                .warn(
                    word.place,
                    format!("職「{id}」に就いている人がおらず、{}", so.ja),
                    format!("nobody holds the post \"{id}\": {}", so.en),
                )
                .advise(
                    "roster.toml にその職に就いている人を書くか、ここにほかの人を書いてください",
                    "name who holds it in roster.toml, or name somebody else here",
                );
        }
    }
}
