//! What a report of a delivery means for the address.

use muster::feed::mail::{Kind, Verdict};

use super::reader::read;

/// What a mail means for one address, if it is a report.
fn verdict(mail: &str, address: &str) -> Verdict {
    match read(mail) {
        Kind::Report(report) => report.about(address).verdict,
        other => panic!("{mail}: {other:?}"),
    }
}

/// The statuses of reports, and what each means for an address.
#[test]
fn only_an_unknown_address_is_dead() {
    let report = |action: &str, status: &str, said: &str| {
        let mail = format!(
            "From: MAILER-DAEMON@example.jp\nContent-Type: multipart/report; boundary=b\n\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n\
             Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp;\n {said}\n\n--b--\n"
        );
        verdict(&mail, "a@example.jp")
    };
    for (action, status, said, verdict) in [
        ("failed", "5.1.1", "550 5.1.1 User unknown", Verdict::Dead),
        ("Failed", "5.1.10", "", Verdict::Dead),
        ("failed", "5.0.0", "550 no such user", Verdict::Dead),
        ("failed", "5.0.0", "550 5.7.1 blocked", Verdict::Failed),
        ("failed", "5.1.7", "550 5.1.7 bad sender", Verdict::Failed),
        (
            "failed",
            "5.1.1",
            "550 5.1.1 Sender address rejected",
            Verdict::Failed,
        ),
        ("failed", "5.2.2", "552 5.2.2 full", Verdict::Failed),
        ("failed", "5.7.1", "550 5.7.1 blocked", Verdict::Failed),
        // The queue has given up: nothing more will come of it.
        ("failed", "4.4.7", "expired", Verdict::Failed),
        ("failed", "4.4.1", "connection timed out", Verdict::Failed),
        // Refused, and nothing says that it is for the address.
        ("failed", "5.0.0", "550 refused as spam", Verdict::Failed),
        (
            "failed",
            "5.0.0",
            "550 unknown client host",
            Verdict::Failed,
        ),
        ("delayed", "4.4.1", "timed out", Verdict::Delayed),
        ("delayed", "5.1.1", "odd", Verdict::Delayed),
        ("relayed", "2.0.0", "250 ok", Verdict::Fine),
        ("failed", "", "", Verdict::Failed),
    ] {
        assert_eq!(
            report(action, status, said),
            verdict,
            "{action} {status} {said}"
        );
    }
}

/// A report of another address than the one that was written to is of a
/// forwarding of that person's: their own address may be good.
#[test]
fn a_forwarding_that_ends_nowhere_is_no_dead_address() {
    let group = |original: &str, last: &str| {
        format!(
            "{original}Final-Recipient: rfc822; {last}\nAction: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 5.1.1 <{last}>: User unknown\n\n"
        )
    };
    let of = |groups: &str| {
        let mail = format!(
            "From: MAILER-DAEMON@example.jp\nContent-Type: multipart/report; boundary=b\n\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{groups}--b--\n"
        );
        verdict(&mail, "a@example.jp")
    };
    let forwarded = group(
        "Original-Recipient: rfc822;a@example.jp\n",
        "old@example.jp",
    );
    let own = group("", "<A@Example.jp>");
    assert_eq!(of(&forwarded), Verdict::Failed);
    assert_eq!(of(&own), Verdict::Dead);
    assert_eq!(of(&[forwarded, own].concat()), Verdict::Dead);
    for (head, body, verdict) in [
        (
            "X-Failed-Recipients: old@example.jp\n",
            "550 5.1.1 unknown user",
            Verdict::Failed,
        ),
        (
            "X-Failed-Recipients: b@example.jp, a@example.jp\n",
            "550 5.1.1 unknown user",
            Verdict::Dead,
        ),
        (
            "",
            "<old@example.jp>:\n550 5.1.1 unknown user",
            Verdict::Failed,
        ),
        ("", "<a@example.jp>: 550 5.1.1 unknown user", Verdict::Dead),
    ] {
        let mail = format!("Return-Path: <>\nFrom: MAILER-DAEMON@example.jp\n{head}\n{body}\n");
        assert_eq!(
            self::verdict(&mail, "a@example.jp"),
            verdict,
            "{head}{body}"
        );
    }
}

