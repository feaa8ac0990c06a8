//! Words of drills that are due: when, announced, moved, fallen out.
//!
//! Owns the wording only. Everything here is about an exercise, and says so.

use jiff::tz::TimeZone;

use crate::domain::schedule::{Change, Changed, Foretold, Why};
use crate::domain::text::{Language, Text, one_line};

use super::super::dates;
use super::fill;

super::table! {
    /// Sentences on drills that are due.
    Schedule {
        place: "（参集は不要）", "(nobody gathers)";
        band: "訓練 DRILL", "DRILL 訓練";
        mark: "【訓練 / DRILL】訓練の予定のお知らせです。実際の災害・事象は起きていません。", "[DRILL / 訓練] A notice about a drill. Nothing has really happened.";
        end: "【訓練 / DRILL】以上は訓練のお知らせです。", "[DRILL / 訓練] End of a notice about a drill. Nothing has really happened.";
        subject: "【訓練/DRILL】{what}：{title}", "[DRILL/訓練] {what}: {title}";
        what_announced: "訓練の予告", "drill announced";
        what_corrected: "訓練の予定の変更", "drill's day changed";
        what_withdrawn: "訓練の予告の取消し", "drill is not held";
        what_ended: "訓練の予定の終わり", "drill no longer scheduled";
        what_moved: "訓練の延期", "drill moved";
        what_skipped: "訓練の見送り", "drill falls out";
        what_cancelled: "訓練の中止", "drill called off";
        what_since: "訓練の予定", "drill scheduled";
        announced: "「{title}」を{when}に行います。", "The drill \"{title}\" is held {when}.";
        corrected: "「{title}」を{told}に行うとお知らせしましたが、{when}に変わりました。", "The drill \"{title}\", told for {told}, is held {when} instead.";
        withdrawn: "「{title}」を{told}に行うとお知らせしましたが、行いません。", "The drill \"{title}\", told for {told}, is not held.";
        ended: "「{title}」の予定はなくなりました。", "The drill \"{title}\" is no longer scheduled.";
        moved: "「{title}」（{due}の予定）を、{when}に延期しました。", "The drill \"{title}\", due {due}, was moved to {when}.";
        skipped: "「{title}」（{due}の予定）は、今回は行いません。", "The drill \"{title}\", due {due}, is not held this time.";
        cancelled: "「{title}」（{due}の予定）は中止になりました。", "The drill \"{title}\", due {due}, was called off.";
        since: "「{title}」を{words}に行います。", "The drill \"{title}\" is held: {words}.";
        why: "理由", "Why";
        why_real: "本番の招集が続いているため", "a real call-out is open";
        why_missed: "予定の時刻に始められなかったため（デーモンの停止など）", "it could not begin at its time (the daemon was down, for example)";
        why_changed: "計画（訓練の予定か開庁日）が変わったため", "the plan (the drill's schedule or the working days) has changed";
        why_gone: "計画が変わり、この回の予定がなくなったため", "the plan has changed, and this run is in it no more";
        why_no_rule: "その時刻に、この訓練の事象に当たる規則がないため（muster check で確かめ、rules.toml を直してください）", "no rule applies to the drill's event at that time (see muster check, and mend rules.toml)";
        why_no_order: "訓練の事象を命令する人（ordered_by）が、規則で命令できる人ではないため（muster check で確かめ、rules.toml を直してください）", "who orders the drill's event (ordered_by) may not order it by the rule (see muster check, and mend rules.toml)";
        month: "対象の月", "Month";
        ask: "いま何もする必要はありません。訓練の連絡が届いたら、本番と同じように回答してください。", "There is nothing to do now. When the drill's message comes, answer it as you would a real one.";
        ask_over: "いま何もする必要はありません。次の予定は muster drill next で見られます。", "There is nothing to do now. What comes next: muster drill next.";
        drawn: "{from}から{to}までの開庁時間内（時刻は予告しません）", "within office hours between {from} and {to}, at a time that is not told beforehand";
        drawn_day: "{from}の開庁時間内（時刻は予告しません）", "within office hours of {from}, at a time that is not told beforehand";
        moved_run: "延期", "moved";
        announced_run: "予告済み", "announced";
        no_schedule: "予定なし", "no schedule";
    }
}

fn both(say: impl Fn(&Schedule, Language) -> String) -> Text {
    let of = |language| say(Schedule::of(language), language);
    Text::new(of(Language::Ja), of(Language::En))
}

/// What stands where a call-out says where to gather.
pub fn place() -> Text {
    both(|w, _| w.place.to_owned())
}

/// The title of a notice: what became of which drill.
pub fn title(changed: &Changed) -> Text {
    both(|_, language| brief(changed, language))
}

