//! Whoever was told of a drill hears that its day has changed: moved again, or
//! another plan.

use jiff::civil::Weekday;
use muster::domain::plan::Plan;
use muster::domain::schedule::{Day, Hour, Nth, Schedule};

use super::schedule::{announced, contact, first_tuesday, notices, runs, scheduled};
use crate::support::world::{Sent, World};

/// A change of the plan.
type Otherwise = fn(&mut Plan);

fn second_tuesday() -> Schedule {
    Schedule {
        words: "第2火曜日 10:00".to_owned(),
        day: Day::Weekday(Nth::Nth(2), Weekday::Tuesday),
        ..first_tuesday()
    }
}

/// On Monday the 30th the IT staff were told of Tuesday the 1st.
async fn told_of_the_first() -> World {
    let world = World::with(scheduled(announced(first_tuesday()))).await;
    world.advance("151h").await;
    assert_eq!(notices(&world).len(), 2, "it-1 and it-2");
    world
}

/// Who was told what since, by the subject.
fn since(world: &World, before: usize, what: &str) -> Vec<String> {
    let notices = notices(world);
    let told = notices[before..].iter();
    let told = told.filter(|sent| sent.subject.contains(what));
    let mut to: Vec<String> = told.map(|sent| sent.to.clone()).collect();
    to.sort_unstable();
    to
}

fn it_staff(world: &World) -> Vec<String> {
    vec![world.address("it-1"), world.address("it-2")]
}

/// Another day in the plan is told to whoever heard of the first one, once,
/// whatever ends the daemon; and not announced anew.
#[tokio::test]
async fn whoever_was_told_of_a_day_hears_of_the_day_that_the_plan_sets_instead() {
    let mut world = told_of_the_first().await;
    world.change(scheduled(announced(second_tuesday()))).await;
    world.turn().await;
    let mut world = world.crash().await;
    world.advance("1h").await;
    assert_eq!(since(&world, 2, "予定の変更"), it_staff(&world));
    let said: &Sent = &notices(&world)[2];
    for day in ["2026年12月1日(火) 10:00", "2026年12月8日(火) 10:00"] {
        assert!(said.body.contains(day), "{day} in {}", said.body);
    }
    // Whoever is no longer told beforehand was told then.
    world.change(scheduled(first_tuesday())).await;
    world.advance("1h").await;
    assert_eq!(since(&world, 4, "予定の変更"), it_staff(&world));
    world.change(scheduled(announced(second_tuesday()))).await;
    world.advance("216h").await;
    assert_eq!(runs(&world).await, ["2026-12-08 10:00"]);
    assert_eq!(notices(&world).len(), 8, "nothing is announced anew");
}

/// A drill that is taken out of the plan is taken back from whoever was told.
#[tokio::test]
async fn whoever_was_told_of_a_day_hears_that_the_drill_is_gone() {
    let gone: [Otherwise; 3] = [
        |plan| contact(plan).schedule = None,
        |plan| {
            plan.drills.shift_remove("contact");
        },
        |plan| contact(plan).schedule.as_mut().unwrap().months = vec![3],
    ];
    for gone in gone {
        let mut world = told_of_the_first().await;
        world.change(gone).await;
        world.turn().await;
        let world = world.crash().await;
        world.advance("48h").await;
        assert_eq!(since(&world, 2, "予告の取消し"), it_staff(&world));
        assert_eq!(notices(&world).len(), 4, "once");
        let said = &notices(&world)[2].body;
        assert!(said.contains("2026年12月1日(火) 10:00"), "{said}");
        assert!(runs(&world).await.is_empty());
    }
}

/// Office hours of another day, or another zone, change the day as well.
#[tokio::test]
async fn whoever_was_told_of_a_day_hears_that_the_office_is_closed_on_it() {
    let mut world = told_of_the_first().await;
    world
        .change(|plan| {
            let hours = plan.office_hours.as_mut().unwrap();
            hours.days.retain(|day| *day != Weekday::Tuesday);
        })
        .await;
    world.advance("1h").await;
    assert_eq!(since(&world, 2, "予定の変更"), it_staff(&world));
    world.advance("47h").await;
    assert_eq!(runs(&world).await, ["2026-12-02 10:00"]);
}

