//! The way in: ask, read the mail, press the button, see the board.

use muster::domain::text::Language;

use super::town::{Town, path};

/// The IT manager asks, gets a mail, presses, and sees the board under their
/// name; the link has done its work then.
#[tokio::test]
async fn a_link_signs_in_once() {
    let town = Town::new().await;
    let form = town.get("/sign-in", "").await;
    assert!(
        form.body
            .contains("名簿の人：職員の id またはメールアドレス")
    );
    let said = town.wants_link("it-manager").await;
    assert_eq!(said.status, 200);
    assert!(
        said.body
            .contains("登録があり権限があれば、リンクを送りました。15分有効です。")
    );
    let mails = town.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "it-manager@example.jp");
    let link = path(&mails[0].body);
    for _ in 0..3 {
        let page = town.get(&link, "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(
            page.body
                .contains("まちづくり振興課長 としてサインインします。"),
            "{}",
            page.body
        );
        assert_eq!(page.body.matches("<button").count(), 1, "{}", page.body);
        assert!(!page.headers.contains_key("set-cookie"));
    }
    let entered = town.post(&link, "", "").await;
    assert_eq!(
        (entered.status, &entered.headers["location"]),
        (303, &"/".parse().unwrap())
    );
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    for wanted in [
        "; Path=/",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Max-Age=43200",
        "; Secure",
    ] {
        assert!(cookie.contains(wanted), "{wanted} in {cookie}");
    }
    let board = town.get("/", &entered.cookie()).await;
    assert_eq!(board.status, 200);
    assert!(
        board.body.contains("まちづくり振興課長 として表示中"),
        "{}",
        board.body
    );
    for again in [town.post(&link, "", "").await, town.get(&link, "").await] {
        assert_eq!(again.status, 410);
        assert!(
            again.body.contains("このリンクはすでに使われました。"),
            "{}",
            again.body
        );
        assert!(again.body.contains("tell the IT staff at once"));
        assert!(!again.headers.contains_key("set-cookie"));
    }
}

