//! What comes back from outside in a day: looks at an answer page, answers from
//! it, bounces, and what machines answer.
//!
//! Owns how each is said. Only an answer may ever be kept as one.

use axum::body::Body;
use axum::http::Request;
use muster::clock::Draw;
use muster::domain::acknowledgement::Reply;
use muster::domain::id::{CallOutId, PersonId};
use muster::engine::{Heard, Incoming, Taken};
use muster::http::{App, Settings, router};
use serde_json::Value;
use tower::ServiceExt as _;

use super::ledger::{Answered, Bounced, Ledger};
use super::log::{Log, token};
use crate::support::world::{Sent, World};

/// Any message that left.
fn any(world: &World, draw: &mut Draw, wanted: impl Fn(&Sent) -> bool) -> Option<Sent> {
    let mut sent = world.sent();
    sent.retain(wanted);
    let count = u64::try_from(sent.len()).unwrap();
    (count > 0).then(|| sent.swap_remove(usize::try_from(draw.below(count)).unwrap()))
}

/// Asks the town's HTTP side; the status.
async fn ask(world: &World, method: &str, path: &str, form: &'static str) -> u16 {
    let settings = Settings {
        tokens: Vec::new(),
        sign_ins: Vec::new(),
        public_url: "https://muster.example.jp".to_owned(),
    };
    let app = App::new(world.engine.clone(), settings).unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = router(app).oneshot(request).await.unwrap();
    answer.status().as_u16()
}

/// A scanner follows the link of some message in every way but the form's.
pub(super) async fn looked_at(world: &World, draw: &mut Draw) {
    let Some(sent) = any(world, draw, |sent| token(sent).is_some()) else {
        return;
    };
    let link = format!("/a/{}", token(&sent).unwrap());
    for method in ["GET", "HEAD", "OPTIONS"] {
        let status = ask(world, method, &link, "").await;
        assert!(status < 500, "{method} gives {status}");
    }
}

/// Somebody answers by the link of some webhook, whose body says whose it is.
pub(super) async fn pressed(world: &World, ledger: &mut Ledger, draw: &mut Draw) {
    let calls =
        |sent: &Sent| sent.channel == "webhook" && sent.body.contains("\"purpose\":\"call\"");
    let Some(sent) = any(world, draw, calls) else {
        return;
    };
    let (reply, form) = match draw.below(3) {
        0 => (Reply::Cannot, "answer=cannot"),
        1 => (Reply::Arrived, "answer=arrived"),
        _ => (Reply::Coming, "answer=coming"),
    };
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    let link = format!("/a/{}", token(&sent).unwrap());
    match ask(world, "POST", &link, form).await {
        200 => ledger.answers.push(Answered {
            call_out: CallOutId::new(body["call_out"]["id"].as_str().unwrap()),
            person: PersonId::new(body["person"]["person"].as_str().unwrap()),
            reply,
            sent: world.sent_so_far(),
            stops: false,
        }),
        // It is over.
        409 => {}
        status => assert!(ledger.is_blind(), "an answer is refused: {status}"),
    }
}

/// Some mail comes back as undeliverable.
pub(super) async fn bounced(world: &World, ledger: &mut Ledger, draw: &mut Draw, log: &Log) {
    let Some(mail) = any(world, draw, |sent| sent.mail.is_some()) else {
        return;
    };
    let (to, number) = (&mail.to, draw.number());
    let report = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp\r\nSubject: Undelivered\r\n\
         Auto-Submitted: auto-replied\r\nMessage-Id: <{number}@mx.example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 <{to}>: User unknown\r\n\r\n--b--\r\n"
    );
    let to = mail.mail.unwrap().return_path;
    let taken = comes(world, ledger, log, (&to, &report)).await;
    let taken = taken.filter(|taken| taken.heard == Heard::Bounced);
    ledger.bounced.extend(taken.map(|taken| Bounced {
        call_out: taken.call_out.unwrap(),
        person: taken.person.unwrap(),
        to: mail.to,
        sent: world.sent_so_far(),
    }));
}

/// Somebody's mail box answers by itself, in the words of an answer.
pub(super) async fn answered_by_itself(world: &World, ledger: &Ledger, draw: &mut Draw, log: &Log) {
    let asks = |sent: &Sent| {
        sent.mail
            .as_ref()
            .is_some_and(|mail| mail.reply_to.is_some())
    };
    let Some(sent) = any(world, draw, asks) else {
        return;
    };
    let marks = [
        "Auto-Submitted: auto-replied",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "Return-Path: <>",
    ];
    let mark = marks[usize::try_from(draw.below(4)).unwrap()];
    let (from, number) = (&sent.to, draw.number());
    let reply = format!(
        "{mark}\r\nFrom: <{from}>\r\nSubject: Re: x\r\nMessage-ID: <{number}@phone.example.jp>\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n参集可"
    );
    let to = sent.mail.unwrap().reply_to.unwrap();
    comes(world, ledger, log, (&to, &reply)).await;
}

/// A mail comes in; what became of it, unless it is refused.
async fn comes(
    world: &World,
    ledger: &Ledger,
    log: &Log,
    (to, mail): (&str, &str),
) -> Option<Taken> {
    let taken = world.engine.receive(Incoming {
        recipient: Some(to),
        octets: mail.as_bytes(),
    });
    let taken = taken.await;
    if let Err(error) = &taken {
        log.refused(error);
        assert!(ledger.is_blind(), "a mail is refused: {error}");
    }
    taken.ok()
}
