//! What must hold of what the receivers saw, whatever was done to the daemon.
//!
//! Owns the invariants I1 to I3 of `docs/reliability.md` for mails. It must not
//! know what was done: only what was told, and what came.

use std::collections::{BTreeMap, BTreeSet};

use mail_parser::MessageParser;

use super::smtp::Received;

/// A copy of a message that a receiver had whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// To whom.
    pub(crate) to: String,
    /// Its Message-ID.
    pub(crate) id: String,
    /// The call-out that it belongs to.
    pub(crate) call_out: String,
}

/// What came, mail by mail.
pub(crate) fn copies(mails: &[Received]) -> Vec<Copy> {
    let parser = MessageParser::default();
    let each = mails.iter().flat_map(|mail| {
        let message = parser.parse(&mail.data).expect("a mail that can be read");
        let id = message.message_id().expect("a Message-ID").to_owned();
        // `call-out.20261123-7k3f.18@example.jp`
        let call_out = id.split('.').nth(1).unwrap_or_default().to_owned();
        mail.to.iter().map(move |to| Copy {
            to: to.clone(),
            id: id.clone(),
            call_out: call_out.clone(),
        })
    });
    each.collect()
}

/// What was told, and what an undisturbed run makes of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    /// The call-outs of all events that were told, with everybody whom each
    /// calls.
    pub(crate) called: BTreeMap<String, BTreeSet<String>>,
    /// How often the daemon was killed with messages on their way: each of them
    /// may come once more.
    pub(crate) kills: usize,
}

impl Oracle {
    /// Everything that is wrong with what came.
    pub(crate) fn problems(&self, seen: &[Copy]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut call_outs: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        // A notice to administrators calls nobody.
        let calls = seen.iter().filter(|copy| !copy.id.starts_with("notice."));
        for copy in calls {
            let people = call_outs.entry(&copy.call_out).or_default();
            people.entry(&copy.to).or_default().push(&copy.id);
        }
        for (call_out, called) in &self.called {
            for person in called {
                let came = call_outs.get(call_out.as_str());
                if !came.is_some_and(|people| people.contains_key(person.as_str())) {
                    problems.push(format!("I1: {person} heard nothing of {call_out}"));
                }
            }
        }
        for (call_out, people) in &call_outs {
            if !self.called.contains_key(*call_out) {
                problems.push(format!("I3: nobody told of {call_out}: {people:?}"));
            }
            for (person, ids) in people {
                if ids.iter().any(|id| id != &ids[0]) {
                    problems.push(format!("I2: {person} got different mails: {ids:?}"));
                }
                if ids.len() > 1 + self.kills {
                    let copies = ids.len();
                    problems.push(format!("I2: {person} got {call_out} {copies} times"));
                }
            }
        }
        problems
    }
}
