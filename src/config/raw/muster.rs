//! The keys of `muster.toml`.
//!
//! Owns the operator's keys. What they mean is checked in `operator`.

use crate::config::schema::{Key, Shape, may, must};

/// The whole file.
pub(in crate::config) const FILE: &[Key] = &[
    must("time_zone", Shape::Text),
    must("language", Shape::Text),
    must("http", Shape::Table(HTTP)),
    must("store", Shape::Table(STORE)),
    must("email", Shape::Table(EMAIL)),
    may("webhook", Shape::Tables(WEBHOOK)),
    must("token", Shape::Tables(TOKEN)),
    may("sign_in", Shape::Tables(SIGN_IN)),
];

const HTTP: &[Key] = &[
    must("listen", Shape::Text),
    must("public_url", Shape::Text),
    may("socket", Shape::Text),
];

const STORE: &[Key] = &[must("url", Shape::Text)];

const EMAIL: &[Key] = &[
    must("from", Shape::Text),
    may("name", Shape::Words),
    may("drill_name", Shape::Words),
    may("hello_name", Shape::Text),
    may("connections", Shape::Number),
    may("replies", Shape::Truth),
    may("canary", Shape::Text),
    may("timeout", Shape::Text),
    must("relay", Shape::Tables(RELAY)),
];

const RELAY: &[Key] = &[
    must("url", Shape::Text),
    may("tls", Shape::Text),
    may("login", Shape::Text),
    may("password_file", Shape::Text),
    may("ca_file", Shape::Text),
    may("connections", Shape::Number),
    may("rate", Shape::Number),
];

const WEBHOOK: &[Key] = &[
    must("name", Shape::Text),
    must("url", Shape::Text),
    may("secret_file", Shape::Text),
    may("token_file", Shape::Text),
    may("timeout", Shape::Text),
    may("proxy", Shape::Truth),
    may("success", Shape::Text),
    may("internal", Shape::Truth),
];

const TOKEN: &[Key] = &[
    must("name", Shape::Text),
    must("sha256", Shape::Text),
    must("scopes", Shape::Texts),
    may("person", Shape::Text),
];

const SIGN_IN: &[Key] = &[must("who", Shape::Texts), must("scopes", Shape::Texts)];
