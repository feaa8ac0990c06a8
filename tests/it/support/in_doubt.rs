//! Mails of which it is in doubt whether a relay has them: one that is cut off in
//! the middle, and one that is lost after its dot.
//!
//! Owns the courses of rows 33 and 39, on the channels alone. It must not know
//! whether the program was made to do worse.

use muster::channel::email::Settings;
use muster::domain::delivery::wait;

use super::channels::{ACCEPTED, UNKNOWN, email_channels, kind, mail, send};
use super::smtp::{Act, Script, SmtpServer, Step, relay, settings};

const ICHIRO: &str = "ichiro@example.jp";
const JIRO: &str = "jiro@example.jp";

/// Mail through relays on these ports, in this order.
pub(crate) fn through(ports: &[u16]) -> Settings {
    settings(ports.iter().map(|port| relay(*port)).collect())
}

/// Row 33: a mail is stopped half-way, as by the end of its sender, and the next one
/// is to somebody else. What is wrong: what is claimed of it is not what the server
/// took, or the half-spoken connection is used again.
pub(crate) async fn half_spoken() -> Vec<String> {
    let mut problems = Vec::new();
    let refused = || Script::new().on(Step::Dot, Act::say("451 4.7.1 not now"));
    for (then, after) in [("taken", Script::new()), ("refused", refused())] {
        let server = SmtpServer::start(Script::new()).await;
        let channels = email_channels(through(&[server.port]));
        assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
        server.set(Script::new().once(Step::Mail, Act::Wait));
        tokio::select! {
            attempt = send(&channels, mail(2, ICHIRO)) => panic!("{attempt:?}"),
            () = server.reached(Step::Mail, 2) => {}
        }
        server.set(after);
        let third = send(&channels, mail(3, JIRO)).await;
        let mails = server.mails();
        let mut taken = mails.iter().filter(|mail| mail.accepted);
        let taken = taken.any(|mail| mail.to == [JIRO] && mail.text().contains("n3.c1@"));
        if taken != (kind(&third) == ACCEPTED) {
            problems.push(format!("{then}: the server has it: {taken}; {third:?}"));
        }
        // Why: a server that has the second mail's whole group swallows the third as
        // its text, and may refuse it all the same.
        if server.connections() != 2 {
            problems.push(format!("{then}: the half-spoken one is used again"));
        }
    }
    problems
}

/// How many copies of a mail were handed over, over all relays.
fn copies(servers: &[&SmtpServer], id: &str) -> usize {
    let mails = servers.iter().flat_map(|server| server.mails());
    mails.filter(|mail| mail.text().contains(id)).count()
}

/// Row 39: the line is lost after the text. What is wrong: it is taken for something
/// else than unknown, or somebody has a second copy before a minute has passed.
/// Then two such losses in a row are the relay's, and the copy goes through another.
pub(crate) async fn lost_after_the_dot() -> Vec<String> {
    let mut problems = Vec::new();
    let lost = Script::new().on(Step::Dot, Act::Drop);
    let (first, second) = (
        SmtpServer::start(lost).await,
        SmtpServer::start(Script::new()).await,
    );
    let channels = email_channels(through(&[first.port, second.port]));
    let attempt = send(&channels, mail(1, ICHIRO)).await;
    if kind(&attempt) != UNKNOWN {
        problems.push(format!("it is not known, and is claimed: {attempt:?}"));
    }
    let at_once = copies(&[&first, &second], "n1.c1@");
    if at_once != 1 {
        problems.push(format!("{at_once} copies at once"));
    }
    for jitter in [0.0, 0.5, 1.0] {
        let again = wait(&attempt.outcome, 1, true, jitter);
        let again = again.map(|again| again.as_secs());
        if !again.is_some_and(|again| (48..=72).contains(&again)) {
            problems.push(format!("it comes again after {again:?} s"));
        }
    }
    send(&channels, mail(2, ICHIRO)).await;
    let again = send(&channels, mail(1, ICHIRO)).await;
    if again.via != format!("127.0.0.1:{}", second.port) {
        problems.push(format!("the relay that loses each mail has it: {again:?}"));
    }
    let copies = copies(&[&first, &second], "n1.c1@");
    if copies != 2 {
        problems.push(format!("{copies} copies in the end"));
    }
    problems
}
