//! Which procedure an event starts, and for whom (plan 5(1)).
//!
//! Owns conditions, targets as the plan words them, and the choice. Pure; it
//! must not know how a call-out runs.

use std::time::Duration;

use jiff::Timestamp;

use super::event::{Effect, Event, EventKind, Intensity, Posture};
use super::id::{PersonId, PostId, ProcedureId, RuleId, SectionId, SquadId, VendorId};
use super::office_hours::Hours;
use super::plan::Plan;
use super::roster::Roster;
use super::text::Text;

/// Whom the plan means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// All staff (全職員).
    Everyone,
    /// A section: its required members and their deputies, or all its people
    /// where the need is everyone.
    Section(SectionId),
    /// A squad of the headquarters.
    Squad(SquadId),
    /// Each squad of the headquarters, a target of its own for each.
    EverySquad,
    /// Whoever holds a post, then who acts for them.
    Post(PostId),
    /// One person.
    Person(PersonId),
}

impl Selector {
    /// Reads `everyone`, `every-squad`, `section:ID`, `squad:ID`, `post:ID`
    /// and `person:ID`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "everyone" => Some(Self::Everyone),
            None if text == "every-squad" => Some(Self::EverySquad),
            Some((_, "")) | None => None,
            Some(("section", id)) => Some(Self::Section(id.into())),
            Some(("squad", id)) => Some(Self::Squad(id.into())),
            Some(("post", id)) => Some(Self::Post(id.into())),
            Some(("person", id)) => Some(Self::Person(id.into())),
            Some(_) => None,
        }
    }

    /// Everyone it means, without deputies, in the roster's order.
    pub fn people(&self, roster: &Roster) -> Vec<PersonId> {
        match self {
            Self::Everyone => roster.people.keys().cloned().collect(),
            Self::Section(id) => roster.members(id).cloned().collect(),
            Self::Squad(id) => roster
                .squads
                .get(id)
                .map(|squad| squad.required.clone())
                .unwrap_or_default(),
            Self::EverySquad => roster
                .squads
                .values()
                .flat_map(|squad| squad.required.clone())
                .collect(),
            Self::Post(id) => roster
                .posts
                .get(id)
                .map(|post| post.holders.clone())
                .unwrap_or_default(),
            Self::Person(id) => vec![id.clone()],
        }
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::EverySquad => f.write_str("every-squad"),
            Self::Section(id) => write!(f, "section:{id}"),
            Self::Squad(id) => write!(f, "squad:{id}"),
            Self::Post(id) => write!(f, "post:{id}"),
            Self::Person(id) => write!(f, "person:{id}"),
        }
    }
}

/// How many of a target must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Every candidate is asked and must answer.
    Everyone,
    /// As many as the roster says for the section, squad or post.
    Roster,
    /// This many.
    Count(u32),
}

/// In which manner a target's ranked candidates are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallMode {
    /// First, second and third in line at the same moment.
    AtOnce,
    /// The next in line when the one before cannot come or does not answer.
    InTurn,
}

/// A place to fill, as the plan words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRule {
    /// As shown; the selector's own name where nothing is said.
    pub name: Option<Text>,
    /// Who can fill it.
    pub who: Selector,
    /// How many must come.
    pub need: Need,
    /// How they are called.
    pub mode: CallMode,
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// An earthquake between two intensities, both included.
    Earthquake {
        /// The weakest.
        from: Intensity,
        /// The strongest.
        to: Intensity,
    },
    /// A posture ordered for wind or flood.
    WindFlood {
        /// This one exactly.
        posture: Posture,
    },
    /// A security incident of one effect.
    SecurityIncident {
        /// This one exactly.
        effect: Effect,
    },
}

impl Condition {
    /// Whether an event of this kind starts the rule by itself.
    pub fn holds(&self, kind: &EventKind) -> bool {
        match (self, kind) {
            (Self::Earthquake { from, to }, EventKind::Earthquake { intensity }) => {
                (from..=to).contains(&intensity)
            }
            (
                Self::WindFlood { posture },
                EventKind::WindFlood {
                    posture: ordered, ..
                },
            ) => posture == ordered,
            (
                Self::SecurityIncident { effect },
                EventKind::SecurityIncident { effect: seen, .. },
            ) => effect == seen,
            (
                Self::Earthquake { .. } | Self::WindFlood { .. } | Self::SecurityIncident { .. },
                _,
            ) => false,
        }
    }

    /// How many intensities, postures or effects it names.
    pub const fn breadth(&self) -> usize {
        match self {
            Self::Earthquake { from, to } => (*to as usize).saturating_sub(*from as usize) + 1,
            Self::WindFlood { .. } | Self::SecurityIncident { .. } => 1,
        }
    }
}

/// How long those already called are asked once a need is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Until the needs are met.
    UntilMet,
    /// Until each has answered.
    Everyone,
}

/// What stands between the trigger and the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// Nothing.
    None,
    /// A set time in which anyone with the scope can cancel.
    Hold {
        /// How long.
        seconds: u32,
    },
    /// The word of somebody else than who entered it. Running out of time
    /// alarms; it stays to be confirmed.
    SecondPerson {
        /// After how long without that word it alarms, and alarms again.
        seconds: u32,
    },
}

