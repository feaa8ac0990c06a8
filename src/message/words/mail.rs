//! Words of mails and webhook bodies.
//!
//! Owns the wording only. Two marks exist, one for what is real and one for
//! an exercise; no other entry names either, so that neither can slip into
//! the other's message.

super::table! {
    /// Sentences of a letter.
    Mail {
        real_mark: "【緊急参集】これは実際の発令です。", "[EMERGENCY CALL-OUT] This is real.";
        drill_mark: "【訓練 / DRILL】これは訓練です。実際の災害・事象は起きていません。", "[DRILL / 訓練] This is a drill. Nothing has really happened.";
        drill_end: "【訓練 / DRILL】以上は訓練の連絡です。", "[DRILL / 訓練] End of a drill message. Nothing has really happened.";
        real_band: "緊急参集", "EMERGENCY CALL-OUT";
        drill_band: "訓練 DRILL", "DRILL 訓練";
        drill_headline: "【訓練の想定】{headline}", "[DRILL scenario] {headline}";
        subject_drill: "【訓練/DRILL】{purpose}の訓練：{subject}（想定）", "[DRILL/訓練] {purpose} exercise: {subject} (scenario)";
        subject_call: "【緊急参集】{what} {place}へ", "[EMERGENCY CALL-OUT] {what}: go to {place}";
        subject_remind: "【緊急参集・再送】回答をお願いします：{what} {place}へ", "[EMERGENCY CALL-OUT, reminder] Please answer. {what}: go to {place}";
        subject_inform: "【参集のお知らせ】{what}", "[Call-out notice] {what}";
        subject_unmet: "【要確認】参集の人数が不足：{what}", "[ACTION] Call-out short of people: {what}";
        subject_exhausted: "【至急】招集をすべて終えましたが人数が不足：{what}", "[URGENT] Call-out out of stages, short of people: {what}";
        subject_held: "【保留中】{until}まで取り消せます：{what}", "[HELD] Can be cancelled until {until}: {what}";
        subject_cancelled: "【取消】参集は行いません：{what}", "[CANCELLED] No call-out: {what}";
        subject_stand_down: "【参集解除】{what}", "[STAND-DOWN] {what}";
        subject_false_alarm: "【誤報・解除】{what}", "[FALSE ALARM, stand-down] {what}";
        subject_decide: "【要判断】{what}：集まるか、課内で対応するか", "[DECISION] {what}: muster, or handle in the section?";
        subject_undecided: "【至急】判断の返事がありません：{what}", "[URGENT] Nobody has decided: {what}";
        subject_held_second: "【要確認】第二の承認者の確認待ち：{what}", "[CONFIRM] A second person's word is wanted: {what}";
        subject_unconfirmed: "【至急】まだ確認されていません：{what}", "[URGENT] Still not confirmed: {what}";
        subject_grown: "【参集・内容変更】{what} {place}", "[Call-out, change] {what}: {place}";
        subject_released: "【参集不要】{what}", "[Need not come] {what}";
        subject_tell: "【参集・連絡】{word}", "[Call-out, word] {word}";
        subject_unfillable: "【要確認】人数を満たせません：{what}", "[ACTION] Cannot be filled any more: {what}";
        subject_corrected: "【訂正】{until}に参集を解除します：{what}", "[CORRECTION] Releases people at {until}: {what}";
        subject_aftershock: "【余震】招集はしません：{what}", "[Aftershock] Nobody is called: {what}";
        short_where: "{what} {place}へ", "{what}, {place}";
        headline_call: "{what}のため、{place}へ参集してください。", "{what}. Please gather at {place}.";
        headline_remind: "回答がまだ届いていません。{what}のため、{place}へ参集してください。", "We have no answer from you yet. {what}. Please gather at {place}.";
        headline_inform: "{what}のため、職員を{place}へ招集しています。", "{what}. Staff are being called to {place}.";
        headline_recorded: "{what}を記録しました。担当の課で対応します。今のところ参集は不要です。", "{what} is recorded, and the section in charge handles it. Nobody needs to gather for now.";
        headline_undecided_yet: "{what}が発生しました。集まるか、課内で対応するかの判断を求めています。今のところ参集は不要です。", "{what}. A decision is asked for: muster, or handle it in the section. Nobody needs to gather for now.";
        headline_unmet: "{what}の参集：第{stage}段階を終え、人数が足りません。", "{what}: stage {stage} has ended and people are still missing.";
        headline_exhausted: "{what}の参集：すべての段階を終えましたが、人数が足りません。人の判断が必要です。", "{what}: every stage has ended and people are still missing. A person must decide.";
        headline_held: "{what}のため、{until}に参集を始めます。それまでは取り消せます。", "{what}. Calling begins at {until}; it can be cancelled until then.";
        headline_cancelled: "{what}の参集は、始める前に取り消されました。対応は不要です。", "{what}: the call-out was cancelled before it began. There is nothing to do.";
        headline_stand_down: "{what}の参集は解除されました。", "{what}: the call-out is over (stand-down).";
        headline_false_alarm: "{what}の参集は誤報でした。解除されました。", "{what}: this was a FALSE ALARM. The call-out is over.";
        headline_decide: "{what}が発生しました。集まるか、課内で対応するかを判断してください。", "{what}. Please decide: muster, or handle it in the section.";
        headline_undecided: "{what}：順にすべての人に判断を求めましたが、返事がありません。誰も招集していません。", "{what}: everyone in line was asked and nobody has decided. Nobody is being called.";
        headline_held_second: "{what}の参集は、第二の承認者の確認を待っています。確認されるまで誰も招集しません。", "{what}: the call-out waits for a second person's word. Nobody is called until then.";
        headline_unconfirmed: "{what}の参集がまだ確認されていません。誰も招集していません。確認するか、取り消してください。", "{what}: still not confirmed, and nobody is being called. Confirm it or cancel it.";
        headline_grown: "事象の内容が変わりました：{what}。参集場所は{place}です。これまでの回答はそのまま有効です。", "The event has changed: {what}. Gather at {place}. Your answer stands as it is.";
        headline_released: "事象が訂正されたため、あなたの参集は不要になりました。", "The event was corrected. You need not come any more.";
        headline_tell: "{word}", "{word}";
        headline_unfillable: "{what}の参集：呼べる人がもう残っておらず、人数を満たせません。", "{what}: nobody is left to call, and the need cannot be met.";
        headline_corrected: "{what}に訂正されました。{until}に、参集の必要がなくなる人を解除します。", "Corrected to: {what}. At {until}, whoever need not come is released.";
        headline_corrected_nothing: "事象は取り消されました。{until}に全員を解除します。", "The event was withdrawn. At {until} everybody is released.";
        headline_aftershock: "余震（{what}）を受信しました。最初の地震より強くないため、新たな招集はしません。", "An aftershock ({what}). It is not stronger, so nobody is called again.";
        place_unknown: "指示された場所", "the place you are told";
        short: "{subject}。{ask} {link}", "{subject}. {ask} {link}";
        short_by: "{by}までに回答を:", "Answer by {by}:";
        short_now: "至急回答を:", "Answer now:";
        cannot_is_answer: "「参集できない」も正式な回答です。", "\"Cannot come\" is a full answer.";
        fact_what: "できごと", "What happened";
        fact_headline: "状況", "Situation";
        fact_when: "発生", "When";
        fact_place: "参集場所", "Where to gather";
        fact_why: "連絡の理由", "Why you";
        fact_instruction: "行うこと", "What to do";
        fact_answer_by: "回答期限", "Answer by";
        fact_decide_by: "判断の期限", "Decide by";
        fact_digest: "確認番号", "Confirmation digest";
        fact_effective: "解除の時刻", "Takes effect";
        fact_earlier: "これまでの連絡", "Earlier words";
        fact_aftershocks: "余震の回数", "Aftershocks so far";
        fact_others: "別の参集", "Another call-out";
        others: "あなたは別の参集「{others}」でも招集されています。回答はそれぞれに必要です。", "You are called in another call-out as well: {others}. Each wants its own answer.";
        fact_missing: "不足している参集先", "Still missing";
        fact_reason: "理由", "Reason";
        fact_call_out: "参集番号", "Call-out";
        why_targets: "あなたは参集対象「{targets}」の職員として招集されています。", "You are called as staff of: {targets}.";
        why_more: "あなたは追加の参集対象として招集されています。", "You are called in addition to the first ones.";
        why_asked: "あなたは判断を求める順番に指定されています。", "You are in the line of those who decide.";
        why_informed: "招集の対象ではありません。お知らせ先に指定されています。", "You are not called. You are on the list of those to be told.";
        missing: "{name}（必要{need}・確保{have}）", "{name} (need {need}, have {have})";
        everyone_missing: "{name}（未回答{silent}・連絡不能{unreachable}）", "{name} (no answer {silent}, unreachable {unreachable})";
        ask_by: "{by}までに、参集できるかどうかを下のリンクから回答してください。", "Please answer by {by}, through the link below, whether you can come.";
        ask_now: "できるだけ早く、参集できるかどうかを下のリンクから回答してください。", "Please answer as soon as you can, through the link below, whether you can come.";
        ask_decide_by: "{by}までに、下のリンクから「集まる」か「課内で対応」を選んでください。返事がなければ次の人に判断を求めます。", "Please choose by {by}, through the link below: muster, or handle in the section. Without a word the next in line is asked.";
        ask_behind_link: "くわしい状況は、リンク先の画面で見られます。", "The details are on the page behind the link.";
        ask_received_yet: "受信の確認だけお願いします。集まることになれば、改めて連絡します。", "Please only confirm that you have received this. If people are to muster, you will be told.";
        ask_undecided: "判断がつき次第、参集の画面か muster decide で入力してください。", "As soon as it is decided, enter it with muster decide or on the call-out's page.";
        ask_confirm: "内容を確かめ、発令者とは別の人が muster confirm で確認してください。誤りなら muster cancel で取り消してください。", "Check it, and let somebody else than who entered it confirm it with muster confirm; if it is a mistake, cancel it with muster cancel.";
        ask_stop: "このまま解除してよければ何もする必要はありません。招集を続けるなら muster cancel で訂正を止めてください。", "If they may be released there is nothing to do. To go on calling, stop the correction with muster cancel.";
        ask_grown: "まだ回答していない方は、下のリンクから回答してください。", "If you have not answered yet, please answer through the link below.";
        ask_released: "すでに向かっている方は、安全を確かめて戻ってください。", "If you are on your way, turn back safely.";
        ask_received: "受信の確認だけお願いします。参集は不要です。", "Please only confirm that you have received this. You need not come.";
        ask_decide: "参集の画面で状況を確認し、次の手を決めてください。", "Please look at the call-out's page and decide what to do next.";
        ask_cancel: "誤りであれば、参集の画面から取り消してください。", "If this is a mistake, cancel it on the call-out's page.";
        no_ask: "このメールへの回答は不要です。", "There is nothing to answer.";
        stand_down_home: "移動中の方は、安全を確かめて戻ってください。", "If you are on your way, turn back safely.";
        arrival: "到着の見込み（30分以内など）や参集できない理由も、回答の画面で知らせることができます。", "There you can also say when you expect to arrive, or why you cannot come.";
        button_answer: "回答する", "Answer";
        button_decide: "判断する", "Decide";
        button_own: "回答の画面を開く", "Open your answer page";
        button_received: "受信を確認する", "Confirm receipt";
        button_page: "参集の画面を開く", "Open the call-out's page";
        personal: "このリンクはあなた専用です。転送しないでください。", "This link is yours alone. Please do not forward it.";
        automatic: "このメールは自動送信です。返信は読まれません。", "Sent automatically. Replies are not read.";
    }
}
