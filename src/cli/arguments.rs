//! The words of the command line.
//!
//! Owns names and help texts; what they do stands beside this file.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::contacts::Contacts;
use super::drill_record::{DrillRecord, DrillRecords};
use super::event::{EventCommand, ReportCommand};
use super::failure::Failure;
use super::report::Report;
use super::roster::RosterCommand;
use super::tell::Tell;
use crate::domain::text::Language;

/// 参集: call the right people out, go to their deputies, record every answer.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// The configuration directory
    #[arg(
        long,
        global = true,
        env = "MUSTER_CONFIG",
        default_value = "/etc/muster",
        value_name = "DIR"
    )]
    pub(super) config: PathBuf,
    /// Override one key of muster.toml, for example http.listen=127.0.0.1:0
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) overrides: Vec<(String, String)>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Speak to a daemon elsewhere instead of the one on this machine
    #[arg(long, global = true, value_name = "URL", requires = "token_file")]
    pub(super) server: Option<String>,
    /// The file that holds the token for --server
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// The language of what is printed (by default MUSTER_LANG, then ja)
    #[arg(long, global = true, env = "MUSTER_LANG", value_enum, default_value_t = Lang::Ja, value_name = "LANG")]
    pub(super) lang: Lang,
}

impl Global {
    /// The language of what is printed.
    pub(super) const fn language(&self) -> Language {
        match self.lang {
            Lang::Ja => Language::Ja,
            Lang::En => Language::En,
        }
    }
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// 日本語
    Ja,
    /// English
    En,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=VALUE, for example http.listen=127.0.0.1:0")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the daemon
    Serve,
    /// Read the configuration and print every problem at once
    Check(Check),
    /// Show who would be called, in which stages and by which rule; sends nothing
    Explain(Explain),
    /// Play an event in virtual time with assumed answers; sends nothing
    Rehearse(Rehearse),
    /// Start a call-out for real
    Trigger(Trigger),
    /// Contact drills: start, call off, list, what comes next
    Drill {
        #[command(subcommand)]
        command: DrillCommand,
    },
    /// Show who has been told, has answered, is coming, cannot, cannot be reached
    Status(Status),
    /// Record an answer on somebody's behalf
    Acknowledge(Acknowledge),
    /// Record the decision that a call-out waits for: 集まる or 課内で対応
    Decide(Decide),
    /// Let a held call-out begin now, or a correction take effect now
    Confirm(Word),
    /// Stop a held call-out before anybody is called, or stop a correction
    Cancel(Word),
    /// The event got worse, was corrected or withdrawn: call who is missing, release whom nobody needs
    Grow(Grow),
    /// Say something to everyone who was called
    Tell(Tell),
    /// Ask vendors for help: those named, or the maintainers of the systems
    RequestHelp(RequestHelp),
    /// End a call-out and tell everyone who was called
    StandDown(StandDown),
    /// Mark somebody on leave, away or ill: passed over in words; without PERSON, list who is away
    Absent(Absent),
    /// Send a test message to each contact of a person, and print the answers
    TestContact(TestContact),
    /// Show what proves that each contact reaches its person: confirmed, answered, bounced
    Contacts(Contacts),
    /// Take one mail that came back from standard input: for an alias or a pipe of the mail system
    ReceiveMail(ReceiveMail),
    /// What came of a call-out or a drill: a page for A4, a workbook, CSV, JSON
    Report(Report),
    /// The roster as offices keep it: .xlsx and .csv in and out, a list on paper
    Roster {
        #[command(subcommand)]
        command: RosterCommand,
    },
    /// Show the whole thing on this machine; nothing to install or configure
    Demo(Demo),
    /// Print shell completions
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// `muster check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Show what changed since another edition: a directory with its files, or
    /// the number or digest of one that was in force
    #[arg(long, value_name = "EDITION")]
    pub(super) against: Option<String>,
    /// Show instead what stands in the way of a call-out: who cannot be reached, where nobody
    /// stands in; exit 1 where something serious does
    #[arg(long, conflicts_with = "against")]
    pub(super) readiness: bool,
}

/// `muster explain`
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(subcommand)]
    pub(super) event: EventCommand,
    /// Shows the mails that would go out: as text on a terminal, as a page for a browser in a file or a pipe
    #[arg(long, global = true)]
    pub(super) mail: bool,
    /// Shows the mails as a drill would send them
    #[arg(long, global = true, requires = "mail")]
    pub(super) drill: bool,
    /// Where the page of the mails is written
    #[arg(long, global = true, value_name = "FILE", requires = "mail")]
    pub(super) out: Option<PathBuf>,
}

