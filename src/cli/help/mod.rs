//! `--help` and mistakes of usage, in the language of the terminal.
//!
//! Owns the way from the definitions, whose words are English, to the same
//! help in Japanese, and the sentence before a mistake. It must not define a
//! command or an argument.

mod japanese;
mod mistake;

use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

use self::japanese::{COMMANDS, EVENT, Words};
use super::arguments::Arguments;
use super::output;
use super::wrap::wrap;
use crate::domain::text::Language;

/// The widest help.
const WIDEST: usize = 100;

/// What stands before the help of an option on a line of its own.
const INDENT: usize = 10;

/// The order of a help's parts.
const TEMPLATE: &str =
    "{about-with-newline}\n\u{1b}[1m\u{1b}[4m使い方:\u{1b}[0m {usage}\n\n{all-args}{after-help}";

/// What the library says in English of its own.
const OWN_WORDS: [(&str, &str); 6] = [
    ("[OPTIONS]", "[オプション]"),
    ("[default: ", "[既定値: "),
    ("[env: ", "[環境変数: "),
    ("[possible values: ", "[値: "),
    ("Possible values:", "値:"),
    ("[aliases: ", "[別名: "),
];

/// The command line read; or the help, the version or the mistake, ready to
/// be printed.
pub(super) fn read(line: &[OsString]) -> Result<Arguments, Said> {
    let columns = output::columns().unwrap_or(WIDEST).min(WIDEST);
    let command = Arguments::command().term_width(columns);
    let read = command
        .try_get_matches_from(line)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    read.map_err(|error| match output::language() {
        Language::En => Said::of(error.render().ansi().to_string(), &error),
        Language::Ja => in_japanese(line, &error, columns),
    })
}

/// What is printed instead of doing something.
pub(super) struct Said {
    /// The text, coloured.
    pub(super) text: String,
    /// Whether something was wrong.
    pub(super) wrong: bool,
}

impl Said {
    fn of(text: String, error: &clap::Error) -> Self {
        Self {
            text,
            wrong: error.use_stderr(),
        }
    }
}

fn in_japanese(line: &[OsString], error: &clap::Error, columns: usize) -> Said {
    let english = error.render().ansi().to_string();
    match error.kind() {
        ErrorKind::DisplayVersion => Said::of(english, error),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let command = translated(Arguments::command(), "", columns).term_width(columns);
            let help = command.try_get_matches_from(asked(line)).err();
            let help = help.map(|help| help.render().ansi().to_string());
            let spoken = |help: String| {
                let words = OWN_WORDS.iter();
                words.fold(help, |help, (en, ja)| help.replace(en, ja))
            };
            Said::of(help.map_or(english, spoken), error)
        }
        _ => Said::of(format!("{}\n{english}", mistake::sentence(error)), error),
    }
}

/// The line with `help COMMAND` written as `COMMAND --help`.
fn asked(line: &[OsString]) -> Vec<OsString> {
    let mut asked: Vec<OsString> = line.to_vec();
    if let Some(at) = asked.iter().position(|word| word == "help") {
        asked.remove(at);
        asked.push("--help".into());
    }
    asked
}

/// A command with its words in Japanese, and all below it.
fn translated(command: Command, path: &str, columns: usize) -> Command {
    let words = of(path);
    let names = command
        .get_subcommands()
        .map(|below| below.get_name().len());
    let longest = names.max().unwrap_or_default();
    let below = columns.saturating_sub(longest + 4).max(20);
    let about = |text: &str, columns: usize| wrap(text, columns, 0).join("\n");
    let mut command = command
        .about(about(words.map_or("", |words| words.about), columns))
        .long_about(None)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("コマンド")
        .subcommand_value_name("コマンド")
        .help_template(TEMPLATE)
        .mut_args(|argument| spoken(argument, path, columns))
        .arg(flag("help", 'h', ArgAction::Help, columns));
    if path.is_empty() {
        command = command.arg(flag("version", 'V', ArgAction::Version, columns));
    }
    if longest == 0 {
        return command;
    }
    // Why: in the list of its parent a command has less room than at home.
    let listed = |command: Command, path: &str| {
        let words = of(path).map_or("", |words| words.about);
        command.about(about(words, below))
    };
    let help = Command::new("help").disable_help_flag(true);
    command
        .mut_subcommands(|command| {
            let path = join(path, command.get_name());
            listed(translated(command, &path, columns), &path)
        })
        .subcommand(listed(help, "help"))
}

