//! Requests for help and the systems that are spoken of, as JSON.
//!
//! Owns their part of a call-out's progress, and the names of their entries.
//! Invariant: a body that an older version wrote has none of it.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::entry::{person, read_person};
use super::{Fields, Result, micros, read_text, text, timestamp};
use crate::domain::call_out::course::{Affected, Course};
use crate::domain::call_out::help::Help;
use crate::domain::id::{Principal, VendorId};
use crate::domain::journal::Entry;

/// The systems of a course.
pub(super) fn systems(course: &Course) -> Vec<Value> {
    let systems = course.systems.iter().map(|(number, system)| {
        let maintainer = system.maintainer.as_ref();
        json!({
            "number": number,
            "name": system.name,
            "owner": text(&system.owner),
            "maintainer": maintainer.map(|(id, name)| json!([id.as_str(), text(name)])),
        })
    });
    systems.collect()
}

/// Reads what [`systems`] wrote.
pub(super) fn read_systems(fields: Fields<'_>) -> Result<IndexMap<u16, Affected>> {
    let systems = fields.opt_each("systems", |value| {
        let number = u16::try_from(value.get("number")?.as_u64()?).ok()?;
        let affected = Affected {
            name: value.get("name")?.as_str()?.to_owned(),
            owner: read_text(value.get("owner")?)?,
            maintainer: match value.get("maintainer")?.as_array().map(Vec::as_slice) {
                Some([id, name]) => Some((id.as_str()?.into(), read_text(name)?)),
                _ => None,
            },
        };
        Some((number, affected))
    });
    Ok(systems?.into_iter().collect())
}

/// The requests of a course.
pub(super) fn help(course: &Course) -> Vec<Value> {
    let help = course.help.iter().map(|help| {
        json!({
            "vendor": help.vendor.as_str(),
            "name": text(&help.name),
            "systems": help.systems,
            "note": help.note,
            "by": help.by.as_ref().map(Principal::as_str),
            "asked_at": micros(help.asked_at),
            "asked": help.asked,
            "next_at": help.next_at.map(micros),
            "out": help.out,
            "helping": help.helping,
        })
    });
    help.collect()
}

/// Reads what [`help`] wrote.
pub(super) fn read_help(fields: Fields<'_>) -> Result<Vec<Help>> {
    fields.opt_each("help", |value| {
        let fields = Fields(value);
        Some(Help {
            vendor: fields.get("vendor").as_str()?.into(),
            name: read_text(fields.get("name"))?,
            systems: numbers(fields.get("systems"))?,
            note: fields.opt_string("note"),
            by: fields.get("by").as_str().map(Into::into),
            asked_at: timestamp(fields.get("asked_at").as_i64()?),
            asked: fields.opt_u32("asked")?,
            next_at: fields.opt_time("next_at"),
            out: fields.get("out").as_bool()?,
            helping: fields.get("helping").as_bool()?,
        })
    })
}

fn numbers(value: &Value) -> Option<Vec<u16>> {
    let number = |value: &Value| u16::try_from(value.as_u64()?).ok();
    value.as_array()?.iter().map(number).collect()
}

/// The name and the body of an entry; empty for one that others own.
pub(super) fn parts(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::HelpAsked {
            vendor,
            desk,
            systems,
            note,
            by,
            on_word_of,
            until,
        } => (
            "help-asked",
            json!({
                "vendor": vendor.as_str(),
                "desk": desk.as_str(),
                "systems": systems,
                "note": note,
                "by": by.as_ref().map(Principal::as_str),
                "word": person(on_word_of),
                "until": micros(*until),
            }),
        ),
        Entry::HelpNext {
            desk,
            instead_of,
            until,
        } => (
            "help-next",
            json!({ "desk": desk.as_str(), "instead_of": instead_of.as_str(), "until": micros(*until) }),
        ),
        Entry::HelpGone { vendor } => ("help-gone", json!({ "vendor": text(vendor) })),
        Entry::HelpOut { vendor } => ("help-out", json!({ "vendor": text(vendor) })),
        Entry::HelpLeftOut { vendors } => {
            let vendors: Vec<Value> = vendors.iter().map(text).collect();
            ("help-left-out", json!({ "vendors": vendors }))
        }
        Entry::HelpReleased { vendors } => {
            let vendors: Vec<Value> = vendors.iter().map(text).collect();
            ("help-released", json!({ "vendors": vendors }))
        }
        _ => ("", Value::Null),
    }
}

/// Reads what [`parts`] wrote; `None` for a name that is not one of these.
pub(super) fn read(name: &str, fields: Fields<'_>) -> Result<Option<Entry>> {
    Ok(Some(match name {
        "help-asked" => Entry::HelpAsked {
            vendor: VendorId::from(fields.str("vendor")?),
            desk: fields.str("desk")?.into(),
            systems: fields.each("systems", |value| u16::try_from(value.as_u64()?).ok())?,
            note: fields.opt_string("note"),
            by: fields.get("by").as_str().map(Into::into),
            on_word_of: read_person(fields),
            until: fields.time("until")?,
        },
        "help-next" => Entry::HelpNext {
            desk: fields.str("desk")?.into(),
            instead_of: fields.str("instead_of")?.into(),
            until: fields.time("until")?,
        },
        "help-gone" => Entry::HelpGone {
            vendor: fields.text("vendor")?,
        },
        "help-out" => Entry::HelpOut {
            vendor: fields.text("vendor")?,
        },
        "help-released" => Entry::HelpReleased {
            vendors: fields.each("vendors", read_text)?,
        },
        "help-left-out" => Entry::HelpLeftOut {
            vendors: fields.each("vendors", read_text)?,
        },
        _ => return Ok(None),
    }))
}
