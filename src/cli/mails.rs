//! `muster explain --mail`: the mails that would go out.
//!
//! Owns where they are shown: as text on a terminal, as one page for a browser
//! in a file or a pipe. `report::mails` owns which.

use std::io::IsTerminal;
use std::path::Path;

use serde_json::{Value, json};

use super::failure::Failure;
use super::output;
use crate::domain::text::Language;
use crate::message::mail_preview::{Previewed, written_by};
use crate::message::words;
use crate::message::{Error, Messages};
use crate::report::explain::Explained;
use crate::report::mails::{Shown, mails};

/// Shows them.
pub(super) fn show(
    explained: Option<&Explained>,
    messages: &Messages,
    language: Language,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let Some(explained) = explained else {
        return Err(Failure::failed(
            "該当する規則がなく、メールは送られません",
            "no rule applies, so no mail would go out",
        ));
    };
    let mails = mails(explained, messages, language).map_err(unmade)?;
    if out.is_none() && std::io::stdout().is_terminal() {
        for (number, mail) in mails.iter().enumerate() {
            say(number + 1, mail, language);
        }
        return Ok(());
    }
    let previewed: Vec<Previewed<'_>> = mails
        .iter()
        .map(|mail| Previewed {
            purpose: mail.purpose,
            to: &mail.to,
            people: mail.people,
            letter: &mail.letter,
        })
        .collect();
    let title = format!(
        "{}{} {}",
        mark(explained),
        explained.rule.id,
        explained.rule.title.get(language)
    );
    let page = messages.mail_preview(&title, &previewed, language);
    let page = page.map_err(unmade)?;
    match out {
        Some(file) => std::fs::write(file, page).map_err(|error| not_written(file, &error)),
        None => {
            output::say(&page);
            Ok(())
        }
    }
}

/// The same for programs.
pub(super) fn json(
    explained: &Explained,
    messages: &Messages,
    language: Language,
) -> Result<Value, Failure> {
    let mails = mails(explained, messages, language).map_err(unmade)?;
    let mails = mails.iter().map(|mail| {
        json!({
            "purpose": mail.purpose.name(),
            "to": mail.to.get(language),
            "people": mail.people,
            "from": mail.letter.from_name,
            "subject": mail.letter.subject,
            "text": mail.letter.text,
            "html": mail.letter.html,
            "written_by": written_by(&mail.letter, language),
        })
    });
    Ok(mails.collect())
}

fn unmade(error: Error) -> Failure {
    Failure::failed(
        format!("メールを作れません（{error}）"),
        format!("the mails cannot be made: {error}"),
    )
}

/// What says that these are a drill's.
fn mark(explained: &Explained) -> String {
    if explained.call_out.mode().is_drill() {
        "【訓練 DRILL】".to_owned()
    } else {
        String::new()
    }
}

/// That a file cannot be written.
pub(super) fn not_written(file: &Path, error: &std::io::Error) -> Failure {
    let file = file.display();
    Failure::failed(
        format!("{file} に書けません（{error}）。--out で別のファイルを指定してください"),
        format!("{file} cannot be written: {error}; name another file with --out"),
    )
}

fn say(number: usize, mail: &Shown, language: Language) {
    output::say(&format!(
        "━━ {number}. {} ━━━━━━━━━━━━━━━━━━━━━━━━",
        words::purpose(mail.purpose, language)
    ));
    let to = format!("{} ({})", mail.to.get(language), mail.people);
    output::item("宛先", "to", &to);
    output::item("差出人", "from", &mail.letter.from_name);
    output::item("件名", "subject", &mail.letter.subject);
    output::item("文面", "text", &written_by(&mail.letter, language));
    output::say(&format!("\n{}\n", mail.letter.text.trim_end()));
}
