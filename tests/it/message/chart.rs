//! The chart: what it says, and what may never happen to its lines.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use muster::domain::acknowledgement::Reply;
use muster::domain::event::Mode;
use muster::domain::journal::{Entry, Record, StageCause};
use muster::domain::text::Language;
use muster::message::chart::{Facts, Given, LONGEST, svg};
use proptest::prelude::*;

use super::fixture::{at, call_out};

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn after(seconds: i64) -> Timestamp {
    at("03:12:00") + SignedDuration::from_secs(seconds)
}

/// So many called at the opening; answers as seconds, person and reply.
fn facts(called: usize, length: i64, answers: &[(i64, usize, Reply)]) -> Facts {
    Facts {
        id: "c-20261123-k7qm".into(),
        drill: false,
        from: after(0),
        until: after(length),
        over: true,
        stages: vec![(1, after(0))],
        called: vec![after(0); called],
        answers: answers
            .iter()
            .map(|(seconds, person, reply)| Given {
                at: after(*seconds),
                person: *person,
                reply: *reply,
            })
            .collect(),
        need: None,
    }
}

fn drawn(facts: &Facts) -> String {
    let chart = svg(facts, &tokyo(), Language::Ja);
    assert!(chart.len() < LONGEST, "{} bytes", chart.len());
    chart
}

/// The points of the line of a class.
fn line(chart: &str, class: &str) -> Vec<(i64, i64)> {
    let begin = format!(r#"<path class="{class}""#);
    let (_, rest) = chart.split_once(&begin).expect(class);
    let path = rest.split_once(" d=\"").unwrap().1;
    let path = path.split_once('"').unwrap().0;
    let (mut x, mut y) = (0, 0);
    let mut points = Vec::new();
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let number = rest[1..].find(|c: char| c != '-' && !c.is_ascii_digit());
        let (part, after) = rest.split_at(number.map_or(rest.len(), |end| end + 1));
        let number: i64 = part[1..].parse().unwrap_or_else(|_| panic!("{path}"));
        match command {
            'M' | 'H' => x = number,
            ',' => y = number,
            'h' => x += number,
            'v' => y += number,
            _ => panic!("{path}"),
        }
        points.push((x, y));
        rest = after;
    }
    // Before its second number the first point was none.
    points.remove(0);
    points
}

#[test]
fn one_answer_is_one_step() {
    let chart = drawn(&facts(1, 600, &[(300, 0, Reply::Coming)]));
    assert_eq!(
        line(&chart, "answered"),
        [(48, 284), (330, 284), (330, 44), (612, 44)]
    );
    assert!(chart.contains("回答 <tspan font-weight=\"bold\">1</tspan>"));
    assert!(chart.contains(">03:16<") && chart.contains("2026年11月23日(月) 03:12"));
}

#[test]
fn no_answer_is_said_in_words() {
    let open = Facts {
        over: false,
        ..facts(12, 600, &[])
    };
    assert!(drawn(&open).contains("回答はまだありません<tspan"));
    assert!(drawn(&facts(12, 600, &[])).contains("回答はありませんでした"));
    assert!(drawn(&facts(0, 0, &[])).contains("誰も招集していません"));
}

#[test]
fn ten_thousand_answers_are_no_larger_than_the_picture() {
    let answers: Vec<_> = (0..10_000)
        .map(|person| {
            let seconds = i64::try_from(person * 7919 % 10_000).unwrap();
            (
                seconds,
                person,
                [Reply::Coming, Reply::Arrived, Reply::Cannot][person % 3],
            )
        })
        .collect();
    let mut facts = facts(10_000, 10_000, &answers);
    facts.stages = (1..500)
        .map(|stage| (stage, after(20 * i64::from(stage))))
        .collect();
    facts.called = (0..10_000).map(after).collect();
    let chart = drawn(&facts);
    assert_eq!(line(&chart, "answered").last(), Some(&(612, 44)));
}

#[test]
fn two_minutes_and_three_days_have_marks_that_people_use() {
    let marks = |facts: &Facts| -> Vec<String> {
        let chart = drawn(facts);
        let texts = chart.split("text-anchor=\"middle\"").skip(1);
        let label = |text: &str| Some(text.split_once('>')?.1.split_once('<')?.0.to_owned());
        texts.filter_map(label).collect()
    };
    assert_eq!(
        marks(&facts(3, 120, &[(30, 0, Reply::Coming)])),
        ["03:12:00", "03:12:30", "03:13:00", "03:13:30", "03:14:00"]
    );
    let days = 3 * 86_400;
    let mut late = facts(3, days, &[(days - 60, 0, Reply::Arrived)]);
    assert_eq!(
        marks(&late),
        [
            "12:00",
            "11月24日",
            "12:00",
            "11月25日",
            "12:00",
            "11月26日"
        ]
    );
    // What was left open after the last answer is cut off, and said.
    late.answers[0].at = after(600);
    assert_eq!(marks(&late)[..2], ["03:15", "03:20"]);
    assert!(drawn(&late).contains("→ 2026年11月26日(木) 03:12まで動きはありません"));
}

