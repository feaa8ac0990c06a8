//! One entry of every kind that an account can hold.

use std::time::Duration;

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::delivery::Reason;
use muster::domain::edition::Caveat;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::journal::{Entry, StageCause};
use muster::domain::mail::Came;
use muster::domain::roster::ChannelName;
use muster::domain::rule::Decision;
use muster::domain::text::Text;

use super::fixture::at;

/// All of them, as one night might have had them.
pub(super) fn entries() -> Vec<Entry> {
    [
        how_it_began(),
        who_decided(),
        how_it_went(),
        later_reports(),
        clashes(),
        growth_that_waits(),
        who_helps(),
        how_it_ended(),
    ]
    .concat()
}

fn how_it_began() -> Vec<Entry> {
    vec![
        Entry::Event {
            kind: EventKind::Earthquake {
                intensity: Intensity::FiveLower,
            },
            headline: Some("後志地方で震度5弱を観測".into()),
            by: "token:jma".into(),
        },
        Entry::Edition {
            number: 2,
            caveats: vec![
                Caveat::Unapproved,
                Caveat::Changed,
                Caveat::Older { than: 3 },
            ],
        },
        Entry::Held {
            until: at("03:13:30"),
            second_person: false,
        },
        Entry::Held {
            until: at("03:13:30"),
            second_person: true,
        },
        Entry::Unconfirmed {
            again_at: at("03:23:30"),
        },
        Entry::Renewed {
            until: at("03:13:30"),
        },
        Entry::Paused {
            late: Duration::from_secs(7 * 3600 + 120),
            again_at: at("10:27:30"),
        },
        Entry::Confirmed {
            by: "socket:1000".into(),
            on_word_of: Some("mayor".into()),
            digest: Some("0123456789abcdef".into()),
        },
        Entry::Cancelled {
            by: "token:duty".into(),
            on_word_of: None,
            reason: Some("誤操作".into()),
        },
        Entry::Opened { targets: 2 },
        Entry::Stage {
            stage: 1,
            cause: StageCause::Due,
            called: 5,
            reminded: 0,
        },
        Entry::StagePassed { stage: 2 },
        Entry::Stage {
            stage: 3,
            cause: StageCause::NothingMore,
            called: 3,
            reminded: 5,
        },
    ]
}

fn who_decided() -> Vec<Entry> {
    vec![
        Entry::Ordered {
            person: "mayor".into(),
            acting_for: None,
            by: "token:duty".into(),
        },
        Entry::Ordered {
            person: "chief".into(),
            acting_for: Some(Text::new("町長", "Mayor")),
            by: "token:duty".into(),
        },
        Entry::RowChosen {
            rule: "P1".into(),
            by: "token:duty".into(),
        },
        Entry::Asked {
            people: vec!["chief".into()],
            until: at("03:22:30"),
        },
        Entry::Decided {
            decision: Decision::Muster,
            by: "link:chief".into(),
            person: Some("chief".into()),
            deputy: false,
        },
        Entry::Decided {
            decision: Decision::HandleInSection,
            by: "token:duty".into(),
            person: Some("mayor".into()),
            deputy: true,
        },
        Entry::Decided {
            decision: Decision::Muster,
            by: "socket:0".into(),
            person: None,
            deputy: false,
        },
        Entry::InSection {
            again_at: at("04:12:30"),
        },
        Entry::Undecided {
            asked: true,
            again_at: Some(at("05:40:00")),
        },
    ]
}

fn later_reports() -> Vec<Entry> {
    let quake = |intensity| EventKind::Earthquake { intensity };
    vec![
        Entry::Grown {
            kind: quake(Intensity::FiveUpper),
            headline: Some("続報".into()),
            rule: "P1".into(),
            targets: vec![Text::new("全職員", "All staff")],
            by: "token:jma".into(),
        },
        Entry::Grown {
            kind: quake(Intensity::SixLower),
            headline: None,
            rule: "P1".into(),
            targets: Vec::new(),
            by: "token:jma".into(),
        },
        Entry::Aftershock {
            kind: quake(Intensity::Four),
            headline: None,
            by: "token:jma".into(),
        },
        Entry::CorrectionPending {
            kind: Some(quake(Intensity::Four)),
            rule: Some("P3".into()),
            until: at("03:30:00"),
            by: "token:jma".into(),
        },
        Entry::CorrectionPending {
            kind: None,
            rule: None,
            until: at("03:30:00"),
            by: "token:jma".into(),
        },
        Entry::CorrectionStopped {
            by: "token:duty".into(),
            on_word_of: Some("mayor".into()),
        },
        Entry::Corrected {
            rule: "P3".into(),
            released: 12,
        },
        Entry::Said {
            text: "国道は通行止め".into(),
            place: None,
            by: "token:duty".into(),
            told: 9,
        },
        Entry::Said {
            text: "本庁舎に立ち入れない".into(),
            place: Some("公民館".into()),
            by: "token:duty".into(),
            told: 9,
        },
    ]
}

