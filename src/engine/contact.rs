//! Addresses are asked to confirm that they reach their person.
//!
//! Owns when a mail goes: one after the other at a set pace, none while a real
//! call-out is open, and each kept before it is sent, so that a crash asks
//! nobody twice. It must not decide who is asked: `domain::contact` does.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::heard::Heard;
use super::reach::PROVES;
use super::{Direct, Engine, Error, Says};
use crate::channel::Attempt;
use crate::domain::contact::{self, Address, Confirm, Key, MAILS, State, Step, review};
use crate::domain::contact_change::{Kind as Reported, MOST_OPEN, Proposal, UNKNOWN_LINK, Verdict};
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::id::Principal;
use crate::domain::roster::Contact;
use crate::domain::text::without_addresses;
use crate::feed::mail::{self, Kind, Verdict as Fate};
use crate::message::contact::ConfirmLetter;
use crate::message::contact_link::{self, CONFIRM_WORKS};
use crate::message::token::contact_return_path;
use crate::store::Ended;

/// The longest that the asking sleeps.
const REST: SignedDuration = SignedDuration::from_secs(30);

/// It is looked this often at least.
const AT_LEAST: Duration = Duration::from_secs(60);

/// The wait after the store failed.
const FAILED: SignedDuration = SignedDuration::from_mins(1);

/// When the next mail may go.
#[derive(Debug, Default)]
pub(super) struct Pace(Option<Timestamp>);

