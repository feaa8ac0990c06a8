//! Words of what is said of drills over time: runs beside each other, the
//! year, records, the yearly duty, and the mail that carries a report.
//!
//! Owns the wording only. Nothing of it stands in what is real.

use jiff::tz::TimeZone;

use super::super::dates;
use super::{fill, list};
use crate::domain::drill_duty::{Days, Every, Standing, State, Wanted};
use crate::domain::drill_record::{DrillRecord, Participant};
use crate::domain::drill_report::DrillReport;
use crate::domain::id::Principal;
use crate::domain::run::{Reached, Run};
use crate::domain::schedule::Foretold;
use crate::domain::text::{Language, Text, one_line};

super::table! {
    /// Labels and sentences of drills over time.
    Drills {
        runs: "これまでの実施との比較", "Compared with earlier runs";
        runs_says: "同じ訓練の実施を古い順に並べ、最後がこの回です。回答率の端数は切り捨てます。", "The runs of the same drill, oldest first; the last one is this. Shares are rounded down.";
        run: "実施", "Run";
        drill: "訓練", "Drill";
        median_minutes: "中央値（分、切り上げ）", "median (min, rounded up)";
        run_this: "今回", "this run";
        run_live: "実施中", "running";
        reached: "到達", "reached";
        never_count: "到達せず", "never reached";
        answered_percent: "回答率", "answered %";
        excused_count: "不在で除外", "excused";
        nobody_answered: "回答者なし", "nobody answered";
        nobody_called: "対象者なし", "nobody called";
        against: "前回（{at}）は、対象{called}人、回答率 {percent}、中央値 {median}。", "The run before ({at}): {called} called, answered {percent}, median {median}.";
        first_run: "この訓練の記録は、今回が最初です。", "This is the first run on record.";
        sheet_runs: "実施の比較", "Runs";
        sheet_trend: "実施ごとの推移", "Trend";
        year_title: "訓練の年間報告", "Drills of the year";
        year: "対象の年", "Year";
        year_fiscal: "{year}年度（{from}から{until}まで）", "fiscal year {year} ({from} to {until})";
        year_calendar: "{year}年（暦年。{from}から{until}まで）", "calendar year {year} ({from} to {until})";
        year_interim: "途中経過です。この年はまだ終わっていません。", "An interim report: this year is not over.";
        year_figures: "年間のまとめ", "The year in figures";
        runs_count: "実施回数", "runs";
        called_count: "延べ招集人数", "calls";
        records_count: "記録した訓練", "recorded drills";
        duties: "計画が求める訓練", "Drills that the plan wants";
        duties_none: "rules.toml の [drills.due] に、求められる訓練の定めがありません。", "[drills.due] of rules.toml says of no drill that it is due.";
        duties_says: "緊急連絡・確認訓練は、終わった実施に一人でも回答があれば一回と数えます。ほかの訓練は muster drill record の記録を数えます。", "A contact drill counts once it is over and somebody answered; the others as they were written down with muster drill record.";
        duty: "訓練", "Drill";
        duty_every: "間隔", "How often";
        duty_done: "実施", "Done";
        duty_missed: "実施のなかった期間", "Without one";
        duty_state: "状態", "State";
        duty_times: "{done}回", "{done}";
        duty_parts: "{full}/{whole}期間、計{done}回", "{full} of {whole}, {done} in all";
        wanted_tabletop: "机上訓練（D1）", "Tabletop drill (D1)";
        wanted_contact: "緊急連絡・確認訓練（D2）", "Contact and confirmation drill (D2)";
        wanted_recovery: "システム復旧訓練（D3）", "Recovery drill (D3)";
        wanted_tabletop_or_recovery: "机上訓練かシステム復旧訓練（D1・D3）", "Tabletop or recovery drill (D1, D3)";
        wanted_any: "いずれかの訓練（D1–D3）", "Any drill (D1 to D3)";
        every_month: "毎月", "each month";
        every_quarter: "四半期ごと", "each quarter";
        every_half_year: "半年ごと", "each half year";
        every_year: "年度ごと", "each year from April";
        state_done: "実施済み（{last}）。次の期限は{due}", "done ({last}); the next one by {due}";
        state_open: "{due}までに実施", "due by {due}";
        state_soon: "まもなく期限：{due}まで", "due soon: by {due}";
        state_missed: "{missed}までの分が未実施。すぐに実施してください", "none was held up to {missed}; hold one now";
        state_over: "年度が終わりました", "the year is over";
        standing: "{what}（{every}）：{state}", "{what} ({every}): {state}";
        due: "{duty}。連絡訓練は muster drill start で行い、ほかの訓練は行ってから muster drill record で記録してください。", "{duty}. Run a contact drill with muster drill start; hold the others, and write them down with muster drill record.";
        latest: "最近の実施", "Latest runs";
        latest_none: "まだ実施された連絡訓練はありません。", "No drill was run yet.";
        report: "報告", "Report";
        year_suffix: "年度", " (April to March)";
        board_title: "今年度の訓練", "This year's drills";
        each_drill: "訓練ごとの実施", "Each drill and its runs";
        runs_none: "この年に実施された連絡訓練はありません。", "No drill was run in this year.";
        records: "記録された訓練", "Recorded drills";
        records_none: "この年に記録された訓練はありません。", "No drill was recorded in this year.";
        held_on: "実施日", "Held on";
        kind: "種類", "Kind";
        subject: "件名", "About";
        heads: "人数", "people";
        participants: "参加者", "Participants";
        guest: "{name}（名簿外）", "{name} (guest)";
        number: "{count}人", "{count} people";
        files: "添付", "Files";
        recorded_by: "記録者", "Recorded by";
        record: "記録番号", "Record";
        withdrawn: "取下げ", "Withdrawn";
        withdrawn_says: "取下げ（{at}、{by}）：{reason}。実施に数えません。", "Withdrawn ({at}, {by}): {reason}. It does not count.";
        by_section: "部署ごと（年間の延べ）", "By section (over the year)";
        by_stage: "段階ごと（年間の延べ）", "By stage (over the year)";
        lost: "どの訓練でも連絡がつかなかった人", "Reached in no drill";
        lost_none: "招集した人には、少なくとも一度は連絡がつきました。", "Everybody who was called was reached at least once.";
        lost_runs: "招集された回数", "times called";
        lost_last: "最後の招集", "Last called";
        dead_still: "今も存在しない宛先", "Addresses that still do not exist";
        dead_still_says: "この年に宛先不明で戻り、今も名簿にある宛先です。本人に確かめ、名簿を直してください。", "Refused as unknown in this year, and still in the roster. Ask them, and mend the roster.";
        dead_still_none: "この年に宛先不明で戻り、今も名簿にある宛先はありません。", "No address that was refused as unknown in this year is still in the roster.";
        dead_since: "いつから", "Since";
        contact: "宛先", "Contact";
        report_band: "訓練 DRILL", "DRILL 訓練";
        report_mark: "【訓練 / DRILL】訓練の報告です。実際の災害・事象は起きていません。", "[DRILL / 訓練] The report of a drill. Nothing has really happened.";
        report_end: "【訓練 / DRILL】以上は訓練の報告です。", "[DRILL / 訓練] End of the report of a drill. Nothing has really happened.";
        report_subject: "【訓練/DRILL】訓練の報告：{title}（{figures}）", "[DRILL/訓練] Report of the drill: {title} ({figures})";
        report_headline: "「{title}」が終わりました。", "The drill \"{title}\" is over.";
        report_brief: "訓練の報告：{title}", "Report of the drill: {title}";
        report_place: "（参集は不要）", "(nobody gathers)";
        report_button: "報告を開く", "Open the report";
        report_ask: "内容を確かめ、報告の確認欄に署名を得てください（6(3)）。端末では muster report {of} --out report.html で作れます。", "Look at it, and have the approval line of the report signed (6(3)). On a terminal: muster report {of} --out report.html.";
        says_when: "実施：{from}から{until}まで", "Held: {from} to {until}";
        says_counts: "対象{called}人、到達{reached}人、回答{answered}人（回答率 {percent}）", "{called} called, {reached} reached, {answered} answered ({percent})";
        says_times: "回答までの時間：中央値 {median}、90パーセンタイル {ninety}、最長 {longest}", "Time to answer: median {median}, 90th percentile {ninety}, longest {longest}";
        says_no_times: "時間を計れる回答はありませんでした", "There was no answer of which the time could be told";
        says_silent: "届いたが回答のなかった人：{count}人", "Reached, but no answer: {count}";
        says_never: "連絡がつかなかった人：{people}", "Never reached: {people}";
        says_never_none: "連絡がつかなかった人：なし", "Never reached: nobody";
        says_dead: "存在しなかった宛先：{count}件（{people}）", "Addresses that did not exist: {count} ({people})";
        says_dead_none: "存在しなかった宛先：なし", "Addresses that did not exist: none";
        says_excused: "不在のため呼ばなかった人：{count}人", "Away, and passed over: {count}";
        says_more: "ほか{count}人", "{count} more";
        next_run: "次の予定", "Next run";
        next_none: "予定なし（始めるのは muster drill start）", "none is scheduled (muster drill start begins one)";
        coming: "これからの予定", "Still to come";
        coming_none: "予定された訓練はありません。rules.toml の [[drill]] に schedule を書くと、ひとりでに始まります。", "No drill is scheduled: with schedule in a [[drill]] of rules.toml it starts by itself.";
        stood_in: "代理・代行（年間。誰が誰に代わったか）", "Who acted for whom, over the year";
        stood_in_none: "この年の訓練で、誰かの代わりを務めた人はいません。", "Nobody acted for another in a drill of this year.";
        sheet_coming: "予定", "To come";
        sheet_year: "年間", "Year";
        sheet_duties: "求められる訓練", "Wanted";
        sheet_records: "記録", "Records";
        sheet_groups: "部署・段階", "Groups";
        sheet_lost: "連絡のつかない人", "Never reached";
        sheet_dead: "存在しない宛先", "Dead addresses";
    }
}

