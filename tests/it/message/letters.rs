//! What a mail and a webhook body say, in both languages and both modes.

use std::sync::Arc;

use muster::domain::call_out::Walk;
use muster::domain::call_out::{CallOut, State};
use muster::domain::contact_tree::ContactTree;
use muster::domain::drill::Answers;
use muster::domain::event::{Event, EventKind, Mode};
use muster::domain::id::CallOutId;
use muster::domain::notification::{Draft, Notification, Purpose};
use muster::domain::schedule::{Change, Changed, Month};
use muster::domain::text::{Language, Text};
use muster::message::{Carried, Ending, Letter, Messages};

use super::fixture::{LINK, at, call_out, contact, incident, messages, speaking};

const MARKS: [&str; 2] = ["訓練", "DRILL"];

fn letter(call_out: &CallOut, purpose: Purpose) -> Letter {
    let ending = Ending {
        reason: Text::new("被害なし", "No damage"),
        false_alarm: false,
    };
    let carried = Carried {
        link: LINK,
        ending: matches!(purpose, Purpose::StandDown).then_some(&ending),
        others: &[],
        written: None,
    };
    let to = &call_out.participants["chief"];
    messages().mail(call_out, to, purpose, carried).unwrap()
}

fn webhook(call_out: &CallOut, purpose: Purpose) -> String {
    let notification = Notification {
        id: 7,
        call_out: call_out.id.clone(),
        draft: Draft {
            person: "chief".into(),
            contact: contact(),
            purpose,
            stage: 1,
            confirms: None,
        },
        created_at: at("03:12:30"),
        attempts: 0,
        lost: 0,
    };
    let to = &call_out.participants["chief"];
    messages()
        .webhook_body(call_out, to, &notification, LINK)
        .unwrap()
}

fn every(mode: Mode) -> impl Iterator<Item = (CallOut, Purpose)> {
    Language::ALL.into_iter().flat_map(move |language| {
        Purpose::ALL.into_iter().flat_map(move |purpose| {
            let exercise = mode.is_drill().then(|| by_tree(call_out(mode)));
            let all = [call_out(mode), incident(mode)].into_iter().chain(exercise);
            all.map(move |call_out| (speaking(call_out, language), purpose))
        })
    })
}

/// The same as an exercise by a contact tree, which asks for a receipt.
pub(super) fn by_tree(mut call_out: CallOut) -> CallOut {
    let people = call_out.participants.keys().cloned();
    let next = people.filter(|person| person.as_str() != "chief").collect();
    let links = [("chief".into(), next)];
    call_out.course.answers = Answers::Received;
    call_out.course.walk = Some(Walk::new(ContactTree {
        links: links.into_iter().collect(),
        wait: std::time::Duration::from_secs(600),
    }));
    call_out
}

/// An exercise that wants a receipt asks for no more, and tells who comes next.
#[test]
fn a_receipt_is_asked_for_without_a_word_of_coming() {
    let drill = speaking(by_tree(call_out(Mode::Drill)), Language::Ja);
    let letter = letter(&drill, Purpose::Call);
    assert!(
        letter.text.contains("受信したことを回答してください"),
        "{}",
        letter.text
    );
    assert!(letter.text.contains("連絡網の次の人"), "{}", letter.text);
    for word in ["参集してください", "到着の見込み"] {
        assert!(!letter.text.contains(word), "{word}: {}", letter.text);
    }
}

