//! Who was marked absent, for commands that read the files.
//!
//! Owns the question. No daemon is no error: `leave` of the roster is then all
//! that is known, and that is said.

use std::time::Duration;

use jiff::Timestamp;

use super::arguments::Global;
use super::client::Client;
use super::output::{self, both};
use crate::clock::Clock;
use crate::domain::absence::Absence;
use crate::domain::id::{PersonId, Principal};
use crate::domain::plan::Plan;

/// How long a command on files waits for a daemon's word.
const PATIENCE: Duration = Duration::from_secs(3);

/// Takes over who was marked absent, where a daemon can be asked.
pub(super) async fn know(global: &Global, plan: &mut Plan) {
    if ask(global, plan).await.is_none() {
        output::remark(&both(
            "デーモンに聞けないため、muster absent で不在とされた人は分かりません",
            "no daemon could be asked: who was marked absent is not known here",
        ));
    }
}

async fn ask(global: &Global, plan: &mut Plan) -> Option<()> {
    let client = Client::new(global).ok()?;
    let clock = Clock::system();
    let said = tokio::select! {
        said = client.get("/api/v1/roster/people") => said.ok()?,
        () = clock.sleep(PATIENCE) => return None,
    };
    for person in said["people"].as_array()? {
        let (Some(id), Some(until)) = (person["person"].as_str(), person["absent_until"].as_str())
        else {
            continue;
        };
        // What the roster itself says is in the files.
        let by = person["absent_by"].as_str().unwrap_or_default();
        let until: Timestamp = until.parse().ok()?;
        if by != "roster.toml" && plan.roster.people.contains_key(id) {
            let absence = Absence {
                person: PersonId::new(id),
                since: clock.now(),
                until,
                reason: None,
                by: Principal::new(by),
            };
            plan.absences.insert(absence.person.clone(), absence);
        }
    }
    Some(())
}
