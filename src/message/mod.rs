//! stub
pub mod token;
use crate::domain::{call_out::*, id::CallOutId, notification::*};
pub struct Messages;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct Error;
pub struct Letter {
    pub from_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub urgent: bool,
}
impl Messages {
    pub fn mail(
        &self,
        _c: &CallOut,
        _to: &Participant,
        _p: Purpose,
        _l: &str,
    ) -> Result<Letter, Error> {
        Err(Error)
    }
    pub fn webhook_body(
        &self,
        _c: &CallOut,
        _to: &Participant,
        _n: &Notification,
        _l: &str,
    ) -> Result<String, Error> {
        Err(Error)
    }
    pub fn thread_id(_c: &CallOutId, _d: bool, _m: &str) -> String {
        String::new()
    }
}
