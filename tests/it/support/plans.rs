//! Small plans for pure tests, built by hand.
//!
//! Owns the shortest way to say who there is, who is to come and in which
//! stages. It must not read files: `config` has its own tests.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use muster::domain::edition::Edition;
use muster::domain::event::{Event, EventKind, Intensity, Mode};
use muster::domain::id::{EventId, PersonId, Principal};
use muster::domain::plan::{Plan, Prepared, Reports};
use muster::domain::procedure::{Procedure, Resend, Stage, StageCall};
use muster::domain::roster::{
    ChannelName, Contact, Person, Post, Roster, Section, Squad, System, Vendor, VendorDesk,
    VendorKind,
};
use muster::domain::rule::{
    Ask, CallMode, Condition, Confirm, Decision, DecisionRule, Detail, Need, Rule, Selector,
    TargetRule,
};
use muster::domain::text::{Language, Text};

/// The only rule and procedure of a small plan.
pub(crate) const RULE: &str = "P2";

/// A plan with one section, one rule and one procedure.
#[derive(Clone, Debug)]
pub(crate) struct Town(pub(crate) Plan);

/// When everything in pure tests begins: 2026-11-24 05:30 in Japan.
pub(crate) fn dawn() -> Timestamp {
    "2026-11-23T20:30:00Z".parse().unwrap()
}

/// Gives a plan so many more people, `crowd-0` and on, each with one mail address:
/// the example's own are too few for a beginning that is kept in parts.
pub(crate) fn crowd(plan: &mut Plan, so_many: usize) {
    for number in 0..so_many {
        let mut person = plan.roster.people["industry-2"].clone();
        person.id = PersonId::new(format!("crowd-{number}"));
        person.contacts.truncate(1);
        person.contacts[0].address = format!("crowd-{number}@example.jp").into();
        plan.roster.people.insert(person.id.clone(), person);
    }
}

/// A text in both languages that reads the same.
pub(crate) fn text(words: &str) -> Text {
    Text::new(words, words)
}

/// A selector as the files write it.
pub(crate) fn selector(words: &str) -> Selector {
    Selector::parse(words).unwrap()
}

/// Names as ids.
pub(crate) fn ids(names: &[&str]) -> Vec<PersonId> {
    names.iter().map(PersonId::new).collect()
}

/// A contact of a person: `mail`, `sms`, or either with a mark that makes it
/// another address (`mail2`).
pub(crate) fn contact(person: &str, which: &str) -> Contact {
    let channel = if which.starts_with("mail") {
        ChannelName::Email
    } else {
        ChannelName::Webhook("sms".into())
    };
    Contact {
        channel,
        address: format!("{person}-{which}@example.jp").into(),
    }
}

/// A person of the only section.
pub(crate) fn person(id: &str, contacts: &[&str]) -> Person {
    Person {
        id: id.into(),
        name: text(id),
        section: "general".into(),
        language: Language::Ja,
        contacts: contacts.iter().map(|which| contact(id, which)).collect(),
        leave: Vec::new(),
    }
}

/// A stage so many minutes after the opening that calls as the targets say.
pub(crate) fn stage(after_minutes: u64) -> Stage {
    Stage {
        after: minutes(after_minutes),
        call: StageCall::Next,
        also: Vec::new(),
        remind: false,
        channels: Vec::new(),
        together: false,
        resend: None,
        tell: Vec::new(),
    }
}

/// So many minutes.
pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Asking again, every so many minutes.
pub(crate) fn again(every_minutes: u64, times: u32) -> Option<Resend> {
    Some(Resend {
        every: minutes(every_minutes),
        times,
    })
}

/// The event of every pure test.
pub(crate) fn quake(at: Timestamp) -> Arc<Event> {
    Arc::new(Event {
        id: EventId::new("e-1"),
        key: None,
        kind: EventKind::Earthquake {
            intensity: Intensity::FiveLower,
        },
        headline: None,
        place: None,
        occurred_at: at,
        received_at: at,
        entered_by: Principal::new("token:duty"),
        mode: Mode::Real,
        drill: None,
    })
}

impl Town {
    /// Nobody yet, no stage yet.
    pub(crate) fn new() -> Self {
        let section = Section {
            id: "general".into(),
            name: text("general"),
            required: Vec::new(),
            deputies: Vec::new(),
            need: None,
        };
        Self(Plan {
            edition: Edition::unknown(
                2,
                date(2025, 12, 29),
                Some("cio".into()),
                ["r".repeat(64), "p".repeat(64)],
            ),
            history: Vec::new(),
            organisation: text("town"),
            time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
            language: Language::Ja,
            roster: Roster {
                sections: IndexMap::from([(section.id.clone(), section)]),
                ..Roster::default()
            },
            absences: IndexMap::new(),
            rules: IndexMap::from([(RULE.into(), rule())]),
            procedures: IndexMap::from([(RULE.into(), procedure())]),
            office_hours: None,
            drills: IndexMap::new(),
            administrators: Vec::new(),
            safety: text("safety first"),
            doubt: Duration::from_secs(5),
            drill_terms: muster::domain::drill_duty::DrillTerms::default(),
            readiness: Some(muster::domain::readiness::USUAL),
            contacts: muster::domain::contact::Asking::default(),
            approvers: Vec::new(),
            reports: Reports::default(),
            prepared: Prepared::default(),
            help_within: muster::domain::plan::HELP_WITHIN,
        })
    }

    /// The rule, to be changed.
    pub(crate) fn rule(&mut self) -> &mut Rule {
        &mut self.0.rules[RULE]
    }

    fn procedure(&mut self) -> &mut Procedure {
        &mut self.0.procedures[RULE]
    }

