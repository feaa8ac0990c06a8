//! What a new plan changes of the rules, procedures and everything else that
//! is not one person's duty.
//!
//! Pure: two plans go in, what differs comes out as values. It must not
//! choose words: `message::words` does.

use std::time::Duration;

use indexmap::IndexMap;

use super::duty::{self, PeopleChanges};
use super::id::{DrillId, ProcedureId, RuleId, SectionId, VendorId};
use super::office_hours::Hours;
use super::plan::Plan;
use super::procedure::{Procedure, Resend, Stage, StageCall};
use super::roster::{ChannelName, Roster, System};
use super::rule::{Ask, CallMode, Condition, Confirm, Detail, Need, Rule, Selector};
use super::text::Text;

/// Everything that a new plan changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// For people.
    pub people: PeopleChanges,
    /// For everything else.
    pub subjects: Vec<SubjectChange>,
}

impl Comparison {
    /// Whether nothing changed that anybody would notice.
    pub fn is_empty(&self) -> bool {
        self.people == PeopleChanges::default() && self.subjects.is_empty()
    }
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A rule.
    Rule(RuleId, Text),
    /// A procedure.
    Procedure(ProcedureId, Text),
    /// A drill.
    Drill(DrillId, Text),
    /// A vendor.
    Vendor(VendorId, Text),
    /// An information system.
    System(u16, String),
    /// The plan as a whole.
    Plan,
}

/// In which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Parts of it are others; none where it is not said which.
    Changed(Vec<Difference>),
}

/// One subject with what changed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectChange {
    /// Of what.
    pub subject: Subject,
    /// What.
    pub what: What,
}

/// Which part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// What is shown in every message.
    Title,
    /// Where the plan says so.
    Source,
    /// When the rule applies.
    When,
    /// Which procedure it starts.
    Procedure,
    /// Where to gather.
    Place,
    /// What to do.
    Instruction,
    /// What it waits for.
    Confirm,
    /// How long those called are asked.
    Ask,
    /// How much a message tells.
    Detail,
    /// How many a target needs.
    Need(Text),
    /// How a target's candidates are called.
    Mode(Text),
    /// Something of a stage, from 1.
    Stage(u32, StageItem),
    /// When a need is given up.
    Exhausted,
    /// The office's name.
    Organisation,
    /// What every message says of safety.
    Safety,
    /// How soon an answer is doubtful.
    Doubt,
    /// When the office is open.
    OfficeHours,
    /// Which section a system belongs to.
    Owner,
    /// Who repairs it.
    Maintainer,
}

/// Which part of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageItem {
    /// When it begins.
    After,
    /// Whom it calls.
    Call,
    /// Whether those called earlier are asked again.
    Remind,
    /// Through which channels.
    Channels,
    /// All channels at once.
    Together,
    /// How often it asks again.
    Resend,
}

/// A part's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words of the plan.
    Text(Text),
    /// Words without a language.
    Words(String),
    /// A rule's condition.
    When(Condition, Option<Hours>),
    /// What it waits for.
    Confirm(Confirm),
    /// How long it asks.
    Ask(Ask),
    /// How much it tells.
    Detail(Detail),
    /// How many, or everyone.
    Need {
        /// How many.
        count: u32,
        /// Every one of them must answer.
        everyone: bool,
    },
    /// How candidates are called.
    Mode(CallMode),
    /// A length of time.
    Time(Duration),
    /// Whom a stage calls.
    Call(StageCall),
    /// Channels in order; none: each person's own order.
    Channels(Vec<ChannelName>),
    /// Asking again.
    Resend(Resend),
    /// Yes or no.
    Flag(bool),
}

/// A part that changed; `None` where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub item: Item,
    /// Before.
    pub before: Option<Value>,
    /// Now.
    pub after: Option<Value>,
}

