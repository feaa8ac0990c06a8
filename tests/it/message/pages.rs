//! What the pages show, and what must never be on them.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::event::Mode;
use muster::domain::text::{Language, Text};
use muster::message::view::{
    AnswerView, BoardView, CallOutSummary, CallOutView, ComingDrill, SignInView,
};
use muster::message::{board_style_hash, script_hash, style_hash};

use super::fixture::{answer, at, call_out, incident, messages, notifications, records};

/// The words of a page, without its style and its marks.
fn words_of(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    format!("{head}{body}")
}

fn answer_pages(mode: Mode) -> Vec<String> {
    let mut pages = Vec::new();
    for language in Language::ALL {
        for person in ["it-1", "works-1", "chief", "mayor"] {
            for state in State::ALL {
                let mut call_out = call_out(mode);
                call_out.state = state;
                let mut view = AnswerView::new(&call_out, &call_out.participants[person]);
                view.language = language;
                pages.push(messages().answer_page(&view).unwrap());
            }
        }
    }
    pages
}

fn call_out_pages(mode: Mode) -> Vec<String> {
    let (records, notifications) = (records(), notifications());
    let page = |language| {
        let call_out = call_out(mode);
        let view = CallOutView::new(
            &call_out,
            &records,
            &notifications,
            at("03:20:00"),
            language,
        );
        messages().call_out_page(&view).unwrap()
    };
    Language::ALL.map(page).to_vec()
}

fn board(modes: &[Mode], language: Language) -> String {
    let mut view = BoardView::new(at("03:20:07"), language);
    view.open = modes
        .iter()
        .map(|mode| CallOutSummary::new(&call_out(*mode)))
        .collect();
    messages().board(&view).unwrap()
}