/// Which drills a duty wants.
pub fn wanted(wanted: Wanted, language: Language) -> &'static str {
    let w = Drills::of(language);
    match wanted {
        Wanted::Tabletop => w.wanted_tabletop,
        Wanted::Contact => w.wanted_contact,
        Wanted::Recovery => w.wanted_recovery,
        Wanted::TabletopOrRecovery => w.wanted_tabletop_or_recovery,
        Wanted::Any => w.wanted_any,
    }
}

/// How often one is due.
pub fn every(every: Every, language: Language) -> &'static str {
    let w = Drills::of(language);
    match every {
        Every::Month => w.every_month,
        Every::Quarter => w.every_quarter,
        Every::HalfYear => w.every_half_year,
        Every::Year => w.every_year,
    }
}

/// How a duty stands, without which it is.
pub fn duty_state(standing: &Standing, language: Language) -> String {
    let w = Drills::of(language);
    let say = |day| dates::date(day, language);
    let due = say(standing.due);
    match standing.state {
        State::Done => {
            let last = standing.last.map(say).unwrap_or_default();
            fill(w.state_done, &[("last", &last), ("due", &due)])
        }
        State::Open => fill(w.state_open, &[("due", &due)]),
        State::Soon => fill(w.state_soon, &[("due", &due)]),
        State::Missed(until) => fill(w.state_missed, &[("missed", &say(until))]),
    }
}

