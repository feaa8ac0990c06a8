//! CSV: bytes -> rows of cells, rows -> bytes.
//!
//! Owns separators, quotation marks and line ends. It must not know columns.

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};

use super::complaint::{Complaints, Place};
use super::encoding::{Encoding, decode, shift_jis};
use super::grid::{Grid, text};
use crate::report::cell::guarded;

/// Reads a whole file.
pub(super) fn read(bytes: &[u8], encoding: Option<Encoding>, complaints: &mut Complaints) -> Grid {
    let mut grid = Grid::default();
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        complaints
            .error(
                None,
                "UTF-16 のファイルは読めません",
                "this file is in UTF-16, which is not read",
            )
            .advise(
                "「CSV UTF-8（コンマ区切り）」か .xlsx で保存してください",
                "save it as \"CSV UTF-8\" or as .xlsx",
            );
        return grid;
    }
    let whole = decode(bytes, encoding);
    let first = whole.lines().find(|line| !line.trim().is_empty());
    let tabs = first.is_some_and(|line| line.contains('\t') && !line.contains(','));
    let bytes = whole.as_bytes();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if tabs { b'\t' } else { b',' })
        .from_reader(bytes);
    let mut record = StringRecord::new();
    // How far lines are counted, and how many of them there were: those within
    // cells are none to a spreadsheet.
    let (mut seen, mut row, mut inner) = (0, 1_u32, 0_u32);
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                complaints.error(
                    None,
                    format!("CSV として読めません（{error}）"),
                    format!("this is not CSV: {error}"),
                );
                break;
            }
        }
        // Why: the position may lie before the end of the line above.
        let at = record.position().map_or(0, csv::Position::byte);
        let at = usize::try_from(at).unwrap_or_default().min(bytes.len());
        let ends = bytes[at..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let at = at + ends.count();
        row = row.saturating_add(line_ends(&bytes[seen..at])) - inner;
        (seen, inner) = (at, 0);
        for (column, raw) in (1..).zip(&record) {
            inner = inner.saturating_add(line_ends(raw.as_bytes()));
            let place = Place { row, column };
            let cell = text(raw, place, complaints);
            if !grid.put(place, cell, complaints) {
                return grid;
            }
        }
    }
    grid
}

/// How many lines end: by `\r\n`, `\n` or `\r`.
fn line_ends(bytes: &[u8]) -> u32 {
    let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}

/// Writes rows. Says of every cell that the encoding has no letters for.
pub(super) fn write(
    rows: &[Vec<String>],
    encoding: Encoding,
    complaints: &mut Complaints,
) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (1..).zip(cells) {
            if encoding == Encoding::ShiftJis
                && let Err(letter) = shift_jis(cell)
            {
                complaints
                    .error(
                        Some(Place { row, column }),
                        format!("「{cell}」の「{letter}」は Shift_JIS にありません"),
                        format!("\"{letter}\" of \"{cell}\" does not exist in Shift_JIS"),
                    )
                    .advise(
                        "UTF-8 の .csv か .xlsx で書き出してください",
                        "export as .csv in UTF-8 or as .xlsx",
                    );
            }
        }
        // Invariant: a Vec takes whatever is written.
        let _ = writer.write_record(cells.iter().map(|cell| guarded(cell)));
    }
    let written = writer.into_inner().unwrap_or_default();
    match encoding {
        Encoding::Utf8 => [b"\xEF\xBB\xBF".as_slice(), &written].concat(),
        Encoding::ShiftJis => shift_jis(&String::from_utf8_lossy(&written)).unwrap_or_default(),
    }
}
