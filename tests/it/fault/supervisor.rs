//! What systemd does when the daemon fails again and again.
//!
//! Owns row 12, as far as a machine without systemd shows it: the commands of
//! the units are taken from their files and run as they stand there.

use std::path::{Path, PathBuf};
use std::process::Command;

use mail_parser::MessageParser;

use crate::support::daemon::Town;
use crate::support::smtp::{Script, SmtpServer};

fn unit(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let text = std::fs::read_to_string(path.join(name)).unwrap();
    (path, text)
}

/// What a unit runs under a key, in order.
fn runs<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .collect()
}

/// A program that notes how it was called.
fn noting(path: &Path, into: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let script = format!("#!/bin/sh\necho \"$@\" >> {}\n", into.display());
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Row 12: the daemon cannot start. What the unit runs after each failed run
/// starts the failure unit, and what that runs sends a mail by a relay that
/// muster knows nothing of; after an orderly stop it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_ends_at_each_start_is_told_of_by_a_second_path() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(1);
    town.write("roster.toml", "this is no roster");
    let ended = town.run(&["serve"]);
    assert!(!ended.status.success());
    let (folder, service) = unit("muster.service");
    let systemctl = town.folder.path().join("systemctl");
    let called = town.folder.path().join("called");
    noting(&systemctl, &called);
    // As systemd reads the line: quotes off, `$$` is `$`, `%n` its name.
    let after = runs(&service, "ExecStopPost")[0];
    let command = after.strip_prefix("+/bin/sh -c '").unwrap();
    let command = command.strip_suffix('\'').unwrap();
    let command = command
        .replace("$$", "$")
        .replace("%n", "muster.service")
        .replace("/usr/bin/systemctl", systemctl.to_str().unwrap());
    for result in ["success", "exit-code"] {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &command]).env("SERVICE_RESULT", result);
        assert!(shell.status().unwrap().success());
        assert_eq!(called.exists(), result != "success", "{result}");
    }
    let started = std::fs::read_to_string(&called).unwrap();
    assert_eq!(
        started,
        "--no-block start muster-failure@muster.service.service\n"
    );
    let (_, failure) = unit("muster-failure@.service");
    let second = runs(&failure, "ExecStart")[1];
    let arguments = second
        .strip_prefix("-/usr/lib/muster/failure-mail ")
        .unwrap();
    let mut mail = Command::new(folder.join("muster-failure-mail"));
    mail.arg(arguments.replace("%i", "muster.service"))
        .env(
            "MUSTER_FAILURE_RELAY",
            format!("smtp://127.0.0.1:{}", server.port),
        )
        .env("MUSTER_FAILURE_FROM", "muster@example.jp")
        .env("MUSTER_FAILURE_TO", "it-manager@example.jp it-1@example.jp");
    let sent = tokio::task::spawn_blocking(move || mail.output().unwrap()).await;
    let sent = sent.unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let mail = server.mail(1).await;
    assert_eq!(mail.to, ["it-manager@example.jp", "it-1@example.jp"]);
    let read = MessageParser::default().parse(&mail.data).unwrap();
    assert!(
        read.subject()
            .unwrap()
            .starts_with("【障害】muster が止まりました")
    );
    let text = read.body_text(0).unwrap();
    assert!(text.contains("muster.service が止まりました"), "{text}");
    // Where nobody is named nothing is sent, and nothing fails.
    let nobody = Command::new(folder.join("muster-failure-mail")).output();
    assert!(nobody.unwrap().status.success());
}

/// The mail that says so goes encrypted, or not at all, to any relay but one on this
/// machine, unless whoever set it up says that the relay cannot.
#[test]
fn the_word_of_a_failure_goes_encrypted_off_this_machine() {
    let (folder, _) = unit("muster-failure@.service");
    let town = tempfile::tempdir().unwrap();
    let called = town.path().join("called");
    noting(&town.path().join("curl"), &called);
    for (relay, tls, encrypted) in [
        ("smtp://relay-2.example.jp:25", "", true),
        ("smtp://relay-2.example.jp", "required", true),
        ("smtp://192.0.2.7:587", "", true),
        ("smtp://127.example.jp", "", true),
        ("smtp://localhost.example.jp:25", "", true),
        ("smtp://[2001:db8::7]", "", true),
        ("smtp://relay-2.example.jp:25", "none", false),
        ("smtp://127.0.0.1:2525", "", false),
        ("smtp://localhost", "", false),
        ("smtp://[::1]:25", "", false),
    ] {
        std::fs::write(&called, "").unwrap();
        let programs = format!("{}:/usr/bin:/bin", town.path().display());
        let mail = Command::new(folder.join("muster-failure-mail"))
            .env("PATH", programs)
            .env("MUSTER_FAILURE_RELAY", relay)
            .env("MUSTER_FAILURE_TLS", tls)
            .env("MUSTER_FAILURE_FROM", "muster@example.jp")
            .env("MUSTER_FAILURE_TO", "it-1@example.jp")
            .output();
        let mail = mail.unwrap();
        assert!(mail.status.success(), "{relay}: {mail:?}");
        let said = std::fs::read_to_string(&called).unwrap();
        assert!(said.contains(relay), "{said}");
        assert_eq!(said.contains("--ssl-reqd"), encrypted, "{relay}: {said}");
    }
}
