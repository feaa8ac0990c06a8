//! A town of four, so that a test can name the line that it spoils.

use std::fmt::Write as _;
use std::path::PathBuf;

use muster::config::{self, Checked, Problem, Problems, Severity, Source, Sources};

pub(crate) const MUSTER: &str = r#"time_zone = "Asia/Tokyo"
language = "ja"

[http]
listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:8080"

[store]
url = "sqlite:muster.db"

[email]
from = "muster@example.jp"

[[email.relay]]
url = "smtp://127.0.0.1:2525"

[[token]]
name = "duty"
sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
scopes = ["trigger", "read"]
"#;

pub(crate) const ROSTER: &str = r#"[[section]]
id = "planning"
name = { ja = "まちづくり振興課", en = "Town planning" }
required = ["it-1"]
deputies = ["it-2"]

[[person]]
id = "mayor"
name = "町長"
section = "planning"
contacts = [{ email = "mayor@example.jp" }]

[[person]]
id = "it-1"
name = { ja = "担当職員1", en = "IT staff 1" }
section = "planning"
contacts = [{ email = "it-1@example.jp" }]

[[person]]
id = "it-2"
name = { ja = "担当職員2", en = "IT staff 2" }
section = "planning"
contacts = [{ email = "it-2@example.jp" }]

[[post]]
id = "mayor"
name = { ja = "町長", en = "Mayor" }
holders = ["mayor"]

[[squad]]
id = "control"
name = { ja = "統括班", en = "Control squad" }
required = ["it-1", "it-2"]

[[vendor]]
id = "fixer"
name = { ja = "保守事業者", en = "Maintainer" }
kind = "maintainer"
desk = [{ name = "窓口", contacts = [{ email = "desk@example.jp" }] }]

[[system]]
number = 19
name = "選挙システム"
owner = "planning"
maintainer = "fixer"
"#;

pub(crate) const RULES: &str = r#"organisation = { ja = "喜茂別町役場", en = "Kimobetsu" }
safety = { ja = "身の安全を最優先", en = "Safety first" }
administrators = ["person:it-1"]

[edition]
number = 2
date = 2025-12-29
approved_by = "mayor"

[[rule]]
id = "P1"
title = { ja = "全職員", en = "All staff" }
when = { earthquake = { from = "5+", to = "7" } }
procedure = "all"
confirm = "none"

[[rule.target]]
who = "everyone"
need = "everyone"

[[rule]]
id = "P2"
title = { ja = "各班", en = "Squads" }
when = { earthquake = { from = "5-", to = "5-" } }
procedure = "all"

[[rule.target]]
who = "every-squad"
need = 2
mode = "in-turn"

[[procedure]]
id = "all"
title = { ja = "全員", en = "Everyone" }
exhausted_after = "1h"

[[procedure.stage]]
after = "0s"
call = "all"

[[procedure.stage]]
after = "10m"
call = "nobody"
remind = true

[[drill]]
id = "contact"
title = { ja = "連絡訓練", en = "Contact drill" }
kind = "contact"
event = { kind = "earthquake", intensity = "5-" }
"#;

/// The town with nothing wrong in it.
pub(crate) fn sources() -> Sources {
    Sources {
        muster: Source::new("muster.toml", MUSTER),
        roster: Source::new("roster.toml", ROSTER),
        rules: Source::new("rules.toml", RULES),
        own: Vec::new(),
        dir: PathBuf::from("/etc/muster"),
        credentials: None,
    }
}

/// The town with one text put in another's place, in whichever file has it.
#[track_caller]
pub(super) fn spoiled(edits: &[(&str, &str)]) -> Sources {
    let mut sources = sources();
    for (from, to) in edits {
        let mut files = [&mut sources.muster, &mut sources.roster, &mut sources.rules];
        let file = files.iter_mut().find(|file| file.text.contains(from));
        let file = file.unwrap_or_else(|| panic!("no file holds {from:?}"));
        file.text = file.text.replacen(from, to, 1);
    }
    sources
}

/// What is said about some sources, warnings too.
pub(super) fn said(sources: &Sources) -> Problems {
    match config::check(sources, &[]) {
        Ok(Checked { warnings, .. }) => Problems(warnings),
        Err(problems) => problems,
    }
}

/// Sees to it that every sentence stands in both languages.
fn in_both_languages(problems: &Problems) {
    let kana = |text: &str| text.chars().any(|c| ('\u{3041}'..='\u{30FF}').contains(&c));
    for problem in &problems.0 {
        for text in std::iter::once(&problem.message).chain(&problem.advice) {
            assert!(kana(&text.ja), "no Japanese: {text:?}");
            assert!(!text.en.is_empty(), "no English: {text:?}");
        }
    }
}

/// One line for each problem, and one for each advice, in English.
pub(super) fn lines(problems: &Problems) -> String {
    in_both_languages(problems);
    problems.0.iter().fold(String::new(), |mut lines, problem| {
        let Problem {
            severity,
            file,
            line,
            column,
            message,
            advice,
            ..
        } = problem;
        let mark = if *severity == Severity::Error {
            ""
        } else {
            "warning: "
        };
        let message = &message.en;
        writeln!(lines, "{file}:{line}:{column}: {mark}{message}")
            .expect("a String takes any text");
        if let Some(advice) = advice {
            let advice = &advice.en;
            writeln!(lines, "    {advice}").expect("a String takes any text");
        }
        lines
    })
}

/// One slip, or a few, and everything that is said about them.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) edits: &'static [(&'static str, &'static str)],
    pub(super) said: &'static str,
}

/// Makes each slip in the town that has nothing wrong, and compares.
pub(super) fn refused(cases: &[Case]) {
    for Case { what, edits, said } in cases {
        let found = lines(&self::said(&spoiled(edits)));
        assert_eq!(found.trim_end(), said.trim(), "{what}");
    }
}
