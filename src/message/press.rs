//! A letter that says the same to many people, written once.
//!
//! Owns the last few forms of letters, in which only the link is left open.
//! Invariant: what comes of it is what the templates make of that person's own
//! letter. It must not know what a letter says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::HtmlEscape;

use super::letter::{Body, Button};
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
    text: String,
    html: String,
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
    pub(super) fn press(&self, names: Names, body: &Body) -> Result<(String, String), Error> {
        let open = Body {
            // Why: the templates of the program name nobody.
            name: String::new(),
            button: body.button.as_ref().map(|button| Button {
                link: LINK.to_owned(),
                ..*button
            }),
            ..body.clone()
        };
        let form = match self.press.find(names, &open) {
            Some(form) => form,
            None => {
                let form = Arc::new(Form {
                    names,
                    text: self.render(names.0, &open)?,
                    html: self.render(names.1, &open)?,
                    body: open,
                });
                self.press.keep(&form);
                form
            }
        };
        let link = body.button.as_ref().map(|button| button.link.as_str());
        let places = usize::from(link.is_some());
        let fits = |text: &str| text.matches(LINK).count() == places;
        if !fits(&form.text) || !fits(&form.html) {
            // Somebody has put that very character into a name or a text.
            return Ok((self.render(names.0, body)?, self.render(names.1, body)?));
        }
        let link = link.unwrap_or_default();
        let escaped = HtmlEscape(link).to_string();
        Ok((
            form.text.replace(LINK, link),
            form.html.replace(LINK, &escaped),
        ))
    }
}
