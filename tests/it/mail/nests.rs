//! Messages within messages, made to bring the reader down.

use muster::feed::mail::{self, LARGEST};
use proptest::prelude::*;

/// Ten thousand messages, each within the one before, and as many parts: the
/// reader ends, and without a fall.
#[test]
fn a_nest_of_messages_ends() {
    for (piece, count) in [
        ("Content-Type: message/rfc822\r\n\r\n", 60_000),
        (
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
            40_000,
        ),
        (
            "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\n",
            40_000,
        ),
        ("content-TYPE : message/rfc822\r\n\r\n", 150),
        ("Content - Type: message/rfc822\r\n\r\n", 30_000),
        (">", 2_000_000),
    ] {
        let nest = format!("From: a@example.jp\r\n{}", piece.repeat(count));
        assert_bounded(nest.as_bytes());
    }
}

/// The same inside an encoding, in which no raw octet shows them: one within
/// the other, and thousands side by side.
#[test]
fn an_encoded_nest_of_messages_ends() {
    let message = "Content-Type: message/rfc822\r\n\r\n";
    let deep = message.repeat(18_000);
    let side = "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n".repeat(9_000);
    let flat = format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{side}");
    for kind in ["message/rfc822", "\r\n Message/Global (a comment)"] {
        for nest in [&deep, &flat] {
            for encoding in [ENCODINGS[0], ENCODINGS[1]] {
                let head = format!("From: a@example.jp\r\nContent-Type: {kind}\r\n");
                assert_bounded(&[head.into_bytes(), encoded(nest.as_bytes(), encoding)].concat());
            }
        }
    }
    // Three times encoded, each with a nest of its own.
    let mut nest = Vec::new();
    for _ in 0..3 {
        let inner = [message.repeat(4_000).into_bytes(), nest].concat();
        nest = [
            b"Content-Type: message/rfc822\r\n".to_vec(),
            encoded(&inner, "base64"),
        ]
        .concat();
    }
    assert_bounded(&[b"From: a@example.jp\r\n".to_vec(), nest].concat());
    // What a digest holds is a message without being called one.
    let digest = "--a\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp4\r\n";
    let digest = format!(
        "From: a@example.jp\r\nContent-Type: multipart/digest; boundary=a\r\n\r\n{}",
        digest.repeat(12_000)
    );
    assert_bounded(digest.as_bytes());
}

pub(super) const ENCODINGS: [&str; 3] = ["base64", "quoted-printable", "8bit"];

/// The field that names an encoding, and a body in it.
pub(super) fn encoded(body: &[u8], encoding: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body = match encoding {
        "base64" => {
            let all = base64::engine::general_purpose::STANDARD.encode(body);
            let lines = all.as_bytes().chunks(76);
            lines.flat_map(|line| [line, b"\r\n"].concat()).collect()
        }
        // Every "n" is hidden, and every sign of its own.
        "quoted-printable" => body
            .iter()
            .flat_map(|octet| match octet {
                b'n' | b'=' => format!("={octet:02X}").into_bytes(),
                octet => vec![*octet],
            })
            .collect(),
        _ => body.to_vec(),
    };
    let head = format!("content-TRANSFER-encoding : {encoding}\r\n\r\n");
    [head.into_bytes(), body].concat()
}

/// Reads it, and counts into how many parts it was taken.
fn assert_bounded(octets: &[u8]) {
    let _ = mail::read(octets);
    let parts = mail::parts(octets);
    assert!(parts <= mail::MOST_PARTS, "{parts} parts");
}

/// Messages within messages, encoded or not, deep or side by side.
fn nests() -> impl Strategy<Value = Vec<u8>> {
    let kinds = [
        "message/rfc822",
        "MESSAGE/global",
        "multipart/mixed; boundary=a",
        "multipart/digest; boundary=a",
        "text/plain",
    ];
    let layer = (
        0..kinds.len(),
        0..ENCODINGS.len(),
        1..400_usize,
        any::<bool>(),
    );
    proptest::collection::vec(layer, 1..5).prop_map(move |layers| {
        let mut inner = b"Subject: x\r\n\r\nx\r\n".to_vec();
        for (kind, encoding, count, aside) in layers {
            let field = format!("Content-Type: {}\r\n", kinds[kind]).into_bytes();
            inner = if aside {
                [b"\r\n--a\r\n".as_slice(), &field, b"\r\n", &inner]
                    .concat()
                    .repeat(count)
            } else {
                [[field.as_slice(), b"\r\n"].concat().repeat(count), inner].concat()
            };
            inner.truncate(LARGEST / 4);
            inner = [field, encoded(&inner, ENCODINGS[encoding])].concat();
        }
        [b"From: a@example.jp\r\n".to_vec(), inner].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    /// However messages are nested, they are taken into a bounded number of parts.
    #[test]
    fn no_nest_is_taken_apart_without_end(octets in nests()) {
        assert_bounded(&octets);
    }
}
