//! Files -> checked values: the plan in force and the operator's settings.
//!
//! Owns the whole check of `muster.toml`, `roster.toml` and `rules.toml`:
//! every problem of every file at once, each with its place and what to write
//! instead. It must not run anything, read the time or read the environment.
//! A file goes through `schema` (its form), then through the file named after
//! what it sets (its meaning).

mod answers;
mod candidates;
mod contacts;
pub mod document;
mod drill_course;
mod drill_start;
mod drill_terms;
mod drills;
mod findings;
mod fold;
mod history;
mod names;
mod noun;
mod office_hours;
mod operator;
mod overrides;
mod own_texts;
mod posts;
mod precedence;
mod problem;
mod procedures;
mod raw;
mod readiness;
mod roster;
mod rules;
mod schedule;
mod schema;
mod secret;
pub mod sheet;
mod source;
mod table;
mod value;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;

pub use self::answers::answers;
use self::findings::{Findings, Place};
use self::names::{File, Names};
use self::operator::Setting;
pub use self::operator::{
    Email, Http, Login, Operator, Relay, Scope, SignIn, StoreUrl, Tls, Token, Webhook,
};
pub use self::problem::{Problem, Problems, Severity};
use self::schema::Key;
use self::secret::Directories;
pub use self::source::{Source, Sources};
use self::table::Table;
use crate::domain::edition::{Edition, Texts};
use crate::domain::id::PersonId;
use crate::domain::plan::{Plan, people};
use crate::domain::roster::Roster;
use crate::domain::rule::Selector;
use crate::message::own::OwnTexts;

/// What the files say, once nothing in them is refused.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The town's part.
    pub plan: Plan,
    /// The files of the town's part, as they were read.
    pub texts: Texts,
    /// The operator's part.
    pub operator: Operator,
    /// The town's own texts of mails, those that hold.
    pub own: Arc<OwnTexts>,
    /// Those that do not, all of it [`Severity::Error`]: the files above are
    /// taken all the same, and the built-in texts stand in.
    pub refused: Vec<Problem>,
    /// What somebody should look at, all of it [`Severity::Warning`].
    pub warnings: Vec<Problem>,
}

/// An answer soon after the sending is doubtful for so long where nothing is
/// said.
const DOUBT: u16 = 5;

/// Checks the files, with `--set KEY=VALUE` put over `muster.toml`.
pub fn check(sources: &Sources, overrides: &[(String, String)]) -> Result<Checked, Problems> {
    let mut findings = Findings::default();
    let pages =
        [&sources.muster, &sources.roster, &sources.rules].map(|source| findings.page(source));
    let overrides = overrides::place(pages[0], overrides, &mut findings);
    let (mut muster, muster_complete) = parse(&sources.muster, pages[0], &mut findings);
    let (roster, roster_complete) = parse(&sources.roster, pages[1], &mut findings);
    let (rules, rules_complete) = parse(&sources.rules, pages[2], &mut findings);
    overrides::apply(&mut muster, &overrides, &mut findings);
    let file = |(number, entries, complete): (usize, _, bool)| File {
        table: Table {
            place: Place::top(pages[number]),
            entries,
        },
        home: Sources::FILES[number],
        complete,
    };
    let files = Files {
        muster: file((0, &muster, muster_complete)),
        roster: file((1, &roster, roster_complete)),
        rules: file((2, &rules, rules_complete)),
    };
    let (plan, operator) = read(files, sources, &mut findings);
    let problems = findings.into_problems();
    let (own, refused, halves) = own_texts::check(&sources.dir, &sources.own);
    if problems.has_errors() {
        let all = problems.0.into_iter().chain(refused).chain(halves);
        return Err(Problems(all.collect()));
    }
    Ok(Checked {
        plan,
        texts: Texts {
            rules: sources.rules.text.clone(),
            roster: sources.roster.text.clone(),
        },
        operator,
        own,
        refused,
        warnings: problems.0.into_iter().chain(halves).collect(),
    })
}

/// Every key that each file may hold, as `email.relay.url`.
pub fn known_keys() -> [(&'static str, Vec<String>); 3] {
    let files: [(&'static str, &[Key]); 3] = [
        (Sources::FILES[0], raw::muster::FILE),
        (Sources::FILES[1], raw::roster::FILE),
        (Sources::FILES[2], raw::rules::FILE),
    ];
    files.map(|(file, keys)| {
        let mut found = Vec::new();
        schema::paths(keys, "", &mut found);
        (file, found)
    })
}

#[derive(Clone, Copy)]
struct Files<'a> {
    muster: File<'a>,
    roster: File<'a>,
    rules: File<'a>,
}

/// The parsed file, and whether all of it could be parsed.
fn parse<'a>(source: &'a Source, page: usize, findings: &mut Findings) -> (DeTable<'a>, bool) {
    let (table, errors) = document::tables(&source.text);
    for error in &errors {
        let place = error
            .span()
            .map_or(Place::top(page), |span| Place::new(page, &span));
        findings
            .error(
                place,
                format!("TOML として読めません（{}）", error.message()),
                format!("this is not TOML: {}", error.message()),
            )
            .advise(
                "書き方は https://toml.io を見てください。文字列は \"…\" で囲みます",
                "see https://toml.io for how a line is written; texts stand in \"quotation marks\"",
            );
    }
    if !errors.is_empty() {
        findings.mute(page);
    }
    (table, errors.is_empty())
}

