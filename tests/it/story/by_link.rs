//! Decisions by a person's own link: pressed by people and by machines.

use muster::domain::call_out::State;
use muster::domain::event::EventKind;
use muster::domain::id::CallOutId;
use muster::message::token;

use crate::sign_in::town::{Seen, Town};
use crate::support::world::World;

const MUSTER: &str = "decision=muster";
const SECTION: &str = "decision=handle-in-section";

/// An incident that waits for the IT manager's decision, a minute after they were
/// asked.
struct Asked {
    town: Town,
    id: CallOutId,
}

impl Asked {
    async fn new() -> Self {
        let town = Town::of(World::example().await);
        let id = town.world.incident("work-hindered").await[0].clone();
        town.world.away("1m");
        Self { town, id }
    }

    /// The path of a person's link.
    async fn path(&self, person: &str) -> String {
        let link = self.town.world.link_of(&self.id, person).await.unwrap();
        format!("/a/{}", token::token(self.town.world.engine.keys(), link))
    }

    async fn press(&self, form: &str) -> Seen {
        let path = self.path("it-manager").await;
        self.town.post(&path, "", form).await
    }

    async fn state(&self) -> State {
        self.town.world.see(&self.id).await.state
    }
}

/// What each button of a page sends, hidden fields and all.
fn buttons(page: &str) -> Vec<String> {
    let forms = page.split("<form").skip(1);
    let forms = forms.map(|rest| rest.split("</form>").next().unwrap());
    let buttons = forms.flat_map(|form| {
        let hidden = form.split("<input").skip(1).map(named).collect::<Vec<_>>();
        let pressed = form.split("<button").skip(1).map(named);
        pressed.map(move |pressed| {
            let fields = hidden.iter().cloned().chain([pressed]);
            fields.collect::<Vec<_>>().join("&")
        })
    });
    buttons.collect()
}

/// `name=value` of a field.
fn named(field: &str) -> String {
    let of = |what: &str| {
        let (_, rest) = field.split_once(what)?;
        rest.split('"').next()
    };
    match (of(" name=\""), of(" value=\"")) {
        (Some(name), Some(value)) => format!("{name}={value}"),
        _ => String::new(),
    }
}

/// The one button of the page that asks again.
fn sure(page: &Seen) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let all = buttons(&page.body);
    assert_eq!(all.len(), 1, "one button: {}", page.body);
    all[0].clone()
}

/// A mail scanner that presses every button of the page behind the link, minutes
/// after the sending, calls nobody out and leaves nothing to the section.
#[tokio::test]
async fn who_presses_every_button_of_the_page_that_was_mailed_decides_nothing() {
    let asked = Asked::new().await;
    let path = asked.path("it-manager").await;
    let page = asked.town.get(&path, "").await;
    let all = buttons(&page.body);
    assert!(all.len() >= 2, "{all:?}");
    for form in &all {
        asked.press(form).await;
        assert_eq!(asked.state().await, State::AwaitingDecision, "{form}");
        asked.town.world.away("1m");
    }
    let call_out = asked.town.world.see(&asked.id).await;
    assert_eq!(call_out.counts().called, 0);
}

/// Whoever means it presses twice: the second page asks in words, has one button,
/// and says that nothing is decided yet.
#[tokio::test]
async fn a_decision_by_link_is_asked_about_and_then_carried_out() {
    for (form, words, state) in [
        (MUSTER, ["本当に", "はい、招集する"], State::Open),
        (
            SECTION,
            ["本当に", "はい、課内で対応する"],
            State::InSection,
        ),
    ] {
        let asked = Asked::new().await;
        let page = asked.press(form).await;
        let again = sure(&page);
        assert_eq!(asked.state().await, State::AwaitingDecision);
        for word in words {
            assert!(page.body.contains(word), "{word}: {}", page.body);
        }
        assert!(page.body.len() < 15 * 1024, "{} bytes", page.body.len());
        asked.town.world.away("3s");
        let page = asked.press(&again).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("と判断しました"), "{}", page.body);
        assert_eq!(asked.state().await, state);
    }
}

/// A machine that follows to the second page and presses there at once is not
/// believed; a person presses once more, and is.
#[tokio::test]
async fn the_second_press_within_the_time_that_reading_takes_is_not_taken() {
    let asked = Asked::new().await;
    let again = sure(&asked.press(MUSTER).await);
    let soon = asked.press(&again).await;
    assert_eq!(soon.status, 409, "{}", soon.body);
    assert_eq!(asked.state().await, State::AwaitingDecision);
    assert_eq!(buttons(&soon.body), [&*again], "the same button");
    asked.town.world.away("2s");
    asked.press(&again).await;
    assert_eq!(asked.state().await, State::Open);
}

/// A machine that presses both decisions within seconds has said neither,
/// whatever it presses on the pages behind them.
#[tokio::test]
async fn decisions_that_contradict_each_other_within_seconds_are_void() {
    let asked = Asked::new().await;
    let muster = sure(&asked.press(MUSTER).await);
    asked.town.world.away("1s");
    let section = asked.press(SECTION).await;
    assert_eq!(section.status, 409, "{}", section.body);
    asked.town.world.away("3s");
    let void = asked.press(&muster).await;
    assert_eq!(void.status, 409, "{}", void.body);
    for form in buttons(&section.body).iter().chain(&buttons(&void.body)) {
        if form.starts_with("decision=") {
            assert!(!form.contains("sure="), "{form}");
        }
    }
    assert_eq!(asked.state().await, State::AwaitingDecision);
    asked.town.world.away("6s");
    let again = sure(&asked.press(SECTION).await);
    asked.town.world.away("3s");
    asked.press(&again).await;
    assert_eq!(asked.state().await, State::InSection);
}

/// What the second button carries holds for that person, decision and question
/// alone, and not for ever.
#[tokio::test]
async fn the_second_button_is_good_for_nothing_else() {
    let asked = Asked::new().await;
    let muster = sure(&asked.press(MUSTER).await);
    let world = &asked.town.world;
    world.away("3s");
    sure(&asked.press(&format!("{muster}A")).await);
    world.away("6s");
    let other = muster.replace("muster", "handle-in-section");
    sure(&asked.press(&other).await);
    assert_eq!(asked.state().await, State::AwaitingDecision);
    world.advance("15m").await;
    let deputy = asked.path("deputy-mayor").await;
    sure(&asked.town.post(&deputy, "", &muster).await);
    assert_eq!(asked.state().await, State::AwaitingDecision);
    let late = sure(&asked.press(MUSTER).await);
    world.away("61m");
    sure(&asked.press(&late).await);
    assert!(asked.town.world.see(&asked.id).await.is_undecided());
}

/// What is not theirs to decide, or decided already, is said at the first press.
#[tokio::test]
async fn what_is_refused_anyway_is_not_worth_a_second_press() {
    let asked = Asked::new().await;
    let stranger = asked.path("it-1").await;
    let seen = asked.town.post(&stranger, "", MUSTER).await;
    assert_eq!(seen.status, 409, "{}", seen.body);
    let kind = EventKind::SecurityIncident {
        effect: muster::domain::event::Effect::parse("work-hindered").unwrap(),
        systems: vec![1],
    };
    let fresh = asked.town.world.tell(kind).await.unwrap().call_outs[0].clone();
    let fresh = Asked { id: fresh, ..asked };
    let soon = fresh.press(MUSTER).await;
    assert_eq!(soon.status, 409, "{}", soon.body);
    assert!(
        buttons(&soon.body)
            .iter()
            .all(|form| !form.contains("sure="))
    );
}
