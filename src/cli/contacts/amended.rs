//! What a reported change would change in `roster.toml`, for the board.
//!
//! Owns nothing but the way there. It writes nothing.

use crate::cli::arguments::Global;
use crate::cli::configuration;
use crate::config::sheet;
use crate::domain::contact_change::Proposal;
use crate::domain::text::{Language, Text, one_line};
use crate::http::Amended;

/// Reads the file as it stands now.
pub(in crate::cli) fn amended(global: &Global, proposal: &Proposal) -> Amended {
    let said = |say: &dyn Fn(Language) -> String| {
        let [ja, en] = Language::ALL.map(|language| one_line(&say(language)));
        Text::new(ja, en)
    };
    let found = configuration::sources(&global.config)
        .and_then(|sources| sheet::amend(&sources, &global.overrides, proposal));
    let found = match found {
        Ok(found) => found,
        Err(problems) => return Amended::Unknown(said(&|language| problems.summary(language))),
    };
    if found.is_refused() {
        return Amended::Refused(said(&|language| {
            let complaints = found.complaints.render(language);
            format!("{complaints} {}", found.problems.summary(language))
        }));
    }
    let changed = found.changes.changed.into_iter();
    let fields = changed.flat_map(|person| person.fields);
    let fields: Vec<_> = fields
        .map(|field| (field.field, field.old, field.new))
        .collect();
    match fields.is_empty() {
        true => Amended::Nothing,
        false => Amended::Fields(fields),
    }
}
