//! The report: what is handed to the chief information officer when it is
//! over.

use std::io::Cursor;
use std::time::Duration;

use calamine::{Data, Reader as _, Xlsx};
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::State;
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::roster::ChannelName;
use muster::domain::rule::Decision;
use muster::domain::text::Text;
use muster::message::report::{Report, file_names};
use muster::report::outcome::{self, Asked};
use muster::report::workbook;

use crate::support::world::World;

/// The report as one who may, or may not, see addresses is given it.
async fn report(world: &World, id: &CallOutId, addresses: bool) -> Report {
    let kept = world.engine.store().load(id).await.unwrap().unwrap();
    let records = world.engine.store().journal(id, 0).await.unwrap();
    outcome::of(Asked {
        kept: &kept,
        records: &records,
        earlier: &[],
        next: None,
        plan: world.plan(),
        addresses,
        now: world.clock.now(),
    })
}

/// The same as every file that is made of it: page, CSV, JSON, and the texts
/// of the workbook's sheets.
pub(super) fn files(world: &World, report: &Report) -> [String; 4] {
    let messages = &world.engine.standing().messages;
    let csv = workbook::csv(&messages.report_people(report));
    let book = workbook::xlsx(&messages.report_tables(report)).unwrap();
    [
        messages.report_page(report).unwrap(),
        String::from_utf8(csv).unwrap(),
        outcome::json(report, world.plan()).to_string(),
        sheets(&book)
            .into_iter()
            .map(|(name, rows)| {
                let cells = rows.into_iter().flatten().map(|cell| cell.to_string());
                format!("{name}\n{}", cells.collect::<Vec<_>>().join("\n"))
            })
            .collect::<Vec<_>>()
            .join("\n"),
    ]
}

/// Every sheet of a workbook, with its cells, by another library.
fn sheets(book: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book = Xlsx::new(Cursor::new(book)).unwrap();
    let sheets = book.worksheets().into_iter();
    sheets
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect()
}

/// The column of a heading that begins with a word.
fn column(sheet: &[Vec<Data>], heading: &str) -> usize {
    let starts = |cell: &Data| cell.to_string().starts_with(heading);
    sheet[1].iter().position(starts).expect(heading)
}

async fn says(world: &World, id: &CallOutId, person: &str, reply: Reply, note: &str) {
    let answer = Answer {
        person: PersonId::new(person),
        reply,
        eta_minutes: (reply == Reply::Coming).then_some(30),
        note: Some(note.to_owned()),
        via: Via::Link(ChannelName::Email),
        by: Principal::new(format!("link:{person}")),
    };
    world.engine.acknowledge(id, answer).await.unwrap();
    world.turn().await;
}

