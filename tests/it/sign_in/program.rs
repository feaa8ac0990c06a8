//! The real daemon, a real mail server: the way in, a reload, a restart.

use super::town::path;
use crate::support::daemon::{Served, Town};
use crate::support::smtp::{Received, Script, SmtpServer};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const WHO: &str = "\n[[sign_in]]\nwho = [\"post:it-manager\"]\nscopes = [\"read\", \"command\"]\n";

fn text(mail: &Received) -> String {
    let mail = mail_parser::MessageParser::default()
        .parse(&mail.data)
        .unwrap();
    mail.body_text(0).unwrap().into_owned()
}

async fn link(server: &SmtpServer, daemon: &Served, n: usize) -> String {
    let (status, page) = daemon.raw("POST", "/sign-in/link", FORM, b"who=it-manager");
    assert_eq!(status, 200, "{page}");
    path(&text(&server.mail(n).await))
}

/// From the asking to the board; a reload without the entry ends it; a restart
/// voids what was not used; nothing of a link stands in the log.
#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_lets_in_and_puts_out() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let without = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let with = format!("{without}{WHO}");
    town.write("muster.toml", &with);
    let mut daemon = town.serve();
    let first = link(&server, &daemon, 1).await;
    let mail = server.mail(1).await;
    assert_eq!(mail.to, ["it-manager@example.jp"]);
    let head = mail.text();
    assert!(head.contains("X-Muster-Mode: notice"), "{head}");
    assert!(
        !head.contains("Importance:") && !head.contains("References:"),
        "{head}"
    );
    let heard = daemon.says("a sign-in link was sent");
    let token = first.strip_prefix("/sign-in/").unwrap().to_owned();
    assert!(
        !heard.contains(&token) && !heard.contains("it-manager"),
        "{heard}"
    );
    let cookie = daemon.cookie(&first);
    assert!(!cookie.contains("Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let as_reader = format!("Cookie: {cookie}\r\n");
    let (status, board) = daemon.raw("GET", "/", &as_reader, b"");
    assert!(
        status == 200 && board.contains("まちづくり振興課長 として"),
        "{board}"
    );
    let away = br#"{"until":"2099-01-01"}"#;
    let path = "/api/v1/roster/people/it-1/absence";
    let as_json = format!("{as_reader}Content-Type: application/json\r\nX-Requested-By: test\r\n");
    let (status, said) = daemon.raw("POST", path, &as_json, away);
    assert_eq!(status, 200, "{said}");
    let heard = daemon.says("marked absent");
    assert!(
        heard.contains("person") && !heard.contains("it-manager"),
        "{heard}"
    );
    town.write("muster.toml", &without);
    daemon.signal("-HUP");
    daemon.says("reloaded");
    let (_, page) = daemon.raw("GET", "/", &as_reader, b"");
    assert!(page.contains("name=\"token\""), "{page}");
    town.write("muster.toml", &with);
    daemon.kill();
    let daemon = town.serve();
    let unused = link(&server, &daemon, 2).await;
    daemon.kill();
    let daemon = town.serve();
    let (status, page) = daemon.raw("POST", &unused, FORM, b"");
    assert_eq!(status, 404, "{page}");
    let (_, board) = daemon.raw("GET", "/", &as_reader, b"");
    assert!(board.contains("まちづくり振興課長 として"), "{board}");
}
