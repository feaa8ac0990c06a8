//! The disk gives back another byte than was written.
//!
//! Owns row 20. `tests/fault rot` flips more bytes, or the same ones again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use muster::clock::Draw;
use muster::domain::event::{Effect, EventKind, Intensity};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::collected::Collected;
use crate::support::from_environment;
use crate::support::world::{Sent, World, told};

/// A store with call-outs open of which nothing went out yet, as a file.
async fn untouched() -> Vec<u8> {
    let world = World::with(|plan| plan.readiness = None).await;
    let incident = EventKind::SecurityIncident {
        effect: Effect::parse("residents").unwrap(),
        systems: vec![19],
    };
    let intensity = Intensity::parse("5-").unwrap();
    for kind in [incident, EventKind::Earthquake { intensity }] {
        world.engine.tell(told(kind)).await.unwrap();
    }
    let options = SqliteConnectOptions::new().filename(world.store_file());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let back = "PRAGMA wal_checkpoint(TRUNCATE)";
    sqlx::raw_sql(back).execute(&mut other).await.unwrap();
    std::fs::read(world.store_file()).unwrap()
}

/// What came of a store.
#[derive(Debug, Default)]
struct Came {
    /// Why the daemon did not start.
    refused: Option<String>,
    /// Whether the daemon said anything of the damage, in its log at least.
    said: bool,
    /// Whether it could go on all the while, and administrators did not hear of what
    /// it had found.
    silent: bool,
    /// Whether the program was to end, so that another one calls for help.
    ended: bool,
    /// How often the index of what waits was made anew for a claim.
    anew: usize,
    sent: Vec<Sent>,
}

/// Whether a message is the alarm of a store that is damaged, with the word of what
/// to do.
fn is_of_damage(sent: &Sent) -> bool {
    let says = "最後のバックアップから戻してください";
    sent.subject.contains("障害") && sent.body.contains(says)
}

/// What the daemon says once it has looked at the whole store: that it is whole, that
/// it is not, or that it cannot be looked at.
const LOOKED: [&str; 3] = [
    "the store was looked at: it is whole",
    DAMAGED,
    "the store could not be looked at",
];
const DAMAGED: &str = "store: what was read is not what was written";

/// So often may a message of a damaged store come in that while.
const AT_MOST: usize = 3;

/// A turn, which ends; whether it failed.
async fn turned(world: &World) -> bool {
    let turn = tokio::time::timeout(Duration::from_secs(60), world.engine.turn());
    turn.await.expect("a turn ends").is_err()
}

/// The daemon starts on these octets and runs for a while, by its clock.
async fn came(octets: &[u8]) -> Came {
    let (log, _collects) = Collected::begin();
    let world = match World::on(octets).await {
        Ok(world) => world,
        Err(refused) => {
            return Came {
                refused: Some(refused),
                said: true,
                ..Came::default()
            };
        }
    };
    // As the program has it: beside the turns, for as long as it runs.
    let engine = world.engine.clone();
    let looks = tokio::spawn(async move { engine.examine_store(std::future::pending()).await });
    let mut stopped = false;
    for turn in 0..4 {
        if turn == 1 {
            log.says(&LOOKED).await;
        }
        stopped |= turned(&world).await;
        world.away("4m");
    }
    stopped |= turned(&world).await;
    looks.abort();
    // Why: a turn that fails is the end of a program whose store is broken, and of no
    // other: whoever only tries again has said nothing to anybody.
    stopped &= world.engine.store().broken().borrow().is_some();
    let has = |words: &&str| log.look(|log| log.contains(words));
    let sent = world.sent();
    let told = sent.iter().any(is_of_damage);
    Came {
        refused: None,
        said: stopped || told || LOOKED[1..].iter().any(has),
        silent: !stopped && !told && has(&DAMAGED),
        ended: stopped,
        anew: log.look(|log| log.matches("it is made anew").count()),
        sent,
    }
}

/// To which address, and in whose name.
fn whose(sent: &Sent) -> (String, String) {
    let name = match &sent.mail {
        Some(mail) => mail.to_name.to_string(),
        None => {
            let body: Value = serde_json::from_str(&sent.body).unwrap();
            body["person"]["name"].to_string()
        }
    };
    (sent.to.clone(), name)
}