fn read(files: Files<'_>, sources: &Sources, findings: &mut Findings) -> (Plan, Operator) {
    let checks: [(File<'_>, &'static [Key]); 3] = [
        (files.muster, raw::muster::FILE),
        (files.roster, raw::roster::FILE),
        (files.rules, raw::rules::FILE),
    ];
    for (file, keys) in checks {
        // Why: half a file would be full of missing keys that are there.
        if file.complete {
            schema::walk(file.table, keys, findings);
        }
    }
    let names = Names::gather(&files.muster, &files.roster, &files.rules, findings);
    let directories = Directories {
        config: &sources.dir,
        credentials: sources.credentials.as_deref(),
    };
    let (operator, setting) = operator::check(files.muster.table, &names, directories, findings);
    let roster = roster::check(files.roster.table, &names, setting.language, findings);
    let plan = plan(files, (roster, setting), &names, (sources, findings));
    if files.roster.complete {
        operator::look(
            files.muster.table,
            &operator.sign_ins,
            &plan.roster,
            findings,
        );
    }
    (plan, operator)
}

fn plan(
    files: Files<'_>,
    (roster, setting): (Roster, Setting),
    names: &Names,
    (sources, findings): (&Sources, &mut Findings),
) -> Plan {
    let file = files.rules.table;
    let procedures = procedures::check(file, names, findings);
    let roster_complete = files.roster.complete;
    let office_hours = office_hours::check(file, findings);
    let against = rules::Against {
        names,
        roster: &roster,
        procedures: &procedures,
        roster_complete,
        office_hours: file.has("office_hours"),
    };
    let (rules, rules_whole) = rules::check(file, against, findings);
    let edition = edition(file.table("edition"), names, (sources, findings));
    let against = drills::Against {
        names,
        roster: &roster,
        rules: &rules,
        procedures: &procedures,
        rules_whole,
        roster_complete,
        schedule: schedule::Against {
            names,
            hours: office_hours.as_ref(),
            has_hours: file.has("office_hours"),
            zone: &setting.time_zone,
            from: edition.date,
        },
    };
    let drills = drills::check(file, against, findings);
    posts::check((files.roster, file), &roster, findings);
    let administrators = administrators((file, roster_complete), &roster, names, findings);
    let doubt = file
        .table("answers")
        .and_then(|answers| answers.number_within("doubt_seconds", 0..=600, findings))
        .unwrap_or(DOUBT);
    Plan {
        history: history::check(file.table("edition"), &edition, findings),
        edition,
        organisation: file.words("organisation").unwrap_or_default(),
        time_zone: setting.time_zone,
        language: setting.language,
        administrators,
        approvers: waits::approvers(file, names, findings),
        reports: waits::reports(file, findings),
        prepared: waits::prepared(file, findings),
        help_within: waits::help_within(file, findings),
        contacts: contacts::check(file.table("contacts"), findings),
        safety: file.words("safety").unwrap_or_default(),
        doubt: Duration::from_secs(doubt.into()),
        readiness: readiness::check(file.table("readiness"), findings),
        absences: indexmap::IndexMap::new(),
        rules,
        procedures,
        office_hours,
        drills,
        drill_terms: drill_terms::check(file, names, findings),
        roster,
    }
}

/// Who is told when something goes wrong; there must be somebody.
fn administrators(
    (file, roster_complete): (Table<'_>, bool),
    roster: &Roster,
    names: &Names,
    findings: &mut Findings,
) -> Vec<Selector> {
    let administrators = names.selectors(&file.texts("administrators"), findings);
    let named = file.texts("administrators").len();
    let nobody = roster_complete && people(&administrators, roster).is_empty();
    if file.is_empty_list("administrators")
        || (nobody && named > 0 && named == administrators.len())
    {
        findings
            .error(
                file.place_of("administrators"),
                "異常を知らせる相手が誰もいません",
                "nobody is told when something goes wrong",
            )
            .advise(
                "administrators = [\"post:it-staff\"] のように、一人以上を書いてください",
                "name at least one, for example administrators = [\"post:it-staff\"]",
            );
    }
    administrators
}

fn edition(
    table: Option<Table<'_>>,
    names: &Names,
    (sources, findings): (&Sources, &mut Findings),
) -> Edition {
    let number = table.and_then(|table| table.number_within("number", 1..=9999, findings));
    let date = table.and_then(|table| table.date("date", findings));
    let approved_by = table.and_then(|table| table.text("approved_by"));
    if let Some(word) = approved_by {
        names.people.knows(word, findings);
    } else if let Some(table) = table {
        findings
            .warn(table.place, "この版は未承認です。使われるところすべてに、未承認と表示されます", "this edition is not approved, and says so wherever it is used")
            .advise("CIO（最高情報責任者）の承認を得てから、approved_by = \"…\" を書いてください（6(2)）", "write approved_by = \"…\" once the chief information officer has approved it (6(2))");
    }
    Edition::unknown(
        number.unwrap_or_default(),
        date.unwrap_or_default(),
        approved_by.map(|word| PersonId::new(word.text)),
        [sources.rules.digest(), sources.roster.digest()],
    )
}
