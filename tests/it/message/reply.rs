//! What a person reads whose reply came by mail.

use muster::domain::acknowledgement::Reply;
use muster::domain::event::Mode;
use muster::domain::mail::Became;
use muster::domain::text::Language;
use muster::message::reply::Replied;

use super::fixture::{LINK, at, call_out, messages, speaking};

const MARKS: [&str; 2] = ["訓練", "DRILL"];

/// Every confirmation of a drill says so in each of its parts, in both
/// languages, and none of the real thing does.
#[test]
fn only_a_drills_confirmation_says_so() {
    for (mode, language) in [Mode::Real, Mode::Drill, Mode::DrillWithVendors]
        .into_iter()
        .flat_map(|mode| Language::ALL.map(|language| (mode, language)))
    {
        let call_out = speaking(call_out(mode), language);
        let to = &call_out.participants["chief"];
        for became in [
            Became::Recorded(Reply::Coming),
            Became::Recorded(Reply::Cannot),
            Became::Late,
            Became::Older,
            Became::Unread,
        ] {
            let letter = messages().reply_letter(&Replied {
                written: at("03:12:31"),
                call_out: &call_out,
                to,
                line: "参集可",
                became,
                link: LINK,
            });
            let letter = letter.unwrap();
            let parts = [
                &letter.from_name,
                &letter.subject,
                &letter.text,
                &letter.html,
            ];
            for part in parts {
                let marked = MARKS.iter().any(|mark| part.contains(mark));
                assert_eq!(
                    marked,
                    mode.is_drill(),
                    "{mode:?} {language:?} {became:?}: {part}"
                );
            }
            let first = [
                "【訓練 / DRILL】これは訓練です",
                "[DRILL / 訓練] This is a drill",
            ];
            let opens = first.iter().any(|mark| letter.text.starts_with(mark));
            assert_eq!(opens, mode.is_drill(), "{}", letter.text);
            assert!(letter.text.contains(LINK));
            assert!(letter.text.contains("参集可"));
        }
    }
}

/// As it is read.
#[test]
fn a_confirmation_as_it_is_read() {
    let call_out = speaking(call_out(Mode::Real), Language::Ja);
    let letter = messages().reply_letter(&Replied {
        written: at("03:12:31"),
        call_out: &call_out,
        to: &call_out.participants["chief"],
        line: "すぐ行きます",
        became: Became::Unread,
        link: LINK,
    });
    insta::assert_snapshot!(letter.unwrap().text, @r"
    【返信の受付】自動の確認です。新しい招集ではありません。
    [YOUR REPLY] An automatic confirmation, not a new call-out.

    返信は担当者に見えますが、回答としては記録していません。
    The duty officer can see your reply, but it is not recorded as an answer.

    ▼ 回答の画面を開く
    https://muster.example.jp/a/AQAAAAAAAAAHxyzxyzxyzxyzxyzxyzxyz

    ■ 参集番号: 20261123-k7qm
    ■ 件名: 震度5弱
    ■ 返信の1行目: すぐ行きます

    回答するには、このメールのリンクを開くか、参集の連絡への返信の1行目に「参集可」「参集不可」「到着」のどれかだけを書いてください。

    To answer, open the link in this mail, or reply to the call-out's mail with one of these alone on the first line: coming, cannot, arrived.

    喜茂別町役場
    このメールは自動送信です。返信は読まれません。2026年11月23日(月) 03:12 に作成しました。回線の都合で、同じメールが二度届くことがあります。
    ");
}
