//! A whole town in a test: the real engine on a real SQLite file, a clock
//! moved by hand, and an outlet that records what is sent.
//!
//! Owns the verbs of a story. It must not sleep: time moves from one due time
//! to the next.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use muster::cli::daemon;
use muster::clock::Clock;
use muster::config::{self, Checked, Sources};
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::{CallOut, Word};
use muster::domain::event::{Effect, EventKind, Intensity, Posture};
use muster::domain::id::{CallOutId, DrillId, PersonId, Principal};
use muster::domain::plan::Plan;
use muster::domain::roster::ChannelName;
use muster::domain::rule::Decision;
use muster::engine::{
    Accepted, DrillStart, Engine, Error, Incoming, Outlet, Parts, Settings, Standing, Taken, Told,
};
use muster::message::own::{OwnFile, OwnTexts};
use muster::message::token::LinkKeys;
use muster::store::{Durability, Settings as StoreSettings};
use muster::telemetry::Metrics;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

pub(crate) use super::recorder::{Recorder, Sent};
use super::waiting::{Rest, reopen};

/// The base of every link.
const URL: &str = "https://muster.example.jp";

/// How many messages each channel takes at once.
pub(crate) const ROOM: usize = 64;

/// The town.
pub(crate) struct World {
    pub(super) folder: tempfile::TempDir,
    checked: Checked,
    room: usize,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) recorder: Arc<Recorder>,
    pub(super) start: Timestamp,
}

impl World {
    /// The example plan of the repository.
    pub(crate) async fn example() -> Self {
        Self::with(|_| {}).await
    }

    /// The example plan where people's replies are read.
    pub(crate) async fn with_replies() -> Self {
        Self::set(&[("email.replies", "true")], |_| {}).await
    }

    /// The example plan where a mail is sent to this address that must come back.
    pub(crate) async fn with_canary(to: &str) -> Self {
        Self::set(&[("email.canary", to)], |plan| plan.readiness = None).await
    }

