//! `muster roster export`: roster.toml -> a sheet.
//!
//! Owns which form a file's name asks for. It must not change the roster.

use super::{Export, file};
use crate::cli::arguments::Global;
use crate::cli::configuration;
use crate::cli::failure::Failure;
use crate::cli::output::{self, both};
use crate::config::sheet::{self, Encoding, ExportError, Format};
use crate::domain::text::Language;

/// Writes the sheet.
pub(super) fn export(global: &Global, export: &Export) -> Result<(), Failure> {
    let name = export.file.display().to_string();
    let ending = export.file.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_lowercase();
    let encoding = export.encoding.map(Encoding::from);
    let format = match (ending.as_str(), encoding) {
        ("csv", encoding) => Format::Csv(encoding.unwrap_or(Encoding::Utf8)),
        ("xlsx", None) => Format::Xlsx,
        ("xlsx", Some(_)) => {
            return Err(Failure::usage(
                "ブックに文字コードは選べません。--encoding を外してください",
                "a workbook has no encoding to choose; leave --encoding out",
            ));
        }
        _ => {
            return Err(Failure::usage(
                format!("{name} の末尾が .xlsx でも .csv でもありません"),
                format!("{name} ends neither in .xlsx nor in .csv"),
            ));
        }
    };
    let sources = configuration::texts(global)?;
    let bytes = sheet::export(&sources, format, &name).map_err(|error| match error {
        ExportError::Roster(problems) => Failure::problems(&problems),
        ExportError::Sheet(complaints) => {
            let [ja, en] = Language::ALL.map(|language| complaints.render(language));
            Failure::refused(
                format!("{name} に書き出せません\n{ja}"),
                format!("{name} cannot be written\n{en}"),
            )
            .whole_listing()
        }
    })?;
    file::create(&export.file, &bytes, export.force)?;
    if global.json {
        output::json(&serde_json::json!({ "file": name, "bytes": bytes.len() }));
    } else {
        output::say(&both(
            "書き出しました。連絡先が入っています",
            &format!("written, with addresses in it: {name}"),
        ));
    }
    Ok(())
}
