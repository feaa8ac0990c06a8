//! The call list from outside: over HTTP, on the command line, on disk.

use std::path::PathBuf;

use crate::support::daemon::{READER, TOKEN, Town, said};
use crate::support::smtp::{Script, SmtpServer};

fn kept(town: &Town, name: &str) -> PathBuf {
    town.folder.path().join("state/call-list").join(name)
}

/// Addresses stand on it: it is for the scope `admin` alone; an unknown
/// call-out and an unknown form are refused in a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn the_call_list_is_for_administrators_alone() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let one = format!("/api/v1/call-outs/{id}/call-list");
    for path in [&*one, "/api/v1/roster/call-list"] {
        for (token, wanted) in [(None, 401), (Some(READER), 403)] {
            let (status, answer) = daemon.call("GET", path, token, None);
            assert_eq!(status, wanted, "{answer}");
            assert!(!answer.contains("it-1@"), "{answer}");
        }
        for (form, word) in [
            ("html", "<!doctype html>"),
            ("text", "□ 参集"),
            ("json", "\"sections\""),
        ] {
            let path = format!("{path}?format={form}");
            let (status, list) = daemon.call("GET", &path, Some(TOKEN), None);
            assert_eq!(status, 200, "{list}");
            assert!(
                list.contains(word) && list.contains("it-1@example.jp"),
                "{list}"
            );
        }
        let (status, answer) = daemon.call("GET", &format!("{path}?format=pdf"), Some(TOKEN), None);
        assert_eq!(status, 422, "{answer}");
        assert!(answer.contains("?format=html"), "{answer}");
    }
    let (status, answer) =
        daemon.call("GET", "/api/v1/call-outs/none/call-list", Some(TOKEN), None);
    assert_eq!(status, 404, "{answer}");
    assert!(answer.contains("there is no call-out none"), "{answer}");
}

/// On disk from the trigger on; an answer is on it at the latest when the
/// daemon stops; and with the daemon gone the command prints that copy.
#[tokio::test(flavor = "multi_thread")]
async fn the_copy_on_disk_is_there_when_the_daemon_is_not() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let id = daemon.earthquake();
    let copy = kept(&town, &format!("{id}.txt"));
    while !copy.exists() {
        assert_eq!(daemon.call("GET", "/healthz", None, None).0, 200);
    }
    let path = format!("/api/v1/call-outs/{id}/acknowledgements");
    let body = r#"{"person":"it-1","answer":"coming","eta_minutes":30,"note":"橋は通れる"}"#;
    assert_eq!(daemon.call("POST", &path, Some(TOKEN), Some(body)).0, 200);
    let live = town.run(&["roster", "call-list", &id]);
    assert!(said(&live).0.contains("橋は通れる"), "{:?}", said(&live));
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));

    let text = std::fs::read_to_string(&copy).unwrap();
    assert!(text.contains("橋は通れる"), "{text}");
    let printed = town.run(&["roster", "call-list", &id]);
    let (list, remark) = said(&printed);
    assert!(printed.status.success(), "{remark}");
    assert_eq!(list, text);
    assert!(remark.contains(copy.to_str().unwrap()), "{remark}");
    let none = town.run(&["roster", "call-list", "20200101-none"]);
    assert_eq!(none.status.code(), Some(5));
    assert!(said(&none).1.contains("no copy of its list"), "{none:?}");
    let outside = town.run(&["roster", "call-list", "../muster"]);
    assert_eq!(outside.status.code(), Some(2), "{outside:?}");
}

/// Without a daemon the whole roster's list is made from the files, and
/// written for nobody else to read.
#[test]
fn the_rosters_list_needs_no_daemon() {
    use std::os::unix::fs::PermissionsExt as _;
    let town = Town::new(1);
    let printed = town.run(&["roster", "call-list"]);
    let (list, remark) = said(&printed);
    assert!(printed.status.success(), "{remark}");
    assert!(
        list.contains("職員連絡名簿") && list.contains("保守事業者"),
        "{list}"
    );
    assert!(remark.contains("no daemon"), "{remark}");
    let file = town.folder.path().join("list.html");
    let written = town.run(&["roster", "call-list", "--out", file.to_str().unwrap()]);
    assert!(written.status.success(), "{written:?}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Not through what others laid ready in that folder, and not over it.
    let beside = |name: &str| town.folder.path().join(name);
    let others = [beside("list.new"), beside("others")];
    for file in &others {
        std::fs::write(file, "somebody's own").unwrap();
        let open = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(file, open).unwrap();
    }
    let again = town.run(&["roster", "call-list", "--out", file.to_str().unwrap()]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for other in others {
        assert_eq!(std::fs::read_to_string(other).unwrap(), "somebody's own");
    }
    let json = town.json(&["roster", "call-list"]);
    assert_eq!(json["sections"][0]["people"][0]["person"], "mayor");
    let folder = town.run(&["roster", "call-list", "--out", "/proc/none/list.txt"]);
    assert_eq!(folder.status.code(), Some(1), "{folder:?}");
    town.write("roster.toml", "nonsense");
    let broken = town.run(&["roster", "call-list"]);
    assert_eq!(broken.status.code(), Some(3), "{broken:?}");
}
