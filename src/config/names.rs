//! Which names the files give, and what refers to them.
//!
//! Owns the look-up of one name by another place, with what may have been
//! meant. Invariant: names are gathered from every table, also from one with
//! problems of its own, so that one slip is not reported twice.

use std::collections::HashMap;

use super::findings::Findings;
use super::noun::{Noun, meant, noun};
use super::table::{Table, Word};
use super::value::{nearest, once};
use crate::domain::rule::Selector;
use crate::domain::text::Text;

/// The names of one kind.
#[derive(Debug)]
pub(super) struct Kind {
    what: Noun,
    home: &'static str,
    names: Vec<String>,
    /// False if the file could not be read whole: then nothing is missing.
    complete: bool,
}

impl Kind {
    /// Gathers the names of a list of tables; refuses a second one.
    pub(super) fn gather(
        what: Noun,
        file: &File<'_>,
        tables: &str,
        findings: &mut Findings,
    ) -> Self {
        let key = if tables == "webhook" { "name" } else { "id" };
        let mut seen = HashMap::new();
        let mut names = Vec::new();
        for table in file.table.tables(tables) {
            if let Some(word) = table.text(key)
                && once(&mut seen, word, what, findings)
            {
                names.push(word.text.to_owned());
            }
        }
        Self {
            what,
            home: file.home,
            names,
            complete: file.complete,
        }
    }

    /// True if the name is known, or cannot be known; says so otherwise.
    pub(super) fn knows(&self, word: Word<'_>, findings: &mut Findings) -> bool {
        self.knows_name(word.text, word, findings)
    }

    fn knows_name(&self, name: &str, word: Word<'_>, findings: &mut Findings) -> bool {
        let known = self.has(name);
        if !known && !name.trim().is_empty() {
            let (Noun { ja, en }, home) = (self.what, self.home);
            findings
                .error(
                    word.place,
                    format!("{home} に「{name}」という{ja}は{}", self.absent()),
                    format!("there is no {en} \"{name}\" in {home}"),
                )
                .advise_both(self.suggest(name));
        }
        known
    }

    /// The same, where the absence does no more than make a contact useless.
    pub(super) fn warn_unless_known(&self, name: &str, word: Word<'_>, findings: &mut Findings) {
        if !self.has(name) {
            let (Noun { ja, en }, home) = (self.what, self.home);
            findings
                .warn(
                    word.place,
                    format!("{home} に「{name}」という{ja}はなく、これでは誰にも届きません"),
                    format!("there is no {en} \"{name}\" in {home}; nobody is reached through it"),
                )
                .advise_both(self.suggest(name));
        }
    }

    /// Whether the name is known, or cannot be known.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.complete || self.names.iter().any(|known| known == name)
    }

    /// That it is not there, as Japanese says it of people and of things.
    fn absent(&self) -> &'static str {
        if self.what.en == "person" {
            "いません"
        } else {
            "ありません"
        }
    }

    fn suggest(&self, name: &str) -> Text {
        let (Noun { ja, en }, home) = (self.what, self.home);
        match nearest(name, self.names.iter().map(String::as_str)) {
            Some(near) => meant(near),
            None if self.names.is_empty() => Text::new(
                format!("{home} に{ja}がまだありません。加えてください"),
                format!("{home} has no {en} yet; add it there"),
            ),
            None if self.names.len() <= 12 => Text::new(
                format!("{home} にあるのは {} です", self.names.join("、")),
                format!("{home} has {}", self.names.join(", ")),
            ),
            None => Text::new(
                format!("{home} に加えるか、そこにあるものを書いてください"),
                format!("add it to {home}, or write one that is there"),
            ),
        }
    }
}

/// A parsed file.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    /// Its top.
    pub(super) table: Table<'a>,
    /// Its usual name.
    pub(super) home: &'static str,
    /// Whether all of it could be read.
    pub(super) complete: bool,
}

/// Every name that one place can give another.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) sections: Kind,
    pub(super) people: Kind,
    pub(super) posts: Kind,
    pub(super) squads: Kind,
    pub(super) vendors: Kind,
    pub(super) webhooks: Kind,
    pub(super) rules: Kind,
    pub(super) procedures: Kind,
}

impl Names {
    /// Gathers the names of all the files.
    pub(super) fn gather(
        muster: &File<'_>,
        roster: &File<'_>,
        rules: &File<'_>,
        findings: &mut Findings,
    ) -> Self {
        Self {
            sections: Kind::gather(noun("課", "section"), roster, "section", findings),
            people: Kind::gather(noun("人", "person"), roster, "person", findings),
            posts: Kind::gather(noun("職", "post"), roster, "post", findings),
            squads: Kind::gather(noun("班", "squad"), roster, "squad", findings),
            vendors: Kind::gather(noun("事業者", "vendor"), roster, "vendor", findings),
            webhooks: Kind::gather(noun(" webhook ", "webhook"), muster, "webhook", findings),
            rules: Kind::gather(noun("規則", "rule"), rules, "rule", findings),
            procedures: Kind::gather(noun("手順", "procedure"), rules, "procedure", findings),
        }
    }

    /// A selector that means somebody of the roster.
    pub(super) fn selector(&self, word: Word<'_>, findings: &mut Findings) -> Option<Selector> {
        let Some(selector) = Selector::parse(word.text) else {
            if !word.text.trim().is_empty() {
                findings
                    .error(
                        word.place,
                        format!("「{}」は誰も指していません", word.text),
                        format!("\"{}\" names nobody", word.text),
                    )
                    .advise_both(self.selector_advice(word.text));
            }
            return None;
        };
        let known = match &selector {
            Selector::Everyone | Selector::EverySquad => true,
            Selector::Section(id) => self.sections.knows_name(id.as_str(), word, findings),
            Selector::Squad(id) => self.squads.knows_name(id.as_str(), word, findings),
            Selector::Post(id) => self.posts.knows_name(id.as_str(), word, findings),
            Selector::Person(id) => self.people.knows_name(id.as_str(), word, findings),
        };
        known.then_some(selector)
    }

    /// Each of a list of selectors.
    pub(super) fn selectors(&self, words: &[Word<'_>], findings: &mut Findings) -> Vec<Selector> {
        words
            .iter()
            .filter_map(|word| self.selector(*word, findings))
            .collect()
    }

    fn selector_advice(&self, text: &str) -> Text {
        let bare = text.split_once(':').map_or(text, |(_, id)| id);
        let kinds = [
            ("post", &self.posts),
            ("section", &self.sections),
            ("squad", &self.squads),
            ("person", &self.people),
        ];
        let whole = kinds
            .iter()
            .find(|(_, kind)| kind.names.iter().any(|name| name == bare));
        if let Some((kind, _)) = whole {
            return meant(&format!("{kind}:{bare}"));
        }
        if let Some(near) = nearest(text, ["everyone", "every-squad"]) {
            return meant(near);
        }
        Text::new(
            "everyone、every-squad、section:ID、squad:ID、post:ID、person:ID のどれかを書いてください",
            "write everyone, every-squad, section:ID, squad:ID, post:ID or person:ID",
        )
    }
}
