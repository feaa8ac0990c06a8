//! Files that may lie with the record of a drill: which are taken, and how
//! their names are cleaned.
//!
//! Owns the look at what is in a file: it must be what its name says, and
//! nothing that runs. What is hidden in the folded parts of a PDF is not seen:
//! that is why they are only ever handed out to be saved. It must not keep a
//! file.

use std::io::{Cursor, Read as _};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::drill_record::{MinutesFile, MinutesKind};
use crate::domain::text::{Text, one_line};

/// The most that one record's files may hold together, in bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;

/// The most files of one record.
pub const FILES: usize = 5;

/// The longest name that is kept, in characters.
const NAME: usize = 80;

/// Parts of a document that is an archive, at most.
const PARTS: usize = 10_000;

/// How much of a part is read to know what the archive is.
const READ: u64 = 1024 * 1024;

/// What a file seems to be by what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Pdf,
    Png,
    Jpeg,
    Archive,
    OldOffice,
    Program,
    Script,
    Markup,
    Text,
    Unknown,
}

impl Seen {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pdf => ("PDF", "a PDF"),
            Self::Png => ("PNG 画像", "a PNG picture"),
            Self::Jpeg => ("JPEG 画像", "a JPEG picture"),
            Self::Archive => ("ZIP 形式の書庫", "a ZIP archive"),
            Self::OldOffice => (
                "古い形式か暗号化された Office 文書",
                "an old or encrypted Office document",
            ),
            Self::Program => ("実行できるプログラム", "a program"),
            Self::Script => ("実行できるスクリプト", "a script"),
            Self::Markup => ("HTML や SVG などの画面用の文書", "HTML, SVG or the like"),
            Self::Text => ("文字だけのファイル", "plain text"),
            Self::Unknown => ("受け付けない形式", "of a kind that is not taken"),
        }
    }

    fn of(bytes: &[u8]) -> Self {
        const PROGRAMS: [&[u8]; 8] = [
            b"\x7fELF",
            b"\xfe\xed\xfa\xce",
            b"\xfe\xed\xfa\xcf",
            b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe",
            b"\xca\xfe\xba\xbe",
            b"\0asm",
            b"dex\n",
        ];
        const MARKUP: [&str; 9] = [
            "<!doctype",
            "<html",
            "<svg",
            "<script",
            "<?xml",
            "<head",
            "<body",
            "<iframe",
            "<!--",
        ];
        let begins = |magic: &&[u8]| bytes.starts_with(magic);
        let text = std::str::from_utf8(bytes).ok().filter(|text| is_text(text));
        match text {
            _ if bytes.starts_with(b"%PDF-") => Self::Pdf,
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Self::Png,
            _ if bytes.starts_with(b"\xff\xd8\xff") => Self::Jpeg,
            _ if bytes.starts_with(b"PK\x03\x04") => Self::Archive,
            _ if bytes.starts_with(b"\xd0\xcf\x11\xe0") => Self::OldOffice,
            _ if PROGRAMS.iter().any(begins) => Self::Program,
            None if bytes.starts_with(b"MZ") => Self::Program,
            None => Self::Unknown,
            Some(text) => {
                let text = text.trim_start_matches('\u{feff}').trim_start();
                let head: String = text.chars().take(16).collect();
                let head = head.to_ascii_lowercase();
                if text.starts_with("#!") {
                    Self::Script
                } else if MARKUP.iter().any(|mark| head.starts_with(mark)) {
                    Self::Markup
                } else if head.starts_with("{\\rtf") {
                    Self::Unknown
                } else {
                    Self::Text
                }
            }
        }
    }

    const fn fits(self, kind: MinutesKind) -> bool {
        match kind {
            MinutesKind::Pdf => matches!(self, Self::Pdf),
            MinutesKind::Png => matches!(self, Self::Png),
            MinutesKind::Jpeg => matches!(self, Self::Jpeg),
            MinutesKind::Word | MinutesKind::Excel | MinutesKind::OpenText => {
                matches!(self, Self::Archive)
            }
            MinutesKind::Text
            | MinutesKind::Markdown
            | MinutesKind::Csv
            | MinutesKind::Rehearsal => matches!(self, Self::Text),
        }
    }
}

/// Nothing but letters, spaces and ends of lines.
fn is_text(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    !text.chars().any(is_odd)
}

/// What is kept of a file, or why it is not taken.
///
/// # Errors
///
/// A sentence in both languages: what, and what to do.
pub fn checked(name: &str, content: &[u8]) -> Result<MinutesFile, Text> {
    let cleaned = clean(name);
    let refused = |ja: &str, en: &str| {
        Err(Text::new(
            format!("{cleaned}: {ja}"),
            format!("{cleaned}: {en}"),
        ))
    };
    let ending = cleaned.rsplit_once('.').map(|(_, ending)| ending);
    let Some(kind) = ending.and_then(MinutesKind::parse) else {
        return refused(
            "この種類のファイルは受け付けません。PDF、docx、xlsx、odt、txt、md、csv、png、jpg、または muster rehearse --json の .json にしてください",
            "this kind of file is not taken; write it as pdf, docx, xlsx, odt, txt, md, csv, png or jpg, or as the .json of muster rehearse --json",
        );
    };
    if content.is_empty() {
        return refused("中身がありません", "there is nothing in it");
    }
    if content.len() > LARGEST {
        let (ja, en) = too_large(content.len());
        return refused(&ja, &en);
    }
    let seen = Seen::of(content);
    if !seen.fits(kind) {
        let (ja, en) = seen.words();
        return refused(
            &format!(
                "中身（{ja}）が名前と合わないため、受け付けません。文字のファイルは UTF-8 にしてください"
            ),
            &format!(
                "it is {en}, which its name does not say; it is not taken. Plain text must be UTF-8"
            ),
        );
    }
    if let Some((ja, en)) = danger(kind, content) {
        return refused(ja, en);
    }
    Ok(MinutesFile {
        bytes: content.len() as u64,
        name: cleaned,
        kind,
    })
}

