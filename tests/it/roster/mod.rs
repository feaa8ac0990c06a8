//! The roster as offices keep it: sheets in and out.

mod change;
mod csv;
mod leave;
mod program;
mod random;
mod refused;
mod round;
mod workbook;

use std::fmt::Write as _;

use muster::config::Sources;
use muster::config::sheet::{self, Encoding, Format, Import, Sheet};
use muster::domain::text::Language;

/// Reads a sheet into a configuration, without removing anybody.
fn import(sources: &Sources, name: &str, bytes: &[u8]) -> Import {
    import_as(sources, name, bytes, (None, false))
}

fn import_as(
    sources: &Sources,
    name: &str,
    bytes: &[u8],
    (encoding, remove): (Option<Encoding>, bool),
) -> Import {
    let sheet = Sheet {
        name,
        bytes,
        encoding,
    };
    sheet::import(sources, &[], sheet, remove).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The sheet of a roster as CSV, without the byte order mark.
fn csv(sources: &Sources) -> String {
    let format = Format::Csv(Encoding::Utf8);
    let bytes = sheet::export(sources, format, "roster.csv").unwrap();
    String::from_utf8(bytes[3..].to_vec()).unwrap()
}

/// The same configuration with another roster.
fn with_roster(sources: &Sources, text: &str) -> Sources {
    let mut sources = sources.clone();
    text.clone_into(&mut sources.roster.text);
    sources
}

/// Each complaint in English, with its place.
fn said(import: &Import) -> String {
    let mut said = import.complaints.render(Language::En);
    for problem in &import.problems.0 {
        let (file, line, message) = (&problem.file, problem.line, &problem.message.en);
        writeln!(said, "{file}:{line}: {message}").unwrap();
    }
    said
}

/// `person field: old -> new`, a line for each, `+` for who is new and `-` for
/// who is not on the sheet.
fn changes(import: &Import) -> String {
    let changes = &import.changes;
    let mut said = String::new();
    for (mark, people) in [
        ("+", &changes.added),
        ("", &changes.changed),
        ("-", &changes.missing),
    ] {
        for person in people {
            let id = &person.person;
            if person.fields.is_empty() {
                writeln!(said, "{mark}{id}").unwrap();
            }
            for field in &person.fields {
                let (name, old, new) = (&field.field.en, &field.old, &field.new);
                writeln!(said, "{mark}{id} {name}: {old} -> {new}").unwrap();
            }
        }
    }
    said
}
