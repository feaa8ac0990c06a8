//! The report of a drill that is over, as it is mailed to whom the plan names.
//!
//! Owns what it carries: the figures of then, in sentences, and which run they
//! are of; and the key under which it is told once. It must not make a
//! sentence.

use super::id::CallOutId;
use super::text::Text;

/// What the key of each report's event begins with; nobody else may use it.
pub const KEY: &str = "drill-report:";

/// A report as it is mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillReport {
    /// The run.
    pub of: CallOutId,
    /// The drill, as shown.
    pub title: Text,
    /// The figures, a sentence each.
    pub says: Vec<Text>,
}

/// The key under which the report of a run is told.
pub fn key(of: &CallOutId) -> String {
    format!("{KEY}{of}")
}
