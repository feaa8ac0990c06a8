//! roster.toml: what general affairs gets wrong, and what is said about it.

use super::small::{Case, refused};

const CASES: &[Case] = &[
    Case {
        what: "an unknown key behind Japanese",
        edits: &[(
            "{ ja = \"担当職員1\", en = \"IT staff 1\" }",
            "{ ja = \"担当職員1\", eng = \"IT staff 1\" }",
        )],
        said: r#"
roster.toml:15:24: "name" knows no key "eng"
    did you mean "en"?
"#,
    },
    Case {
        what: "a required member who is not there",
        edits: &[("required = [\"it-1\"]", "required = [\"it1\"]")],
        said: r#"
roster.toml:4:13: there is no person "it1" in roster.toml
    did you mean "it-1"?
"#,
    },
    Case {
        what: "a leave that ends before it begins",
        edits: &[(
            "name = \"町長\"\n",
            "name = \"町長\"\nleave = [{ from = 2026-12-28, to = 2026-12-27 }]\n",
        )],
        said: r#"
roster.toml:10:36: this leave ends on 2026-12-27, before it begins on 2026-12-28
    write the first day in "from" and the last day in "to"; both are included
"#,
    },
    Case {
        what: "a section that is not there",
        edits: &[(
            "name = \"町長\"\nsection = \"planning\"",
            "name = \"町長\"\nsection = \"plannning\"",
        )],
        said: r#"
roster.toml:10:11: there is no section "plannning" in roster.toml
    did you mean "planning"?
"#,
    },
    Case {
        what: "a system of nobody",
        edits: &[(
            "owner = \"planning\"\nmaintainer = \"fixer\"",
            "owner = \"まちづくり\"\nmaintainer = \"fix\"",
        )],
        said: r#"
roster.toml:44:9: there is no section "まちづくり" in roster.toml
    roster.toml has planning
roster.toml:45:14: there is no vendor "fix" in roster.toml
    roster.toml has fixer
"#,
    },
    Case {
        what: "two people of one id, and what follows",
        edits: &[
            ("id = \"it-2\"", "id = \"it-1\""),
            ("\"it-1\", \"it-2\"", "\"it-1\", \"it-1\""),
            ("deputies = [\"it-2\"]\n", ""),
        ],
        said: r#"
roster.toml:19:6: person "it-1" is already on line 13
    give one of them another name, or take one out
roster.toml:32:21: person "it-1" is already on line 32
    give one of them another name, or take one out
rules.toml:29:8: 2 must come, but "squad:control" has only 1
    need fewer, or name more people in roster.toml
"#,
    },
    Case {
        what: "more needed than named",
        edits: &[("deputies = [\"it-2\"]", "deputies = [\"it-2\"]\nneed = 3")],
        said: r#"
roster.toml:6:8: 3 must come, but only 2 are named
    name more people in required or deputies, or need fewer
"#,
    },
    Case {
        what: "nobody needed",
        edits: &[("deputies = [\"it-2\"]", "deputies = [\"it-2\"]\nneed = 0")],
        said: r#"
roster.toml:6:8: "need" is 0
    write a number from 1 to 9999
"#,
    },
    Case {
        what: "addresses that are none",
        edits: &[
            ("\"it-1@example.jp\"", "\"担当@example.jp\""),
            ("\"it-2@example.jp\"", "\"it-2 example.jp\""),
        ],
        said: r#"
roster.toml:17:23: "担当@example.jp" is no mail address: it holds a character that is not ASCII
    write it as name@example.jp
roster.toml:23:23: "it-2 example.jp" is no mail address: it has no @
    write it as name@example.jp
"#,
    },
    Case {
        what: "an old carrier's address",
        edits: &[("it-1@example.jp", "a..b.@docomo.ne.jp")],
        said: r#"
roster.toml:17:23: warning: "a..b.@docomo.ne.jp" is an address of the old carrier form, which some relays refuse
    give a second contact, and see in a contact drill (muster drill start) whether it arrives
"#,
    },
    Case {
        what: "people nobody can reach",
        edits: &[
            (
                "contacts = [{ email = \"it-1@example.jp\" }]",
                "contacts = []",
            ),
            ("contacts = [{ email = \"it-2@example.jp\" }]\n", ""),
        ],
        said: r#"
roster.toml:13:1: warning: "it-1" has no contact: nothing can reach this person
    write contacts = [{ email = "name@example.jp" }]
roster.toml:19:1: warning: "it-2" has no contact: nothing can reach this person
    write contacts = [{ email = "name@example.jp" }]
"#,
    },
    Case {
        what: "a contact through an absent webhook",
        edits: &[(
            "[{ email = \"it-1@example.jp\" }]",
            "[{ email = \"it-1@example.jp\" }, { webhook = \"voice\", address = \"+81-0-0000-0001\" }]",
        )],
        said: r#"
roster.toml:17:56: warning: there is no webhook "voice" in muster.toml; nobody is reached through it
    muster.toml has no webhook yet; add it there
"#,
    },
    Case {
        what: "contacts that are none",
        edits: &[(
            "[{ email = \"it-1@example.jp\" }]",
            "[{ webhook = \"voice\" }, { address = \"x\" }, { email = \"a@example.jp\", address = \"b\" }]",
        )],
        said: r#"
roster.toml:17:13: a webhook contact says whom the gateway is to call
    write { webhook = "voice", address = "+81-…" }
roster.toml:17:25: warning: there is no webhook "voice" in muster.toml; nobody is reached through it
    muster.toml has no webhook yet; add it there
roster.toml:17:36: a contact without a channel
    write { email = "name@example.jp" } or { webhook = "NAME", address = "…" }
roster.toml:17:91: an email contact has no address of its own
    write { email = "name@example.jp" } and nothing else
"#,
    },
    Case {
        what: "two people at one address",
        edits: &[("it-2@example.jp", "IT-1@example.jp")],
        said: r#"
roster.toml:23:23: warning: "it-2" has the address of "it-1": one could answer for the other
    give each person a mail address of their own
"#,
    },
    Case {
        what: "a line break in a name",
        edits: &[("担当職員1", "担当\\r\\nBcc: x@example.jp")],
        said: r#"
roster.toml:15:15: "ja" holds a line break or another control character
    write it on one line, without \r, \n, tabs and direction marks
"#,
    },
    Case {
        what: "a direction mark in a name",
        edits: &[("\"町長\"\nsection", "\"町\\u202E長\"\nsection")],
        said: r#"
roster.toml:9:8: "name" holds a line break or another control character
    write it on one line, without \r, \n, tabs and direction marks
"#,
    },
    Case {
        what: "names without a word",
        edits: &[
            ("name = \"町長\"\nsection", "name = \"\"\nsection"),
            ("{ ja = \"担当職員1\", en = \"IT staff 1\" }", "{}"),
        ],
        said: r#"
roster.toml:9:8: "name" is empty
    write something between the marks
roster.toml:15:8: "name" is empty
    write something between the marks
"#,
    },
    Case {
        what: "an id of other letters",
        edits: &[("id = \"control\"", "id = \"統括 班\"")],
        said: r#"
roster.toml:31:6: "統括 班" cannot be an id
    write at most 64 of the letters a-z, digits, "-", "_" and "."
"#,
    },
    Case {
        what: "a vendor of no kind",
        edits: &[("kind = \"maintainer\"", "kind = \"maintener\"")],
        said: r#"
roster.toml:38:8: "maintener" is no kind of vendor
    did you mean "maintainer"?
"#,
    },
    Case {
        what: "a system number outside the plan's list",
        edits: &[("number = 19", "number = 0")],
        said: r#"
roster.toml:42:10: "number" is 0
    write a number from 1 to 9999
"#,
    },
    Case {
        what: "a post that nobody holds",
        edits: &[("holders = [\"mayor\"]", "holders = []")],
        said: r#"
roster.toml:28:11: warning: nobody holds the post "mayor"
    name who holds it; until then only its deputies are called
"#,
    },
];

#[test]
fn what_general_affairs_gets_wrong() {
    refused(CASES);
}