/// 震度5弱 at three in the morning, lived through: one cannot be reached, one
/// cannot come, one is entered on the telephone, and it ends.
async fn lived() -> (World, CallOutId) {
    let world = World::example().await;
    world.bounce(&world.address("planning-1"));
    world.bounce("+81-0-0000-0008");
    let id = world.earthquake("5-").await[0].clone();
    world.advance("2m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    world.advance("2m").await;
    says(&world, &id, "it-manager", Reply::Cannot, "出張中です").await;
    world.advance("6m").await;
    world.on_behalf(&id, "it-2", Reply::Coming).await.unwrap();
    world.advance("10m").await;
    world.answer(&id, "it-1", Reply::Arrived).await;
    world.stand_down(&id, "被害なし").await;
    (world, id)
}

#[tokio::test]
async fn a_call_out_that_was_lived_through_is_told_whole() {
    let (world, id) = lived().await;
    let report = report(&world, &id, false).await;
    let call_out = world.see(&id).await;
    assert_eq!(report.about.counts, call_out.counts());
    assert_eq!(report.about.state, State::StoodDown);
    assert_eq!(&*report.because.as_ref().unwrap().ja, "被害なし");
    assert_eq!(report.lasted(), Duration::from_secs(20 * 60));

    // From the call to the first answer; the change of it takes no time.
    let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
    let times = report.times;
    assert_eq!((times.count, times.median), (3, minutes(4)));
    assert_eq!((times.ninety, times.longest), (minutes(10), minutes(10)));
    let planning = &report.sections[0];
    assert_eq!(&*planning.name.ja, "まちづくり振興課");
    assert_eq!((planning.counts.answered, planning.times.count), (3, 3));
    let called: u32 = report
        .sections
        .iter()
        .map(|group| group.counts.called)
        .sum();
    let by_stage: u32 = report.stages.iter().map(|group| group.counts.called).sum();
    assert_eq!((called, by_stage), (report.about.counts.called, called));
    assert_eq!(report.stages[0].stage, 1);
    assert_eq!(report.stages[0].began, Some(call_out.opened_at));

    let [page, csv, json, _] = files(&world, &report);
    for said in [
        "<h1>参集報告",
        "実際の参集の報告",
        "被害なし",
        "<svg class=\"chart\"",
        "中央値 4分00秒、90パーセンタイル 10分00秒",
        "計画 第2版",
        "情報システム統括責任者",
        "出張中です",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    assert!(csv.starts_with('\u{feff}'), "Excel knows UTF-8 by it");
    assert_eq!(
        csv.lines().count(),
        1 + report.people.len() + report.vendors.len()
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["times"]["median_seconds"], 240);
    assert_eq!(json["counts"]["answered"], 3);
}

/// Each contact says why it carried nothing; an address is an administrator's.
#[tokio::test]
async fn who_was_never_reached_is_named_with_the_reason_of_each_contact() {
    let (world, id) = lived().await;
    let told = report(&world, &id, false).await;
    let never: Vec<_> = told
        .people
        .iter()
        .filter(|row| row.is_never_reached())
        .collect();
    assert_eq!(never.len(), 1);
    assert_eq!(never[0].person.as_str(), "planning-1");
    assert_eq!(never[0].failures.len(), 2, "{:?}", never[0].failures);
    let [page, csv, json, book] = files(&world, &told);
    let address = world.address("planning-1");
    for file in [&page, &csv, &json, &book] {
        assert!(
            !file.contains(&address) && !file.contains("0000-0008"),
            "{file}"
        );
        assert!(!file.contains("@example.jp"), "{file}");
    }
    assert!(page.contains("メール：宛先が存在しません"), "{page}");
    assert!(page.contains("550 5.1.1"), "{page}");

    let told = report(&world, &id, true).await;
    for file in files(&world, &told) {
        assert!(file.contains(&address), "{file}");
    }
}

/// Decisions, confirmations, answers for others, the end: by whom, and when.
#[tokio::test]
async fn who_did_what_is_told() {
    let (world, id) = lived().await;
    let told = report(&world, &id, false).await;
    let acts = |report: &Report| -> Vec<String> {
        let acts = report.acts.iter();
        acts.map(|line| format!("{}: {}", line.by.as_ref().unwrap().ja, line.text.ja))
            .collect()
    };
    insta::assert_snapshot!(acts(&told).join("\n"), @r"
    トークン duty: 震度5弱の地震の通報（トークン duty）
    トークン duty（情報システム担当職員2の指示・代理）: 情報システム担当職員2: 参集できる（代理入力：トークン duty）
    トークン duty: 解除：被害なし（トークン duty）
    ");

    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("1m").await;
    world
        .decide(&id, "it-manager", Decision::Muster)
        .await
        .unwrap();
    let told = report(&world, &id, false).await;
    insta::assert_snapshot!(acts(&told).join("\n"), @r"
    トークン duty: 情報セキュリティ事象（業務に支障／対象：19 選挙システム）の通報（トークン duty）
    トークン duty（まちづくり振興課長の指示・代理）: 判断：集まる（まちづくり振興課長、入力：トークン duty）
    ");
    let [page, ..] = files(&world, &told);
    assert!(page.contains("途中経過です"), "it has not ended: {page}");
}

/// Vendors stand apart and count nowhere.
#[tokio::test]
async fn vendors_stand_apart() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    world.advance("1m").await;
    says(
        &world,
        &id,
        "operator#1",
        Reply::Accepted,
        "担当 1 が向かいます",
    )
    .await;
    let told = report(&world, &id, false).await;
    assert_eq!(told.vendors.len(), 1);
    assert!(
        told.people
            .iter()
            .all(|row| !row.person.as_str().contains('#'))
    );
    assert_eq!(told.about.counts.answered, 0);
    let [page, ..] = files(&world, &told);
    let (_, vendors) = page.split_once("協力を依頼した事業者").unwrap();
    assert!(vendors.contains("担当 1 が向かいます") && vendors.contains("選挙システム"));
}

/// Who is away was not called, and is named as that.
#[tokio::test]
async fn who_was_away_is_named() {
    let world = World::example().await;
    let until = world.clock.now() + jiff::SignedDuration::from_hours(48);
    let by = Principal::new("token:duty");
    let it_2 = PersonId::new("it-2");
    let marked = world.engine.absent(&it_2, until, None, by);
    marked.await.unwrap();
    let id = world.earthquake("5-").await[0].clone();
    let told = report(&world, &id, false).await;
    let names: Vec<&str> = told
        .excused
        .iter()
        .map(|away| away.person.as_str())
        .collect();
    assert_eq!(names, ["it-2"]);
    assert_eq!(told.excused[0].until, until);
    let [page, ..] = files(&world, &told);
    assert!(page.contains("不在のため呼ばなかった人"), "{page}");
}

/// No report of an exercise lacks its mark, in its first and its last line, on
/// every sheet and in its name; and no real one carries it.
#[tokio::test]
async fn an_exercise_is_marked_everywhere_and_a_real_one_nowhere() {
    let world = World::example().await;
    let name = world.plan().drills.keys().next().unwrap().to_string();
    let id = world.drill(&name).await;
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    let drill = report(&world, &id, true).await;
    let [page, csv, json, _] = files(&world, &drill);
    let body = page.split_once("<body").unwrap().1;
    let first = body.split_once("</header>").unwrap().0;
    let last = body.split_once("<footer").unwrap().1;
    let title = page.split_once("<title>").unwrap().1;
    let title = title.split_once("</title>").unwrap().0;
    for line in [first, last, title] {
        assert!(line.contains("訓練") && line.contains("DRILL"), "{line}");
    }
    for heading in page.split("<h2>").skip(1) {
        assert!(heading.starts_with("【訓練 DRILL】"), "{heading}");
    }
    assert!(
        csv.lines()
            .skip(1)
            .all(|line| line.starts_with("訓練 DRILL,")),
        "{csv}"
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["drill"], true);
    let messages = &world.engine.standing().messages;
    let book = workbook::xlsx(&messages.report_tables(&drill)).unwrap();
    let marked = sheets(&book);
    let names: Vec<&str> = marked.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "概要",
            "対象",
            "部署別",
            "職員",
            "存在しない宛先",
            "代理・代行",
            "時系列",
            "回答の推移"
        ]
    );
    for (sheet, rows) in &marked {
        let above = rows[0][0].to_string();
        assert!(above.starts_with("【訓練 / DRILL】"), "{sheet}: {above}");
    }
    assert_eq!(
        file_names(&id, true, "xlsx"),
        [
            format!("muster-drill-{id}.xlsx"),
            format!("訓練報告-{id}.xlsx")
        ]
    );

    let (world, id) = lived().await;
    let real = report(&world, &id, true).await;
    for file in files(&world, &real) {
        // Its style says how a drill would look, to nobody.
        let read = file
            .rsplit_once("</style>")
            .map_or(&*file, |(_, read)| read);
        for mark in ["訓練", "DRILL", "drill\":true", "practice"] {
            assert!(!read.contains(mark), "{mark} in {read}");
        }
    }
    let names = file_names(&id, false, "html").concat();
    assert!(!names.contains("drill") && !names.contains("訓練"));
}

/// What people type is a text: no markup, no change of direction, no formula.
#[tokio::test]
async fn what_people_type_is_shown_as_text() {
    const NOTE: &str = "=HYPERLINK(\"http://example.jp/\",\"\u{202e}click\")<script>";
    let world = World::with(|plan| {
        let person = &mut plan.roster.people["it-1"];
        person.name = Text::new("+情報<b>担当</b>", "@IT \u{202e}staff");
        let name = "建設課".repeat(60);
        plan.roster.people["it-2"].name = Text::new(name, "🚒".repeat(40));
    })
    .await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    says(&world, &id, "it-1", Reply::Cannot, NOTE).await;
    let told = report(&world, &id, false).await;
    let [page, csv, _, book] = files(&world, &told);
    assert!(
        !page.contains("<script") && !page.contains("<b>担当"),
        "{page}"
    );
    assert!(page.contains("&lt;script&gt;"), "{page}");
    for file in [&page, &csv, &book] {
        assert!(!file.contains('\u{202e}'), "{file}");
    }
    let mut reader =
        csv::ReaderBuilder::new().from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let cells: Vec<String> = reader
        .records()
        .flat_map(|record| {
            record
                .unwrap()
                .iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        cells.iter().any(|cell| cell.starts_with("'=HYPERLINK")),
        "{csv}"
    );
    assert!(
        cells
            .iter()
            .all(|cell| !cell.starts_with(['=', '+', '-', '@'])),
        "{csv}"
    );
    let messages = &world.engine.standing().messages;
    let bytes = workbook::xlsx(&messages.report_tables(&told)).unwrap();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(
            formulas.cells().all(|(.., formula)| formula.is_empty()),
            "{name}"
        );
    }
}

/// The offices' spreadsheets count with it: numbers are numbers, and times
/// are times on the town's own clock.
#[tokio::test]
async fn the_workbook_has_numbers_and_times() {
    let (world, id) = lived().await;
    let told = report(&world, &id, false).await;
    let messages = &world.engine.standing().messages;
    let book = sheets(&workbook::xlsx(&messages.report_tables(&told)).unwrap());
    let people = &book[3].1;
    let number = column(people, "職員番号");
    let it_1 = people
        .iter()
        .find(|row| row[number] == Data::String("it-1".into()));
    let it_1 = it_1.unwrap();
    let seconds = &it_1[column(people, "回答までの秒数")];
    assert_eq!(*seconds, Data::Float(120.0));
    let called = &it_1[column(people, "招集時刻")];
    let time = |cell: &Data| match cell {
        Data::DateTime(time) => time.as_f64(),
        other => panic!("{other:?}"),
    };
    // 2026-11-24 03:00 as Excel counts.
    assert!((time(called) - 46_350.125).abs() < 1e-6, "{called:?}");
    let took = time(&it_1[column(people, "回答まで T")]);
    assert!((took * 86_400.0 - 120.0).abs() < 0.5, "{took}");
    let targets = &book[1].1;
    assert_eq!(targets.len(), 2 + told.about.targets.len());
    assert!(matches!(
        targets[2][column(targets, "必要")],
        Data::Float(_)
    ));
}

/// Before anybody was called there is a report as well, and it is a short one.
#[tokio::test]
async fn a_call_out_that_is_held_has_a_report() {
    let world = World::example().await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    assert_eq!(world.see(&id).await.state, State::Held);
    let told = report(&world, &id, false).await;
    let [page, csv, ..] = files(&world, &told);
    assert!(page.contains("誰も招集していません"), "{page}");
    assert_eq!(told.times.median, None);
    assert!(csv.lines().count() >= 1);
}

/// A link stays good after the end: who answers then is counted, and named as
/// late, so that an earlier report's figures and these can be told apart.
#[tokio::test]
async fn who_answered_after_the_end_is_counted_and_named() {
    let (world, id) = lived().await;
    let before = report(&world, &id, false).await;
    assert!(before.late().is_empty());
    assert!(!files(&world, &before)[0].contains("終了後に回答した人"));
    world.advance("5m").await;
    world.answer(&id, "construction-1", Reply::Received).await;
    let after = report(&world, &id, false).await;
    assert_eq!(
        after.about.counts.answered,
        before.about.counts.answered + 1
    );
    let [page, _, json, book] = files(&world, &after);
    let says = "建設課 職員1（計1人。上の人数と時間に含みます）";
    for file in [&page, &book] {
        assert!(
            file.contains("終了後に回答した人") && file.contains(says),
            "{file}"
        );
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["answered_after_end"],
        serde_json::json!(["construction-1"])
    );
}
