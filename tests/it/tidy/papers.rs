//! The documentation keeps its promises.
//!
//! Owns what a reader relies on: the two commands at the top of the README,
//! the same commands in both languages, links that lead somewhere, a row for
//! every demand of the plan, licences, a change log that is kept.

use super::commands::code_lines;
use super::tree::{File, files, root, text};

/// What the README begins with.
const MAIN: [&str; 2] = ["cargo run --release -- demo", "tests/run"];

/// The rows of the plan, each of which `docs/plan.md` answers for.
const ROWS: [&str; 14] = [
    "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "S1", "D1", "D2", "D3",
];

/// How a line of the change log may begin.
const KINDS: [&str; 4] = ["[change]", "[feature]", "[fix]", "[security]"];

fn main_commands(readme: &str) -> Vec<String> {
    let top: String = readme.lines().take(40).map(|l| format!("{l}\n")).collect();
    let lines = code_lines(&top);
    MAIN.into_iter()
        .filter(|command| !lines.iter().any(|line| line == command))
        .map(|command| format!("README: `{command}` is not in a code block of its first 40 lines"))
        .collect()
}

fn change_log(log: &str) -> Vec<String> {
    let unreleased = log
        .split("\n## ")
        .find(|part| part.starts_with("Unreleased"));
    let Some(unreleased) = unreleased else {
        return vec!["CHANGELOG.md: no section `## Unreleased`".into()];
    };
    unreleased
        .lines()
        .filter_map(|line| line.strip_prefix("- "))
        .filter(|line| !KINDS.iter().any(|kind| line.starts_with(kind)))
        .map(|line| format!("CHANGELOG.md: `{line}` does not begin with one of {KINDS:?}"))
        .collect()
}

/// Links to files that are not there.
fn dead_links(paper: &File) -> Vec<String> {
    let folder = paper.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    paper
        .text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://") && !link.starts_with(['#', '<']))
        .map(|link| link.split('#').next().unwrap_or_default())
        .filter(|link| !root(folder).join(link).exists())
        .map(|link| format!("{}: `{link}` is not there", paper.path))
        .collect()
}

/// Tests that a document names and that are not there.
fn lost_tests(paper: &File) -> Vec<String> {
    paper
        .text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("tests/it/") && !word.contains([' ', '*', '{']))
        .filter(|word| !root(word).exists())
        .map(|word| format!("{}: the test `{word}` is not there", paper.path))
        .collect()
}

/// Tests that `docs/reliability.md` names by their path in `tests/it` and that
/// are not there: a file or folder, and a function of it.
fn lost_functions(paper: &str) -> Vec<String> {
    let named = paper.split('`').skip(1).step_by(2);
    let named =
        named.filter(|word| word.contains("::") && !word.contains(' ') && !word.ends_with("::"));
    let lost = named.filter(|word| {
        let path = word.replace("::", "/");
        let is_area = |path: &str| {
            root(&format!("tests/it/{path}.rs")).exists()
                || root(&format!("tests/it/{path}/mod.rs")).exists()
        };
        let is_test = path.rsplit_once('/').is_some_and(|(area, name)| {
            let files = [format!("{area}.rs"), format!("{area}/mod.rs")];
            files.iter().any(|file| {
                let text = std::fs::read_to_string(root(&format!("tests/it/{file}")));
                text.is_ok_and(|text| text.contains(&format!("fn {name}(")))
            })
        });
        !is_area(&path) && !is_test
    });
    lost.map(|word| format!("docs/reliability.md: there is no test `{word}`"))
        .collect()
}

fn missing_rows(plan: &str) -> Vec<String> {
    ROWS.into_iter()
        .filter(|row| !plan.lines().any(|l| l.starts_with(&format!("| {row} |"))))
        .map(|row| format!("docs/plan.md: no row {row}"))
        .collect()
}

/// Dependencies that have no line.
fn unexplained(manifest: &str, list: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]");
        } else if let Some((name, _)) = line.split_once(" = ")
            && inside
            && !list.contains(&format!("`{name}`"))
        {
            found.push(format!(
                "docs/decisions/dependencies.md: no line for `{name}`"
            ));
        }
    }
    found
}

/// The packages of the browser's tests, as a manifest would list them.
fn packages(manifest: &str) -> String {
    let read: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    let names = read["devDependencies"].as_object().into_iter().flatten();
    names.fold("[dependencies]\n".to_owned(), |list, (name, version)| {
        format!("{list}{name} = {version}\n")
    })
}

