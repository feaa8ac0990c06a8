//! Words of confirming an address, and of a person's own contacts.
//!
//! Owns the wording only. Nothing here sounds like a call-out or an exercise:
//! whoever gets such a mail must see at once that nothing has happened.

super::table! {
    /// Sentences about contacts.
    Contacts {
        mail_subject: "【連絡先の確認】このアドレスに届いていますか", "[CONTACT CHECK] Does this address reach you?";
        mail_subject_again: "【連絡先の確認・再送】このアドレスに届いていますか", "[CONTACT CHECK, once more] Does this address reach you?";
        mail_band: "連絡先の確認", "CONTACT CHECK";
        mail_mark: "【連絡先の確認】これは招集ではありません。どこにも集まる必要はありません。", "[CONTACT CHECK] This is not a call-out. You need not go anywhere.";
        mail_headline: "{person} の緊急連絡先として、このアドレスが登録されています。", "This address is registered as an emergency contact of {person}.";
        mail_button: "届いたことを確認する", "Confirm that it reaches you";
        mail_address: "登録のアドレス", "Registered address";
        mail_sent: "送信の時刻", "Sent at";
        mail_until: "確認の期限", "Can be confirmed until";
        mail_press: "開いた画面のボタンを一度押してください。災害のときに、このアドレスへ招集の連絡が届くことの確認になります。", "Press the one button on the page that opens. It shows that a call-out would reach you here.";
        mail_not_you: "心当たりのない方は、同じ画面の「私の連絡先ではありません」を押してください。お名前などの入力は求めません。", "If this is not you, press \"this is not my contact\" on the same page. Nothing else is asked of you.";
        confirm_soon: "送ってすぐに押されたため、機械が押したかもしれません。もう一度押してください。", "It was pressed so soon after the sending that a machine may have done it. Please press once more.";
        confirm_title: "連絡先の確認", "Confirm your contact";
        confirm_says: "このアドレスに届いた連絡を、{person} が受け取れることを確認します。", "You confirm that what is sent to this address reaches {person}.";
        confirm: "このアドレスで受け取れます", "It reaches me here";
        not_call: "これは招集ではありません。何も起きていません。", "This is not a call-out. Nothing has happened.";
        not_mine: "私の連絡先ではありません", "This is not my contact";
        not_mine_says: "誤って登録されています。押すと役場に伝わり、担当者が名簿を直します。", "It was registered by mistake. Press to tell the office, and the roster will be mended.";
        confirmed_title: "確認しました", "Confirmed";
        confirmed: "{address} は{at}に確認されました。", "{address} was confirmed at {at}.";
        confirmed_then: "ほかにすることはありません。アドレスが変わったときは、職場の担当者に伝えるか、下の画面から知らせてください。", "There is nothing else to do. When the address changes, tell the office, or report it on the page below.";
        to_mine: "私の連絡先を見る・変更を知らせる", "See my contacts, report a change";
        told_title: "役場に伝えました", "The office has been told";
        told: "このアドレスが誤って登録されていることを伝えました。", "The office knows now that this address was registered by mistake.";
        told_then: "名簿が直るまで、招集の連絡が届くことがあります。そのときは破棄してください。", "Until the roster is mended a call-out may still come here; please discard it.";
        dead_title: "このリンクは使えません", "This link does not work";
        dead_unknown: "リンクが途中で切れているか、このアドレスが名簿から外れています。", "The link is cut short, or the address is no longer in the roster.";
        dead_expired: "このリンクの期限が過ぎました。", "This link has expired.";
        dead_then: "招集の連絡には関係ありません。連絡先を直すときは、職場の担当者に伝えてください。", "Call-outs are not concerned. To change a contact, tell the office.";
        proof_confirmed: "本人が確認 {at}", "confirmed {at}";
        proof_answered: "このアドレスから回答 {at}", "answered {at}";
        proof_refused: "届かず {at}", "bounced {at}";
        proof_accepted: "送達 {at}（読まれたかは不明）", "sent {at}, not known to be read";
        proof_none: "確認なし", "never proved";
    }
}
