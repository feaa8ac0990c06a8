//! What is wrong with a sheet, said with the row and the column.

use super::{csv, import, import_as, said};
use crate::config::small;

/// A sheet under the headings, and what is said of it.
fn refused(cases: &[(&str, &str, &str)]) {
    let sources = small::sources();
    for (what, sheet, words) in cases {
        let import = import(&sources, "名簿.csv", sheet.as_bytes());
        let found = said(&import).replace("名簿.csv ", "");
        assert_eq!(found.trim(), words.trim(), "{what}");
        assert!(import.is_refused(), "{what}");
        assert!(import.text.is_none(), "{what}");
    }
}

#[test]
fn a_row_that_cannot_be_taken_is_named() {
    refused(&[
        (
            "an id of other letters",
            "id,氏名\nit 1,担当\n担当,担当\n",
            r#"
error: row 2, column A "id": "it 1" cannot be an id
    → write at most 64 of the letters a-z, digits, "-", "_" and "."
error: row 3, column A "id": "担当" cannot be an id
    → write at most 64 of the letters a-z, digits, "-", "_" and "."
"#,
        ),
        (
            "no id, no name, no section",
            "id,氏名,課\n,担当職員1,planning\nit-1,,planning\nit-2,担当職員2,\n",
            r#"
error: row 2, column A "id": this row has no id
    → give a new person an id; delete a row that is no person
error: row 3, column B "氏名": this row has no name
error: row 4, column C "課": this row has no section
"#,
        ),
        (
            "one id twice, in other widths",
            "id,氏名\nit-1,担当職員1\nｉｔ－１,担当職員1\n",
            r#"
error: row 3, column A "id": "it-1" stands at row 2, column A as well
    → one row is one person: take one out
"#,
        ),
        (
            "addresses that are none",
            "id,氏名,メール1,メール2\nit-1,担当職員1,it-1.example.jp,a b@example.jp\n",
            r#"
error: row 2, column C "メール1": "it-1.example.jp" is no mail address: it has no @
    → write it as name@example.jp
error: row 2, column D "メール2": "a b@example.jp" is no mail address: the part before the @ holds a character that cannot stand there
    → write it as name@example.jp
"#,
        ),
        (
            "an unknown language, a line break in a name",
            "id,氏名,言語\nit-1,\"担当\n職員\",kl\n",
            r#"
error: row 2, column B "氏名": a line break or a tab stands in this cell
    → write it on one line
error: row 2, column C "言語": "kl" is no language that is known
    → write ja or en, or leave it empty
"#,
        ),
    ]);
}

#[test]
fn a_heading_that_cannot_be_taken_is_named() {
    refused(&[
        (
            "the same heading twice",
            "id,氏名,氏　名\nit-1,担当職員1,担当\n",
            r#"
error: row 1, column C "氏 名": the same heading stands at row 1, column B
    → take one out, or number them: email 1, email 2
"#,
        ),
        (
            "a heading with a slip in it",
            "id,氏名,メールアドレフ\nit-1,担当職員1,it-1@example.jp\n",
            r#"
error: row 1, column C "メールアドレフ": there is no heading "メールアドレフ"
    → did you mean "メールアドレス"? If not, give it a name that is less like it
"#,
        ),
        (
            "a telephone, and no gateway or two of them",
            "id,氏名,電話,連絡先2（fax）\nit-1,担当職員1,0136,0136\n",
            r#"
error: row 1, column C "電話": it is not known which [[webhook]] of muster.toml "電話" means
    → write the heading as "contact 1 (NAME)"; there is 
error: row 1, column D "連絡先2(fax)": it is not known which [[webhook]] of muster.toml "fax" means
    → write the heading as "contact 1 (NAME)"; there is
"#,
        ),
    ]);
}

#[test]
fn a_place_that_cannot_be_taken_is_named() {
    refused(&[
        (
            "a squad that is not there, a rank that is none",
            "id,氏名,対策班,役職\nit-1,担当職員1,土木班 所要1、統括班 所要0,課長\n",
            r#"
error: row 2, column C "対策班": there is no squad "土木班 所要1" in roster.toml
    → there is Control squad; a rank is written as "required 1", "deputy 2" (for a post "holder 1")
error: row 2, column C "対策班": the rank of "統括班 所要0" is none
    → ranks begin with 1
error: row 2, column D "役職": there is no post "課長" in roster.toml
    → there is Mayor; a rank is written as "required 1", "deputy 2" (for a post "holder 1")
"#,
        ),
        (
            "one rank for two, one of whom is not on the sheet",
            "id,氏名,対策班\nit-1,担当職員1,統括班 所要2\nmayor,町長,統括班 所要2\n",
            r#"
error: row 3, column C "対策班": "統括班 所要2" stands at row 2, column C as well
    → give each a rank of their own and put everybody on the sheet; use --remove if that person leaves
error: row 3, column C "対策班": "統括班 所要2" is the place of "it-2", who is not on the sheet
    → give each a rank of their own and put everybody on the sheet; use --remove if that person leaves
"#,
        ),
        (
            "a person twice in a squad",
            "id,氏名,対策班\nit-1,担当職員1,統括班 所要1、統括班 代理1\n",
            r#"
error: row 2, column C "対策班": "it-1" stands in the same place twice
"#,
        ),
    ]);
}

