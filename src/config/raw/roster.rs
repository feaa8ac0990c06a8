//! The keys of `roster.toml`.
//!
//! Owns the keys of people and places. What they mean is checked in `roster`.

use crate::config::schema::{Key, Shape, may, must};

/// The whole file.
pub(in crate::config) const FILE: &[Key] = &[
    must("section", Shape::Tables(SECTION)),
    must("person", Shape::Tables(PERSON)),
    may("post", Shape::Tables(POST)),
    may("squad", Shape::Tables(SQUAD)),
    may("vendor", Shape::Tables(VENDOR)),
    may("system", Shape::Tables(SYSTEM)),
];

const SECTION: &[Key] = &[
    must("id", Shape::Text),
    must("name", Shape::Words),
    may("required", Shape::Texts),
    may("deputies", Shape::Texts),
    may("need", Shape::Number),
];

const PERSON: &[Key] = &[
    must("id", Shape::Text),
    must("name", Shape::Words),
    must("section", Shape::Text),
    may("language", Shape::Text),
    may("contacts", Shape::Tables(CONTACT)),
    may("leave", Shape::Tables(LEAVE)),
];

const LEAVE: &[Key] = &[must("from", Shape::Date), must("to", Shape::Date)];

const CONTACT: &[Key] = &[
    may("email", Shape::Text),
    may("webhook", Shape::Text),
    may("address", Shape::Text),
];

const POST: &[Key] = &[
    must("id", Shape::Text),
    must("name", Shape::Words),
    must("holders", Shape::Texts),
    may("deputies", Shape::Texts),
];

const SQUAD: &[Key] = SECTION;

const VENDOR: &[Key] = &[
    must("id", Shape::Text),
    must("name", Shape::Words),
    must("kind", Shape::Text),
    may("desk", Shape::Tables(DESK)),
];

const DESK: &[Key] = &[
    must("name", Shape::Words),
    may("contacts", Shape::Tables(CONTACT)),
];

const SYSTEM: &[Key] = &[
    must("number", Shape::Number),
    must("name", Shape::Text),
    must("owner", Shape::Text),
    may("maintainer", Shape::Text),
];
