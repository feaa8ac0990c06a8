//! The board as those who lead use it: signed in by a cookie, by forms alone,
//! without a script.

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A daemon, and a browser that is signed in to it.
struct Browser {
    daemon: Served,
    cookie: String,
    /// Kept alive with the daemon that uses it.
    _town: Town,
    _server: SmtpServer,
}

impl Browser {
    async fn signed_in(token: &str) -> Self {
        let server = SmtpServer::start(Script::new()).await;
        let town = Town::new(server.port);
        let daemon = town.serve();
        let body = format!("token={token}");
        let (status, head, _) = daemon.whole("POST", "/sign-in", FORM, body.as_bytes());
        assert_eq!(status, 303, "{head}");
        let cookie = head.split("set-cookie: ").nth(1).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            daemon,
            cookie,
            _town: town,
            _server: server,
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let cookie = format!("Cookie: {}\r\n", self.cookie);
        self.daemon.raw("GET", path, &cookie, b"")
    }

    /// Sends a form: status, where it leads, page.
    fn send(&self, path: &str, body: &str) -> (u16, String, String) {
        let head = format!("{FORM}Cookie: {}\r\n", self.cookie);
        let (status, head, page) = self.daemon.whole("POST", path, &head, body.as_bytes());
        let leads = head.split("location: ").nth(1).unwrap_or_default();
        let leads = leads.lines().next().unwrap_or_default().to_owned();
        (status, leads, page)
    }

    /// Sends what a form sends: its hidden fields, and what was filled in.
    fn fill(&self, path: &str, page: &str, filled: &str) -> (u16, String, String) {
        let body = format!("{}{filled}", hidden(page));
        self.send(path, &body)
    }

    fn call_outs(&self) -> Vec<serde_json::Value> {
        let (_, list) = self
            .daemon
            .call("GET", "/api/v1/call-outs", Some(TOKEN), None);
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        list["call_outs"].as_array().unwrap().clone()
    }
}

/// The hidden fields of the page's form, as a browser would send them.
fn hidden(page: &str) -> String {
    let main = page.split("<main").nth(1).unwrap();
    let mut sent = String::new();
    for field in main.split("<input type=\"hidden\" name=\"").skip(1) {
        let mut parts = field.split('"');
        let name = parts.next().unwrap();
        let value = parts.nth(1).unwrap();
        let value = value.replace('+', "%2B").replace('&', "%26");
        sent.push_str(&format!("{name}={value}&"));
    }
    sent
}

/// What happened, who will be called, the last yes: three steps, and only the
/// last one calls; sent twice, it calls once.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_out_starts_with_the_last_yes_and_once() {
    let browser = Browser::signed_in(TOKEN).await;
    let (status, page) = browser.get("/trigger");
    assert_eq!(status, 200);
    assert!(
        page.contains("訓練はこの画面からは始められません"),
        "{page}"
    );
    let (status, _, page) = browser.fill("/trigger", &page, "kind=earthquake");
    assert_eq!(status, 200, "{page}");
    let (status, _, page) = browser.fill("/trigger", &page, "intensity=5-&headline=%E9%A4%A8");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("本当に発令する"), "{page}");
    assert!(page.contains("P2"), "which rule: {page}");
    assert!(browser.call_outs().is_empty(), "nothing is done yet");
    let (status, leads, _) = browser.fill("/trigger", &page, "");
    assert_eq!(status, 303);
    assert!(leads.starts_with("/call-outs/"), "{leads}");
    let (status, again, _) = browser.fill("/trigger", &page, "");
    assert_eq!((status, &again), (303, &leads), "the same form once more");
    assert_eq!(browser.call_outs().len(), 1);
    let (status, page) = browser.get(&leads);
    assert_eq!(status, 200);
    assert!(page.contains("記録しました"), "{page}");
    assert!(page.contains("解除する"), "what can be done: {page}");
}

