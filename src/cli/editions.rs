//! What the daemon knows of editions, for commands that read the files.
//!
//! Owns the question and the sentences. No daemon is no error: the files are
//! then all that is known.

use std::time::Duration;

use serde_json::Value;

use super::arguments::Global;
use super::client::Client;
use super::output::{self, both};
use crate::clock::Clock;
use crate::domain::edition::{Edition, Kept};
use crate::domain::plan::Plan;
use crate::domain::text::Language;
use crate::message::words;

/// How long a command on files waits for a daemon's word.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the daemon says.
pub(super) struct Daemon {
    kept: Vec<Kept>,
    in_force: Option<Edition>,
    /// The reload that it refused, if it did.
    pub(super) refused: Value,
}

/// Compares the files' edition with those that were in force before, where a
/// daemon can be asked.
pub(super) async fn know(global: &Global, plan: &mut Plan) -> Option<Daemon> {
    let client = Client::new(global).ok()?;
    let clock = Clock::system();
    let said = tokio::select! {
        said = client.get("/api/v1/editions") => said.ok()?,
        () = clock.sleep(PATIENCE) => return None,
    };
    let list = said["editions"].as_array()?;
    let kept: Vec<Kept> = list.iter().filter_map(kept).collect();
    let in_force = list.iter().find(|kept| kept["in_force"] == true);
    let daemon = Daemon {
        in_force: in_force.and_then(self::kept).map(|kept| kept.edition),
        kept,
        refused: said["refused"].clone(),
    };
    daemon.know(plan);
    Some(daemon)
}

/// Reads what `report::editions` wrote.
fn kept(value: &Value) -> Option<Kept> {
    let text = |name: &str| value[name].as_str();
    let digest = |name: &str| text(name).map(str::to_owned);
    let mut edition = Edition::unknown(
        u32::try_from(value["number"].as_u64()?).ok()?,
        text("date")?.parse().ok()?,
        text("approved_by").map(Into::into),
        [digest("rules_digest")?, digest("roster_digest")?],
    );
    edition.roster_date = text("roster_date").and_then(|date| date.parse().ok());
    Some(Kept {
        digest: digest("digest")?,
        edition,
        first_used_at: text("first_used_at")?.parse().ok()?,
        taken_up_at: text("taken_up_at")?.parse().ok()?,
    })
}

/// Says what must be said of an edition, a line for each.
pub(super) fn say_caveats(edition: &Edition) {
    for caveat in edition.caveats() {
        let [ja, en] = Language::ALL.map(|language| words::caveat(caveat, language));
        output::say(&both(&ja, &en));
    }
}

impl Daemon {
    /// Compares an edition with those that were in force before.
    pub(super) fn know(&self, plan: &mut Plan) {
        plan.edition.know(&self.kept, &plan.time_zone);
    }

    /// Whether the files are what the daemon runs.
    pub(super) fn runs(&self, edition: &Edition) -> bool {
        self.in_force.as_ref().is_some_and(|in_force| {
            in_force.rules_digest == edition.rules_digest
                && in_force.roster_digest == edition.roster_digest
        })
    }

    /// Says whether the files are in force, and that a reload was refused.
    pub(super) fn say(&self, edition: &Edition) {
        if let Some(why) = self.refused["why"].as_str() {
            let said = both(
                "デーモンは前回の読み直しを受け付けませんでした",
                "the daemon refused the last reload",
            );
            output::say(&format!("{said}: {why}"));
        }
        if let Some(in_force) = &self.in_force
            && !self.runs(edition)
        {
            let said = both(
                "まだ使われていません。動いている版は",
                "not in force yet; the daemon runs",
            );
            output::say(&format!("{said}: {}", in_force.label()));
        }
    }
}
