//! A command that must not be done twice: it is sent under a key.
//!
//! Owns the key where nobody typed one, and the whole command with it, said where
//! nobody knows what became of it. It must not send anything.

use super::failure::Failure;
use crate::clock::Clock;

/// What a command is sent under.
pub(super) struct Once {
    key: String,
    /// The command line, as it was typed, with the key.
    line: String,
}

impl Once {
    /// Under the key that was typed, or else under a new one.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub(super) fn new(typed: Option<&str>) -> Result<Self, Failure> {
        let mut words: Vec<String> = std::env::args_os()
            .map(|word| quoted(&word.to_string_lossy()))
            .collect();
        let key = match typed {
            Some(key) => key.to_owned(),
            None => {
                let key = made("told")?;
                words.extend(["--key".to_owned(), key.clone()]);
                key
            }
        };
        let line = words.join(" ");
        Ok(Self { key, line })
    }

    /// The key.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The failure, with the command that can be sent again. What was refused was
    /// done by nobody, and is to be mended first.
    pub(super) fn again(&self, failure: Failure) -> Failure {
        if failure.code == Failure::REFUSED {
            return failure;
        }
        let line = &self.line;
        failure.and(
            &format!("\n次のとおり送り直せます。同じ key なので、二重には呼びません\n  {line}"),
            &format!("; this sends it again under the same key, so that nobody is called twice:\n  {line}"),
        )
    }
}

/// A new key: random, so that no other command has it.
pub(super) fn made(how: &str) -> Result<String, Failure> {
    let mut bytes = [0; 8];
    let filled = Clock::system().fill(&mut bytes);
    filled.map_err(|error| super::ask::no_random(&error))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{how}-{hex}"))
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+,=".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
