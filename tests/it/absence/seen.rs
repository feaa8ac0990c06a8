//! Who is away, on the terminal: in `check --readiness`, `explain`, `status`
//! and the call list, with a daemon and without one.

use crate::support::daemon::Town;
use crate::support::smtp::{Script, SmtpServer};

const CONSTRUCTION: [&str; 4] = [
    "construction-manager",
    "construction-1",
    "construction-2",
    "construction-3",
];

fn said(town: &Town, arguments: &[&str]) -> String {
    let output = town.run(arguments);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_say_who_is_away() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    for person in CONSTRUCTION {
        let done = town.run(&["absent", person, "--until", "2999-12-30"]);
        assert!(done.status.success(), "{done:?}");
    }
    let found = town.run(&["check", "--readiness"]);
    assert_eq!(found.status.code(), Some(1));
    let words = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(
        words.contains("[重大] 規則P3の「建設課」: 3人必要ですが、建設課課長（2999年12月30日"),
        "{words}"
    );
    let quake = ["earthquake", "--intensity", "4"];
    let explained = said(&town, &[&["explain"][..], &quake].concat());
    assert!(
        explained
            .contains("呼ばない passed over: construction-1 建設課 職員1 不在（2999年12月30日"),
        "{explained}"
    );
    assert!(
        explained.contains("→ 代わり instead: construction-4"),
        "{explained}"
    );
    let value = town.json(&[&["explain"][..], &quake].concat());
    let away = &value["rules"][0]["away"];
    assert_eq!(away.as_array().unwrap().len(), CONSTRUCTION.len(), "{away}");
    assert_eq!(away[0]["until"], "2999-12-31T00:00:00+09:00");
    assert_eq!(away[0]["instead"][0]["person"], "construction-4");
    let begun = town.run(&[&["trigger"][..], &quake].concat());
    assert!(begun.status.success(), "{begun:?}");
    let status = said(&town, &["status"]);
    assert!(
        status.contains("! 不在のため呼び出していない人: 建設課課長（12-31 00:00まで）"),
        "{status}"
    );
    let list = said(&town, &["roster", "call-list"]);
    assert!(list.contains("不在（2999年12月30日"), "{list}");
    drop(daemon);
}

/// Without a daemon the roster's `leave` is known, and that no more is, is said.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_leave_in_the_roster_is_known() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    for person in CONSTRUCTION {
        let id = format!("id = \"{person}\"\n");
        let leave = "leave = [{ from = 2020-01-01, to = 2999-12-30 }]\n";
        assert!(roster.contains(&id), "{person}");
        roster = roster.replace(&id, &format!("{id}{leave}"));
    }
    town.write("roster.toml", &roster);
    let found = town.run(&["--lang", "en", "check", "--readiness"]);
    assert_eq!(found.status.code(), Some(1));
    let words = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(words.contains("Construction manager (through"), "{words}");
    assert!(
        words.contains("who was marked absent are not known here"),
        "{words}"
    );
    let explained = town.run(&["explain", "earthquake", "--intensity", "4"]);
    let words = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(words.contains("代わり instead: construction-4"), "{words}");
    let remark = String::from_utf8_lossy(&explained.stderr).into_owned();
    assert!(remark.contains("no daemon could be asked"), "{remark}");
}
