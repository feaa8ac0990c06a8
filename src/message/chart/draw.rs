//! The drawing of a chart.
//!
//! Owns places, lines and labels. Everything is in whole units of the box, and
//! a line has at most one step in each: the size does not grow with the number
//! of answers.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::dates;
use super::super::page::other;
use super::super::words::{Chart, Mail, fill, list};
use super::lines::{Lines, Steps, last};
use super::{Facts, axis};
use crate::domain::text::Language;

const WIDTH: i64 = 760;
const HEIGHT: i64 = 340;
/// The box in which the lines are.
const LEFT: i64 = 48;
const RIGHT: i64 = 612;
const TOP: i64 = 44;
const BOTTOM: i64 = 284;
/// Between two labels at the lines' ends.
const LABEL: i64 = 28;
/// What the label of a stage needs beside the next one.
const STAGE_LABEL: i64 = 58;
/// What the mere number of a stage needs.
const STAGE_NUMBER: i64 = 16;
/// The most stages that are drawn, and of these the most that are named in
/// the description: no procedure of people has more.
const STAGES: usize = 40;
const STAGES_SAID: usize = 12;
/// The shortest time that the axis shows, in seconds.
const SHORTEST: i64 = 60;
/// What remains quiet for longer than this is cut off.
const QUIET: i64 = 900;

/// A line with its label.
struct Drawn {
    class: &'static str,
    dash: &'static str,
    width: &'static str,
    label: [&'static str; 2],
    count: u32,
    path: String,
    /// Where it ends.
    y: i64,
}

struct Draw<'a> {
    facts: &'a Facts,
    zone: &'a TimeZone,
    language: Language,
    from: Timestamp,
    /// The last time that is shown.
    until: Timestamp,
    /// Whether the rest, in which nothing happened, is left out.
    cut: bool,
    highest: u32,
}

pub(super) fn svg(facts: &Facts, zone: &TimeZone, language: Language) -> String {
    let lines = Lines::of(facts);
    let highest = [
        last(&lines.called),
        last(&lines.answered),
        facts.need.unwrap_or_default(),
        1,
    ];
    let (until, cut) = shown_until(facts);
    let draw = Draw {
        facts,
        zone,
        language,
        from: facts.from,
        until,
        cut,
        highest: highest.into_iter().max().unwrap_or(1),
    };
    draw.whole(&lines)
}

/// The end of the axis. A call-out that was left open for days is not drawn as
/// one line at its left edge.
fn shown_until(facts: &Facts) -> (Timestamp, bool) {
    let stages = facts.stages.iter().map(|(_, at)| *at);
    let answers = facts.answers.iter().map(|given| given.at);
    let called = facts.called.iter().copied();
    let last = stages.chain(answers).chain(called).max();
    let last = last.unwrap_or(facts.from).max(facts.from);
    let seconds = |at: Timestamp| at.duration_since(facts.from).as_secs();
    let busy = seconds(last) + (seconds(last) / 3).max(QUIET);
    let end = facts.until.max(last);
    let shown = seconds(end).min(busy).max(SHORTEST);
    let until = facts
        .from
        .checked_add(jiff::SignedDuration::from_secs(shown));
    (until.unwrap_or(end), seconds(end) > busy)
}

