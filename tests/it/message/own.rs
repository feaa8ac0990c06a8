//! Texts that the town writes itself: what each must have, and that whatever
//! people report is shown as text.

use std::sync::Arc;

use muster::domain::call_out::{CallOut, State};
use muster::domain::event::Mode;
use muster::domain::notification::Purpose;
use muster::domain::text::{Language, Text};
use muster::message::Letter;
use muster::message::own::{OwnFile, OwnTexts};
use muster::message::view::AnswerView;
use proptest::prelude::*;

use super::fixture::{LINK, call_out, incident, messages};

fn own(files: &[(&str, &str)]) -> OwnTexts {
    let files = files.iter().map(|(name, text)| OwnFile {
        name: (*name).to_owned(),
        text: Ok((*text).to_owned()),
    });
    OwnTexts::new(&files.collect::<Vec<_>>())
}

/// Which line is refused, and why.
fn refused(name: &str, text: &str) -> Option<(usize, Text)> {
    let refused = own(&[(name, text)]).refused();
    refused.into_iter().next().map(|one| (one.line, one.why))
}

fn letter(call_out: &CallOut, own: OwnTexts) -> Letter {
    let messages = messages().with_own(Arc::new(own));
    let to = &call_out.participants["chief"];
    messages.mail(call_out, to, Purpose::Call, LINK).unwrap()
}

/// The answer page of one who is called.
fn page(call_out: &CallOut, own: OwnTexts) -> String {
    let messages = messages().with_own(Arc::new(own));
    let view = AnswerView::new(call_out, &call_out.participants["chief"]);
    messages.answer_page(&view).unwrap()
}

const TEXT: &str = "{{ mark }}\n{% if button %}{{ button.link }}{% endif %}\n{{ safety }}\n";
const HTML: &str = "<p>{{ mark }}</p>\n{% if button %}<a href=\"{{ button.link }}\">{{ button.label }}</a>{% endif %}\n<p>{{ name }} {{ headline }} {{ place }} {{ safety }}</p>\n";
const DRILL: &str =
    "{{ mark }}\n{% if button %}{{ button.link }}{% endif %}\n{{ safety }}\n{{ end }}\n";

#[test]
fn what_has_everything_is_taken() {
    for (name, text) in [
        ("real.call.ja.txt", TEXT),
        ("real.any.en.html", HTML),
        ("drill.stand-down.ja.txt", DRILL),
        ("drill.any.en.subject", "{{ subject }}"),
        ("real.tell.ja.subject", "町より {{ what }}\n"),
        ("real.page.en.headline", "{{ what }}: come to {{ place }}"),
        ("drill.page.ja.headline", "{{ headline }}"),
        ("drill.page.ja.txt", "{{ mark }}\n{{ lead }}\n{{ end }}"),
        (
            "real.any.ja.txt",
            "{{ mark }}\n{% include 'mail_body.txt' %}",
        ),
    ] {
        assert_eq!(refused(name, text), None, "{name}");
    }
}

/// Each with the line that somebody has to look at, and a word of why.
fn are_refused(name: &str, texts: &[(&str, usize, &str)]) {
    for (text, line, why) in texts {
        let (at, said) = refused(name, text).unwrap_or_else(|| panic!("{name}: {text}"));
        assert!(said.ja.contains(why), "{name} {text}: {}", said.ja);
        assert_eq!(at, *line, "{name} {text}: {}", said.ja);
        assert!(!said.en.is_empty());
    }
}

#[test]
fn what_lacks_something_is_refused_at_its_line() {
    let linked = "{{ button.link if button }}";
    let unlinked = "{{ mark }}\n{{ safety }}\n";
    are_refused(
        "real.call.ja.txt",
        &[(unlinked, 1, "回答用リンク"), (linked, 1, "身の安全")],
    );
    are_refused("real.call.ja.html", &[(unlinked, 1, "回答用リンク")]);
    are_refused("real.call.ja.subject", &[("  \n ", 1, "空です")]);
    for name in ["real.calls.ja.txt", "real.readiness.ja.txt"] {
        are_refused(name, &[(TEXT, 1, "any, call, remind")]);
    }
    are_refused("real.call.fr.txt", &[(TEXT, 1, "ja, en")]);
    are_refused("mail.txt", &[(TEXT, 1, "real.call.ja.txt")]);
}