/// How a duty stands, in a line.
pub fn duty(standing: &Standing, language: Language) -> String {
    let values = [
        ("what", wanted(standing.duty.what, language)),
        ("every", every(standing.duty.every, language)),
        ("state", &duty_state(standing, language)),
    ];
    fill(Drills::of(language).standing, &values)
}

/// That a drill is due or was missed, and what to do.
pub(super) fn due(standing: &Standing, language: Language) -> String {
    let duty = duty(standing, language);
    fill(Drills::of(language).due, &[("duty", &duty)])
}

/// The days of a year, in words that tell a fiscal year from a calendar year.
pub fn year(number: i16, calendar: bool, days: Days, language: Language) -> String {
    let w = Drills::of(language);
    let wording = if calendar {
        w.year_calendar
    } else {
        w.year_fiscal
    };
    let [from, until] = [days.first, days.last].map(|day| dates::date(day, language));
    let values = [
        ("year", &*number.to_string()),
        ("from", &from),
        ("until", &until),
    ];
    fill(wording, &values)
}

/// Who took part, on one line.
pub fn participants(participants: &[Participant], language: Language) -> String {
    let w = Drills::of(language);
    let one = |one: &Participant| match one {
        Participant::Person(id, name) => {
            let name = one_line(name.get(language));
            if name.is_empty() {
                id.to_string()
            } else {
                name
            }
        }
        Participant::Guest(name) => fill(w.guest, &[("name", &one_line(name))]),
        Participant::Number(count) => fill(w.number, &[("count", &count.to_string())]),
    };
    let said: Vec<String> = participants.iter().map(one).collect();
    list(&said, language)
}

/// When a drill comes next, as far as it may be told.
pub fn next_run(next: Option<&Foretold>, zone: &TimeZone, language: Language) -> String {
    let none = || Drills::of(language).next_none.to_owned();
    next.map_or_else(none, |at| super::schedule::foretold(at, zone, language))
}

/// Who wrote a record down, or took it back.
pub fn by(by: &Principal, language: Language) -> String {
    let person = by.person().map(|id| id.to_string());
    person.unwrap_or_else(|| super::principal_alone(by.as_str(), language))
}

/// That a record was taken back, by whom and why; `None` where it counts.
pub fn withdrawn(record: &DrillRecord, zone: &TimeZone, language: Language) -> Option<String> {
    let it = record.withdrawn.as_ref()?;
    let reason = one_line(&it.reason);
    let values = [
        ("at", &*dates::date_time(it.at, zone, language)),
        ("by", &one_line(&by(&it.by, language))),
        ("reason", reason.trim_end_matches(['。', '.'])),
    ];
    Some(fill(Drills::of(language).withdrawn_says, &values))
}

