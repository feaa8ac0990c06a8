//! Words of an alarm: what fails now, and the notice that tells it.
//!
//! Owns the wording only, one sentence for each thing: what, where, what to do.
//! No address stands in one, and nothing that a call-out or an exercise is
//! known by.

use jiff::SignedDuration;

use crate::domain::call_out::CallOut;
use crate::domain::delivery::Reason;
use crate::domain::id::CallOutId;
use crate::domain::journal::Entry;
use crate::domain::text::{Language, Text, one_line, without_addresses};

use super::super::dates;
use super::{channel, fill, reason};

super::table! {
    /// Sentences of an alarm.
    Alarm {
        title: "障害の知らせ", "Alarm";
        place: "（参集は不要）", "(nobody gathers)";
        subject: "【障害】通知に関わる障害 {count}件", "[Alarm] {count} failing";
        mark: "【障害】参集の連絡ではありません。", "[Alarm] Nobody is being called.";
        headline: "参集の通知に関わる障害が{count}件あります。", "Failures in the way of calling people out: {count}.";
        found: "起きていること", "What fails";
        more: "ほか{count}件はボードと記録で見られます。", "{count} more: see the board and the log.";
        checked: "気づいた時刻", "Noticed";
        ask: "このお知らせは、できるかぎり、失敗したものとは別の経路で管理者に送っています。", "This goes to the administrators, wherever there is one, by another path than the one that failed.";
        relay: "メールの中継サーバー {name} に渡せません（{reason}）。ほかの中継サーバーと連絡先で送り、このサーバーは間を置いて試します。muster.toml の設定と、相手のサーバーを確かめてください。", "The mail relay {name} takes nothing ({reason}). Other relays and contacts are used, and this one is tried now and then: look at its settings in muster.toml, and at the server.";
        webhook: "Webhook {name} に渡せません（{reason}）。ほかの連絡先で送り、間を置いて試します。muster.toml の設定と、相手のサーバーを確かめてください。", "The webhook {name} takes nothing ({reason}). Other contacts are used, and it is tried now and then: look at its settings in muster.toml, and at the server.";
        clock_ahead: "マシンの時計が{by}進みました。発令中の参集の時刻は動かさず、すべて終わってから時計に合わせます。時刻の同期を確かめてください。", "The machine's clock was set {by} on. The times of open call-outs stay as they are, and the clock is followed when all are over: look at its synchronisation.";
        clock_behind: "マシンの時計が{by}戻りました。発令中の参集の時刻は動かさず、すべて終わってから時計に合わせます。時刻の同期を確かめてください。", "The machine's clock was set {by} back. The times of open call-outs stay as they are, and the clock is followed when all are over: look at its synchronisation.";
        clock_absurd: "マシンの時計を信じられません。前に記録した時刻から数えています。時刻を合わせてください。", "The machine's clock cannot be believed; time is counted on from what was last recorded: set it.";
        disk_full: "ディスクがいっぱいです。新しい事象は受け付けません（招集中のものは続けます）。古いログやコピーを消して空きを作ってください。", "The disk is full. No new event is taken (call-outs that run go on): make room, delete old logs and copies.";
        disk_roomy: "ディスクに空きができました。新しい事象をまた受け付けます。断られたものは、同じ key でもう一度送ってください。", "The disk has room again, and new events are taken. Send what was refused again with the same key.";
        turns_fail: "1分以上、招集の処理が失敗し続けています（{why}）。段階も送信も、進んでいないものがあります。回答のない人には電話し、muster のログとディスクを確かめ、muster.db を開いたままのほかのプログラムがあれば終えてください。", "For a minute or longer what calls people has failed ({why}): stages or messages stand still. Telephone those who have not answered, look at the log of muster and at the disk, and end any other program that holds muster.db.";
        door_full: "HTTP の接続が1分以上いっぱいで、回答する人や操作する人が待たされています。通知の送信は続きます。誰が使っているかを確かめ（ss -tnp）、要らない接続を切るか、LimitNOFILE を増やしてください。このマシンの muster trigger なら、事象を受け付けます。", "For a minute or longer as many HTTP connections have been open as may be, and whoever answers or commands waits. What is queued goes out all the same: look who holds them (ss -tnp), and end those or raise LimitNOFILE. muster trigger on this machine gets in.";
        log_read: "保存先のログ（muster.db-wal）が 64 MiB を超えたまま、書き戻せません。ほかのプログラムが保存先を読み続けています。そのプログラムを終えてください。失われたものはなく、事象も受け付けますが、このままではディスクがいっぱいになります。", "The store's log (muster.db-wal) is larger than 64 MiB and cannot be written back: another program reads the store without end. End that program. Nothing is lost and events are taken, but in the end the disk will be full.";
        log_fault: "保存先のログ（muster.db-wal）が 64 MiB を超えたまま、書き戻せません（{found}）。ディスクを確かめてください。失われたものはなく、事象も受け付けますが、ディスクが壊れかけているおそれがあります。", "The store's log (muster.db-wal) is larger than 64 MiB and cannot be written back ({found}). Look at the disk: nothing is lost and events are taken, but it may be about to fail.";
        store_damaged: "保存先のファイルが壊れています（{found}）。疑わしい連絡は誰にも送りません。回答のない人には電話し、最後のバックアップから戻してください。", "The store's file is damaged ({found}). What cannot be trusted is sent to nobody: telephone those who have not answered, and put the last backup back.";
        more_damaged: "保存先のファイルは、ほかのところも壊れています。ログで見られます。ディスクを確かめ、最後のバックアップから戻してください。", "More of the store's file is damaged than is named here: see the log. Look at the disk, and put the last backup back.";
        call_out_damaged: "参集 {id} の記録が壊れていて、表示できません。呼ばれた人には電話で確かめ、最後のバックアップから戻してください。", "The record of call-out {id} is damaged and cannot be shown: telephone those who were called, and put the last backup back.";
        canary: "往復を確かめるメールが15分たっても戻りません。中継サーバーが受け取った参集のメールが、届いていないおそれがあります。ほかの連絡先でも呼び、中継サーバーの先の配送と、戻りメールの受け取り（muster receive-mail）を確かめてください。", "The mail that is sent to come back has been away for fifteen minutes: mails that the relays take may not arrive. Call people by other contacts too, and look at what happens behind the relays and at the pipe to muster receive-mail.";
        defect: "{title}: プログラムの欠陥に当たり、この参集だけ先へ進みません（次の段階、再送、代わりの人の呼び出し）。ほかの参集は続きます。10分おきにやり直します。回答のない人には電話し、ログを開発元に知らせてください。", "{title}: a defect of this program stops this call-out, and it alone: no next stage, nobody asked again or called instead. The others go on, and it is tried again every ten minutes. Telephone those who have not answered, and send the log to the developers.";
        canary_subject: "【確認】往復を確かめるメール", "[Check] a mail that must come back";
        canary_text: "muster が10分おきに出す、往復を確かめるメールです。読む人はいません。このまま muster に戻してください。", "muster sends this every ten minutes to see whether mails arrive. Nobody need read it; hand it back to muster as it is.";
        dead: "{title}: {person}に{channel}で届きません（{reason}）。次の連絡先か次の人を呼びました。名簿の連絡先を確かめてください。", "{title}: {person} cannot be reached by {channel} ({reason}). The next contact or the next in line was called: look at the contact in the roster.";
        failing: "{title}: {person}への{channel}が今は断られています（{reason}）。次の連絡先も呼び、もう一度送ります。", "{title}: {channel} to {person} is refused for now ({reason}). The next contact was called as well, and it is tried again.";
        left: "届かない連絡先がほかに{count}件あります。参集の画面を見てください。", "{count} more contacts fail: see the call-out's page.";
    }
}