impl Engine {
    /// Asks on until `stop` ends; a mail on its way has `grace` then.
    pub async fn ask_contacts(&self, stop: impl Future<Output = ()>, grace: Duration) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let asking = self.ask();
            tokio::pin!(asking);
            let done = tokio::select! {
                done = &mut asking => done,
                () = &mut stop => {
                    tokio::select! {
                        _ = &mut asking => {}
                        () = self.0.clock.sleep(grace) => {}
                    }
                    return;
                }
            };
            let rest = self.now() + REST;
            let next = match done {
                Ok(()) => self.next_asking().await.map(|next| next.unwrap_or(rest)),
                Err(error) => Err(error),
            };
            let next = next.unwrap_or_else(|error| {
                tracing::error!(error = %error, "addresses could not be asked; tried again soon");
                self.now() + FAILED
            });
            tokio::select! {
                () = &mut stop => return,
                () = self.0.asking.notified() => {}
                () = self.0.clock.sleep_until(next) => {}
                // Why as well: a clock that is set back moves the other away.
                () = self.0.clock.sleep(AT_LEAST) => {}
            }
        }
    }

    /// When an address is to be asked next; nothing while none may be.
    pub(super) async fn next_asking(&self) -> Result<Option<Timestamp>, Error> {
        if !self.may_ask() {
            return Ok(None);
        }
        let due = self.0.store.next_address().await?;
        let due = due.and_then(|address| address.due_at);
        let pace = self.standing().plan.contacts.pace();
        let pace = SignedDuration::try_from(pace).unwrap_or(REST);
        let now = self.now();
        // Why: a clock that ran ahead for one mail must not stop the later ones.
        let not_before = self.pace().0;
        let not_before = not_before.filter(|not| not.duration_since(now) <= pace);
        Ok(due.map(|due| not_before.map_or(due, |not| due.max(not))))
    }

    /// Whether the plan wants addresses asked, and nothing keeps them waiting.
    fn may_ask(&self) -> bool {
        self.standing().plan.contacts.confirm != Confirm::Off && !self.is_calling()
    }

    /// Whether a real call-out is open, or one may be that is not read yet:
    /// nothing else is sent to anybody then.
    pub fn is_calling(&self) -> bool {
        !self.0.beginning.taken_up.initialized() || !self.real_call_outs().is_empty()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the one mail that is due, if there is one and it may go now.
    pub(super) async fn ask(&self) -> Result<(), Error> {
        let now = self.now();
        while self.next_asking().await?.is_some_and(|due| due <= now) {
            let Some(address) = self.0.store.next_address().await? else {
                return Ok(());
            };
            let unwanted = self.unwanted(&address).await?;
            if let Some(to) = unwanted {
                let dropped = self.0.store.drop_address(address.id, to);
                self.commit(dropped).await?;
                continue;
            }
            return self.ask_one(&address, now).await;
        }
        Ok(())
    }

    /// Where an address stands that need not be asked any more.
    async fn unwanted(&self, address: &Address) -> Result<Option<State>, Error> {
        let standing = self.standing();
        if address.key.contact(&standing.plan.roster).is_none() {
            return Ok(Some(State::Left));
        }
        Ok(self.is_proved(address).await?.then_some(State::Proved))
    }

    async fn ask_one(&self, address: &Address, now: Timestamp) -> Result<(), Error> {
        // Invariant: it is on disk that a mail goes before any goes.
        if self.commit(self.0.store.claim_address(address)).await? == 0 {
            return Ok(());
        }
        let pace = self.standing().plan.contacts.pace();
        let pace = SignedDuration::try_from(pace).unwrap_or(REST);
        self.pace().0 = Some(now + pace);
        let attempt = self.send_asking(address, now).await;
        let ended = self.ended(address, &attempt);
        tracing::info!(
            contact.id = address.id,
            outcome = ended_name(&ended),
            via = attempt.via,
            "an address was asked to confirm itself"
        );
        let settled = self.0.store.settle_address(address.id, ended, self.now());
        self.commit(settled).await?;
        Ok(())
    }

    /// Whether an answer has come from a message to it.
    async fn is_proved(&self, address: &Address) -> Result<bool, Error> {
        let since = self.now().checked_sub(PROVES).unwrap_or(Timestamp::MIN);
        let person = &address.key.person;
        let known = self
            .0
            .store
            .reached((since, self.stayed()), Some(person))
            .await?;
        let proved = known.iter().any(|((_, contact), known)| {
            known.proof().holds() && Key::new(person, &contact.address) == address.key
        });
        Ok(proved || address.confirmed_at.is_some())
    }

    async fn send_asking(&self, address: &Address, now: Timestamp) -> Attempt {
        let standing = self.standing();
        let Some((to, contact)) = address.key.contact(&standing.plan.roster) else {
            return unmade("nobody has this address any more");
        };
        let until = now + CONFIRM_WORKS;
        let token = contact_link::confirm_token(&self.0.keys, address.id, until);
        let letter = standing.messages.contact_confirm_letter(&ConfirmLetter {
            to,
            link: &contact_link::confirm_link(&self.0.settings.public_url, &token),
            address: &contact.address,
            again: address.mails > 0,
            asked_at: now,
            until,
        });
        match letter {
            Ok(letter) => {
                let direct = Direct {
                    name: "contact",
                    to,
                    contact,
                    returns: contact_return_path(&self.0.keys, address.id, &self.0.settings.from),
                    says: Says::Letter(letter),
                };
                self.post(direct).await
            }
            Err(error) => {
                tracing::error!(error = %error, "a mail to a new address cannot be made");
                unmade(&error.to_string())
            }
        }
    }

    /// What an attempt means for the address. What was perhaps sent was sent:
    /// nobody is asked twice for a machine's sake.
    fn ended(&self, address: &Address, attempt: &Attempt) -> Ended {
        let now = self.now();
        let said = |detail: &str| without_addresses(detail, &address.key.address);
        match &attempt.outcome {
            Outcome::Accepted { .. } | Outcome::Unknown { .. } => {
                let asking = self.standing().plan.contacts;
                Ended::Sent(asking.again(address.mails + 1, now))
            }
            Outcome::Rejected {
                reason: Reason::Address,
                detail,
            } => Ended::Dead(said(detail)),
            Outcome::Rejected { detail, .. } => Ended::GivenUp(said(detail)),
            Outcome::Retry { detail, .. } => match contact::backoff(address.attempts + 1) {
                Some(wait) => {
                    let wait = SignedDuration::try_from(wait).unwrap_or(FAILED);
                    Ended::Later(now + wait)
                }
                None => Ended::GivenUp(said(detail)),
            },
        }
    }

    /// A mail came back for an address that was asked. Only the word that
    /// nobody has it changes anything, once.
    pub(super) async fn asked_came_back(&self, id: i64, octets: &[u8]) -> Result<Heard, Error> {
        let Some(address) = self.0.store.address(id).await? else {
            return Ok(Heard::Gone);
        };
        let fault = match mail::read(octets).kind {
            Kind::Own => return Ok(Heard::Own),
            Kind::Empty => return Ok(Heard::Empty),
            Kind::Automatic(_) => return Ok(Heard::Automatic),
            Kind::Reply(_) => return Ok(Heard::Said),
            Kind::Report(report) => report.about(&address.key.address),
        };
        match fault.verdict {
            Fate::Failed => Ok(Heard::Undelivered),
            Fate::Delayed => Ok(Heard::Delayed),
            Fate::Fine => Ok(Heard::Delivered),
            Fate::Dead => {
                let why = without_addresses(&fault.detail, &address.key.address);
                let kept = self.0.store.bury_address(id, why, self.now());
                Ok(match self.commit(kept).await? {
                    0 => Heard::Twice,
                    _ => Heard::Bounced,
                })
            }
        }
    }

    /// What the edition in force makes of the addresses.
    pub(super) async fn review_addresses(&self) -> Result<(), Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        let known = self.0.store.addresses(None).await?;
        let wanted = review(&known, &plan.roster, plan.contacts.confirm);
        if wanted.is_empty() {
            return Ok(());
        }
        let asked = wanted.iter().filter(|step| asks(step)).count();
        let kept = self.0.store.review_addresses(&wanted, self.now());
        self.commit(kept).await?;
        if asked > 0 {
            tracing::info!(
                addresses = asked,
                "new addresses are asked to confirm themselves"
            );
        }
        self.0.asking.notify_one();
        Ok(())
    }

    /// As the daemon starts: what was being sent is not sent again.
    pub(super) async fn resume_addresses(&self) -> Result<(), Error> {
        let again = self.standing().plan.contacts.again(MAILS - 1, self.now());
        self.commit(self.0.store.resume_addresses(again)).await?;
        self.review_addresses().await
    }

    /// A person says that an address is theirs. The first time stands.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    pub async fn confirm_address(&self, address: &Address) -> Result<(), Error> {
        let kept = self.0.store.confirm_address(address.id, self.now());
        if self.commit(kept).await? > 0 {
            tracing::info!(contact.id = address.id, "an address was confirmed");
        }
        Ok(())
    }

    /// Whoever has an address says that it is not the person's: nothing more is
    /// sent to it, and that is reported, however much of that person waits.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    pub async fn disown_address(&self, address: &Address, contact: Contact) -> Result<(), Error> {
        let store = &self.0.store;
        let dropped = store.drop_address(address.id, State::Known);
        self.commit(dropped).await?;
        let wrong = Proposal {
            person: address.key.person.clone(),
            kind: Reported::Wrong,
            contact: Some(contact),
            new_address: None,
            note: None,
        };
        let by = Principal::new(UNKNOWN_LINK);
        // Why: one address is reported once, so that this has an end of its own.
        let kept = store.report_change(wrong, by, (u32::MAX, self.now()));
        if self.commit(kept).await? > 0 {
            tracing::info!(contact.id = address.id, "an address was said to be wrong");
        }
        Ok(())
    }

    /// Keeps what a person reports of their own contacts; whether it is new.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    pub async fn report_change(&self, proposal: Proposal, via: Principal) -> Result<bool, Error> {
        let what = proposal.kind.name();
        let most = (MOST_OPEN, self.now());
        let kept = self.0.store.report_change(proposal, via, most);
        let kept = self.commit(kept).await?;
        if kept > 0 {
            tracing::info!(what, "a change of contacts was reported");
        }
        Ok(kept > 0)
    }

    /// Keeps the word on a report; whether it was still open.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    pub async fn decide_change(
        &self,
        id: i64,
        (verdict, reason): (Verdict, Option<String>),
        by: Principal,
    ) -> Result<bool, Error> {
        let unnamed = by.unnamed().to_owned();
        let word = (by, self.now());
        let kept = self.0.store.decide_change(id, (verdict, reason), word);
        let kept = self.commit(kept).await?;
        if kept > 0 {
            tracing::info!(
                id,
                by = unnamed,
                verdict = verdict.name(),
                "a change of contacts was decided"
            );
        }
        Ok(kept > 0)
    }
}

fn asks(step: &Step) -> bool {
    step.to == State::Waiting
}

fn unmade(why: &str) -> Attempt {
    Attempt {
        outcome: Outcome::Rejected {
            reason: Reason::Content,
            detail: why.to_owned(),
        },
        via: String::new(),
    }
}

const fn ended_name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Sent(_) => "sent",
        Ended::Later(_) => "later",
        Ended::GivenUp(_) => "given up",
        Ended::Dead(_) => "dead",
    }
}
