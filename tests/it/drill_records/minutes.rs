//! Minutes: taken where a file is what its name says and nothing in it runs,
//! refused in words otherwise.

use std::io::{Cursor, Write as _};

use muster::domain::drill_record::MinutesKind;
use muster::report::minutes::{LARGEST, checked};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const DOCM: &str = "application/vnd.ms-word.document.macroEnabled.main+xml";
const ODT: &str = "application/vnd.oasis.opendocument.text";

/// A document that is an archive, of these parts.
pub(super) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A document of Word with one more part.
fn word(more: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = vec![("[Content_Types].xml", DOCX), ("word/document.xml", "<w/>")];
    parts.extend(more);
    archive(&parts)
}

fn pdf(more: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj << /Type /Catalog {more} >> endobj\n%%EOF").into_bytes()
}

#[test]
fn what_is_what_its_name_says_is_taken() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    let excel = archive(&[
        ("[Content_Types].xml", "sheet"),
        ("xl/workbook.xml", "<w/>"),
    ]);
    let open = archive(&[("mimetype", ODT), ("content.xml", "<o/>")]);
    let rehearsal = br#"{"rehearsal":true,"rules":[]}"#.to_vec();
    let cases: [(&str, Vec<u8>, MinutesKind); 11] = [
        ("議事録.pdf", pdf(""), MinutesKind::Pdf),
        ("minutes.PDF", pdf(""), MinutesKind::Pdf),
        (
            "議事録.txt",
            "参加者は三人。\r\n<以上>".into(),
            MinutesKind::Text,
        ),
        (
            "notes.md",
            "# 机上訓練\n\n- 電話網を確認".into(),
            MinutesKind::Markdown,
        ),
        ("表.csv", "\u{feff}氏名,役割\r\n".into(), MinutesKind::Csv),
        ("議事録.docx", word(&[]), MinutesKind::Word),
        ("表.xlsx", excel, MinutesKind::Excel),
        ("議事録.odt", open, MinutesKind::OpenText),
        ("板書.png", png, MinutesKind::Png),
        (
            "写真.JPEG",
            b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(),
            MinutesKind::Jpeg,
        ),
        ("rehearsal.json", rehearsal, MinutesKind::Rehearsal),
    ];
    for (name, content, kind) in cases {
        let file = checked(name, &content).unwrap_or_else(|said| panic!("{name}: {said:?}"));
        assert_eq!(
            (file.kind, file.bytes),
            (kind, content.len() as u64),
            "{name}"
        );
        assert_eq!(file.name, name);
    }
}

/// A file's name, what is in it, and the word that says why it is refused.
type Refused = (&'static str, Vec<u8>, &'static str);

/// A document of Word with a part of this name.
fn with_part(name: &str) -> Vec<u8> {
    word(&[(name, "x")])
}

/// Of a kind that is never taken.
fn by_name() -> Vec<Refused> {
    vec![
        (
            "minutes",
            b"text".to_vec(),
            "this kind of file is not taken",
        ),
        (
            "run.exe",
            b"MZ\x90\0".to_vec(),
            "this kind of file is not taken",
        ),
        (
            "page.html",
            b"<html>".to_vec(),
            "this kind of file is not taken",
        ),
        (
            "picture.svg",
            b"<svg>".to_vec(),
            "this kind of file is not taken",
        ),
        ("minutes.docm", word(&[]), "this kind of file is not taken"),
        (
            "minutes.doc",
            b"\xd0\xcf\x11\xe0".to_vec(),
            "this kind of file is not taken",
        ),
        ("minutes.pdf.exe", pdf(""), "this kind of file is not taken"),
        (
            "all.zip",
            archive(&[("a", "b")]),
            "this kind of file is not taken",
        ),
    ]
}

/// Something else than its name says.
fn by_content() -> Vec<Refused> {
    vec![
        ("empty.txt", Vec::new(), "there is nothing in it"),
        ("minutes.pdf", b"MZ\x90\0\x03".to_vec(), "it is a program"),
        ("minutes.pdf", b"\x7fELF\x02".to_vec(), "it is a program"),
        (
            "minutes.txt",
            b"#!/bin/sh\nrm -r /".to_vec(),
            "it is a script",
        ),
        (
            "minutes.txt",
            b"  <!DOCTYPE html><script>".to_vec(),
            "HTML, SVG",
        ),
        (
            "minutes.md",
            b"\xef\xbb\xbf<svg onload=x>".to_vec(),
            "HTML, SVG",
        ),
        (
            "minutes.csv",
            b"<?xml version='1.0'?>".to_vec(),
            "HTML, SVG",
        ),
        (
            "minutes.txt",
            b"\x8e\x51\x89\xc1\x8e\xd2".to_vec(),
            "Plain text must be UTF-8",
        ),
        (
            "minutes.txt",
            b"a\0b".to_vec(),
            "of a kind that is not taken",
        ),
        ("minutes.txt", pdf(""), "it is a PDF"),
        ("minutes.pdf", word(&[]), "it is a ZIP archive"),
        (
            "board.png",
            b"\xff\xd8\xff\xe0".to_vec(),
            "it is a JPEG picture",
        ),
    ]
}

