//! What `--help` says in Japanese, command by command.
//!
//! Owns the wording only; the English stands at each definition. A test walks
//! every command and argument, and fails for one that is missing here and for
//! a line here that names something gone.

/// A command's words: its path, what it does, and its arguments by their ids.
/// An argument's value stands as `ID=VALUE`.
pub(super) struct Words {
    /// `trigger earthquake`; a path that ends in these words is meant too.
    pub(super) command: &'static str,
    /// What it does.
    pub(super) about: &'static str,
    /// The words of its arguments.
    pub(super) arguments: &'static [(&'static str, &'static str)],
}

const fn words(
    command: &'static str,
    about: &'static str,
    arguments: &'static [(&'static str, &'static str)],
) -> Words {
    Words {
        command,
        about,
        arguments,
    }
}

/// On whose word a command is given.
const BY: (&str, &str) = ("by", "誰の指示か（人の ID、職、氏名）");
/// Which call-out.
const CALL_OUT: (&str, &str) = ("call_out", "参集番号");
/// How a sheet is encoded.
const ENCODING: &str = "CSV の文字コード（省くと内容から見分ける）";

/// Every command.
pub(super) const COMMANDS: &[Words] = &[
    words(
        "",
        "参集: 必要な職員を招集し、来られなければ代理を呼び、すべての回答を記録します",
        &[
            ("config", "設定のディレクトリー"),
            (
                "overrides",
                "muster.toml のキーを一つ上書きする（例: http.listen=127.0.0.1:0）",
            ),
            ("json", "プログラム向けに JSON で出す"),
            ("server", "このマシンではなく、別の場所の muster に指示する"),
            ("token_file", "--server に使うトークンの入ったファイル"),
            (
                "lang",
                "表示の言語（省くと MUSTER_LANG、それもなければ ja）",
            ),
            ("lang=ja", "日本語"),
            ("lang=en", "English"),
            ("help", "使い方を表示する"),
            ("version", "版を表示する"),
        ],
    ),
    words(
        "help",
        "使い方を表示する（コマンドの名前を続けるとその使い方）",
        &[],
    ),
    words("serve", "常駐プログラム（デーモン）を動かす", &[]),
    words(
        "check",
        "設定を読み、誤りを一度にすべて示す",
        &[
            (
                "against",
                "別の版との違いを示す（ファイルのあるディレクトリー、または使われていた版の番号か要約値）",
            ),
            (
                "readiness",
                "招集の妨げになるもの（連絡の届かない人、代理のいない職など）を示す。重大なものがあれば終了コード 1",
            ),
        ],
    ),
    words(
        "explain",
        "その事象で誰が、どの段階で、どの規則によって呼ばれるかを示す（何も送らない）",
        &[
            (
                "mail",
                "送られるメールを見せる（端末では文字で、ファイルやパイプにはブラウザー用のページで）",
            ),
            ("drill", "訓練として送られるメールを見せる"),
            ("out", "メールのページを書くファイル"),
        ],
    ),
    words(
        "rehearse",
        "仮の回答で、事象の経過を仮想の時間で最後まで動かす（何も送らない）",
        &[
            (
                "answers",
                "誰が何と答えるかのファイル（TOML、または末尾が .csv の表）",
            ),
            (
                "coming",
                "来られる人の割合。0 から 1（通常 0.2、--answers があれば 0）",
            ),
            (
                "cannot",
                "来られないと答える人の割合（通常 0.1、--answers があれば 0）",
            ),
            (
                "dead",
                "届かない連絡先の割合（通常 0.02、--answers があれば 0）",
            ),
            (
                "decide",
                "ファイルにない判断をどうするか（省くと規則の定め、なければ集まる。--answers があれば判断なし）",
            ),
            ("decide_after", "判断を求められてから答えるまでの時間"),
            ("seed", "同じ数なら同じ経過になる"),
            ("length", "最長でどれだけの時間を動かすか"),
            ("all", "はじめの数人だけでなく、全員の名前を出す"),
        ],
    ),
    words(
        "trigger",
        "実際に招集を始める（事象を省くと、端末で一つずつ尋ねる）",
        &[],
    ),
    words(
        "earthquake",
        "地震",
        &[("intensity", "震度（1、2、3、4、5-、5+、6-、6+、7）")],
    ),
    words(
        "wind-flood",
        "風水害（非常配備体制の指令）",
        &[
            ("posture", "第1～第3非常配備体制の番号"),
            ("ordered_by", "指令した人（ID、職、氏名）"),
        ],
    ),
    words(
        "security-incident",
        "情報セキュリティ事象",
        &[
            (
                "effect",
                "影響の範囲（small 小さい、work-hindered 業務に支障、residents 住民か庁舎全体）",
            ),
            (
                "systems",
                "関係する情報システムの番号か名称。何度でも書ける",
            ),
        ],
    ),
    words(
        "threat",
        "その他の脅威（当てはめる規則を選ぶ）",
        &[
            ("like", "被害の程度が合う規則（例: P1）"),
            ("kind", "何の脅威か"),
            (
                "ordered_by",
                "規則が命令を要する場合に、命令した人（ID、職、氏名）",
            ),
        ],
    ),
    words("withdrawn", "取消の報（事象を知らせた側が取り消した）", &[]),
    words("drill", "連絡訓練：開始、中止、一覧、次の予定", &[]),
    words(
        "drill start",
        "訓練を始める",
        &[
            ("name", "rules.toml での訓練の名前"),
            ("force", "本番の招集が続いていても始める（--reason が要る）"),
            ("reason", "本番の招集中に始める理由。経過に残る"),
        ],
    ),
    words("drill next", "予定のある訓練が次にいつあるかを示す", &[]),
    words(
        "drill cancel",
        "訓練の次の回を中止する。その後の回はそのまま",
        &[
            ("name", "rules.toml での訓練の名前"),
            ("reason", "理由。管理者と、予告を受けた人に知らせる"),
        ],
    ),
    words("drill list", "始められる訓練の一覧を出す", &[]),
    words(
        "drill record",
        "実施した訓練を記録する（机上訓練、システム復旧訓練など）",
        &[
            ("kind", "訓練の種類"),
            ("kind=tabletop", "机上訓練（D1）"),
            ("kind=contact", "緊急連絡・確認訓練（D2）"),
            ("kind=recovery", "システム復旧訓練（D3）"),
            ("date", "実施した日（例: 2026-06-12）"),
            (
                "participants",
                "参加者。コンマで区切り、ID、職、氏名を書く。名簿にない人はそのまま、名前を挙げないなら人数を書く",
            ),
            ("title", "件名"),
            ("note", "備考"),
            (
                "files",
                "付けるファイル（議事録や机上演習の結果。pdf、docx、xlsx、odt、txt、md、csv、png、jpg、rehearse の json）。くり返せる",
            ),
        ],
    ),
    words(
        "drill records",
        "記録された訓練を年度ごとに並べる",
        &[("year", "年度（4月から3月。省くと今年度）")],
    ),
    words(
        "drill withdraw",
        "誤った記録を取り下げる。記録は残り、実施には数えない",
        &[
            ("record", "muster drill records に出る記録の番号"),
            ("reason", "理由。記録に残る"),
        ],
    ),
    words(
        "status",
        "誰に届き、誰が答え、誰が来て、誰が来られず、誰に届かないかを示す",
        &[
            ("call_out", "参集番号（省くと、動いている一つか、一覧）"),
            ("watch", "変わるたびに示しつづける"),
            ("all", "注意の要る人だけでなく、全員を示す"),
        ],
    ),
    words(
        "acknowledge",
        "本人に代わって回答を記録する",
        &[
            CALL_OUT,
            ("person", "人の ID、職、氏名。事業者の窓口は 事業者#1"),
            ("answer", "回答"),
            ("answer=coming", "参集できる"),
            ("answer=arrived", "到着した"),
            ("answer=cannot", "参集できない"),
            ("answer=received", "受信した"),
            ("answer=accepted", "対応できる（事業者）"),
            ("answer=remote", "遠隔で対応（事業者）"),
            ("eta", "到着までの時間（例: 30m、1h30m）"),
            ("note", "理由など"),
        ],
    ),
    words(
        "decide",
        "参集が待っている判断を記録する",
        &[
            CALL_OUT,
            (
                "decision",
                "判断（muster 集まる、handle-in-section 課内で対応）",
            ),
            BY,
        ],
    ),
    words(
        "confirm",
        "保留中の招集や訂正を、いま始める",
        &[CALL_OUT, BY, ("reason", "理由")],
    ),
    words(
        "cancel",
        "保留中の招集や訂正を、誰にも知らせないうちに止める",
        &[CALL_OUT, BY, ("reason", "理由")],
    ),
    words(
        "grow",
        "事象の拡大・訂正・取消を知らせる（足りない人を呼び、不要な人を解く）",
        &[CALL_OUT],
    ),
    words(
        "tell",
        "招集した全員に知らせる",
        &[
            CALL_OUT,
            ("text", "知らせる文"),
            ("prepared", "rules.toml の定型文の名前"),
            ("place", "今後の集合場所"),
            BY,
            (
                "key",
                "この文の名前（同じ key では一度だけ伝える。省くと自動で付ける）",
            ),
        ],
    ),
    words(
        "request-help",
        "事業者に協力を依頼する（指定した事業者、または情報システムの保守事業者）",
        &[
            CALL_OUT,
            (
                "vendors",
                "事業者の ID か名称。省くと、情報システムの保守事業者",
            ),
            (
                "systems",
                "協力の要る情報システムの番号か名称。何度でも書ける（省くと、事象にあるもの）",
            ),
            ("note", "事業者に伝えること"),
            BY,
        ],
    ),
    words(
        "stand-down",
        "参集を終え、招集した全員に知らせる",
        &[
            CALL_OUT,
            ("reason", "理由。招集した全員が読む（誤報には定型文がある）"),
            BY,
            ("false_alarm", "誤報だった"),
        ],
    ),
    words(
        "absent",
        "休暇・出張・病気などの不在を記録する（人を省くと、不在の人の一覧）",
        &[
            ("person", "人の ID、職、氏名（省くと、不在の人全員）"),
            (
                "until",
                "不在の最後の日か時刻（例: 2026-12-31、2026-12-31T15:00）",
            ),
            ("back", "予定より早く戻った"),
            ("reason", "理由"),
        ],
    ),
    words(
        "test-contact",
        "人の連絡先すべてにテストの連絡を1通ずつ送り、相手の応答を表示する",
        &[("person", "人の ID、職、氏名")],
    ),
    words(
        "contacts",
        "連絡先ごとに、本人に届く証拠（本人の確認、回答、不達）とその日を示す",
        &[
            ("person", "人の ID、職、氏名（省くと全員）"),
            (
                "unproved",
                "証拠のない連絡先と、最後の証拠が 1 年より古い連絡先だけ",
            ),
            (
                "link",
                "本人の連絡先の画面を開くリンクを表示する（本人に渡す）",
            ),
            ("send", "そのリンクを本人にメールで送る"),
        ],
    ),
    words(
        "contacts changes",
        "職員が知らせた連絡先の変更の一覧",
        &[("all", "決まったものも含める")],
    ),
    words(
        "contacts accept",
        "知らせで roster.toml の何が変わるかを示す（--write で変える）",
        &[
            ("number", "知らせの番号"),
            (
                "write",
                "roster.toml を変える（前のものは roster.toml.bak に残る）",
            ),
        ],
    ),
    words(
        "contacts refuse",
        "知らせを見送る（理由は本人の画面に出る）",
        &[("number", "知らせの番号"), ("reason", "理由（本人が読む）")],
    ),
    words(
        "receive-mail",
        "戻りメールか返信を標準入力から1通受け取る（配送系のエイリアスやパイプから呼ぶ）",
        &[(
            "recipient",
            "届いた宛先（Postfix では ${original_recipient}。省くと、メールの上にある Delivered-To か X-Original-To）",
        )],
    ),
    words(
        "report",
        "参集や訓練の結果（A4 のページ、ブック、CSV、JSON）",
        &[
            (
                "call_out",
                "参集番号。訓練は rules.toml での名前で、直近の回。2026 のような年なら、その年度の訓練",
            ),
            ("year", "年度（4月から翌年3月）の訓練のまとめ"),
            ("calendar_year", "暦年（1月から12月）の訓練のまとめ"),
            ("format", "どの形で出すか（省くと --out の末尾から）"),
            ("format=html", "画面と A4 用の 1 ページ"),
            ("format=csv", "1 人 1 行。表計算やプログラム用"),
            ("format=xlsx", "表計算用のブック"),
            ("format=json", "プログラム用"),
            ("out", "ほかの人が読めないファイルに書く"),
        ],
    ),
    words(
        "roster",
        "役場で使う形の名簿（.xlsx と .csv の読み書き、紙の一覧）",
        &[],
    ),
    words(
        "roster check",
        "roster.toml か表を調べる（何も変えない）",
        &[
            ("file", ".xlsx か .csv の表（省くと roster.toml）"),
            ("encoding", ENCODING),
            ("encoding=utf-8", "UTF-8"),
            ("encoding=shift-jis", "Windows の Shift_JIS"),
        ],
    ),
    words(
        "roster import",
        "表を取り込むと何が変わるかを示す（--write で roster.toml を変える）",
        &[
            ("file", ".xlsx か .csv の表"),
            (
                "write",
                "roster.toml を変える（前のものは roster.toml.bak に残る）",
            ),
            ("remove", "表にない人を名簿から消す"),
            ("encoding", ENCODING),
            ("encoding=utf-8", "UTF-8"),
            ("encoding=shift-jis", "Windows の Shift_JIS"),
        ],
    ),
    words(
        "roster export",
        "名簿を表に書き出す",
        &[
            ("file", "書くファイル（.xlsx か .csv）"),
            ("encoding", "CSV の文字コード（省くと BOM 付きの UTF-8）"),
            ("encoding=utf-8", "UTF-8"),
            ("encoding=shift-jis", "Windows の Shift_JIS"),
            ("force", "既にあるファイルに上書きする"),
        ],
    ),
    words(
        "roster call-list",
        "参集または全員の連絡一覧を紙用に出す",
        &[
            ("call_out", "参集番号（省くと名簿の全員）"),
            ("format", "どの形で出すか（省くと --out の末尾から）"),
            ("format=text", "80 桁の文字"),
            ("format=html", "A4 で印刷するページ"),
            ("out", "ほかの人が読めないファイルに書く"),
        ],
    ),
    words(
        "demo",
        "このマシンだけで一通りを見せる（導入も設定も要らない）",
        &[
            ("keep", "終えずに動かしておく"),
            ("seed", "誰が何と答えるかを決める数"),
        ],
    ),
    words(
        "completions",
        "シェルの補完を出す",
        &[("shell", "どのシェルか")],
    ),
    words("man", "マニュアルを出す（英語）", &[]),
];

/// What every event may carry.
pub(super) const EVENT: &[(&str, &str)] = &[
    ("headline", "わかっていることを一文で"),
    ("place", "集合場所（省くと規則のとおり）"),
    (
        "key",
        "この報の名前（同じ key の報は同じ事象とみなす。省くと自動で付ける）",
    ),
    ("at", "起きた時刻（RFC 3339）"),
];
