//! One run of a drill in figures, to be told and compared with the others.
//!
//! Owns who counts as reached, how long people took to answer, and what a
//! median and a 90th percentile are here: the one home of both for every
//! report. Pure. It must not put anything into words.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::call_out::{CallOut, Participant, Standing};
use super::delivery::Reason;
use super::drill::Drill;
use super::event::Event;
use super::id::{CallOutId, DrillId, PersonId};
use super::journal::{Entry, Record};
use super::text::Text;

/// How long some people took to answer after they were called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Times {
    /// How many did, and were called before they did.
    pub count: u32,
    /// Half of them were no slower: the one in the middle, or the mean of the
    /// two there.
    pub median: Option<Duration>,
    /// Nine in ten were no slower (nearest rank).
    pub ninety: Option<Duration>,
    /// The slowest.
    pub longest: Option<Duration>,
}

impl Times {
    /// Of the times of those who answered; nothing of nobody.
    pub fn of(took: impl IntoIterator<Item = Duration>) -> Self {
        let mut took: Vec<Duration> = took.into_iter().collect();
        took.sort_unstable();
        Self {
            count: u32::try_from(took.len()).unwrap_or(u32::MAX),
            median: median(&took),
            ninety: ninety(&took),
            longest: took.last().copied(),
        }
    }
}

/// The one in the middle, or the mean of the two there.
fn median(sorted: &[Duration]) -> Option<Duration> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some((lower + upper) / 2)
}

/// The smallest that at least nine in ten are not above (nearest rank).
fn ninety(sorted: &[Duration]) -> Option<Duration> {
    let rank = (sorted.len() * 9).div_ceil(10);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// When each person answered without doubt, oldest first.
#[derive(Debug)]
pub struct Answers<'a>(HashMap<&'a PersonId, Vec<Timestamp>>);

impl<'a> Answers<'a> {
    /// By an account.
    pub fn of(records: &'a [Record]) -> Self {
        let mut answers: HashMap<&PersonId, Vec<Timestamp>> = HashMap::new();
        for record in records {
            if let Entry::Answered {
                person,
                doubtful: false,
                ..
            } = &record.entry
            {
                answers.entry(person).or_default().push(record.at);
            }
        }
        Self(answers)
    }

    /// When a person first did.
    pub fn first(&self, person: &PersonId) -> Option<Timestamp> {
        self.0.get(person)?.first().copied()
    }

    /// How long that took after they were called.
    pub fn took(&self, participant: &Participant) -> Option<Duration> {
        // Why: who says, uncalled, that they come is called from then on; that
        // took no time. What they say after it is no first answer either.
        let (called, first) = (participant.called_at?, self.first(&participant.person)?);
        if first <= called {
            return None;
        }
        Duration::try_from(first.duration_since(called)).ok()
    }
}

/// Whether a called person's call is known to have come nowhere: no message
/// to them was taken charge of, or no contact is left, and they have not
/// answered.
pub fn is_never_reached(standing: Standing, sent_at: Option<Timestamp>) -> bool {
    match standing {
        Standing::Unreachable => true,
        Standing::Silent => sent_at.is_none(),
        _ => false,
    }
}

/// How far a called person was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// They answered.
    Answered,
    /// A message was taken charge of, and no answer came.
    Silent,
    /// Nothing is known to have reached them.
    Never,
}

/// One called person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Where they work.
    pub section: Text,
    /// In which stage they were called, from 1.
    pub stage: u32,
    /// How far they were reached.
    pub reached: Reached,
    /// How long they took to answer, where they were called before it.
    pub took: Option<Duration>,
}

/// A run in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its call-out.
    pub call_out: CallOutId,
    /// The drill of the plan that it ran as; older ones do not say.
    pub drill: Option<DrillId>,
    /// As shown.
    pub title: Text,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended; `None` while it runs.
    pub ended_at: Option<Timestamp>,
    /// Staff who were called, each once.
    pub people: Vec<Called>,
    /// Who was passed over because they were away.
    pub excused: u32,
    /// How long answers took.
    pub times: Times,
    /// Whose addresses did not exist, one for each address.
    pub dead: Vec<PersonId>,
}

impl Run {
    /// Of a call-out with its account.
    pub fn of(call_out: &CallOut, records: &[Record]) -> Self {
        let answers = Answers::of(records);
        let called = || {
            let people = call_out.participants.values();
            people.filter(|participant| participant.is_called())
        };
        let passed = call_out.course.away.keys();
        let passed = passed.filter(|id| {
            let known = call_out.participants.get(*id);
            !known.is_some_and(Participant::is_called)
        });
        Self {
            call_out: call_out.id.clone(),
            drill: call_out.event.drill_id().cloned(),
            title: call_out.title.clone(),
            opened_at: call_out.opened_at,
            ended_at: call_out.ended_at.filter(|_| !call_out.state.is_live()),
            people: called().map(|it| self::called(it, &answers)).collect(),
            excused: number(passed.count()),
            times: Times::of(called().filter_map(|participant| answers.took(participant))),
            dead: dead(records),
        }
    }