/// What is wrong with what came, beside what comes of an undamaged store: a
/// message to somebody else, or another one; silence.
fn problems(right: &Came, came: &Came) -> Vec<String> {
    // What was in the file: later messages may have other numbers.
    let first = right.sent.iter().filter(|sent| sent.at == right.sent[0].at);
    let known: BTreeMap<&str, &Sent> = first.map(|sent| (sent.identity.as_str(), sent)).collect();
    let people: BTreeSet<_> = right.sent.iter().map(whose).collect();
    let mut problems = Vec::new();
    for sent in &came.sent {
        match known.get(sent.identity.as_str()) {
            // Why: it may not mention another call-out that cannot be read.
            Some(right)
                if whose(right) == whose(sent) && (came.said || right.body == sent.body) => {}
            Some(right) => problems.push(format!("{} got {sent:?}", right.to)),
            // Administrators hear of the damage.
            None if sent.subject.contains("障害") => {}
            None if people.contains(&whose(sent)) => {}
            None => problems.push(format!("nobody was to get {sent:?}")),
        }
    }
    let mut often: BTreeMap<_, usize> = BTreeMap::new();
    for sent in &came.sent {
        *often.entry((&sent.identity, &sent.to)).or_default() += 1;
    }
    often.retain(|_, times| *times > AT_MOST);
    if !often.is_empty() {
        problems.push(format!("without end: {often:?}"));
    }
    if let Some(refused) = &came.refused
        && !refused.contains("last backup")
    {
        problems.push(format!("refused without a word of the backup: {refused}"));
    }
    if came.silent {
        problems.push("the damage was found, and administrators were not told".to_owned());
    }
    let missing = known.keys().filter(|identity| {
        let mut sent = came.sent.iter();
        !sent.any(|sent| sent.identity == **identity)
    });
    let missing = missing.count();
    if missing > 0 && !came.said {
        problems.push(format!(
            "{missing} messages are missing and nothing was said"
        ));
    }
    problems
}

/// Where a byte is flipped: anywhere, or within the address of a message, which
/// what it is for follows in its row.
fn place(octets: &[u8], draw: &mut Draw, address: bool) -> usize {
    let mut any = |below: usize| usize::try_from(draw.below(below as u64)).unwrap();
    if !address {
        return any(octets.len());
    }
    let sign = b"@example.jpcall";
    let found: Vec<usize> = octets
        .windows(sign.len())
        .enumerate()
        .filter_map(|(at, part)| (part == sign).then_some(at))
        .collect();
    found[any(found.len())] - 1 - any(3)
}

