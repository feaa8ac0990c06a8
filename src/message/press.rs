//! A letter that says the same to many people, written once.
//!
//! Owns the last few forms of letters, in which only the link is left open.
//! Invariant: what comes of it is what the templates make of that person's own
//! letter. It must not know what a letter says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::HtmlEscape;

use super::letter::Body;
use super::{Error, Messages};

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
struct Form {
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

/// The forms, the latest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Press(Arc<Mutex<VecDeque<Arc<Form>>>>);

impl Press {
    fn find(&self, names: Names, body: &Body) -> Option<Arc<Form>> {
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut forms = forms.iter();
        let found = forms.find(|form| form.names == names && form.body == *body);
        found.map(Arc::clone)
    }

    fn keep(&self, form: &Arc<Form>) {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.push_front(Arc::clone(form));
        forms.truncate(KEPT);
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
    pub(super) fn press(&self, names: Names, mut body: Body) -> Result<(String, String), Error> {
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
        if let (Some(text), Some(html)) = (&form.text, &form.html) {
            let link = link.unwrap_or_default();
            let escaped = HtmlEscape(&link).to_string();
            return Ok((text.with(&link), html.with(&escaped)));
        }
        body.name = name;
        if let Some((button, link)) = body.button.as_mut().zip(link) {
            button.link = link;
        }
        Ok((self.render(names.0, &body)?, self.render(names.1, &body)?))
    }
}
