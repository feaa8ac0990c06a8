//! The list as plain text, for a printer that knows no more.
//!
//! Owns the layout in [`COLUMNS`] columns: a wide character takes two, and so
//! does one that is wide only in Japanese type, so that no line is too long on
//! any printer. It must not choose words.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::both::Both;
use super::desks::Desk;
use super::sheet::{Person, Reach, Section, Sheet, Target};
use super::{COLUMNS, ENDED};

/// How far what belongs to a person stands in.
const INDENT: usize = 7;

/// Ruled lines at the end.
const RULED: usize = 6;

/// The whole list.
pub(super) fn text(sheet: &Sheet) -> String {
    let mut page = Page::default();
    page.heading(sheet);
    if !sheet.targets.is_empty() {
        page.rule(&both(sheet.w.targets, sheet.o.targets), "", sheet.mark);
        for target in &sheet.targets {
            page.target(target, sheet);
        }
    }
    for section in &sheet.sections {
        page.section(section, sheet);
    }
    if !sheet.asked.is_empty() {
        page.rule(&both(sheet.w.asked, sheet.o.asked), "", sheet.mark);
        for desk in &sheet.asked {
            page.desk(desk, sheet);
        }
    }
    if !sheet.desks.is_empty() {
        page.rule(&both(sheet.w.vendors, sheet.o.vendors), "", sheet.mark);
        for desk in &sheet.desks {
            page.desk(desk, sheet);
        }
    }
    page.rule(&both(sheet.w.notes, sheet.o.notes), "", sheet.mark);
    for _ in 0..RULED {
        page.line("");
        page.line(&"_".repeat(COLUMNS));
    }
    if let Some(band) = &sheet.band {
        page.line("");
        page.band(band);
    }
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// A text over as many lines as it takes, each standing in.
    fn wrapped(&mut self, text: &str, indent: usize) {
        for part in wrap(text, COLUMNS - indent) {
            self.line(&format!("{}{part}", " ".repeat(indent)));
        }
    }

    /// Items in a row, kept whole where a line has room for them.
    fn items(&mut self, items: &[String], separator: &str) {
        let mut row = String::new();
        for (number, item) in items.iter().enumerate() {
            let last = number + 1 == items.len();
            let item = format!("{item}{}", if last { "" } else { separator });
            if wide(&row) + wide(item.trim_end()) > COLUMNS - INDENT {
                self.wrapped(&row, INDENT);
                row.clear();
            }
            row.push_str(&item);
        }
        self.wrapped(&row, INDENT);
    }

    fn band(&mut self, band: &Both) {
        self.line(&"=".repeat(COLUMNS));
        self.wrapped(&band.ja, 0);
        self.wrapped(&band.en, 0);
        self.line(&"=".repeat(COLUMNS));
    }

    fn heading(&mut self, sheet: &Sheet) {
        if let Some(ended) = &sheet.ended {
            self.line(&format!("{ENDED}{} ##", both(sheet.w.ended, sheet.o.ended)));
            self.wrapped(&ended.ja, 0);
            self.wrapped(&ended.en, 0);
        }
        if let Some(band) = &sheet.band {
            self.band(band);
        }
        let title = format!("{}  {}", joined(&sheet.title), joined(&sheet.organisation));
        self.wrapped(&title, 0);
        self.line("");
        let writer = both(sheet.w.writer, sheet.o.writer);
        let labels = sheet.facts.iter().map(|fact| wide(&joined(&fact.label)));
        let width = labels.fold(wide(&writer), usize::max) + 2;
        for fact in &sheet.facts {
            let whole = format!("{}  {}", fact.value.ja, fact.value.en);
            let room = COLUMNS - width;
            let values = if wide(&whole) <= room {
                vec![whole]
            } else {
                [wrap(&fact.value.ja, room), wrap(&fact.value.en, room)].concat()
            };
            let mut label = joined(&fact.label);
            for value in values {
                self.line(&format!("{}{value}", pad(&label, width)));
                label.clear();
            }
        }
        self.line(&format!("{}{}", pad(&writer, width), "_".repeat(30)));
        self.line("");
        self.wrapped(sheet.w.legend, 0);
        self.wrapped(sheet.o.legend, 0);
    }

    /// A heading across the page, with what stands at its right.
    fn rule(&mut self, title: &str, right: &str, mark: Option<&str>) {
        let mark = mark.map(|mark| format!("【{mark}】")).unwrap_or_default();
        let title = format!("{mark}{title}");
        self.line("");
        let used = wide(&title) + wide(right) + 8;
        if used > COLUMNS {
            self.wrapped(&format!("== {title} =="), 0);
            self.wrapped(right, 3);
            return;
        }
        let fill = "=".repeat(COLUMNS - used);
        if right.is_empty() {
            self.line(&format!("== {title} {fill}===="));
        } else {
            self.line(&format!("== {title} {fill} {right} =="));
        }
    }

    fn target(&mut self, target: &Target, sheet: &Sheet) {
        let w = sheet.w;
        let figures = format!(
            "{} {}  {} {}  {} {}  {} {}",
            w.need,
            target.need.ja,
            w.have,
            target.have,
            w.short,
            target.short,
            w.silent,
            target.silent
        );
        self.spread(&format!("* {}", joined(&target.name)), &figures);
        self.items(&target.line, " > ");
    }

    fn section(&mut self, section: &Section, sheet: &Sheet) {
        self.rule(&joined(&section.name), &section.figures, sheet.mark);
        if section.people.is_empty() {
            self.wrapped(&both(sheet.w.nobody, sheet.o.nobody), INDENT);
        }
        for person in &section.people {
            self.person(person, sheet);
        }
    }

    fn person(&mut self, person: &Person, sheet: &Sheet) {
        self.line("");
        let number = format!("{:>5}", person.number);
        let mark = person.mark.as_ref();
        let mark = mark.map(|mark| format!("[{}]", joined(mark)));
        self.spread(
            &format!("{number}  {}", person.name),
            &mark.unwrap_or_default(),
        );
        if let Some(away) = &person.away {
            self.wrapped(&joined(away), INDENT);
        }
        self.items(&person.roles, "、");
        self.items(&person.said, "、");
        if let Some(note) = &person.note {
            self.wrapped(&format!("{}：{note}", sheet.w.tick_note), INDENT);
        }
        self.ways(&person.ways, sheet);
        self.pen(sheet.w.tick_come, sheet);
    }

    fn desk(&mut self, desk: &Desk, sheet: &Sheet) {
        self.line("");
        let name = format!("{}（{}） {}", desk.vendor.ja, desk.kind.ja, desk.name);
        match &desk.mark {
            Some(mark) => self.spread(&format!("  {name}"), &format!("[{}]", joined(mark))),
            None => self.wrapped(&name, 2),
        }
        self.items(&desk.said, "、");
        if let Some(note) = &desk.note {
            self.wrapped(&format!("{}：{note}", sheet.w.tick_note), INDENT);
        }
        self.ways(&desk.ways, sheet);
        self.pen(sheet.w.tick_accept, sheet);
    }

    fn ways(&mut self, ways: &[Reach], sheet: &Sheet) {
        if ways.is_empty() {
            self.wrapped(&both(sheet.w.no_contact, sheet.o.no_contact), INDENT);
        }
        for way in ways {
            let dead = if way.dead {
                format!("  {}", both(sheet.w.dead, sheet.o.dead))
            } else {
                String::new()
            };
            self.wrapped(&format!("{} {}{dead}", way.by, way.address), INDENT);
        }
    }

    /// What is filled in by hand.
    fn pen(&mut self, yes: &str, sheet: &Sheet) {
        let w = sheet.w;
        let begin = format!(
            "{}□ {yes}  □ {}  {} __:__  {} ",
            " ".repeat(INDENT),
            w.tick_cannot,
            w.tick_time,
            w.tick_note
        );
        let end = sheet.mark.map(|mark| format!(" 【{mark}】"));
        let end = end.unwrap_or_default();
        let room = COLUMNS.saturating_sub(wide(&begin) + wide(&end));
        self.line(&format!("{begin}{}{end}", "_".repeat(room)));
    }

    /// Left and right on one line, or below each other.
    fn spread(&mut self, left: &str, right: &str) {
        let used = wide(left) + wide(right);
        if used + 2 <= COLUMNS {
            let gap = " ".repeat(COLUMNS - used);
            self.line(&format!("{left}{gap}{right}"));
        } else {
            let mut first = 0;
            for part in wrap(left, COLUMNS - INDENT) {
                self.line(&format!("{}{part}", " ".repeat(first)));
                first = INDENT;
            }
            self.wrapped(right, INDENT);
        }
    }
}

fn both(ja: &str, en: &str) -> String {
    format!("{ja} {en}")
}

fn joined(text: &Both) -> String {
    if text.en.is_empty() {
        text.ja.clone()
    } else {
        both(&text.ja, &text.en)
    }
}

/// Columns that a text takes where doubtful widths are wide.
fn wide(text: &str) -> usize {
    text.width_cjk()
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(wide(text))))
}

/// The most columns that one character adds to its line. A variation selector
/// has none of its own, but can make the one before it wide.
fn adds(letter: char) -> usize {
    if ('\u{FE00}'..='\u{FE0F}').contains(&letter) {
        1
    } else {
        letter.width_cjk().unwrap_or(0)
    }
}

/// The text in lines of a width: broken at a space where one is near the end,
/// else between two characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for letter in text.chars() {
        let more = adds(letter);
        if used + more > width {
            let near = line.rfind(' ').filter(|at| wide(&line[*at..]) < width / 3);
            let next = near.map(|at| line.split_off(at)).unwrap_or_default();
            lines.push(line.trim_end().to_owned());
            next.trim_start().clone_into(&mut line);
            used = line.chars().map(adds).sum();
        }
        line.push(letter);
        used += more;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
