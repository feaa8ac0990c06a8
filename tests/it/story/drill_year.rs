//! A year of drills: twelve months, what was held, what was missed, who was
//! never reached; and the report of it all.

use std::sync::Arc;

use base64::prelude::*;
use jiff::Timestamp;
use muster::domain::acknowledgement::Reply;
use muster::domain::drill::DrillKind;
use muster::domain::drill_duty::Days;
use muster::domain::drill_record::{DrillRecord, Participant};
use muster::domain::id::{CallOutId, RecordId};
use muster::domain::journal::Record;
use muster::domain::plan::Plan;
use muster::domain::schedule::Foretold;
use muster::domain::text::Text;
use muster::message::report::year::{Year, file_names};
use muster::message::view::ComingDrill;
use muster::report::drill_year::{self, Beside, Gathered, Wanted};
use muster::report::workbook;
use muster::store::Kept;

use super::drill_months::{days, held};
use crate::support::world::World;

fn wanted(plan: &Plan, number: i16, addresses: bool, now: Timestamp) -> Wanted<'_> {
    Wanted {
        plan,
        number,
        calendar: false,
        days: Days::fiscal(number).unwrap(),
        addresses,
        now,
    }
}

/// The report of a year, as the daemon makes it.
pub(super) async fn year(world: &World, number: i16, addresses: bool) -> Year {
    let days = Days::fiscal(number).unwrap();
    let (standing, now) = (world.engine.standing(), world.clock.now());
    let seen = Arc::clone(&standing);
    let each = move |all: &mut Gathered, kept: &Kept, records: &[Record]| {
        all.add(kept, records, wanted(&seen.plan, number, addresses, now));
    };
    let gathered = world.engine.each_run(days, Gathered::default(), each);
    let gathered = gathered.await.unwrap();
    let store = world.engine.store();
    let begin = format!("{number}-04-01T00:00:00+09:00").parse().unwrap();
    let beside = Beside {
        coming: &[],
        records: &store.drill_records(days.first, days.last).await.unwrap(),
        held: &world.engine.drills_held(days).await.unwrap(),
        bounces: &world.engine.bounces(begin).await.unwrap(),
    };
    gathered.year(wanted(&standing.plan, number, addresses, now), beside)
}

/// A tabletop drill that was written down.
pub(super) async fn record(world: &World, day: &str) {
    let record = DrillRecord {
        id: RecordId::new(format!("r-{day}")),
        kind: DrillKind::Tabletop,
        held_on: day.parse().unwrap(),
        title: "停電の想定".to_owned(),
        note: None,
        participants: vec![
            Participant::Person("it-1".into(), Text::new("職員1", "IT staff 1")),
            Participant::Number(4),
        ],
        files: Vec::new(),
        by: "token:duty".into(),
        recorded_at: world.clock.now(),
        withdrawn: None,
    };
    let keep = world.engine.keep_drill_record(&record, Vec::new());
    keep.await.unwrap();
}

/// November is nobody's month yet; December to February there is a drill, of
/// which one nobody answers; in March a table.
async fn lived() -> (World, Vec<CallOutId>) {
    let world = World::example().await;
    world.advance("7h").await;
    let gone = world.plan().roster.people["it-2"].contacts.clone();
    for contact in &gone {
        world.bounce(&contact.address);
    }
    let mut ids = Vec::new();
    for answers in [&[("it-1", 7)][..], &[], &[("it-1", 1), ("it-manager", 4)]] {
        days(&world, 28).await;
        ids.push(held(&world, answers).await);
    }
    record(&world, "2027-02-20").await;
    days(&world, 70).await;
    (world, ids)
}

/// JSON as it is read, with a name for each run.
fn told(value: &serde_json::Value, ids: &[CallOutId]) -> String {
    named(&serde_json::to_string_pretty(value).unwrap(), ids)
}

fn named(text: &str, ids: &[CallOutId]) -> String {
    let runs = ids.iter().enumerate();
    runs.fold(text.to_owned(), |text, (number, id)| {
        text.replace(id.as_str(), &format!("RUN-{number}"))
    })
}

async fn told_year() -> (World, Vec<CallOutId>, Year, serde_json::Value) {
    let (world, ids) = lived().await;
    let year = year(&world, 2026, false).await;
    let json = drill_year::json(&year, &world.engine.standing().plan);
    (world, ids, year, json)
}

