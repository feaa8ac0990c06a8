//! Words for who has which duty, and for what a new plan changes.
//!
//! Owns the wording and how it is put together; `domain::duty` and
//! `domain::difference` own what is said.

use super::super::dates;
use super::event::{effect, spoken};
use super::{Word, fill, list};
use crate::domain::difference::{DrillItem, Item, StageItem, Subject, Value};
use crate::domain::duty::{Change, Place, Role};
use crate::domain::office_hours::Hours;
use crate::domain::procedure::StageCall;
use crate::domain::roster::VendorKind;
use crate::domain::rule::{Ask, CallMode, Condition, Confirm, Detail};
use crate::domain::text::{Language, Text, one_line};

super::table! {
    /// Words for duties and changes.
    Duties {
        target: "{rule} {name}", "{rule} {name}";
        also: "{name} 追加の招集", "{name}: called besides";
        informed: "{rule} 通知先", "{rule} informed";
        told: "{name} 人数不足の通知先", "{name}: told of a lack";
        orders: "{rule} 発令者", "{rule} may order it";
        decides: "{rule} 判断者", "{rule} asked to decide";
        told_unfillable: "{rule} 充足できないときの通知先", "{rule} told what cannot be filled";
        approves: "確認・取消の通知先", "told of what is held";
        asked: "{rank}番目に尋ねる", "asked no. {rank}";
        post: "職 {name}", "post {name}";
        administrators: "管理者", "administrators";
        everyone: "全員", "everyone";
        required: "所要 第{rank}順位", "required no. {rank}";
        holder: "在職 第{rank}順位", "holder no. {rank}";
        deputy: "代理 第{rank}順位", "deputy no. {rank}";
        gained: "加わる", "gained";
        lost: "外れる", "lost";
        subject_rule: "規則 {id} {name}", "rule {id} {name}";
        subject_procedure: "手順 {id} {name}", "procedure {id} {name}";
        subject_drill: "訓練 {id} {name}", "drill {id} {name}";
        subject_section: "課 {id} {name}", "section {id} {name}";
        subject_squad: "対策班 {id} {name}", "squad {id} {name}";
        subject_post: "職 {id} {name}", "post {id} {name}";
        subject_vendor: "事業者 {id} {name}", "vendor {id} {name}";
        subject_system: "システム {id} {name}", "system {id} {name}";
        subject_plan: "計画全体", "the plan";
        title: "名称", "title";
        source: "根拠", "source";
        when: "条件", "condition";
        procedure: "手順", "procedure";
        place: "参集場所", "where to gather";
        instruction: "指示", "what to do";
        confirm: "確認", "confirmation";
        ask: "呼び続ける間", "how long to ask";
        detail: "知らせる詳しさ", "how much is told";
        ordered_by_deputies: "職務代理の発令", "orders by deputies";
        decision_ask: "判断を尋ねる順", "asked to decide";
        decision_within: "判断を待つ時間", "waits for each";
        decision_again: "課内対応を改めて尋ねるまで", "asks the section again after";
        decision_first: "はじめの扱い", "holds at first";
        tell_unfillable: "充足できないときの通知先", "told what cannot be filled";
        help: "協力を依頼する事業者", "vendors asked for help";
        help_within: "協力の返事を待つ時間", "a vendor's desk is waited for";
        drill_vendors: "事業者にも依頼", "vendors are asked too";
        vendor_kind: "種別", "kind";
        operator: "運用", "operator";
        vendor_maintainer: "保守", "maintainer";
        desks: "窓口の順", "desks in line";
        desk_contact: "{name} 連絡先 {channel}", "{name}: contact {channel}";
        desk_order: "{name} 連絡先の順番", "{name}: order of contacts";
        then: " → ", ", then ";
        aftershock_window: "余震とみなす時間", "aftershocks within";
        correct_after: "下方訂正の待ち時間", "a correction waits";
        ask_contacts: "確認のメールを送るアドレス（contacts.confirm）", "addresses asked to confirm (contacts.confirm)";
        ask_pace: "確認のメールの毎分の数（contacts.a_minute）", "mails a minute (contacts.a_minute)";
        ask_again: "確認のメールの再送までの日数（contacts.remind_days）", "days until once more (contacts.remind_days)";
        drill_kind: "訓練の種類", "kind of drill";
        drill_event: "想定する事象", "event played";
        drill_scenario: "想定の文", "scenario";
        drill_whom: "訓練で呼ぶ人", "whom the drill calls";
        drill_tree: "連絡網", "contact tree";
        drill_answers: "求める回答", "answers asked for";
        drill_remind: "再送の間隔", "asks again every";
        drill_shorten: "時間の短縮", "waits shortened by";
        drill_ends_after: "終わるまでの時間", "ends after";
        drill_schedule: "予定", "schedule";
        drill_announce: "予告", "announcement";
        drill_missed: "過ぎた回の扱い", "what becomes of a missed run";
        drill_report_to: "訓練の報告の送り先（drills.report_to）", "reports of drills go to (drills.report_to)";
        drill_duties: "実施すべき訓練（drills.due）", "drills that are due (drills.due)";
        drill_remind_before: "期限の何日前に知らせるか（drills.remind_before）", "days told ahead (drills.remind_before)";
        false_alarm: "誤報の文", "words of a false alarm";
        withdrawn: "取消の文", "words of a withdrawal";
        prepared: "用意した文 {name}", "prepared text {name}";
        need: "必要人数 {name}", "need of {name}";
        mode: "呼び方 {name}", "manner for {name}";
        stage_after: "第{stage}段階 開始", "stage {stage} begins";
        stage_call: "第{stage}段階 相手", "stage {stage} calls";
        stage_remind: "第{stage}段階 再送", "stage {stage} reminds";
        stage_channels: "第{stage}段階 手段", "stage {stage} by";
        stage_together: "第{stage}段階 手段を同時に", "stage {stage} all at once";
        stage_resend: "第{stage}段階 送り直し", "stage {stage} asks again";
        exhausted: "打ち切り", "given up after";
        stale: "停止後に続けるかを尋ねる", "asks whether it goes on after a standstill, from";
        approved_by: "承認", "approved by";
        history: "改訂一覧", "list of editions";
        organisation: "役場の名前", "the office's name";
        safety: "安全の一文", "the word on safety";
        doubt: "早すぎる回答", "too early an answer";
        office_hours: "執務時間", "office hours";
        owner: "所管", "owner";
        maintainer: "保守", "maintainer";
        earthquake: "震度{from}から{to}", "intensity {from} to {to}";
        earthquake_one: "震度{from}", "intensity {from}";
        in_office_hours: "{when}（執務時間内）", "{when}, in office hours";
        off_hours: "{when}（執務時間外）", "{when}, out of office hours";
        no_confirm: "なし", "none";
        second_person: "別の人の確認（{seconds}秒ごとに警報）", "another person's word (alarms every {seconds} s)";
        hold: "{seconds}秒保留", "held {seconds} s";
        until_met: "人数がそろうまで", "until the need is met";
        until_all: "全員が答えるまで", "until each has answered";
        full: "くわしく", "all that is known";
        little: "控えめ", "little";
        people: "{count}人", "{count}";
        at_once: "同時に", "at once";
        in_turn: "順に", "in turn";
        call_next: "次の順位", "the next in line";
        call_all: "全順位", "all in line";
        call_nobody: "新たに呼ばない", "nobody new";
        own_channels: "各人の順", "each person's own";
        resend: "{every}ごとに{times}回", "every {every}, {times} times";
        yes: "する", "yes";
        no: "しない", "no";
        nothing: "なし", "none";
        added: "追加", "new";
        removed: "廃止", "gone";
        changed: "変更あり", "changed";
        changed_people: "変更あり（人の役割を参照）", "changed; see the duties";
        joined: "新しい職員", "new person";
        left: "名簿から外れた", "no longer in the roster";
        section: "所属", "section";
        name: "氏名", "name";
        language: "言語", "language";
        contact: "連絡先 {channel}", "contact {channel}";
        reordered: "連絡先の順番", "order of contacts";
        all_who_stay: "全職員", "everyone";
    }
}

