//! Which relay a mail is given to, and the outcome that their answers add up
//! to.
//!
//! Owns the order: the preferred relay first, the next one where it is busy,
//! rests or does not take the mail. It must not judge a reply or decide when
//! to try again.

use std::time::Duration;

use futures_util::future::select_all;
use jiff::Timestamp;

use super::letter::Letter;
use super::post_office::{Passage, PostOffice};
use super::reply::Failure;
use super::turn::{NoTurn, Turn};
use super::{Email, Mail};
use crate::channel::circuit::{Shut, not_given};
use crate::channel::{Attempt, Wanted, not_wanted, stood_still};
use crate::domain::delivery::{Outcome, Reason};

/// How long a mail waits for a connection to a relay while another relay may
/// have one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why one relay did not take a mail.
struct Pass {
    via: String,
    reason: Reason,
    detail: String,
    /// Until when it rests, where it was not even asked.
    rests_until: Option<Timestamp>,
}

/// One mail on its way from relay to relay.
struct Round<'a> {
    mail: &'a Mail,
    letter: Letter,
    /// The relay that refused the text; the letter is a short one since.
    disliked: Option<&'a PostOffice>,
    /// A relay has refused the short one too.
    brief_disliked: bool,
    /// Who had no connection to give, and works on others.
    at_the_door: Vec<&'a PostOffice>,
    /// Who said, perhaps wrongly, that nobody has the address.
    doubted: Vec<&'a PostOffice>,
    passes: Vec<Pass>,
    /// Since when it waits for a relay.
    waits: Timestamp,
    wanted: Wanted<'a>,
}

impl Email {
    /// Makes the octets of a mail: of those like it the text is known then.
    pub(in crate::channel) fn make_ahead(&self, mail: &Mail) {
        // Why not looked at: whoever sends it says what is wrong with it.
        let _ = Letter::new(mail, &self.from);
    }

    /// Asks the relays in turn until one of them has said something final.
    pub(in crate::channel) async fn send(&self, mail: &Mail, wanted: Wanted<'_>) -> Attempt {
        let letter = match Letter::new(mail, &self.from) {
            Ok(letter) => letter,
            Err(detail) => return untried(Reason::Content, detail),
        };
        let mut round = Round {
            mail,
            letter,
            disliked: None,
            brief_disliked: false,
            at_the_door: Vec::new(),
            doubted: Vec::new(),
            passes: Vec::new(),
            waits: self.clock.now(),
            wanted,
        };
        let mut left: Vec<_> = self.offices.iter().collect();
        // First in the order of preference, without waiting for long.
        if left.len() > 1 {
            let mut later = Vec::new();
            for office in left {
                match office.turn(PATIENCE, &round.letter, true).await {
                    Ok(turn) => {
                        if let Some(attempt) = self.ask(office, turn, &mut round).await {
                            return attempt;
                        }
                    }
                    Err(_) => later.push(office),
                }
            }
            // Why once more: there each was waited for as if another had one. None had.
            let again = std::mem::take(&mut round.at_the_door);
            let is_again = |pass: &Pass| again.iter().any(|office| office.name == pass.via);
            round.passes.retain(|pass| !is_again(pass));
            left = later;
            left.extend(again);
        }
        // Then whichever of the others is ready first.
        while !left.is_empty() {
            let (office, turn) = self.first_of(&mut left, &round.letter).await;
            match turn {
                Ok(turn) => {
                    if let Some(attempt) = self.ask(office, turn, &mut round).await {
                        return attempt;
                    }
                }
                Err(none) => round.passes.push(self.not_asked(office, none)),
            }
        }
        // Where no other relay has read the short text, the one that disliked
        // the long one is asked once more.
        if let Some(office) = round.disliked.take()
            && !round.brief_disliked
            && let Ok(turn) = office.turn(PATIENCE, &round.letter, false).await
            && let Some(attempt) = self.ask(office, turn, &mut round).await
        {
            return attempt;
        }
        self.none_took_it(round.passes)
    }

