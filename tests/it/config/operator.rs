//! What the operator sets: defaults, overrides, and secrets that stay secret.

use std::path::Path;
use std::time::Duration;

use muster::config::{self, Scope, Sources, StoreUrl, Tls};
use muster::domain::text::Language;
use secrecy::ExposeSecret as _;

use crate::support::certificate::Certificate;

use super::small::{lines, said, sources, spoiled};

fn set(overrides: &[(&str, &str)]) -> Result<config::Checked, config::Problems> {
    let owned: Vec<_> = overrides
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    config::check(&sources(), &owned)
}

#[test]
fn the_smallest_file_has_a_default_for_everything_else() {
    let checked = config::check(&sources(), &[]).unwrap();
    let operator = checked.operator;
    assert_eq!(operator.http.listen.to_string(), "127.0.0.1:0");
    assert_eq!(operator.http.public_url, "http://127.0.0.1:8080");
    assert_eq!(operator.http.socket, None);
    assert_eq!(
        operator.store,
        StoreUrl::Sqlite("/etc/muster/muster.db".into())
    );
    assert_eq!(operator.email.from, "muster@example.jp");
    assert_eq!(operator.email.hello_name, "example.jp");
    let relay = &operator.email.relays[0];
    assert_eq!((relay.connections, relay.rate), (6, None));
    assert_eq!((relay.host.as_str(), relay.port), ("127.0.0.1", 2525));
    assert!(relay.login.is_none() && relay.extra_roots.is_none());
    assert!(operator.webhooks.is_empty());
    let token = &operator.tokens[0];
    assert_eq!(
        (token.name.as_str(), token.sha256[0], token.sha256[31]),
        ("duty", 0x9f, 0x08)
    );
    assert_eq!(token.scopes, [Scope::Trigger, Scope::Read]);
    assert_eq!(checked.plan.time_zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(checked.plan.language, Language::Ja);
    assert_eq!(checked.plan.doubt, Duration::from_secs(5));
}

/// What people open by a link in a mail goes over lines of others: a name that is
/// not this machine's is warned of where nothing encrypts it.
#[test]
fn links_without_encryption_are_warned_of_unless_they_stay_on_this_machine() {
    for (url, warned) in [
        ("http://127.0.0.1:8080", false),
        ("http://localhost", false),
        ("http://[::1]:8080", false),
        ("https://muster.example.jp", false),
        ("http://muster.example.jp", true),
        ("http://192.0.2.7:8080", true),
        ("http://[2001:db8::7]", true),
    ] {
        let said = said(&spoiled(&[("http://127.0.0.1:8080", url)]));
        let listing = lines(&said);
        let words =
            "public_url is http://: links, answers and sign-ins go over the network unencrypted";
        assert_eq!(listing.contains(words), warned, "{url}: {listing}");
        assert!(!said.has_errors(), "{url}: {listing}");
    }
}

#[test]
fn a_relay_is_encrypted_unless_it_is_on_this_machine() {
    let cases = [
        ("smtp://127.0.0.1:25", ("127.0.0.1", 25, Tls::Opportunistic)),
        ("smtp://[::1]", ("::1", 25, Tls::Opportunistic)),
        ("smtp://localhost", ("localhost", 25, Tls::Opportunistic)),
        (
            "smtp://mail.example.jp:587",
            ("mail.example.jp", 587, Tls::Required),
        ),
        (
            "smtps://mail.example.jp",
            ("mail.example.jp", 465, Tls::Implicit),
        ),
    ];
    for (url, expected) in cases {
        let operator = set(&[("email.relay.0.url", url)]).unwrap().operator;
        let relay = &operator.email.relays[0];
        assert_eq!(
            (relay.host.as_str(), relay.port, relay.tls),
            expected,
            "{url}"
        );
    }
}

#[test]
fn an_override_is_put_over_the_file() {
    let checked = set(&[
        ("http.listen", "[::1]:9"),
        ("http.public_url", "https://call.example.jp/"),
        ("language", "en"),
        ("email.connections", "2"),
        ("email.relay.1.url", "smtp://relay-2.example.jp:25"),
        ("email.relay.1.tls", "none"),
        ("email.relay.1.connections", "4"),
        ("email.relay.1.rate", "10"),
        ("store.url", "sqlite:/tmp/a b.db"),
        ("token.0.scopes", "[\"admin\"]"),
        ("webhook.0.name", "voice"),
        ("webhook.0.url", "http://127.0.0.1:1/"),
        ("webhook.0.timeout", "2s"),
    ])
    .unwrap();
    let operator = checked.operator;
    assert_eq!(operator.http.listen.to_string(), "[::1]:9");
    assert_eq!(operator.http.public_url, "https://call.example.jp");
    assert_eq!(checked.plan.language, Language::En);
    let limits = |at: usize| {
        let relay = &operator.email.relays[at];
        (relay.connections, relay.rate)
    };
    assert_eq!([limits(0), limits(1)], [(2, None), (4, Some(10))]);
    assert_eq!(operator.email.relays[1].tls, Tls::None);
    assert_eq!(operator.store, StoreUrl::Sqlite("/tmp/a b.db".into()));
    assert_eq!(operator.tokens[0].scopes, [Scope::Admin]);
    assert_eq!(operator.webhooks[0].timeout, Duration::from_secs(2));
}

/// Row 40: a relay that looks into each mail is waited for as long as its operator
/// says, within what mail systems wait.
#[test]
fn how_long_a_relay_may_take_is_the_operators_word() {
    let email = |timeout| set(&[("email.timeout", timeout)]);
    assert_eq!(set(&[]).unwrap().operator.email.timeout.as_secs(), 120);
    for (text, seconds) in [("30s", 30), ("10m", 600)] {
        let timeout = email(text).unwrap().operator.email.timeout;
        assert_eq!(timeout.as_secs(), seconds);
    }
    for text in ["29s", "601s"] {
        let words = email(text).unwrap_err().to_string();
        assert!(words.contains("is too short or too long"), "{words}");
    }
}

/// Row 57: a gateway that hangs holds a message for 15 seconds where nothing is
/// said, and for a minute at most.
#[test]
fn a_webhook_is_waited_for_no_longer_than_a_minute() {
    let named = [
        ("webhook.0.name", "voice"),
        ("webhook.0.url", "http://127.0.0.1:1/"),
    ];
    let usual = set(&named).unwrap().operator.webhooks[0].timeout;
    assert_eq!(usual, Duration::from_secs(15));
    let webhook = |timeout| set(&[&named[..], &[("webhook.0.timeout", timeout)]].concat());
    let longest = webhook("60s").unwrap().operator.webhooks[0].timeout;
    assert_eq!(longest, Duration::from_secs(60));
    let words = webhook("61s").unwrap_err().to_string();
    assert!(
        words.contains("\"61s\" is too long for one request"),
        "{words}"
    );
}

#[test]
fn a_wrong_override_is_shown_as_it_was_typed() {
    let problems = set(&[
        ("http.lisen", "127.0.0.1:0"),
        ("http.listen", "here"),
        ("email.relay.7.url", "smtp://127.0.0.1"),
        ("token.0.scopes", "[\"read\", \"raed\"]"),
        ("", "x"),
    ])
    .unwrap_err();
    assert_eq!(
        lines(&problems),
        "\
--set:1:1: [http] knows no key \"lisen\"
    did you mean \"listen\"?
--set:1:13: \"here\" is no address and port to listen on
    write an address and a port such as 127.0.0.1:8080, or [::]:8080
--set:1:1: nothing can be set at \"7\"
    name a table by its key, and one of a list by its number from 0: email.relay.0.url
--set:1:25: \"raed\" is no scope
    did you mean \"read\"?
--set:1:1: \"\" is no key
    write --set KEY=VALUE, for example --set http.listen=127.0.0.1:0
"
    );
}

/// The town with a login, a webhook and their secrets in a directory.
fn with_secrets(dir: &Path) -> std::io::Result<Sources> {
    std::fs::write(dir.join("relay-password"), "hunter2-relay\n")?;
    std::fs::write(dir.join("hook-secret"), "whsec_aHVudGVyMi1ob29r")?;
    std::fs::create_dir(dir.join("credentials"))?;
    std::fs::write(dir.join("credentials/hook-token"), "hunter2-token\r\n")?;
    for file in ["relay-password", "hook-secret", "credentials/hook-token"] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(dir.join(file), std::fs::Permissions::from_mode(0o600))?;
    }
    let mut sources = spoiled(&[(
        "url = \"smtp://127.0.0.1:2525\"\n",
        "url = \"smtp://127.0.0.1:2525\"\nlogin = \"muster\"\npassword_file = \"relay-password\"\n
[[webhook]]
name = \"voice\"
url = \"https://gateway.example.jp/hunter2-url\"
secret_file = \"hook-secret\"
token_file = \"credential:hook-token\"
",
    )]);
    sources.dir = dir.to_owned();
    sources.credentials = Some(dir.join("credentials"));
    Ok(sources)
}

