//! Words of signing in by a link: its mail and its pages.
//!
//! Owns the wording only. Nothing here sounds like a call-out: whoever gets
//! such a mail at night must see at once that nothing has happened.

super::table! {
    /// Sentences about a sign-in link.
    SignIn {
        link_title: "メールでサインイン", "Sign in by mail";
        link_says: "権限のある職員は、名簿のメールアドレスに届くリンクからサインインできます。", "Staff who may see the board can have a link sent to their mail address in the roster.";
        link_who: "名簿の人：職員の id またはメールアドレス", "Your id in the roster, or your mail address";
        link_ask: "リンクを送る", "Send me a link";
        token_title: "トークンでサインイン", "Sign in with a token";
        sent_title: "メールを確かめてください", "Look into your mail";
        sent: "登録があり権限があれば、リンクを送りました。{length}有効です。", "If you are registered and may see the board, a link has been sent. It works for {length}.";
        sent_then: "届かないときは、1分おいてもう一度送ってください。それでも届かないときは、トークンでサインインするか、情報システムの担当者に伝えてください。", "If nothing comes, wait a minute and send once more. If that fails, sign in with a token, or tell the IT staff.";
        again: "サインインの画面へ", "To the sign-in page";
        enter_title: "サインインの確認", "Confirm your sign-in";
        enter_says: "{person} としてサインインします。", "You are signing in as {person}.";
        enter: "サインインする", "Sign in";
        enter_until: "このリンクは{at}まで、一度だけ使えます。", "This link works until {at}, and once.";
        enter_holds: "サインインは{length}続きます。共用の端末では、終わったら必ずサインアウトしてください。", "The sign-in lasts {length}. On a shared machine, sign out when you are done.";
        enter_not_you: "リンクを頼んでいないときは、押さずに閉じ、情報システムの担当者に伝えてください。", "If you did not ask for this link, do not press; close the page and tell the IT staff.";
        dead_title: "このリンクではサインインできません", "You cannot sign in with this link";
        dead_used: "このリンクはすでに使われました。使えるのは一度だけです。使ったのがあなたでないときは、すぐに情報システムの担当者に伝えてください。", "This link has been used. It works only once. If it was not you who used it, tell the IT staff at once.";
        dead_expired: "このリンクの有効期限（{length}）が過ぎました。", "This link has expired: it worked for {length}.";
        dead_unknown: "リンクが途中で切れているか、送った後にこのシステムが再起動したか、サインインの権限がなくなっています。", "The link is cut short, or this system was restarted after it was sent, or you may not sign in any more.";
        dead_then: "サインインの画面から、新しいリンクを送ってください。", "Send yourself a new link from the sign-in page.";
        mail_subject: "【サインイン】画面を開くためのリンク（{length}有効）", "[SIGN-IN] Your link to the board (works for {length})";
        mail_band: "サインイン", "SIGN-IN";
        mail_mark: "【サインイン】これは招集の連絡ではありません。どこにも集まる必要はありません。", "[SIGN-IN] This is not a call-out. You need not go anywhere.";
        mail_headline: "{person} がサインインするためのリンクです。", "A link with which {person} signs in.";
        mail_asked: "依頼の時刻", "Asked for at";
        mail_until: "有効期限", "Works until";
        mail_once: "開いた画面のボタンを押すとサインインします。リンクは一度だけ使えます。誰にも渡さないでください。", "Press the button on the page that opens. The link works once; give it to nobody.";
        mail_not_you: "心当たりがないときは、リンクを使わずにこのメールを無視し、情報システムの担当者に伝えてください。", "If it was not you who asked, do not use the link; ignore this mail and tell the IT staff.";
    }
}
