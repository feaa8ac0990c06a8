//! `muster contacts changes`, `accept` and `refuse`: what people report, and
//! the word on it.
//!
//! Owns the order of an acceptance: the roster's file first, then the daemon's
//! word, so that nothing is called accepted that stands nowhere. What is in
//! force changes at the next reload, never here.

use serde_json::{Value, json};

use super::{Accept, Changes, Refuse};
use crate::cli::arguments::Global;
use crate::cli::client::Client;
use crate::cli::configuration;
use crate::cli::failure::Failure;
use crate::cli::output::{self, both, label, pick};
use crate::cli::roster::{file, say_changes, say_wrong};
use crate::cli::table::Table;
use crate::config::Sources;
use crate::config::sheet::{self, Import};
use crate::domain::contact_change::{Kind, Proposal};
use crate::domain::roster::{ChannelName, Contact};

const CHANGES: &str = "/api/v1/contacts/changes";

/// `muster contacts changes`
pub(super) async fn list(global: &Global, which: &Changes) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let query = if which.all { "" } else { "?open=true" };
    let found = client.get(&format!("{CHANGES}{query}")).await?;
    if global.json {
        output::json(&found);
        return Ok(());
    }
    let changes = found["changes"].as_array().cloned().unwrap_or_default();
    if changes.is_empty() {
        output::say(&both(
            "確認を待つ知らせはありません",
            "no report is waiting",
        ));
        return Ok(());
    }
    let mut table = Table::new([
        label("番号", "no"),
        label("氏名", "name"),
        label("知らせ", "report"),
        label("受付", "reported"),
        label("状態", "state"),
    ]);
    for change in &changes {
        let field = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        let name = match field("name") {
            name if name.is_empty() => field("person"),
            name => format!("{name} ({})", field("person")),
        };
        let day = field("reported_at");
        table.row([
            change["id"].to_string(),
            name,
            pick(&field("what"), &field("what_en")),
            day.split('T').next().unwrap_or_default().to_owned(),
            state(change),
        ]);
    }
    output::table(&table);
    if !which.all {
        output::say(&both(
            "名簿に反映するには muster contacts accept 番号 --write、見送るには refuse 番号 --reason 理由",
            "muster contacts accept NO --write puts one into roster.toml; refuse NO --reason declines it",
        ));
    }
    Ok(())
}

fn state(change: &Value) -> String {
    let by = change["decided_by"].as_str().unwrap_or_default();
    match change["state"].as_str().unwrap_or_default() {
        "accepted" if change["in_force"] == false && change["kind"] != "note" => {
            let word = label("了承、名簿にはまだ", "accepted, not in force");
            format!("{word} {by}")
        }
        "accepted" => format!("{} {by}", label("了承", "accepted")),
        "refused" => {
            let why = change["reason"].as_str().unwrap_or_default();
            format!("{} {by}: {why}", label("見送り", "refused"))
        }
        _ => label("確認待ち", "waiting"),
    }
}

/// `muster contacts refuse`
pub(super) async fn refuse(global: &Global, refuse: &Refuse) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let path = format!("{CHANGES}/{}/refuse", refuse.number);
    let after = client
        .post(&path, &json!({ "reason": refuse.reason }))
        .await?;
    if global.json {
        output::json(&after);
    } else {
        output::say(&both(
            "見送りました。理由は本人の画面に出ます",
            "declined; the person reads why on their page",
        ));
    }
    Ok(())
}

/// `muster contacts accept`
pub(super) async fn accept(global: &Global, accept: &Accept) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let path = format!("{CHANGES}/{}", accept.number);
    let change = client.get(&path).await?;
    // Why: what was accepted on the board stands in no file yet.
    let accepted = change["state"] == "accepted" && change["in_force"] == false;
    if change["state"] != "open" && !accepted {
        return Err(Failure::refused(
            format!("知らせ {} はすでに決められています", accept.number),
            format!("report {} was decided before", accept.number),
        ));
    }
    let proposal = proposal(&change)?;
    let sources = configuration::texts(global)?;
    let found = sheet::amend(&sources, &global.overrides, &proposal)
        .map_err(|problems| Failure::problems(&problems))?;
    if !global.json {
        let what = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        output::say(&pick(&what("what"), &what("what_en")));
        say_wrong(&found, global.language());
    }
    if found.is_refused() {
        return Err(Failure::refused(
            "この知らせは roster.toml に反映できません。何も書いていません",
            "this report cannot be put into roster.toml; nothing is written",
        ));
    }
    let backup = match &found.text {
        Some(text) if accept.write => {
            let file = global.config.join(Sources::FILES[1]);
            Some(file::replace(&file, &sources.roster.text, text)?)
        }
        _ => None,
    };
    let after = match accept.write {
        true if !accepted => client.post(&format!("{path}/accept"), &json!({})).await?,
        _ => change,
    };
    if global.json {
        let changed = &found.changes.changed;
        output::json(&json!({ "change": after, "changed": changed, "written": backup.is_some() }));
        return Ok(());
    }
    if accept.write && accepted && found.text.is_none() {
        output::say(&both(
            "了承済みで、roster.toml は既にこのとおりです。有効にするには systemctl reload muster",
            "accepted before, and roster.toml has it already; systemctl reload muster puts it in force",
        ));
        return Ok(());
    }
    say(global, &found, accept.write);
    Ok(())
}

fn say(global: &Global, found: &Import, write: bool) {
    say_changes(found, global.language());
    let words = match (write, found.text.is_some()) {
        (false, true) => both(
            "まだ何も書いていません。書くには --write を付けます",
            "nothing is written yet; add --write",
        ),
        (false, false) => both(
            "roster.toml に書くことはありません。手で直すものがあれば直し、--write を付けて済みとします",
            "there is nothing to write into roster.toml; mend by hand what is needed, then add --write to settle it",
        ),
        (true, true) => both(
            "名簿を書き換え、了承を記録しました。muster check ののち systemctl reload muster で有効になります",
            "roster.toml is changed and the report accepted. In force after systemctl reload muster",
        ),
        (true, false) => both("了承を記録しました", "the report is accepted"),
    };
    output::say(&words);
}

/// What the daemon says of a report, as the roster's file is amended by it.
fn proposal(change: &Value) -> Result<Proposal, Failure> {
    let text = |name: &str| change[name].as_str().map(str::to_owned);
    let unread = || {
        Failure::failed(
            "デーモンの返事を読み取れません。muster の版を合わせてください",
            "the daemon's reply cannot be read; use the same version of muster",
        )
    };
    let channel = match text("channel") {
        Some(name) => Some(ChannelName::parse(&name).ok_or_else(unread)?),
        None => None,
    };
    let contact = channel
        .zip(text("address"))
        .map(|(channel, address)| Contact {
            channel,
            address: address.into(),
        });
    let kind = text("kind").and_then(|kind| Kind::parse(&kind));
    Ok(Proposal {
        person: text("person").ok_or_else(unread)?.as_str().into(),
        kind: kind.ok_or_else(unread)?,
        contact,
        new_address: text("new_address"),
        note: text("note"),
    })
}
