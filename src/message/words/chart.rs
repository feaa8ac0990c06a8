//! Words of the chart: answers over time against the stages.
//!
//! Owns the wording only. It names neither what is real nor an exercise.

super::table! {
    /// Labels of the chart.
    Chart {
        title: "回答の推移", "Answers over time";
        called: "招集", "called";
        answered: "回答", "answered";
        coming: "参集・到着", "coming or there";
        arrived: "到着", "arrived";
        need: "必要", "needed";
        people: "人", "people";
        stage: "第{stage}段階", "Stage {stage}";
        no_answer: "回答はまだありません", "No answer yet";
        no_answer_over: "回答はありませんでした", "Nobody answered";
        nobody_called: "誰も招集していません", "Nobody was called";
        quiet: "{at}まで動きはありません", "nothing more until {at}";
        says: "{from}から{until}まで。招集{called}人、回答{answered}人、うち参集・到着{coming}人、到着{arrived}人。", "From {from} to {until}: {called} called, {answered} answered, of these {coming} coming or there, {arrived} arrived.";
        stages: "段階の開始：{stages}。", "Stages began: {stages}.";
        trend: "実施ごとの推移", "From run to run";
        trend_percent: "回答率", "answered";
        trend_median: "回答までの時間の中央値（分:秒）", "median time to answer (min:s)";
        trend_minutes: "分", "min";
        trend_one: "{at}：回答率 {percent}、中央値 {median}。", "{at}: answered {percent}, median {median}.";
        stage_at: "第{stage}段階 {at}", "stage {stage} at {at}";
    }
}
