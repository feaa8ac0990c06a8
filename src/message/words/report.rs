//! Words of the report of a call-out: the page, the workbook, the CSV.
//!
//! Owns the wording only. The marks of an exercise are the letters'; none of
//! them stands here.

use super::fill;
use crate::domain::text::Language;

super::table! {
    /// Labels and sentences of the report.
    Report {
        title: "参集報告", "Call-out report";
        real: "実際の参集の報告", "Report of a real call-out";
        real_word: "実際", "real";
        running: "途中経過です。この参集はまだ終わっていません（{state}）。", "An interim report: this call-out has not ended ({state}).";
        call_out: "参集番号", "Call-out";
        subject: "件名", "Title";
        what: "事象", "What happened";
        headline: "概要", "Headline";
        place: "参集場所", "Gathered at";
        opened: "発令", "Opened";
        ended: "終了", "Ended";
        not_ended: "未了（{state}）", "not yet ({state})";
        ended_as: "{at}（{state}）", "{at} ({state})";
        false_alarm: "誤報", "a false alarm";
        because: "終了の理由", "Ended because";
        lasted: "所要時間", "Lasted";
        rule: "根拠の規則", "By rule";
        edition: "計画と名簿の版", "Edition";
        caveats: "版についての注意", "Of this edition";
        made: "作成", "Made";
        figures: "人数", "Figures";
        excused: "不在", "excused";
        median: "中央値", "median";
        ninety: "90パーセンタイル", "90th percentile";
        longest: "最長", "longest";
        times: "回答までの時間", "Time to answer";
        times_says: "招集から最初の回答まで。回答した{count}人：中央値 {median}、90パーセンタイル {ninety}、最長 {longest}。", "From the call to the first answer, of the {count} who answered: median {median}, 90th percentile {ninety}, longest {longest}.";
        times_none: "時間を計れる回答はありません。", "There is no answer of which the time could be told.";
        chart: "回答の推移", "Answers over time";
        targets: "参集対象ごと", "By target";
        target: "参集対象", "Target";
        need: "必要", "need";
        have: "確保", "have";
        short: "不足", "short";
        other: "他の回答", "other answers";
        met: "充足", "met";
        unmet: "不足", "short";
        everyone: "全員 {count}", "all {count}";
        sections: "部署ごと", "By section";
        section: "部署", "Section";
        stages: "段階ごと（その段階で招集した人）", "By stage (of whom it called)";
        stage: "段階", "Stage";
        stage_number: "第{stage}段階", "Stage {stage}";
        stage_none: "段階の外", "Outside of any stage";
        began: "開始", "began";
        total: "合計", "all";
        called: "招集", "called";
        sent: "送信済み", "sent";
        answered: "回答", "answered";
        coming: "参集できる", "coming";
        arrived: "到着", "arrived";
        cannot: "参集できない", "cannot";
        silent: "未回答", "no answer";
        unreachable: "連絡不能", "unreachable";
        never: "連絡がつかなかった人", "Never reached";
        never_none: "連絡がつかなかった人はいません。", "Everybody who was called was reached.";
        why: "宛先ごとの理由", "Why, for each contact";
        no_contact: "連絡先がありません", "no contact at all";
        not_tried: "送信していません", "nothing was sent";
        failure: "{channel}：{reason}", "{channel}: {reason}";
        failure_said: "{channel}：{reason}（「{said}」）", "{channel}: {reason} (\"{said}\")";
        failure_address: "{channel} {address}", "{channel} {address}";
        attempts: "{failure}、{count}回試行", "{failure}, {count} attempts";
        dead: "存在しなかった宛先", "Addresses that did not exist";
        dead_says: "ほかの連絡先で届いた人も載っています。本人に確かめ、名簿を直してください。", "Whoever was reached by another contact is listed too. Ask them, and mend the roster.";
        dead_none: "存在しなかった宛先はありません。", "Every address existed.";
        links: "連絡網（誰まで伝わり、どこで途切れたか）", "Contact tree: how far it went, and where it broke";
        stood_in: "代理・代行（誰が誰に代わったか）", "Who acted for whom";
        late: "終了後に回答した人", "Answered after the end";
        late_says: "{people}（計{count}人。上の人数と時間に含みます）", "{people} ({count}; counted above)";
        silent_title: "届いたが回答のなかった人", "Reached, but no answer";
        silent_doubtful: "未確定の回答あり：{reply}", "an unsettled answer: {reply}";
        sent_at: "最初の送信", "First sent";
        cannot_title: "参集できなかった人と理由", "Who could not come, and why";
        cannot_says: "身の安全が最優先です。「参集できない」も正式な回答です。", "Safety comes first: \"cannot\" is a full answer.";
        reason: "理由", "Reason";
        no_reason: "（理由の記載なし）", "(no reason given)";
        excused_title: "不在のため呼ばなかった人", "Away, and passed over";
        until: "いつまで", "Until";
        vendors: "協力を依頼した事業者（職員の人数には入りません）", "Vendors asked for help (not counted with the staff)";
        vendor: "窓口", "Desk";
        systems: "対象システム", "Systems";
        acts: "誰が何をしたか", "Who did what";
        who: "誰が", "Who";
        did: "何を", "What";
        timeline: "時系列", "Time line";
        time: "時刻", "Time";
        happened: "できごと", "What happened";
        folded: "本人の回答など{count}件（{at}まで）。一件ずつは表計算の「時系列」にあります", "{count} answers and the like (until {at}); each stands in the workbook's time line";
        on_word_of: "{by}（{person}の指示・代理）", "{by} (for {person})";
        person: "氏名", "Name";
        number: "職員番号", "Person";
        part: "立場", "Part";
        standing: "状態", "Standing";
        answered_at: "回答時刻", "Answered at";
        first_at: "最初の回答", "First answer";
        called_at: "招集時刻", "Called at";
        took: "回答まで", "Took";
        took_seconds: "回答までの秒数", "Seconds to answer";
        eta: "到着見込み", "Expected";
        note: "備考", "Note";
        via: "回答の経路", "Via";
        by: "入力者", "Entered by";
        doubtful: "未確定", "Unsettled";
        failures: "不達", "Failures";
        addresses: "連絡先", "Addresses";
        mode: "種別", "Mode";
        yes: "はい", "yes";
        item: "項目", "Item";
        value: "内容", "Value";
        sheet_whole: "概要", "Summary";
        sheet_targets: "対象", "Targets";
        sheet_sections: "部署別", "Sections";
        sheet_people: "職員", "People";
        sheet_timeline: "時系列", "Time line";
        sheet_dead: "存在しない宛先", "Dead addresses";
        sheet_links: "連絡網", "Contact tree";
        sheet_stood_in: "代理・代行", "Who acted for whom";
        sheet_chart: "回答の推移", "Answers over time";
        approval: "確認欄", "Approval";
        approval_post: "情報システム統括責任者", "Chief information officer";
        approval_name: "氏名", "Name";
        approval_date: "日付", "Date";
        approval_made: "作成者", "Prepared by";
        method: "時間は最初の確定した回答で計ります。90パーセンタイルは最近順位法、偶数人の中央値は中央の二人の平均です。", "Times are of the first settled answer; the 90th percentile is by nearest rank, the median of an even number the mean of the middle two.";
    }
}

/// Who did something for whom, or on whose word.
pub fn for_person(by: &str, person: &str, language: Language) -> String {
    let values = [("by", by), ("person", person)];
    fill(Report::of(language).on_word_of, &values)
}