#[tokio::test]
async fn a_year_is_told_with_what_was_held_and_what_was_missed() {
    let (_, ids, _, json) = told_year().await;
    insta::assert_snapshot!(told(&json["all"], &ids), @r#"
    {
      "answered": 3,
      "answered_percent": 12,
      "called": 24,
      "reached": 21,
      "times": {
        "count": 3,
        "longest_seconds": 420,
        "median_seconds": 240,
        "p90_seconds": 420
      }
    }
    "#);
    let months = json["duties"][0]["parts"].as_array().unwrap();
    let months = months.iter().map(|month| {
        let missed = if month["missed"] == true {
            " missed"
        } else {
            ""
        };
        format!(
            "{} {}{missed}",
            month["from"].as_str().unwrap(),
            month["done"]
        )
    });
    insta::assert_snapshot!(months.collect::<Vec<_>>().join("\n"), @r"
    2026-04-01 0
    2026-05-01 0
    2026-06-01 0
    2026-07-01 0
    2026-08-01 0
    2026-09-01 0
    2026-10-01 0
    2026-11-01 0
    2026-12-01 1
    2027-01-01 0 missed
    2027-02-01 1
    2027-03-01 0 missed
    ");
    assert_eq!(json["duties"][1]["what"], "tabletop_or_recovery");
    assert_eq!(json["duties"][1]["done"], 1);
}

#[tokio::test]
async fn a_year_names_who_was_never_reached_and_what_is_still_dead() {
    let (_, ids, _, json) = told_year().await;
    insta::assert_snapshot!(told(&json["never_reached"], &ids), @r#"
    [
      {
        "failures": [
          {
            "at": "2027-02-16T01:59:00+09:00",
            "attempts": 1,
            "channel": "email",
            "reason": "address",
            "said": "RCPT TO: 550 5.1.1 <***>: User unknown",
            "state": "dead"
          },
          {
            "at": "2027-02-16T01:59:00+09:00",
            "attempts": 1,
            "channel": "webhook:voice-gateway",
            "reason": "address",
            "said": "RCPT TO: 550 5.1.1 <***>: User unknown",
            "state": "dead"
          }
        ],
        "last_at": "2027-02-16T01:59:00+09:00",
        "last_call_out": "RUN-2",
        "name": "情報システム担当職員2",
        "person": "it-2",
        "runs": 3,
        "section": "まちづくり振興課"
      }
    ]
    "#);
    assert_eq!(
        json["says"],
        "2026年度（2026年4月1日から2027年3月31日まで）"
    );
    assert_eq!(json["drills"][0]["runs"].as_array().unwrap().len(), 3);
    assert_eq!(json["records"].as_array().unwrap().len(), 1);
    let dead = json["dead_addresses"].as_array().unwrap();
    assert!(
        dead.iter()
            .all(|one| one["person"] == "it-2" && one.get("address").is_none())
    );
    assert!(!dead.is_empty());
}

#[tokio::test]
async fn a_year_is_told_by_stage() {
    let (_, ids, _, json) = told_year().await;
    insta::assert_snapshot!(told(&json["stages"], &ids), @r#"
    [
      {
        "answered": 3,
        "answered_percent": 16,
        "called": 18,
        "reached": 15,
        "stage": 1,
        "times": {
          "count": 3,
          "longest_seconds": 420,
          "median_seconds": 240,
          "p90_seconds": 420
        }
      },
      {
        "answered": 0,
        "answered_percent": 0,
        "called": 6,
        "reached": 6,
        "stage": 2,
        "times": {
          "count": 0,
          "longest_seconds": null,
          "median_seconds": null,
          "p90_seconds": null
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn a_year_is_a_line_for_each_run_and_record() {
    let (world, ids, year, _) = told_year().await;
    let messages = &world.engine.standing().messages;
    let csv = workbook::csv(&messages.year_list(&year));
    let csv = named(&String::from_utf8(csv).unwrap(), &ids);
    insta::assert_snapshot!(csv.trim_start_matches('\u{feff}').replace("\r\n", "\n"), @r#"
    種別 Mode,実施日 Held on,種類 Kind,件名 About,招集 called,到達 reached,回答 answered,回答率 answered %,未回答 no answer,到達せず never reached,不在で除外 excused,中央値 median,90パーセンタイル 90th percentile,最長 longest,人数 people,参加者 Participants,添付 Files,記録番号 Record
    訓練 DRILL,2026-12-22,実施 / Run,緊急連絡・確認訓練 / Emergency contact and confirmation drill,8,7,1,12,6,1,0,0:07:00,0:07:00,0:07:00,,,,RUN-0
    訓練 DRILL,2027-01-19,実施 / Run,緊急連絡・確認訓練 / Emergency contact and confirmation drill,8,7,0,0,7,1,0,,,,,,,RUN-1
    訓練 DRILL,2027-02-16,実施 / Run,緊急連絡・確認訓練 / Emergency contact and confirmation drill,8,7,2,25,5,1,0,0:02:30,0:04:00,0:04:00,,,,RUN-2
    訓練 DRILL,2027-02-20,机上訓練 / Tabletop drill,停電の想定,,,,,,,,,,,5,"職員1、4人 / IT staff 1, 4 people",,r-2027-02-20
    "#);
}

/// Whatever is made of it carries the mark, in its first and its last line.
#[tokio::test]
async fn the_years_report_is_marked_everywhere() {
    let (world, _) = lived().await;
    let year = year(&world, 2026, true).await;
    let messages = &world.engine.standing().messages;
    let page = messages.year_page(&year).unwrap();
    let body = page.split_once("<body").unwrap().1;
    for part in [
        body.split_once("</header>").unwrap().0,
        body.split_once("<footer").unwrap().1,
        page.split_once("<title>")
            .unwrap()
            .1
            .split_once("</title>")
            .unwrap()
            .0,
    ] {
        assert!(part.contains("訓練") && part.contains("DRILL"), "{part}");
    }
    for heading in page.split("<h2>").skip(1) {
        assert!(heading.starts_with("【訓練 DRILL】"), "{heading}");
    }
    for said in [
        "2026年度（2026年4月1日から2027年3月31日まで）",
        "2&#x2f;12期間、計2回",
        "情報システム統括責任者",
        "確認欄",
        "どの訓練でも連絡がつかなかった人",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    assert!(!page.contains("NaN") && !page.contains("<script"));
    for table in messages.year_tables(&year) {
        assert!(
            table.above.starts_with("【訓練 / DRILL】"),
            "{}",
            table.name
        );
    }
    let book = workbook::xlsx(&messages.year_tables(&year)).unwrap();
    assert!(book.starts_with(b"PK") && !BASE64_STANDARD.encode(&book).is_empty());
    for name in file_names(2026, false, "html") {
        assert!(name.contains("drill") || name.contains("訓練"), "{name}");
    }
}

/// A year in which nothing happened says so in words.
#[tokio::test]
async fn a_year_without_a_drill_is_told_in_words() {
    let world = World::example().await;
    let year = year(&world, 2020, false).await;
    let page = world.engine.standing().messages.year_page(&year).unwrap();
    for said in [
        "この年に実施された連絡訓練はありません",
        "この年に記録された訓練はありません",
        "回答者なし",
        "対象者なし",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    let missed = year
        .duties
        .iter()
        .flat_map(|it| &it.parts)
        .filter(|part| part.missed);
    assert_eq!(missed.count(), 0, "nothing is known of that year");
}

/// A drill that only machines answered, or nobody, is none that was held.
#[tokio::test]
async fn a_run_counts_once_it_is_over_and_somebody_answered() {
    let world = World::example().await;
    let days_of = Days::fiscal(2026).unwrap();
    let count = async || world.engine.drills_held(days_of).await.unwrap().held.len();
    let id = world.drill("contact").await;
    // Within the seconds in which a machine may have answered.
    world.answer(&id, "it-2", Reply::Received).await;
    world.advance("1m").await;
    world.stand_down(&id, "終了").await;
    assert_eq!(count().await, 0, "a machine's answer is none");
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Received).await;
    assert_eq!(count().await, 0, "it runs still");
    world.stand_down(&id, "終了").await;
    assert_eq!(count().await, 1);
    world.earthquake("5-").await;
    assert_eq!(count().await, 1, "the real thing is no drill");
}

/// Who acted for whom in all its runs, and what is scheduled still, stand on
/// the page, in the workbook and in the JSON.
#[tokio::test]
async fn a_year_tells_who_acted_for_whom_and_what_is_still_to_come() {
    let world = World::example().await;
    world.advance("7h").await;
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.on_behalf(&id, "it-2", Reply::Received).await.unwrap();
    world.stand_down(&id, "終了").await;
    let mut year = year(&world, 2026, false).await;
    let messages = &world.engine.standing().messages;
    let page = messages.year_page(&year).unwrap();
    assert!(page.contains("予定された訓練はありません"), "{page}");
    year.coming = vec![ComingDrill {
        drill: "contact".into(),
        title: Text::new("緊急連絡・確認訓練", "Contact drill"),
        when: Foretold::Between("2026-12-08".parse().unwrap(), "2026-12-14".parse().unwrap()),
    }];
    let page = messages.year_page(&year).unwrap();
    let tables = messages.year_tables(&year);
    let cells = |name: &str| -> String {
        let table = tables.iter().find(|table| table.name == name);
        format!("{:?}", table.expect(name).rows)
    };
    let json = drill_year::json(&year, &world.engine.standing().plan).to_string();
    let who = "情報システム担当職員2: 受信した（代理入力：トークン duty）";
    for told in [&page, &cells("代理・代行"), &json] {
        assert!(told.contains(who), "{who} is not in {told}");
    }
    let drawn = "2026年12月8日";
    for told in [&page, &cells("予定"), &json] {
        assert!(told.contains(drawn), "{drawn} is not in {told}");
    }
}
