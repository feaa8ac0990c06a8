//! muster.toml: what the operator gets wrong, and what is said about it.

use super::small::{Case, refused};

const CASES: &[Case] = &[
    Case {
        what: "an unknown key",
        edits: &[("listen =", "lisen =")],
        said: r#"
muster.toml:5:1: [http] knows no key "lisen"
    did you mean "listen"?
"#,
    },
    Case {
        what: "several unknown keys in one file",
        edits: &[
            ("language", "langauge"),
            ("[store]", "[stroe]"),
            ("scopes", "color = 1\nscopes"),
        ],
        said: r#"
muster.toml:2:1: the file knows no key "langauge"
    did you mean "language"?
muster.toml:8:2: the file knows no key "stroe"
    did you mean "store"?
muster.toml:20:1: [[token]] knows no key "color"
    the keys here are name, sha256, scopes, person
"#,
    },
    Case {
        what: "a missing key",
        edits: &[("from = \"muster@example.jp\"\n", "")],
        said: r#"
muster.toml:11:1: [email] has no "from"
    write from = "…"
"#,
    },
    Case {
        what: "a value of another form",
        edits: &[("listen = \"127.0.0.1:0\"", "listen = 8080")],
        said: r#"
muster.toml:5:10: "listen" must be a text in quotation marks, not a whole number
    write listen = "…"
"#,
    },
    Case {
        what: "a time zone that is not there",
        edits: &[("Asia/Tokyo", "Asia/Tokio")],
        said: r#"
muster.toml:1:13: there is no time zone "Asia/Tokio"
    did you mean "Asia/Tokyo"?
"#,
    },
    Case {
        what: "a language that nobody reads",
        edits: &[("language = \"ja\"", "language = \"jp\"")],
        said: r#"
muster.toml:2:12: "jp" is no language
    did you mean "ja"?
"#,
    },
    Case {
        what: "a name to listen on",
        edits: &[("127.0.0.1:0", "localhost:8080")],
        said: r#"
muster.toml:5:10: "localhost:8080" is no address and port to listen on
    write 127.0.0.1:8080
"#,
    },
    Case {
        what: "a public URL without its scheme",
        edits: &[("http://127.0.0.1:8080", "muster.example.jp")],
        said: r#"
muster.toml:6:14: public_url begins with http:// or https:// and a host
    write https://HOST, or https://HOST:PORT
"#,
    },
    Case {
        what: "a public URL with a path, where no page is",
        edits: &[("http://127.0.0.1:8080", "https://www.example.jp/muster/")],
        said: r#"
muster.toml:6:14: public_url holds a path, and every page and answer link is at the top of its host
    write https://HOST alone, with a host name of its own for muster, such as https://muster.example.jp
"#,
    },
    Case {
        what: "a store that this build cannot keep, with its password cut off",
        edits: &[("sqlite:muster.db", "postgres://muster:hunter2@db/muster")],
        said: r#"
muster.toml:9:7: this build keeps its store in SQLite only
    write sqlite:PATH, for example sqlite:/var/lib/muster/muster.db
"#,
    },
    Case {
        what: "a relay without its scheme",
        edits: &[("smtp://127.0.0.1:2525", "mail.example.jp:25")],
        said: r#"
muster.toml:15:7: this is no address of a mail relay
    write smtp://HOST:PORT, or smtps://HOST:PORT where TLS comes first
"#,
    },
    Case {
        what: "a relay's password in its URL",
        edits: &[(
            "smtp://127.0.0.1:2525",
            "smtp://muster:hunter2@mail.example.jp",
        )],
        said: r#"
muster.toml:15:7: a login does not stand in the URL
    write login = "…" and password_file = "…" on lines of their own
"#,
    },
    Case {
        what: "TLS said twice",
        edits: &[(
            "\"smtp://127.0.0.1:2525\"",
            "\"smtps://127.0.0.1:465\"\ntls = \"require\"",
        )],
        said: r#"
muster.toml:16:7: "require" is no way of TLS
    did you mean "required"?
muster.toml:16:7: an smtps relay speaks TLS from the first byte
    leave tls out, or write the URL with smtp://
"#,
    },
    Case {
        what: "a login without a password",
        edits: &[(
            "\"smtp://127.0.0.1:2525\"",
            "\"smtp://127.0.0.1:2525\"\nlogin = \"muster\"",
        )],
        said: r#"
muster.toml:16:9: a login without a password
    write password_file = "…" beside it
"#,
    },
    Case {
        what: "a password in the file",
        edits: &[(
            "\"smtp://127.0.0.1:2525\"",
            "\"smtp://127.0.0.1:2525\"\npassword = \"hunter2\"",
        )],
        said: r#"
muster.toml:16:1: [[email.relay]] knows no key "password"
    the keys here are url, tls, login, password_file, ca_file, connections, rate
"#,
    },
    Case {
        what: "a relay without a connection and without a mail",
        edits: &[(
            "\"smtp://127.0.0.1:2525\"",
            "\"smtp://127.0.0.1:2525\"\nconnections = 0\nrate = 0",
        )],
        said: r#"
muster.toml:16:15: "connections" is 0
    write a number from 1 to 64
muster.toml:17:8: "rate" is 0
    write a number from 1 to 10000
"#,
    },
    Case {
        what: "a digest that is too short",
        edits: &[("f00a08\"", "f00a0\"")],
        said: r#"
muster.toml:19:10: this is no SHA-256: it has 63 characters, or others than 0-9 and a-f
    write the 64 characters that `printf %s TOKEN | sha256sum` prints
"#,
    },
    Case {
        what: "the digest of an empty text, as sha256sum prints it where the token was not set",
        edits: &[(
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        )],
        said: r#"
muster.toml:19:10: this is the SHA-256 of nothing: the token was empty when it was made
    write a token first, then the 64 characters that `printf %s TOKEN | sha256sum` prints
"#,
    },
    Case {
        what: "one token under one name twice",
        edits: &[(
            "[[token]]",
            "[[token]]\nname = \"duty\"\nsha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\nscopes = [\"admin\"]\n\n[[token]]",
        )],
        said: r#"
muster.toml:23:8: token "duty" is already on line 18
    give one of them another name, or take one out
muster.toml:24:10: this is also the token of "duty"
    give each its own token
"#,
    },
    Case {
        what: "a scope that is not there",
        edits: &[("\"read\"]", "\"raed\"]")],
        said: r#"
muster.toml:20:22: "raed" is no scope
    did you mean "read"?
"#,
    },
    Case {
        what: "a token for nothing",
        edits: &[("[\"trigger\", \"read\"]", "[]")],
        said: r#"
muster.toml:20:10: a token without a scope opens nothing
    name some of trigger, drill, read, acknowledge, command, approve, admin, mail
"#,
    },
    Case {
        what: "a line that is not TOML",
        edits: &[("[store]", "[store")],
        said: r#"
muster.toml:8:7: this is not TOML: unclosed table, expected `]`
    see https://toml.io for how a line is written; texts stand in "quotation marks"
"#,
    },
    Case {
        what: "problems in all three files, one of which is not TOML",
        edits: &[
            ("language =", "langauge ="),
            ("kind = \"maintainer\"", "kind = maintainer"),
            (
                "when = { earthquake = { from = \"5+\"",
                "when = { earthquake = { from = \"5\"",
            ),
            ("after = \"10m\"", "after = \"ten\""),
        ],
        said: r#"
muster.toml:2:1: the file knows no key "langauge"
    did you mean "language"?
roster.toml:38:8: this is not TOML: string values must be quoted, expected literal string
    see https://toml.io for how a line is written; texts stand in "quotation marks"
rules.toml:13:32: "5" is no seismic intensity
    write "5-" (5弱) or "5+" (5強)
rules.toml:42:9: "ten" is no duration
    write hours, minutes and seconds such as "1h30m", "10m" or "90s"
"#,
    },
];

#[test]
fn what_the_operator_gets_wrong() {
    refused(CASES);
}
