//! What must hold of a day once it is over: I1 to I4, I7 and I8.
//!
//! Owns the judging of what was sent and kept against what the world outside was
//! told. It must not know how the engine came to it.

use std::collections::{BTreeMap, BTreeSet};

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{ContactState, TriedContact};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::journal::Entry;
use muster::domain::notification::{NotificationState, Purpose};
use muster::store::Kept;
use serde_json::Value;

use super::dead::{self, Dead};
use super::ledger::Ledger;
use super::wanted::{self, Came};
use crate::support::world::{Sent, World};

/// To which call-out a message belongs, and its number.
fn place(sent: &Sent) -> (CallOutId, i64) {
    if sent.channel == "webhook" {
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let id = body["call_out"]["id"].as_str().unwrap();
        return (CallOutId::new(id), body["id"].as_i64().unwrap());
    }
    // `call-out.20261123-7k3f.18@example.jp`
    let name = sent.identity.split('@').next().unwrap_or_default();
    let mut parts = name.split('.').skip(1);
    let id = parts.next().unwrap_or_default();
    let number = parts.next().and_then(|number| number.parse().ok());
    (CallOutId::new(id), number.unwrap_or_default())
}

fn is_taken(sent: &Sent) -> bool {
    matches!(sent.outcome, "accepted" | "unknown")
}

/// What was looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Looked {
    /// So many people were wanted by a rule alone.
    pub(super) wanted: usize,
    /// So often administrators heard of a dead contact.
    pub(super) dead: usize,
}

/// Everything that is to hold.
pub(super) async fn judge(world: &World, ledger: &Ledger, sent: &[Sent]) -> Looked {
    no_false_call_out(world, ledger).await;
    copies_are_few(sent, ledger);
    let mut by_call_out: BTreeMap<CallOutId, Vec<(usize, i64)>> = BTreeMap::new();
    for (at, one) in sent.iter().enumerate() {
        let (id, number) = place(one);
        let report = one.identity.starts_with("drill-notice.");
        mark(one, report || ledger.drills.contains(&id));
        by_call_out.entry(id).or_default().push((at, number));
    }
    let of: Vec<CallOutId> = sent.iter().map(|one| place(one).0).collect();
    let dead = Dead::new(
        of.iter()
            .zip(sent)
            .enumerate()
            .map(|(at, (id, one))| (at, id, one)),
        ledger,
    );
    let taken = of.iter().zip(sent).filter(|(_, one)| is_taken(one));
    let came = Came::new(taken, &dead);
    let mut looked = Looked {
        wanted: 0,
        dead: dead::are_not_told_again_and_again(world.plan(), ledger, &dead, of.iter().zip(sent)),
    };
    for id in ledger.ids() {
        let kept = world.engine.store().load(&id).await.unwrap().unwrap();
        if kept.call_out.state.is_live() && !ledger.withdrawn.contains(&id) {
            looked.wanted += wanted::has_heard(world.plan(), ledger, &id, &came);
        }
        let mine = by_call_out.remove(&id).unwrap_or_default();
        nothing_lost(&kept, mine.iter().map(|(at, _)| &sent[*at]));
        nobody_is_asked_after_an_answer(&kept, ledger, &mine);
        the_dead_are_left_alone(&kept, ledger, sent, &mine);
        nobody_is_called_by_two_messages(&kept, &mine);
        the_dead_are_told(world, &kept, sent).await;
        answers(world, ledger, &id).await;
        let broken = world.engine.store().broken_entry(&id).await.unwrap();
        assert_eq!(broken, None, "I7: the account of {id} is a chain");
    }
    let now = world.clock.now();
    let waiting = world.engine.store().waiting(now).await.unwrap();
    assert_eq!(waiting, 0, "everything that is due is sent");
    looked
}

