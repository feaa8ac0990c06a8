//! Words for the domain's closed sets: states, replies, reasons, channels.
//!
//! Owns the wording only; the choice is in the functions of the parent.

super::table! {
    /// Names of states and the like.
    Names {
        list_separator: "、", ", ";
        state_held: "保留中", "Held";
        state_awaiting_decision: "判断待ち", "Awaiting a decision";
        state_in_section: "課内で対応中", "Handled in the section";
        state_open: "参集中", "Calling";
        state_exhausted: "全段階終了・人数不足", "Out of stages, need unmet";
        state_stood_down: "解除", "Stood down";
        state_cancelled: "取消", "Cancelled";
        state_closed: "終了", "Closed";
        standing_silent: "未回答", "No answer";
        standing_unreachable: "連絡不能", "Unreachable";
        reply_coming: "参集できる", "Coming";
        reply_arrived: "到着した", "Arrived";
        reply_cannot: "参集できない", "Cannot come";
        reply_received: "受信した", "Received";
        purpose_call: "招集", "Call";
        purpose_remind: "再送", "Reminder";
        purpose_inform: "お知らせ", "Notice";
        purpose_unmet: "人数不足", "Need unmet";
        purpose_exhausted: "全段階終了", "Out of stages";
        purpose_held: "保留", "Held";
        purpose_cancelled: "取消", "Cancelled";
        purpose_stand_down: "解除", "Stand-down";
        purpose_readiness: "名簿点検", "Roster check";
        purpose_decide: "判断の依頼", "Decision wanted";
        purpose_grown: "内容の変更", "Change";
        purpose_released: "参集不要", "Released";
        purpose_tell: "連絡", "Word";
        purpose_unconfirmed: "未確認の警報", "Not confirmed";
        purpose_unfillable: "充足不能", "Cannot be filled";
        purpose_corrected: "訂正", "Correction";
        purpose_aftershock: "余震", "Aftershock";
        decision_muster: "集まる", "Muster";
        decision_handle_in_section: "課内で対応", "Handle in the section";
        part_asked: "判断者", "Asked to decide";
        part_informed: "通知先", "Informed";
        part_called: "参集対象", "Called";
        hours_office: "開庁時間中", "in office hours";
        hours_off: "開庁時間外", "outside office hours";
        precedence_hours: "時間帯を定めた規則が優先するため", "a rule bound to hours goes before one that is not";
        precedence_narrower: "震度の範囲が狭い規則が優先するため", "a rule of a narrower range of intensity goes first";
        precedence_first: "rules.toml で先に書かれた規則が優先するため", "of equals, the one that stands first in rules.toml goes first";
        reason_unreachable: "接続できません", "no connection";
        reason_timeout: "時間内に応答がありません", "no reply in time";
        reason_tls: "TLS接続を確立できません", "TLS could not be agreed";
        reason_authentication: "認証を拒否されました", "our credentials were refused";
        reason_busy: "相手が混雑しています", "the other side is busy";
        reason_fault: "相手側の障害です", "the other side is at fault";
        reason_policy: "相手の方針で拒否されました", "refused by policy";
        reason_address: "宛先が存在しません", "the address does not exist";
        reason_ambiguous: "届いたか確認できません", "perhaps taken, perhaps not";
        reason_content: "本文を作成できません", "the message could not be built";
        reason_no_channel: "連絡手段がありません", "no channel to use";
        sending_queued: "送信待ち", "Queued";
        sending_sending: "送信中", "Sending";
        sending_retry: "再試行待ち", "To be retried";
        sending_unknown: "到達不明", "Perhaps taken";
        sending_accepted: "送信済み", "Sent";
        sending_dead: "送信不能", "Failed";
        sending_withdrawn: "取り下げ", "Withdrawn";
        channel_email: "メール", "mail";
        via_link: "本人（{channel}のリンク）", "own link ({channel})";
        via_on_behalf: "代理入力", "entered on behalf";
        by_socket: "端末 uid {name}", "terminal uid {name}";
        by_token: "トークン {name}", "token {name}";
        by_schedule: "予定 {name}", "schedule {name}";
        by_daemon: "muster の定時点検", "muster's own daily check";
        earthquake: "震度{intensity}の地震", "Earthquake, intensity {intensity}";
        earthquake_brief: "震度{intensity}", "Intensity {intensity}";
        wind_flood: "第{level}非常配備体制の発令（指令：{by}）", "Emergency posture {level}, ordered by {by}";
        acting_for: "{person}（{post} 職務代理）", "{person}, acting for {post}";
        wind_flood_brief: "第{level}非常配備体制", "Emergency posture {level}";
        incident: "情報セキュリティ事象（{effect}）", "Security incident ({effect})";
        incident_systems: "情報セキュリティ事象（{effect}／対象：{systems}）", "Security incident ({effect}; systems: {systems})";
        incident_brief: "情報セキュリティ事象", "Security incident";
        effect_small: "影響は小規模", "small effect";
        effect_work_hindered: "業務に支障", "work is hindered";
        effect_residents: "住民・庁舎全域に影響", "residents or the whole office affected";
        threat: "{threat}（{like}に準じる）", "{threat} (handled as {like})";
        threat_brief: "緊急事態", "Emergency";
        readiness: "名簿点検（確認事項{count}件）", "Roster check ({count} to mend)";
        readiness_brief: "名簿点検", "Roster check";
        hours_minutes: "{hours}時間{minutes}分", "{hours} h {minutes} min";
        minutes_seconds: "{minutes}分{seconds}秒", "{minutes} min {seconds} s";
        length_hours: "{count}時間", "{count} h";
        length_minutes: "{count}分", "{count} min";
        length_seconds: "{count}秒", "{count} s";
        within_minutes: "{minutes}分以内", "within {minutes} min";
        within_hours: "{hours}時間以内", "within {hours} h";
        about_hours: "{hours}時間ほど", "about {hours} h";
    }
}
