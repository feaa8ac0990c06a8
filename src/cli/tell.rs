//! A word to everyone who was called.
//!
//! Owns its options, and that it is said once. It must not print anything of its
//! own.

use clap::Args;
use serde_json::json;

use super::arguments::Global;
use super::commands;
use super::failure::Failure;
use super::once::Once;

/// `muster tell`
#[derive(Debug, Args)]
pub(super) struct Tell {
    /// The call-out
    pub(super) call_out: String,
    /// What everyone called is to read
    #[arg(long, required_unless_present = "prepared")]
    pub(super) text: Option<String>,
    /// A prepared text of rules.toml, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "text")]
    pub(super) prepared: Option<String>,
    /// Another gathering place, from now on
    #[arg(long)]
    pub(super) place: Option<String>,
    /// On whose word: a person's id, post or name
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
    /// Names this word (else one is made): said once under the same key
    #[arg(long)]
    pub(super) key: Option<String>,
}

/// `muster tell`
pub(super) async fn tell(global: &Global, tell: Tell) -> Result<(), Failure> {
    let once = Once::new(tell.key.as_deref())?;
    let body = json!({
        "text": tell.text,
        "prepared": tell.prepared,
        "place": tell.place,
        "by": tell.by,
        "key": once.key(),
    });
    let said = commands::command(global, &tell.call_out, "tell", &body).await;
    said.map_err(|failure| once.again(failure))
}
