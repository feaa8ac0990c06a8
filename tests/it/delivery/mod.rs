//! What comes of one attempt to send.
//!
//! `contract` holds what every channel promises, `email`, `headers`,
//! `secure` and `webhook` what each promises beyond that; `circuit` how one
//! that fails is left alone, `blame` who is to blame for a refusal. `smtp_sink` meets a server that is not ours,
//! `read_back` a reader that is not.

mod ahead;
mod blame;
mod circuit;
mod contract;
mod email;
mod headers;
mod pace;
mod read_back;
mod secure;
mod smtp_sink;
mod webhook;

pub(crate) use crate::support::channels::{
    ACCEPTED, UNKNOWN, detail, email_channels, email_channels_by, kind, mail, noon, rejected,
    retry, send, settings_of,
};
