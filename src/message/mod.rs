//! Every text that leaves the house: mails, pages, webhook bodies, and the
//! answer link's token.
//!
//! Owns words, templates and layout in Japanese and English. It must not
//! touch the network, a clock or the store: what is true now is an argument.
//! A drill's and a real call-out's letters come from different templates, and
//! no word of the one stands in the other. Begin with [`Messages`].

mod answer_page;
mod board;
mod both;
pub mod call_list;
mod call_out_page;
mod calm;
mod cast;
pub mod change_page;
pub mod chart;
pub mod command;
pub mod comparison;
pub mod contact;
pub mod contact_link;
pub mod contact_test;
pub(crate) mod dates;
mod drill_report;
pub mod drills_page;
mod facts;
mod form;
mod gateway;
mod help;
mod letter;
pub mod mail_preview;
mod marked;
pub mod my_contacts;
mod notice;
pub mod own;
mod page;
mod paper;
pub mod people_page;
mod press;
mod purpose;
mod reader;
pub mod reply;
pub mod report;
mod schedule;
mod sending;
pub mod sign_in;
pub mod sure;
pub mod telling;
pub mod timeline;
pub mod token;
pub mod view;
pub mod words;

use std::sync::Arc;

use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::domain::call_out::CallOut;
use crate::domain::id::CallOutId;
use crate::domain::journal::Record;
use crate::domain::text::{Language, Text};

use own::OwnTexts;

pub use letter::Letter;
pub use page::{board_style_hash, call_out_path, script_hash, style_hash};
pub use paper::Styles;
pub use sending::{Carried, Ending};

/// Steps that one rendering may take: a page about three thousand people
/// needs a tenth of it, a template in an endless loop ends.
const FUEL: u64 = 50_000_000;

/// The templates, compiled into the program.
const TEMPLATES: &[(&str, &str)] = &[
    ("mail_frame.html", include_str!("templates/mail_frame.html")),
    ("mail_calm.html", include_str!("templates/mail_calm.html")),
    ("mail_real.txt", include_str!("templates/mail_real.txt")),
    ("mail_real.html", include_str!("templates/mail_real.html")),
    ("mail_drill.txt", include_str!("templates/mail_drill.txt")),
    ("mail_drill.html", include_str!("templates/mail_drill.html")),
    ("mail_marked.txt", include_str!("templates/mail_marked.txt")),
    (
        "mail_marked.html",
        include_str!("templates/mail_marked.html"),
    ),
    ("mail_notice.txt", include_str!("templates/mail_notice.txt")),
    (
        "mail_notice.html",
        include_str!("templates/mail_notice.html"),
    ),
    ("mail_body.txt", include_str!("templates/mail_body.txt")),
    ("mail_body.html", include_str!("templates/mail_body.html")),
    ("head.html", include_str!("templates/head.html")),
    ("page.html", include_str!("templates/page.html")),
    ("answer.html", include_str!("templates/answer.html")),
    (
        "answer_head.html",
        include_str!("templates/answer_head.html"),
    ),
    (
        "answer_coming.html",
        include_str!("templates/answer_coming.html"),
    ),
    (
        "answer_other.html",
        include_str!("templates/answer_other.html"),
    ),
    ("help.html", include_str!("templates/help.html")),
    ("facts.html", include_str!("templates/facts.html")),
    ("runs_head.html", include_str!("templates/runs_head.html")),
    ("runs_cells.html", include_str!("templates/runs_cells.html")),
    ("report_top.html", include_str!("templates/report_top.html")),
    ("report_end.html", include_str!("templates/report_end.html")),
    ("drill_year.html", include_str!("templates/drill_year.html")),
    ("recorded.html", include_str!("templates/recorded.html")),
    ("gone.html", include_str!("templates/gone.html")),
    ("board.html", include_str!("templates/board.html")),
    ("commands.html", include_str!("templates/commands.html")),
    ("figures.html", include_str!("templates/figures.html")),
    ("call_out.html", include_str!("templates/call_out.html")),
    ("refused.html", include_str!("templates/refused.html")),
    (
        "mail_preview.html",
        include_str!("templates/mail_preview.html"),
    ),
    ("form.html", include_str!("templates/form.html")),
    ("drills.html", include_str!("templates/drills.html")),
    ("people.html", include_str!("templates/people.html")),
    ("sign_in.html", include_str!("templates/sign_in.html")),
    ("calm_says.html", include_str!("templates/calm_says.html")),
    (
        "my_contacts.html",
        include_str!("templates/my_contacts.html"),
    ),
    (
        "contact_confirm.html",
        include_str!("templates/contact_confirm.html"),
    ),
    (
        "sign_in_enter.html",
        include_str!("templates/sign_in_enter.html"),
    ),
    ("mail_plain.txt", include_str!("templates/mail_plain.txt")),
    ("mail_plain.html", include_str!("templates/mail_plain.html")),
    ("call_list.html", include_str!("templates/call_list.html")),
    ("report.html", include_str!("templates/report.html")),
];

