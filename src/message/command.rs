//! The board's commands on a call-out: what each asks for, and what it will do.
//!
//! Owns the choice of fields and words, and which commands a reader is offered.
//! It must not decide what is taken: `domain::call_out` does.

use serde::Serialize;

use crate::domain::acknowledgement::Reply;
use crate::domain::call_out::{CallOut, Participant, State};
use crate::domain::id::CallOutId;
use crate::domain::plan::Plan;
use crate::domain::roster::Roster;
use crate::domain::rule::Decision;
use crate::domain::text::{Language, Text, one_line};

use super::form::{Both, Fields, Form, Press};
use super::page::{self, Kind, call_out_path};
use super::telling;
use super::view::{CallOutSummary, Reader, Values};
use super::words::{self, Commands, fill};
use super::{Error, Messages};

/// So many people stand in a list; where there are more, their id is typed.
const LISTED: usize = 300;

/// What can be done with a call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// An answer for somebody.
    Answer,
    /// Whether to gather.
    Decide,
    /// The second person's word.
    Confirm,
    /// Stops what is held.
    Cancel,
    /// A later report.
    Grow,
    /// A word to everyone who was called.
    Tell,
    /// Vendors are asked.
    RequestHelp,
    /// It ends.
    StandDown,
}

impl Command {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Confirm,
        Self::Cancel,
        Self::Decide,
        Self::Answer,
        Self::Tell,
        Self::Grow,
        Self::RequestHelp,
        Self::StandDown,
    ];

    /// The last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Decide => "decide",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Grow => "grow",
            Self::Tell => "tell",
            Self::RequestHelp => "request-help",
            Self::StandDown => "stand-down",
        }
    }

    /// Reads [`Command::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == text)
    }

    /// Those that mean anything as a call-out stands.
    pub(super) fn fitting(call_out: &CallOut) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|command| command.fits(call_out)).collect()
    }

    /// Whether it means anything as the call-out stands.
    pub fn fits(self, call_out: &CallOut) -> bool {
        let calling = matches!(call_out.state, State::Open | State::Exhausted);
        match self {
            Self::Confirm => call_out.state == State::Held || call_out.is_paused(),
            Self::Cancel => call_out.state == State::Held || call_out.course.correction.is_some(),
            Self::Decide => call_out.is_undecided() || call_out.state == State::InSection,
            Self::Answer => calling,
            Self::Tell => calling,
            Self::Grow => !call_out.mode().is_drill() && call_out.state.is_live(),
            Self::RequestHelp => call_out.state.is_live() && call_out.state != State::Held,
            Self::StandDown => call_out.state.is_live(),
        }
    }

    fn may(self, reader: &Reader) -> bool {
        match self {
            Self::Answer => reader.may_acknowledge,
            Self::Confirm | Self::Cancel => reader.may_approve,
            Self::Decide | Self::Grow | Self::Tell | Self::RequestHelp | Self::StandDown => {
                reader.may_command
            }
        }
    }

    const fn title(self, w: &Commands) -> &'static str {
        match self {
            Self::Answer => w.answer,
            Self::Decide => w.decide,
            Self::Confirm => w.confirm,
            Self::Cancel => w.cancel,
            Self::Grow => w.grow,
            Self::Tell => w.tell,
            Self::RequestHelp => w.request_help,
            Self::StandDown => w.stand_down,
        }
    }

    fn does(self, call_out: &CallOut, w: &Commands) -> &'static str {
        match self {
            Self::Confirm if goes_on(call_out) => w.go_on_do,
            Self::Answer => w.answer_do,
            Self::Decide => w.decide_do,
            Self::Confirm => w.confirm_do,
            Self::Cancel => w.cancel_do,
            Self::Grow => w.grow_do,
            Self::Tell => w.tell_do,
            Self::RequestHelp => w.request_help_do,
            Self::StandDown => w.stand_down_do,
        }
    }

    fn will(self, call_out: &CallOut, w: &Commands) -> &'static str {
        match self {
            Self::Confirm if goes_on(call_out) => w.go_on_will,
            Self::Answer => w.answer_will,
            Self::Decide => w.decide_will,
            Self::Confirm => w.confirm_will,
            Self::Cancel => w.cancel_will,
            Self::Grow => w.grow_will,
            Self::Tell => w.tell_will,
            Self::RequestHelp => w.request_help_will,
            Self::StandDown => w.stand_down_will,
        }
    }
}

