//! Vendors asked for help on a person's word or a rule's (plan 5(1)オ, 4(3)).
//!
//! Owns who is asked, one desk of a vendor after the other, whom to propose,
//! and what is said when nobody there is left. Vendors stand apart from staff:
//! nothing here may count in a target or call anybody.

use jiff::Timestamp;

use super::super::acknowledgement::Reply;
use super::super::id::{PersonId, Principal, VendorId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::roster::{Roster, Vendor, VendorDesk};
use super::super::text::{Language, Text};
use super::advance::after;
use super::refusal::{Refusal, Word};
use super::stale::note_late;
use super::{CallOut, Effect, Part, Participant, State};

/// A vendor who was asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// Which.
    pub vendor: VendorId,
    /// As shown.
    pub name: Text,
    /// The systems that it is asked to help with.
    pub systems: Vec<u16>,
    /// What it is told besides, one line.
    pub note: Option<String>,
    /// Who asked; `None` where the rule says so.
    pub by: Option<Principal>,
    /// When it was first asked.
    pub asked_at: Timestamp,
    /// How many of its desks were asked, this time round.
    pub asked: u32,
    /// When the next desk is asked, while one is waited for.
    pub next_at: Option<Timestamp>,
    /// Whether it was said that nobody there is left to ask.
    pub out: bool,
    /// Whether somebody there has said that they help.
    pub helping: bool,
}

impl Help {
    /// How it stands, for whoever asks again.
    pub(super) const fn stands(&self) -> &'static str {
        match (self.helping, self.out) {
            (true, _) => "it helps",
            (false, true) => "nobody there has answered",
            (false, false) => "its answer is waited for",
        }
    }

    /// The desks that were asked.
    fn desks(&self) -> impl Iterator<Item = PersonId> {
        (1..=self.asked as usize).map(|number| Roster::desk_id(&self.vendor, number))
    }
}

/// Whom to ask for help, in a person's words.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Vendors; the maintainers of the systems where none is named.
    pub vendors: Vec<VendorId>,
    /// Numbers of systems; those of the event where none is named.
    pub systems: Vec<u16>,
    /// What the vendors are told besides, one line.
    pub note: Option<String>,
}

/// A vendor who could be asked, and for which systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which.
    pub vendor: VendorId,
    /// As shown.
    pub name: Text,
    /// The systems that it maintains and that are affected.
    pub systems: Vec<u16>,
}

/// How a vendor stands.
enum Hope {
    /// Somebody there helps.
    Helps,
    /// An answer is waited for.
    Waits,
    /// Everybody asked has said no, or cannot be reached.
    Gone,
}

impl CallOut {
    /// The maintainers of the affected systems who were not asked yet.
    pub fn proposed_help(&self) -> Vec<Proposal> {
        let mut proposed: Vec<Proposal> = Vec::new();
        if !self.state.is_live() {
            return proposed;
        }
        for number in self.event.kind.systems() {
            let known = self.course.systems.get(number);
            let Some((vendor, name)) = known.and_then(|known| known.maintainer.as_ref()) else {
                continue;
            };
            if self.help(vendor).is_some() {
                continue;
            }
            match proposed.iter_mut().find(|known| known.vendor == *vendor) {
                Some(known) => known.systems.push(*number),
                None => proposed.push(Proposal {
                    vendor: vendor.clone(),
                    name: name.clone(),
                    systems: vec![*number],
                }),
            }
        }
        proposed
    }

    /// What a vendor was asked.
    pub fn help(&self, vendor: &VendorId) -> Option<&Help> {
        self.course.help.iter().find(|help| help.vendor == *vendor)
    }

    /// What the vendor of a desk was asked.
    pub fn help_of(&self, desk: &PersonId) -> Option<&Help> {
        let (vendor, _) = desk.as_str().rsplit_once('#')?;
        self.help(&vendor.into())
    }

