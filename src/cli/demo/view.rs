//! What is shown of a demonstration while it runs, and at its end.
//!
//! On a terminal a live screen, in a pipe the time line as it grows, with
//! `--json` nothing but the call-out at the end.

use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;

use super::super::arguments::{Global, Lang};
use super::super::client::Client;
use super::super::daemon::Daemon;
use super::super::failure::Failure;
use super::super::output::{self, both, label};
use super::super::status;
use crate::domain::text::Language;

/// The show.
pub(super) struct Show {
    /// The way to the daemon, as anybody else has it.
    pub(super) client: Client,
    /// Only JSON is wanted.
    pub(super) json: bool,
    language: &'static str,
    board: String,
    token: String,
    shown: Mutex<u64>,
}

impl Show {
    /// Looks at a daemon.
    pub(super) fn new(global: &Global, daemon: &Daemon, token: &str) -> Self {
        let board = format!("http://{}", daemon.address);
        Self {
            client: Client::with_token(&board, token),
            json: global.json,
            language: if global.lang == Lang::En { "en" } else { "ja" },
            board,
            token: token.to_owned(),
            shown: Mutex::new(0),
        }
    }

    /// Says where to look.
    pub(super) fn open(&self, id: &str) {
        if self.json {
            return;
        }
        output::say(&both(
            "【訓練】muster demo / DRILL: 震度5弱の地震、1分を1秒に短縮",
            "intensity 5 lower, a minute takes a second",
        ));
        output::say(&format!(
            "  {id}  {}: {}/  ({}: {})",
            label("ボード", "board"),
            self.board,
            label("トークン", "token"),
            self.token
        ));
        output::say("");
    }

    /// Says what can be pressed now that nobody else does.
    pub(super) fn left_running(&self, link: Option<&str>) {
        if self.json {
            return;
        }
        output::say("");
        output::say(&both(
            "訓練を続けたまま動かしておきます。Ctrl-C で終了",
            "the drill goes on; Ctrl-C ends it",
        ));
        output::say(&format!(
            "  {}: {}/  ({}: {})",
            label("ボード", "board"),
            self.board,
            label("トークン", "token"),
            self.token
        ));
        if let Some(link) = link {
            output::say(&format!(
                "  {}: {link}",
                label("まだ答えていない人の画面", "an open answer page")
            ));
        }
    }

    /// One look: a screen, or the lines that are new.
    pub(super) async fn frame(&self, id: &str, call_out: &Value) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        if output::is_terminal() {
            output::write("\u{1b}[H\u{1b}[2J");
            output::say(&format!(
                "【訓練】DRILL  {}/  (token {})",
                self.board, self.token
            ));
            output::say(&status::page(call_out, self.spoken(), false));
            return Ok(());
        }
        let timeline = self
            .client
            .get(&format!("/api/v1/call-outs/{id}/timeline"))
            .await?;
        let entries = timeline["timeline"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let seq = entry["seq"].as_u64().unwrap_or_default();
            if seq > *shown {
                *shown = seq;
                output::say(&self.line(entry));
            }
        }
        Ok(())
    }

    fn spoken(&self) -> Language {
        Language::parse(self.language).unwrap_or_default()
    }

    fn line(&self, entry: &Value) -> String {
        let time = entry["at"]
            .as_str()
            .and_then(|at| at.get(11..19))
            .unwrap_or_default();
        format!(
            "{time}  {}",
            entry[self.language].as_str().unwrap_or_default()
        )
    }

    /// The summary, or the JSON.
    pub(super) async fn close(&self, call_out: &Value, mails: usize, calls: usize) {
        if self.json {
            output::json(call_out);
            return;
        }
        output::say("");
        output::say(&both("── 訓練の結果", "how the drill went ──"));
        output::say(&status::page(call_out, self.spoken(), true));
        output::say("");
        output::say(&both(
            &format!("メール {mails} 通、Webhook {calls} 件を実際に送受信しました"),
            &format!("{mails} mails and {calls} webhook calls really sent and received"),
        ));
        output::say(&both(
            "次は README の「最初の設定」へ",
            "next: \"A first real configuration\" in the README",
        ));
    }
}