/// What the person in charge decides in a security incident (5(1)ウ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// 集まる
    Muster,
    /// 課内で対応: nobody gathers, the section handles it.
    HandleInSection,
}

impl Decision {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Muster, Self::HandleInSection];

    /// The name in commands, HTTP and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Muster => "muster",
            Self::HandleInSection => "handle-in-section",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|decision| text == decision.name())
    }
}

/// The decision that a rule leaves to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRule {
    /// Who is asked, one after the other; the people of one selector together.
    pub ask: Vec<Selector>,
    /// How long each is waited for before the next in line is asked.
    pub within: Duration,
    /// How long after "handled in the section" it is asked again.
    pub again: Duration,
    /// What holds until somebody decides: small incidents begin as handled in
    /// the section (P5), others wait for the word (P6).
    pub first: Option<Decision>,
}

/// How much of what happened a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The headline and what is known.
    Full,
    /// That there is an incident and where to gather; no more goes by mail.
    Little,
}

/// One row of the town's call-out rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The row's name, for example `P2`.
    pub id: RuleId,
    /// As shown in every message.
    pub title: Text,
    /// Where the plan says so, for example `5(1)ア`.
    pub source: String,
    /// When it applies.
    pub when: Condition,
    /// At which time only; `None` is at any time.
    pub hours: Option<Hours>,
    /// Which procedure it starts.
    pub procedure: ProcedureId,
    /// Whom it calls.
    pub targets: Vec<TargetRule>,
    /// Who is told without being called.
    pub inform: Vec<Selector>,
    /// How long to go on asking.
    pub ask: Ask,
    /// What it waits for.
    pub confirm: Confirm,
    /// Where to gather.
    pub place: Text,
    /// What to do, in a sentence or two.
    pub instruction: Text,
    /// How much a message tells.
    pub detail: Detail,
    /// Who may order it (posture 3: the mayor); empty where nobody need.
    pub ordered_by: Vec<Selector>,
    /// Whether the deputies of those posts may order it too (職務代理); they
    /// are shown as deputies.
    pub ordered_by_deputies: bool,
    /// The person's word that it waits for, before anybody is called.
    pub decision: Option<DecisionRule>,
    /// Who is told at once that a target can no longer be filled; the
    /// administrators where nobody is named.
    pub tell_unfillable: Vec<Selector>,
    /// Which vendors are asked for help as it begins to call.
    pub help: Vec<VendorId>,
}

/// Why one rule goes before another that the same event matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precedence {
    /// It is bound to hours, the other is not.
    Hours,
    /// Its range of intensities is narrower.
    Narrower,
    /// It stands first in the file.
    First,
}

impl Precedence {
    /// All, the strongest first.
    pub const ALL: [Self; 3] = [Self::Hours, Self::Narrower, Self::First];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Narrower => "narrower",
            Self::First => "first",
        }
    }

    /// Why a rule that wins goes before another.
    fn of(winner: &Rule, other: &Rule) -> Self {
        if winner.hours.is_some() && other.hours.is_none() {
            Self::Hours
        } else if winner.when.breadth() < other.when.breadth() {
            Self::Narrower
        } else {
            Self::First
        }
    }
}

/// The one rule that an event starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The others that match as well, in the file's order, and why the rule
    /// goes before each.
    pub shadowed: Vec<(&'a Rule, Precedence)>,
}

/// The rule that an event starts. One at most: nobody is called twice for one
/// thing. Another threat (P8) starts the rule that a person chose.
pub fn select<'a>(plan: &'a Plan, event: &Event) -> Option<Selected<'a>> {
    select_at(plan, &event.kind, event.occurred_at)
}

/// The same for a kind of event at a time.
pub fn select_at<'a>(plan: &'a Plan, kind: &EventKind, at: Timestamp) -> Option<Selected<'a>> {
    if let EventKind::Threat { like, .. } = kind {
        let rule = plan.rules.get(like)?;
        let shadowed = Vec::new();
        return Some(Selected { rule, shadowed });
    }
    choose(plan.rules.values(), kind, plan.hours(at))
}

/// The same for a kind of event and the hours that it falls in, from rules in
/// the file's order. Where the hours are not known, rules bound to either
/// match: to call is the lesser fault.
pub fn choose<'a>(
    rules: impl IntoIterator<Item = &'a Rule>,
    kind: &EventKind,
    now: Option<Hours>,
) -> Option<Selected<'a>> {
    let in_hours = |rule: &Rule| match (rule.hours, now) {
        (Some(hours), Some(now)) => hours == now,
        (None, _) | (_, None) => true,
    };
    let matching: Vec<&Rule> = rules
        .into_iter()
        .filter(|rule| rule.when.holds(kind) && in_hours(rule))
        .collect();
    // The first of equals: the file's order decides last.
    let rule = *matching
        .iter()
        .min_by_key(|rule| (rule.hours.is_none(), rule.when.breadth()))?;
    let others = matching.into_iter().filter(|other| other.id != rule.id);
    Some(Selected {
        rule,
        shadowed: others
            .map(|other| (other, Precedence::of(rule, other)))
            .collect(),
    })
}
