//! The answers file of a rehearsal: what it takes, and how it refuses.

use std::time::Duration;

use muster::config::{self, Source, Sources};
use muster::domain::acknowledgement::Reply;
use muster::domain::roster::Roster;
use muster::report::rehearse::{Said, Script, Scripted};

fn roster() -> Roster {
    config::check(&Sources::example(), &[]).unwrap().plan.roster
}

fn read(path: &str, text: &str) -> Script {
    config::answers(&Source::new(path, text), &roster()).unwrap_or_else(|problems| {
        panic!("{problems}");
    })
}

fn refused(path: &str, text: &str) -> String {
    let problems = config::answers(&Source::new(path, text), &roster()).unwrap_err();
    let places = problems.0.iter().map(|problem| {
        let advice = problem.advice.clone().unwrap_or_default().en;
        format!("{} {} | {advice}\n", problem.line, problem.message.en)
    });
    places.collect()
}

/// The example in the documentation, in both forms, says the same.
#[test]
fn both_forms_say_the_same() {
    let toml = r#"
[[answer]]
person = "it-1"
answer = "coming"
after = "12m"
eta = "30m"
arrives = "50m"

[[answer]]
person = "it-2"
answer = "unreachable"

[[answer]]
person = "mayor"
answer = "silent"

[[answer]]
person = "cio"
answer = "confirm"
after = "20s"
"#;
    let table = "\u{feff}person,answer,after,eta,arrives\r\n\
                 it-1,coming,12m,30m,50m\r\n\
                 # a remark\r\n\
                 it-2,unreachable\r\n\
                 \"mayor\", silent,,,\r\n\
                 cio,confirm,20s,,\r\n";
    let script = read("drill.toml", toml);
    assert_eq!(script, read("drill.csv", table));
    let it = &script.people["it-1"];
    let coming = Scripted {
        after: Duration::from_secs(720),
        reply: Reply::Coming,
        eta_minutes: Some(30),
    };
    let arrived = Scripted {
        after: Duration::from_secs(3000),
        reply: Reply::Arrived,
        eta_minutes: None,
    };
    assert_eq!(it.answers, [coming, arrived]);
    assert!(script.people["it-2"].unreachable);
    assert!(script.people["mayor"].answers.is_empty());
    assert_eq!(script.words[0].what, Said::Confirm);
}

/// Every problem at once, each with its line and what to write instead.
#[test]
fn a_bad_line_is_refused_with_its_place() {
    let text = "person,answer,after,eta,arrives\n\
                nobody,coming,1m,,\n\
                it-1,perhaps,1m,,\n\
                it-1,coming,,,\n\
                it-1,coming,soon,,\n\
                it-2,coming,10m,0s,\n\
                it-2,cannot,10m,,\n\
                mayor,silent,,,\n\
                mayor,cannot,1m,,\n\
                cio,cannot,1m,30m,\n\
                ,coming,1m,,\n\
                it-manager,coming,10m,,5m\n";
    let said = refused("drill.csv", text);
    insta::assert_snapshot!(said, @r#"
    2 there is no person "nobody" in roster.toml | write an id, a post or a name of roster.toml
    3 "perhaps" is no answer | write "coming" or "arrived" or "cannot" or "received" or "silent" or "unreachable" or "muster" or "handle-in-section" or "confirm" or "cancel"
    4 this line does not say after how long | add after, such as "12m"
    5 "soon" is no duration | write hours, minutes and seconds such as "1h30m", "10m" or "90s"
    6 an arrival is a minute to a week away | write for example "30m"
    7 it-2 does two things at the same time; the other is in line 6 | let one of them be later, or take it out
    9 mayor cannot answer and be silent or unreachable; the other is in line 8 | 
    10 "cannot" has no "eta" | 
    11 this line has no "person" | 
    12 they would arrive before they answer | arrives counts from the call, as after does
    "#);
}

#[test]
fn a_bad_head_is_refused() {
    insta::assert_snapshot!(refused("drill.csv", "person,answr,after\nit-1,coming,1m\n"), @r#"
    1 there is no column "answr" | did you mean "answer"?
    1 the column "answer" is missing | let the first line be person,answer,after,eta,arrives
    "#);
    insta::assert_snapshot!(refused("drill.csv", "answer,after\ncoming,1m\n"), @r#"1 the column "person" is missing | let the first line be person,answer,after,eta,arrives"#);
}

#[test]
fn a_bad_key_and_broken_toml_are_refused() {
    let text =
        "[[answer]]\nperson = \"it-1\"\nanswer = \"coming\"\nafter = \"1m\"\nafer = \"2m\"\n";
    insta::assert_snapshot!(refused("drill.toml", text), @r#"5 [[answer]] knows no key "afer" | did you mean "after"?"#);
    insta::assert_snapshot!(refused("drill.toml", "[[answer]\n"), @r#"1 this is not TOML: unclosed array table, expected `]` | see https://toml.io for how a line is written; texts stand in "quotation marks""#);
    let twice = "[[answer]]\nperson = \"it-1\"\nanswer = \"coming\"\nafter = \"60s\"\n\n\
                 [[answer]]\nperson = \"it-1\"\nanswer = \"cannot\"\nafter = \"1m\"\n";
    insta::assert_snapshot!(refused("drill.toml", twice), @r#"6 it-1 does two things at the same time; the other is in line 1 | let one of them be later, or take it out"#);
}

/// An empty file says nothing of anybody.
#[test]
fn an_empty_file_is_an_empty_script() {
    assert_eq!(read("drill.toml", ""), Script::default());
    assert_eq!(read("drill.csv", ""), Script::default());
    assert_eq!(read("drill.csv", "person,answer\n"), Script::default());
}
