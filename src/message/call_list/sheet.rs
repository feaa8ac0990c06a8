//! The list in words, ready to be laid out.
//!
//! Owns what is said of each row, Japanese first and English beside it; every
//! text of a person's is one line here. It must not know a layout.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::roster::ChannelName;
use crate::domain::text::{Language, one_line};

use super::super::both::Both;
use super::super::words::{self, Mail, Paper, fill};
use super::super::{Settings, dates};
use super::desks::{self, Desk};
use super::{CallList, Group, InLine, Mark, Place, Role, RoleKind, Row, STYLES, Way};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// A longer note is cut: the paper has a row for each person.
const NOTE_CHARS: usize = 120;

/// A line of the heading.
#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) label: Both,
    pub(super) value: Both,
}

#[derive(Serialize)]
pub(super) struct Target {
    pub(super) name: Both,
    pub(super) need: Both,
    pub(super) have: u32,
    pub(super) short: String,
    pub(super) silent: u32,
    pub(super) line: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Reach {
    pub(super) by: String,
    pub(super) address: String,
    pub(super) telephone: bool,
    pub(super) dead: bool,
}

#[derive(Serialize)]
pub(super) struct Person {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) ways: Vec<Reach>,
    pub(super) mark: Option<Both>,
    /// That they are away, and until when.
    pub(super) away: Option<Both>,
    /// Nobody has to be called about it.
    pub(super) answered: bool,
    pub(super) lost: bool,
    pub(super) said: Vec<String>,
    pub(super) note: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Section {
    pub(super) name: Both,
    pub(super) figures: String,
    pub(super) people: Vec<Person>,
}

/// The whole list in words.
#[derive(Serialize)]
pub(super) struct Sheet {
    pub(super) w: &'static Paper,
    pub(super) o: &'static Paper,
    style: &'static str,
    class: &'static str,
    /// What is real or an exercise, whole; none on the roster's list.
    pub(super) band: Option<Both>,
    /// The same in a word, for every section, row and margin of an exercise.
    pub(super) mark: Option<&'static str>,
    pub(super) ended: Option<Both>,
    pub(super) title: Both,
    pub(super) organisation: Both,
    pub(super) facts: Vec<Fact>,
    /// Which list this is, for the head of each page.
    pub(super) running: String,
    pub(super) targets: Vec<Target>,
    /// Whether rows have a standing.
    pub(super) standing: bool,
    pub(super) sections: Vec<Section>,
    pub(super) asked: Vec<Desk>,
    pub(super) desks: Vec<Desk>,
}

impl Sheet {
    pub(super) fn new(list: &CallList, settings: &Settings) -> Self {
        let zone = &settings.time_zone;
        let (w, o) = (Paper::of(JA), Paper::of(EN));
        let drill = list.about.as_ref().map(|about| about.drill);
        let band = |drill: bool| {
            Both::said(|language| {
                let mail = Mail::of(language);
                let mark = if drill {
                    mail.drill_mark
                } else {
                    mail.real_mark
                };
                mark.to_owned()
            })
        };
        let at = dates::date_time(list.made_at, zone, JA);
        let running = match &list.about {
            Some(about) => format!("{} {at}", about.id),
            None => at,
        };
        Self {
            w,
            o,
            style: STYLES.of(drill == Some(true)),
            class: match drill {
                Some(true) => "practice",
                Some(false) => "real",
                None => "calm",
            },
            band: drill.map(band),
            mark: (drill == Some(true)).then_some(Mail::of(JA).drill_band),
            ended: ended(list, zone),
            title: match drill {
                Some(_) => Both::new(w.title, o.title),
                None => Both::new(w.title_roster, o.title_roster),
            },
            organisation: Both::of(&list.organisation),
            facts: facts(list, zone),
            running: format!("{running} {}", w.as_of),
            targets: list
                .places
                .iter()
                .map(|place| target(place, zone))
                .collect(),
            standing: drill.is_some(),
            sections: list
                .groups
                .iter()
                .map(|group| section(group, list.made_at, zone))
                .collect(),
            asked: desks::asked(list, zone),
            desks: desks::others(list),
        }
    }
}

fn ended(list: &CallList, zone: &TimeZone) -> Option<Both> {
    let about = list.about.as_ref().filter(|about| !about.state.is_live())?;
    Some(Both::said(|language| {
        let at = about.ended_at.unwrap_or(list.made_at);
        let at = dates::date_time(at, zone, language);
        fill(
            Paper::of(language).ended_at,
            &[("at", &at), ("state", about.stands.get(language))],
        )
    }))
}

fn facts(list: &CallList, zone: &TimeZone) -> Vec<Fact> {
    let (w, o) = (Paper::of(JA), Paper::of(EN));
    let fact = |ja, en, value| Fact {
        label: Both::new(ja, en),
        value,
    };
    let time = |at| Both::new(dates::date_time(at, zone, JA), "");
    let mut facts = Vec::new();
    if let Some(about) = &list.about {
        facts.push(fact(
            w.call_out,
            o.call_out,
            Both::new(about.id.as_str(), ""),
        ));
        facts.push(fact(w.state, o.state, Both::of(&about.stands)));
        facts.push(fact(w.what, o.what, Both::of(&about.what)));
        if let Some(headline) = &about.headline {
            let headline = Both::new(one_line(headline), "");
            facts.push(fact(w.headline, o.headline, headline));
        }
        facts.push(fact(w.place, o.place, Both::of(&about.place)));
        facts.push(fact(w.opened, o.opened, time(about.opened_at)));
    }
    facts.push(fact(w.as_of, o.as_of, time(list.made_at)));
    facts.push(fact(w.edition, o.edition, Both::of(&list.edition)));
    if let Some(digest) = &list.newer_roster {
        let digest = digest.get(..8).unwrap_or(digest);
        let newer =
            Both::said(|language| fill(Paper::of(language).roster_newer, &[("digest", digest)]));
        facts.push(fact(w.roster, o.roster, newer));
    }
    if let Some(about) = &list.about {
        let counts = about.counts;
        let counts = Both::said(|language| {
            let values = [
                ("called", &*counts.called.to_string()),
                ("answered", &counts.answered.to_string()),
                ("unanswered", &counts.unanswered.to_string()),
                ("unreachable", &counts.unreachable.to_string()),
            ];
            fill(Paper::of(language).counts, &values)
        });
        facts.push(fact(w.figures, o.figures, counts));
    }
    facts
}

fn target(place: &Place, zone: &TimeZone) -> Target {
    let need = Both::said(|language| {
        if place.everyone {
            let count = place.need.to_string();
            fill(Paper::of(language).everyone, &[("count", &count)])
        } else {
            place.need.to_string()
        }
    });
    let mut line: Vec<String> = place.line.iter().map(|of| in_line(of, zone)).collect();
    if place.more > 0 {
        let count = place.more.to_string();
        line.push(fill(Paper::of(JA).line_more, &[("count", &count)]));
    }
    Target {
        name: Both::of(&place.name),
        need,
        have: place.have,
        short: match (place.everyone, place.met) {
            (_, true) => "0".to_owned(),
            (true, false) => "-".to_owned(),
            (false, false) => place.need.saturating_sub(place.have).to_string(),
        },
        silent: place.silent,
        line,
    }
}

fn in_line(candidate: &InLine, zone: &TimeZone) -> String {
    let name = one_line(candidate.name.get(JA));
    let mark = match (candidate.away, candidate.mark) {
        (Some(until), Mark::Next) => words::away(until, zone, JA),
        (_, of) => mark(of, JA).to_owned(),
    };
    match candidate.number {
        Some(number) => format!("{number} {name}（{mark}）"),
        None => format!("{name}（{mark}）"),
    }
}

fn mark(mark: Mark, language: Language) -> &'static str {
    use crate::domain::call_out::Standing;
    match mark {
        Mark::Unreachable => words::standing(Standing::Unreachable, language),
        Mark::Silent => words::standing(Standing::Silent, language),
        Mark::Next => Paper::of(language).next,
        Mark::Answered(standing) => words::standing(standing, language),
        Mark::Told(part) => words::part(part, language),
    }
}

