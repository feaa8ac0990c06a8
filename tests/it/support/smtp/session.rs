//! The conversation of the scripted mail server: reads commands, does what
//! the script wants, and puts everything down in the log. It must not know
//! what any test expects.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Act, Received, Shared, Step};

/// Between two octets of a trickle: often enough that no wait for an octet
/// runs out.
const TRICKLE: Duration = Duration::from_millis(20);

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // The sessions end with the server.
    let mut sessions = tokio::task::JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        shared.log.change(|log| {
            log.connections += 1;
            log.open += 1;
            log.most_open = log.most_open.max(log.open);
        });
        let shared = shared.clone();
        sessions.spawn(async move {
            // A client that hangs up ends its session with an error.
            let _ = serve(tcp, &shared).await;
            shared.log.change(|log| log.open -= 1);
        });
    }
}

async fn serve(tcp: TcpStream, shared: &Shared) -> std::io::Result<()> {
    tcp.set_nodelay(true)?;
    let implicit = shared.script.lock().implicit.clone();
    if let Some(acceptor) = implicit {
        let stream = acceptor.accept(tcp).await?;
        Session::new(stream, shared, true).run().await?;
        return Ok(());
    }
    let plain = Session::new(tcp, shared, false);
    if let Some((tcp, acceptor)) = plain.run().await? {
        let stream = acceptor.accept(tcp).await?;
        let mut session = Session::new(stream, shared, true);
        session.greeted = true;
        session.run().await?;
    }
    Ok(())
}

/// What became of a step.
enum Next {
    Friendly,
    Said,
    Refused,
    HangUp,
}

