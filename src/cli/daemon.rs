//! The wiring: configuration, store, engine, channels and HTTP, put together.
//!
//! The only place that knows all of them. It must not decide anything; what a
//! part needs stands in that part's `Settings`.

use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use prometheus_client::metrics::gauge::Gauge;
use reqwest::Url;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

use super::closing;
use super::descriptors::room;
use super::failure::context;
use super::link_key::link_keys;
use super::paper;
use super::tasks::{Halt, Tasks};
use crate::channel::{self, Channels, email, webhook};
use crate::clock::Clock;
use crate::config::{self, Checked, Operator, StoreUrl};
use crate::domain::contact_change::Proposal;
use crate::domain::edition::Texts;
use crate::domain::plan::Plan;
use crate::domain::text::Text;
use crate::engine::{Engine, Parts, Settings, Standing};
use crate::http::auth::Token;
use crate::http::{self, App, Room};
use crate::message::own::OwnTexts;
use crate::message::{self, Messages};
use crate::store::{self, Broken, Pause, Store};
use crate::telemetry::Metrics;

/// Messages on their way at once for each connection to a relay: one being
/// spoken, one waiting for it.
const IN_FLIGHT_PER_CONNECTION: usize = 2;

/// A daemon that runs.
pub struct Daemon {
    /// The engine.
    pub engine: Engine,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its local socket.
    pub socket: PathBuf,
    /// The base of every link.
    pub public_url: String,
    app: App,
    broken: watch::Receiver<Option<Broken>>,
    tasks: Tasks,
    paper: Tasks,
}

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Daemon")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The plan and its words, as the engine takes them.
///
/// # Errors
///
/// When a template does not read.
pub fn standing(
    (plan, texts, own): (Plan, Texts, Arc<OwnTexts>),
    operator: &Operator,
    public_url: &str,
) -> anyhow::Result<Standing> {
    let messages = messages(&plan, operator, public_url)?.with_own(own);
    Ok(Standing {
        plan,
        messages,
        texts,
    })
}

/// The words alone.
///
/// # Errors
///
/// When a template does not read.
pub(super) fn messages(
    plan: &Plan,
    operator: &Operator,
    public_url: &str,
) -> anyhow::Result<Messages> {
    let messages = Messages::new(message::Settings {
        public_url: public_url.to_owned(),
        organisation: plan.organisation.clone(),
        safety: plan.safety.clone(),
        time_zone: plan.time_zone.clone(),
        sender_name: operator
            .email
            .name
            .clone()
            .unwrap_or_else(|| plan.organisation.clone()),
        drill_sender_name: operator.email.drill_name.clone().unwrap_or_else(|| {
            Text::new(
                format!("【訓練】{}", plan.organisation.ja),
                format!("DRILL {}", plan.organisation.en),
            )
        }),
        language: plan.language,
        replies: operator.email.replies,
        scenarios: plan
            .drills
            .values()
            .map(|drill| drill.scenario.clone())
            .collect(),
    })?;
    Ok(messages)
}