/// A login over a line that anybody can read is never sent: nothing would leave.
#[test]
fn a_login_without_encryption_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources = with_secrets(dir.path()).unwrap();
    let login = "login = \"muster\"";
    let plain = format!("tls = \"none\"\n{login}");
    sources.muster.text = sources.muster.text.replacen(login, &plain, 1);
    for (host, refused) in [("127.0.0.1", false), ("192.0.2.7", true)] {
        let mut sources = sources.clone();
        sources.muster.text =
            sources
                .muster
                .text
                .replacen("127.0.0.1:2525", &format!("{host}:2525"), 1);
        let listing = lines(&said(&sources));
        let words = "no mail would leave: a password is not sent over a plain connection";
        assert_eq!(listing.contains(words), refused, "{host}: {listing}");
        assert_eq!(config::check(&sources, &[]).is_err(), refused, "{host}");
    }
}

#[test]
fn secrets_are_read_from_files_and_printed_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let sources = with_secrets(dir.path()).unwrap();
    let checked = config::check(&sources, &[]).unwrap();
    let operator = &checked.operator;
    let login = operator.email.relays[0].login.as_ref().unwrap();
    assert_eq!(
        (login.name.as_str(), login.password.expose_secret()),
        ("muster", "hunter2-relay")
    );
    let webhook = &operator.webhooks[0];
    assert_eq!(
        webhook.secret.as_ref().unwrap().expose_secret(),
        "whsec_aHVudGVyMi1ob29r"
    );
    assert_eq!(
        webhook.bearer.as_ref().unwrap().expose_secret(),
        "hunter2-token"
    );
    assert_eq!(checked.warnings, []);
    let printed = format!("{checked:?} {sources:?}");
    for secret in ["hunter2", "aHVudGVyMi1ob29r"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// What the next start would refuse is refused when it is written: nobody
/// finds out in the night in which the machine starts again.
#[test]
fn what_no_start_takes_is_no_secret_and_no_authority() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources = with_secrets(dir.path()).unwrap();
    for secret in ["hunter2-hook", "whsec_", "whsec_hunter2***"] {
        std::fs::write(dir.path().join("hook-secret"), secret).unwrap();
        let listing = said(&sources).to_string();
        for part in [
            "muster.toml:",
            "hook-secret",
            "whsec_ and base64",
            "1 error",
        ] {
            assert!(listing.contains(part), "{part} is not in\n{listing}");
        }
        assert!(!listing.contains("hunter2"), "{listing}");
    }
    std::fs::write(dir.path().join("hook-secret"), "whsec_aHVudGVyMi1ob29r").unwrap();
    assert!(!said(&sources).has_errors());
    let relay = "url = \"smtp://127.0.0.1:2525\"\n";
    sources.muster.text = sources.muster.text.replace(
        relay,
        &format!("{relay}tls = \"required\"\nca_file = \"town-ca.pem\"\n"),
    );
    for nothing in [
        "",
        "not a certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(dir.path().join("town-ca.pem"), nothing).unwrap();
        let listing = said(&sources).to_string();
        for part in ["town-ca.pem", "1 error", "PEM"] {
            assert!(listing.contains(part), "{part} is not in\n{listing}");
        }
    }
    let good = Certificate::good();
    std::fs::copy(good.roots(), dir.path().join("town-ca.pem")).unwrap();
    assert!(!said(&sources).has_errors(), "{}", said(&sources));
    sources.muster.text = sources
        .muster
        .text
        .replace("tls = \"required\"", "tls = \"none\"");
    let listing = said(&sources).to_string();
    assert!(
        listing.contains("ca_file does nothing where tls is \"none\""),
        "{listing}"
    );
}

