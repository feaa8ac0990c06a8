//! `muster contacts`: what proves each contact, a person's own page, and what
//! people report of theirs.
//!
//! Owns its arguments. Who is asked to confirm an address is the daemon's to
//! decide; what a report changes in the roster's file is `config::sheet`'s.

mod amended;
mod changes;
mod list;

use clap::{Args, Subcommand};

use super::arguments::Global;
use super::failure::Failure;

pub(super) use amended::amended;

/// `muster contacts`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Contacts {
    /// The person: id, post or name; without it, everybody
    person: Option<String>,
    /// Only contacts without a proof, or whose last one is older than a year
    #[arg(long)]
    unproved: bool,
    /// Print a link to the person's own contacts, to be handed over
    #[arg(long, requires = "person", conflicts_with = "unproved")]
    link: bool,
    /// Mail that link to the person
    #[arg(long, requires = "person", conflicts_with_all = ["link", "unproved"])]
    send: bool,
    #[command(subcommand)]
    command: Option<ContactsCommand>,
}

/// `muster contacts …`
#[derive(Debug, Subcommand)]
pub(super) enum ContactsCommand {
    /// List what people report of their contacts
    Changes(Changes),
    /// Show what a report would change in roster.toml; with --write, change it
    Accept(Accept),
    /// Decline a report; its person reads why
    Refuse(Refuse),
}

/// `muster contacts changes`
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Those that were decided as well
    #[arg(long)]
    all: bool,
}

/// `muster contacts accept`
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The report's number
    number: u32,
    /// Change roster.toml; the old one stays beside it as roster.toml.bak
    #[arg(long)]
    write: bool,
}

/// `muster contacts refuse`
#[derive(Debug, Args)]
pub(super) struct Refuse {
    /// The report's number
    number: u32,
    /// Why; its person reads it
    #[arg(long)]
    reason: String,
}

/// Runs it.
pub(super) async fn contacts(global: &Global, contacts: Contacts) -> Result<(), Failure> {
    match (contacts.command, contacts.person) {
        (Some(ContactsCommand::Changes(which)), _) => changes::list(global, &which).await,
        (Some(ContactsCommand::Accept(accept)), _) => changes::accept(global, &accept).await,
        (Some(ContactsCommand::Refuse(refuse)), _) => changes::refuse(global, &refuse).await,
        (None, Some(person)) if contacts.link || contacts.send => {
            list::link(global, &person, contacts.send).await
        }
        (None, person) => list::list(global, person.as_deref(), contacts.unproved).await,
    }
}