    /// Adds people who each have these contacts.
    pub(crate) fn people(mut self, names: &[&str], contacts: &[&str]) -> Self {
        for name in names {
            let person = person(name, contacts);
            self.0.roster.people.insert(person.id.clone(), person);
        }
        self
    }

    /// Adds a squad; `need` of `None` wants every required member.
    pub(crate) fn squad(
        mut self,
        id: &str,
        need: Option<u32>,
        required: &[&str],
        deputies: &[&str],
    ) -> Self {
        let squad = Squad {
            id: id.into(),
            name: text(id),
            required: ids(required),
            deputies: ids(deputies),
            need,
        };
        self.0.roster.squads.insert(squad.id.clone(), squad);
        self
    }

    /// Adds a post.
    pub(crate) fn post(mut self, id: &str, holders: &[&str], deputies: &[&str]) -> Self {
        let post = Post {
            id: id.into(),
            name: text(id),
            holders: ids(holders),
            deputies: ids(deputies),
        };
        self.0.roster.posts.insert(post.id.clone(), post);
        self
    }

    /// Adds an administrator with an address of their own.
    pub(crate) fn administrator(self, id: &str) -> Self {
        let mut town = self.people(&[id], &["mail"]);
        let who = Selector::Person(id.into());
        town.0.administrators.push(who);
        town
    }

    /// Adds a vendor whose desks each have these contacts, and the system of a
    /// number that it maintains.
    pub(crate) fn vendor(mut self, id: &str, desks: &[&[&str]], system: u16) -> Self {
        let desk = |(number, contacts): (usize, &&[&str])| VendorDesk {
            name: text(&format!("desk {}", number + 1)),
            contacts: contacts
                .iter()
                .map(|which| contact(&format!("{id}-{number}"), which))
                .collect(),
        };
        let vendor = Vendor {
            id: id.into(),
            name: text(id),
            kind: VendorKind::Maintainer,
            desks: desks.iter().enumerate().map(desk).collect(),
        };
        let maintained = System {
            number: system,
            name: format!("system {system}"),
            owner: "general".into(),
            maintainer: Some(vendor.id.clone()),
        };
        self.0.roster.vendors.insert(vendor.id.clone(), vendor);
        self.0.roster.systems.insert(system, maintained);
        self
    }

    /// Adds a target to the rule.
    pub(crate) fn target(mut self, who: &str, need: Need, mode: CallMode) -> Self {
        self.rule().targets.push(TargetRule {
            name: None,
            who: selector(who),
            need,
            mode,
        });
        self
    }

    /// Whether those already called are asked until each has answered.
    pub(crate) fn ask(mut self, ask: Ask) -> Self {
        self.rule().ask = ask;
        self
    }

    /// Holds before it opens.
    pub(crate) fn hold(mut self, seconds: u32) -> Self {
        self.rule().confirm = Confirm::Hold { seconds };
        self
    }

    /// Leaves it to people to decide, one after the other.
    pub(crate) fn decision(mut self, line: &[&str], within_seconds: u64, in_section: bool) -> Self {
        self.rule().decision = Some(DecisionRule {
            ask: line
                .iter()
                .map(|person| Selector::Person(PersonId::new(person)))
                .collect(),
            within: Duration::from_secs(within_seconds),
            again: Duration::from_secs(within_seconds * 4),
            first: in_section.then_some(Decision::HandleInSection),
        });
        self
    }

    /// Two more rules beside the only one: `P1` calls everybody, `P3` one of
    /// the first squad and leaves nothing to be decided.
    pub(crate) fn with_other_rules(mut self) -> Self {
        let rules = [
            ("P1", "everyone", Need::Everyone),
            ("P3", "squad:squad-0", Need::Count(1)),
        ];
        for (id, who, need) in rules {
            let mut rule = rule();
            rule.id = id.into();
            rule.procedure = id.into();
            rule.place = text(&format!("hall of {id}"));
            rule.targets = vec![TargetRule {
                name: None,
                who: selector(who),
                need,
                mode: CallMode::InTurn,
            }];
            let mut procedure = self.0.procedures[RULE].clone();
            procedure.id = id.into();
            self.0.rules.insert(rule.id.clone(), rule);
            self.0.procedures.insert(procedure.id.clone(), procedure);
        }
        self
    }

    /// Tells without calling.
    pub(crate) fn inform(mut self, who: &str) -> Self {
        self.rule().inform.push(selector(who));
        self
    }

    /// Adds a stage.
    pub(crate) fn stage(mut self, stage: Stage) -> Self {
        self.procedure().stages.push(stage);
        self
    }

    /// When it gives up, in minutes after the opening.
    pub(crate) fn exhausted_after(mut self, after_minutes: u64) -> Self {
        self.procedure().exhausted_after = minutes(after_minutes);
        self
    }
}

fn rule() -> Rule {
    Rule {
        id: RULE.into(),
        title: text("call-out"),
        source: "5(1)ア".to_owned(),
        when: Condition::Earthquake {
            from: Intensity::One,
            to: Intensity::Seven,
        },
        hours: None,
        procedure: RULE.into(),
        targets: Vec::new(),
        inform: Vec::new(),
        ask: Ask::UntilMet,
        confirm: Confirm::None,
        place: text("hall"),
        instruction: text("come"),
        detail: Detail::Full,
        ordered_by: Vec::new(),
        ordered_by_deputies: false,
        decision: None,
        tell_unfillable: Vec::new(),
        help: Vec::new(),
    }
}

fn procedure() -> Procedure {
    Procedure {
        id: RULE.into(),
        title: text("procedure"),
        stages: Vec::new(),
        exhausted_after: minutes(60),
        stale_after: minutes(360),
    }
}
