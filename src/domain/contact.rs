//! Whether a contact is proved to reach its person, and which mail addresses
//! are asked to confirm it.
//!
//! Owns what counts as a proof, and how often an address is asked: once, and
//! once more where nothing came of it. It must not send anything.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::id::PersonId;
use super::roster::{Contact, Person, Roster};

/// Which addresses are asked to confirm themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Confirm {
    /// None.
    Off,
    /// Those that come with a later edition than the first that was known.
    #[default]
    New,
    /// All that were never proved.
    All,
}

impl Confirm {
    /// All.
    pub const ALL: [Self; 3] = [Self::Off, Self::New, Self::All];

    /// The name in `rules.toml` and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::New => "new",
            Self::All => "all",
        }
    }
}

/// How addresses are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Which.
    pub confirm: Confirm,
    /// How many mails a minute at most.
    pub a_minute: u16,
    /// After how many days once more; never where it is 0.
    pub remind_days: u16,
}

impl Default for Asking {
    fn default() -> Self {
        Self {
            confirm: Confirm::New,
            a_minute: 30,
            remind_days: 7,
        }
    }
}

/// The most mails that one address of one person ever gets: the request and
/// one reminder.
pub const MAILS: u32 = 2;

/// How long a mail that was taken may still come back: as long as mail systems
/// keep trying (RFC 5321, 4.5.4.1).
pub const COMES_BACK: SignedDuration = SignedDuration::from_hours(24 * 5);

/// Waits between attempts at one mail; the last repeats.
const BACKOFF_MINUTES: [u64; 5] = [5, 15, 60, 240, 720];

/// The most attempts at one mail: more than a week.
const ATTEMPTS: u32 = 20;

impl Asking {
    /// How long it is until the next mail may go.
    pub fn pace(&self) -> Duration {
        Duration::from_secs(60) / u32::from(self.a_minute.max(1))
    }

    /// When an address is asked once more after so many mails, if it is.
    pub fn again(&self, mails: u32, now: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.remind_days);
        let once_more = mails < MAILS && days > 0;
        once_more.then(|| now + SignedDuration::from_hours(24 * days))
    }
}

/// The wait after an attempt that failed, and may not fail again.
pub fn backoff(attempts: u32) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let step = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    let minutes = BACKOFF_MINUTES[step.min(BACKOFF_MINUTES.len() - 1)];
    Some(Duration::from_secs(60 * minutes))
}

/// Where the asking of one address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It is not asked.
    Known,
    /// It is to be asked.
    Waiting,
    /// It needs not be asked: an answer came from a message to it.
    Proved,
    /// A mail to it is on its way.
    Sending,
    /// It was asked.
    Asked,
    /// The address does not exist.
    Dead,
    /// No mail could be sent to it.
    Failed,
    /// Nobody has it any more.
    Left,
}

impl State {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Known,
        Self::Waiting,
        Self::Proved,
        Self::Sending,
        Self::Asked,
        Self::Dead,
        Self::Failed,
        Self::Left,
    ];

    /// The name in the store and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Waiting => "waiting",
            Self::Proved => "proved",
            Self::Sending => "sending",
            Self::Asked => "asked",
            Self::Dead => "dead",
            Self::Failed => "failed",
            Self::Left => "left",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| text == state.name())
    }
}

/// A person and one of their addresses, written alike however it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Whose.
    pub person: PersonId,
    /// In small letters.
    pub address: String,
}

impl Key {
    /// The key of an address.
    pub fn new(person: &PersonId, address: &str) -> Self {
        Self {
            person: person.clone(),
            address: address.to_ascii_lowercase(),
        }
    }

    /// The contact of a roster that it stands for.
    pub fn contact<'a>(&self, roster: &'a Roster) -> Option<(&'a Person, &'a Contact)> {
        let person = roster.people.get(&self.person)?;
        let same = |contact: &&Contact| contact.address.eq_ignore_ascii_case(&self.address);
        Some((person, person.mail_contacts().find(same)?))
    }
}

/// One address as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its number.
    pub id: i64,
    /// Which.
    pub key: Key,
    /// Where the asking stands.
    pub state: State,
    /// Mails that went out, or perhaps did.
    pub mails: u32,
    /// Attempts at the mail that is next.
    pub attempts: u32,
    /// When something is to be sent to it.
    pub due_at: Option<Timestamp>,
    /// When the last mail went out.
    pub sent_at: Option<Timestamp>,
    /// When its person confirmed it first.
    pub confirmed_at: Option<Timestamp>,
    /// When a mail to it was refused for good.
    pub dead_at: Option<Timestamp>,
}

/// What an edition makes of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub key: Key,
    /// Where it stood; nothing where it was not known.
    pub from: Option<State>,
    /// Where it stands from now on.
    pub to: State,
}

/// As many new addresses as a town may bring at once without being another.
const MOVED: usize = 10;

/// Whether most addresses of a roster were in none before.
fn is_another(known: &[Address], roster: &Roster) -> bool {
    let known: HashSet<&Key> = known.iter().map(|one| &one.key).collect();
    let keys: HashSet<Key> = mail_keys(roster).collect();
    let new = keys.iter().filter(|key| !known.contains(key)).count();
    new > MOVED && new * 2 > keys.len()
}