fn section(group: &Group, now: Timestamp, zone: &TimeZone) -> Section {
    let w = Paper::of(JA);
    let count = |wanted: fn(Mark) -> bool| {
        let rows = group.rows.iter().filter_map(|row| row.mark);
        rows.filter(|mark| wanted(*mark)).count().to_string()
    };
    let figures = if group.rows.iter().any(|row| row.mark.is_some()) {
        let values = [
            (
                "unanswered",
                &*count(|mark| matches!(mark, Mark::Silent | Mark::Unreachable)),
            ),
            ("unreachable", &count(|mark| mark == Mark::Unreachable)),
            ("answered", &count(|mark| matches!(mark, Mark::Answered(_)))),
        ];
        fill(w.section_counts, &values)
    } else {
        let count = group.rows.len().to_string();
        fill(w.section_size, &[("count", &count)])
    };
    Section {
        name: Both::of(&group.name),
        figures,
        people: group
            .rows
            .iter()
            .map(|row| person(row, now, zone))
            .collect(),
    }
}

/// A person's note, cut where it is long.
pub(super) fn note(answer: Option<&Acknowledgement>) -> Option<String> {
    let note = answer.and_then(|answer| answer.answer.note.as_deref());
    note.map(|note| shorten(&one_line(note)))
}

