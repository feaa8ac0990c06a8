//! What a new edition changes, in words: who gained or lost which duty.

use std::time::Duration;

use muster::config::{self, Sources};
use muster::domain::difference::{Comparison, Item, StageItem, Subject, Value, What, compare};
use muster::domain::drill::Answers;
use muster::domain::duty::{self, Change, Place, Presence, Role};
use muster::domain::id::PersonId;
use muster::domain::plan::Plan;
use muster::domain::roster::VendorKind;
use muster::domain::rule::{CallMode, Condition, Decision, DecisionRule, Need};
use muster::domain::text::Language;
use muster::message::comparison::{Row, people, subjects};
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};

use crate::support::plans::{Town, contact, ids, selector, stage, text};

fn town() -> Town {
    Town::new()
        .people(&["a", "b", "c", "d"], &["mail"])
        .squad("works", None, &["a", "b"], &["c"])
        .post("cio", &["d"], &["a"])
        .target("every-squad", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(10))
        .exhausted_after(60)
}

fn since(change: impl FnOnce(&mut Plan)) -> Comparison {
    let old = town().0;
    let mut new = old.clone();
    change(&mut new);
    compare(&old, &new)
}

/// `b works P2: Required(2) -> Deputy(1)`, one line for each duty.
fn duties(comparison: &Comparison) -> String {
    let line = |who: &str, change: &Change| {
        let part = |part: Option<Role>| part.map_or("none".to_owned(), |role| format!("{role:?}"));
        let (before, after) = (part(change.before), part(change.after));
        format!("{who} {}: {before} -> {after}", place(&change.place))
    };
    let everyone = comparison
        .people
        .everyone
        .iter()
        .map(|change| line("all", change));
    let persons = comparison.people.people.iter().flat_map(|person| {
        let who = person.person.id.as_str();
        person.duties.iter().map(move |change| line(who, change))
    });
    everyone.chain(persons).collect::<Vec<_>>().join("\n")
}

fn place(place: &Place) -> String {
    match place {
        Place::Target { rule, who } => format!("{rule} {who}"),
        Place::Also(id) => format!("also {id}"),
        Place::Informed(id) => format!("informed {id}"),
        Place::Told(id) => format!("told {id}"),
        Place::Orders(id) => format!("orders {id}"),
        Place::Decides(id) => format!("decides {id}"),
        Place::ToldUnfillable(id) => format!("told-unfillable {id}"),
        Place::Approves => "approves".to_owned(),
        Place::Post(id) => format!("post {id}"),
        Place::Administrators => "administrators".to_owned(),
    }
}

