//! Workbooks of Excel: bytes -> rows of cells, rows -> bytes.
//!
//! Owns what may hide in such a file: passwords, bombs, merged cells, formulas
//! without a result. It must not know columns.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use rust_xlsxwriter::{Format, FormatBorder, Workbook, XlsxError as WriteError};

use super::complaint::{Complaints, Place};
use super::grid::{COLUMNS, Cell, Grid, LETTERS, ROWS, text};
use crate::report::cell::apostrophe_kept;

/// The most that a workbook may unfold to, in bytes.
pub(super) const INFLATED: u64 = 200 << 20;

/// Excel's own format of texts, `@`.
const TEXT: u8 = 49;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads the first sheet that can be seen.
pub(super) fn read(bytes: &[u8], complaints: &mut Complaints) -> Grid {
    let mut grid = Grid::default();
    if !is_sound(bytes, complaints) {
        return grid;
    }
    let read = Xlsx::new(Cursor::new(bytes)).and_then(|mut book| {
        let Some(sheet) = first_sheet(&book, complaints) else {
            return Ok(());
        };
        cells(&mut book, &sheet, &mut grid, complaints)?;
        merged(&mut book, &sheet, &mut grid)
    });
    if let Err(error) = read {
        complaints
            .error(
                None,
                format!("Excel のブックとして読めません（{error}）"),
                format!("this cannot be read as an Excel workbook: {error}"),
            )
            .advise(
                "Excel で開いて .xlsx で保存し直してください",
                "open it in Excel and save it as .xlsx again",
            );
    }
    grid
}

/// Whether it is a workbook without a password that unfolds to a decent size.
fn is_sound(bytes: &[u8], complaints: &mut Complaints) -> bool {
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|b| [b, 0]).collect();
        if bytes.windows(name.len()).any(|window| window == name) {
            complaints
                .error(
                    None,
                    "パスワードで保護されたブックです",
                    "this workbook is protected by a password",
                )
                .advise(
                    "パスワードを外して保存したものを渡してください",
                    "save it without a password",
                );
        } else {
            complaints
                .error(
                    None,
                    "古い形式（.xls）のブックです",
                    "this is a workbook of the old form (.xls)",
                )
                .advise(
                    "Excel で開いて .xlsx で保存し直してください",
                    "open it in Excel and save it as .xlsx",
                );
        }
        return false;
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        complaints
            .error(
                None,
                "Excel のブック（.xlsx）ではありません",
                "this is no Excel workbook (.xlsx)",
            )
            .advise(
                "中身が CSV なら、ファイル名を .csv にしてください",
                "name it .csv if it is CSV",
            );
        return false;
    };
    let mut left = INFLATED;
    for number in 0..archive.len() {
        // Why: the sizes that an archive declares need not be true. What does
        // not unfold is left for the reader of workbooks to say.
        let Ok(part) = archive.by_index(number) else {
            continue;
        };
        let unfolded = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        match left.checked_sub(unfolded.unwrap_or_default()) {
            Some(rest) => left = rest,
            None => {
                let most = INFLATED >> 20;
                complaints
                    .error(
                        None,
                        format!("展開すると {most} MB を超えるブックです。読みません"),
                        format!("this workbook unfolds to more than {most} MB; it is not read"),
                    )
                    .advise(
                        "名簿だけを新しいブックに写してください",
                        "copy the roster alone into a new workbook",
                    );
                return false;
            }
        }
    }
    true
}

fn first_sheet(book: &Book<'_>, complaints: &mut Complaints) -> Option<String> {
    let mut seen = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone());
    let Some(first) = seen.next() else {
        complaints.error(
            None,
            "見えるシートがありません",
            "this workbook has no sheet that can be seen",
        );
        return None;
    };
    let others: Vec<_> = seen.collect();
    if !others.is_empty() {
        let names = others.join("、");
        complaints.warn(
            None,
            format!("シート「{first}」だけを読みます（読まないもの: {names}）"),
            format!("only the sheet \"{first}\" is read, not {names}"),
        );
    }
    Some(first)
}

