//! The first letter of an event, made while the disk writes what calls for it.
//!
//! Owns that whoever sends it finds its words and octets made. It must not send: nothing
//! leaves before it is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Engine;
use super::brief::brief;
use crate::domain::call_out::CallOut;
use crate::store::Claimed;

impl Engine {
    /// Makes what the first message of a call-out says; what of the call-out it was made
    /// of, for which it is known from now on.
    ///
    /// Why not kept itself: whoever sends it looks by then whether it is still to be said,
    /// and makes it again of what is there. What it meets is met then as well, by that
    /// message alone.
    pub(super) fn make_ahead(&self, call_out: &CallOut, first: &Claimed) -> Option<Arc<CallOut>> {
        let participant = call_out
            .participants
            .get(&first.notification.draft.person)?;
        let brief = Arc::new(brief(call_out));
        let make = AssertUnwindSafe(|| {
            if let Ok(message) = self.render(&brief, participant, first) {
                self.0.outlet.make_ahead(&message);
            }
        });
        // Why not looked at: as above.
        let _ = catch_unwind(make);
        Some(brief)
    }
}