#[test]
fn an_answer_page_is_small_and_alone() {
    for mode in [Mode::Real, Mode::Drill] {
        for page in answer_pages(mode) {
            assert!(page.len() < 15 * 1024, "{} bytes", page.len());
            assert!(page.contains(r#"<meta name="referrer" content="no-referrer">"#));
            assert!(page.contains(r#"name="viewport""#));
        }
    }
}

/// A page without the one script that the board's pages have, which the
/// policy knows by its hash.
fn without_the_boards_script(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<script>") else {
        return page.to_owned();
    };
    let (script, after) = rest.split_once("</script>").unwrap();
    assert_eq!(script_hash(), hash(script));
    format!("{before}{after}")
}

fn hash(text: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text);
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("sha256-{digest}")
}

#[test]
fn no_page_has_a_script_a_remote_address_or_an_inline_style() {
    let mut pages = answer_pages(Mode::Real);
    pages.extend(call_out_pages(Mode::Drill));
    pages.push(board(&[Mode::Real, Mode::Drill], Language::Ja));
    pages.push(messages().gone_page(Language::Ja).unwrap());
    let sign_in = SignInView {
        refused: true,
        undone: true,
        action: "/sign-in".into(),
        link_action: Some("/sign-in/link".into()),
        language: Language::En,
    };
    pages.push(messages().sign_in(&sign_in).unwrap());
    for page in pages {
        let page = without_the_boards_script(&page);
        for banned in [
            "<script",
            "://",
            " style=",
            "<img",
            "<link",
            "<iframe",
            "url(",
            "@import",
            "onclick=",
            "onload=",
            "onsubmit=",
        ] {
            assert!(!page.contains(banned), "{banned} in {page}");
        }
    }
}

#[test]
fn the_styles_hash_is_that_of_what_is_sent() {
    let gone = messages().gone_page(Language::Ja).unwrap();
    let board = board(&[Mode::Real], Language::Ja);
    for (page, wanted) in [(gone, style_hash()), (board, board_style_hash())] {
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        assert_eq!(wanted, hash(style));
    }
}

#[test]
fn a_drills_page_is_marked_at_top_and_bottom_and_a_real_one_never() {
    let drills = answer_pages(Mode::Drill)
        .into_iter()
        .chain(call_out_pages(Mode::Drill));
    for page in drills {
        let (head, main) = page.split_once("<main").unwrap();
        let (_, foot) = main.split_once("</main>").unwrap();
        for mark in ["訓練", "DRILL"] {
            assert!(
                words_of(&format!("{head}<style></style>")).contains(mark) && foot.contains(mark)
            );
        }
        assert!(page.contains(r#"<body class="practice">"#));
        assert!(!page.contains("緊急参集"));
    }
    let real = answer_pages(Mode::Real)
        .into_iter()
        .chain(call_out_pages(Mode::Real));
    for page in real {
        for mark in ["訓練", "DRILL", "Drill", "drill"] {
            assert!(!page.contains(mark), "{mark} in {page}");
        }
        let looks = ["real", "calm"].map(|class| format!("<body class=\"{class}\">"));
        assert!(looks.iter().any(|body| page.contains(body)));
    }
}

#[test]
fn an_answer_page_offers_every_answer_without_a_script() {
    let call_out = call_out(Mode::Real);
    let page = messages()
        .answer_page(&AnswerView::new(&call_out, &call_out.participants["chief"]))
        .unwrap();
    for field in [
        r#"<input type="hidden" name="answer" value="coming">"#,
        r#"name="eta_minutes" value="30""#,
        r#"name="eta_minutes" value="60""#,
        r#"name="eta_minutes" value="120""#,
        r#"name="eta_minutes" value="180""#,
        r#"name="answer" value="arrived""#,
        r#"name="answer" value="cannot""#,
        r#"name="note""#,
        r#"href="?lang=en""#,
    ] {
        assert!(page.contains(field), "{field} is not in {page}");
    }
    assert!(!page.contains(r#"value="received""#));
    assert!(page.contains("震度5弱のため、役場本庁舎へ参集してください。"));
    assert!(page.contains("震度5弱のため、統括班の"));
    assert!(page.contains("03:27"));
}

#[test]
fn who_is_only_informed_can_say_received_and_no_more() {
    let call_out = call_out(Mode::Real);
    let page = messages()
        .answer_page(&AnswerView::new(&call_out, &call_out.participants["mayor"]))
        .unwrap();
    assert!(page.contains(r#"name="answer" value="received""#));
    for other in ["coming", "arrived", "cannot"] {
        assert!(!page.contains(&format!(r#"value="{other}""#)), "{other}");
    }
}

#[test]
fn a_recorded_answer_is_shown_with_its_time_and_can_be_changed() {
    let call_out = call_out(Mode::Real);
    let page = messages()
        .answer_page(&AnswerView::new(&call_out, &call_out.participants["it-1"]))
        .unwrap();
    for said in [
        "回答を記録しました",
        "30分以内",
        "2026年11月23日(月) 03:14 記録",
        "03:44ごろ到着の見込み",
        "回答を変える",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    assert!(page.contains(r#"value="cannot""#));
}

#[test]
fn a_doubtful_answer_asks_for_one_more_press() {
    let call_out = call_out(Mode::Real);
    let mut doubtful = answer("chief", Reply::Coming, Some(60));
    doubtful.doubtful = true;
    doubtful.answer.note = Some("\"車\"で".into());
    let mut view = AnswerView::new(&call_out, &call_out.participants["chief"]);
    view.latest = Some(&doubtful);
    let page = messages().answer_page(&view).unwrap();
    assert!(page.contains("はい、「参集できる (1時間以内)」で間違いありません"));
    assert!(page.contains(r#"<input type="hidden" name="eta_minutes" value="60">"#));
    assert!(
        page.contains(r#"name="note" value="&quot;車&quot;で""#),
        "{page}"
    );
    assert!(
        !page.contains("回答を記録しました"),
        "a doubtful answer is not recorded as given"
    );
}

#[test]
fn a_call_out_that_is_over_says_so_and_still_takes_an_answer() {
    let mut call_out = call_out(Mode::Real);
    call_out.state = State::StoodDown;
    let page = messages()
        .answer_page(&AnswerView::new(&call_out, &call_out.participants["chief"]))
        .unwrap();
    assert!(page.contains("この参集は終了しました（解除）。これから来る必要はありません。"));
    assert!(
        !page.contains("参集できますか"),
        "nothing is asked any more"
    );
    let (_, late) = page.split_once(r#"<details class="late">"#).unwrap();
    assert!(late.contains(r#"value="cannot""#), "but nothing is lost");
    for sets_out in ["危険", "参集し、", "招集されています"] {
        assert!(!page.contains(sets_out), "nobody sets out now: {page}");
    }
    call_out.false_alarm = true;
    let view = AnswerView::new(&call_out, &call_out.participants["chief"]);
    let page = messages().answer_page(&view).unwrap();
    assert!(page.contains("震度5弱の参集は誤報でした。"), "{page}");
}

#[test]
fn a_drill_that_is_over_is_only_over() {
    let mut drill = call_out(Mode::Drill);
    drill.state = State::StoodDown;
    let view = AnswerView::new(&drill, &drill.participants["chief"]);
    let over = messages().answer_page(&view).unwrap();
    assert!(over.contains("この訓練は終了しました（解除）。"), "{over}");
}

#[test]
fn foreign_text_stays_text_on_every_page() {
    let nasty = "<script>alert(1)</script>\u{202E}\n\"><b>🚨".repeat(20);
    let text = Text::new(&nasty, &nasty);
    let mut call_out = call_out(Mode::Real);
    call_out.place = text.clone();
    call_out.title = text.clone();
    call_out.instruction = text.clone();
    call_out.targets[0].name = text.clone();
    for person in call_out.participants.values_mut() {
        person.name = text.clone();
        person.section_name = text.clone();
        if let Some(answer) = &mut person.answer {
            answer.answer.note = Some(nasty.clone());
        }
    }
    let mut rows = notifications();
    rows[0].error = Some(nasty.clone());
    let records = records();
    let now = at("03:20:00");
    let mut board = BoardView::new(now, Language::Ja);
    board.open = vec![CallOutSummary::new(&call_out)];
    board.notices = vec![text.clone()];
    board.reader.name.clone_from(&nasty);
    let whole = CallOutView::new(&call_out, &records, &rows, now, Language::En);
    let answer = AnswerView::new(&call_out, &call_out.participants["it-1"]);
    for page in [
        messages().board(&board).unwrap(),
        messages().call_out_page(&whole).unwrap(),
        messages().answer_page(&answer).unwrap(),
    ] {
        assert!(page.contains("&lt;script&gt;alert(1)"));
        let page = without_the_boards_script(&page);
        assert!(
            !page.contains("<script") && !page.contains("\"><b>🚨"),
            "{page}"
        );
        assert!(!page.contains('\u{202E}'));
    }
}

#[test]
fn the_page_behind_a_link_tells_little_of_an_incident() {
    let call_out = incident(Mode::Real);
    let page = messages()
        .answer_page(&AnswerView::new(&call_out, &call_out.participants["chief"]))
        .unwrap();
    assert!(page.contains("情報セキュリティ事象"));
    assert!(!page.contains("身代金") && !page.contains("庁舎全域") && !page.contains("対象："));
}

#[test]
fn a_problem_is_said_on_the_page() {
    let call_out = call_out(Mode::Real);
    let mut view = AnswerView::new(&call_out, &call_out.participants["chief"]);
    let problem = Text::new(
        "到着までの時間が読めません。",
        "The time until arrival is not readable.",
    );
    view.problem = Some(&problem);
    let page = messages().answer_page(&view).unwrap();
    assert!(page.contains(r#"role="alert""#) && page.contains("到着までの時間が読めません。"));
}

#[test]
fn the_board_shows_drills_and_real_ones_side_by_side_never_alike() {
    let page = board(&[Mode::Real, Mode::Drill], Language::Ja);
    assert!(page.contains(r#"<section class="card real""#));
    assert!(page.contains(r#"<section class="card practice""#));
    assert!(
        page.contains(r#"<body class="real desk">"#),
        "a real one decides the page's own band"
    );
    let page = board(&[Mode::Drill], Language::En);
    assert!(page.contains(r#"<body class="practice desk">"#));
    let page = board(&[Mode::Real], Language::En);
    assert!(!page.contains("訓練") && !page.contains("DRILL"), "{page}");
}

#[test]
fn the_board_shows_every_figure_and_need() {
    let page = board(&[Mode::Real], Language::Ja);
    for (label, figure) in [
        ("招集", 5),
        ("送信済み", 4),
        ("連絡不能", 1),
        ("回答", 3),
        ("参集できる", 1),
        ("到着", 1),
        ("参集できない", 1),
        ("未回答", 2),
    ] {
        let shown = format!("<dt>{label}<small");
        let at = page
            .find(&shown)
            .unwrap_or_else(|| panic!("{label} is not on the board"));
        let value = format!("<dd>{figure}</dd>");
        assert!(
            page[at..].split("</div>").next().unwrap().contains(&value),
            "{label} {figure}"
        );
    }
    assert!(page.contains(r#"aria-label="3人中2人""#) && page.contains("統括班"));
    assert!(page.contains(r#"href="&#x2f;call-outs&#x2f;20261123-k7qm""#));
    assert!(
        !page.contains("http-equiv"),
        "renewed only where the view says so"
    );
}

#[test]
fn the_board_renews_itself_where_asked_and_says_what_is_wrong() {
    let mut view = BoardView::new(at("03:20:07"), Language::Ja);
    view.refresh_secs = Some(5);
    view.notices = vec![Text::new(
        "中継サーバーに接続できません。",
        "No relay can be reached.",
    )];
    view.edition = Some(Text::new(
        "計画 第2版 未承認",
        "Plan edition 2, NOT APPROVED",
    ));
    view.drills = vec![ComingDrill {
        drill: "contact".into(),
        title: Text::new("緊急連絡・確認訓練", "Contact drill"),
        when: muster::domain::schedule::Foretold::At(at("10:00:00")),
    }];
    let page = messages().board(&view).unwrap();
    assert!(page.contains(r#"<meta http-equiv="refresh" content="5">"#));
    assert!(page.contains("中継サーバーに接続できません。") && page.contains("未承認"));
    assert!(page.contains("発令中の参集はありません。"));
    assert!(page.contains("2026年11月23日(月) 10:00"));
    assert!(page.contains("03:20:07 現在"));
}

#[test]
fn a_call_outs_page_shows_who_said_what_and_no_address() {
    for page in call_out_pages(Mode::Real) {
        assert!(page.contains("550 5.1.1 no such user"));
        assert!(
            page.contains("&lt;b&gt;橋&lt;&#x2f;b&gt;が通れません &amp; 迂回できません"),
            "{page}"
        );
        assert!(!page.contains("@example.jp"), "an address is on the page");
        let newest = page.find("観測機器の故障").unwrap();
        let oldest = page.rfind("後志地方で震度5弱を観測").unwrap();
        assert!(newest < oldest, "the newest is first");
    }
    let page = &call_out_pages(Mode::Real)[0];
    for said in [
        "第1段階で招集",
        "入力：トークン duty",
        "メール 再送 再試行待ち 2回試行",
        "未承認",
        "建設課",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
}

#[test]
fn a_dead_link_says_what_to_do_instead() {
    for language in Language::ALL {
        let page = messages().gone_page(language).unwrap();
        assert!(page.contains("電話で") && page.contains("telephone"));
    }
}

#[test]
fn signing_in_takes_a_token_that_is_not_shown() {
    let mut view = SignInView {
        refused: false,
        undone: false,
        action: "/sign-in".into(),
        link_action: None,
        language: Language::Ja,
    };
    let page = messages().sign_in(&view).unwrap();
    assert!(page.contains(r#"name="token" type="password""#) && !page.contains("role=\"alert\""));
    view.refused = true;
    assert!(
        messages()
            .sign_in(&view)
            .unwrap()
            .contains("トークンが違うか")
    );
}

/// A few clashes stand before the call-outs; many are one line there, and are
/// listed below them.
#[test]
fn many_clashes_leave_the_call_outs_in_sight() {
    let call_out = call_out(Mode::Real);
    let board = |clashes: usize| {
        let mut view = BoardView::new(at("03:20:00"), Language::Ja);
        view.open.push(CallOutSummary::new(&call_out));
        let clash = |number| Text::new(format!("衝突{number}です"), "clash");
        view.clashes = (0..clashes).map(clash).collect();
        messages().board(&view).unwrap()
    };
    let place = |page: &str, words: &str| page.find(words).unwrap();
    let few = board(3);
    assert!(place(&few, "衝突2です") < place(&few, "<section"));
    assert!(!few.contains("#clashes"), "{few}");
    let many = board(4);
    assert!(place(&many, "衝突0です") > place(&many, "</section>"));
    assert!(place(&many, "href=\"#clashes\"") < place(&many, "<section"));
    assert!(!board(0).contains("衝突"));
}
