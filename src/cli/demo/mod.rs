//! `muster demo`: the main job on one machine, nothing to install.
//!
//! Owns the stage set: the real daemon on the example plan, a catch-all mail
//! receiver and a webhook receiver on loopback, and simulated staff who open
//! their real links. Everything is a drill. It must not reach any other
//! machine.

mod hook;
mod mail;
mod staff;
mod view;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::arguments::{Demo, Global};
use super::ask::no_random;
use super::daemon::Daemon;
use super::failure::Failure;
use super::serve::no_signals;
use crate::clock::Clock;
use crate::config::{self, Checked, Scope, Sources, StoreUrl, Token};
use crate::domain::id::PersonId;
use crate::domain::rule::Selector;

/// A minute of the plan takes a second.
const HASTE: u32 = 60;

/// The drill of the example plan that is played: an earthquake of 5弱.
const DRILL: &str = "earthquake-5-lower";

/// The longest that a demonstration lasts.
const LONGEST: Duration = Duration::from_secs(120);

/// A folder that goes when the demonstration does.
struct Folder(PathBuf);

impl Folder {
    fn new(clock: &Clock) -> std::io::Result<Self> {
        let name = format!(
            "muster-demo-{}-{}",
            std::process::id(),
            clock.now().as_millisecond()
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing in it is wanted any more.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Plays the whole thing.
pub(super) async fn demo(global: &Global, arguments: &Demo) -> Result<(), Failure> {
    let clock = Clock::system();
    let _log = crate::telemetry::start(
        super::configuration::log_filter()
            .as_deref()
            .or(Some("off")),
        false,
    );
    let folder = Folder::new(&clock).map_err(|error| {
        Failure::failed(
            format!("一時フォルダーを作れません（{error}）"),
            format!("no temporary folder can be made: {error}"),
        )
    })?;
    let token = secret(&clock)?;
    let mailbox = mail::Receiver::start().await.map_err(anyhow::Error::from)?;
    let hook = hook::Receiver::start().await.map_err(anyhow::Error::from)?;
    let checked = stage(&folder.0, &token, (mailbox.address, hook.address))?;
    let cast = staff::Cast::new(arguments.seed, &checked.plan);
    mailbox.refuse(cast.bounces(&checked.plan));
    let daemon = Daemon::start(checked, clock.clone()).await?;
    let show = view::Show::new(global, &daemon, &token);
    let staff = staff::Staff::start(cast, mailbox.letters(), clock.clone());
    let done = play(&show, &clock, &staff, arguments.keep).await;
    let closing = match &done {
        Ok(call_out) => {
            show.close(call_out, mailbox.count(), hook.count()).await;
            if arguments.keep {
                keep(&show, &staff).await
            } else {
                Ok(())
            }
        }
        Err(_) => Ok(()),
    };
    staff.stop();
    daemon.stop().await;
    done.map(drop).and(closing)
}

/// The example plan, pointed at the receivers, its minutes made seconds.
fn stage(
    folder: &Path,
    token: &str,
    (mail, hook): (SocketAddr, SocketAddr),
) -> Result<Checked, Failure> {
    let mut checked =
        config::check(&Sources::example(), &[]).map_err(|problems| Failure::problems(&problems))?;
    checked.plan = checked.plan.hastened(HASTE);
    let operator = &mut checked.operator;
    operator.store = StoreUrl::Sqlite(folder.join("muster.db"));
    operator.http.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    operator.http.public_url = "http://127.0.0.1:0".to_owned();
    operator.http.socket = Some(folder.join("muster.sock"));
    operator.email.relays = vec![config::Relay {
        host: mail.ip().to_string(),
        port: mail.port(),
        tls: config::Tls::None,
        login: None,
        extra_roots: None,
        connections: crate::channel::email::CONNECTIONS_PER_RELAY,
        rate: None,
    }];
    for webhook in &mut operator.webhooks {
        webhook.url = format!("http://{hook}/{}", webhook.name);
        webhook.secret = None;
        webhook.bearer = None;
        webhook.proxy = false;
    }
    operator.tokens = vec![Token {
        name: "demo".to_owned(),
        sha256: Sha256::digest(token).into(),
        scopes: Scope::ALL.to_vec(),
        person: None,
    }];
    Ok(checked)
}

fn secret(clock: &Clock) -> Result<String, Failure> {
    let mut bytes = [0; 8];
    clock.fill(&mut bytes).map_err(|error| no_random(&error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Starts the drill, shows it until it has run its course, and ends it, unless
/// somebody wants to go on by hand.
async fn play(
    show: &view::Show,
    clock: &Clock,
    staff: &staff::Staff,
    keep: bool,
) -> Result<Value, Failure> {
    let started = show
        .client
        .post("/api/v1/drills", &json!({ "name": DRILL }))
        .await?;
    let id = started["call_out"].as_str().unwrap_or_default().to_owned();
    show.open(&id);
    let path = format!("/api/v1/call-outs/{id}");
    let end = clock.now() + jiff::SignedDuration::try_from(LONGEST).unwrap_or_default();
    loop {
        let call_out = show.client.get(&path).await?;
        show.frame(&id, &call_out).await?;
        if is_over(&call_out, staff) || clock.now() >= end {
            if keep {
                return Ok(call_out);
            }
            break;
        }
        clock.sleep(Duration::from_millis(300)).await;
    }
    let reason = json!({ "reason": "訓練終了 / the drill is over", "by": Value::Null });
    show.client
        .post(&format!("{path}/stand-down"), &reason)
        .await?;
    let mut call_out = show.client.get(&path).await?;
    while waits(&call_out) && clock.now() < end {
        clock.sleep(Duration::from_millis(100)).await;
        call_out = show.client.get(&path).await?;
    }
    show.frame(&id, &call_out).await?;
    Ok(call_out)
}

/// Whether nothing more will come: out of stages or every need met, and
/// nobody of the simulated staff is still about to answer.
fn is_over(call_out: &Value, staff: &staff::Staff) -> bool {
    let met = call_out["targets"]
        .as_array()
        .is_some_and(|targets| targets.iter().all(|target| target["met"] == true));
    let exhausted = call_out["state"] == "exhausted";
    (met || exhausted) && !waits(call_out) && staff.is_idle()
}

/// Whether a message is still on its way.
fn waits(call_out: &Value) -> bool {
    let people = call_out["people"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    people
        .iter()
        .flat_map(|person| {
            person["notifications"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
        })
        .any(|notification| {
            matches!(
                notification["state"].as_str(),
                Some("queued" | "sending" | "retry" | "unknown")
            )
        })
}

/// Leaves everything running until Ctrl-C, and says where to press.
async fn keep(show: &view::Show, staff: &staff::Staff) -> Result<(), Failure> {
    show.left_running(staff.unopened());
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| no_signals(&error))
}

/// Required members of the squads: whom the first stage calls.
fn first_called(plan: &crate::domain::plan::Plan) -> Vec<PersonId> {
    Selector::EverySquad.people(&plan.roster)
}
