//! The picture of what one person costs as the roster grows.
//!
//! Owns the drawing: both axes logarithmic, so that a flat cost is a flat line.
//! It must not measure.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 50.0;

/// Microseconds a person shown at most and at least.
const COST: (f64, f64) = (10.0, 10_000.0);

/// People shown at least and at most.
const PEOPLE: (f64, f64) = (100.0, 100_000.0);

fn along(value: f64, (low, high): (f64, f64)) -> f64 {
    ((value / low).ln() / (high / low).ln()).clamp(0.0, 1.0)
}

fn x(people: f64) -> f64 {
    LEFT + along(people, PEOPLE) * (WIDTH - LEFT - RIGHT)
}

fn y(cost: f64) -> f64 {
    HEIGHT - BOTTOM - along(cost, COST) * (HEIGHT - TOP - BOTTOM)
}

/// The curve as SVG: of each size its people, and the milliseconds until all
/// mails by the program and by the reference.
pub(crate) fn draw(points: &[(usize, f64, f64)]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"16\">From the event to the last mail taken: microseconds a person</text>\n"
    );
    for people in [100.0, 1_000.0, 10_000.0, 100_000.0] {
        let _ = writeln!(
            svg,
            "<path d=\"M{0:.0} {TOP}V{1:.0}\" stroke=\"#ddd\"/><text x=\"{0:.0}\" y=\"{2:.0}\" text-anchor=\"middle\">{people} people</text>",
            x(people),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 20.0,
        );
    }
    for cost in [10.0, 100.0, 1_000.0, 10_000.0] {
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {0:.0}H{1:.0}\" stroke=\"#ddd\"/><text x=\"{2:.0}\" y=\"{3:.0}\" text-anchor=\"end\">{cost} µs</text>",
            y(cost),
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(cost) + 4.0,
        );
    }
    line(
        &mut svg,
        "muster, durable",
        "#b3261e",
        (40.0, -9.0),
        points.iter().map(|p| (p.0, p.1)),
    );
    line(
        &mut svg,
        "smtp-source, keeps nothing",
        "#1f5fa8",
        (250.0, 20.0),
        points.iter().map(|p| (p.0, p.2)),
    );
    svg.push_str("</svg>\n");
    svg
}

/// A line, its name so far to the right, its figures so far below their dots.
fn line(
    svg: &mut String,
    name: &str,
    colour: &str,
    (at, below): (f64, f64),
    points: impl Iterator<Item = (usize, f64)>,
) {
    let mut path = String::new();
    let mut dots = String::new();
    for (people, millis) in points.filter(|(people, _)| *people >= 100) {
        let cost = millis * 1000.0 / people as f64;
        let (x, y) = (x(people as f64), y(cost));
        let _ = write!(
            path,
            "{}{x:.0} {y:.0}",
            if path.is_empty() { 'M' } else { 'L' }
        );
        let _ = writeln!(
            dots,
            "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"4\" fill=\"{colour}\"/><text x=\"{x:.0}\" y=\"{:.0}\" fill=\"{colour}\" text-anchor=\"middle\">{cost:.0}</text>",
            y + below,
        );
    }
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n{dots}<text x=\"{:.0}\" y=\"42\" fill=\"{colour}\">{name}</text>",
        LEFT + at,
    );
}
