//! What a process did to its files, call by call, and what a disk has of it
//! where the power is cut.
//!
//! Owns an `strace` that writes everything down, and a model of the disk: what
//! was written and not synced is lost, or is there in parts; a name is lost
//! with its folder. It must not know what the files mean.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use muster::clock::Draw;

use super::daemon::under;

/// The smallest part that a disk writes whole.
const SECTOR: usize = 512;

/// One call.
#[derive(Clone, Debug)]
enum Call {
    Open {
        path: PathBuf,
        makes: bool,
        empties: bool,
    },
    Write {
        path: PathBuf,
        /// At its end where nothing is said.
        at: Option<usize>,
        octets: Vec<u8>,
    },
    Size {
        path: PathBuf,
        length: usize,
    },
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    /// Given to somebody at the other end of a connection.
    Say {
        line: String,
        text: String,
    },
}

/// The calls of a process.
#[derive(Debug)]
pub(crate) struct Recording {
    folder: PathBuf,
    /// The files that were there before.
    before: Vec<(PathBuf, Vec<u8>)>,
    calls: Vec<Call>,
}

/// What becomes of that which was written and not synced.
#[derive(Debug)]
pub(crate) enum Fate {
    /// The process was killed: the system writes it later.
    Kept,
    /// The power was cut: all of it is lost.
    Lost,
    /// The power was cut: parts of it are there, in any order.
    Parts(Draw),
}

/// The command under an `strace` that records into a file. The process itself
/// is the child, as without it.
pub(crate) fn recorded(command: &Command, into: &Path) -> Command {
    let calls = "trace=openat,pwrite64,write,writev,sendto,fsync,fdatasync,ftruncate,rename,unlink";
    let into = into.to_str().unwrap();
    let strace = [
        "strace",
        "-D",
        "-f",
        "-y",
        "-xx",
        "-s",
        "4000000",
        "-e",
        calls,
        "-e",
        "signal=none",
        "-o",
        into,
    ];
    under(&strace, command)
}

impl Recording {
    /// Reads what was recorded, as far as it concerns the files of one folder.
    pub(crate) fn read(trace: &Path, folder: &Path) -> Self {
        let text = std::fs::read(trace).unwrap();
        let mut calls = Vec::new();
        let mut waiting: HashMap<&[u8], Call> = HashMap::new();
        for line in text.split(|octet| *octet == b'\n') {
            let Some((pid, rest)) = cut(line, b" ") else {
                continue;
            };
            let rest = rest.trim_ascii_start();
            if rest.starts_with(b"<... ") {
                calls.extend(waiting.remove(pid).filter(|_| succeeded(rest)));
                continue;
            }
            let Some(call) = call(rest, folder) else {
                continue;
            };
            let ends = !rest.ends_with(b"<unfinished ...>");
            match call {
                // Whoever is told something has it from now on at the earliest,
                // and what is written may be on the disk from now on.
                Call::Say { .. } | Call::Write { .. } => calls.push(call),
                call if ends => calls.extend(Some(call).filter(|_| succeeded(rest))),
                call => drop(waiting.insert(pid, call)),
            }
        }
        Self {
            folder: folder.to_owned(),
            before: Vec::new(),
            calls,
        }
    }

    /// A file was there before the first call.
    pub(crate) fn with(mut self, name: &str, octets: Vec<u8>) -> Self {
        self.before.push((self.folder.join(name), octets));
        self
    }