    /// Asks vendors for help on a person's word.
    ///
    /// # Errors
    ///
    /// When it is held or over, nobody is named, or one of them was asked
    /// already and has not said no; then nobody is asked.
    pub fn request_help(
        &mut self,
        wanted: Wanted,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        if self.state == State::Held {
            return Err(Refusal::StillHeld);
        }
        let asked = self.whom(&wanted, plan);
        if asked.is_empty() {
            let proposed = self.proposed_help().into_iter();
            return Err(Refusal::NobodyToAsk(
                proposed.map(|proposal| proposal.vendor).collect(),
            ));
        }
        for (vendor, _) in &asked {
            if let Some(stands) = self.help(vendor).filter(|help| !self.is_gone(help)) {
                return Err(Refusal::HelpAsked(Box::new(stands.clone())));
            }
        }
        self.course.know_of(&word, plan);
        for number in &wanted.systems {
            self.course.know_system(*number, &plan.roster);
        }
        let mut effects = Vec::new();
        for (vendor, systems) in asked {
            let help = (systems, wanted.note.clone(), Some(word.clone()));
            self.begin_help(&vendor, help, (plan, now), &mut effects);
        }
        self.settle_help(plan, now, &mut effects);
        Ok(effects)
    }

    /// Whom a request means, and with which systems each.
    fn whom(&self, wanted: &Wanted, plan: &Plan) -> Vec<(VendorId, Vec<u16>)> {
        let of_event = self.event.kind.systems();
        let systems = &wanted.systems;
        let maintained = |vendor: &VendorId, systems: &[u16]| -> Vec<u16> {
            let maintainer = |number: &&u16| {
                let system = plan.roster.systems.get(*number);
                system.and_then(|system| system.maintainer.as_ref()) == Some(vendor)
            };
            systems.iter().filter(maintainer).copied().collect()
        };
        let mut vendors = wanted.vendors.clone();
        if vendors.is_empty() {
            let systems = systems
                .iter()
                .filter_map(|number| plan.roster.systems.get(number));
            vendors.extend(systems.filter_map(|system| system.maintainer.clone()));
        }
        let mut asked: Vec<(VendorId, Vec<u16>)> = Vec::new();
        for vendor in vendors {
            if asked.iter().any(|(known, _)| *known == vendor) {
                continue;
            }
            let mine = match (systems.is_empty(), wanted.vendors.is_empty()) {
                (false, false) => systems.clone(),
                (false, true) => maintained(&vendor, systems),
                (true, _) => Some(maintained(&vendor, of_event))
                    .filter(|mine| !mine.is_empty())
                    .unwrap_or_else(|| of_event.to_vec()),
            };
            asked.push((vendor, mine));
        }
        asked
    }

    /// Asks whom the rule names, unless they were asked already.
    pub(super) fn ask_rules_help(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !self.mode().asks_vendors() {
            self.leave_out_vendors(plan, effects);
            return;
        }
        let systems = self.event.kind.systems().to_vec();
        for vendor in self.terms.help.clone() {
            if self.help(&vendor).is_none() {
                let help = (systems.clone(), None, None);
                self.begin_help(&vendor, help, (plan, now), effects);
            }
        }
        self.settle_help(plan, now, effects);
    }

    /// A correction leaves the rule without some vendors that it had asked and
    /// that do not help yet: their desks hear that no help is wanted any more.
    pub(super) fn release_help(&mut self, plan: &Plan, effects: &mut Vec<Effect>) {
        let named = self.terms.help.clone();
        let wanted =
            |help: &Help| help.helping || help.by.is_some() || named.contains(&help.vendor);
        let released = self.course.help.iter().filter(|help| !wanted(help));
        let vendors: Vec<Text> = released.clone().map(|help| help.name.clone()).collect();
        let desks: Vec<PersonId> = released.flat_map(Help::desks).collect();
        if vendors.is_empty() {
            return;
        }
        self.course.help.retain(wanted);
        effects.extend(desks.iter().cloned().map(Effect::Withdraw));
        effects.push(Effect::Journal(Entry::HelpReleased { vendors }));
        self.tell(&desks, Purpose::Released, plan, effects);
    }

