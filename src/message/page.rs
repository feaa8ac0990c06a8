//! The frame of every page, and the small pages.
//!
//! Owns the style and its hash, the band that says real or exercise, and the
//! paths that pages link to. It must not know a store or a request.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::call_out::{CallOut, Counts};
use crate::domain::id::CallOutId;
use crate::domain::text::{Language, Text, one_line};

use super::view::Reader;
use super::words::{Commands, Mail, Page};
use super::{Error, Messages};

const STYLE: &str = include_str!("templates/page.css");

/// The pages of the board have more to show.
const BOARD_STYLE: &str = concat!(
    include_str!("templates/page.css"),
    include_str!("templates/tables.css"),
    include_str!("templates/board.css")
);

const SCRIPT: &str = include_str!("templates/board.js");

/// As a policy names a style or a script.
pub(super) fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));

static BOARD_STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(BOARD_STYLE));

static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| hash(SCRIPT));

/// The hash of the one script of the board's pages, for `script-src`.
pub fn script_hash() -> &'static str {
    &SCRIPT_HASH
}

/// The hash of the style of the board's pages.
pub fn board_style_hash() -> &'static str {
    &BOARD_STYLE_HASH
}

/// The hash of the style of every other page, for `style-src 'sha256-…'`.
pub fn style_hash() -> &'static str {
    &STYLE_HASH
}

/// The path of a call-out's page.
pub fn call_out_path(id: &CallOutId) -> String {
    format!("/call-outs/{id}")
}

/// The language that stands beside.
pub(super) fn other(language: Language) -> Language {
    match language {
        Language::Ja => Language::En,
        Language::En => Language::Ja,
    }
}

/// What a page is about: decides its colours and its band.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Real,
    Drill,
    /// A vendor's, who is asked for help.
    Help,
    /// Nothing in particular.
    Calm,
}

impl Kind {
    /// A call-out's; a notice to administrators is nothing in particular.
    pub(super) fn of_call_out(call_out: &CallOut) -> Self {
        if call_out.is_notice() {
            Self::Calm
        } else {
            Self::of(call_out.mode().is_drill())
        }
    }

    pub(super) fn of(drill: bool) -> Self {
        if drill { Self::Drill } else { Self::Real }
    }
}

#[derive(Serialize)]
struct Band {
    top: &'static str,
    top_other: &'static str,
    says: Option<&'static str>,
    says_other: Option<&'static str>,
    bottom: &'static str,
    bottom_other: &'static str,
}

/// A way to another page of the board.
#[derive(Serialize)]
struct Way {
    path: &'static str,
    label: &'static str,
    label_other: &'static str,
    class: &'static str,
}

/// What a page of the board has beside its content.
#[derive(Serialize)]
struct Desk {
    ways: Vec<Way>,
    signed_in_as: String,
    mark: String,
    script: &'static str,
    live: &'static str,
    live_lost: &'static str,
}

/// What every template is given as `p`.
#[derive(Serialize)]
pub(super) struct Frame {
    lang: &'static str,
    other_lang: &'static str,
    w: &'static Page,
    o: &'static Page,
    kind: &'static str,
    band: Option<Band>,
    title: String,
    organisation: String,
    style: &'static str,
    refresh: Option<u32>,
    desk: Option<Desk>,
}

/// A figure with its name in both languages.
#[derive(Serialize)]
pub(super) struct Figure {
    class: &'static str,
    label: &'static str,
    label_other: &'static str,
    value: u32,
}

/// The eight figures of a call-out, in the order of the page.
pub(super) fn figures(counts: &Counts, language: Language) -> Vec<Figure> {
    let (w, o) = (Page::of(language), Page::of(other(language)));
    let figure = |class, label, label_other, value| Figure {
        class,
        label,
        label_other,
        value,
    };
    vec![
        figure("called", w.figure_called, o.figure_called, counts.called),
        figure("sent", w.figure_sent, o.figure_sent, counts.sent),
        figure(
            "lost",
            w.figure_unreachable,
            o.figure_unreachable,
            counts.unreachable,
        ),
        figure(
            "answered",
            w.figure_answered,
            o.figure_answered,
            counts.answered,
        ),
        figure("coming", w.figure_coming, o.figure_coming, counts.coming),
        figure(
            "arrived",
            w.figure_arrived,
            o.figure_arrived,
            counts.arrived,
        ),
        figure("cannot", w.figure_cannot, o.figure_cannot, counts.cannot),
        figure(
            "silent",
            w.figure_unanswered,
            o.figure_unanswered,
            counts.unanswered,
        ),
    ]
}

