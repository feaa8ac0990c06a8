//! The page on which a reported contact change gets its word.
//!
//! Owns what is shown of it: what was reported, and what the roster's file
//! would have afterwards. It must not read a file.

use crate::domain::contact_change::{Change, Verdict};
use crate::domain::plan::Plan;
use crate::domain::text::{Language, Text, one_line};

use super::form::{Both, Fields, Filled, Form, Press};
use super::my_contacts::reported;
use super::page::{self, Kind};
use super::view::{Reader, Values};
use super::words::{Changes, fill, principal};
use super::{Error, Messages, dates};

/// What a report would change in the roster's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amended {
    /// These fields: what each is called, what stands there, what would.
    Fields(Vec<(Text, String, String)>),
    /// Nothing: the file has it, or a person must see to it by hand.
    Nothing,
    /// It cannot be put there, and why.
    Refused(Text),
    /// The file could not be looked at, and why.
    Unknown(Text),
}

/// A report that gets its word.
#[derive(Clone, Copy, Debug)]
pub struct ChangeView<'a> {
    /// Which.
    pub change: &'a Change,
    /// What it would change.
    pub amended: &'a Amended,
    /// The plan in force.
    pub plan: &'a Plan,
    /// What was filled in.
    pub values: &'a Values,
    /// What was wrong with that.
    pub problem: Option<&'a Text>,
    /// Whether all is filled in, and only the last yes is missing.
    pub confirming: bool,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

impl Messages {
    /// The form for the word on a report.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn change_page(&self, view: &ChangeView<'_>) -> Result<String, Error> {
        let language = view.language;
        let (w, o) = (Changes::of(language), Changes::of(page::other(language)));
        let both = |pick: fn(&Changes) -> &'static str| Both {
            w: pick(w),
            o: pick(o),
        };
        let change = view.change;
        let person = view.plan.roster.people.get(&change.proposal.person);
        let name = person.map_or(change.proposal.person.as_str(), |person| {
            person.name.get(language)
        });
        let mut fields = Fields::new(view.values);
        let choices = [
            (Verdict::Accepted.name(), w.accept),
            (Verdict::Refused.name(), w.refuse),
        ];
        let choices = choices.map(|(value, label)| (value.to_owned(), label.to_owned()));
        fields.one_of("word", both(|w| w.word), choices).required();
        fields
            .line("reason", both(|w| w.reason))
            .hint(w.reason_hint);
        self.form(Form {
            kind: Kind::Calm,
            title: both(|w| w.title),
            about: Some(format!(
                "{}: {}",
                one_line(name),
                reported(change, true, language)
            )),
            says: says(view),
            problem: view.problem,
            facts: self.of_change(view),
            action: format!("/people/changes/{}", change.id),
            fields,
            confirming: view.confirming,
            press: Press {
                label: both(|w| w.press),
                class: "",
            },
            back: "/people".to_owned(),
            reader: view.reader,
            language,
        })
    }

    fn of_change(&self, view: &ChangeView<'_>) -> Vec<Filled> {
        let (w, change) = (Changes::of(view.language), view.change);
        let at = |at| dates::date_time(at, &self.settings.time_zone, view.language);
        let mut facts = vec![Filled {
            label: w.reported,
            value: at(change.reported_at),
        }];
        if let (Some(verdict), Some(decided)) = (change.verdict, change.decided_at) {
            let word = match verdict {
                Verdict::Accepted => w.accepted_at,
                Verdict::Refused => w.refused_at,
            };
            let by = change.decided_by.as_ref();
            let by = by.map(|by| principal(by, &view.plan.roster, view.language));
            facts.push(Filled {
                label: w.decided,
                value: fill(
                    word,
                    &[("at", &at(decided)), ("by", &by.unwrap_or_default())],
                ),
            });
        }
        if let Amended::Fields(fields) = view.amended {
            for (name, old, new) in fields {
                let values = [
                    ("field", &*one_line(name.get(view.language))),
                    ("old", &one_line(old)),
                    ("new", &one_line(new)),
                ];
                facts.push(Filled {
                    label: w.file,
                    value: fill(w.from_to, &values),
                });
            }
        }
        facts
    }
}

/// What follows of a word, and that nothing is written here.
fn says(view: &ChangeView<'_>) -> Vec<String> {
    let w = Changes::of(view.language);
    let number = view.change.id.to_string();
    let why = |wording, why: &Text| fill(wording, &[("why", &*one_line(why.get(view.language)))]);
    let file = match view.amended {
        Amended::Fields(_) => fill(w.not_written, &[("number", &*number)]),
        Amended::Nothing => w.by_hand.to_owned(),
        Amended::Refused(text) => why(w.cannot, text),
        Amended::Unknown(text) => why(w.unseen, text),
    };
    let settled = view.change.verdict.is_some();
    let mut says = vec![file];
    says.extend(settled.then(|| w.settled.to_owned()));
    says
}
