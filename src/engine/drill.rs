//! How a drill starts: by a person or by its schedule.
//!
//! Owns that no drill starts beside a real call-out unless somebody says why.
//! From there on it goes the way of every event ([`super::intake`]); when it is
//! due is [`super::schedule`]'s.

use super::turn::together;
use super::{Accepted, Engine, Error, Told};
use crate::domain::call_out::CallOut;
use crate::domain::event::{Event, Mode, Played};
use crate::domain::id::{CallOutId, DrillId, Principal};
use crate::domain::schedule::KEY;

/// A drill to be started.
#[derive(Clone, Debug)]
pub struct DrillStart {
    /// Which.
    pub drill: DrillId,
    /// Names this start: told again, it starts nothing new.
    pub key: Option<String>,
    /// Why it starts although a real call-out is open; else it is refused then.
    pub forced: Option<String>,
    /// Who starts it.
    pub by: Principal,
}

impl Engine {
    /// Starts a drill of `rules.toml`.
    ///
    /// # Errors
    ///
    /// As [`Engine::tell`], when there is no such drill, while a real call-out
    /// is open, and, where a person starts it, while the drill runs.
    pub async fn start_drill(&self, start: DrillStart) -> Result<Accepted, Error> {
        let standing = self.standing();
        let Some(drill) = standing.plan.drills.get(&start.drill) else {
            return Err(Error::NoDrill(start.drill));
        };
        let told = Told {
            kind: drill.event.clone(),
            headline: Some(drill.scenario.get(standing.plan.language).to_owned()),
            place: None,
            key: start.key,
            at: None,
            by: start.by,
        };
        let mode = if drill.vendors {
            Mode::DrillWithVendors
        } else {
            Mode::Drill
        };
        let played = Played {
            drill: start.drill,
            kind: Some(drill.kind),
            forced: start.forced,
        };
        self.take_in(told, mode, Some(played)).await
    }

    /// The real call-outs that are open, oldest first.
    pub fn real_call_outs(&self) -> Vec<CallOutId> {
        let open = self.open();
        let real = open.values().map(|open| &open.call_out);
        let mut real: Vec<_> = real
            .filter(|call_out| call_out.state.is_live() && !call_out.mode().is_drill())
            .map(|call_out| (call_out.opened_at, call_out.id.clone()))
            .collect();
        real.sort();
        real.into_iter().map(|(_, id)| id).collect()
    }

    /// Ends the drills that run where a real call-out is open: nobody is asked
    /// twice in one night, once of it in earnest.
    pub(super) async fn end_drills_beside_real(&self) -> Result<(), Error> {
        let drills: Vec<CallOutId> = {
            let open = self.open();
            let drills = open.values().filter(|open| open.call_out.gives_way());
            drills.map(|open| open.call_out.id.clone()).collect()
        };
        let drills: Vec<_> = drills.into_iter().filter(|id| !self.is_aside(id)).collect();
        if drills.is_empty() || self.real_call_outs().is_empty() {
            return Ok(());
        }
        let given = drills.iter().map(|id| {
            let give_way = |call_out: &mut CallOut, plan: &_, now| Ok(call_out.give_way(plan, now));
            self.move_on(id, give_way)
        });
        together(given.collect()).await.into_iter().collect()
    }

    /// Refuses where a real call-out is open, unless somebody says why; and, by
    /// hand, where the same drill runs: everybody would be called twice.
    pub(super) fn may_start(&self, event: &Event, played: &mut Played) -> Result<(), Error> {
        match self.real_call_outs().into_iter().next() {
            // Why: whoever forces where nothing real is open forces nothing,
            // and it still gives way to what comes.
            None => played.forced = None,
            Some(real) if played.forced.is_none() => return Err(Error::RealCallOut(real)),
            Some(_) => {}
        }
        // Why: a run that nobody stood down must not stop those of later months.
        let is_due = event.key.as_deref().is_some_and(|key| key.starts_with(KEY));
        let open = self.open();
        let mut open = open.values().map(|open| &open.call_out);
        let running = open.find(|call_out| {
            call_out.state.is_live() && call_out.event.drill_id() == Some(&played.drill)
        });
        match running.filter(|_| !is_due) {
            Some(running) => Err(Error::DrillRuns {
                drill: played.drill.clone(),
                call_out: running.id.clone(),
            }),
            None => Ok(()),
        }
    }
}
