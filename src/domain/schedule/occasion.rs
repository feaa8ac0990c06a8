//! What is to be done about a drill's schedule now, from what was done before.
//!
//! Owns the decision: announce, start, move, or let fall out; each occasion
//! has one name, so that what was done of it is never done again. It must not
//! keep or send anything: `engine` does, one commit for each step.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Change, Foretold, Missed, Month, Office, Schedule, Why, next_drawn, next_working};

/// How late a run may still begin; later it counts as missed.
const LATE: SignedDuration = SignedDuration::from_mins(30);

/// How far back an occasion is missed rather than forgotten. Older ones are
/// the yearly duty's to say; and a clock that once ran ahead by years must not
/// use up the months between.
const BACK: SignedDuration = SignedDuration::from_hours(62 * 24);

/// How many months ahead the next occasion is looked for: more than a year, for
/// a schedule may name one month only.
const AHEAD: i32 = 26;

/// What was done of one occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Done {
    /// It was started, fell out or was called off: nothing more comes of it.
    pub over: bool,
    /// What people were told beforehand, where they were; its moves are told
    /// besides.
    pub told: Option<Foretold>,
    /// How often they were told.
    pub tellings: u32,
    /// To when it was moved last, and why.
    pub moved: Option<(Timestamp, Why)>,
    /// How often it was moved.
    pub moves: u32,
}

impl Done {
    /// Takes a change in.
    pub fn take(&mut self, change: &Change) {
        match change {
            Change::Since(_) | Change::Ended => {}
            Change::Announced(at) => self.tell(Some(*at)),
            Change::Corrected { now, .. } => self.tell(*now),
            Change::Moved { to, why, .. } => {
                self.moved = Some((*to, *why));
                self.moves += 1;
            }
            Change::Skipped { .. } | Change::Cancelled { .. } => self.over = true,
        }
    }

    const fn tell(&mut self, told: Option<Foretold>) {
        self.told = told;
        self.tellings += 1;
    }
}

/// A number drawn for a month's occasion, and for its moves (from 1).
pub type Draw<'a> = &'a dyn Fn(Month, u32) -> u64;

/// One drill's schedule with what was done of it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// When it is due.
    pub schedule: &'a Schedule,
    /// Since when it is held by these words: what was due before is not missed.
    pub since: Timestamp,
    /// What was done, by month.
    pub done: &'a BTreeMap<Month, Done>,
    /// Working days and the time zone.
    pub office: Office<'a>,
}

/// An occasion that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// Its month.
    pub month: Month,
    /// When it is due, as it was moved.
    pub due: Timestamp,
    /// What was done of it.
    pub done: Done,
}

/// What is to be done of an occasion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is started.
    Start,
    /// Something else becomes of it.
    Change(Change),
}

