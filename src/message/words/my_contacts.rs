//! Words of the page on which a person sees their own contacts.
//!
//! Owns the wording only. It says plainly that nothing has happened, and that
//! what is reported waits for a person.

super::table! {
    /// Sentences of a person's own contacts.
    MyContacts {
        title: "私の連絡先", "My contacts";
        masked_says: "このリンクでは、アドレスの一部を隠しています。", "This link shows only a part of each address.";
        none: "連絡先がありません。下から知らせてください。", "There is no contact. Please report one below.";
        proof: "届いた証拠", "Last proof";
        change: "変わった・使えない", "It has changed, or does not work";
        new_address: "新しい宛先", "The new address or number";
        moved: "新しい宛先に変えてほしい", "Change it to this";
        gone: "もう使っていない", "I no longer use it";
        wrong: "私のものではない", "It is not mine";
        add: "メールアドレスを追加する", "Add a mail address";
        add_button: "追加してほしい", "Please add it";
        other: "そのほか", "Anything else";
        note: "担当者に伝えること", "What the office should know";
        note_button: "伝える", "Send";
        done: "知らせを受け付けました。担当者が確かめて名簿に反映するまで、連絡先は今のままです。", "Your report is kept. Until somebody at the office has seen to it, the contacts stay as they are.";
        reports: "知らせたこと", "What you reported";
        waits: "{at} に受付。担当者の確認待ち", "reported {at}; waits for the office";
        accepted: "{at} に了承。次の名簿から有効", "accepted {at}; in force with the next roster";
        refused: "見送り（{why}）", "not taken: {why}";
        refused_only: "見送り", "not taken";
        reported_moved: "{old} から {new} へ変更", "{old} becomes {new}";
        reported_new: "{new} を追加", "add {new}";
        reported_wrong: "{old} は私のものではない", "{old} is not mine";
        reported_gone: "{old} はもう使っていない", "{old} is no longer used";
        reported_note: "{note}", "{note}";
        reported_with_note: "{what}（{note}）", "{what} ({note})";
        reported_unchecked: "{what}〔役場が確かめていないアドレスから〕", "{what} [from an address the office has not checked]";
        until: "この画面は{at}まで開けます。リンクは人に渡さないでください。", "This page can be opened until {at}. Do not give the link to anybody.";
        mail_subject: "【連絡先】あなたの緊急連絡先を確かめてください", "[CONTACTS] Please look over your emergency contacts";
        mail_band: "連絡先の確認", "CONTACT CHECK";
        mail_mark: "【連絡先】これは招集ではありません。どこにも集まる必要はありません。", "[CONTACTS] This is not a call-out. You need not go anywhere.";
        mail_headline: "{person} の緊急連絡先を見るためのリンクです。", "A link to the emergency contacts of {person}.";
        mail_button: "私の連絡先を見る", "See my contacts";
        mail_sent: "送信の時刻", "Sent at";
        mail_until: "有効期限", "Works until";
        mail_what: "登録されている連絡先を確かめ、変わったものがあれば画面から知らせてください。", "Look over what is registered, and report on the page what has changed.";
        mail_keep: "リンクは誰にも渡さないでください。心当たりがないときは、このメールを破棄してください。", "Give the link to nobody. If it is not for you, please discard this mail.";
    }
}
