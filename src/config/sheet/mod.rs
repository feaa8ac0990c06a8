//! The roster as offices keep it: sheets of Excel and CSV, in and out.
//!
//! Owns the way from the bytes of a sheet to the new text of `roster.toml` and
//! to the list of what would change, and the way back. It must not read or
//! write files, and nothing is taken of a sheet that has one error.
//!
//! Bytes -> `csv` or `xlsx` -> `grid` -> `heading`, `rows` (`mark`, `leave` for
//! what a cell holds) -> `merge`, `seats`
//! -> `edit` -> the check of the whole configuration.

mod amend;
mod book;
mod change;
mod complaint;
mod csv;
mod edit;
mod encoding;
mod export;
mod grid;
mod heading;
mod leave;
mod mark;
mod merge;
mod rows;
mod seats;
mod xlsx;

use toml_edit::DocumentMut;

pub use self::amend::amend;
use self::book::{Book, tables};
use self::change::changes;
pub use self::change::{Changed, Changes, Field};
pub use self::complaint::{Complaint, Complaints, Place};
pub use self::encoding::Encoding;
use self::grid::Grid;
use super::{Checked, Problem, Problems, Severity, Source, Sources, check};
use crate::domain::text::Text;

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 20 << 20;

/// A kind of sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv(Encoding),
    /// A workbook of Excel.
    Xlsx,
}

/// A sheet as it came.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// The file's name, as shown.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
    /// How a CSV file is encoded, where somebody said so.
    pub encoding: Option<Encoding>,
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// What is wrong with the sheet, and what to look at in it.
    pub complaints: Complaints,
    /// What would change. Empty if the sheet is refused.
    pub changes: Changes,
    /// What is wrong with the configuration after it.
    pub problems: Problems,
    /// The new text of `roster.toml`; `None` if nothing changes or something
    /// is wrong.
    pub text: Option<String>,
}

impl Import {
    /// True if nothing may be written.
    pub fn is_refused(&self) -> bool {
        self.complaints.has_errors() || self.problems.has_errors()
    }
}

/// Reads a sheet and says what it would change; `remove` drops who is not on
/// it. The error is about `roster.toml` as it stands.
pub fn import(
    sources: &Sources,
    overrides: &[(String, String)],
    sheet: Sheet<'_>,
    remove: bool,
) -> Result<Import, Problems> {
    let (file, before) = open(sources)?;
    let mut complaints = Complaints::new(sheet.name);
    let grid = read(sheet, &mut complaints);
    if complaints.has_errors() && grid.rows.is_empty() {
        return Ok(Import {
            complaints,
            ..Import::default()
        });
    }
    let webhooks = webhooks(sources, &before);
    let headings = heading::read(&grid, &webhooks, &mut complaints);
    if headings.columns.is_empty() {
        return Ok(Import {
            complaints,
            ..Import::default()
        });
    }
    let lines = rows::read(&grid, &headings, &before, &mut complaints);
    if lines.is_empty() {
        complaints.error(
            None,
            "見出しの下に 1 行もありません",
            "there is no row below the headings",
        );
    }
    let merged = merge::merge(&before, &lines, &headings, remove, &mut complaints);
    complaints.settle(&headings.titles);
    if complaints.has_errors() {
        return Ok(Import {
            complaints,
            ..Import::default()
        });
    }
    let mut import = Import {
        complaints,
        changes: changes(&before, &merged, remove),
        ..Import::default()
    };
    if before == merged.after {
        return Ok(import);
    }
    let text = edit::write(file, (&before, &merged.after), &merged.order)
        .and_then(|text| kept_whole(&text, &merged.after).map(|()| text))
        .map(|text| with_line_ends_of(&sources.roster.text, text))
        .map_err(|why| refuse(&sources.roster, &why))?;
    import.problems = after_import(sources, overrides, &text);
    if !import.problems.has_errors() {
        import.text = Some(text);
    }
    Ok(import)
}

/// Writes the roster as a sheet.
pub fn export(sources: &Sources, format: Format, name: &str) -> Result<Vec<u8>, ExportError> {
    let (_, book) = open(sources).map_err(ExportError::Roster)?;
    let mut complaints = Complaints::new(name);
    let webhooks = webhooks(sources, &book);
    let rows = export::rows(&book, &webhooks, &mut complaints);
    let bytes = match format {
        Format::Csv(encoding) => csv::write(&rows, encoding, &mut complaints),
        Format::Xlsx => xlsx::write(&rows).unwrap_or_else(|error| {
            complaints.error(
                None,
                format!("ブックを作れません（{error}）"),
                format!("the workbook cannot be made: {error}"),
            );
            Vec::new()
        }),
    };
    if complaints.has_errors() {
        complaints.settle(rows.first().map_or(&[], Vec::as_slice));
        return Err(ExportError::Sheet(complaints));
    }
    Ok(bytes)
}