/// The words of an HTML part, as a reader without colours has them.
fn words_of(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1;
    let mut text = String::new();
    let mut inside = true;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn a_call_in_japanese() {
    insta::assert_snapshot!(shown(&letter(&call_out(Mode::Real), Purpose::Call)));
}

#[test]
fn a_call_in_english() {
    let call_out = speaking(call_out(Mode::Real), Language::En);
    insta::assert_snapshot!(shown(&letter(&call_out, Purpose::Call)));
}

#[test]
fn a_drills_call_in_japanese() {
    insta::assert_snapshot!(shown(&letter(&call_out(Mode::Drill), Purpose::Call)));
}

#[test]
fn a_drills_call_in_english() {
    let call_out = speaking(call_out(Mode::Drill), Language::En);
    insta::assert_snapshot!(shown(&letter(&call_out, Purpose::Call)));
}

fn shown(letter: &Letter) -> String {
    format!(
        "From: {}\nSubject: {}\nurgent: {}\n\n{}",
        letter.from_name, letter.subject, letter.urgent, letter.text
    )
}

#[test]
fn a_drill_carries_its_mark_everywhere_and_for_every_purpose() {
    for (call_out, purpose) in every(Mode::Drill) {
        let letter = letter(&call_out, purpose);
        let lines: Vec<&str> = letter.text.trim().lines().collect();
        let html = words_of(&letter.html);
        let body: serde_json::Value = serde_json::from_str(&webhook(&call_out, purpose)).unwrap();
        for mark in MARKS {
            for (part, text) in [
                ("subject", &*letter.subject),
                ("first line", lines[0]),
                ("last line", lines[lines.len() - 1]),
                ("html", &html),
                ("webhook subject", body["subject"].as_str().unwrap()),
                ("webhook short text", body["short"].as_str().unwrap()),
                ("webhook text", body["text"].as_str().unwrap()),
            ] {
                assert!(
                    text.contains(mark),
                    "{purpose:?}: the {part} lacks {mark}: {text}"
                );
            }
        }
        assert_eq!(body["drill"], true);
        assert!(letter.from_name.contains("訓練") || letter.from_name.contains("DRILL"));
    }
}

#[test]
fn a_real_one_never_carries_the_mark_of_a_drill() {
    for (call_out, purpose) in every(Mode::Real) {
        let letter = letter(&call_out, purpose);
        let body = webhook(&call_out, purpose);
        for text in [
            &letter.from_name,
            &letter.subject,
            &letter.text,
            &letter.html,
            &body,
        ] {
            for mark in ["訓練", "DRILL", "Drill", "exercise"] {
                assert!(!text.contains(mark), "{purpose:?}: {mark} in {text}");
            }
        }
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["drill"], false);
    }
}

/// On a telephone's preview the first line is all there is: only what calls
/// somebody may begin as a call-out does.
#[test]
fn only_what_calls_begins_as_a_call_out() {
    for (call_out, purpose) in every(Mode::Real) {
        if matches!(purpose, Purpose::Readiness | Purpose::Alarm) {
            continue;
        }
        let letter = letter(&call_out, purpose);
        let body = webhook(&call_out, purpose);
        for text in [&letter.text, &words_of(&letter.html), &body] {
            for mark in ["【緊急参集】", "これは実際の発令です", "EMERGENCY CALL-OUT"]
            {
                let calls = matches!(purpose, Purpose::Call | Purpose::Remind);
                assert!(
                    calls || !text.contains(mark),
                    "{purpose:?} begins as a call-out: {text}"
                );
            }
        }
        // Its first line begins as its subject does.
        let band = |text: &str| text.split(['】', ']']).next().unwrap().to_uppercase();
        let (subject, first) = (band(&letter.subject), band(&letter.text));
        assert!(
            subject.starts_with(&first) || purpose == Purpose::Help,
            "{purpose:?}: {subject} and {first}"
        );
    }
}

#[test]
fn a_drills_subject_begins_otherwise_and_its_thread_is_its_own() {
    for purpose in Purpose::ALL {
        let real = letter(&call_out(Mode::Real), purpose);
        let drill = letter(&call_out(Mode::Drill), purpose);
        assert!(
            drill.subject.starts_with("【訓練/DRILL】"),
            "{}",
            drill.subject
        );
        assert!(!real.subject.starts_with("【訓"), "{}", real.subject);
        assert!(!drill.text.contains("緊急参集"), "{}", drill.text);
        assert_ne!(real.from_name, drill.from_name);
    }
    let id = CallOutId::new("20261123-k7qm");
    let real = Messages::thread_id(&id, false, "example.jp");
    let drill = Messages::thread_id(&id, true, "example.jp");
    assert_eq!(real, "<call-out.20261123-k7qm@example.jp>");
    assert_eq!(drill, "<drill.20261123-k7qm@example.jp>");
}

#[test]
fn text_and_html_say_the_same_and_hold_one_link_at_most() {
    for (call_out, purpose) in every(Mode::Real).chain(every(Mode::Drill)) {
        let letter = letter(&call_out, purpose);
        let html = words_of(&letter.html);
        for line in letter.text.lines().filter(|line| !line.starts_with("===")) {
            for part in line.trim_start_matches(['■', '★', ' ']).split(": ") {
                let found =
                    html.contains(part) || letter.html.replace("&#x2f;", "/").contains(part);
                assert!(found, "{purpose:?}: the HTML lacks {part:?}");
            }
        }
        assert!(
            letter.text.matches("https://").count() <= 1,
            "{}",
            letter.text
        );
        for remote in ["<img", "<script", "<link", "@import", "url("] {
            assert!(
                !letter.html.contains(remote),
                "{remote} in the HTML of {purpose:?}"
            );
        }
    }
}

