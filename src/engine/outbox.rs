//! From a queued notification to a message on its way.
//!
//! Owns the identity of a message: every copy of one notification carries the
//! same Message-ID or webhook-id, date and link.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::dispatch::Came;
use super::{Engine, Open};
use crate::channel::email::{Kind, Mail};
use crate::channel::webhook::Post;
use crate::channel::{Attempt, Outgoing};
use crate::domain::call_out::{CallOut, Participant};
use crate::domain::delivery::{Outcome, Reason, TELLING_FOR};
use crate::domain::event::Mode;
use crate::domain::id::PersonId;
use crate::domain::notification::{Notification, NotificationId, Purpose};
use crate::domain::roster::ChannelName;
use crate::domain::text::Text;
use crate::message::reply::Replied;
use crate::message::words::more_call_outs;
use crate::message::{Carried, Ending, Error, Letter, Messages, token};
use crate::store::Claimed;
use crate::telemetry::fault;

/// The most other call-outs that a mail names.
///
/// Why: in a flood of hundreds each mail would name them all, and none be read.
const TITLES: usize = 10;

/// What to do with a claimed notification.
pub(super) enum Ready {
    /// Send it.
    Send(Outgoing),
    /// It is no longer wanted.
    Unwanted,
    /// Its call-out is not in memory.
    NoCallOut,
    /// Its call-out does not call this person, as memory has it.
    NoPerson,
    /// It cannot be made.
    Broken(Attempt),
}

impl Engine {
    /// Makes the message of a notification as it is about to be sent.
    pub(super) fn ready(&self, claimed: &Claimed) -> Ready {
        let notification = &claimed.notification;
        let (brief, participant) = {
            let mut all = self.open_as_begun();
            let Some(open) = all.get_mut(&notification.call_out) else {
                return Ready::NoCallOut;
            };
            let brief = open.brief();
            let draft = &notification.draft;
            let Some(participant) = open.call_out.participants.get(&draft.person) else {
                return Ready::NoPerson;
            };
            let call_out = &open.call_out;
            if !call_out.is_still_said(&participant.person, draft.purpose) {
                return Ready::Unwanted;
            }
            // Why as if refused: what it says goes on to the next contact. An
            // answer to a mail goes where that came from, or nowhere. Why not after
            // days: a contact is dead then as well where what only tells was given
            // up, and what asks is tried for as long as it is wanted.
            let age = self.now().duration_since(notification.created_at);
            let is_dead = age < TELLING_FOR && call_out.is_dead(draft);
            if is_dead && draft.purpose != Purpose::Replied {
                return Ready::Broken(known_dead());
            }
            (brief, participant.clone())
        };
        let made = self.render(&brief, &participant, claimed);
        self.say_refused_texts();
        match made {
            Ok(outgoing) => Ready::Send(outgoing),
            Err(error) => {
                tracing::error!(notification.id, error = %error, "a message cannot be made");
                Ready::Broken(broken(&error.to_string()))
            }
        }
    }

    /// Sends a message, unless it is not to be said any more when its turn comes.
    ///
    /// Why then again: it may wait a minute for a connection, in which its person
    /// answers or the call-out ends.
    pub(super) async fn send_wanted(
        &self,
        notification: &Notification,
        outgoing: &Outgoing,
    ) -> Came {
        let dropped = AtomicBool::new(false);
        let wanted = || {
            let wanted = self.is_still_said(notification);
            dropped.fetch_or(!wanted, Ordering::Relaxed);
            wanted
        };
        let attempt = self.0.outlet.send(outgoing, &wanted).await;
        match &attempt.outcome {
            Outcome::Retry { .. } if dropped.into_inner() => Came::Unwanted,
            _ => Came::Attempt(attempt),
        }
    }

    /// Whether a message is still to be said; where memory does not know, it is.
    fn is_still_said(&self, notification: &Notification) -> bool {
        let draft = &notification.draft;
        let open = self.open_as_begun();
        let known = open.get(&notification.call_out);
        known.is_none_or(|open| open.call_out.is_still_said(&draft.person, draft.purpose))
    }

    /// Makes a message in the form of its channel.
    pub(super) fn render(
        &self,
        brief: &Arc<CallOut>,
        to: &Participant,
        claimed: &Claimed,
    ) -> Result<Outgoing, Error> {
        let notification = &claimed.notification;
        let standing = self.standing();
        let token = token::token(&self.0.keys, notification.id);
        let link = token::link(&self.0.settings.public_url, &token);
        let ending = brief.ended_at.map(|_| Ending {
            reason: brief.ended_because.clone().unwrap_or_default(),
            false_alarm: brief.false_alarm,
        });
        let purpose = notification.draft.purpose;
        let others = if purpose.calls() || purpose.sends_home() {
            self.others(brief, &to.person, purpose)
        } else {
            Vec::new()
        };
        let carried = Carried {
            link: &link,
            ending: ending.as_ref(),
            others: &others,
            written: Some(notification.created_at),
        };
        match (
            &notification.draft.contact.channel,
            &notification.draft.confirms,
        ) {
            (ChannelName::Email, Some(confirmed)) => {
                let letter = standing.messages.reply_letter(&Replied {
                    call_out: brief,
                    to,
                    line: &confirmed.line,
                    became: confirmed.became,
                    link: &link,
                    written: notification.created_at,
                })?;
                Ok(Outgoing::Email(Box::new(Mail {
                    references: confirmed.message_id.clone(),
                    // Why: nobody is told of what becomes of it, so that no
                    // mail system answers an answer (RFC 3834).
                    return_path: String::new(),
                    reply_to: None,
                    replies: true,
                    ..self.mail(letter, (brief, to), claimed)
                })))
            }
            (ChannelName::Email, None) => {
                let letter = standing
                    .messages
                    .mail_of_many(brief, to, purpose, carried)?;
                Ok(Outgoing::Email(Box::new(self.mail(
                    letter,
                    (brief, to),
                    claimed,
                ))))
            }
            (ChannelName::Webhook(name), _) => Ok(Outgoing::Webhook(Post {
                webhook: Arc::clone(name),
                to: Arc::clone(&notification.draft.contact.address),
                id: format!("msg_{}", notification.id),
                timestamp: self.made_at(),
                body: standing
                    .messages
                    .webhook_body(brief, to, notification, carried)?,
            })),
        }
    }