#[test]
fn a_drill_says_so_and_nothing_real_does() {
    let real = [
        ("{{ mark }}\nこれは訓練です", 2, "訓練"),
        ("{{ mark }}\n{{ \"訓\" ~ \"練\" }}\n", 1, "訓練"),
    ];
    are_refused("real.call.ja.txt", &real);
    are_refused("real.call.ja.subject", &[("DRILL", 1, "訓練")]);
    are_refused("drill.call.ja.subject", &[("{{ what }}", 1, "件名に")]);
    let linked = "{{ mark }}\n{{ button.link if button }}\n{{ safety }}";
    let drill = [
        ("はじめ\n{{ end }}", 1, "最初の行"),
        (linked, 3, "最後の行"),
    ];
    are_refused("drill.call.ja.txt", &drill);
    let first = [("<p>Hello</p>{{ end }}", 1, "最初の行")];
    are_refused("drill.call.en.html", &first);
}

/// The same of a page; and it stays so short that the buttons are near.
#[test]
fn a_page_is_marked_and_short_or_refused() {
    let headline = [
        ("{{ what }}", 1, "見出しに「訓練」"),
        ("", 1, "見出しが空"),
        ("{% if what %}\n訓練", 2, "テンプレート"),
    ];
    are_refused("drill.page.ja.headline", &headline);
    let text = [
        ("支所へ\n訓練です", 1, "最初の行"),
        ("訓練です\n支所へ\n\n", 2, "最後の行"),
        ("{{ button.link }}", 1, "テンプレート"),
    ];
    are_refused("drill.page.ja.txt", &text);
    let long = ["あ".repeat(601), "あ\n".repeat(21)];
    let text = [
        (" \n\n", 1, "本文が空"),
        ("本番\nDRILL", 2, "訓練"),
        (&*long[0], 1, "600文字、20行"),
        (&*long[1], 1, "600文字、20行"),
    ];
    are_refused("real.page.ja.txt", &text);
    let long = "あ".repeat(161);
    are_refused(
        "real.page.ja.headline",
        &[("訓練", 1, "訓練"), (&long, 1, "160文字")],
    );
    are_refused("real.page.ja.html", &[("<p>", 1, "headline, txt")]);
    are_refused("real.call.ja.headline", &[("x", 1, "subject, txt, html")]);
    let longest = "あ".repeat(599) + "\n";
    assert_eq!(refused("real.page.ja.txt", &longest), None);
}

/// With everything that a page may hold, in letters that escaping lengthens.
#[test]
fn a_page_with_the_longest_words_is_small() {
    let text = format!("{}\n", "'".repeat(28)).repeat(20);
    let headline = "/".repeat(160);
    for state in State::ALL {
        let mut call_out = call_out(Mode::Real);
        call_out.state = state;
        let files = [
            ("real.page.ja.txt", &*text),
            ("real.page.ja.headline", &headline),
            ("real.page.en.headline", &headline),
        ];
        let own = own(&files);
        assert_eq!(own.refused(), []);
        let page = page(&call_out, own);
        assert!(page.len() < 15 * 1024, "{} bytes", page.len());
        let shown = page.contains("&#x27;&#x27;");
        assert_eq!(shown, state.is_live() && state != State::Held, "{state:?}");
    }
}