    /// Says whom the rule would ask if this were no exercise, each once.
    fn leave_out_vendors(&mut self, plan: &Plan, effects: &mut Vec<Effect>) {
        let known = &self.course.help_left_out;
        let named = self.terms.help.iter();
        let left_out: Vec<VendorId> = named
            .filter(|vendor| !known.contains(vendor) && self.help(vendor).is_none())
            .cloned()
            .collect();
        let names = left_out
            .iter()
            .filter_map(|vendor| Some(plan.roster.vendors.get(vendor)?.name.clone()));
        let vendors: Vec<Text> = names.collect();
        if !vendors.is_empty() {
            effects.push(Effect::Journal(Entry::HelpLeftOut { vendors }));
        }
        self.course.help_left_out.extend(left_out);
    }

    /// Asks a vendor from its first desk on.
    fn begin_help(
        &mut self,
        vendor: &VendorId,
        (systems, note, word): (Vec<u16>, Option<String>, Option<Word>),
        (plan, now): (&Plan, Timestamp),
        effects: &mut Vec<Effect>,
    ) {
        let by = word.as_ref().map(|word| word.by.clone());
        let known = plan.roster.vendors.get(vendor);
        let mut help = Help {
            vendor: vendor.clone(),
            name: known.map_or_else(|| self.vendor_name(vendor), |known| known.name.clone()),
            systems: systems.clone(),
            note: note.clone(),
            by: by.clone(),
            asked_at: now,
            asked: 0,
            next_at: None,
            out: false,
            helping: false,
        };
        self.course.help.retain(|help| help.vendor != *vendor);
        if known.is_none() {
            // Why: the rule was frozen when it was begun, the roster was not; a
            // vendor without a desk is out at once, and administrators hear it.
            let vendor = help.name.clone();
            effects.push(Effect::Journal(Entry::HelpGone { vendor }));
            self.course.help.push(help);
            return;
        }
        self.forget_desks(&help, effects);
        let until = after(now, plan.help_within);
        help.asked = 1;
        help.next_at = Some(until);
        self.course.help.push(help);
        effects.push(Effect::Journal(Entry::HelpAsked {
            vendor: vendor.clone(),
            desk: Roster::desk_id(vendor, 1),
            systems,
            note,
            by,
            on_word_of: word.and_then(|word| word.on_word_of),
            until,
        }));
        self.ask_desk(&Roster::desk_id(vendor, 1), plan, now, effects);
    }

    /// What the desks of a vendor said in a former round, or unasked after they
    /// were released, is no yes to a new request: they may have gone home.
    fn forget_desks(&mut self, help: &Help, effects: &mut Vec<Effect>) {
        for participant in self.participants.values_mut() {
            let vendor = participant.person.as_str().rsplit_once('#');
            let of_vendor = vendor.is_some_and(|(vendor, _)| vendor == help.vendor.as_str());
            if participant.is_vendor() && of_vendor && participant.forget_answer() {
                effects.push(Effect::Participant(participant.person.clone()));
            }
        }
    }

    /// How a vendor was called who has left the roster.
    fn vendor_name(&self, vendor: &VendorId) -> Text {
        let maintainers = self.course.systems.values();
        let mut maintainers = maintainers.filter_map(|known| known.maintainer.as_ref());
        maintainers.find(|(known, _)| known == vendor).map_or_else(
            || Text::new(vendor.as_str(), vendor.as_str()),
            |(_, name)| name.clone(),
        )
    }

