//! Mail that came back: bounces, automatic replies, people's own replies.
//!
//! Owns what each may change. Invariant: nothing is believed but by the
//! signature of the address that it came to; a person's reply counts only
//! from one of their own addresses, and only as exactly one of the words.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::heard::Heard;
use super::{Beside, Engine, Error};
use crate::domain::acknowledgement::{Answer, Reply, Via, Written};
use crate::domain::call_out::{CallOut, Dead, Effect, Part, Refusal};
use crate::domain::delivery::Reason;
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::mail::{BOUNCED, Became, Came, Confirmed};
use crate::domain::notification::{Draft, NotificationId, NotificationState, Purpose};
use crate::domain::plan::Plan;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::without_addresses;
use crate::domain::typed::same_mailbox;
use crate::feed::mail::{self, Fault, Kind, Report, Said, Verdict};
use crate::message::reply;
use crate::message::token::{self, Returned};
use crate::store::{MailRow, NotificationRow};
use crate::telemetry::NameLabel;

/// The most mails of a person that are taken in for one notification, and the most
/// of everybody else together. Why: whoever has a person's mail could fill the account
/// with them. Why apart: what others send must not use up what is the person's own.
const MOST: u32 = 30;

/// One mail as the mail system hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// To whom it was delivered, where the mail system says so.
    pub recipient: Option<&'a str>,
    /// The mail, or its head.
    pub octets: &'a [u8],
}

/// What became of a mail.
#[derive(Debug)]
pub struct Taken {
    /// What it was.
    pub heard: Heard,
    /// To which call-out it belongs.
    pub call_out: Option<CallOutId>,
    /// To whose message.
    pub person: Option<PersonId>,
}

impl From<Heard> for Taken {
    fn from(heard: Heard) -> Self {
        Self {
            heard,
            call_out: None,
            person: None,
        }
    }
}

/// The message that a mail came back for.
struct Original {
    id: NotificationId,
    call_out: CallOutId,
    row: NotificationRow,
    /// Whether it came to the address at which people answer.
    at_reply: bool,
}

impl Original {
    fn row(&self, what: &str, now: Timestamp) -> MailRow {
        MailRow {
            key: format!("{what}:{}", self.id),
            notification: self.id,
            at: now,
            dead: None,
        }
    }

    fn person(&self) -> &PersonId {
        &self.row.draft.person
    }

    /// Words that may stand in the account.
    fn clean(&self, text: &str) -> String {
        without_addresses(text, &self.row.draft.contact.address)
    }
}

impl Engine {
    /// Takes a mail in. What follows from it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// When it could not be kept, so that it is to be handed in again.
    pub async fn receive(&self, incoming: Incoming<'_>) -> Result<Taken, Error> {
        let taken = self.hear(incoming).await?;
        let label = NameLabel {
            name: taken.heard.name(),
        };
        self.0.metrics.received_mails.get_or_create(&label).inc();
        let call_out = taken.call_out.as_ref().map(CallOutId::as_str);
        tracing::info!(
            what = label.name,
            call_out = call_out.unwrap_or_default(),
            "a mail came back"
        );
        Ok(taken)
    }

    async fn hear(&self, incoming: Incoming<'_>) -> Result<Taken, Error> {
        match mail::glance(incoming.octets) {
            Some(Kind::Own) => {
                let id = mail::message_id(incoming.octets);
                let is_canary = id.is_some_and(|id| self.take_back_canary(&id));
                let heard = if is_canary { Heard::Canary } else { Heard::Own };
                return Ok(heard.into());
            }
            Some(_) => return Ok(Heard::Empty.into()),
            None => {}
        }
        let (id, at_reply) = match self.returned(incoming) {
            Some(Returned::Bounce(id)) => (id, false),
            Some(Returned::Reply(id)) => (id, true),
            Some(Returned::Contact(id)) => {
                return Ok(self.asked_came_back(id, incoming.octets).await?.into());
            }
            Some(Returned::Forged) => return Ok(Heard::Forged.into()),
            None => return Ok(Heard::NoToken.into()),
        };
        let _one = self.0.mail.lock().await;
        let Some((call_out, row)) = self.0.store.sent(id).await? else {
            return Ok(Heard::Gone.into());
        };
        if row.draft.contact.channel != ChannelName::Email {
            return Ok(Heard::Gone.into());
        }
        let original = Original {
            id,
            call_out,
            row,
            at_reply,
        };
        let read = mail::read(incoming.octets);
        let heard = match &read.kind {
            Kind::Own => Heard::Own,
            Kind::Empty => Heard::Empty,
            Kind::Report(report) if !at_reply => self.take_report(&original, report).await?,
            Kind::Report(_) => self.automatic(&original, "report").await?,
            Kind::Automatic(mark) => self.automatic(&original, mark).await?,
            Kind::Reply(said) => self.reply(&original, &read, said, incoming.octets).await?,
        };
        Ok(Taken {
            heard,
            call_out: Some(original.call_out.clone()),
            person: Some(original.person().clone()),
        })
    }