    /// How many calls there are.
    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// What was said to others: the number of calls up to it, on which connection,
    /// and the words.
    pub(crate) fn said(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let numbered = self.calls.iter().enumerate();
        numbered.filter_map(|(number, call)| match call {
            Call::Say { line, text } => Some((number + 1, line.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// After which calls a file is another one than before.
    pub(crate) fn changes(&self) -> impl Iterator<Item = usize> {
        let numbered = self.calls.iter().enumerate();
        let changes =
            numbered.filter(|(_, call)| !matches!(call, Call::Say { .. } | Call::Sync(_)));
        changes.map(|(number, _)| number + 1)
    }

    /// Makes the files as a disk has them after so many calls.
    pub(crate) fn image(&self, calls: usize, fate: &mut Fate, into: &Path) {
        let mut disk = Disk::with(&self.before);
        for call in &self.calls[..calls] {
            disk.take(call, &self.folder);
        }
        std::fs::create_dir_all(into).unwrap();
        for (path, octets) in disk.left(fate) {
            // Why not the lock: it notes which files the store was. These are others,
            // of which one may have got the number that another had.
            if path.extension().is_some_and(|end| end == "lock") {
                continue;
            }
            std::fs::write(into.join(path.file_name().unwrap()), octets).unwrap();
        }
    }
}

fn cut<'a>(line: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = line.windows(at.len()).position(|part| part == at)?;
    Some((&line[..found], &line[found + at.len()..]))
}

fn succeeded(rest: &[u8]) -> bool {
    let end = rest.windows(3).rposition(|part| part == b" = ");
    end.is_some_and(|end| rest.get(end + 3).is_some_and(u8::is_ascii_digit))
}

/// `\x2f\x74` as the octets that it stands for; nothing for what stands there
/// in words, as `socket:[7]` does.
fn octets(text: &[u8]) -> Vec<u8> {
    let octet = |sign: &[u8]| match sign {
        [b'\\', b'x', high, low] => {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        }
        _ => None,
    };
    text.chunks_exact(4).map_while(octet).collect()
}

/// What stands between two signs, again and again.
fn between(text: &[u8], open: u8, close: u8) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.iter().position(|octet| *octet == open) {
        rest = &rest[start + 1..];
        let Some(end) = rest.iter().position(|octet| *octet == close) else {
            break;
        };
        found.push(octets(&rest[..end]));
        rest = &rest[end + 1..];
    }
    found
}

fn path(octets: &[u8]) -> PathBuf {
    String::from_utf8_lossy(octets).into_owned().into()
}

/// The last number among the arguments.
fn number(arguments: &[u8]) -> Option<usize> {
    let text = arguments.rsplit(|octet| *octet == b',').next()?;
    let digits: Vec<u8> = text
        .trim_ascii_start()
        .iter()
        .copied()
        .take_while(u8::is_ascii_digit)
        .collect();
    String::from_utf8(digits).ok()?.parse().ok()
}

/// Reads one call, where it concerns a file of the folder or somebody else.
fn call(rest: &[u8], folder: &Path) -> Option<Call> {
    let (name, arguments) = cut(rest, b"(")?;
    let ours = |path: &PathBuf| path.parent() == Some(folder) || path == folder;
    if matches!(name, b"openat" | b"rename" | b"unlink") {
        let names = between(arguments, b'"', b'"');
        let mut names = names.iter().map(|name| path(name)).filter(ours);
        let first = names.next()?;
        let has = |flag: &[u8]| arguments.windows(flag.len()).any(|part| part == flag);
        return Some(match name {
            b"openat" => Call::Open {
                path: first,
                makes: has(b"O_CREAT"),
                empties: has(b"O_TRUNC"),
            },
            b"rename" => Call::Rename(first, names.next()?),
            _ => Call::Remove(first),
        });
    }
    let (file, arguments) = cut(arguments, b">")?;
    let file = octets(&file[file.iter().position(|octet| *octet == b'<')? + 1..]);
    let given = || between(arguments, b'"', b'"').concat();
    if file.starts_with(b"socket:") {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        return Some(Call::Say {
            line: text(&file),
            text: text(&given()),
        });
    }
    let path = Some(path(&file)).filter(ours)?;
    Some(match name {
        b"fsync" | b"fdatasync" => Call::Sync(path),
        b"ftruncate" => Call::Size {
            path,
            length: number(arguments)?,
        },
        b"pwrite64" => Call::Write {
            path,
            at: Some(number(arguments)?),
            octets: given(),
        },
        b"write" => Call::Write {
            path,
            at: None,
            octets: given(),
        },
        _ => return None,
    })
}

/// A change of a file.
#[derive(Debug)]
enum Change<'a> {
    Octets(usize, &'a [u8]),
    Size(usize),
}

#[derive(Debug, Default)]
struct File<'a> {
    synced: Vec<u8>,
    pending: Vec<Change<'a>>,
    length: usize,
}

impl File<'_> {
    fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            apply(&mut self.synced, &change);
        }
    }
}

fn apply(file: &mut Vec<u8>, change: &Change<'_>) {
    match change {
        Change::Size(length) => file.resize(*length, 0),
        Change::Octets(at, octets) => {
            let end = at + octets.len();
            if file.len() < end {
                file.resize(end, 0);
            }
            file[*at..end].copy_from_slice(octets);
        }
    }
}

