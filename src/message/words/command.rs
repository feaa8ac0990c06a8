//! Words of the board's commands: forms, confirmations, what each will do.
//!
//! Owns the wording only; `message::command` and `message::telling` choose.

super::table! {
    /// Labels and sentences of the forms.
    Commands {
        nav_board: "ボード", "Board";
        nav_trigger: "招集を発令", "Call out";
        nav_drills: "訓練", "Drills";
        nav_people: "職員・連絡先", "People";
        live: "自動更新中", "live";
        live_lost: "更新が止まっています。接続を確かめて、画面を読み直してください。", "No longer live: check the connection and load the page again.";
        done: "記録しました。", "Done.";
        actions: "できること", "What you can do";
        problem_title: "受け付けられませんでした", "Not taken";
        problem_back: "前の画面に戻って直すか、ボードを開いてください。", "Go back and mend it, or open the board.";
        to_confirm: "確認へ進む", "Go on to confirm";
        confirm_says: "まだ実行していません。内容を確かめて、下のボタンを押してください。", "Nothing has been done yet. Check this, then press the button below.";
        go_back: "やめて戻る", "Stop and go back";
        optional: "任意", "optional";
        none_chosen: "選んでください", "Choose";

        answer: "代わりに回答を入力", "Answer for somebody";
        answer_do: "この回答を記録する", "Record this answer";
        answer_will: "本人に代わって記録し、誰が入力したかも残します。", "It is recorded for them, with who entered it.";
        answer_person: "職員・窓口", "Who";
        answer_person_hint: "id または氏名", "Their id or name";
        answer_which: "回答", "Answer";
        answer_eta: "到着までの分数", "Minutes until arrival";
        answer_note: "ひとこと・理由", "Note or reason";

        decide: "参集するかを判断する", "Decide";
        decide_do: "この判断を記録する", "Record this decision";
        decide_will: "この判断はすぐに効力を持ちます。「集まる」なら担当の職員を招集します。", "It takes effect at once; \"muster\" calls the people in charge.";
        decide_which: "判断", "Decision";
        on_word_of: "誰の言葉か", "On whose word";
        on_word_of_hint: "自分の判断なら空欄。id・職・氏名", "Empty if it is your own. An id, a post or a name";

        confirm: "承認する", "Confirm";
        confirm_do: "承認して招集を始める", "Confirm: start calling";
        go_on_do: "承認して招集を続ける", "Confirm: go on calling";
        go_on_will: "まだ返事のない人にもう一度尋ね、残りの段階を順に始めます。", "Whoever has not answered is asked again, and the stages left begin one after the other.";
        go_on_growth: "待っている拡大（{what}）も始まります。別の人の確認が要るものは、入力した本人以外が承認したときに始まります。", "The growth that waits ({what}) begins as well; where it wants a second person, if somebody else than who entered it confirms.";
        confirm_will: "保留が終わり、すぐに招集を始めます。", "The hold ends and people are called at once.";
        cancel: "取り消す", "Cancel";
        cancel_do: "招集を取り消す", "Cancel the call-out";
        cancel_will: "保留中の招集（または訂正による解除）を取り消します。", "What is held (or a correction that waits) is cancelled.";
        reason: "理由", "Reason";

        grow: "拡大・続報", "It has grown";
        grow_do: "続報として発令する", "Tell it as a later report";
        grow_will: "足りない人だけを新たに招集し、すでに招集した人には変更点を一度だけ知らせます。", "Only who is missing is called; those already called get one notice.";

        tell: "全員に伝える", "Tell everyone";
        tell_do: "この内容を送信する", "Send this";
        tell_will: "招集した{count}人に送信します。", "This goes to the {count} people who were called.";
        tell_text: "伝える文", "What to tell";
        tell_prepared: "定型文", "Prepared text";
        tell_prepared_none: "使わない（上の文を送る）", "None (send the text above)";
        tell_place: "新しい参集場所", "New place to gather";

        request_help: "事業者に協力を依頼", "Ask vendors for help";
        request_help_do: "協力を依頼する", "Ask for help";
        request_help_will: "選んだ事業者の窓口に、順に依頼を送ります。", "The desks of the chosen vendors are asked, one after the other.";
        request_help_vendors: "事業者", "Vendors";
        request_help_systems: "対象の情報システム", "Information systems";
        request_help_note: "事業者への連絡事項", "What the vendors are told besides";

        stand_down: "解除する", "Stand down";
        stand_down_do: "解除して全員に知らせる", "Stand down and tell everyone";
        stand_down_will: "参集を終え、{count}人に知らせます。新たな招集はしません。", "The call-out ends; {count} people are told. Nobody is called any more.";
        stand_down_reason: "解除の理由", "Why it ends";
        stand_down_false_alarm: "誤報・誤操作だった（定型文を送る）", "It was a false alarm (sends the prepared text)";

        trigger: "招集を発令する", "Start a call-out";
        trigger_says: "実際の招集です。訓練はこの画面からは始められません。", "This is for real. No drill can be started from this page.";
        trigger_kind: "何が起きましたか", "What happened?";
        kind_earthquake: "地震", "Earthquake";
        kind_wind_flood: "風水害の非常配備", "Wind or flood posture";
        kind_incident: "セキュリティ事案", "Security incident";
        kind_threat: "その他の危機", "Another threat";
        trigger_do: "本当に発令する", "Call out, for real";
        trigger_nobody_do: "記録だけを残す", "Keep it on record";
        trigger_nobody: "該当する参集ルールはありません。記録だけを残し、誰も招集しません。", "No rule applies: it is kept on record, and nobody is called.";
        intensity: "震度", "Intensity";
        posture: "非常配備", "Posture";
        ordered_by: "命令した人", "Ordered by";
        effect: "影響", "Effect";
        effect_small: "小さい（課内で対応できる）", "small (the section can handle it)";
        effect_work_hindered: "業務に支障がある（おそれを含む）", "work is hindered, or may be";
        effect_residents: "住民または庁内全体に及ぶ", "residents or the whole office";
        systems: "影響する情報システム", "Affected systems";
        like: "当てはめるルール", "As which rule";
        threat: "何の危機か", "What kind of threat";
        threat_hint: "例：火山の噴火", "For example: a volcano";
        headline: "見出し（状況）", "Headline (the situation)";
        place: "参集場所（変えるとき）", "Where to gather (if elsewhere)";
        preview_rule: "適用するルール", "Rule";
        preview_waits: "発令の前に", "Before anybody is called";
        preview_hold: "{seconds}秒間保留し、その間は取り消せます", "Held for {seconds} s; it can be cancelled meanwhile";
        preview_second: "別の人の承認を待ちます", "Another person must confirm";
        preview_decision: "参集するかの判断を尋ねます", "A decision is asked for first";
        preview_at_once: "待たずに、すぐ送ります", "Nothing: messages go out at once";
        preview_called: "招集する人数", "People called";
        preview_called_says: "はじめに{first}人、誰も答えなければ全部で{all}人", "{first} first, {all} in all if nobody answers";
        preview_targets: "対象", "Targets";
        preview_target: "{name}：{need}人 ← {people}", "{name}: {need} ← {people}";
        preview_more: "ほか{count}人", "and {count} more";
        preview_subject: "メールの件名", "Subject of the mail";
        edition: "版", "Edition";
        preview_title: "送られるメールの見本", "The mails that would go out";
        preview_says: "まだ何も送っていません。回答のリンクは見本で、使えません。", "Nothing was sent. The answer links are samples and do not work.";
        preview_for: "宛先", "To";
        preview_to: "{name}（この時点で{people}人）", "{name} ({people} at that moment)";
        preview_from: "差出人", "From";
        preview_own: "文面", "Text";
        preview_built_in: "組み込みの文面", "built in";
        preview_text: "テキスト版", "The plain part";

        drills: "訓練を始める", "Start a drill";
        drills_says: "訓練の専用画面です。届く文面にはすべて「訓練」と表示されます。", "For drills only. Everything that is sent says that it is a drill.";
        drills_none: "rules.toml に訓練の設定がありません。", "No drill is set in rules.toml.";
        drill_tabletop: "机上訓練", "Tabletop drill";
        drill_contact: "緊急連絡・確認訓練", "Contact and confirmation drill";
        drill_recovery: "システム復旧訓練", "Recovery drill";
        drill_next: "次の予定", "Next run";
        drill_scenario: "想定", "Scenario";
        drill_start: "この訓練を始める", "Start this drill";
        drill_do: "訓練を始める", "Start the drill";
        drill_name: "訓練", "Drill";
        drill_beside: "本番の招集 {call_out} が続いています。訓練を並行して始めるなら、その理由を書いてください。理由は経過に残ります。", "The real call-out {call_out} is open. To start a drill beside it, say why; the reason stays in the account.";
        drill_reason: "本番の招集中に始める理由", "Why it starts beside a real call-out";
        drill_will: "訓練の招集メールが、対象者に実際に送られます。", "Mails, marked as a drill, are really sent to the people concerned.";

        people_title: "職員と連絡先", "People and their contacts";
        people_says: "届いた証拠が新しいほど、夜中の招集も届きます。", "The fresher the proof, the surer the call at night.";
        people_posts: "職", "Posts";
        people_contact: "連絡先", "Contact";
        people_proof: "届いた証拠", "Last proof of reach";
        people_answered: "{at} 本人が回答", "answered {at}";
        people_reports: "職員が知らせた連絡先の変更", "Changes that people reported";
        people_no_contact: "連絡先がありません", "no contact at all";
        people_away: "{until}まで不在", "away until {until}";
        vendors_title: "事業者の窓口", "Vendors' desks";
    }
}
