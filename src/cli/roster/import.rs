//! `muster roster import` and `check`: a sheet -> what it would change.
//!
//! Owns the listing and the decision to write when asked to. It must not
//! write anything of a sheet that has one error.

use std::path::Path;

use serde_json::{Value, json};

use super::{Check, Import, file};
use crate::cli::arguments::Global;
use crate::cli::configuration;
use crate::cli::failure::Failure;
use crate::cli::output::{self, both};
use crate::cli::table::Table;
use crate::config::sheet::{self, Changed, Encoding, Field, Sheet};
use crate::config::{Checked, Problems, Severity, Sources};
use crate::domain::text::Language;

/// `muster roster check`
pub(super) fn check(global: &Global, check: &Check) -> Result<(), Failure> {
    let sources = configuration::texts(global)?;
    let Some(path) = &check.file else {
        return check_roster(global, &sources);
    };
    let found = read(
        global,
        &sources,
        path,
        (check.encoding.map(Encoding::from), false),
    )?;
    if global.json {
        output::json(&as_json(&found, false));
    } else {
        say_wrong(&found, global.language());
        if !found.is_refused() {
            output::say(&summary(&found, global.language()));
        }
    }
    refused(&found, path)
}

/// What is wrong with roster.toml alone.
fn check_roster(global: &Global, sources: &Sources) -> Result<(), Failure> {
    let (problems, people) = match crate::config::check(sources, &global.overrides) {
        Ok(Checked { warnings, plan, .. }) => (Problems(warnings), Some(plan.roster.people.len())),
        Err(problems) => (problems, None),
    };
    let (own, others): (Vec<_>, Vec<_>) = problems
        .0
        .into_iter()
        .partition(|problem| problem.file == sources.roster.path);
    let (own, others) = (Problems(own), Problems(others));
    let elsewhere = others.count(Severity::Error);
    if global.json {
        output::json(&json!({ "problems": own, "problems_elsewhere": elsewhere }));
    } else {
        if !own.0.is_empty() {
            output::remark(&own.render(global.language()));
        }
        if elsewhere > 0 {
            output::remark(&both(
                &format!("ほかのファイルにも誤りがあります（{elsewhere} 件）: muster check"),
                "errors in other files: see muster check",
            ));
        }
        if !own.has_errors() {
            let people = people.map_or(String::new(), |people| format!(": {people} 人 people"));
            output::say(&both(
                "名簿に誤りはありません",
                &format!("no errors in the roster{people}"),
            ));
        }
    }
    if own.has_errors() {
        return Err(Failure::configuration(
            format!(
                "{} に{}があります",
                sources.roster.path,
                own.summary(Language::Ja)
            ),
            format!("{} has {}", sources.roster.path, own.summary(Language::En)),
        ));
    }
    Ok(())
}

/// `muster roster import`
pub(super) fn import(global: &Global, import: &Import) -> Result<(), Failure> {
    let sources = configuration::texts(global)?;
    let encoding = import.encoding.map(Encoding::from);
    let found = read(global, &sources, &import.file, (encoding, import.remove))?;
    let language = global.language();
    if !global.json {
        say_wrong(&found, language);
    }
    if found.is_refused() {
        if global.json {
            output::json(&as_json(&found, false));
        }
        return refused(&found, &import.file);
    }
    let backup = match &found.text {
        Some(text) if import.write => {
            let path = global.config.join(Sources::FILES[1]);
            Some(file::replace(&path, &sources.roster.text, text)?)
        }
        _ => None,
    };
    if global.json {
        output::json(&as_json(&found, backup.is_some()));
        return Ok(());
    }
    say_changes(&found, language);
    output::say(&summary(&found, language));
    let last = match (&backup, found.changes.is_empty()) {
        (Some(backup), _) => {
            let backup = backup.display();
            both(
                &format!(
                    "名簿を書き換えました（前のもの: {backup}）。muster check ののち systemctl reload muster で有効になります"
                ),
                &format!(
                    "roster.toml is changed; the old one is {backup}. In force after systemctl reload muster"
                ),
            )
        }
        (None, false) => both(
            "まだ何も書いていません。書くには --write を付けます",
            "nothing is written yet; add --write",
        ),
        (None, true) => both("変わるところはありません", "nothing changes"),
    };
    output::say(&last);
    Ok(())
}

