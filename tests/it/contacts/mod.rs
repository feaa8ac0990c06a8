//! Contacts: the pages behind their links, the API and the real command.

mod page;
mod program;
