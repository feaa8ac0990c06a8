//! Made-up mails and pages on which a file is tried before it is used.
//!
//! Owns that they hold what is hard to show: markup, letters of every script,
//! length; and that each thing that may be missing is missing once.

use super::name::{About, File, Mode};
use crate::message::facts::Fact;
use crate::message::letter::{Body, Button};
use crate::message::page;
use crate::message::words::{Mail, fill};

/// What people write at the worst of times.
const HARD: &str = "<script>alert('🌋')</script> & \"震度\" <b>مرحبا</b> 👩🏽‍🚒 ";

/// One with everything, and one with nothing that can be left out.
pub(super) fn bodies(file: &File) -> [Body; 2] {
    let language = file.language;
    let other = page::other(language);
    let (w, o) = (Mail::of(language), Mail::of(other));
    let drill = file.mode == Mode::Drill;
    // Why: what the file itself says must be short on a page, and only that.
    let page = file.about == About::Page;
    let hard = format!("{HARD}{}", "長い言葉".repeat(if page { 0 } else { 50 }));
    let marked = |w: &Mail| {
        let values = [("headline", &*hard)];
        if drill {
            fill(w.drill_headline, &values)
        } else {
            hard.clone()
        }
    };
    let full = Body {
        lang: language.tag(),
        other_lang: other.tag(),
        subject: format!("{}{HARD}", if drill { w.drill_band } else { "" }),
        band: if drill { w.drill_band } else { w.real_band },
        colour: "#b3001b",
        mark: if drill { w.drill_mark } else { w.real_mark }.to_owned(),
        mark_other: if drill { o.drill_mark } else { o.real_mark }.to_owned(),
        end: if drill { w.drill_end } else { "" },
        headline: marked(w),
        headline_other: marked(o),
        what: hard.clone(),
        place: hard.clone(),
        name: hard.clone(),
        answer_by: Some("03:27".to_owned()),
        lead: Some(hard.clone()),
        facts: vec![Fact {
            label: w.fact_why,
            value: hard.clone(),
        }],
        asks: vec![hard.clone()],
        button: (!page).then(|| Button {
            label: w.button_answer,
            link: "https://muster.example.jp/a/AbC-_dEf".to_owned(),
        }),
        notes: vec![hard.clone()],
        safety: "身の安全を最優先にしてください。 & <safety>".to_owned(),
        organisation: hard,
        automatic: w.automatic.to_owned(),
        written: w.written.to_owned(),
    };
    let bare = Body {
        lead: None,
        answer_by: None,
        facts: Vec::new(),
        asks: Vec::new(),
        button: None,
        notes: Vec::new(),
        ..full.clone()
    };
    [full, bare]
}