/// Everything that a new plan changes.
pub fn compare(old: &Plan, new: &Plan) -> Comparison {
    let mut subjects = whole(old, new);
    subjects.extend(keyed(
        (&old.rules, &new.rules),
        |rule| Subject::Rule(rule.id.clone(), rule.title.clone()),
        |before, after| rule((old, before), (new, after)),
    ));
    subjects.extend(keyed(
        (&old.procedures, &new.procedures),
        |procedure| Subject::Procedure(procedure.id.clone(), procedure.title.clone()),
        procedure,
    ));
    subjects.extend(keyed(
        (&old.drills, &new.drills),
        |drill| Subject::Drill(drill.id.clone(), drill.title.clone()),
        |_, _| Vec::new(),
    ));
    let (before, after) = (&old.roster, &new.roster);
    subjects.extend(keyed(
        (&before.vendors, &after.vendors),
        |vendor| Subject::Vendor(vendor.id.clone(), vendor.name.clone()),
        |_, _| Vec::new(),
    ));
    subjects.extend(keyed(
        (&before.systems, &after.systems),
        |system| Subject::System(system.number, system.name.clone()),
        |was, is| system((before, was), (after, is)),
    ));
    Comparison {
        people: duty::compare(old, new),
        subjects,
    }
}

/// What differs between two lists by name: the new one's order, then what is
/// gone. A pair that differs in nothing that `parts` knows is changed.
fn keyed<K: std::hash::Hash + Eq, V: PartialEq>(
    (old, new): (&IndexMap<K, V>, &IndexMap<K, V>),
    subject: impl Fn(&V) -> Subject,
    parts: impl Fn(&V, &V) -> Vec<Difference>,
) -> Vec<SubjectChange> {
    let mut changes = Vec::new();
    let mut add = |value, what| {
        let subject = subject(value);
        changes.push(SubjectChange { subject, what });
    };
    for (key, value) in new {
        match old.get(key) {
            None => add(value, What::Added),
            Some(before) => {
                let parts = parts(before, value);
                if before != value || !parts.is_empty() {
                    add(value, What::Changed(parts));
                }
            }
        }
    }
    for (key, value) in old {
        if !new.contains_key(key) {
            add(value, What::Removed);
        }
    }
    changes
}

/// Gathers what differs.
struct Parts(Vec<Difference>);

impl Parts {
    fn part<T: PartialEq>(&mut self, item: Item, [old, new]: [T; 2], value: impl Fn(T) -> Value) {
        self.maybe(item, [Some(old), Some(new)], value);
    }

    fn maybe<T: PartialEq>(
        &mut self,
        item: Item,
        [old, new]: [Option<T>; 2],
        value: impl Fn(T) -> Value,
    ) {
        if old != new {
            self.0.push(Difference {
                item,
                before: old.map(&value),
                after: new.map(&value),
            });
        }
    }
}

fn whole(old: &Plan, new: &Plan) -> Vec<SubjectChange> {
    let mut parts = Parts(Vec::new());
    let both = [old, new];
    let text = |of: fn(&Plan) -> &Text| both.map(|plan| of(plan).clone());
    parts.part(
        Item::Organisation,
        text(|plan| &plan.organisation),
        Value::Text,
    );
    parts.part(Item::Safety, text(|plan| &plan.safety), Value::Text);
    parts.part(Item::Doubt, both.map(|plan| plan.doubt), Value::Time);
    if old.office_hours != new.office_hours {
        parts.0.push(Difference {
            item: Item::OfficeHours,
            before: None,
            after: None,
        });
    }
    if parts.0.is_empty() {
        return Vec::new();
    }
    vec![SubjectChange {
        subject: Subject::Plan,
        what: What::Changed(parts.0),
    }]
}

fn rule((old, before): (&Plan, &Rule), (new, after): (&Plan, &Rule)) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let text = |of: fn(&Rule) -> &Text| both.map(|rule| of(rule).clone());
    parts.part(Item::Title, text(|rule| &rule.title), Value::Text);
    let when = both.map(|rule| (rule.when.clone(), rule.hours));
    parts.part(Item::When, when, |(when, hours)| Value::When(when, hours));
    let title = |plan: &Plan, rule: &Rule| {
        let procedure = plan.procedures.get(&rule.procedure);
        let title = procedure.map(|procedure| procedure.title.clone());
        (rule.procedure.clone(), title.unwrap_or_default())
    };
    if before.procedure != after.procedure {
        let titles = [title(old, before), title(new, after)];
        parts.part(Item::Procedure, titles, |(_, title)| Value::Text(title));
    }
    parts.part(Item::Confirm, both.map(|rule| rule.confirm), Value::Confirm);
    parts.part(Item::Place, text(|rule| &rule.place), Value::Text);
    parts.part(
        Item::Instruction,
        text(|rule| &rule.instruction),
        Value::Text,
    );
    parts.part(Item::Ask, both.map(|rule| rule.ask), Value::Ask);
    parts.part(Item::Detail, both.map(|rule| rule.detail), Value::Detail);
    let source = both.map(|rule| rule.source.clone());
    parts.part(Item::Source, source, Value::Words);
    needs(&mut parts, &needed(before, old), &needed(after, new));
    parts.0
}

