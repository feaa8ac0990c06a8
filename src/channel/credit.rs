//! How far the word of a relay or a gateway is believed that nobody has an address.
//!
//! Owns the memory of whom it took and refused of late, so that one that is
//! wrongly set does not look like a town of dead people. Time is an
//! argument. It must not read a reply.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// So many different addresses refused in a row, with none taken between
/// them, may be dead; with one more it is the relay or the gateway that is in doubt.
const RUN: usize = 2;

/// A run of so many puts it in doubt as a whole, and one of so many is its own
/// fault. Between the two one message after the other tries it: a whole section
/// of an old roster may be gone, and costs nobody else a mail.
const MANY: usize = 8;
const EVERYBODY: usize = 24;

/// How many addresses are remembered, and how many of them must have been
/// refused before their share says anything.
const REMEMBERED: usize = 20;
const TELLING: usize = 4;

/// How long what was taken vouches for it.
const VOUCHES: SignedDuration = SignedDuration::from_mins(10);

/// What a refusal is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Nobody has this address.
    Believed,
    /// The fault may be its own: another way is asked, or it is asked again.
    Doubted,
    /// It refuses many, who are perhaps all gone.
    Many,
    /// It refuses everybody.
    Everybody,
}

/// What is remembered of one way out.
#[derive(Default)]
pub(super) struct Credit {
    hasher: RandomState,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// When it last took something.
    taken: Option<Timestamp>,
    /// Who was refused since then, and how often.
    run: HashMap<u64, u32>,
    /// The addresses of late, and whether each was refused.
    recent: VecDeque<(u64, bool)>,
    /// Another relay took whom this one had refused.
    proved_wrong: bool,
}

impl Credit {
    /// It took a message.
    pub(super) fn took(&self, to: &str, at: Timestamp) {
        let to = self.hasher.hash_one(to);
        let mut memory = self.memory();
        memory.note(to, false);
        memory.taken = Some(at);
        memory.run.clear();
        memory.proved_wrong = false;
    }

    /// It refused an address. `expressly`: with a code that is about nothing
    /// but the address (5.1.x, 410).
    pub(super) fn refused(&self, to: &str, expressly: bool, at: Timestamp) -> Worth {
        let to = self.hasher.hash_one(to);
        let mut memory = self.memory();
        memory.note(to, true);
        let times = memory.run.entry(to).or_default();
        *times += 1;
        let again = *times > 1;
        match memory.run.len() {
            EVERYBODY.. => return Worth::Everybody,
            MANY.. => return Worth::Many,
            _ => {}
        }
        let taken = |taken: Timestamp| at.duration_since(taken) < VOUCHES;
        let vouched = memory.taken.is_some_and(taken);
        // Why: a bare 550 is also what an old relay says that does not want
        // us, and 404 a gateway whose path was mistyped. They are believed of
        // one that takes what is for others, and of one that says so again
        // when nothing speaks against it.
        let sure = vouched || expressly || again;
        let few = memory.run.len() <= RUN && !memory.refuses_most();
        if sure && few && !memory.proved_wrong {
            Worth::Believed
        } else {
            Worth::Doubted
        }
    }

    /// Another relay took a mail to an address that this one had refused.
    pub(super) fn was_wrong(&self) {
        self.memory().proved_wrong = true;
    }

    /// Why: nothing that is done under the lock can fail half-way, so a
    /// panic elsewhere leaves it sound.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn note(&mut self, to: u64, refused: bool) {
        self.recent.retain(|(known, _)| *known != to);
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((to, refused));
    }

    fn refuses_most(&self) -> bool {
        let refused = self.recent.iter().filter(|(_, refused)| *refused).count();
        refused >= TELLING && refused * 2 > self.recent.len()
    }
}
