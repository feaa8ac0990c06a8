//! What a message is, whoever wrote it.

use muster::domain::acknowledgement::Reply;
use muster::feed::mail::{self, Kind, LARGEST};
use muster::message::reply::answer;
use muster::message::token::{self, LinkKeys, Returned};
use proptest::prelude::*;

use super::nests::{ENCODINGS, encoded};

pub(super) fn read(text: &str) -> Kind {
    mail::read(text.replace('\n', "\r\n").as_bytes()).kind
}

fn first_line(text: &str) -> String {
    match read(text) {
        Kind::Reply(said) => said.first,
        other => format!("{other:?}"),
    }
}

/// A person's own words end where the quotation begins.
#[test]
fn quotations_are_no_words_of_the_persons() {
    let head = "From: a@example.jp\nContent-Type: text/plain; charset=utf-8\n\n";
    for (body, first) in [
        ("参集可\n\n> 参集不可\n", "参集可"),
        ("> 参集可\n参集不可\n", ""),
        ("\n\n  到着 \n", "到着"),
        (
            "2026年11月24日(火) 3:00 muster <muster@example.jp>:\n> 参集可\n",
            "",
        ),
        ("On Tue, muster wrote:\n> coming\n", ""),
        ("-----Original Message-----\n参集可\n", ""),
        ("----- 元のメッセージ -----\n参集可\n", ""),
        (
            "________________________________\n差出人: muster\n参集可",
            "",
        ),
        ("差出人: muster\n参集可", ""),
    ] {
        assert_eq!(first_line(&format!("{head}{body}")), first, "{body}");
    }
    let jis = b"From: a@example.jp\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B;2=82D\x1b(B\r\n";
    let Kind::Reply(said) = mail::read(jis).kind else {
        panic!("an old telephone's mail is not read")
    };
    assert_eq!(answer(&said.first), Some(Reply::Coming));
    let page = "From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n<div>参集不可</div><blockquote>x</blockquote>";
    assert_eq!(first_line(page), "参集不可");
    let page = "From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n<div>到着</div><div class=\"gmail_quote\">x</div>";
    assert_eq!(first_line(page), "到着");
    for page in [
        "<div dir=\"ltr\"><div>参集可</div><div><br></div><div>車で行きます</div></div>",
        "<html><body><div>参集可</div>\n<div>車で行きます</div></body></html>",
        "<p>参集可<p>車で行きます",
        "参集可<table><tr><td>車で行きます</td></tr></table>",
        "<ul><li>参集可</li><li>車で行きます</li></ul>",
    ] {
        let mail = format!("From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n{page}");
        let Kind::Reply(said) = read(&mail) else {
            panic!("{page}")
        };
        assert_eq!(
            (said.first.as_str(), said.rest.as_str()),
            ("参集可", "車で行きます"),
            "{page}"
        );
    }
    // What stands in one line stays in one, and text that only looks like a tag stays text.
    let page = "From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n<div>参<b>集</b><span>可</span> &lt;div&gt;</div>";
    assert_eq!(first_line(page), "参集可<div>");
}

/// A body in an encoding is read as what it says, also where the mail is cut.
#[test]
fn encoded_words_are_read() {
    for encoding in ENCODINGS {
        let text = encoded("参集可\r\n車で行きます\r\n".as_bytes(), encoding);
        let alone = [
            b"From: a@example.jp\r\nContent-Type: text/plain; charset=utf-8\r\n".to_vec(),
            text.clone(),
        ]
        .concat();
        let parts = [
            b"From: a@example.jp\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n".to_vec(),
            text,
            b"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n".to_vec(),
        ]
        .concat();
        let page = encoded(
            "<div>参集可</div><div>車で行きます</div>".as_bytes(),
            encoding,
        );
        let page = [
            b"From: a@example.jp\r\nContent-Type: text/html; charset=utf-8\r\n".to_vec(),
            page,
        ]
        .concat();
        let jis = encoded(b"\x1b$B;2=82D\x1b(B\r\n", encoding);
        let jis = [
            b"From: a@example.jp\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n".to_vec(),
            jis,
        ]
        .concat();
        for mail in [alone, parts, page, jis] {
            let Kind::Reply(said) = mail::read(&mail).kind else {
                panic!("{encoding}")
            };
            assert_eq!(said.first, "参集可", "{encoding}");
        }
    }
}

