//! Forms of the board: what is asked for, and what was filled in, read back
//! before it is done.
//!
//! Owns the shape of a form and of its confirmation, which shows the same
//! fields as facts. It must not know what a form does: `command` and `telling`
//! say so.

use serde::Serialize;

use crate::domain::text::{Language, Text, one_line};

use super::page::{self, Frame, Kind};
use super::view::{Reader, Values};
use super::words::Commands;
use super::{Error, Messages};

/// The most characters of a line; `domain::event::LINE_CHARS` refuses more.
const LINE: usize = crate::domain::event::LINE_CHARS;

/// One thing that can be chosen.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// One thing that is asked for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Field {
    kind: &'static str,
    name: &'static str,
    label: &'static str,
    label_other: &'static str,
    hint: Option<&'static str>,
    value: String,
    required: bool,
    longest: usize,
    choices: Vec<Choice>,
}

/// A word in a reader's language, and in the other.
#[derive(Clone, Copy)]
pub(super) struct Both {
    pub(super) w: &'static str,
    pub(super) o: &'static str,
}

/// Fields of one form, filled with what was sent before.
pub(super) struct Fields<'a> {
    values: &'a Values,
    fields: Vec<Field>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        Self {
            values,
            fields: Vec::new(),
        }
    }

    fn add(&mut self, kind: &'static str, name: &'static str, label: Both) -> &mut Field {
        self.fields.push(Field {
            kind,
            name,
            label: label.w,
            label_other: label.o,
            hint: None,
            value: self.values.one(name).to_owned(),
            required: false,
            longest: LINE,
            choices: Vec::new(),
        });
        let last = self.fields.len() - 1;
        &mut self.fields[last]
    }

    /// A line.
    pub(super) fn line(&mut self, name: &'static str, label: Both) -> &mut Field {
        self.add("line", name, label)
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str, label: Both) -> &mut Field {
        self.add("number", name, label)
    }

    /// One of a few, all in sight.
    pub(super) fn one_of(
        &mut self,
        name: &'static str,
        label: Both,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> &mut Field {
        self.choice("one", name, label, choices)
    }

    /// One of many.
    pub(super) fn select(
        &mut self,
        name: &'static str,
        label: Both,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> &mut Field {
        self.choice("select", name, label, choices)
    }

    /// Any number of many.
    pub(super) fn any_of(
        &mut self,
        name: &'static str,
        label: Both,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> &mut Field {
        self.choice("any", name, label, choices)
    }

    fn choice(
        &mut self,
        kind: &'static str,
        name: &'static str,
        label: Both,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> &mut Field {
        let values = self.values;
        let choices = choices.into_iter().map(|(value, label)| Choice {
            chosen: values.all(name).any(|chosen| chosen == value),
            label: one_line(&label),
            value,
        });
        let choices = choices.collect();
        let field = self.add(kind, name, label);
        field.choices = choices;
        field
    }
}

impl Field {
    pub(super) fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    pub(super) fn hint(&mut self, hint: &'static str) -> &mut Self {
        self.hint = Some(hint);
        self
    }

    /// What was filled in, as a fact; nothing where it was left empty.
    fn fact(&self) -> Option<Filled> {
        let chosen = self.choices.iter().filter(|choice| choice.chosen);
        let chosen: Vec<&str> = chosen.map(|choice| choice.label.as_str()).collect();
        let value = if self.choices.is_empty() {
            one_line(&self.value)
        } else {
            chosen.join("、")
        };
        let label = self.label;
        (!value.is_empty()).then_some(Filled { label, value })
    }
}

/// A field as it was filled in.
#[derive(Debug, Serialize)]
pub(super) struct Filled {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// A button that does something.
#[derive(Clone, Copy)]
pub(super) struct Press {
    pub(super) label: Both,
    pub(super) class: &'static str,
}

/// Everything that one form is made of.
pub(super) struct Form<'a> {
    pub(super) kind: Kind,
    pub(super) title: Both,
    /// What it is about: a call-out's title, or nothing.
    pub(super) about: Option<String>,
    pub(super) says: Vec<String>,
    pub(super) problem: Option<&'a Text>,
    /// Facts that the reader needs before they decide.
    pub(super) facts: Vec<Filled>,
    pub(super) action: String,
    pub(super) fields: Fields<'a>,
    /// Whether all is filled in, and only the last yes is missing.
    pub(super) confirming: bool,
    pub(super) press: Press,
    pub(super) back: String,
    pub(super) reader: &'a Reader,
    pub(super) language: Language,
}

#[derive(Serialize)]
struct Laid {
    p: Frame,
    title: &'static str,
    title_other: &'static str,
    about: Option<String>,
    says: Vec<String>,
    problem: Option<String>,
    facts: Vec<Filled>,
    action: String,
    mark: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    confirming: bool,
    button: &'static str,
    button_other: &'static str,
    class: &'static str,
    back: String,
    w: &'static Commands,
    o: &'static Commands,
}

/// Never sent back as they came.
const OWN: [&str; 2] = ["mark", "confirmed"];

impl Messages {
    /// A form, or its confirmation.
    pub(super) fn form(&self, form: Form<'_>) -> Result<String, Error> {
        let language = form.language;
        let (w, o) = (Commands::of(language), Commands::of(page::other(language)));
        let asked: Vec<&str> = form.fields.fields.iter().map(|field| field.name).collect();
        let values = form.fields.values.iter();
        let hidden = values.filter(|(name, _)| {
            !OWN.contains(&name.as_str()) && (form.confirming || !asked.contains(&name.as_str()))
        });
        let hidden: Vec<(String, String)> = hidden.cloned().collect();
        let mut facts: Vec<Filled> = Vec::new();
        if form.confirming {
            facts.extend(form.fields.fields.iter().filter_map(Field::fact));
        }
        facts.extend(form.facts);
        let mut says = form.says;
        if form.confirming {
            says.push(w.confirm_says.to_owned());
        }
        let (button, class) = if form.confirming {
            (form.press.label, form.press.class)
        } else {
            let on = Both {
                w: w.to_confirm,
                o: o.to_confirm,
            };
            (on, "received")
        };
        let laid = Laid {
            p: self
                .frame(form.kind, form.title.w.to_owned(), language)
                .read_by(form.reader),
            title: form.title.w,
            title_other: form.title.o,
            about: form.about,
            says,
            problem: form.problem.map(|problem| one_line(problem.get(language))),
            facts,
            action: form.action,
            mark: form.reader.mark.clone(),
            hidden,
            fields: if form.confirming {
                Vec::new()
            } else {
                form.fields.fields
            },
            confirming: form.confirming,
            button: button.w,
            button_other: button.o,
            class,
            back: form.back,
            w,
            o,
        };
        self.render("form.html", &laid)
    }
}