/// How many a target needs, and how its candidates are called.
type Needed = IndexMap<Selector, (Text, (u32, bool), CallMode)>;

fn needed(rule: &Rule, plan: &Plan) -> Needed {
    let targets = rule.targets.iter().flat_map(|target| {
        let selectors = duty::each(&target.who, &plan.roster);
        selectors.into_iter().map(move |who| (target, who))
    });
    targets
        .map(|(target, who)| {
            let everyone = target.need == Need::Everyone;
            let (name, first, _, need) = super::call_out::ranks(&who, everyone, &plan.roster);
            let usual = need.unwrap_or(first.len().max(1));
            let count = match target.need {
                Need::Count(count) => count,
                // Why: how many people there are is no change of the rule.
                Need::Everyone => 0,
                Need::Roster => u32::try_from(usual).unwrap_or(u32::MAX),
            };
            let name = target.name.clone().unwrap_or(name);
            (who, (name, (count, everyone), target.mode))
        })
        .collect()
}

fn needs(parts: &mut Parts, before: &Needed, after: &Needed) {
    let need = |(count, everyone)| Value::Need { count, everyone };
    let gone = before.iter().filter(|(who, _)| !after.contains_key(*who));
    for (who, (name, ..)) in after.iter().chain(gone) {
        let both = [before.get(who), after.get(who)];
        let counts = both.map(|of| of.map(|(_, count, _)| *count));
        parts.maybe(Item::Need(name.clone()), counts, need);
        if let [Some((.., was)), Some((.., mode))] = both {
            parts.part(Item::Mode(name.clone()), [*was, *mode], Value::Mode);
        }
    }
}

fn procedure(before: &Procedure, after: &Procedure) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let title = both.map(|procedure| procedure.title.clone());
    parts.part(Item::Title, title, Value::Text);
    let stages = before.stages.len().max(after.stages.len());
    for (number, index) in (1..).zip(0..stages) {
        let stage = both.map(|procedure| procedure.stages.get(index));
        self::stage(&mut parts, number, stage);
    }
    let exhausted = both.map(|procedure| procedure.exhausted_after);
    parts.part(Item::Exhausted, exhausted, Value::Time);
    parts.0
}

fn stage(parts: &mut Parts, number: u32, both: [Option<&Stage>; 2]) {
    let item = |item| Item::Stage(number, item);
    let after = both.map(|stage| stage.map(|stage| stage.after));
    parts.maybe(item(StageItem::After), after, Value::Time);
    let [Some(before), Some(after)] = both else {
        return;
    };
    let both = [before, after];
    parts.part(
        item(StageItem::Call),
        both.map(|stage| stage.call),
        Value::Call,
    );
    parts.part(
        item(StageItem::Remind),
        both.map(|stage| stage.remind),
        Value::Flag,
    );
    let channels = both.map(|stage| stage.channels.clone());
    parts.part(item(StageItem::Channels), channels, Value::Channels);
    parts.part(
        item(StageItem::Together),
        both.map(|stage| stage.together),
        Value::Flag,
    );
    parts.maybe(
        item(StageItem::Resend),
        both.map(|stage| stage.resend),
        Value::Resend,
    );
}

fn system((old, before): (&Roster, &System), (new, after): (&Roster, &System)) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let owner = |roster: &Roster, id: &SectionId| {
        let section = roster.sections.get(id);
        section
            .map(|section| section.name.clone())
            .unwrap_or_default()
    };
    let owners = [owner(old, &before.owner), owner(new, &after.owner)];
    parts.part(Item::Owner, owners, Value::Text);
    let maintainer = |roster: &Roster, id: Option<&VendorId>| {
        let vendor = id.and_then(|id| roster.vendors.get(id));
        vendor.map(|vendor| vendor.name.clone())
    };
    let maintainers = [
        maintainer(old, before.maintainer.as_ref()),
        maintainer(new, after.maintainer.as_ref()),
    ];
    parts.maybe(Item::Maintainer, maintainers, Value::Text);
    let names = [before, after].map(|system| system.name.clone());
    parts.part(Item::Title, names, Value::Words);
    parts.0
}
