//! Words of what is said of drills over time: runs beside each other, the
//! year, records, the yearly duty, and the mail that carries a report.
//!
//! Owns the wording only. Nothing of it stands in what is real.

super::table! {
    /// Labels and sentences of drills over time.
    Drills {
        runs: "これまでの実施との比較", "Compared with earlier runs";
        runs_says: "同じ訓練の実施を古い順に並べ、最後がこの回です。回答率の端数は切り捨てます。", "The runs of the same drill, oldest first; the last one is this. Shares are rounded down.";
        run: "実施", "Run";
        drill: "訓練", "Drill";
        median_minutes: "中央値（分、切り上げ）", "median (min, rounded up)";
        run_this: "今回", "this run";
        run_live: "実施中", "running";
        reached: "到達", "reached";
        never_count: "到達せず", "never reached";
        answered_percent: "回答率", "answered %";
        excused_count: "不在で除外", "excused";
        nobody_answered: "回答者なし", "nobody answered";
        nobody_called: "対象者なし", "nobody called";
        against: "前回（{at}）は、対象{called}人、回答率 {percent}、中央値 {median}。", "The run before ({at}): {called} called, answered {percent}, median {median}.";
        first_run: "この訓練の記録は、今回が最初です。", "This is the first run on record.";
        sheet_runs: "実施の比較", "Runs";
        sheet_trend: "実施ごとの推移", "Trend";
    }
}