/// Where a duty lies.
fn place(place: &Place, name: &Text, language: Language) -> String {
    let w = Duties::of(language);
    let name = one_line(name.get(language));
    let named = |wording, rule: &str| fill(wording, &[("rule", rule), ("name", &name)]);
    match place {
        Place::Target { rule, .. } => named(w.target, rule.as_str()),
        Place::Also(_) => named(w.also, ""),
        Place::Informed(rule) => named(w.informed, rule.as_str()),
        Place::Told(_) => named(w.told, ""),
        Place::Orders(rule) => named(w.orders, rule.as_str()),
        Place::Decides(rule) => named(w.decides, rule.as_str()),
        Place::ToldUnfillable(rule) => named(w.told_unfillable, rule.as_str()),
        Place::Approves => w.approves.to_owned(),
        Place::Post(_) => named(w.post, ""),
        Place::Administrators => w.administrators.to_owned(),
    }
}

/// In which part before, or now.
fn role(place: &Place, role: Role, is_new: bool, language: Language) -> String {
    let w = Duties::of(language);
    let ranked = |wording, rank: u32| fill(wording, &[("rank", &rank.to_string())]);
    match role {
        Role::Everyone => w.everyone.to_owned(),
        Role::Required(rank) if matches!(place, Place::Post(_)) => ranked(w.holder, rank),
        Role::Required(rank) if matches!(place, Place::Decides(_)) => ranked(w.asked, rank),
        Role::Required(rank) => ranked(w.required, rank),
        Role::Deputy(rank) => ranked(w.deputy, rank),
        Role::Named if is_new => w.gained.to_owned(),
        Role::Named => w.lost.to_owned(),
    }
}

