//! Contacts: the pages behind their links, the API and the real command.

mod amend;
mod mine;
mod page;
mod program;
mod store;
