//! The example town with people who may sign in, asked over HTTP on a clock
//! that is moved by hand.
//!
//! Owns the verbs. It must not hold a test.

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use muster::domain::rule::Selector;
use muster::http::auth::{Scope, SignIn, Token};
use muster::http::{App, Settings, router};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::support::world::{Sent, World};

/// The IT manager, who may lead, and the construction section, which may look.
const MANAGER: &str = "post:it-manager";
const LOOKERS: &str = "section:construction";

/// A reply as a browser sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// `name=value` of the cookie that was set.
    pub(crate) fn cookie(&self) -> String {
        let whole = self.headers["set-cookie"].to_str().unwrap();
        whole.split(';').next().unwrap().to_owned()
    }

    /// The mark of the page's forms.
    pub(crate) fn mark(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"mark\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Whether it is the form with which one signs in.
    pub(crate) fn asks_to_sign_in(&self) -> bool {
        self.body.contains("name=\"token\"") && !self.body.contains("/sign-out")
    }
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) app: App,
}

/// Who may what.
pub(crate) fn settings(public_url: &str) -> Settings {
    let sign_in = |who: &str, scopes: &[Scope]| SignIn {
        who: vec![Selector::parse(who).unwrap()],
        scopes: scopes.to_vec(),
    };
    let token = |name: &str, person: Option<&str>| Token {
        name: name.to_owned(),
        sha256: Sha256::digest(name).into(),
        scopes: Scope::ALL.to_vec(),
        person: person.map(Into::into),
    };
    Settings {
        tokens: vec![
            token("duty", None),
            token("managers-own", Some("it-manager")),
        ],
        sign_ins: vec![
            sign_in(MANAGER, &[Scope::Read, Scope::Command, Scope::Approve]),
            sign_in(LOOKERS, &[Scope::Read]),
        ],
        public_url: public_url.to_owned(),
    }
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::of(World::example().await)
    }

    pub(crate) fn of(world: World) -> Self {
        let settings = settings("https://muster.example.jp");
        let app = App::new(world.engine.clone(), settings).unwrap();
        let town = Self { world, app };
        town.app.keep_sessions(town.sessions());
        town
    }

    /// Where its sessions are kept.
    pub(crate) fn sessions(&self) -> std::path::PathBuf {
        self.world.store_file().with_file_name("sessions")
    }

    /// The daemon ends and starts again, as far as its doors go.
    pub(crate) fn restart(&mut self) {
        let settings = settings("https://muster.example.jp");
        self.app = App::new(self.world.engine.clone(), settings).unwrap();
        self.app.keep_sessions(self.sessions());
    }

    async fn ask(&self, request: Request<Body>) -> Seen {
        let response = router(self.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Seen {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Seen {
        let request = Request::get(path).header("Cookie", cookie);
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, cookie: &str, form: &str) -> Seen {
        self.post_from(path, cookie, form, "same-origin").await
    }

    pub(crate) async fn post_from(&self, path: &str, cookie: &str, form: &str, from: &str) -> Seen {
        let request = Request::post(path)
            .header("Cookie", cookie)
            .header("Sec-Fetch-Site", from)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        self.ask(request.unwrap()).await
    }

    /// A program's call with a token.
    pub(crate) async fn call(&self, path: &str, token: &str, body: &str) -> Seen {
        self.call_under(None, path, token, body).await
    }

    /// The same under a key, or without one.
    pub(crate) async fn call_under(
        &self,
        key: Option<&str>,
        path: &str,
        token: &str,
        body: &str,
    ) -> Seen {
        let mut request = Request::post(path)
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let request = request.body(Body::from(body.to_owned()));
        self.ask(request.unwrap()).await
    }

    /// A call of the API with a browser's cookie.
    pub(crate) async fn send_json(&self, path: &str, cookie: &str, body: &str) -> Seen {
        let request = Request::post(path)
            .header("Cookie", cookie)
            .header("Content-Type", "application/json")
            .header("X-Requested-By", "test")
            .body(Body::from(body.to_owned()));
        self.ask(request.unwrap()).await
    }

    /// Asks for a link.
    pub(crate) async fn wants_link(&self, who: &str) -> Seen {
        let who: String = url_encoded(who);
        self.post("/sign-in/link", "", &format!("who={who}")).await
    }

    /// Every mail so far, once whatever was asked for has been seen to: it
    /// is done apart from the answer, in the order of the asking.
    pub(crate) async fn mails(&self) -> Vec<Sent> {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        self.world.sent()
    }

    /// Asks for a link; its path as the mail has it.
    pub(crate) async fn link(&self, who: &str) -> String {
        let before = self.mails().await.len();
        assert_eq!(self.wants_link(who).await.status, 200);
        let mails = self.mails().await;
        assert_eq!(mails.len(), before + 1, "one mail to {who}");
        path(&mails[before].body)
    }

    /// Signs somebody in; the cookie.
    pub(crate) async fn signed_in(&self, who: &str) -> String {
        let link = self.link(who).await;
        let seen = self.post(&link, "", "").await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        seen.cookie()
    }
}

/// The path of the link in a mail.
pub(crate) fn path(mail: &str) -> String {
    let at = mail.find("/sign-in/").expect("the mail has a link");
    mail[at..].split_whitespace().next().unwrap().to_owned()
}

fn url_encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}