#[test]
fn a_sheet_without_ids_must_be_clear_about_who_is_meant() {
    let roster = small::ROSTER.replace("担当職員2", "担当職員1");
    let sources = super::with_roster(&small::sources(), &roster);
    let sheet = "氏名,課\n担当職員1,planning\n町　長,まちづくり振興課\n新人,planning\n";
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(
        said(&import),
        "error: a.csv row 2, column A \"氏名\": \"担当職員1\" may be any of it-1, it-2\n    \
         → add the column \"id\"\n\
         error: a.csv row 4, column A \"氏名\": there is nobody called \"新人\" in that section\n    \
         → for new people and transfers add the column \"id\""
    );
}

/// Zeros that a spreadsheet took away are noticed where they can be.
#[test]
fn telephone_numbers_without_their_zero_are_noticed() {
    let muster = format!(
        "{}[[webhook]]\nname = \"voice\"\nurl = \"http://127.0.0.1:1/\"\n",
        small::MUSTER
    );
    let roster = small::ROSTER.replace(
        "[{ email = \"it-1@example.jp\" }]",
        "[{ webhook = \"voice\", address = \"0136330000\" }]",
    );
    let mut sources = super::with_roster(&small::sources(), &roster);
    sources.muster.text = muster;
    let sheet = "id,電話\nit-1,136330000\nit-2,136330001\nmayor,1.36E+09\n";
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(
        said(&import),
        "error: a.csv row 2, column B \"電話\": \"136330000\" looks like what a spreadsheet made of a number\n    \
         → put the leading zero back, and make the cell a text\n\
         warning: a.csv row 3, column B \"電話\": \"136330001\" begins neither with 0 nor with +\n    \
         → look whether a leading zero was lost\n\
         error: a.csv row 4, column B \"電話\": \"1.36E+09\" looks like what a spreadsheet made of a number\n    \
         → put the leading zero back, and make the cell a text"
    );
}

/// So are ids: 7 is not a new person where 007 is known.
#[test]
fn ids_without_their_zeros_are_noticed() {
    let roster = small::ROSTER.replace("\"it-2\"", "\"007\"");
    let sources = super::with_roster(&small::sources(), &roster);
    let import = import(&sources, "a.csv", "id,氏名\n7,担当職員2\n".as_bytes());
    assert_eq!(
        said(&import),
        "error: a.csv row 2, column A \"id\": \"7\" looks like \"007\" without its zeros\n    \
         → make the cell a text and type it again"
    );
}

/// Two people at one address: taken, and said.
#[test]
fn a_shared_address_is_said() {
    let sources = small::sources();
    let sheet = csv(&sources).replace("it-2@example.jp", "IT-1@example.jp");
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(
        said(&import),
        "warning: a.csv row 4, column F \"連絡先1(メール) / contact 1 (email)\": \
         the same address stands at row 3, column F: one could answer for the other"
    );
    assert!(import.text.is_some());
}

/// Nobody is removed from a place that nobody takes over.
#[test]
fn a_place_is_never_left_to_nobody() {
    let sources = small::sources();
    let all = csv(&sources);
    let without: String = all
        .lines()
        .filter(|line| !line.starts_with("it-2"))
        .map(|line| format!("{line}\n"))
        .collect();
    let import = import_as(&sources, "a.csv", without.as_bytes(), (None, true));
    assert_eq!(
        said(&import),
        "error: a.csv: \"it-2\" cannot be removed: that is \"統括班 所要2\"\n    \
         → give \"統括班 所要2\" to somebody else on the sheet, or take it out of roster.toml first\n\
         error: a.csv: \"it-2\" cannot be removed: that is \"まちづくり振興課 代理1\"\n    \
         → give \"まちづくり振興課 代理1\" to somebody else on the sheet, or take it out of roster.toml first"
    );
    // The rules name a person, too.
    let rules = "id,氏名,対策班,課の担当\nmayor,町長,統括班 所要1,planning 所要1\nit-2,担当職員2,統括班 所要2,planning 代理1\n";
    let import = import_as(&sources, "a.csv", rules.as_bytes(), (None, true));
    assert_eq!(
        said(&import),
        "rules.toml:3: there is no person \"it-1\" in roster.toml\n"
    );
    assert!(import.text.is_none());
}
