//! A net of a test's own, with routes and names that no other program has.
//!
//! Owns the namespace: the test runs itself again inside of it, as root, and
//! the machine's own net is left alone.

use std::path::Path;
use std::process::{Command, Stdio};

/// What `sh` does in the namespace before the test runs there. The system's own
/// name servers are replaced by one of the test's.
const BEGIN: &str = r#"
ip link set lo up
ip address add 10.99.0.1/32 dev lo
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
exec "$2" --exact "$3" --nocapture
"#;

/// Says which test runs inside.
const INSIDE: &str = "MUSTER_TEST_INSIDE";

#[expect(clippy::disallowed_methods, reason = "a test that runs itself again")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Whether the test of this name is inside. Outside it runs itself there, and
/// has nothing more to do itself. Where no namespace can be had, it says so;
/// `tests/fault net` wants one.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub(crate) fn is_inside(test: &str) -> bool {
    if variable(INSIDE) == test {
        return true;
    }
    let allowed = Command::new("unshare")
        .args(["--net", "--mount", "ip", "link", "set", "lo", "up"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        let why = "a net of its own cannot be had here (root, unshare and ip are wanted)";
        assert!(!super::must_run("net"), "{why}");
        println!("skipped: {why}");
        return false;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    // Why so long: whoever waits for a name is not to give up before the test says so.
    write(
        "resolv.conf",
        "nameserver 127.0.0.1\noptions timeout:10 attempts:1\n",
    );
    write("nsswitch.conf", "hosts: files dns\n");
    let ran = Command::new("unshare")
        .args(["--net", "--mount", "sh", "-euc", BEGIN, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(INSIDE, test)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "inside:\n{said}\n{errors}"
    );
    false
}

/// `ip` in the net in which it is called.
pub(crate) fn ip(arguments: &str) {
    assert!(Path::new("/proc/self/ns/net").exists());
    let done = Command::new("ip").args(arguments.split(' ')).status();
    assert!(done.unwrap().success(), "ip {arguments}");
}