    fn count(&self, is: impl Fn(Reached) -> bool) -> u32 {
        number(self.people.iter().filter(|it| is(it.reached)).count())
    }

    /// How many were called.
    pub fn called(&self) -> u32 {
        number(self.people.len())
    }

    /// How many were reached, whether they answered or not.
    pub fn reached(&self) -> u32 {
        self.count(|reached| reached != Reached::Never)
    }

    /// How many answered.
    pub fn answered(&self) -> u32 {
        self.count(|reached| reached == Reached::Answered)
    }

    /// How many were reached and did not answer.
    pub fn silent(&self) -> u32 {
        self.count(|reached| reached == Reached::Silent)
    }

    /// How many were never reached.
    pub fn never(&self) -> u32 {
        self.count(|reached| reached == Reached::Never)
    }

    /// How many in a hundred answered, downward: 100 only where all did;
    /// `None` where nobody was called.
    pub fn answered_percent(&self) -> Option<u32> {
        percent(self.answered(), self.called())
    }
}

/// Whose addresses did not exist, by an account.
fn dead(records: &[Record]) -> Vec<PersonId> {
    let mut seen = Vec::new();
    for record in records {
        if let Entry::ContactDead {
            person,
            channel,
            reason: Reason::Address,
            detail,
        } = &record.entry
        {
            let one = (person, channel, detail);
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
    }
    seen.into_iter()
        .map(|(person, ..)| person.clone())
        .collect()
}

/// What some called people came to, over several runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sum {
    /// How often somebody was called.
    pub called: u32,
    /// How often they were reached.
    pub reached: u32,
    /// How often they answered.
    pub answered: u32,
    /// How long that took.
    pub times: Times,
}

impl Sum {
    /// Of some of those who were called.
    pub fn of<'a>(people: impl Iterator<Item = &'a Called> + Clone) -> Self {
        let count =
            |is: fn(Reached) -> bool| number(people.clone().filter(|one| is(one.reached)).count());
        Self {
            called: number(people.clone().count()),
            reached: count(|reached| reached != Reached::Never),
            answered: count(|reached| reached == Reached::Answered),
            times: Times::of(people.filter_map(|one| one.took)),
        }
    }
}

/// The people of some runs by a key, in the order in which one was first met.
pub fn grouped<'a, K: Eq + Hash>(runs: &'a [Run], key: impl Fn(&'a Called) -> K) -> Vec<(K, Sum)> {
    let mut groups: IndexMap<K, Vec<&Called>> = IndexMap::new();
    for one in runs.iter().flat_map(|run| &run.people) {
        groups.entry(key(one)).or_default().push(one);
    }
    let sum = |(key, people): (K, Vec<&Called>)| (key, Sum::of(people.into_iter()));
    groups.into_iter().map(sum).collect()
}

/// Who was called, and not once reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Who, as in the last of those runs.
    pub person: Called,
    /// In how many runs they were called.
    pub runs: u32,
    /// The last of them.
    pub call_out: CallOutId,
    /// When it was opened.
    pub last_at: Timestamp,
}

/// Those who were called in some of these runs, oldest first, and reached in
/// none.
pub fn lost(runs: &[Run]) -> Vec<Lost> {
    let mut all: IndexMap<&PersonId, (Lost, bool)> = IndexMap::new();
    for run in runs {
        for one in &run.people {
            let known = all.get(&one.person);
            let (before, reached) = known.map_or((0, false), |(lost, was)| (lost.runs, *was));
            let lost = Lost {
                person: one.clone(),
                runs: before + 1,
                call_out: run.call_out.clone(),
                last_at: run.opened_at,
            };
            all.insert(
                &one.person,
                (lost, reached || one.reached != Reached::Never),
            );
        }
    }
    let lost = all.into_values().filter(|(_, reached)| !reached);
    lost.map(|(lost, _)| lost).collect()
}

/// Whether what was told ran as a drill of the plan.
pub fn ran_as(event: &Event, drill: &Drill) -> bool {
    // Why: what an older version kept does not name its drill.
    let scenario = |said: &str| *said == *drill.scenario.ja || *said == *drill.scenario.en;
    let told = || {
        event.mode.is_drill()
            && event.kind == drill.event
            && event.headline.as_deref().is_some_and(scenario)
    };
    event.drill_id().map_or_else(told, |id| *id == drill.id)
}

/// A part of a whole in a hundred, downward.
pub fn percent(part: u32, whole: u32) -> Option<u32> {
    let hundredfold = u64::from(part) * 100;
    let percent = hundredfold.checked_div(u64::from(whole))?;
    Some(u32::try_from(percent).unwrap_or(u32::MAX))
}

fn called(participant: &Participant, answers: &Answers<'_>) -> Called {
    let standing = participant.standing();
    let reached = if is_never_reached(standing, participant.sent_at) {
        Reached::Never
    } else if standing == Standing::Silent {
        Reached::Silent
    } else {
        Reached::Answered
    };
    Called {
        person: participant.person.clone(),
        name: participant.name.clone(),
        section: participant.section_name.clone(),
        stage: participant.called_stage,
        reached,
        took: answers.took(participant),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