/// What became of which drill, in a few words: `訓練の延期：緊急連絡・確認訓練`.
pub(crate) fn brief(changed: &Changed, language: Language) -> String {
    let w = Schedule::of(language);
    let title = one_line(changed.title.get(language));
    let colon = match language {
        Language::Ja => "：",
        Language::En => ": ",
    };
    format!("{}{colon}{title}", what(&changed.change, w))
}

/// The subject of its letter.
pub(crate) fn subject(changed: &Changed, language: Language) -> String {
    let w = Schedule::of(language);
    let title = one_line(changed.title.get(language));
    fill(
        w.subject,
        &[("what", what(&changed.change, w)), ("title", &title)],
    )
}

const fn what(change: &Change, w: &Schedule) -> &'static str {
    match change {
        Change::Since(_) => w.what_since,
        Change::Ended => w.what_ended,
        Change::Announced(_) => w.what_announced,
        Change::Corrected { now: Some(_), .. } => w.what_corrected,
        Change::Corrected { now: None, .. } => w.what_withdrawn,
        Change::Moved { .. } => w.what_moved,
        Change::Skipped { .. } => w.what_skipped,
        Change::Cancelled { .. } => w.what_cancelled,
    }
}

/// When a run is, as it may be told beforehand.
pub fn foretold(at: &Foretold, zone: &TimeZone, language: Language) -> String {
    let w = Schedule::of(language);
    match at {
        Foretold::At(at) => dates::date_time(*at, zone, language),
        Foretold::Between(from, to) if from == to => {
            fill(w.drawn_day, &[("from", &dates::date(*from, language))])
        }
        Foretold::Between(from, to) => fill(
            w.drawn,
            &[
                ("from", &dates::date(*from, language)),
                ("to", &dates::date(*to, language)),
            ],
        ),
    }
}

/// What became of it, in a sentence.
pub(crate) fn sentence(changed: &Changed, zone: &TimeZone, language: Language) -> String {
    let w = Schedule::of(language);
    let title = one_line(changed.title.get(language));
    let time = |at| dates::date_time(at, zone, language);
    match &changed.change {
        Change::Since(words) => fill(w.since, &[("title", &*title), ("words", &one_line(words))]),
        Change::Announced(at) => fill(
            w.announced,
            &[("title", &*title), ("when", &foretold(at, zone, language))],
        ),
        Change::Ended => fill(w.ended, &[("title", &*title)]),
        Change::Corrected { told, now } => {
            let told = foretold(told, zone, language);
            let when = now.map(|now| foretold(&now, zone, language));
            fill(
                if now.is_some() {
                    w.corrected
                } else {
                    w.withdrawn
                },
                &[
                    ("title", &*title),
                    ("told", &told),
                    ("when", when.as_deref().unwrap_or_default()),
                ],
            )
        }
        Change::Moved {
            from, to, drawn, ..
        } => {
            let day = |at| zone.to_datetime(at).date();
            // Why: a time that is drawn is told on neither day.
            let (due, to) = if *drawn {
                let to = Foretold::Between(day(*to), day(*to));
                (dates::date(day(*from), language), to)
            } else {
                (time(*from), Foretold::At(*to))
            };
            let when = foretold(&to, zone, language);
            fill(
                w.moved,
                &[("title", &*title), ("due", &due), ("when", &when)],
            )
        }
        Change::Skipped { due, .. } => fill(w.skipped, &[("title", &*title), ("due", &time(*due))]),
        Change::Cancelled { due, .. } => {
            fill(w.cancelled, &[("title", &*title), ("due", &time(*due))])
        }
    }
}

/// Why, where there is a reason.
pub(crate) fn reason(change: &Change, language: Language) -> Option<String> {
    let w = Schedule::of(language);
    match change {
        Change::Moved { why, .. } | Change::Skipped { why, .. } => Some(
            match why {
                Why::RealCallOut => w.why_real,
                Why::Missed => w.why_missed,
                Why::Gone => w.why_gone,
                Why::NoRule => w.why_no_rule,
                Why::NoOrder => w.why_no_order,
            }
            .to_owned(),
        ),
        Change::Cancelled { reason, .. } => Some(one_line(reason)),
        Change::Corrected { now: Some(_), .. } => Some(w.why_changed.to_owned()),
        Change::Corrected { now: None, .. } => Some(w.why_gone.to_owned()),
        Change::Since(_) | Change::Ended | Change::Announced(_) => None,
    }
}

/// What a reader is asked to do: nothing.
pub(crate) const fn ask(change: &Change, w: &Schedule) -> &'static str {
    match change {
        Change::Announced(_) | Change::Moved { .. } | Change::Corrected { now: Some(_), .. } => {
            w.ask
        }
        Change::Corrected { now: None, .. }
        | Change::Ended
        | Change::Since(_)
        | Change::Skipped { .. }
        | Change::Cancelled { .. } => w.ask_over,
    }
}
