//! A rehearsal against the clock: so many people and a day of virtual time,
//! the release binary from its start to its last line.
//!
//! Owns the figures of `docs/performance.md` for rehearsals. It must not
//! measure anything that a person would not wait for.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 5;

/// Everyone at once by 震度7, squads in turn by 震度5弱.
fn rules() -> String {
    let mut rules = "organisation = { ja = \"役場\", en = \"Office\" }\n\
        safety = { ja = \"身の安全を最優先してください。\", en = \"Safety first.\" }\n\
        administrators = [\"person:p0\"]\n\n[edition]\nnumber = 1\ndate = 2026-01-01\napproved_by = \"p0\"\n\n"
        .to_owned();
    let rule = |id: &str, level: &str, ask: &str, who: &str, need: &str, mode: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = {{ ja = \"{id}\", en = \"{id}\" }}\nsource = \"5(1)\"\n\
             when = {{ earthquake = {{ from = \"{level}\", to = \"{level}\" }} }}\nprocedure = \"day\"\n\
             place = {{ ja = \"役場\", en = \"Office\" }}\ninstruction = {{ ja = \"参集\", en = \"Gather\" }}\n\
             detail = \"full\"\nask = \"{ask}\"\nconfirm = \"none\"\n\
             [[rule.target]]\nwho = \"{who}\"\nneed = {need}\nmode = \"{mode}\"\n\n"
        )
    };
    rules.push_str(&rule(
        "all",
        "7",
        "everyone",
        "everyone",
        "\"everyone\"",
        "at-once",
    ));
    rules.push_str(&rule(
        "squads",
        "5-",
        "until-met",
        "every-squad",
        "\"roster\"",
        "in-turn",
    ));
    rules.push_str(
        "[[procedure]]\nid = \"day\"\ntitle = { ja = \"一日\", en = \"A day\" }\nexhausted_after = \"23h\"\n",
    );
    for hour in 0..12 {
        let call = if hour == 0 { "next" } else { "all" };
        let _ = write!(
            rules,
            "[[procedure.stage]]\nafter = \"{hour}h\"\ncall = \"{call}\"\nremind = {}\n\
             resend = {{ every = \"10m\", times = 5 }}\n",
            hour > 0
        );
    }
    rules
}

/// Everyone in squads of ten with a deputy for each, called in turn, asked
/// again every ten minutes for half a day.
fn town(folder: &Path, people: usize) {
    let mut roster =
        String::from("[[section]]\nid = \"office\"\nname = { ja = \"役場\", en = \"Office\" }\n\n");
    for number in 0..people {
        let _ = writeln!(
            roster,
            "[[person]]\nid = \"p{number}\"\nname = {{ ja = \"職員{number}\", en = \"Staff {number}\" }}\n\
             section = \"office\"\ncontacts = [{{ email = \"p{number}@example.jp\" }}]\n"
        );
    }
    for squad in 0..(people / 20).max(1) {
        let first = squad * 20;
        let ids = |from: usize, to: usize| {
            let ids = (from..to.min(people)).map(|number| format!("\"p{number}\""));
            ids.collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(
            roster,
            "[[squad]]\nid = \"s{squad}\"\nname = {{ ja = \"班{squad}\", en = \"Squad {squad}\" }}\n\
             required = [{}]\ndeputies = [{}]\n",
            ids(first, first + 10),
            ids(first + 10, first + 20)
        );
    }
    let muster = "time_zone = \"Asia/Tokyo\"\nlanguage = \"ja\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
        public_url = \"http://127.0.0.1:0\"\n[store]\nurl = \"sqlite:muster.db\"\n[email]\nfrom = \"m@example.jp\"\n\
        [[email.relay]]\nurl = \"smtp://127.0.0.1:25\"\ntls = \"none\"\n\
        [[token]]\nname = \"bench\"\nscopes = [\"read\"]\n\
        sha256 = \"8ffe8b1ea1cf4cc5afd5e9ad7e8b87f8b1f4d80aec6ac6ee8a8ee6a3a7fe1e4b\"\n";
    std::fs::write(folder.join("roster.toml"), roster).unwrap();
    std::fs::write(folder.join("rules.toml"), rules()).unwrap();
    std::fs::write(folder.join("muster.toml"), muster).unwrap();
}

fn run(folder: &Path, intensity: &str) -> (Duration, usize) {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_muster"))
        .arg("--config")
        .arg(folder)
        .args(["rehearse", "earthquake", "--intensity", intensity])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{output:?}");
    (
        took,
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
    )
}

fn main() {
    println!("people  everyone at once ms (lines)  squads in turn ms (lines)");
    for people in [100_usize, 1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        town(folder.path(), people);
        let median = |intensity: &str| {
            let mut runs: Vec<_> = (0..RUNS).map(|_| run(folder.path(), intensity)).collect();
            runs.sort();
            let (took, lines) = runs[RUNS / 2];
            format!("{:.0} ({lines})", took.as_secs_f64() * 1000.0)
        };
        println!("{people:>6}  {:>27}  {:>25}", median("7"), median("5-"));
    }
}
