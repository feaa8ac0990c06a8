//! A letter that says the same to many people, written once.
//!
//! Owns the last few forms of letters, in which only the link is left open.
//! Invariant: what comes of it is what the templates make of that person's own
//! letter. It must not know what a letter says.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use minijinja::HtmlEscape;

use super::letter::{Body, Letter};
use super::reader::Reader;
use super::sending::{Ending, Sending};
use super::{Error, Messages};
use crate::domain::call_out::CallOut;
use crate::domain::notification::Purpose;
use crate::domain::text::Text;

/// Stands where the link belongs. Unicode has no such character (Unicode
/// Standard, 23.7).
const LINK: &str = "\u{10FFFE}";

/// How many forms are kept: two languages, and those who are asked for
/// different things.
const KEPT: usize = 16;

/// The templates of a letter: its text and its HTML.
type Names = (&'static str, &'static str);

/// A letter without its link.
#[derive(Debug)]
pub(super) struct Form {
    names: Names,
    body: Body,
    /// What stands before and after the link, where it stands once: else the
    /// form fits nobody.
    text: Option<Torn>,
    html: Option<Torn>,
}

/// A text, torn where its link belongs; whole where there is none.
#[derive(Debug)]
struct Torn {
    before: String,
    after: String,
}

impl Torn {
    /// Nothing where somebody has put that very character into a name or a text.
    fn of(text: &str, has_link: bool) -> Option<Self> {
        let (before, after) = match text.split_once(LINK) {
            Some(parts) if has_link => parts,
            None if !has_link => (text, ""),
            _ => return None,
        };
        (!after.contains(LINK)).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    fn with(&self, link: &str) -> String {
        [&self.before, link, &self.after].concat()
    }
}

impl Form {
    /// The letter's text and its HTML, with the link if it has one; nothing where it fits
    /// nobody.
    fn with(&self, link: &str) -> Option<(String, String)> {
        let link = self.body.button.as_ref().map_or("", |_| link);
        let (text, html) = (self.text.as_ref()?, self.html.as_ref()?);
        // Why with room: a link's few signs are written one by one.
        let mut escaped = String::with_capacity(2 * link.len());
        write!(escaped, "{}", HtmlEscape(link)).ok()?;
        Some((text.with(link), html.with(&escaped)))
    }
}

/// What a call-out tells those who are told the same.
#[derive(Debug)]
struct Telling {
    /// Kept, so that no other call-out takes its place in memory.
    call_out: Arc<CallOut>,
    reader: Reader,
    purpose: Purpose,
    ending: Option<Ending>,
    others: Vec<Text>,
    written: Timestamp,
    /// Without its texts.
    letter: Letter,
    form: Arc<Form>,
}

impl Telling {
    /// Whether it is that very letter, but for the name and the link.
    fn is(&self, call_out: &Arc<CallOut>, sending: &Sending<'_>) -> bool {
        Arc::ptr_eq(&self.call_out, call_out)
            && self.purpose == sending.purpose
            && self.written == sending.written
            && self.reader == *sending.reader
            && self.ending.as_ref() == sending.ending
            && self.others == sending.others
    }
}

/// The forms, the latest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Press(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    forms: VecDeque<Arc<Form>>,
    tellings: VecDeque<Arc<Telling>>,
}

/// What was pressed.
pub(super) struct Pressed {
    pub(super) text: String,
    pub(super) html: String,
    /// Of what, if it fits others as well.
    pub(super) form: Option<Arc<Form>>,
}

impl Press {
    fn find(&self, names: Names, body: &Body) -> Option<Arc<Form>> {
        let kept = self.kept();
        let mut forms = kept.forms.iter();
        let found = forms.find(|form| form.names == names && form.body == *body);
        found.map(Arc::clone)
    }

    fn keep(&self, form: &Arc<Form>) {
        let mut kept = self.kept();
        kept.forms.push_front(Arc::clone(form));
        kept.forms.truncate(KEPT);
    }

    /// A letter that was made for another reader of the call-out, who is told the same.
    pub(super) fn again(&self, call_out: &Arc<CallOut>, sending: &Sending<'_>) -> Option<Letter> {
        // Why: without one there is no button.
        if sending.link.is_empty() {
            return None;
        }
        let told = {
            let kept = self.kept();
            let mut tellings = kept.tellings.iter();
            Arc::clone(tellings.find(|telling| telling.is(call_out, sending))?)
        };
        let (text, html) = told.form.with(sending.link)?;
        Some(Letter {
            text,
            html,
            ..told.letter.clone()
        })
    }

    /// Notes what a letter is made of, for whoever is told the same.
    pub(super) fn note(
        &self,
        (call_out, sending): (&Arc<CallOut>, &Sending<'_>),
        letter: &Letter,
        form: Arc<Form>,
    ) {
        if sending.link.is_empty() {
            return;
        }
        let telling = Arc::new(Telling {
            call_out: Arc::clone(call_out),
            reader: sending.reader.clone(),
            purpose: sending.purpose,
            ending: sending.ending.cloned(),
            others: sending.others.to_vec(),
            written: sending.written,
            letter: Letter {
                text: String::new(),
                html: String::new(),
                ..letter.clone()
            },
            form,
        });
        let mut kept = self.kept();
        kept.tellings.push_front(telling);
        kept.tellings.truncate(KEPT);
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Messages {
    /// The same messages, which have no letter in mind.
    #[must_use]
    pub fn unpressed(&self) -> Self {
        Self {
            press: Press::default(),
            ..self.clone()
        }
    }

    /// The text and the HTML of a letter.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub(super) fn press(&self, names: Names, mut body: Body) -> Result<Pressed, Error> {
        // Why: the templates of the program name nobody.
        let name = std::mem::take(&mut body.name);
        let link = body.button.as_mut();
        let link = link.map(|button| std::mem::replace(&mut button.link, LINK.to_owned()));
        let form = match self.press.find(names, &body) {
            Some(form) => form,
            None => {
                let form = Arc::new(Form {
                    names,
                    text: Torn::of(&self.render(names.0, &body)?, link.is_some()),
                    html: Torn::of(&self.render(names.1, &body)?, link.is_some()),
                    body: body.clone(),
                });
                self.press.keep(&form);
                form
            }
        };
        if let Some((text, html)) = form.with(link.as_deref().unwrap_or_default()) {
            let form = Some(form);
            return Ok(Pressed { text, html, form });
        }
        body.name = name;
        if let Some((button, link)) = body.button.as_mut().zip(link) {
            button.link = link;
        }
        Ok(Pressed {
            text: self.render(names.0, &body)?,
            html: self.render(names.1, &body)?,
            form: None,
        })
    }
}
