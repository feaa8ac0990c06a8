//! The systemd units keep their promises, and systemd reads them.
//!
//! Owns the lines that `docs/operations.md` relies on, and a staged root in
//! which `systemd-analyze` judges the units without touching this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::tree::{root, text};

/// What must stand in `systemd/muster.service`, each line by itself.
const PROMISED: [&str; 32] = [
    "ExecStart=/usr/bin/muster serve",
    "Type=notify",
    "NotifyAccess=main",
    "WatchdogSec=30",
    "Restart=always",
    "RestartSec=1",
    "StartLimitIntervalSec=0",
    "OnFailure=muster-failure@%n.service",
    "ExecStopPost=+/bin/sh -c 'test \"$$SERVICE_RESULT\" = success || exec /usr/bin/systemctl \
     --no-block start \"muster-failure@%n.service\"'",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "User=muster",
    "StateDirectory=muster",
    "StateDirectoryMode=0700",
    "RuntimeDirectory=muster",
    "ConfigurationDirectory=muster",
    "UMask=0077",
    "LimitCORE=0",
    "Environment=MALLOC_TRIM_THRESHOLD_=262144 MALLOC_MMAP_THRESHOLD_=1048576",
    "LogRateLimitIntervalSec=30s",
    "LogRateLimitBurst=10000",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "#LoadCredential=relay-password:/etc/muster/secrets/relay-password",
    "WantedBy=multi-user.target",
];

/// The targets that the units name, and those that every service needs.
const TARGETS: [&str; 7] = [
    "sysinit",
    "basic",
    "shutdown",
    "multi-user",
    "network-online",
    "time-sync",
    "nss-lookup",
];

/// The programs that the units start.
const PROGRAMS: [&str; 7] = [
    "usr/bin/muster",
    "usr/lib/muster/failure-mail",
    "usr/bin/systemd-cat",
    "usr/bin/systemctl",
    "bin/sh",
    "bin/kill",
    "bin/echo",
];

fn missing(unit: &str) -> Vec<String> {
    PROMISED
        .into_iter()
        .filter(|promised| !unit.lines().any(|line| line == *promised))
        .map(|promised| format!("systemd/muster.service: `{promised}` is missing"))
        .collect()
}

/// Whether a program is there. Where it is not, the test says so and is
/// skipped, or fails if everything is demanded.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the one test command asks for every test through the environment, and a skip is said"
)]
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    let demanded = std::env::var_os("MUSTER_TEST_NEEDS_ALL").is_some_and(|value| value == "1");
    assert!(
        there || !demanded,
        "{program} is missing; tests/run installs it"
    );
    if !there {
        eprintln!("skipped: {program} is missing (tests/run installs it)");
    }
    there
}

/// A root directory with the units, and with everything they name.
fn stage(service: &str) -> tempfile::TempDir {
    let staged = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str, mode: u32| {
        let path = staged.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let units = "usr/lib/systemd/system";
    put(&format!("{units}/muster.service"), service, 0o644);
    put(
        &format!("{units}/muster-failure@.service"),
        &text("systemd/muster-failure@.service"),
        0o644,
    );
    put(
        "usr/lib/sysusers.d/muster.conf",
        &text("systemd/muster.sysusers.conf"),
        0o644,
    );
    for target in TARGETS {
        let text = format!("[Unit]\nDescription={target}\n");
        put(&format!("{units}/{target}.target"), &text, 0o644);
    }
    for program in PROGRAMS {
        put(program, "#!/bin/sh\n", 0o755);
    }
    put("etc/passwd", "root:x:0:0::/:/bin/sh\n", 0o644);
    put("etc/group", "root:x:0:\n", 0o644);
    staged
}

/// What `systemd-analyze` says of the staged units: nothing if all is well.
fn verify(staged: &Path) -> String {
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=yes"])
        .arg(format!("--root={}", staged.display()))
        .args(["muster.service", "muster-failure@muster.service.service"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || !said.is_empty());
    said
}

#[test]
fn the_unit_keeps_its_promises() {
    super::nothing_wrong(&missing(&text("systemd/muster.service")));
}

#[test]
fn systemd_reads_the_units() {
    if is_there("systemd-analyze") {
        let staged = stage(&text("systemd/muster.service"));
        assert_eq!(verify(staged.path()), "");
    }
}

#[test]
fn the_service_is_shut_in() {
    if is_there("systemd-analyze") {
        let staged = stage(&text("systemd/muster.service"));
        let output = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--no-pager", "--threshold=15"])
            .arg(format!("--root={}", staged.path().display()))
            .arg("muster.service")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn the_user_is_made() {
    if is_there("systemd-sysusers") {
        let staged = stage(&text("systemd/muster.service"));
        let output = Command::new("systemd-sysusers")
            .arg(format!("--root={}", staged.path().display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let passwd = fs::read_to_string(staged.path().join("etc/passwd")).unwrap();
        assert!(passwd.contains("\nmuster:"), "{passwd}");
    }
}

#[test]
fn control_a_broken_promise_and_an_unknown_key_are_seen() {
    let unit = text("systemd/muster.service");
    assert!(root("systemd/muster.service").is_file());
    assert_eq!(missing(&unit.replace("WatchdogSec=30", "")).len(), 1);
    assert_eq!(missing(&unit.replace("NoNew", "#NoNew")).len(), 1);
    if is_there("systemd-analyze") {
        let staged = stage(&unit.replace("WatchdogSec=30", "WatchdogSeconds=30"));
        assert!(verify(staged.path()).contains("WatchdogSeconds"));
    }
}
