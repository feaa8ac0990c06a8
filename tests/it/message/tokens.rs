//! The token in a link: only its own key makes one.

use muster::message::token::{LinkKeys, link, read_return_path, return_path, token, verify};
use proptest::prelude::*;

fn keys() -> LinkKeys {
    LinkKeys::new(1, [7; 32])
}

proptest! {
    #[test]
    fn a_token_names_its_notification(id: i64) {
        let token = token(&keys(), id);
        prop_assert_eq!(token.len(), 34);
        prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(verify(&keys(), &token), Some(id));
    }

    #[test]
    fn a_token_that_was_touched_is_refused(id: i64, at in 0_usize..34, to in "[A-Za-z0-9_-]") {
        let token = token(&keys(), id);
        let mut touched = token.clone();
        touched.replace_range(at..=at, &to);
        prop_assume!(touched != token);
        prop_assert_eq!(verify(&keys(), &touched), None);
    }

    #[test]
    fn anything_else_is_refused(text in ".{0,80}") {
        prop_assert_eq!(verify(&keys(), &text), None);
    }
}

#[test]
fn a_token_cut_short_or_made_longer_is_refused() {
    let whole = token(&keys(), 1234);
    for end in 0..whole.len() {
        assert_eq!(verify(&keys(), &whole[..end]), None, "{end} characters");
    }
    for longer in [
        format!("{whole}A"),
        format!("{whole}="),
        format!(" {whole}"),
        whole.repeat(1000),
    ] {
        assert_eq!(verify(&keys(), &longer), None);
    }
}

#[test]
fn an_older_key_still_holds_and_a_foreign_one_never_did() {
    let old = token(&keys(), 5);
    let rotated = LinkKeys::new(2, [8; 32]).with_older(1, [7; 32]);
    assert_eq!(verify(&rotated, &old), Some(5));
    assert_eq!(
        verify(&LinkKeys::new(2, [8; 32]), &old),
        None,
        "the old key is gone"
    );
    assert_eq!(
        verify(&LinkKeys::new(1, [8; 32]), &old),
        None,
        "another key of the same number"
    );
    assert_ne!(token(&rotated, 5), old, "the new key signs");
}

#[test]
fn a_link_is_the_public_address_and_the_token() {
    assert_eq!(
        link("https://muster.example.jp/", "abc"),
        "https://muster.example.jp/a/abc"
    );
    assert_eq!(
        link("https://muster.example.jp", "abc"),
        "https://muster.example.jp/a/abc"
    );
}

#[test]
fn a_bounce_names_its_notification() {
    let path = return_path(&keys(), 1234, "call@example.jp");
    assert!(
        path.starts_with("call+1234-") && path.ends_with("@example.jp"),
        "{path}"
    );
    assert_eq!(read_return_path(&keys(), &path), Some(1234));
    assert_eq!(read_return_path(&keys(), &path.to_uppercase()), Some(1234));
    assert_eq!(
        read_return_path(&keys(), &path.replace("1234", "1235")),
        None
    );
    assert_eq!(read_return_path(&keys(), "call@example.jp"), None);
    let long = format!("{}@example.jp", "a".repeat(60));
    assert_eq!(
        return_path(&keys(), 1234, &long),
        long,
        "no room: the address as it is"
    );
}

#[test]
fn a_tag_is_for_one_purpose_and_no_key_is_printed() {
    let keys = keys();
    assert_eq!(keys.tag("a", b"bc"), keys.tag("a", b"bc"));
    assert_ne!(keys.tag("a", b"bc"), keys.tag("ab", b"c"));
    assert_eq!(format!("{keys:?}"), "LinkKeys { numbers: [1], .. }");
}
