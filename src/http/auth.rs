//! Who calls, and what they may do.
//!
//! Owns tokens, scopes, the Unix socket's owner and the board's session. A
//! token is known by its SHA-256 alone and compared in constant time.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::App;
use super::problem::Problem;
use crate::domain::id::{PersonId, Principal};
use crate::domain::plan::Plan;
use crate::domain::roster::Roster;
use crate::domain::rule::Selector;
use crate::domain::text::Language;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Tell events.
    Trigger,
    /// Start drills.
    Drill,
    /// See call-outs, drills and people without addresses.
    Read,
    /// Answer for somebody.
    Acknowledge,
    /// Stand down, and other commands on a call-out.
    Command,
    /// Confirm and cancel what is held.
    Approve,
    /// See addresses.
    Admin,
    /// Hand in mail that came back, and nothing else.
    Mail,
}

impl Scope {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Trigger,
        Self::Drill,
        Self::Read,
        Self::Acknowledge,
        Self::Command,
        Self::Approve,
        Self::Admin,
        Self::Mail,
    ];

    /// The name in `muster.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Drill => "drill",
            Self::Read => "read",
            Self::Acknowledge => "acknowledge",
            Self::Command => "command",
            Self::Approve => "approve",
            Self::Admin => "admin",
            Self::Mail => "mail",
        }
    }
}

/// A scope as a type, so that the signature of what answers a request says
/// what it needs.
pub trait Needs {
    /// What the caller must have.
    const SCOPE: Scope;
}

/// Each scope's type.
pub mod needs {
    use super::{Needs, Scope};

    macro_rules! types {
        ($($name:ident),+) => {$(
            #[doc = concat!("Asks for [`Scope::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub struct $name;

            impl Needs for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )+};
    }

    types!(
        Trigger,
        Drill,
        Read,
        Acknowledge,
        Command,
        Approve,
        Admin,
        Mail
    );
}

/// A caller who has the scope. Who lacks it is told so before the body is read.
#[derive(Debug)]
pub struct May<N: Needs>(pub Caller, pub PhantomData<N>);

/// A token as the configuration knows it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its name: who calls.
    pub name: String,
    /// The SHA-256 of the token itself.
    pub sha256: [u8; 32],
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// The person of the roster who alone holds it, where there is one.
    pub person: Option<PersonId>,
}

/// Who of the roster may sign in by a link, and what that opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Whom: a post is whoever holds it now.
    pub who: Vec<Selector>,
    /// What it allows.
    pub scopes: Vec<Scope>,
}

/// What a person may do who signs in by a link; nothing where nobody gave
/// them anything.
pub fn scopes_of(sign_ins: &[SignIn], person: &PersonId, roster: &Roster) -> Vec<Scope> {
    let means = |who: &Selector| who.people(roster).contains(person);
    let theirs: Vec<&SignIn> = sign_ins
        .iter()
        .filter(|sign_in| sign_in.who.iter().any(means))
        .collect();
    let given = |scope: &Scope| theirs.iter().any(|one| one.scopes.contains(scope));
    Scope::ALL.into_iter().filter(given).collect()
}

/// The user at the other end of the Unix socket, by the kernel's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketPeer {
    /// The user's number.
    pub uid: u32,
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name that stands in the account.
    pub principal: Principal,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// The mark of their session, where a browser's cookie says who they are:
    /// its forms must carry it (see [`super::session`]).
    pub session: Option<String>,
    /// In which language they read, where they say so (`Accept-Language`).
    pub language: Option<Language>,
}

impl Caller {
    /// In which language they are told names and titles.
    pub fn reads(&self, plan: &Plan) -> Language {
        self.language.unwrap_or(plan.language)
    }