/// A drill that is moved day after day: administrators hear it once, whoever
/// waits for it each time.
#[tokio::test]
async fn whoever_was_told_hears_of_each_day_to_which_a_drill_is_moved() {
    let world = told_of_the_first().await;
    world.advance("23h").await;
    let real = world.earthquake("5-").await.remove(0);
    world.advance("72h").await;
    let it_1 = world.address("it-1");
    let moved: Vec<Sent> = notices(&world)
        .into_iter()
        .filter(|sent| sent.to == it_1 && sent.subject.contains("延期"))
        .collect();
    assert_eq!(moved.len(), 3);
    assert!(moved[2].body.contains("2026年12月4日(金) 10:00"));
    assert_eq!(
        since(&world, 2, "延期").len(),
        7,
        "the administrator, once, and two people three times"
    );
    world.stand_down(&real, "終了").await;
}

/// A time that is drawn is drawn anew where the run is moved: the notice says
/// the day alone, and the time of the day before gives nothing away.
#[tokio::test]
async fn a_surprise_drill_that_is_moved_gives_its_new_time_not_away() {
    let surprise = || Schedule {
        words: "第2週の開庁時間内に抜き打ち".to_owned(),
        day: Day::Week(2),
        hour: Hour::Office,
        otherwise: None,
        ..first_tuesday()
    };
    let undisturbed = World::with(scheduled(surprise())).await;
    undisturbed.advance("520h").await;
    let due = runs(&undisturbed).await.remove(0);
    let world = World::with(scheduled(announced(surprise()))).await;
    world.advance("300h").await;
    let real = world.earthquake("5-").await.remove(0);
    let moved = |world: &World| {
        let mut notices = notices(world);
        notices.retain(|sent| sent.subject.contains("延期"));
        notices
    };
    while moved(&world).is_empty() {
        world.advance("1h").await;
    }
    world.stand_down(&real, "終了").await;
    world.advance("120h").await;
    let run = runs(&world).await.remove(0);
    let (day, time) = run.split_once(' ').unwrap();
    let (due_day, due_time) = due.split_once(' ').unwrap();
    assert!(day > due_day, "{due} was moved to {run}");
    assert_ne!(time, due_time);
    assert!(("08:30".."17:15").contains(&time), "{run}");
    for told in moved(&world) {
        assert!(!told.body.contains(due_time), "{}", told.body);
        assert!(!told.body.contains(time), "{}", told.body);
        assert!(told.body.contains("時刻は予告しません"), "{}", told.body);
    }
}

/// What the plan names at a time at which no rule applies, or in the name of
/// somebody who may not order it, falls out at once, and administrators read
/// why.
#[tokio::test]
async fn a_drill_that_cannot_start_falls_out_in_words() {
    use muster::domain::event::{EventKind, Posture};
    use muster::domain::office_hours::Hours;
    let impossible: [(Otherwise, &str); 2] = [
        (
            |plan| {
                for rule in plan.rules.values_mut() {
                    rule.hours = Some(Hours::Off);
                }
            },
            "当たる規則がない",
        ),
        (
            |plan| {
                contact(plan).event = EventKind::WindFlood {
                    posture: Posture::new(3).unwrap(),
                    ordered_by: "it-1".into(),
                    acting_for: None,
                };
            },
            "命令",
        ),
    ];
    for (change, why) in impossible {
        let world = World::with(|plan| {
            scheduled(first_tuesday())(plan);
            change(plan);
        })
        .await;
        world.advance("180h").await;
        assert!(runs(&world).await.is_empty());
        let told = notices(&world);
        let to: Vec<&str> = told.iter().map(|sent| sent.to.as_str()).collect();
        assert!(
            to.contains(&world.address("it-manager").as_str()),
            "{why}: {to:?}"
        );
        for told in &told {
            assert!(told.subject.contains("見送り"), "{}", told.subject);
            assert!(told.body.contains(why), "{why} in {}", told.body);
        }
        let before = told.len();
        world.advance("300h").await;
        assert_eq!(notices(&world).len(), before, "once");
    }
}
