//! A call-out marked as an exercise (訓練; plan 6(3)).
//!
//! Owns what a drill is named and what it plays. The path is the real one;
//! only the mark differs.

use std::time::Duration;

use super::contact_tree::ContactTree;
use super::event::EventKind;
use super::id::{DrillId, PersonId};
use super::plan;
use super::procedure::{Procedure, Resend, Stage, StageCall};
use super::roster::Roster;
use super::rule::{Ask, Confirm, Rule, Selector};
use super::schedule::Schedule;
use super::text::Text;

/// The plan's kinds of drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillKind {
    /// D1, 机上訓練.
    Tabletop,
    /// D2, 緊急連絡・確認訓練.
    Contact,
    /// D3, システム復旧訓練.
    Recovery,
}

impl DrillKind {
    /// All, in the plan's order.
    pub const ALL: [Self; 3] = [Self::Tabletop, Self::Contact, Self::Recovery];

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text == kind.name())
    }

    /// The name in commands, HTTP and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tabletop => "tabletop",
            Self::Contact => "contact",
            Self::Recovery => "recovery",
        }
    }
}

/// Whom a drill calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// Whom the rule of its event calls, in the stages of its procedure.
    ByRule,
    /// These people, all at once.
    People(Vec<Selector>),
    /// The people of a contact tree, each when their caller was reached.
    Tree(ContactTree),
}

/// What a drill asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Answers {
    /// Whether they come, as in earnest.
    #[default]
    Full,
    /// That it was received, and no more.
    Received,
}

impl Answers {
    /// Both, by the name in files and in the store.
    pub const NAMED: [(&'static str, Self); 2] =
        [("full", Self::Full), ("received", Self::Received)];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Received => "received",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named
            .find(|(name, _)| *name == text)
            .map(|(_, value)| value)
    }
}

/// A drill that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// The key.
    pub id: DrillId,
    /// As shown.
    pub title: Text,
    /// Which kind of the plan.
    pub kind: DrillKind,
    /// The event that it plays.
    pub event: EventKind,
    /// Whether the vendors whom the rule names are asked for help in it.
    pub vendors: bool,
    /// The given scenario, in words.
    pub scenario: Text,
    /// Whom it calls.
    pub called: Called,
    /// What it asks for.
    pub answers: Answers,
    /// How often whoever is silent is asked again until its set end; the
    /// procedure says so where nothing is said.
    pub remind: Option<Duration>,
    /// By how much the procedure's waits are shortened; 1 is real time.
    pub shorten: u32,
    /// After how long it ends by itself; a person ends it where nothing is
    /// said.
    pub ends_after: Option<Duration>,
    /// When it is due; a person starts it where nothing is said.
    pub schedule: Option<Schedule>,
}

/// How long a drill with people of its own goes on where it has no set end.
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Drill {
    /// The people whom it names itself; `None` where the rule does.
    pub fn people(&self, roster: &Roster) -> Option<Vec<PersonId>> {
        match &self.called {
            Called::ByRule => None,
            Called::People(selectors) => Some(plan::people(selectors, roster)),
            Called::Tree(tree) => Some(tree.people()),
        }
    }

    /// The rule and the procedure as this drill plays them. The real ones are
    /// not touched.
    pub fn plays(&self, rule: &Rule, procedure: &Procedure) -> (Rule, Procedure) {
        let (mut rule, mut procedure) = (rule.clone(), procedure.clone());
        procedure.shorten(self.shorten);
        if self.called != Called::ByRule {
            // Why: its own times are real ones, and are not shortened.
            rule = self.own_rule(rule);
            procedure = self.own_procedure(procedure);
        }
        if self.answers == Answers::Received {
            // Why: it asks whether people can be reached, and not only as many
            // of them as are needed.
            rule.ask = Ask::Everyone;
        }
        if let Some(every) = self.remind {
            rule.ask = Ask::Everyone;
            procedure.remind(every, self.ends_after.unwrap_or(DAY));
        }
        (rule, procedure)
    }

    /// Nothing of a rule but where it says to gather: the drill's own people
    /// are told, and asked, nothing else.
    fn own_rule(&self, rule: Rule) -> Rule {
        Rule {
            title: self.title.clone(),
            targets: Vec::new(),
            inform: Vec::new(),
            ask: Ask::Everyone,
            confirm: Confirm::None,
            decision: None,
            instruction: Text::default(),
            tell_unfillable: Vec::new(),
            help: Vec::new(),
            ..rule
        }
    }

    fn own_procedure(&self, procedure: Procedure) -> Procedure {
        let tree = matches!(self.called, Called::Tree(_));
        Procedure {
            title: self.title.clone(),
            stages: vec![Stage {
                after: Duration::ZERO,
                call: if tree {
                    StageCall::Nobody
                } else {
                    StageCall::All
                },
                also: Vec::new(),
                remind: false,
                channels: Vec::new(),
                together: false,
                resend: None,
                tell: Vec::new(),
            }],
            exhausted_after: self.ends_after.unwrap_or(DAY),
            ..procedure
        }
    }
}

impl Procedure {
    /// Divides every wait.
    pub fn shorten(&mut self, by: u32) {
        let by = by.max(1);
        self.exhausted_after /= by;
        for stage in &mut self.stages {
            stage.after /= by;
            if let Some(resend) = &mut stage.resend {
                resend.every /= by;
            }
        }
    }

    /// Asks again in the last stage until an end, and does not run out before.
    fn remind(&mut self, every: Duration, end: Duration) {
        let Some(last) = self.stages.last_mut() else {
            return;
        };
        self.exhausted_after = self.exhausted_after.max(end);
        let rest = end.saturating_sub(last.after).as_secs();
        let times = rest / every.as_secs().max(1);
        last.remind |= last.after > Duration::ZERO;
        last.resend = Some(Resend {
            every,
            times: u32::try_from(times).unwrap_or(u32::MAX),
        });
    }
}
