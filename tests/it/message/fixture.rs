//! A call-out by hand, with one person in every standing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use muster::domain::acknowledgement::{Acknowledgement, Answer, Reply, Via};
use muster::domain::call_out::course::Spoken;
use muster::domain::call_out::{
    CallOut, ContactState, Course, Crowd, Part, Participant, State, Tally, Target, Terms,
    TriedContact,
};
use muster::domain::edition::Edition;
use muster::domain::event::{Effect, Event, EventKind, Intensity, Mode};
use muster::domain::journal::Record;
use muster::domain::notification::{NotificationState, Purpose};
use muster::domain::procedure::{Procedure, Stage, StageCall};
use muster::domain::roster::{ChannelName, Contact};
use muster::domain::rule::{Ask, CallMode, Detail};
use muster::domain::text::{Language, Text};
use muster::message::view::NotificationRow;
use muster::message::{Messages, Settings};

use super::entries::entries;

pub(super) const LINK: &str = "https://muster.example.jp/a/AQAAAAAAAAAHxyzxyzxyzxyzxyzxyzxyz";

pub(super) fn at(text: &str) -> Timestamp {
    format!("2026-11-23T{text}+09:00").parse().unwrap()
}

pub(super) fn messages() -> Messages {
    Messages::new(Settings {
        public_url: "https://muster.example.jp".into(),
        organisation: Text::new("喜茂別町役場", "Kimobetsu Town Office"),
        safety: Text::new(
            "身の安全を最優先にしてください。",
            "Your own safety comes first.",
        ),
        time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
        sender_name: Text::new("喜茂別町 緊急参集", "Kimobetsu emergency call-out"),
        drill_sender_name: Text::new("【訓練】喜茂別町", "DRILL Kimobetsu"),
        language: Language::Ja,
        replies: false,
        scenarios: vec![Text::new(SCENARIO, "Imagine that the ground shook.")],
    })
    .unwrap()
}

/// What a drill imagines.
pub(super) const SCENARIO: &str = "地震が起きたと想定する。";

fn event(mode: Mode) -> Event {
    Event {
        id: "e-20261123-k7qm".into(),
        key: None,
        kind: EventKind::Earthquake {
            intensity: Intensity::FiveLower,
        },
        headline: Some("後志地方で震度5弱を観測".into()),
        place: None,
        occurred_at: at("03:12:00"),
        received_at: at("03:12:20"),
        entered_by: "token:jma".into(),
        mode,
        drill: None,
    }
}

fn stage(after_minutes: u64) -> Stage {
    Stage {
        after: Duration::from_secs(after_minutes * 60),
        call: StageCall::Next,
        also: Vec::new(),
        remind: true,
        channels: Vec::new(),
        together: false,
        resend: None,
        tell: Vec::new(),
    }
}

pub(super) fn contact() -> Contact {
    Contact {
        channel: ChannelName::Email,
        address: "it-1@example.jp".into(),
    }
}

fn person(id: &str, name: Text, section: (&str, Text), state: ContactState) -> Participant {
    Participant {
        person: id.into(),
        name,
        section: section.0.into(),
        section_name: section.1,
        language: Language::Ja,
        part: Part::Called,
        targets: [0].into(),
        called_at: Some(at("03:12:30")),
        called_stage: 1,
        asked_at: Some(at("03:12:30")),
        resent: 0,
        sent_at: (state == ContactState::Accepted).then(|| at("03:12:31")),
        last_sent_at: None,
        last_taken_at: None,
        doubted: None,
        contacts: vec![TriedContact {
            contact: contact(),
            state,
        }],
        answer: None,
    }
}

pub(super) fn answer(person: &str, reply: Reply, eta_minutes: Option<u32>) -> Acknowledgement {
    Acknowledgement {
        answer: Answer {
            person: person.into(),
            reply,
            eta_minutes,
            note: None,
            via: Via::Link(ChannelName::Email),
            by: format!("link:{person}").as_str().into(),
        },
        at: at("03:14:00"),
        written: None,
        doubtful: false,
    }
}

fn people() -> IndexMap<muster::domain::id::PersonId, Participant> {
    let planning = || ("planning", Text::new("まちづくり振興課", "Town Planning"));
    let works = || ("works", Text::new("建設課", "Public Works"));
    let name = |ja: &str, en: &str| Text::new(ja, en);
    let sent = ContactState::Accepted;
    let mut people = vec![
        person("it-1", name("情報担当 1", "IT staff 1"), planning(), sent),
        person("it-2", name("情報担当 2", "IT staff 2"), planning(), sent),
        person(
            "chief",
            name("まちづくり振興課長", "Head of Town Planning"),
            planning(),
            sent,
        ),
        person("works-1", name("建設課 1", "Public Works 1"), works(), sent),
        person(
            "works-2",
            name("建設課 2", "Public Works 2"),
            works(),
            ContactState::Dead,
        ),
        person(
            "mayor",
            name("町長", "Mayor"),
            ("office", name("町長部局", "Mayor's office")),
            sent,
        ),
    ];
    people[0].answer = Some(answer("it-1", Reply::Coming, Some(30)));
    people[1].answer = Some(answer("it-2", Reply::Arrived, None));
    let mut cannot = answer("works-1", Reply::Cannot, None);
    cannot.answer.note = Some("<b>橋</b>が通れません & 迂回できません".into());
    cannot.answer.via = Via::OnBehalf;
    cannot.answer.by = "token:duty".into();
    people[3].answer = Some(cannot);
    people[5].part = Part::Informed;
    people[5].targets = [].into();
    people
        .into_iter()
        .map(|person| (person.person.clone(), person))
        .collect()
}