/// People who are named in one sentence at most; of more their number is said.
const NAMED: usize = 10;

/// What an event with a report is called.
pub(super) fn report_of(report: &DrillReport, language: Language) -> String {
    let title = one_line(report.title.get(language));
    fill(Drills::of(language).report_brief, &[("title", &title)])
}

/// What stands where a call-out says where to gather.
pub fn report_place() -> Text {
    both(|language| Drills::of(language).report_place.to_owned())
}

fn both(say: impl Fn(Language) -> String) -> Text {
    Text::new(say(Language::Ja), say(Language::En))
}

/// The figures of a run that is over, a sentence each, and of the run before.
pub fn says(run: &Run, before: Option<&Run>, zone: &TimeZone) -> Vec<Text> {
    let mut says = vec![
        both(|language| when(run, zone, language)),
        both(|language| counts(run, language)),
        both(|language| times(run, language)),
    ];
    let count = |wording: fn(&Drills) -> &'static str, count: u32| {
        both(|l| fill(wording(Drills::of(l)), &[("count", &count.to_string())]))
    };
    says.push(count(|w| w.says_silent, run.silent()));
    says.push(both(|language| never(run, language)));
    says.push(both(|language| dead(run, language)));
    says.push(count(|w| w.says_excused, run.excused));
    says.push(both(|language| {
        let d = Drills::of(language);
        let Some(before) = before else {
            return d.first_run.to_owned();
        };
        let values = [
            ("at", &*dates::date_time(before.opened_at, zone, language)),
            ("called", &before.called().to_string()),
            ("percent", &share(before, language)),
            ("median", &median(before, language)),
        ];
        fill(d.against, &values)
    }));
    says
}

fn when(run: &Run, zone: &TimeZone, language: Language) -> String {
    let say = |at| dates::date_time(at, zone, language);
    let until = run
        .ended_at
        .map(|at| dates::near(at, run.opened_at, zone, language));
    let values = [
        ("from", &*say(run.opened_at)),
        ("until", until.as_deref().unwrap_or("-")),
    ];
    fill(Drills::of(language).says_when, &values)
}

fn counts(run: &Run, language: Language) -> String {
    let values = [
        ("called", &*run.called().to_string()),
        ("reached", &run.reached().to_string()),
        ("answered", &run.answered().to_string()),
        ("percent", &share(run, language)),
    ];
    fill(Drills::of(language).says_counts, &values)
}

fn times(run: &Run, language: Language) -> String {
    let d = Drills::of(language);
    let times = &run.times;
    let (Some(median), Some(ninety), Some(longest)) = (times.median, times.ninety, times.longest)
    else {
        return d.says_no_times.to_owned();
    };
    let [median, ninety, longest] = [median, ninety, longest].map(|it| dates::span(it, language));
    let values = [
        ("median", &*median),
        ("ninety", &ninety),
        ("longest", &longest),
    ];
    fill(d.says_times, &values)
}

/// The share of answers, or that nobody was called.
pub(crate) fn share(run: &Run, language: Language) -> String {
    let percent = run.answered_percent().map(|percent| format!("{percent}%"));
    percent.unwrap_or_else(|| Drills::of(language).nobody_called.to_owned())
}

/// The median, or that nobody answered.
pub(crate) fn median(run: &Run, language: Language) -> String {
    match run.times.median {
        Some(median) => dates::span(median, language),
        None if run.answered() == 0 => Drills::of(language).nobody_answered.to_owned(),
        None => "-".to_owned(),
    }
}

fn never(run: &Run, language: Language) -> String {
    let d = Drills::of(language);
    let never = run
        .people
        .iter()
        .filter(|one| one.reached == Reached::Never);
    let names: Vec<&Text> = never.map(|one| &one.name).collect();
    if names.is_empty() {
        return d.says_never_none.to_owned();
    }
    fill(d.says_never, &[("people", &named(&names, language))])
}

fn dead(run: &Run, language: Language) -> String {
    let d = Drills::of(language);
    if run.dead.is_empty() {
        return d.says_dead_none.to_owned();
    }
    let mut names: Vec<&Text> = Vec::new();
    for id in &run.dead {
        let one = run.people.iter().find(|one| one.person == *id);
        if let Some(one) = one.filter(|one| !names.contains(&&one.name)) {
            names.push(&one.name);
        }
    }
    let values = [
        ("count", &*run.dead.len().to_string()),
        ("people", &named(&names, language)),
    ];
    fill(d.says_dead, &values)
}

/// Names in a row; of very many the first.
fn named(names: &[&Text], language: Language) -> String {
    let mut said: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| one_line(name.get(language)))
        .collect();
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        let wording = Drills::of(language).says_more;
        said.push(fill(wording, &[("count", &more.to_string())]));
    }
    list(&said, language)
}
