//! `muster drill` on the real daemon: what comes next, called off, started
//! beside a real call-out only with a reason.

use crate::support::daemon::{READER, Town, said};
use crate::support::smtp::{Script, SmtpServer};

/// A town that holds its contact drill once a year, half a year from now:
/// nothing is due while a test runs.
fn town(server: &SmtpServer) -> Town {
    let town = Town::new(server.port);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    let line = "ends_after = \"8h\"";
    assert!(rules.contains(line));
    let month = (muster::clock::Clock::system()
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .month()
        + 5)
        % 12
        + 1;
    let scheduled = format!("{line}\nschedule = \"{month}月の末日 23:59\"");
    town.write("rules.toml", &rules.replacen(line, &scheduled, 1));
    town
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_next_is_shown_and_one_run_called_off() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let daemon = town.serve();
    let next = town.json(&["drill", "next"]);
    let drills = next["drills"].as_array().unwrap();
    assert_eq!(drills.len(), 1, "only what is scheduled: {next}");
    assert_eq!(drills[0]["name"], "contact");
    let month = drills[0]["next"]["month"].as_str().unwrap().to_owned();
    let at = drills[0]["next_at"].as_str().unwrap();
    assert!(
        at.starts_with(&month) && at.ends_with("T23:59:00+09:00"),
        "{at}"
    );

    let off = town.json(&["drill", "cancel", "contact", "--reason", "停電点検のため"]);
    assert_eq!(off["cancelled"]["month"], *month);
    assert!(off["next"]["month"].as_str().unwrap() > &*month, "{off}");
    // Administrators hear of it, with the mark of a drill.
    let told = server.mail_to("it-manager@example.jp", 1).await;
    assert!(
        told.text().contains("X-Muster-Mode: drill"),
        "{}",
        told.text()
    );
    daemon.kill();
    let _daemon = town.serve();
    let after = town.json(&["drill", "next"]);
    assert_eq!(after["drills"][0]["next"]["month"], off["next"]["month"]);

    let (_, refused) = said(&town.run(&["drill", "cancel", "earthquake-5-lower", "--reason", "x"]));
    assert!(refused.contains("has no schedule"), "{refused}");
    let (_, refused) = said(&town.run(&["drill", "cancel", "nothing", "--reason", "x"]));
    assert!(refused.contains("there is no drill nothing"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_beside_a_real_call_out_is_refused_unless_forced() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let daemon = town.serve();
    let real = daemon.earthquake();
    let output = town.run(&["drill", "start", "contact"]);
    assert_eq!(output.status.code(), Some(4), "refused");
    let (_, refused) = said(&output);
    assert!(
        refused.contains(&real) && refused.contains("--force"),
        "{refused}"
    );
    // Half of it is a slip of the hand, and a mistake of usage.
    for half in [&["--force"][..], &["--reason", "訓練"]] {
        let output = town.run(&[&["drill", "start", "contact"], half].concat());
        assert_eq!(output.status.code(), Some(2), "{half:?}");
    }
    for (body, status) in [
        (r#"{"name":"contact"}"#, 409),
        (r#"{"name":"contact","force":true}"#, 422),
        (r#"{"name":"contact","force":true,"reason":"  "}"#, 422),
        (r#"{"name":"contact","reason":"訓練"}"#, 422),
    ] {
        let token = Some(crate::support::daemon::TOKEN);
        let (answered, said) = daemon.call("POST", "/api/v1/drills", token, Some(body));
        assert_eq!(answered, status, "{body}: {said}");
    }
    let forced = [
        "drill",
        "start",
        "contact",
        "--force",
        "--reason",
        "通信の確認",
    ];
    let drill = town.json(&forced)["call_out"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/call-outs/{drill}/timeline");
    let (_, account) = daemon.call("GET", &path, Some(READER), None);
    assert!(account.contains("通信の確認"), "{account}");
    // Who only reads starts and calls off nothing.
    for (path, body) in [
        ("/api/v1/drills", r#"{"name":"contact"}"#),
        ("/api/v1/drills/contact/cancel", r#"{"reason":"x"}"#),
    ] {
        let (status, said) = daemon.call("POST", path, Some(READER), Some(body));
        assert_eq!(status, 403, "{said}");
    }
}

/// The list says when each was last run, and its report when it comes next.
#[tokio::test(flavor = "multi_thread")]
async fn a_drill_names_its_last_run_and_the_next_one() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let _daemon = town.serve();
    let before = town.json(&["drill", "list"]);
    assert_eq!(before["drills"][0]["name"], "contact");
    assert!(before["drills"][0]["last"].is_null(), "{before}");
    let run = town.json(&["drill", "start", "contact"])["call_out"].clone();
    let list = town.json(&["drill", "list"]);
    let contact = &list["drills"][0];
    assert_eq!(contact["last"], run);
    let at = contact["last_at"].as_str().unwrap();
    assert!(at.ends_with("+09:00"), "{at}");
    assert!(list["drills"][1]["last_at"].is_null(), "{list}");
    let (table, _) = said(&town.run(&["drill", "list"]));
    let day = at[..16].replace('T', " ");
    assert!(
        table.contains("前回 last") && table.contains(&day),
        "{table}"
    );

    let next = &town.json(&["drill", "next"])["drills"][0]["next"];
    let report = town.json(&["report", "contact", "--format", "json"]);
    assert_eq!(report["next"]["at"], next["at"], "{report}");
    let when = next["when"].as_str().unwrap();
    let (page, _) = said(&town.run(&["report", "contact", "--format", "html"]));
    assert!(page.contains("次の予定") && page.contains(when), "{page}");

    let today = muster::clock::Clock::system().now();
    let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let year = muster::domain::drill_duty::fiscal_year(tokyo.to_datetime(today).date());
    let told = town.json(&["report", &year.to_string(), "--format", "json"]);
    assert_eq!(told["coming"][0]["drill"], "contact", "{told}");
    assert_eq!(told["coming"][0]["at"], next["at"]);
    let gone = town.json(&["report", &(year - 1).to_string(), "--format", "json"]);
    assert_eq!(
        gone["coming"].as_array().unwrap().len(),
        0,
        "that year is over"
    );
}
