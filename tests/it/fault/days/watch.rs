//! The stages of a day's call-outs, as they are seen from outside.
//!
//! Owns I5 of the random days: each stage once, in order, at its time, and nothing
//! that is held before it could be stopped. Its time is a count of its own that no set clock moves. It must not ask the engine what
//! time it is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use muster::domain::call_out::{CallOut, State};
use muster::domain::id::CallOutId;
use muster::domain::journal::{Entry, StageCause};
use muster::domain::procedure::Procedure;

use crate::support::world::World;

/// A stage leaves no later than this after its time.
const LATEST: SignedDuration = SignedDuration::from_secs(10);

/// So many seconds may whatever is held in a day be stopped.
pub(super) const HOLD: u32 = 60;

/// What was seen of a call-out when it was last looked at.
struct Seen {
    stage: u32,
    stage_at: Timestamp,
    /// When that was first seen.
    since: SignedDuration,
    /// Since when it is held.
    held: Option<SignedDuration>,
    /// When it last waited for something else than its time: a word, a need that
    /// is met.
    waited: SignedDuration,
    procedure: Procedure,
    /// Whether it was held until a word as it was last looked at.
    let_go: bool,
    /// So many entries of its account have been read.
    read: usize,
    is_over: bool,
}

/// What is to be known of a call-out each time.
struct Look {
    /// Whether a stage began, or the present one anew.
    moved: bool,
    /// Whether a stage is to come at its time.
    calls: bool,
    /// Whether it is held, and begins by itself.
    held: bool,
    /// Whether it waits for a person's word to go on.
    paused: bool,
    /// Whether its hold was longer by one more.
    renewed: bool,
    is_over: bool,
}

impl Look {
    /// Looks; where the daemon can do everything by now, there is also something to
    /// come, and nothing that should have come.
    fn at(call_out: &CallOut, seen: &Seen, able_at: Option<Timestamp>) -> Self {
        if let Some(now) = able_at {
            something_is_due(call_out, now);
        }
        let open = call_out.state == State::Open && !call_out.is_met();
        Self {
            moved: seen.stage != call_out.stage || seen.stage_at != call_out.stage_at,
            calls: open && !call_out.is_paused(),
            held: call_out.state == State::Held,
            paused: call_out.is_paused(),
            renewed: call_out.course.renewed,
            is_over: !call_out.state.is_live(),
        }
    }
}

/// What is seen of all of them.
#[derive(Default)]
pub(super) struct Watch {
    /// How much time has passed.
    elapsed: SignedDuration,
    /// Since when the daemon runs and its store takes everything.
    able: SignedDuration,
    /// When it last began to run, or to turn again.
    began: SignedDuration,
    seen: BTreeMap<CallOutId, Seen>,
    /// The latest that a stage came.
    pub(super) worst: SignedDuration,
    /// How many stages came at their time.
    pub(super) due: usize,
}

impl Watch {
    /// Time passes.
    pub(super) fn pass(&mut self, world: &World, by: SignedDuration) {
        world.clock.advance(by.try_into().unwrap());
        self.elapsed += by;
    }

    /// How much time has passed.
    pub(super) const fn elapsed(&self) -> SignedDuration {
        self.elapsed
    }

    /// Until now nothing could be done: the daemon was away, or its store took
    /// nothing.
    pub(super) fn unable(&mut self) {
        self.able = self.elapsed;
    }

    /// The daemon runs, or turns again, since now.
    pub(super) const fn begins(&mut self) {
        self.began = self.elapsed;
    }

    /// Looks at a call-out after a turn of the daemon, which was `able` to do
    /// everything or not.
    pub(super) async fn look(&mut self, world: &World, id: &CallOutId, able: bool) {
        if self.seen.get(id).is_some_and(|seen| seen.is_over) {
            return;
        }
        let mut seen = match self.seen.remove(id) {
            Some(seen) => seen,
            None => self.first(world, &world.see(id).await).await,
        };
        let now = world.clock.now();
        let look = |call_out: &CallOut| Look::at(call_out, &seen, able.then_some(now));
        let look = world.engine.view(id, look).await.unwrap();
        if look.moved {
            let call_out = world.see(id).await;
            self.stages(world, &mut seen, (&call_out, able)).await;
        }
        if !look.calls {
            seen.waited = self.elapsed;
        } else if able {
            let late = self.late(&seen).unwrap_or_default();
            assert!(
                late <= LATEST,
                "{id}: stage {} is {late} late",
                seen.stage + 1
            );
        }
        self.hold(id, &mut seen, &look, able);
        seen.is_over = look.is_over;
        self.seen.insert(id.clone(), seen);
    }