/// Whether a confirmation lets it go on where it stood.
fn goes_on(call_out: &CallOut) -> bool {
    call_out.is_paused() && call_out.state != State::Held
}

/// A command's page.
#[derive(Clone, Copy, Debug)]
pub struct CommandView<'a> {
    /// What is to be done.
    pub command: Command,
    /// With which call-out.
    pub call_out: &'a CallOut,
    /// The plan in force: whom and what the form may name.
    pub plan: &'a Plan,
    /// What was filled in.
    pub values: &'a Values,
    /// Whether only the last yes is missing.
    pub confirming: bool,
    /// Why the last try was not taken.
    pub problem: Option<&'a Text>,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

/// A command as a link.
#[derive(Serialize)]
pub(super) struct Offered {
    label: &'static str,
    label_other: &'static str,
    path: String,
    name: &'static str,
}

/// The commands that a reader may give as a call-out stands.
pub(super) fn offered(
    summary: &CallOutSummary,
    reader: &Reader,
    language: Language,
) -> Vec<Offered> {
    let (w, o) = (Commands::of(language), Commands::of(page::other(language)));
    let fit = summary.commands.iter();
    let fit = fit.filter(|command| command.may(reader));
    fit.map(|command| Offered {
        label: command.title(w),
        label_other: command.title(o),
        path: path(&summary.id, *command),
        name: command.name(),
    })
    .collect()
}

fn path(id: &CallOutId, command: Command) -> String {
    format!("{}/{}", call_out_path(id), command.name())
}

impl Messages {
    /// The form of a command, or its confirmation.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn command_page(&self, view: &CommandView<'_>) -> Result<String, Error> {
        let language = view.language;
        let (w, o) = (Commands::of(language), Commands::of(page::other(language)));
        let (call_out, command) = (view.call_out, view.command);
        let told = call_out.participants.values().filter(|p| p.is_called());
        let count = told.count().to_string();
        let title = one_line(call_out.title.get(language));
        self.form(Form {
            kind: Kind::of_call_out(call_out),
            title: Both {
                w: command.title(w),
                o: command.title(o),
            },
            about: Some(format!("{title}（{}）", call_out.id)),
            says: says(view, &count),
            problem: view.problem,
            facts: Vec::new(),
            action: path(&call_out.id, command),
            fields: fields(view),
            confirming: view.confirming,
            press: Press {
                label: Both {
                    w: command.does(call_out, w),
                    o: command.does(call_out, o),
                },
                class: class(command, call_out),
            },
            back: call_out_path(&call_out.id),
            reader: view.reader,
            language,
        })
    }
}

/// What a command will do.
fn says(view: &CommandView<'_>, count: &str) -> Vec<String> {
    let (call_out, language) = (view.call_out, view.language);
    let w = Commands::of(language);
    let mut says = vec![fill(view.command.will(call_out, w), &[("count", count)])];
    let growth = call_out.course.growth.as_ref();
    let goes_on = view.command == Command::Confirm && goes_on(call_out);
    says.extend(growth.filter(|_| goes_on).map(|growth| {
        let what = words::event(&growth.event.kind, call_out, language);
        fill(w.go_on_growth, &[("what", &what)])
    }));
    says
}

/// The colour of the last button: what sends to many looks like it.
fn class(command: Command, call_out: &CallOut) -> &'static str {
    match command {
        Command::Answer => "received",
        _ if call_out.mode().is_drill() => "practice",
        _ => "danger",
    }
}