/// What stands below every mail of a person is no note to an answer.
#[test]
fn a_signature_is_no_word_of_the_persons() {
    let head = "From: a@example.jp\nContent-Type: text/plain; charset=utf-8\n\n";
    for signature in [
        "---\n職員1",
        "-- \n職員1",
        "＿＿＿\n職員1",
        "Androidから送信",
        "スマートフォンから送信",
        "Sent from my iPhone",
        "Get Outlook for iOS",
    ] {
        let Kind::Reply(said) = read(&format!("{head}参集可\n30分で着く\n\n{signature}\n"))
        else {
            panic!("{signature}")
        };
        assert_eq!((&*said.first, &*said.rest), ("参集可", "30分で着く"));
    }
}

/// Exactly the words, however they are typed, and nothing else.
#[test]
fn only_the_words_are_answers() {
    for (line, reply) in [
        ("参集可", Some(Reply::Coming)),
        ("「参集 可」", Some(Reply::Coming)),
        ("参集できる", Some(Reply::Coming)),
        ("Ｃｏｍｉｎｇ！", Some(Reply::Coming)),
        ("参集不可。", Some(Reply::Cannot)),
        ("CAN NOT", Some(Reply::Cannot)),
        ("到着", Some(Reply::Arrived)),
        ("arrived.", Some(Reply::Arrived)),
        ("受信", Some(Reply::Received)),
        ("参集可能ですか", None),
        ("参集可 ではない", None),
        ("参集可？", None),
        ("Coming?", None),
        ("参集可×", None),
        ("参集可 ✕", None),
        ("参集可✖︎", None),
        ("参集可❌", None),
        ("✗参集可", None),
        ("参集可⁇", None),
        ("参集可♪", Some(Reply::Coming)),
        ("参集可です", None),
        ("不可", None),
        ("not coming", None),
        ("", None),
        ("。", None),
    ] {
        assert_eq!(answer(line), reply, "{line}");
    }
}

/// What a mail system puts on top says to whom it came.
#[test]
fn the_recipient_stands_on_top() {
    let mail = b"Delivered-To: a+1-x@example.jp\r\nX-Original-To: <b+2-y@example.jp>\r\nTo: c@example.jp\r\n\r\nx";
    let piped = [
        b"From MAILER-DAEMON  Thu Nov 26 03:58:14 2026\n".as_slice(),
        mail,
    ]
    .concat();
    assert_eq!(mail::delivered_to(&piped), mail::delivered_to(mail));
    let answer = b"From it-1  Thu Nov 26 03:58:14 2026\nX-Muster-Mode: real\n\nx";
    assert_eq!(mail::read(answer).kind, Kind::Own);
    assert_eq!(
        mail::delivered_to(mail),
        ["a+1-x@example.jp", "b+2-y@example.jp"]
    );
}

