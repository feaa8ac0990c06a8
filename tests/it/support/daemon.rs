//! The real process: spawned on a folder of its own, spoken to from outside,
//! killed without warning.
//!
//! Owns the folder and the child. It waits on lines and sockets, not on time,
//! and for no line for ever.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::request::request;

/// A token with every scope.
pub(crate) const TOKEN: &str = "test-token-with-every-scope";
/// A token that may only read.
pub(crate) const READER: &str = "test-token-that-may-only-read";

/// A test that waits for a line longer than this waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration and a store.
pub(crate) struct Town {
    pub(crate) folder: tempfile::TempDir,
}

impl Town {
    /// The example plan, its mail going to a relay.
    pub(crate) fn new(relay: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::create_dir(&config).unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        for file in ["roster.toml", "rules.toml"] {
            std::fs::copy(example.join(file), config.join(file)).unwrap();
        }
        let town = Self { folder };
        town.write("muster.toml", &town.muster_toml(relay));
        town
    }

    fn muster_toml(&self, relay: u16) -> String {
        let store = self.folder.path().join("state/muster.db");
        let token = |name: &str, token: &str, scopes: &str| {
            let digest: String = Sha256::digest(token)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("[[token]]\nname = \"{name}\"\nsha256 = \"{digest}\"\nscopes = [{scopes}]\n\n")
        };
        let every = r#""trigger", "drill", "read", "acknowledge", "command", "approve", "admin""#;
        format!(
            "time_zone = \"Asia/Tokyo\"\nlanguage = \"ja\"\n\n\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:0\"\n\n\
             [store]\nurl = \"sqlite:{}\"\n\n\
             [email]\nfrom = \"muster@example.jp\"\n\n\
             [[email.relay]]\nurl = \"smtp://127.0.0.1:{relay}\"\ntls = \"none\"\n\n{}{}",
            store.display(),
            token("duty", TOKEN, every),
            token("reader", READER, "\"read\"")
        )
    }

    /// Writes a file of the configuration.
    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.config().join(file), text).unwrap();
    }

    /// The configuration directory.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// A command on this town.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env_remove("MUSTER_CONFIG")
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null());
        command
    }

    /// An incident's stages begin three and six seconds after it.
    pub(crate) fn shorten_incident(&self) {
        let rules = std::fs::read_to_string(self.config().join("rules.toml")).unwrap();
        let (before, incident) = rules.split_once("id = \"incident\"").unwrap();
        let incident = incident
            .replacen("after = \"10m\"", "after = \"3s\"", 1)
            .replacen("after = \"20m\"", "after = \"6s\"", 1)
            .replacen("exhausted_after = \"45m\"", "exhausted_after = \"5m\"", 1)
            .replacen("resend = { every = \"3m\", times = 2 }\n", "", 1);
        let rules = format!("{before}id = \"incident\"{incident}");
        self.write("rules.toml", &rules);
    }

    /// Telephones ring by a gateway at this address.
    pub(crate) fn rings(&self, url: &str) {
        let config = std::fs::read_to_string(self.config().join("muster.toml")).unwrap();
        let gateway = format!("[[webhook]]\nname = \"voice-gateway\"\nurl = \"{url}\"\n");
        self.write("muster.toml", &format!("{config}\n{gateway}"));
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and prints JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let output = self.run(&all);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts the daemon and waits for its word that it listens.
    pub(crate) fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    /// The same, with variables of the environment.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)]) -> Served {
        let mut command = self.command(&["serve"]);
        command.envs(variables.iter().copied());
        self.serve_by(command)
    }

    /// The same, by a command of one's own.
    pub(crate) fn serve_by(&self, command: Command) -> Served {
        self.serve_onto(command, Stdio::piped())
    }

    /// The same, with its log elsewhere; then it says nothing more.
    pub(crate) fn serve_onto(&self, mut command: Command, log: Stdio) -> Served {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        // Why: it holds the log's other end.
        drop(command);
        let said = lines(child.stdout.take().unwrap());
        let line = said.recv_timeout(PATIENCE).unwrap_or_default();
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            // Ended already, or silent: nothing more is to come.
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            panic!(
                "the daemon did not start: {line} {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        Served {
            url: address.to_owned(),
            log: child.stderr.take().map_or(said, lines),
            seen: String::new(),
            child,
        }
    }
}

/// A command as another program starts it: `prlimit --nofile=32`.
pub(crate) fn under(program: &[&str], command: &Command) -> Command {
    let mut whole = Command::new(program[0]);
    whole.args(&program[1..]);
    whole.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => whole.env(name, value),
            None => whole.env_remove(name),
        };
    }
    whole.stdin(Stdio::null());
    whole
}

/// The lines of a pipe as they come, each with its end; they are read on, so
/// that the other side never waits for a reader.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = channel();
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut read = Vec::new();
        while pipe
            .read_until(b'\n', &mut read)
            .is_ok_and(|bytes| bytes > 0)
        {
            let text = String::from_utf8_lossy(&std::mem::take(&mut read)).into_owned();
            // Nobody may be listening any more; the pipe is emptied all the same.
            let _ = line.send(text);
        }
    });
    lines
}

/// What a command printed, and what it remarked.
pub(crate) fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A daemon that runs; killed when it goes out of sight.
pub(crate) struct Served {
    pub(crate) url: String,
    log: Receiver<String>,
    seen: String,
    child: Child,
}

impl Served {
    /// SIGKILL: nothing is finished; all that the log had said.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // It ends with the process.
        self.seen.extend(self.log.iter());
        std::mem::take(&mut self.seen)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits until the log says something; the line. Fails with all that was
    /// seen where the log ends without it, or it does not come.
    #[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
    pub(crate) fn says(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|why| {
                panic!(
                    "the log does not say {words:?} ({why}); it said:\n{}",
                    self.seen
                )
            });
            self.seen.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, which closes the log; its exit code.
    pub(crate) fn wait(self) -> Option<i32> {
        self.last_words().0
    }

    /// The same, with all that the log said.
    #[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
    pub(crate) fn last_words(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(line) => self.seen.push_str(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the daemon does not end; it said:\n{}", self.seen)
                }
            }
        }
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.seen))
    }

    /// Tells of an earthquake that calls people; the call-out.
    pub(crate) fn earthquake(&self) -> String {
        let event = r#"{"kind":"earthquake","intensity":"5-"}"#;
        let (status, answer) = self.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
        assert_eq!(status, 202, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["call_outs"][0].as_str().unwrap().to_owned()
    }

    /// An HTTP request by hand: status and body.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> (u16, String) {
        let mut extra = String::new();
        if let Some(token) = token {
            extra.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if body.is_some() {
            extra.push_str("Content-Type: application/json\r\n");
        }
        self.raw(method, path, &extra, body.unwrap_or_default().as_bytes())
    }

    /// What `Set-Cookie` says after a form without fields.
    pub(crate) fn cookie(&self, path: &str) -> String {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        let (_, head, _) = self.whole("POST", path, form, b"");
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = line.unwrap_or_else(|| panic!("{path} set no cookie: {head}"));
        cookie.trim().to_owned()
    }

    /// An HTTP request with headers of one's own: status and body.
    pub(crate) fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (u16, String) {
        let (status, _, body) = self.whole(method, path, headers, body);
        (status, body)
    }

    /// The same: status, headers and body.
    pub(crate) fn whole(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (u16, String, String) {
        let answer = request(&self.url, (method, path), headers, body);
        answer.unwrap_or_else(|why| {
            let said: String = self.log.try_iter().collect();
            panic!("{why}; the daemon said:\n{}{said}", self.seen)
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