/// The mail addresses of staff, with whose each is.
fn mail_keys(roster: &Roster) -> impl Iterator<Item = Key> {
    roster.people.values().flat_map(|person| {
        let contacts = person.mail_contacts();
        contacts.map(|contact| Key::new(&person.id, &contact.address))
    })
}

/// What becomes of each address as an edition is put in force.
///
/// Invariant: who was ever sent a mail, confirmed, or is known to be dead is
/// never asked anew. The first roster that is known is nobody's news, nor is
/// another one in its place: a town that tried the example and then puts its
/// own in has announced nothing to anybody yet.
pub fn review(known: &[Address], roster: &Roster, confirm: Confirm) -> Vec<Step> {
    let first = known.is_empty() || is_another(known, roster);
    let mut left: HashMap<&Key, &Address> = known.iter().map(|one| (&one.key, one)).collect();
    let mut seen = HashSet::new();
    let mut steps = Vec::new();
    for key in mail_keys(roster) {
        let before = left.remove(&key);
        if !seen.insert(key.clone()) {
            continue;
        }
        let from = before.map(|one| one.state);
        let wanted = before.is_none_or(|one| one.mails == 0 && one.confirmed_at.is_none());
        let ask = |asks: bool| if asks { State::Waiting } else { State::Known };
        let to = match (from, confirm) {
            (None | Some(State::Left | State::Waiting), Confirm::Off) => State::Known,
            (None, Confirm::New) => ask(wanted && !first),
            (None | Some(State::Known | State::Left), Confirm::All)
            | (Some(State::Left), Confirm::New) => ask(wanted),
            (Some(as_it_was), _) => as_it_was,
        };
        if from != Some(to) {
            steps.push(Step { key, from, to });
        }
    }
    let gone = known.iter().filter(|one| {
        let waits = matches!(one.state, State::Known | State::Waiting);
        waits && one.mails == 0 && left.contains_key(&one.key)
    });
    steps.extend(gone.map(|one| Step {
        key: one.key.clone(),
        from: Some(one.state),
        to: State::Left,
    }));
    steps
}

/// What is known of one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Known {
    /// When its person last confirmed it.
    pub confirmed_at: Option<Timestamp>,
    /// When an answer last came from a message to it.
    pub answered_at: Option<Timestamp>,
    /// When the other side last took a message: no proof.
    pub accepted_at: Option<Timestamp>,
    /// When the other side last took one that can no longer come back.
    pub stayed_at: Option<Timestamp>,
    /// When it last said that nobody has this contact.
    pub refused_at: Option<Timestamp>,
    /// When it last refused one for good for another reason.
    pub failed_at: Option<Timestamp>,
}

/// The last word on a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its person confirmed it.
    Confirmed(Timestamp),
    /// An answer came from a message to it.
    Answered(Timestamp),
    /// A message was refused, and nothing speaks for the contact since.
    Refused(Timestamp),
    /// Messages were taken; whether they were read is not known.
    Accepted(Timestamp),
    /// Nothing is known.
    None,
}

impl Known {
    /// The same, with what else is known of the contact.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            confirmed_at: self.confirmed_at.max(other.confirmed_at),
            answered_at: self.answered_at.max(other.answered_at),
            accepted_at: self.accepted_at.max(other.accepted_at),
            stayed_at: self.stayed_at.max(other.stayed_at),
            refused_at: self.refused_at.max(other.refused_at),
            failed_at: self.failed_at.max(other.failed_at),
        }
    }

    /// The last proof; what was taken counts only where nothing else does.
    ///
    /// Invariant: that nobody has a contact stands until its person says
    /// otherwise, or a later message was taken and did not come back in time.
    pub fn proof(&self) -> Proof {
        let proved = self.confirmed_at.max(self.answered_at);
        let unknown = self
            .refused_at
            .filter(|at| proved.max(self.stayed_at) < Some(*at));
        let failed = self
            .failed_at
            .filter(|at| proved.max(self.accepted_at) < Some(*at));
        if let Some(refused) = unknown.max(failed) {
            return Proof::Refused(refused);
        }
        match (self.confirmed_at, self.answered_at, self.accepted_at) {
            (Some(confirmed), answered, _) if answered <= Some(confirmed) => {
                Proof::Confirmed(confirmed)
            }
            (_, Some(answered), _) => Proof::Answered(answered),
            (_, None, Some(accepted)) => Proof::Accepted(accepted),
            (..) => Proof::None,
        }
    }
}

impl Proof {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed(_) => "confirmed",
            Self::Answered(_) => "answered",
            Self::Refused(_) => "bounced",
            Self::Accepted(_) => "accepted",
            Self::None => "none",
        }
    }

    /// When that was.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Confirmed(at) | Self::Answered(at) | Self::Refused(at) | Self::Accepted(at) => {
                Some(at)
            }
            Self::None => None,
        }
    }

    /// Whether it says that the person is reached.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Confirmed(_) | Self::Answered(_))
    }
}