fn clashes() -> Vec<Entry> {
    let target = Text::new("統括班", "Control squad");
    vec![
        Entry::Clash {
            person: "chief".into(),
            other: None,
            here: vec![target.clone(), Text::new("事務局", "Secretariat")],
            there: Vec::new(),
            deputies: Vec::new(),
            vacant: Vec::new(),
        },
        Entry::Clash {
            person: "chief".into(),
            other: Some("20261123-abcd".into()),
            here: vec![target.clone()],
            there: vec![Text::new("情報システム責任者", "IT manager")],
            deputies: vec![(target.clone(), "works-1".into())],
            vacant: vec![Text::new("情報システム責任者", "IT manager")],
        },
        Entry::Doubled {
            people: vec!["chief".into(), "works-1".into()],
            targets: vec![target.clone(), Text::new("事務局", "Secretariat")],
        },
        Entry::BothCalled {
            other: "20261123-abcd".into(),
            people: 37,
        },
        Entry::AlsoCalled {
            call_outs: 390,
            people: 4,
        },
        Entry::Unfillable { target, short: 2 },
    ]
}

fn growth_that_waits() -> Vec<Entry> {
    let quake = |intensity| EventKind::Earthquake { intensity };
    vec![
        Entry::GrowthHeld {
            kind: quake(Intensity::SixLower),
            headline: None,
            rule: "P1".into(),
            until: at("03:30:00"),
            second_person: false,
            by: "token:duty".into(),
        },
        Entry::GrowthHeld {
            kind: quake(Intensity::SixLower),
            headline: None,
            rule: "P1".into(),
            until: at("03:30:00"),
            second_person: true,
            by: "token:duty".into(),
        },
        Entry::GrowthStopped {
            by: "token:duty".into(),
            on_word_of: Some("mayor".into()),
        },
    ]
}

fn how_it_went() -> Vec<Entry> {
    let target = Text::new("統括班", "Control squad");
    vec![
        Entry::Unmet {
            stage: 1,
            targets: vec![target.clone()],
            told: 2,
        },
        Entry::CalledNext {
            person: "chief".into(),
            instead_of: "works-1".into(),
            target: target.clone(),
        },
        Entry::Reminded {
            stage: 1,
            people: 4,
        },
        Entry::ContactDead {
            person: "works-2".into(),
            channel: ChannelName::Email,
            reason: Reason::Address,
            detail: "550 5.1.1 no such user".into(),
        },
        Entry::Unreachable {
            person: "works-2".into(),
        },
    ]
}

fn who_helps() -> Vec<Entry> {
    vec![
        Entry::HelpAsked {
            vendor: "maintainer".into(),
            desk: "maintainer#1".into(),
            systems: vec![19],
            note: Some("ログの保全を優先".into()),
            by: Some("token:duty".into()),
            on_word_of: Some("chief".into()),
            until: at("03:30:00"),
        },
        Entry::HelpAsked {
            vendor: "operator".into(),
            desk: "operator#1".into(),
            systems: Vec::new(),
            note: None,
            by: None,
            on_word_of: None,
            until: at("03:30:00"),
        },
        Entry::HelpNext {
            desk: "maintainer#2".into(),
            instead_of: "maintainer#1".into(),
            until: at("03:45:00"),
        },
        Entry::HelpOut {
            vendor: Text::new("保守事業者", "Maintainer"),
        },
        Entry::HelpGone {
            vendor: Text::new("保守事業者", "Maintainer"),
        },
    ]
}

fn how_it_ended() -> Vec<Entry> {
    let target = Text::new("統括班", "Control squad");
    vec![
        Entry::Answered {
            person: "it-1".into(),
            reply: Reply::Coming,
            eta_minutes: Some(30),
            note: Some("車で向かいます".into()),
            via: Via::Link(ChannelName::Email),
            by: "link:it-1".into(),
            doubtful: true,
        },
        Entry::Answered {
            person: "works-1".into(),
            reply: Reply::Cannot,
            eta_minutes: None,
            note: None,
            via: Via::OnBehalf,
            by: "token:duty".into(),
            doubtful: false,
        },
        Entry::Answered {
            person: "it-1".into(),
            reply: Reply::Coming,
            eta_minutes: None,
            note: None,
            via: Via::Reply,
            by: "person:it-1".into(),
            doubtful: false,
        },
        came(Came::Undelivered, "5.7.1 refused"),
        came(Came::Delayed, "4.4.1 no route"),
        came(Came::Automatic, "Auto-Submitted"),
        came(Came::Stranger, "参集可"),
        came(Came::Said, "すぐ行きます"),
        came(Came::Late, "参集可"),
        came(Came::Older, "参集可"),
        Entry::Met {
            target: target.clone(),
            have: 3,
        },
        Entry::Reopened {
            target: target.clone(),
        },
        Entry::Exhausted {
            targets: vec![target],
        },
        Entry::Recovered,
        Entry::Ended,
        Entry::Late {
            by: Duration::from_secs(125),
        },
        Entry::StoodDown {
            by: "token:duty".into(),
            reason: "被害なし".into(),
            false_alarm: false,
        },
        Entry::StoodDown {
            by: "token:duty".into(),
            reason: "観測機器の故障".into(),
            false_alarm: true,
        },
    ]
}

fn came(came: Came, text: &str) -> Entry {
    Entry::Mail {
        person: "it-1".into(),
        came,
        text: text.into(),
    }
}
