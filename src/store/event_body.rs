//! What lists ask of an event's body, whatever state it is in.
//!
//! Owns that one body which the disk has damaged makes no list fail: SQLite ends a
//! whole SELECT at JSON that it cannot read. It must not know which list asks.

/// A field of the body of the event `e`; nothing where that cannot be read.
macro_rules! of_event {
    ($field:literal) => {
        concat!(
            "CASE WHEN json_valid(e.body) THEN e.body ->> '",
            $field,
            "' END"
        )
    };
}

/// Whether the event `e` is none of the notices to administrators. One that cannot
/// be read is none: it stands in the lists, where it is seen that it is damaged.
macro_rules! no_notice {
    () => {
        concat!(
            "coalesce(",
            $crate::store::event_body::of_event!("kind"),
            ", '') NOT IN ('readiness', 'schedule', 'drill-report', 'alarm')"
        )
    };
}

pub(super) use {no_notice, of_event};
