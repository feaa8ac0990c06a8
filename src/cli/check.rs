//! `muster check`: every problem of the configuration at once.
//!
//! Owns what is printed of it; `config` owns every check. It runs nothing, and
//! asks the daemon, where there is one, what was in force before.

use serde_json::{Value, json};

use super::arguments::Global;
use super::configuration;
use super::editions;
use super::explain::language;
use super::failure::Failure;
use super::output;
use crate::config::Checked;
use crate::domain::edition::Revision;
use crate::report::editions::caveats;

/// Prints every problem; exit code 3 if there is one.
pub(super) async fn check(global: &Global) -> Result<(), Failure> {
    if global.json {
        return check_json(global).await;
    }
    let (_, mut checked) = configuration::read_aloud(global)?;
    refused(&checked)?;
    let daemon = editions::know(global, &mut checked.plan).await;
    let plan = &checked.plan;
    output::say(&format!(
        "問題ありません / no problems: {} 人 people, {} ルール rules, {} 手順 procedures, {} 警告 warnings",
        plan.roster.people.len(),
        plan.rules.len(),
        plan.procedures.len(),
        checked.warnings.len()
    ));
    output::say(&format!("版 / edition: {}", plan.edition.label()));
    editions::say_caveats(&plan.edition);
    if let Some(daemon) = daemon {
        daemon.say(&plan.edition);
    }
    for before in &plan.history {
        output::say(&format!(
            "  前の版 before: {} ({}) {}",
            before.number,
            before.date,
            before.what.get(language(global))
        ));
    }
    Ok(())
}

fn revision(before: &Revision) -> Value {
    json!({
        "number": before.number,
        "date": before.date.to_string(),
        "what": { "ja": before.what.ja, "en": before.what.en },
    })
}

async fn check_json(global: &Global) -> Result<(), Failure> {
    let sources = crate::config::Sources::read(&global.config);
    let checked = sources.and_then(|sources| crate::config::check(&sources, &global.overrides));
    match checked {
        Ok(mut checked) => {
            let daemon = editions::know(global, &mut checked.plan).await;
            let edition = &checked.plan.edition;
            output::json(&json!({
                "problems": checked.refused,
                "warnings": checked.warnings,
                "edition": edition.label(),
                "caveats": caveats(edition),
                "in_force": daemon.as_ref().map(|daemon| daemon.runs(edition)),
                "refused": daemon.map(|daemon| daemon.refused),
                "history": checked.plan.history.iter().map(revision).collect::<Vec<_>>(),
            }));
            refused(&checked)
        }
        Err(problems) => {
            output::json(&json!({ "problems": problems, "warnings": [] }));
            Err(Failure::configuration(
                "the configuration has problems; they stand on standard output",
            ))
        }
    }
}

/// Texts of the town's own that are not used. A daemon starts all the same.
fn refused(checked: &Checked) -> Result<(), Failure> {
    if checked.refused.is_empty() {
        return Ok(());
    }
    let count = checked.refused.len();
    Err(Failure::configuration(format!(
        "templates/ の文面 {count} 件は使われず、組み込みの文面で送られます / {count} texts in templates/ are not used; the built-in ones are sent"
    )))
}
