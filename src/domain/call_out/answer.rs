//! How a person's word changes a call-out.

/// Why a word is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The person is not in this call-out.
    NotInIt,
}
