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
        held_second: "第二の承認者の確認を待っています（{until}までに確認がなければ警報）", "Waits for a second person's word (alarms if there is none by {until})";
        unconfirmed: "第二の承認者の確認がまだありません。保留のまま、{again}に再び警報します", "No second person has confirmed; it stays held and alarms again at {again}";
        ordered: "指令者：{person}（入力：{by}）", "Ordered by {person} (entered by {by})";
        ordered_acting: "指令者：{person}（{post} 職務代理）（入力：{by}）", "Ordered by {person}, acting for {post} (entered by {by})";
        row_chosen: "準じる規則として{rule}を選択（{by}）", "{rule} chosen as the row that fits ({by})";
        asked: "{people}に判断を依頼（{until}までに返事がなければ次の人へ）", "{people} asked to decide (the next in line at {until})";
        decided_muster: "判断：集まる", "Decided: muster";
        decided_section: "判断：課内で対応", "Decided: handled in the section";
        decided_by: "{decision}（{person}、入力：{by}）", "{decision} ({person}, entered by {by})";
        decided_deputy: "{decision}（{person}＝代わりに判断、入力：{by}）", "{decision} ({person}, standing in; entered by {by})";
        decided_unnamed: "{decision}（入力：{by}）", "{decision} (entered by {by})";
        in_section: "課内で対応中。{again}に改めて判断を求めます", "Handled in the section; asked again at {again}";
        undecided: "順にすべての人に判断を求めましたが、返事がありません", "Everyone in line was asked; nobody has decided";
        unasked: "判断を求める人が全員不在か連絡不能で、誰にも求められませんでした", "Everybody in line is away or out of reach; nobody could be asked";
        undecided_again: "{said}。{again}に改めて最初の人から求めます", "{said}. Asked again from the first in line at {again}";
        grown: "事象が拡大：{what}。{rule}に移行（{by}）", "The event grew: {what}; now {rule} ({by})";
        grown_targets: "事象が拡大：{what}。{rule}に移行、参集対象を追加：{targets}（{by}）", "The event grew: {what}; now {rule}, added: {targets} ({by})";
        with_headline: "{said}「{headline}」", "{said} \"{headline}\"";
        aftershock: "余震：{what}。より強くないため招集しません（{by}）", "Aftershock: {what}; not stronger, so nobody is called ({by})";
        growth_held: "拡大の報：{what}（{rule}）。取り消さなければ{until}に、加わる人を招集します。招集済みの人はそのままです（{by}）", "Reported worse: {what} ({rule}). Unless stopped, whoever it adds is called at {until}; those called stay called ({by})";
        growth_held_second: "拡大の報：{what}（{rule}）。別の人の確認があるまで、加わる人は招集しません。招集済みの人はそのままです。{until}までに確認がなければ警報（{by}）", "Reported worse: {what} ({rule}). Whoever it adds is called only on a second person's word; those called stay called. Alarm at {until} ({by})";
        growth_stopped: "拡大を取り消し、それまでの招集を続けます（{by}）", "The growth was stopped; what was called before goes on ({by})";
        correction: "訂正：{what}。取り消さなければ{until}に、参集の必要がなくなる人を解除します（{by}）", "Corrected: {what}. Unless stopped, whoever need not come is released at {until} ({by})";
        correction_nothing: "事象はなかったとの報。止めなければ{until}に全員を解除します（{by}）", "Withdrawn: it did not happen. Unless stopped, everybody is released at {until} ({by})";
        correction_stopped: "訂正による解除を中止（{by}）", "The correction was stopped ({by})";
        corrected: "訂正により{rule}に変更、{released}人の参集を解除", "Corrected to {rule}; {released} released";
        said: "{told}人に連絡：「{text}」（{by}）", "Said to {told}: \"{text}\" ({by})";
        said_place: "{told}人に連絡：「{text}」参集場所を{place}に変更（{by}）", "Said to {told}: \"{text}\"; gather at {place} from now on ({by})";
        clash_within: "兼務の衝突：{person}は「{here}」を兼ねています", "Clash of duties: {person} is wanted for {here}";
        clash_other: "兼務の衝突：{person}は「{here}」と、参集{other}の「{there}」を兼ねています", "Clash of duties: {person} is wanted for {here}, and for {there} in call-out {other}";
        clash_deputies: "{clash}。代理の案：{deputies}", "{clash}. Deputies proposed: {deputies}";
        clash_deputy: "{target}は{person}", "{person} for {target}";
        clash_vacant: "{clash}。代理に空いている人がいない：{targets}", "{clash}. No deputy is free for {targets}";
        doubled: "「{targets}」を兼ねる：{people}", "Stand in {targets} at once: {people}";
        both_called: "招集した人のうち{people}人は、参集{other}でも招集されています", "{people} of those called are called in call-out {other} too";
        help_asked: "{desk}に協力を依頼（{by}、{until}までに返事がなければ次の窓口へ）", "{desk} asked for help ({by}; the next desk at {until})";
        help_asked_systems: "{desk}に協力を依頼：{systems}（{by}、{until}までに返事がなければ次の窓口へ）", "{desk} asked for help with {systems} ({by}; the next desk at {until})";
        help_by_rule: "規則による", "as the rule says";
        help_next: "{instead_of}に代わり{desk}に協力を依頼（{until}までに返事がなければ次の窓口へ）", "{desk} asked for help in place of {instead_of} (the next desk at {until})";
        help_released: "訂正により、{vendors}への協力依頼を取り下げ", "Corrected, so help of {vendors} is asked for no more";
        help_left_out: "{vendors}：訓練のため協力を依頼しません（規則では依頼する事業者）", "{vendors}: not asked for help, this is a drill (the rule would ask)";
        help_gone: "{vendor}：名簿にないため、協力を依頼していません", "{vendor}: not on the roster, so not asked for help";
        help_out: "{vendor}：協力を依頼できる窓口が残っていません", "{vendor}: nobody is left to ask for help";
        unfillable: "{target}: もう必要な人数に届きません（あと{short}人不足）", "{target}: can no longer be filled (short by {short})";
        confirmed: "発令を確認（{by}）", "Confirmed ({by})";
        correction_confirmed: "訂正を確認し、待たずに実施（{by}）", "The correction was confirmed and takes effect at once ({by})";
        cancelled: "保留中に取消（{by}）", "Cancelled while held ({by})";
        cancelled_reason: "保留中に取消：{reason}（{by}）", "Cancelled while held: {reason} ({by})";
        on_word_of: "{by}、{person}の指示による", "{by}, on the word of {person}";
        opened: "参集を開始（参集対象{targets}件）", "Call-out opened ({targets} targets)";
        stage_both: "第{stage}段階: 新たに{called}人を招集、{reminded}人に再送", "Stage {stage}: {called} newly called, {reminded} asked again";
        stage_waits: "第{stage}段階: 招集済みの人の回答を待ちます", "Stage {stage}: waiting for those who are called already";
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
        passed_over: "{person}: 不在（{until}）のため呼び出しません", "{person}: away ({until}), passed over";
        passed_over_target: "{person}: 不在（{until}）のため呼び出しません（{target}）", "{person}: away ({until}), passed over for {target}";
        back: "{person}: 不在を解除", "{person}: back";
        back_called: "{person}: 不在を解除し、呼び出しました", "{person}: back, and asked now";
        answered: "{person}: {reply}", "{person}: {reply}";
        answered_on_behalf: "{person}: {reply}（代理入力：{by}）", "{person}: {reply} (entered by {by})";
        answer_eta: "{answer}、{eta}", "{answer}, {eta}";
        answer_note: "{answer}「{note}」", "{answer} \"{note}\"";
        answer_doubtful: "{answer}［未確定：機械による操作の可能性］", "{answer} [unsettled: a machine may have pressed it]";
        met: "{target}: 必要な人数を確保（{have}人）", "{target}: need met ({have})";
        reopened: "{target}: 再び人数不足", "{target}: short of people again";
        exhausted: "すべての段階を終了、人数不足: {targets}", "Out of stages, short of people: {targets}";
        recovered: "必要な人数を確保", "Every need is met after all";
        forced: "本番の招集が続く中で訓練を開始（{by}。理由: {reason}）", "Drill started although a real call-out was open (by {by}: {reason})";
        ended: "予定の終了時刻になったため終了", "Closed at its set end";
        stood_down: "解除：{reason}（{by}）", "Stood down: {reason} ({by})";
        false_alarm: "誤報により解除：{reason}（{by}）", "Stood down as a FALSE ALARM: {reason} ({by})";
        late: "停止などにより{by}の遅れ", "Late by {by}: the daemon was away";
    }
}