impl View<'_> {
    /// The occasions that are still open, oldest first, from what may have been
    /// missed to the second one ahead.
    fn open(&self, now: Timestamp, draw: Draw<'_>) -> Vec<Occasion> {
        let from = now.checked_sub(BACK).unwrap_or(now);
        let zone = self.office.zone;
        // Why: an occasion may be moved into the month after its own, or
        // lie on a working day of the month before.
        let first = Month::at(from, zone).after(-1);
        // Why: what was moved is still to be held, however old it is.
        let moved = self.done.range(..first);
        let moved = moved.filter(|(_, done)| done.moved.is_some());
        let months = moved.map(|(month, _)| *month);
        let mut ahead = 0;
        let mut open = Vec::new();
        for month in months.chain((0..AHEAD).map(|months| first.after(months))) {
            let done = self.done.get(&month).copied().unwrap_or_default();
            let named = self.schedule.due(month, self.office, draw(month, 0));
            // Why: what was moved is held where it was moved to, whatever the
            // schedule says since.
            let Some(due) = done.moved.map(|(to, _)| to).or(named) else {
                continue;
            };
            let missed_since = from.max(self.since);
            if done.over || done.moved.is_none() && due < missed_since {
                continue;
            }
            open.push(Occasion { month, due, done });
            ahead += i32::from(due > now);
            if ahead == 2 {
                break;
            }
        }
        open
    }

    /// The occasion that comes next.
    pub fn next(&self, now: Timestamp, draw: Draw<'_>) -> Option<Occasion> {
        self.open(now, draw).into_iter().min_by_key(|one| one.due)
    }

    /// When something is to be done of it next.
    pub fn wake(&self, now: Timestamp, draw: Draw<'_>) -> Option<Timestamp> {
        let open = self.open(now, draw);
        let times = open.iter().flat_map(|one| {
            [Some(one.due), self.announced_at(one)]
                .into_iter()
                .flatten()
        });
        times.min()
    }

    /// What may be told of an occasion before it comes.
    pub fn foretold(&self, one: &Occasion) -> Foretold {
        if one.done.moved.is_none() {
            return self.schedule.foretold(one.month, one.due, self.office);
        }
        if self.schedule.is_drawn() {
            let day = self.office.zone.to_datetime(one.due).date();
            return Foretold::Between(day, day);
        }
        Foretold::At(one.due)
    }

    /// When an occasion is to be announced; `None` where it was, or never is.
    fn announced_at(&self, one: &Occasion) -> Option<Timestamp> {
        if one.done.told.is_some() {
            return None;
        }
        self.schedule.announced_at(one.month, one.due, self.office)
    }

    /// What people were told and no longer holds. Of what was moved they were
    /// told then, and it is held where it was moved to.
    fn correction(&self, now: Timestamp, draw: Draw<'_>) -> Option<(Occasion, Change)> {
        let from = now.checked_sub(BACK).unwrap_or(now);
        let first = Month::at(from, self.office.zone).after(-1);
        for (month, done) in self.done.range(first..) {
            let Some(told) = done.told.filter(|_| !done.over && done.moved.is_none()) else {
                continue;
            };
            let due = self.schedule.due(*month, self.office, draw(*month, 0));
            let due = due.filter(|due| *due >= from.max(self.since));
            if due.is_none() && is_past(told, from, self.office) {
                continue;
            }
            let holds = due.map(|due| self.schedule.foretold(*month, due, self.office));
            let one = Occasion {
                month: *month,
                due: due.unwrap_or(now),
                done: *done,
            };
            // Why: what is due now is held or moved; either is told.
            let is_due = due.is_some_and(|due| due <= now);
            if holds != Some(told) && !is_due {
                return Some((one, Change::Corrected { told, now: holds }));
            }
        }
        None
    }

    /// What is to be done now, one step at a time: the oldest occasion first.
    pub fn step(
        &self,
        now: Timestamp,
        real_is_open: bool,
        draw: Draw<'_>,
    ) -> Option<(Occasion, Step)> {
        if let Some((one, change)) = self.correction(now, draw) {
            return Some((one, Step::Change(change)));
        }
        let open = self.open(now, draw);
        for (index, one) in open.iter().enumerate() {
            let next = open.get(index + 1).map(|next| next.due);
            if one.due <= now {
                return Some((*one, self.due_now(one, next, (now, real_is_open), draw)));
            }
            // Why: what is announced late is announced; not once it is over.
            if self.announced_at(one).is_some_and(|at| at <= now) {
                return Some((*one, Step::Change(Change::Announced(self.foretold(one)))));
            }
        }
        None
    }

    fn due_now(
        &self,
        one: &Occasion,
        next: Option<Timestamp>,
        (now, real_is_open): (Timestamp, bool),
        draw: Draw<'_>,
    ) -> Step {
        let late = now.duration_since(one.due) > LATE;
        let why = match (real_is_open, late) {
            (false, false) => return Step::Start,
            (true, _) => Why::RealCallOut,
            (false, true) => Why::Missed,
        };
        let due = one.due;
        // Why: moved to or beyond the next occasion it would be held twice.
        let to = if self.schedule.is_drawn() {
            let drawn = draw(one.month, one.done.moves + 1);
            next_drawn(due, now, drawn, self.office)
        } else {
            next_working(due, now, self.office)
        };
        let to = to.filter(|to| next.is_none_or(|next| *to < next));
        let kept = why == Why::RealCallOut || self.schedule.missed == Missed::MakeUp;
        Step::Change(match to.filter(|_| kept) {
            Some(to) => Change::Moved {
                from: due,
                to,
                why,
                drawn: self.schedule.is_drawn(),
            },
            None => Change::Skipped { due, why },
        })
    }
}

/// What becomes of an occasion whose drill is no longer in the plan: it is not
/// held when the drill comes back, and whoever was told of it hears so.
pub fn ended(done: Done, now: Timestamp, office: Office<'_>) -> Option<Change> {
    let from = now.checked_sub(BACK).unwrap_or(now);
    if done.over {
        return None;
    }
    if let Some((due, _)) = done.moved {
        let why = Why::Gone;
        return Some(Change::Skipped { due, why });
    }
    let told = done.told.filter(|told| !is_past(*told, from, office))?;
    Some(Change::Corrected { told, now: None })
}

/// Whether what was told lies before a time.
fn is_past(told: Foretold, from: Timestamp, office: Office<'_>) -> bool {
    match told {
        Foretold::At(at) => at < from,
        Foretold::Between(_, last) => last < office.zone.to_datetime(from).date(),
    }
}