fn cells(
    book: &mut Book<'_>,
    sheet: &str,
    grid: &mut Grid,
    complaints: &mut Complaints,
) -> Result<(), XlsxError> {
    let mut reader = book.worksheet_cells_reader(sheet)?;
    let mut last = (0, 0);
    while let Some(found) = reader.next_cell_with_formula()? {
        let place = Place {
            row: found.pos.0.saturating_add(1),
            column: found.pos.1.saturating_add(1),
        };
        let cell = cell(&found.value, found.formula.is_some(), place, complaints);
        // Invariant: the grid is filled in order.
        if cell != Cell::Empty && (place.row, place.column) <= last {
            return Err(XlsxError::Unexpected("cells out of order"));
        }
        if cell != Cell::Empty {
            last = (place.row, place.column);
        }
        if !grid.put(place, cell, complaints) {
            break;
        }
    }
    Ok(())
}

fn cell(value: &DataRef<'_>, computed: bool, place: Place, complaints: &mut Complaints) -> Cell {
    match value {
        DataRef::Empty if computed => Cell::Broken("?".to_owned()),
        DataRef::Empty => Cell::Empty,
        DataRef::String(raw) => text(raw, place, complaints),
        DataRef::SharedString(raw) => text(raw, place, complaints),
        DataRef::Int(number) => {
            // Whole numbers in cells are short.
            Cell::Number(number.to_string().parse().unwrap_or(f64::NAN))
        }
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Bool(truth) => Cell::Text(truth.to_string().to_uppercase()),
        DataRef::DateTime(time) => Cell::Date(day(time)),
        DataRef::DateTimeIso(time) => Cell::Date(time.get(..10).and_then(|day| day.parse().ok())),
        DataRef::DurationIso(_) => Cell::Date(None),
        DataRef::Error(error) => Cell::Broken(error.to_string()),
    }
}

/// The day of a cell that holds one, and no time of the day.
fn day(time: &ExcelDateTime) -> Option<Date> {
    let (year, month, day, 0, 0, 0, 0) = time.to_ymd_hms_milli() else {
        return None;
    };
    let (year, month, day) = (
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    );
    Date::new(year, month, day)
        .ok()
        .filter(|_| time.is_datetime() && time.as_f64() >= 1.0)
}

/// Cells that are one to the eye: the value belongs to the first of them
/// alone, and the others read as empty.
fn merged(book: &mut Book<'_>, sheet: &str, grid: &mut Grid) -> Result<(), XlsxError> {
    let place = |(row, column): (u32, u32)| Place {
        row: row.saturating_add(1),
        column: column.saturating_add(1),
    };
    let found = book.merge_cells_by_sheet_name(sheet)?;
    grid.merged = found
        .iter()
        .map(|merged| (place(merged.start), place(merged.end)))
        .collect();
    Ok(())
}

/// Writes rows, the first of them as a heading that stays on the screen; every
/// cell is a text, so that a telephone number keeps its zeros.
pub(super) fn write(rows: &[Vec<String>]) -> Result<Vec<u8>, WriteError> {
    let plain = Format::new().set_num_format_index(TEXT);
    let heading = plain
        .clone()
        .set_bold()
        .set_border_bottom(FormatBorder::Thin);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("名簿")?;
    let columns = rows.first().map_or(0, Vec::len);
    for column in (0..).take(columns) {
        // New rows are texts as well.
        sheet.set_column_format(column, &plain)?;
    }
    for (row, cells) in (0..).zip(rows) {
        let format = if row == 0 { &heading } else { &plain };
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string_with_format(row, column, apostrophe_kept(cell), format)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Ok(columns), Ok(rows)) = (u16::try_from(columns), u32::try_from(rows.len()))
        && columns > 0
        && rows > 1
    {
        sheet.autofilter(0, 0, rows - 1, columns - 1)?;
    }
    sheet.autofit();
    book.save_to_buffer()
}

/// Says that the limits hold for what is written, too.
const _: () = assert!(LETTERS < 32_767 && COLUMNS < 16_384 && ROWS < 1_048_576);