    /// Refuses who lacks a scope.
    ///
    /// # Errors
    ///
    /// 403 with the missing scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.may(scope) {
            return Ok(());
        }
        let place: &[&str] = match self.principal.as_str().split_once(':') {
            Some(("person", _)) => &["[[sign_in]]", "[[token]]"],
            _ => &["[[token]]"],
        };
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!(
                "{} には権限 \"{}\" がありません。muster.toml の {} に加えてください",
                self.principal,
                scope.name(),
                place.join(" か ")
            ),
            format!(
                "{} lacks the scope \"{}\"; add it to its {} in muster.toml",
                self.principal,
                scope.name(),
                place.join(" or ")
            ),
        ))
    }

    /// Whether they have a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Finds the token that a text is, in constant time over all of them. Nothing
/// is nobody's, whatever digests there are.
pub fn find<'a>(tokens: &'a [Token], text: &str) -> Option<&'a Token> {
    if text.is_empty() {
        return None;
    }
    let digest: [u8; 32] = Sha256::digest(text).into();
    tokens.iter().fold(None, |found, token| {
        if bool::from(token.sha256.ct_eq(&digest)) {
            Some(token)
        } else {
            found
        }
    })
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let settings = app.settings();
        let bearer = parts.headers.get(header::AUTHORIZATION).map(|value| {
            value
                .to_str()
                .ok()
                .and_then(|value| value.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .and_then(|(_, token)| find(&settings.tokens, token.trim()))
        });
        let caller = match bearer {
            Some(Some(token)) => Ok(by_token(token)),
            Some(None) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "このトークンは登録されていません。muster.toml にあるトークンを使ってください",
                "the token is not known; send Authorization: Bearer TOKEN with a token of muster.toml",
            )),
            None => match parts.extensions.get::<SocketPeer>() {
                Some(peer) => Ok(Self {
                    principal: Principal::new(format!("socket:{}", peer.uid)),
                    scopes: Scope::ALL.to_vec(),
                    session: None,
                    language: None,
                }),
                None => signed_in(parts, app)?.ok_or_else(|| {
                    Problem::new(
                        StatusCode::UNAUTHORIZED,
                        "トークンがありません。muster.toml にあるトークンを Authorization: Bearer TOKEN として送ってください",
                        "no token; send Authorization: Bearer TOKEN with a token of muster.toml",
                    )
                }),
            },
        };
        caller.map(|caller| Self {
            language: super::call_outs::asked_language(None, &parts.headers),
            ..caller
        })
    }
}

impl<N: Needs> FromRequestParts<App> for May<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.require(N::SCOPE)?;
        Ok(Self(caller, PhantomData))
    }
}

/// Names the program that asks. Any value: what counts is that another site's
/// form cannot send it.
const REQUESTED_BY: &str = "x-requested-by";

/// Who is signed in by a browser's cookie. Alone it changes nothing over the
/// API, because a browser sends it along unasked; a board's form carries its
/// session's mark instead.
fn signed_in(parts: &Parts, app: &App) -> Result<Option<Caller>, Problem> {
    let caller = super::session::caller(parts, app);
    let writes = !parts.method.is_safe() && parts.uri.path().starts_with("/api/");
    if caller.is_some() && writes && !parts.headers.contains_key(REQUESTED_BY) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "サインインだけでは API で変更できません。X-Requested-By を付けるか、トークンを Authorization: Bearer TOKEN として送ってください",
            "a session alone changes nothing over the API; send X-Requested-By as well, or a token as Authorization: Bearer TOKEN",
        ));
    }
    Ok(caller)
}

/// Who calls by a token.
pub(super) fn by_token(token: &Token) -> Caller {
    Caller {
        // Why: a person has one name in the account, however they came in, so
        // that nobody is the second person to himself.
        principal: match &token.person {
            Some(person) => by_person(person),
            None => Principal::new(format!("token:{}", token.name)),
        },
        scopes: token.scopes.clone(),
        session: None,
        language: None,
    }
}

/// A person's name in the account.
pub(super) fn by_person(person: &PersonId) -> Principal {
    Principal::new(format!("person:{person}"))
}