/// A form with another session's mark, or none, does nothing; nor does one
/// that another site sends.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_elsewhere_does_nothing() {
    let browser = Browser::signed_in(TOKEN).await;
    let yes = "kind=earthquake&intensity=5-&confirmed=yes";
    for mark in ["", "mark=AAAAAAAAAAAAAAAAAAAAAA&"] {
        let (status, _, page) = browser.send("/trigger", &format!("{mark}{yes}"));
        assert_eq!(status, 403, "{page}");
        assert!(page.contains("何もしていません"), "{page}");
    }
    let (_, page) = browser.get("/trigger");
    let head = format!(
        "{FORM}Cookie: {}\r\nSec-Fetch-Site: cross-site\r\n",
        browser.cookie
    );
    let body = format!("{}{yes}", hidden(&page));
    let (status, page) = browser
        .daemon
        .raw("POST", "/trigger", &head, body.as_bytes());
    assert_eq!(status, 403, "{page}");
    assert!(browser.call_outs().is_empty());
}

/// Whoever may only read is offered no command, and is refused in words where
/// they try one all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_offered_nothing_and_may_nothing() {
    let browser = Browser::signed_in(READER).await;
    let (_, board) = browser.get("/");
    assert!(!board.contains("招集を発令"), "{board}");
    let (status, page) = browser.get("/trigger");
    assert_eq!(status, 403);
    assert!(page.contains("権限"), "{page}");
    let (_, people) = browser.get("/people");
    assert!(
        !people.contains("@example.jp"),
        "addresses are not theirs: {people}"
    );
    let event = r#"{"kind":"earthquake","intensity":"5-"}"#;
    browser
        .daemon
        .call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    let id = browser.call_outs()[0]["id"].as_str().unwrap().to_owned();
    let (_, page) = browser.get(&format!("/call-outs/{id}"));
    assert!(!page.contains("解除する"), "{page}");
    let (_, board) = browser.get("/");
    assert!(!board.contains("class=\"do-"), "no command: {board}");
    let path = format!("/call-outs/{id}/stand-down");
    let (status, form) = browser.get(&path);
    assert_eq!(status, 403, "not even the form: {form}");
    assert!(form.contains("権限") && !form.contains("class=\"field\""));
    let (_, trusted) = browser.get("/people");
    let (status, _, page) = browser.fill(&path, &trusted, "reason=x&confirmed=yes");
    assert_eq!(status, 403, "{page}");
    assert_eq!(browser.call_outs()[0]["state"], "open");
}

/// Whoever reads pages is told on a page, whatever they did: a form from
/// another site, a wrong address, a sign-in without the board's scope.
/// Programs are told in JSON.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_on_a_page_and_a_program_in_json() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let muster = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    town.write(
        "muster.toml",
        &muster.replace("scopes = [\"read\"]", "scopes = [\"trigger\"]"),
    );
    let daemon = town.serve();
    let reads = "Accept: text/html,application/xhtml+xml\r\nAccept-Language: ja\r\n";
    let elsewhere = format!("{FORM}{reads}Sec-Fetch-Site: cross-site\r\n");
    for path in ["/sign-in", "/sign-in/link", "/a/AQAAAAAAAAAHxyz"] {
        let (status, head, page) = daemon.whole("POST", path, &elsewhere, b"token=x");
        assert_eq!(status, 403, "{path}: {page}");
        assert!(head.contains("text/html") && head.contains("content-security-policy"));
        assert!(page.contains("別のサイトから送られた"), "{path}: {page}");
        let (status, body) = daemon.raw("POST", path, &elsewhere.replace(reads, ""), b"token=x");
        assert!(
            status == 403 && body.contains("\"detail\""),
            "{path}: {body}"
        );
    }
    let (status, page) = daemon.raw("GET", "/nowhere", reads, b"");
    assert!(
        status == 404 && page.contains("受け付けられませんでした"),
        "{page}"
    );
    let body = format!("token={READER}");
    let (_, head, _) = daemon.whole("POST", "/sign-in", FORM, body.as_bytes());
    let cookie = head.split("set-cookie: ").nth(1).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let signed_in = format!("Cookie: {cookie}\r\n{reads}");
    for path in ["/", "/people", "/api/v1/call-outs"] {
        let (status, page) = daemon.raw("GET", path, &signed_in, b"");
        assert_eq!(status, 403, "{path}: {page}");
        assert!(
            page.contains("権限 \"read\"") || page.contains("権限 &quot;read"),
            "{page}"
        );
        assert!(
            !page.contains("href=\"/people\""),
            "nothing that is refused: {page}"
        );
    }
    let (status, page) = daemon.raw("GET", "/trigger", &signed_in, b"");
    assert_eq!(status, 403, "the board's pages want read: {page}");
}

