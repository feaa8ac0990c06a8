//! The call list on paper: what the duty officer has when the screens are
//! dark.

use std::path::Path;
use std::time::Duration;

use jiff::civil::date;
use muster::cli::paper;
use muster::domain::absence::Leave;
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::Standing;
use muster::domain::call_out::help::Wanted;
use muster::domain::id::{CallOutId, Principal};
use muster::message::call_list::{CallList, ENDED, Mark};
use muster::report::call_list;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::world::{World, word};

async fn list(world: &World, id: &CallOutId) -> CallList {
    let call_out = world.see(id).await;
    let standing = world.engine.standing();
    call_list::of_call_out(&standing.plan, &call_out, world.clock.now())
}

/// Who waits longer than this waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who stands in a section's rows, with their marks.
fn rows<'a>(list: &'a CallList, section: &str) -> Vec<(&'a str, Option<Mark>)> {
    let group = list.groups.iter().find(|group| *group.name.ja == *section);
    let rows = group.unwrap().rows.iter();
    rows.map(|row| (row.person.as_str(), row.mark)).collect()
}

/// 震度5弱 at three in the morning: who cannot be reached stands first, then
/// who has not answered, then who has; required members before deputies.
#[tokio::test]
async fn those_who_have_not_answered_stand_first() {
    let world = World::example().await;
    world.bounce(&world.address("planning-1"));
    world.bounce("+81-0-0000-0008");
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    world.answer(&id, "it-manager", Reply::Cannot).await;
    let list = list(&world, &id).await;
    let (silent, answered) = (Some(Mark::Silent), |standing| {
        Some(Mark::Answered(standing))
    });
    assert_eq!(
        rows(&list, "まちづくり振興課"),
        [
            ("planning-1", Some(Mark::Unreachable)),
            ("it-2", silent),
            ("planning-2", silent),
            ("planning-3", silent),
            ("it-manager", answered(Standing::Cannot)),
            ("it-1", answered(Standing::Coming)),
        ]
    );
    let failed = |person: &str| {
        let rows = list.groups.iter().flat_map(|group| &group.rows);
        let row = rows.into_iter().find(|row| row.person.as_str() == person);
        row.unwrap().ways.iter().all(|way| way.dead)
    };
    assert!(failed("planning-1") && !failed("it-2"));
}

/// Deputies whom nobody has called yet stand on it, while they are wanted: the
/// paper is all there is to go on by.
#[tokio::test]
async fn the_next_in_line_stand_on_it_before_they_are_called() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let before = list(&world, &id).await;
    let next = |list: &CallList| -> Vec<String> {
        let rows = list.groups.iter().flat_map(|group| &group.rows);
        let rows = rows.filter(|row| row.mark == Some(Mark::Next));
        rows.map(|row| row.person.to_string()).collect()
    };
    assert_eq!(
        next(&before),
        [
            "it-2",
            "planning-2",
            "planning-3",
            "construction-3",
            "construction-4"
        ]
    );
    world.advance("1m").await;
    for person in ["construction-manager", "construction-1", "construction-2"] {
        world.answer(&id, person, Reply::Coming).await;
    }
    let after = list(&world, &id).await;
    assert_eq!(next(&after), ["it-2", "planning-2", "planning-3"]);
    let works = &after.places[1];
    assert_eq!((works.have, works.need, works.met), (3, 3, true));
}

/// Who is in several squads stands once, under their section, with all roles.
#[tokio::test]
async fn who_is_in_two_squads_stands_once() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    let list = list(&world, &id).await;
    let rows = list.groups.iter().flat_map(|group| &group.rows);
    let rows: Vec<_> = rows.filter(|row| row.person.as_str() == "it-1").collect();
    assert_eq!(rows.len(), 1);
    let roles: Vec<&str> = rows[0].roles.iter().map(|role| &*role.of.ja).collect();
    assert!(roles.contains(&"統括班") && roles.contains(&"災害対策本部事務局"));
}

/// P5 calls nobody: who was told stands on the list as told.
#[tokio::test]
async fn who_was_only_told_is_not_to_be_called() {
    let world = World::with(|plan| plan.rules["P5"].targets.clear()).await;
    let id = world.incident("small").await[0].clone();
    let list = list(&world, &id).await;
    let rows = list.groups.iter().flat_map(|group| &group.rows);
    for row in rows {
        assert!(matches!(row.mark, Some(Mark::Told(_))), "{row:?}");
    }
    assert!(list.about.unwrap().what.ja.contains("選挙システム"));
}