impl Daemon {
    /// Starts everything. Listens before the engine turns, so that a second
    /// daemon or a bad address is refused before anything is sent.
    ///
    /// # Errors
    ///
    /// One sentence for the first thing that cannot be had.
    pub async fn start(checked: Checked, clock: Clock) -> anyhow::Result<Self> {
        let Checked {
            plan,
            texts,
            operator,
            own,
            ..
        } = checked;
        let StoreUrl::Sqlite(path) = operator.store.clone();
        let listener = TcpListener::bind(operator.http.listen).await.with_context(|| {
            let at = operator.http.listen;
            context(
                format!("{at} で待ち受けられません。ほかのプログラムが使っているか、このマシンのアドレスではありません。[http] listen を変えてください"),
                format!("cannot listen on {at}; another program may, or the address is not this machine's: change [http] listen"),
            )
        })?;
        let address = listener.local_addr()?;
        let public_url = base_of_links(&operator.http.public_url, address.port());
        // Why together: the words are read while the disk writes.
        let words = async { standing((plan, texts, own), &operator, &public_url) };
        let (store, words) = tokio::join!(open_store(&path, &clock), words);
        let (store, standing) = (store?, words?);
        let broken = store.broken();
        let keys = link_keys(&path, &clock)?;
        let metrics = Arc::new(Metrics::default());
        let ways = channels(&operator, &clock, &metrics);
        let engine = Engine::start(Parts {
            store,
            clock,
            standing,
            outlet: Arc::new(Channels::new(ways)?),
            keys,
            settings: Settings {
                public_url: public_url.clone(),
                from: operator.email.from.clone(),
                in_flight: in_flight(&operator),
                replies: operator.email.replies,
                canary: operator.email.canary.clone(),
                webhooks: operator.webhook_names(),
            },
            metrics,
        })
        .await?;
        let socket = operator
            .http
            .socket
            .clone()
            .unwrap_or_else(|| path.with_file_name("muster.sock"));
        let local = bind_socket(&socket)?;
        let app = App::new(engine.clone(), access(&operator, &public_url))?;
        app.keep_sessions(path.with_file_name("sessions"));
        let mut tasks = Tasks::new(engine.clock().clone());
        call(&mut tasks, &engine);
        let room = doors(&operator, &engine);
        listen(&mut tasks, &app, (listener, local), room);
        Ok(Self {
            paper: keep_paper(&engine, &path),
            engine,
            address,
            socket,
            public_url,
            app,
            broken,
            tasks,
        })
    }

    /// Takes up who may call and sign in, as a reload says it.
    pub fn admit(&self, operator: &Operator) {
        self.app.reload(access(operator, &self.public_url));
    }

    /// Says on the board what a report would change in the roster's file.
    pub fn amend_with(&self, amends: impl Fn(&Proposal) -> http::Amended + Send + Sync + 'static) {
        self.app.amend_with(amends);
    }

