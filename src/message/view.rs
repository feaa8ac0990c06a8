//! What each page is given to show.
//!
//! Owns plain structs made of domain values; `http` fills them, the pages put
//! them into words. It must not format anything.

use jiff::Timestamp;

use crate::domain::acknowledgement::{Acknowledgement, Reply};
use crate::domain::call_out::{CallOut, Counts, Participant, State};
use crate::domain::drill_duty::Standing as DutyStanding;
use crate::domain::id::{CallOutId, DrillId, PersonId};
use crate::domain::journal::Record;
use crate::domain::notification::{NotificationState, Purpose};
use crate::domain::roster::ChannelName;
use crate::domain::rule::Decision;
use crate::domain::schedule::Foretold;
use crate::domain::text::{Language, Text};

use super::command::Command;
use super::words;

/// The page behind a person's own link.
#[derive(Clone, Copy, Debug)]
pub struct AnswerView<'a> {
    /// Which call-out.
    pub call_out: &'a CallOut,
    /// Whose link.
    pub to: &'a Participant,
    /// What was last pressed; it may be doubtful while an older answer stands.
    pub latest: Option<&'a Acknowledgement>,
    /// What is wrong with what was just sent, if it was refused.
    pub problem: Option<&'a Text>,
    /// The decision that was pressed, with what the button carries that says that
    /// it is meant.
    pub unsure: Option<(Decision, &'a str)>,
    /// The person's other open call-outs.
    pub others: &'a [OtherCallOut],
    /// In which language.
    pub language: Language,
}

/// Another open call-out of the same person, with the answer that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCallOut {
    /// Its name.
    pub id: CallOutId,
    /// The rule's title.
    pub title: Text,
    /// Where to gather.
    pub place: Text,
    /// What they answered there.
    pub reply: Option<Reply>,
    /// Their own answer page there, where a message with one was made.
    pub path: Option<String>,
}

impl<'a> AnswerView<'a> {
    /// The page as it is before anything was pressed on it: the answer that
    /// stands, in the person's own language.
    pub fn new(call_out: &'a CallOut, to: &'a Participant) -> Self {
        Self {
            call_out,
            to,
            latest: to.last(),
            problem: None,
            unsure: None,
            others: &[],
            language: to.language,
        }
    }
}

/// Who looks at the board, and what they are offered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reader {
    /// By which name they are signed in.
    pub name: String,
    /// What each of their forms carries back.
    pub mark: String,
    /// May see the board.
    pub may_read: bool,
    /// May start a call-out.
    pub may_trigger: bool,
    /// May start a drill.
    pub may_drill: bool,
    /// May answer for somebody.
    pub may_acknowledge: bool,
    /// May decide, tell, grow, ask for help, stand down.
    pub may_command: bool,
    /// May confirm and cancel.
    pub may_approve: bool,
    /// May see addresses.
    pub may_see_addresses: bool,
}

/// What a form sent, in its order: a name may come more than once.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Values(pub Vec<(String, String)>);

impl Values {
    /// The first value of a name, or nothing.
    pub fn one(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        values.next().map_or("", |(_, value)| value)
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        let values = self.0.iter().filter(move |(key, _)| *key == name);
        values.map(|(_, value)| value.as_str())
    }

    /// Everything.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }
}

/// A need, and how far it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRow {
    /// As shown.
    pub name: Text,
    /// How many must come, or answer.
    pub need: u32,
    /// Coming or arrived.
    pub have: u32,
    /// Have answered something else.
    pub other_answers: u32,
    /// Whether everyone must answer.
    pub everyone: bool,
    /// Whether the need is met.
    pub met: bool,
}

/// A call-out at a glance, for the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutSummary {
    /// Its name.
    pub id: CallOutId,
    /// The rule's title.
    pub title: Text,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Where it stands.
    pub state: State,
    /// The same in words.
    pub stands: Text,
    /// What happened.
    pub what: Text,
    /// In the sender's words.
    pub headline: Option<String>,
    /// Where to gather.
    pub place: Text,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when it is held.
    pub held_until: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether a decision is wanted.
    pub undecided: bool,
    /// Notes that stand beside the state: what is asked of whom, a correction
    /// that waits, aftershocks, words said.
    pub notes: Vec<Text>,
    /// The stage that runs, from 1.
    pub stage: u32,
    /// How many there are.
    pub stages: usize,
    /// Its figures.
    pub counts: Counts,
    /// Its needs.
    pub targets: Vec<TargetRow>,
    /// Who is passed over because they are away, and until when.
    pub away: Vec<(Text, Timestamp)>,
    /// What can be done with it as it stands, by whoever may.
    pub commands: Vec<Command>,
}

