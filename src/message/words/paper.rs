//! Words of the call list on paper.
//!
//! Owns the wording only. It names neither what is real nor an exercise: the
//! marks for those are the letters'.

super::table! {
    /// Labels of the list.
    Paper {
        title: "参集名簿", "Call list";
        title_roster: "職員連絡名簿", "Staff call list";
        call_out: "参集番号", "Call-out";
        state: "状態", "State";
        what: "事象", "What happened";
        headline: "概要", "Headline";
        place: "参集場所", "Gather at";
        opened: "発令", "Opened";
        as_of: "現在", "As of";
        edition: "版", "Edition";
        roster: "連絡先の名簿", "Contacts by";
        roster_newer: "{digest}（発令のあとに改められた名簿）", "{digest} (a roster that was changed after the opening)";
        figures: "人数", "Figures";
        counts: "招集 {called}、回答 {answered}、未回答 {unanswered}、連絡不能 {unreachable}", "called {called}, answered {answered}, no answer {unanswered}, unreachable {unreachable}";
        ended: "終了", "ENDED";
        ended_at: "この参集は{at}に終了しました（{state}）。もう呼ばないでください。", "This call-out ended {at} ({state}). Call nobody any more.";
        legend: "電話したら、□に印を付け、時刻と到着見込みなどを書いてください。身の安全が最優先です。「不可」も正式な回答です。", "Tick the box after each call; write the time and what was said. Safety comes first; \"cannot\" is a full answer.";
        writer: "記入者", "Filled in by";
        targets: "参集対象", "Targets";
        need: "必要", "need";
        have: "確保", "have";
        short: "不足", "short";
        silent: "未回答", "no answer";
        line: "順位（番号と氏名）", "In line (number and name)";
        line_more: "ほか{count}人", "{count} more";
        everyone: "全員 {count}", "all {count}";
        number: "番号", "No.";
        person: "氏名・職・班", "Name, posts, squads";
        contacts: "連絡先", "Contacts";
        standing: "状況", "Standing";
        pen: "記入欄", "To fill in";
        next: "未招集", "Not called yet";
        answered_at: "{at} 回答", "answered {at}";
        expected: "{at}ごろ到着見込み", "expected about {at}";
        doubtful: "未確定：{reply}", "unsettled: {reply}";
        telephone: "電話", "telephone";
        dead: "（不達）", "failed";
        no_contact: "連絡先なし", "No contact";
        nobody: "該当者なし", "Nobody";
        required: "{name} 所要{rank}", "{name} member {rank}";
        deputy: "{name} 代理{rank}", "{name} deputy {rank}";
        acting: "{name} 職務代理{rank}", "{name} acting {rank}";
        section_counts: "未回答 {unanswered}（連絡不能 {unreachable}）、回答 {answered}", "no answer {unanswered} (unreachable {unreachable}), answered {answered}";
        section_size: "{count}人", "{count} people";
        vendors: "事業者", "Vendors";
        asked: "協力を依頼した事業者", "Vendors asked for help";
        asked_for: "対象：{systems}", "for {systems}";
        asked_at: "{at} 依頼", "asked {at}";
        asked_until: "{at}まで返事を待つ", "waited for until {at}";
        not_asked: "未依頼", "Not asked yet";
        desk_number: "窓口{number} {name}", "desk {number} {name}";
        desk: "窓口", "Desk";
        operator: "運用", "Operator";
        maintainer: "保守", "Maintainer";
        tick_come: "参集", "coming";
        tick_cannot: "不可", "cannot";
        tick_accept: "対応可", "accepts";
        tick_time: "時刻", "time";
        tick_note: "備考", "note";
        stale: "参集名簿（紙に出すための控え）をディスクに書けません。空きを確かめてください。呼び出しは続いています。", "The call lists for paper cannot be written to the disk: make room. The calling goes on.";
        notes: "その他の連絡", "Other calls";
    }
}