#[derive(Serialize)]
struct Plain {
    p: Frame,
    safety: String,
}

#[derive(Serialize)]
struct RefusedPage {
    p: Frame,
    why: String,
    w: &'static Commands,
    o: &'static Commands,
}

impl Messages {
    pub(super) fn frame(&self, kind: Kind, title: String, language: Language) -> Frame {
        let other = other(language);
        let (w, o) = (Page::of(language), Page::of(other));
        let (name, band) = match kind {
            Kind::Calm => ("calm", None),
            Kind::Real => (
                "real",
                Some(Band {
                    top: w.band_real,
                    top_other: o.band_real,
                    says: None,
                    says_other: None,
                    bottom: w.band_real_end,
                    bottom_other: o.band_real_end,
                }),
            ),
            Kind::Help => (
                "real",
                Some(Band {
                    top: w.band_help,
                    top_other: o.band_help,
                    says: None,
                    says_other: None,
                    bottom: w.band_help_end,
                    bottom_other: o.band_help_end,
                }),
            ),
            Kind::Drill => (
                "practice",
                Some(Band {
                    top: w.band_drill,
                    top_other: o.band_drill,
                    says: Some(w.band_drill_says),
                    says_other: Some(o.band_drill_says),
                    bottom: w.band_drill,
                    bottom_other: o.band_drill_says,
                }),
            ),
        };
        Frame {
            lang: language.tag(),
            other_lang: other.tag(),
            w,
            o,
            kind: name,
            title: match kind {
                Kind::Drill => format!("{} {title}", w.band_drill),
                Kind::Real | Kind::Help | Kind::Calm => title,
            },
            band,
            organisation: one_line(self.settings.organisation.get(language)),
            style: STYLE,
            refresh: None,
            desk: None,
        }
    }

    /// What is shown for a link that is unknown or over: what to do instead.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn gone_page(&self, language: Language) -> Result<String, Error> {
        let title = Page::of(language).gone_title.to_owned();
        let context = Plain {
            p: self.frame(Kind::Calm, title, language),
            safety: self.safety(language),
        };
        self.render("gone.html", &context)
    }

    /// What was not done, and why.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn refused_page(
        &self,
        why: &Text,
        reader: &Reader,
        language: Language,
    ) -> Result<String, Error> {
        let w = Commands::of(language);
        let context = RefusedPage {
            p: self
                .frame(Kind::Calm, w.problem_title.to_owned(), language)
                .read_by(reader),
            why: one_line(why.get(language)),
            w,
            o: Commands::of(other(language)),
        };
        self.render("refused.html", &context)
    }

    pub(super) fn safety(&self, language: Language) -> String {
        let safety = one_line(self.settings.safety.get(language));
        if safety.is_empty() {
            Page::of(language).gone_safety.to_owned()
        } else {
            safety
        }
    }
}

impl Frame {
    #[must_use]
    pub(super) fn renewed(mut self, seconds: Option<u32>) -> Self {
        self.refresh = seconds;
        self
    }

    /// A page of the board, with the ways to its other pages.
    #[must_use]
    pub(super) fn read_by(mut self, reader: &Reader) -> Self {
        let language = Language::parse(self.lang).unwrap_or_default();
        let (w, o) = (Commands::of(language), Commands::of(other(language)));
        let way = |path, label, label_other, class| Way {
            path,
            label,
            label_other,
            class,
        };
        let mut ways = vec![way("/", w.nav_board, o.nav_board, "to-board")];
        if reader.may_trigger {
            ways.push(way("/trigger", w.nav_trigger, o.nav_trigger, "to-trigger"));
        }
        if reader.may_drill {
            ways.push(way("/drills", w.nav_drills, o.nav_drills, "to-drills"));
        }
        ways.push(way("/people", w.nav_people, o.nav_people, "to-people"));
        self.style = BOARD_STYLE;
        let name = super::words::principal_alone(&reader.name, language);
        self.desk = Some(Desk {
            ways,
            signed_in_as: super::words::fill(self.w.signed_in_as, &[("name", &one_line(&name))]),
            mark: reader.mark.clone(),
            script: SCRIPT,
            live: w.live,
            live_lost: w.live_lost,
        });
        self
    }
}

/// The headline of a drill, marked as its scenario.
pub(super) fn headline(headline: String, drill: bool, language: Language) -> String {
    if drill {
        super::words::fill(
            Mail::of(language).drill_headline,
            &[("headline", &headline)],
        )
    } else {
        headline
    }
}
