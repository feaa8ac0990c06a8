//! Turns a read `muster.toml` into plain values.
//!
//! Owns the checks of the operator's keys and their defaults. A value that
//! was refused is stood in for by one that is never used.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::super::findings::Findings;
use super::super::names::Names;
use super::super::noun::{meant, noun};
use super::super::secret::{self, Directories};
use super::super::table::{Table, Word};
use super::super::value::{address, choice, nearest, positive};
use super::{Email, Http, Login, Operator, Relay, StoreUrl, Tls, sign_in, token, url, webhook};
use crate::channel::email::DOT;
use crate::domain::text::{Language, Text};

/// The least and the longest that the answer to the end of a mail may be waited
/// for; RFC 5321 4.5.3.2.6 names ten minutes.
///
/// Why no less: a relay that looks into a mail takes its time, and what is not
/// waited for is sent again.
const SHORTEST_DOT: Duration = Duration::from_secs(30);
const LONGEST_DOT: Duration = Duration::from_secs(600);

/// How many connections a relay is given where nothing is said.
const CONNECTIONS: usize = 6;
/// What the extension of a reply address leaves for the address itself: 64
/// characters less `+r`, a number, `-` and a tag.
const REPLY_LOCAL_BYTES: usize = 22;

/// What of `muster.toml` belongs to the plan.
#[derive(Clone, Debug)]
pub(in crate::config) struct Setting {
    pub(in crate::config) time_zone: TimeZone,
    pub(in crate::config) language: Language,
}

/// Checks the whole file.
pub(in crate::config) fn check(
    file: Table<'_>,
    names: &Names,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> (Operator, Setting) {
    let zone = file
        .text("time_zone")
        .and_then(|word| time_zone(word, findings));
    let setting = Setting {
        time_zone: zone.unwrap_or(TimeZone::UTC),
        language: file
            .text("language")
            .and_then(|word| language(word, findings))
            .unwrap_or_default(),
    };
    let operator = Operator {
        http: http(file.table("http"), directories, findings),
        store: store(file.table("store"), directories, findings),
        email: email(file.table("email"), directories, findings),
        webhooks: file
            .tables("webhook")
            .into_iter()
            .map(|table| webhook::webhook(table, directories, findings))
            .collect(),
        tokens: token::tokens(&file.tables("token"), names, findings),
        sign_ins: sign_in::check(&file.tables("sign_in"), names, findings),
    };
    (operator, setting)
}

/// `ja` or `en`.
pub(in crate::config) fn language(word: Word<'_>, findings: &mut Findings) -> Option<Language> {
    let choices = Language::ALL.map(|language| (language.tag(), language));
    choice(word, noun("言語", "language"), &choices, findings)
}

fn time_zone(word: Word<'_>, findings: &mut Findings) -> Option<TimeZone> {
    let found = TimeZone::get(word.text).ok();
    if found.is_none() && !word.text.trim().is_empty() {
        let advice = match word.text {
            "JST" | "Japan/Tokyo" => meant("Asia/Tokyo"),
            text => match nearest(text, ["Asia/Tokyo"]) {
                Some(near) => meant(near),
                None => Text::new(
                    "\"Asia/Tokyo\" のように、タイムゾーンのデータベースの名前で書いてください",
                    "write a name of the time zone database such as \"Asia/Tokyo\"",
                ),
            },
        };
        findings
            .error(
                word.place,
                format!("「{}」というタイムゾーンはありません", word.text),
                format!("there is no time zone \"{}\"", word.text),
            )
            .advise_both(advice);
    }
    found
}

fn http(table: Option<Table<'_>>, directories: Directories<'_>, findings: &mut Findings) -> Http {
    let word = |key| table.and_then(|table| table.text(key));
    let listen = word("listen").and_then(|word| {
        let read = word.text.parse().ok();
        if read.is_none() {
            let advice = match word.text.strip_prefix("localhost") {
                Some(port) => Text::new(
                    format!("127.0.0.1{port} と書いてください"),
                    format!("write 127.0.0.1{port}"),
                ),
                None => Text::new(
                    "127.0.0.1:8080 や [::]:8080 のように、アドレスとポートを書いてください",
                    "write an address and a port such as 127.0.0.1:8080, or [::]:8080",
                ),
            };
            findings
                .error(
                    word.place,
                    format!(
                        "「{}」は待ち受けるアドレスとポートではありません",
                        word.text
                    ),
                    format!("\"{}\" is no address and port to listen on", word.text),
                )
                .advise_both(advice);
        }
        read
    });
    Http {
        listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        public_url: word("public_url")
            .and_then(|word| url::public(word, findings))
            .unwrap_or_default(),
        socket: word("socket").map(|word| directories.path(word)),
    }
}

fn store(
    table: Option<Table<'_>>,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> StoreUrl {
    let word = table.and_then(|table| table.text("url"));
    let path = word.and_then(|word| {
        let path = word.text.strip_prefix("sqlite:");
        let path = path.map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            Some(path) if !path.is_empty() && !path.contains('?') && path != ":memory:" => {
                Some(directories.config.join(path))
            }
            _ => {
                let (ja, en) = match word.text.starts_with("postgres") {
                    true => (
                        "このプログラムの保存先に使えるのは SQLite だけです",
                        "this build keeps its store in SQLite only",
                    ),
                    false => (
                        "保存先のアドレスではありません",
                        "this is no address of a store",
                    ),
                };
                findings.error(word.place, ja, en).advise(
                    "sqlite:/var/lib/muster/muster.db のように sqlite:PATH の形で書いてください",
                    "write sqlite:PATH, for example sqlite:/var/lib/muster/muster.db",
                );
                None
            }
        }
    });
    StoreUrl::Sqlite(path.unwrap_or_default())
}

