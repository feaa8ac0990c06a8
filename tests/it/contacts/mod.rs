//! Contacts: the pages behind their links, the API and the real command.

mod amend;
mod mine;
mod page;
mod program;
mod store;

/// The rules of a town that asks new addresses, where a button counts at once.
fn asking(rules: &str) -> String {
    rules
        .replace("#confirm = \"off\"", "confirm = \"new\"")
        .replace("doubt_seconds = 5", "doubt_seconds = 0")
}
