//! `muster check --readiness`: would a call-out reach anybody?
//!
//! Owns what is printed of it and the exit code. The daemon is asked, because
//! it knows which contacts bounced and who was marked absent; without one the files alone are looked at.

use serde_json::Value;

use super::arguments::Global;
use super::client::Client;
use super::configuration;
use super::failure::Failure;
use super::output::{self, both};
use crate::clock::Clock;
use crate::domain::readiness::{Known, Severity, findings};
use crate::domain::text::Language;
use crate::message::words::{Drills, readiness as words};
use crate::report::readiness::json;
use crate::report::status::Shown;

/// Prints every finding; exit code 1 if one is serious.
pub(super) async fn readiness(global: &Global) -> Result<(), Failure> {
    let language = global.language();
    let found = match ask(global).await {
        // No daemon runs here: the files are looked at.
        Err(failure) if failure.code == Failure::NO_DAEMON && global.server.is_none() => {
            local(global)?
        }
        answered => answered?,
    };
    if global.json {
        output::json(&found);
    } else {
        say(&found, language);
    }
    match usize::try_from(found["serious"].as_u64().unwrap_or_default()) {
        Ok(0) => Ok(()),
        serious => {
            let serious = serious.unwrap_or(usize::MAX);
            let [ja, en] = Language::ALL.map(|language| words::not_ready(serious, language));
            Err(Failure::failed(ja, en))
        }
    }
}

async fn ask(global: &Global) -> Result<Value, Failure> {
    Client::new(global)?.get("/api/v1/readiness").await
}

/// What the files show.
fn local(global: &Global) -> Result<Value, Failure> {
    let (_, checked) = configuration::read(global)?;
    let webhooks = checked.operator.webhook_names();
    let known = Known {
        bounces: &[],
        drills: &[],
        webhooks: &webhooks,
        texts: &checked.own.refused(),
        now: Clock::system().now(),
    };
    let shown = Shown {
        plan: &checked.plan,
        language: checked.plan.language,
        addresses: true,
    };
    Ok(json(&findings(&checked.plan, known), false, shown))
}

fn say(found: &Value, language: Language) {
    let edition = found["edition"].as_str().unwrap_or_default();
    output::say(&both("版", &format!("edition: {edition}")));
    let rows = found["findings"].as_array();
    for row in rows.into_iter().flatten() {
        let named = |severity: &Severity| row["severity"] == severity.name();
        let severity = [Severity::Serious, Severity::Note].into_iter().find(named);
        let severity = severity.unwrap_or(Severity::Minor);
        let says = row[language.tag()].as_str().unwrap_or_default();
        let address = row["address"].as_str();
        let address = address.map_or_else(String::new, |address| format!(" <{address}>"));
        let severity = words::severity(severity, language);
        output::say(&format!("[{severity}] {says}{address}"));
    }
    if rows.is_none_or(Vec::is_empty) {
        output::say(words::ready(language));
    }
    let drills = found["drills"].as_array();
    let drills = drills.filter(|drills| !drills.is_empty());
    if drills.is_some() {
        let [ja, en] = Language::ALL.map(|language| Drills::of(language).board_title);
        output::say(&both(ja, en));
    }
    for drill in drills.into_iter().flatten() {
        let says = drill[language.tag()].as_str().unwrap_or_default();
        output::say(&format!("  {says}"));
    }
    if found["bounces_known"] == false {
        output::say(words::bounces_unknown(language));
    }
}
