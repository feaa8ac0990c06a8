//! Effects in words that a duty officer could read.
//!
//! Owns the lines of the time line. Messages of one kind that go out together
//! share a line.

use jiff::SignedDuration;
use muster::domain::call_out::Effect;
use muster::domain::id::PersonId;
use muster::domain::journal::{Entry, StageCause};
use muster::domain::notification::Purpose;
use muster::domain::text::Text;

/// One line for each thing said or sent.
pub(crate) fn lines(since: SignedDuration, effects: &[Effect]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut sending: Option<(Purpose, usize)> = None;
    let time = clock(since);
    let line = |what: &str, said: &str| format!("{time}  {what:<10}  {said}").trim_end().to_owned();
    for effect in effects {
        match effect {
            Effect::Notify(draft) => {
                let address = draft.contact.address.trim_end_matches("@example.jp");
                let via = address.rsplit_once('-').map_or(address, |(_, via)| via);
                let to = format!("{} ({via})", draft.person);
                if let Some((purpose, index)) = sending
                    && purpose == draft.purpose
                {
                    lines[index].push_str(&format!(", {to}"));
                } else {
                    sending = Some((draft.purpose, lines.len()));
                    lines.push(line(purpose(draft.purpose), &to));
                }
            }
            Effect::Journal(entry) => {
                sending = None;
                let (what, said) = say(entry);
                lines.push(line(&what, &said));
            }
            Effect::WithdrawAll => lines.push(line("withdraw", "all that asks")),
            Effect::Withdraw(_)
            | Effect::Revive(_)
            | Effect::Participant(_)
            | Effect::Frozen
            | Effect::Acknowledge(_) => {}
        }
    }
    lines
}

fn clock(since: SignedDuration) -> String {
    let seconds = since.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Call => "call",
        Purpose::Remind => "ask again",
        Purpose::Inform => "tell",
        Purpose::Unmet => "tell unmet",
        Purpose::Exhausted => "tell spent",
        Purpose::Held => "tell held",
        Purpose::Cancelled => "tell off",
        Purpose::StandDown => "tell over",
        Purpose::Readiness => "tell what to mend",
        Purpose::Schedule => "tell schedule",
        Purpose::DrillReport => "report",
        Purpose::Alarm => "alarm",
        Purpose::Decide => "ask to decide",
        Purpose::Grown => "tell grown",
        Purpose::Released => "tell released",
        Purpose::Tell => "say",
        Purpose::Unconfirmed => "tell unconfirmed",
        Purpose::Paused => "ask to go on",
        Purpose::Unfillable => "tell unfillable",
        Purpose::Corrected => "tell corrected",
        Purpose::Aftershock => "tell aftershock",
        Purpose::Help => "ask for help",
        Purpose::HelpOut => "tell no help",
        Purpose::Replied => "tell reply taken",
    }
}

fn say(entry: &Entry) -> (String, String) {
    let (what, said) = match entry {
        Entry::Event { kind, .. } => ("event", kind.name().to_owned()),
        Entry::Edition { number, .. } => ("edition", number.to_string()),
        Entry::Held { .. } => ("held", String::new()),
        Entry::Confirmed { by, .. } => ("confirmed", by.to_string()),
        Entry::Cancelled { by, .. } => ("cancelled", by.to_string()),
        Entry::Opened { targets } => ("opened", format!("places to fill: {targets}")),
        Entry::Stage {
            stage,
            cause,
            called,
            reminded,
        } => {
            let why = match cause {
                StageCause::Due => "due",
                StageCause::NothingMore => "nothing more to wait for",
            };
            let said = format!("{why}; called {called}, asked again {reminded}");
            return (format!("stage {stage}"), said);
        }
        Entry::StagePassed { stage } => {
            let said = "nobody to call, passed over".to_owned();
            return (format!("stage {stage}"), said);
        }
        Entry::Unmet {
            stage,
            targets,
            told,
        } => {
            let said = format!("{} after stage {stage}; told {told}", names(targets));
            ("unmet", said)
        }
        Entry::CalledNext {
            person,
            instead_of,
            target,
        } => (
            "next",
            format!("{person} instead of {instead_of} for {}", target.en),
        ),
        Entry::Reminded { stage, people } => ("again", format!("{people} in stage {stage}")),
        Entry::ContactDead {
            person, channel, ..
        } => ("dead", format!("{person} by {channel}")),
        Entry::Unreachable { person } => ("lost", format!("{person} cannot be reached")),
        Entry::Answered {
            person,
            reply,
            doubtful,
            ..
        } => {
            let doubt = if *doubtful { " (doubtful)" } else { "" };
            ("answer", format!("{person}: {}{doubt}", reply.name()))
        }
        Entry::Met { target, have } => ("met", format!("{} with {have}", target.en)),
        Entry::Reopened { target } => ("reopened", target.en.to_string()),
        Entry::Exhausted { targets } => ("exhausted", names(targets)),
        Entry::Recovered => ("recovered", String::new()),
        Entry::StoodDown { by, .. } => ("stood down", by.to_string()),
        Entry::Late { by } => ("late", format!("{} min", by.as_secs() / 60)),
        other => report(other),
    };
    (what.to_owned(), said)
}

fn report(entry: &Entry) -> (&'static str, String) {
    match entry {
        Entry::Ordered { person, .. } => ("ordered", person.to_string()),
        Entry::RowChosen { rule, by } => ("row", format!("{rule} by {by}")),
        Entry::Unconfirmed { .. } => ("unconfirmed", String::new()),
        Entry::Renewed { .. } => ("renewed", String::new()),
        Entry::Asked { people, .. } => {
            let people: Vec<&str> = people.iter().map(PersonId::as_str).collect();
            ("asked", people.join(", "))
        }
        Entry::Decided { decision, by, .. } => ("decided", format!("{} by {by}", decision.name())),
        Entry::InSection { .. } => ("in section", String::new()),
        Entry::GrowthHeld {
            rule,
            second_person,
            ..
        } => (
            "growth held",
            format!("to {rule}, second person {second_person}"),
        ),
        Entry::GrowthStopped { .. } => ("growth stopped", String::new()),
        Entry::Undecided { .. } => ("undecided", String::new()),
        Entry::Grown { rule, targets, .. } => {
            ("grown", format!("to {rule}; added {}", names(targets)))
        }
        Entry::Aftershock { .. } => ("aftershock", String::new()),
        Entry::CorrectionPending { rule, .. } => (
            "correction",
            rule.as_ref()
                .map_or("nothing".to_owned(), ToString::to_string),
        ),
        Entry::CorrectionStopped { .. } => ("stopped", String::new()),
        Entry::Corrected { rule, released } => {
            ("corrected", format!("to {rule}; released {released}"))
        }
        Entry::Said { told, .. } => ("said", format!("to {told}")),
        Entry::Clash { person, .. } => ("clash", person.to_string()),
        Entry::Unfillable { target, short } => {
            ("unfillable", format!("{} short by {short}", target.en))
        }
        other => ("other", format!("{other:?}")),
    }
}

fn names(targets: &[Text]) -> String {
    let names: Vec<&str> = targets.iter().map(|name| &*name.en).collect();
    names.join(", ")
}
