//! Names of things, each its own type so that one cannot stand for another.
//!
//! Owns no rule about what a name may hold: `config` checks that.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Takes the text as it is.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// An accepted event: `e-20261124-k7qm`.
    EventId
}
name! {
    /// A call-out: `20261124-k7qm`; short enough to be read out over a radio.
    CallOutId
}
name! {
    /// A person of the roster.
    PersonId
}
name! {
    /// A section of the office (課).
    SectionId
}
name! {
    /// A squad of the disaster headquarters (対策班).
    SquadId
}
name! {
    /// A post, whoever holds it (職).
    PostId
}
name! {
    /// An outside operator or maintainer (運用・保守事業者).
    VendorId
}
name! {
    /// A rule of `rules.toml`, for example `P2`.
    RuleId
}
name! {
    /// A procedure of `rules.toml`.
    ProcedureId
}
name! {
    /// A drill of `rules.toml`.
    DrillId
}
name! {
    /// A record of a drill that was held: `r-20260612-3f9a0c41`.
    RecordId
}
name! {
    /// Who did something to the daemon: `token:duty`, `socket:1000`,
    /// `person:it-1` (signed in, or by a token of their own), `link:it-1` (by
    /// an answer link), `drill:contact`. What a second person is compared by.
    Principal
}

impl Principal {
    /// What a log may say of it, which names no person of the roster.
    pub fn unnamed(&self) -> &str {
        match self.as_str().split_once(':') {
            Some((way @ ("person" | "link" | "masked-link"), _)) => way,
            _ => self.as_str(),
        }
    }

    /// The person of the roster whom it is: by their own link, or signed in as
    /// themselves.
    pub fn person(&self) -> Option<PersonId> {
        let (how, id) = self.as_str().split_once(':')?;
        matches!(how, "link" | "person").then(|| PersonId::new(id))
    }
}
