//! Why something was not done: what, where, what to do.
//!
//! Owns the errors of the engine and their sentences in both languages: the
//! English one is the error's own, the Japanese one stands beside it here. It
//! must not decide what is refused.

use crate::domain::call_out::Refusal;
use crate::domain::id::{CallOutId, DrillId, EventId, PersonId, ProcedureId, RuleId};
use crate::domain::schedule::Month;
use crate::message::words;
use crate::store;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not on disk, or nobody knows: it may be asked again under the same key.
    #[error("{kept}, so nothing is promised: {why}; try again with the same key", kept = kept(.0), why = .0)]
    Store(#[from] store::Error),
    /// The call-out does not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such call-out.
    #[error("there is no call-out {0}; `muster status` lists them")]
    NoCallOut(CallOutId),
    /// No such drill.
    #[error("there is no drill {0} in rules.toml; `muster drill list` lists them")]
    NoDrill(DrillId),
    /// A drill beside a real call-out.
    #[error(
        "the real call-out {0} is open, so no drill starts; stand it down first, or say why the drill must start (--force --reason)"
    )]
    RealCallOut(CallOutId),
    /// The same drill runs.
    #[error(
        "the drill {drill} runs already as call-out {call_out}, and everybody in it would be called twice; stand that down first (`muster stand-down {call_out}`)"
    )]
    DrillRuns {
        /// The drill.
        drill: DrillId,
        /// Its run.
        call_out: CallOutId,
    },
    /// The drill has no schedule.
    #[error(
        "the drill {0} has no schedule, so nothing of it is to come; `muster drill next` lists those that have"
    )]
    NoSchedule(DrillId),
    /// The occasion was started or called off meanwhile.
    #[error(
        "the run of {month} of the drill {drill} was started or called off already; `muster drill next` says what comes"
    )]
    OccasionOver {
        /// The drill.
        drill: DrillId,
        /// Which month's.
        month: Month,
    },
    /// No such rule.
    #[error("there is no rule {0} in rules.toml")]
    NoRule(RuleId),
    /// A rule names a procedure that there is not.
    #[error("there is no procedure {0} in rules.toml")]
    NoProcedure(ProcedureId),
    /// No such person.
    #[error("there is no person {0} in roster.toml")]
    NoPersonNamed(PersonId),
    /// Nobody is away until a time that is past.
    #[error("the absence would end at {0}, which is past; name a day or a time to come")]
    AbsentUntilPast(String),
    /// Nobody marked them absent.
    #[error("{0} is not marked absent; `muster absent` lists who is away")]
    NotAbsent(PersonId),
    /// Their leave stands in the roster.
    #[error("{0} is on leave by roster.toml; take that leave out there and reload")]
    OnLeave(PersonId),
    /// The rule wants another's order.
    #[error("rule {rule} needs the order of {wanted}; {given} cannot order it")]
    Order {
        /// The rule.
        rule: RuleId,
        /// Who may order it.
        wanted: String,
        /// Who was named.
        given: PersonId,
    },
    /// A later report of another kind of event.
    #[error(
        "call-out {call_out} is for {running}, which {told} cannot grow or correct: it is another event; tell it with `muster trigger`, and both run side by side"
    )]
    OtherKind {
        /// The call-out.
        call_out: CallOutId,
        /// What it is for.
        running: &'static str,
        /// What was told.
        told: &'static str,
    },
    /// An exercise that calls people of its own has no rule to grow by.
    #[error(
        "drill {0} calls people of its own, whatever happens in it; it cannot grow: end it with `muster stand-down` and start another"
    )]
    OwnPeople(CallOutId),
    /// A later report for which no rule calls anybody, and which is no weaker.
    #[error("no rule of rules.toml applies to this event; call-out {0} stays as it is")]
    NothingToGrow(CallOutId),
    /// The rule wants an order, and none was named.
    #[error("rule {rule} needs the order of {wanted}; name who ordered it (ordered_by)")]
    NoOrder {
        /// The rule.
        rule: RuleId,
        /// Who may order it.
        wanted: String,
    },
    /// It has not happened yet.
    #[error(
        "the event is said to happen at {0}, which has not come yet; write the time with its zone (+09:00 for Japan), or leave it out where it is now"
    )]
    ToCome(String),
    /// It happened too long ago to call people for it unasked.
    #[error(
        "the event is said to have happened at {0}, more than 24 hours ago, and nobody is called for it; if people must be called now, leave the time out"
    )]
    TooOld(String),
    /// The plan knows no such system.
    #[error("there is no information system {0} in roster.toml")]
    NoSystem(u16),
    /// The key names an event with other content.
    #[error("the key {key:?} already names event {event} with other content; use a key of its own")]
    Conflict {
        /// The key.
        key: String,
        /// The event of then.
        event: EventId,
    },
    /// A change of it met a defect of this program.
    #[error("call-out {0} met a defect of muster, and nothing was changed; the log has it")]
    Defect(CallOutId),
    /// The operating system gives no randomness.
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl Error {
    /// The same sentence in Japanese, for the duty officer.
    pub fn ja(&self) -> String {
        match self {
            Self::Store(why) => kept_ja(why),
            Self::Refused(refusal) => words::refusal_to_officer(refusal),
            Self::NoCallOut(id) => {
                format!("参集 {id} はありません。muster status で一覧を確かめてください")
            }
            Self::NoDrill(id) => format!(
                "訓練 {id} は rules.toml にありません。muster drill list で一覧を確かめてください"
            ),
            Self::RealCallOut(id) => format!(
                "本番の招集 {id} が続いているため、訓練は始めません。解除してから始めるか、どうしても必要なら理由を添えてください（--force --reason）"
            ),
            Self::DrillRuns { drill, call_out } => format!(
                "訓練 {drill} は参集 {call_out} として既に続いており、始めると全員に二重に連絡が行きます。先に終わらせてください（muster stand-down {call_out}）"
            ),
            Self::NoSchedule(id) => format!(
                "訓練 {id} には予定（schedule）がなく、これから行う回もありません。muster drill next で予定のある訓練を確かめてください"
            ),
            Self::OccasionOver { drill, month } => format!(
                "訓練 {drill} の {month} の回は、既に始まったか中止されています。muster drill next で次の予定を確かめてください"
            ),
            Self::NoRule(id) => format!("参集ルール {id} は rules.toml にありません"),
            Self::NoProcedure(id) => format!("手順 {id} は rules.toml にありません"),
            Self::NoPersonNamed(id) => format!("{id} は roster.toml にいません"),
            Self::AbsentUntilPast(until) => {
                format!("不在の終わり {until} は過ぎています。これからの日か時刻を指定してください")
            }
            Self::NotAbsent(id) => {
                format!("{id} は不在になっていません。muster absent で不在者を確かめてください")
            }
            Self::OnLeave(id) => format!(
                "{id} は roster.toml で休暇中です。そちらの leave を消して、読み直させてください"
            ),
            Self::Order {
                rule,
                wanted,
                given,
            } => format!("ルール {rule} は {wanted} の命令が要ります。{given} は命令できません"),
            Self::NoOrder { rule, wanted } => format!(
                "ルール {rule} は {wanted} の命令が要ります。命令した人を指定してください（ordered_by）"
            ),
            Self::OtherKind {
                call_out,
                running,
                told,
            } => format!(
                "参集 {call_out} は {running} のもので、{told} では拡大も訂正もできません。別の事象として muster trigger で知らせれば、並行して招集します"
            ),
            Self::OwnPeople(id) => format!(
                "訓練 {id} は、事象の内容にかかわらず、定めた人だけを招集します。拡大はできません。muster stand-down で終え、別の訓練を始めてください"
            ),
            Self::NothingToGrow(id) => format!(
                "この事象に当たるルールは rules.toml にありません。参集 {id} はそのままです"
            ),
            Self::ToCome(at) => to_come(at),
            Self::TooOld(at) => too_old(at),
            Self::NoSystem(number) => {
                format!("情報システム {number} は roster.toml にありません")
            }
            Self::Conflict { key, event } => format!(
                "key {key:?} は内容の違う事象 {event} で既に使われています。別の key を使ってください"
            ),
            Self::Defect(id) => format!(
                "参集 {id} の変更中に muster の欠陥に当たりました。何も変わっていません。ログを開発元に知らせてください"
            ),
            Self::Random(why) => random(why),
        }
    }
}

fn random(why: &getrandom::Error) -> String {
    format!(
        "オペレーティングシステムから乱数が得られません。機械の管理者に知らせてください（{why}）"
    )
}

/// Whether the commit may have been made: the next start knows.
const fn is_unsure(why: &store::Error) -> bool {
    matches!(why, store::Error::Broken(_))
}

const fn kept(why: &store::Error) -> &'static str {
    if is_unsure(why) {
        "whether it was kept is not known"
    } else {
        "it could not be kept"
    }
}

fn kept_ja(why: &store::Error) -> String {
    let kept = if is_unsure(why) {
        "記録できたか分かりません"
    } else {
        "記録できなかったため、受け付けていません"
    };
    let ja = why.ja();
    format!("{kept}。{ja}。その後、同じ key でもう一度送ってください（{why}）")
}

fn to_come(at: &str) -> String {
    format!(
        "事象の時刻 {at} はまだ来ていません。時差を付けて書くか（日本時間は +09:00）、いま起きたのなら時刻を書かずに送ってください"
    )
}

fn too_old(at: &str) -> String {
    format!(
        "事象の時刻 {at} は24時間より前のため、招集しません。いま招集するなら、時刻を書かずに送ってください"
    )
}