    /// Waits until the store can no longer be trusted.
    pub async fn broken(&self) -> Broken {
        let mut broken = self.broken.clone();
        let why = broken.wait_for(Option::is_some).await;
        match why.ok().and_then(|why| why.clone()) {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// Waits until a task has ended without which the daemon is deaf or dumb;
    /// which.
    pub async fn missed(&self) -> Text {
        self.tasks.missed().await
    }

    /// Takes no new work, finishes what is on its way, and ends.
    pub async fn stop(self) {
        self.end(Halt::Orderly).await;
    }

    /// Ends where nothing more can be kept: whoever waits is answered, the rest
    /// is left to the next start.
    pub async fn abandon(self) {
        self.end(Halt::AtOnce).await;
    }

    async fn end(self, how: Halt) {
        self.app.close();
        self.tasks.end(how).await;
        // Why: last, so that what the others still did is on the paper.
        self.paper.end(how).await;
        if matches!(how, Halt::Orderly) {
            closing::close(self.engine.store()).await;
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// How long what is on its way may take after a stop: shorter than the unit's
/// `TimeoutStopSec`.
const GRACE: Duration = Duration::from_secs(20);

/// How long the clockwork may take to end, with what it still writes.
const CLOCKWORK: Duration = Duration::from_secs(25);

/// How long requests under way may take after a stop.
const ANSWERS: Duration = Duration::from_secs(5);

/// Starts what calls people.
fn call(tasks: &mut Tasks, engine: &Engine) {
    let (calling, until) = (engine.clone(), tasks.halted());
    tasks.vital(Text::new("招集", "the clockwork"), CLOCKWORK, async move {
        calling.run(until, GRACE).await;
        Ok(())
    });
    let (asking, halted) = (engine.clone(), tasks.halted().shared());
    let name = Text::new("連絡先の確認", "the asking of addresses");
    tasks.aside(name, CLOCKWORK, move || {
        let (asking, halted) = (asking.clone(), halted.clone());
        async move { asking.ask_contacts(halted, GRACE).await }
    });
    let (looking, halted) = (engine.clone(), tasks.halted().shared());
    let name = Text::new("保存先の点検", "the look at the store");
    tasks.aside(name, ANSWERS, move || {
        let (looking, halted) = (looking.clone(), halted.clone());
        async move { looking.examine_store(halted).await }
    });
    let (watching, halted) = (engine.clone(), tasks.halted().shared());
    let name = Text::new("備えの点検", "the look at readiness");
    tasks.aside(name, ANSWERS, move || {
        let (watching, halted) = (watching.clone(), halted.clone());
        async move { watching.look_daily(halted).await }
    });
    let (reporting, halted) = (engine.clone(), tasks.halted().shared());
    let name = Text::new("訓練の報告", "the reports of drills");
    tasks.aside(name, ANSWERS, move || {
        let (reporting, halted) = (reporting.clone(), halted.clone());
        async move { reporting.report_drills(halted).await }
    });
}

/// Starts the doors.
fn listen(
    tasks: &mut Tasks,
    app: &App,
    (listener, local): (TcpListener, UnixListener),
    (many, few): (Room, Room),
) {
    let served = |room| http::Served {
        router: http::router(app.clone()),
        room,
        clock: app.engine.clock().clone(),
    };
    let (outside, inside) = (served(many), served(few));
    let (closed, shut) = (tasks.shut(), tasks.shut());
    let name = Text::new("HTTP の待ち受け", "the HTTP listener");
    tasks.vital(name, ANSWERS, async move {
        http::tcp(listener, outside, closed).await;
        Ok(())
    });
    let name = Text::new("ローカルソケット", "the local socket");
    tasks.vital(name, ANSWERS, async move {
        http::socket(local, inside, shut).await;
        Ok(())
    });
}

/// How many each door takes at once.
fn doors(operator: &Operator, engine: &Engine) -> (Room, Room) {
    let (outside, local) = room(operator);
    let full = &engine.metrics().connections_full;
    (
        Room::new(outside, full.clone()),
        Room::new(local, Gauge::default()),
    )
}

/// The base of every link. Why: port 0 is for trials; the links must name the
/// port that was got.
fn base_of_links(public_url: &str, got: u16) -> String {
    let url = Url::parse(public_url).ok();
    let Some(mut url) = url.filter(|url| url.port() == Some(0)) else {
        return public_url.to_owned();
    };
    // What has a port can have another one.
    let _ = url.set_port(Some(got));
    url.as_str().trim_end_matches('/').to_owned()
}

async fn open_store(path: &Path, clock: &Clock) -> anyhow::Result<Store> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(|| {
            let directory = directory.display();
            context(
                format!("保存先のディレクトリー {directory} を作れません"),
                format!("the store's directory {directory} cannot be made"),
            )
        })?;
    }
    let settings = store::Settings {
        path: path.to_owned(),
        durability: store::Durability::Full,
    };
    let opened = Store::open_with(&settings, pause(clock)).await;
    opened.map_err(|error| {
        let shown = path.display();
        let said = context(
            format!("保存先 {shown} を開けません。{}", error.ja()),
            format!("the store {shown} cannot be opened"),
        );
        anyhow::Error::new(error).context(said)
    })
}

/// How the store's writer waits.
fn pause(clock: &Clock) -> Pause {
    let clock = clock.clone();
    Arc::new(move |about| {
        let clock = clock.clone();
        Box::pin(async move { clock.sleep_about(about).await })
    })
}

/// Keeps the call lists beside the store.
fn keep_paper(engine: &Engine, store: &Path) -> Tasks {
    let mut tasks = Tasks::new(engine.clock().clone());
    let halted = tasks.halted().shared();
    let (engine, folder) = (engine.clone(), paper::folder(store));
    let name = Text::new("紙の連絡網", "the lists for paper");
    tasks.aside(name, ANSWERS, move || {
        paper::keep(engine.clone(), folder.clone(), halted.clone())
    });
    tasks
}

pub(super) fn in_flight(operator: &Operator) -> usize {
    let relays = operator.email.relays.iter();
    let connections: usize = relays.map(|relay| relay.connections).sum();
    (connections * IN_FLIGHT_PER_CONNECTION).max(16)
}

/// Binds the local socket for this user alone. A socket that a killed daemon
/// left is replaced: the store's lock says that no other one runs. Anything
/// else of that name is somebody's, and stays.
fn bind_socket(path: &Path) -> anyhow::Result<UnixListener> {
    let shown = path.display();
    let there = std::fs::symlink_metadata(path);
    if there.is_ok_and(|there| !there.file_type().is_socket()) {
        return Err(anyhow::Error::new(context(
            format!("{shown} はソケットではない別のファイルです。[http] socket を変えてください"),
            format!("{shown} is no socket but another file: change [http] socket"),
        )));
    }
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| {
                context(
                    format!("古いソケット {shown} を消せません"),
                    format!("the old socket {shown} cannot be removed"),
                )
            });
        }
    }
    let listener = UnixListener::bind(path).with_context(|| {
        context(
            format!("ソケット {shown} を作れません"),
            format!("the socket {shown} cannot be made"),
        )
    })?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).with_context(|| {
        context(
            format!("ソケット {shown} をほかのユーザーから守れません"),
            format!("the socket {shown} cannot be closed to others"),
        )
    })?;
    Ok(listener)
}

