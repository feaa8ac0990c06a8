//! Whom a drill calls and how: what is taken, and what is refused in words.

use muster::config::{self, Sources};
use muster::domain::drill::{Answers, Called};

use super::small::{lines, said};

const DRILL: &str = r#"ends_after = "8h""#;

fn sources(drill: &str) -> Sources {
    let mut sources = Sources::example();
    sources.rules.text = sources.rules.text.replacen(DRILL, drill, 1);
    sources
}

#[test]
fn a_contact_tree_begins_with_whom_nobody_reaches() {
    let drill = r#"ends_after = "8h"
tree = [ { caller = "it-1", next = ["it-2"] }, { caller = "it-manager", next = ["it-1", "mayor"] } ]
tree_wait = "5m"
answers = "received"
remind = "30m"
shorten = 10"#;
    let checked = config::check(&sources(drill), &[]);
    let plan = checked
        .unwrap_or_else(|said| panic!("{}", lines(&said)))
        .plan;
    let drill = &plan.drills["contact"];
    let Called::Tree(tree) = &drill.called else {
        panic!("{:?}", drill.called);
    };
    assert_eq!(tree.roots(), ["it-manager".into()]);
    assert_eq!(tree.people().len(), 4);
    assert_eq!(tree.caller_of(&"it-2".into()), Some(&"it-1".into()));
    assert_eq!(tree.wait.as_secs(), 300);
    assert_eq!((drill.answers, drill.shorten), (Answers::Received, 10));
}

#[test]
fn what_is_no_tree_or_never_ends_is_refused() {
    for (lines_of_drill, wanted) in [
        (
            r#"tree = [ { caller = "it-1", next = ["it-2"] }, { caller = "it-2", next = ["it-1"] } ]"#,
            "runs in a ring",
        ),
        (
            r#"tree = [ { caller = "it-1", next = ["it-1"] } ]"#,
            "runs in a ring",
        ),
        (
            r#"tree = [ { caller = "mayor", next = ["it-2"] }, { caller = "it-1", next = ["it-2"] } ]"#,
            "two people reach \"it-2\"",
        ),
        (
            r#"tree = [ { caller = "it-1", next = ["it-2"] }, { caller = "it-1", next = ["mayor"] } ]"#,
            "twice as caller",
        ),
        (
            r#"tree = [ { caller = "it-9", next = ["it-2"] } ]"#,
            "there is no person \"it-9\"",
        ),
        (
            "who = [\"everyone\"]\ntree = [ { caller = \"it-1\", next = [\"it-2\"] } ]",
            "both who and tree",
        ),
        ("who = []", "the drill calls nobody"),
        ("who = [\"section:nowhere\"]", "nowhere"),
        ("tree_wait = \"5m\"", "without a contact tree has tree_wait"),
        ("remind = \"30m\"", "has no set end"),
        ("ends_after = \"8h\"\nremind = \"5s\"", "is too often"),
        ("answers = \"yes\"", "\"yes\" is no way of answering"),
        ("shorten = 0", "shorten"),
        ("shorten = 101", "shorten"),
    ] {
        let found = lines(&said(&sources(lines_of_drill)));
        assert!(found.contains(wanted), "{lines_of_drill}: {found}");
    }
}

/// A drill in the words of a real rule would be taken for it.
#[test]
fn a_drill_does_not_speak_in_the_words_of_what_is_real() {
    let mut sources = Sources::example();
    let checked = config::check(&sources, &[]).unwrap();
    let rule = &checked.plan.rules["P2"];
    let title = "title = { ja = \"緊急連絡・確認訓練\", en = \"Emergency contact and confirmation drill\" }";
    assert!(sources.rules.text.contains(title));
    let real = format!("title = {{ ja = \"{}\", en = \"A drill\" }}", rule.title.ja);
    sources.rules.text = sources.rules.text.replacen(title, &real, 1);
    let found = lines(&said(&sources));
    assert!(found.contains("would be taken for real"), "{found}");
}
