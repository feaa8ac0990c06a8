//! `muster check`: every problem of the configuration at once.
//!
//! Owns what is printed of it; `config` owns every check. It runs nothing, and
//! asks the daemon, where there is one, what was in force before.

use serde_json::json;

use super::arguments::Global;
use super::configuration;
use super::editions;
use super::failure::Failure;
use super::output;
use crate::report::editions::caveats;

/// Prints every problem; exit code 3 if there is one.
pub(super) async fn check(global: &Global) -> Result<(), Failure> {
    if global.json {
        return check_json(global).await;
    }
    let (_, mut checked) = configuration::read_aloud(global)?;
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
    Ok(())
}

async fn check_json(global: &Global) -> Result<(), Failure> {
    let sources = crate::config::Sources::read(&global.config);
    let checked = sources.and_then(|sources| crate::config::check(&sources, &global.overrides));
    match checked {
        Ok(mut checked) => {
            let daemon = editions::know(global, &mut checked.plan).await;
            let edition = &checked.plan.edition;
            output::json(&json!({
                "problems": [],
                "warnings": checked.warnings,
                "edition": edition.label(),
                "caveats": caveats(edition),
                "in_force": daemon.as_ref().map(|daemon| daemon.runs(edition)),
                "refused": daemon.map(|daemon| daemon.refused),
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
