//! Mail that came back, handed in by the town's mail system.
//!
//! Owns the shape of the call and what is said of each mail. What it means is
//! the engine's. Invariant: a mail that was taken, or means nothing, is
//! answered with 200, so that no mail system sends a report of it.

use axum::Json as Reply;
use axum::body::Bytes;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::{May, needs};
use super::body::whole;
use super::problem::Problem;
use crate::domain::text::Text;
use crate::engine::{Heard, Incoming};
pub use crate::feed::mail::LARGEST;

/// To whom it was delivered.
#[derive(Debug, Deserialize)]
pub(super) struct Delivered {
    recipient: Option<String>,
}

/// One mail, or its head.
#[derive(Debug)]
pub(super) struct Octets(Bytes);

impl<S: Send + Sync> FromRequest<S> for Octets {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("message/rfc822") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!(
                    "本文の種類 {essence:?} は受け付けられません。メールそのものを Content-Type: message/rfc822 で送ってください"
                ),
                format!(
                    "the body's kind is {essence:?}; send the mail itself as Content-Type: message/rfc822"
                ),
            ));
        }
        match whole(request).await {
            Ok(octets) => Ok(Self(octets)),
            Err(_) => Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("メールが大きすぎます。先頭の {LARGEST} バイトだけを送ってください"),
                format!("the mail is too large; send its first {LARGEST} bytes"),
            )),
        }
    }
}

/// `POST /api/v1/mail`
pub(super) async fn receive(
    State(app): State<App>,
    May(_, _): May<needs::Mail>,
    Query(delivered): Query<Delivered>,
    Octets(octets): Octets,
) -> Result<Reply<Value>, Problem> {
    // Why: a plus that nobody encoded is read as a blank, and no address that
    // is ours has one.
    let recipient = delivered
        .recipient
        .map(|address| address.trim().replace(' ', "+"));
    let incoming = Incoming {
        recipient: recipient.as_deref(),
        octets: &octets,
    };
    let taken = app.engine.receive(incoming).await.map_err(not_kept)?;
    let why = why(taken.heard);
    Ok(Reply(json!({
        "decision": taken.heard.name(),
        "why": why.en,
        "why_ja": why.ja,
        "call_out": taken.call_out.map(|id| id.to_string()),
        "person": taken.person.map(|id| id.to_string()),
    })))
}

/// Invariant: what could not be kept is the daemon's trouble, never the
/// mail's, so that it is handed in again.
fn not_kept(error: crate::engine::Error) -> Problem {
    let problem = Problem::from(error);
    Problem {
        status: StatusCode::SERVICE_UNAVAILABLE,
        ..problem
    }
}

/// What a mail was and what was done, in words.
fn why(heard: Heard) -> Text {
    let (ja, en) = match heard {
        Heard::Bounced => (
            "宛先不明で戻ったメールです。この連絡先を不通としました。参集が続いていれば、次の連絡先か次の順位の人に移ります",
            "a bounce: the address is dead, and the next contact or the next in line is called where the call-out is open",
        ),
        Heard::Undelivered => (
            "届かずに戻ったメールです。宛先は有効かもしれないため、不通とはせずに記録しました",
            "a report that a mail did not arrive; the address may be good, so it is noted and not given up",
        ),
        Heard::Delayed => (
            "配送が遅れているという知らせです。記録しました",
            "a report that a mail is delayed; noted",
        ),
        Heard::Delivered => (
            "配送できたという知らせです。何も変えていません",
            "a report that nothing failed; nothing is changed",
        ),
        Heard::Automatic => (
            "自動応答のメールです。記録しましたが、回答とはしません",
            "an automatic reply: noted, and no answer",
        ),
        Heard::Canary => (
            "往復を確かめるメールが戻りました",
            "the mail that was sent to come back has come back",
        ),
        Heard::Own => (
            "muster 自身のメールが戻ってきたものです。転送の設定を確かめてください。何も変えていません",
            "one of muster's own mails come back: look for a forwarding that loops; nothing is changed",
        ),
        Heard::Empty => (
            "読み取れる内容がありません。何も変えていません",
            "nothing in it can be read; nothing is changed",
        ),
        Heard::NoToken => (
            "どの連絡への返信かを示す宛先ではありません。--recipient に渡す宛先を確かめてください。何も変えていません",
            "it came to no address that names a message; see what is given as --recipient; nothing is changed",
        ),
        Heard::Forged => (
            "宛先の署名が合いません。偽造か、別の muster のものです。何も変えていません",
            "the signature in the address is not ours: forged, or of another muster; nothing is changed",
        ),
        Heard::Gone => (
            "元の連絡が保存先にありません。何も変えていません",
            "the store does not know the message that it came back for; nothing is changed",
        ),
        Heard::Answered(_)
        | Heard::Said
        | Heard::Stranger
        | Heard::Late
        | Heard::Older
        | Heard::Twice
        | Heard::TooMany => of_person(heard),
    };
    Text::new(ja, en)
}

/// The same of what a person wrote.
const fn of_person(heard: Heard) -> (&'static str, &'static str) {
    match heard {
        Heard::Answered(_) => (
            "本人の回答として記録しました",
            "recorded as the person's answer",
        ),
        Heard::Said => (
            "本人の返信です。記録しましたが、回答の言葉ではないため、回答とはしません",
            "a person's reply: noted; it is not one of the words of an answer",
        ),
        Heard::Stranger => (
            "差出人が名簿のその人のアドレスではありません。記録しましたが、回答とはしません",
            "it is from none of the person's addresses in the roster: noted, and no answer",
        ),
        Heard::Late => (
            "終わった参集への返信です。記録しましたが、回答とはしません",
            "a reply after the end of the call-out: noted, and no answer",
        ),
        Heard::Older => (
            "遅れて届いた返信です。書いた後に本人の回答が記録されているため、記録しましたが、回答とはしません",
            "a reply that came late, after what the person answered since: noted, and no answer",
        ),
        Heard::Twice => (
            "既に受け取ったメールです。何も変えていません",
            "taken in before; nothing is changed",
        ),
        Heard::TooMany => (
            "同じ連絡への返信が多すぎるため、記録していません",
            "too many mails came to the same message; this one is not kept",
        ),
        _ => ("", ""),
    }
}
