//! What can go wrong with the store: what, where, what to do.
//!
//! Owns its errors and their sentences in both languages: the English one is
//! the error's own, with the detail in it. It must not decide what is done
//! about it.

use super::codec;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no. The write may or may not be there: the same
    /// request with the same key finds out.
    #[error("the store cannot be read or written: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the store's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Something stored is not what this program writes.
    #[error(transparent)]
    Unreadable(#[from] codec::Unreadable),
    /// Another daemon has it.
    #[error(
        "another muster daemon uses the store {path}; stop it first, or name another store in [store] url"
    )]
    Locked {
        /// The lock file.
        path: String,
    },
    /// A file beside the store cannot be made.
    #[error(
        "{path} cannot be made or opened: {source}; give the daemon's user the right to write there"
    )]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The linked SQLite has the WAL-reset bug.
    #[error("SQLite {0} is too old: 3.51.3 is the first without the WAL-reset bug")]
    OldSqlite(String),
    /// The URL names no store that this version knows.
    #[error("[store] url = {0:?} is not understood; write sqlite:PATH")]
    Url(String),
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// What it is and what to do, in Japanese. The detail stands in the
    /// English, for whoever is asked for help.
    pub fn ja(&self) -> String {
        match self {
            Self::Database(_) => {
                "保存先（データベース）を読み書きできません。ディスクの空きと、ファイルの権限を確かめてください"
                    .to_owned()
            }
            Self::Migration(_) => {
                "保存先の形式をこの版の muster に合わせられません。保存先より古い muster を使っていないか確かめてください"
                    .to_owned()
            }
            Self::Unreadable(_) => {
                "保存された内容を読めません。最後のバックアップから保存先を戻してください".to_owned()
            }
            Self::Locked { path } => format!(
                "別の muster がこの保存先を使っています（{path}）。先にそれを止めるか、[store] url に別の保存先を書いてください"
            ),
            Self::File { path, .. } => format!(
                "{path} を作れないか、開けません。muster を動かす利用者に、そこへ書く権限を与えてください"
            ),
            Self::OldSqlite(version) => format!(
                "SQLite {version} は古すぎます。保存先が壊れる不具合のない 3.51.3 以降を使ってください"
            ),
            Self::Url(url) => format!(
                "[store] url = {url:?} を読めません。sqlite:パス の形で書いてください"
            ),
            Self::Closed => "保存先は閉じられています。muster を起動し直してください".to_owned(),
        }
    }
}