/// An answer for somebody, a word to everybody, and the end: each is shown
/// before it is done, and what is refused comes back filled in.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_shown_before_it_is_done() {
    let browser = Browser::signed_in(TOKEN).await;
    let event = r#"{"kind":"earthquake","intensity":"5-"}"#;
    browser
        .daemon
        .call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    let id = browser.call_outs()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/call-outs/{id}/answer");
    let (_, form) = browser.get(&path);
    let filled = "person=it-1&answer=coming&eta_minutes=30&note=%E8%BB%8A";
    let (_, _, page) = browser.fill(&path, &form, filled);
    assert!(page.contains("まだ実行していません"), "{page}");
    assert!(page.contains("参集できる") && page.contains("車"), "{page}");
    assert_eq!(browser.call_outs()[0]["counts"]["coming"], 0);
    assert_eq!(browser.fill(&path, &page, "").0, 303);
    assert_eq!(browser.call_outs()[0]["counts"]["coming"], 1);

    let path = format!("/call-outs/{id}/stand-down");
    let (_, form) = browser.get(&path);
    let (_, _, page) = browser.fill(&path, &form, "reason=&by=nobody-at-all");
    let (status, _, page) = browser.fill(&path, &page, "");
    assert_eq!(status, 422, "{page}");
    assert!(
        page.contains("nobody-at-all") && page.contains("roster.toml"),
        "{page}"
    );
    let (_, _, page) = browser.fill(&path, &form, "reason=%E7%B5%82%E4%BA%86");
    assert_eq!(browser.fill(&path, &page, "").0, 303);
    assert_eq!(browser.call_outs()[0]["state"], "stood_down");
    let (status, _, page) = browser.fill(&path, &page, "");
    assert_eq!(status, 409, "once more: {page}");
    assert!(page.contains("既に終わっています"), "{page}");
}

/// Drills are started from a place of their own, in their own colour, and
/// once.
#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_started_from_its_own_page() {
    let browser = Browser::signed_in(TOKEN).await;
    let (_, page) = browser.get("/drills");
    assert!(page.contains("class=\"practice desk\""), "{page}");
    let one = page.split("<section").nth(1).unwrap();
    let (_, _, page) = browser.send("/drills", &hidden(&format!("<main{one}")));
    assert!(page.contains("訓練を始める"), "{page}");
    assert!(browser.call_outs().is_empty());
    let (status, leads, _) = browser.fill("/drills", &page, "");
    assert_eq!(status, 303);
    let (_, again, _) = browser.fill("/drills", &page, "");
    assert_eq!(again, leads);
    let call_outs = browser.call_outs();
    assert_eq!(call_outs.len(), 1);
    assert_eq!(call_outs[0]["drill"], true);
}

/// Beside a real call-out a drill starts only with a reason, which is asked
/// for before the last question and stays in its account; so too where the real
/// one opened between the question and the yes.
#[tokio::test(flavor = "multi_thread")]
async fn a_drill_beside_what_is_real_needs_a_reason() {
    let browser = Browser::signed_in(TOKEN).await;
    let (_, page) = browser.get("/drills");
    let one = page.split("<section").nth(1).unwrap();
    let one = hidden(&format!("<main{one}"));
    let (_, _, asked) = browser.send("/drills", &one);
    let real = browser.daemon.earthquake();
    let (status, _, page) = browser.fill("/drills", &asked, "");
    assert_eq!(status, 409, "it opened meanwhile: {page}");
    for page in [page, browser.send("/drills", &one).2] {
        assert!(page.contains(&format!("本番の招集 {real}")), "{page}");
        assert!(page.contains("name=\"reason\""), "{page}");
        assert!(!page.contains("name=\"confirmed\""), "{page}");
        // Nothing, or nothing but spaces, is asked again.
        let (_, _, again) = browser.fill("/drills", &page, "&reason=%20");
        assert!(again.contains("name=\"reason\""), "{again}");
        let long = format!("&reason={}", "x".repeat(2000));
        let (status, _, again) = browser.fill("/drills", &page, &long);
        assert_eq!(status, 422);
        assert!(again.contains("ひと目で読めるよう"), "{again}");
    }
    assert_eq!(browser.call_outs().len(), 1, "nothing was started");
    let (_, _, page) = browser.send("/drills", &one);
    let (_, _, page) = browser.fill(
        "/drills",
        &page,
        "&reason=%E9%80%9A%E4%BF%A1%E3%81%AE%E7%A2%BA%E8%AA%8D",
    );
    assert!(
        page.contains("通信の確認") && page.contains("name=\"confirmed\""),
        "{page}"
    );
    assert_eq!(browser.call_outs().len(), 1, "the last yes is missing");
    let (status, leads, _) = browser.fill("/drills", &page, "");
    assert_eq!(status, 303);
    let drill = leads
        .trim_start_matches("/call-outs/")
        .split('?')
        .next()
        .unwrap();
    let path = format!("/api/v1/call-outs/{drill}/timeline");
    let (_, account) = browser.daemon.call("GET", &path, Some(READER), None);
    assert!(account.contains("通信の確認"), "{account}");
}

