//! The addresses of `muster.toml`: relays, webhooks, the public one.
//!
//! Owns the forms that a URL may have. It must not connect to anything.

use std::net::IpAddr;

use reqwest::Url;

use super::super::findings::Findings;
use super::super::noun::{Noun, noun};
use super::super::table::Word;

/// The parts of a relay's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RelayUrl {
    pub(super) host: String,
    pub(super) port: u16,
    /// True for `smtps`.
    pub(super) implicit_tls: bool,
    /// True if it is this machine.
    pub(super) loopback: bool,
}

/// `smtp://HOST:PORT` or `smtps://HOST:PORT`.
pub(super) fn relay(word: Word<'_>, findings: &mut Findings) -> Option<RelayUrl> {
    let url = Url::parse(word.text).ok();
    let (url, implicit_tls) = match url {
        Some(url) if url.scheme() == "smtp" => (url, false),
        Some(url) if url.scheme() == "smtps" => (url, true),
        _ => {
            findings
                .error(
                    word.place,
                    "メールの中継サーバーのアドレスではありません",
                    "this is no address of a mail relay",
                )
                .advise(
                    "smtp://HOST:PORT、最初から TLS なら smtps://HOST:PORT と書いてください",
                    "write smtp://HOST:PORT, or smtps://HOST:PORT where TLS comes first",
                );
            return None;
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        findings
            .error(
                word.place,
                "URL にログイン名やパスワードは書けません",
                "a login does not stand in the URL",
            )
            .advise(
                "login = \"…\" と password_file = \"…\" を別の行に書いてください",
                "write login = \"…\" and password_file = \"…\" on lines of their own",
            );
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    let bare = url.path().is_empty() || url.path() == "/";
    if host.is_empty() || !bare || url.query().is_some() || url.fragment().is_some() {
        findings
            .error(
                word.place,
                "中継サーバーの URL には、ホストとポートだけを書けます",
                "a relay's URL holds a host and a port, and nothing else",
            )
            .advise(
                "smtp://HOST:PORT と書いてください",
                "write smtp://HOST:PORT",
            );
        return None;
    }
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    Some(RelayUrl {
        port: url.port().unwrap_or(if implicit_tls { 465 } else { 25 }),
        implicit_tls,
        loopback: is_loopback(&host),
        host,
    })
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A URL of the web, as it was written; `form` is what may stand behind its
/// host.
pub(super) fn web(
    word: Word<'_>,
    (what, form): (Noun, &str),
    findings: &mut Findings,
) -> Option<String> {
    let url = Url::parse(word.text).ok();
    let url =
        url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    let Some(url) = url else {
        findings
            .error(
                word.place,
                format!("{}は http:// か https:// とホストで始まります", what.ja),
                format!("{} begins with http:// or https:// and a host", what.en),
            )
            .advise(
                format!("https://HOST か https://HOST{form} と書いてください"),
                format!("write https://HOST, or https://HOST{form}"),
            );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        findings
            .error(
                word.place,
                "URL にログイン名やパスワードは書けません",
                "a login does not stand in the URL",
            )
            .advise(
                "@ より前を消してください。webhook には token_file があります",
                "leave out what stands before the @; a webhook has token_file",
            );
        return None;
    }
    Some(word.text.to_owned())
}

/// What stands before `/a/…` in answer links.
pub(super) fn public(word: Word<'_>, findings: &mut Findings) -> Option<String> {
    let what = (noun("public_url ", "public_url"), ":PORT");
    let url = web(word, what, findings)?;
    if url.contains(['?', '#']) {
        findings
            .error(word.place, "public_url に ? と # は使えません", "public_url holds no ? and no #")
            .advise("https://HOST か https://HOST:PORT と書いてください。この後ろに回答リンクが付きます", "write https://HOST or https://HOST:PORT: answer links are put behind it");
        return None;
    }
    let url = url.trim_end_matches('/');
    // Why: the pages lead on to others from the top of their host.
    if Url::parse(url).is_ok_and(|url| url.path() != "/") {
        findings
            .error(
                word.place,
                "public_url にパスがありますが、画面も回答リンクもホストの直下にあります",
                "public_url holds a path, and every page and answer link is at the top of its host",
            )
            .advise(
                "https://muster.example.jp のように、muster だけのホスト名で https://HOST とだけ書いてください",
                "write https://HOST alone, with a host name of its own for muster, such as https://muster.example.jp",
            );
        return None;
    }
    if is_open(url) {
        findings
            .warn(
                word.place,
                "public_url が http:// のため、リンク、回答、サインインが暗号化されずに流れます",
                "public_url is http://: links, answers and sign-ins go over the network unencrypted",
            )
            .advise(
                "リバースプロキシに証明書を置き、https://HOST と書いてください",
                "give the reverse proxy a certificate, and write https://HOST",
            );
    }
    Some(url.to_owned())
}

/// Whether it leads over a network without encryption.
fn is_open(url: &str) -> bool {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http");
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| !is_loopback(host.trim_matches(['[', ']'])))
}