fn fields<'a>(view: &CommandView<'a>) -> Fields<'a> {
    let mut fields = Fields::new(view.values);
    let both = |pick: fn(&Commands) -> &'static str| telling::both(view.language, pick);
    let w = Commands::of(view.language);
    match view.command {
        Command::Answer => answer(&mut fields, view),
        Command::Decide => {
            let decisions = [Decision::Muster, Decision::HandleInSection].map(|decision| {
                let label = words::decision(decision, view.language).to_owned();
                (decision.name().to_owned(), label)
            });
            let which = fields.one_of("decision", both(|w| w.decide_which), decisions);
            which.required();
        }
        Command::Confirm => {}
        Command::Cancel => {
            fields.line("reason", both(|w| w.reason));
        }
        Command::Grow => {
            let kind = view.call_out.event.kind.name();
            telling::fields(&mut fields, kind, view.plan, view.language);
        }
        Command::Tell => tell(&mut fields, view),
        Command::RequestHelp => request_help(&mut fields, view),
        Command::StandDown => {
            fields.line("reason", both(|w| w.stand_down_reason));
            if !view.plan.prepared.false_alarm.is_empty() {
                let said = view.plan.prepared.false_alarm.get(view.language);
                let label = format!("{}：{said}", w.stand_down_false_alarm);
                let yes = [("true".to_owned(), label)];
                fields.any_of("false_alarm", both(|w| w.stand_down_false_alarm), yes);
            }
        }
    }
    if !matches!(view.command, Command::Answer | Command::Grow) {
        let by = fields.line("by", both(|w| w.on_word_of));
        by.hint(w.on_word_of_hint);
    }
    fields
}

fn answer(fields: &mut Fields<'_>, view: &CommandView<'_>) {
    let both = |pick: fn(&Commands) -> &'static str| telling::both(view.language, pick);
    let people = view.call_out.participants.values();
    let mut people: Vec<&Participant> = people
        .filter(|person| person.is_called() || person.is_vendor())
        .collect();
    people.sort_by_key(|person| person.reply().is_some());
    if people.len() > LISTED {
        let who = fields.line("person", both(|w| w.answer_person));
        who.required()
            .hint(Commands::of(view.language).answer_person_hint);
    } else {
        let people = people.into_iter().map(|person| {
            let name = one_line(person.name.get(view.language));
            let section = one_line(person.section_name.get(view.language));
            let stands = words::standing(person.standing(), view.language);
            let label = format!("{name}（{section}）{stands}");
            (person.person.to_string(), label)
        });
        fields
            .select("person", both(|w| w.answer_person), people)
            .required();
    }
    let mut replies = vec![
        Reply::Coming,
        Reply::Arrived,
        Reply::Cannot,
        Reply::Received,
    ];
    if !view.call_out.course.help.is_empty() {
        replies.extend([Reply::Accepted, Reply::Remote]);
    }
    let replies = replies.into_iter().map(|reply| {
        let label = words::reply(reply, view.language).to_owned();
        (reply.name().to_owned(), label)
    });
    fields
        .one_of("answer", both(|w| w.answer_which), replies)
        .required();
    fields.number("eta_minutes", both(|w| w.answer_eta));
    fields.line("note", both(|w| w.answer_note));
}

fn tell(fields: &mut Fields<'_>, view: &CommandView<'_>) {
    let both = |pick: fn(&Commands) -> &'static str| telling::both(view.language, pick);
    fields.line("text", both(|w| w.tell_text));
    let prepared = &view.plan.prepared.words;
    if !prepared.is_empty() {
        let none = Commands::of(view.language).tell_prepared_none;
        let none = std::iter::once((String::new(), none.to_owned()));
        let texts = prepared
            .iter()
            .map(|(name, text)| (name.clone(), text.get(view.language).to_owned()));
        fields.one_of("prepared", both(|w| w.tell_prepared), none.chain(texts));
    }
    fields.line("place", both(|w| w.tell_place));
}

fn request_help(fields: &mut Fields<'_>, view: &CommandView<'_>) {
    let both = |pick: fn(&Commands) -> &'static str| telling::both(view.language, pick);
    let roster: &Roster = &view.plan.roster;
    let vendors = roster.vendors.values().map(|vendor| {
        let name = vendor.name.get(view.language).to_owned();
        (vendor.id.to_string(), name)
    });
    fields.any_of("vendors", both(|w| w.request_help_vendors), vendors);
    telling::systems(fields, both(|w| w.request_help_systems), roster);
    fields.line("note", both(|w| w.request_help_note));
}