#[test]
fn a_secret_that_is_not_there_is_named_by_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources = with_secrets(dir.path()).unwrap();
    std::fs::remove_file(dir.path().join("relay-password")).unwrap();
    std::fs::write(dir.path().join("hook-secret"), "two\nhunter2 lines\n").unwrap();
    sources.credentials = None;
    let listing = said(&sources).to_string();
    for part in [
        "relay-password: No such file or directory",
        "hook-secret does not hold one line with a secret",
        "there are no credentials here to read \"hook-token\" from",
        "3 errors",
    ] {
        assert!(listing.contains(part), "{part} is not in\n{listing}");
    }
    assert!(!listing.contains("hunter2"), "{listing}");
}

#[test]
fn a_secret_that_everybody_may_read_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let sources = with_secrets(dir.path()).unwrap();
    let file = dir.path().join("relay-password");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(
        said(&sources)
            .to_string()
            .contains("relay-password can be read by every user of this machine")
    );
}

#[test]
fn a_secret_written_into_the_file_is_not_repeated() {
    for wrong in [
        "url = \"smtp://127.0.0.1:2525\"\npassword = \"hunter2\"",
        "url = \"smtp://127.0.0.1:2525\"\n\"login.password\" = hunter2",
        "url = \"smtp://muster:hunter2@127.0.0.1:2525\"",
        "url = \"smtp://127.0.0.1:2525\"\nsecret = 'hunter2'",
    ] {
        let problems = said(&spoiled(&[("url = \"smtp://127.0.0.1:2525\"", wrong)]));
        assert!(problems.has_errors(), "{wrong}");
        let shown = format!("{problems}\n{problems:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
