//! The notice to administrators: calm, complete, and never to be taken for a
//! call-out or an exercise.

use std::sync::Arc;

use muster::domain::call_out::{CallOut, State};
use muster::domain::event::{Event, EventKind, Mode};
use muster::domain::notification::{Draft, Notification, Purpose};
use muster::domain::text::{Language, Text};
use muster::message::Letter;

use super::fixture::{LINK, at, call_out, contact, messages, speaking};

/// A notice of so many findings.
fn notice(count: usize) -> CallOut {
    let mut call_out = call_out(Mode::Real);
    let finding = |number: usize| {
        Text::new(
            format!("職員{number}: 連絡先がありません。"),
            format!("Staff {number}: there is no contact."),
        )
    };
    call_out.event = Arc::new(Event {
        kind: EventKind::Readiness {
            findings: (1..=count).map(finding).collect(),
        },
        headline: None,
        entered_by: "daemon:readiness".into(),
        ..(*call_out.event).clone()
    });
    call_out.state = State::Closed;
    call_out.targets.clear();
    call_out
}

fn letter(call_out: &CallOut) -> Letter {
    let to = &call_out.participants["chief"];
    messages()
        .mail(call_out, to, Purpose::Readiness, LINK)
        .unwrap()
}

fn shown(letter: &Letter) -> String {
    format!(
        "From: {}\nSubject: {}\nurgent: {}\n\n{}",
        letter.from_name, letter.subject, letter.urgent, letter.text
    )
}

#[test]
fn in_japanese() {
    insta::assert_snapshot!(shown(&letter(&notice(2))));
}

#[test]
fn in_english() {
    let call_out = speaking(notice(2), Language::En);
    insta::assert_snapshot!(shown(&letter(&call_out)));
}

#[test]
fn nothing_in_it_looks_like_a_call_out_or_an_exercise() {
    for language in Language::ALL {
        let call_out = speaking(notice(2), language);
        let letter = letter(&call_out);
        let notification = Notification {
            id: 7,
            call_out: call_out.id.clone(),
            draft: Draft {
                person: "chief".into(),
                contact: contact(),
                purpose: Purpose::Readiness,
                stage: 0,
                confirms: None,
            },
            created_at: at("03:12:30"),
            attempts: 0,
            lost: 0,
        };
        let to = &call_out.participants["chief"];
        let body = messages()
            .webhook_body(&call_out, to, &notification, LINK)
            .unwrap();
        for text in [
            &letter.from_name,
            &letter.subject,
            &letter.text,
            &letter.html,
        ] {
            for mark in ["緊急参集", "EMERGENCY", "訓練", "DRILL", "b3001b", "00594f"] {
                assert!(!text.contains(mark), "{mark} in {text}");
            }
            assert!(!text.contains("/a/"), "there is nothing to answer: {text}");
        }
        assert!(!letter.urgent);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["purpose"], "readiness");
        assert_eq!(body["drill"], false);
        assert_eq!(body["link"], "https://muster.example.jp/");
        assert_eq!(body["short"], letter.subject);
        assert_eq!(body["call_out"]["state"], "closed");
    }
}

/// A whole town without contacts still makes a letter that can be read.
#[test]
fn a_long_list_is_cut_and_says_so() {
    let letter = letter(&notice(500));
    assert!(letter.subject.contains("500件"), "{}", letter.subject);
    assert!(letter.text.contains("40. 職員40"), "{}", letter.text);
    assert!(!letter.text.contains("職員41"), "{}", letter.text);
    assert!(
        letter.text.contains("ほか460件は muster check --readiness"),
        "{}",
        letter.text
    );
}
