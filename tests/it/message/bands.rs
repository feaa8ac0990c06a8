//! Red is for what calls: what only tells, or is over, looks otherwise; and a
//! drill is a drill in every language.

use muster::domain::call_out::course::Question;
use muster::domain::call_out::{CallOut, Part, State};
use muster::domain::event::Mode;
use muster::domain::notification::Purpose;
use muster::domain::text::Language;
use muster::message::view::{AnswerView, BoardView, CallOutSummary, Reader};

use super::fixture::{LINK, SCENARIO, at, call_out, messages};

const RED: &str = "#b3001b";

fn page(call_out: &CallOut, person: &str) -> String {
    let view = AnswerView::new(call_out, &call_out.participants[person]);
    messages().answer_page(&view).unwrap()
}

/// The colour and the words of a page's band.
fn band(page: &str) -> (&str, &str) {
    let (_, class) = page.split_once("<body class=\"").unwrap();
    let (_, words) = page.split_once("<div class=\"band\"><b>").unwrap();
    (
        class.split(['"', ' ']).next().unwrap(),
        words.split("</b>").next().unwrap(),
    )
}

#[test]
fn a_page_that_only_informs_or_is_over_is_not_red() {
    let mut one = call_out(Mode::Real);
    assert_eq!(band(&page(&one, "it-1")), ("real", "緊急参集"));
    let informed = page(&one, "mayor");
    assert_eq!(band(&informed), ("calm", "参集のお知らせ"));
    assert!(!informed.contains("緊急参集"), "{informed}");
    assert!(
        !informed.contains("参集できない"),
        "nothing to be excused from"
    );
    one.state = State::AwaitingDecision;
    assert_eq!(
        band(&page(&one, "mayor")).0,
        "calm",
        "somebody else decides"
    );
    one.participants["mayor"].part = Part::Asked;
    one.course.question = Some(Question {
        asked: 1,
        asked_at: at("03:12:30"),
        decided: None,
        again_at: None,
        section: None,
        reached: 1,
    });
    assert_eq!(band(&page(&one, "mayor")), ("real", "要判断"));
    for state in [State::StoodDown, State::Cancelled, State::Closed] {
        one.state = state;
        for person in ["it-1", "mayor"] {
            let over = page(&one, person);
            assert_eq!(band(&over), ("calm", "参集は終了しています"));
            assert!(!over.contains("緊急参集"), "{over}");
        }
    }
    let mut drill = call_out(Mode::Drill);
    drill.state = State::StoodDown;
    assert_eq!(band(&page(&drill, "mayor")).0, "practice", "a drill always");
}

#[test]
fn a_mail_that_only_tells_is_not_red() {
    let one = call_out(Mode::Real);
    let red = |purpose| {
        let to = &one.participants["it-1"];
        let mail = messages().mail(&one, to, purpose, LINK).unwrap();
        mail.html.contains(RED)
    };
    for purpose in [
        Purpose::Call,
        Purpose::Remind,
        Purpose::Decide,
        Purpose::Exhausted,
    ] {
        assert!(red(purpose), "{purpose:?}");
    }
    for purpose in [
        Purpose::Inform,
        Purpose::StandDown,
        Purpose::Cancelled,
        Purpose::Released,
        Purpose::Aftershock,
    ] {
        assert!(!red(purpose), "{purpose:?}");
    }
}

/// An event has its scenario in the town's language alone.
#[test]
fn a_drills_scenario_is_in_the_readers_language() {
    let mut drill = call_out(Mode::Drill);
    let mut event = (*drill.event).clone();
    event.headline = Some(SCENARIO.to_owned());
    drill.event = std::sync::Arc::new(event);
    let scenario = "Imagine that the ground shook.";
    let mut view = AnswerView::new(&drill, &drill.participants["it-1"]);
    view.language = Language::En;
    assert!(messages().answer_page(&view).unwrap().contains(scenario));
    let mut board = BoardView::new(at("03:20:07"), Language::En);
    board.open = vec![CallOutSummary::new(&drill)];
    let page = messages().board(&board).unwrap();
    assert!(
        page.contains(scenario) && !page.contains(SCENARIO),
        "{page}"
    );
    let mut to = drill.participants["it-1"].clone();
    to.language = Language::En;
    let mail = messages().mail(&drill, &to, Purpose::Call, LINK).unwrap();
    assert!(mail.text.contains(scenario) && !mail.text.contains(SCENARIO));
}

/// A card has the commands that mean anything as it stands, for whoever may.
#[test]
fn a_card_offers_what_its_reader_may_do() {
    let board = |reader: Reader| {
        let mut view = BoardView::new(at("03:20:07"), Language::Ja);
        view.open = vec![CallOutSummary::new(&call_out(Mode::Real))];
        view.reader = reader;
        messages().board(&view).unwrap()
    };
    let offers = |page: &str, name: &str| page.contains(&format!("class=\"do-{name}\""));
    let lead = board(Reader {
        may_read: true,
        may_command: true,
        ..Reader::default()
    });
    assert!(
        offers(&lead, "tell") && offers(&lead, "stand-down"),
        "{lead}"
    );
    assert!(!offers(&lead, "answer"), "that is another scope: {lead}");
    assert!(!offers(&lead, "confirm"), "nothing is held: {lead}");
    let desk = board(Reader {
        may_read: true,
        may_acknowledge: true,
        ..Reader::default()
    });
    assert!(offers(&desk, "answer") && !offers(&desk, "stand-down"));
    let reader = board(Reader {
        may_read: true,
        ..Reader::default()
    });
    assert!(!reader.contains("class=\"commands\""), "{reader}");
}
