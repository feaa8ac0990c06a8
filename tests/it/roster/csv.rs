//! CSV files as programs and people write them.

use muster::config::sheet::Encoding;

use super::{changes, csv, import, import_as, said};
use crate::config::small;

/// With and without a byte order mark, with any line end, with tabs.
#[test]
fn each_kind_of_csv_is_read() {
    let sources = small::sources();
    let sheet = csv(&sources);
    let plain = sheet.replace("\r\n", "\n");
    let (shift_jis, ..) = encoding_rs::SHIFT_JIS.encode(&sheet);
    for (what, bytes) in [
        ("a byte order mark", format!("\u{FEFF}{sheet}").into_bytes()),
        ("none", sheet.clone().into_bytes()),
        ("line feeds", plain.clone().into_bytes()),
        ("carriage returns", plain.replace('\n', "\r").into_bytes()),
        (
            "no end of the last line",
            plain.trim_end().to_owned().into_bytes(),
        ),
        ("tabs", plain.replace(',', "\t").into_bytes()),
        ("commas behind", plain.replace('\n', ",,,\n").into_bytes()),
        ("empty rows", plain.replace('\n', "\n\n,,\n").into_bytes()),
        (
            "a title above",
            format!("職員名簿（令和8年4月1日）\n\n{plain}").into_bytes(),
        ),
        ("Shift_JIS", shift_jis.into_owned()),
    ] {
        let import = import(&sources, "roster.csv", &bytes);
        assert_eq!(
            (said(&import), changes(&import)),
            Default::default(),
            "{what}"
        );
        assert_eq!(import.changes.unchanged, 3, "{what}");
    }
}

/// Rows are counted as a spreadsheet counts them: not by lines.
#[test]
fn rows_are_counted_as_a_spreadsheet_counts_them() {
    let sources = small::sources();
    let sheet = "id,氏名,課,備考\r\n\
                 mayor,町長,planning,\"一\r\n二\r\n三\"\r\n\
                 \r\n\
                 it-1,担当職員1,nowhere,\r\n";
    let import = import(&sources, "roster.csv", sheet.as_bytes());
    assert_eq!(
        said(&import),
        "warning: roster.csv row 1, column D \"備考\": the column \"備考\" is not one that is read\n\
         error: roster.csv row 4, column C \"課\": there is no section \"nowhere\" in roster.toml\n    \
         → there is Town planning; add a new section to roster.toml"
    );
}

/// Bytes that mean nothing are named with their cell, whatever was said of
/// the encoding.
#[test]
fn bytes_that_mean_nothing_are_named_with_their_cell() {
    let sources = small::sources();
    let mut broken = "id,氏名\nmayor,町長\nit-1,".to_owned().into_bytes();
    broken.extend(b"\xFF\xFE\n");
    for encoding in [None, Some(Encoding::Utf8)] {
        let found = import_as(&sources, "roster.csv", &broken, (encoding, false));
        assert_eq!(
            said(&found),
            "error: roster.csv row 3, column B \"氏名\": a character here cannot be read\n    \
             → say --encoding utf-8 or --encoding shift-jis, or type the cell again"
        );
    }
    let (whole, ..) = encoding_rs::SHIFT_JIS.encode("id,氏名\nmayor,町長\n");
    let mut cut = whole.into_owned();
    cut.truncate(cut.len() - 2);
    let found = import(&sources, "roster.csv", &cut);
    assert!(said(&found).contains("row 2, column B"), "{}", said(&found));
}

#[test]
fn what_is_no_sheet_is_refused_in_words() {
    let sources = small::sources();
    let long = format!("id,氏名\nmayor,\"{}", "あ".repeat(3000));
    let wide = format!("id,氏名{}x\n", ",".repeat(600));
    let tall = format!("id,氏名\n{}mayor,町長\n", "\n".repeat(100_001));
    for (bytes, words) in [
        (b"".as_slice(), "the file is empty"),
        (b"\n\n", "there is no row of headings"),
        (
            "職員の一覧\n総務課\n".as_bytes(),
            "there is no row of headings",
        ),
        (b"\xFF\xFEi\x00d\x00", "UTF-16"),
        ("id,氏名\n".as_bytes(), "there is no row below the headings"),
        (long.as_bytes(), "a closing quotation mark is missing"),
        (wide.as_bytes(), "at most 100000 rows and 500 columns"),
        (tall.as_bytes(), "at most 100000 rows and 500 columns"),
        (&vec![b'a'; (20 << 20) + 1], "larger than 20 MB"),
    ] {
        let import = import(&sources, "roster.csv", bytes);
        assert!(said(&import).contains(words), "{words}: {}", said(&import));
        assert!(import.is_refused() && import.text.is_none());
    }
}
