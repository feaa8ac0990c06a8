//! Random towns and random days.
//!
//! Owns how a roster, a rule, a procedure and a sequence of what may happen
//! are drawn. It must not know what should come of them.

use jiff::SignedDuration;
use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::{ContactState, OVERDUE, State};
use muster::domain::procedure::{Stage, StageCall};
use muster::domain::roster::ChannelName;
use muster::domain::rule::{Ask, CallMode, Confirm, Decision, Need, Selector};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::play::Play;
use crate::support::plans::{RULE, Town, again, contact, minutes, stage};

/// The rules of random towns.
const RULES: [&str; 3] = ["P1", RULE, "P3"];

/// The people of random towns; a town has the first few.
const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// The vendors of random towns, in the same way.
const VENDORS: [&str; 2] = ["v", "w"];

/// The most desks that a vendor has.
const DESKS: usize = 3;

/// What may happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// The daemon is up for so many seconds.
    Pass(i64),
    /// The daemon is down for so many seconds, then starts from the store.
    Away(i64),
    /// An answer by link, or entered by somebody else.
    Answer(usize, Reply, bool),
    /// One message that is on its way is taken, or refused.
    Settle(usize, bool),
    /// Every message on its way to a person is refused.
    Lose(usize),
    /// Every message on its way is taken.
    Deliver,
    /// A person gets new contacts, which also brings them back.
    Mend(usize, usize),
    /// A person leaves the roster.
    Transfer(usize),
    /// The hold, or the correction that waits, is confirmed by somebody else.
    Confirm,
    /// The same by whoever entered the event.
    ConfirmAlone,
    /// The hold is cancelled.
    Cancel,
    /// The call-out is ended.
    StandDown,
    /// Somebody decides: muster, or leave it to the section.
    Decide(usize, bool),
    /// A later report: all staff, the squads, or few; sometimes with a place.
    Grow(usize),
    /// A correction: to the squads, to few, or the event was withdrawn.
    Correct(usize),
    /// An aftershock that is not stronger.
    Aftershock,
    /// A word to everyone who was called.
    Speak,
    /// A vendor is asked for help by name, or as the maintainer of a system.
    AskHelp(usize, bool),
    /// A vendor's desk answers by link, or somebody enters it.
    Help(usize, usize, Reply, bool),
    /// Every message on its way to a vendor's desk is refused.
    LoseDesk(usize, usize),
    /// A vendor's desk gets new contacts.
    MendDesk(usize, usize, usize),
    /// A vendor leaves the roster.
    Leave(usize),
}

/// A town and its day.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub(crate) town: Town,
    pub(crate) happenings: Vec<Happening>,
}

/// Any town on any day.
pub(crate) fn day() -> impl Strategy<Value = Day> {
    let happenings = vec(happening(), 1..40);
    (town(), happenings).prop_map(|(town, happenings)| Day { town, happenings })
}

fn happening() -> impl Strategy<Value = Happening> {
    let who = 0..NAMES.len();
    let reply = proptest::sample::select(Reply::OF_STAFF.to_vec());
    let of_vendor = proptest::sample::select(Reply::OF_VENDORS.to_vec());
    let desk = || (0..VENDORS.len(), 0..DESKS);
    prop_oneof![
        8 => (1_i64..900).prop_map(Happening::Pass),
        2 => (60_i64..20_000).prop_map(Happening::Away),
        8 => (who.clone(), reply, any::<bool>())
            .prop_map(|(who, reply, link)| Happening::Answer(who, reply, link)),
        6 => (any::<usize>(), any::<bool>()).prop_map(|(row, taken)| Happening::Settle(row, taken)),
        4 => who.clone().prop_map(Happening::Lose),
        2 => Just(Happening::Deliver),
        2 => (who.clone(), 0_usize..4).prop_map(|(who, kind)| Happening::Mend(who, kind)),
        1 => who.prop_map(Happening::Transfer),
        2 => Just(Happening::Confirm),
        1 => Just(Happening::ConfirmAlone),
        3 => (0..NAMES.len(), any::<bool>())
            .prop_map(|(who, muster)| Happening::Decide(who, muster)),
        3 => (0_usize..3).prop_map(Happening::Grow),
        2 => (0_usize..3).prop_map(Happening::Correct),
        1 => Just(Happening::Aftershock),
        1 => Just(Happening::Speak),
        3 => (0..VENDORS.len(), any::<bool>())
            .prop_map(|(vendor, by_system)| Happening::AskHelp(vendor, by_system)),
        4 => (desk(), of_vendor, any::<bool>())
            .prop_map(|((vendor, desk), reply, link)| Happening::Help(vendor, desk, reply, link)),
        2 => desk().prop_map(|(vendor, desk)| Happening::LoseDesk(vendor, desk)),
        1 => (desk(), 0_usize..4)
            .prop_map(|((vendor, desk), kind)| Happening::MendDesk(vendor, desk, kind)),
        1 => (0..VENDORS.len()).prop_map(Happening::Leave),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::StandDown),
    ]
}

