//! Texts of mails and of the answer page that the town writes itself: the
//! files of `templates/`.
//!
//! Owns which file stands for what, and that one which does not hold, or lacks
//! what every mail or page must have (`keeps`), is never sent or shown: the
//! built-in text is, and the file is remembered as refused. It must not read
//! files. A file sees what a mail's built-in text sees and nothing more.

mod keeps;
mod name;
mod sample;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, filters, tests};

use super::letter::Body;
use crate::domain::readiness::RefusedText;
use crate::domain::text::{Language, Text, one_line};

pub use name::{About, File, Mode, Part, Which};

/// Steps that one rendering may take: a hundred times what a mail needs.
const FUEL: u64 = 100_000;

/// The most that one text may be, in bytes.
const LARGEST: usize = 128 * 1024;

/// The most characters of a subject.
const SUBJECT: usize = 200;

/// The built-in texts that a file may take in or go by.
const BUILT_IN: [&str; 3] = ["mail_body.txt", "mail_body.html", "mail_frame.html"];

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFile {
    /// Its name in the folder.
    pub name: String,
    /// What it holds, or why that could not be read.
    pub text: Result<String, Text>,
}

/// All files that hold, ready to be used.
#[derive(Debug)]
pub struct OwnTexts {
    templates: Environment<'static>,
    /// Every file by what it stands for; false where it may not be used.
    files: BTreeMap<File, bool>,
    /// What was refused, and what failed since, by file.
    refused: Mutex<Refused>,
}

/// What is known of files that are not used.
#[derive(Debug, Default)]
struct Refused {
    by_file: BTreeMap<String, RefusedText>,
    /// Nobody was told of these yet.
    news: Vec<RefusedText>,
}

/// A letter's three texts in the town's own words, and whose files they are.
pub(super) struct Written {
    pub(super) subject: Option<String>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) files: Vec<String>,
}

/// What the answer page says at its top in the town's own words.
#[derive(Debug, Default)]
pub(super) struct WrittenPage {
    pub(super) headline: Option<String>,
    /// A paragraph each, still to be escaped.
    pub(super) text: Vec<String>,
}

impl Default for OwnTexts {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl OwnTexts {
    /// Reads the files and tries each of them on made-up mails or pages.
    pub fn new(files: &[OwnFile]) -> Self {
        let mut own = Self {
            templates: sandbox(),
            files: BTreeMap::new(),
            refused: Mutex::default(),
        };
        for file in files {
            let named = File::parse(&file.name);
            let read = named.and_then(|named| {
                let text = file.text.clone().map_err(|why| (1, why));
                Ok((named, text?))
            });
            match read {
                Ok((named, text)) => own.add(named, text),
                Err((line, why)) => own.refuse(&file.name, line, why),
            }
        }
        own.try_all();
        own
    }

    fn add(&mut self, file: File, text: String) {
        let name = file.to_string();
        let foreign = keeps::foreign(&file, &text);
        let added = self.templates.add_template_owned(name.clone(), text);
        let refusal = match (added, foreign) {
            (Err(error), _) => Some(fails(&name, &error)),
            (Ok(()), refusal) => refusal,
        };
        self.files.insert(file, refusal.is_none());
        if let Some((line, why)) = refusal {
            self.refuse(&name, line, why);
        }
    }

    /// Why: what fails in the night should have failed when it was written.
    fn try_all(&mut self) {
        let usable = self.files.iter().filter(|(_, usable)| **usable);
        let usable: Vec<File> = usable.map(|(file, _)| *file).collect();
        for file in usable {
            let samples = sample::bodies(&file);
            let tried = samples.iter().try_for_each(|body| {
                let made = self.make(&file, body);
                made.map(drop)
            });
            if let Err((line, why)) = tried {
                self.files.insert(file, false);
                self.refuse(&file.to_string(), line, why);
            }
        }
    }

    /// A letter in the town's own words; `None` where it has none for it, or
    /// where one of its texts may not be used.
    ///
    /// Why all or none: a mail's text and its HTML say the same.
    pub(super) fn write(&self, which: Which, body: &Body) -> Option<Written> {
        let mut written = Written {
            subject: None,
            text: None,
            html: None,
            files: Vec::new(),
        };
        let mut body = std::borrow::Cow::Borrowed(body);
        for part in Part::OF_MAIL {
            let Some(file) = self.find(which, part) else {
                continue;
            };
            let made = self.used(&file, &body)?;
            written.files.push(file.to_string());
            match part {
                Part::Subject => {
                    body.to_mut().subject.clone_from(&made);
                    written.subject = Some(made);
                }
                Part::Text => written.text = Some(made),
                Part::Html => written.html = Some(made),
                Part::Headline => {}
            }
        }
        (!written.files.is_empty()).then_some(written)
    }

    /// Whether it has any text for such a letter.
    pub(super) fn has(&self, which: Which) -> bool {
        let mut parts = Part::OF_MAIL.into_iter();
        parts.any(|part| self.find(which, part).is_some())
    }

    /// Whether there is any file for the top of the answer page.
    pub(super) fn has_page(&self) -> bool {
        self.files.keys().any(|file| file.about == About::Page)
    }