/// That files are too large.
pub fn too_large(bytes: usize) -> (String, String) {
    let (most, is) = (LARGEST >> 20, bytes.div_ceil(1 << 20));
    (
        format!(
            "大きすぎます（{is} MiB）。一件の記録に付けられるのは、あわせて {most} MiB までです"
        ),
        format!("it is too large ({is} MiB); the files of one record may be {most} MiB together"),
    )
}

/// What runs, or is not what its name says, in a file whose beginning is right.
fn danger(kind: MinutesKind, content: &[u8]) -> Option<(&'static str, &'static str)> {
    match kind {
        MinutesKind::Pdf => {
            let holds = |name: &str| content.windows(name.len()).any(|at| at == name.as_bytes());
            let runs = ["/JavaScript", "/Launch", "/EmbeddedFile"];
            runs.into_iter().any(holds).then_some((
                "スクリプト、起動の指示、または添付ファイルの入った PDF は受け付けません。印刷し直した PDF にしてください",
                "a PDF with a script, a launch action or an attachment is not taken; print it to a PDF anew",
            ))
        }
        MinutesKind::Word | MinutesKind::Excel | MinutesKind::OpenText => document(kind, content),
        MinutesKind::Rehearsal => {
            let value: Option<Value> = serde_json::from_slice(content).ok();
            let is =
                value.is_some_and(|value| value["rehearsal"] == true && value["rules"].is_array());
            (!is).then_some((
                "JSON は muster rehearse --json が書いたものだけを受け付けます",
                "of JSON only what muster rehearse --json wrote is taken",
            ))
        }
        _ => None,
    }
}

/// An Office document: it has its own parts, and none that runs.
fn document(kind: MinutesKind, content: &[u8]) -> Option<(&'static str, &'static str)> {
    const OTHER: (&str, &str) = (
        "中身が名前の示す文書ではありません",
        "it is not the document that its name says",
    );
    const MACRO: (&str, &str) = (
        "マクロや埋め込みのプログラムの入った文書は受け付けません。マクロなしで保存し直すか、PDF にしてください",
        "a document with macros or an embedded program is not taken; save it without them, or as a PDF",
    );
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(content)) else {
        return Some(OTHER);
    };
    if archive.len() > PARTS {
        return Some(OTHER);
    }
    let names = archive.file_names();
    let names = names.map(|name| name.map(|name| name.to_lowercase()));
    let Ok(names) = names.collect::<Result<Vec<String>, _>>() else {
        return Some(OTHER);
    };
    if names.iter().any(|name| runs(name)) {
        return Some(MACRO);
    }
    let mut part = |name: &str| {
        let mut text = String::new();
        let part = archive.by_name(name).ok()?;
        part.take(READ).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let (of_kind, types) = match kind {
        MinutesKind::OpenText => {
            let mime = part("mimetype");
            let is = mime.is_some_and(|mime| mime.trim() == kind.media_type());
            (is, Some(String::new()))
        }
        MinutesKind::Word => (
            has(&names, "word/document.xml"),
            part("[Content_Types].xml"),
        ),
        _ => (has(&names, "xl/workbook.xml"), part("[Content_Types].xml")),
    };
    match types {
        Some(types) if of_kind => {
            let types = types.to_lowercase();
            let macros = types.contains("macroenabled") || types.contains("vbaproject");
            macros.then_some(MACRO)
        }
        _ => Some(OTHER),
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

/// Whether a part of a document runs, by its name in small letters.
fn runs(name: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        ".exe", ".dll", ".com", ".scr", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".bat", ".cmd",
        ".ps1", ".hta", ".jar",
    ];
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("vba")
        || file.starts_with("oleobject")
        || name.contains("macrosheets/")
        || name.contains("activex")
        || name.starts_with("basic/")
        || name.starts_with("scripts/")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A file's name without its folders, on one line, of letters that every system
/// can write and that do not turn its direction.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let composed: String = last.nfc().collect();
    let kept = one_line(&composed);
    let bad = |c: char| matches!(c, '"' | '*' | ':' | '<' | '>' | '?' | '|' | '%' | ';');
    let kept: String = kept.chars().map(|c| if bad(c) { '_' } else { c }).collect();
    let kept = kept.trim_matches(['.', ' ']);
    let (stem, ending) = kept.rsplit_once('.').unwrap_or((kept, ""));
    let stem: String = stem.chars().take(NAME).collect();
    let ending: String = ending.chars().take(8).collect();
    match (stem.is_empty(), ending.is_empty()) {
        (true, _) => format!("file.{ending}"),
        (false, true) => stem,
        (false, false) => format!("{stem}.{ending}"),
    }
}