/// How templates are written: a line with nothing but a tag is no line.
fn syntax() -> Result<SyntaxConfig, minijinja::Error> {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
}

/// Why a text could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template does not hold; its name and place are in the source.
    #[error("the template {name} could not be used")]
    Template {
        /// Which.
        name: &'static str,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
    /// A webhook body could not be written.
    #[error("the webhook body could not be written")]
    Body(#[from] serde_json::Error),
}

/// What every text needs to know of the town.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where answer links and the board are reached from outside.
    pub public_url: String,
    /// The office, as it signs.
    pub organisation: Text,
    /// S1: what every message says of safety.
    pub safety: Text,
    /// The zone of every time that a person reads.
    pub time_zone: TimeZone,
    /// Whose name real mails come under.
    pub sender_name: Text,
    /// Whose name drill mails come under.
    pub drill_sender_name: Text,
    /// The language of what is not for one person.
    pub language: Language,
    /// Whether replies to its mails are read.
    pub replies: bool,
    /// What drills imagine: an exercise's event has it in one language alone.
    pub scenarios: Vec<Text>,
}

impl Settings {
    /// What was reported, in its own words; a scenario in both languages.
    fn reported(&self, headline: &str, drill: bool) -> Text {
        let same = |scenario: &&Text| *scenario.ja == *headline || *scenario.en == *headline;
        let scenario = self.scenarios.iter().find(same).filter(|_| drill);
        scenario.cloned().unwrap_or_else(|| Text::new(headline, ""))
    }
}

/// Makes every text. Built once, used by all.
#[derive(Clone, Debug)]
pub struct Messages {
    templates: Environment<'static>,
    settings: Settings,
    own: Arc<OwnTexts>,
    press: press::Press,
    casts: cast::Casts<answer_page::Answer>,
}

impl Messages {
    /// Reads the templates.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when one of them does not hold.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let mut templates = Environment::new();
        let syntax = syntax().map_err(|source| Error::Template {
            name: "syntax",
            source,
        })?;
        templates.set_syntax(syntax);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        for (name, text) in TEMPLATES.iter().copied() {
            templates
                .add_template(name, text)
                .map_err(|source| Error::Template { name, source })?;
        }
        Ok(Self {
            templates,
            settings,
            own: Arc::default(),
            press: press::Press::default(),
            casts: cast::Casts::default(),
        })
    }

    /// The same with mails in the town's own words, where it has them.
    #[must_use]
    pub fn with_own(mut self, own: Arc<OwnTexts>) -> Self {
        self.own = own;
        self.press = press::Press::default();
        self
    }

    /// The town's own texts.
    pub fn own(&self) -> &OwnTexts {
        &self.own
    }

    /// What it was built with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The Message-ID that every mail of a call-out refers to, brackets
    /// included. A drill's can never be a real one's.
    pub fn thread_id(call_out: &CallOutId, drill: bool, domain: &str) -> String {
        let kind = if drill { "drill" } else { "call-out" };
        format!("<{kind}.{call_out}@{domain}>")
    }

    /// One line of the account in words, without its time.
    pub fn say(&self, record: &Record, call_out: &CallOut, language: Language) -> String {
        timeline::plain(&record.entry, call_out, &self.settings.time_zone, language)
    }

    fn render(&self, name: &'static str, context: &impl Serialize) -> Result<String, Error> {
        self.templates
            .get_template(name)
            .and_then(|template| template.render(Value::from(Serde(context))))
            .map_err(|source| Error::Template { name, source })
    }
}