    /// Asks one desk, through all of its contacts.
    fn ask_desk(&mut self, id: &PersonId, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some((vendor, desk)) = plan.roster.desk(id) else {
            return;
        };
        let stage = self.stage;
        let participant = self
            .participants
            .entry(id.clone())
            .or_insert_with(|| Participant::of_desk(id, vendor, desk));
        participant.ask_by(&desk.contacts);
        participant.asked_at = Some(now);
        participant.forget_answer();
        let drafts = participant.draft(Purpose::Help, None, stage);
        let unreachable = drafts.is_empty();
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        if unreachable {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
    }

    /// When the next desk of a vendor is asked.
    pub(super) fn help_due(&self) -> Option<Timestamp> {
        if !self.asks_vendors() {
            return None;
        }
        self.course
            .help
            .iter()
            .filter_map(|help| help.next_at)
            .min()
    }

    /// Whether vendors are asked as it stands.
    fn asks_vendors(&self) -> bool {
        self.state.is_live() && self.state != State::Held
    }

    /// Whether a desk's answer is still waited for.
    pub fn wants_help_of(&self, desk: &PersonId) -> bool {
        let silent = |desk: &Participant| desk.reply().is_none();
        self.asks_vendors()
            && self.participants.get(desk).is_some_and(silent)
            && self.help_of(desk).is_some_and(|help| !help.helping)
    }

    fn hope(&self, help: &Help) -> Hope {
        let mut hope = Hope::Gone;
        for participant in self.participants.values() {
            let of_vendor = participant.is_vendor()
                && self
                    .help_of(&participant.person)
                    .is_some_and(|known| known.vendor == help.vendor);
            if !of_vendor {
                continue;
            }
            match participant.reply() {
                Some(Reply::Accepted | Reply::Remote | Reply::Arrived) => return Hope::Helps,
                Some(Reply::Cannot) => {}
                // Why: an answer of a former round is asked for anew.
                None | Some(Reply::Received | Reply::Coming)
                    if help.desks().any(|desk| desk == participant.person)
                        && (participant.reply().is_some() || !participant.is_unreachable()) =>
                {
                    hope = Hope::Waits;
                }
                None | Some(Reply::Received | Reply::Coming) => {}
            }
        }
        hope
    }

    fn is_gone(&self, help: &Help) -> bool {
        help.out || matches!(self.hope(help), Hope::Gone)
    }

    /// After time passed or somebody's standing changed: the next desk where
    /// the one before cannot, is out of reach or has not answered in time; and
    /// a word to administrators where none is left.
    pub(super) fn settle_help(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.asks_vendors() {
            return;
        }
        let before = effects.len();
        for index in 0..self.course.help.len() {
            while self.next_desk(index, plan, now, effects) {}
        }
        // Why: telling administrators reads their contacts afresh, and one that
        // was mended meanwhile is called through now.
        if effects.len() > before {
            self.run_on(plan, now, effects);
        }
    }

    /// Does one step for one vendor; whether there may be another.
    fn next_desk(
        &mut self,
        index: usize,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let hope = self.hope(&self.course.help[index]);
        let help = &mut self.course.help[index];
        help.helping = matches!(hope, Hope::Helps);
        match hope {
            Hope::Helps => {
                help.next_at = None;
                help.out = false;
                return false;
            }
            Hope::Waits if help.out => return false,
            Hope::Waits => {
                let until = after(now, plan.help_within);
                let due = *help.next_at.get_or_insert(until);
                if due > now {
                    return false;
                }
                note_late(due, now, effects);
            }
            Hope::Gone if help.out => return false,
            Hope::Gone => {}
        }
        let last = Roster::desk_id(&help.vendor, help.asked as usize);
        let next = Roster::desk_id(&help.vendor, help.asked as usize + 1);
        if plan.roster.desk(&next).is_none() {
            help.out = true;
            help.next_at = None;
            let vendor = help.name.clone();
            effects.push(Effect::Journal(Entry::HelpOut { vendor }));
            self.tell(&plan.administrators(), Purpose::HelpOut, plan, effects);
            return false;
        }
        let until = after(now, plan.help_within);
        help.asked += 1;
        help.next_at = Some(until);
        effects.push(Effect::Journal(Entry::HelpNext {
            desk: next.clone(),
            instead_of: last,
            until,
        }));
        self.ask_desk(&next, plan, now, effects);
        true
    }
}

impl Participant {
    /// A vendor's desk, brought into a call-out.
    pub(super) fn of_desk(id: &PersonId, vendor: &Vendor, desk: &VendorDesk) -> Self {
        let name = |language| {
            let (vendor, desk) = (vendor.name.get(language), desk.name.get(language));
            format!("{vendor} – {desk}")
        };
        let mut participant = Self {
            name: Text::new(name(Language::Ja), name(Language::En)),
            part: Part::Vendor,
            ..Self::gone(id, Language::Ja)
        };
        participant.refresh(&desk.contacts);
        participant
    }
}
