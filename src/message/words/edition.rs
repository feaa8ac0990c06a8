//! Words for the edition in force (版), and for what must be said of it.
//!
//! Owns the wording and how it is put together.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::dates;
use super::{Names, fill};
use crate::domain::edition::{Caveat, Edition, short};
use crate::domain::text::Language;

super::table! {
    /// Words for editions.
    Editions {
        edition: "計画 第{number}版（{date}）{approval}／名簿 {roster}", "Plan edition {number} ({date}), {approval}; roster {roster}";
        approved: "承認：{name}", "approved by {name}";
        unapproved: "未承認", "NOT APPROVED";
        changed: "承認後に変更あり", "CHANGED SINCE IT WAS APPROVED";
        older: "第{than}版より前の版", "OLDER THAN EDITION {than}";
        roster_since: "{roster}（{date}から）", "{roster} (since {date})";
        says_unapproved: "この版は未承認です", "this edition is not approved";
        says_changed: "承認された時と規則の内容が違うのに、番号も日付も同じです", "its rules are not those that were approved under this number and date";
        says_older: "直前に使われていた第{than}版より古い版です", "it is older than edition {than}, which was in force before it";
        notice: "使用中の計画 第{number}版：{says}", "The plan in force, edition {number}: {says}";
        refused: "{at}に読み直した設定は受け付けられず、前の版のまま動いています（{why}）。muster check で確かめてください", "The configuration read at {at} was refused and the edition before stays in force ({why}); run `muster check`";
    }
}

/// Which version of the plan is in force, who approved it, and which roster;
/// an unapproved or changed one says so.
pub fn edition(edition: &Edition, names: &dyn Names, language: Language) -> String {
    let w = Editions::of(language);
    let date = dates::date(edition.date, language);
    let mut approval = match &edition.approved_by {
        None => w.unapproved.to_owned(),
        Some(id) => {
            let name = names.person(id, language);
            let name = name.unwrap_or_else(|| id.to_string());
            fill(w.approved, &[("name", &name)])
        }
    };
    let mut add =
        |said: &str| approval = super::list(&[approval.clone(), said.to_owned()], language);
    if edition.changed {
        add(w.changed);
    }
    if let Some(than) = edition.older_than {
        add(&fill(w.older, &[("than", &than.to_string())]));
    }
    let mut roster = short(&edition.roster_digest).to_owned();
    if let Some(since) = edition.roster_date {
        let since = dates::date(since, language);
        roster = fill(w.roster_since, &[("roster", &roster), ("date", &since)]);
    }
    let values = [
        ("number", &*edition.number.to_string()),
        ("date", &date),
        ("approval", &approval),
        ("roster", &roster),
    ];
    fill(w.edition, &values)
}

/// What must be said of an edition, as a sentence.
pub fn caveat(caveat: Caveat, language: Language) -> String {
    let w = Editions::of(language);
    match caveat {
        Caveat::Unapproved => w.says_unapproved.to_owned(),
        Caveat::Changed => w.says_changed.to_owned(),
        Caveat::Older { than } => fill(w.says_older, &[("than", &than.to_string())]),
    }
}

/// The same of the edition in force, for a board.
pub fn notice(edition: &Edition, said: Caveat, language: Language) -> String {
    let says = caveat(said, language);
    let values = [("number", &*edition.number.to_string()), ("says", &says)];
    fill(Editions::of(language).notice, &values)
}

/// That a reload was refused.
pub fn refused(at: Timestamp, why: &str, zone: &TimeZone, language: Language) -> String {
    let at = dates::date_time(at, zone, language);
    fill(Editions::of(language).refused, &[("at", &at), ("why", why)])
}
