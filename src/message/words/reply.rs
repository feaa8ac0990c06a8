//! Words of answers that come by mail, and of what is written back.
//!
//! Owns the wording only. Nothing here names the mark of a drill or of the
//! real thing: whoever writes the letter puts that above it.

super::table! {
    /// The words that are taken as an answer, and sentences about them.
    Replies {
        coming: "参集可", "coming";
        cannot: "参集不可", "cannot";
        arrived: "到着", "arrived";
        received: "受信", "received";
        band: "返信の受付", "YOUR REPLY";
        mark: "【返信の受付】自動の確認です。新しい招集ではありません。", "[YOUR REPLY] An automatic confirmation, not a new call-out.";
        subject_recorded: "【返信の受付】「{reply}」と記録しました", "[YOUR REPLY] Recorded: {reply}";
        subject_other: "【返信の受付】回答としては記録していません", "[YOUR REPLY] Not recorded as an answer";
        recorded: "回答を「{reply}」と記録しました。", "Your answer is recorded: {reply}.";
        late: "この参集は終わっています（{state}）。返信は回答としては記録していません。", "This call-out is over ({state}). Your reply is not recorded as an answer.";
        older: "返信は遅れて届きました。それより後に記録された回答が有効です。", "Your reply came late. What was recorded after you wrote it stands.";
        unread: "返信は担当者に見えますが、回答としては記録していません。", "The duty officer can see your reply, but it is not recorded as an answer.";
        how: "回答するには、このメールのリンクを開くか、参集の連絡への返信の1行目に「参集可」「参集不可」「到着」のどれかだけを書いてください。", "To answer, open the link in this mail, or reply to the call-out's mail with one of these alone on the first line: coming, cannot, arrived.";
        how_receipt: "回答するには、このメールのリンクを開くか、元の連絡への返信の1行目に「受信」とだけ書いてください。", "To answer, open the link in this mail, or reply to the first mail with \"received\" alone on the first line.";
        change: "変えるときは、このメールのリンクから回答し直してください。", "To change it, answer again through the link in this mail.";
        call_out: "参集番号", "Call-out";
        what: "件名", "What";
        yours: "返信の1行目", "First line of your reply";
    }
}
