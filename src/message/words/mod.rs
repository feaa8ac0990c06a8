//! Every word that a person reads, Japanese and English side by side.
//!
//! Owns the tables (one entry holds both languages, so that neither can be
//! missing) and the words for the domain's closed sets. It must not lay
//! anything out: `letter`, `page` and `timeline` do. Marks in braces, such as
//! `{place}`, are filled by [`fill`].

pub mod alarm;
mod change;
mod chart;
mod command;
mod contact;
mod contact_test;
mod course;
pub mod drills;
pub mod duty;
mod edition;
mod event;
mod mail;
mod my_contacts;
mod names;
mod page;
mod paper;
pub mod readiness;
mod refusal;
mod rehearsal;
mod reply;
mod report;
pub mod schedule;
mod sign_in;
mod timeline;

use crate::domain::acknowledgement::{Reply, Via};
use crate::domain::call_out::{Part, Standing, State};
use crate::domain::delivery::Reason;
use crate::domain::drill::DrillKind;
use crate::domain::id::{PersonId, Principal};
use crate::domain::mail::BOUNCED;
use crate::domain::notification::{NotificationState, Purpose};
use crate::domain::office_hours::Hours;
use crate::domain::roster::{ChannelName, Roster};
use crate::domain::rule::{Decision, Precedence};
use crate::domain::text::{Language, Text};

pub(crate) use change::Changes;
pub(crate) use chart::Chart;
pub(crate) use command::Commands;
pub(crate) use contact::Contacts;
pub(crate) use contact_test::ContactTest;
pub use course::{clash, happened, more_call_outs, notes, stands, stands_in_both, within};
pub(crate) use course::{proposed, systems};
pub(crate) use drills::Drills;
pub(crate) use duty::Duties;
pub(crate) use edition::Editions;
pub use edition::{caveat, edition, notice, refused};
pub(crate) use event::brief as event_brief;
pub use event::{Names, event};
pub(crate) use mail::Mail;
pub(crate) use my_contacts::MyContacts;
pub(crate) use names::Names as Word;
pub(crate) use page::Page;
pub(crate) use paper::Paper;
pub use refusal::{refusal, refusal_to_officer};
pub(crate) use rehearsal::Rehearsal;
pub(crate) use reply::Replies;
pub(crate) use report::Report;
pub use report::for_person;
pub(crate) use sign_in::SignIn;
pub(crate) use timeline::Timeline;

/// Declares a table of words: a field for each, in both languages.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $ja:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, serde::Serialize)]
        pub(crate) struct $name {
            $(pub(crate) $key: &'static str,)+
        }

        impl $name {
            const JA: Self = Self { $($key: $ja,)+ };
            const EN: Self = Self { $($key: $en,)+ };

            /// The words in a language.
            pub(crate) const fn of(language: crate::domain::text::Language) -> &'static Self {
                match language {
                    crate::domain::text::Language::Ja => &Self::JA,
                    crate::domain::text::Language::En => &Self::EN,
                }
            }

            /// Every entry: its key, Japanese, English.
            pub(crate) fn entries() -> Vec<(&'static str, &'static str, &'static str)> {
                vec![$((stringify!($key), $ja, $en),)+]
            }
        }
    };
}
use table;

/// Every word of every table: its key, Japanese, English.
pub fn catalogue() -> Vec<(&'static str, &'static str, &'static str)> {
    [
        Word::entries(),
        Commands::entries(),
        Chart::entries(),
        Drills::entries(),
        Duties::entries(),
        Editions::entries(),
        Mail::entries(),
        Page::entries(),
        Paper::entries(),
        alarm::Alarm::entries(),
        readiness::Readiness::entries(),
        Rehearsal::entries(),
        Replies::entries(),
        Report::entries(),
        schedule::Schedule::entries(),
        SignIn::entries(),
        Contacts::entries(),
        MyContacts::entries(),
        Changes::entries(),
        ContactTest::entries(),
        Timeline::entries(),
    ]
    .concat()
}

/// A wording with its marks filled. A mark without a value stays as it is, and
/// what a value holds is never read as a mark.
pub(crate) fn fill(wording: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(wording.len() + 32);
    let mut rest = wording;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(key, _)| *key == name)?;
            Some((value, tail))
        });
        if let Some((value, tail)) = value {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// Items in a row, as the language separates them.
pub(crate) fn list(items: &[String], language: Language) -> String {
    items.join(Word::of(language).list_separator)
}

/// Where a call-out stands.
pub fn state(state: State, language: Language) -> &'static str {
    let w = Word::of(language);
    match state {
        State::Held => w.state_held,
        State::AwaitingDecision => w.state_awaiting_decision,
        State::InSection => w.state_in_section,
        State::Open => w.state_open,
        State::Exhausted => w.state_exhausted,
        State::StoodDown => w.state_stood_down,
        State::Cancelled => w.state_cancelled,
        State::Closed => w.state_closed,
    }
}

