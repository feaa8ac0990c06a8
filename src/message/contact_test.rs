//! A message that only tests a contact: its mail, and its body for a webhook.
//!
//! Owns what it says. It must look neither like a call-out nor like an
//! exercise, and carries no link.

use jiff::Timestamp;
use serde_json::json;

use crate::domain::roster::{Contact, Person};
use crate::domain::text::{Language, one_line};

use super::calm::Calm;
use super::facts::Fact;
use super::letter::Letter;
use super::words::{ContactTest as Words, fill};
use super::{Error, Messages, dates, page, words};

/// A test of one contact.
#[derive(Clone, Copy, Debug)]
pub struct ContactTest<'a> {
    /// Of whom.
    pub to: &'a Person,
    /// Which of their contacts.
    pub contact: &'a Contact,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

impl Messages {
    /// The mail of a test, in the person's language.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn contact_test_letter(&self, test: &ContactTest<'_>) -> Result<Letter, Error> {
        let language = test.to.language;
        let other = page::other(language);
        let (w, o) = (Words::of(language), Words::of(other));
        let headline = |language: Language| {
            let name = one_line(test.to.name.get(language));
            fill(Words::of(language).headline, &[("person", &name)])
        };
        let at = dates::date_time(test.asked_at, &self.settings.time_zone, language);
        self.calm_letter(&Calm {
            language,
            written: test.asked_at,
            subject: w.subject.to_owned(),
            band: w.band,
            mark: [w.mark, o.mark],
            headline: [headline(language), headline(other)],
            way: None,
            facts: vec![
                Fact {
                    label: w.asked,
                    value: at,
                },
                Fact {
                    label: w.contact,
                    value: words::channel(&test.contact.channel, language),
                },
            ],
            notes: vec![w.then],
            notes_other: vec![o.then],
        })
    }

    /// The JSON body of a test for a webhook, of the shape of a notification's;
    /// `type` and `purpose` tell that nothing has happened.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold, [`Error::Body`] when
    /// the JSON cannot be written.
    pub fn contact_test_body(&self, test: &ContactTest<'_>) -> Result<String, Error> {
        let letter = self.contact_test_letter(test)?;
        let language = test.to.language;
        let body = json!({
            "type": "contact.test",
            "purpose": "test",
            "person": {
                "person": test.to.id.as_str(),
                "name": one_line(test.to.name.get(language)),
                "address": test.contact.address,
                "language": language.tag(),
            },
            "subject": letter.subject,
            "short": Words::of(language).mark,
            "text": letter.text,
        });
        Ok(serde_json::to_string(&body)?)
    }
}