fn email(table: Option<Table<'_>>, directories: Directories<'_>, findings: &mut Findings) -> Email {
    let word = |key| table.and_then(|table| table.text(key));
    let from = word("from")
        .and_then(|word| address(word, findings))
        .unwrap_or_default();
    let name = table.and_then(|table| table.words("name"));
    let drill_name = table.and_then(|table| table.words("drill_name"));
    if let (Some(table), true) = (table, drill_name.is_some() && name == drill_name) {
        findings
            .warn(
                table.place_of("drill_name"),
                "訓練の差出人名が実災害と同じです",
                "a drill is sent under the same name as the real thing",
            )
            .advise(
                "取り違えないよう、drill_name に「訓練」と入れてください",
                "say 訓練 in drill_name, so that nobody takes one for the other",
            );
    }
    let domain = from
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    let hello_name = word("hello_name")
        .map_or(domain, |word| word.text)
        .to_owned();
    let connections = table.and_then(|table| connections(table, findings));
    let connections = connections.unwrap_or(CONNECTIONS);
    let relays = table.map(|table| table.tables("relay")).unwrap_or_default();
    let replies = table.is_some_and(|table| table.truth("replies"));
    let local = from.rsplit_once('@').map_or("", |(local, _)| local);
    if let (true, Some(table)) = (replies && local.len() > REPLY_LOCAL_BYTES, table) {
        findings
            .error(
                table.place_of("replies"),
                format!("差出人のアドレスの @ より前が長く、返信の宛先を作れません（{REPLY_LOCAL_BYTES} 文字まで）"),
                format!("what stands before the @ of from leaves no room for a reply address (at most {REPLY_LOCAL_BYTES} characters)"),
            )
            .advise(
                "from を短いアドレスにするか、replies を消してください",
                "write a shorter address in from, or leave replies out",
            );
    }
    let canary = word("canary").and_then(|word| address(word, findings));
    let timeout = word("timeout").and_then(|word| timeout(word, findings));
    Email {
        hello_name,
        replies,
        canary,
        timeout: timeout.unwrap_or(DOT),
        from,
        name,
        drill_name,
        relays: relays
            .into_iter()
            .filter_map(|table| relay(table, connections, directories, findings))
            .collect(),
    }
}

/// How long the answer to the end of a mail is waited for.
fn timeout(word: Word<'_>, findings: &mut Findings) -> Option<Duration> {
    let read = positive(word, findings)?;
    if (SHORTEST_DOT..=LONGEST_DOT).contains(&read) {
        return Some(read);
    }
    findings
        .error(
            word.place,
            format!(
                "「{}」は、メールの受け取りの返事を待つ時間として短すぎるか長すぎます",
                word.text
            ),
            format!(
                "\"{}\" is too short or too long to wait for the answer to a mail",
                word.text
            ),
        )
        .advise(
            "\"30s\" から \"10m\" までを書いてください。書かなければ 2 分です",
            "write between \"30s\" and \"10m\"; two minutes where nothing is said",
        );
    None
}

