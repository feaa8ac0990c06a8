//! Contacts: the pages behind their links, the API and the real command.

mod amend;
mod mine;
mod page;
mod program;
mod store;
mod stranger;
mod word;

/// The rules of a town where a button counts at once; new addresses are asked
/// where nothing is said.
fn asking(rules: &str) -> String {
    rules.replace("doubt_seconds = 5", "doubt_seconds = 0")
}
