//! The order of the modules: each may name only those above it in the table.
//!
//! Textual, so that one test of a few lines does what a dozen crates would.
//! It reads grouped imports, paths in code and `super`; `src/lib.rs` re-exports
//! nothing, so that no name can hide where it comes from.

use super::scan::{Path, paths, tokens};
use super::tree::{File, sources, text};

/// Lowest first. `docs/architecture.md` says what each one owns.
pub(super) const MODULES: [&str; 13] = [
    "domain",
    "telemetry",
    "private_file",
    "feed",
    "message",
    "clock",
    "store",
    "channel",
    "engine",
    "report",
    "http",
    "config",
    "cli",
];

/// What the order would allow and the house does not: who may not name whom.
const APART: [(&str, &str); 2] = [("store", "clock"), ("http", "channel")];

/// Libraries and parts of std with one home, or a few.
const HOMES: [(&[&str], &[&str]); 8] = [
    (&["sqlx"], &["store"]),
    (&["lettre"], &["channel"]),
    (&["reqwest"], &["channel", "config", "cli"]),
    (&["axum"], &["http", "cli"]),
    (&["clap"], &["cli"]),
    (&["getrandom", "fill"], &["clock"]),
    (&["tokio", "signal"], &["cli"]),
    (&["std", "process", "exit"], &["cli"]),
];

/// What the domain must not name: it is pure.
const IMPURE: [&str; 12] = [
    "async",
    "await",
    "tokio",
    "futures_util",
    "tracing",
    "serde",
    "serde_json",
    "sqlx",
    "reqwest",
    "std::fs",
    "std::net",
    "std::env",
];

/// Everything against the order in one file.
fn edges(file: &File) -> Vec<String> {
    let own = own_path(&file.path);
    let Some(module) = own.first().cloned() else {
        return binary(file);
    };
    let Some(rank) = MODULES.iter().position(|name| *name == module) else {
        return vec![format!(
            "{}: no such module in the table of `tests/it/tidy/order.rs`",
            file.path
        )];
    };
    let mut problems = Vec::new();
    let mut problem = |line: usize, what: String| {
        problems.push(format!("{}:{line}: {what}", file.path));
    };
    let tokens = tokens(&file.text);
    for pair in tokens.windows(2) {
        if pair[0].text == "crate" && pair[1].text == "as" {
            problem(
                pair[0].line,
                format!("{module} -> `crate as`: name the module"),
            );
        }
    }
    for path in paths(&tokens) {
        if leaves(&path, own.len()) {
            problem(
                path.line,
                format!(
                    "`{}` leaves the module {module}: write `crate::…`",
                    path.words.join("::")
                ),
            );
        }
        match target(&path, &module) {
            Some(Err(what)) => problem(path.line, what),
            Some(Ok(named)) => {
                if let Some(what) = forbidden(rank, &module, named) {
                    problem(path.line, what);
                }
            }
            None => {}
        }
        for (words, homes) in HOMES {
            if path.has(words) && !homes.contains(&module.as_str()) {
                let (name, homes) = (words.join("::"), homes.join(" and "));
                problem(
                    path.line,
                    format!("{module} -> {name}: only {homes} may name it"),
                );
            }
        }
        if module == "domain" {
            for name in IMPURE {
                let words: Vec<&str> = name.split("::").collect();
                if path.has(&words) {
                    problem(path.line, format!("domain -> {name}: the domain is pure"));
                }
            }
        }
    }
    problems
}

/// The module of the crate that a path names, if it names one. A root that is
/// renamed or taken whole could hide an edge, so it is a problem by itself.
fn target<'a>(path: &'a Path, module: &str) -> Option<Result<&'a str, String>> {
    match path.words.first()?.as_str() {
        "crate" => match path.words.get(1).map(String::as_str) {
            Some("*" | "self") => Some(Err(format!(
                "{module} -> `{}`: name the module",
                path.words.join("::")
            ))),
            Some(named) => Some(Ok(named)),
            // `pub(crate)` is a word alone.
            None => None,
        },
        "extern" => Some(Err(format!("{module}: `extern` can hide an edge"))),
        _ => None,
    }
}

/// Whether a run of `super` reaches the root of the crate.
fn leaves(path: &Path, depth: usize) -> bool {
    let ups = path.words.iter().filter(|word| *word == "super").count();
    ups > 0 && ups >= depth + path.depth
}