    /// The example plan with a change.
    pub(crate) async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        Self::set(&[], change).await
    }

    /// The example plan through channels that take so many messages at once.
    pub(crate) async fn narrow(room: usize, change: impl FnOnce(&mut Plan)) -> Self {
        let mut world = Self::with(change).await;
        world.room = room;
        world.crash().await
    }

    pub(crate) async fn set(keys: &[(&str, &str)], change: impl FnOnce(&mut Plan)) -> Self {
        let keys: Vec<_> = keys
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let mut checked = config::check(&Sources::example(), &keys).unwrap();
        change(&mut checked.plan);
        let start: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(start);
        let recorder = Arc::new(Recorder::default());
        *recorder.clock.lock().unwrap() = Some(clock.clone());
        let engine = engine(&folder, &checked, (&clock, ROOM), &recorder).await;
        Self {
            folder,
            checked,
            room: ROOM,
            clock,
            engine,
            recorder,
            start,
        }
    }

    /// The example plan on a store of these octets; why it does not start.
    pub(crate) async fn on(octets: &[u8]) -> Result<Self, String> {
        let world = Self::with(|plan| plan.readiness = None).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("muster.db"), octets).unwrap();
        let at = (&world.clock, world.room);
        let engine = try_engine(&folder, &world.checked, at, &world.recorder).await?;
        Ok(Self {
            folder,
            engine,
            ..world
        })
    }

    /// The daemon is killed and started again on the same files.
    pub(crate) async fn crash(mut self) -> Self {
        let Self {
            folder,
            checked,
            room,
            clock,
            engine: old,
            recorder,
            start,
        } = self;
        drop(old);
        let engine = engine(&folder, &checked, (&clock, room), &recorder).await;
        self = Self {
            folder,
            checked,
            room,
            clock,
            engine,
            recorder,
            start,
        };
        self
    }

    /// The example plan with a change in the text of its rules is read and
    /// put in force a second later, as SIGHUP does it.
    pub(crate) async fn reload(&mut self, change: impl FnOnce(String) -> String) {
        self.away("1s");
        let mut sources = Sources::example();
        sources.rules.text = change(sources.rules.text);
        self.checked = config::check(&sources, &[]).unwrap();
        self.engine.reload(standing(&self.checked)).await.unwrap();
    }

    /// The plan is changed and put in force.
    pub(crate) async fn change(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.checked.plan);
        self.engine.reload(standing(&self.checked)).await.unwrap();
    }

    /// The plan is changed, and the next start puts it in force.
    pub(crate) fn mend_while_away(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.checked.plan);
    }

    /// The town's own texts are put in force.
    pub(crate) async fn texts(&mut self, files: &[OwnFile]) {
        self.checked.own = Arc::new(OwnTexts::new(files));
        self.engine.reload(standing(&self.checked)).await.unwrap();
    }

    /// Tells an earthquake; its call-outs.
    pub(crate) async fn earthquake(&self, intensity: &str) -> Vec<CallOutId> {
        let intensity = Intensity::parse(intensity).unwrap();
        self.tell(EventKind::Earthquake { intensity })
            .await
            .unwrap()
            .call_outs
    }

    /// Tells a posture.
    pub(crate) async fn posture(&self, level: u8, ordered_by: &str) -> Result<Accepted, Error> {
        self.tell(EventKind::WindFlood {
            posture: Posture::new(level).unwrap(),
            ordered_by: ordered_by.into(),
            acting_for: None,
        })
        .await
    }

    /// Tells a security incident.
    pub(crate) async fn incident(&self, effect: &str) -> Vec<CallOutId> {
        let kind = EventKind::SecurityIncident {
            effect: Effect::parse(effect).unwrap(),
            systems: vec![19],
        };
        self.tell(kind).await.unwrap().call_outs
    }

    /// Tells anything.
    pub(crate) async fn tell(&self, kind: EventKind) -> Result<Accepted, Error> {
        let accepted = self.engine.tell(told(kind)).await;
        self.turn().await;
        accepted
    }

    /// Starts a drill.
    pub(crate) async fn drill(&self, name: &str) -> CallOutId {
        let call_outs = self.start_drill(name, None).await.unwrap().call_outs;
        call_outs[0].clone()
    }

    /// Starts a drill although a real call-out is open.
    pub(crate) async fn drill_beside(&self, name: &str) -> CallOutId {
        let started = self.start_drill(name, Some("並行の確認")).await;
        started.unwrap().call_outs[0].clone()
    }

    /// Starts a drill, beside a real call-out only where somebody says why.
    pub(crate) async fn start_drill(
        &self,
        name: &str,
        forced: Option<&str>,
    ) -> Result<Accepted, Error> {
        let start = DrillStart {
            drill: DrillId::new(name),
            key: None,
            forced: forced.map(str::to_owned),
            by: Principal::new("token:drill"),
        };
        let started = self.engine.start_drill(start).await;
        self.turn().await;
        started
    }

    /// One turn of the engine.
    pub(crate) async fn turn(&self) {
        self.engine.turn().await.unwrap();
    }

    /// Time passes; everything due on the way happens at its time.
    pub(crate) async fn advance(&self, by: &str) {
        let by: SignedDuration = by.parse().unwrap();
        let end = self.clock.now() + by;
        let mut rest = Rest::default();
        loop {
            self.turn().await;
            match self.engine.next_due().await.unwrap() {
                Some(due) if due <= end => self.step(rest.until(due, self.clock.now())),
                _ => break,
            }
        }
        self.step(end);
        self.turn().await;
    }

    /// Time passes while the daemon is away: nothing happens on the way.
    pub(crate) fn away(&self, by: &str) {
        let by: SignedDuration = by.parse().unwrap();
        self.step(self.clock.now() + by);
    }

    /// The clock is set back, as after a time server mends it.
    pub(crate) fn back(&self, by: &str) {
        let by: SignedDuration = by.parse().unwrap();
        self.clock.set_back(by.try_into().unwrap());
    }

    fn step(&self, to: Timestamp) {
        let by = to.duration_since(self.clock.now());
        self.clock
            .advance(Duration::try_from(by).unwrap_or_default());
    }

    /// A person answers from the page behind the link in their mail.
    pub(crate) async fn answer(&self, call_out: &CallOutId, person: &str, reply: Reply) {
        self.press(call_out, person, reply).await;
        self.turn().await;
    }

    /// The duty officer enters what a person said.
    pub(crate) async fn on_behalf(
        &self,
        call_out: &CallOutId,
        person: &str,
        reply: Reply,
    ) -> Result<(), Error> {
        let done = self
            .engine
            .acknowledge(call_out, on_behalf(person, reply))
            .await;
        self.turn().await;
        done.map(drop)
    }

    /// The duty officer enters what a person said; nothing else happens.
    pub(crate) async fn say(
        &self,
        call_out: &CallOutId,
        person: &str,
        reply: Reply,
    ) -> Result<(), Error> {
        self.engine
            .acknowledge(call_out, on_behalf(person, reply))
            .await
            .map(drop)
    }

    /// Somebody enters a person's decision.
    pub(crate) async fn decide(
        &self,
        call_out: &CallOutId,
        person: &str,
        decision: Decision,
    ) -> Result<(), Error> {
        let word = word(Some(person), None);
        let done = self.engine.decide(call_out, decision, word).await;
        self.turn().await;
        done
    }

    /// The duty officer ends a call-out.
    pub(crate) async fn stand_down(&self, call_out: &CallOutId, reason: &str) {
        let word = word(None, Some(reason));
        let done = self.engine.stand_down(call_out, word, false).await;
        done.unwrap();
        self.turn().await;
    }

    /// A later report of what a call-out runs for.
    pub(crate) async fn grow(
        &self,
        call_out: &CallOutId,
        kind: EventKind,
    ) -> Result<Accepted, Error> {
        let done = self.engine.grow(call_out, told(kind)).await;
        self.turn().await;
        done
    }

    /// A mail comes back.
    pub(crate) async fn receive(&self, recipient: &str, mail: &str) -> Taken {
        let taken = self.engine.receive(Incoming {
            recipient: Some(recipient),
            octets: mail.as_bytes(),
        });
        let taken = taken.await.unwrap();
        self.turn().await;
        taken
    }

    /// What is kept of the attempts to send one message, the first one first.
    pub(crate) async fn attempts(&self, notification: i64) -> Vec<String> {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("muster.db"));
        let mut connection = options.read_only(true).connect().await.unwrap();
        let sql = "SELECT outcome FROM delivery WHERE notification = $1 ORDER BY attempt";
        let rows = sqlx::query_scalar(sql).bind(notification);
        rows.fetch_all(&mut connection).await.unwrap()
    }

    /// Everything that was sent.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.recorder.sent.lock().unwrap().clone()
    }

    /// How many messages were sent.
    pub(crate) fn sent_so_far(&self) -> usize {
        self.recorder.sent.lock().unwrap().len()
    }

    /// How many messages were sent to a person's mail address.
    pub(crate) fn sent_to(&self, person: &str) -> usize {
        let contacts = &self.checked.plan.roster.people[&PersonId::new(person)].contacts;
        let addresses: Vec<&str> = contacts.iter().map(|contact| &*contact.address).collect();
        self.sent()
            .iter()
            .filter(|sent| addresses.contains(&sent.to.as_str()))
            .count()
    }

    /// A person's first mail address.
    pub(crate) fn address(&self, person: &str) -> String {
        let contacts = &self.checked.plan.roster.people[&PersonId::new(person)].contacts;
        let mail = contacts
            .iter()
            .find(|contact| contact.channel == ChannelName::Email);
        mail.unwrap().address.to_string()
    }

    /// A call-out as it stands.
    pub(crate) async fn see(&self, id: &CallOutId) -> CallOut {
        self.engine.view(id, Clone::clone).await.unwrap()
    }

    /// The file of its store.
    pub(crate) fn store_file(&self) -> std::path::PathBuf {
        self.folder.path().join("muster.db")
    }

    /// The plan.
    pub(crate) fn plan(&self) -> &Plan {
        &self.checked.plan
    }
}

