//! Turns `[[edition.history]]` of a read `rules.toml` into the list of
//! editions (計画の新規策定／改訂一覧).
//!
//! Owns the check that editions follow each other in number and in date, and
//! that none overlaps the one in force. It must not know who approves one.

use jiff::civil::Date;

use super::findings::{Findings, Place};
use super::table::Table;
use crate::domain::edition::{Edition, Revision};
use crate::domain::text::Text;

/// An edition and where it stands.
struct Placed {
    number: (u32, Place),
    date: (Date, Place),
}

/// Checks the list of `[edition]` against the one in force; returns it by
/// number.
pub(super) fn check(
    table: Option<Table<'_>>,
    in_force: &Edition,
    findings: &mut Findings,
) -> Vec<Revision> {
    let Some(edition) = table else {
        return Vec::new();
    };
    let mut listed = Vec::new();
    let mut revisions = Vec::new();
    for table in edition.tables("history") {
        let Some(placed) = placed(table, findings) else {
            continue;
        };
        revisions.push(Revision {
            number: placed.number.0,
            date: placed.date.0,
            what: table.words("what").unwrap_or_default(),
        });
        listed.push(placed);
    }
    listed.sort_by_key(|placed| (placed.number.0, placed.number.1.start));
    for pair in listed.windows(2) {
        if let [before, after] = pair {
            follows(before, after, findings);
        }
    }
    // What could not be read of it stands at nothing, and was refused already.
    let whole = in_force.number > 0 && in_force.date != Date::default();
    let in_force = Placed {
        number: (in_force.number, edition.place_of("number")),
        date: (in_force.date, edition.place_of("date")),
    };
    for before in listed.iter().filter(|_| whole) {
        precedes(before, &in_force, findings);
    }
    revisions.sort_by_key(|revision| revision.number);
    revisions
}

fn placed(table: Table<'_>, findings: &mut Findings) -> Option<Placed> {
    let number = table.number_within("number", 1..=9999, findings);
    let date = table.date("date", findings);
    Some(Placed {
        number: (number?, table.place_of("number")),
        date: (date?, table.place_of("date")),
    })
}

/// One edition of the list and the next by number.
fn follows(before: &Placed, after: &Placed, findings: &mut Findings) {
    let number = before.number.0;
    if number == after.number.0 {
        let line = findings.line(before.number.1);
        findings
            .error(
                after.number.1,
                format!("第{number}版は {line} 行目にもあります"),
                format!("edition {number} is already on line {line}"),
            )
            .advise(
                "版ごとに別の番号を付けるか、どちらかを消してください",
                "give each edition a number of its own, or take one out",
            );
    } else if before.date.0 >= after.date.0 {
        let line = findings.line(before.date.1);
        findings
            .error(
                after.date.1,
                format!("第{0}版の日付 {1} が、{line} 行目の第{number}版の日付 {2} より後になっていません",
                    after.number.0, after.date.0, before.date.0
                ), format!(
                    "edition {} is of {}, not after edition {number} on line {line}, of {}",
                    after.number.0, after.date.0, before.date.0
                ),
            )
            .advise("番号の順に日付も新しくなるようにしてください", "let the numbers and the dates rise together");
    }
}

/// An edition of the list and the one in force.
fn precedes(before: &Placed, in_force: &Placed, findings: &mut Findings) {
    let advice = || {
        Text::new(
            "施行中の版より前の版だけを、それぞれの日付で書いてください",
            "list only editions before the one in force, each with the date of its own",
        )
    };
    if before.number.0 >= in_force.number.0 {
        let line = findings.line(in_force.number.1);
        findings
            .error(
                before.number.1,
                format!(
                    "第{}版は、{line} 行目の施行中の版（第{}版）より前の版ではありません",
                    before.number.0, in_force.number.0
                ),
                format!(
                    "edition {} is not before the edition in force, number {} on line {line}",
                    before.number.0, in_force.number.0
                ),
            )
            .advise_both(advice());
    } else if before.date.0 >= in_force.date.0 {
        let line = findings.line(in_force.date.1);
        findings
            .error(
                before.date.1,
                format!(
                    "第{}版の日付 {} が、{line} 行目の施行中の版の日付 {} より前ではありません",
                    before.number.0, before.date.0, in_force.date.0
                ),
                format!(
                    "edition {} is of {}, not before the edition in force, of {} on line {line}",
                    before.number.0, before.date.0, in_force.date.0
                ),
            )
            .advise_both(advice());
    }
}