fn targets() -> Vec<Target> {
    vec![
        Target {
            who: String::new(),
            first: 1,
            unfillable: false,
            name: Text::new("統括班", "Control squad"),
            need: 3,
            everyone: false,
            mode: CallMode::InTurn,
            candidates: ["it-1", "it-2", "chief"].map(Into::into).to_vec(),
            tally: Tally {
                called: 3,
                have: 2,
                silent: 1,
                ..Tally::default()
            },
            met: false,
        },
        Target {
            who: String::new(),
            first: 1,
            unfillable: false,
            name: Text::new("全職員", "All staff"),
            need: 5,
            everyone: true,
            mode: CallMode::AtOnce,
            candidates: Vec::new(),
            tally: Tally {
                called: 5,
                have: 2,
                cannot: 1,
                silent: 1,
                unreachable: 1,
                received: 0,
                excused: 0,
            },
            met: false,
        },
        Target {
            who: String::new(),
            first: 1,
            unfillable: false,
            name: Text::new("建設班", "Works squad"),
            need: 1,
            everyone: false,
            mode: CallMode::InTurn,
            candidates: Vec::new(),
            tally: Tally {
                called: 1,
                have: 1,
                ..Tally::default()
            },
            met: true,
        },
    ]
}

pub(super) fn call_out(mode: Mode) -> CallOut {
    CallOut {
        id: "20261123-k7qm".into(),
        event: Arc::new(event(mode)),
        rule: "P2".into(),
        title: Text::new("震度5弱の参集", "Call-out for intensity 5 lower"),
        source: "5(1)ア".into(),
        edition: Edition::unknown(
            2,
            date(2025, 12, 29),
            None,
            ["1a2b3c4d5e6f".into(), "5e6f7a8b9c0d".into()],
        ),
        place: Text::new("役場本庁舎", "Town Office"),
        instruction: Text::new(
            "被害状況を確かめ、統括班長に報告する。",
            "Survey the damage and report to the head of the control squad.",
        ),
        detail: Detail::Full,
        procedure: Procedure {
            id: "standard".into(),
            title: Text::new("標準", "Standard"),
            stages: vec![stage(0), stage(15), stage(30)],
            exhausted_after: Duration::from_secs(3600),
            stale_after: Duration::from_secs(6 * 3600),
        },
        ask: Ask::UntilMet,
        inform: Vec::new(),
        terms: Terms::default(),
        course: course(),
        state: State::Open,
        opened_at: at("03:12:30"),
        held_until: Some(at("03:13:30")),
        stage: 1,
        stage_at: at("03:12:30"),
        ended_at: None,
        ended_because: None,
        false_alarm: false,
        targets: targets(),
        participants: people(),
        revision: 7,
        index: Some(HashMap::new()),
        crowd: Crowd::default(),
    }
}

/// A security incident of which little may be told.
pub(super) fn incident(mode: Mode) -> CallOut {
    let mut call_out = call_out(mode);
    let mut event = event(mode);
    event.kind = EventKind::SecurityIncident {
        effect: Effect::Residents,
        systems: vec![19, 43],
    };
    event.headline = Some("住基端末で身代金要求の画面".into());
    call_out.event = Arc::new(event);
    call_out.detail = Detail::Little;
    call_out.title = Text::new("情報セキュリティ参集", "Security call-out");
    call_out
}

/// Everyone who is in it, in one language.
pub(super) fn speaking(mut call_out: CallOut, language: Language) -> CallOut {
    for participant in call_out.participants.values_mut() {
        participant.language = language;
    }
    call_out
}

/// A word said, and an aftershock: what the letters about them tell.
fn course() -> Course {
    Course {
        words: vec![Spoken {
            text: Text::new("国道は通行止め。旧道へ", "The main road is closed"),
            at: at("03:20:00"),
            key: None,
            place: None,
        }],
        aftershocks: 2,
        aftershock: Some(EventKind::Earthquake {
            intensity: Intensity::Four,
        }),
        ..Course::default()
    }
}

pub(super) fn records() -> Vec<Record> {
    let entries = entries();
    let record = |(seq, entry)| Record {
        seq: seq as u64 + 1,
        at: at("03:12:30"),
        entry,
    };
    entries.into_iter().enumerate().map(record).collect()
}

pub(super) fn notifications() -> Vec<NotificationRow> {
    let row = |person: &str, purpose, state, error: Option<&str>| NotificationRow {
        person: person.into(),
        channel: ChannelName::Email,
        purpose,
        stage: 1,
        state,
        attempts: 2,
        at: Some(at("03:12:31")),
        error: error.map(Into::into),
    };
    vec![
        row("it-1", Purpose::Call, NotificationState::Accepted, None),
        row("it-2", Purpose::Call, NotificationState::Accepted, None),
        row("chief", Purpose::Call, NotificationState::Accepted, None),
        row(
            "chief",
            Purpose::Remind,
            NotificationState::Retry,
            Some("451 4.7.1 try later"),
        ),
        row(
            "works-2",
            Purpose::Call,
            NotificationState::Dead,
            Some("550 5.1.1 no such user"),
        ),
    ]
}