    /// Gives the mail to one relay; `None` if it is the next one's turn.
    async fn ask<'a>(
        &self,
        office: &'a PostOffice,
        mut turn: Turn<'a>,
        round: &mut Round<'a>,
    ) -> Option<Attempt> {
        let waited = (round.waits, self.clock.now());
        if let Some(attempt) = stood_still(waited, &office.name) {
            return Some(attempt);
        }
        if !(round.wanted)() {
            return Some(not_wanted(&office.name));
        }
        turn.hold.wanted = Some(round.wanted);
        let passage = office.deliver(&round.letter, turn).await;
        round.waits = self.clock.now();
        match &passage {
            Passage::Accepted(_) => round.doubted.iter().for_each(|office| office.was_wrong()),
            Passage::Doubted(_) => round.doubted.push(office),
            Passage::Passed(_, failure) if office.is_full(failure) => {
                round.at_the_door.push(office);
            }
            Passage::Passed(_, failure) if failure.is_about_the_text() => {
                if round.disliked.is_some() {
                    round.brief_disliked = true;
                } else if let Ok(brief) = Letter::brief(round.mail, &self.from) {
                    round.letter = brief;
                    round.disliked = Some(office);
                }
            }
            Passage::Dead(_) | Passage::Unknown(_) | Passage::Passed(..) => {}
        }
        self.conclude(office, passage, &mut round.passes)
    }

    /// The first of these that has a turn, or has none to give; it is taken
    /// out of the list.
    async fn first_of<'a>(
        &self,
        left: &mut Vec<&'a PostOffice>,
        letter: &Letter,
    ) -> (&'a PostOffice, Result<Turn<'a>, NoTurn>) {
        let queue = self.limits.queue;
        // Why only of one: named to two, it would leave one of them waiting for it.
        if let [only] = left.as_slice() {
            let turn = only.turn_after_probe(queue, letter, true).await;
            return (left.remove(0), turn);
        }
        let waits = left.iter();
        let waits = waits.map(|office| Box::pin(office.turn_after_probe(queue, letter, false)));
        let (turn, at, _) = select_all(waits).await;
        (left.remove(at), turn)
    }

    /// The attempt's end, or `None` if it is the next relay's turn.
    fn conclude(
        &self,
        office: &PostOffice,
        passage: Passage,
        passes: &mut Vec<Pass>,
    ) -> Option<Attempt> {
        let outcome = match passage {
            Passage::Accepted(reply) => Outcome::Accepted {
                reference: self.scrubber.clean(&reply.to_string()),
            },
            Passage::Dead(failure) => Outcome::Rejected {
                reason: Reason::Address,
                detail: self.scrubber.clean(&failure.words()),
            },
            // Invariant: perhaps taken, so no other relay is given a copy.
            Passage::Unknown(failure) => Outcome::Unknown {
                detail: self.scrubber.clean(&failure.words()),
            },
            Passage::Doubted(failure) => {
                return self.pass(office, Reason::Policy, &failure, passes);
            }
            Passage::Passed(reason, failure) => {
                return self.pass(office, reason, &failure, passes);
            }
        };
        Some(Attempt {
            outcome,
            via: office.name.clone(),
        })
    }

    fn pass(
        &self,
        office: &PostOffice,
        reason: Reason,
        failure: &Failure,
        passes: &mut Vec<Pass>,
    ) -> Option<Attempt> {
        // Why: without the words, which may name the person.
        tracing::warn!(
            relay = office.name,
            phase = ?failure.phase,
            reason = reason.name(),
            "the relay did not take a mail"
        );
        passes.push(Pass {
            via: office.name.clone(),
            reason,
            detail: self.scrubber.clean(&failure.words()),
            rests_until: None,
        });
        None
    }

    fn not_asked(&self, office: &PostOffice, none: NoTurn) -> Pass {
        let (reason, detail, rests_until) = match none {
            NoTurn::Shut(Shut::Resting {
                until,
                reason,
                detail,
            }) => {
                let words = format!("{detail} (not tried again before {until:.0})");
                (not_given(reason), words, Some(until))
            }
            NoTurn::Full | NoTurn::Shut(Shut::Probing) => {
                let queue = self.limits.queue.as_secs_f64();
                let words = format!("no connection was free within {queue} s");
                (Reason::Busy, words, None)
            }
        };
        Pass {
            via: office.name.clone(),
            reason,
            detail,
            rests_until,
        }
    }

    /// The outcome when every relay was asked in vain: the words of all, and
    /// the class by which the person's next contact is called now only where
    /// no relay is left that may take it soon.
    fn none_took_it(&self, passes: Vec<Pass>) -> Attempt {
        // Why: a relay that is busy may take it soon; where none is, a refusal
        // says more of this mail than a relay that is away.
        let rank = |pass: &&Pass| match (pass.reason, pass.rests_until) {
            (Reason::Busy, None) => 3,
            (Reason::Policy, None) => 2,
            (Reason::Policy | Reason::Authentication | Reason::Tls, _) => 1,
            _ => 0,
        };
        let Some(pass) = passes.iter().max_by_key(rank) else {
            return untried(Reason::NoChannel, "no relay is configured".to_owned());
        };
        let (via, reason) = (pass.via.clone(), pass.reason);
        let resting: Option<Vec<_>> = passes.iter().map(|pass| pass.rests_until).collect();
        let until = resting.into_iter().flatten().min();
        let rest = until.map(|until| until.duration_since(self.clock.now()));
        let detail = match passes.as_slice() {
            [only] => only.detail.clone(),
            all => all
                .iter()
                .map(|pass| format!("{}: {}", pass.via, pass.detail))
                .collect::<Vec<_>>()
                .join("; "),
        };
        Attempt {
            outcome: Outcome::Retry {
                reason,
                detail,
                after: rest.and_then(|rest| Duration::try_from(rest).ok()),
            },
            via,
        }
    }
}

fn untried(reason: Reason, detail: String) -> Attempt {
    Attempt {
        outcome: Outcome::Rejected { reason, detail },
        via: String::new(),
    }
}