#[test]
fn every_letter_says_that_safety_comes_first() {
    for (call_out, purpose) in every(Mode::Real).chain(every(Mode::Drill)) {
        // A notice calls nobody and sends nobody out.
        if matches!(purpose, Purpose::Readiness | Purpose::Alarm) {
            continue;
        }
        let letter = letter(&call_out, purpose);
        let japanese = letter.text.contains("身の安全を最優先");
        assert!(
            japanese || letter.text.contains("Your own safety comes first."),
            "{}",
            letter.text
        );
    }
}

/// The last lines that say something: those that stay where a relay gets a short mail.
fn last_lines(text: &str) -> Vec<&str> {
    let lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    lines.take(3).collect()
}

/// Promise 1: every mail says when it was written and that it may come twice, also
/// where it goes out short.
#[test]
fn every_letter_says_when_it_was_written_and_that_it_may_come_twice() {
    for (call_out, purpose) in every(Mode::Real).chain(every(Mode::Drill)) {
        let letter = letter(&call_out, purpose);
        let html = words_of(&letter.html);
        let says = |text: &str| {
            let japanese = ["に作成しました", "二度届くことがあります", "03:12"];
            let english = ["Written ", "may arrive twice", "03:12"];
            let all = |words: &[&str]| words.iter().all(|word| text.contains(word));
            all(&japanese) || all(&english)
        };
        let ends = last_lines(&letter.text);
        assert!(says(&ends.join("\n")), "{purpose:?}: {ends:?}");
        assert!(says(&html), "{purpose:?}: {html}");
    }
}

/// The notice that a drill is put off gives away no time that was drawn for it, and
/// says that it may come twice.
#[test]
fn what_is_told_of_a_schedule_may_come_twice_as_well() {
    for (language, twice) in [
        (Language::Ja, "同じメールが二度届くことがあります"),
        (Language::En, "the same mail may arrive twice"),
    ] {
        let mut notice = speaking(call_out(Mode::Real), language);
        let mut event = Event::clone(&notice.event);
        event.kind = EventKind::Schedule(Box::new(Changed {
            drill: "contact".into(),
            title: Text::new("連絡訓練", "Contact drill"),
            month: Month {
                year: 2026,
                month: 11,
            },
            change: Change::Cancelled {
                due: at("14:00:00"),
                reason: "嵐".to_owned(),
            },
        }));
        notice.event = Arc::new(event);
        let letter = letter(&notice, Purpose::Schedule);
        let ends = last_lines(&letter.text).join("\n");
        assert!(ends.contains(twice), "{ends}");
        assert!(letter.html.contains(twice), "{}", letter.html);
        assert!(!letter.text.contains("03:12"), "{}", letter.text);
    }
}

#[test]
fn a_call_says_why_where_and_by_when_in_the_towns_own_time() {
    let letter = letter(&call_out(Mode::Real), Purpose::Call);
    assert_eq!(letter.subject, "【緊急参集】震度5弱 役場本庁舎へ");
    for said in [
        "2026年11月23日(月) 03:12",
        "震度5弱のため、統括班の",
        "03:27までに",
        "「参集できない」も正式な回答です",
    ] {
        assert!(
            letter.text.contains(said),
            "{said} is not in {}",
            letter.text
        );
    }
    assert!(letter.urgent);
}

