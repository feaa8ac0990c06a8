//! Words of the page on which a reported contact change gets its word.
//!
//! Owns the wording only.

super::table! {
    /// The word on a reported change.
    Changes {
        title: "連絡先の変更の知らせ", "A reported change of contacts";
        reported: "受付", "Reported";
        decided: "決定", "Decided";
        accepted_at: "{at} 了承（{by}）", "accepted on {at} by {by}";
        refused_at: "{at} 見送り（{by}）", "declined on {at} by {by}";
        file: "roster.toml での変更", "In roster.toml";
        from_to: "{field}: {old} → {new}", "{field}: {old} → {new}";
        not_written: "了承しても、名簿のファイルはここでは書き換えません。muster のマシンで muster contacts accept {number} --write を実行すると、下のとおり roster.toml に書かれ、読み込み直すと有効になります。", "Accepting does not write the roster's file here. On muster's machine, muster contacts accept {number} --write writes what stands below into roster.toml; it is in force after a reload.";
        by_hand: "roster.toml に自動で書く内容はありません。必要なら手で直してから、了承してください。", "There is nothing to write into roster.toml by itself. Mend by hand what is needed, then accept.";
        cannot: "このままでは roster.toml に書けません: {why}", "It cannot be put into roster.toml as it is: {why}";
        unseen: "roster.toml を確かめられませんでした。{why}", "roster.toml could not be looked at. {why}";
        settled: "この知らせはすでに決められています。", "This report was decided before.";
        word: "どうするか", "What is to be done";
        accept: "了承する（名簿への反映を待つ）", "Accept it (it then waits for the roster)";
        refuse: "見送る", "Decline it";
        reason: "理由", "Why";
        reason_hint: "見送るときは必ず書く。本人の画面に出ます", "needed where it is declined: the person reads it";
        press: "決める", "Decide";
        waits_word: "確認待ち", "waits for a word";
        waits_file: "了承済み。roster.toml への反映と読み込みを待っています", "accepted; waits to be put into roster.toml and loaded";
        see: "見て決める", "See and decide";
    }
}
