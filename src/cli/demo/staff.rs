//! Simulated staff: they read their mail, open the link in it and answer, or
//! do not.
//!
//! Owns who does what, by a seed, so that a demonstration can be repeated.
//! They speak to the daemon as a phone would: GET the page, POST the form.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::first_called;
use super::mail::Letter;
use crate::clock::{Clock, Draw};
use crate::domain::plan::Plan;
use crate::domain::roster::ChannelName;

/// What a person does with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conduct {
    Comes { eta_minutes: u32, arrives: bool },
    Cannot,
    Silent,
}

/// Who does what.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    seed: u64,
    bouncing: HashSet<String>,
}

impl Cast {
    /// A cast by its seed: one of those called first has a dead address.
    pub(super) fn new(seed: u64, plan: &Plan) -> Self {
        let first = first_called(plan);
        let index = usize::try_from(seed.wrapping_mul(7)).unwrap_or_default() % first.len().max(1);
        let person = first
            .get(index)
            .and_then(|person| plan.roster.people.get(person));
        let mails = person.into_iter().flat_map(|person| &person.contacts);
        let mails = mails.filter(|contact| contact.channel == ChannelName::Email);
        Self {
            seed,
            bouncing: mails.map(|contact| contact.address.to_string()).collect(),
        }
    }

    /// The addresses that do not exist.
    pub(super) fn bounces(&self, _plan: &Plan) -> HashSet<String> {
        self.bouncing.clone()
    }

    /// How a person answers, and after how long.
    fn conduct(&self, address: &str) -> (Conduct, Duration) {
        let mut draw = Draw::new(self.seed, address);
        let lot = draw.below(256);
        let delay = Duration::from_millis(500 + draw.below(256) * 20);
        let conduct = match lot {
            0..=140 => Conduct::Comes {
                eta_minutes: [30, 60, 120][usize::try_from(draw.below(3)).unwrap_or_default()],
                arrives: draw.below(3) == 0,
            },
            141..=200 => Conduct::Cannot,
            _ => Conduct::Silent,
        };
        (conduct, delay)
    }
}

/// The staff at work.
pub(super) struct Staff {
    reading: JoinHandle<()>,
    busy: Arc<AtomicUsize>,
    unopened: Arc<OnceLock<String>>,
}

impl Staff {
    /// Reads every mail as it comes.
    pub(super) fn start(
        cast: Cast,
        mut letters: broadcast::Receiver<Letter>,
        clock: Clock,
    ) -> Self {
        let busy = Arc::new(AtomicUsize::new(0));
        let unopened = Arc::new(OnceLock::new());
        let (counting, left) = (Arc::clone(&busy), Arc::clone(&unopened));
        let phone = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap_or_default();
        let reading = tokio::spawn(async move {
            let mut answered = HashSet::new();
            while let Ok(letter) = letters.recv().await {
                let (conduct, delay) = cast.conduct(&letter.to);
                let link = link(&letter.text).map(str::to_owned);
                let Some(link) = link else {
                    continue;
                };
                if conduct == Conduct::Silent {
                    left.get_or_init(|| link);
                    continue;
                }
                if !answered.insert(letter.to) {
                    continue;
                }
                counting.fetch_add(1, Ordering::Relaxed);
                let (phone, clock, busy) = (phone.clone(), clock.clone(), Arc::clone(&counting));
                tokio::spawn(async move {
                    clock.sleep(delay).await;
                    answer(&phone, &link, conduct, &clock).await;
                    busy.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Self {
            reading,
            busy,
            unopened,
        }
    }

    /// The answer link of somebody who has not opened it, for whoever watches.
    pub(super) fn unopened(&self) -> Option<&str> {
        self.unopened.get().map(String::as_str)
    }

    /// Whether nobody is about to answer.
    pub(super) fn is_idle(&self) -> bool {
        self.busy.load(Ordering::Relaxed) == 0
    }

    /// Nobody reads any more.
    pub(super) fn stop(&self) {
        self.reading.abort();
    }
}

/// The answer link in a mail's text.
fn link(text: &str) -> Option<&str> {
    let at = text.find("http://127.0.0.1:")?;
    let rest = &text[at..];
    let link = rest.split_whitespace().next()?;
    link.contains("/a/").then_some(link)
}

/// Opens the page and sends its form, as a phone does. An answer that fails
/// shows as one that never came.
async fn answer(phone: &reqwest::Client, link: &str, conduct: Conduct, clock: &Clock) {
    if phone.get(link).send().await.is_err() {
        return;
    }
    let send = async |form: &[(&str, &str)]| {
        let sent = phone.post(link).form(form).send().await;
        if let Err(error) = sent {
            tracing::warn!(error = %error, "a simulated answer was lost");
        }
    };
    match conduct {
        Conduct::Comes {
            eta_minutes,
            arrives,
        } => {
            send(&[
                ("answer", "coming"),
                ("eta_minutes", &eta_minutes.to_string()),
            ])
            .await;
            if arrives {
                clock.sleep(Duration::from_secs(3)).await;
                send(&[("answer", "arrived")]).await;
            }
        }
        Conduct::Cannot => {
            send(&[
                ("answer", "cannot"),
                ("note", "道路が通れない / the road is closed"),
            ])
            .await
        }
        Conduct::Silent => {}
    }
}