#[test]
fn a_clock_that_is_put_back_has_no_mark_twice() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let from: Timestamp = "2026-11-01T04:30:00Z".parse().unwrap();
    let night = Facts {
        from,
        until: from + SignedDuration::from_hours(5),
        called: vec![from],
        stages: Vec::new(),
        answers: vec![Given {
            at: from + SignedDuration::from_hours(5),
            person: 0,
            reply: Reply::Coming,
        }],
        ..facts(1, 0, &[])
    };
    let chart = svg(&night, &zone, Language::En);
    for mark in ["01:00", "02:00", "03:00", "04:00"] {
        assert_eq!(chart.matches(&format!(">{mark}<")).count(), 1, "{chart}");
    }
}

#[test]
fn who_unsays_it_is_counted_no_more() {
    let chart = drawn(&facts(
        2,
        600,
        &[(60, 0, Reply::Coming), (300, 0, Reply::Cannot)],
    ));
    assert_eq!(line(&chart, "coming").last(), Some(&(612, 284)));
    assert_eq!(line(&chart, "answered").last(), Some(&(612, 164)));
}

#[test]
fn an_exercise_says_so_and_what_is_real_does_not() {
    let mut facts = facts(2, 600, &[(60, 0, Reply::Coming)]);
    let real = drawn(&facts);
    facts.drill = true;
    let drill = drawn(&facts);
    assert!(drill.contains("<title id=\"chart-c-20261123-k7qm-t\">訓練 DRILL 回答の推移"));
    assert!(!real.contains("訓練") && !real.contains("DRILL"));
}

#[test]
fn the_chart_of_a_call_out_ends_at_its_figures() {
    let call_out = call_out(Mode::Real);
    let mut records: Vec<Record> = Vec::new();
    let mut write = |entry| {
        let seq = records.len() as u64 + 1;
        records.push(Record {
            seq,
            at: at("03:20:00"),
            entry,
        });
    };
    write(Entry::Stage {
        stage: 1,
        cause: StageCause::Due,
        called: 6,
        reminded: 0,
    });
    for answer in call_out
        .participants
        .values()
        .filter_map(|person| person.answer.as_ref())
    {
        write(Entry::Answered {
            person: answer.answer.person.clone(),
            reply: answer.answer.reply,
            eta_minutes: None,
            note: None,
            via: answer.answer.via.clone(),
            by: answer.answer.by.clone(),
            doubtful: answer.doubtful,
        });
    }
    let counts = call_out.counts();
    for facts in [
        Facts::of(&call_out, &records, at("03:30:00")),
        Facts::of(&call_out, &[], at("03:30:00")),
    ] {
        let chart = drawn(&facts);
        for (label, count) in [
            ("招集", counts.called),
            ("回答", counts.answered),
            ("参集・到着", counts.coming + counts.arrived),
            ("到着", counts.arrived),
        ] {
            let said = format!(">{label} <tspan font-weight=\"bold\">{count}</tspan>");
            assert!(chart.contains(&said), "{said} in {chart}");
        }
    }
}

#[test]
fn it_brings_no_script_and_no_style_of_its_own() {
    let chart = drawn(&facts(3, 600, &[(60, 0, Reply::Coming)]));
    for absent in ["<script", "style", "href", " on"] {
        assert!(!chart.contains(absent), "{absent} in {chart}");
    }
    assert!(chart.contains(
        r#"role="img" aria-labelledby="chart-c-20261123-k7qm-t chart-c-20261123-k7qm-d""#
    ));
}

fn replies() -> impl Strategy<Value = Reply> {
    prop::sample::select(Reply::OF_STAFF.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn lines_stay_in_the_box_and_time_goes_on(
        called in 0_usize..60,
        length in 0_i64..400_000,
        stages in prop::collection::vec(-100_i64..400_000, 0..60),
        answers in prop::collection::vec((-100_i64..400_000, 0_usize..60, replies()), 0..200),
        need in prop::option::of(0_u32..200),
    ) {
        let answers: Vec<_> = answers.into_iter().filter(|(_, person, _)| *person < called).collect();
        let mut facts = facts(called, length, &answers);
        facts.stages = (1..).zip(stages.into_iter().map(after)).collect();
        facts.need = need;
        let chart = drawn(&facts);
        for class in ["called", "answered", "coming", "arrived"] {
            let points = line(&chart, class);
            prop_assert!(points.iter().all(|(x, y)| (48..=612).contains(x) && (44..=284).contains(y)));
            prop_assert!(points.is_sorted_by_key(|(x, _)| *x), "{class} goes back");
            let falls = points.windows(2).any(|pair| pair[1].1 > pair[0].1);
            prop_assert!(!falls || !["called", "answered"].contains(&class), "{class} falls");
        }
    }
}
