//! `muster check`: every problem of the configuration at once.
//!
//! Owns what is printed of it; `config` owns every check. It runs nothing, and
//! asks the daemon, where there is one, what was in force before.

use serde_json::{Value, json};

use super::arguments::Global;
use super::configuration;
use super::editions;
use super::failure::Failure;
use super::output::{self, both, label};
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
    let (people, rules) = (plan.roster.people.len(), plan.rules.len());
    let (procedures, warnings) = (plan.procedures.len(), checked.warnings.len());
    output::say(&both(
        &format!(
            "誤りはありません（{people} 人、規則 {rules}、手順 {procedures}、注意 {warnings} 件）"
        ),
        &format!(
            "no problems: {people} people, {rules} rules, {procedures} procedures, {warnings} warnings"
        ),
    ));
    output::say(&format!(
        "{}: {}",
        both("版", "edition"),
        plan.edition.label()
    ));
    editions::say_caveats(&plan.edition);
    if let Some(daemon) = daemon {
        daemon.say(&plan.edition);
    }
    for before in &plan.history {
        output::say(&format!(
            "  {}: {} ({}) {}",
            label("前の版", "before"),
            before.number,
            before.date,
            before.what.get(global.language())
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
                "設定に誤りがあります。標準出力に出しました",
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
    Err(Failure::configuration(
        format!("templates/ の文面 {count} 件は使われず、組み込みの文面を使います"),
        format!("{count} texts in templates/ are not used; the built-in ones are"),
    ))
}
