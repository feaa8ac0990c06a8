//! `muster check`: every problem of the configuration at once.
//!
//! Owns what is printed of it; `config` owns every check. It runs nothing.

use serde_json::json;

use super::arguments::Global;
use super::configuration;
use super::failure::Failure;
use super::output;

/// Prints every problem; exit code 3 if there is one.
pub(super) fn check(global: &Global) -> Result<(), Failure> {
    if global.json {
        return check_json(global);
    }
    let (_, checked) = configuration::read_aloud(global)?;
    let plan = &checked.plan;
    output::say(&format!(
        "問題ありません / no problems: {} 人 people, {} ルール rules, {} 手順 procedures, {} 警告 warnings",
        plan.roster.people.len(),
        plan.rules.len(),
        plan.procedures.len(),
        checked.warnings.len()
    ));
    output::say(&format!("版 / edition: {}", plan.edition.label()));
    if plan.edition.approved_by.is_none() {
        output::say("この版は未承認です / this edition is not approved");
    }
    Ok(())
}

fn check_json(global: &Global) -> Result<(), Failure> {
    let sources = crate::config::Sources::read(&global.config);
    let checked = sources.and_then(|sources| crate::config::check(&sources, &global.overrides));
    match checked {
        Ok(checked) => {
            output::json(&json!({
                "problems": [],
                "warnings": checked.warnings,
                "edition": checked.plan.edition.label(),
            }));
            Ok(())
        }
        Err(problems) => {
            output::json(&json!({ "problems": problems, "warnings": [] }));
            Err(Failure::configuration(
                "the configuration has problems; they stand on standard output",
            ))
        }
    }
}
