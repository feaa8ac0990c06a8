//! The webhooks of `muster.toml`.
//!
//! Owns the check of one `[[webhook]]`. It must not connect to it.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::super::findings::Findings;
use super::super::noun::noun;
use super::super::secret::{self, Directories};
use super::super::table::{Table, Word};
use super::super::value::{id, positive};
use super::{Webhook, url};
use crate::channel::webhook::{LONGEST, TIMEOUT, is_secret};

/// How long a webhook is waited for.
fn patience(word: Word<'_>, findings: &mut Findings) -> Option<Duration> {
    let read = positive(word, findings)?;
    if read > LONGEST {
        findings
            .error(
                word.place,
                format!("「{}」は一度の送信には長すぎます", word.text),
                format!("\"{}\" is too long for one request", word.text),
            )
            .advise(
                "\"60s\" 以下を書いてください。受け取った側は、保存したらすぐ返事をします",
                "write \"60s\" at most; the receiver answers as soon as it has stored the message",
            );
        return None;
    }
    Some(read)
}

pub(super) fn webhook(
    table: Table<'_>,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> Webhook {
    let name = table.text("name").and_then(|word| id(word, findings));
    let url = table.text("url").and_then(|word| {
        let what = (noun("webhook の url ", "a webhook's url"), "/PATH");
        url::web(word, what, findings)
    });
    let timeout = table
        .text("timeout")
        .and_then(|word| patience(word, findings));
    let success = table.text("success");
    if let Some(word) = success
        && word.text.trim_matches(['*', ' ']).is_empty()
    {
        findings
            .error(
                word.place,
                "success に、見分けるための文字がありません",
                "success holds no text to tell an answer by",
            )
            .advise(
                "送り先が成功のときに返す文字（Slack なら ok）を書くか、この行を消してください",
                "write what the receiver answers on success (Slack: ok), or leave the line out",
            );
    }
    let mut secret = |key| {
        let word = table.text(key)?;
        Some((word, secret::read(word, directories, findings)?))
    };
    let (signed, bearer) = (secret("secret_file"), secret("token_file"));
    if let Some((word, secret)) = &signed
        && !is_secret(secret.expose_secret())
    {
        // Why now: the next start would refuse it.
        findings
            .error(
                word.place,
                format!("{} の中身が、whsec_ と base64 の署名の鍵ではありません", word.text),
                format!("{} does not hold a key to sign with: whsec_ and base64", word.text),
            )
            .advise(
                "`printf whsec_%s \"$(openssl rand -base64 32)\"` で出る 1 行を書き、同じものを送り先に渡してください",
                "write the line that `printf whsec_%s \"$(openssl rand -base64 32)\"` prints, and give the same to the receiver",
            );
    }
    Webhook {
        name: name.unwrap_or_default(),
        url: url.unwrap_or_default(),
        secret: signed.map(|(_, secret)| secret),
        bearer: bearer.map(|(_, token)| token),
        timeout: timeout.unwrap_or(TIMEOUT),
        proxy: table.truth("proxy"),
        success: success.map(|word| word.text.trim().to_owned()),
        internal: table.truth("internal"),
    }
}
