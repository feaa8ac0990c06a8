//! The daemon's own events: an alarm, what is found each day, how a drill went, what is
//! announced of one. Each is kept in one commit with the notice of it.
//!
//! Owns how such an event is made and kept, and that a name which is another's is drawn
//! anew. It must not decide who is told of what.

use std::sync::Arc;

use super::{Engine, Error, Open, number};
use crate::domain::call_out::{CallOut, Effect, Notice, notice};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{CallOutId, EventId, PersonId, Principal};
use crate::domain::notification::Purpose;
use crate::domain::plan::Plan;
use crate::domain::roster::ChannelName;
use crate::domain::text::Text;
use crate::store::{Recorded, Recording};

/// How often another name is drawn where one is taken.
const NAMES: usize = 8;

/// Something that the daemon itself has to say.
pub(super) struct Own {
    pub(super) kind: EventKind,
    /// Names it, where it is said once.
    pub(super) key: Option<String>,
    /// Which part of the daemon says it, or who had it done.
    pub(super) by: Principal,
    pub(super) mode: Mode,
    /// What is told of it, if anything is.
    pub(super) tells: Option<Tells>,
}

/// The notice of it.
pub(super) struct Tells {
    pub(super) purpose: Purpose,
    pub(super) title: Text,
    pub(super) place: Text,
    pub(super) to: Vec<PersonId>,
    /// By which channels it does not go: it says that these are shut.
    pub(super) past: Vec<ChannelName>,
}

/// An event and the notice of it, of which nothing is kept yet.
pub(super) struct Made {
    pub(super) event: Arc<Event>,
    pub(super) notice: Option<(CallOut, Vec<Effect>)>,
}

/// Does what draws a name, again while that is another's.
///
/// Why: the names of a day are few enough to be read aloud, so that one of hundreds is
/// drawn twice now and then.
pub(super) async fn with_free_name<T, F>(once: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..NAMES {
        match once().await {
            Err(Error::Store(error)) if error.is_taken_name() => {}
            done => return done,
        }
    }
    once().await
}

impl Engine {
    /// Keeps an own event with its notice. Of one with a key what is kept under it
    /// stands.
    ///
    /// # Errors
    ///
    /// When it could not be kept; then nobody is told.
    pub(super) async fn keep_own(&self, own: &Own, plan: &Plan) -> Result<Recorded, Error> {
        with_free_name(|| self.keep_own_once(own, plan)).await
    }

    async fn keep_own_once(&self, own: &Own, plan: &Plan) -> Result<Recorded, Error> {
        let Made { event, notice } = self.own(own, plan)?;
        let row = |(call_out, effects): &(CallOut, Vec<Effect>)| {
            self.row(call_out, effects, event.received_at)
                .opening(call_out)
        };
        let recording = Recording::new(&event, notice.iter().map(row).collect());
        let recording = match own.kind {
            EventKind::Alarm { .. } => recording.own(),
            _ => recording,
        };
        let recorded = self.commit(self.0.store.record(recording)).await?;
        if let (Recorded::New, Some((call_out, _))) = (&recorded, notice) {
            self.opened(&event, Some(Open::new(call_out, self.now())));
        }
        Ok(recorded)
    }

    /// Makes an own event and the notice of it.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random numbers.
    pub(super) fn own(&self, own: &Own, plan: &Plan) -> Result<Made, Error> {
        let now = self.now();
        let name = || number::name(&self.0.clock, &plan.time_zone);
        let event = Arc::new(Event {
            id: EventId::new(format!("e-{}", name()?)),
            key: own.key.clone(),
            kind: own.kind.clone(),
            headline: None,
            place: None,
            occurred_at: now,
            received_at: now,
            entered_by: own.by.clone(),
            mode: own.mode,
            drill: None,
        });
        let told = |tells: &Tells| {
            let made = Notice {
                event: &event,
                purpose: tells.purpose,
                title: &tells.title,
                place: &tells.place,
                to: &tells.to,
                past: &tells.past,
                plan,
            };
            let (mut call_out, effects) = notice(CallOutId::new(name()?), made, now);
            call_out.revision = 1;
            Ok::<_, Error>((call_out, effects))
        };
        let notice = own.tells.as_ref().map(told).transpose()?;
        Ok(Made { event, notice })
    }
}