/// It reads no file, asks nothing, ends, and shows nothing as markup.
#[test]
fn a_text_can_do_nothing_but_speak() {
    let endless = "{{ mark }}\n{% for a in asks * 99999 %}{% for b in asks * 99999 %}{% endfor %}{% endfor %}";
    let many = "x".repeat(900);
    let long = format!("{TEXT}{{% for a in '{many}' %}}{{{{ facts }}}}{{% endfor %}}");
    let texts = [
        ("{{ mark }}\n\n{% endif %}", 3, "テンプレート"),
        ("{{ mark }}\n{{ plcae }}", 2, "テンプレート"),
        ("{% include '/etc/passwd' %}", 1, "テンプレート"),
        ("{{ mark|safe }}", 1, "テンプレート"),
        ("{{ debug() }}", 1, "テンプレート"),
        (endless, 2, "テンプレート"),
        (&long, 1, "テンプレート"),
    ];
    are_refused("real.call.ja.txt", &texts);
    let raw = "{% autoescape false %}{{ button.link if button }}{{ headline }}{{ safety }}{% endautoescape %}";
    are_refused("real.call.ja.html", &[(raw, 1, "autoescape")]);
}

/// Text and HTML say the same: with one of them refused, both are built in.
#[test]
fn a_mail_is_the_towns_or_the_built_in_one() {
    let call_out = call_out(Mode::Real);
    let built_in = letter(&call_out, OwnTexts::default());
    let files = [
        ("real.call.ja.txt", TEXT),
        ("real.call.ja.html", "{{ nothing }}"),
    ];
    assert_eq!(letter(&call_out, own(&files)), built_in);
    let whole = letter(&call_out, own(&[files[0], ("real.any.ja.html", HTML)]));
    assert_eq!(whole.files, ["real.call.ja.txt", "real.any.ja.html"]);
    assert_eq!(whole.subject, built_in.subject);
    assert!(own(&files[..1]).halves() == ["templates/real.call.ja.txt"]);
}

/// What little may be said of an incident is little in the town's words too:
/// everything that a file can show, it shows here.
#[test]
fn a_little_is_said_of_an_incident() {
    let all = "{{ mark }} {{ subject }} {{ what }} {{ place }} {{ headline }} {{ headline_other }} {{ lead }} {{ asks }} {{ notes }} {{ facts }} {{ safety }} {{ button.link if button }}";
    let call_out = incident(Mode::Real);
    let own = own(&[("real.call.ja.txt", all)]);
    assert_eq!(own.refused(), []);
    let letter = letter(&call_out, own);
    assert_eq!(letter.files.len(), 1);
    let headline = call_out.event.headline.as_deref().unwrap();
    assert!(!letter.text.contains(headline), "{}", letter.text);
    assert!(!letter.text.contains("選挙"), "{}", letter.text);
}

fn texts(files: &[OwnFile]) -> Vec<(&str, &str)> {
    let texts = files.iter();
    let texts = texts.map(|file| (&*file.name, file.text.as_deref().unwrap()));
    texts.collect()
}

/// The files beside the example's are what they say.
#[test]
fn the_examples_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/templates");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let name = name.strip_suffix(".example").unwrap().to_owned();
        let text = Ok(std::fs::read_to_string(&path).unwrap());
        files.push(OwnFile { name, text });
    }
    assert_eq!(files.len(), 7);
    let own = OwnTexts::new(&files);
    assert_eq!(own.refused(), []);
    let drill = call_out(Mode::Drill);
    assert!(page(&drill, self::own(&texts(&files))).contains("訓練の計画で"));
    let shown = page(&call_out(Mode::Real), self::own(&texts(&files)));
    assert!(shown.contains("<p>庁舎に近づけないときは"), "{shown}");
    let letter = letter(&call_out(Mode::Real), own);
    assert_eq!(letter.files.len(), 3, "{:?}", letter.files);
    for part in [&letter.text, &letter.html] {
        assert!(part.contains("最寄りの支所"), "{part}");
    }
}