impl Draw<'_> {
    fn whole(&self, lines: &Lines) -> String {
        let id = self.id();
        let mut svg = String::with_capacity(8192);
        let _ = write!(
            svg,
            r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{id}-t {id}-d" font-size="13" fill="currentColor">"#
        );
        let _ = write!(svg, r#"<title id="{id}-t">{}</title>"#, self.title());
        let _ = write!(svg, r#"<desc id="{id}-d">{}</desc>"#, self.says(lines));
        self.numbers(&mut svg);
        self.times(&mut svg);
        self.stages(&mut svg);
        self.lines(&mut svg, lines);
        self.remark(&mut svg, lines);
        svg.push_str("</svg>");
        svg
    }

    /// Only what can stand in an attribute as it is.
    fn id(&self) -> String {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        let name: String = self.facts.id.chars().filter(plain).take(64).collect();
        format!("chart-{name}")
    }

    fn words(&self) -> [&'static Chart; 2] {
        [self.language, other(self.language)].map(Chart::of)
    }

    fn title(&self) -> String {
        let [w, o] = self.words();
        let mark = Mail::of(Language::Ja).drill_band;
        let mark = Some(mark).filter(|_| self.facts.drill);
        let parts = [mark, Some(w.title), Some(o.title)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The chart in words, for whom it is read out to.
    fn says(&self, lines: &Lines) -> String {
        let languages = [self.language, other(self.language)];
        languages
            .map(|language| self.says_in(lines, language))
            .join(" ")
    }

    fn says_in(&self, lines: &Lines, language: Language) -> String {
        let w = Chart::of(language);
        let at = |at| dates::date_time(at, self.zone, language);
        let numbers = [
            &lines.called,
            &lines.answered,
            &lines.coming,
            &lines.arrived,
        ]
        .map(|steps| last(steps).to_string());
        let mut said = fill(
            w.says,
            &[
                ("from", &*at(self.facts.from)),
                ("until", &at(self.facts.until)),
                ("called", &numbers[0]),
                ("answered", &numbers[1]),
                ("coming", &numbers[2]),
                ("arrived", &numbers[3]),
            ],
        );
        let mut stages: Vec<String> = self.facts.stages[..]
            .iter()
            .take(STAGES_SAID)
            .map(|(stage, at)| {
                let at = dates::near(*at, self.facts.from, self.zone, language);
                fill(w.stage_at, &[("stage", &stage.to_string()), ("at", &at)])
            })
            .collect();
        if self.facts.stages.len() > STAGES_SAID {
            stages.push("…".to_owned());
        }
        if !stages.is_empty() {
            let stages = list(&stages, language);
            said.push_str(&fill(w.stages, &[("stages", &stages)]));
        }
        said
    }

    fn x(&self, at: Timestamp) -> i64 {
        let part = |at: Timestamp| at.duration_since(self.from).as_millis();
        let (at, whole) = (part(at), part(self.until).max(1));
        let x = at.clamp(0, whole) * i128::from(RIGHT - LEFT) / whole;
        LEFT + i64::try_from(x).unwrap_or_default()
    }

    /// Nobody is at the bottom and everybody at the top, and nothing else is.
    fn y(&self, count: u32) -> i64 {
        let height = BOTTOM - TOP;
        let (count, highest) = (i64::from(count), i64::from(self.highest));
        let up = match count {
            0 => 0,
            _ if count >= highest => height,
            _ => (count * height / highest).clamp(1, height - 1),
        };
        BOTTOM - up
    }

    fn numbers(&self, svg: &mut String) {
        let (left, right) = (LEFT - 6, RIGHT);
        for number in axis::numbers(self.highest) {
            let y = self.y(number);
            let text = y + 4;
            let _ = write!(
                svg,
                r#"<path class="grid" stroke="currentColor" stroke-opacity=".2" d="M{LEFT},{y}H{right}"/><text x="{left}" y="{text}" text-anchor="end">{number}</text>"#
            );
        }
        let [w, o] = self.words();
        let y = TOP - 26;
        let _ = write!(
            svg,
            r#"<text x="4" y="{y}" font-size="11">{}<tspan x="4" dy="13">{}</tspan></text>"#,
            w.people, o.people
        );
    }

    fn times(&self, svg: &mut String) {
        let _ = write!(
            svg,
            r#"<path fill="none" stroke="currentColor" d="M{LEFT},{TOP}V{BOTTOM}H{RIGHT}"/>"#
        );
        for tick in axis::ticks(self.from, self.until, self.zone, self.language) {
            let x = self.x(tick.at);
            let (below, text) = (BOTTOM + 5, BOTTOM + 18);
            let weight = if tick.day {
                r#" font-weight="bold""#
            } else {
                ""
            };
            let _ = write!(
                svg,
                r#"<path stroke="currentColor" d="M{x},{BOTTOM}V{below}"/><text x="{x}" y="{text}" text-anchor="middle"{weight}>{}</text>"#,
                tick.label
            );
        }
        let (y, below) = (HEIGHT - 21, HEIGHT - 5);
        let day = dates::date_time(self.from, self.zone, self.language);
        let _ = write!(svg, r#"<text x="{LEFT}" y="{y}" font-size="12">{day}"#);
        if self.cut {
            let [w, o] = self.words();
            let [quiet, beside] = [(w, self.language), (o, other(self.language))].map(|(w, l)| {
                let at = dates::near(self.facts.until, self.until, self.zone, l);
                fill(w.quiet, &[("at", &at)])
            });
            let _ = write!(
                svg,
                r#"</text><text x="{RIGHT}" y="{below}" font-size="12" text-anchor="end">→ {quiet} <tspan font-size="11">{beside}</tspan>"#
            );
        }
        svg.push_str("</text>");
    }

    fn stages(&self, svg: &mut String) {
        let [w, o] = self.words();
        let mut free = LEFT;
        for (stage, at) in self.facts.stages.iter().take(STAGES) {
            let x = self.x(*at);
            let _ = write!(
                svg,
                r#"<path class="stage" stroke="currentColor" stroke-opacity=".6" stroke-dasharray="1 4" stroke-linecap="round" stroke-width="2" d="M{x},{}V{BOTTOM}"/>"#,
                TOP - 4
            );
            let number = stage.to_string();
            let (first, second) = (TOP - 22, TOP - 9);
            if x >= free && x + STAGE_LABEL <= RIGHT + STAGE_LABEL / 2 {
                let [said, beside] = [w, o].map(|w| fill(w.stage, &[("stage", &number)]));
                let _ = write!(
                    svg,
                    r#"<text x="{x}" y="{first}" font-size="12">{said}<tspan x="{x}" y="{second}" font-size="11">{beside}</tspan></text>"#
                );
                free = x + STAGE_LABEL;
            } else if x >= free {
                let _ = write!(
                    svg,
                    r#"<text x="{x}" y="{second}" font-size="11" text-anchor="middle">{number}</text>"#
                );
                free = x + STAGE_NUMBER;
            }
        }
    }

    fn lines(&self, svg: &mut String, lines: &Lines) {
        let [w, o] = self.words();
        let mut drawn = Vec::new();
        let mut line = |class, dash, width, label, steps: &Steps| {
            drawn.push(Drawn {
                class,
                dash,
                width,
                label,
                count: last(steps),
                path: self.path(steps),
                y: self.y(last(steps)),
            });
        };
        line("called", "none", "1.5", [w.called, o.called], &lines.called);
        if let Some(need) = self.facts.need {
            let need = vec![(self.from, need)];
            line("need", "14 4 2 4", "1.5", [w.need, o.need], &need);
        }
        let answered = [w.answered, o.answered];
        line("answered", "none", "3.5", answered, &lines.answered);
        line("coming", "9 5", "2.5", [w.coming, o.coming], &lines.coming);
        let arrived = [w.arrived, o.arrived];
        line("arrived", "2 3", "2.5", arrived, &lines.arrived);
        for line in &drawn {
            let _ = write!(
                svg,
                r#"<path class="{}" fill="none" stroke="currentColor" stroke-width="{}" stroke-dasharray="{}" d="{}"/>"#,
                line.class, line.width, line.dash, line.path
            );
        }
        labels(svg, &drawn);
    }

    /// Steps as a path: from the left edge to the right one.
    fn path(&self, steps: &Steps) -> String {
        let mut points: Vec<(i64, i64)> = vec![(LEFT, self.y(0))];
        for (at, count) in steps {
            let (x, y) = (self.x(*at), self.y(*count));
            match points.last_mut() {
                // The last of one place is what stood when it was over.
                Some(point) if point.0 == x => point.1 = y,
                Some(point) if point.1 == y => {}
                _ => points.push((x, y)),
            }
        }
        let (mut x, mut y) = points[0];
        let mut path = format!("M{x},{y}");
        for (next_x, next_y) in points.into_iter().skip(1) {
            if next_x != x {
                let _ = write!(path, "h{}", next_x - x);
            }
            if next_y != y {
                let _ = write!(path, "v{}", next_y - y);
            }
            (x, y) = (next_x, next_y);
        }
        let _ = write!(path, "H{RIGHT}");
        path
    }

    /// What is said instead of lines.
    fn remark(&self, svg: &mut String, lines: &Lines) {
        let say = |w: &'static Chart| match (lines.called.is_empty(), self.facts.over) {
            _ if !lines.answered.is_empty() => None,
            (true, _) => Some(w.nobody_called),
            (false, true) => Some(w.no_answer_over),
            (false, false) => Some(w.no_answer),
        };
        let [Some(said), Some(beside)] = self.words().map(say) else {
            return;
        };
        let (x, y) = (i64::midpoint(LEFT, RIGHT), i64::midpoint(TOP, BOTTOM));
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{y}" font-size="18" text-anchor="middle">{said}<tspan x="{x}" dy="20" font-size="14">{beside}</tspan></text>"#
        );
    }
}

/// The lines' names and last numbers beside their ends, apart from each other.
fn labels(svg: &mut String, drawn: &[Drawn]) {
    let mut order: Vec<&Drawn> = drawn.iter().collect();
    order.sort_by_key(|line| line.y);
    let mut places: Vec<i64> = Vec::with_capacity(order.len());
    for line in &order {
        let after = places.last().map_or(TOP, |place| place + LABEL);
        places.push(line.y.max(after));
    }
    let mut most = BOTTOM - 8;
    for place in places.iter_mut().rev() {
        *place = (*place).min(most);
        most = *place - LABEL;
    }
    for (line, y) in order.into_iter().zip(places) {
        let (end, y_text) = (RIGHT + 4, y + 4);
        let _ = write!(
            svg,
            r#"<g class="{}"><path fill="none" stroke="currentColor" stroke-opacity=".5" d="M{RIGHT},{}L{end},{y}"/><path fill="none" stroke="currentColor" stroke-width="{}" stroke-dasharray="{}" d="M{end},{y}h26"/></g>"#,
            line.class, line.y, line.width, line.dash
        );
        let x = end + 32;
        let [said, beside] = line.label;
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{y_text}">{said} <tspan font-weight="bold">{}</tspan><tspan x="{x}" dy="12" font-size="11">{beside}</tspan></text>"#,
            line.count
        );
    }
}