/// Whose registry a lock file was made with is of one machine.
fn addresses(lock: &str) -> Vec<String> {
    lock.lines()
        .filter(|line| line.contains("://"))
        .map(|line| format!("tests/browser/package-lock.json: `{}`", line.trim()))
        .collect()
}

fn papers() -> Vec<File> {
    files(&[""])
        .into_iter()
        .filter(|file| file.path.ends_with(".md"))
        .collect()
}

#[test]
fn each_row_of_the_faults_names_tests_that_exist() {
    super::nothing_wrong(&lost_functions(&text("docs/reliability.md")));
    let lost = "| 1 | killed | holds | `story::defect`, `story::defect::nothing`, `no::where` |";
    assert_eq!(lost_functions(lost).len(), 2);
}

#[test]
fn the_readme_begins_with_its_two_commands() {
    super::nothing_wrong(&main_commands(&text("README.md")));
    super::nothing_wrong(&main_commands(&text("README.ja.md")));
}

#[test]
fn both_readmes_show_the_same_commands() {
    assert_eq!(
        code_lines(&text("README.md")),
        code_lines(&text("README.ja.md"))
    );
}

#[test]
fn the_change_log_has_an_unreleased_section() {
    super::nothing_wrong(&change_log(&text("CHANGELOG.md")));
}

#[test]
fn links_lead_somewhere() {
    let found: Vec<String> = papers().iter().flat_map(dead_links).collect();
    super::nothing_wrong(&found);
}

#[test]
fn the_tests_that_the_documentation_names_exist() {
    // Before the first story there is nothing to name.
    if root("tests/it/story").exists() {
        let found: Vec<String> = papers().iter().flat_map(lost_tests).collect();
        super::nothing_wrong(&found);
    }
}

#[test]
fn every_row_of_the_plan_is_answered_for() {
    super::nothing_wrong(&missing_rows(&text("docs/plan.md")));
}

#[test]
fn every_dependency_is_accounted_for() {
    let list = text("docs/decisions/dependencies.md");
    super::nothing_wrong(&unexplained(&text("Cargo.toml"), &list));
    let manifest = packages(&text("tests/browser/package.json"));
    assert!(manifest.contains("axe-core = "), "{manifest}");
    super::nothing_wrong(&unexplained(&manifest, &list));
    let lock = text("tests/browser/package-lock.json");
    assert!(lock.contains("sha512-"), "a lock file holds digests");
    super::nothing_wrong(&addresses(&lock));
}

#[test]
fn the_licences_are_there() {
    assert!(text("LICENSE-MIT").starts_with("MIT License"));
    assert!(text("LICENSE-APACHE").contains("Version 2.0, January 2004"));
    let manifest = text("Cargo.toml");
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    for readme in ["README.md", "README.ja.md"] {
        assert!(text(readme).contains("LICENSE-MIT"), "{readme}");
        assert!(text(readme).contains("LICENSE-APACHE"), "{readme}");
    }
}

#[test]
fn control_each_rule_can_fail() {
    let paper = |text: &str| File {
        path: "docs/plan.md".into(),
        text: text.into(),
    };
    assert_eq!(
        main_commands("cargo run --release -- demo\ntests/run").len(),
        2
    );
    assert_eq!(main_commands("```sh\ntests/run\n```").len(), 1);
    assert_eq!(change_log("# Changes\n\n## 0.1.0\n").len(), 1);
    assert_eq!(change_log("# Changes\n\n## Unreleased\n\n- new\n").len(), 1);
    assert!(change_log("# Changes\n\n## Unreleased\n\n- [fix] x\n").is_empty());
    assert_eq!(
        dead_links(&paper("[a](b.md), [c](https://d.example.jp/)")).len(),
        1
    );
    assert!(dead_links(&paper("[a](decisions/README.md#rows)")).is_empty());
    assert_eq!(
        lost_tests(&paper("`a`, `tests/it/none.rs` and `tests/it/tidy.rs`")).len(),
        1
    );
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\nc = { version = \"1\" }";
    assert_eq!(unexplained(manifest, "`b`").len(), 1);
    assert_eq!(
        unexplained(&packages(r#"{"devDependencies":{"a":"1"}}"#), "").len(),
        1
    );
    assert_eq!(
        addresses("\"resolved\": \"https://example.jp/a.tgz\"").len(),
        1
    );
    assert_eq!(missing_rows("| P1 | x |").len(), ROWS.len() - 1);
}