/// How a person stands.
pub fn standing(standing: Standing, language: Language) -> &'static str {
    let w = Word::of(language);
    match standing {
        Standing::Silent => w.standing_silent,
        Standing::Coming => w.reply_coming,
        Standing::Arrived => w.reply_arrived,
        Standing::Cannot => w.reply_cannot,
        Standing::Received => w.reply_received,
        Standing::Accepted => w.reply_accepted,
        Standing::Remote => w.reply_remote,
        Standing::Unreachable => w.standing_unreachable,
    }
}

/// What a person answers.
pub fn reply(reply: Reply, language: Language) -> &'static str {
    let w = Word::of(language);
    match reply {
        Reply::Coming => w.reply_coming,
        Reply::Arrived => w.reply_arrived,
        Reply::Cannot => w.reply_cannot,
        Reply::Received => w.reply_received,
        Reply::Accepted => w.reply_accepted,
        Reply::Remote => w.reply_remote,
    }
}

/// The same of a vendor's desk, which helps and does not muster.
pub fn vendor_reply(said: Reply, language: Language) -> &'static str {
    match said {
        Reply::Cannot => Word::of(language).reply_vendor_cannot,
        _ => reply(said, language),
    }
}

/// What a person of a call-out answers, who may be a vendor's desk.
pub fn reply_of(person: &PersonId, said: Reply, language: Language) -> &'static str {
    if Roster::names_desk(person) {
        vendor_reply(said, language)
    } else {
        reply(said, language)
    }
}

/// What a message is for.
pub fn purpose(purpose: Purpose, language: Language) -> &'static str {
    let w = Word::of(language);
    match purpose {
        Purpose::Call => w.purpose_call,
        Purpose::Remind => w.purpose_remind,
        Purpose::Inform => w.purpose_inform,
        Purpose::Unmet => w.purpose_unmet,
        Purpose::Exhausted => w.purpose_exhausted,
        Purpose::Held => w.purpose_held,
        Purpose::Cancelled => w.purpose_cancelled,
        Purpose::StandDown => w.purpose_stand_down,
        Purpose::Readiness => w.purpose_readiness,
        Purpose::Schedule => w.purpose_schedule,
        Purpose::DrillReport => w.purpose_drill_report,
        Purpose::Alarm => w.purpose_alarm,
        Purpose::Decide => w.purpose_decide,
        Purpose::Grown => w.purpose_grown,
        Purpose::Released => w.purpose_released,
        Purpose::Tell => w.purpose_tell,
        Purpose::Unconfirmed => w.purpose_unconfirmed,
        Purpose::Paused => w.purpose_paused,
        Purpose::Unfillable => w.purpose_unfillable,
        Purpose::Corrected => w.purpose_corrected,
        Purpose::Aftershock => w.purpose_aftershock,
        Purpose::Help => w.purpose_help,
        Purpose::HelpOut => w.purpose_help_out,
        Purpose::Replied => w.purpose_replied,
    }
}

/// Whether the office is open.
pub fn hours(hours: Hours, language: Language) -> &'static str {
    let w = Word::of(language);
    match hours {
        Hours::Office => w.hours_office,
        Hours::Off => w.hours_off,
    }
}

/// Why one rule goes before another that the same event matches.
pub fn precedence(precedence: Precedence, language: Language) -> &'static str {
    let w = Word::of(language);
    match precedence {
        Precedence::Hours => w.precedence_hours,
        Precedence::Narrower => w.precedence_narrower,
        Precedence::First => w.precedence_first,
    }
}

/// In which role a person stands in a call-out.
pub fn part(part: Part, language: Language) -> &'static str {
    let w = Word::of(language);
    match part {
        Part::Asked => w.part_asked,
        Part::Informed => w.part_informed,
        Part::Called => w.part_called,
        Part::Vendor => w.part_vendor,
    }
}

/// What the person in charge decides.
pub fn decision(decision: Decision, language: Language) -> &'static str {
    let w = Word::of(language);
    match decision {
        Decision::Muster => w.decision_muster,
        Decision::HandleInSection => w.decision_handle_in_section,
    }
}

