//! Whom a drill calls, what it asks and at which pace.
//!
//! Owns the checks of it: that a contact tree is a tree, and that asking again
//! comes to an end.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;

use super::findings::Findings;
use super::names::Names;
use super::noun::noun;
use super::table::{Table, Word};
use super::value::{choice, positive};
use crate::domain::contact_tree::ContactTree;
use crate::domain::drill::{Answers, Called};
use crate::domain::id::PersonId;

/// How long a caller is waited for where nothing is said.
const WAIT: Duration = Duration::from_secs(600);

/// What a drill says of its course.
pub(super) struct Course {
    pub(super) called: Called,
    pub(super) answers: Answers,
    pub(super) remind: Option<Duration>,
    pub(super) shorten: u32,
}

/// Checks one drill. `None` where something in it is refused.
pub(super) fn check(drill: Table<'_>, names: &Names, findings: &mut Findings) -> Option<Course> {
    let answers = drill.text("answers").map(|word| {
        let what = noun("回答の尋ね方", "way of answering");
        choice(word, what, &Answers::NAMED, findings)
    });
    let remind = drill
        .text("remind")
        .map(|word| remind(word, drill, findings));
    let shorten = drill
        .has("shorten")
        .then(|| drill.number_within("shorten", 1..=100, findings));
    Some(Course {
        called: called(drill, names, findings)?,
        answers: answers.unwrap_or(Some(Answers::Full))?,
        remind: remind.map_or(Some(None), |every| every.map(Some))?,
        shorten: shorten.unwrap_or(Some(1))?,
    })
}

fn remind(word: Word<'_>, drill: Table<'_>, findings: &mut Findings) -> Option<Duration> {
    let every = positive(word, findings)?;
    if every < Duration::from_secs(60) {
        findings
            .error(
                word.place,
                format!("「{}」ごとの催促は短すぎます", word.text),
                format!("asking again every \"{}\" is too often", word.text),
            )
            .advise("\"1m\" 以上を書いてください", "write at least \"1m\"");
        return None;
    }
    if !drill.has("ends_after") {
        findings
            .error(
                word.place,
                "催促する訓練に終わり（ends_after）がありません",
                "a drill that asks again has no set end (ends_after)",
            )
            .advise(
                "ends_after = \"8h\" のように加えてください",
                "add for example ends_after = \"8h\"",
            );
        return None;
    }
    Some(every)
}

fn called(drill: Table<'_>, names: &Names, findings: &mut Findings) -> Option<Called> {
    let links = drill.tables("tree");
    if drill.has("who") && drill.has("tree") {
        findings
            .error(
                drill.place_of("who"),
                "who と tree の両方があります",
                "there are both who and tree",
            )
            .advise("どちらか一方にしてください", "leave one of them");
        return None;
    }
    if let Some(word) = drill.text("tree_wait").filter(|_| links.is_empty()) {
        findings
            .error(
                word.place,
                "連絡網（tree）のない訓練に tree_wait があります",
                "a drill without a contact tree has tree_wait",
            )
            .advise(
                "tree を加えるか、tree_wait を消してください",
                "add tree, or take tree_wait out",
            );
        return None;
    }
    if drill.has("tree") {
        return tree(drill, &links, names, findings).map(Called::Tree);
    }
    if !drill.has("who") {
        return Some(Called::ByRule);
    }
    let words = drill.texts("who");
    let selectors = names.selectors(&words, findings);
    if drill.is_empty_list("who") {
        findings
            .error(
                drill.place_of("who"),
                "訓練で呼ぶ相手が誰もいません",
                "the drill calls nobody",
            )
            .advise(
                "who = [\"everyone\"] や who = [\"section:soumu\"] のように書くか、who を消してください",
                "write for example who = [\"everyone\"], or take who out",
            );
    }
    (selectors.len() == words.len() && !selectors.is_empty()).then_some(Called::People(selectors))
}

/// Who reaches whom, each person by one caller, and nobody in a ring.
fn tree(
    drill: Table<'_>,
    links: &[Table<'_>],
    names: &Names,
    findings: &mut Findings,
) -> Option<ContactTree> {
    let wait = drill.text("tree_wait").map(|word| positive(word, findings));
    let mut tree: IndexMap<PersonId, Vec<PersonId>> = IndexMap::new();
    let mut reached: HashMap<&str, usize> = HashMap::new();
    let mut whole = true;
    for link in links {
        let Some(caller) = link.text("caller") else {
            whole = false;
            continue;
        };
        whole &= names.people.knows(caller, findings);
        let mut next = Vec::new();
        for word in link.texts("next") {
            whole &= names.people.knows(word, findings);
            let line = findings.line(word.place);
            if let Some(before) = reached.insert(word.text, line) {
                findings
                    .error(
                        word.place,
                        format!("連絡網で「{}」へ連絡する人が二人います（もう一つは{before}行目）", word.text),
                        format!("two people reach \"{}\" in the contact tree (the other on line {before})", word.text),
                    )
                    .advise("どちらか一方にしてください", "leave one of them");
                whole = false;
            }
            next.push(PersonId::new(word.text));
        }
        if tree.insert(PersonId::new(caller.text), next).is_some() {
            findings
                .error(
                    caller.place,
                    format!("連絡網に「{}」が二度書かれています", caller.text),
                    format!("the contact tree has \"{}\" twice as caller", caller.text),
                )
                .advise("next を一つにまとめてください", "put both next together");
            whole = false;
        }
    }
    let tree = ContactTree {
        links: tree,
        wait: wait.unwrap_or(Some(WAIT))?,
    };
    if whole && let Some(lost) = in_a_ring(&tree) {
        findings
            .error(
                drill.place_of("tree"),
                format!("連絡網が輪になっていて、「{lost}」には誰からも始まりません"),
                format!("the contact tree runs in a ring: nothing begins that reaches \"{lost}\""),
            )
            .advise(
                "始めの人を、誰の next にも書かないでください",
                "let whoever begins stand in nobody's next",
            );
        return None;
    }
    (whole && !tree.links.is_empty()).then_some(tree)
}

/// Somebody whom no root reaches.
fn in_a_ring(tree: &ContactTree) -> Option<PersonId> {
    let mut seen: HashSet<PersonId> = HashSet::new();
    let mut open = tree.roots();
    while let Some(person) = open.pop() {
        if seen.insert(person.clone()) {
            open.extend(tree.next(&person).iter().cloned());
        }
    }
    tree.people()
        .into_iter()
        .find(|person| !seen.contains(person))
}
