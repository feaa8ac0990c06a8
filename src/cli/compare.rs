//! `muster check --against EDITION`: what changed, and who has which duty now.
//!
//! Owns finding the other edition (a directory, or one that the daemon kept)
//! and the table on 80 columns. The comparison is the domain's.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::arguments::Global;
use super::client::Client;
use super::configuration;
use super::editions;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::{Table, cut};
use crate::config::{Checked, Source, Sources, check};
use crate::domain::difference::compare;
use crate::domain::plan::Plan;
use crate::message::comparison::{Row, people, subjects};
use crate::report::comparison::json;

/// The widest cells of the first two columns.
const OF: usize = 26;
const PART: usize = 24;

/// The widest change that stands in one line.
const LINE: usize = 30;

/// Prints what changed since another edition.
pub(super) async fn against(global: &Global, other: &str) -> Result<(), Failure> {
    let (sources, mut checked) = configuration::read_aloud(global)?;
    let daemon = editions::know(global, &mut checked.plan).await;
    let mut old = older(global, sources, other).await?.plan;
    if let Some(daemon) = daemon {
        daemon.know(&mut old);
    }
    let comparison = compare(&old, &checked.plan);
    let language = global.language();
    if global.json {
        output::json(&json(&comparison, [&old, &checked.plan], language));
        return Ok(());
    }
    output::say(&format!(
        "{}: {}",
        label("前", "before"),
        old.edition.label()
    ));
    let now = checked.plan.edition.label();
    output::say(&format!("{}: {now}", label("今", "now")));
    editions::say_caveats(&checked.plan.edition);
    if comparison.is_empty() {
        output::say("");
        output::say(&same(&old, &checked.plan));
        return Ok(());
    }
    say(
        [label("職員", "person"), label("役割", "duty")],
        &people(&comparison, language),
    );
    say(
        [label("対象", "what"), label("項目", "part")],
        &subjects(&comparison, language),
    );
    Ok(())
}

fn same(old: &Plan, new: &Plan) -> String {
    let (old, new) = (&old.edition, &new.edition);
    if old.rules_digest == new.rules_digest && old.roster_digest == new.roster_digest {
        both("同じファイルです", "the files are the same")
    } else {
        both(
            "役割にも規則にも違いはありません（注釈や書き方だけの違い）",
            "no duty and no rule differs: only remarks, or the way it is written",
        )
    }
}

/// The other edition, read with today's `muster.toml`: a directory if there
/// is one by that name, else what the daemon kept.
async fn older(global: &Global, today: Sources, other: &str) -> Result<Checked, Failure> {
    let (roster, rules) = if Path::new(other).is_dir() {
        let file = |name: &str| {
            let path = Path::new(other).join(name);
            let shown = path.display().to_string();
            std::fs::read_to_string(&path)
                .map(|text| Source::new(shown.clone(), text))
                .map_err(|error| unreadable(&shown, &error))
        };
        (file("roster.toml")?, file("rules.toml")?)
    } else {
        kept(global, other).await?
    };
    let sources = Sources {
        roster,
        rules,
        ..today
    };
    check(&sources, &global.overrides).map_err(|problems| {
        Failure::problems(&problems).and(
            &format!("\nこの版の muster では版 {other} を読めません。いまの muster.toml と合わせて読んでいます"),
            &format!("\nthe edition {other} is not one that this version can read; it is compared with today's muster.toml"),
        )
    })
}

/// That a file cannot be read.
pub(super) fn unreadable(shown: &str, error: &std::io::Error) -> Failure {
    Failure::usage(
        format!("{shown} を読めません（{error}）"),
        format!("{shown} cannot be read: {error}"),
    )
}

async fn kept(global: &Global, other: &str) -> Result<(Source, Source), Failure> {
    let is_name = !other.is_empty() && other.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_name {
        return Err(Failure::usage(
            format!(
                "{other:?} は、ディレクトリーでも、版の番号や要約値でもありません。いまの版は muster check で見られます"
            ),
            format!(
                "{other:?} is neither a directory nor the number or digest of an edition; `muster check` shows the one that is read now"
            ),
        ));
    }
    let client = Client::new(global)?;
    let kept = client.get(&format!("/api/v1/editions/{other}")).await?;
    let file = |name: &str| {
        let text = kept[name].as_str().unwrap_or_default();
        Source::new(format!("edition {other}: {name}.toml"), text)
    };
    Ok((file("roster"), file("rules")))
}

/// A table of rows; who or what it is of stands in the first row alone.
fn say(heading: [String; 2], rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let [of, part] = heading;
    let mut table = Table::new([of, part, label("変更", "change")]);
    let mut before = ["", ""];
    for row in rows {
        let [was_of, was_part] = before;
        before = [&row.of, &row.part];
        let [mut of, mut part] = before;
        if of == was_of {
            of = "";
            part = if part == was_part { "" } else { part };
        }
        for line in change(row) {
            table.row([cut(of, OF), cut(part, PART), line]);
            (of, part) = ("", "");
        }
    }
    output::say("");
    output::table(&table);
}

/// `before → now` where both fit, else a line for each.
fn change(row: &Row) -> Vec<String> {
    match (&row.before, &row.after) {
        (None, None) => vec![String::new()],
        (Some(before), None) => vec![format!("- {before}")],
        (None, Some(after)) => vec![format!("+ {after}")],
        (Some(before), Some(after)) => {
            let line = format!("{before} → {after}");
            if line.width() <= LINE {
                vec![line]
            } else {
                vec![format!("- {before}"), format!("+ {after}")]
            }
        }
    }
}
