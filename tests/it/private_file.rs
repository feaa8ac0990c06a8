//! A file that its owner alone can read: how it comes into its place.
//!
//! Owns what others may have laid ready there, and what is left as it was. It must
//! not know which commands write one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use muster::private_file::{write, write_like};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Whoever may write into the folder lays a link under the draft's name: nothing is
/// written through it.
#[test]
fn nothing_is_written_through_what_others_laid_ready() {
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("others");
    fs::write(&others, "somebody's own").unwrap();
    fs::set_permissions(&others, Permissions::from_mode(0o666)).unwrap();
    let number = std::process::id();
    symlink("others", folder.path().join(format!(".list.{number}.new"))).unwrap();
    let list = folder.path().join("list");
    write(&list, "0136-00-0001").unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), "0136-00-0001");
    assert!(list.symlink_metadata().unwrap().is_file(), "no link");
    assert_eq!(mode(&list), 0o600);
    assert_eq!(fs::read_to_string(&others).unwrap(), "somebody's own");
}

/// What is there is replaced whole, by a file for its owner alone unless it shall be
/// as the old one was; and no draft is left beside it.
#[test]
fn a_file_is_replaced_whole_and_keeps_its_mode_where_it_shall() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("roster.toml");
    fs::write(&roster, "old and longer").unwrap();
    fs::set_permissions(&roster, Permissions::from_mode(0o640)).unwrap();
    let old = roster.metadata().unwrap();
    write_like(&roster, "new", &old).unwrap();
    assert_eq!(fs::read_to_string(&roster).unwrap(), "new");
    assert_eq!(mode(&roster), 0o640);
    write(&roster, "newer").unwrap();
    assert_eq!(mode(&roster), 0o600, "what others could read is not asked");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft");
}

/// A file that cannot be put in its place leaves what is there, and no draft.
#[test]
fn what_cannot_be_replaced_stays() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("inside"), "kept").unwrap();
    write(&taken, "a file").unwrap_err();
    assert_eq!(fs::read_to_string(taken.join("inside")).unwrap(), "kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft");
    write(Path::new("/"), "a file").unwrap_err();
}