/// `muster rehearse`
#[derive(Debug, Args)]
pub(super) struct Rehearse {
    #[command(subcommand)]
    pub(super) event: EventCommand,
    /// What people answer: TOML, or a table that ends in .csv
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) answers: Option<PathBuf>,
    /// The share of people who come, from 0 to 1 (0.2; 0 with --answers)
    #[arg(long, global = true, value_name = "SHARE", value_parser = share)]
    pub(super) coming: Option<f64>,
    /// The share of people who say that they cannot come (0.1; 0 with --answers)
    #[arg(long, global = true, value_name = "SHARE", value_parser = share)]
    pub(super) cannot: Option<f64>,
    /// The share of addresses that do not exist (0.02; 0 with --answers)
    #[arg(long, global = true, value_name = "SHARE", value_parser = share)]
    pub(super) dead: Option<f64>,
    /// What is decided where a decision is asked for and the file has none (what the rule holds to, else
    /// muster; none with --answers)
    #[arg(long, global = true, value_name = "WHAT", value_parser = ["muster", "handle-in-section", "none"])]
    pub(super) decide: Option<String>,
    /// How long after it is asked for
    #[arg(long, global = true, value_name = "DURATION", value_parser = length, default_value = "5m")]
    pub(super) decide_after: Duration,
    /// The same seed plays the same
    #[arg(long, global = true, default_value_t = 1)]
    pub(super) seed: u64,
    /// How long it plays at most
    #[arg(long = "for", global = true, value_name = "DURATION", value_parser = length, default_value = "24h")]
    pub(super) length: Duration,
    /// Name everybody, and not only the first few
    #[arg(long, global = true)]
    pub(super) all: bool,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "write a share from 0 to 1, for example 0.2 for one in five".to_owned())
}

fn length(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(31 * 86_400);
    let read: Option<jiff::SignedDuration> = text.parse().ok();
    read.and_then(|length| Duration::try_from(length).ok())
        .filter(|length| !length.is_zero() && *length <= LONGEST)
        .ok_or_else(|| "write a time up to 31 days, for example 24h or 1h30m".to_owned())
}

/// `muster trigger`
#[derive(Debug, Args)]
pub(super) struct Trigger {
    /// What happened; asked step by step on a terminal where nothing is said
    #[command(subcommand)]
    pub(super) event: Option<EventCommand>,
}