fn both(say: impl Fn(Language) -> String) -> Text {
    Text::new(say(Language::Ja), say(Language::En))
}

/// What the notice is called.
pub(crate) fn title() -> Text {
    both(|language| Alarm::of(language).title.to_owned())
}

/// Where it gathers.
pub(crate) fn place() -> Text {
    both(|language| Alarm::of(language).place.to_owned())
}

/// That a relay or a webhook takes nothing.
pub(crate) fn circuit(is_relay: bool, name: &str, why: Option<Reason>, detail: &str) -> Text {
    both(|language| {
        let w = Alarm::of(language);
        let said = without_addresses(&one_line(detail), "");
        let class = why.map_or("", |why| reason(why, language));
        let parts = [class, said.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let why = parts.join(": ");
        let wording = if is_relay { w.relay } else { w.webhook };
        fill(wording, &[("name", name), ("reason", &why)])
    })
}

/// That the wall clock was set, by so much.
pub(crate) fn clock(by: SignedDuration) -> Text {
    both(|language| {
        let w = Alarm::of(language);
        let length = dates::length(by.unsigned_abs(), language);
        let wording = if by.is_negative() {
            w.clock_behind
        } else {
            w.clock_ahead
        };
        fill(wording, &[("by", &length)])
    })
}

/// That the disk is full.
pub(crate) fn disk_full() -> Text {
    both(|language| Alarm::of(language).disk_full.to_owned())
}

/// That it has room again.
pub(crate) fn disk_roomy() -> Text {
    both(|language| Alarm::of(language).disk_roomy.to_owned())
}

/// That no turn of the clockwork succeeds, by what it said last.
pub(crate) fn turns_fail(why: &str) -> Text {
    both(|language| {
        let why = without_addresses(&one_line(why), "");
        fill(Alarm::of(language).turns_fail, &[("why", &why)])
    })
}

/// That nobody else finds room at the door.
pub(crate) fn door_full() -> Text {
    both(|language| Alarm::of(language).door_full.to_owned())
}

/// That the store's log is not written back, and what the disk said where it is
/// the reason.
pub(crate) fn log_kept(fault: Option<&str>) -> Text {
    both(|language| match fault {
        None => Alarm::of(language).log_read.to_owned(),
        Some(found) => {
            let found = without_addresses(&one_line(found), "");
            fill(Alarm::of(language).log_fault, &[("found", &found)])
        }
    })
}

/// That the disk gives back otherwise than was written.
pub(crate) fn store_damaged(found: &str) -> Text {
    both(|language| {
        let found = without_addresses(&one_line(found), "");
        fill(Alarm::of(language).store_damaged, &[("found", &found)])
    })
}

/// That more is damaged than is named.
pub(crate) fn more_damaged() -> Text {
    both(|language| Alarm::of(language).more_damaged.to_owned())
}

/// That a call-out of a list cannot be shown, because its record is damaged.
pub fn call_out_damaged(id: &CallOutId) -> Text {
    both(|language| {
        let values = [("id", id.as_str())];
        fill(Alarm::of(language).call_out_damaged, &values)
    })
}

/// That the wall clock says a time at which this program did not exist.
pub(crate) fn clock_absurd() -> Text {
    both(|language| Alarm::of(language).clock_absurd.to_owned())
}

/// That a mail which was sent to come back has not.
pub(crate) fn canary() -> Text {
    both(|language| Alarm::of(language).canary.to_owned())
}

/// That a call-out met a defect as it moved on.
pub(crate) fn defect(title: &Text) -> Text {
    both(|language| {
        let title = one_line(title.get(language));
        fill(Alarm::of(language).defect, &[("title", &title)])
    })
}

/// The subject of the mail that must come back.
pub(crate) fn canary_subject(language: Language) -> &'static str {
    Alarm::of(language).canary_subject
}