/// A kind of drill, as the plan names it (6(3)).
pub fn drill_kind(kind: DrillKind, language: Language) -> &'static str {
    let w = Commands::of(language);
    match kind {
        DrillKind::Tabletop => w.drill_tabletop,
        DrillKind::Contact => w.drill_contact,
        DrillKind::Recovery => w.drill_recovery,
    }
}

/// Why a delivery failed.
pub fn reason(reason: Reason, language: Language) -> &'static str {
    let w = Word::of(language);
    match reason {
        Reason::Unreachable => w.reason_unreachable,
        Reason::Timeout => w.reason_timeout,
        Reason::Tls => w.reason_tls,
        Reason::Authentication => w.reason_authentication,
        Reason::Busy => w.reason_busy,
        Reason::Fault => w.reason_fault,
        Reason::Policy => w.reason_policy,
        Reason::Address => w.reason_address,
        Reason::Ambiguous => w.reason_ambiguous,
        Reason::Content => w.reason_content,
        Reason::NoChannel => w.reason_no_channel,
        Reason::Expired => w.reason_expired,
    }
}

/// Where a notification stands.
pub fn notification_state(state: NotificationState, language: Language) -> &'static str {
    let w = Word::of(language);
    match state {
        NotificationState::Queued => w.sending_queued,
        NotificationState::Sending => w.sending_sending,
        NotificationState::Retry => w.sending_retry,
        NotificationState::Unknown => w.sending_unknown,
        NotificationState::Accepted => w.sending_accepted,
        NotificationState::Dead => w.sending_dead,
        NotificationState::Withdrawn => w.sending_withdrawn,
    }
}

/// A channel as people call it: mail, or the webhook's own name.
pub fn channel(channel: &ChannelName, language: Language) -> String {
    match channel {
        ChannelName::Email => Word::of(language).channel_email.to_owned(),
        ChannelName::Webhook(name) => name.to_string(),
    }
}

/// How an answer came.
pub fn via(via: &Via, language: Language) -> String {
    let w = Word::of(language);
    match via {
        Via::Link(by) => fill(w.via_link, &[("channel", &channel(by, language))]),
        Via::Reply => w.via_reply.to_owned(),
        Via::OnBehalf => w.via_on_behalf.to_owned(),
    }
}

/// The other side's own words, and that they came back by mail where they did.
pub fn bounced(detail: &str, language: Language) -> String {
    match detail.strip_prefix(BOUNCED) {
        Some(detail) => fill(Timeline::of(language).bounced, &[("detail", detail)]),
        None => detail.to_owned(),
    }
}

/// That somebody is away, and until when: what is kept of them as an answer.
pub fn away(until: jiff::Timestamp, zone: &jiff::tz::TimeZone, language: Language) -> String {
    let until = super::dates::away_until(until, zone, language);
    fill(Word::of(language).away, &[("until", &until)])
}

/// The name of somebody whom a call-out knows; the id where there is none.
pub(crate) fn known(id: &PersonId, names: &dyn Names) -> Text {
    let name = |language| names.person(id, language);
    Text::new(
        name(Language::Ja).unwrap_or_else(|| id.to_string()),
        name(Language::En).unwrap_or_default(),
    )
}

/// Who did something, as people would say it: a person by name, a terminal,
/// a program by the name of its token.
pub fn principal(by: &Principal, names: &dyn Names, language: Language) -> String {
    let w = Word::of(language);
    match by.as_str().split_once(':') {
        Some(("link" | "person", id)) => names
            .person(&id.into(), language)
            .unwrap_or_else(|| id.to_owned()),
        Some(("drill", name)) => fill(w.by_schedule, &[("name", name)]),
        Some(("daemon", _)) => w.by_daemon.to_owned(),
        None if by.as_str() == "rehearsal" => Rehearsal::of(language).by.to_owned(),
        _ => principal_alone(by.as_str(), language),
    }
}

/// Who acted, where no roster is at hand to name people.
pub(crate) fn principal_alone(by: &str, language: Language) -> String {
    let w = Word::of(language);
    match by.split_once(':') {
        Some(("socket", uid)) => fill(w.by_socket, &[("name", uid)]),
        Some(("token", name)) => fill(w.by_token, &[("name", name)]),
        _ => by.to_owned(),
    }
}

/// That the call lists on disk are behind.
pub fn call_list_stale(language: Language) -> &'static str {
    Paper::of(language).stale
}