/// A duty that changed: where it lies, the part before and the part now.
pub fn change(change: &Change, language: Language) -> (String, [Option<String>; 2]) {
    let say =
        |part: Option<Role>, is_new| part.map(|part| role(&change.place, part, is_new, language));
    let parts = [say(change.before, false), say(change.after, true)];
    (place(&change.place, &change.name, language), parts)
}

/// What is changed.
pub fn subject(subject: &Subject, language: Language) -> String {
    let w = Duties::of(language);
    let (wording, id, name) = match subject {
        Subject::Rule(id, name) => (w.subject_rule, id.to_string(), name.get(language)),
        Subject::Procedure(id, name) => (w.subject_procedure, id.to_string(), name.get(language)),
        Subject::Drill(id, name) => (w.subject_drill, id.to_string(), name.get(language)),
        Subject::Section(id, name) => (w.subject_section, id.to_string(), name.get(language)),
        Subject::Squad(id, name) => (w.subject_squad, id.to_string(), name.get(language)),
        Subject::Post(id, name) => (w.subject_post, id.to_string(), name.get(language)),
        Subject::Vendor(id, name) => (w.subject_vendor, id.to_string(), name.get(language)),
        Subject::System(number, name) => (w.subject_system, number.to_string(), name.as_str()),
        Subject::Plan => return w.subject_plan.to_owned(),
    };
    fill(wording, &[("id", &id), ("name", &one_line(name))])
}

/// Which part of it.
pub fn item(item: &Item, language: Language) -> String {
    let w = Duties::of(language);
    let named = |wording, name: &Text| fill(wording, &[("name", &one_line(name.get(language)))]);
    let wording = match item {
        Item::Title => w.title,
        Item::Source => w.source,
        Item::When => w.when,
        Item::Procedure => w.procedure,
        Item::Place => w.place,
        Item::Instruction => w.instruction,
        Item::Confirm => w.confirm,
        Item::Ask => w.ask,
        Item::Detail => w.detail,
        Item::OrderedByDeputies => w.ordered_by_deputies,
        Item::DecisionAsk => w.decision_ask,
        Item::DecisionWithin => w.decision_within,
        Item::DecisionAgain => w.decision_again,
        Item::DecisionFirst => w.decision_first,
        Item::TellUnfillable => w.tell_unfillable,
        Item::AftershockWindow => w.aftershock_window,
        Item::CorrectAfter => w.correct_after,
        Item::AskContacts => w.ask_contacts,
        Item::AskPace => w.ask_pace,
        Item::AskAgain => w.ask_again,
        Item::FalseAlarm => w.false_alarm,
        Item::Withdrawn => w.withdrawn,
        Item::Prepared(name) => return fill(w.prepared, &[("name", &one_line(name))]),
        Item::Need(name) => return named(w.need, name),
        Item::Mode(name) => return named(w.mode, name),
        Item::Stage(number, item) => {
            let wording = match item {
                StageItem::After => w.stage_after,
                StageItem::Call => w.stage_call,
                StageItem::Remind => w.stage_remind,
                StageItem::Channels => w.stage_channels,
                StageItem::Together => w.stage_together,
                StageItem::Resend => w.stage_resend,
            };
            return fill(wording, &[("stage", &number.to_string())]);
        }
        Item::Exhausted => w.exhausted,
        Item::Stale => w.stale,
        Item::ApprovedBy => w.approved_by,
        Item::History => w.history,
        Item::Organisation => w.organisation,
        Item::Safety => w.safety,
        Item::Doubt => w.doubt,
        Item::OfficeHours => w.office_hours,
        Item::Owner => w.owner,
        Item::Maintainer => w.maintainer,
        Item::Help => w.help,
        Item::HelpWithin => w.help_within,
        Item::DrillVendors => w.drill_vendors,
        Item::Drill(item) => drill_item(*item, w),
        Item::VendorKind => w.vendor_kind,
        Item::Desks => w.desks,
        Item::DeskContact(desk, channel) => {
            let channel = super::channel(channel, language);
            let desk = one_line(desk.get(language));
            return fill(w.desk_contact, &[("name", &desk), ("channel", &channel)]);
        }
        Item::DeskOrder(desk) => return named(w.desk_order, desk),
    };
    wording.to_owned()
}

