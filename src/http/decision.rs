//! A decision by a person's own link: pressed, asked about, pressed again.
//!
//! Owns when the second press is believed. It must not decide who may decide, nor
//! carry anything out: the engine does.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::App;
use super::pace::Link;
use crate::domain::call_out::Word;
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::notification::NotificationId;
use crate::domain::rule::Decision;
use crate::engine::Error;
use crate::message::sure::Sure;

/// Nobody has read a page and pressed its button sooner than this.
const READS: SignedDuration = SignedDuration::from_secs(2);

/// How long the second button is good.
const GOOD: SignedDuration = SignedDuration::from_mins(60);

/// Whose press, behind which message.
pub(super) struct By<'a> {
    pub(super) call_out: &'a CallOutId,
    pub(super) person: &'a PersonId,
    pub(super) message: NotificationId,
}

/// What a press came to.
pub(super) enum Came {
    /// It was carried out.
    Done,
    /// It is asked about: this is what the button of that page carries.
    Asked(String),
    /// The button of that page was pressed too soon, and is shown again.
    TooSoon(String),
    /// Another decision was pressed within seconds: neither holds.
    Void,
}

/// First presses of late.
#[derive(Debug, Default)]
pub(super) struct Presses(Mutex<HashMap<Link, Pressed>>);

#[derive(Clone, Copy, Debug)]
struct Pressed {
    last: (Decision, Timestamp),
    /// Until when whatever was pressed contradicts something else.
    void: Option<Timestamp>,
}

impl Presses {
    /// Notes a first press; whether it contradicts one of seconds before.
    fn press(
        &self,
        link: &Link,
        decision: Decision,
        (now, doubt): (Timestamp, SignedDuration),
    ) -> bool {
        let mut all = self.all();
        // Why: what is no longer good needs nobody to contradict it.
        all.retain(|_, pressed| now.duration_since(pressed.last.1).abs() < GOOD);
        let before = all.get(link).copied();
        let contradicts = before.is_some_and(|before| {
            let (last, at) = before.last;
            last != decision && now.duration_since(at).abs() < doubt
        });
        let void = before.and_then(|before| before.void);
        let void = if contradicts { Some(now) } else { void };
        let last = (decision, now);
        all.insert(link.clone(), Pressed { last, void });
        contradicts
    }

    /// Whether what was asked about at a time was contradicted since.
    fn is_void(&self, link: &Link, shown_at: Timestamp) -> bool {
        let void = self.all().get(link).and_then(|pressed| pressed.void);
        void.is_some_and(|void| shown_at <= void)
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn all(&self) -> MutexGuard<'_, HashMap<Link, Pressed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a press: the first is asked about, the second, which carries what only
/// the page in between had, is carried out.
pub(super) async fn press(
    app: &App,
    by: &By<'_>,
    decision: Decision,
    carried: Option<&str>,
) -> Result<Came, Error> {
    let engine = &app.engine;
    let word = Word {
        by: Principal::new(format!("link:{}", by.person)),
        on_word_of: Some(by.person.clone()),
        reason: None,
    };
    let decided = (decision, word);
    // Why first: what is refused anyway is not worth a second press.
    let asked_at = engine
        .may_decide_by_link(by.call_out, by.message, decided.clone())
        .await?;
    let sure = Sure {
        call_out: by.call_out,
        person: by.person,
        decision,
        asked_at,
    };
    let now = engine.now();
    let doubt = engine.standing().plan.doubt;
    let doubt = SignedDuration::try_from(doubt).unwrap_or(SignedDuration::ZERO);
    let link = (by.call_out.clone(), by.person.clone());
    let shown_at = carried.and_then(|value| sure.shown_at(engine.keys(), value));
    let Some(shown_at) = shown_at.filter(|at| now.duration_since(*at).abs() < GOOD) else {
        if app.presses.press(&link, decision, (now, doubt)) {
            return Ok(Came::Void);
        }
        return Ok(Came::Asked(sure.value(engine.keys(), now)));
    };
    if app.presses.is_void(&link, shown_at) {
        return Ok(Came::Void);
    }
    if now.duration_since(shown_at).abs() < READS.min(doubt) {
        return Ok(Came::TooSoon(sure.value(engine.keys(), shown_at)));
    }
    let done = engine.decide_by_link(by.call_out, by.message, decided);
    done.await.map(|()| Came::Done)
}
