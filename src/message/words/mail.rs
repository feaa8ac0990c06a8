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
        short_where: "{what} {place}へ", "{what}, {place}";
        headline_call: "{what}のため、{place}へ参集してください。", "{what}. Please gather at {place}.";
        headline_remind: "回答がまだ届いていません。{what}のため、{place}へ参集してください。", "We have no answer from you yet. {what}. Please gather at {place}.";
        headline_inform: "{what}のため、職員を{place}へ招集しています。", "{what}. Staff are being called to {place}.";
        headline_unmet: "{what}の参集：第{stage}段階を終え、人数が足りません。", "{what}: stage {stage} has ended and people are still missing.";
        headline_exhausted: "{what}の参集：すべての段階を終えましたが、人数が足りません。人の判断が必要です。", "{what}: every stage has ended and people are still missing. A person must decide.";
        headline_held: "{what}のため、{until}に参集を始めます。それまでは取り消せます。", "{what}. Calling begins at {until}; it can be cancelled until then.";
        headline_cancelled: "{what}の参集は、始める前に取り消されました。対応は不要です。", "{what}: the call-out was cancelled before it began. There is nothing to do.";
        headline_stand_down: "{what}の参集は解除されました。", "{what}: the call-out is over (stand-down).";
        headline_false_alarm: "{what}の参集は誤報でした。解除されました。", "{what}: this was a FALSE ALARM. The call-out is over.";
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
        fact_missing: "不足している参集先", "Still missing";
        fact_reason: "理由", "Reason";
        fact_call_out: "参集番号", "Call-out";
        why_targets: "あなたは参集対象「{targets}」の職員として招集されています。", "You are called as staff of: {targets}.";
        why_more: "あなたは追加の参集対象として招集されています。", "You are called in addition to the first ones.";
        why_informed: "招集の対象ではありません。お知らせ先に指定されています。", "You are not called. You are on the list of those to be told.";
        missing: "{name}（必要{need}・確保{have}）", "{name} (need {need}, have {have})";
        everyone_missing: "{name}（未回答{silent}・連絡不能{unreachable}）", "{name} (no answer {silent}, unreachable {unreachable})";
        ask_by: "{by}までに、参集できるかどうかを下のリンクから回答してください。", "Please answer by {by}, through the link below, whether you can come.";
        ask_now: "できるだけ早く、参集できるかどうかを下のリンクから回答してください。", "Please answer as soon as you can, through the link below, whether you can come.";
        ask_received: "受信の確認だけお願いします。参集は不要です。", "Please only confirm that you have received this. You need not come.";
        ask_decide: "参集の画面で状況を確認し、次の手を決めてください。", "Please look at the call-out's page and decide what to do next.";
        ask_cancel: "誤りであれば、参集の画面から取り消してください。", "If this is a mistake, cancel it on the call-out's page.";
        no_ask: "このメールへの回答は不要です。", "There is nothing to answer.";
        stand_down_home: "移動中の方は、安全を確かめて戻ってください。", "If you are on your way, turn back safely.";
        arrival: "到着の見込み（30分以内など）や参集できない理由も、回答の画面で知らせることができます。", "There you can also say when you expect to arrive, or why you cannot come.";
        button_answer: "回答する", "Answer";
        button_received: "受信を確認する", "Confirm receipt";
        button_page: "参集の画面を開く", "Open the call-out's page";
        personal: "このリンクはあなた専用です。転送しないでください。", "This link is yours alone. Please do not forward it.";
        automatic: "このメールは自動送信です。返信は読まれません。", "Sent automatically. Replies are not read.";
    }
}
