//! Whom a correction lets go, and when it takes effect.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Standing, State};
use muster::domain::notification::Purpose;
use muster::domain::procedure::StageCall;
use muster::domain::rule::{CallMode, Decision, DecisionRule, Need};

use super::play::Play;
use crate::support::plans::{Town, minutes, selector, stage};

/// A required member and two deputies, all called at once; the weaker rule wants
/// one of them, one after the other.
fn town() -> Town {
    Town::new()
        .people(&["a", "b", "c"], &["mail"])
        .squad("squad-0", Some(2), &["a"], &["b", "c"])
        .target("squad:squad-0", Need::Count(3), CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(10))
        .exhausted_after(60)
        .with_other_rules()
}

/// Whoever said that they cannot is neither let go nor asked again: the next in
/// line is.
#[test]
fn whoever_cannot_is_not_called_again_after_a_correction() {
    let mut play = Play::open(town());
    play.minutes(1);
    play.on_behalf("a", Reply::Cannot);
    play.correct(Some("P3"));
    play.minutes(10);
    assert_eq!(play.call_out.rule.as_str(), "P3");
    assert_eq!(play.messages("c", Purpose::Released), 1);
    play.minutes(11);
    play.on_behalf("b", Reply::Cannot);
    play.minutes(1);
    assert_eq!(play.standing("a"), Some(Standing::Cannot));
    assert_eq!(play.messages("a", Purpose::Call), 1);
    assert_eq!(play.messages("a", Purpose::Released), 0);
    assert_eq!(play.messages("c", Purpose::Call), 2, "the next in line");
}

/// Told once more, a withdrawal that waits does not begin its wait anew, and mails
/// nobody again.
#[test]
fn a_withdrawal_told_again_takes_effect_at_its_time() {
    let mut play = Play::open(town());
    play.minutes(1);
    play.correct(None);
    play.minutes(5);
    play.correct(None);
    assert_eq!(play.last, []);
    play.correct(Some("P3"));
    assert_ne!(play.last, [], "another correction is news");
    play.minutes(5);
    play.correct(Some("P3"));
    assert_eq!(play.last, []);
    play.minutes(5);
    assert_eq!(play.call_out.rule.as_str(), "P3");
}

/// The stage that runs called everybody; the weaker need is met as it is taken
/// over, and whoever stands in for nobody is let go at once.
#[test]
fn a_weaker_need_that_is_met_at_once_keeps_no_deputies() {
    let mut town = town();
    town.0.procedures["P2"].stages[0].call = StageCall::All;
    town.0.procedures["P2"].stages.truncate(1);
    let mut play = Play::open(town);
    play.minutes(1);
    play.answers("a", Reply::Coming);
    play.correct(Some("P3"));
    play.minutes(10);
    assert!(play.call_out.is_met());
    let released = ["a", "b", "c"].map(|person| play.messages(person, Purpose::Released));
    assert_eq!(released, [0, 1, 1]);
}

/// Whom the weaker rule tells, and whose help it wants, hears of it.
#[test]
fn a_weaker_rule_tells_and_asks_for_help_as_well() {
    let mut town = town()
        .people(&["d"], &["mail"])
        .vendor("v", &[&["mail"]], 1);
    town.0.rules["P3"].inform = vec![selector("person:d")];
    town.0.rules["P3"].help = vec!["v".into()];
    let mut play = Play::open(town);
    play.minutes(1);
    play.correct(Some("P3"));
    play.minutes(10);
    assert_eq!(play.call_out.rule.as_str(), "P3");
    assert_eq!(play.messages("d", Purpose::Inform), 1);
    assert_eq!(play.messages("v#1", Purpose::Help), 1);
}

/// Left to the section by a correction, and asked again later: whoever is asked
/// hears of a further report, though they were let go before.
#[test]
fn whoever_was_let_go_and_is_asked_to_decide_hears_of_more() {
    let mut town = town();
    town.0.rules["P3"].decision = Some(DecisionRule {
        ask: vec![selector("person:a")],
        within: minutes(60),
        again: minutes(30),
        first: Some(Decision::HandleInSection),
    });
    let mut play = Play::open(town);
    play.minutes(1);
    play.correct(Some("P3"));
    play.minutes(10);
    assert_eq!(play.state(), State::InSection);
    play.minutes(30);
    assert_eq!(play.messages("a", Purpose::Decide), 1);
    play.named = Some("the north gate".to_owned());
    play.grow("P3");
    let told = ["a", "b"].map(|person| play.messages(person, Purpose::Grown));
    assert_eq!(told, [1, 0]);
}