    /// For what the address that a mail came to was made: the mail system's
    /// word first, then what stands on top of the mail.
    fn returned(&self, incoming: Incoming<'_>) -> Option<Returned> {
        let given = incoming.recipient.map(|address| {
            let address = address.trim();
            token::returned(&self.0.keys, address.trim_matches(['<', '>']))
        });
        let mut forged = None;
        let headers = mail::delivered_to(incoming.octets);
        let headers = headers
            .iter()
            .map(|address| token::returned(&self.0.keys, address));
        for returned in given.into_iter().chain(headers).flatten() {
            match returned {
                Returned::Forged => forged = Some(returned),
                Returned::Bounce(_) | Returned::Reply(_) | Returned::Contact(_) => {
                    return Some(returned);
                }
            }
        }
        forged
    }

    /// What a report of a delivery changes.
    async fn take_report(&self, original: &Original, report: &Report) -> Result<Heard, Error> {
        let now = self.now();
        let draft = &original.row.draft;
        let fault = &report.about(&draft.contact.address);
        let (what, came, heard) = match fault.verdict {
            Verdict::Dead => return self.dead(original, fault).await,
            Verdict::Fine => return Ok(Heard::Delivered),
            Verdict::Failed => ("failed", Came::Undelivered, Heard::Undelivered),
            Verdict::Delayed => ("delayed", Came::Delayed, Heard::Delayed),
        };
        let row = original.row(what, now);
        if self.0.store.mail_taken(&row.key, original.id).await?.0 {
            return Ok(Heard::Twice);
        }
        let known_dead = original.row.state == NotificationState::Dead;
        self.apply_with(
            &original.call_out,
            Some(Beside::Mail(row)),
            |call_out, _, _| {
                Ok(if came == Came::Undelivered && !known_dead {
                    call_out.undelivered(draft, &fault.detail)
                } else {
                    CallOut::came(original.person(), came, &original.clean(&fault.detail))
                })
            },
        )
        .await?;
        Ok(heard)
    }

    /// Nobody has the address: as where it was refused at once.
    async fn dead(&self, original: &Original, fault: &Fault) -> Result<Heard, Error> {
        if original.row.state == NotificationState::Dead {
            return Ok(Heard::Twice);
        }
        let dead = Dead {
            said: self.is_said_another_way(original.id),
            draft: original.row.draft.clone(),
            reason: Reason::Address,
            detail: format!("{BOUNCED}{}", fault.detail),
        };
        let row = MailRow {
            dead: Some(dead.detail.clone()),
            ..original.row("dead", self.now())
        };
        self.apply_with(
            &original.call_out,
            Some(Beside::Mail(row)),
            |call_out, plan, now| Ok(call_out.bounced(&dead, plan, now)),
        )
        .await?;
        Ok(Heard::Bounced)
    }

    /// A machine's reply: noted once for each message, with what gave it away.
    async fn automatic(&self, original: &Original, mark: &str) -> Result<Heard, Error> {
        let row = original.row("automatic", self.now());
        if self.0.store.mail_taken(&row.key, original.id).await?.0 {
            return Ok(Heard::Twice);
        }
        self.put_down(original, row, Came::Automatic, mark).await?;
        Ok(Heard::Automatic)
    }

    async fn put_down(
        &self,
        original: &Original,
        row: MailRow,
        came: Came,
        text: &str,
    ) -> Result<(), Error> {
        let text = original.clean(text);
        self.apply_with(&original.call_out, Some(Beside::Mail(row)), |_, _, _| {
            Ok(CallOut::came(original.person(), came, &text))
        })
        .await
    }

    /// A person's reply: an answer where it is one, shown where it is not.
    async fn reply(
        &self,
        original: &Original,
        read: &mail::Mail,
        said: &Said,
        octets: &[u8],
    ) -> Result<Heard, Error> {
        let named = read.message_id.as_deref().map(str::as_bytes);
        let digest = Sha256::digest(named.unwrap_or(octets));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let own = self.their_own(original.person(), &read.from);
        // Why apart: neither the number of others' mails nor the Message-ID of one
        // makes the person's own known, or one too many.
        let whose = if own.is_some() { "reply" } else { "stranger" };
        let row = MailRow {
            key: format!("{whose}:{}:{digest}", original.id),
            ..original.row("", self.now())
        };
        let (known, all) = self.0.store.mail_taken(&row.key, original.id).await?;
        if known {
            return Ok(Heard::Twice);
        }
        if all >= MOST {
            tracing::warn!(call_out = %original.call_out, whose, "too many mails came to one message");
            return Ok(Heard::TooMany);
        }
        let Some(from) = own else {
            self.put_down(original, row, Came::Stranger, &said.whole())
                .await?;
            return Ok(Heard::Stranger);
        };
        if !(original.at_reply && self.0.settings.replies) {
            self.put_down(original, row, Came::Said, &said.whole())
                .await?;
            return Ok(Heard::Said);
        }
        self.answer(original, row, (read, said, &from)).await
    }

