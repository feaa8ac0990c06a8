//! Who may sign in by a link: the operator's scopes, the roster's people.

use muster::config::{self, Scope};
use muster::domain::rule::Selector;

use super::small::{lines, said, sources, spoiled};

/// The town with entries at the end of `muster.toml`.
fn with(entries: &str) -> config::Sources {
    let mut sources = sources();
    sources.muster.text.push_str(entries);
    sources
}

#[test]
fn whoever_is_named_may_sign_in() {
    let sources = with(
        "person = \"it-1\"\n
[[sign_in]]
who = [\"post:mayor\", \"person:it-1\"]
scopes = [\"read\", \"command\", \"read\"]
",
    );
    let checked = config::check(&sources, &[]).unwrap();
    assert_eq!(checked.warnings, []);
    let sign_in = &checked.operator.sign_ins[0];
    assert_eq!(
        sign_in.who,
        [
            Selector::Post("mayor".into()),
            Selector::Person("it-1".into())
        ]
    );
    assert_eq!(sign_in.scopes, [Scope::Read, Scope::Command]);
    let whose = checked.operator.tokens[0].person.as_ref();
    assert_eq!(whose.unwrap().as_str(), "it-1");
    let nobody = config::check(&super::small::sources(), &[])
        .unwrap()
        .operator;
    assert!(nobody.sign_ins.is_empty() && nobody.tokens[0].person.is_none());
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let sources = with(
        "person = \"it-9\"\n
[[sign_in]]
who = [\"it-1\", \"post:mayr\"]
scopes = [\"raed\"]

[[sign_in]]
who = []
scopes = []

[[sign_in]]
post = \"mayor\"
",
    );
    insta::assert_snapshot!(lines(&said(&sources)), @r#"
    muster.toml:21:10: there is no person "it-9" in roster.toml
        did you mean "it-1"?
    muster.toml:24:8: "it-1" names nobody
        did you mean "person:it-1"?
    muster.toml:24:16: there is no post "mayr" in roster.toml
        did you mean "mayor"?
    muster.toml:25:11: "raed" is no scope
        did you mean "read"?
    muster.toml:28:7: nobody is named here
        write who = ["post:it-manager"], or take the [[sign_in]] out
    muster.toml:29:10: a sign-in without a scope opens nothing
        name some of trigger, drill, read, acknowledge, command, approve, admin, mail
    muster.toml:31:1: [[sign_in]] has no "who"
        write who = ["…", "…"]
    muster.toml:31:1: [[sign_in]] has no "scopes"
        write scopes = ["…", "…"]
    muster.toml:32:1: [[sign_in]] knows no key "post"
        the keys here are who, scopes
    "#);
}

/// Nobody to send to, an address that two share, a board that cannot be seen:
/// taken, with a word.
#[test]
fn what_is_odd_is_said() {
    let mut sources = spoiled(&[
        ("contacts = [{ email = \"mayor@example.jp\" }]\n", ""),
        ("it-2@example.jp", "IT-1@example.jp"),
    ]);
    sources.muster.text.push_str(
        "
[[sign_in]]
who = [\"post:mayor\", \"person:it-1\"]
scopes = [\"command\"]
",
    );
    let said = said(&sources);
    let here: Vec<_> = said
        .0
        .into_iter()
        .filter(|one| one.file == "muster.toml")
        .collect();
    insta::assert_snapshot!(lines(&config::Problems(here)), @r#"
    muster.toml:23:7: warning: "mayor" has no mail address in the roster and cannot sign in by a link
        give them a contact { email = "…" } in roster.toml, or a [[token]]
    muster.toml:23:7: warning: "it-1" shares a mail address with "it-2": whoever reads it can sign in
        give each a mail address of their own in roster.toml
    muster.toml:24:10: warning: whoever signs in by this cannot see the board
        add "read" to scopes
    "#);
}