/// Which part of a drill.
const fn drill_item(item: DrillItem, w: &Duties) -> &'static str {
    match item {
        DrillItem::Kind => w.drill_kind,
        DrillItem::Event => w.drill_event,
        DrillItem::Scenario => w.drill_scenario,
        DrillItem::Whom => w.drill_whom,
        DrillItem::Tree => w.drill_tree,
        DrillItem::Answers => w.drill_answers,
        DrillItem::Remind => w.drill_remind,
        DrillItem::Shorten => w.drill_shorten,
        DrillItem::EndsAfter => w.drill_ends_after,
        DrillItem::Schedule => w.drill_schedule,
        DrillItem::Announce => w.drill_announce,
        DrillItem::Missed => w.drill_missed,
        DrillItem::ReportTo => w.drill_report_to,
        DrillItem::Duties => w.drill_duties,
        DrillItem::RemindBefore => w.drill_remind_before,
    }
}

/// A part's value; nothing says so.
pub fn value(value: Option<&Value>, language: Language) -> String {
    let w = Duties::of(language);
    let Some(value) = value else {
        return w.nothing.to_owned();
    };
    let said = match value {
        Value::Text(text) => return one_line(text.get(language)),
        Value::Words(words) => return one_line(words),
        Value::When(condition, hours) => return when(condition, *hours, language),
        Value::Confirm(Confirm::Hold { seconds }) => {
            return fill(w.hold, &[("seconds", &seconds.to_string())]);
        }
        Value::Confirm(Confirm::SecondPerson { seconds }) => {
            return fill(w.second_person, &[("seconds", &seconds.to_string())]);
        }
        Value::Need { count, .. } if *count > 0 => {
            return fill(w.people, &[("count", &count.to_string())]);
        }
        Value::Line(names) => {
            let names = names.iter().map(|name| one_line(name.get(language)));
            return names.collect::<Vec<_>>().join(w.then);
        }
        Value::Names(names) => {
            let names = names.iter().map(|name| one_line(name.get(language)));
            return list(&names.collect::<Vec<_>>(), language);
        }
        Value::Decision(decision) => return super::decision(*decision, language).to_owned(),
        Value::Time(length) => return dates::length(*length, language),
        Value::Channels(channels) if !channels.is_empty() => {
            let channels = channels.iter().map(|by| super::channel(by, language));
            return list(&channels.collect::<Vec<_>>(), language);
        }
        Value::Resend(resend) => {
            let every = dates::length(resend.every, language);
            let times = resend.times.to_string();
            return fill(w.resend, &[("every", &every), ("times", &times)]);
        }
        Value::VendorKind(VendorKind::Operator) => w.operator,
        Value::VendorKind(VendorKind::Maintainer) => w.vendor_maintainer,
        Value::Confirm(Confirm::None) => w.no_confirm,
        Value::Ask(Ask::UntilMet) => w.until_met,
        Value::Ask(Ask::Everyone) => w.until_all,
        Value::Detail(Detail::Full) => w.full,
        Value::Detail(Detail::Little) => w.little,
        Value::Need { .. } => w.everyone,
        Value::Mode(CallMode::AtOnce) => w.at_once,
        Value::Mode(CallMode::InTurn) => w.in_turn,
        Value::Call(StageCall::Next) => w.call_next,
        Value::Call(StageCall::All) => w.call_all,
        Value::Call(StageCall::Nobody) => w.call_nobody,
        Value::Channels(_) => w.own_channels,
        Value::Flag(true) => w.yes,
        Value::Flag(false) => w.no,
    };
    said.to_owned()
}

fn when(condition: &Condition, hours: Option<Hours>, language: Language) -> String {
    let w = Duties::of(language);
    let condition = match condition {
        Condition::Earthquake { from, to } => {
            let wording = if from == to {
                w.earthquake_one
            } else {
                w.earthquake
            };
            let [from, to] = [from, to].map(|at| spoken(at.spoken(), language));
            fill(wording, &[("from", from), ("to", to)])
        }
        Condition::WindFlood { posture } => {
            let level = posture.level().to_string();
            fill(Word::of(language).wind_flood_brief, &[("level", &level)])
        }
        Condition::SecurityIncident { effect: reach } => {
            let reach = effect(*reach, language);
            fill(Word::of(language).incident, &[("effect", reach)])
        }
    };
    let wording = match hours {
        None => return condition,
        Some(Hours::Office) => w.in_office_hours,
        Some(Hours::Off) => w.off_hours,
    };
    fill(wording, &[("when", &condition)])
}