fn flag(name: &'static str, short: char, action: ArgAction, columns: usize) -> Arg {
    let flag = Arg::new(name).short(short).long(name).action(action);
    spoken(flag, "", columns)
}

fn spoken(argument: Arg, path: &str, columns: usize) -> Arg {
    let id = argument.get_id().as_str().to_owned();
    let room = columns.saturating_sub(INDENT).max(20);
    let help = of_argument(path, &id).unwrap_or_default();
    let heading = match (argument.is_positional(), path.is_empty()) {
        (true, _) => "引数",
        (false, false) => "オプション",
        (false, true) => "共通のオプション",
    };
    let values = argument.get_possible_values();
    let argument = argument
        .help(wrap(help, room, 0).join("\n"))
        .long_help(None)
        .help_heading(heading)
        .next_line_help(true);
    if values.iter().all(|value| value.get_help().is_none()) {
        return argument;
    }
    let values = values.into_iter().map(|value| {
        let key = format!("{id}={}", value.get_name());
        let known = found(path, &key).and_then(|(key, help)| Some((key.split_once('=')?.1, *help)));
        known.map_or(value, |(name, help)| PossibleValue::new(name).help(help))
    });
    argument.value_parser(clap::builder::PossibleValuesParser::new(values))
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above} {name}")
    }
}

/// The words of a command: its own, or those of every command that is called
/// so.
fn of(path: &str) -> Option<&'static Words> {
    let own = COMMANDS.iter().find(|words| words.command == path);
    let ends = |words: &&Words| {
        let above = path.strip_suffix(words.command);
        !words.command.is_empty() && above.is_some_and(|above| above.ends_with(' '))
    };
    own.or_else(|| COMMANDS.iter().find(ends))
}

fn of_argument(path: &str, id: &str) -> Option<&'static str> {
    found(path, id).map(|(_, help)| *help)
}

fn found(path: &str, id: &str) -> Option<&'static (&'static str, &'static str)> {
    let own = of(path).map(|words| words.arguments).unwrap_or_default();
    own.iter().chain(EVENT).find(|(name, _)| *name == id)
}

/// What has no words in Japanese, and which words are of nothing.
pub fn gaps() -> Vec<String> {
    let mut used = vec!["help".to_owned(), " help".to_owned(), " version".to_owned()];
    let mut gaps = Vec::new();
    walk(&Arguments::command(), "", &mut (&mut used, &mut gaps));
    for words in COMMANDS {
        let path = words.command;
        if !used.iter().any(|used| used == path) {
            gaps.push(format!("there is no command `{path}`"));
        }
        for (id, _) in words.arguments {
            if !used.contains(&format!("{path} {id}")) {
                gaps.push(format!("`{path}` has no `{id}`"));
            }
        }
    }
    for (id, _) in EVENT {
        if !used.contains(&format!("earthquake {id}")) {
            gaps.push(format!("an event has no `{id}`"));
        }
    }
    gaps
}

fn walk(command: &Command, path: &str, found: &mut (&mut Vec<String>, &mut Vec<String>)) {
    match of(path) {
        Some(words) if !words.about.is_empty() => found.0.push(words.command.to_owned()),
        _ => found.1.push(format!("`{path}` has no words")),
    }
    let key = of(path).map_or(path, |words| words.command);
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        let values = argument.get_possible_values().into_iter();
        let values = values.filter(|value| value.get_help().is_some());
        let values = values.map(|value| format!("{id}={}", value.get_name()));
        for id in std::iter::once(id.to_owned()).chain(values) {
            match of_argument(path, &id) {
                Some(help) if !help.is_empty() => found.0.push(format!("{key} {id}")),
                _ => found.1.push(format!("`{path}`: `{id}` has no words")),
            }
        }
    }
    for below in command.get_subcommands() {
        walk(below, &join(path, below.get_name()), found);
    }
}
