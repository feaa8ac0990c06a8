//! People who are away: said where they are missed, and how gravely; who is
//! missed by nobody is left in peace.

use jiff::SignedDuration;
use muster::domain::absence::{Absence, Leave};
use muster::domain::readiness::{Finding, Severity};
use muster::domain::rule::{CallMode, Need};
use muster::domain::text::Language;
use muster::message::words::readiness as words;

use super::findings::{decision, found, look, sound};
use crate::support::plans::{Town, dawn, selector};

/// Marked absent to midnight after the 27th.
fn away(mut town: Town, people: &[&str]) -> Town {
    for person in people {
        let absence = Absence {
            person: (*person).into(),
            since: dawn(),
            until: "2026-11-27T15:00:00Z".parse().unwrap(),
            reason: None,
            by: "token:duty".into(),
        };
        town.0.absences.insert((*person).into(), absence);
    }
    town
}

#[test]
fn who_is_away_and_missed_by_nobody_is_no_finding() {
    for person in ["a", "b", "c"] {
        assert_eq!(found(&away(sound(), &[person]), &[]), [""; 0], "{person}");
    }
    let all_staff = Town::new()
        .people(&["a", "b"], &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .administrator("boss");
    assert_eq!(found(&away(all_staff, &["a"]), &[]), [""; 0]);
}

/// A deputy who steps in is a note; nobody left is a fault.
#[test]
fn it_is_graver_the_fewer_are_left() {
    let mut first = away(sound().people(&["d"], &["mail"]), &["a", "b"]);
    first.0.roster.squads["s"].deputies.push("d".into());
    assert_eq!(found(&first, &[]), ["minor away-no-first a,b"]);
    let last = away(sound(), &["a", "b"]);
    assert_eq!(found(&last, &[]), ["minor away-no-next a,b"], "one deputy");
    let next = away(sound(), &["b", "c"]);
    assert_eq!(found(&next, &[]), ["minor away-no-next b,c"]);
    let nobody = away(sound(), &["a", "b", "c"]);
    assert_eq!(found(&nobody, &[]), ["serious away-nobody a,b,c"]);
    let mut few = away(sound(), &["c"]);
    few.0.roster.squads["s"].need = Some(3);
    assert_eq!(found(&few, &[]), ["serious away-too-few c"]);
}

/// What is lacking whoever is there is not said a second time; who has no
/// contact is not missed for being away.
#[test]
fn what_lasts_is_said_once() {
    let mut town = away(sound(), &["a", "b"]);
    town.0.roster.people["b"].contacts.clear();
    assert_eq!(
        found(&town, &[]),
        ["serious no-contact b", "minor away-no-next a"]
    );
    let mut town = away(sound(), &["a", "b"]);
    for person in ["a", "b"] {
        town.0.roster.people[person].contacts.clear();
    }
    assert!(
        found(&town, &[]).iter().all(|said| !said.contains("away")),
        "{:?}",
        found(&town, &[])
    );
}

#[test]
fn it_counts_from_its_first_instant_to_its_last() {
    let leave = |from: i8, to: i8| {
        let mut town = sound();
        let day = |day| jiff::civil::date(2026, 11, day);
        let leave = Leave {
            from: day(from),
            to: day(to),
        };
        for person in ["a", "b"] {
            town.0.roster.people[person].leave = vec![leave];
        }
        found(&town, &[])
    };
    // It is the 24th.
    assert_eq!(leave(24, 24), ["minor away-no-next a,b"]);
    assert_eq!(leave(25, 30), [""; 0], "it has not begun");
    assert_eq!(leave(20, 23), [""; 0], "it is over");
    let mut over = away(sound(), &["a", "b"]);
    for absence in over.0.absences.values_mut() {
        absence.until = dawn() - SignedDuration::from_secs(1);
    }
    assert_eq!(found(&over, &[]), [""; 0]);
}

#[test]
fn administrators_decisions_and_approvers_are_looked_at() {
    let boss = away(sound(), &["boss"]);
    assert_eq!(found(&boss, &[]), ["serious away-nobody boss"]);
    let asked = |people: &[&str]| {
        let mut town = away(sound(), people);
        town.rule().decision = Some(decision(&["person:a", "person:b"]));
        town.0.rules["P2"].targets.clear();
        found(&town, &[])
    };
    assert_eq!(asked(&["a"]), ["minor away-no-first a"]);
    assert_eq!(asked(&["b"]), ["minor away-no-next b"]);
    assert_eq!(asked(&["a", "b"]), ["serious away-nobody a,b"]);
    let mut held = away(sound().hold(60), &["c"]);
    held.0.approvers = vec![selector("person:c")];
    assert_eq!(found(&held, &[]), ["serious away-nobody c"]);
    held.0.approvers.push(selector("person:a"));
    assert_eq!(found(&held, &[]), [""; 0]);
}

/// Those whom a rule only tells, or calls besides: grave where it reaches
/// nobody else.
#[test]
fn those_who_are_only_told_are_looked_at() {
    let told = |only: bool, deaf: bool| {
        let mut town = sound().people(&["d"], if deaf { &[] } else { &["mail"] });
        let rule = town.rule();
        rule.inform = vec![selector("person:d")];
        if only {
            rule.targets.clear();
        }
        town
    };
    let none = "serious no-contact d";
    assert_eq!(
        found(&told(false, true), &[]),
        [none, "minor nobody-informed inform P2"]
    );
    assert_eq!(
        found(&told(true, true), &[]),
        ["serious nobody-informed inform P2", none]
    );
    let gone = |only| found(&away(told(only, false), &["d"]), &[]);
    assert_eq!(gone(false), ["minor away-nobody d"]);
    assert_eq!(gone(true), ["serious away-nobody d"]);
    for key in ["also", "tell", "tell_unfillable"] {
        let mut town = sound().people(&["d"], &[]);
        let who = vec![selector("person:d")];
        if key == "tell_unfillable" {
            town.rule().tell_unfillable = who;
        } else {
            let mut stage = crate::support::plans::stage(0);
            if key == "also" {
                stage.also = who;
            } else {
                stage.tell = who;
            }
            town = town.stage(stage);
        }
        let wanted = format!("minor nobody-informed {key} P2");
        assert_eq!(found(&town, &[]), [none, &wanted]);
    }
}

/// Everything that can be said of people who are away or told.
fn everything() -> (Town, Vec<Finding>) {
    let mut town = sound()
        .people(&["d", "e"], &["mail"])
        .people(&["f"], &[])
        .squad("nobody", None, &["d"], &["e"])
        .squad("few", Some(2), &["a", "d"], &[])
        .squad("next", None, &["a"], &["d"])
        .squad("first", None, &["d"], &["a", "b"])
        .hold(60);
    for squad in ["squad:nobody", "squad:few", "squad:next", "squad:first"] {
        town = town.target(squad, Need::Roster, CallMode::InTurn);
    }
    town.0.administrators = vec![selector("person:d")];
    town.0.approvers = vec![selector("person:e")];
    let rule = town.rule();
    rule.inform = vec![selector("person:e")];
    rule.tell_unfillable = vec![selector("person:f")];
    let mut stage = crate::support::plans::stage(0);
    stage.tell = vec![selector("person:f")];
    stage.also = vec![selector("person:f")];
    town = town.stage(stage);
    for (id, line) in [
        ("P5", &["person:d", "person:e"][..]),
        ("P6", &["person:d", "person:a"]),
        ("P7", &["person:a", "person:d"]),
    ] {
        let mut rule = town.0.rules["P2"].clone();
        (rule.id, rule.targets, rule.inform) = (id.into(), Vec::new(), Vec::new());
        rule.procedure = "none".into();
        rule.decision = Some(decision(line));
        town.0.rules.insert(rule.id.clone(), rule);
    }
    let town = away(town, &["d", "e"]);
    let mut all = look(&town, &[]);
    all.retain(|finding| finding.name().contains("away") || finding.name().contains("informed"));
    (town, all)
}

fn said(language: Language) -> String {
    let (town, all) = everything();
    let lines = all.iter().map(|finding| {
        let grave = match finding.severity() {
            Severity::Serious => "!",
            Severity::Minor => "-",
            Severity::Note => "i",
        };
        let said = words::finding(finding, &town.0);
        format!("{grave} {}", said.get(language))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn in_japanese() {
    insta::assert_snapshot!(said(Language::Ja), @r"
    ! 管理者のd（2026年11月27日(金)まで）が不在で、不足や故障を知らせる相手がいません。その間の相手を rules.toml の administrators に加えてください。
    ! 規則P2の「nobody」: d（2026年11月27日(金)まで）、e（2026年11月27日(金)まで）が不在で、呼べる人が一人もいません。不在の間に来られる人を roster.toml に加えてください。
    ! 規則P2の「few」: 2人必要ですが、d（2026年11月27日(金)まで）が不在で、呼べる人は1人です。不在の間に来られる人を roster.toml に加えてください。
    ! 規則P5の判断: d（2026年11月27日(金)まで）、e（2026年11月27日(金)まで）が不在で、判断を尋ねられる人が一人もいません。その間に判断する人を rules.toml の decision の ask に加えてください。
    ! 規則P2、P5、P6、P7の保留: 知らせる相手（approvers）のe（2026年11月27日(金)まで）が不在で、確認や取消をする人がいません。その間の相手を rules.toml の approvers に加えてください。
    - 規則P2: 段階で加えて呼ぶ人の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の also に人を加えてください。
    - 規則P2: 段階の終わりに人数不足を知らせる相手の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の tell に人を加えてください。
    - 規則P2: 人数を満たせなくなったとき知らせる相手の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の tell_unfillable に人を加えてください。
    - 規則P2の「next」: d（2026年11月27日(金)まで）が不在で、その間は代わりに呼べる人がほかにいません。呼ばれた人が来られないと足りなくなります。
    - 規則P2の「first」: 最初に呼ぶd（2026年11月27日(金)まで）が不在です。その間は代理をすぐに呼びます。
    - 規則P6の判断: 最初に尋ねるd（2026年11月27日(金)まで）が不在です。その間は次の人にすぐ尋ねます。
    - 規則P7の判断: d（2026年11月27日(金)まで）が不在で、その間は最初に尋ねる人のほかに次の人がいません。
    - 規則P2: 参集せずに知らせる相手（inform）のうち、e（2026年11月27日(金)まで）が不在で、いま読む人が一人もいません。
    ");
}

#[test]
fn in_english() {
    insta::assert_snapshot!(said(Language::En), @r#"
    ! All administrators who can be reached are away: d (through Fri 27 Nov 2026); name somebody in administrators of rules.toml who is there meanwhile.
    ! Rule P2, "nobody": nobody can be called while these are away: d (through Fri 27 Nov 2026), e (through Fri 27 Nov 2026); name somebody in roster.toml who can come meanwhile.
    ! Rule P2, "few": 2 must come, but only 1 can be called while these are away: d (through Fri 27 Nov 2026); name somebody in roster.toml who can come meanwhile.
    ! Rule P5: nobody can be asked for its decision while these are away: d (through Fri 27 Nov 2026), e (through Fri 27 Nov 2026); name somebody in ask of decision in rules.toml who is there meanwhile.
    ! Rule P2, P5, P6, P7: it is held, and all approvers who can be reached are away: e (through Fri 27 Nov 2026); name somebody in approvers of rules.toml who is there meanwhile.
    - Rule P2: nobody of those whom a stage calls besides can be reached; mend the contacts in roster.toml, or name more people in also of rules.toml.
    - Rule P2: nobody of those who are told that a stage ended with a need unmet can be reached; mend the contacts in roster.toml, or name more people in tell of rules.toml.
    - Rule P2: nobody of those who are told that a target can no longer be filled can be reached; mend the contacts in roster.toml, or name more people in tell_unfillable of rules.toml.
    - Rule P2, "next": nobody stands in while these are away: d (through Fri 27 Nov 2026); if one who is called cannot come, it is short.
    - Rule P2, "first": those who come first are away: d (through Fri 27 Nov 2026); meanwhile deputies are called at once.
    - Rule P6: those who are asked first for its decision are away: d (through Fri 27 Nov 2026); meanwhile the next in line is asked at once.
    - Rule P7: while these are away nobody comes after those who are asked first for its decision: d (through Fri 27 Nov 2026).
    - Rule P2: nobody of those who are told without being called (inform) is there; away: e (through Fri 27 Nov 2026).
    "#);
}

/// Of very many who are away the first are named, and how many more.
#[test]
fn very_many_are_not_all_named() {
    let names: Vec<String> = (0..30).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let town = Town::new()
        .people(&names, &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .administrator("boss")
        .people(&["boss"], &["mail"]);
    let mut everybody = names.clone();
    everybody.push("boss");
    let town = away(town, &everybody);
    let all = look(&town, &[]);
    let said = words::finding(&all[1], &town.0);
    assert!(said.ja.contains("ほか23人"), "{}", said.ja);
    assert!(said.en.contains("23 more"), "{}", said.en);
}
