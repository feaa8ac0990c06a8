//! The report of a great many people: it is made, and it is no book.

use std::time::Duration;

use muster::config::{self, Sources};
use muster::domain::acknowledgement::{Acknowledgement, Reply};
use muster::domain::call_out::{CallOut, ContactState, Participant};
use muster::domain::delivery::Reason;
use muster::domain::event::Mode;
use muster::domain::id::PersonId;
use muster::domain::journal::{Entry, Record, StageCause};
use muster::domain::notification::{Draft, NotificationState, Purpose};
use muster::domain::text::Text;
use muster::message::report::{Report, Row};
use muster::report::outcome::{self, Asked};
use muster::report::workbook;
use muster::store::{Kept, NotificationRow};

use super::fixture::{answer, at, call_out, contact, messages};

/// So many people, of whom three in four answer and one in ten has no contact
/// that works.
fn many(people: usize) -> (Kept, Vec<Record>) {
    let mut call_out: CallOut = call_out(Mode::Real);
    let one = call_out.participants[0].clone();
    call_out.participants.clear();
    let (mut records, mut notifications) = (Vec::new(), Vec::new());
    let mut write = |seconds: usize, entry| {
        let at = at("03:12:30") + Duration::from_secs(seconds as u64);
        records.push(Record {
            seq: records.len() as u64 + 1,
            at,
            entry,
        });
        at
    };
    write(
        0,
        Entry::Stage {
            stage: 1,
            cause: StageCause::Due,
            called: u32::try_from(people).unwrap(),
            reminded: 0,
        },
    );
    for number in 0..people {
        let id = PersonId::new(format!("p-{number}"));
        let dead = number % 10 == 9;
        let mut person = person(number, &one, dead);
        if dead {
            let detail = "550 5.1.1 User unknown".to_owned();
            write(
                1,
                Entry::ContactDead {
                    person: id.clone(),
                    channel: contact().channel,
                    reason: Reason::Address,
                    detail: detail.clone(),
                },
            );
            notifications.push(row(number, &id, NotificationState::Dead, Some(detail)));
        } else {
            notifications.push(row(number, &id, NotificationState::Accepted, None));
        }
        if number % 4 != 0 && !dead {
            let given = answer(id.as_str(), Reply::Coming, Some(30));
            let said = Entry::Answered {
                person: id.clone(),
                reply: Reply::Coming,
                eta_minutes: Some(30),
                note: None,
                via: given.answer.via.clone(),
                by: given.answer.by.clone(),
                doubtful: false,
            };
            let at = write(60 + number, said);
            person.answer = Some(Acknowledgement { at, ..given });
        }
        call_out.participants.insert(id, person);
    }
    let kept = Kept {
        call_out,
        notifications,
        in_part: false,
    };
    (kept, records)
}

fn person(number: usize, like: &Participant, dead: bool) -> Participant {
    let mut person = like.clone();
    person.person = PersonId::new(format!("p-{number}"));
    person.name = Text::new(format!("職員 {number}"), format!("Staff {number}"));
    person.section = format!("s-{}", number % 40).as_str().into();
    person.section_name = Text::new(format!("課 {}", number % 40), "");
    person.answer = None;
    person.contacts[0].state = if dead {
        ContactState::Dead
    } else {
        ContactState::Accepted
    };
    person
}

fn row(
    number: usize,
    person: &PersonId,
    state: NotificationState,
    detail: Option<String>,
) -> NotificationRow {
    NotificationRow {
        reason: None,
        id: i64::try_from(number).unwrap(),
        draft: Draft {
            person: person.clone(),
            contact: contact(),
            purpose: Purpose::Call,
            stage: 1,
            confirms: None,
        },
        state,
        attempts: 1,
        settled_at: Some(at("03:12:31")),
        detail,
    }
}

fn report(kept: &Kept, records: &[Record]) -> Report {
    let plan = config::check(&Sources::example(), &[]).unwrap().plan;
    outcome::of(Asked {
        kept,
        records,
        earlier: &[],
        next: None,
        plan: &plan,
        addresses: false,
        now: at("09:00:00"),
    })
}

/// Every form can be made of ten thousand people, and on the page the time
/// line is folded.
#[test]
fn ten_thousand_people_have_a_report() {
    let (kept, records) = many(10_000);
    let report = report(&kept, &records);
    let never = report.people.iter().filter(|row| row.is_never_reached());
    assert_eq!(never.count(), 1000);
    let answered = report.sections.iter().map(|group| group.counts.answered);
    assert_eq!(answered.sum::<u32>(), report.about.counts.answered);
    let page = messages().report_page(&report).unwrap();
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    let lines = page.matches("<time datetime=").count();
    assert!(lines < 100, "{lines} lines");
    let book = workbook::xlsx(&messages().report_tables(&report)).unwrap();
    assert!(book.len() < 4_000_000, "{} bytes", book.len());
    let csv = workbook::csv(&messages().report_people(&report));
    let lines = csv.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 10_001);
}

/// Nobody, one, two, ten: what stands in the middle, and what nine in ten are
/// not above.
#[test]
fn medians_and_percentiles_are_those_of_the_textbook() {
    let (kept, records) = many(2);
    let person = report(&kept, &records).people[1].clone();
    let times = |seconds: &[u64]| {
        let row = |seconds: &u64| Row {
            took: Some(Duration::from_secs(*seconds)),
            ..person.clone()
        };
        outcome::times(&seconds.iter().map(row).collect::<Vec<_>>())
    };
    let seconds = Duration::from_secs;
    assert_eq!(times(&[]).median, None);
    assert_eq!(times(&[7]).ninety, Some(seconds(7)));
    assert_eq!(times(&[4, 2]).median, Some(seconds(3)));
    let ten = times(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(ten.median, Some(Duration::from_millis(5500)));
    assert_eq!(
        (ten.ninety, ten.longest),
        (Some(seconds(9)), Some(seconds(10)))
    );
    assert_eq!(ten.count, 10);
}