/// Documents that run something, or are none.
fn documents() -> Vec<Refused> {
    vec![
        (
            "minutes.docx",
            b"\xd0\xcf\x11\xe0\xa1".to_vec(),
            "an old or encrypted Office",
        ),
        (
            "minutes.docx",
            archive(&[("xl/workbook.xml", "x"), ("[Content_Types].xml", "x")]),
            "not the document",
        ),
        (
            "minutes.docx",
            b"PK\x03\x04 and no more".to_vec(),
            "not the document",
        ),
        (
            "minutes.odt",
            archive(&[("mimetype", "text/html")]),
            "not the document",
        ),
        (
            "minutes.docx",
            with_part("word/vbaProject.bin"),
            "with macros",
        ),
        (
            "minutes.docx",
            with_part("word/embeddings/oleObject1.bin"),
            "with macros",
        ),
        ("minutes.docx", with_part("word/run.EXE"), "with macros"),
        (
            "minutes.docx",
            archive(&[("[Content_Types].xml", DOCM), ("word/document.xml", "x")]),
            "with macros",
        ),
        (
            "minutes.odt",
            archive(&[("mimetype", ODT), ("Basic/Standard/Module1.xml", "x")]),
            "with macros",
        ),
        (
            "minutes.json",
            br#"{"call_out":"x"}"#.to_vec(),
            "what muster rehearse --json wrote",
        ),
    ]
}

#[test]
fn what_runs_or_is_something_else_is_refused_in_words() {
    for (name, content, why) in [by_name(), by_content(), documents()].concat() {
        let said = checked(name, &content).expect_err(name);
        assert!(said.en.contains(why), "{name}: {said:?}");
        assert!(!said.ja.is_empty() && said.ja.starts_with(name), "{said:?}");
    }
    for runs in [
        "/OpenAction << /S /JavaScript >>",
        "/S /Launch /F (a.exe)",
        "/Type /EmbeddedFile",
    ] {
        let said = checked("minutes.pdf", &pdf(runs)).expect_err(runs);
        assert!(said.en.contains("print it to a PDF anew"), "{said:?}");
    }
}

#[test]
fn a_file_may_be_as_large_as_is_said_and_no_larger() {
    let mut content = vec![b'a'; LARGEST];
    assert!(checked("long.txt", &content).is_ok());
    content.push(b'a');
    let said = checked("long.txt", &content).unwrap_err();
    assert!(
        said.en.contains("10 MiB") && said.ja.contains("10 MiB"),
        "{said:?}"
    );
}

/// No folder, no line break, no turned direction, nothing that a file system
/// or a header reads as its own.
#[test]
fn names_are_cleaned() {
    for (name, kept) in [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\a\\議事録.pdf", "議事録.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("gnp.\u{202e}exe.pdf", "gnp. exe.pdf"),
        ("\"quoted\"; x=%00.pdf", "_quoted__ x=_00.pdf"),
        ("...pdf", "file.pdf"),
    ] {
        let content = if kept.ends_with("txt") {
            b"x".to_vec()
        } else {
            pdf("")
        };
        match checked(name, &content) {
            Ok(file) => assert_eq!(file.name, kept),
            Err(said) => assert_eq!(name, "...pdf", "{said:?}"),
        }
    }
    let long = format!("{}.pdf", "長".repeat(500));
    assert_eq!(checked(&long, &pdf("")).unwrap().name.chars().count(), 84);
}

proptest! {
    /// Whatever is sent under whatever name: a sentence or a file, and never
    /// one whose name could be taken for a path or another header.
    #[test]
    fn nothing_that_is_sent_breaks_the_look(name in "\\PC{0,40}", ending in "(pdf|txt|docx|xlsx|odt|json|png|exe)", content in proptest::collection::vec(any::<u8>(), 0..200)) {
        match checked(&format!("{name}.{ending}"), &content) {
            Ok(file) => {
                prop_assert!(!file.name.contains(['/', '\\', '"', '\r', '\n', ';']));
                prop_assert!(!file.name.starts_with('.') && file.name.contains('.'));
                prop_assert!(ending != "exe");
            }
            Err(said) => prop_assert!(!said.ja.is_empty() && !said.en.is_empty()),
        }
    }
}
