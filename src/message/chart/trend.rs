//! The chart of several runs beside each other: how many answered, and how
//! long that took.
//!
//! Owns what is drawn ([`Point`]) and the drawing: a bar for the share of
//! answers, a dot for the median, one column a run. It reads in black and
//! white. Pure: the same points are the same chart.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::dates;
use super::super::page::other;
use super::super::words::{Chart, Mail, fill};
use super::axis;
use crate::domain::run::Run;
use crate::domain::text::Language;

const WIDTH: i64 = 760;
const HEIGHT: i64 = 330;
const LEFT: i64 = 52;
const RIGHT: i64 = 704;
const TOP: i64 = 48;
const BOTTOM: i64 = 250;
/// The widest bar.
const BAR: i64 = 44;
/// The most runs that are drawn: the latest.
const DRAWN: usize = 24;
/// Up to so many, each carries its numbers.
const NAMED: usize = 13;

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When it was opened.
    pub at: Timestamp,
    /// How many in a hundred answered; `None` where nobody was called.
    pub percent: Option<u32>,
    /// Half of the answers took no longer; `None` where nobody answered.
    pub median: Option<Duration>,
}

impl From<&Run> for Point {
    fn from(run: &Run) -> Self {
        Self {
            at: run.opened_at,
            percent: run.answered_percent(),
            median: run.times.median,
        }
    }
}

struct Draw<'a> {
    points: &'a [Point],
    zone: &'a TimeZone,
    language: Language,
    /// The highest median, in minutes.
    highest: i64,
}

/// The chart of a drill's runs, oldest first; it carries the mark.
pub fn svg(id: &str, points: &[Point], zone: &TimeZone, language: Language) -> String {
    let points = &points[points.len().saturating_sub(DRAWN)..];
    let minutes = |point: &Point| point.median.map(minutes_up);
    let draw = Draw {
        points,
        zone,
        language,
        highest: points.iter().filter_map(minutes).max().unwrap_or(1).max(1),
    };
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let id: String = id.chars().filter(plain).take(64).collect();
    draw.whole(&id)
}

fn minutes_up(length: Duration) -> i64 {
    i64::try_from(length.as_secs().div_ceil(60)).unwrap_or(i64::MAX)
}

