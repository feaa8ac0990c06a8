//! Part C of `docs/reliability.md`: what relays, and the lines to them, do to
//! mail.

use muster::domain::delivery::Reason;

use crate::delivery::{ACCEPTED, email_channels, kind, mail, retry, send};
use crate::support::smtp::{Act, Script, SmtpServer, Step, settings, short_at};

const ICHIRO: &str = "ichiro@example.jp";

/// Row 32: a relay that says something all the time and never all of it.
#[tokio::test]
async fn a_reply_that_trickles_ends_at_the_phases_limit() {
    let words = format!("220 {}", "please wait ".repeat(100));
    let slow = SmtpServer::start(Script::new().on(Step::Connect, Act::Trickle(words))).await;
    let good = SmtpServer::start(Script::new()).await;
    let mut hasty = settings(vec![slow.relay()]);
    hasty.limits = short_at(Step::Connect);
    let alone = send(&email_channels(hasty.clone()), mail(1, ICHIRO)).await;
    assert_eq!(kind(&alone), retry(Reason::Timeout), "{alone:?}");
    hasty.relays.push(good.relay());
    let both = send(&email_channels(hasty), mail(1, ICHIRO)).await;
    assert_eq!(kind(&both), ACCEPTED, "{both:?}");
}
