//! Workbooks as Excel and people make them.

use std::io::{Cursor, Read, Write};

use muster::config::Sources;
use muster::config::sheet::{self, Format};
use rust_xlsxwriter::{Formula, Workbook, Worksheet};
use zip::write::SimpleFileOptions;

use super::{changes, import, said};
use crate::config::small;

/// A workbook of one sheet, filled in by hand.
fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn row(sheet: &mut Worksheet, number: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        sheet.write(number, column, *cell).unwrap();
    }
}

/// One part of a workbook, read without the library that muster reads with.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// A workbook with one part put in another's place.
fn patched(bytes: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let own = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if own == name {
            bytes = change(&String::from_utf8(bytes).unwrap()).into_bytes();
        }
        out.start_file(own, SimpleFileOptions::default()).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// Every cell is a text, the heading stays on the screen, nothing is run.
#[test]
fn an_exported_workbook_holds_texts_alone() {
    let bytes = sheet::export(&Sources::example(), Format::Xlsx, "roster.xlsx").unwrap();
    let xml = part(&bytes, SHEET);
    assert!(xml.contains("<pane ySplit=\"1\"") && xml.contains("state=\"frozen\""));
    assert!(xml.contains("<autoFilter ref=\"A1:K38\"/>"));
    let cells: Vec<&str> = xml.split("<c ").skip(1).collect();
    assert!(cells.len() > 37 * 4);
    for cell in cells {
        assert!(cell.contains(" t=\"s\"") && !cell.contains("<f>"), "{cell}");
    }
    let strings = part(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains(">+81-0-0000-0001<"), "{strings}");
    // The format of texts, 49, also for columns without a cell.
    assert!(part(&bytes, "xl/styles.xml").contains("numFmtId=\"49\""));
    assert!(part(&bytes, "xl/workbook.xml").contains("name=\"名簿\""));
}

/// Numbers are taken as ids, and refused where zeros would be lost; dates,
/// errors and formulas without a result are refused, results are taken.
#[test]
fn what_excel_makes_of_cells_is_noticed() {
    let roster = small::ROSTER
        .replace("id = \"it-2\"", "id = \"7\"")
        .replace("\"it-2\"", "\"7\"");
    let mut sources = super::with_roster(&small::sources(), &roster);
    sources
        .muster
        .text
        .push_str("[[webhook]]\nname = \"voice\"\nurl = \"http://127.0.0.1:1/\"\n");
    let bytes = workbook(|sheet| {
        row(sheet, 0, &["職員番号", "氏名", "電話"]);
        sheet.write(1, 0, 7.0).unwrap();
        row(sheet, 2, &["it-1", "", "0136330001"]);
        sheet
            .write_formula(
                2,
                1,
                Formula::new("=\"担当\"&\"職員1\"").set_result("担当職員1"),
            )
            .unwrap();
        sheet.write(1, 1, "担当職員2").unwrap();
    });
    let fine = import(&sources, "a.xlsx", &bytes);
    assert_eq!(said(&fine), "");
    assert_eq!(
        changes(&fine),
        "it-1 contacts: it-1@example.jp -> it-1@example.jp、voice: 0136330001\n-mayor posts: 町長 -> 町長\n"
    );
    let bytes = workbook(|sheet| {
        row(sheet, 0, &["職員番号", "氏名", "電話"]);
        row(sheet, 1, &["7"]);
        sheet.write(1, 2, 136_330_001.0).unwrap();
        sheet
            .write_formula(1, 1, Formula::new("=A1").set_result("#REF!"))
            .unwrap();
        row(sheet, 2, &["it-1", "担当職員1"]);
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 4, 1).unwrap();
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy/mm/dd");
        sheet.write_with_format(2, 2, &date, &format).unwrap();
        sheet.write(3, 0, 7.5).unwrap();
    });
    let bytes = patched(&bytes, SHEET, |xml| {
        assert!(xml.contains("<v>#REF!</v>"), "{xml}");
        xml.replace("<v>#REF!</v>", "")
    });
    let found = import(&sources, "a.xlsx", &bytes);
    insta::assert_snapshot!(said(&found), @r#"
    error: a.xlsx row 2, column B "氏名": this formula has no result (?)
        → let Excel compute and save it, or write the value
    error: a.xlsx row 2, column C "電話": this is the number 136330001, not a text: leading zeros are lost
        → make the cell a text and type it again
    error: a.xlsx row 3, column C "電話": this is a date or a time
        → make the cell a text and type it again
    error: a.xlsx row 4, column A "職員番号": this is the number 7.5, not a text: leading zeros are lost
        → make the cell a text and type it again
    error: a.xlsx row 4, column B "氏名": this row has no name
    "#);
}

/// Readings above names (furigana) are no part of the names.
#[test]
fn readings_above_names_are_left_out() {
    let bytes = workbook(|sheet| {
        row(sheet, 0, &["id", "氏名"]);
        row(sheet, 1, &["it-1", "主査"]);
    });
    let bytes = patched(&bytes, "xl/sharedStrings.xml", |xml| {
        let read = "<r><t>主</t></r><r><t>査</t></r><rPh sb=\"0\" eb=\"2\"><t>シュサ</t></rPh>";
        assert!(xml.contains("<t>主査</t>"));
        xml.replace("<t>主査</t>", read)
    });
    let import = import(&small::sources(), "a.xlsx", &bytes);
    assert!(
        changes(&import).contains("it-1 name: 担当職員1 -> 主査\n"),
        "{}",
        changes(&import)
    );
}

/// Merged cells hold one value to a program and several to the eye.
#[test]
fn merged_cells_are_refused_below_the_heading() {
    let plain = rust_xlsxwriter::Format::new();
    let bytes = workbook(|sheet| {
        sheet.merge_range(0, 0, 0, 2, "職員名簿", &plain).unwrap();
        row(sheet, 1, &["id", "氏名", "課"]);
        row(sheet, 2, &["it-1", "担当職員1"]);
        row(sheet, 3, &["it-2", "担当職員2"]);
        sheet.merge_range(2, 2, 3, 2, "planning", &plain).unwrap();
    });
    let import = import(&small::sources(), "a.xlsx", &bytes);
    assert_eq!(
        said(&import),
        "error: a.xlsx row 3, column C \"課\": C3:C4 are merged\n    \
         → take them apart and write the value into each cell\n\
         error: a.xlsx row 4, column C \"課\": this row has no section"
    );
}

/// The first sheet that can be seen is read, and that is said.
#[test]
fn only_the_first_sheet_is_read() {
    let mut book = Workbook::new();
    let hidden = book.add_worksheet();
    hidden.set_name("旧").unwrap().set_hidden(true);
    row(hidden, 0, &["id", "x"]);
    let first = book.add_worksheet();
    first.set_name("名簿").unwrap().set_active(true);
    row(first, 0, &["id", "氏名"]);
    row(first, 1, &["it-1", "担当職員1"]);
    book.add_worksheet().set_name("様式").unwrap();
    let import = import(&small::sources(), "a.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(
        said(&import),
        "warning: a.xlsx: only the sheet \"名簿\" is read, not 様式"
    );
    assert_eq!(import.changes.unchanged, 1);
}

/// What unfolds to gigabytes, claims a cell at the far end, or is no workbook
/// at all ends in one sentence.
#[test]
fn what_is_no_workbook_is_refused_in_words() {
    let small_book = workbook(|sheet| row(sheet, 0, &["id", "氏名"]));
    let far = workbook(|sheet| {
        row(sheet, 0, &["id", "氏名"]);
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    let nonsense = patched(&small_book, SHEET, |_| {
        "<worksheet><sheetData><row".to_owned()
    });
    let backwards = patched(&small_book, SHEET, |xml| {
        xml.replace("r=\"B1\"", "r=\"A1\"")
    });
    let empty = patched(&small_book, SHEET, |_| {
        "<worksheet><sheetData/></worksheet>".to_owned()
    });
    let mut protected = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    protected.extend("EncryptedPackage".bytes().flat_map(|byte| [byte, 0]));
    for (bytes, words) in [
        (b"".to_vec(), "the file is empty"),
        ("id,氏名\n".into(), "name it .csv if it is CSV"),
        (
            b"PK\x03\x04 and nothing else".to_vec(),
            "this is no Excel workbook",
        ),
        (
            small_book[..small_book.len() / 2].to_vec(),
            "this is no Excel workbook",
        ),
        (protected, "this workbook is protected by a password"),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(),
            "a workbook of the old form (.xls)",
        ),
        (bomb(), "unfolds to more than 200 MB"),
        (far, "at most 100000 rows and 500 columns"),
        (nonsense, "this cannot be read as an Excel workbook"),
        (backwards, "this cannot be read as an Excel workbook"),
        (empty, "there is no row of headings"),
    ] {
        let import = import(&small::sources(), "a.xlsx", &bytes);
        assert!(said(&import).contains(words), "{words}: {}", said(&import));
        assert!(import.is_refused() && import.text.is_none());
    }
}

/// 256 MB of spaces, folded to a quarter of one.
fn bomb() -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file(SHEET, SimpleFileOptions::default()).unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..256 {
        out.write_all(&spaces).unwrap();
    }
    out.finish().unwrap().into_inner()
}