fn read(
    global: &Global,
    sources: &Sources,
    path: &Path,
    (encoding, remove): (Option<Encoding>, bool),
) -> Result<sheet::Import, Failure> {
    let bytes = file::read(path)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let sheet = Sheet {
        name: &name.to_string_lossy(),
        bytes: &bytes,
        encoding,
    };
    sheet::import(sources, &global.overrides, sheet, remove)
        .map_err(|problems| Failure::problems(&problems))
}

/// What is wrong, to standard error.
pub(in crate::cli) fn say_wrong(found: &sheet::Import, language: Language) {
    if !found.complaints.list.is_empty() {
        output::remark(&found.complaints.render(language));
    }
    if !found.problems.0.is_empty() {
        output::remark(match language {
            Language::Ja => "取り込むと設定が次のようになり、誤りになります:",
            Language::En => "after the import the configuration would be wrong:",
        });
        output::remark(&found.problems.render(language));
    }
}

fn refused(found: &sheet::Import, path: &Path) -> Result<(), Failure> {
    if !found.is_refused() {
        return Ok(());
    }
    let errors = found.complaints.count(Severity::Error) + found.problems.count(Severity::Error);
    let path = path.display();
    Err(Failure::refused(
        format!("{path}: 誤りが {errors} 件あるため取り込めません。何も書いていません"),
        format!("{path}: refused for {errors} errors; nothing is written"),
    ))
}

fn as_json(found: &sheet::Import, written: bool) -> Value {
    let changes = &found.changes;
    json!({
        "file": found.complaints.file,
        "complaints": found.complaints.list,
        "problems": found.problems,
        "added": changes.added,
        "changed": changes.changed,
        "unchanged": changes.unchanged,
        "missing": changes.missing,
        "remove": changes.remove,
        "written": written,
    })
}

/// One line for each field of each person.
pub(in crate::cli) fn say_changes(found: &sheet::Import, language: Language) {
    let changes = &found.changes;
    let word = |ja: &'static str, en: &'static str| match language {
        Language::Ja => ja,
        Language::En => en,
    };
    let mut table = Table::new(match language {
        Language::Ja => ["", "行", "職員番号", "氏名", "項目", "今", "取り込み後"],
        Language::En => ["", "row", "id", "name", "field", "now", "after"],
    });
    let mut rows = 0;
    let mut list = |what: &str, people: &[Changed]| {
        for person in people {
            let row = person.row.map_or(String::new(), |row| row.to_string());
            let mut front = [
                what.to_owned(),
                row,
                person.person.clone(),
                person.name.clone(),
            ];
            if person.fields.is_empty() {
                table.row(front.clone());
                rows += 1;
            }
            for field in &person.fields {
                let cells = [
                    field.field.get(language).to_owned(),
                    field.old.clone(),
                    emptied(field, language),
                ];
                table.row(front.iter().cloned().chain(cells));
                front = Default::default();
                rows += 1;
            }
        }
    };
    list(word("追加", "added"), &changes.added);
    list(word("変更", "changed"), &changes.changed);
    let gone = if changes.remove {
        word("削除", "removed")
    } else {
        word("表にない", "not on the sheet")
    };
    list(gone, &changes.missing);
    if rows > 0 {
        output::table(&table);
    }
    if !changes.remove && !changes.missing.is_empty() {
        output::say(word(
            "表にない人は名簿に残ります。消すには --remove を付けます",
            "who is not on the sheet stays in the roster; --remove takes them out",
        ));
    }
}

/// What would stand there; of what is emptied that it is, so that nobody
/// takes it for nothing to see.
fn emptied(field: &Field, language: Language) -> String {
    match (field.new.is_empty(), language) {
        (false, _) => field.new.clone(),
        (true, Language::Ja) => "（削除）".to_owned(),
        (true, Language::En) => "(removed)".to_owned(),
    }
}

fn summary(found: &sheet::Import, language: Language) -> String {
    let changes = &found.changes;
    let (added, changed, same) = (
        changes.added.len(),
        changes.changed.len(),
        changes.unchanged,
    );
    let missing = changes.missing.len();
    match (language, changes.remove) {
        (Language::Ja, false) => {
            format!(
                "追加 {added} 人、変更 {changed} 人、変更なし {same} 人、表にない人 {missing} 人"
            )
        }
        (Language::Ja, true) => {
            format!("追加 {added} 人、変更 {changed} 人、変更なし {same} 人、削除 {missing} 人")
        }
        (Language::En, false) => {
            format!(
                "{added} added, {changed} changed, {same} unchanged, {missing} not on the sheet"
            )
        }
        (Language::En, true) => {
            format!("{added} added, {changed} changed, {same} unchanged, {missing} removed")
        }
    }
}
