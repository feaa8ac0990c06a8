//! An answer that came by mail: which words are one, and what is written back.
//!
//! Owns the reading of a first line, and the letter that confirms it. It must
//! not guess: a line that is not exactly one of the words is no answer.

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::acknowledgement::Reply;
use crate::domain::call_out::{CallOut, Participant};
use crate::domain::mail::Became;
use crate::domain::text::{Language, one_line};

use super::calm::Calm;
use super::facts::Fact;
use super::letter::Letter;
use super::words::{self, Mail, Replies, fill};
use super::{Error, Messages, page};

/// Signs beside a word that ask, or that say the opposite of it: `？`, `⁇`, `×`,
/// `✕`, `✖`, `❌` and their like, as NFKC leaves them.
const DOUBTS: [char; 20] = [
    '?', '¿', '؟', '⸮', '❓', '❔', '×', '✕', '✖', '✗', '✘', '❌', '❎', '⨯', '⨉', '╳', '☓', '🙅',
    '🚫', '⛔',
];

/// The answer that a line is, if it is one of the words and nothing else. Full
/// and half width, spaces, punctuation and the case of letters are the same. A
/// line that asks, or that crosses its word out, is none.
pub fn answer(line: &str) -> Option<Reply> {
    if line.nfkc().any(|c| DOUBTS.contains(&c)) {
        return None;
    }
    let said = fold(line);
    if said.is_empty() {
        return None;
    }
    let all = [
        Reply::Coming,
        Reply::Cannot,
        Reply::Arrived,
        Reply::Received,
    ];
    all.into_iter().find(|reply| {
        Language::ALL.into_iter().any(|language| {
            let w = Replies::of(language);
            let word = match reply {
                Reply::Coming => w.coming,
                Reply::Cannot => w.cannot,
                Reply::Arrived => w.arrived,
                _ => w.received,
            };
            said == fold(word) || said == fold(words::reply(*reply, language))
        })
    })
}

fn fold(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase);
    lower.filter(|c| c.is_alphanumeric()).collect()
}

/// A reply that is confirmed.
#[derive(Clone, Copy, Debug)]
pub struct Replied<'a> {
    /// To which call-out; it may come without its people.
    pub call_out: &'a CallOut,
    /// Whose.
    pub to: &'a Participant,
    /// Its first line.
    pub line: &'a str,
    /// What became of it.
    pub became: Became,
    /// Their own answer link.
    pub link: &'a str,
    /// When it was written.
    pub written: Timestamp,
}

impl Messages {
    /// The mail that tells a person what became of their reply.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn reply_letter(&self, replied: &Replied<'_>) -> Result<Letter, Error> {
        let language = replied.to.language;
        let other = page::other(language);
        let drill = replied.call_out.mode().is_drill();
        let (w, m) = (Replies::of(language), Mail::of(language));
        let mark = |language| match drill {
            true => Mail::of(language).drill_mark,
            false => Replies::of(language).mark,
        };
        let letter = self.calm_letter(&Calm {
            language,
            written: replied.written,
            subject: subject(replied, drill),
            band: if drill { m.drill_band } else { w.band },
            mark: [mark(language), mark(other)],
            headline: [headline(replied, language), headline(replied, other)],
            way: Some((m.button_own, replied.link)),
            facts: self.of_reply(replied),
            notes: notes(replied, drill, language),
            notes_other: notes(replied, drill, other),
        })?;
        Ok(Letter {
            from_name: self.sender_name(drill, language),
            ..letter
        })
    }

    fn of_reply(&self, replied: &Replied<'_>) -> Vec<Fact> {
        let language = replied.to.language;
        let w = Replies::of(language);
        let mut facts = vec![
            Fact {
                label: w.call_out,
                value: replied.call_out.id.to_string(),
            },
            Fact {
                label: w.what,
                value: self.facts(replied.call_out, language).brief(),
            },
        ];
        if !replied.line.is_empty() {
            facts.push(Fact {
                label: w.yours,
                value: one_line(replied.line),
            });
        }
        facts
    }
}

fn subject(replied: &Replied<'_>, drill: bool) -> String {
    let language = replied.to.language;
    let w = Replies::of(language);
    let said = match replied.became {
        Became::Recorded(reply) => fill(
            w.subject_recorded,
            &[(
                "reply",
                words::reply_of(&replied.to.person, reply, language),
            )],
        ),
        Became::Late | Became::Older | Became::Unread => w.subject_other.to_owned(),
    };
    if drill {
        return fill(Mail::of(language).subject_drill_reply, &[("said", &said)]);
    }
    said
}

fn headline(replied: &Replied<'_>, language: Language) -> String {
    let w = Replies::of(language);
    match replied.became {
        Became::Recorded(reply) => fill(
            w.recorded,
            &[(
                "reply",
                words::reply_of(&replied.to.person, reply, language),
            )],
        ),
        Became::Late => fill(
            w.late,
            &[("state", words::state(replied.call_out.state, language))],
        ),
        Became::Older => w.older.to_owned(),
        Became::Unread => w.unread.to_owned(),
    }
}

fn notes(replied: &Replied<'_>, drill: bool, language: Language) -> Vec<&'static str> {
    let w = Replies::of(language);
    let mut notes = match replied.became {
        Became::Recorded(_) | Became::Older => vec![w.change],
        Became::Late => Vec::new(),
        Became::Unread if replied.call_out.wants_receipt(replied.to.part) => vec![w.how_receipt],
        Became::Unread => vec![w.how],
    };
    if drill {
        notes.push(Mail::of(language).drill_end);
    }
    notes
}