/// The lists beside the store, kept by a clock that is moved by hand.
struct Kept {
    folder: tempfile::TempDir,
    stop: watch::Sender<bool>,
    keeping: JoinHandle<()>,
}

impl Kept {
    fn new(world: &World) -> Self {
        Self::at(world, tempfile::tempdir().unwrap())
    }

    fn at(world: &World, folder: tempfile::TempDir) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let lists = paper::folder(&folder.path().join("muster.db"));
        let until = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let keeping = tokio::spawn(paper::keep(world.engine.clone(), lists, until));
        Self {
            folder,
            stop,
            keeping,
        }
    }

    fn read(&self, name: &str) -> String {
        let file = self.folder.path().join("call-list").join(name);
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// Waits until a list is as it should be.
    async fn until(&self, name: &str, wanted: impl Fn(&str) -> bool) -> String {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let text = self.read(name);
                if wanted(&text) {
                    return text;
                }
                tokio::task::yield_now().await;
            }
        });
        waited
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {name}: {}", self.read(name)))
    }

    async fn stop(self) -> tempfile::TempDir {
        self.stop.send_replace(true);
        self.keeping.await.unwrap();
        self.folder
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// From the event on there is a list on disk, for this user alone; it follows
/// the answers at its own pace and says in the end that it is over.
#[tokio::test]
async fn a_list_lies_on_disk_and_follows_the_answers() {
    let world = World::example().await;
    let kept = Kept::new(&world);
    let roster = kept.until("roster.txt", |text| text.ends_with('\n')).await;
    assert!(roster.contains("+81-0-0000-0006"), "{roster}");
    let id = world.earthquake("5-").await[0].clone();
    let (text, html) = (format!("{id}.txt"), format!("{id}.html"));
    // The calls leave first.
    world.clock.advance(Duration::from_secs(3));
    let before = kept.until(&text, |text| text.contains("回答 0")).await;
    assert!(before.contains("it-1@example.jp"), "{before}");
    let lists = kept.folder.path().join("call-list");
    assert_eq!((mode(&lists), mode(&lists.join(&html))), (0o700, 0o600));

    world.clock.advance(Duration::from_secs(20));
    world.answer(&id, "it-1", Reply::Coming).await;
    world.clock.advance(Duration::from_secs(5));
    kept.until(&text, |text| text.contains("回答 1、")).await;
    world.answer(&id, "it-2", Reply::Coming).await;
    let folder = kept.stop().await;

    let last = std::fs::read_to_string(folder.path().join("call-list").join(&text)).unwrap();
    assert!(last.contains("回答 2、"), "once more at the stop: {last}");
    let word = muster::domain::call_out::Word {
        by: "token:duty".into(),
        on_word_of: None,
        reason: Some("被害なし".into()),
    };
    world.engine.stand_down(&id, word, false).await.unwrap();
    let kept = Kept::at(&world, folder);
    kept.until(&text, |text| text.starts_with(ENDED)).await;
    kept.until(&html, |html| html.contains("class=\"over\""))
        .await;
    kept.stop().await;
}

/// Leave begins and ends by itself at midnight, and the paper follows although
/// nothing else happens.
#[tokio::test]
async fn the_paper_follows_leave_that_begins_and_ends_by_itself() {
    let wednesday = Leave {
        from: date(2026, 11, 25),
        to: date(2026, 11, 25),
    };
    let world = World::with(|plan| plan.roster.people["it-1"].leave.push(wednesday)).await;
    let kept = Kept::new(&world);
    kept.until("roster.txt", |text| text.ends_with('\n')).await;
    assert!(!kept.read("roster.txt").contains("不在"));
    world.clock.advance(Duration::from_secs(21 * 3600));
    let away = kept.until("roster.txt", |text| text.contains("不在")).await;
    assert!(away.contains("2026年11月25日(水)まで"), "{away}");
    world.clock.advance(Duration::from_secs(24 * 3600));
    kept.until("roster.txt", |text| !text.contains("不在"))
        .await;
    kept.stop().await;
}

/// While answers come one upon another the list is written at the pace, and
/// the last of them is on it.
#[tokio::test]
async fn many_answers_cost_few_writes() {
    let world = World::example().await;
    let kept = Kept::new(&world);
    // Who keeps the lists is there, and hears of the call-out before time moves.
    kept.until("roster.txt", |text| !text.is_empty()).await;
    let id = world.earthquake("5-").await[0].clone();
    let text = format!("{id}.txt");
    world.clock.advance(Duration::from_secs(3));
    kept.until(&text, |text| text.contains("回答 0、")).await;
    let people = ["it-1", "it-2", "planning-2", "health-1", "construction-1"];
    for person in people {
        world.on_behalf(&id, person, Reply::Coming).await.unwrap();
    }
    // Another call-out's first list is written three seconds later, and after
    // whatever would have been written before it.
    let other = world.incident("residents").await[0].clone();
    world.clock.advance(Duration::from_secs(3));
    kept.until(&format!("{other}.txt"), |text| !text.is_empty())
        .await;
    let list = kept.read(&text);
    assert!(list.contains("回答 0、"), "not before the pace: {list}");
    world.clock.advance(Duration::from_secs(5));
    kept.until(&text, |text| text.contains("回答 5、")).await;
    kept.stop().await;
}

/// A place that cannot be written stops nothing, shows in the metrics, and is
/// made up for as soon as it can be.
#[tokio::test]
async fn a_disk_that_takes_nothing_never_stops_the_calling() {
    let world = World::example().await;
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("call-list");
    std::fs::write(&in_the_way, "a file where the folder should be").unwrap();
    let kept = Kept::at(&world, folder);
    let id = world.earthquake("5-").await[0].clone();
    let stale = || world.engine.metrics().call_list_stale.get();
    let failed = async {
        while stale() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, failed).await.unwrap();
    assert!(world.sent_to("it-1") >= 1, "called all the same");
    std::fs::remove_file(&in_the_way).unwrap();
    world.clock.advance(Duration::from_secs(30));
    kept.until(&format!("{id}.txt"), |text| !text.is_empty())
        .await;
    kept.until("roster.html", |html| !html.is_empty()).await;
    kept.stop().await;
    assert_eq!(stale(), 0);
}

/// What the daily roster check tells administrators is no list to telephone
/// by.
#[tokio::test]
async fn a_notice_to_administrators_has_no_list() {
    let world = World::with(|plan| plan.roster.people["health-1"].contacts.clear()).await;
    let kept = Kept::new(&world);
    kept.until("roster.txt", |text| text.ends_with('\n')).await;
    world.advance("7h").await;
    let notices = world.engine.store().with_notices(10).await.unwrap();
    assert_eq!(notices.len(), 1);
    let folder = kept.stop().await;
    let lists = std::fs::read_dir(folder.path().join("call-list")).unwrap();
    let names: Vec<_> = lists.map(|file| file.unwrap().file_name()).collect();
    assert!(
        names
            .iter()
            .all(|name| name.to_str().unwrap().starts_with("roster.")),
        "{names:?}"
    );
}

/// The part of the paper on vendors who were asked.
fn asked(world: &World, list: &CallList) -> String {
    let text = world.engine.standing().messages.call_list_text(list);
    let (_, part) = text.split_once("\n== 協力を依頼した事業者").unwrap();
    let (part, _) = part.split_once("\n== 事業者").unwrap_or((part, ""));
    let (part, _) = part.split_once("\n== その他の連絡").unwrap_or((part, ""));
    let lines = part.lines().filter(|line| !line.contains('□')).skip(1);
    lines.collect::<Vec<_>>().join("\n")
}

/// P7: vendors who were asked stand apart from staff with how each desk
/// stands, who has not answered first; those who were not stand below.
#[tokio::test]
async fn vendors_who_were_asked_stand_apart_with_their_answers() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    let before = list(&world, &id).await;
    let others: Vec<&str> = before.vendors.iter().map(|it| it.vendor.as_str()).collect();
    assert_eq!(others, ["maintainer"]);
    insta::assert_snapshot!(asked(&world, &before), @r"
    運用事業者（運用） 窓口1 運用窓口                           [未回答 No answer]
         対象：19 選挙システム、03:00 依頼、03:15まで返事を待つ
         電話 +81-0-0000-0101
         メール operator-desk@example.jp

    運用事業者（運用） 窓口2 運用責任者                     [未依頼 Not asked yet]
         対象：19 選挙システム
         メール operator-lead@example.jp
    ");
}

/// Whoever cannot be reached and has not answered stands before whoever has;
/// last the desks of a vendor that helps already.
#[tokio::test]
async fn an_unanswered_desk_stands_before_one_that_has_answered() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    world.bounce("maintainer-desk@example.jp");
    world.bounce("+81-0-0000-0102");
    let wanted = Wanted {
        systems: vec![19],
        ..Wanted::default()
    };
    let word = word(Some("it-manager"), None);
    let engine = &world.engine;
    engine.request_help(&id, wanted, word).await.unwrap();
    world.advance("2m").await;
    let answer = Answer {
        person: "operator#1".into(),
        reply: Reply::Accepted,
        eta_minutes: Some(45),
        note: Some("2名で伺います".to_owned()),
        via: Via::OnBehalf,
        by: Principal::new("token:duty"),
    };
    world.engine.acknowledge(&id, answer).await.unwrap();
    let after = list(&world, &id).await;
    assert_eq!(after.vendors, []);
    insta::assert_snapshot!(asked(&world, &after), @r"
    保守事業者（保守） 窓口1 障害受付                       [連絡不能 Unreachable]
         対象：19 選挙システム、03:00 依頼
         電話 +81-0-0000-0102  （不達） failed
         メール maintainer-desk@example.jp  （不達） failed

    保守事業者（保守） 窓口2 保守責任者                         [未回答 No answer]
         対象：19 選挙システム、03:00 依頼、03:15まで返事を待つ
         メール maintainer-lead@example.jp

    運用事業者（運用） 窓口1 運用窓口                         [対応できる We come]
         対象：19 選挙システム、03:00 依頼、03:02 回答、03:47ごろ到着見込み
         備考：2名で伺います
         電話 +81-0-0000-0101
         メール operator-desk@example.jp

    運用事業者（運用） 窓口2 運用責任者                     [未依頼 Not asked yet]
         対象：19 選挙システム
         メール operator-lead@example.jp
    ");
    let staff = after.groups.iter().flat_map(|group| &group.rows);
    assert!(
        staff
            .into_iter()
            .all(|row| !row.person.as_str().contains('#'))
    );
    let page = world
        .engine
        .standing()
        .messages
        .call_list_page(&after)
        .unwrap();
    for said in [
        "協力を依頼した事業者",
        "対応できる",
        "未依頼",
        "03:47ごろ到着見込み",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    goes_on(world, &id).await;
}

/// The one cannot after all, and the other helps from afar.
async fn goes_on(world: World, id: &CallOutId) {
    world
        .on_behalf(id, "operator#1", Reply::Cannot)
        .await
        .unwrap();
    world
        .on_behalf(id, "maintainer#2", Reply::Remote)
        .await
        .unwrap();
    world.advance("16m").await;
    insta::assert_snapshot!(asked(&world, &list(&world, id).await), @r"
    運用事業者（運用） 窓口2 運用責任者                         [未回答 No answer]
         対象：19 選挙システム、03:02 依頼
         メール operator-lead@example.jp

    運用事業者（運用） 窓口1 運用窓口                [対応できない We cannot help]
         対象：19 選挙システム、03:00 依頼、03:02 回答
         電話 +81-0-0000-0101
         メール operator-desk@example.jp

    保守事業者（保守） 窓口2 保守責任者             [遠隔で対応 We help from afar]
         対象：19 選挙システム、03:00 依頼、03:02 回答
         メール maintainer-lead@example.jp

    保守事業者（保守） 窓口1 障害受付                       [連絡不能 Unreachable]
         対象：19 選挙システム、03:00 依頼
         電話 +81-0-0000-0102  （不達） failed
         メール maintainer-desk@example.jp  （不達） failed
    ");
}

/// Without a call-out the vendors stand at the end, each with its desks in
/// line.
#[tokio::test]
async fn the_rosters_list_has_vendors_and_their_desks_in_line() {
    let world = World::example().await;
    let standing = world.engine.standing();
    let list = call_list::of_roster(&standing.plan, world.clock.now());
    assert_eq!(list.asked, []);
    let text = standing.messages.call_list_text(&list);
    let (_, part) = text.split_once("\n== 事業者").unwrap();
    let desks = part
        .lines()
        .filter(|line| line.contains("窓口1") || line.contains("窓口2"));
    insta::assert_snapshot!(desks.collect::<Vec<_>>().join("\n"), @r"
    運用事業者（運用） 窓口1 運用窓口
    運用事業者（運用） 窓口2 運用責任者
    保守事業者（保守） 窓口1 障害受付
    保守事業者（保守） 窓口2 保守責任者
    ");
}