/// What it says, in both languages.
pub(crate) fn canary_text() -> String {
    let [ja, en] = [Language::Ja, Language::En].map(|language| Alarm::of(language).canary_text);
    format!("{ja}\n\n{en}\n")
}

/// That a contact fails, of what the account says; nothing for other entries.
pub(crate) fn contact(call_out: &CallOut, entry: &Entry) -> Option<Text> {
    contact_under(&call_out.title, call_out, entry)
}

/// The same without the name of the call-out: how it ends whatever that was as it was said.
pub(crate) fn contact_unnamed(call_out: &CallOut, entry: &Entry) -> Option<Text> {
    contact_under(&Text::new("", ""), call_out, entry)
}

fn contact_under(title: &Text, call_out: &CallOut, entry: &Entry) -> Option<Text> {
    let (Entry::ContactDead {
        person,
        channel: name,
        reason: why,
        ..
    }
    | Entry::ContactFailing {
        person,
        channel: name,
        reason: why,
        ..
    }) = entry
    else {
        return None;
    };
    let who = call_out.participants.get(person);
    Some(both(|language| {
        let w = Alarm::of(language);
        let wording = match entry {
            Entry::ContactFailing { .. } => w.failing,
            _ => w.dead,
        };
        let who = who.map_or(person.as_str(), |who| who.name.get(language));
        let values = [
            ("title", &*one_line(title.get(language))),
            ("person", &*one_line(who)),
            ("channel", &*channel(name, language)),
            ("reason", reason(*why, language)),
        ];
        fill(wording, &values)
    }))
}

/// That so many more contacts fail.
pub(crate) fn left(count: usize) -> Text {
    both(|language| fill(Alarm::of(language).left, &[("count", &count.to_string())]))
}