fn town() -> impl Strategy<Value = Town> {
    let people = vec(0_usize..5, 1..NAMES.len());
    let squads = vec((option::of(0_u32..4), line(), line()), 1..3);
    let targets = vec((0_usize..5, 0_u32..6, any::<bool>()), 1..4);
    let stages = (vec(a_stage(), 1..5), 1_u64..15, 10_u64..600);
    let rule = (
        any::<bool>(),
        option::weighted(0.2, (1_u32..300, any::<bool>())),
        who(),
        who(),
        option::weighted(0.4, (vec(who(), 1..4), 60_u64..900, any::<bool>())),
        option::weighted(0.3, (1_u32..300, any::<bool>())),
    );
    (people, squads, targets, stages, rule, vendors()).prop_map(
        |(
            people,
            squads,
            targets,
            (stages, last, stale),
            (everyone, hold, told, administrator, decision, growth),
            vendors,
        )| {
            let mut town = Town::new();
            for (name, kind) in NAMES.into_iter().zip(people) {
                town = town.people(&[name], kinds(kind));
            }
            for (number, (need, required, deputies)) in squads.into_iter().enumerate() {
                let known = |line: Vec<usize>| known(&town, line);
                let (required, deputies) = (known(required), known(deputies));
                town = town.squad(&format!("squad-{number}"), need, &required, &deputies);
            }
            for (who, need, in_turn) in targets {
                town = target(town, who, need, in_turn);
            }
            town = with_stages(town, stages, last);
            if everyone {
                town = town.ask(Ask::Everyone);
            }
            town.rule().confirm = confirm(hold);
            if let Some((line, within, in_section)) = decision {
                let line = known(&town, line);
                town = town.decision(&line, within, in_section);
            }
            for name in known(&town, vec![told]) {
                town = town.inform(&format!("person:{name}"));
            }
            for name in known(&town, vec![administrator]) {
                town.0.administrators.push(Selector::Person(name.into()));
            }
            town = town.with_other_rules();
            town.0.rules["P1"].confirm = confirm(growth);
            for procedure in town.0.procedures.values_mut() {
                procedure.stale_after = minutes(stale);
            }
            with_vendors(town, vendors)
        },
    )
}

/// What a rule waits for: nothing, its time, or a second person.
fn confirm(hold: Option<(u32, bool)>) -> Confirm {
    match hold {
        Some((seconds, false)) => Confirm::Hold { seconds },
        Some((seconds, true)) => Confirm::SecondPerson { seconds },
        None => Confirm::None,
    }
}

/// The desks of each vendor, and which of the rules ask it for help.
fn vendors() -> impl Strategy<Value = Vec<(Vec<usize>, [bool; 3])>> {
    vec(
        (vec(0_usize..5, 1..=DESKS), any::<[bool; 3]>()),
        0..=VENDORS.len(),
    )
}

fn with_vendors(mut town: Town, vendors: Vec<(Vec<usize>, [bool; 3])>) -> Town {
    for (number, (name, (desks, asked))) in (1..).zip(VENDORS.into_iter().zip(vendors)) {
        let desks: Vec<&[&str]> = desks.into_iter().map(kinds).collect();
        town = town.vendor(name, &desks, number);
        for (rule, _) in RULES.into_iter().zip(asked).filter(|(_, asked)| *asked) {
            town.0.rules[rule].help.push(name.into());
        }
    }
    town
}

fn who() -> impl Strategy<Value = usize> + Clone {
    0..NAMES.len()
}

/// Some people in some order.
fn line() -> impl Strategy<Value = Vec<usize>> {
    vec(who(), 0..4)
}

/// Those of a line whom the town has, each once.
fn known(town: &Town, line: Vec<usize>) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for name in line.into_iter().map(|index| NAMES[index]) {
        if town.0.roster.people.contains_key(name) && !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// The kinds of people, by how they can be reached.
fn kinds(kind: usize) -> &'static [&'static str] {
    match kind {
        0 => &[],
        1 => &["mail"],
        2 => &["sms"],
        3 => &["mail", "sms"],
        _ => &["sms", "mail", "mail2"],
    }
}

