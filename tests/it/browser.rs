//! The pages in a real browser. Owns nothing but the start: the tests are
//! JavaScript, live in `tests/browser`, and need Chromium and Node.

use std::process::Command;

/// Left out of plain `cargo test`, which needs neither of the two.
#[test]
#[ignore = "needs Chromium and Node: run `tests/run browser`"]
fn the_pages_in_chromium() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
    let status = Command::new("npm")
        .args(["--silent", "test"])
        .current_dir(folder)
        .env("MUSTER", env!("CARGO_BIN_EXE_muster"))
        .status()
        .expect("npm is missing: `tests/run browser` installs it");
    assert!(status.success(), "tests in tests/browser failed: {status}");
}
