//! The commands: read the words of the command line, do one thing, say what
//! came of it.
//!
//! Owns arguments, exit codes, the environment and the terminal. It decides
//! nothing about a call-out. [`daemon`] is the only place that wires.

mod absences;
mod absent;
mod arguments;
mod ask;
mod call_list;
mod check;
mod client;
mod closing;
mod commands;
mod compare;
mod configuration;
mod contact_test;
mod contacts;
pub mod daemon;
mod demo;
mod descriptors;
mod drill;
mod drill_record;
mod editions;
mod event;
mod explain;
mod failure;
pub mod help;
mod link_key;
mod mails;
mod notes;
mod once;
mod out;
pub mod output;
pub mod paper;
mod readiness;
mod receive_mail;
mod rehearse;
mod report;
mod roster;
mod serve;
mod status;
mod table;
mod tasks;
mod tell;
pub mod wrap;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use failure::Failure;

/// Reads the command line and runs it.
pub fn main() -> ExitCode {
    let line: Vec<_> = std::env::args_os().collect();
    output::speak(configuration::language(&line));
    #[cfg(feature = "faults")]
    configuration::arm_faults();
    let arguments = match help::read(&line) {
        Ok(arguments) => arguments,
        Err(said) if said.wrong => {
            output::mistake(said.text.trim_end());
            return ExitCode::from(match receive_mail::is_meant(&line) {
                true => receive_mail::KEEP,
                false => 2,
            });
        }
        Err(said) => {
            output::write(&said.text);
            return ExitCode::SUCCESS;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(arguments));
            // Why: a daemon's last tasks may wait for a client for ever.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            done
        }
        Err(error) => Err(Failure::failed(
            format!("起動できません（{error}）"),
            format!("the runtime cannot start: {error}"),
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.said());
            // Why: see there; whatever went wrong, the mail is kept.
            ExitCode::from(match receive_mail::is_meant(&line) {
                true => receive_mail::KEEP,
                false => failure.code,
            })
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    crate::channel::install_crypto();
    let global = arguments.global;
    match arguments.command {
        Command::Serve => serve::serve(&global).await,
        Command::Check(check) if check.readiness => readiness::readiness(&global).await,
        Command::Check(check) => match &check.against {
            Some(other) => compare::against(&global, other).await,
            None => check::check(&global).await,
        },
        Command::Explain(explain) => explain::explain(&global, &explain).await,
        Command::Rehearse(arguments) => rehearse::rehearse(&global, &arguments),
        Command::Trigger(trigger) => commands::trigger(&global, trigger).await,
        Command::Drill { command } => drill::drill(&global, command).await,
        Command::Status(status) => status::status(&global, &status).await,
        Command::Acknowledge(answer) => commands::acknowledge(&global, answer).await,
        Command::Decide(decision) => commands::decide(&global, decision).await,
        Command::Grow(grow) => commands::grow(&global, grow).await,
        Command::Tell(tell) => tell::tell(&global, tell).await,
        Command::RequestHelp(help) => commands::request_help(&global, help).await,
        Command::Confirm(word) => commands::confirm(&global, word).await,
        Command::Cancel(word) => commands::cancel(&global, word).await,
        Command::Absent(absent) => absent::absent(&global, absent).await,
        Command::TestContact(test) => contact_test::test_contact(&global, &test).await,
        Command::Contacts(contacts) => contacts::contacts(&global, contacts).await,
        Command::ReceiveMail(mail) => receive_mail::receive_mail(&global, &mail).await,
        Command::StandDown(word) => commands::stand_down(&global, word).await,
        Command::Report(report) => report::report(&global, &report).await,
        Command::Roster { command } => roster::roster(&global, command).await,
        Command::Demo(demo) => demo::demo(&global, &demo).await,
        Command::Completions { shell } => arguments::completions(shell),
        Command::Man => arguments::man(),
    }
}