/// Row 20: one byte of the file is another one, half of the time within an
/// address. Nobody gets what was meant for somebody else; the daemon does not
/// start, or says what is damaged, or nothing that matters was.
#[tokio::test]
async fn a_byte_that_flips_sends_nothing_to_somebody_else() {
    let seed = from_environment("MUSTER_SEED", || 20);
    let rounds = from_environment("MUSTER_ROUNDS", || 8);
    println!("tests/fault rot --seed {seed} --rounds {rounds}");
    let octets = untouched().await;
    let right = came(&octets).await;
    assert!(!right.said && right.sent.len() > 20, "{right:?}");
    let mut draw = Draw::new(seed, "bytes");
    let (mut refused, mut said, mut told, mut wrong) = (0, 0, 0, Vec::new());
    for round in 0..rounds {
        let mut flipped = octets.clone();
        let at = place(&octets, &mut draw, round % 2 == 0);
        let bits = u8::try_from(1 + draw.below(255)).unwrap();
        flipped[at] ^= bits;
        let came = came(&flipped).await;
        refused += usize::from(came.refused.is_some());
        said += usize::from(came.said && came.refused.is_none());
        told += usize::from(came.sent.iter().any(is_of_damage));
        let found = problems(&right, &came).into_iter();
        wrong.extend(found.map(|problem| format!("byte {at} ^ {bits:#x}: {problem}")));
    }
    println!(
        "{rounds} bytes flipped: {refused} starts refused, {said} said in other ways, {told} of them \
         to administrators"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where the page of a table begins that has one alone.
async fn page(octets: &[u8], table: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    std::fs::write(&path, octets).unwrap();
    let options = SqliteConnectOptions::new().filename(path);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let sql =
        "SELECT (rootpage - 1) * page_size FROM sqlite_schema, pragma_page_size WHERE name = $1";
    let begins = sqlx::query_scalar(sql).bind(table);
    let begins: i64 = begins.fetch_one(&mut store).await.unwrap();
    usize::try_from(begins).unwrap()
}

/// Row 20: a byte that no turn reads. The daemon's own look at the whole store, a
/// minute after its start, finds it, and administrators are told.
#[tokio::test]
async fn what_no_turn_reads_is_found_by_the_daemons_own_look() {
    let mut octets = untouched().await;
    let at = page(&octets, "drill_file").await;
    octets[at] ^= 0x40;
    let came = came(&octets).await;
    assert_eq!(came.refused, None);
    let told = came.sent.iter().filter(|sent| is_of_damage(sent));
    assert!(told.count() > 0, "{came:?}");
    assert!(came.sent.len() > 20, "everybody is called all the same");
}

/// Row 20: the index by which messages are found by their numbers is damaged, so that
/// one is found by one question and not by the next. It is not sent without end.
#[tokio::test]
async fn a_message_that_a_damaged_index_loses_is_not_sent_without_end() {
    let octets = untouched().await;
    let right = came(&octets).await;
    let begins = page(&octets, "sqlite_autoindex_notification_1").await;
    // A cell: two columns, the first of eight octets, the number.
    let cells = octets[begins..begins + 4096].windows(11).enumerate();
    let cells = cells.filter(|(_, cell)| cell[..2] == [3, 6] && cell[3] < 0x80);
    let cells: Vec<usize> = cells.map(|(at, _)| begins + at).collect();
    assert!(cells.len() > 20, "{cells:?}");
    let mut wrong = Vec::new();
    for cell in cells.iter().step_by(6) {
        let mut flipped = octets.clone();
        // Its last octet: the numbers after it are sorted wrongly.
        flipped[cell + 10] ^= 0x0d;
        let came = came(&flipped).await;
        wrong.extend(
            problems(&right, &came)
                .into_iter()
                .map(|what| format!("{cell}: {what}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Row 20: the index of what is due names a channel that is no text. Everybody is called
/// all the same and administrators hear of it, or the program ends, and its unit calls
/// for help.
#[tokio::test]
async fn a_channel_that_a_damaged_index_makes_up_costs_nobody_the_call() {
    let octets = untouched().await;
    let right = came(&octets).await;
    let begins = page(&octets, "notification_due").await;
    let cells = octets[begins..begins + 4096].windows(5).enumerate();
    let cells = cells.filter(|(_, cell)| cell == b"email");
    let cells: Vec<usize> = cells.map(|(at, _)| begins + at).collect();
    assert!(cells.len() > 20, "{cells:?}");
    let (mut wrong, mut healed) = (Vec::new(), 0);
    for cell in cells.iter().step_by(6) {
        let mut flipped = octets.clone();
        flipped[*cell] ^= 0x80;
        let came = came(&flipped).await;
        healed += usize::from(!came.ended && came.sent.iter().any(is_of_damage));
        wrong.extend(
            problems(&right, &came)
                .into_iter()
                .map(|what| format!("{cell}: {what}")),
        );
        let called = came.sent.iter().filter(|sent| !is_of_damage(sent)).count();
        if called + 1 < right.sent.len() && !came.ended {
            wrong.push(format!("{cell}: only {called} of {}", right.sent.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(healed > 2, "{healed}");
}

/// Row 20: a message itself names a channel that is no text. It ends, administrators hear
/// of it, the other call-out goes on, and the index is not made anew at each turn.
#[tokio::test]
async fn a_message_whose_channel_is_no_text_ends_once() {
    let octets = untouched().await;
    let right = came(&octets).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    std::fs::write(&path, &octets).unwrap();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let damage = "UPDATE notification SET channel = CAST(x'e56d61696c' AS TEXT) WHERE id = \
                  (SELECT max(id) FROM notification WHERE channel = 'email')";
    sqlx::raw_sql(damage).execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    let flipped = std::fs::read(&path).unwrap();
    let came = came(&flipped).await;
    let wrong = problems(&right, &came);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        !came.ended && came.sent.iter().any(is_of_damage),
        "{came:?}"
    );
    let incident = |sent: &&Sent| sent.subject.contains("情報セキュリティ");
    let called = |came: &Came| came.sent.iter().filter(incident).count();
    assert_eq!(called(&came), called(&right));
    assert_eq!(came.anew, 1);
}

/// Row 20: the head of the file, or its list of tables, is damaged: the daemon does
/// not start, and says what to do.
#[tokio::test]
async fn a_start_on_a_damaged_head_is_refused_with_the_word_of_the_backup() {
    let octets = untouched().await;
    for at in [0, 100] {
        let mut flipped = octets.clone();
        flipped[at] ^= 0x5a;
        let came = came(&flipped).await;
        let refused = came.refused.expect("it does not start");
        assert!(refused.contains("put the last backup back"), "{refused}");
        assert!(came.sent.is_empty());
    }
}

/// Row 20: the edition that was in force is no JSON any more, which is read before
/// anything else. The daemon does not start, and says what to do.
#[tokio::test]
async fn a_start_on_a_damaged_edition_is_refused_with_the_word_of_the_backup() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    std::fs::write(&path, untouched().await).unwrap();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let damage = "UPDATE edition SET rules = 'x' || substr(rules, 2)";
    sqlx::raw_sql(damage).execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    let came = came(&std::fs::read(&path).unwrap()).await;
    let refused = came.refused.expect("it does not start");
    assert!(refused.contains("put the last backup back"), "{refused}");
    assert!(came.sent.is_empty());
}
