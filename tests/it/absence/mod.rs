//! People who are away: the command, the API, the roster's leave, the store.

mod http;
mod seen;
mod store;
