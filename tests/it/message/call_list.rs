//! The call list in both of its forms.

use muster::domain::call_out::{CallOut, State};
use muster::domain::event::Mode;
use muster::domain::plan::Plan;
use muster::domain::roster::{
    ChannelName, Contact, Person, Section, Vendor, VendorDesk, VendorKind,
};
use muster::domain::text::Text;
use muster::message::call_list::{COLUMNS, ENDED};
use muster::report::call_list;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::fixture::{at, call_out, messages};
use crate::support::plans::{Town, person};

/// The town of the fixture's call-out: the people of two sections and one
/// more who is not in it, and a vendor.
fn plan() -> Plan {
    let mut plan = Town::new()
        .people(&["chief", "it-1", "it-2", "works-1", "works-2"], &["mail"])
        .squad("control", None, &["chief", "it-1"], &["it-2", "works-2"])
        .post("it-manager", &["chief"], &["it-1"])
        .0;
    plan.organisation = Text::new("喜茂別町役場", "Kimobetsu Town Office");
    plan.roster.squads[0].name = Text::new("統括班", "Control squad");
    plan.roster.posts[0].name = Text::new("情報システム責任者", "IT manager");
    plan.roster.sections.clear();
    for (id, ja, en) in [
        ("planning", "まちづくり振興課", "Town Planning"),
        ("works", "建設課", "Public Works"),
    ] {
        let section = Section {
            id: id.into(),
            name: Text::new(ja, en),
            required: Vec::new(),
            deputies: Vec::new(),
            need: None,
        };
        plan.roster.sections.insert(id.into(), section);
    }
    for (id, person) in &mut plan.roster.people {
        let works = id.as_str().starts_with("works");
        person.section = if works { "works" } else { "planning" }.into();
        person.contacts.push(Contact {
            channel: ChannelName::Webhook("voice-gateway".into()),
            address: "+81-0-0000-0006".into(),
        });
    }
    let desk = VendorDesk {
        name: Text::new("障害受付", "Fault desk"),
        contacts: plan.roster.people[0].contacts.clone(),
    };
    plan.roster.vendors.insert(
        "maintainer".into(),
        Vendor {
            id: "maintainer".into(),
            name: Text::new("保守事業者", "Maintainer"),
            kind: VendorKind::Maintainer,
            desks: vec![desk],
        },
    );
    plan
}

fn text(plan: &Plan, call_out: &CallOut) -> String {
    let list = call_list::of_call_out(plan, call_out, at("03:20:00"));
    messages().call_list_text(&list)
}

fn page(plan: &Plan, call_out: &CallOut) -> String {
    let list = call_list::of_call_out(plan, call_out, at("03:20:00"));
    messages().call_list_page(&list).unwrap()
}

#[test]
fn the_list_of_a_call_out_as_text() {
    insta::assert_snapshot!(text(&plan(), &call_out(Mode::Real)));
}

#[test]
fn the_list_of_the_roster_as_text() {
    let list = call_list::of_roster(&plan(), at("03:20:00"));
    insta::assert_snapshot!(messages().call_list_text(&list));
}

/// An exercise's mark is on every section and at every line to fill in; none
/// is anywhere on a real one.
#[test]
fn a_drill_says_so_everywhere_on_its_list() {
    let (plan, drill) = (plan(), call_out(Mode::Drill));
    let list = text(&plan, &drill);
    for line in list.lines() {
        if line.starts_with("== ") || line.contains('□') && line.contains("__:__") {
            assert!(line.contains("訓練"), "{line}");
        }
    }
    let page = page(&plan, &drill);
    assert_eq!(
        page.matches("<thead>").count() + page.matches("class=\"pen\">").count()
            - page.matches("<col class=\"pen\">").count(),
        page.split_once("<h1>")
            .unwrap()
            .1
            .matches("訓練 DRILL")
            .count()
            - 1,
        "each table's head and each line to fill in, and the notes"
    );
    let real = call_out(Mode::Real);
    for real in [text(&plan, &real), super::call_list::page(&plan, &real)] {
        assert!(!real.contains("訓練") && !real.contains("DRILL"), "{real}");
        assert!(real.contains("緊急参集"), "{real}");
    }
}