    /// Titles of a person's other open call-outs, the oldest first; of many how
    /// many more there are. Whoever is sent home by a real one stays for no
    /// exercise.
    fn others(&self, brief: &CallOut, person: &PersonId, purpose: Purpose) -> Vec<Text> {
        let mut open = self.open_as_begun();
        // Why: another that has begun just now may call them and have no place for them yet.
        let is_part = |open: &Open| open.call_out.id != brief.id && !open.call_out.is_whole();
        if open.values().any(is_part) {
            drop(open);
            open = self.open();
        }
        let only_real = purpose.sends_home() && !brief.mode().is_drill();
        let others = open.values().map(|open| &open.call_out).filter(|other| {
            let called = other.participants.get(person);
            other.id != brief.id
                && other.state.is_live()
                && !(only_real && other.mode().is_drill())
                && called.is_some_and(Participant::is_called)
        });
        let mut others: Vec<&CallOut> = others.collect();
        others.sort_unstable_by_key(|other| (other.opened_at, other.id.clone()));
        let named = others.iter().take(TITLES);
        let mut titles: Vec<Text> = named.map(|other| other.title.clone()).collect();
        let left = others.len() - titles.len();
        titles.extend((left > 0).then(|| more_call_outs(left)));
        titles
    }

    fn mail(
        &self,
        letter: Letter,
        (call_out, to): (&CallOut, &Participant),
        claimed: &Claimed,
    ) -> Mail {
        let notification = &claimed.notification;
        let from = &self.0.settings.from;
        // The control of row 2: each copy is another mail.
        let copy = match fault::worse("identity") {
            true => format!("-{}", notification.attempts),
            false => String::new(),
        };
        let domain = from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let kind = kind_of(call_out);
        let (name, thread) = match kind {
            // Why: each notice stands alone, in no call-out's thread.
            Kind::Notice => ("notice", None),
            Kind::Drill if call_out.is_notice() => ("drill-notice", None),
            Kind::Drill => (
                "drill",
                Some(Messages::thread_id(&call_out.id, true, domain)),
            ),
            Kind::Real => (
                "call-out",
                Some(Messages::thread_id(&call_out.id, false, domain)),
            ),
        };
        let (id, number) = (call_out.id.as_str(), notification.id.to_string());
        Mail {
            message_id: [name, ".", id, ".", &number, &copy, "@", domain].concat(),
            references: thread.map(|thread| thread.trim_matches(['<', '>']).to_owned()),
            date: notification.created_at,
            from_name: letter.from_name,
            to_name: Arc::clone(to.name.shared(to.language)),
            to: Arc::clone(&notification.draft.contact.address),
            return_path: token::return_path(&self.0.keys, notification.id, from),
            reply_to: self.reply_to(notification.id, call_out),
            replies: false,
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            urgent: letter.urgent,
            urgency: claimed.urgency,
            kind,
        }
    }
}

impl Engine {
    /// Where a person's own reply to a notification comes back, where replies
    /// are read. Nobody is asked anything by a notice.
    fn reply_to(&self, id: NotificationId, call_out: &CallOut) -> Option<String> {
        let settings = &self.0.settings;
        let wanted = settings.replies && !call_out.is_notice();
        wanted.then(|| token::reply_address(&self.0.keys, id, &settings.from))?
    }
}

/// What the mails of a call-out are.
pub(super) fn kind_of(call_out: &CallOut) -> Kind {
    match (call_out.is_notice(), call_out.mode()) {
        (true, Mode::Real) => Kind::Notice,
        (_, Mode::Drill | Mode::DrillWithVendors) => Kind::Drill,
        (false, Mode::Real) => Kind::Real,
    }
}

/// A message whose address was found dead while it waited: it is not asked again.
fn known_dead() -> Attempt {
    Attempt {
        outcome: Outcome::Rejected {
            reason: Reason::Address,
            detail: "not sent: the address was refused before".to_owned(),
        },
        via: String::new(),
    }
}

/// A message that cannot be made is this contact's end, never the engine's.
pub(super) fn broken(why: &str) -> Attempt {
    Attempt {
        outcome: Outcome::Rejected {
            reason: Reason::Content,
            detail: why.to_owned(),
        },
        via: String::new(),
    }
}