/// What is no command, no call-out and no form gets a page in words.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_on_a_page() {
    let browser = Browser::signed_in(TOKEN).await;
    for path in [
        "/call-outs/20260101-none",
        "/call-outs/20260101-none/stand-down",
        "/call-outs/x/y",
    ] {
        let (status, page) = browser.get(path);
        assert_eq!(status, 404, "{path}: {page}");
        assert!(
            page.contains("<h1>受け付けられませんでした"),
            "{path}: {page}"
        );
    }
    let head = format!("Content-Type: text/plain\r\nCookie: {}\r\n", browser.cookie);
    let (status, page) = browser
        .daemon
        .raw("POST", "/trigger", &head, b"kind=earthquake");
    assert_eq!(status, 422);
    assert!(page.contains("画面を開き直してください"), "{page}");
}

/// A page in the reader's language stays in it on the next page.
#[tokio::test(flavor = "multi_thread")]
async fn the_language_that_was_chosen_stays() {
    let browser = Browser::signed_in(TOKEN).await;
    let head = format!("Cookie: {}\r\n", browser.cookie);
    let (_, head, page) = browser.daemon.whole("GET", "/?lang=en", &head, b"");
    assert!(page.contains("<html lang=\"en\">"), "{page}");
    let chosen = head.split("set-cookie: ").nth(1).unwrap();
    let chosen = chosen.split(';').next().unwrap();
    let both = format!("Cookie: {}; {chosen}\r\n", browser.cookie);
    let (_, page) = browser.daemon.raw("GET", "/drills", &both, b"");
    assert!(page.contains("<html lang=\"en\">"), "{page}");
}

/// Hundreds of pages may hang on the live stream; each hears of a change.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_boards_hear_of_a_change() {
    use std::io::{BufRead, BufReader, Write};
    let browser = Browser::signed_in(TOKEN).await;
    let host = browser.daemon.url.trim_start_matches("http://").to_owned();
    let watch = || {
        let mut stream = std::net::TcpStream::connect(&host).unwrap();
        let limit = Some(std::time::Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        let head = format!(
            "GET /live HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\n\r\n",
            browser.cookie
        );
        stream.write_all(head.as_bytes()).unwrap();
        BufReader::new(stream)
    };
    let mut watchers: Vec<_> = (0..300).map(|_| watch()).collect();
    let mut hears = |word: &str| {
        for watcher in &mut watchers {
            let mut line = String::new();
            while !line.contains(word) {
                line.clear();
                assert!(watcher.read_line(&mut line).unwrap() > 0, "it ended");
            }
        }
    };
    hears("event: hello");
    let event = r#"{"kind":"earthquake","intensity":"5-"}"#;
    browser
        .daemon
        .call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    hears("event: changed");
}

/// A browser sends its cookie along unasked, so that the cookie alone changes
/// nothing over the API; reading it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_alone_changes_nothing_over_the_api() {
    let browser = Browser::signed_in(TOKEN).await;
    let head = format!(
        "Content-Type: application/json\r\nCookie: {}\r\n",
        browser.cookie
    );
    let event = br#"{"kind":"earthquake","intensity":"5-"}"#;
    let (status, said) = browser.daemon.raw("POST", "/api/v1/events", &head, event);
    assert_eq!(status, 401, "{said}");
    assert!(said.contains("X-Requested-By"), "{said}");
    let (status, said) = browser.daemon.raw("GET", "/api/v1/call-outs", &head, b"");
    assert_eq!(status, 200, "{said}");
    assert!(said.contains(r#""call_outs":[]"#), "{said}");
}
