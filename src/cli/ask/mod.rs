//! `muster trigger` without an event: asked step by step, on a terminal.
//!
//! Owns the order of the questions, the way back, and the last yes. Until
//! then nothing is started; a slip of the finger asks again. It must not
//! decide what an event does: the daemon says so.

mod choices;
mod draft;
mod preview;
mod question;
mod steps;

use std::io::IsTerminal;

use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::once;
use super::output::{self, both};
use choices::Choices;
use draft::Draft;
use question::{Typed, ask, forget_typed_ahead, nothing_started};
use steps::Went;

/// Says that the dialogue needs a terminal, where there is none.
pub(super) fn wants_terminal() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && output::is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(
        "事象が指定されていません。muster trigger earthquake --intensity 5- のように書いてください",
        "no event given; write for example: muster trigger earthquake --intensity 5-",
    ))
}

/// Asks what happened, shows what it would do, and after a last yes tells it;
/// the daemon's answer.
pub(super) async fn trigger(client: &Client) -> Result<Value, Failure> {
    // Why: whoever answers ten questions must not learn then that nobody hears.
    let choices = Choices::read(client).await?;
    let key = once::made("asked")?;
    output::say(&both(
        "事象を入力します。最後に確かめるまで、誰も呼びません。「戻る」で 1 つ前に戻ります",
        "Tell what happened. Nobody is called before the last yes; \"back\" goes back",
    ));
    let mut draft = Draft::default();
    let mut at = 0;
    loop {
        let steps = draft.steps();
        let went = match steps.get(at) {
            Some(step) => steps::ask(*step, &mut draft, &choices)?,
            None => match confirm(client, &draft).await? {
                Confirmed::Yes => return tell(client, draft.body(&key)).await,
                Confirmed::Back => Went::Back,
            },
        };
        at = match went {
            Went::On => at + 1,
            Went::Back => at.saturating_sub(1),
        };
    }
}

enum Confirmed {
    Yes,
    Back,
}

/// Shows what the event would do and asks for the last yes. What the daemon
/// would refuse goes one step back.
async fn confirm(client: &Client, draft: &Draft) -> Result<Confirmed, Failure> {
    let explained = match client.post("/api/v1/explain", &draft.body("")).await {
        Ok(explained) => explained,
        Err(refused) if refused.code == 4 => {
            output::say(&format!(
                "{}: {}",
                both("受け付けられません", "not acceptable"),
                refused.said()
            ));
            return Ok(Confirmed::Back);
        }
        Err(failure) => return Err(failure),
    };
    preview::say(&explained);
    output::say("");
    let real = both("これは訓練ではありません", "This is NOT a drill");
    output::say(&format!("\u{1b}[1;7m ██  {real}  ██ \u{1b}[0m"));
    output::item("入力", "entered", &draft.said());
    let last = both(
        "本当に招集しますか。「はい」または yes で招集します。ほかは何も始めません",
        "Really call people out? yes (or はい) calls them; anything else starts nothing",
    );
    forget_typed_ahead();
    match ask(&last)? {
        Typed::Back => Ok(Confirmed::Back),
        Typed::Line(line) if is_yes(&line) => Ok(Confirmed::Yes),
        Typed::Line(_) => Err(nothing_started()),
    }
}

fn is_yes(line: &str) -> bool {
    line == "はい" || line.eq_ignore_ascii_case("yes")
}

/// Tells the event. Where the reply is lost it can be told again: the key
/// makes it the same event.
async fn tell(client: &Client, body: Value) -> Result<Value, Failure> {
    loop {
        let failure = match client.post("/api/v1/events", &body).await {
            Ok(accepted) => return Ok(accepted),
            Err(refused) if refused.code == 4 => return Err(refused),
            Err(failure) => failure,
        };
        output::say(&format!(
            "{}: {}",
            both("応答を確かめられません", "no sure reply"),
            failure.said()
        ));
        let again = both(
            "もう一度送りますか（同じ key なので、二重には呼びません）。「はい」または yes",
            "Send it again? It has the same key, so nobody is called twice. yes (or はい)",
        );
        match ask(&again)? {
            Typed::Line(line) if is_yes(&line) => {}
            Typed::Line(_) | Typed::Back => {
                let key = body["key"].as_str().unwrap_or_default();
                return Err(failure.and(
                    &format!("\n受け付けられたかもしれません。muster status で確かめるか、--key {key} を付けて送り直してください"),
                    &format!("; it may have been taken: look with `muster status`, or send it again with --key {key}"),
                ));
            }
        }
    }
}

/// That the machine gives no random numbers.
pub(super) fn no_random(error: &impl std::fmt::Display) -> Failure {
    Failure::failed(
        format!("乱数を得られません（{error}）"),
        format!("no random numbers: {error}"),
    )
}
