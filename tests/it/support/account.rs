//! What happened in a town, as a duty officer would read it.
//!
//! Owns how the account of a call-out and what left the house stand together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use muster::domain::id::CallOutId;
use muster::domain::text::Language;

use super::world::World;

impl World {
    /// What happened, as a duty officer would read it: the account, and under
    /// each time how many messages left, by purpose and outcome.
    pub(crate) async fn timeline(&self, id: &CallOutId) -> String {
        let records = self.engine.store().journal(id, 0).await.unwrap();
        let call_out = self.see(id).await;
        let standing = self.engine.standing();
        let mut lines: Vec<(Timestamp, u8, String)> = records
            .iter()
            .map(|record| {
                (
                    record.at,
                    0,
                    standing.messages.say(record, &call_out, Language::Ja),
                )
            })
            .collect();
        let mut groups: BTreeMap<(Timestamp, String), usize> = BTreeMap::new();
        for sent in self.sent() {
            let line = format!("{} {}", sent.channel, sent.outcome);
            *groups.entry((sent.at, line)).or_default() += 1;
        }
        for ((at, line), count) in groups {
            lines.push((at, 1, format!("  {line} x{count}")));
        }
        lines.sort_by_key(|(at, order, _)| (*at, *order));
        let text = lines
            .into_iter()
            .map(|(at, _, line)| format!("{} {line}", self.offset(at)));
        text.collect::<Vec<_>>().join("\n")
    }

    fn offset(&self, at: Timestamp) -> String {
        let seconds = at.duration_since(self.start).as_secs();
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}
