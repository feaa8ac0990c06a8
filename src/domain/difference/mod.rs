//! What a new plan changes of the rules, procedures and everything else that
//! is not one person's duty.
//!
//! Pure: two plans go in, what differs comes out as values. It must not
//! choose words: `message::words` does.

mod drills;
mod outside;
mod rules;

use std::time::Duration;

use indexmap::{IndexMap, IndexSet};

use super::duty::{self, PeopleChanges};
use super::id::{DrillId, PersonId, PostId, ProcedureId, RuleId, SectionId, SquadId, VendorId};
use super::office_hours::Hours;
use super::plan::Plan;
use super::procedure::{Resend, StageCall};
use super::roster::{ChannelName, Roster, VendorKind};
use super::rule::{Ask, CallMode, Condition, Confirm, Decision, Detail};
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
    /// A section: its name; who stands in it is a matter of people.
    Section(SectionId, Text),
    /// A squad, in the same way.
    Squad(SquadId, Text),
    /// A post, in the same way.
    Post(PostId, Text),
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
    /// Whether a deputy's order is taken too.
    OrderedByDeputies,
    /// Who is asked for the decision, in order.
    DecisionAsk,
    /// How long each of them is waited for.
    DecisionWithin,
    /// When it is asked again after it was left to the section.
    DecisionAgain,
    /// What holds until somebody decides.
    DecisionFirst,
    /// Who is told that a target can no longer be filled.
    TellUnfillable,
    /// Which vendors are asked for help as it begins to call.
    Help,
    /// How many a target needs.
    Need(Text),
    /// How a target's candidates are called.
    Mode(Text),
    /// Something of a stage, from 1.
    Stage(u32, StageItem),
    /// When a need is given up.
    Exhausted,
    /// From when on a person is asked whether it goes on.
    Stale,
    /// Who approved the edition.
    ApprovedBy,
    /// The plan's own list of editions.
    History,
    /// The office's name.
    Organisation,
    /// What every message says of safety.
    Safety,
    /// How soon an answer is doubtful.
    Doubt,
    /// When the office is open.
    OfficeHours,
    /// How long another earthquake is an aftershock.
    AftershockWindow,
    /// How long a correction downward waits.
    CorrectAfter,
    /// Which mail addresses are asked to confirm themselves.
    AskContacts,
    /// How many of them a minute.
    AskPace,
    /// After how many days once more.
    AskAgain,
    /// The prepared words of a false alarm.
    FalseAlarm,
    /// The prepared words where the event was withdrawn.
    Withdrawn,
    /// A prepared text, by its name.
    Prepared(String),
    /// Which section a system belongs to.
    Owner,
    /// Who repairs it.
    Maintainer,
    /// How long a vendor's desk is waited for.
    HelpWithin,
    /// Whether a drill asks the vendors of its rule.
    DrillVendors,
    /// Something of a drill, or of what holds for all of them.
    Drill(DrillItem),
    /// What a vendor does.
    VendorKind,
    /// A vendor's desks, first in line first.
    Desks,
    /// A contact of a vendor's desk.
    DeskContact(Text, ChannelName),
    /// The order of a desk's contacts.
    DeskOrder(Text),
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

/// Which part of a drill, or of what holds for all drills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillItem {
    /// The plan's kind.
    Kind,
    /// The event that it plays.
    Event,
    /// Its scenario.
    Scenario,
    /// Whom it names itself.
    Whom,
    /// Its contact tree.
    Tree,
    /// What it asks for.
    Answers,
    /// How often it asks again.
    Remind,
    /// By how much the procedure's waits are shortened.
    Shorten,
    /// When it ends by itself.
    EndsAfter,
    /// When it is due.
    Schedule,
    /// Who hears of it beforehand.
    Announce,
    /// What becomes of a run that was missed.
    Missed,
    /// Who is mailed the reports.
    ReportTo,
    /// Which drills are due, and how often.
    Duties,
    /// How many days before the last day it is told.
    RemindBefore,
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
    /// A decision.
    Decision(Decision),
    /// People, posts or desks, one after the other.
    Line(Vec<Text>),
    /// Names, in no order.
    Names(Vec<Text>),
    /// What a vendor does.
    VendorKind(VendorKind),
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
        |before, after| rules::rule((old, before), (new, after)),
    ));
    subjects.extend(keyed(
        (&old.procedures, &new.procedures),
        |procedure| Subject::Procedure(procedure.id.clone(), procedure.title.clone()),
        rules::procedure,
    ));
    subjects.extend(keyed(
        (&old.drills, &new.drills),
        |drill| Subject::Drill(drill.id.clone(), drill.title.clone()),
        |before, after| drills::drill((old, before), (new, after)),
    ));
    subjects.extend(groups(&old.roster, &new.roster));
    subjects.extend(outside::changes(&old.roster, &new.roster));
    Comparison {
        people: duty::compare(old, new),
        subjects,
    }
}

