//! What a rehearsal assumes of people: what a file says of them, or what is
//! drawn by rates.
//!
//! Owns the rates and the delays. It must not know a call-out.

use std::time::Duration;

use indexmap::IndexMap;

use super::super::walk::Imagined;
use crate::clock::Draw;
use crate::domain::acknowledgement::Reply;
use crate::domain::id::PersonId;
use crate::domain::roster::Contact;
use crate::domain::rule::Decision;

/// Everything that a rehearsal assumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumed {
    /// The same seed plays the same.
    pub seed: u64,
    /// How people are drawn whom the script does not name.
    pub rates: Rates,
    /// What is written down.
    pub script: Script,
    /// What is decided where nothing is written down of a decision; `None`
    /// where nobody decides.
    pub decide: Option<Deciding>,
    /// How long it plays at most.
    pub length: Duration,
}

/// A decision, so long after the first message that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// How long after.
    pub after: Duration,
    /// What; `None` for what the rule holds to until somebody decides, and
    /// else to muster.
    pub decision: Option<Decision>,
}

/// Shares of people, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Say that they come.
    pub coming: f64,
    /// Say that they cannot. Whoever is in neither share stays silent.
    pub cannot: f64,
    /// Addresses that do not exist.
    pub dead: f64,
}

impl Rates {
    /// Where nothing is said: one in five comes, as in Kobe in 1995.
    pub const USUAL: Self = Self {
        coming: 0.2,
        cannot: 0.1,
        dead: 0.02,
    };

    /// Where a file says what happens: nothing else does.
    pub const NONE: Self = Self {
        coming: 0.0,
        cannot: 0.0,
        dead: 0.0,
    };
}

/// What is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What people do.
    pub people: IndexMap<PersonId, Conduct>,
    /// What is said on the call-out as a whole.
    pub words: Vec<Spoken>,
    /// Later reports of the same event.
    pub reports: Vec<Report>,
}

/// A later report, so long after the opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How long after.
    pub after: Duration,
    /// What it says.
    pub event: Imagined,
}

/// What one person does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// Whether every address of theirs is dead.
    pub unreachable: bool,
    /// Their answers; none where they stay silent.
    pub answers: Vec<Scripted>,
    /// Their decisions, where they are asked for one.
    pub decisions: Vec<Deciding>,
}

/// An answer, so long after the first message that reached them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scripted {
    /// How long after.
    pub after: Duration,
    /// What.
    pub reply: Reply,
    /// In how many minutes they say that they come.
    pub eta_minutes: Option<u32>,
}

/// A word on the call-out, so long after its opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// How long after.
    pub after: Duration,
    /// Whose.
    pub by: PersonId,
    /// What.
    pub what: Said,
}

/// What can be said on a call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A held one may begin.
    Confirm,
    /// A held one must not.
    Cancel,
}

/// How soon people answer, in seconds, and how many of them: in one city's
/// drill 31 % of those who answered did so within ten minutes, 19 % after
/// more than two hours.
const DELAYS: [(f64, u64, u64); 3] = [(0.31, 20, 600), (0.50, 600, 7200), (0.19, 7200, 6 * 3600)];

/// What people say of their way, in minutes.
const ETAS: [u32; 3] = [30, 60, 120];

impl Assumed {
    /// What a person does once a message asks them.
    pub(super) fn conduct(&self, person: &PersonId) -> Conduct {
        match self.script.people.get(person) {
            Some(written) => written.clone(),
            None => self.drawn(person),
        }
    }

    /// What a person decides who is asked to.
    pub(super) fn decisions(&self, person: &PersonId) -> Vec<Deciding> {
        match self.deciding() {
            Some(deciding) => vec![deciding],
            None => self.conduct(person).decisions,
        }
    }

    /// What is decided by whoever is asked; `None` where nothing comes but
    /// what is written down.
    pub fn deciding(&self) -> Option<Deciding> {
        let mut people = self.script.people.values();
        let written = people.any(|conduct| !conduct.decisions.is_empty());
        self.decide.filter(|_| !written)
    }

    /// Whether it is written down what a person does.
    pub(super) fn is_written(&self, person: &PersonId) -> bool {
        self.script.people.contains_key(person)
    }

    fn drawn(&self, person: &PersonId) -> Conduct {
        let mut draw = Draw::new(self.seed, &format!("answer {person}"));
        let lot = draw.unit();
        let after = delay(&mut draw);
        let answers = if lot < self.rates.coming {
            let pick = usize::try_from(draw.below(3)).unwrap_or_default();
            let eta = ETAS[pick.min(ETAS.len() - 1)];
            // On the way for three quarters to one and a half of what they say.
            let seconds = u64::from(eta) * 45 + draw.below(u64::from(eta) * 45);
            let coming = Scripted {
                after,
                reply: Reply::Coming,
                eta_minutes: Some(eta),
            };
            let arrived = Scripted {
                after: after + Duration::from_secs(seconds),
                reply: Reply::Arrived,
                eta_minutes: None,
            };
            vec![coming, arrived]
        } else if lot < self.rates.coming + self.rates.cannot {
            vec![Scripted {
                after,
                reply: Reply::Cannot,
                eta_minutes: None,
            }]
        } else {
            Vec::new()
        };
        Conduct {
            answers,
            ..Conduct::default()
        }
    }

    /// Whether an address does not exist.
    pub(super) fn is_dead(&self, person: &PersonId, contact: &Contact) -> bool {
        if let Some(written) = self.script.people.get(person) {
            return written.unreachable;
        }
        let Contact { channel, address } = contact;
        let subject = format!("address {person} {channel} {address}");
        Draw::new(self.seed, &subject).unit() < self.rates.dead
    }
}

fn delay(draw: &mut Draw) -> Duration {
    let mut lot = draw.unit();
    for (share, from, to) in DELAYS {
        if lot < share {
            return Duration::from_secs(from + draw.below(to - from));
        }
        lot -= share;
    }
    let (_, from, _) = DELAYS[DELAYS.len() - 1];
    Duration::from_secs(from)
}
