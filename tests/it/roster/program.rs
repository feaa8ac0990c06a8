//! The commands from outside: what they print, what they write, how they end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Output;

use crate::support::daemon::{TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

fn words(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// A file in the town's folder, as an argument.
fn path(town: &Town, name: &str) -> String {
    let path: PathBuf = town.folder.path().join(name);
    path.to_str().unwrap().to_owned()
}

fn roster(town: &Town) -> String {
    std::fs::read_to_string(town.config().join("roster.toml")).unwrap()
}

/// Exports the roster and changes the sheet.
fn sheet(town: &Town, from: &str, to: &str) -> String {
    let file = path(town, "sheet.csv");
    let export = town.run(&["roster", "export", &file, "--force"]);
    assert!(export.status.success(), "{}", words(&export));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from));
    std::fs::write(&file, text.replace(from, to)).unwrap();
    file
}

/// Without `--write` nothing is written; with it the old one stays beside the
/// new one, with its mode, and a second time there is nothing to do.
#[test]
fn an_import_is_a_dry_run_until_it_is_told_to_write() {
    let town = Town::new(1);
    let before = roster(&town);
    let file = town.config().join("roster.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let sheet = sheet(&town, "it-1@example.jp", "new@example.jp");
    let dry = town.run(&["roster", "import", &sheet]);
    assert!(dry.status.success(), "{}", words(&dry));
    assert!(
        words(&dry).contains("まだ何も書いていません"),
        "{}",
        words(&dry)
    );
    assert!(words(&dry).contains("new@example.jp"), "{}", words(&dry));
    assert!(town.run(&["roster", "check", &sheet]).status.success());
    assert_eq!(roster(&town), before);
    let written = town.json(&["roster", "import", &sheet, "--write"]);
    assert_eq!(written["written"], true);
    assert_eq!(written["changed"][0]["person"], "it-1");
    assert_eq!(written["changed"][0]["row"], 11);
    assert_eq!(written["changed"][0]["fields"][0]["field"], "contacts");
    assert_eq!(
        roster(&town),
        before.replace("it-1@example.jp", "new@example.jp")
    );
    let kept = std::fs::read_to_string(town.config().join("roster.toml.bak")).unwrap();
    assert_eq!(kept, before);
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let again = town.json(&["roster", "import", &sheet, "--write"]);
    assert_eq!(
        (&again["written"], &again["unchanged"]),
        (&false.into(), &37.into())
    );
    let left: Vec<_> = std::fs::read_dir(town.config())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(town.run(&["check"]).status.success());
}

/// A sheet with one error changes nothing; the exit code says refused.
#[test]
fn one_error_refuses_the_whole_sheet() {
    let town = Town::new(1);
    let before = roster(&town);
    let sheet = sheet(
        &town,
        "it-1@example.jp",
        "new@example.jp,'+81\r\nit 9,新人,,planning,,",
    );
    for arguments in [
        ["roster", "import", &sheet, "--write"].as_slice(),
        &["roster", "check", &sheet],
    ] {
        let refused = town.run(arguments);
        assert_eq!(refused.status.code(), Some(4), "{}", words(&refused));
        assert!(
            words(&refused).contains("12行目 A列"),
            "{}",
            words(&refused)
        );
    }
    let json = town.run(&["--json", "roster", "import", &sheet, "--write"]);
    assert_eq!(json.status.code(), Some(4));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let first = &json["complaints"][0];
    assert_eq!(
        (&first["row"], &first["letters"]),
        (&12.into(), &"A".into())
    );
    assert_eq!(roster(&town), before);
    assert!(!town.config().join("roster.toml.bak").exists());
}

/// What cannot be read or written is said with its exit code; a sheet that is
/// there is not written over.
#[test]
fn each_failure_has_its_exit_code() {
    let town = Town::new(1);
    let (here, none, other) = (
        path(&town, "a.xlsx"),
        path(&town, "none.csv"),
        path(&town, "a.ods"),
    );
    assert!(town.run(&["roster", "export", &here]).status.success());
    let mode = std::fs::metadata(&here).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "addresses stand in it");
    for (arguments, code, said) in [
        (["export", here.as_str()].as_slice(), 4, "--force"),
        (&["export", &other], 2, "neither in .xlsx nor in .csv"),
        (
            &["export", &here, "--force", "--encoding", "shift-jis"],
            2,
            "leave --encoding out",
        ),
        (&["import", &none], 1, "cannot read"),
        (&["export", "/proc/none/a.csv"], 1, "cannot write"),
        (&["check"], 0, "37 人"),
    ] {
        let mut all = vec!["roster"];
        all.extend(arguments);
        let output = town.run(&all);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            words(&output)
        );
        assert!(
            words(&output).contains(said),
            "{arguments:?}: {}",
            words(&output)
        );
    }
    town.write("roster.toml", "nonsense");
    for arguments in [
        ["roster", "check"].as_slice(),
        &["roster", "import", &here],
        &["roster", "export", &none],
    ] {
        let output = town.run(arguments);
        assert_eq!(output.status.code(), Some(3), "{}", words(&output));
        assert!(words(&output).contains("roster.toml"), "{}", words(&output));
    }
}

/// From a cell to the wire: an old carrier's address is imported with a word
/// of warning, and called by its quoted form.
#[tokio::test(flavor = "multi_thread")]
async fn a_carriers_address_goes_from_the_sheet_to_the_wire() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let sheet = sheet(
        &town,
        "it-manager@example.jp",
        "ｉｔ．．ｍａｎａｇｅｒ．＠docomo.example.jp",
    );
    let written = town.json(&["roster", "import", &sheet, "--write"]);
    let complaint = &written["complaints"][0];
    assert_eq!(
        (&complaint["severity"], &complaint["row"]),
        (&"warning".into(), &10.into())
    );
    assert!(roster(&town).contains("\"it..manager.@docomo.example.jp\""));
    let daemon = town.serve();
    let event = r#"{"kind":"earthquake","intensity":"5+"}"#;
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    assert_eq!(status, 202, "{answer}");
    let mut called = Vec::new();
    for number in 1..=37 {
        called.extend(server.mail(number).await.to);
    }
    assert!(
        called.contains(&"\"it..manager.\"@docomo.example.jp".to_owned()),
        "{called:?}"
    );
}
