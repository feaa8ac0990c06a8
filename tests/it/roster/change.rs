//! Transfers: what changes, what is said of it, and what stays in roster.toml.

use muster::config::{self, Sources};

use super::{changes, csv, import, import_as, said, with_roster};
use crate::config::small;

/// The lines that differ, `-` old, `+` new.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    // How many lines two ends have in common.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut said) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            said += &format!("-{}\n", old[i]);
            i += 1;
        } else {
            said += &format!("+{}\n", new[j]);
            j += 1;
        }
    }
    said
}

/// A new person, between the two neighbours of the sheet; nothing else moves.
#[test]
fn a_new_person_stands_where_the_sheet_has_them() {
    let sources = Sources::example();
    let row = "health-9,新人,New,健康福祉課,en,health-9@example.jp,０９０－００００－００００,,福祉班 代理2,\r\n";
    let sheet = csv(&sources).replace("health-3,", &format!("{row}health-3,"));
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(said(&import), "");
    insta::assert_snapshot!(changes(&import), @r"
    +health-9 name:  -> 新人
    +health-9 name_en:  -> New
    +health-9 section:  -> 健康福祉課
    +health-9 language:  -> en
    +health-9 contacts:  -> health-9@example.jp、voice-gateway: 090-0000-0000
    +health-9 squads:  -> 福祉班 代理2
    ");
    let text = import.text.unwrap();
    let added = "\n[[person]]\nid = \"health-9\"\nname = { ja = \"新人\", en = \"New\" }\nsection = \"health\"\nlanguage = \"en\"\ncontacts = [{ email = \"health-9@example.jp\" }, { webhook = \"voice-gateway\", address = \"090-0000-0000\" }]\n";
    assert_eq!(text.matches(added).count(), 1);
    let rest = text.replace(added, "");
    insta::assert_snapshot!(difference(&sources.roster.text, &rest), @r#"
    -deputies = ["health-4"]
    +deputies = ["health-4", "health-9"]
    "#);
    let plan = config::check(&with_roster(&sources, &text), &[])
        .unwrap()
        .plan;
    let people: Vec<_> = plan.roster.people.keys().map(ToString::to_string).collect();
    let at = people.iter().position(|id| id == "health-9").unwrap();
    assert_eq!(
        people[at - 1..=at + 1],
        ["health-2", "health-9", "health-3"]
    );
}

/// One goes, another takes over: rank by rank, with every remark kept.
#[test]
fn a_place_is_handed_over() {
    let sources = Sources::example();
    let sheet: String = csv(&sources)
        .lines()
        .filter(|line| !line.starts_with("general-affairs-1,"))
        .map(|line| {
            let mut cells: Vec<_> = line.split(',').map(str::to_owned).collect();
            if cells[0] == "general-affairs-5" {
                cells[8] = "災害対策本部事務局 代理1、総務班 所要1".to_owned();
            }
            cells.join(",") + "\n"
        })
        .collect();
    let kept = import(&sources, "a.csv", sheet.as_bytes());
    assert!(said(&kept).contains("is the place of \"general-affairs-1\", who is not on the sheet"));
    let import = import_as(&sources, "a.csv", sheet.as_bytes(), (None, true));
    assert_eq!(said(&import), "");
    insta::assert_snapshot!(changes(&import), @r"
    general-affairs-5 squads:  -> 災害対策本部事務局 代理1、総務班 所要1
    -general-affairs-1 squads: 災害対策本部事務局 代理1、総務班 所要1 -> 
    ");
    let text = import.text.unwrap();
    assert!(text.contains("deputies = [\"general-affairs-5\", \"general-affairs-2\"]"));
    assert!(text.contains("required = [\"general-affairs-5\", \"general-affairs-2\"]"));
    assert!(!text.contains("general-affairs-1"));
    let remarks = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(remarks(&text), remarks(&sources.roster.text));
}

/// A sheet of one section and a few columns changes those and nothing else.
#[test]
fn a_partial_sheet_drops_nobody_and_nothing() {
    let sources = Sources::example();
    let sheet = "氏名,課,メールアドレス\n建設課 課長,建設課,new@example.jp\n建設課職員1,建設課,\n";
    let sheet = sheet.replace("建設課 課長", "建設課課長");
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(said(&import), "");
    assert_eq!(import.changes.missing.len(), 35);
    assert_eq!(import.changes.changed.len(), 2);
    let text = import.text.unwrap();
    insta::assert_snapshot!(difference(&sources.roster.text, &text), @r#"
    -contacts = [{ email = "construction-manager@example.jp" }, { webhook = "voice-gateway", address = "+81-0-0000-0011" }]
    +contacts = [{ email = "new@example.jp" }, { webhook = "voice-gateway", address = "+81-0-0000-0011" }]
    -contacts = [{ email = "construction-1@example.jp" }, { webhook = "voice-gateway", address = "+81-0-0000-0012" }]
    +contacts = [{ webhook = "voice-gateway", address = "+81-0-0000-0012" }]
    "#);
}

/// Remarks, order and forms that no program would write.
const BY_HAND: &str = r#"# の名簿

[[section]]
id = "planning"  # 課
name = "まちづくり振興課"

# ── 職員 ──

# 一人目
[[person]]
id = "mayor" # 長
name = { ja = "町長" }
section = 'planning'
# 連絡先は二つ
contacts = [
  { email = "mayor@example.jp" }, # 公用
  { webhook = "voice", address = "0136" },
]

# 二人目
[[person]]
name = "担当職員1"
id = "it-1"
section = "planning"
  [[person.contacts]]
  email = "it-1@example.jp"

# ── 班 ──
[[squad]]
id = "control"
name = "統括班"
required = [
  "it-1", # 主
  "mayor", # 副
]
"#;

#[test]
fn what_was_written_by_hand_stays() {
    let sources = with_roster(&small::sources(), BY_HAND);
    let sheet = csv(&sources)
        .replace("担当職員1", "担当主査")
        .replace("統括班 所要1", "X")
        .replace("統括班 所要2", "統括班 所要1")
        .replace('X', "統括班 所要2");
    let import = import(&sources, "a.csv", sheet.as_bytes());
    assert_eq!(said(&import), "");
    let text = import.text.unwrap();
    insta::assert_snapshot!(difference(BY_HAND, &text), @r#"
    -name = "担当職員1"
    +name = "担当主査"
    -  "it-1", # 主
    +  "it-1", # 主
    "#);
}

/// The remark right above a person goes along with them; the heading of the
/// part stays.
#[test]
fn whoever_goes_takes_their_remark_along() {
    let hand = BY_HAND.replace("  \"mayor\", # 副\n", "");
    let mut sources = with_roster(&small::sources(), &hand);
    sources.rules.text = sources.rules.text.replace("approved_by = \"mayor\"\n", "");
    let sheet = "id,氏名\nit-1,担当職員1\n";
    let import = import_as(&sources, "a.csv", sheet.as_bytes(), (None, true));
    assert_eq!(
        said(&import),
        "rules.toml:28: 2 must come, but \"squad:control\" has only 1\n"
    );
    sources.rules.text = sources.rules.text.replace("need = 2", "need = 1");
    let import = import_as(&sources, "a.csv", sheet.as_bytes(), (None, true));
    assert_eq!(said(&import), "");
    insta::assert_snapshot!(difference(&hand, &import.text.unwrap()), @r#"
    -# 一人目
    -[[person]]
    -id = "mayor" # 長
    -name = { ja = "町長" }
    -section = 'planning'
    -# 連絡先は二つ
    -contacts = [
    -  { email = "mayor@example.jp" }, # 公用
    -  { webhook = "voice", address = "0136" },
    -]
    -
    "#);
}

/// Windows line ends stay Windows line ends.
#[test]
fn line_ends_stay() {
    let sources = with_roster(&small::sources(), &small::ROSTER.replace('\n', "\r\n"));
    let sheet = csv(&sources).replace("担当職員1", "主査");
    let text = import(&sources, "a.csv", sheet.as_bytes()).text.unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.contains("主査"));
}
