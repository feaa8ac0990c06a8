//! `muster status`: how a call-out stands, on a screen of 80 columns.
//!
//! Owns the layout; the figures are the API's.

use std::time::Duration;

use serde_json::Value;

use super::arguments::{Global, Status};
use super::client::Client;
use super::failure::Failure;
use super::notes;
use super::output::{self, both, label, pick};
use super::table::{Table, cut};
use super::wrap::fold;
use crate::clock::Clock;
use crate::domain::call_out::Part;
use crate::domain::notification::NotificationState;
use crate::domain::roster::ChannelName;
use crate::domain::text::Language;
use crate::message::words;

/// How often a watched call-out is read.
const LOOK: Duration = Duration::from_secs(1);

/// Prints a call-out, the list of them, or watches one.
pub(super) async fn status(global: &Global, arguments: &Status) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let id = match &arguments.call_out {
        Some(id) => Some(id.clone()),
        None => only_open(&client).await?,
    };
    let language = global.language();
    let Some(id) = id else {
        let path = "/api/v1/call-outs";
        if arguments.watch {
            return watch(global, &client, path, |all| overview(all, language)).await;
        }
        let list = client.get(path).await?;
        if global.json {
            output::json(&list);
        } else {
            output::say(&overview(&list, language));
        }
        return Ok(());
    };
    let path = format!("/api/v1/call-outs/{id}");
    if !arguments.watch {
        let call_out = client.get(&path).await?;
        if global.json {
            output::json(&call_out);
        } else {
            output::say(&page(&call_out, language, arguments.all));
        }
        return Ok(());
    }
    watch(global, &client, &path, |call_out| {
        if output::is_terminal() {
            page(call_out, language, false)
        } else {
            line(call_out)
        }
    })
    .await
}

/// The only open call-out, where there is exactly one.
async fn only_open(client: &Client) -> Result<Option<String>, Failure> {
    let open = client.get("/api/v1/call-outs?open=true").await?;
    for notice in open["notices"].as_array().into_iter().flatten() {
        output::remark(&both(&text(notice, "ja"), &text(notice, "en")));
    }
    Ok(match open["call_outs"].as_array().map(Vec::as_slice) {
        Some([only]) => only["id"].as_str().map(str::to_owned),
        _ => None,
    })
}