fn target(town: Town, who: usize, need: u32, in_turn: bool) -> Town {
    let who = match who {
        0 => "everyone".to_owned(),
        1 => "section:general".to_owned(),
        2 => "every-squad".to_owned(),
        _ => "squad:squad-0".to_owned(),
    };
    let need = match need {
        4 => Need::Roster,
        5 => Need::Everyone,
        count => Need::Count(count),
    };
    let mode = if in_turn {
        CallMode::InTurn
    } else {
        CallMode::AtOnce
    };
    town.target(&who, need, mode)
}

/// A stage and how many minutes it begins after the one before.
fn a_stage() -> impl Strategy<Value = (u64, Stage)> {
    let resend = option::of((1_u64..6, 0_u32..3));
    let flags = (any::<bool>(), any::<bool>());
    let people = (option::of(who()), option::of(who()));
    let how = (0_usize..4, 0_usize..5);
    (0_u64..12, how, flags, people, resend).prop_map(
        |(gap, (call, channels), (remind, together), (also, tell), resend)| {
            let person = |index: usize| Selector::Person(NAMES[index].into());
            let mail = ChannelName::Email;
            let sms = ChannelName::Webhook("sms".into());
            let stage = Stage {
                call: match call {
                    0 => StageCall::Nobody,
                    1 => StageCall::All,
                    _ => StageCall::Next,
                },
                also: also.into_iter().map(person).collect(),
                remind,
                channels: match channels {
                    0 => vec![sms],
                    1 => vec![mail],
                    2 => vec![sms, mail],
                    _ => Vec::new(),
                },
                together,
                resend: resend.and_then(|(every, times)| again(every, times)),
                tell: tell.into_iter().map(person).collect(),
                ..stage(0)
            };
            (gap, stage)
        },
    )
}

fn with_stages(mut town: Town, stages: Vec<(u64, Stage)>, last: u64) -> Town {
    let mut at = 0;
    for (gap, mut stage) in stages {
        at += gap;
        stage.after = minutes(at);
        let here = |who: &Selector| {
            let people = who.people(&town.0.roster);
            people
                .iter()
                .all(|id| town.0.roster.people.contains_key(id))
        };
        // As `config` does: a procedure names nobody who is not in the roster.
        stage.also.retain(here);
        stage.tell.retain(here);
        town = town.stage(stage);
    }
    town.exhausted_after(at + last)
}

impl Play {
    /// Lets something happen; time passes in [`Happening::Pass`] elsewhere.
    pub(crate) fn happen(&mut self, happening: &Happening, serial: usize) {
        self.last.clear();
        self.named = serial.is_multiple_of(3).then(|| format!("place {serial}"));
        match *happening {
            Happening::Pass(_) => {}
            Happening::Away(seconds) => {
                let time = SignedDuration::from_secs(seconds);
                if time < OVERDUE {
                    self.away(time);
                } else {
                    self.stand_still(time);
                }
            }
            Happening::Answer(who, reply, link) => {
                let via = if link {
                    Via::Link(ChannelName::Email)
                } else {
                    Via::OnBehalf
                };
                // A stranger is refused, and that is all.
                let linked = self.call_out.participants.contains_key(NAMES[who]);
                if linked || !link {
                    let _ = self.try_answer(NAMES[who], reply, via);
                }
            }
            Happening::Settle(row, taken) => {
                if let Some(row) = self.on_its_way(row) {
                    self.settle(row, taken);
                }
            }
            Happening::Lose(_) | Happening::LoseDesk(..) | Happening::Deliver => {}
            Happening::Mend(who, kind) => {
                let contacts = kinds(kind).iter();
                let contacts: Vec<String> =
                    contacts.map(|kind| format!("{kind}-{serial}")).collect();
                let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
                self.mend(NAMES[who], &contacts);
                // Why: something may come of a message before the engine has
                // looked through what is over.
                if serial.is_multiple_of(2) {
                    self.put_in_force();
                }
            }
            Happening::Transfer(who) => self.transfer(NAMES[who]),
            Happening::Confirm if self.state() == State::Held => self.confirm(),
            Happening::Cancel if self.state() == State::Held => self.cancel(),
            Happening::StandDown if self.state().is_live() => self.stand_down(),
            Happening::Confirm if self.waits() || self.is_paused() => self.confirm(),
            Happening::Cancel if self.waits() => self.cancel(),
            Happening::Confirm | Happening::Cancel | Happening::StandDown => {}
            Happening::ConfirmAlone => self.confirm_alone(),
            Happening::Decide(who, muster) => {
                let decision = if muster {
                    Decision::Muster
                } else {
                    Decision::HandleInSection
                };
                self.decide(NAMES[who], decision);
            }
            Happening::Grow(rule) => self.grow(RULES[rule]),
            Happening::Correct(rule) => self.correct([Some(RULE), Some("P3"), None][rule]),
            Happening::Aftershock => self.aftershock(),
            Happening::Speak => self.speak(),
            Happening::AskHelp(..)
            | Happening::Help(..)
            | Happening::MendDesk(..)
            | Happening::Leave(_) => self.vendors(happening, serial),
        }
    }

