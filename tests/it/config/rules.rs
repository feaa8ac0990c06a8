//! rules.toml: what the planner gets wrong, and what is said about it.

use muster::config::check;

use super::small::{Case, refused, sources};

const CASES: &[Case] = &[
    Case {
        what: "a top-level key below a table",
        edits: &[
            ("administrators = [\"person:it-1\"]\n", ""),
            ("[edition]", "[edition]\nadministrators = [\"person:it-1\"]"),
        ],
        said: r#"
rules.toml:1:1: the file has no "administrators"
    write administrators = ["…", "…"]
rules.toml:5:1: [edition] knows no key "administrators"
    "administrators" belongs to no table: write it above the first line that begins with [
"#,
    },
    Case {
        what: "an edition that is not approved",
        edits: &[("approved_by = \"mayor\"\n", "")],
        said: r#"
rules.toml:5:1: warning: this edition is not approved, and says so wherever it is used
    write approved_by = "…" once the chief information officer has approved it (6(2))
"#,
    },
    Case {
        what: "an edition approved by nobody of the roster",
        edits: &[("approved_by = \"mayor\"", "approved_by = \"major\"")],
        said: r#"
rules.toml:8:15: there is no person "major" in roster.toml
    did you mean "mayor"?
"#,
    },
    Case {
        what: "a date in quotation marks",
        edits: &[("date = 2025-12-29", "date = \"2025-12-29\"")],
        said: r#"
rules.toml:7:8: "date" must be a date such as 2025-12-29, without quotation marks, not a text
    write date = 2025-12-29
"#,
    },
    Case {
        what: "a day that is not in the calendar",
        edits: &[("date = 2025-12-29", "date = 2025-02-30")],
        said: r#"
rules.toml:7:8: this is not TOML: invalid date, expected day between 01 and 28
    see https://toml.io for how a line is written; texts stand in "quotation marks"
"#,
    },
    Case {
        what: "intensities that JMA does not have",
        edits: &[
            ("from = \"5+\"", "from = \"5\""),
            ("to = \"7\"", "to = \"8\""),
        ],
        said: r#"
rules.toml:13:32: "5" is no seismic intensity
    write "5-" (5弱) or "5+" (5強)
rules.toml:13:42: "8" is no seismic intensity
    write one of 1 2 3 4 5- 5+ 6- 6+ 7
"#,
    },
    Case {
        what: "intensities the wrong way round",
        edits: &[("from = \"5+\", to = \"7\"", "from = \"7\", to = \"5+\"")],
        said: r#"
rules.toml:13:42: "5+" is weaker than "7"
    write the weaker one in from and the stronger one in to
"#,
    },
    Case {
        what: "a rule of two conditions",
        edits: &[(
            "{ earthquake = { from = \"5-\", to = \"5-\" } }",
            "{ earthquake = { from = \"5-\", to = \"5-\" }, wind_flood = { posture = 4 } }",
        )],
        said: r#"
rules.toml:24:8: a rule has one condition, this one has 2
    write when = { earthquake = { from = "5+" } }, or wind_flood, or security_incident
"#,
    },
    Case {
        what: "a posture of no level",
        edits: &[(
            "{ earthquake = { from = \"5+\", to = \"7\" } }",
            "{ wind_flood = { posture = 4 } }",
        )],
        said: r#"
rules.toml:13:35: "posture" is 4
    write a number from 1 to 3
"#,
    },
    Case {
        what: "an effect that is not there",
        edits: &[(
            "{ earthquake = { from = \"5+\", to = \"7\" } }",
            "{ security_incident = { effect = \"resident\" } }",
        )],
        said: r#"
rules.toml:13:41: "resident" is no effect
    did you mean "residents"?
"#,
    },
    Case {
        what: "a procedure that is not there",
        edits: &[(
            "procedure = \"all\"\nconfirm",
            "procedure = \"al\"\nconfirm",
        )],
        said: r#"
rules.toml:14:13: there is no procedure "al" in rules.toml
    did you mean "all"?
"#,
    },
    Case {
        what: "a hold without a unit",
        edits: &[("confirm = \"none\"", "confirm = { hold = \"60\" }")],
        said: r#"
rules.toml:15:20: "60" is no duration
    say which unit: "60s", "60m" or "60h"
"#,
    },
    Case {
        what: "a confirmation that there is not",
        edits: &[("confirm = \"none\"", "confirm = \"second-person\"")],
        said: r#"
rules.toml:15:11: "second-person" is no way to confirm
    write confirm = "none", a time to cancel in: confirm = { hold = "60s" }, or confirm = { second_person = "10m" }
"#,
    },
    Case {
        what: "a target without its kind",
        edits: &[("who = \"everyone\"", "who = \"mayor\"")],
        said: r#"
rules.toml:18:7: "mayor" names nobody
    did you mean "post:mayor"?
"#,
    },
    Case {
        what: "a post that is not there",
        edits: &[("who = \"everyone\"", "who = \"post:major\"")],
        said: r#"
rules.toml:18:7: there is no post "major" in roster.toml
    did you mean "mayor"?
"#,
    },
    Case {
        what: "a target of no kind",
        edits: &[("who = \"everyone\"", "who = \"everybody\"")],
        said: r#"
rules.toml:18:7: "everybody" names nobody
    did you mean "everyone"?
"#,
    },
    Case {
        what: "a need that cannot be met",
        edits: &[("need = 2", "need = 3")],
        said: r#"
rules.toml:29:8: 3 must come, but "squad:control" has only 2
    need fewer, or name more people in roster.toml
"#,
    },
    Case {
        what: "a need in other words",
        edits: &[("need = \"everyone\"", "need = \"all\"")],
        said: r#"
rules.toml:19:8: "all" is no number of people
    write "everyone" or "roster"
"#,
    },
    Case {
        what: "a mode of two words",
        edits: &[("mode = \"in-turn\"", "mode = \"in turn\"")],
        said: r#"
rules.toml:30:8: "in turn" is no manner of calling
    did you mean "in-turn"?
"#,
    },
    Case {
        what: "a target in which nobody stands",
        edits: &[("required = [\"it-1\", \"it-2\"]\n", "")],
        said: r#"
rules.toml:28:7: "squad:control" means nobody: no person stands in it
    name people in roster.toml (required, deputies or holders), or call somebody else
"#,
    },
    Case {
        what: "a rule that does nothing",
        edits: &[(
            "[[rule.target]]\nwho = \"everyone\"\nneed = \"everyone\"\n",
            "",
        )],
        said: r#"
rules.toml:10:1: warning: the rule "P1" calls nobody and tells nobody
    add [[rule.target]], or name in inform who is told
"#,
    },
    Case {
        what: "stages out of order",
        edits: &[("after = \"10m\"", "after = \"0s\"")],
        said: r#"
rules.toml:42:9: stage 2 of "all" is not later than the one before it, at "0s"
    each stage counts from the opening of the call-out: write the later ones later
"#,
    },
    Case {
        what: "a procedure given up before its last stage",
        edits: &[("exhausted_after = \"1h\"", "exhausted_after = \"10m\"")],
        said: r#"
rules.toml:35:19: "all" would give up before or as its last stage begins, at "10m"
    write a time later than that, so that the last stage can be answered
"#,
    },
    Case {
        what: "a stage that does nothing",
        edits: &[("remind = true", "remind = false")],
        said: r#"
rules.toml:43:8: stage 2 of "all" does nothing
    call somebody, remind, name somebody in also or tell, or take the stage out
"#,
    },
    Case {
        what: "durations that are none",
        edits: &[
            ("after = \"10m\"", "after = \"10\""),
            ("exhausted_after = \"1h\"", "exhausted_after = \"一時間\""),
        ],
        said: r#"
rules.toml:35:19: "一時間" is no duration
    write hours, minutes and seconds such as "1h30m", "10m" or "90s"
rules.toml:42:9: "10" is no duration
    say which unit: "10s", "10m" or "10h"
"#,
    },
    Case {
        what: "a procedure that calls nobody",
        edits: &[("call = \"all\"", "call = \"nobody\"\nremind = true")],
        said: r#"
rules.toml:14:13: the procedure "all" calls no target of any rule
    name another procedure, or write call = "next" or "all" in one of its stages
rules.toml:25:13: the procedure "all" calls no target of any rule
    name another procedure, or write call = "next" or "all" in one of its stages
"#,
    },
    Case {
        what: "channels that are none",
        edits: &[(
            "call = \"all\"",
            "call = \"all\"\nchannels = [\"email\", \"webhook:voice\", \"fax\"]",
        )],
        said: r#"
rules.toml:40:22: warning: there is no webhook "voice" in muster.toml; nobody is reached through it
    muster.toml has no webhook yet; add it there
rules.toml:40:39: "fax" is no channel
    write "email" or "webhook:NAME"
"#,
    },
    Case {
        what: "asking again never, at once",
        edits: &[(
            "call = \"all\"",
            "call = \"all\"\nresend = { every = \"0s\", times = 0 }",
        )],
        said: r#"
rules.toml:40:20: "0s" is no time at all
    write at least "1s"
rules.toml:40:34: "times" is 0
    write a number from 1 to 1000
"#,
    },
    Case {
        what: "a call of other words",
        edits: &[("call = \"all\"", "call = \"everyone\"")],
        said: r#"
rules.toml:39:8: "everyone" is no call
    write "next" or "all" or "nobody"
"#,
    },
    Case {
        what: "a drill that no rule applies to",
        edits: &[("intensity = \"5-\"", "intensity = \"3\"")],
        said: r#"
rules.toml:50:9: no rule applies to this event: the drill would call nobody
    let it play an event that a rule's when names
"#,
    },
    Case {
        what: "a drill of mixed kinds",
        edits: &[(
            "{ kind = \"earthquake\", intensity = \"5-\" }",
            "{ kind = \"threat\", like = \"P9\", intensity = \"5-\" }",
        )],
        said: r#"
rules.toml:50:9: an event of the kind "threat" needs "threat"
    add threat = …
rules.toml:50:35: there is no rule "P9" in rules.toml
    did you mean "P1"?
rules.toml:50:41: an event of the kind "threat" has no "intensity"
    its keys are like, threat, ordered_by
"#,
    },
    Case {
        what: "a drill on systems that are not there",
        edits: &[(
            "{ kind = \"earthquake\", intensity = \"5-\" }",
            "{ kind = \"security-incident\", effect = \"residents\", systems = [19, 44, \"選挙システム\", \"選挙システ\"] }",
        )],
        said: r#"
rules.toml:50:9: no rule applies to this event: the drill would call nobody
    let it play an event that a rule's when names
rules.toml:50:76: there is no system "44" in roster.toml
    write the number or the whole name of a [[system]] of roster.toml
rules.toml:50:90: there is no system "選挙システ" in roster.toml
    did you mean "選挙システム"?
"#,
    },
    Case {
        what: "a drill of no kind",
        edits: &[("kind = \"contact\"", "kind = \"d2\"")],
        said: r#"
rules.toml:49:8: "d2" is no kind of drill
    write "tabletop" or "contact" or "recovery"
"#,
    },
    Case {
        what: "no administrators",
        edits: &[("[\"person:it-1\"]\n\n", "[]\n\n")],
        said: r#"
rules.toml:3:18: nobody is told when something goes wrong
    name at least one, for example administrators = ["post:it-staff"]
"#,
    },
    Case {
        what: "help asked of nobody, of one twice, and within no time",
        edits: &[
            (
                "procedure = \"all\"\nconfirm = \"none\"",
                "procedure = \"all\"\nconfirm = \"none\"\nhelp = [\"fixr\", \"fixer\", \"fixer\"]",
            ),
            (
                "[edition]",
                "[help]\nwithin = \"0s\"\nnext = 2\n\n[edition]",
            ),
        ],
        said: r#"
rules.toml:6:10: "0s" is no time at all
    write at least "1s"
rules.toml:7:1: [help] knows no key "next"
    the keys here are within
rules.toml:20:9: there is no vendor "fixr" in roster.toml
    did you mean "fixer"?
rules.toml:20:26: "fixer" is asked twice
    name each vendor once
"#,
    },
    Case {
        what: "a time of the day that no clock shows",
        edits: &[(
            "[edition]",
            "[readiness]\nat = \"9:00\"\noff = 1\n\n[edition]",
        )],
        said: r#"
rules.toml:6:6: "9:00" is no time of day
    write hours and minutes from "00:00" to "23:59"
rules.toml:7:7: "off" must be true or false, not a whole number
    write off = true
"#,
    },
    Case {
        what: "addresses asked in a way that there is none, too fast, for ever",
        edits: &[(
            "[edition]",
            "[contacts]\nconfirm = \"on\"\na_minute = 0\nremind_days = 365\nask = true\n\n[edition]",
        )],
        said: r#"
rules.toml:6:11: "on" is no way of confirming
    write "off" or "new" or "all"
rules.toml:7:12: "a_minute" is 0
    write a number from 1 to 600
rules.toml:8:15: "remind_days" is 365
    write a number from 0 to 90
rules.toml:9:1: [contacts] knows no key "ask"
    the keys here are confirm, a_minute, remind_days
"#,
    },
];

#[test]
fn what_the_planner_gets_wrong() {
    refused(CASES);
}

#[test]
fn readiness_is_looked_into_when_the_planner_says() {
    let at = |text: &str| {
        let mut sources = sources();
        sources.rules.text.push_str(text);
        let checked = check(&sources, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        checked.plan.readiness.map(|at| at.to_string())
    };
    assert_eq!(at("").as_deref(), Some("09:00:00"));
    let set = at("\n[readiness]\nat = \"07:30\"\n");
    assert_eq!(set.as_deref(), Some("07:30:00"));
    assert_eq!(at("\n[readiness]\nat = \"07:30\"\noff = true\n"), None);
}