/// Shows a call-out, or all of them, as they change: a screen on a terminal,
/// another line or list for each change in a pipe. Ends when the one call-out
/// does; a list has no end of its own.
async fn watch(
    global: &Global,
    client: &Client,
    path: &str,
    show: impl Fn(&Value) -> String,
) -> Result<(), Failure> {
    let clock = Clock::system();
    let mut before = String::new();
    loop {
        let call_out = client.get(path).await?;
        let ended = matches!(
            call_out["state"].as_str(),
            Some("stood_down" | "cancelled" | "closed")
        );
        let shown = if global.json {
            call_out.to_string()
        } else {
            show(&call_out)
        };
        if shown != before {
            if output::is_terminal() && !global.json {
                output::write("\u{1b}[H\u{1b}[2J");
            }
            output::say(&shown);
            before = shown;
        }
        if ended {
            return Ok(());
        }
        tokio::select! {
            () = clock.sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Every call-out, a line each, and the clashes between them.
fn overview(list: &Value, language: Language) -> String {
    let call_outs = list["call_outs"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if call_outs.is_empty() {
        return both("参集はありません", "no call-outs");
    }
    let mut table = Table::new([
        label("番号", "id"),
        label("状態", "state"),
        String::new(),
        label("開始", "opened"),
        label("件名", "title"),
    ]);
    for call_out in call_outs {
        table.row([
            text(call_out, "id"),
            state(call_out),
            mode(call_out),
            clock_time(call_out, "opened_at"),
            text(call_out, "title"),
        ]);
    }
    let mut lines = vec![output::laid(&table)];
    for clash in notes::list(&list["clashes"]).iter().take(FEWEST) {
        let clash = format!("{}{}", notes::NOTE, text(clash, language.tag()));
        lines.push(fold(&clash, SCREEN_COLUMNS));
    }
    lines.join("\n")
}

/// One line: name, state and figures.
pub(super) fn line(call_out: &Value) -> String {
    format!(
        "{} {} {} {}",
        text(call_out, "id"),
        mode(call_out),
        state(call_out),
        figures(call_out)
    )
}

fn mode(call_out: &Value) -> String {
    if call_out["drill"] == true {
        label("訓練", "DRILL")
    } else {
        label("実災害", "REAL")
    }
}

fn state(call_out: &Value) -> String {
    let name = text(call_out, "state");
    let word = text(&call_out["stands"], output::language().tag());
    match output::language() {
        Language::Ja => format!("{word} {name}"),
        Language::En => word,
    }
}

fn figures(call_out: &Value) -> String {
    let names = [
        ("called", "招集"),
        ("sent", "送信済"),
        ("unreachable", "不達"),
        ("answered", "回答"),
        ("coming", "参集可"),
        ("arrived", "到着"),
        ("cannot", "不可"),
        ("unanswered", "未回答"),
    ];
    let counts = &call_out["counts"];
    let figures = names.map(|(name, ja)| {
        // Why: eight figures have one line.
        let en = match name {
            "unreachable" => "failed",
            "unanswered" => "silent",
            name => name,
        };
        format!("{} {}", pick(ja, en), counts[name])
    });
    figures.join("  ")
}

/// A call-out on one screen: targets first, then who needs attention.
pub(super) fn page(call_out: &Value, language: Language, all: bool) -> String {
    let mut lines = vec![
        format!(
            "{}  {}  {}",
            text(call_out, "id"),
            mode(call_out),
            state(call_out)
        ),
        cut(&text(call_out, "title"), 78),
        format!(
            "{} {}  {} {}  {} {}/{}",
            label("集合", "place"),
            cut(&text(call_out, "place"), 24),
            label("開始", "opened"),
            clock_time(call_out, "opened_at"),
            label("段階", "stage"),
            call_out["stage"],
            call_out["stages"]
        ),
        figures(call_out),
    ];
    for note in notes::lines(call_out, language, all) {
        lines.extend(fold(&note, SCREEN_COLUMNS).lines().map(str::to_owned));
    }
    lines.push(String::new());
    let room = if all {
        usize::MAX
    } else {
        SCREEN_LINES.saturating_sub(lines.len())
    };
    lines.push(targets(call_out, room));
    lines.push(String::new());
    let vendors = vendors(call_out);
    let used = lines.iter().chain(&vendors);
    let used: usize = used.map(|line| line.lines().count().max(1)).sum();
    let rows = if all {
        usize::MAX
    } else {
        SCREEN_LINES.saturating_sub(used + 2).max(FEWEST)
    };
    lines.push(people(call_out, rows));
    lines.extend(vendors);
    let whole = lines.join("\n");
    // Whoever asks for everything loses no word to the screen's edge.
    if all {
        return whole;
    }
    let cut = whole.lines().map(|line| cut(line, SCREEN_COLUMNS));
    cut.collect::<Vec<_>>().join("\n")
}

/// A screen of 80 by 24, less the margin and the prompt.
const SCREEN_COLUMNS: usize = 79;
const SCREEN_LINES: usize = 23;

/// What stands below the targets at least: a blank line, the people's heading,
/// the fewest of them, and how many more there are.
const BELOW: usize = FEWEST + 3;

/// People shown even where many targets fill the screen.
const FEWEST: usize = 4;

/// The targets; where the screen has no room for all, those with a lack first.
fn targets(call_out: &Value, room: usize) -> String {
    let mut table = Table::new([
        label("対象", "target"),
        String::new(),
        label("来", "have"),
        label("要", "need"),
    ]);
    let mut targets: Vec<&Value> = notes::list(&call_out["targets"]).iter().collect();
    let mut more = 0;
    if targets.len().saturating_add(1 + BELOW) > room {
        let rows = room.saturating_sub(2 + BELOW).max(FEWEST);
        more = targets.len().saturating_sub(rows);
        targets.sort_by_key(|target| target["met"] == true);
        targets.truncate(rows);
    }
    for target in targets {
        let (have, need) = (number(target, "have"), number(target, "need"));
        table.row([
            cut(&text(target, "name"), 28),
            bar(have, need),
            have.to_string(),
            if target["met"] == true {
                format!("{need} ✓")
            } else {
                need.to_string()
            },
        ]);
    }
    match more {
        0 => table.to_string(),
        more => {
            let more = both(
                &format!("ほか {more} 対象"),
                &format!("{more} more targets"),
            );
            format!("{table}\n… {more}: --all")
        }
    }
}

fn bar(have: u64, need: u64) -> String {
    const WIDTH: u64 = 16;
    let full = if need == 0 {
        WIDTH
    } else {
        (have.min(need) * WIDTH).div_ceil(need)
    };
    (0..WIDTH)
        .map(|at| if at < full { '#' } else { '.' })
        .collect()
}

/// People who need attention first: unreachable, silent, then the others.
fn people(call_out: &Value, rows: usize) -> String {
    let all = rows == usize::MAX;
    let mut heading = vec![
        label("氏名", "name"),
        label("所属", "section"),
        label("回答", "answer"),
        label("連絡", "contact"),
    ];
    if all {
        heading.insert(2, label("役割", "part"));
    }
    let mut table = Table::new(heading);
    let everyone = call_out["people"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    // Before anybody is called, those who are asked for the decision.
    let called = everyone.iter().any(|person| person["part"] == "called");
    let shown_part = if called { "called" } else { "asked" };
    let mut shown: Vec<&Value> = everyone
        .iter()
        .filter(|person| person["part"] != "vendor")
        .filter(|person| all || person["part"] == shown_part)
        .collect();
    if !all {
        shown.sort_by_key(|person| {
            let silent = person["answer"].is_null();
            (!(silent && person["unreachable"] == true), !silent)
        });
    }
    if shown.is_empty() {
        return both("まだ誰も招集していません", "nobody is called yet");
    }
    let until = |person: &Value| {
        let mut away = notes::list(&call_out["away"]).iter();
        let away = away.find(|away| away["person"] == person["person"])?;
        let until = clock_time(away, "until");
        Some(pick(
            &format!("不在～{until}"),
            &format!("away until {until}"),
        ))
    };
    for person in shown.iter().take(rows) {
        let mut cells = vec![
            cut(&text(person, "name"), 26),
            cut(&text(person, "section_name"), 18),
            until(person).unwrap_or_else(|| answer(person)),
            contact(person),
        ];
        if all {
            cells.insert(2, part(person));
        }
        table.row(cells);
    }
    match shown.len().saturating_sub(rows) {
        0 if all => output::laid(&table),
        0 => table.to_string(),
        more => {
            let more = both(&format!("ほか {more} 人"), &format!("{more} more"));
            format!("{table}\n… {more}: --all")
        }
    }
}

fn part(person: &Value) -> String {
    let name = text(person, "part");
    let word = Part::parse(&name).map_or("", |part| match part {
        Part::Called => "招集",
        Part::Asked => "判断",
        Part::Informed => "通知",
        Part::Vendor => "事業者",
    });
    label(word, &name)
}

/// Vendors who were asked for help, apart from staff.
fn vendors(call_out: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let people = notes::list(&call_out["people"]);
    let desks = people.iter().filter(|person| person["part"] == "vendor");
    let mut table = Table::new([
        label("協力事業者", "vendor"),
        label("窓口", "desk"),
        label("回答", "answer"),
        label("連絡", "contact"),
    ]);
    let mut any = false;
    for desk in desks {
        any = true;
        table.row([
            text(desk, "person"),
            cut(&text(desk, "name"), 30),
            answer(desk),
            contact(desk),
        ]);
    }
    if any {
        lines.extend([String::new(), table.to_string()]);
    }
    lines
}

fn answer(person: &Value) -> String {
    let word = match person["answer"].as_str() {
        Some("coming") => pick("参集可", "coming"),
        Some("arrived") => pick("到着", "arrived"),
        Some("cannot") => pick("不可", "cannot"),
        Some("received") => pick("受信", "received"),
        Some("accepted") => pick("対応可", "accepted"),
        Some("remote") => pick("遠隔対応", "remote"),
        Some(other) => other.to_owned(),
        None if person["unreachable"] == true => pick("不達", "unreachable"),
        None => "-".to_owned(),
    };
    let eta = person["eta_minutes"]
        .as_u64()
        .map(|minutes| pick(&format!(" {minutes}分"), &format!(" {minutes} min")))
        .unwrap_or_default();
    let doubt = if person["doubtful"] == true { " ?" } else { "" };
    format!("{word}{eta}{doubt}")
}

/// How each way to a person stands, by its newest message: first what is lost and
/// must not hide, then what has arrived, whatever else is still tried.
fn contact(person: &Value) -> String {
    let notifications = notes::list(&person["notifications"]);
    let mut ways: Vec<&Value> = Vec::new();
    for one in notifications {
        ways.retain(|way| way["channel"] != one["channel"]);
        ways.push(one);
    }
    let rank = |way: &&Value| match way["state"].as_str() {
        Some("dead") => 0,
        Some("accepted") => 1,
        _ => 2,
    };
    ways.sort_by_key(rank);
    let said: Vec<String> = ways.into_iter().map(way).collect();
    match said.is_empty() {
        false => said.join(&pick("、", ", ")),
        true if person["unreachable"] == true => both("連絡先なし", "none"),
        true => both("送信なし", "not sent"),
    }
}

/// A way to a person and how it stands.
fn way(notification: &Value) -> String {
    let state = text(notification, "state");
    let channel = text(notification, "channel");
    let [ja, en] = Language::ALL.map(|language| {
        let state = NotificationState::parse(&state);
        let state = state.map_or("", |state| words::notification_state(state, language));
        let channel = ChannelName::parse(&channel);
        let channel = channel.map(|channel| words::channel(&channel, language));
        format!("{} {state}", channel.unwrap_or_default())
    });
    pick(&ja, &en)
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_default()
}

/// `11-24 03:12` of a time with its offset.
pub(super) fn clock_time(value: &Value, name: &str) -> String {
    let time = text(value, name);
    let date = time.get(5..10).unwrap_or_default();
    let clock = time.get(11..16).unwrap_or_default();
    format!("{date} {clock}")
}
