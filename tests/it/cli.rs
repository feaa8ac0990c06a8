//! The command line from outside: exit codes, sentences, JSON.

use std::process::Output;

use crate::support::daemon::Town;
use crate::support::smtp::{Script, SmtpServer};

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// 2 usage, 3 configuration, 5 no daemon: each with one clear sentence.
#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let town = Town::new(1);
    let usage = town.run(&["trigger", "earthquake", "--intensity", "9"]);
    assert_eq!(usage.status.code(), Some(2), "{}", words(&usage));
    assert!(words(&usage).contains("5-, 5+"), "{}", words(&usage));
    let nothing = town.run(&["trigger"]);
    assert_eq!(
        nothing.status.code(),
        Some(2).or(Some(5)),
        "{}",
        words(&nothing)
    );
    let alone = town.run(&["status"]);
    assert_eq!(alone.status.code(), Some(5), "{}", words(&alone));
    assert!(words(&alone).contains("muster serve"), "{}", words(&alone));
    town.write("rules.toml", "[edition]\nnumbr = 2\n");
    let check = town.run(&["check"]);
    assert_eq!(check.status.code(), Some(3));
    assert!(words(&check).contains("rules.toml"), "{}", words(&check));
    assert!(words(&check).contains("numbr"), "{}", words(&check));
}

/// The example plan has no problem, and says its edition.
#[test]
fn check_reads_the_example() {
    let town = Town::new(1);
    let check = town.json(&["check"]);
    assert_eq!(check["problems"].as_array().unwrap().len(), 0);
    assert!(
        check["edition"]
            .as_str()
            .unwrap()
            .starts_with("2 (2025-12-29)")
    );
}

/// `explain` needs no daemon, sends nothing, and says who and when.
#[test]
fn explain_says_who_when_and_by_which_rule() {
    let town = Town::new(1);
    let explained = town.json(&["explain", "earthquake", "--intensity", "5-"]);
    let rule = &explained["rules"][0];
    assert_eq!(rule["rule"], "P2");
    assert_eq!(rule["targets"][0]["name"], "統括班");
    assert_eq!(rule["steps"][0]["stage"], 1);
    assert_eq!(
        rule["steps"][0]["sent"][0]["people"][0]["person"],
        "it-manager"
    );
    assert!(
        rule["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["stage"] == 3)
    );
}

/// Two rules match: one is used, and it is said which and why.
#[test]
fn explain_shows_the_rule_that_is_not_used_and_why() {
    let town = Town::new(1);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let wider = rules.replace("from = \"4\", to = \"4\"", "from = \"4\", to = \"5-\"");
    town.write("rules.toml", &wider);
    let explained = town.json(&["explain", "earthquake", "--intensity", "5-"]);
    let used = explained["rules"].as_array().unwrap();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0]["rule"], "P2");
    assert_eq!(used[0]["shadowed"][0]["rule"], "P3");
    assert_eq!(used[0]["shadowed"][0]["reason"], "narrower");
    let told = town.run(&["explain", "earthquake", "--intensity", "5-"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("P3 ") && told.contains("震度の範囲が狭い規則が優先するため"),
        "{told}"
    );
}

/// A broken roster does not keep anybody from a daemon that runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_roster_keeps_nobody_from_the_daemon() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    town.write("roster.toml", "nonsense");
    let accepted = town.json(&["trigger", "earthquake", "--intensity", "5-"]);
    assert_eq!(accepted["call_outs"].as_array().unwrap().len(), 1);
}

/// A listen address in use, and a store that cannot be made: one sentence,
/// exit code 1, nothing left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_is_said_in_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let town = Town::new(1);
    let listen = town.run(&["--set", &format!("http.listen={address}"), "serve"]);
    assert_eq!(listen.status.code(), Some(1));
    assert!(
        words(&listen).contains("cannot listen on"),
        "{}",
        words(&listen)
    );
    let store = town.run(&["--set", "store.url=sqlite:/proc/muster/muster.db", "serve"]);
    assert_eq!(store.status.code(), Some(1));
    assert!(words(&store).contains("/proc/muster"), "{}", words(&store));
}

/// Completions and the manual page come out whole.
#[test]
fn completions_and_the_manual_page() {
    let town = Town::new(1);
    for arguments in [["completions", "bash"].as_slice(), &["man"]] {
        let output = town.run(arguments);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("acknowledge"));
    }
}
