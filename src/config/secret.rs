//! Reads a secret from the file or credential that a key names.
//!
//! Owns where a path begins and what a secret file may hold. Invariant: what
//! was read goes into a `SecretString` and into no message.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::findings::Findings;
use super::table::Word;

/// The directories that paths in the files begin at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directories<'a> {
    pub(super) config: &'a Path,
    pub(super) credentials: Option<&'a Path>,
}

impl Directories<'_> {
    /// A path of the files.
    pub(super) fn path(self, word: Word<'_>) -> PathBuf {
        self.config.join(word.text)
    }

    /// The path of a secret: `credential:NAME`, or as any other.
    fn secret_path(self, word: Word<'_>, findings: &mut Findings) -> Option<PathBuf> {
        let Some(name) = word.text.strip_prefix("credential:") else {
            return Some(self.path(word));
        };
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            findings
                .error(word.place, format!("「{name}」は資格情報（credential）の名前ではありません"), format!("\"{name}\" is no name of a credential"))
                .advise("ユニットの LoadCredential=NAME:PATH の NAME を credential:NAME の形で書いてください", "write credential:NAME as in LoadCredential=NAME:PATH of the unit");
            return None;
        }
        if self.credentials.is_none() {
            findings
                .error(
                    word.place,
                    format!("「{name}」を読む資格情報（credential）がここにはありません"), format!("there are no credentials here to read \"{name}\" from"),
                )
                .advise("LoadCredential= を書いた systemd のサービスとして動かすか、ファイルを指定してください", "run it as a systemd service with LoadCredential=, or name a file");
        }
        self.credentials.map(|directory| directory.join(name))
    }
}

/// The secret that a key names. A line break at the end is the editor's.
pub(super) fn read(
    word: Word<'_>,
    directories: Directories<'_>,
    findings: &mut Findings,
) -> Option<SecretString> {
    let path = directories.secret_path(word, findings)?;
    let shown = path.display();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            findings
                .error(word.place, format!("{shown} を読めません（{error}）"), format!("cannot read {shown}: {error}"))
                .advise("秘密の値をそのファイルに書き、muster を動かすユーザーが読めるようにしてください", "write the secret into that file, readable by the user that runs muster");
            return None;
        }
    };
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.trim().is_empty() || secret.chars().any(char::is_control) {
        findings
            .error(
                word.place,
                format!("{shown} の中身が、秘密の値 1 行だけになっていません"),
                format!("{shown} does not hold one line with a secret"),
            )
            .advise(
                "1 行目に秘密の値だけを書いてください",
                "write the secret, and nothing else, on the first line",
            );
        return None;
    }
    if open_to_all(&path) {
        findings
            .warn(
                word.place,
                format!("{shown} は、このマシンの誰でも読めます"),
                format!("{shown} can be read by every user of this machine"),
            )
            .advise(
                format!("chmod 600 {shown} を実行してください"),
                format!("chmod 600 {shown}"),
            );
    }
    Some(SecretString::from(secret))
}

fn open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
}
