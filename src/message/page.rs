//! The frame of every page, and the small pages.
//!
//! Owns the style and its hash, the band that says real or exercise, and the
//! paths that pages link to. It must not know a store or a request.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Value;
use minijinja::value::Serde;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::domain::call_out::{CallOut, Counts, Part, Participant, State};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody is called.
    Real,
    /// A decision is asked for; nobody is called.
    Decide,
    Drill,
    /// A vendor's, who is asked for help.
    Help,
    /// It is only told.
    Inform,
    /// What was real is over.
    Over,
    /// Nothing in particular.
    Calm,
}

impl Kind {
    /// A call-out's; a notice to administrators is nothing in particular.
    pub(super) fn of_call_out(call_out: &CallOut) -> Self {
        if call_out.is_notice() && !call_out.mode().is_drill() {
            Self::Calm
        } else {
            Self::standing(call_out.mode().is_drill(), call_out.state)
        }
    }

    /// As a call-out stands: red is for what calls or wants a decision.
    pub(super) fn standing(drill: bool, state: State) -> Self {
        match state {
            _ if drill => Self::Drill,
            State::AwaitingDecision => Self::Decide,
            State::InSection => Self::Inform,
            State::Held | State::Open | State::Exhausted => Self::Real,
            State::StoodDown | State::Cancelled | State::Closed => Self::Over,
        }
    }

    /// As it stands for one person of it.
    pub(super) fn for_person(call_out: &CallOut, to: &Participant) -> Self {
        match Self::of_call_out(call_out) {
            Self::Real | Self::Decide | Self::Inform if to.is_vendor() => Self::Help,
            Self::Real | Self::Decide if to.is_called() => Self::Real,
            Self::Real | Self::Decide | Self::Inform
                if to.part == Part::Asked && call_out.is_undecided() =>
            {
                Self::Decide
            }
            Self::Real | Self::Decide => Self::Inform,
            kind => kind,
        }
    }

    /// What it looks like.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Real | Self::Decide | Self::Help => "real",
            Self::Drill => "practice",
            Self::Inform | Self::Over | Self::Calm => "calm",
        }
    }

    /// Its band's words: at the top, and at the bottom.
    pub(super) const fn words(self, w: &Page) -> Option<[&'static str; 2]> {
        match self {
            Self::Calm => None,
            Self::Real => Some([w.band_real, w.band_real_end]),
            Self::Decide => Some([w.band_decide, w.band_decide_end]),
            Self::Help => Some([w.band_help, w.band_help_end]),
            Self::Inform => Some([w.band_inform, w.band_inform_end]),
            Self::Over => Some([w.band_over, w.band_over_end]),
            Self::Drill => Some([w.band_drill, w.band_drill]),
        }
    }
}

#[derive(PartialEq, Eq, Hash, Serialize)]
struct Band {
    top: &'static str,
    top_other: &'static str,
    says: Option<&'static str>,
    says_other: Option<&'static str>,
    bottom: &'static str,
    bottom_other: &'static str,
}

/// A way to another page of the board.
#[derive(PartialEq, Eq, Hash, Serialize)]
struct Way {
    path: &'static str,
    label: &'static str,
    label_other: &'static str,
    class: &'static str,
}

/// What a page of the board has beside its content.
#[derive(PartialEq, Eq, Hash, Serialize)]
struct Desk {
    ways: Vec<Way>,
    signed_in_as: String,
    mark: String,
    script: &'static str,
    live: &'static str,
    live_lost: &'static str,
}

/// A language's words of the pages, as the templates take them.
#[derive(PartialEq, Eq, Hash)]
struct Words(Language);

impl Serialize for Words {
    /// Why kept: there are some two hundred, and a page names a few of them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        static JA: LazyLock<Value> = LazyLock::new(|| Value::from(Serde(Page::of(Language::Ja))));
        static EN: LazyLock<Value> = LazyLock::new(|| Value::from(Serde(Page::of(Language::En))));
        match self.0 {
            Language::Ja => JA.serialize(serializer),
            Language::En => EN.serialize(serializer),
        }
    }
}

/// What every template is given as `p`.
#[derive(PartialEq, Eq, Hash, Serialize)]
pub(super) struct Frame {
    lang: &'static str,
    other_lang: &'static str,
    w: Words,
    o: Words,
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
    /// Whether there is a board to go back to.
    back: bool,
    why: String,
    w: &'static Commands,
    o: &'static Commands,
}

impl Messages {
    pub(super) fn frame(&self, kind: Kind, title: String, language: Language) -> Frame {
        let other = other(language);
        let (w, o) = (Page::of(language), Page::of(other));
        let band = kind.words(w).zip(kind.words(o));
        let band = band.map(|([top, bottom], [top_other, bottom_other])| Band {
            top,
            top_other,
            says: (kind == Kind::Drill).then_some(w.band_drill_says),
            says_other: (kind == Kind::Drill).then_some(o.band_drill_says),
            bottom,
            bottom_other: if kind == Kind::Drill {
                o.band_drill_says
            } else {
                bottom_other
            },
        });
        Frame {
            lang: language.tag(),
            other_lang: other.tag(),
            w: Words(language),
            o: Words(other),
            kind: kind.class(),
            title: match kind {
                Kind::Drill => format!("{} {title}", w.band_drill),
                _ => title,
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
        reader: Option<&Reader>,
        language: Language,
    ) -> Result<String, Error> {
        let w = Commands::of(language);
        let frame = self.frame(Kind::Calm, w.problem_title.to_owned(), language);
        let context = RefusedPage {
            back: reader.is_some_and(|reader| reader.may_read),
            p: match reader {
                Some(reader) => frame.read_by(reader),
                None => frame,
            },
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
        let said = Page::of(language);
        let (w, o) = (Commands::of(language), Commands::of(other(language)));
        let way = |path, label, label_other, class| Way {
            path,
            label,
            label_other,
            class,
        };
        let mut ways = Vec::new();
        if reader.may_read {
            ways.push(way("/", w.nav_board, o.nav_board, "to-board"));
        }
        if reader.may_trigger {
            ways.push(way("/trigger", w.nav_trigger, o.nav_trigger, "to-trigger"));
        }
        if reader.may_drill {
            ways.push(way("/drills", w.nav_drills, o.nav_drills, "to-drills"));
        }
        if reader.may_read {
            ways.push(way("/people", w.nav_people, o.nav_people, "to-people"));
        }
        self.style = BOARD_STYLE;
        let name = super::words::principal_alone(&reader.name, language);
        self.desk = Some(Desk {
            ways,
            signed_in_as: super::words::fill(said.signed_in_as, &[("name", &one_line(&name))]),
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