/// A real event as a token would tell it.
pub(crate) fn told(kind: EventKind) -> Told {
    Told {
        kind,
        headline: None,
        place: None,
        key: None,
        at: None,
        by: Principal::new("token:duty"),
    }
}

/// A word that the duty officer enters.
pub(crate) fn word(on_word_of: Option<&str>, reason: Option<&str>) -> Word {
    Word {
        by: Principal::new("token:duty"),
        on_word_of: on_word_of.map(PersonId::new),
        reason: reason.map(str::to_owned),
    }
}

fn on_behalf(person: &str, reply: Reply) -> Answer {
    Answer {
        person: PersonId::new(person),
        reply,
        eta_minutes: None,
        note: None,
        via: Via::OnBehalf,
        by: Principal::new("token:duty"),
    }
}

fn standing(checked: &Checked) -> Standing {
    let own = Arc::clone(&checked.own);
    let plan = (checked.plan.clone(), checked.texts.clone(), own);
    daemon::standing(plan, &checked.operator, URL).unwrap()
}

pub(crate) async fn engine(
    folder: &tempfile::TempDir,
    checked: &Checked,
    at: (&Clock, usize),
    recorder: &Arc<Recorder>,
) -> Engine {
    try_engine(folder, checked, at, recorder).await.unwrap()
}

/// The same; why it does not start.
async fn try_engine(
    folder: &tempfile::TempDir,
    checked: &Checked,
    (clock, room): (&Clock, usize),
    recorder: &Arc<Recorder>,
) -> Result<Engine, String> {
    let settings = StoreSettings {
        path: folder.path().join("muster.db"),
        durability: Durability::Off,
    };
    let pause = recorder.clone().pause();
    let store = reopen(&settings, &pause)
        .await
        .map_err(|error| error.to_string())?;
    let outlet: Arc<dyn Outlet> = Arc::<Recorder>::clone(recorder);
    Engine::start(Parts {
        store,
        clock: clock.clone(),
        standing: standing(checked),
        outlet,
        keys: LinkKeys::new(1, [7; 32]),
        settings: Settings {
            public_url: URL.to_owned(),
            from: checked.operator.email.from.clone(),
            in_flight: room,
            replies: checked.operator.email.replies,
            canary: checked.operator.email.canary.clone(),
            webhooks: checked.operator.webhook_names(),
        },
        metrics: Arc::new(Metrics::default()),
    })
    .await
    .map_err(|error| error.to_string())
}
