//! A mistake on the command line, in a Japanese sentence.
//!
//! Owns that sentence; what the library says of it in English stands below.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong, and where the usage is to be found.
pub(super) fn sentence(error: &Error) -> String {
    let argument = said(error, ContextKind::InvalidArg);
    let value = said(error, ContextKind::InvalidValue);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("「{argument}」という指定はありません"),
        ErrorKind::InvalidSubcommand => {
            let command = said(error, ContextKind::InvalidSubcommand);
            format!("「{command}」というコマンドはありません")
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("「{argument}」に値がありません")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("「{argument}」に「{value}」は使えません")
        }
        ErrorKind::MissingRequiredArgument => format!("「{argument}」が必要です"),
        ErrorKind::MissingSubcommand => "コマンドが足りません".to_owned(),
        ErrorKind::ArgumentConflict => {
            let other = said(error, ContextKind::PriorArg);
            match other.is_empty() || other == argument {
                true => format!("「{argument}」は一度しか書けません"),
                false => format!("「{argument}」と「{other}」は同時に使えません"),
            }
        }
        ErrorKind::TooManyValues => format!("「{argument}」に「{value}」は余分です"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("「{argument}」の値の数が合いません")
        }
        ErrorKind::NoEquals => format!("「{argument}」の値は = の後に書いてください"),
        _ => "指定が正しくありません".to_owned(),
    };
    let near = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let near = near.map(|kind| said(error, kind)).concat();
    let near = match near.as_str() {
        "" => String::new(),
        near => format!("。「{near}」のことですか"),
    };
    format!("muster: {what}{near}。使い方は --help で見られます")
}

fn said(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    }
}