/// Who may call and sign in.
fn access(operator: &Operator, public_url: &str) -> http::Settings {
    let tokens = operator.tokens.iter().map(|token| Token {
        name: token.name.clone(),
        sha256: token.sha256,
        scopes: token.scopes.clone(),
        person: token.person.clone(),
    });
    http::Settings {
        tokens: tokens.collect(),
        sign_ins: operator.sign_ins.clone(),
        public_url: public_url.to_owned(),
    }
}

fn channels(operator: &Operator, clock: &Clock, metrics: &Metrics) -> channel::Settings {
    channel::Settings {
        clock: clock.clone(),
        circuits: metrics.circuits.clone(),
        email: email::Settings {
            from: operator.email.from.clone(),
            relays: operator.email.relays.iter().map(relay).collect(),
            hello_name: operator.email.hello_name.clone(),
            limits: email::Limits {
                end_of_data: operator.email.timeout,
                ..email::Limits::default()
            },
        },
        webhooks: operator
            .webhooks
            .iter()
            .map(|hook| webhook::Settings {
                name: hook.name.clone(),
                url: hook.url.clone(),
                secret: hook.secret.clone(),
                bearer: hook.bearer.clone(),
                success: match &hook.success {
                    Some(body) => webhook::Success::Body(body.clone()),
                    None => webhook::Success::Status,
                },
                timeout: hook.timeout,
                proxy: hook.proxy,
                extra_roots: None,
                internal: hook.internal,
                names: Arc::new(webhook::SystemNames),
            })
            .collect(),
    }
}

fn relay(relay: &config::Relay) -> email::Relay {
    email::Relay {
        host: relay.host.clone(),
        port: relay.port,
        tls: match relay.tls {
            config::Tls::None => email::Tls::None,
            config::Tls::Opportunistic => email::Tls::Opportunistic,
            config::Tls::Required => email::Tls::Required,
            config::Tls::Implicit => email::Tls::Implicit,
        },
        login: relay.login.as_ref().map(|login| email::Login {
            name: login.name.clone(),
            password: login.password.clone(),
        }),
        extra_roots: relay.extra_roots.clone(),
        connections: relay.connections,
        rate: relay.rate,
    }
}