#[test]
fn little_is_told_of_an_incident() {
    for purpose in Purpose::ALL {
        let call_out = incident(Mode::Real);
        let letter = letter(&call_out, purpose);
        let body = webhook(&call_out, purpose);
        for text in [&letter.subject, &letter.text, &letter.html, &body] {
            for secret in ["身代金", "住基", "対象：", "システム", "庁舎全域"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        // A notice to administrators says nothing of an event.
        assert!(
            letter.text.contains("情報セキュリティ事象")
                || matches!(purpose, Purpose::Readiness | Purpose::Alarm),
            "{}",
            letter.text
        );
    }
}

#[test]
fn a_stand_down_says_so_and_a_false_alarm_says_that() {
    let mut call_out = call_out(Mode::Real);
    call_out.state = State::StoodDown;
    let to = &call_out.participants["chief"];
    let mut ending = Ending {
        reason: Text::new("被害なし", "No damage"),
        false_alarm: false,
    };
    let carried = Carried {
        link: LINK,
        ending: Some(&ending),
        others: &[],
        written: None,
    };
    let over = messages()
        .mail(&call_out, to, Purpose::StandDown, carried)
        .unwrap();
    assert_eq!(over.subject, "【参集解除】震度5弱");
    assert!(over.text.starts_with("【参集解除】これは実際の連絡です。"));
    assert!(
        over.text.contains("被害なし") && !over.text.contains("誤報"),
        "{}",
        over.text
    );
    assert!(
        !over.text.contains(LINK),
        "nothing is to be answered any more"
    );
    ending.false_alarm = true;
    let carried = Carried {
        link: LINK,
        ending: Some(&ending),
        others: &[],
        written: None,
    };
    let alarm = messages()
        .mail(&call_out, to, Purpose::StandDown, carried)
        .unwrap();
    assert_eq!(alarm.subject, "【誤報・解除】震度5弱");
    assert!(alarm.text.starts_with("【誤報・解除】"), "{}", alarm.text);
    assert!(alarm.text.contains("誤報でした"), "{}", alarm.text);
}

#[test]
fn a_hold_says_until_when_it_can_be_cancelled() {
    let held = letter(&call_out(Mode::Real), Purpose::Held);
    assert!(
        held.subject.contains("03:13:30まで取り消せます"),
        "{}",
        held.subject
    );
    assert!(
        held.text
            .contains("https://muster.example.jp/call-outs/20261123-k7qm"),
        "{}",
        held.text
    );
}

#[test]
fn a_shortage_names_what_is_missing() {
    for purpose in [Purpose::Unmet, Purpose::Exhausted] {
        let letter = letter(&call_out(Mode::Real), purpose);
        assert!(
            letter.text.contains("統括班（必要3・確保2）"),
            "{}",
            letter.text
        );
        assert!(!letter.text.contains("建設班"), "a met need is not missing");
    }
}

#[test]
fn foreign_text_stays_text_in_one_line() {
    let nasty = "<script>alert(1)</script>\r\nBcc: x@example.jp \u{202E}txt🚨 & \"q\"";
    let mut call_out = call_out(Mode::Real);
    call_out.place = Text::new(nasty, nasty);
    let long = "長い名前".repeat(100);
    call_out.targets[0].name = Text::new(&long, &long);
    let letter = letter(&call_out, Purpose::Call);
    assert!(!letter.html.contains("<script>"), "{}", letter.html);
    assert!(letter.html.contains("&lt;script&gt;"));
    assert!(
        letter.text.contains("<script>alert(1)<"),
        "the text part is text"
    );
    assert!(letter.text.contains(&long) && letter.html.contains(&long));
    assert_eq!(letter.subject.lines().count(), 1, "{}", letter.subject);
    assert!(!letter.subject.contains('\u{202E}') && !letter.text.contains('\u{202E}'));
    assert!(letter.text.lines().all(|line| !line.starts_with("Bcc")));
    assert!(letter.subject.chars().count() < 100, "{}", letter.subject);
}

#[test]
fn a_webhook_body_holds_what_a_gateway_needs() {
    let body: serde_json::Value =
        serde_json::from_str(&webhook(&call_out(Mode::Real), Purpose::Call)).unwrap();
    assert_eq!(body["type"], "call-out.notification");
    assert_eq!(body["id"], 7);
    assert_eq!(body["purpose"], "call");
    assert_eq!(body["stage"], 1);
    assert_eq!(body["link"], LINK);
    assert_eq!(body["call_out"]["opened_at"], "2026-11-23T03:12:30+09:00");
    assert_eq!(body["call_out"]["state"], "open");
    assert_eq!(body["call_out"]["headline"], "後志地方で震度5弱を観測");
    assert_eq!(body["person"]["address"], "it-1@example.jp");
    assert_eq!(body["person"]["language"], "ja");
    let short = body["short"].as_str().unwrap();
    assert_eq!(
        short,
        format!("【緊急参集】震度5弱 役場本庁舎へ。03:27までに回答を: {LINK}")
    );
}
