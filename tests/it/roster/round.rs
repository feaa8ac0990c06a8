//! What is exported comes back as it was, in every form.

use muster::config::Sources;
use muster::config::sheet::{self, Encoding, Format};

use super::{changes, csv, import, said, with_roster};
use crate::config::small;

const FORMS: [(Format, &str); 3] = [
    (Format::Xlsx, "roster.xlsx"),
    (Format::Csv(Encoding::Utf8), "roster.csv"),
    (Format::Csv(Encoding::ShiftJis), "roster.csv"),
];

#[test]
fn the_example_comes_back_as_it_was() {
    let sources = Sources::example();
    for (format, name) in FORMS {
        let bytes = sheet::export(&sources, format, name).unwrap();
        let import = import(&sources, name, &bytes);
        assert_eq!(said(&import), "", "{format:?}");
        assert_eq!(changes(&import), "", "{format:?}");
        assert_eq!(import.changes.unchanged, 37);
        assert!(import.text.is_none());
    }
}

/// The sheet that an office gets to see.
#[test]
fn a_person_is_a_row_with_headings_in_both_languages() {
    insta::assert_snapshot!(csv(&small::sources()).replace("\r\n", "\n"), @r"
    職員番号 / id,氏名 / name,英語表記 / name_en,課 / section,言語 / language,連絡先1（メール） / contact 1 (email),役職 / posts,対策班 / squads,課の担当 / section duties,休暇 / leave
    mayor,町長,,まちづくり振興課,,mayor@example.jp,町長,,,
    it-1,担当職員1,IT staff 1,まちづくり振興課,,it-1@example.jp,,統括班 所要1,まちづくり振興課 所要1,
    it-2,担当職員2,IT staff 2,まちづくり振興課,,it-2@example.jp,,統括班 所要2,まちづくり振興課 代理1,
    ");
}

#[test]
fn columns_may_be_moved_and_headings_be_in_either_language() {
    let sources = Sources::example();
    let sheet = csv(&sources);
    for (number, headings) in [
        (
            0,
            "id,name,name_en,section,language,contact 1 (email),contact 2 (voice-gateway),posts,squads,section duties,leave",
        ),
        (
            1,
            "職員番号,氏名,英語表記,所属,言語,連絡先１（ﾒｰﾙ）,連絡先２ （voice-gateway）,役職,対策班,課の担当,休暇",
        ),
        (
            2,
            "ＩＤ,氏　名,ローマ字,課,ｌａｎｇ,メールアドレス,電話番号,職,班,所要の職員,休み",
        ),
    ] {
        let rows: Vec<String> = sheet
            .lines()
            .enumerate()
            .map(|(row, line)| {
                let mut cells: Vec<&str> = line.split(',').collect();
                if row == 0 {
                    cells = headings.split(',').collect();
                }
                // Numbered contacts keep their order wherever they stand.
                if number < 2 {
                    cells.rotate_left(6);
                }
                cells.join(",")
            })
            .collect();
        let import = import(&sources, "moved.csv", rows.join("\n").as_bytes());
        assert_eq!(
            (said(&import), changes(&import)),
            Default::default(),
            "{headings:?}"
        );
    }
}

/// Full- and half-width letters, spaces and dashes are the same to a person,
/// and what stands in roster.toml stays as it is written there.
#[test]
fn widths_and_spaces_are_no_change() {
    let sources = Sources::example();
    let sheet = csv(&sources)
        .replace("it-1,", "ｉｔ－１ ,")
        .replace("IT staff 2", "ＩＴ　ｓｔａｆｆ　２")
        .replace("総務課 職員5", "総務課　職員５")
        .replace("it-2@example.jp", " ｉｔ－２＠ｅｘａｍｐｌｅ．ｊｐ")
        .replace("'+81-0-0000-0001", "＋８１ー０−００００‐０００１")
        .replace(
            "統括班 所要2、災害対策本部事務局 所要2",
            "ｃｏｎｔｒｏｌ　所要２，\u{200B}secretariat required 2",
        );
    assert_ne!(sheet, csv(&sources));
    let import = import(&sources, "wide.csv", sheet.as_bytes());
    assert_eq!(changes(&import), "", "{}", said(&import));
    assert!(!import.is_refused());
}

/// A cell that a spreadsheet would run is written as a text, and comes back
/// without the mark that made it one.
#[test]
fn no_cell_is_a_formula() {
    let roster = small::ROSTER
        .replace("担当職員1", "=HYPERLINK(1)")
        .replace("担当職員2", "＠総務")
        .replace("\"IT staff 2\"", "\"'=kept\"");
    let sources = with_roster(&small::sources(), &roster);
    let sheet = csv(&sources);
    assert!(sheet.contains(",'=HYPERLINK(1),"), "{sheet}");
    assert!(sheet.contains(",'＠総務,''=kept,"), "{sheet}");
    for (format, name) in FORMS {
        let bytes = sheet::export(&sources, format, name).unwrap();
        let import = import(&sources, name, &bytes);
        assert_eq!(
            (said(&import), changes(&import)),
            Default::default(),
            "{name}"
        );
    }
}

/// What Shift_JIS has no letter for is named with its cell; its waves and
/// half-width kana come back.
#[test]
fn shift_jis_takes_what_it_can() {
    let shift_jis = Format::Csv(Encoding::ShiftJis);
    let good = small::ROSTER.replace("担当職員1", "ﾀﾝﾄｳ 髙﨑〜①");
    let sources = with_roster(&small::sources(), &good);
    let bytes = sheet::export(&sources, shift_jis, "roster.csv").unwrap();
    let import = import(&sources, "roster.csv", &bytes);
    assert_eq!((said(&import), changes(&import)), Default::default());
    let bad = small::ROSTER
        .replace("担当職員1", "𠮷野")
        .replace("担当職員2", "100¥");
    let sources = with_roster(&small::sources(), &bad);
    let refused = sheet::export(&sources, shift_jis, "roster.csv").unwrap_err();
    let sheet::ExportError::Sheet(complaints) = refused else {
        panic!("{refused:?}");
    };
    insta::assert_snapshot!(complaints.render(muster::domain::text::Language::En), @r#"
    error: roster.csv row 3, column B "氏名 / name": "𠮷" of "𠮷野" does not exist in Shift_JIS
        → export as .csv in UTF-8 or as .xlsx
    error: roster.csv row 4, column B "氏名 / name": "¥" of "100¥" does not exist in Shift_JIS
        → export as .csv in UTF-8 or as .xlsx
    "#);
}