/// The mail is in the person's language and could not be taken for a call-out.
#[tokio::test]
async fn the_mail_sounds_like_no_call_out() {
    let mut town = Town::new().await;
    town.link("IT-Manager@Example.JP").await;
    let english = |person: &mut muster::domain::roster::Person| person.language = Language::En;
    town.world
        .change(|plan| english(&mut plan.roster.people["construction-manager"]))
        .await;
    town.link("construction-manager@example.jp").await;
    let mails = town.mails().await;
    assert_eq!(
        mails[0].subject,
        "【サインイン】画面を開くためのリンク（15分有効）"
    );
    assert_eq!(
        mails[1].subject,
        "[SIGN-IN] Your link to the board (works for 15 min)"
    );
    let bare = |body: &str| body.replace(&path(body), "/sign-in/TOKEN");
    insta::assert_snapshot!(bare(&mails[0].body), @r"
    【サインイン】これは招集の連絡ではありません。どこにも集まる必要はありません。
    [SIGN-IN] This is not a call-out. You need not go anywhere.

    まちづくり振興課長 がサインインするためのリンクです。
    A link with which Town planning manager signs in.

    ▼ サインインする
    https://muster.example.jp/sign-in/TOKEN

    ■ 依頼の時刻: 2026年11月24日(火) 03:00
    ■ 有効期限: 2026年11月24日(火) 03:15

    開いた画面のボタンを押すとサインインします。リンクは一度だけ使えます。誰にも渡さないでください。
    心当たりがないときは、リンクを使わずにこのメールを無視し、情報システムの担当者に伝えてください。

    Press the button on the page that opens. The link works once; give it to nobody.
    If it was not you who asked, do not use the link; ignore this mail and tell the IT staff.

    喜茂別町役場
    このメールは自動送信です。返信は読まれません。2026年11月24日(火) 03:00 に作成しました。回線の都合で、同じメールが二度届くことがあります。
    ");
    insta::assert_snapshot!(bare(&mails[1].body), @r"
    [SIGN-IN] This is not a call-out. You need not go anywhere.
    【サインイン】これは招集の連絡ではありません。どこにも集まる必要はありません。

    A link with which Construction manager signs in.
    建設課課長 がサインインするためのリンクです。

    ▼ Sign in
    https://muster.example.jp/sign-in/TOKEN

    ■ Asked for at: Tue 24 Nov 2026 03:00
    ■ Works until: Tue 24 Nov 2026 03:15

    Press the button on the page that opens. The link works once; give it to nobody.
    If it was not you who asked, do not use the link; ignore this mail and tell the IT staff.

    開いた画面のボタンを押すとサインインします。リンクは一度だけ使えます。誰にも渡さないでください。
    心当たりがないときは、リンクを使わずにこのメールを無視し、情報システムの担当者に伝えてください。

    Kimobetsu Town Office
    Sent automatically. Replies are not read. Written Tue 24 Nov 2026 03:00; where lines fail, the same mail may arrive twice.
    ");
    for mail in &mails {
        for taken_for in ["参集", "緊急", "訓練", "DRILL", "EMERGENCY"] {
            assert!(!mail.subject.contains(taken_for) && !mail.body.contains(taken_for));
        }
        assert!(mail.identity.starts_with("sign-in."), "{}", mail.identity);
    }
}

/// A dead address is no reason to leave somebody outside: the next is tried.
#[tokio::test]
async fn the_next_address_is_tried() {
    let mut town = Town::new().await;
    town.world
        .change(|plan| {
            let contacts = &mut plan.roster.people["it-manager"].contacts;
            let mut second = contacts[0].clone();
            second.address = "second@example.jp".into();
            contacts.push(second);
        })
        .await;
    town.world.bounce("it-manager@example.jp");
    town.wants_link("it-manager").await;
    let mails = town.mails().await;
    let to: Vec<_> = mails.iter().map(|mail| (&*mail.to, mail.outcome)).collect();
    assert_eq!(
        to,
        [
            ("it-manager@example.jp", "dead"),
            ("second@example.jp", "accepted")
        ]
    );
    assert_eq!(town.post(&path(&mails[1].body), "", "").await.status, 303);
}

/// A second person is told from the first by the human: whoever came in with a
/// token of their own and again by a link is one person.
#[tokio::test]
async fn nobody_is_the_second_person_to_himself() {
    use crate::support::world::World;
    use muster::domain::rule::Confirm;
    let world = World::with(|plan| {
        plan.rules["P4"].confirm = Confirm::SecondPerson { seconds: 600 };
    });
    let town = Town::of(world.await);
    let order = r#"{"kind":"wind-flood","posture":3,"ordered_by":"mayor","key":"KEY"}"#;
    let cookie = town.signed_in("it-manager").await;
    for (token, status) in [("managers-own", 403), ("duty", 200)] {
        town.world.advance("1s").await;
        let told = town
            .call("/api/v1/events", token, &order.replace("KEY", token))
            .await;
        assert_eq!(told.status, 202, "{}", told.body);
        let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
        let call_out = told["call_outs"][0].as_str().unwrap().to_owned();
        let path = format!("/api/v1/call-outs/{call_out}/confirm");
        let id = call_out.as_str().into();
        let digest = town.world.see(&id).await.digest();
        let body = format!(r#"{{"digest":"{digest}"}}"#);
        let confirmed = town.send_json(&path, &cookie, &body).await;
        assert_eq!(confirmed.status, status, "{token}: {}", confirmed.body);
        if status == 403 {
            assert!(confirmed.body.contains("it-manager"), "{}", confirmed.body);
            let cancel = path.replace("/confirm", "/cancel");
            town.call(&cancel, "duty", "{}").await;
            continue;
        }
        let line = town.world.timeline(&id).await;
        assert!(line.contains("まちづくり振興課長"), "{line}");
        assert!(line.contains("duty"), "{line}");
    }
}
