//! Whatever a name or a subject holds, a mail has the headers that we gave it
//! and one body; and every address that a roster may hold is deliverable or
//! refused in words.

use jiff::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, MultiPart, SinglePart};
use mail_parser::{Encoding, MessageParser};
use muster::channel::Channels;
use muster::channel::email::{Address, Mail};
use muster::domain::delivery::Reason;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{ACCEPTED, detail, email_channels, kind, mail, rejected, send};
use crate::support::smtp::{Script, SmtpServer, settings};

const NAMES: [&str; 16] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Muster-Mode",
    "Importance",
    "X-Priority",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];

/// Text that tries to end a header, open another, or begin the body.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: everyone@example.jp\r\n".to_owned()),
        Just("\r\n\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\n.\n".to_owned()),
        Just("\0".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\u{85}".to_owned()),
        Just("\"<a@b>, ".to_owned()),
        Just("=?utf-8?B?DQpCY2M6IGFAYg==?=".to_owned()),
        Just("参集".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,8}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Where a property is tried on mails that are sent, and who takes them.
fn beside_a_server() -> (Runtime, SmtpServer) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let server = runtime.block_on(SmtpServer::start(Script::new()));
    (runtime, server)
}

/// Sends mails, each of them taken; their octets as they came.
fn octets(runtime: &Runtime, server: &SmtpServer) -> impl Fn(&Channels, &Mail) -> Vec<u8> {
    let sent = std::cell::Cell::new(0);
    move |channels, mail| {
        let attempt = runtime.block_on(send(channels, mail.clone()));
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
        sent.set(sent.get() + 1);
        runtime.block_on(server.mail(sent.get())).data
    }
}

/// Row 49. The octets are taken off the wire, as a relay sees them.
#[test]
fn no_text_adds_a_header_or_a_body() {
    let (runtime, server) = beside_a_server();
    let _guard = runtime.enter();
    let channels = email_channels(settings(vec![server.relay()]));
    let sent = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(from_name in hostile(), to_name in hostile(), subject in hostile(), text in hostile())| {
        let mail = Mail { from_name, to_name: to_name.into(), subject, text, ..mail(1, "ichiro@example.jp") };
        let attempt = runtime.block_on(send(&channels, mail));
        prop_assert_eq!(kind(&attempt), ACCEPTED, "{:?}", attempt);
        sent.set(sent.get() + 1);
        let received = runtime.block_on(server.mail(sent.get()));
        prop_assert!(received.data.is_ascii());
        prop_assert!(received.text().lines().all(|line| line.len() < 998));
        let parsed = MessageParser::default().parse(&received.data).unwrap();
        let mut names: Vec<_> = parsed.headers_raw().map(|(name, _)| name.to_owned()).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), parsed.headers_raw().count(), "a header stands twice");
        prop_assert!(names.iter().all(|name| NAMES.contains(&name.as_str())), "{:?}", names);
        prop_assert_eq!(parsed.text_body_count(), 1);
        prop_assert_eq!(parsed.html_body_count(), 1);
        prop_assert_eq!(parsed.attachment_count(), 0);
        let to = parsed.to().unwrap();
        prop_assert_eq!(to.iter().count(), 1);
        prop_assert_eq!(to.first().unwrap().address(), Some("ichiro@example.jp"));
        let from = parsed.from().unwrap();
        prop_assert_eq!(from.first().unwrap().address(), Some("muster@example.jp"));
    });
}

/// A mail is the same octets whatever was sent before it, and its two texts stand in it
/// as lettre puts them: what is kept from mail to mail changes nothing of one.
#[test]
fn a_mail_is_the_same_after_others_and_by_itself() {
    let (runtime, server) = beside_a_server();
    let _guard = runtime.enter();
    let kept = email_channels(settings(vec![server.relay()]));
    let framed = std::cell::Cell::new(0);
    let octets = octets(&runtime, &server);
    // Few of each, so that many mails have one alone in common with others.
    let few = |texts: [&'static str; 3]| prop::sample::select(texts.to_vec());
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let names = few(["喜茂別町 参集", "Kimobetsu \"IT\"", ""]);
    let subjects = few([
        "【参集】震度6強",
        "Call-out: lower 6",
        "【訓練】参集の訓練です。実際の災害ではありません。",
    ]);
    proptest!(config, |(from_name in names, subject in subjects, to_name in hostile(), text in hostile(), html in hostile())| {
        let (from_name, subject) = (from_name.to_owned(), subject.to_owned());
        let mail = Mail { from_name, subject, to_name: to_name.into(), text, html, ..mail(1, "ichiro@example.jp") };
        let alone = octets(&email_channels(settings(vec![server.relay()])), &mail);
        prop_assert_eq!(&octets(&kept, &mail), &alone);
        let whole = String::from_utf8(alone).unwrap();
        let parsed = MessageParser::default().parse(whole.as_bytes()).unwrap();
        // A part that is not in base64 is lettre's own at any rate.
        let parts: Vec<_> = parsed.parts.iter().skip(1).collect();
        if parts.len() < 2 || parts.iter().any(|part| part.encoding != Encoding::Base64) {
            return Ok(());
        }
        framed.set(framed.get() + 1);
        let body = |part: usize| {
            let part = &parsed.parts[part];
            let range = part.raw_body_offset() as usize..part.raw_end_offset() as usize;
            let body = whole[range].trim_end().as_bytes().to_vec();
            Body::dangerous_pre_encoded(body, ContentTransferEncoding::Base64)
        };
        let boundary = whole.split('"').find(|part| part.starts_with("muster-")).unwrap();
        let kind = format!("multipart/alternative; boundary=\"{boundary}\"");
        let both = MultiPart::builder().header(ContentType::parse(&kind).unwrap());
        let both = both.singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body(1)));
        let both = both.singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(body(2)));
        let both = String::from_utf8(both.formatted()).unwrap();
        prop_assert!(whole.ends_with(&both), "{}\n---\n{}", whole, both);
    });
    assert!(
        framed.get() > 20,
        "only {} of two texts in base64",
        framed.get()
    );
}

