//! What stands in the way of a call-out, for programs: the shape of
//! `GET /api/v1/readiness` and of `muster check --readiness --json`.
//!
//! Owns the names of its fields. It must not judge: `domain::readiness` does.

use serde_json::{Value, json};

use super::status::{Shown, time};
use crate::domain::drill_duty::Standing;
use crate::domain::id::CallOutId;
use crate::domain::readiness::{
    About, Bounce, Finding, Gone, Group, Informed, Lack, Place, Severity,
};
use crate::domain::text::Language;
use crate::message::words::{drills as drill_words, readiness as words};

/// All findings. `bounces_known` is false where no daemon could be asked.
pub fn json(findings: &[Finding], bounces_known: bool, shown: Shown<'_>) -> Value {
    let serious = serious(findings);
    let rows: Vec<Value> = findings.iter().map(|finding| row(finding, shown)).collect();
    json!({
        "ready": serious == 0,
        "serious": serious,
        "minor": count(findings, Severity::Minor),
        "notes": count(findings, Severity::Note),
        "bounces_known": bounces_known,
        "edition": shown.plan.edition.label(),
        "findings": rows,
    })
}

/// How the drills that the plan wants stand: done, due, or missed.
pub fn drills(standings: &[Standing]) -> Value {
    let one = |standing: &Standing| {
        let [ja, en] = Language::ALL.map(|language| drill_words::duty(standing, language));
        json!({
            "what": standing.duty.what.name(),
            "every": standing.duty.every.name(),
            "state": standing.state.name(),
            "due": standing.due.to_string(),
            "last": standing.last.map(|day| day.to_string()),
            "ja": ja,
            "en": en,
        })
    };
    standings.iter().map(one).collect()
}

/// How many of them are serious.
pub fn serious(findings: &[Finding]) -> usize {
    count(findings, Severity::Serious)
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    let is = |finding: &&Finding| finding.severity() == severity;
    findings.iter().filter(is).count()
}

fn row(finding: &Finding, shown: Shown<'_>) -> Value {
    let says = words::finding(finding, shown.plan);
    let mut value = json!({
        "finding": finding.name(),
        "severity": finding.severity().name(),
        "ja": says.ja,
        "en": says.en,
    });
    match finding {
        Finding::NoAdministrator => {}
        Finding::Nobody(place) | Finding::NoFirst(place) | Finding::NoDeputy(place) => {
            self::place(&mut value, place);
        }
        Finding::TooFew {
            place,
            need,
            reachable,
        } => {
            self::place(&mut value, place);
            value["need"] = (*need).into();
            value["reachable"] = (*reachable).into();
        }
        Finding::NobodyDecides(rules)
        | Finding::NoFirstDecides(rules)
        | Finding::NoNextDecides(rules)
        | Finding::NoApprover(rules) => {
            value["rules"] = rules.iter().map(|id| id.as_str()).collect();
        }
        Finding::NobodyInformed(informed) => self::informed(&mut value, informed),
        Finding::Away {
            about,
            lack,
            people,
        } => away(&mut value, (about, *lack), people, shown),
        Finding::NoRequired { place, group } => {
            self::place(&mut value, place);
            match group {
                Group::Section(id) => value["section"] = id.as_str().into(),
                Group::Squad(id) => value["squad"] = id.as_str().into(),
            }
        }
        Finding::Vacant { post, rules } => {
            value["post"] = post.as_str().into();
            value["rules"] = rules.iter().map(|id| id.as_str()).collect();
        }
        Finding::PostAlone { post } => value["post"] = post.as_str().into(),
        Finding::NoContact { person } | Finding::NoChannel { person } => {
            value["person"] = person.as_str().into();
        }
        Finding::AllBounced { bounce, .. } | Finding::Bounced { bounce, .. } => {
            self::bounce(&mut value, bounce, shown);
        }
        Finding::Unproved(people) => {
            value["people"] = people.iter().map(|id| id.as_str()).collect();
        }
        Finding::AbsentWebhook { webhook, contacts } => {
            value["webhook"] = webhook.as_str().into();
            value["contacts"] = (*contacts).into();
        }
        Finding::VendorUnreachable { vendor } => value["vendor"] = vendor.as_str().into(),
        Finding::Drill(standing) => {
            value["drill"] = standing.duty.what.name().into();
            value["every"] = standing.duty.every.name().into();
            value["due"] = standing.due.to_string().into();
        }
        Finding::OwnText(refused) => {
            value["file"] = refused.file.as_str().into();
            value["line"] = refused.line.into();
        }
    }
    value
}

fn place(value: &mut Value, place: &Place) {
    value["target"] = place.who.to_string().into();
    value["rules"] = place.rules.iter().map(|id| id.as_str()).collect();
}

fn informed(value: &mut Value, informed: &Informed) {
    value["key"] = informed.why.key().into();
    value["who"] = informed.who.iter().map(ToString::to_string).collect();
    value["rules"] = informed.rules.iter().map(|id| id.as_str()).collect();
}

fn away(value: &mut Value, (about, lack): (&About, Lack), people: &[Gone], shown: Shown<'_>) {
    value["about"] = match about {
        About::Administrators => "administrators",
        About::Place(_) => "place",
        About::Decision(_) => "decision",
        About::Held(_) => "held",
        About::Informed(_) => "informed",
    }
    .into();
    match about {
        About::Administrators => {}
        About::Place(place) => self::place(value, place),
        About::Decision(rules) | About::Held(rules) => {
            value["rules"] = rules.iter().map(|id| id.as_str()).collect();
        }
        About::Informed(informed) => self::informed(value, informed),
    }
    if let Lack::TooFew { need, reachable } = lack {
        value["need"] = need.into();
        value["reachable"] = reachable.into();
    }
    let zone = &shown.plan.time_zone;
    let people = people
        .iter()
        .map(|gone| json!({ "person": gone.person.as_str(), "until": time(gone.until, zone) }));
    value["away"] = people.collect();
}

fn bounce(value: &mut Value, bounce: &Bounce, shown: Shown<'_>) {
    value["person"] = bounce.person.as_str().into();
    value["channel"] = bounce.contact.channel.to_string().into();
    value["since"] = time(bounce.since, &shown.plan.time_zone).into();
    value["call_out"] = bounce.call_out.as_ref().map(CallOutId::as_str).into();
    if shown.addresses {
        value["address"] = (&*bounce.contact.address).into();
    }
}
