//! Turns the procedures of a read `rules.toml` into the domain's procedures.
//!
//! Owns the checks of stages: their order in time, that each does something,
//! and what they refer to.

use std::time::Duration;

use indexmap::IndexMap;

use super::findings::Findings;
use super::names::Names;
use super::noun::{meant, noun};
use super::table::{Table, Word};
use super::value::{choice, duration, id, positive};
use crate::domain::id::ProcedureId;
use crate::domain::procedure::{Procedure, Resend, STALE_AFTER, Stage, StageCall};
use crate::domain::roster::ChannelName;
use crate::domain::text::Text;

/// Checks every procedure.
pub(super) fn check(
    file: Table<'_>,
    names: &Names,
    findings: &mut Findings,
) -> IndexMap<ProcedureId, Procedure> {
    let mut procedures = IndexMap::new();
    for table in file.tables("procedure") {
        let word = table.text("id");
        if let Some(word) = word {
            id(word, findings);
        }
        let procedure = procedure(table, word.map_or("", |word| word.text), names, findings);
        procedures.entry(procedure.id.clone()).or_insert(procedure);
    }
    procedures
}

fn procedure(table: Table<'_>, id: &str, names: &Names, findings: &mut Findings) -> Procedure {
    let mut stages: Vec<Stage> = Vec::new();
    let mut latest: Option<(Duration, Word<'_>)> = None;
    for (number, table) in (1..).zip(table.tables("stage")) {
        let after = table.text("after");
        let at = after.and_then(|word| duration(word, findings));
        if let (Some(word), Some(at)) = (after, at) {
            if let Some((before, earlier)) = latest
                && at <= before
            {
                findings
                    .error(
                        word.place,
                        format!("手順「{id}」の段階 {number} が、一つ前の段階（{}）より後になっていません",
                            earlier.text
                        ), format!(
                            "stage {number} of \"{id}\" is not later than the one before it, at \"{}\"",
                            earlier.text
                        ),
                    )
                    .advise("時間はどの段階も参集の開始から数えます。後の段階ほど大きな値を書いてください", "each stage counts from the opening of the call-out: write the later ones later");
            }
            latest = Some((at, word));
        }
        stages.push(stage(table, (number, id), at, names, findings));
    }
    let end = table.text("exhausted_after");
    let exhausted_after = end.and_then(|word| positive(word, findings));
    if let (Some(word), Some(end), Some((last, stage))) = (end, exhausted_after, latest)
        && end <= last
    {
        findings
            .error(
                word.place,
                format!(
                    "手順「{id}」が、最後の段階（{}）の前か同時に終わります",
                    stage.text
                ),
                format!(
                    "\"{id}\" would give up before or as its last stage begins, at \"{}\"",
                    stage.text
                ),
            )
            .advise(
                "最後の段階に答えられるよう、それより後の時間を書いてください",
                "write a time later than that, so that the last stage can be answered",
            );
    }
    let stale_after = table.text("stale_after");
    let stale_after = stale_after.and_then(|word| positive(word, findings));
    Procedure {
        id: id.into(),
        title: table.words("title").unwrap_or_default(),
        stages,
        exhausted_after: exhausted_after.unwrap_or_default(),
        stale_after: stale_after.unwrap_or(STALE_AFTER),
    }
}

fn stage(
    table: Table<'_>,
    (number, procedure): (u32, &str),
    after: Option<Duration>,
    names: &Names,
    findings: &mut Findings,
) -> Stage {
    let calls = [
        ("next", StageCall::Next),
        ("all", StageCall::All),
        ("nobody", StageCall::Nobody),
    ];
    let call = table
        .text("call")
        .and_then(|word| choice(word, noun("呼び方", "call"), &calls, findings));
    let remind = table.truth("remind");
    let idle = table.texts("also").is_empty() && table.texts("tell").is_empty() && !remind;
    if call == Some(StageCall::Nobody) && idle {
        findings
            .error(
                table.place_of("call"),
                format!("手順「{procedure}」の段階 {number} は何もしません"), format!("stage {number} of \"{procedure}\" does nothing"),
            )
            .advise("誰かを呼ぶ、催促する、also か tell に人を書く、のいずれかにするか、段階を消してください", "call somebody, remind, name somebody in also or tell, or take the stage out");
    }
    let channels = table.texts("channels");
    Stage {
        after: after.unwrap_or_default(),
        call: call.unwrap_or(StageCall::Next),
        also: names.selectors(&table.texts("also"), findings),
        remind,
        channels: channels
            .into_iter()
            .filter_map(|word| channel(word, names, findings))
            .collect(),
        together: table.truth("together"),
        resend: table
            .table("resend")
            .and_then(|resend| self::resend(resend, findings)),
        tell: names.selectors(&table.texts("tell"), findings),
    }
}

fn channel(word: Word<'_>, names: &Names, findings: &mut Findings) -> Option<ChannelName> {
    let read = ChannelName::parse(word.text);
    match &read {
        Some(ChannelName::Webhook(name)) => names.webhooks.warn_unless_known(name, word, findings),
        Some(ChannelName::Email) => {}
        None => {
            let advice = match names.webhooks.has(word.text) {
                true => meant(&format!("webhook:{}", word.text)),
                false => Text::new(
                    "\"email\" か \"webhook:NAME\" と書いてください",
                    "write \"email\" or \"webhook:NAME\"",
                ),
            };
            findings
                .error(
                    word.place,
                    format!("「{}」は連絡手段ではありません", word.text),
                    format!("\"{}\" is no channel", word.text),
                )
                .advise_both(advice);
        }
    }
    read
}

fn resend(table: Table<'_>, findings: &mut Findings) -> Option<Resend> {
    let every = table
        .text("every")
        .and_then(|word| positive(word, findings));
    let times = table.number_within("times", 1..=1000, findings);
    Some(Resend {
        every: every?,
        times: times?,
    })
}
