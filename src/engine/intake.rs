//! How an event comes in: checked against the plan, kept with its call-outs
//! and their first messages in one commit, then answered.
//!
//! It must not know who may tell: `http` does.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Engine, Error, Open, brief, number};
use crate::domain::call_out::{CallOut, Opening, open};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{CallOutId, DrillId, EventId, Principal, RuleId};
use crate::domain::plan::{self, Plan};
use crate::domain::rule::{Rule, select};
use crate::store::{Change, Recorded, Recording};
use crate::telemetry::NameLabel;

/// What somebody tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub kind: EventKind,
    /// In their words, one line.
    pub headline: Option<String>,
    /// Where to gather, if not where the rule says; one line.
    pub place: Option<String>,
    /// Names this report.
    pub key: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// Who tells.
    pub by: Principal,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event.
    pub event: EventId,
    /// The call-outs that it started; none where no rule applies.
    pub call_outs: Vec<CallOutId>,
    /// It was told before under the same key.
    pub duplicate: bool,
}

impl Engine {
    /// Keeps a real event and starts what the rules say. When this returns,
    /// the event, its call-outs and their first messages are on disk.
    ///
    /// # Errors
    ///
    /// When the plan does not know what the event names, or nothing could be
    /// kept; then nothing was started.
    pub async fn tell(&self, told: Told) -> Result<Accepted, Error> {
        self.take_in(told, Mode::Real).await
    }

    /// Starts a drill of `rules.toml`.
    ///
    /// # Errors
    ///
    /// As [`Engine::tell`], and when there is no such drill.
    pub async fn start_drill(&self, id: &DrillId, by: Principal) -> Result<Accepted, Error> {
        let standing = self.standing();
        let Some(drill) = standing.plan.drills.get(id) else {
            return Err(Error::NoDrill(id.clone()));
        };
        let told = Told {
            kind: drill.event.clone(),
            headline: Some(drill.scenario.get(standing.plan.language).to_owned()),
            place: None,
            key: None,
            at: None,
            by,
        };
        self.take_in(told, Mode::Drill).await
    }

    async fn take_in(&self, told: Told, mode: Mode) -> Result<Accepted, Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        check(&told.kind, plan)?;
        let now = self.now();
        let name = || number::name(&self.0.clock, &plan.time_zone);
        let key = told.key.clone();
        let event = Arc::new(Event {
            id: EventId::new(format!("e-{}", name()?)),
            key: told.key,
            kind: told.kind,
            headline: told.headline,
            place: told.place,
            occurred_at: told.at.unwrap_or(now),
            received_at: now,
            entered_by: told.by,
            mode,
        });
        let mut opened = Vec::new();
        let mut changes = Vec::new();
        if let Some(selected) = select(plan, &event) {
            let rule = selected.rule;
            check_order(rule, &event.kind, plan)?;
            let (call_out, change) = self.begin(CallOutId::new(name()?), &event, rule, plan)?;
            opened.push(call_out);
            changes.push(change);
        }
        let recorded = self
            .0
            .store
            .record(Recording::new(&event, changes))
            .wait()
            .await;
        let recorded = recorded.inspect_err(|_| {
            self.0.metrics.store_failures.inc();
        })?;
        match recorded {
            Recorded::New => Ok(self.opened(&event, opened)),
            Recorded::Duplicate { event, call_outs } => Ok(Accepted {
                event,
                call_outs,
                duplicate: true,
            }),
            Recorded::Conflict { event } => Err(Error::Conflict {
                key: key.unwrap_or_default(),
                event,
            }),
        }
    }

    /// Opens one call-out, in memory and as rows; nothing is kept yet.
    fn begin(
        &self,
        id: CallOutId,
        event: &Arc<Event>,
        rule: &Rule,
        plan: &Plan,
    ) -> Result<(CallOut, Change), Error> {
        let now = event.received_at;
        let Some(procedure) = plan.procedures.get(&rule.procedure) else {
            return Err(Error::NoRule(RuleId::new(rule.procedure.as_str())));
        };
        let opening = Opening {
            event,
            rule,
            procedure,
            plan,
        };
        let (mut call_out, effects) = open(id, opening, now);
        call_out.revision = 1;
        self.note(&effects);
        let change =
            Change::new(&call_out, &effects, now, || self.0.numbers.next(now)).opening(&call_out);
        Ok((call_out, change))
    }

    /// Takes kept call-outs into memory and sets the sending off.
    pub(super) fn opened(&self, event: &Event, opened: Vec<CallOut>) -> Accepted {
        let kind = event.kind.name();
        self.0
            .metrics
            .events
            .get_or_create(&NameLabel { name: kind })
            .inc();
        let call_outs: Vec<CallOutId> = opened.iter().map(|call_out| call_out.id.clone()).collect();
        tracing::info!(
            event.id = %event.id,
            event.kind = kind,
            event.drill = event.mode.is_drill(),
            call_outs = call_outs.len(),
            by = %event.entered_by,
            "event kept"
        );
        for call_out in opened {
            let brief = Arc::new(brief(&call_out));
            self.open()
                .insert(call_out.id.clone(), Open { call_out, brief });
        }
        self.count_live();
        self.0.wake.notify_one();
        for id in &call_outs {
            let _ = self.0.changed.send(id.clone());
        }
        Accepted {
            event: event.id.clone(),
            call_outs,
            duplicate: false,
        }
    }
}

/// Refuses an event that names what the plan does not know.
pub(super) fn check(kind: &EventKind, plan: &Plan) -> Result<(), Error> {
    match kind {
        EventKind::Earthquake { .. } => Ok(()),
        EventKind::WindFlood { ordered_by, .. } if !plan.roster.people.contains_key(ordered_by) => {
            Err(Error::NoPersonNamed(ordered_by.clone()))
        }
        EventKind::WindFlood { .. } => Ok(()),
        EventKind::SecurityIncident { systems, .. } => {
            match systems
                .iter()
                .find(|number| !plan.roster.systems.contains_key(*number))
            {
                Some(number) => Err(Error::NoSystem(*number)),
                None => Ok(()),
            }
        }
        EventKind::Threat { like, .. } if !plan.rules.contains_key(like) => {
            Err(Error::NoRule(like.clone()))
        }
        EventKind::Threat { .. } | EventKind::Readiness { .. } => Ok(()),
    }
}

/// Refuses an order of somebody whose order the rule does not take (5(1)イ).
pub(super) fn check_order(rule: &Rule, kind: &EventKind, plan: &Plan) -> Result<(), Error> {
    let EventKind::WindFlood { ordered_by, .. } = kind else {
        return Ok(());
    };
    let allowed = plan::people(&rule.ordered_by, &plan.roster);
    if allowed.is_empty() || allowed.contains(ordered_by) {
        return Ok(());
    }
    let wanted: Vec<&str> = allowed.iter().map(|person| person.as_str()).collect();
    Err(Error::Order {
        rule: rule.id.clone(),
        wanted: wanted.join(", "),
        given: ordered_by.clone(),
    })
}
