//! What the tests share: scripted receivers and the like. It must not hold a
//! test, and nothing here may sleep.

pub(crate) mod plans;