/// What has ended says so first: nobody shall call by an old paper.
#[test]
fn the_list_of_what_has_ended_says_so_first() {
    let plan = plan();
    let mut call_out = call_out(Mode::Real);
    assert!(!text(&plan, &call_out).starts_with(ENDED));
    call_out.state = State::StoodDown;
    call_out.ended_at = Some(at("03:40:00"));
    let list = text(&plan, &call_out);
    assert!(list.starts_with(ENDED), "{list}");
    assert!(list.contains("終了") && list.contains("03:40"), "{list}");
    assert!(page(&plan, &call_out).contains("<p class=\"over\">"));
}

/// Names with markup, marks that turn the direction, lines within a name: the
/// page has no element of theirs and no script, remote address or inline style.
#[test]
fn no_name_can_become_a_part_of_the_page() {
    let mut plan = plan();
    let nasty = "<script>alert(1)</script>\"'&\u{202E}gnp.\r\n<img src=x>";
    for person in plan.roster.people.values_mut() {
        person.name = Text::new(nasty, nasty);
        person.contacts[0].address = nasty.into();
    }
    let mut call_out = call_out(Mode::Drill);
    for participant in call_out.participants.values_mut() {
        participant.name = Text::new(nasty, nasty);
        participant.section_name = Text::new(nasty, nasty);
    }
    call_out.targets[0].name = Text::new(nasty, nasty);
    let roster = call_list::of_roster(&plan, at("03:20:00"));
    let pages = [
        page(&plan, &call_out),
        messages().call_list_page(&roster).unwrap(),
    ];
    for page in pages {
        assert!(page.contains("&lt;script&gt;"), "{page}");
        for banned in ["<script", "<img", "://", " style=", "<link", "\u{202E}"] {
            assert!(!page.contains(banned), "{banned}: {page}");
        }
    }
    let text = text(&plan, &call_out);
    assert!(!text.contains('\u{202E}') && !text.contains('\r'), "{text}");
}

/// A thousand sections of nobody, and ten thousand people in one.
#[test]
fn ten_thousand_people_find_room() {
    let mut plan = plan();
    for number in 0..10_000 {
        let id = format!("p-{number}");
        let person = Person {
            section: "works".into(),
            ..person(&id, &["mail", "sms", "mail2"])
        };
        plan.roster.people.insert(person.id.clone(), person);
    }
    let list = call_list::of_roster(&plan, at("03:20:00"));
    let page = messages().call_list_page(&list).unwrap();
    assert_eq!(page.matches("□ 参集").count(), 10_005);
    let text = messages().call_list_text(&list);
    assert!(text.contains("10005  p-9999"), "the last one is there");
}

/// A section without anybody says so, and a person without a contact.
#[test]
fn nobody_and_no_contact_are_said() {
    let mut plan = plan();
    plan.roster.people.retain(|id, _| id.as_str() == "chief");
    plan.roster.people[0].contacts.clear();
    let list = call_list::of_roster(&plan, at("03:20:00"));
    let text = messages().call_list_text(&list);
    assert!(text.contains("該当者なし Nobody"), "{text}");
    assert!(text.contains("連絡先なし No contact"), "{text}");
}

/// Who has left the roster since stands on the list with the contacts of then.
#[test]
fn who_left_the_roster_is_still_on_the_list() {
    let mut plan = plan();
    plan.roster.people.shift_remove("chief");
    plan.roster.sections.shift_remove("works");
    let text = text(&plan, &call_out(Mode::Real));
    assert!(text.contains("    -  まちづくり振興課長"), "{text}");
    assert!(text.contains("建設課"), "{text}");
    assert!(text.contains("it-1@example.jp"), "{text}");
}

proptest! {
    /// Whatever a name, a note or an address holds, no line of the text is
    /// longer than the paper is wide.
    #[test]
    fn no_line_is_longer_than_the_paper_is_wide(words in "\\PC{0,200}", mark in "[ 　あA□😀é]{0,90}") {
        let mut plan = plan();
        let name = format!("{words}{mark}");
        for person in plan.roster.people.values_mut() {
            person.name = Text::new(&name, "");
            person.contacts[0].address = name.clone().into();
        }
        plan.roster.squads[0].name = Text::new(&name, &words);
        plan.roster.sections[0].name = Text::new(&name, &words);
        let mut call_out = call_out(Mode::Drill);
        for participant in call_out.participants.values_mut() {
            participant.name = Text::new(&name, "");
            if let Some(answer) = &mut participant.answer {
                answer.answer.note = Some(name.clone());
            }
        }
        for line in text(&plan, &call_out).lines() {
            prop_assert!(line.width_cjk() <= COLUMNS, "{} columns: {line}", line.width_cjk());
        }
    }
}
