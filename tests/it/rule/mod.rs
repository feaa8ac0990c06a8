//! Which rule an event starts: one at most, and which it is.

mod calendar;
mod choice;
mod instant;
mod office_hours;
