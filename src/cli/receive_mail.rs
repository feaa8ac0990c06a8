//! `muster receive-mail`: hands one mail from standard input to the daemon.
//!
//! Owns how much of it is read, and what the mail system is told: 0 where the
//! mail is done with, 75 (EX_TEMPFAIL) where it is to be kept and handed in
//! again. Invariant: never anything else, for a mail system that is told that
//! a mail failed for good writes a report of it, and loses the mail.

use std::io::Read;

use super::arguments::{Global, ReceiveMail};
use super::client::Client;
use super::failure::Failure;
use super::output::{self, both};
use crate::http::mail::LARGEST;

/// The mail system keeps the mail and comes again.
pub(super) const KEEP: u8 = 75;

/// `muster receive-mail`
pub(super) async fn receive_mail(global: &Global, mail: &ReceiveMail) -> Result<(), Failure> {
    hand_in(global, mail).await.map_err(kept)
}

/// Whatever the reason is, the mail is kept (see [`is_meant`]).
fn kept(failure: Failure) -> Failure {
    failure.and(
        "。メールは配送系に残り、後でもう一度渡されます",
        "; the mail system keeps the mail and hands it in again",
    )
}

/// Whether a command line means this command, however wrong the rest is.
pub(super) fn is_meant(line: &[std::ffi::OsString]) -> bool {
    line.iter().skip(1).any(|word| word == "receive-mail")
}

async fn hand_in(global: &Global, mail: &ReceiveMail) -> Result<(), Failure> {
    let (head, all) = read(std::io::stdin().lock()).map_err(|error| {
        Failure::failed(
            format!("標準入力からメールを読めません（{error}）"),
            format!("the mail cannot be read from standard input: {error}"),
        )
    })?;
    let client = Client::new(global)?;
    let cut = all > head.len() as u64;
    let taken = client.mail(mail.recipient.as_deref(), head).await?;
    if global.json {
        output::json(&taken);
        return Ok(());
    }
    if cut {
        output::complain(&both(
            &format!("メールは {all} バイトあり、先頭の {LARGEST} バイトだけを見ました"),
            &format!("the mail has {all} bytes; only the first {LARGEST} were looked at"),
        ));
    }
    let word = |name: &str| taken[name].as_str().unwrap_or_default().to_owned();
    output::complain(&both(&word("why_ja"), &word("why")));
    Ok(())
}

/// The head of what is read, and how long it was. The rest is read to its end
/// and dropped: a mail system that is not read from thinks that we failed.
fn read(mut from: impl Read) -> std::io::Result<(Vec<u8>, u64)> {
    let mut head = Vec::new();
    from.by_ref().take(LARGEST as u64).read_to_end(&mut head)?;
    let rest = std::io::copy(&mut from, &mut std::io::sink())?;
    let all = head.len() as u64 + rest;
    Ok((head, all))
}