struct Session<'a, S> {
    stream: BufReader<S>,
    shared: &'a Shared,
    secure: bool,
    greeted: bool,
    pipelined: bool,
    from: String,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    fn new(stream: S, shared: &'a Shared, secure: bool) -> Self {
        Self {
            stream: BufReader::new(stream),
            shared,
            secure,
            greeted: false,
            pipelined: false,
            from: String::new(),
            to: Vec::new(),
        }
    }

    /// Speaks until the client or the script ends it, or gives the stream
    /// back for TLS.
    async fn run(mut self) -> std::io::Result<Option<(S, TlsAcceptor)>> {
        if !self.greeted && !self.step(Step::Connect, "220 scripted ESMTP").await? {
            return Ok(None);
        }
        while let Some(line) = self.line().await? {
            let verb = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_uppercase();
            let goes_on = match verb.as_str() {
                "EHLO" => self.ehlo().await?,
                "HELO" => self.step(Step::Helo, "250 scripted").await?,
                "STARTTLS" => {
                    let acceptor = self.shared.script.lock().starttls.clone();
                    match (self.act(Step::StartTls).await?, acceptor) {
                        (Next::Friendly, Some(acceptor)) => {
                            self.say("220 2.0.0 go ahead").await?;
                            return Ok(Some((self.stream.into_inner(), acceptor)));
                        }
                        (Next::Friendly, None) => self.say("502 5.5.1 not offered").await?,
                        (Next::HangUp, _) => false,
                        _ => true,
                    }
                }
                "AUTH" => self.auth(&line).await?,
                "MAIL" => {
                    self.pipelined = !self.stream.buffer().is_empty();
                    self.from = path(&line);
                    self.to.clear();
                    self.step(Step::Mail, "250 2.1.0 ok").await?
                }
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "RSET" | "NOOP" => self.say("250 2.0.0 ok").await?,
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    false
                }
                _ => self.say("500 5.5.1 unknown command").await?,
            };
            if !goes_on {
                return Ok(None);
            }
        }
        Ok(None)
    }

    async fn ehlo(&mut self) -> std::io::Result<bool> {
        let script = self.shared.script.lock().clone();
        if !script.esmtp {
            return self.step(Step::Ehlo, "502 5.5.1 unknown command").await;
        }
        let mut words = vec!["scripted".to_owned()];
        if script.pipelining {
            words.push("PIPELINING".to_owned());
        }
        if script.starttls.is_some() && !self.secure {
            words.push("STARTTLS".to_owned());
        }
        if script.login.is_some() {
            words.push(format!("AUTH {}", script.mechanisms));
        }
        words.push("ENHANCEDSTATUSCODES".to_owned());
        let last = words.pop().unwrap();
        let first: String = words.iter().map(|word| format!("250-{word}\r\n")).collect();
        self.step(Step::Ehlo, &format!("{first}250 {last}")).await
    }

    async fn auth(&mut self, line: &str) -> std::io::Result<bool> {
        let decode = |word: &str| STANDARD.decode(word).unwrap_or_default();
        let words: Vec<_> = line.split(' ').collect();
        let given = if words.get(1) == Some(&"PLAIN") {
            let plain = decode(words.get(2).unwrap_or(&""));
            String::from_utf8_lossy(&plain).replace('\0', " ")
        } else {
            let mut given = String::new();
            for asked in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] {
                self.say(&format!("334 {asked}")).await?;
                let Some(word) = self.line().await? else {
                    return Ok(false);
                };
                given = format!("{given} {}", String::from_utf8_lossy(&decode(&word)));
            }
            given
        };
        let login = self.shared.script.lock().login.clone();
        let right = login.is_some_and(|(name, password)| given == format!(" {name} {password}"));
        let reply = if right {
            "235 2.7.0 welcome"
        } else {
            "535 5.7.8 bad credentials"
        };
        self.step(Step::Auth, reply).await
    }

    async fn rcpt(&mut self, line: &str) -> std::io::Result<bool> {
        self.to.push(path(line));
        match self.act(Step::Rcpt).await? {
            Next::Friendly => self.say("250 2.1.5 ok").await,
            Next::Refused => {
                self.to.pop();
                Ok(true)
            }
            Next::Said => Ok(true),
            Next::HangUp => Ok(false),
        }
    }

    async fn data(&mut self) -> std::io::Result<bool> {
        if self.to.is_empty() {
            return self.say("554 5.5.1 no valid recipients").await;
        }
        match self.act(Step::Data).await? {
            Next::Friendly => {
                self.say("354 go on").await?;
            }
            Next::Said => {}
            Next::Refused => return Ok(true),
            Next::HangUp => return Ok(false),
        }
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            let undone = line.strip_prefix(b".").unwrap_or(&line);
            data.extend_from_slice(undone);
        }
        // The mail is put down before the reply, so that whoever has seen the
        // reply finds it.
        let index = self.shared.log.change(|log| {
            log.mails.push(Received {
                from: self.from.clone(),
                to: self.to.clone(),
                data,
                accepted: true,
                secure: self.secure,
                pipelined: self.pipelined,
            });
            log.mails.len() - 1
        });
        let shared = self.shared;
        let told = |words: &str| {
            if !words.starts_with('2') {
                shared.log.change(|log| log.mails[index].accepted = false);
            }
        };
        match self.act_and(Step::Dot, told).await {
            None => self.say("250 2.0.0 Ok: queued as 4F1").await,
            Some(act) => Ok(!matches!(self.perform(act).await?, Next::HangUp)),
        }
    }

    /// Looks up what the script wants, and tells its words before they are
    /// said; silence counts as an empty word.
    async fn act_and(&self, step: Step, tell: impl FnOnce(&str)) -> Option<Act> {
        let mut scripts = self.shared.scripts.lock().to_owned();
        let mut act = self.look_up(step);
        self.shared.log.change(|log| log.steps.push(step));
        while matches!(act, Some(Act::Wait)) {
            let look = |count: &usize| (*count > scripts).then_some(*count);
            self.shared.log.change(|log| log.halted += 1);
            scripts = self.shared.scripts.wait_for("another script", look).await;
            self.shared.log.change(|log| log.halted -= 1);
            act = self.look_up(step);
        }
        match &act {
            None => {}
            Some(Act::Say(words) | Act::SayAndDrop(words) | Act::Trickle(words)) => tell(words),
            Some(Act::Drop | Act::Stall | Act::Wait) => tell(""),
        }
        act
    }

    fn look_up(&self, step: Step) -> Option<Act> {
        let mut script = self.shared.script.lock();
        let last = self.to.last();
        let rule = script.rules.iter_mut().find(|rule| {
            rule.step == step
                && rule.left != Some(0)
                && (rule.to.is_none() || rule.to.as_ref() == last)
        })?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.act.clone())
    }

    async fn act(&mut self, step: Step) -> std::io::Result<Next> {
        match self.act_and(step, |_| {}).await {
            None => Ok(Next::Friendly),
            Some(act) => self.perform(act).await,
        }
    }

    async fn perform(&mut self, act: Act) -> std::io::Result<Next> {
        match act {
            Act::Say(words) => {
                self.say(&words).await?;
                Ok(if words.starts_with(['4', '5']) {
                    Next::Refused
                } else {
                    Next::Said
                })
            }
            Act::SayAndDrop(words) => {
                self.say(&words).await?;
                Ok(Next::HangUp)
            }
            Act::Drop => Ok(Next::HangUp),
            Act::Trickle(words) => {
                for octet in words.bytes() {
                    self.stream.write_all(&[octet]).await?;
                    self.stream.flush().await?;
                    tokio::time::timeout(TRICKLE, std::future::pending::<()>())
                        .await
                        .unwrap_or_default();
                }
                Ok(Next::HangUp)
            }
            Act::Stall | Act::Wait => {
                self.shared.log.change(|log| log.halted += 1);
                std::future::pending().await
            }
        }
    }

    /// Acts as scripted, or gives the friendly reply. False to hang up.
    async fn step(&mut self, step: Step, friendly: &str) -> std::io::Result<bool> {
        match self.act(step).await? {
            Next::Friendly => self.say(friendly).await,
            Next::Said | Next::Refused => Ok(true),
            Next::HangUp => Ok(false),
        }
    }

    async fn say(&mut self, words: &str) -> std::io::Result<bool> {
        let octets = format!("{words}\r\n");
        self.stream.write_all(octets.as_bytes()).await?;
        self.stream.flush().await?;
        Ok(true)
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        self.shared
            .log
            .change(|log| log.commands.push(line.clone()));
        Ok(Some(line))
    }
}

/// What stands between the brackets.
fn path(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.rfind('>').unwrap_or(line.len());
    line[start..end].to_owned()
}