    fn is_paused(&self) -> bool {
        self.state().is_live() && self.call_out.is_paused()
    }

    /// Whether a growth or a correction waits.
    fn waits(&self) -> bool {
        let course = &self.call_out.course;
        self.state().is_live() && (course.correction.is_some() || course.growth.is_some())
    }

    /// What vendors do, and what is done with them.
    fn vendors(&mut self, happening: &Happening, serial: usize) {
        match *happening {
            Happening::AskHelp(vendor, by_system) => {
                let number = u16::try_from(vendor + 1).unwrap_or_default();
                let known = |play: &Self| play.plan.roster.vendors.contains_key(VENDORS[vendor]);
                // As `http` does: what is not in the roster is refused.
                if known(self) {
                    let (vendors, systems): (&[&str], &[u16]) = if by_system {
                        (&[], &[number])
                    } else {
                        (&VENDORS[vendor..=vendor], &[])
                    };
                    self.ask_help(vendors, systems);
                }
            }
            Happening::Help(vendor, number, reply, link) => {
                let desk = desk(vendor, number);
                let via = if link {
                    Via::Link(ChannelName::Email)
                } else {
                    Via::OnBehalf
                };
                if self.call_out.participants.contains_key(&*desk) || !link {
                    let _ = self.try_answer(&desk, reply, via);
                }
            }
            Happening::MendDesk(vendor, number, kind) => {
                let desk = self.plan.roster.vendors.get_mut(VENDORS[vendor]);
                if let Some(desk) = desk.and_then(|vendor| vendor.desks.get_mut(number)) {
                    let contacts = kinds(kind).iter();
                    let address = |kind| contact(VENDORS[vendor], &format!("{kind}-{serial}"));
                    desk.contacts = contacts.map(address).collect();
                }
            }
            Happening::Leave(vendor) => {
                let roster = &mut self.plan.roster;
                roster.vendors.shift_remove(VENDORS[vendor]);
                roster.systems.retain(|_, system| {
                    system
                        .maintainer
                        .as_ref()
                        .is_none_or(|id| id.as_str() != VENDORS[vendor])
                });
            }
            _ => {}
        }
    }

    /// The messages that a happening settles, and how.
    pub(crate) fn settled_by(&self, happening: &Happening) -> Vec<(usize, bool)> {
        let rows = self.rows.iter().enumerate();
        let waiting = rows.filter(|(_, row)| row.state == ContactState::Waiting);
        let lost = match *happening {
            Happening::Lose(who) => NAMES[who].to_owned(),
            Happening::LoseDesk(vendor, number) => desk(vendor, number),
            _ => String::new(),
        };
        match *happening {
            Happening::Lose(_) | Happening::LoseDesk(..) => waiting
                .filter(|(_, row)| row.draft.person.as_str() == lost)
                .map(|(index, _)| (index, false))
                .collect(),
            Happening::Deliver => waiting.map(|(index, _)| (index, true)).collect(),
            _ => Vec::new(),
        }
    }

    /// One of the messages on their way.
    fn on_its_way(&self, pick: usize) -> Option<usize> {
        let rows = self.rows.iter().enumerate();
        let waiting: Vec<usize> = rows
            .filter(|(_, row)| row.state == ContactState::Waiting)
            .map(|(index, _)| index)
            .collect();
        (!waiting.is_empty()).then(|| waiting[pick % waiting.len()])
    }
}

/// The name of a vendor's desk in a call-out.
fn desk(vendor: usize, number: usize) -> String {
    format!("{}#{}", VENDORS[vendor], number + 1)
}
