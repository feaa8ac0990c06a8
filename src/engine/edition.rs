//! A plan is put in force: kept with its files, compared with those before,
//! then taken up; or refused, so that the one before stays.
//!
//! It must not read files: who calls has read and checked them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::owed::Owed;
use super::{Engine, Error, Open, Standing};
use crate::domain::call_out::{CallOut, HEARS_LATE};
use crate::domain::id::CallOutId;
use crate::domain::text::Language;
use crate::message::words;
use crate::store::{self, Store};
use crate::telemetry::fault;

/// When a call-out that is over had begun at the earliest, to be looked at for
/// whoever could not hear of the end.
const BEGUN_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 92);

/// A reload that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Why, in one line without an address.
    pub why: String,
}

/// Keeps an edition, and finds out what must be said of it and who is marked
/// absent.
pub(super) async fn take_up(
    store: &Store,
    standing: &mut Standing,
    now: Timestamp,
) -> Result<(), store::Error> {
    let plan = &mut standing.plan;
    // Why all that nobody ended, one a person at most: a clock that is ahead as
    // the daemon starts would forget those that are over by it alone.
    let absences = store.absences(Timestamp::MIN).await?.into_iter();
    plan.absences = absences
        .map(|absence| (absence.person.clone(), absence))
        .collect();
    plan.edition.know(&store.editions().await?, &plan.time_zone);
    let today = || plan.time_zone.to_datetime(now).date();
    plan.edition.roster_date = plan.edition.roster_date.or_else(|| Some(today()));
    let kept = store.keep_edition(&plan.edition, &standing.texts, now);
    kept.wait().await?;
    for caveat in plan.edition.caveats() {
        let says = words::caveat(caveat, Language::En);
        tracing::warn!(edition = %plan.edition.label(), "the edition in force: {says}");
    }
    Ok(())
}

impl Engine {
    /// Puts a new plan in force, once it is kept. Call-outs that run keep the
    /// rule and the procedure that they began with; contacts are read afresh.
    ///
    /// # Errors
    ///
    /// When it could not be kept; the plan before stays in force.
    pub async fn reload(&self, mut standing: Standing) -> Result<(), store::Error> {
        fault::waiting("reload").await;
        let turn = self.0.intake.lock().await;
        let kept = take_up(&self.0.store, &mut standing, self.now()).await;
        kept.inspect_err(|_| {
            self.0.metrics.store_failures.inc();
        })?;
        self.0.standing.store(Arc::new(standing));
        self.0.refused.store(None);
        self.0.metrics.configuration_refused.set(0);
        self.count_caveats();
        self.review().await;
        // Why: an event need not wait for a long roster to be looked through.
        drop(turn);
        self.tell_the_end().await;
        if let Err(error) = self.review_addresses().await {
            // Why: the edition is in force; the next one, or the next start,
            // looks again.
            tracing::error!(error = %error, "new addresses could not be noted");
        }
        self.0.wake.notify_one();
        Ok(())
    }

    /// What waits for a second person's word is shown anew where the new plan
    /// makes it another thing, and whoever it gives a new address is called.
    async fn review(&self) {
        if let Err(error) = self.take_up().await {
            tracing::error!(error = %error, "what waits could not be shown anew");
        }
        self.show_growths_anew().await;
        self.review_absences().await;
        self.reach_mended().await;
    }

    /// What waits for a second person's word is shown anew where the plan that is in
    /// force makes it another thing: after a start as well, since it may be another than
    /// that by which it was shown.
    pub(super) async fn show_growths_anew(&self) {
        let mut waiting = self.live_and_forgotten();
        {
            let open = self.open();
            // Why not without it: one that is to be read again may have one.
            let waits = |open: &Open| open.call_out.course.growth.is_some();
            waiting.retain(|id| open.get(id).is_none_or(waits));
        }
        let waiting = waiting.into_iter().map(Owed::Growth);
        self.pay(waiting.collect()).await;
    }

    /// Calls through a mended address whoever could not be reached in what runs.
    pub(super) async fn reach_mended(&self) {
        let live = self.live_and_forgotten().into_iter();
        self.pay(live.map(Owed::Addresses).collect()).await;
    }

    /// Says of what ended lately that it is over, to whoever had no address that
    /// took anything and has one now.
    pub(super) async fn tell_the_end(&self) {
        self.pay(vec![Owed::Ends]).await;
    }

    /// The same, once.
    ///
    /// # Errors
    ///
    /// The first failure. Whoever was told is not told again.
    pub(super) async fn tell_ends(&self) -> Result<(), Error> {
        let now = self.now();
        let before = |span| now.checked_sub(span).unwrap_or(Timestamp::MIN);
        let (begun, ended) = (before(BEGUN_WITHIN), before(HEARS_LATE));
        let mut first = Ok(());
        // Why only those: each is read with all its people, and stays in memory.
        for id in self.0.store.ended_since(begun, ended).await? {
            match self.tell_end(&id).await {
                // Why apart: it would be tried with all the others at each turn.
                Err(Error::Store(error)) if error.is_damage() => {
                    self.note_unread(&id, &error);
                    self.owed().push(Owed::End(id));
                }
                Err(Error::Defect(_)) => {
                    self.set_aside(&id).await;
                    self.owed().push(Owed::End(id));
                }
                told => first = first.and(told),
            }
        }
        first
    }

    /// The same of one call-out.
    pub(super) async fn tell_end(&self, id: &CallOutId) -> Result<(), Error> {
        let told = |call_out: &mut CallOut, plan: &_, now| Ok(call_out.mended(plan, now));
        self.apply(id, told).await
    }

    /// Notes that a new plan was refused, to be said until one is taken up.
    /// `why` is one line without an address: everybody who may read sees it.
    pub fn refuse(&self, why: impl Into<String>) {
        let (at, why) = (self.now(), why.into());
        self.0.refused.store(Some(Arc::new(Refused { at, why })));
        self.0.metrics.configuration_refused.set(1);
    }

    /// The last reload, if it was refused.
    pub fn refused(&self) -> Option<Arc<Refused>> {
        self.0.refused.load_full()
    }

    /// Says which of the town's own texts are not used, each once. Asked after
    /// every message, it does nothing where there is no news.
    pub(super) fn say_refused_texts(&self) {
        let standing = self.standing();
        let news = standing.messages.own().news();
        for refused in &news {
            let says = words::readiness::refused_text(refused, Language::En);
            tracing::error!("{says}");
        }
        if !news.is_empty() {
            self.count_refused_texts();
        }
    }

    fn count_refused_texts(&self) {
        let refused = self.standing().messages.own().refused().len();
        let refused = i64::try_from(refused).unwrap_or(i64::MAX);
        self.0.metrics.own_texts_refused.set(refused);
    }

    pub(super) fn count_caveats(&self) {
        self.say_refused_texts();
        self.count_refused_texts();
        let caveats = self.standing().plan.edition.caveats().len();
        let caveats = i64::try_from(caveats).unwrap_or(i64::MAX);
        self.0.metrics.edition_caveats.set(caveats);
    }
}