    /// What the answer page says at its top in the town's own words; nothing
    /// where one of its two texts may not be used.
    pub(super) fn page(&self, mode: Mode, language: Language, body: &Body) -> WrittenPage {
        let made = |part| {
            let file = File {
                mode,
                about: About::Page,
                language,
                part,
            };
            let is_there = self.files.contains_key(&file);
            is_there.then(|| self.used(&file, body))
        };
        match Part::OF_PAGE.map(made) {
            [Some(None), _] | [_, Some(None)] => WrittenPage::default(),
            [headline, text] => WrittenPage {
                headline: headline.flatten(),
                text: text
                    .flatten()
                    .iter()
                    .flat_map(|text| text.lines())
                    .map(str::to_owned)
                    .collect(),
            },
        }
    }

    /// One text, if its file may be used and holds for this body.
    fn used(&self, file: &File, body: &Body) -> Option<String> {
        if !*self.files.get(file)? {
            return None;
        }
        match self.make(file, body) {
            Ok(made) => Some(made),
            Err((line, why)) => {
                self.refuse(&file.to_string(), line, why);
                None
            }
        }
    }

    /// The file for one part of a mail: its own, else the one for all.
    fn find(&self, which: Which, part: Part) -> Option<File> {
        let named =
            [About::Mail(which.purpose), About::AnyMail].map(|about| which.file(about, part));
        named.into_iter().find(|file| self.files.contains_key(file))
    }

    /// One text, with everything in it that it must have.
    fn make(&self, file: &File, body: &Body) -> Result<String, (usize, Text)> {
        let name = file.to_string();
        let mut bounded = Bounded(Vec::new());
        let made = self.templates.get_template(&name).and_then(|template| {
            let context = Value::from(Serde(body));
            template.render_captured_to(context, &mut bounded)
        });
        made.map_err(|error| fails(&name, &error))?;
        let made = String::from_utf8_lossy(&bounded.0).into_owned();
        let made = match file.part {
            Part::Subject => short(&one_line(&made)),
            Part::Headline => one_line(&made),
            Part::Text if file.about == About::Page => paragraphs(&made),
            Part::Text | Part::Html => made,
        };
        keeps::all(file, &made, body)?;
        Ok(keeps::dated(file, made, body))
    }

    fn known(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, file: &str, line: usize, why: Text) {
        let refused = RefusedText {
            file: format!("{FOLDER}/{file}"),
            line,
            why,
        };
        let mut known = self.known();
        if known.by_file.get(file) != Some(&refused) {
            known.news.push(refused.clone());
            known.by_file.insert(file.to_owned(), refused);
        }
    }

    /// What was refused since this was asked last, each once.
    pub fn news(&self) -> Vec<RefusedText> {
        std::mem::take(&mut self.known().news)
    }

    /// Every file that is not used, or failed since it was read, and why.
    pub fn refused(&self) -> Vec<RefusedText> {
        self.known().by_file.values().cloned().collect()
    }

    /// The files that stand in for one of a mail's two bodies while the
    /// built-in one is sent beside it.
    pub fn halves(&self) -> Vec<String> {
        let halves = self.files.keys().filter(|file| {
            let beside = match file.part {
                _ if file.about == About::Page => return false,
                Part::Subject | Part::Headline => return false,
                Part::Text => Part::Html,
                Part::Html => Part::Text,
            };
            let beside = |about| {
                let beside = File {
                    about,
                    part: beside,
                    ..**file
                };
                self.files.contains_key(&beside)
            };
            !beside(file.about) && !beside(About::AnyMail)
        });
        halves.map(|file| format!("{FOLDER}/{file}")).collect()
    }
}

/// The folder beside the configuration's files.
pub const FOLDER: &str = "templates";

/// Where a file can do nothing but put words together: it reads no other file,
/// asks nothing, and ends.
fn sandbox() -> Environment<'static> {
    let mut templates = Environment::empty();
    if let Ok(syntax) = super::syntax() {
        templates.set_syntax(syntax);
    }
    templates.set_auto_escape_callback(minijinja::default_auto_escape_callback);
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.set_fuel(Some(FUEL));
    templates.set_recursion_limit(20);
    templates.add_filter("default", filters::default);
    templates.add_filter("first", filters::first);
    templates.add_filter("join", filters::join);
    templates.add_filter("last", filters::last);
    templates.add_filter("length", filters::length);
    templates.add_filter("replace", filters::replace);
    templates.add_filter("trim", filters::trim);
    templates.add_filter("upper", filters::upper);
    templates.add_test("defined", tests::is_defined);
    templates.add_test("none", tests::is_none);
    let built_in = super::TEMPLATES.iter().copied();
    for (name, text) in built_in.filter(|(name, _)| BUILT_IN.contains(name)) {
        // Invariant: `Messages::new` has read the same text, or failed.
        let _ = templates.add_template(name, text);
    }
    templates
}

/// What the engine says of a file, and where in it.
fn fails(name: &str, error: &Error) -> (usize, Text) {
    let line = error.line().filter(|_| error.name() == Some(name));
    let kind = error.kind();
    let says = error
        .detail()
        .map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}"));
    let says = one_line(&says);
    let why = Text::new(
        format!("テンプレートとして使えません（{says}）"),
        format!("it cannot be used as a template ({says})"),
    );
    (line.unwrap_or(1), why)
}

/// A subject that a long name cannot make endless.
fn short(subject: &str) -> String {
    match subject.char_indices().nth(SUBJECT) {
        Some((end, _)) => format!("{}…", &subject[..end]),
        None => subject.to_owned(),
    }
}

/// Its lines without those that are empty, each without what is no text.
fn paragraphs(text: &str) -> String {
    let lines = text.lines().map(one_line);
    let lines = lines.filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Takes so much and no more.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