fn connections(table: Table<'_>, findings: &mut Findings) -> Option<usize> {
    let number: Option<u16> = table.number_within("connections", 1..=64, findings);
    number.map(usize::from)
}

/// One relay; `usual` is how many connections it is given where it says
/// nothing of its own.
fn relay(
    table: Table<'_>,
    usual: usize,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> Option<Relay> {
    let url = table
        .text("url")
        .and_then(|word| url::relay(word, findings));
    let tls = tls(table, url.as_ref(), findings);
    let login = login(table, directories, findings);
    let extra_roots = table
        .text("ca_file")
        .map(|word| authorities(word, tls, directories, findings));
    let connections = connections(table, findings).unwrap_or(usual);
    let rate = table.number_within("rate", 1..=10_000, findings);
    let url = url?;
    if login.is_some() && tls == Tls::None && !url.loopback {
        findings
            .error(
                table.place_of("login"),
                "このままでは一通も届きません。パスワードは、暗号化されない接続では送られません",
                "no mail would leave: a password is not sent over a plain connection",
            )
            .advise(
                "tls = \"required\" と書いてください",
                "write tls = \"required\"",
            );
    }
    Some(Relay {
        host: url.host,
        port: url.port,
        tls,
        login,
        extra_roots,
        connections,
        rate,
    })
}

/// The file of the authorities that a relay's certificate may come from.
fn authorities(
    word: Word<'_>,
    tls: Tls,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> PathBuf {
    let path = directories.path(word);
    let shown = path.display();
    // Why now: the next start would refuse it, perhaps in the night when it
    // is needed.
    if let Err(why) = crate::channel::authorities(&path) {
        findings
            .error(
                word.place,
                format!("{shown} の証明書を使えません（{why}）"),
                format!("the certificates of {shown} cannot be used: {why}"),
            )
            .advise(
                "PEM 形式の証明書のファイルを書くか、この行を消してください",
                "name a file of certificates in PEM, or leave the line out",
            );
    } else if tls == Tls::None {
        findings
            .warn(
                word.place,
                "tls が \"none\" のため、ca_file は使われません",
                "ca_file does nothing where tls is \"none\"",
            )
            .advise(
                "tls = \"required\" と書くか、ca_file を消してください",
                "write tls = \"required\", or leave ca_file out",
            );
    }
    path
}

fn tls(table: Table<'_>, url: Option<&url::RelayUrl>, findings: &mut Findings) -> Tls {
    let choices = [
        ("none", Tls::None),
        ("opportunistic", Tls::Opportunistic),
        ("required", Tls::Required),
    ];
    let said = table.text("tls").map(|word| {
        (
            word,
            choice(word, noun("TLS の方式", "way of TLS"), &choices, findings),
        )
    });
    match (said, url) {
        (Some((word, _)), Some(url)) if url.implicit_tls => {
            findings
                .error(
                    word.place,
                    "smtps の中継サーバーは最初から TLS で通信するため、tls は要りません",
                    "an smtps relay speaks TLS from the first byte",
                )
                .advise(
                    "tls を消すか、URL を smtp:// で書いてください",
                    "leave tls out, or write the URL with smtp://",
                );
            Tls::Implicit
        }
        (Some((_, read)), _) => read.unwrap_or(Tls::Required),
        (None, Some(url)) if url.implicit_tls => Tls::Implicit,
        (None, Some(url)) if url.loopback => Tls::Opportunistic,
        (None, _) => Tls::Required,
    }
}

fn login(table: Table<'_>, directories: Directories<'_>, findings: &mut Findings) -> Option<Login> {
    let name = table.text("login");
    let file = table.text("password_file");
    let password = file.and_then(|word| secret::read(word, directories, findings));
    match (name, file) {
        (Some(name), None) => {
            findings
                .error(
                    name.place,
                    "login があるのにパスワードがありません",
                    "a login without a password",
                )
                .advise(
                    "password_file = \"…\" も書いてください",
                    "write password_file = \"…\" beside it",
                );
        }
        (None, Some(file)) => {
            findings
                .error(
                    file.place,
                    "パスワードがあるのに login がありません",
                    "a password without a login",
                )
                .advise(
                    "login = \"…\" も書いてください",
                    "write login = \"…\" beside it",
                );
        }
        _ => {}
    }
    Some(Login {
        name: name?.text.to_owned(),
        password: password?,
    })
}
