//! A real Postfix on the loopback: it takes a mail to an address that it finds
//! to be unknown, bounces it, and hands the bounce in, by its pipe(8) or by an
//! alias.
//!
//! It runs in a folder of its own, on a port of its own, and ends with the
//! test. Its master process wants root; without root, or without Postfix, the
//! test says so and passes, unless `MUSTER_TEST_NEEDS_ALL=1` asks for it and it
//! could be run.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "whether to insist is the environment's word, and a skipped test says so"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sha2::{Digest as _, Sha256};

use crate::support::daemon::Town;
use crate::support::port::free_port;

/// The token that can only hand in mail.
const MAIL_TOKEN: &str = "test-token-that-hands-in-mail";

/// How a mail gets from Postfix to the command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pipe,
    Alias,
}

/// A Postfix that runs; it ends when it is dropped.
struct Postfix {
    config: PathBuf,
    child: Child,
}

impl Postfix {
    fn start(folder: &Path, port: u16, way: Way, command: &str) -> Self {
        let config = folder.join("postfix");
        for part in ["postfix", "queue", "data"] {
            std::fs::create_dir(folder.join(part)).unwrap();
        }
        let data = folder.join("data");
        run("chown", &["postfix", data.to_str().unwrap()]);
        let at = folder.display();
        let (transport, alias, pipe) = match way {
            Way::Pipe => ("muster", String::new(), command),
            Way::Alias => (
                "local",
                format!("inline:{{ {{muster=\"|{command}\"}} }}"),
                "/bin/false",
            ),
        };
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {at}/queue\ndata_directory = {at}/data\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
             mail_owner = postfix\nsetgid_group = postdrop\nmaillog_file = {at}/postfix.log\n\
             maillog_file_prefixes = /\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             mynetworks = 127.0.0.0/8\nmyhostname = mx.example.jp\nmydestination = example.jp\n\
             recipient_delimiter = +\nlocal_recipient_maps =\nalias_maps = {alias}\nalias_database =\n\
             local_transport = discard\nmuster_destination_recipient_limit = 1\n\
             transport_maps = inline:{{ {{muster@example.jp={transport}}}, {{planning-1@example.jp=local}} }}\n\
             smtpd_relay_restrictions = permit_mynetworks, reject\n"
        );
        let master = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
             proxymap unix - - n - - proxymap\nerror unix - - n - - error\nretry unix - - n - - error\n\
             discard unix - - n - - discard\nlocal unix - n n - - local\nanvil unix - - n - 1 anvil\n\
             postlog unix-dgram n - n - 1 postlogd\n\
             muster unix - n n - 1 pipe flags=R user=nobody argv={pipe}\n"
        );
        std::fs::write(config.join("main.cf"), main).unwrap();
        std::fs::write(config.join("master.cf"), master).unwrap();
        let child = postfix(&config, "start-fg").spawn().unwrap();
        Self { config, child }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Its master ends the others; what is left of a failure is killed.
        let _ = postfix(&self.config, "stop").status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn postfix(config: &Path, word: &str) -> Command {
    let mut command = Command::new("postfix");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command.arg("-c").arg(config).arg(word);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).status().unwrap();
    assert!(done.success(), "{program} {arguments:?}");
}

/// Whether it can be run here; where it cannot, that is said.
fn is_there() -> bool {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: Postfix wants root");
        return false;
    }
    let found = ["/usr/sbin/postfix", "/usr/lib/postfix/sbin/master"];
    let there = found.iter().all(|file| Path::new(file).exists());
    let needed = std::env::var("MUSTER_TEST_NEEDS_ALL").is_ok_and(|all| all == "1");
    assert!(
        there || !needed,
        "Postfix is not installed: apt-get install postfix"
    );
    if !there {
        println!("skipped: Postfix is not installed");
    }
    there
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The relay takes every mail. One address is unknown to it: its report comes
/// back through the pipe, the address is dead, and the account says so.
#[test]
fn a_real_postfix_bounces_back_through_its_pipe() {
    bounces_back(Way::Pipe);
}

/// The same by an alias, which tells the recipient on top of the mail.
#[test]
fn a_real_postfix_bounces_back_through_an_alias() {
    bounces_back(Way::Alias);
}

fn bounces_back(way: Way) {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let (smtp, http) = (free_port(), free_port());
    let town = Town::new(smtp);
    let muster = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let digest = Sha256::digest(MAIL_TOKEN);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let token =
        format!("[[token]]\nname = \"postfix\"\nsha256 = \"{digest}\"\nscopes = [\"mail\"]\n");
    let listen = format!("listen = \"127.0.0.1:{http}\"");
    let muster = muster.replace("listen = \"127.0.0.1:0\"", &listen);
    town.write("muster.toml", &format!("{muster}\n{token}"));
    // The pipe runs as nobody, who may not look into the build's folder.
    let program = folder.path().join("muster");
    std::fs::copy(env!("CARGO_BIN_EXE_muster"), &program).unwrap();
    open_to_all(&program);
    let file = folder.path().join("mail.token");
    std::fs::write(&file, MAIL_TOKEN).unwrap();
    open_to_all(&file);
    let mut command = format!(
        "{} receive-mail --server http://127.0.0.1:{http} --token-file {}",
        program.display(),
        file.display()
    );
    if way == Way::Pipe {
        command.push_str(" --recipient ${original_recipient}");
    }
    let relay = Postfix::start(folder.path(), smtp, way, &command);
    let mut daemon = town.serve();
    let id = daemon.earthquake();
    daemon.says("what=\"bounced\"");
    let seen = town.json(&["status", &id]);
    let people = seen["people"].as_array().unwrap();
    let bounced: Vec<&str> = people
        .iter()
        .filter(|person| {
            let notifications = person["notifications"].as_array().unwrap();
            let dead = |it: &&serde_json::Value| it["channel"] == "email" && it["state"] == "dead";
            notifications.iter().any(|it| dead(&it))
        })
        .map(|person| person["person"].as_str().unwrap())
        .collect();
    assert_eq!(bounced, ["planning-1"]);
    // The screen says it too, beside the way that was tried next.
    let screen = town.run(&["status", &id, "--all"]);
    let screen = String::from_utf8_lossy(&screen.stdout).into_owned();
    let mut lines = screen.lines();
    let line = lines.find(|line| line.contains("まちづくり振興課 職員1 "));
    let line = line.unwrap_or_else(|| panic!("{screen}"));
    assert!(line.contains("メール 送信不能"), "{line}");
    let (_, timeline) = daemon.call(
        "GET",
        &format!("/api/v1/call-outs/{id}/timeline"),
        Some(crate::support::daemon::TOKEN),
        None,
    );
    assert!(timeline.contains("bounced: "), "{timeline}");
    let (_, report) = daemon.call(
        "GET",
        &format!("/api/v1/call-outs/{id}/report?format=html"),
        Some(crate::support::daemon::TOKEN),
        None,
    );
    assert!(report.contains("戻りメール："), "{report}");
    drop(relay);
}