impl CallOutSummary {
    /// Of a call-out as it stands.
    pub fn new(call_out: &CallOut) -> Self {
        let what = |language| words::event(&call_out.event.kind, call_out, language);
        Self {
            id: call_out.id.clone(),
            title: call_out.title.clone(),
            drill: call_out.mode().is_drill(),
            state: call_out.state,
            stands: words::stands_in_both(call_out),
            what: Text::new(what(Language::Ja), what(Language::En)),
            headline: call_out.event.headline.clone(),
            place: call_out.place.clone(),
            opened_at: call_out.opened_at,
            held_until: call_out.held_until,
            ended_at: call_out.ended_at,
            undecided: call_out.is_undecided(),
            notes: words::notes(call_out),
            commands: Command::fitting(call_out),
            stage: call_out.stage,
            stages: call_out.procedure.stages.len(),
            counts: call_out.counts(),
            away: call_out
                .passed_over()
                .map(|(id, until)| (words::known(id, call_out), until))
                .collect(),
            targets: call_out
                .targets
                .iter()
                .map(|target| TargetRow {
                    name: target.name.clone(),
                    need: target.need,
                    have: target.tally.have,
                    other_answers: target.tally.cannot + target.tally.received,
                    everyone: target.everyone,
                    met: target.met,
                })
                .collect(),
        }
    }
}

/// A drill that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComingDrill {
    /// Which: two can bear the same title.
    pub drill: DrillId,
    /// As shown.
    pub title: Text,
    /// When, as far as it may be told.
    pub when: Foretold,
}

/// The board.
#[derive(Clone, Debug)]
pub struct BoardView {
    /// Open call-outs, in the order in which they stand side by side.
    pub open: Vec<CallOutSummary>,
    /// Clashes of duties between the open ones, as [`words::clash`] says them.
    pub clashes: Vec<Text>,
    /// Ended ones, newest first.
    pub ended: Vec<CallOutSummary>,
    /// Drills to come.
    pub drills: Vec<ComingDrill>,
    /// How the drills that the plan wants stand.
    pub duties: Vec<DutyStanding>,
    /// The edition in force, as [`words::edition`] says it.
    pub edition: Option<Text>,
    /// What is wrong with the daemon, if anything is.
    pub notices: Vec<Text>,
    /// What the roster check finds, in one line, if anything.
    pub readiness_line: Option<Text>,
    /// The first of those findings, a sentence each.
    pub readiness: Vec<Text>,
    /// As of when.
    pub now: Timestamp,
    /// In which language first.
    pub language: Language,
    /// After how many seconds the page asks for itself again.
    pub refresh_secs: Option<u32>,
    /// Who looks.
    pub reader: Reader,
}

impl BoardView {
    /// An empty board.
    pub fn new(now: Timestamp, language: Language) -> Self {
        Self {
            open: Vec::new(),
            clashes: Vec::new(),
            ended: Vec::new(),
            drills: Vec::new(),
            duties: Vec::new(),
            edition: None,
            notices: Vec::new(),
            readiness_line: None,
            readiness: Vec::new(),
            now,
            language,
            refresh_secs: None,
            reader: Reader::default(),
        }
    }
}

/// A notification as the call-out's page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRow {
    /// To whom.
    pub person: PersonId,
    /// By which channel.
    pub channel: ChannelName,
    /// What for.
    pub purpose: Purpose,
    /// In which stage; 0 outside of any.
    pub stage: u32,
    /// Where it stands.
    pub state: NotificationState,
    /// Attempts made.
    pub attempts: u32,
    /// When the last of them ended.
    pub at: Option<Timestamp>,
    /// What the other side said against it.
    pub error: Option<String>,
}

/// The page of one call-out.
#[derive(Clone, Copy, Debug)]
pub struct CallOutView<'a> {
    /// Which.
    pub call_out: &'a CallOut,
    /// Its account, oldest first.
    pub records: &'a [Record],
    /// Its notifications, oldest first.
    pub notifications: &'a [NotificationRow],
    /// As of when.
    pub now: Timestamp,
    /// In which language first.
    pub language: Language,
    /// After how many seconds the page asks for itself again.
    pub refresh_secs: Option<u32>,
    /// Who looks, and so which commands are offered.
    pub reader: Option<&'a Reader>,
    /// Whether the reader has just given a command that was taken.
    pub done: bool,
}

impl<'a> CallOutView<'a> {
    /// A page that does not renew itself and offers no command.
    pub fn new(
        call_out: &'a CallOut,
        records: &'a [Record],
        notifications: &'a [NotificationRow],
        now: Timestamp,
        language: Language,
    ) -> Self {
        Self {
            call_out,
            records,
            notifications,
            now,
            language,
            refresh_secs: None,
            reader: None,
            done: false,
        }
    }
}

/// The page on which a token is entered, or a link asked for.
#[derive(Clone, Debug)]
pub struct SignInView {
    /// Whether the last one was refused.
    pub refused: bool,
    /// Whether something was sent with a session that is over.
    pub undone: bool,
    /// Where the form goes to.
    pub action: String,
    /// Where the form goes to with which a link is asked for, where anybody
    /// may sign in by one.
    pub link_action: Option<String>,
    /// In which language first.
    pub language: Language,
}
