//! Pages that differ in a name alone are made once: everybody still reads their own,
//! and nothing in somebody's words is taken for the place of a name.

use muster::domain::acknowledgement::{Acknowledgement, Answer, Reply, Via};
use muster::domain::call_out::CallOut;
use muster::domain::event::Mode;
use muster::domain::id::Principal;
use muster::domain::roster::ChannelName;
use muster::domain::text::Text;
use muster::message::Messages;
use muster::message::view::AnswerView;

use super::fixture::{at, call_out, messages};

fn says(call_out: &mut CallOut, person: &str, name: &str, note: &str) {
    let participant = &mut call_out.participants[person];
    participant.name = Text::new(name, name);
    participant.answer = Some(Acknowledgement {
        answer: Answer {
            person: person.into(),
            reply: Reply::Coming,
            eta_minutes: Some(30),
            note: (!note.is_empty()).then(|| note.to_owned()),
            via: Via::Link(ChannelName::Email),
            by: Principal::new(format!("link:{person}")),
        },
        at: at("03:20:00"),
        written: None,
        doubtful: false,
    });
}

fn page(messages: &Messages, call_out: &CallOut, person: &str) -> String {
    let view = AnswerView::new(call_out, &call_out.participants[person]);
    messages.answer_page(&view).unwrap()
}

#[test]
fn everybody_reads_their_own_name_on_a_page_that_others_got_before() {
    let (messages, mut one) = (messages(), call_out(Mode::Real));
    let mut pages = Vec::new();
    for name in ["甲野", "乙山 & <b>", "\u{fdd0}", ""] {
        says(&mut one, "it-1", name, "");
        pages.push(page(&messages, &one, "it-1"));
    }
    let alike = |page: &str, name: &str| page.replacen(&format!("<small>{name} –"), "", 1);
    let first = alike(&pages[0], "甲野");
    assert_ne!(first, pages[0]);
    let named = ["甲野", "乙山 &amp; &lt;b&gt;", "\u{fdd0}", ""];
    for (page, name) in pages.iter().zip(named) {
        assert_eq!(alike(page, name), first, "{name}");
    }
}

#[test]
fn what_differs_in_more_than_the_name_is_another_page() {
    let (messages, mut one) = (messages(), call_out(Mode::Real));
    for note in ["", "裏口から", "\u{fdd0}", "裏口から \u{fdd0}"] {
        says(&mut one, "it-1", "甲野", note);
        for _ in 0..2 {
            let shown = page(&messages, &one, "it-1");
            assert!(shown.contains("<small>甲野 –"), "{shown}");
            assert!(shown.contains(&format!("<bdi>{note}</bdi>")) || note.is_empty());
            assert_eq!(shown.contains("裏口"), note.contains("裏口"));
        }
    }
    says(&mut one, "mayor", "甲野", "");
    assert_ne!(
        page(&messages, &one, "it-1"),
        page(&messages, &one, "mayor"),
        "why they are told is another"
    );
}