/// A bare 550 is about the address where it was said to the address, and about
/// the text where it was said to the text.
#[test]
fn what_was_refused_after_the_text_is_no_dead_address() {
    for (words, verdict) in [
        (
            "host mx said: 550 no (in reply to RCPT TO\n    command)",
            Verdict::Dead,
        ),
        (
            "host mx said: 550 no (in reply to end of DATA\n    command)",
            Verdict::Failed,
        ),
        (
            "SMTP error from remote mail server after RCPT TO:<a@example.jp>:\n550 no",
            Verdict::Dead,
        ),
        (
            "SMTP error from remote mail server after end of data:\n550 no",
            Verdict::Failed,
        ),
        (
            ">>> RCPT To:<a@example.jp>\n<<< 550 no\n>>> DATA\n<<< 503 Need RCPT",
            Verdict::Dead,
        ),
        (
            ">>> RCPT To:<a@example.jp>\n<<< 250 ok\n>>> DATA\n<<< 550 no",
            Verdict::Failed,
        ),
        ("it did not work", Verdict::Failed),
    ] {
        let mail = format!(
            "From: MAILER-DAEMON@example.jp\nContent-Type: multipart/report; boundary=b\n\n\
             --b\n\n{words}\n\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n\
             Final-Recipient: rfc822; a@example.jp\nAction: failed\nStatus: 5.0.0\n\
             Diagnostic-Code: smtp; 550 no\n\n--b--\n"
        );
        assert_eq!(self::verdict(&mail, "a@example.jp"), verdict, "{words}");
    }
}

/// Old mail systems write what happened in words alone.
#[test]
fn plain_bounces_are_read() {
    let plain = |body: &str| {
        let mail = format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@example.jp\nSubject: failure notice\n\n{body}\n"
        );
        verdict(&mail, "a@example.jp")
    };
    assert_eq!(
        plain("<a@example.jp>:\nSorry, no mailbox here by that name. (#5.1.1)"),
        Verdict::Dead
    );
    assert_eq!(plain("<a@example.jp>: 550 User unknown"), Verdict::Dead);
    assert_eq!(plain("<a@example.jp>: 550 5.7.1 refused"), Verdict::Failed);
    assert_eq!(plain("Your mail could not be delivered."), Verdict::Failed);
    let given_up = "<a@example.jp>:\nI'm not going to try again; this message has been in the queue too long. (#4.4.1)";
    assert_eq!(plain(given_up), Verdict::Failed);
    let still = "Warning: could not send message for past 4 hours; will keep trying\n<a@example.jp>: 4.4.1 timed out";
    assert_eq!(plain(still), Verdict::Delayed);
    let filter = "<a@example.jp>: failed after I sent the message. Remote host said: 550 spam";
    assert_eq!(plain(filter), Verdict::Failed);
    let there = "<a@example.jp>: mx does not like recipient. Remote host said: 550 no";
    assert_eq!(plain(there), Verdict::Dead);
    // A vacation's reply with an empty return path is no bounce.
    let vacation = "Return-Path: <>\nFrom: a@example.jp\n\n5.1.1 is my favourite number";
    assert_eq!(read(vacation), Kind::Automatic("Return-Path: <>"));
    // As Postfix hands it to a pipe.
    let vacation = vacation.replace("<>", "<MAILER-DAEMON>");
    assert_eq!(read(&vacation), Kind::Automatic("Return-Path: <>"));
    let plain =
        "Return-Path: <MAILER-DAEMON>\nFrom: MAILER-DAEMON@example.jp\n\n550 5.1.1 no such user";
    assert_eq!(verdict(plain, "a@example.jp"), Verdict::Dead);
}
