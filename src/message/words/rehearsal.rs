//! Words of a rehearsal: what stands over the time line, and what came of it.
//!
//! Owns the wording only; the layout is whoever's shows it. No word here may
//! sound like a message that is sent.

super::table! {
    /// Sentences of a rehearsal.
    Rehearsal {
        by: "予行", "rehearsal";
        nothing_sent: "これは机上の予行です。何も送っていません。", "A rehearsal on paper: nothing is sent.";
        assumed_file: "想定: {file}。書かれていない人は、{coming}% が参集可、{cannot}% が参集不可、残りは未回答。宛先の {dead}% は不通（seed {seed}）", "Assumed: {file}. Of those not in it {coming}% come, {cannot}% cannot, the rest stay silent; {dead}% of addresses are dead (seed {seed})";
        assumed_rates: "想定: {coming}% が参集可、{cannot}% が参集不可、残りは未回答。宛先の {dead}% は不通（seed {seed}）", "Assumed: {coming}% come, {cannot}% cannot, the rest stay silent; {dead}% of addresses are dead (seed {seed})";
        assumed_decision: "判断の想定: 依頼が届いてから {after} 後に「{decision}」", "Decision assumed: {decision}, {after} after it is asked for";
        assumed_no_decision: "判断の想定: 書かれたもののほかは、誰も判断しない", "Decisions assumed: nobody decides but as it is written";
        no_rule: "該当する参集ルールはありません。誰も招集しません。", "No rule applies; nobody would be called.";
        place: "集合場所 {place}", "Gather at {place}";
        sent: "{purpose} {count}人: {people}", "{purpose}, {count}: {people}";
        and_more: "{people} ほか{more}人", "{people} and {more} more";
        timeline: "経過", "Time line";
        targets: "参集対象ごとの結果", "What came of each target";
        people: "人ごとの結果", "What came of the people";
        met: "{name}: 必要 {need}人、参集 {have}人。+{after} に確保", "{name}: need {need}, have {have}; filled at +{after}";
        met_everyone: "{name}: {need}人全員が回答（参集 {have}人）。+{after} に完了", "{name}: all {need} answered, {have} come; complete at +{after}";
        short: "{name}: 必要 {need}人、参集 {have}人。{missing}人不足（{why}）", "{name}: need {need}, have {have}; short by {missing} ({why})";
        short_everyone: "{name}: {need}人のうち参集 {have}人。回答がそろわず（{why}）", "{name}: of {need}, {have} come; not everyone answered ({why})";
        why_cannot: "参集不可 {count}人", "{count} cannot";
        why_received: "受信のみ {count}人", "{count} only received it";
        why_silent: "未回答 {count}人", "{count} unanswered";
        why_unreachable: "連絡不能 {count}人", "{count} unreachable";
        why_left: "まだ呼んでいない候補 {count}人", "{count} candidates not called";
        why_nobody_left: "ほかに候補なし", "nobody left in line";
        reached: "連絡がついた {count}人", "Reached: {count}";
        unreachable: "連絡不能 {count}人: {people}", "Unreachable, {count}: {people}";
        coming: "参集 {count}人: {people}", "Coming, {count}: {people}";
        cannot: "参集不可 {count}人: {people}", "Cannot come, {count}: {people}";
        silent: "未回答 {count}人: {people}", "No answer, {count}: {people}";
        informed: "通知のみ {count}人: {people}", "Only told, {count}: {people}";
        figures: "招集 {called}人、到達 {sent}人、回答 {answered}人、参集 {coming}人（うち到着 {arrived}人）、参集不可 {cannot}人、未回答 {unanswered}人、連絡不能 {unreachable}人", "Called {called}, reached {sent}, answered {answered}, coming {coming} ({arrived} of them there), cannot {cannot}, unanswered {unanswered}, unreachable {unreachable}";
        end_nothing_more: "+{after} で動きが尽きました。状態: {state}", "Nothing more happens after +{after}. State: {state}";
        end_time_over: "+{after} で時間切れ（--for）。この先にも予定があります。状態: {state}", "The time is over at +{after} (--for); more was to come. State: {state}";
        end_too_long: "+{after} で打ち切り（手順が多すぎます）。状態: {state}", "Cut off at +{after}: too many steps. State: {state}";
    }
}
