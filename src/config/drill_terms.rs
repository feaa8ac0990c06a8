//! What a read `rules.toml` says of drills as a whole: who is mailed their
//! reports, which are due how often.
//!
//! Owns the checks of `[drills]`; each drill is checked in `drills`.

use super::findings::Findings;
use super::names::Names;
use super::noun::noun;
use super::table::{Table, Word};
use super::value::choice;
use crate::domain::drill_duty::{DrillTerms, Duty, Every, REMIND_DAYS, Wanted};

/// The table, or what stands where there is none.
pub(super) fn check(file: Table<'_>, names: &Names, findings: &mut Findings) -> DrillTerms {
    let Some(table) = file.table("drills") else {
        return DrillTerms::default();
    };
    let due = table.table("due");
    let words = Every::ALL.map(|every| (every.name(), every));
    let duties = Wanted::ALL.iter().filter_map(|what| {
        let word = due?.text(what.name())?;
        let every = choice(
            word,
            noun("訓練の間隔", "interval of drills"),
            &words,
            findings,
        )?;
        Some(Duty { what: *what, every })
    });
    let duties = duties.collect();
    let remind = table.text("remind_before");
    DrillTerms {
        report_to: names.selectors(&table.texts("report_to"), findings),
        duties,
        remind_days: remind
            .and_then(|word| days(word, findings))
            .unwrap_or(REMIND_DAYS),
    }
}

/// `30d`: whole days, up to a year.
fn days(word: Word<'_>, findings: &mut Findings) -> Option<i32> {
    let count = word.text.strip_suffix('d');
    let count = count.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let count = count.and_then(|text| text.parse().ok());
    let count = count.filter(|count| (0..=366).contains(count));
    if count.is_none() {
        findings
            .error(
                word.place,
                format!("「{}」は日数ではありません", word.text),
                format!("\"{}\" is no number of days", word.text),
            )
            .advise(
                "\"30d\"（30日）のように、366日までを書いてください",
                "write up to 366 days, such as \"30d\"",
            );
    }
    count
}
