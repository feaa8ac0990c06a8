//! `muster explain --mail`: the mails that would go out.
//!
//! Owns where they are shown: as text on a terminal, as one page for a browser
//! in a file or a pipe. `report::mails` owns which.

use std::io::IsTerminal;
use std::path::Path;

use super::failure::Failure;
use super::output;
use crate::domain::text::Language;
use crate::message::Messages;
use crate::message::mail_preview::{Previewed, written_by};
use crate::message::words;
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
    let failed = |error| {
        Failure::failed(
            format!("メールを作れません（{error}）"),
            format!("the mails cannot be made: {error}"),
        )
    };
    let mails = mails(explained, messages, language).map_err(failed)?;
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
    let page = page.map_err(failed)?;
    match out {
        Some(file) => std::fs::write(file, page).map_err(|error| not_written(file, &error)),
        None => {
            output::say(&page);
            Ok(())
        }
    }
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