    /// What is seen first: one that was just told. It may run already where its
    /// teller heard nothing the first time; then the stage that runs is believed.
    async fn first(&self, world: &World, call_out: &CallOut) -> Seen {
        let mut seen = Seen {
            stage: 0,
            stage_at: call_out.stage_at,
            since: self.elapsed,
            held: None,
            waited: self.elapsed,
            procedure: call_out.procedure.clone(),
            let_go: false,
            read: 0,
            is_over: false,
        };
        self.read(world, &mut seen, call_out, |_, _, _| {}).await;
        seen.since -= world.clock.now().duration_since(call_out.stage_at);
        seen
    }

    /// What is held begins once it could be stopped for half of its time without a
    /// break, or for all of it once more; and after twice that time it has begun.
    fn hold(&self, id: &CallOutId, seen: &mut Seen, look: &Look, able: bool) {
        let whole = SignedDuration::from_secs(i64::from(HOLD));
        if !look.held {
            let since = seen.held.take().filter(|_| !look.is_over && !seen.let_go);
            let waited = since.map(|since| self.elapsed - since.max(self.began));
            let enough = waited.is_none_or(|waited| look.renewed || waited >= whole / 2);
            assert!(enough, "{id}: it could be stopped for {waited:?}");
            return;
        }
        seen.let_go = look.paused;
        if look.paused {
            seen.held = Some(self.elapsed);
            return;
        }
        let since = *seen.held.get_or_insert(self.elapsed);
        let waited = self.elapsed - since.max(self.able);
        assert!(
            !able || waited <= whole * 2 + LATEST,
            "{id}: held for {waited}"
        );
    }

    /// By how much the next stage is overdue; none where there is no next.
    fn late(&self, seen: &Seen) -> Option<SignedDuration> {
        let due = due(seen)?.max(self.able).max(seen.waited);
        Some(self.elapsed - due)
    }

    /// Stages began, or the present one was given its time anew.
    async fn stages(&mut self, world: &World, seen: &mut Seen, (call_out, able): (&CallOut, bool)) {
        let id = &call_out.id;
        // What it grew to has stages of its own.
        let same = seen.procedure == call_out.procedure;
        let mut came = Vec::new();
        let on_time = |seen: &Seen, stage: u32, cause| {
            if let (true, Some(StageCause::Due), Some(due)) = (same, cause, due(seen)) {
                let left = due - self.elapsed;
                assert!(!left.is_positive(), "{id}: stage {stage} came {left} early");
                let late = self.late(seen).unwrap_or_default();
                assert!(
                    !able || late <= LATEST,
                    "{id}: stage {stage} is {late} late"
                );
                came.extend(able.then_some(late));
            }
        };
        self.read(world, seen, call_out, on_time).await;
        self.due += came.len();
        self.worst = came.into_iter().fold(self.worst, SignedDuration::max);
    }

    /// Reads on in the account: each stage once, in order.
    async fn read(
        &self,
        world: &World,
        seen: &mut Seen,
        call_out: &CallOut,
        mut began: impl FnMut(&Seen, u32, Option<StageCause>),
    ) {
        let id = &call_out.id;
        let records = world.engine.store().journal(id, 0).await.unwrap();
        for record in records.iter().skip(seen.read) {
            let (stage, cause) = match &record.entry {
                Entry::Stage { stage, cause, .. } => (*stage, Some(*cause)),
                Entry::StagePassed { stage } => (*stage, None),
                _ => continue,
            };
            assert_eq!(stage, seen.stage + 1, "{id}: stages in order, each once");
            began(seen, stage, cause);
            seen.stage = stage;
            seen.since = self.elapsed;
        }
        assert_eq!(seen.stage, call_out.stage, "{id}: no stage goes unsaid");
        seen.read = records.len();
        seen.stage_at = call_out.stage_at;
        seen.since = self.elapsed;
        seen.procedure = call_out.procedure.clone();
    }
}

/// When the stage after the one that was seen is due.
fn due(seen: &Seen) -> Option<SignedDuration> {
    let stages = &seen.procedure.stages;
    let present = (seen.stage as usize).checked_sub(1)?;
    let wait = stages.get(present + 1)?.after - stages[present].after;
    Some(seen.since + SignedDuration::try_from(wait).unwrap())
}

/// Whatever is open has something to come, and nothing that should have come.
fn something_is_due(call_out: &CallOut, now: Timestamp) {
    let id = &call_out.id;
    let due = call_out.next_due();
    assert!(
        due.is_none_or(|due| due > now),
        "{id}: overdue since {due:?}"
    );
    let waits = match call_out.state {
        State::Open => !call_out.is_met(),
        State::Held | State::AwaitingDecision | State::InSection => true,
        State::Exhausted => call_out.is_paused(),
        State::StoodDown | State::Cancelled | State::Closed => false,
    };
    assert!(
        !waits || due.is_some(),
        "{id}: {:?}, and stuck",
        call_out.state
    );
}