/// A sign that begins no tag is no markup: the town's own words hold.
#[test]
fn a_sign_that_begins_no_tag_is_text() {
    let mut call_out = call_out(Mode::Real);
    call_out.place = Text::new("<", "<");
    let letter = letter(&call_out, own(&[("real.call.ja.html", HTML)]));
    assert_eq!(letter.files.len(), 1, "the town's own words hold");
}

proptest! {
    /// Markup, letters that run the other way, emoji, length: shown as text in
    /// each part, and never a tag, a line or a header of its own.
    #[test]
    fn whatever_is_reported_is_text(
        words in prop::collection::vec(
            prop_oneof![
                Just("<script>".to_owned()), Just("</p><a href=x>".to_owned()), Just("\u{202e}".to_owned()),
                Just("👩🏽\u{200d}🚒".to_owned()), Just("{{ button }}".to_owned()), Just("{% if %}".to_owned()),
                Just("\r\nBcc: all".to_owned()), Just("&amp;".to_owned()), Just("長い名前".repeat(80)), ".{0,12}",
            ],
            1..6,
        ),
    ) {
        let hard = words.concat();
        let mut call_out = call_out(Mode::Real);
        call_out.place = Text::new(hard.clone(), hard.clone());
        call_out.participants["chief"].name = Text::new(hard.clone(), hard);
        call_out.participants["chief"].language = Language::Ja;
        let files = [
            ("real.call.ja.txt", TEXT),
            ("real.call.ja.html", HTML),
            ("real.call.ja.subject", "{{ what }} {{ place }} {{ name }}"),
        ];
        let letter = letter(&call_out, own(&files));
        let tags: Vec<&str> = letter.html.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap()).collect();
        prop_assert_eq!(letter.files.len(), 3, "the town's own words hold");
        // The last one says when it was written.
        prop_assert_eq!(tags, ["p", "/p", "a", "/a", "p", "/p", "p", "/p"]);
        let names = [("real.page.ja.headline", "{{ place }}"), ("real.page.ja.txt", "{{ name }}\n{{ headline }}")];
        let page = page(&call_out, self::own(&names));
        let built_in = self::page(&call_out, OwnTexts::default());
        let count = |page: &str| ["<script", "<a ", "<h1", "<bdi>"].map(|tag| page.matches(tag).count());
        prop_assert_eq!(count(&page), count(&built_in), "no tag of its own");
        let one_line = !letter.subject.contains(['\r', '\n', '\u{202e}']);
        prop_assert!(one_line, "{}", letter.subject);
        prop_assert!(letter.text.contains(LINK) && letter.html.replace("&#x2f;", "/").contains(LINK));
    }
}

/// A text of the town's that does not say when it was written, and that it may come
/// twice, says so below its own words; one that does says it once.
#[test]
fn the_towns_texts_say_when_they_were_written() {
    let twice = "同じメールが二度届くことがあります";
    let said = format!("{TEXT}{{{{ automatic }}}}\n");
    let page = format!("<html><body>{HTML}</body></html>");
    for (mode, files) in [
        (
            Mode::Real,
            [("real.any.ja.txt", TEXT), ("real.any.ja.html", HTML)],
        ),
        (
            Mode::Real,
            [("real.any.ja.txt", &said), ("real.any.ja.html", &page)],
        ),
        (
            Mode::Drill,
            [
                ("drill.any.ja.txt", DRILL),
                ("drill.any.ja.subject", "{{ subject }}"),
            ],
        ),
    ] {
        let letter = letter(&call_out(mode), own(&files));
        assert!(letter.files.len() == 2, "{:?}", letter.files);
        for text in [&letter.text, &letter.html] {
            assert_eq!(text.matches(twice).count(), 1, "{text}");
            assert!(text.contains("03:12 に作成"), "{text}");
        }
        let last = letter.text.trim_end().lines().next_back().unwrap();
        assert_eq!(last.contains("訓練"), mode == Mode::Drill, "{last}");
        let after = letter.html.split_once("</body>");
        assert!(after.is_none_or(|(_, after)| !after.contains(twice)));
    }
}
