//! What can go wrong with the store: what, where, what to do.
//!
//! Owns its errors and their sentences in both languages: the English one is
//! the error's own, with the detail in it. It must not decide what is done
//! about it.

use super::failure::{Cause, Said as _};
use super::{codec, failure};
use crate::domain::id::CallOutId;

/// Why a store can no longer be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The disk failed, or the file is damaged.
    #[error(
        "the disk failed in the middle of a write ({0}); whether it was kept is known after the next start"
    )]
    Unsure(String),
    /// The store finds no memory to work with.
    #[error(
        "the machine has no memory left for the store; the next start goes on from what is on disk. See what else takes it, or raise MemoryMax"
    )]
    Memory,
    /// What writes has ended.
    #[error(
        "what writes ended by a defect of muster; the next start goes on from what is on disk, and the log says why"
    )]
    Ended,
    /// The file holds what nobody wrote.
    #[error(
        "the store's file is damaged ({0}); put the last backup back (docs/operations.md, Backup), and keep the damaged file aside"
    )]
    Damaged(String),
    /// The file that is open is not the one that the next start will find.
    #[error(
        "{path} was moved, deleted or replaced while the daemon had it open; put it back as it was, or restore the backup, then start muster"
    )]
    Elsewhere {
        /// Which file.
        path: String,
    },
}

impl Broken {
    /// What it is and what to do, in Japanese.
    pub fn ja(&self) -> String {
        match self {
            Self::Unsure(_) => {
                "書き込みの途中でディスクの異常が起きました。記録できたかどうかは、次の起動で分かります。ディスクを確かめてください"
                    .to_owned()
            }
            Self::Memory => {
                "メモリーが足りず、保存先に書けません。次の起動で、記録されたところから続けます。ほかにメモリーを使っているものを確かめるか、MemoryMax を増やしてください"
                    .to_owned()
            }
            Self::Ended => {
                "muster の欠陥で、書き込みの処理が止まりました。次の起動で、記録されたところから続けます。理由をログで確かめてください"
                    .to_owned()
            }
            Self::Damaged(_) => {
                "保存先のファイルが壊れています。壊れたファイルは別の場所に取っておき、最後のバックアップから戻してください"
                    .to_owned()
            }
            Self::Elsewhere { path } => format!(
                "{path} は、muster が使っている間に、移されたか、消されたか、置き換えられました。元の場所に戻すか、バックアップを戻してから、muster を起動してください"
            ),
        }
    }
}

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no. The write may or may not be there: the same
    /// request with the same key finds out.
    #[error("the store cannot be read or written: {0}")]
    Database(#[source] Cause),
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
    /// The machine gives no thread to what writes.
    #[error(
        "the machine starts no thread for the store: {0}; raise TasksMax, or see what else takes them"
    )]
    Thread(#[source] std::io::Error),
    /// The linked SQLite has the WAL-reset bug.
    #[error(
        "SQLite {0} is too old: 3.51.3 is the first without the WAL-reset bug; build muster with the SQLite that it brings along, or install a newer one"
    )]
    OldSqlite(String),
    /// The URL names no store that this version knows.
    #[error("[store] url = {0:?} is not understood; write sqlite:PATH")]
    Url(String),
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
    /// Nothing more is written: the daemon is about to end.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Another program writes into it and does not end.
    #[error(
        "the store is held by another program; end that program (sqlite3, a copy) and try again"
    )]
    Held,
    /// No room is left on the disk; what is queued goes on in a reserve.
    #[error(
        "the disk is full, so no new event is taken; make room (delete old logs and copies), and events are taken again without a restart"
    )]
    Full,
    /// What it was made on top of was not kept.
    #[error("a change of call-out {0} just before this one could not be kept; try again")]
    Behind(CallOutId),
    /// The file holds what nobody wrote.
    #[error(
        "{path} is damaged ({why}); keep it aside, put the last backup back with the whole directory, and start again (docs/operations.md, Backup). Until then telephone by the list on paper"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite says.
        why: String,
    },
    /// The log beside the file was written for another one.
    #[error(
        "{path} was put in place after its log {path}-wal was written: where it is a copy from a backup, move {path}-wal and {path}-shm away and start again; where it is the same file, put back or touched, run `touch {path}-wal {path}` and remove {path}.lock"
    )]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file is missing, with its log, and was there when it was last open.
    #[error(
        "{path} is missing, and was there when muster last ran: put the file back, or restore the backup with the whole directory; where it is to begin anew, without a record of what was, remove {path}.lock"
    )]
    Gone {
        /// The file.
        path: String,
    },
    /// The file is missing, and what belongs to it is there.
    #[error(
        "{path} is missing, but its log {path}-wal is there: put the file back, or restore the backup with the whole directory"
    )]
    Missing {
        /// The file.
        path: String,
    },
}

