//! Words of the roster check: what was found, and the notice that tells it.
//!
//! Owns the wording only, one sentence for each finding: what, where, what to
//! do. No address stands in one, and nothing that a call-out or an exercise
//! is known by.

use crate::domain::id::{PersonId, RuleId};
use crate::domain::plan::Plan;
use crate::domain::readiness::{
    About, Bounce, Finding, Gone, Group, Informed, Lack, Place, RefusedText, Severity, Why,
};
use crate::domain::text::{Language, Text, one_line};

use super::super::dates;
use super::{channel, drills, fill, list};

/// People who are named in one sentence at most; of more their number is said.
const NAMED: usize = 8;

super::table! {
    /// Sentences of the roster check.
    Readiness {
        title: "名簿点検", "Roster check";
        place: "（参集は不要）", "(nobody gathers)";
        severity_serious: "重大", "Serious";
        severity_minor: "注意", "Minor";
        severity_note: "お知らせ", "Notice";
        subject: "【名簿点検】確認事項 {count}件", "[Roster check] {count} to mend";
        mark: "【名簿点検】参集の連絡ではありません。", "[Roster check] Nobody is being called.";
        headline: "名簿と規則の点検で、確認事項が{count}件見つかりました。", "The daily check of roster and rules found {count} to mend.";
        found: "確認事項", "To mend";
        more: "ほか{count}件は muster check --readiness で見られます。", "{count} more: see muster check --readiness.";
        checked: "点検", "Checked";
        ask: "roster.toml か rules.toml を直し、muster check --readiness で確かめてください。変わりがなければ、次は週の初めにお知らせします。", "Mend roster.toml or rules.toml, then look again with muster check --readiness. While nothing changes, the next notice comes at the beginning of the week.";
        button_board: "ボードを開く", "Open the board";
        board: "名簿点検: {count}件（うち重大{serious}件）", "Roster check: {count} to mend ({serious} serious)";
        rules: "規則{rules}の「{place}」", "Rule {rules}, \"{place}\"";
        no_administrator: "連絡の届く管理者がいません。rules.toml の administrators に、連絡先のある人を加えてください。", "No administrator can be reached: name somebody with a working contact in administrators of rules.toml.";
        nobody: "{where}: 連絡の届く人が一人もいません。roster.toml で連絡先を直すか、人を加えてください。", "{where}: nobody can be reached; mend the contacts in roster.toml, or name more people.";
        too_few: "{where}: {need}人必要ですが、連絡の届く人は{reachable}人です。roster.toml で連絡先を直すか、人を加えてください。", "{where}: {need} must come, but only {reachable} can be reached; mend the contacts in roster.toml, or name more people.";
        no_first: "{where}: 最初に呼ぶ人に連絡が届かず、代理だけが頼りです。roster.toml で連絡先を直してください。", "{where}: nobody who comes first can be reached, only deputies; mend the contacts in roster.toml.";
        no_deputy: "{where}: 連絡の届く代理がいません。roster.toml の deputies に、連絡先のある人を加えてください。", "{where}: no deputy can be reached; name somebody with a working contact in deputies of roster.toml.";
        no_required: "{where}: 所要の職員が決まっていません。roster.toml の {group} の required に書いてください。", "{where}: no required members are named; name them in required of {group} in roster.toml.";
        nobody_decides: "規則{rules}の判断: 判断を尋ねる相手の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の decision の ask に人を加えてください。", "Rule {rules}: nobody who is asked for its decision can be reached; mend the contacts in roster.toml, or name more people in ask of decision in rules.toml.";
        no_first_decides: "規則{rules}の判断: 最初に尋ねる人に連絡が届かず、次の人だけが頼りです。roster.toml で連絡先を直してください。", "Rule {rules}: nobody who is asked first for its decision can be reached, only the next in line; mend the contacts in roster.toml.";
        no_next_decides: "規則{rules}の判断: 最初に尋ねる人のほかに、連絡の届く次の人がいません。roster.toml で連絡先を直すか、rules.toml の decision の ask に人を加えてください。", "Rule {rules}: after those who are asked first for its decision nobody else can be reached; mend the contacts in roster.toml, or name more people in ask of decision in rules.toml.";
        no_approver: "規則{rules}の保留: 知らせる相手（approvers）の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の approvers に人を加えてください。", "Rule {rules}: it is held, and none of the approvers can be reached; mend the contacts in roster.toml, or name more people in approvers of rules.toml.";
        nobody_informed: "規則{rules}: {whom}の誰にも連絡が届きません。roster.toml で連絡先を直すか、rules.toml の {key} に人を加えてください。", "Rule {rules}: nobody of {whom} can be reached; mend the contacts in roster.toml, or name more people in {key} of rules.toml.";
        informed_inform: "参集せずに知らせる相手", "those who are told without being called";
        informed_also: "段階で加えて呼ぶ人", "those whom a stage calls besides";
        informed_tell: "段階の終わりに人数不足を知らせる相手", "those who are told that a stage ended with a need unmet";
        informed_unfillable: "人数を満たせなくなったとき知らせる相手", "those who are told that a target can no longer be filled";
        gone: "{person}（{until}）", "{person} ({until})";
        gone_more: "ほか{count}人", "{count} more";
        away_nobody: "{where}: {people}が不在で、呼べる人が一人もいません。不在の間に来られる人を roster.toml に加えてください。", "{where}: nobody can be called while these are away: {people}; name somebody in roster.toml who can come meanwhile.";
        away_too_few: "{where}: {need}人必要ですが、{people}が不在で、呼べる人は{reachable}人です。不在の間に来られる人を roster.toml に加えてください。", "{where}: {need} must come, but only {reachable} can be called while these are away: {people}; name somebody in roster.toml who can come meanwhile.";
        away_no_first: "{where}: 最初に呼ぶ{people}が不在です。その間は代理をすぐに呼びます。", "{where}: those who come first are away: {people}; meanwhile deputies are called at once.";
        away_no_deputy: "{where}: {people}が不在で、その間は代わりに呼べる人がほかにいません。呼ばれた人が来られないと足りなくなります。", "{where}: nobody stands in while these are away: {people}; if one who is called cannot come, it is short.";
        away_administrators: "管理者の{people}が不在で、不足や故障を知らせる相手がいません。その間の相手を rules.toml の administrators に加えてください。", "All administrators who can be reached are away: {people}; name somebody in administrators of rules.toml who is there meanwhile.";
        away_nobody_decides: "規則{rules}の判断: {people}が不在で、判断を尋ねられる人が一人もいません。その間に判断する人を rules.toml の decision の ask に加えてください。", "Rule {rules}: nobody can be asked for its decision while these are away: {people}; name somebody in ask of decision in rules.toml who is there meanwhile.";
        away_no_first_decides: "規則{rules}の判断: 最初に尋ねる{people}が不在です。その間は次の人にすぐ尋ねます。", "Rule {rules}: those who are asked first for its decision are away: {people}; meanwhile the next in line is asked at once.";
        away_no_next_decides: "規則{rules}の判断: {people}が不在で、その間は最初に尋ねる人のほかに次の人がいません。", "Rule {rules}: while these are away nobody comes after those who are asked first for its decision: {people}.";
        away_no_approver: "規則{rules}の保留: 知らせる相手（approvers）の{people}が不在で、確認や取消をする人がいません。その間の相手を rules.toml の approvers に加えてください。", "Rule {rules}: it is held, and all approvers who can be reached are away: {people}; name somebody in approvers of rules.toml who is there meanwhile.";
        away_nobody_informed: "規則{rules}: {whom}（{key}）のうち、{people}が不在で、いま読む人が一人もいません。", "Rule {rules}: nobody of {whom} ({key}) is there; away: {people}.";
        group_section: "[[section]]「{id}」", "[[section]] \"{id}\"";
        group_squad: "[[squad]]「{id}」", "[[squad]] \"{id}\"";
        vacant: "職「{post}」: 就いている人がいません。roster.toml の holders に書いてください。", "Post \"{post}\": nobody holds it; name who does in holders of roster.toml.";
        vacant_rules: "職「{post}」: 就いている人がいません（規則{rules}が使います）。roster.toml の holders に書いてください。", "Post \"{post}\": nobody holds it, and rule {rules} names it; name who does in holders of roster.toml.";
        post_alone: "職「{post}」: 職務代理がいません。roster.toml の deputies に書いてください。", "Post \"{post}\": nobody acts for its holder; name who does in deputies of roster.toml.";
        no_contact: "{person}: 連絡先がありません。roster.toml の contacts に書いてください。", "{person}: there is no contact; write one in contacts of roster.toml.";
        all_bounced: "{person}: 届く連絡先がありません（{since}に宛先不明で戻りました。{call_out}）。本人に確かめ、roster.toml の連絡先を直してください。", "{person}: no contact is left (refused as unknown on {since}, {call_out}); ask them, and mend the contacts in roster.toml.";
        no_channel: "{person}: 連絡先の webhook が、どれも muster.toml にありません。[[webhook]] を書くか、別の連絡先を加えてください。", "{person}: every contact is for a webhook that muster.toml has not; write its [[webhook]], or add another contact.";
        bounced: "{person}: 連絡先{number}（{channel}）は{since}に宛先不明で戻りました（{call_out}）。本人に確かめ、roster.toml を直してください。", "{person}: contact {number} ({channel}) was refused as unknown on {since} ({call_out}); ask them, and mend it in roster.toml.";
        bounced_in: "参集番号 {call_out}", "call-out {call_out}";
        bounced_asked: "連絡先の確認のメール", "the mail that asks to confirm it";
        unproved: "この1年に届いた証拠（連絡への回答か本人の確認）が一つもない職員が{number}人います（{people}）。本人が連絡に答えるか、連絡先を確認すれば消えます。muster contacts --unproved で見られます。", "{number} people have not answered, nor confirmed a contact, for a year ({people}): an answer or a confirmation mends it. See muster contacts --unproved.";
        unproved_more: "{people} ほか{more}人", "{people} and {more} more";
        absent_webhook: "webhook「{webhook}」: 名簿の連絡先{contacts}件で使われていますが、muster.toml にありません。[[webhook]] を書くか、連絡先を改めてください。", "Webhook \"{webhook}\": {contacts} contacts of the roster use it, but muster.toml does not have it; write its [[webhook]], or change the contacts.";
        vendor_unreachable: "事業者「{vendor}」: 連絡のとれる窓口がありません。roster.toml の desk に連絡先を書いてください。", "Vendor \"{vendor}\": no desk can be reached; write its contacts in desk of roster.toml.";
        own_text: "文面 {file}（{line}行目）: 使えないため、組み込みの文面を使います。理由は muster check で見られます。ファイルを直して読み込み直してください。", "Text {file}, line {line}: it cannot be used, and the built-in words are used; muster check says why. Mend the file and reload.";
        own_text_why: "文面 {file}（{line}行目）は使えないため、組み込みの文面を使います: {why}", "The text {file}, line {line}, cannot be used, and the built-in words are used: {why}";
        look: "すべては muster check --readiness で見られます。", "All of them: muster check --readiness.";
        ready: "名簿点検: 問題ありません。", "Roster check: nothing to mend.";
        bounces_unknown: "デーモンに聞けないため、宛先不明で戻った連絡先、実施の期限が近いもの、届いた証拠のない人、muster absent で不在とされた人は調べていません。", "No daemon could be asked, so contacts that bounced, who has no proof of being reached, what is due by the calendar, and who was marked absent are not known here.";
        not_ready: "重大な確認事項が{serious}件あります", "{serious} serious findings";
    }
}