    /// The address that a mail is from, if it is one of the person's own.
    fn their_own(&self, person: &PersonId, from: &[String]) -> Option<Contact> {
        let [from] = from else {
            return None;
        };
        let standing = self.standing();
        let contacts = standing.plan.roster.contacts(person)?;
        let own = contacts.iter().find(|contact| {
            contact.channel == ChannelName::Email && same_mailbox(&contact.address, from)
        });
        own.cloned()
    }

    /// Records an answer, or notes what is none, and queues what the person is
    /// told of it in the same commit.
    async fn answer(
        &self,
        original: &Original,
        row: MailRow,
        (read, said, from): (&mail::Mail, &Said, &Contact),
    ) -> Result<Heard, Error> {
        let mut heard = Heard::Said;
        self.apply_with(
            &original.call_out,
            Some(Beside::Mail(row)),
            |call_out, plan, now| {
                let (taken, mut effects) = take(call_out, original, (read, said), (plan, now))?;
                heard = taken;
                effects.push(Effect::Notify(Draft {
                    person: original.person().clone(),
                    contact: from.clone(),
                    purpose: Purpose::Replied,
                    stage: 0,
                    confirms: Some(Box::new(Confirmed {
                        became: became(heard),
                        line: original.clean(&said.first),
                        message_id: read.message_id.clone().filter(|id| fits(id)),
                    })),
                }));
                Ok(effects)
            },
        )
        .await?;
        if let Heard::Answered(reply) = heard {
            let name = reply.name();
            self.0
                .metrics
                .answers
                .get_or_create(&NameLabel { name })
                .inc();
        }
        Ok(heard)
    }
}

/// Takes a person's reply: as their answer where it is one of the words that
/// they may say, and otherwise as what it is.
fn take(
    call_out: &mut CallOut,
    original: &Original,
    (read, said): (&mail::Mail, &Said),
    (plan, now): (&Plan, Timestamp),
) -> Result<(Heard, Vec<Effect>), Refusal> {
    let person = original.person();
    let whole = original.clean(&said.whole());
    let noted = |heard, came| Ok((heard, CallOut::came(person, came, &whole)));
    if !call_out.state.is_live() {
        return noted(Heard::Late, Came::Late);
    }
    let word = reply::answer(&said.first);
    let Some(reply) = word.filter(|word| may_answer(call_out, person, *word)) else {
        return noted(Heard::Said, Came::Said);
    };
    // Why: mail may take hours when it is needed most.
    let written = Written::new(read.written_at, read.handed_at, now);
    let to = call_out.participants.get(person);
    if to.is_some_and(|to| to.said_since(written)) {
        return noted(Heard::Older, Came::Older);
    }
    let rest = original.clean(&said.rest);
    let answer = Answer {
        person: person.clone(),
        reply,
        eta_minutes: None,
        note: (!rest.is_empty()).then_some(rest),
        via: Via::Reply,
        by: Principal::new(format!("person:{person}")),
    };
    match call_out.replied(answer, written, plan, now) {
        Ok(effects) => Ok((Heard::Answered(reply), effects)),
        Err(Refusal::OtherAnswer(_) | Refusal::NotAskedForHelp(_)) => {
            noted(Heard::Said, Came::Said)
        }
        Err(refusal) => Err(refusal),
    }
}

/// What a person is told of their reply.
fn became(heard: Heard) -> Became {
    match heard {
        Heard::Answered(reply) => Became::Recorded(reply),
        Heard::Late => Became::Late,
        Heard::Older => Became::Older,
        _ => Became::Unread,
    }
}

/// Whether a Message-ID can stand in a header of ours.
fn fits(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"<>".contains(c);
    id.len() <= 250 && id.chars().all(plain)
}

/// Whether a word is an answer to what this person was sent: as their page
/// offers it. Whoever decides does so on their page.
fn may_answer(call_out: &CallOut, person: &PersonId, word: Reply) -> bool {
    let Some(to) = call_out.participants.get(person) else {
        return false;
    };
    match to.part {
        Part::Asked => word == Reply::Cannot,
        Part::Called | Part::Informed => {
            call_out.wants_receipt(to.part) == (word == Reply::Received)
        }
        Part::Vendor => true,
    }
}