/// `muster drill`
#[derive(Debug, Subcommand)]
pub(super) enum DrillCommand {
    /// Start a drill
    Start {
        /// Its name in rules.toml
        name: String,
        /// Start it although a real call-out is open; needs --reason
        #[arg(long, requires = "reason")]
        force: bool,
        /// Why it must start beside a real call-out; kept in the account
        #[arg(long, value_name = "TEXT", requires = "force")]
        reason: Option<String>,
    },
    /// List the drills that can be started
    List,
    /// Show when the scheduled drills come next
    Next,
    /// Call off the next run of a drill; those after it stay
    Cancel {
        /// Its name in rules.toml
        name: String,
        /// Why; administrators, and whoever was told of the run, hear it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Record that a drill was held: tabletop, recovery, or one of another kind
    Record(Box<DrillRecord>),
    /// List the drills that were recorded in a year
    Records(DrillRecords),
    /// Take back a record that was a mistake: it stays, and counts no more
    Withdraw {
        /// The record, as `muster drill records` shows it
        record: String,
        /// Why; kept with the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// `muster status`
#[derive(Debug, Args)]
pub(super) struct Status {
    /// The call-out; without it, the only open one, or the list
    pub(super) call_out: Option<String>,
    /// Keep showing it as it changes
    #[arg(long)]
    pub(super) watch: bool,
    /// Every person, not only those who need attention
    #[arg(long)]
    pub(super) all: bool,
}

/// `muster acknowledge`
#[derive(Debug, Args)]
pub(super) struct Acknowledge {
    /// The call-out
    pub(super) call_out: String,
    /// The person: id, post or name; a vendor's desk as VENDOR#1
    pub(super) person: String,
    /// What they say
    #[arg(long, value_enum)]
    pub(super) answer: AnswerArgument,
    /// When they expect to arrive, for example 30m or 1h30m
    #[arg(long, value_name = "DURATION", value_parser = minutes)]
    pub(super) eta: Option<u32>,
    /// A reason, or anything else
    #[arg(long)]
    pub(super) note: Option<String>,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerArgument {
    /// 参集できる
    Coming,
    /// 到着した
    Arrived,
    /// 参集できない
    Cannot,
    /// 受信した
    Received,
    /// 対応できる (a vendor)
    Accepted,
    /// 遠隔で対応 (a vendor)
    Remote,
}

impl AnswerArgument {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Arrived => "arrived",
            Self::Cannot => "cannot",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Remote => "remote",
        }
    }
}

/// `30m`, `1h30m`, `90` (minutes).
fn minutes(text: &str) -> Result<u32, String> {
    if let Ok(minutes) = text.parse() {
        return Ok(minutes);
    }
    let duration: jiff::SignedDuration = text
        .parse()
        .map_err(|_| format!("{text:?} is no duration; write 30m or 1h30m"))?;
    u32::try_from(duration.as_mins())
        .map_err(|_| "an arrival lies in the future; write 30m or 1h30m".to_owned())
}

/// A word on a held call-out.
#[derive(Debug, Args)]
pub(super) struct Word {
    /// The call-out
    pub(super) call_out: String,
    /// On whose word: a person's id, post or name
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
    /// Why
    #[arg(long)]
    pub(super) reason: Option<String>,
}

/// `muster decide`
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The call-out
    pub(super) call_out: String,
    /// What was decided
    #[arg(value_parser = ["muster", "handle-in-section"])]
    pub(super) decision: String,
    /// Whose decision it is: a person's id, post or name
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
}

/// `muster grow`
#[derive(Debug, Args)]
pub(super) struct Grow {
    /// The call-out
    pub(super) call_out: String,
    #[command(subcommand)]
    pub(super) report: ReportCommand,
}

/// `muster request-help`
#[derive(Debug, Args)]
pub(super) struct RequestHelp {
    /// The call-out
    pub(super) call_out: String,
    /// Vendors, by id or name; without any, the maintainers of the systems
    #[arg(required_unless_present = "systems")]
    pub(super) vendors: Vec<String>,
    /// An information system to help with, by number or name; repeatable (those of the event
    /// where none is named)
    #[arg(long = "system", value_name = "NO|NAME")]
    pub(super) systems: Vec<String>,
    /// What the vendors are told besides
    #[arg(long)]
    pub(super) note: Option<String>,
    /// On whose word: a person's id, post or name
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
}

/// `muster stand-down`
#[derive(Debug, Args)]
pub(super) struct StandDown {
    /// The call-out
    pub(super) call_out: String,
    /// Why; everyone called reads it (a false alarm has a prepared text)
    #[arg(long, required_unless_present = "false_alarm")]
    pub(super) reason: Option<String>,
    /// On whose word: a person's id, post or name
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
    /// It should never have begun
    #[arg(long)]
    pub(super) false_alarm: bool,
}

/// `muster absent`
#[derive(Debug, Args)]
pub(super) struct Absent {
    /// The person: id, post or name; without it, everybody who is away
    #[arg(requires = "word")]
    pub(super) person: Option<String>,
    /// The last day of the absence, or a time: 2026-12-31, 2026-12-31T15:00
    #[arg(long, value_name = "DATE", group = "word", requires = "person")]
    pub(super) until: Option<String>,
    /// They are back before their time
    #[arg(long, group = "word", requires = "person")]
    pub(super) back: bool,
    /// Why, in a few words
    #[arg(long, requires = "until")]
    pub(super) reason: Option<String>,
}

/// `muster test-contact`
#[derive(Debug, Args)]
pub(super) struct TestContact {
    /// The person: id, post or name
    pub(super) person: String,
}

/// `muster receive-mail`
#[derive(Debug, Args)]
pub(super) struct ReceiveMail {
    /// To whom it was delivered (Postfix: ${original_recipient}); by default what Delivered-To or
    /// X-Original-To says on top of it
    #[arg(long, value_name = "ADDRESS")]
    pub(super) recipient: Option<String>,
}

/// `muster demo`
#[derive(Clone, Debug, Args)]
pub(super) struct Demo {
    /// Leave it running to play with
    #[arg(long)]
    pub(super) keep: bool,
    /// The seed of who answers what
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

/// `muster completions`
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "muster", &mut script);
    super::output::write(&String::from_utf8_lossy(&script));
    Ok(())
}

/// `muster man`
pub(super) fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|error| {
            Failure::failed(
                format!("マニュアルを作れません（{error}）"),
                format!("the manual page cannot be written: {error}"),
            )
        })?;
    super::output::write(&String::from_utf8_lossy(&page));
    Ok(())
}
