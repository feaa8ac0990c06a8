//! What the rules, posts and editions do together: which of two wins, which
//! never starts, who deputises whom in a circle, which editions overlap.

use super::small::{Case, refused, said, sources, spoiled};

const OFFICE: &str =
    "[office_hours]\ndays = [\"mon\"]\nfrom = \"08:30\"\nto = \"17:15\"\n\n[[rule]]\nid = \"P1\"";

const CASES: &[Case] = &[
    Case {
        what: "two rules for one intensity, one of a narrower range",
        edits: &[("from = \"5-\", to = \"5-\"", "from = \"5-\", to = \"5+\"")],
        said: r#"
rules.toml:24:8: warning: an event can match both this rule and the rule "P1" on line 13: "P2" is used, "P1" is not (a rule of a narrower range of intensity goes first)
    let each intensity, posture or effect stand in one rule
"#,
    },
    Case {
        what: "two rules of the same breadth",
        edits: &[
            ("from = \"5+\", to = \"7\"", "from = \"5-\", to = \"6-\""),
            ("from = \"5-\", to = \"5-\"", "from = \"5+\", to = \"6+\""),
        ],
        said: r#"
rules.toml:24:8: warning: an event can match both this rule and the rule "P1" on line 13: "P1" is used, "P2" is not (of equals, the one that stands first in rules.toml goes first)
    let each intensity, posture or effect stand in one rule
"#,
    },
    Case {
        what: "an event that nobody takes by day",
        edits: &[
            ("[[rule]]\nid = \"P1\"", OFFICE),
            (
                "from = \"5-\", to = \"5-\" } }",
                "from = \"5-\", to = \"5-\" }, hours = \"off\" }",
            ),
        ],
        said: r#"
rules.toml:29:8: in office hours no rule takes what "P2" takes otherwise: earthquake 5-; nobody would be called
    add a rule for the other hours, or leave hours out
"#,
    },
    Case {
        what: "hours go before the range of another rule, and leave something by day",
        edits: &[
            ("[[rule]]\nid = \"P1\"", OFFICE),
            (
                "from = \"5-\", to = \"5-\" } }",
                "from = \"5-\", to = \"7\" }, hours = \"off\" }",
            ),
        ],
        said: r#"
rules.toml:29:8: warning: an event can match both this rule and the rule "P1" on line 18: "P2" is used, "P1" is not (a rule bound to hours goes before one that is not)
    if that is meant, write hours = "office" into "P1"
rules.toml:29:8: in office hours no rule takes what "P2" takes otherwise: earthquake 5-; nobody would be called
    add a rule for the other hours, or leave hours out
"#,
    },
    Case {
        what: "a rule that can never start",
        edits: &[("from = \"5-\", to = \"5-\"", "from = \"5+\", to = \"7\"")],
        said: r#"
rules.toml:24:8: warning: the rule "P2" never starts by itself: every event that it names starts "P1" (of equals, the one that stands first in rules.toml goes first)
    take it out, or let it name an event or hours of its own; a person can still choose it (threat --like)
rules.toml:50:9: no rule applies to this event: the drill would call nobody
    let it play an event that a rule's when names
"#,
    },
    Case {
        what: "hours without office hours",
        edits: &[("to = \"5-\" } }", "to = \"5-\" }, hours = \"off\" }")],
        said: r#"
rules.toml:24:59: a rule is bound to office hours, and there are none
    add [office_hours] with days, from and to
"#,
    },
    Case {
        what: "hours of no name",
        edits: &[
            ("[[rule]]\nid = \"P1\"", OFFICE),
            ("to = \"5-\" } }", "to = \"5-\" }, hours = \"night\" }"),
        ],
        said: r#"
rules.toml:29:59: "night" is no part of the day
    write "office" or "off"
"#,
    },
    Case {
        what: "hours over midnight",
        edits: &[
            ("[[rule]]\nid = \"P1\"", OFFICE),
            (
                "from = \"08:30\"\nto = \"17:15\"",
                "from = \"22:00\"\nto = \"06:00\"",
            ),
        ],
        said: r#"
rules.toml:13:6: the office closes at 06:00, not after it opens at 22:00; hours over midnight are not taken
    write the earlier time in from and the later one of the same day in to
"#,
    },
    Case {
        what: "office hours in which nothing is right",
        edits: &[
            ("[[rule]]\nid = \"P1\"", OFFICE),
            (
                "from = \"08:30\"\nto = \"17:15\"",
                "from = \"8:30\"\nto = \"24:00\"\nholidays = \"japna\"\nclosed = [\"12-29..01-03\", \"2-30\", \"02-30\", \"2027-02-12..2027-02-10\", \"2027-02-10..03-01\"]",
            ),
            ("[\"mon\"]", "[\"mon\", \"mon\", \"monday\", \"月\"]"),
        ],
        said: r#"
rules.toml:11:16: day "mon" is already on line 11
    give one of them another name, or take one out
rules.toml:11:23: "monday" is no day of the week
    write "mon" or "tue" or "wed" or "thu" or "fri" or "sat" or "sun"
rules.toml:11:33: "月" is no day of the week
    write "mon" or "tue" or "wed" or "thu" or "fri" or "sat" or "sun"
rules.toml:12:8: "8:30" is no time of day
    write hours and minutes from "00:00" to "23:59"
rules.toml:13:6: "24:00" is no time of day
    write hours and minutes from "00:00" to "23:59"
rules.toml:14:12: "japna" is no calendar of holidays
    did you mean "japan"?
rules.toml:15:27: "2-30" is neither a day nor days
    write "12-29" or "12-29..01-03" for every year, "2027-02-10" or "2027-02-10..2027-02-12" for once
rules.toml:15:35: "02-30" is neither a day nor days
    write "12-29" or "12-29..01-03" for every year, "2027-02-10" or "2027-02-10..2027-02-12" for once
rules.toml:15:44: "2027-02-12..2027-02-10" ends before it begins
    write the earlier date first
rules.toml:15:70: "2027-02-10..03-01" is neither a day nor days
    write "12-29" or "12-29..01-03" for every year, "2027-02-10" or "2027-02-10..2027-02-12" for once
"#,
    },
    Case {
        what: "an office that never opens",
        edits: &[("[[rule]]\nid = \"P1\"", OFFICE), ("[\"mon\"]", "[]")],
        said: r#"
rules.toml:11:8: the office is open on no day
    write days = ["mon", "tue", "wed", "thu", "fri"], or take [office_hours] out
"#,
    },
    Case {
        what: "deputies in a circle",
        edits: &[(
            "holders = [\"mayor\"]\n",
            "holders = [\"mayor\"]\ndeputies = [\"it-1\"]\n\n\
             [[post]]\nid = \"vice\"\nname = \"副\"\nholders = [\"it-1\"]\ndeputies = [\"it-2\"]\n\n\
             [[post]]\nid = \"third\"\nname = \"三\"\nholders = [\"it-2\"]\ndeputies = [\"mayor\"]\n",
        )],
        said: r#"
roster.toml:29:12: warning: the deputies go round in a circle: "mayor" is deputised by "it-1", who holds "vice", deputised by "it-2", who holds "third", deputised by "mayor", who holds "mayor"
    name a further deputy who holds none of these posts: if all of them are away, nobody acts
"#,
    },
    Case {
        what: "a post that nobody holds, and that is told and gives orders",
        edits: &[
            (
                "holders = [\"mayor\"]",
                "holders = []\ndeputies = [\"it-1\"]",
            ),
            (
                "confirm = \"none\"",
                "confirm = \"none\"\ninform = [\"post:mayor\"]\nordered_by = [\"post:mayor\"]",
            ),
            ("remind = true", "remind = true\ntell = [\"post:mayor\"]"),
        ],
        said: r#"
roster.toml:28:11: warning: nobody holds the post "mayor"
    name who holds it; until then only its deputies are called
rules.toml:16:11: warning: nobody holds the post "mayor": nobody is told
    name who holds it in roster.toml, or name somebody else here
rules.toml:17:15: warning: nobody holds the post "mayor": nobody is there to order it
    name who holds it in roster.toml, or name somebody else here
rules.toml:47:9: warning: nobody holds the post "mayor": nobody is told
    name who holds it in roster.toml, or name somebody else here
"#,
    },
    Case {
        what: "editions that overlap",
        edits: &[(
            "approved_by = \"mayor\"\n",
            "approved_by = \"mayor\"\n\
             [[edition.history]]\nnumber = 1\ndate = 2024-04-01\nwhat = \"策定\"\n\
             [[edition.history]]\nnumber = 1\ndate = 2024-06-01\nwhat = \"また\"\n\
             [[edition.history]]\nnumber = 2\ndate = 2023-12-14\nwhat = \"同じ\"\n",
        )],
        said: r#"
rules.toml:14:10: edition 1 is already on line 10
    give each edition a number of its own, or take one out
rules.toml:18:10: edition 2 is not before the edition in force, number 2 on line 6
    list only editions before the one in force, each with the date of its own
rules.toml:19:8: edition 2 is of 2023-12-14, not after edition 1 on line 15, of 2024-06-01
    let the numbers and the dates rise together
"#,
    },
    Case {
        what: "an edition of a later day than the one in force",
        edits: &[(
            "approved_by = \"mayor\"\n",
            "approved_by = \"mayor\"\n\
             history = [{ number = 1, date = 2025-12-29, what = \"策定\" }]\n",
        )],
        said: r#"
rules.toml:9:33: edition 1 is of 2025-12-29, not before the edition in force, of 2025-12-29 on line 7
    list only editions before the one in force, each with the date of its own
"#,
    },
];

#[test]
fn what_contradicts_itself() {
    refused(CASES);
}

/// Rules that divide the day between them, and the example's own hours.
#[test]
fn a_day_that_is_divided_is_taken_without_a_word() {
    let divided = spoiled(&[
        ("[[rule]]\nid = \"P1\"", OFFICE),
        (
            "from = \"5+\", to = \"7\" } }",
            "from = \"5-\", to = \"7\" }, hours = \"office\" }",
        ),
        (
            "from = \"5-\", to = \"5-\" } }",
            "from = \"5-\", to = \"7\" }, hours = \"off\" }",
        ),
    ]);
    assert_eq!(said(&divided).0, []);
    assert_eq!(said(&sources()).0, []);
}
