//! Days off on a sheet: read in the ways in which people write them, never
//! lost, and refused with the cell where they are none.

use muster::config::Sources;
use muster::config::sheet::{self, Encoding, Format, Import};
use rust_xlsxwriter::{ExcelDateTime, Workbook};

use super::{changes, csv, import, said, with_roster};
use crate::config::small;

const LEAVE: &str = "leave = [{ from = 2026-12-28, to = 2027-01-03 }, { from = 2027-02-11, to = 2027-02-11 }] # 年末年始\n";

/// What changes of those who are on the sheet.
fn changed(import: &Import) -> String {
    let lines = changes(import);
    let lines = lines.lines().filter(|line| !line.starts_with('-'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The small town; the first of its IT staff has days off.
fn on_leave() -> Sources {
    let contacts = "contacts = [{ email = \"it-1@example.jp\" }]\n";
    let roster = small::ROSTER.replace(contacts, &format!("{contacts}{LEAVE}"));
    assert!(roster.contains(LEAVE), "{roster}");
    with_roster(&small::sources(), &roster)
}

#[test]
fn it_is_a_column_that_comes_back_as_it_was() {
    let sources = on_leave();
    let sheet = csv(&sources);
    assert!(sheet.contains(",休暇 / leave\r\n"), "{sheet}");
    let cell = "2026-12-28～2027-01-03、2027-02-11\r\n";
    assert!(sheet.contains(cell), "{sheet}");
    for (format, name) in [
        (Format::Xlsx, "roster.xlsx"),
        (Format::Csv(Encoding::Utf8), "roster.csv"),
        (Format::Csv(Encoding::ShiftJis), "roster.csv"),
    ] {
        let bytes = sheet::export(&sources, format, name).unwrap();
        let import = import(&sources, name, &bytes);
        assert_eq!((said(&import), changes(&import)), Default::default());
        assert!(import.text.is_none(), "{format:?}");
    }
}

/// A sheet without the column leaves them alone, to the letter, whatever else
/// it changes; so does one that does not name the person.
#[test]
fn a_sheet_without_the_column_loses_none() {
    let sources = on_leave();
    for sheet in [
        "id,氏名\nit-1,新しい名前\n",
        "id,氏名,休暇\nit-2,別の名前,\n",
    ] {
        let import = import(&sources, "names.csv", sheet.as_bytes());
        let text = import.text.unwrap_or_else(|| panic!("{sheet}"));
        assert!(text.contains(LEAVE), "{text}");
    }
}

/// What the sheet says takes the place of what was there, and the dry run says
/// so; an empty cell takes them away.
#[test]
fn what_the_cell_says_is_taken_over() {
    let sources = on_leave();
    let after = |cell: &str| {
        let sheet = format!("id,氏名,休暇\nit-1,担当職員1,\"{cell}\"\nit-2,担当職員2,\n");
        let import = import(&sources, "leave.csv", sheet.as_bytes());
        assert!(!import.is_refused(), "{}", said(&import));
        (changed(&import), import.text.unwrap_or_default())
    };
    let (changed, text) = after("");
    assert_eq!(
        changed,
        "it-1 leave: 2026-12-28～2027-01-03、2027-02-11 -> \n"
    );
    assert!(!text.contains("leave"), "{text}");
    for cell in [
        "2026-12-01",
        "２０２６／１２／１",
        "2026年12月1日（火）",
        "令和8年12月1日",
        "R8.12.1",
    ] {
        let (changed, text) = after(cell);
        let wanted = "it-1 leave: 2026-12-28～2027-01-03、2027-02-11 -> 2026-12-01\n";
        assert_eq!(changed, wanted, "{cell}");
        let leave = "leave = [{ from = 2026-12-01, to = 2026-12-01 }] # 年末年始\n";
        assert!(text.contains(leave), "{text}");
    }
    for cell in [
        "2026-12-28～2027-01-03、2027-02-11",
        "2026/12/28 〜 2027/1/3\n2027/2/11",
        "2026年12月28日から2027年1月3日まで; 2027.2.11",
        "2026-12-28 to 2027-01-03, 2027-02-11",
    ] {
        assert_eq!(after(cell), Default::default(), "{cell} is no change");
    }
}

/// A day that Excel made a date of is that day; a time of the day is none.
#[test]
fn a_date_of_excel_is_its_day() {
    let sheet = |hours: u16| {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        for (row, cells) in (0..).zip([["id", "氏名", "休暇"], ["it-2", "担当職員2", ""]]) {
            for (column, cell) in (0..).zip(cells) {
                page.write(row, column, cell).unwrap();
            }
        }
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
        let day = ExcelDateTime::from_ymd(2026, 12, 29).unwrap();
        let day = day.and_hms(hours, 0, 0).unwrap();
        page.write_with_format(1, 2, &day, &format).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        import(&small::sources(), "leave.xlsx", &bytes)
    };
    let day = sheet(0);
    assert_eq!(said(&day), "");
    assert_eq!(changed(&day), "it-2 leave:  -> 2026-12-29\n");
    let text = day.text.unwrap();
    let leave = "leave = [{ from = 2026-12-29, to = 2026-12-29 }]";
    assert!(text.contains(leave), "{text}");
    let noon = sheet(12);
    assert!(noon.is_refused());
    insta::assert_snapshot!(said(&noon), @r#"
    error: leave.xlsx row 2, column C "休暇": this is a date or a time
        → make the cell a text and type it again
    "#);
}

#[test]
fn what_is_no_day_is_refused_with_its_cell() {
    let sheet = "id,氏名,休暇\nit-1,担当職員1,12/28～1/3\nit-2,担当職員2,2027-01-03～2026-12-28\nmayor,町長,\"2026-02-30、26-12-28\"\n";
    let sources = small::sources();
    let refused = import(&sources, "leave.csv", sheet.as_bytes());
    assert!(refused.is_refused() && refused.text.is_none());
    insta::assert_snapshot!(said(&refused), @r#"
    error: leave.csv row 2, column C "休暇": "12/28~1/3" is no day or days off
        → write the first and the last day as 2026-12-28～2027-01-03, or one day as 2026-12-28
    error: leave.csv row 3, column C "休暇": the days off "2027-01-03~2026-12-28" end before they begin
        → write the first day first; both are included
    error: leave.csv row 4, column C "休暇": "2026-02-30" is no day or days off
        → write the first and the last day as 2026-12-28～2027-01-03, or one day as 2026-12-28
    error: leave.csv row 4, column C "休暇": "26-12-28" is no day or days off
        → write the first and the last day as 2026-12-28～2027-01-03, or one day as 2026-12-28
    "#);
    // Two columns are not one: left out, the days would seem to be known.
    let sheet = "id,氏名,休暇開始,休暇終了\nit-1,担当職員1,2026-12-28,2027-01-03\n";
    let refused = import(&sources, "leave.csv", sheet.as_bytes());
    assert!(refused.is_refused());
    let words = said(&refused);
    assert!(words.contains("row 1, column C \"休暇開始\""), "{words}");
    assert!(words.contains("into one column \"leave\""), "{words}");
}