/// Sections, squads and posts: which there are, and their names.
fn groups(old: &Roster, new: &Roster) -> Vec<SubjectChange> {
    let named = |names: [&Text; 2]| {
        let mut parts = Parts(Vec::new());
        parts.part(Item::Title, names.map(Clone::clone), Value::Text);
        parts.0
    };
    let sections = keyed(
        (&old.sections, &new.sections),
        |section| Subject::Section(section.id.clone(), section.name.clone()),
        |was, is| named([&was.name, &is.name]),
    );
    let squads = keyed(
        (&old.squads, &new.squads),
        |squad| Subject::Squad(squad.id.clone(), squad.name.clone()),
        |was, is| named([&was.name, &is.name]),
    );
    let posts = keyed(
        (&old.posts, &new.posts),
        |post| Subject::Post(post.id.clone(), post.name.clone()),
        |was, is| named([&was.name, &is.name]),
    );
    let all = [sections, squads, posts].into_iter().flatten();
    all.filter(|change| change.what != What::Changed(Vec::new()))
        .collect()
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

    /// What changed without saying from what to what.
    fn unsaid(&mut self, item: Item, changed: bool) {
        self.0.extend(changed.then_some(Difference {
            item,
            before: None,
            after: None,
        }));
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
    let approved = |plan: &Plan| {
        let by = plan.edition.approved_by.as_ref();
        by.map(|by| name(&plan.roster, by))
    };
    parts.maybe(Item::ApprovedBy, both.map(approved), Value::Text);
    standing_texts(&mut parts, both);
    let changed = [
        (Item::OfficeHours, old.office_hours != new.office_hours),
        (Item::History, old.history != new.history),
    ];
    for (item, changed) in changed {
        parts.unsaid(item, changed);
    }
    if parts.0.is_empty() {
        return Vec::new();
    }
    vec![SubjectChange {
        subject: Subject::Plan,
        what: What::Changed(parts.0),
    }]
}

/// How later reports are taken, and the prepared texts.
fn standing_texts(parts: &mut Parts, both: [&Plan; 2]) {
    let window = both.map(|plan| plan.reports.aftershock_window);
    parts.part(Item::AftershockWindow, window, Value::Time);
    let correct = both.map(|plan| plan.reports.correct_after);
    parts.part(Item::CorrectAfter, correct, Value::Time);
    let asked = both.map(|plan| plan.contacts.confirm.name().to_owned());
    parts.part(Item::AskContacts, asked, Value::Words);
    let pace = both.map(|plan| plan.contacts.a_minute.to_string());
    parts.part(Item::AskPace, pace, Value::Words);
    let again = both.map(|plan| plan.contacts.remind_days.to_string());
    parts.part(Item::AskAgain, again, Value::Words);
    drills::terms(parts, both.map(|plan| &plan.drill_terms));
    let help = both.map(|plan| plan.help_within);
    parts.part(Item::HelpWithin, help, Value::Time);
    let said = |text: &Text| (!text.is_empty()).then(|| text.clone());
    let alarm = both.map(|plan| said(&plan.prepared.false_alarm));
    parts.maybe(Item::FalseAlarm, alarm, Value::Text);
    let withdrawn = both.map(|plan| said(&plan.prepared.withdrawn));
    parts.maybe(Item::Withdrawn, withdrawn, Value::Text);
    let names = both.map(|plan| plan.prepared.words.keys());
    let names: IndexSet<&String> = names.into_iter().rev().flatten().collect();
    for name in names {
        let word = both.map(|plan| plan.prepared.words.get(name).cloned());
        parts.maybe(Item::Prepared(name.clone()), word, Value::Text);
    }
}

fn name(roster: &Roster, id: &PersonId) -> Text {
    let person = roster.people.get(id);
    let own = || Text::new(id.as_str(), id.as_str());
    person.map_or_else(own, |person| person.name.clone())
}