/// I1: whoever is called got it in this call-out, or has nobody left to get it by.
fn nothing_lost<'a>(kept: &Kept, mine: impl Iterator<Item = &'a Sent>) {
    let call_out = &kept.call_out;
    let id = &call_out.id;
    for row in &kept.notifications {
        assert_ne!(row.state, NotificationState::Sending, "{id}: {row:?}");
    }
    let reached: BTreeSet<&str> = mine
        .filter(|sent| is_taken(sent))
        .map(|sent| sent.to.as_str())
        .collect();
    let rows = |person: &PersonId| {
        let rows = kept.notifications.iter();
        rows.filter(|row| row.draft.person == *person).count()
    };
    for one in call_out.participants.values() {
        let silent = one.is_called() && one.reply().is_none() && call_out.state.is_live();
        if !silent {
            continue;
        }
        let mut contacts = one.contacts.iter();
        let heard = contacts.any(|tried| reached.contains(&*tried.contact.address));
        assert!(
            rows(&one.person) > 0,
            "I1: {} was called in {id} by nothing",
            one.person
        );
        // A contact that refused for a while takes messages by now.
        let dead = |tried: &TriedContact| tried.state == ContactState::Dead;
        let mut targets = one.targets.iter().map(|at| &call_out.targets[*at]);
        assert!(
            heard || one.contacts.iter().all(dead) || targets.all(|target| target.met),
            "I1: {} in {id} got nothing",
            one.person
        );
    }
}

/// I1: administrators hear of each contact that died in a real call-out, within ten
/// minutes of it but for what stood in the way. Whatever is over by now stands in the
/// next look at who can be reached.
async fn the_dead_are_told(world: &World, kept: &Kept, sent: &[Sent]) {
    let call_out = &kept.call_out;
    if !call_out.state.is_live() || call_out.mode().is_drill() {
        return;
    }
    let id = &call_out.id;
    for record in world.engine.store().journal(id, 0).await.unwrap() {
        let Entry::ContactDead { person, .. } = &record.entry else {
            continue;
        };
        let name = &call_out.participants[person].name;
        let tells = |sent: &Sent| {
            let names = sent.body.contains(&*name.ja) || sent.body.contains(&*name.en);
            sent.subject.contains("【障害】") && sent.at >= record.at && names
        };
        assert!(
            sent.iter().any(tells),
            "I1: nobody heard that {person} has died in {id}: {:?}",
            record.entry
        );
    }
}

/// I2: no copy of what was settled; one more for each end of which nobody knows,
/// and for each kill after an attempt that could not be kept.
fn copies_are_few(sent: &[Sent], ledger: &Ledger) {
    for ((identity, to), ats) in copies(sent) {
        let unknown = |at: &&usize| sent[**at].outcome == "unknown";
        let unknown = ats.iter().filter(unknown).count();
        let blind = ledger.blind_kills();
        let blind = blind.filter(|blind| ats.iter().any(|at| blind.contains(at)));
        let blind = blind.count();
        let (count, most) = (ats.len(), 1 + unknown + blind);
        assert!(
            count <= most,
            "I2: {identity} to {to}: {count} copies, {most} at most"
        );
        let taken = count - unknown;
        assert!(
            taken <= 1 + blind,
            "I2: {identity} to {to}: taken {taken} times"
        );
    }
}

/// I2: whoever is called in a stage is called by one message to each contact, and
/// not by another one that says the same.
fn nobody_is_called_by_two_messages(kept: &Kept, mine: &[(usize, i64)]) {
    let id = &kept.call_out.id;
    let sent: BTreeSet<i64> = mine.iter().map(|(_, number)| *number).collect();
    let calls = kept.notifications.iter();
    let calls = calls.filter(|row| row.draft.purpose == Purpose::Call && sent.contains(&row.id));
    let mut called: BTreeMap<_, i64> = BTreeMap::new();
    for row in calls {
        let draft = &row.draft;
        let place = (&draft.person, draft.stage, &draft.contact.address);
        let before = called.insert(place, row.id);
        assert!(
            before.is_none(),
            "I2: {place:?} is called in {id} by messages {before:?} and {}",
            row.id
        );
    }
}

/// Where each message was taken, or perhaps taken.
pub(super) fn copies(sent: &[Sent]) -> BTreeMap<(&str, &str), Vec<usize>> {
    let mut copies: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, one) in sent.iter().enumerate().filter(|(_, one)| is_taken(one)) {
        let message = (one.identity.as_str(), one.to.as_str());
        copies.entry(message).or_default().push(at);
    }
    copies
}

/// I3: no call-out that nobody told.
async fn no_false_call_out(world: &World, ledger: &Ledger) {
    let known = ledger.ids();
    for summary in world.engine.store().call_outs(false, 10_000).await.unwrap() {
        assert!(
            known.contains(&summary.id),
            "I3: nobody told of {}",
            summary.id
        );
    }
}