impl Draw<'_> {
    fn whole(&self, id: &str) -> String {
        let [w, o] = [self.language, other(self.language)].map(Chart::of);
        let mark = Mail::of(Language::Ja).drill_band;
        let mut svg = String::with_capacity(4096);
        let _ = write!(
            svg,
            r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="trend-{id}-t trend-{id}-d" font-size="13" fill="currentColor">"#
        );
        let (title, beside) = (w.trend, o.trend);
        let _ = write!(
            svg,
            r#"<title id="trend-{id}-t">{mark} {title} {beside}</title><desc id="trend-{id}-d">{}</desc>"#,
            self.says()
        );
        self.axes(&mut svg);
        for index in 0..self.points.len() {
            self.column(&mut svg, index);
        }
        self.line(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    /// The chart in words, for whom it is read out to.
    fn says(&self) -> String {
        let languages = [self.language, other(self.language)];
        let said = languages.map(|language| {
            let w = Chart::of(language);
            let one = self.points.iter().map(|point| {
                let at = dates::date(self.zone.to_datetime(point.at).date(), language);
                let percent = point.percent.map(|percent| format!("{percent}%"));
                let percent = percent.unwrap_or_else(|| w.nobody_called.to_owned());
                let median = point.median.map(|it| dates::span(it, language));
                let median = median.unwrap_or_else(|| w.no_answer_over.to_owned());
                let values = [("at", &*at), ("percent", &percent), ("median", &median)];
                fill(w.trend_one, &values)
            });
            one.collect::<Vec<_>>().join(" ")
        });
        said.join(" ")
    }

    fn y(&self, part: i64, whole: i64) -> i64 {
        BOTTOM - (BOTTOM - TOP) * part / whole.max(1)
    }

    /// The middle of a column.
    fn x(&self, index: usize) -> i64 {
        let count = i64::try_from(self.points.len()).unwrap_or(1).max(1);
        let index = i64::try_from(index).unwrap_or_default();
        LEFT + (RIGHT - LEFT) * (2 * index + 1) / (2 * count)
    }

    fn y_median(&self, median: Duration) -> i64 {
        let seconds = i64::try_from(median.as_secs()).unwrap_or(i64::MAX);
        self.y(seconds, self.highest * 60)
    }

    fn axes(&self, svg: &mut String) {
        let [w, o] = [self.language, other(self.language)].map(Chart::of);
        let _ = write!(
            svg,
            r#"<g font-size="12"><text x="4" y="16">▮ {} <tspan font-size="11">{}</tspan></text><text x="{WIDTH}" y="16" text-anchor="end">● {} <tspan font-size="11">{}</tspan></text></g>"#,
            w.trend_percent, o.trend_percent, w.trend_median, o.trend_median
        );
        for percent in [0, 25, 50, 75, 100] {
            let y = self.y(percent, 100);
            let _ = write!(
                svg,
                r#"<path fill="none" stroke="currentColor" stroke-opacity=".25" d="M{LEFT},{y}H{RIGHT}"/><text x="{}" y="{}" text-anchor="end">{percent}%</text>"#,
                LEFT - 6,
                y + 4
            );
        }
        for minutes in axis::numbers(u32::try_from(self.highest).unwrap_or(u32::MAX)) {
            let y = self.y(i64::from(minutes), self.highest) + 4;
            let _ = write!(
                svg,
                r#"<text x="{}" y="{y}">{minutes}{}</text>"#,
                RIGHT + 6,
                w.trend_minutes
            );
        }
    }

    /// The bar of a run, and what stands under it.
    fn column(&self, svg: &mut String, index: usize) {
        let (x, point) = (self.x(index), &self.points[index]);
        let count = i64::try_from(self.points.len()).unwrap_or(1).max(1);
        let width = BAR.min((RIGHT - LEFT) * 6 / (10 * count)).max(4);
        let named = self.points.len() <= NAMED;
        if let Some(percent) = point.percent {
            let y = self.y(i64::from(percent), 100);
            let _ = write!(
                svg,
                r#"<rect class="answered" x="{}" y="{y}" width="{width}" height="{}" fill="currentColor" fill-opacity=".22" stroke="currentColor"/>"#,
                x - width / 2,
                BOTTOM - y
            );
        }
        self.under(svg, index, named);
    }

    /// The day of a run, and its numbers where there is room.
    fn under(&self, svg: &mut String, index: usize, named: bool) {
        let (x, point) = (self.x(index), &self.points[index]);
        let day = |point: &Point| self.zone.to_datetime(point.at).date();
        let date = day(point);
        let mut line = |number: i64, weight: &str, said: &str| {
            let y = BOTTOM + 18 + 17 * number;
            let _ = write!(
                svg,
                r#"<text x="{x}" y="{y}" font-size="12" font-weight="{weight}" text-anchor="middle">{said}</text>"#
            );
        };
        if named || index.is_multiple_of(4) {
            line(0, "normal", &format!("{}/{}", date.month(), date.day()));
        }
        if named {
            let percent = point.percent.map(|percent| format!("▮ {percent}%"));
            line(1, "bold", percent.as_deref().unwrap_or("▮ -"));
            let median = point.median.map(|it| {
                let seconds = it.as_secs();
                format!("● {}:{:02}", seconds / 60, seconds % 60)
            });
            line(2, "normal", median.as_deref().unwrap_or("● -"));
        }
        let before = index.checked_sub(1).map(|before| day(&self.points[before]));
        if before.is_none_or(|before| before.year() != date.year()) {
            line(3, "normal", &date.year().to_string());
        }
    }

    /// The medians, joined where no run without one lies between.
    fn line(&self, svg: &mut String) {
        let mut path = String::new();
        let mut joined = false;
        let mut dots = String::new();
        for (index, point) in self.points.iter().enumerate() {
            let Some(median) = point.median else {
                joined = false;
                continue;
            };
            let (x, y) = (self.x(index), self.y_median(median));
            let command = if joined { 'L' } else { 'M' };
            let _ = write!(path, "{command}{x},{y}");
            let _ = write!(dots, r#"<circle class="need" cx="{x}" cy="{y}" r="5"/>"#);
            joined = true;
        }
        if !path.is_empty() {
            let _ = write!(
                svg,
                r#"<path class="need" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="6 3" d="{path}"/>{dots}"#
            );
        }
    }
}