/// The title of a notice.
pub fn title() -> Text {
    both(|w| w.title.to_owned())
}

/// What stands where a call-out says where to gather.
pub fn place() -> Text {
    both(|w| w.place.to_owned())
}

/// How many there are, for the board.
pub fn board(count: usize, serious: usize) -> Text {
    let values = [
        ("count", &*count.to_string()),
        ("serious", &serious.to_string()),
    ];
    both(|w| fill(w.board, &values))
}

/// Where all of them are seen.
pub(crate) fn look(language: Language) -> &'static str {
    Readiness::of(language).look
}

/// That a text of the town's own is not used, and why.
pub fn refused_text(refused: &RefusedText, language: Language) -> String {
    own_text(Readiness::of(language).own_text_why, refused, language)
}

fn own_text(wording: &str, refused: &RefusedText, language: Language) -> String {
    let values = [
        ("file", &*refused.file),
        ("line", &refused.line.to_string()),
        ("why", refused.why.get(language)),
    ];
    fill(wording, &values)
}

/// Whether anything was found, for a terminal.
pub fn ready(language: Language) -> &'static str {
    Readiness::of(language).ready
}

/// What is not known without a daemon.
pub fn bounces_unknown(language: Language) -> &'static str {
    Readiness::of(language).bounces_unknown
}