fn person(row: &Row, now: Timestamp, zone: &TimeZone) -> Person {
    Person {
        number: row
            .number
            .map_or_else(|| "-".to_owned(), |number| number.to_string()),
        name: one_line(row.name.get(JA)),
        roles: row
            .roles
            .iter()
            .filter(|role| role.kind != RoleKind::Holder || role.of.ja != row.name.ja)
            .map(role)
            .collect(),
        ways: row.ways.iter().map(reach).collect(),
        mark: row
            .mark
            .map(|of| Both::said(|language| mark(of, language).to_owned())),
        away: row
            .away
            .map(|until| Both::said(|language| words::away(until, zone, language))),
        answered: matches!(row.mark, Some(Mark::Answered(_) | Mark::Told(_))),
        lost: row.mark == Some(Mark::Unreachable),
        said: said(row.answer.as_ref(), (now, zone)),
        note: note(row.answer.as_ref()),
    }
}

/// What was answered, and when.
pub(super) fn said(
    answer: Option<&Acknowledgement>,
    (now, zone): (Timestamp, &TimeZone),
) -> Vec<String> {
    let w = Paper::of(JA);
    let Some(answer) = answer else {
        return Vec::new();
    };
    let at = |wording, time| {
        let at = dates::near(time, now, zone, JA);
        fill(wording, &[("at", &at)])
    };
    let mut said = Vec::new();
    if answer.doubtful {
        let reply = words::reply_of(&answer.answer.person, answer.answer.reply, JA);
        said.push(fill(w.doubtful, &[("reply", reply)]));
    }
    said.push(at(w.answered_at, answer.at));
    if let Some(minutes) = answer.answer.eta_minutes {
        said.push(at(w.expected, dates::expected(answer.at, minutes)));
    }
    said
}

fn shorten(note: &str) -> String {
    match note.char_indices().nth(NOTE_CHARS) {
        Some((end, _)) => format!("{}…", &note[..end]),
        None => note.to_owned(),
    }
}

fn role(role: &Role) -> String {
    let w = Paper::of(JA);
    let name = one_line(role.of.get(JA));
    let (wording, rank) = match role.kind {
        RoleKind::Holder => return name,
        RoleKind::Required(rank) => (w.required, rank),
        RoleKind::Deputy(rank) => (w.deputy, rank),
        RoleKind::Acting(rank) => (w.acting, rank),
    };
    fill(wording, &[("name", &name), ("rank", &rank.to_string())])
}

pub(super) fn reach(way: &Way) -> Reach {
    Reach {
        by: match &way.contact.channel {
            ChannelName::Webhook(_) if way.telephone => Paper::of(JA).telephone.to_owned(),
            ChannelName::Email => words::channel(&ChannelName::Email, JA),
            ChannelName::Webhook(name) => one_line(name),
        },
        address: one_line(&way.contact.address),
        telephone: way.telephone,
        dead: way.dead,
    }
}
