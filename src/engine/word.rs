//! A person's word: answers, decisions, confirmations, cancellations, words to
//! those called, requests for help, stand-downs.
//!
//! Each is on disk when its call returns.

use jiff::Timestamp;

use super::{Engine, Error};
use crate::domain::acknowledgement::Answer;
use crate::domain::call_out::help::Wanted;
use crate::domain::call_out::{CallOut, Effect, Refusal, Saying, Word};
use crate::domain::id::CallOutId;
use crate::domain::notification::NotificationId;
use crate::domain::plan::Plan;
use crate::domain::rule::Decision;
use crate::telemetry::NameLabel;

impl Engine {
    /// Waits until what memory says of a call-out is on disk.
    ///
    /// # Errors
    ///
    /// When there is no such call-out, or it could not be kept.
    pub async fn kept_so_far(&self, id: &CallOutId) -> Result<(), Error> {
        self.apply(id, |_, _, _| Ok(Vec::new())).await
    }

    /// Keeps an answer. A late one is kept like any other.
    ///
    /// # Errors
    ///
    /// When there is no such call-out or person, or it could not be kept.
    pub async fn acknowledge(&self, id: &CallOutId, answer: Answer) -> Result<(), Error> {
        self.take_answer(id, answer, None).await
    }

    /// The same of what was pressed on the page behind the link in a message: as
    /// long as that is on its way, a machine may have pressed it.
    ///
    /// # Errors
    ///
    /// As [`Self::acknowledge`].
    pub async fn acknowledge_by_link(
        &self,
        id: &CallOutId,
        link: NotificationId,
        answer: Answer,
    ) -> Result<(), Error> {
        self.take_answer(id, answer, Some(link)).await
    }

    async fn take_answer(
        &self,
        id: &CallOutId,
        answer: Answer,
        link: Option<NotificationId>,
    ) -> Result<(), Error> {
        let reply = answer.reply.name();
        self.apply(id, |call_out, plan, now| {
            if link.is_some_and(|link| self.is_leaving(link)) {
                call_out.may_have_left(&answer.person, now);
            }
            call_out.acknowledge(answer, plan, now)
        })
        .await?;
        self.0
            .metrics
            .answers
            .get_or_create(&NameLabel { name: reply })
            .inc();
        Ok(())
    }

    /// Keeps a decision and carries it out. One that came through a person's
    /// own link within the time of doubt is refused: a machine may have
    /// pressed it.
    ///
    /// # Errors
    ///
    /// When none is asked for, one stands, it is for somebody else to decide,
    /// or it could not be kept.
    pub async fn decide(
        &self,
        id: &CallOutId,
        decision: Decision,
        word: Word,
    ) -> Result<(), Error> {
        self.take_decision(id, decision, word, None).await
    }

    /// The same of what was pressed on the page behind the link in a message: as
    /// long as that is on its way, a machine may have pressed it.
    ///
    /// # Errors
    ///
    /// As [`Self::decide`].
    pub async fn decide_by_link(
        &self,
        id: &CallOutId,
        link: NotificationId,
        (decision, word): (Decision, Word),
    ) -> Result<(), Error> {
        self.take_decision(id, decision, word, Some(link)).await
    }

    /// Whether a decision by a link would be taken now, and when it was last asked
    /// for; it changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::decide`].
    pub async fn may_decide_by_link(
        &self,
        id: &CallOutId,
        link: NotificationId,
        (decision, word): (Decision, Word),
    ) -> Result<Timestamp, Error> {
        let mut played = self.view(id, Clone::clone).await?;
        let standing = self.standing();
        self.note_leaving(&mut played, Some(link), &word);
        let question = played.course.question.as_ref();
        let asked_at = question.map(|question| question.asked_at);
        decide(&mut played, decision, word, &standing.plan, self.now())?;
        Ok(asked_at.unwrap_or(played.opened_at))
    }

    async fn take_decision(
        &self,
        id: &CallOutId,
        decision: Decision,
        word: Word,
        link: Option<NotificationId>,
    ) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            self.note_leaving(call_out, link, &word);
            decide(call_out, decision, word, plan, now)
        })
        .await
    }

    /// Notes that the message behind whose link a word was said is on its way yet.
    fn note_leaving(&self, call_out: &mut CallOut, link: Option<NotificationId>, word: &Word) {
        if link.is_some_and(|link| self.is_leaving(link))
            && let Some(person) = &word.on_word_of
        {
            call_out.may_have_left(person, self.now());
        }
    }

    /// Says something to everyone who was called.
    ///
    /// # Errors
    ///
    /// When it is over already, or it could not be kept.
    pub async fn speak(&self, id: &CallOutId, saying: Saying, word: Word) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            call_out.speak(saying, word, plan, now)
        })
        .await
    }

    /// Asks vendors for help.
    ///
    /// # Errors
    ///
    /// When it is held or over, nobody is named, somebody named was asked
    /// already, or it could not be kept.
    pub async fn request_help(
        &self,
        id: &CallOutId,
        wanted: Wanted,
        word: Word,
    ) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            call_out.request_help(wanted, word, plan, now)
        })
        .await
    }

    /// Lets what is held begin now, or a correction take effect now. `digest`,
    /// where it is given, must be that of what is held.
    ///
    /// # Errors
    ///
    /// When nothing waits, another person is wanted, it changed since it was
    /// shown, or it could not be kept.
    pub async fn confirm(
        &self,
        id: &CallOutId,
        word: Word,
        digest: Option<&str>,
    ) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            call_out.confirm(word, digest, plan, now)
        })
        .await
    }

    /// Ends a held call-out before anybody is called, or stops a correction.
    ///
    /// # Errors
    ///
    /// When nothing waits, or it could not be kept.
    pub async fn cancel(&self, id: &CallOutId, word: Word) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| call_out.cancel(word, plan, now))
            .await
    }

    /// Ends a call-out and tells everyone who was called.
    ///
    /// # Errors
    ///
    /// When it is over already, or it could not be kept.
    pub async fn stand_down(
        &self,
        id: &CallOutId,
        word: Word,
        false_alarm: bool,
    ) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            call_out.stand_down(word, false_alarm, plan, now)
        })
        .await
    }
}

/// A decision, unless it came by a link so soon that a machine may have pressed it.
fn decide(
    call_out: &mut CallOut,
    decision: Decision,
    word: Word,
    plan: &Plan,
    now: Timestamp,
) -> Result<Vec<Effect>, Refusal> {
    let by_link = word.by.as_str().starts_with("link:");
    let asked = word.on_word_of.as_ref();
    let asked = asked.and_then(|person| call_out.participants.get(person));
    let sent = asked.and_then(|asked| asked.last_sent_at.max(asked.asked_at));
    let soon = sent.is_some_and(|sent| now.duration_since(sent).unsigned_abs() < plan.doubt);
    if by_link && soon {
        // Why: what is refused anyway is not worth a second press.
        call_out.clone().decide(decision, word, plan, now)?;
        return Err(Refusal::TooSoon);
    }
    call_out.decide(decision, word, plan, now)
}