impl From<Cause> for Error {
    fn from(error: Cause) -> Self {
        if failure::is_damaged(&error) {
            return Self::Damaged {
                path: "muster.db".to_owned(),
                why: error.to_string(),
            };
        }
        Self::Database(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // Why: what is of another kind than was written is so the next time too.
            sqlx::Error::ColumnDecode { index, source } => Self::Unreadable(codec::Unreadable {
                what: index,
                why: source.to_string(),
            }),
            error => Cause::from(error).into(),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Cause::from(error).into()
    }
}

impl Error {
    /// Whether what was read is not what was written.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Unreadable(_) | Self::Damaged { .. } | Self::Broken(Broken::Damaged(_)) => true,
            Self::Database(error) => failure::is_damage(error),
            _ => false,
        }
    }

    /// Whether the disk did not give what was read.
    pub fn is_disk_fault(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_disk_fault())
    }

    /// Whether the name of a new event or call-out is another one's already.
    pub fn is_taken_name(&self) -> bool {
        let names = ["event.id", "call_out.id"];
        matches!(self, Self::Database(error) if error.is_taken(&names))
    }

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
            Self::Thread(_) => {
                "保存先のためのスレッドを始められません。TasksMax を増やすか、ほかに何が使っているかを確かめてください"
                    .to_owned()
            }
            Self::OldSqlite(version) => format!(
                "SQLite {version} は古すぎます。保存先が壊れる不具合のない 3.51.3 以降が必要です。muster に付いている SQLite で作り直すか、新しいものを入れてください"
            ),
            Self::Url(url) => format!(
                "[store] url = {url:?} を読めません。sqlite:パス の形で書いてください"
            ),
            Self::Closed => "保存先は閉じられています。muster を起動し直してください".to_owned(),
            Self::Broken(why) => why.ja(),
            Self::Held => {
                "別のプログラムが保存先を使い続けています。そのプログラム（sqlite3、コピーなど）を終えて、もう一度試してください"
                    .to_owned()
            }
            Self::Full => {
                "ディスクがいっぱいのため、新しい事象を受け付けられません（招集中のものは続けます）。古いログやコピーを消して空きを作ってください。起動し直さなくても、再び受け付けます。急ぐ場合は、紙の連絡網で電話してください"
                    .to_owned()
            }
            Self::Behind(id) => format!(
                "参集 {id} の直前の変更を記録できなかったため、これも記録していません。もう一度試してください"
            ),
            Self::Damaged { path, .. } => format!(
                "{path} が壊れています。別の場所に取っておき、最後のバックアップをディレクトリーごと戻して、もう一度起動してください。それまでは、紙の連絡網で電話してください"
            ),
            Self::Foreign { path } => format!(
                "{path} は、その記録 {path}-wal より後に置かれています。バックアップから戻したものなら、{path}-wal と {path}-shm を別の場所に移して、もう一度起動してください。元と同じファイルなら、touch {path}-wal {path} を実行し、{path}.lock を消してください"
            ),
            Self::Gone { path } => format!(
                "前に動いたときにあった {path} がありません。元のファイルを戻すか、バックアップからディレクトリーごと戻してください。これまでの記録なしに新しく始める場合は、{path}.lock を消してください"
            ),
            Self::Missing { path } => format!(
                "{path} がないのに、その記録 {path}-wal が残っています。元のファイルを戻すか、バックアップからディレクトリーごと戻してください"
            ),
        }
    }
}
