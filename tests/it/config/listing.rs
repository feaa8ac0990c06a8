//! How problems are shown: to people with a caret, to machines as fields.

use muster::config::{self, Problems, Severity, Sources};
use muster::domain::text::Language;

use super::small::{RULES, said, sources, spoiled};

#[test]
fn a_town_with_nothing_wrong_is_taken_without_a_word() {
    assert_eq!(said(&sources()), Problems::default());
}

#[test]
fn the_caret_stands_under_the_place_behind_japanese() {
    let wrong = spoiled(&[
        ("担当職員1\", en", "担当職員1\", eng"),
        (
            "section = \"planning\"\ncontacts = [{ email = \"it-2",
            "section = \"plan\"\ncontacts = [{ email = \"it-2",
        ),
    ]);
    assert_eq!(
        said(&wrong).to_string(),
        "\
error: \"name\" knows no key \"eng\"
  --> roster.toml:15:24
   |
15 | name = { ja = \"担当職員1\", eng = \"IT staff 1\" }
   |                            ^^^
   |
   = help: did you mean \"en\"?

error: there is no section \"plan\" in roster.toml
  --> roster.toml:22:11
   |
22 | section = \"plan\"
   |           ^^^^^^
   |
   = help: roster.toml has planning

2 errors"
    );
}

/// The same in Japanese, of a file with many slips.
#[test]
fn the_listing_reads_in_japanese() {
    let wrong = spoiled(&[
        ("担当職員1\", en", "担当職員1\", eng"),
        (
            "section = \"planning\"\ncontacts = [{ email = \"it-2",
            "section = \"plan\"\ncontacts = [{ email = \"it-2",
        ),
        ("from = \"5+\"", "from = \"5\""),
        ("approved_by = \"mayor\"\n", ""),
        ("time_zone = \"Asia/Tokyo\"", "time_zone = 9"),
    ]);
    insta::assert_snapshot!(said(&wrong).render(Language::Ja), @r#"
    誤り: 「time_zone」には "…" で囲んだ文字列を書きます。整数になっています
     --> muster.toml:1:13
      |
    1 | time_zone = 9
      |             ^
      |
      = 対処: time_zone = "…" と書いてください

    誤り: 「name」に「eng」というキーはありません
      --> roster.toml:15:24
       |
    15 | name = { ja = "担当職員1", eng = "IT staff 1" }
       |                            ^^^
       |
       = 対処: 「en」のことですか

    誤り: roster.toml に「plan」という課はありません
      --> roster.toml:22:11
       |
    22 | section = "plan"
       |           ^^^^^^
       |
       = 対処: roster.toml にあるのは planning です

    注意: この版は未承認です。使われるところすべてに、未承認と表示されます
     --> rules.toml:5:1
      |
    5 | [edition]
      | ^^^^^^^^^
      |
      = 対処: CIO（最高情報責任者）の承認を得てから、approved_by = "…" を書いてください（6(2)）

    誤り: 「5」は震度ではありません
      --> rules.toml:12:32
       |
    12 | when = { earthquake = { from = "5", to = "7" } }
       |                                ^^^
       |
       = 対処: "5-"（5弱）か "5+"（5強）と書いてください

    誤り 4 件、注意 1 件
    "#);
}

/// What the parser of TOML says stands in a sentence of ours.
#[test]
fn what_is_no_toml_is_said_in_japanese() {
    let wrong = spoiled(&[("from = \"5+\"", "from = 5+")]);
    insta::assert_snapshot!(said(&wrong).render(Language::Ja), @r#"
    誤り: TOML として読めません（string values must be quoted, expected literal string）
      --> rules.toml:13:32
       |
    13 | when = { earthquake = { from = 5+, to = "7" } }
       |                                ^^
       |
       = 対処: 書き方は https://toml.io を見てください。文字列は "…" で囲みます

    誤り 1 件
    "#);
}

#[test]
fn problems_have_fields_for_machines() {
    let wrong = spoiled(&[
        ("from = \"5+\"", "from = \"5\""),
        ("approved_by = \"mayor\"\n", ""),
    ]);
    let json = serde_json::to_value(said(&wrong)).unwrap();
    assert_eq!(
        json,
        serde_json::json!([
            {
                "severity": "warning", "file": "rules.toml", "line": 5, "column": 1,
                "message": "this edition is not approved, and says so wherever it is used",
                "message_ja": "この版は未承認です。使われるところすべてに、未承認と表示されます",
                "advice": "write approved_by = \"…\" once the chief information officer has approved it (6(2))",
                "advice_ja": "CIO（最高情報責任者）の承認を得てから、approved_by = \"…\" を書いてください（6(2)）",
            },
            {
                "severity": "error", "file": "rules.toml", "line": 12, "column": 32,
                "message": "\"5\" is no seismic intensity",
                "message_ja": "「5」は震度ではありません",
                "advice": "write \"5-\" (5弱) or \"5+\" (5強)",
                "advice_ja": "\"5-\"（5弱）か \"5+\"（5強）と書いてください",
            },
        ])
    );
}

#[test]
fn problems_stand_in_the_order_of_the_files_and_their_lines() {
    let wrong = spoiled(&[
        ("kind = \"contact\"", "kind = \"d2\""),
        ("required = [\"it-1\"]", "required = [\"it-9\"]"),
        ("organisation", "organization"),
        ("language = \"ja\"", "language = \"jp\""),
    ]);
    let places: Vec<_> = said(&wrong)
        .0
        .iter()
        .map(|found| (found.file.clone(), found.line))
        .collect();
    let expected = [
        ("muster.toml", 2),
        ("roster.toml", 4),
        ("rules.toml", 1),
        ("rules.toml", 49),
    ];
    assert_eq!(places, expected.map(|(file, line)| (file.to_owned(), line)));
}

#[test]
fn a_rule_is_said_to_name_an_absent_webhook_and_is_taken_all_the_same() {
    let absent = spoiled(&[(
        "remind = true",
        "remind = true\nchannels = [\"email\", \"webhook:voice\"]",
    )]);
    let checked = config::check(&absent, &[]).expect("a warning refuses nothing");
    assert_eq!(checked.warnings.len(), 1);
    assert_eq!(checked.warnings[0].severity, Severity::Warning);
    assert!(
        checked.warnings[0]
            .message
            .en
            .contains("no webhook \"voice\"")
    );
}

#[test]
fn every_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    // 参集 in Shift_JIS.
    std::fs::write(
        dir.path().join("rules.toml"),
        b"a = 1\n# \x8e\x51\x8f\x57\n",
    )
    .unwrap();
    let problems = Sources::read(dir.path()).unwrap_err();
    let files: Vec<_> = problems
        .0
        .iter()
        .map(|found| found.file.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(files, Sources::FILES);
    assert_eq!(problems.0[2].line, 2);
    assert!(
        problems
            .to_string()
            .contains("save the file as UTF-8 (it may be Shift_JIS)")
    );
}

#[test]
fn a_file_saved_on_windows_is_taken() {
    let mut windows = sources();
    windows.rules.text = format!("\u{feff}{}", RULES.replace('\n', "\r\n"));
    assert_eq!(said(&windows), Problems::default());

    windows.rules.text = windows
        .rules
        .text
        .replace("who = \"everyone\"", "who = \"everybody\"");
    let found = &said(&windows).0[0];
    assert_eq!((found.line, found.column), (18, 7));
}

#[test]
fn a_file_that_is_not_toml_gets_no_guesses_besides() {
    let wrong = spoiled(&[
        ("remind = true", "remind = "),
        ("number = 2", "number = two"),
    ]);
    let problems = said(&wrong);
    assert!(
        problems
            .0
            .iter()
            .all(|found| found.message.en.starts_with("this is not TOML")),
        "{problems}"
    );
    let lines: Vec<_> = problems.0.iter().map(|found| found.line).collect();
    assert_eq!(lines, [6, 44]);
}

#[test]
fn contact_drills_come_first_whatever_the_file_says() {
    let other = "[[drill]]\nid = \"power\"\ntitle = \"復旧訓練\"\nkind = \"recovery\"\nevent = { kind = \"earthquake\", intensity = \"7\" }\n\n";
    let town = spoiled(&[("[[drill]]\n", &format!("{other}[[drill]]\n"))]);
    let plan = config::check(&town, &[]).unwrap().plan;
    let drills: Vec<_> = plan.drills.keys().map(|id| id.as_str()).collect();
    assert_eq!(drills, ["contact", "power"]);
}

/// A drill asks vendors only where it says so, in so many words.
#[test]
fn a_drill_asks_vendors_only_where_it_says_so() {
    let drill = |key: &str| spoiled(&[("[[drill]]\n", &format!("[[drill]]\n{key}\n"))]);
    let asks = |key: &str| config::check(&drill(key), &[]).unwrap().plan.drills[0].vendors;
    assert!(!asks("") && !asks("vendors = false") && asks("vendors = true"));
    let problems = config::check(&drill("vendors = \"yes\""), &[]).unwrap_err();
    insta::assert_snapshot!(problems.to_string(), @r#"
    error: "vendors" must be true or false, not a text
      --> rules.toml:47:11
       |
    47 | vendors = "yes"
       |           ^^^^^
       |
       = help: write vendors = true

    1 error
    "#);
}