/// That there are serious findings.
pub fn not_ready(serious: usize, language: Language) -> String {
    let wording = Readiness::of(language).not_ready;
    fill(wording, &[("serious", &serious.to_string())])
}

/// How grave a finding is.
pub fn severity(severity: Severity, language: Language) -> &'static str {
    let w = Readiness::of(language);
    match severity {
        Severity::Serious => w.severity_serious,
        Severity::Minor => w.severity_minor,
        Severity::Note => w.severity_note,
    }
}

fn both(say: impl Fn(&Readiness) -> String) -> Text {
    Text::new(
        say(Readiness::of(Language::Ja)),
        say(Readiness::of(Language::En)),
    )
}

/// A finding as a sentence in both languages.
pub fn finding(finding: &Finding, plan: &Plan) -> Text {
    let say = |language| {
        let w = Readiness::of(language);
        Teller { w, plan, language }.tell(finding)
    };
    Text::new(say(Language::Ja), say(Language::En))
}

struct Teller<'a> {
    w: &'static Readiness,
    plan: &'a Plan,
    language: Language,
}

impl Teller<'_> {
    fn tell(&self, finding: &Finding) -> String {
        let w = self.w;
        match finding {
            Finding::NoAdministrator => w.no_administrator.to_owned(),
            Finding::Nobody(place) => self.at(w.nobody, place, &[]),
            Finding::NoFirst(place) => self.at(w.no_first, place, &[]),
            Finding::NoDeputy(place) => self.at(w.no_deputy, place, &[]),
            Finding::TooFew {
                place,
                need,
                reachable,
            } => {
                let (need, reachable) = (need.to_string(), reachable.to_string());
                let values = [("need", &*need), ("reachable", &reachable)];
                self.at(w.too_few, place, &values)
            }
            Finding::NoRequired { place, group } => {
                let group = self.group(group);
                self.at(w.no_required, place, &[("group", &group)])
            }
            Finding::NobodyDecides(rules) => self.ruled(w.nobody_decides, rules),
            Finding::NoFirstDecides(rules) => self.ruled(w.no_first_decides, rules),
            Finding::NoNextDecides(rules) => self.ruled(w.no_next_decides, rules),
            Finding::NoApprover(rules) => self.ruled(w.no_approver, rules),
            Finding::NobodyInformed(informed) => self.informed(w.nobody_informed, informed, ""),
            Finding::Away {
                about,
                lack,
                people,
            } => self.away(about, *lack, people),
            Finding::Vacant { .. } | Finding::PostAlone { .. } => self.post(finding),
            Finding::NoContact { person } => {
                fill(w.no_contact, &[("person", &self.person(person))])
            }
            Finding::NoChannel { person } => {
                fill(w.no_channel, &[("person", &self.person(person))])
            }
            Finding::AllBounced { bounce, .. } => self.bounce(w.all_bounced, bounce, 0),
            Finding::Bounced { number, bounce } => self.bounce(w.bounced, bounce, *number),
            Finding::Unproved(people) => self.unproved(people),
            Finding::AbsentWebhook { webhook, contacts } => {
                let values = [
                    ("webhook", &*one_line(webhook)),
                    ("contacts", &contacts.to_string()),
                ];
                fill(w.absent_webhook, &values)
            }
            Finding::Drill(standing) => drills::due(standing, self.language),
            // Why: the reason may name an exercise, and a notice must not.
            Finding::OwnText(refused) => own_text(w.own_text, refused, self.language),
            Finding::VendorUnreachable { vendor } => {
                let known = self.plan.roster.vendors.get(vendor);
                let name = self.name(known.map(|known| &known.name), vendor.as_str());
                fill(w.vendor_unreachable, &[("vendor", &name)])
            }
        }
    }

    /// A sentence about a place that rules name.
    fn at(&self, wording: &str, place: &Place, more: &[(&str, &str)]) -> String {
        let name = self.name(Some(&place.name), &place.who.to_string());
        let rules = self.rules(&place.rules);
        let at = fill(self.w.rules, &[("rules", &rules), ("place", &name)]);
        let values: Vec<_> = [("where", &*at)].iter().chain(more).copied().collect();
        fill(wording, &values)
    }

    fn ruled(&self, wording: &str, rules: &[RuleId]) -> String {
        fill(wording, &[("rules", &self.rules(rules))])
    }

    /// What is lacking because people are away, who they are and until when.
    fn away(&self, about: &About, lack: Lack, people: &[Gone]) -> String {
        let w = self.w;
        let people = self.gone(people);
        let ruled = |wording, rules| {
            let values = [("rules", &*self.rules(rules)), ("people", &people)];
            fill(wording, &values)
        };
        match (about, lack) {
            (About::Administrators, _) => fill(w.away_administrators, &[("people", &people)]),
            (About::Held(rules), _) => ruled(w.away_no_approver, rules),
            (About::Informed(informed), _) => {
                self.informed(w.away_nobody_informed, informed, &people)
            }
            (About::Decision(rules), Lack::Nobody | Lack::TooFew { .. }) => {
                ruled(w.away_nobody_decides, rules)
            }
            (About::Decision(rules), Lack::NoFirst) => ruled(w.away_no_first_decides, rules),
            (About::Decision(rules), Lack::NoNext) => ruled(w.away_no_next_decides, rules),
            (About::Place(place), Lack::Nobody) => {
                self.at(w.away_nobody, place, &[("people", &people)])
            }
            (About::Place(place), Lack::TooFew { need, reachable }) => {
                let (need, reachable) = (need.to_string(), reachable.to_string());
                let values = [
                    ("people", &*people),
                    ("need", &need),
                    ("reachable", &reachable),
                ];
                self.at(w.away_too_few, place, &values)
            }
            (About::Place(place), Lack::NoFirst) => {
                self.at(w.away_no_first, place, &[("people", &people)])
            }
            (About::Place(place), Lack::NoNext) => {
                self.at(w.away_no_deputy, place, &[("people", &people)])
            }
        }
    }

    /// Who is away, each with until when; of very many the first.
    fn gone(&self, people: &[Gone]) -> String {
        let mut names: Vec<String> = people
            .iter()
            .take(NAMED)
            .map(|gone| {
                let zone = &self.plan.time_zone;
                let until = dates::away_until(gone.until, zone, self.language);
                let person = self.person(&gone.person);
                fill(self.w.gone, &[("person", &person), ("until", &until)])
            })
            .collect();
        let more = people.len().saturating_sub(NAMED);
        if more > 0 {
            names.push(fill(self.w.gone_more, &[("count", &more.to_string())]));
        }
        list(&names, self.language)
    }

    fn informed(&self, wording: &str, informed: &Informed, people: &str) -> String {
        let whom = match informed.why {
            Why::Inform => self.w.informed_inform,
            Why::Also => self.w.informed_also,
            Why::Tell => self.w.informed_tell,
            Why::Unfillable => self.w.informed_unfillable,
        };
        let values = [
            ("rules", &*self.rules(&informed.rules)),
            ("whom", whom),
            ("key", informed.why.key()),
            ("people", people),
        ];
        fill(wording, &values)
    }

    fn post(&self, finding: &Finding) -> String {
        let (post, rules) = match finding {
            Finding::Vacant { post, rules } => (post, &**rules),
            Finding::PostAlone { post } => (post, &[][..]),
            _ => return String::new(),
        };
        let known = self.plan.roster.posts.get(post);
        let name = self.name(known.map(|known| &known.name), post.as_str());
        let wording = match (finding, rules) {
            (Finding::PostAlone { .. }, _) => self.w.post_alone,
            (_, []) => self.w.vacant,
            _ => self.w.vacant_rules,
        };
        let rules = self.rules(rules);
        fill(wording, &[("post", &name), ("rules", &rules)])
    }

    fn bounce(&self, wording: &str, bounce: &Bounce, number: usize) -> String {
        let since = dates::date_time(bounce.since, &self.plan.time_zone, self.language);
        let call_out = match &bounce.call_out {
            Some(id) => fill(self.w.bounced_in, &[("call_out", id.as_str())]),
            None => self.w.bounced_asked.to_owned(),
        };
        let values = [
            ("person", &*self.person(&bounce.person)),
            ("number", &number.to_string()),
            ("channel", &channel(&bounce.contact.channel, self.language)),
            ("since", &since),
            ("call_out", &call_out),
        ];
        fill(wording, &values)
    }

    fn unproved(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people
            .iter()
            .take(NAMED)
            .map(|id| self.person(id))
            .collect();
        let named = list(&names, self.language);
        let more = people.len().saturating_sub(NAMED);
        let named = match more {
            0 => named,
            more => fill(
                self.w.unproved_more,
                &[("people", &named), ("more", &more.to_string())],
            ),
        };
        let number = people.len().to_string();
        fill(self.w.unproved, &[("number", &number), ("people", &named)])
    }

    fn group(&self, group: &Group) -> String {
        let (wording, id) = match group {
            Group::Section(id) => (self.w.group_section, id.as_str()),
            Group::Squad(id) => (self.w.group_squad, id.as_str()),
        };
        fill(wording, &[("id", id)])
    }

    fn rules(&self, rules: &[RuleId]) -> String {
        let names: Vec<String> = rules.iter().map(|id| one_line(id.as_str())).collect();
        list(&names, self.language)
    }

    fn person(&self, id: &PersonId) -> String {
        let known = self.plan.roster.people.get(id);
        self.name(known.map(|known| &known.name), id.as_str())
    }

    /// A name as shown; the id where there is none.
    fn name(&self, name: Option<&Text>, id: &str) -> String {
        let name = name.map(|name| one_line(name.get(self.language)));
        name.filter(|name| !name.is_empty())
            .unwrap_or_else(|| one_line(id))
    }
}