fn forbidden(rank: usize, module: &str, named: &str) -> Option<String> {
    let apart = APART.contains(&(module, named));
    match MODULES.iter().position(|name| *name == named) {
        Some(other) if other > rank => Some(format!(
            "{module} -> {named}: {named} comes later in the order"
        )),
        Some(_) if apart => Some(format!("{module} -> {named}: kept apart")),
        Some(_) => None,
        None => Some(format!("{module} -> {named}: not a module of the table")),
    }
}

/// `src/main.rs` and `src/lib.rs`: the binary names `cli` alone, the library
/// lists its modules and re-exports nothing.
fn binary(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    for path in paths(&tokens(&file.text)) {
        let named = path.words.join("::");
        let bad = match file.path.as_str() {
            "src/lib.rs" => named == "use",
            _ => {
                path.words.first().is_some_and(|word| word == "muster")
                    && !path.has(&["muster", "cli"])
            }
        };
        if bad {
            problems.push(format!(
                "{}:{}: `{named}`: the library re-exports nothing, the binary names `muster::cli` alone",
                file.path, path.line
            ));
        }
    }
    problems
}

/// `src/a/b/mod.rs` and `src/a/b.rs` are `[a, b]`; `src/lib.rs` is `[]`.
fn own_path(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    inside
        .split('/')
        .filter(|word| !matches!(*word, "mod" | "lib" | "main"))
        .map(str::to_owned)
        .collect()
}

/// The modules as `src/lib.rs` lists them.
fn listed(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    tokens
        .windows(2)
        .filter(|pair| pair[0].text == "mod")
        .map(|pair| pair[1].text.clone())
        .collect()
}

#[test]
fn each_module_names_only_those_above_it() {
    let problems: Vec<String> = sources().iter().flat_map(edges).collect();
    super::nothing_wrong(&problems);
}

#[test]
fn the_library_lists_its_modules_in_order() {
    assert_eq!(listed(&text("src/lib.rs")), MODULES);
}

fn bad(path: &str, text: &str) -> String {
    edges(&File {
        path: path.into(),
        text: text.into(),
    })
    .join("\n")
}

#[test]
fn control_an_edge_upwards_is_named_with_its_place() {
    for text in [
        "\nuse crate::engine::Turn;",
        "\nuse crate::{domain::id, engine};",
        "\nfn f() { crate::engine::turn() }",
        "\nuse crate::{\n  domain, engine::{self, Turn}};",
        "\n#[serde(with = \"crate::engine\")]",
    ] {
        let said = bad("src/store/mod.rs", text);
        assert!(said.starts_with("src/store/mod.rs:"), "{text}: {said}");
        assert!(said.contains("store -> engine"), "{text}: {said}");
    }
    let said = bad("src/store/mod.rs", "\nuse crate::engine::Turn;");
    assert!(said.starts_with("src/store/mod.rs:2:"), "{said}");
}

#[test]
fn control_super_may_not_leave_a_module() {
    assert_eq!(
        bad("src/store/codec/event.rs", "use super::super::sql;"),
        ""
    );
    assert_ne!(
        bad("src/store/codec/event.rs", "use super::super::super::http;"),
        ""
    );
    assert_ne!(
        bad(
            "src/store/codec/event.rs",
            "use super::{super::{super::http}};"
        ),
        ""
    );
    assert_ne!(bad("src/store/mod.rs", "use super::engine;"), "");
    assert_eq!(bad("src/store/mod.rs", "mod inner { use super::sql; }"), "");
}

#[test]
fn control_a_renamed_root_is_a_problem() {
    for text in [
        "use crate::*;",
        "use crate as root;",
        "use crate::{self as root};",
        "extern crate self as root;",
    ] {
        assert_ne!(bad("src/store/mod.rs", text), "", "{text}");
    }
    assert_eq!(bad("src/store/mod.rs", "pub(crate) fn f() {}"), "");
    assert_ne!(bad("src/lib.rs", "pub use domain::id;"), "");
    assert_ne!(
        bad("src/main.rs", "fn main() { muster::store::open() }"),
        ""
    );
    assert_ne!(bad("src/drawer/mod.rs", ""), "");
}

#[test]
fn control_a_library_stays_in_its_home() {
    assert_ne!(bad("src/http/mod.rs", "use sqlx::SqlitePool;"), "");
    assert_eq!(bad("src/store/mod.rs", "use sqlx::SqlitePool;"), "");
    assert_ne!(bad("src/http/mod.rs", "use crate::channel::Channels;"), "");
    assert_ne!(bad("src/domain/id.rs", "async fn f() {}"), "");
    assert_ne!(bad("src/domain/id.rs", "use std::{fmt, fs};"), "");
}