/// Many mails differ in a link alone, and only the lines in which it stands are encoded
/// anew. Each is what it is by itself, wherever the link stands, and whatever stands in
/// its place.
#[test]
fn a_mail_that_differs_in_a_link_is_what_it_is_by_itself() {
    let (runtime, server) = beside_a_server();
    let _guard = runtime.enter();
    let kept = email_channels(settings(vec![server.relay()]));
    let octets = octets(&runtime, &server);
    let config = ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let lines = || "([震度の a-z.]{0,40}\n){0,12}[震度a-z]{0,40}";
    let links = prop::collection::vec("[A-Za-z0-9/_-]{60}|[a-z\né°\u{1}]{2,30}|[a-z]{0,3}", 3);
    proptest!(config, |(before in lines(), after in lines(), links in links)| {
        for link in &links {
            let text = format!("参集\n{before}{link}{after}");
            let html = format!("<p>参集</p>\n{after}<a href=\"{link}\">{before}");
            let mail = Mail { text, html, ..mail(1, "ichiro@example.jp") };
            let alone = octets(&email_channels(settings(vec![server.relay()])), &mail);
            prop_assert_eq!(&octets(&kept, &mail), &alone);
        }
    });
}

/// Row 50.
#[tokio::test]
async fn odd_addresses_are_delivered_in_their_quoted_form() {
    let server = SmtpServer::start(Script::new()).await;
    let channels = email_channels(settings(vec![server.relay()]));
    for (number, (written, on_the_wire)) in [
        ("ichiro@example.jp", "ichiro@example.jp"),
        ("a..b.@docomo.example.jp", "\"a..b.\"@docomo.example.jp"),
        (".a@ezweb.example.jp", "\".a\"@ezweb.example.jp"),
        ("\"a..b.\"@docomo.example.jp", "\"a..b.\"@docomo.example.jp"),
        ("a b@example.jp", "\"a b\"@example.jp"),
        ("a\"b@example.jp", "\"a\\\"b\"@example.jp"),
        ("a>b@example.jp", "\"a>b\"@example.jp"),
        ("o'neil+x@example.jp", "o'neil+x@example.jp"),
        ("ichiro@例え.example.jp", "ichiro@xn--r8jz45g.example.jp"),
        ("ichiro@[192.0.2.1]", "ichiro@[192.0.2.1]"),
    ]
    .into_iter()
    .enumerate()
    {
        let attempt = send(&channels, mail(1, written)).await;
        assert_eq!(kind(&attempt), ACCEPTED, "{written}: {attempt:?}");
        let received = server.mail(number + 1).await;
        assert_eq!(received.to, [on_the_wire]);
        let header = format!("<{on_the_wire}>");
        let text = received.text().replace("\r\n ", " ");
        let to = text.lines().find(|line| line.starts_with("To: ")).unwrap();
        assert!(to.ends_with(&header), "{to}");
        assert_eq!(Address::parse(written).unwrap().to_string(), on_the_wire);
    }
}

#[tokio::test]
async fn what_is_no_address_is_refused_in_words() {
    let server = SmtpServer::start(Script::new()).await;
    let channels = email_channels(settings(vec![server.relay()]));
    let long = format!("{}@example.jp", "a".repeat(260));
    for written in [
        "",
        "ichiro",
        "@example.jp",
        "ichiro@",
        "ichiro@exa mple.jp",
        "いちろう@example.jp",
        "a\r\nRCPT TO:<x@example.jp>@example.jp",
        "a@example.jp>\r\nDATA",
        "a@exam..ple.jp",
        "a@[]",
        &long,
    ] {
        let attempt = send(&channels, mail(1, written)).await;
        assert_eq!(
            kind(&attempt),
            rejected(Reason::Content),
            "{written:?}: {attempt:?}"
        );
        assert!(
            detail(&attempt).starts_with("the mail address: "),
            "{attempt:?}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_bounce_comes_back_to_the_return_path_or_to_nobody() {
    let server = SmtpServer::start(Script::new()).await;
    let channels = email_channels(settings(vec![server.relay()]));
    let mut silent = mail(1, "ichiro@example.jp");
    silent.return_path = String::new();
    send(&channels, silent).await;
    assert_eq!(server.mail(1).await.from, "");
    let mut broken = mail(2, "ichiro@example.jp");
    broken.return_path = "no\r\nway".to_owned();
    let attempt = send(&channels, broken).await;
    assert_eq!(kind(&attempt), rejected(Reason::Content), "{attempt:?}");
    let mut odd = mail(3, "ichiro@example.jp");
    odd.date = Timestamp::MIN;
    odd.message_id = "two words".to_owned();
    assert_eq!(kind(&send(&channels, odd).await), rejected(Reason::Content));
}