/// A change of the names in the folder.
#[derive(Debug)]
struct Named {
    from: Option<PathBuf>,
    to: Option<(PathBuf, usize)>,
}

/// The disk.
#[derive(Debug, Default)]
struct Disk<'a> {
    files: Vec<File<'a>>,
    names: BTreeMap<PathBuf, usize>,
    synced: BTreeMap<PathBuf, usize>,
    pending: Vec<Named>,
}

fn rename(names: &mut BTreeMap<PathBuf, usize>, named: &Named) {
    if let Some(from) = &named.from {
        names.remove(from);
    }
    if let Some((to, file)) = &named.to {
        names.insert(to.clone(), *file);
    }
}

impl<'a> Disk<'a> {
    fn with(before: &[(PathBuf, Vec<u8>)]) -> Self {
        let mut disk = Self::default();
        for (path, octets) in before {
            disk.files.push(File {
                synced: octets.clone(),
                pending: Vec::new(),
                length: octets.len(),
            });
            disk.names.insert(path.clone(), disk.files.len() - 1);
        }
        disk.synced = disk.names.clone();
        disk
    }

    fn name(&mut self, from: Option<&PathBuf>, to: Option<(PathBuf, usize)>) {
        let named = Named {
            from: from.cloned(),
            to,
        };
        rename(&mut self.names, &named);
        self.pending.push(named);
    }

    fn change(&mut self, path: &PathBuf, change: Change<'a>) {
        // A file that lost its name meanwhile is nobody's.
        if let Some(number) = self.names.get(path) {
            let file = &mut self.files[*number];
            file.length = match &change {
                Change::Size(length) => *length,
                Change::Octets(at, octets) => file.length.max(at + octets.len()),
            };
            file.pending.push(change);
        }
    }

    fn take(&mut self, call: &'a Call, folder: &Path) {
        match call {
            Call::Say { .. } => {}
            Call::Open {
                path,
                makes,
                empties,
            } => {
                if *makes && !self.names.contains_key(path) {
                    self.files.push(File::default());
                    self.name(None, Some((path.clone(), self.files.len() - 1)));
                } else if *empties {
                    self.change(path, Change::Size(0));
                }
            }
            Call::Write { path, at, octets } => {
                let end = self
                    .names
                    .get(path)
                    .map(|number| self.files[*number].length);
                let at = at.or(end).unwrap_or_default();
                self.change(path, Change::Octets(at, octets));
            }
            Call::Size { path, length } => self.change(path, Change::Size(*length)),
            Call::Sync(path) if path == folder => {
                for named in std::mem::take(&mut self.pending) {
                    rename(&mut self.synced, &named);
                }
            }
            Call::Sync(path) => {
                if let Some(number) = self.names.get(path) {
                    self.files[*number].sync();
                }
            }
            Call::Rename(from, to) => {
                let file = self.names.get(from).copied();
                self.name(Some(from), file.map(|file| (to.clone(), file)));
            }
            Call::Remove(path) => self.name(Some(path), None),
        }
    }

    /// What is left of it.
    fn left(mut self, fate: &mut Fate) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut some, mut often) = (None, 0);
        match fate {
            Fate::Lost => {}
            Fate::Kept => {
                self.files.iter_mut().for_each(File::sync);
                self.synced = self.names;
            }
            Fate::Parts(draw) => {
                often = draw.below(5);
                let first = draw.below(self.pending.len() as u64 + 1);
                for named in self.pending.iter().take(usize::try_from(first).unwrap()) {
                    rename(&mut self.synced, named);
                }
                some = Some(draw);
            }
        }
        if let Some(draw) = some {
            for file in &mut self.files {
                for change in std::mem::take(&mut file.pending) {
                    if draw.below(4) < often {
                        apply(&mut file.synced, &torn(change, draw));
                    }
                }
            }
        }
        let mut files = self.files;
        let names = self.synced.into_iter();
        names
            .map(|(path, number)| (path, std::mem::take(&mut files[number].synced)))
            .collect()
    }
}

/// A part of what was written, now and then.
fn torn<'a>(change: Change<'a>, draw: &mut Draw) -> Change<'a> {
    match change {
        Change::Octets(at, octets) if draw.below(4) == 0 => {
            let sectors = octets.len().div_ceil(SECTOR) as u64;
            let kept = usize::try_from(draw.below(sectors + 1)).unwrap() * SECTOR;
            Change::Octets(at, &octets[..kept.min(octets.len())])
        }
        change => change,
    }
}
