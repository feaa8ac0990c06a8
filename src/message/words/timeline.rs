//! Words of the time line: one sentence for each thing that happened.
//!
//! Owns the wording only; `timeline` in the parent fills it.

super::table! {
    /// Sentences of the account.
    Timeline {
        event: "{what}の通報（{by}）", "Reported: {what} ({by})";
        event_headline: "{what}の通報：「{headline}」（{by}）", "Reported: {what}: \"{headline}\" ({by})";
        edition: "計画 第{number}版により発令：{caveats}", "Run by plan edition {number}: {caveats}";
        edition_and: "。", "; ";
        held: "{until}まで保留。それまでは取り消せます", "Held until {until}; it can be cancelled until then";
        confirmed: "発令を確認（{by}）", "Confirmed ({by})";
        cancelled: "保留中に取消（{by}）", "Cancelled while held ({by})";
        cancelled_reason: "保留中に取消：{reason}（{by}）", "Cancelled while held: {reason} ({by})";
        on_word_of: "{by}、{person}の指示による", "{by}, on the word of {person}";
        opened: "参集を開始（参集対象{targets}件）", "Call-out opened ({targets} targets)";
        stage_both: "第{stage}段階: 新たに{called}人を招集、{reminded}人に再送", "Stage {stage}: {called} newly called, {reminded} asked again";
        stage_called: "第{stage}段階: {called}人を招集", "Stage {stage}: {called} called";
        stage_reminded: "第{stage}段階: {reminded}人に再送", "Stage {stage}: {reminded} asked again";
        nothing_more: "{stage}（前の段階では見込みがないため繰り上げ）", "{stage} (early: nothing more could come of the stage before)";
        stage_passed: "第{stage}段階: 対象者がいないため次へ", "Stage {stage}: nobody to call, passed over";
        unmet: "第{stage}段階で人数不足: {targets}（{told}人に通知）", "Stage {stage} ended short of people: {targets} ({told} told)";
        called_next: "{target}: {instead_of}に代わり{person}を招集", "{target}: {person} called in place of {instead_of}";
        reminded: "第{stage}段階: 未回答の{people}人に再送", "Stage {stage}: {people} who had not answered asked again";
        contact_dead: "{person}: {channel}で届きません（{reason}）", "{person}: {channel} failed ({reason})";
        contact_dead_detail: "{person}: {channel}で届きません（{reason}：{detail}）", "{person}: {channel} failed ({reason}: {detail})";
        unreachable: "{person}: すべての連絡手段が不通", "{person}: no contact is left";
        answered: "{person}: {reply}", "{person}: {reply}";
        answered_on_behalf: "{person}: {reply}（代理入力：{by}）", "{person}: {reply} (entered by {by})";
        answer_eta: "{answer}、{eta}", "{answer}, {eta}";
        answer_note: "{answer}「{note}」", "{answer} \"{note}\"";
        answer_doubtful: "{answer}［未確定：機械による操作の可能性］", "{answer} [unsettled: a machine may have pressed it]";
        met: "{target}: 必要な人数を確保（{have}人）", "{target}: need met ({have})";
        reopened: "{target}: 再び人数不足", "{target}: short of people again";
        exhausted: "すべての段階を終了、人数不足: {targets}", "Out of stages, short of people: {targets}";
        recovered: "必要な人数を確保", "Every need is met after all";
        stood_down: "解除：{reason}（{by}）", "Stood down: {reason} ({by})";
        false_alarm: "誤報により解除：{reason}（{by}）", "Stood down as a FALSE ALARM: {reason} ({by})";
        late: "停止などにより{by}の遅れ", "Late by {by}: the daemon was away";
    }
}