/// I4: what is kept is what was said, in that order, and nothing else: no look at
/// a page, no bounce and no machine has answered. What somebody says twice in a row by
/// a link may be kept once.
async fn answers(world: &World, ledger: &Ledger, id: &CallOutId) {
    let kept = world.engine.store().acknowledgements(id).await.unwrap();
    let kept = kept
        .iter()
        .map(|one| (&one.answer.person, one.answer.reply));
    let said = ledger.answers.iter().filter(|said| said.call_out == *id);
    let said = said.map(|said| (&said.person, said.reply));
    assert_eq!(news(kept), news(said), "I4: the answers of {id}");
}

/// Answers without those that say again what the same person said last.
fn news<'a>(answers: impl Iterator<Item = (&'a PersonId, Reply)>) -> Vec<(&'a PersonId, Reply)> {
    let mut last = BTreeMap::new();
    answers
        .filter(|(person, reply)| last.insert(*person, *reply) != Some(*reply))
        .collect()
}

/// I5: whoever has answered is asked no more.
fn nobody_is_asked_after_an_answer(kept: &Kept, ledger: &Ledger, mine: &[(usize, i64)]) {
    let id = &kept.call_out.id;
    let rows = kept.notifications.iter();
    let rows: BTreeMap<i64, _> = rows.map(|row| (row.id, row)).collect();
    // Whoever was released by a correction is free to be called as the next in line.
    let is_released = |person: &PersonId, number: i64| {
        let mut before = rows.range(..number).map(|(_, row)| &row.draft);
        before.any(|draft| draft.purpose == Purpose::Released && draft.person == *person)
    };
    for said in ledger.answers.iter().filter(|said| said.call_out == *id) {
        let after = mine.iter().filter(|(at, _)| *at >= said.sent);
        for (_, number) in after {
            let row = rows[number];
            let asks = matches!(row.draft.purpose, Purpose::Call | Purpose::Remind);
            assert!(
                !asks
                    || !said.stops
                    || row.draft.person != said.person
                    || is_released(&said.person, *number),
                "I5: {} is asked in {id} after {:?}: {row:?}",
                said.person,
                said.reply
            );
        }
    }
}

/// Row 36: nothing more is sent to an address in a call-out in which it was refused,
/// or a mail came back from it, from when on that could be kept. What answers somebody's own mail asks nobody.
fn the_dead_are_left_alone(kept: &Kept, ledger: &Ledger, sent: &[Sent], mine: &[(usize, i64)]) {
    let id = &kept.call_out.id;
    let rows = kept.notifications.iter();
    let rows: BTreeMap<i64, _> = rows.map(|row| (row.id, row)).collect();
    let refused = mine.iter().filter(|(at, _)| sent[*at].outcome == "dead");
    let refused = refused.filter_map(|(at, number)| {
        let person = &rows[number].draft.person;
        Some((ledger.known_from(*at)?, person, &sent[*at].to))
    });
    let bounced = ledger.bounced.iter().filter(|one| one.call_out == *id);
    let bounced = bounced.map(|one| (one.sent, &one.person, &one.to));
    for (from, person, to) in refused.chain(bounced) {
        for (at, number) in mine.iter().filter(|(at, _)| *at >= from) {
            let draft = &rows[number].draft;
            let same = draft.person == *person && *draft.contact.address == *to;
            assert!(
                !same || draft.purpose == Purpose::Replied,
                "{person} has died by {to} in {id} before {from}, and gets message {at}: {:?}",
                sent[*at]
            );
        }
    }
}

/// I8: a drill is marked in subject, text and payload, and nothing real is.
fn mark(sent: &Sent, drill: bool) {
    // What tells administrators of the daemon's own matters is neither.
    if sent.identity.starts_with("notice.") {
        return;
    }
    let marked = |text: &str| text.contains("訓練") || text.contains("DRILL");
    let mut parts = vec![("subject", marked(&sent.subject))];
    match &sent.mail {
        Some(mail) => {
            parts.push(("text", marked(&mail.text)));
            parts.push(("identity", sent.identity.starts_with("drill")));
        }
        None => {
            let body: Value = serde_json::from_str(&sent.body).unwrap();
            let purpose = body["purpose"].as_str().and_then(Purpose::parse);
            if purpose.is_some_and(Purpose::is_notice) {
                return;
            }
            parts.push(("text", marked(body["text"].as_str().unwrap())));
            parts.push(("payload", body["drill"].as_bool().unwrap()));
        }
    }
    for (part, marked) in parts {
        assert_eq!(marked, drill, "I8: the {part} of {sent:?}");
    }
}