/// Why there is no sheet.
#[derive(Clone, Debug)]
pub enum ExportError {
    /// `roster.toml` cannot be read.
    Roster(Problems),
    /// A cell cannot be written.
    Sheet(Complaints),
}

/// The roster's file, parsed.
fn open(sources: &Sources) -> Result<(DocumentMut, Book), Problems> {
    let file: DocumentMut = match sources.roster.text.parse() {
        Ok(file) => file,
        Err(error) => return Err(unreadable(sources, &error)),
    };
    let book = Book::read(file.as_table()).map_err(|why| refuse(&sources.roster, &why))?;
    Ok((file, book))
}

/// What the check says of a file that is not TOML.
fn unreadable(sources: &Sources, error: &toml_edit::TomlError) -> Problems {
    let mut problems = check(sources, &[]).err().unwrap_or_default();
    problems
        .0
        .retain(|problem| problem.file == sources.roster.path);
    if problems.has_errors() {
        problems
    } else {
        refuse(&sources.roster, &not_toml(error))
    }
}

fn refuse(roster: &Source, why: &Text) -> Problems {
    Problems(vec![Problem {
        severity: Severity::Error,
        file: roster.path.clone(),
        line: 1,
        column: 1,
        message: Text::new(
            format!("{} に表を取り込めません。{}", roster.path, why.ja),
            format!("{} cannot take a sheet: {}", roster.path, why.en),
        ),
        advice: Some(Text::new(
            "先に直してください。muster roster check で誤りをすべて見られます",
            "mend it first; muster roster check lists every problem",
        )),
        source: None,
    }])
}

/// The webhooks of `muster.toml`, and those that contacts name.
fn webhooks(sources: &Sources, book: &Book) -> Vec<String> {
    let operator: DocumentMut = sources.muster.text.parse().unwrap_or_default();
    let mut names: Vec<String> = tables(operator.as_table(), "webhook")
        .into_iter()
        .filter_map(|table| table.get("name")?.as_str().map(str::to_owned))
        .collect();
    for name in book.webhooks() {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn read(sheet: Sheet<'_>, complaints: &mut Complaints) -> Grid {
    let bytes = sheet.bytes;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let most = LARGEST >> 20;
    if bytes.is_empty() {
        complaints.error(None, "空のファイルです", "the file is empty");
        return Grid::default();
    }
    if size > LARGEST {
        complaints.error(
            None,
            format!("{most} MB より大きいファイルです。読みません"),
            format!("the file is larger than {most} MB; it is not read"),
        );
        return Grid::default();
    }
    let workbook = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0");
    if workbook || sheet.name.to_lowercase().ends_with(".xlsx") {
        xlsx::read(bytes, complaints)
    } else {
        csv::read(bytes, sheet.encoding, complaints)
    }
}

fn not_toml(error: &toml_edit::TomlError) -> Text {
    let why = error.message();
    Text::new(format!("TOML として読めません（{why}）"), why)
}

/// Whether the new text says what was meant, and nothing else.
fn kept_whole(text: &str, after: &Book) -> Result<(), Text> {
    let read: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| not_toml(&error))?;
    if Book::read(read.as_table())? == *after {
        Ok(())
    } else {
        Err(Text::new(
            "このコマンドでは書き換えられない書き方になっています",
            "it is written in a form that this command cannot change",
        ))
    }
}

fn with_line_ends_of(old: &str, new: String) -> String {
    if old.contains("\r\n") {
        new.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        new
    }
}

/// The check of everything with the new roster. What was wrong with the
/// operator's file before is not the import's doing: secrets, for one, may be
/// there for the daemon alone.
fn after_import(sources: &Sources, overrides: &[(String, String)], text: &str) -> Problems {
    let found = |sources: &Sources| match check(sources, overrides) {
        Ok(Checked { warnings, .. }) => Problems(warnings),
        Err(problems) => problems,
    };
    let new = Sources {
        roster: Source::new(sources.roster.path.clone(), text),
        ..sources.clone()
    };
    let before = found(sources);
    let mut after = found(&new);
    after.0.retain(|problem| {
        let old = problem.file == sources.muster.path && before.0.contains(problem);
        problem.severity == Severity::Error && !old
    });
    after
}