/// The address of a bounce is not that of a reply, and neither can be guessed.
#[test]
fn the_two_addresses_are_apart() {
    let keys = LinkKeys::new(1, [7; 32]);
    let from = "muster@example.jp";
    let bounce = token::return_path(&keys, 42, from);
    let reply = token::reply_address(&keys, 42, from).unwrap();
    assert_eq!(token::returned(&keys, &bounce), Some(Returned::Bounce(42)));
    assert_eq!(token::returned(&keys, &reply), Some(Returned::Reply(42)));
    assert_eq!(
        token::returned(&keys, &reply.to_uppercase()),
        Some(Returned::Reply(42))
    );
    assert_eq!(
        token::returned(&LinkKeys::new(1, [8; 32]), &reply),
        Some(Returned::Forged)
    );
    let swapped = bounce.replace("+", "+r");
    assert_eq!(token::returned(&keys, &swapped), Some(Returned::Forged));
    assert_eq!(
        token::returned(&keys, &reply.replace("+r", "+")),
        Some(Returned::Forged)
    );
    assert_eq!(token::returned(&keys, from), None);
    assert_eq!(
        token::reply_address(&keys, i64::MAX, &format!("{}@example.jp", "a".repeat(22)))
            .map(|it| it.len() > 64),
        Some(true)
    );
    assert_eq!(
        token::reply_address(&keys, 42, &format!("{}@example.jp", "a".repeat(60))),
        None
    );
}

/// Pieces of which odd messages are made.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"Content-Type: multipart/report; boundary=b\r\n".to_vec()),
        Just(b"Content-Type: message/delivery-status\r\n".to_vec()),
        Just(b"Content-Type: message/rfc822\n".to_vec()),
        Just(b"Content-Type: text/plain; charset=iso-2022-jp\r\n".to_vec()),
        Just(b"Content-Type: text/html; charset=shift_jis\r\n".to_vec()),
        Just(b"Content-Transfer-Encoding: base64\r\n".to_vec()),
        Just(b"Content-Transfer-Encoding: quoted-printable\r\n".to_vec()),
        Just(b"Return-Path: <>\r\n".to_vec()),
        Just(b"From: MAILER-DAEMON@example.jp\r\n".to_vec()),
        Just(b"Subject: =?utf-8?B?44".to_vec()),
        Just(b"Action: failed\r\nStatus: 5.1.1\r\n".to_vec()),
        Just(b"\r\n--b\r\n".to_vec()),
        Just(b"\r\n--b--\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just("参集可\n> x\n".as_bytes().to_vec()),
        Just("参集可".bytes().take(5).collect::<Vec<u8>>()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, the reader ends without a panic, and keeps no more than
    /// a few lines of it.
    #[test]
    fn the_reader_never_panics(octets in pieces()) {
        let _ = mail::glance(&octets);
        let _ = mail::delivered_to(&octets);
        let read = mail::read(&octets);
        if let Kind::Reply(said) = &read.kind {
            prop_assert!(said.whole().chars().count() <= 600);
            prop_assert!(!said.whole().contains(['\n', '\r']));
        }
        if let Kind::Report(report) = &read.kind {
            prop_assert!(report.about("a@example.jp").detail.chars().count() <= 300);
        }
    }

    /// No address that we did not sign is taken for one of ours.
    #[test]
    fn no_other_address_is_ours(id in any::<i64>(), tag in "[0-9a-fA-F]{0,24}", reply in any::<bool>()) {
        let keys = LinkKeys::new(1, [7; 32]);
        let address = format!("muster+{}{id}-{tag}@example.jp", if reply { "r" } else { "" });
        let right = [
            Some(token::return_path(&keys, id, "muster@example.jp")),
            token::reply_address(&keys, id, "muster@example.jp"),
        ];
        let ours = right.iter().flatten().any(|right| right.eq_ignore_ascii_case(&address));
        let taken = matches!(
            token::returned(&keys, &address),
            Some(Returned::Bounce(_) | Returned::Reply(_))
        );
        prop_assert_eq!(taken, ours);
    }
}

/// More than is looked at is not looked at.
#[test]
fn the_head_suffices() {
    let mut large = b"From: a@example.jp\r\n\r\n\xe5\x8f\x82\xe9\x9b\x86\xe5\x8f\xaf\r\n".to_vec();
    large.resize(LARGEST * 3, b'x');
    let Kind::Reply(said) = mail::read(&large).kind else {
        panic!("a large mail is not read")
    };
    assert_eq!(answer(&said.first), Some(Reply::Coming));
}