fn said(rows: &[Row]) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_default();
    let line = |row: &Row| {
        let (before, after) = (side(&row.before), side(&row.after));
        format!("{} | {} | {before} | {after}", row.of, row.part)
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_changed_is_nothing_said() {
    assert!(since(|_| {}).is_empty());
}

/// A required member and a deputy change places: both are told so, and the
/// one between them too where their place in line is another.
#[test]
fn a_swap_of_required_and_deputy() {
    let comparison = since(|plan| {
        plan.roster.squads["works"].required = ids(&["a", "c"]);
        plan.roster.squads["works"].deputies = ids(&["b"]);
    });
    insta::assert_snapshot!(duties(&comparison), @r"
    b P2 squad:works: Required(2) -> Deputy(1)
    c P2 squad:works: Deputy(1) -> Required(2)
    ");
    assert_eq!(comparison.subjects, []);
}

/// A rule that newly calls a section brings a duty to its people alone; one
/// that calls all staff is said once.
#[test]
fn a_rule_that_newly_calls() {
    let target = |plan: &mut Plan, who: &str, need| {
        let mut target = plan.rules["P2"].targets[0].clone();
        (target.who, target.need) = (selector(who), need);
        plan.rules["P2"].targets.push(target);
    };
    let comparison = since(|plan| {
        plan.roster.sections["general"].required = ids(&["d"]);
        plan.roster.sections["general"].deputies = ids(&["b"]);
        target(plan, "section:general", Need::Roster);
    });
    insta::assert_snapshot!(duties(&comparison), @r"
    b P2 section:general: none -> Deputy(1)
    d P2 section:general: none -> Required(1)
    ");
    let comparison = since(|plan| target(plan, "everyone", Need::Everyone));
    assert_eq!(duties(&comparison), "all P2 everyone: none -> Everyone");
}

/// Posts, those who are told, those who may order, administrators.
#[test]
fn duties_beside_the_targets() {
    let comparison = since(|plan| {
        plan.roster.posts["cio"].holders = ids(&["a"]);
        plan.roster.posts["cio"].deputies = ids(&["b"]);
        plan.rules["P2"].inform.push(selector("post:cio"));
        plan.rules["P2"].ordered_by.push(selector("person:b"));
        plan.procedures["P2"].stages[1]
            .tell
            .push(selector("person:c"));
        plan.administrators.push(selector("person:d"));
    });
    insta::assert_snapshot!(duties(&comparison), @r"
    a informed P2: none -> Named
    a post cio: Deputy(1) -> Required(1)
    b orders P2: none -> Named
    b post cio: none -> Deputy(1)
    c told P2: none -> Named
    d administrators: none -> Named
    d post cio: Required(1) -> none
    ");
}

/// Who decides and in which order, whose order is taken, who hears of a lack
/// and of what is held.
#[test]
fn duties_of_a_decision() {
    let comparison = since(|plan| {
        let rule = &mut plan.rules["P2"];
        rule.decision = Some(asked(&["post:cio", "person:b"]));
        rule.ordered_by = vec![selector("post:cio")];
        rule.ordered_by_deputies = true;
        rule.tell_unfillable = vec![selector("person:c")];
        plan.approvers = vec![selector("person:d")];
    });
    insta::assert_snapshot!(duties(&comparison), @r"
    a orders P2: none -> Deputy(1)
    b decides P2: none -> Required(2)
    c told-unfillable P2: none -> Named
    d orders P2: none -> Named
    d decides P2: none -> Required(1)
    d approves: none -> Named
    ");
    insta::assert_snapshot!(said(&people(&comparison, Language::Ja)), @r"
    a | P2 発令者 |  | 代理 第1順位
    b | P2 判断者 |  | 2番目に尋ねる
    c | P2 充足できないときの通知先 |  | 加わる
    d | P2 発令者 |  | 加わる
    d | P2 判断者 |  | 1番目に尋ねる
    d | 確認・取消の通知先 |  | 加わる
    ");
}

fn asked(line: &[&str]) -> DecisionRule {
    DecisionRule {
        ask: line.iter().map(|who| selector(who)).collect(),
        within: Duration::from_secs(600),
        again: Duration::from_secs(3600),
        first: None,
    }
}

/// A rule's decision, [reports] and [prepared] are said part by part.
#[test]
fn decisions_reports_and_prepared_texts_in_words() {
    let mut old = town().0;
    old.rules["P2"].decision = Some(asked(&["post:cio", "person:b"]));
    old.prepared.false_alarm = text("a mistake");
    old.prepared.words.insert("gone".to_owned(), text("go"));
    let mut new = old.clone();
    let rule = &mut new.rules["P2"];
    rule.ordered_by_deputies = true;
    rule.tell_unfillable = vec![selector("person:c")];
    let decision = rule.decision.as_mut().unwrap();
    decision.ask.reverse();
    decision.within = Duration::from_secs(300);
    decision.again = Duration::from_secs(1800);
    decision.first = Some(Decision::HandleInSection);
    new.reports.aftershock_window = Duration::from_secs(3600);
    new.reports.correct_after = Duration::from_secs(60);
    new.contacts.confirm = muster::domain::contact::Confirm::All;
    new.prepared.withdrawn = text("withdrawn");
    new.prepared.false_alarm = text("by mistake");
    new.prepared.words = [("here".to_owned(), text("come"))].into();
    let there = compare(&old, &new);
    insta::assert_snapshot!(said(&subjects(&there, Language::Ja)), @r"
    計画全体 | 余震とみなす時間 | 6時間 | 1時間
    計画全体 | 下方訂正の待ち時間 | 10分 | 1分
    計画全体 | 確認のメールを送るアドレス（contacts.confirm） | new | all
    計画全体 | 誤報の文 | a mistake | by mistake
    計画全体 | 取消の文 | なし | withdrawn
    計画全体 | 用意した文 here | なし | come
    計画全体 | 用意した文 gone | go | なし
    規則 P2 call-out | 職務代理の発令 | しない | する
    規則 P2 call-out | 判断を尋ねる順 | cio → b | b → cio
    規則 P2 call-out | 判断を待つ時間 | 10分 | 5分
    規則 P2 call-out | 課内対応を改めて尋ねるまで | 1時間 | 30分
    規則 P2 call-out | はじめの扱い | なし | 課内で対応
    規則 P2 call-out | 充足できないときの通知先 | なし | c
    ");
    let mut none = new.clone();
    none.rules["P2"].decision = None;
    let gone = compare(&new, &none);
    insta::assert_snapshot!(said(&subjects(&gone, Language::En)), @r"
    rule P2 call-out | asked to decide | b, then cio | none
    rule P2 call-out | waits for each | 5 min | none
    rule P2 call-out | asks the section again after | 30 min | none
    rule P2 call-out | holds at first | Handle in the section | none
    ");
}

/// People come, go, move, and change their contacts; the new roster's order.
#[test]
fn people_who_come_and_go() {
    let comparison = since(|plan| {
        let people = &mut plan.roster.people;
        let mut newcomer = people["b"].clone();
        newcomer.id = PersonId::new("e");
        newcomer.name = text("e");
        people.insert(newcomer.id.clone(), newcomer);
        people.shift_remove("c");
        people["a"].contacts = vec![contact("a", "sms"), contact("a", "mail")];
        people["b"].contacts = vec![contact("b", "mail2")];
        plan.roster.squads["works"].deputies = ids(&["e"]);
    });
    let presence: Vec<_> = comparison
        .people
        .people
        .iter()
        .map(|person| (person.person.id.as_str(), person.presence))
        .collect();
    let (stays, joined, left) = (Presence::Stays, Presence::Joined, Presence::Left);
    assert_eq!(
        presence,
        [("a", stays), ("b", stays), ("e", joined), ("c", left)]
    );
    let rows = people(&comparison, Language::En);
    assert!(rows.iter().all(|row| row.of != "d"));
    insta::assert_snapshot!(said(&rows), @"
    a | contact sms |  | a-sms@example.jp
    b | contact mail | b-mail@example.jp | 
    b | contact mail |  | b-mail2@example.jp
    e | new person |  | 
    e | P2 works |  | deputy no. 1
    c | no longer in the roster |  | 
    c | P2 works | deputy no. 1 | 
    ");
}

/// Conditions, times, holds and needs are said as what they were and are.
#[test]
fn rules_and_procedures_in_words() {
    let comparison = since(|plan| {
        use muster::domain::event::Intensity::{FiveLower, Seven};
        let rule = &mut plan.rules["P2"];
        rule.when = Condition::Earthquake {
            from: FiveLower,
            to: Seven,
        };
        rule.confirm = muster::domain::rule::Confirm::Hold { seconds: 60 };
        rule.place = text("school");
        rule.targets[0].need = Need::Count(1);
        let procedure = &mut plan.procedures["P2"];
        procedure.stages[1].after = Duration::from_secs(15 * 60);
        procedure.stages.push(stage(30));
    });
    let parts =
        comparison
            .subjects
            .iter()
            .find_map(|change| match (&change.subject, &change.what) {
                (Subject::Procedure(..), What::Changed(parts)) => Some(parts),
                _ => None,
            });
    let after = Item::Stage(3, StageItem::After);
    let new = parts
        .unwrap()
        .iter()
        .find(|part| part.item == after)
        .unwrap();
    assert_eq!(new.after, Some(Value::Time(Duration::from_secs(1800))));
    insta::assert_snapshot!(said(&subjects(&comparison, Language::Ja)), @"
    規則 P2 call-out | 条件 | 震度1から7 | 震度5弱から7
    規則 P2 call-out | 確認 | なし | 60秒保留
    規則 P2 call-out | 参集場所 | hall | school
    規則 P2 call-out | 必要人数 works | 2人 | 1人
    手順 P2 procedure | 第2段階 開始 | 10分 | 15分
    手順 P2 procedure | 第3段階 開始 | なし | 30分
    ");
}

/// Whom a rule asks for help, who stands where at a vendor and how they are
/// reached, and whose a system is.
#[test]
fn vendors_and_systems_in_words() {
    let town = |town: Town| town.vendor("v", &[&["mail", "sms"], &["mail"]], 19);
    let old = town(town_of_two()).0;
    let mut new = old.clone();
    new.rules["P2"].help = vec!["w".into(), "v".into()];
    new.help_within = Duration::from_secs(300);
    let vendor = &mut new.roster.vendors["v"];
    vendor.kind = VendorKind::Operator;
    vendor.desks[0].contacts.remove(1);
    vendor.desks[0].contacts[0].address = "desk@example.jp".into();
    vendor.desks[1].name = text("night desk");
    vendor.desks[1].contacts.insert(0, contact("v-1", "sms"));
    let mut third = vendor.desks[0].clone();
    third.name = text("desk 3");
    vendor.desks.push(third);
    let system = &mut new.roster.systems[&19];
    (system.owner, system.maintainer) = ("works".into(), Some("w".into()));
    let there = compare(&old, &new);
    insta::assert_snapshot!(said(&subjects(&there, Language::Ja)), @r"
    計画全体 | 協力の返事を待つ時間 | 15分 | 5分
    規則 P2 call-out | 協力を依頼する事業者 | なし | w、v
    事業者 v v | 種別 | 保守 | 運用
    事業者 v v | 窓口の順 | desk 1 → desk 2 | desk 1 → night desk → desk 3
    事業者 v v | desk 1 連絡先 メール | v-0-mail@example.jp | desk@example.jp
    事業者 v v | desk 1 連絡先 sms | v-0-sms@example.jp | なし
    事業者 v v | night desk 連絡先 sms | なし | v-1-sms@example.jp
    システム 19 system 19 | 所管 | general | works
    システム 19 system 19 | 保守 | v | w
    ");
    insta::assert_snapshot!(said(&subjects(&there, Language::En)), @r"
    the plan | a vendor's desk is waited for | 15 min | 5 min
    rule P2 call-out | vendors asked for help | none | w, v
    vendor v v | kind | maintainer | operator
    vendor v v | desks in line | desk 1, then desk 2 | desk 1, then night desk, then desk 3
    vendor v v | desk 1: contact mail | v-0-mail@example.jp | desk@example.jp
    vendor v v | desk 1: contact sms | v-0-sms@example.jp | none
    vendor v v | night desk: contact sms | none | v-1-sms@example.jp
    system 19 system 19 | owner | general | works
    system 19 system 19 | maintainer | v | w
    ");
    let mut none = old.clone();
    none.rules["P2"].help = vec!["v".into()];
    let mut swapped = none.clone();
    swapped.roster.vendors["v"].desks.reverse();
    swapped.roster.vendors["v"].desks[1].contacts.reverse();
    let back = said(&subjects(&compare(&none, &swapped), Language::En));
    insta::assert_snapshot!(back, @r"
    vendor v v | desks in line | desk 1, then desk 2 | desk 2, then desk 1
    vendor v v | desk 1: order of contacts |  |
    ");
    let gone = said(&subjects(&compare(&none, &old), Language::Ja));
    insta::assert_snapshot!(gone, @r"
    規則 P2 call-out | 協力を依頼する事業者 | v | なし
    ");
}

/// Two sections and two vendors.
fn town_of_two() -> Town {
    let mut town = town().vendor("w", &[&["mail"]], 20);
    let mut section = town.0.roster.sections["general"].clone();
    section.id = "works".into();
    section.name = text("works");
    town.0.roster.sections.insert(section.id.clone(), section);
    town
}

/// A drill that newly asks vendors says so.
#[test]
fn a_drill_that_newly_asks_vendors() {
    let mut old = config::check(&Sources::example(), &[]).unwrap().plan;
    let before = old.clone();
    old.drills["contact"].vendors = true;
    let said = said(&subjects(&compare(&before, &old), Language::Ja));
    insta::assert_snapshot!(said, @r"
    訓練 contact 緊急連絡・確認訓練 | 事業者にも依頼 | しない | する
    ");
}

/// What a plan changes of its drills, of what holds for all of them, and of the
/// asking of addresses is said, each part by its name.
#[test]
fn drills_and_the_asking_of_addresses() {
    let old = config::check(&Sources::example(), &[]).unwrap().plan;
    let mut new = old.clone();
    new.contacts.a_minute = 10;
    new.contacts.remind_days = 14;
    new.drill_terms.remind_days = 60;
    new.drill_terms.report_to.clear();
    new.drill_terms.duties.clear();
    let drill = &mut new.drills["contact"];
    drill.scenario = text("flood");
    drill.answers = Answers::Full;
    drill.ends_after = Some(std::time::Duration::from_secs(7200));
    drill.schedule = None;
    let said = said(&subjects(&compare(&old, &new), Language::Ja));
    insta::assert_snapshot!(said, @r"
    計画全体 | 確認のメールの毎分の数（contacts.a_minute） | 30 | 10
    計画全体 | 確認のメールの再送までの日数（contacts.remind_days） | 7 | 14
    計画全体 | 期限の何日前に知らせるか（drills.remind_before） | 30 | 60
    計画全体 | 訓練の報告の送り先（drills.report_to） |  | 
    計画全体 | 実施すべき訓練（drills.due） |  | 
    訓練 contact 緊急連絡・確認訓練 | 想定の文 | 基盤の障害で窓口の業務が止まったと想定し、情報システム担当職員への連絡と確認を行う。 | flood
    訓練 contact 緊急連絡・確認訓練 | 終わるまでの時間 | 8時間 | 2時間
    ");
}

/// A squad that is renamed, a post that goes, another hand that approved: said
/// once, beside what they mean for people.
#[test]
fn names_and_approval() {
    let comparison = since(|plan| {
        plan.roster.squads["works"].name = text("roads");
        plan.roster.posts.shift_remove("cio");
        plan.roster.people["d"].language = Language::En;
        plan.edition.approved_by = Some("b".into());
        plan.safety = text("take care");
    });
    insta::assert_snapshot!(said(&subjects(&comparison, Language::En)), @"
    the plan | the word on safety | safety first | take care
    the plan | approved by | cio | b
    squad works roads | title | works | roads
    post cio cio | gone |  | 
    ");
    insta::assert_snapshot!(said(&people(&comparison, Language::En)), @"
    a | post cio | deputy no. 1 | 
    d | language | ja | en
    d | post cio | holder no. 1 | 
    ");
}

/// Everybody's place in line, at random.
fn standings() -> impl Strategy<Value = Plan> {
    let line = || Just(vec!["a", "b", "c", "d"]).prop_shuffle();
    (line(), line(), 0..4_usize, 0..4_usize).prop_map(|(squad, post, required, holders)| {
        let mut plan = town().0;
        let (first, rest) = squad.split_at(required);
        plan.roster.squads["works"].required = ids(first);
        plan.roster.squads["works"].deputies = ids(rest);
        let (first, rest) = post.split_at(holders);
        plan.roster.posts["cio"].holders = ids(first);
        plan.roster.posts["cio"].deputies = ids(rest);
        plan
    })
}

proptest! {
    /// What one way is gained is lost the other way; nothing else is said, and
    /// what is said is what the plans differ in.
    #[test]
    fn the_way_back_is_the_other_way_round(old in standings(), new in standings()) {
        let forth = compare(&old, &new);
        let mut back = compare(&new, &old).people;
        for person in &mut back.people {
            for change in &mut person.duties {
                std::mem::swap(&mut change.before, &mut change.after);
            }
        }
        for (one, other) in forth.people.people.iter().zip(&back.people) {
            prop_assert_eq!(&one.person, &other.person);
            for change in &one.duties {
                prop_assert!(other.duties.contains(change), "{:?}", change);
                prop_assert!(change.before != change.after);
            }
        }
        prop_assert_eq!(forth.people.people.len(), back.people.len());
        prop_assert_eq!(forth.people.people.is_empty(), duty::duties(&old) == duty::duties(&new));
    }
}
