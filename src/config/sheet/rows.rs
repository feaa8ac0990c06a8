//! The rows of a sheet -> what each says of one person.
//!
//! Owns the reading of cells by their column, and what is said of a cell that
//! holds something else. It must not change a roster.

use super::super::fold::{dialled, fold, key};
use super::book::{Book, Kind};
use super::complaint::{Complaints, Place};
use super::grid::{Cell, Grid, Row};
use super::heading::{Column, Headings};
use super::leave;
use super::mark::{self, Mark, Unclear};
use crate::config::value::{AddressForm, is_id, mail_address};
use crate::domain::absence::Leave;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::Text;

/// A value and the cell that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// What one row says. A field is `None` where the sheet has no such column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) row: u32,
    pub(super) id: Option<Held<String>>,
    pub(super) name: Option<Held<String>>,
    pub(super) name_en: Option<Held<String>>,
    /// The section's id.
    pub(super) section: Option<Held<String>>,
    /// Days off; none of them takes all away.
    pub(super) leave: Option<Vec<Leave>>,
    /// An empty one takes the language away.
    pub(super) language: Option<Held<String>>,
    pub(super) contacts: Vec<Held<Contact>>,
    /// For each of [`Kind::ALL`].
    pub(super) marks: [Option<Vec<Held<Mark>>>; 3],
}

/// Reads every row below the headings.
pub(super) fn read(
    grid: &Grid,
    headings: &Headings,
    book: &Book,
    complaints: &mut Complaints,
) -> Vec<Line> {
    merged(grid, headings, complaints);
    let below = grid.rows.iter().filter(|row| row.number > headings.row);
    below
        .filter(|row| row.cells.iter().any(|cell| *cell != Cell::Empty))
        .map(|row| {
            let mut reader = Reader {
                row,
                book,
                complaints: &mut *complaints,
            };
            reader.line(headings)
        })
        .collect()
}

fn merged(grid: &Grid, headings: &Headings, complaints: &mut Complaints) {
    let last = grid.rows.last().map_or(0, |row| row.number);
    for (from, to) in &grid.merged {
        if to.row < headings.row || from.row > last {
            continue;
        }
        let range = format!("{}{}:{}{}", from.letters(), from.row, to.letters(), to.row);
        complaints
            .error(
                Some(*from),
                format!("{range} が結合されています"),
                format!("{range} are merged"),
            )
            .advise(
                "結合を解いて、それぞれのセルに値を書いてください",
                "take them apart and write the value into each cell",
            );
    }
}

struct Reader<'a> {
    row: &'a Row,
    book: &'a Book,
    complaints: &'a mut Complaints,
}

impl Reader<'_> {
    fn line(&mut self, headings: &Headings) -> Line {
        let mut line = Line {
            row: self.row.number,
            ..Line::default()
        };
        for headed in &headings.columns {
            let place = Place {
                row: self.row.number,
                column: headed.number,
            };
            let held = |value| Some(Held { value, place });
            match &headed.column {
                Column::Id => line.id = self.id(place).and_then(held),
                Column::Name => line.name = self.words(place).and_then(held),
                Column::NameEn => line.name_en = self.words(place).and_then(held),
                Column::Section => line.section = self.section(place).and_then(held),
                Column::Language => line.language = self.language(place).and_then(held),
                Column::Posts => line.marks[0] = Some(self.marks(place, Kind::Post)),
                Column::Squads => line.marks[1] = Some(self.marks(place, Kind::Squad)),
                Column::Duties => line.marks[2] = Some(self.marks(place, Kind::Section)),
                Column::Leave => line.leave = self.leave(place),
                Column::Contact { channel, .. } => {
                    if let Some(value) = self.contact(place, channel) {
                        line.contacts.push(Held { value, place });
                    }
                }
            }
        }
        line
    }

    /// The cell's text; a number only where that is said to do no harm.
    fn text(&mut self, place: Place, numbers: bool) -> Option<String> {
        let index = usize::try_from(place.column).ok()?.checked_sub(1)?;
        match self.row.cells.get(index).unwrap_or(&Cell::Empty) {
            Cell::Empty => Some(String::new()),
            Cell::Unread => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Number(number) if numbers && number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(format!("{number}"))
            }
            Cell::Number(number) => {
                self.complaints
                    .error(
                        Some(place),
                        format!(
                            "文字列ではなく数値（{number}）です。先頭の 0 などが失われています"
                        ),
                        format!("this is the number {number}, not a text: leading zeros are lost"),
                    )
                    .advise(
                        "セルの書式を「文字列」にして入力し直してください",
                        "make the cell a text and type it again",
                    );
                None
            }
            Cell::Date(_) => {
                self.complaints
                    .error(
                        Some(place),
                        "日付か時刻になっています",
                        "this is a date or a time",
                    )
                    .advise(
                        "セルの書式を「文字列」にして入力し直してください",
                        "make the cell a text and type it again",
                    );
                None
            }
            Cell::Broken(error) => {
                self.complaints
                    .error(
                        Some(place),
                        format!("数式の結果がありません（{error}）"),
                        format!("this formula has no result ({error})"),
                    )
                    .advise(
                        "Excel で計算させて保存するか、値を書いてください",
                        "let Excel compute and save it, or write the value",
                    );
                None
            }
        }
    }

    fn id(&mut self, place: Place) -> Option<String> {
        let id = fold(&self.text(place, true)?);
        if id.is_empty() {
            self.complaints
                .error(Some(place), "職員番号がありません", "this row has no id")
                .advise(
                    "新しい人には番号を付け、名簿でない行は消してください",
                    "give a new person an id; delete a row that is no person",
                );
            return None;
        }
        if !is_id(&id) {
            self.complaints
                .error(
                    Some(place),
                    format!("「{id}」は職員番号に使えません"),
                    format!("\"{id}\" cannot be an id"),
                )
                .advise(
                    "英数字と - _ . だけで 64 文字までにしてください",
                    "write at most 64 of the letters a-z, digits, \"-\", \"_\" and \".\"",
                );
            return None;
        }
        Some(id)
    }

    /// A name as people write it.
    fn words(&mut self, place: Place) -> Option<String> {
        let words = self.text(place, false)?;
        if words.contains(['\n', '\r', '\t']) {
            self.complaints
                .error(
                    Some(place),
                    "改行かタブが入っています",
                    "a line break or a tab stands in this cell",
                )
                .advise("1 行で書いてください", "write it on one line");
            return None;
        }
        Some(words)
    }

    fn section(&mut self, place: Place) -> Option<String> {
        let word = fold(&self.text(place, true)?);
        match self.book.named(Kind::Section, &word)[..] {
            [section] => Some(section.id.clone()),
            [] if word.is_empty() => {
                self.complaints
                    .error(Some(place), "課がありません", "this row has no section");
                None
            }
            [] => {
                let known = self.known(Kind::Section);
                self.complaints
                    .error(
                        Some(place),
                        format!("「{word}」という課は名簿にありません"),
                        format!("there is no section \"{word}\" in roster.toml"),
                    )
                    .advise(
                        format!(
                            "ある課: {}。新しい課は roster.toml に書いてください",
                            known.ja
                        ),
                        format!("there is {}; add a new section to roster.toml", known.en),
                    );
                None
            }
            ref several => {
                let ids: Vec<_> = several.iter().map(|group| group.id.as_str()).collect();
                let ids = ids.join(", ");
                self.complaints
                    .error(
                        Some(place),
                        format!("「{word}」という課は {ids} のどれか分かりません"),
                        format!("\"{word}\" may be any of the sections {ids}"),
                    )
                    .advise("id で書いてください", "write its id");
                None
            }
        }
    }

    /// The names of a kind's groups, for advice.
    fn known(&self, kind: Kind) -> Text {
        let names = |language| {
            let groups = self.book.of(kind).take(20);
            let names: Vec<_> = groups
                .map(|group| match group.name.get(language) {
                    "" => group.id.as_str(),
                    name => name,
                })
                .collect();
            names.join(", ")
        };
        Text::new(
            names(crate::domain::text::Language::Ja),
            names(crate::domain::text::Language::En),
        )
    }

    fn language(&mut self, place: Place) -> Option<String> {
        let word = self.text(place, false)?;
        match key(&word).as_str() {
            "" => Some(String::new()),
            "ja" | "日本語" | "japanese" => Some("ja".to_owned()),
            "en" | "英語" | "english" => Some("en".to_owned()),
            _ => {
                self.complaints
                    .error(
                        Some(place),
                        format!("「{word}」は使える言語ではありません"),
                        format!("\"{word}\" is no language that is known"),
                    )
                    .advise(
                        "ja（日本語）か en（英語）と書くか、空けてください",
                        "write ja or en, or leave it empty",
                    );
                None
            }
        }
    }

    fn contact(&mut self, place: Place, channel: &ChannelName) -> Option<Contact> {
        let raw = self.text(place, false)?;
        let address = match channel {
            ChannelName::Email => self.email(&raw, place)?,
            ChannelName::Webhook(_) => self.number(&raw, place)?,
        };
        let channel = channel.clone();
        (!address.is_empty()).then_some(Contact {
            channel,
            address: address.into(),
        })
    }

    fn email(&mut self, raw: &str, place: Place) -> Option<String> {
        let address = fold(raw);
        match mail_address(&address) {
            _ if address.is_empty() => {}
            Ok(AddressForm::Plain) => {}
            Ok(AddressForm::Carrier) => {
                self.complaints
                    .warn(
                        Some(place),
                        format!("「{address}」は昔の携帯電話会社の形のアドレスで、断る中継サーバーがあります"),
                        format!("\"{address}\" is an address of the old carrier form, which some relays refuse"),
                    )
                    .advise(
                        "引用符を付けて送ります。ほかの連絡先も書いてください",
                        "it is sent to in quotes; give a second contact",
                    );
            }
            Err(why) => {
                self.complaints
                    .error(
                        Some(place),
                        format!("「{address}」はメールのアドレスではありません: {}", why.ja),
                        format!("\"{address}\" is no mail address: {}", why.en),
                    )
                    .advise(
                        "name@example.jp の形で書いてください",
                        "write it as name@example.jp",
                    );
                return None;
            }
        }
        Some(address)
    }

    fn number(&mut self, raw: &str, place: Place) -> Option<String> {
        let number = dialled(raw);
        let shortened = number.split_once(['E', 'e']).is_some_and(|(first, power)| {
            first.parse::<f64>().is_ok()
                && power
                    .strip_prefix('+')
                    .is_some_and(|p| p.parse::<u8>().is_ok())
        });
        let zero = format!("0{number}");
        let people = self.book.people.values();
        let known = || people.clone().flat_map(|person| &person.contacts);
        // Why not where somebody has that very one: it is theirs, with no zero before it.
        let lost = !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
            && known().any(|contact| *contact.address == *zero)
            && !known().any(|contact| dialled(&contact.address) == number);
        if shortened || lost {
            self.complaints
                .error(
                    Some(place),
                    format!("「{number}」は表計算ソフトが数値に直したもののようです"),
                    format!("\"{number}\" looks like what a spreadsheet made of a number"),
                )
                .advise(
                    "先頭の 0 を補い、セルの書式を「文字列」にしてください",
                    "put the leading zero back, and make the cell a text",
                );
            return None;
        }
        if (9..=10).contains(&number.len())
            && number.parse::<u64>().is_ok_and(|n| n >= 100_000_000)
            && !number.starts_with('0')
        {
            self.complaints
                .warn(
                    Some(place),
                    format!("「{number}」は 0 でも + でも始まりません"),
                    format!("\"{number}\" begins neither with 0 nor with +"),
                )
                .advise(
                    "先頭の 0 が失われていないか見てください",
                    "look whether a leading zero was lost",
                );
        }
        Some(number)
    }

    fn leave(&mut self, place: Place) -> Option<Vec<Leave>> {
        let index = usize::try_from(place.column).ok()?.checked_sub(1)?;
        if let Some(Cell::Date(Some(day))) = self.row.cells.get(index) {
            let (from, to) = (*day, *day);
            return Some(vec![Leave { from, to }]);
        }
        let cell = self.text(place, false)?;
        let mut days = Vec::new();
        for read in leave::read(&cell) {
            match read {
                Ok(leave) => days.push(leave),
                Err(leave::Unclear::NoDay(word)) => self
                    .complaints
                    .error(
                        Some(place),
                        format!("「{word}」は休暇の日として読めません"),
                        format!("\"{word}\" is no day or days off"),
                    )
                    .advise(
                        "最初の日と最後の日を 2026-12-28～2027-01-03 の形で、1 日だけなら 2026-12-28 と書いてください",
                        "write the first and the last day as 2026-12-28～2027-01-03, or one day as 2026-12-28",
                    ),
                Err(leave::Unclear::Backwards(word)) => self
                    .complaints
                    .error(
                        Some(place),
                        format!("休暇「{word}」の最後の日が最初の日より前です"),
                        format!("the days off \"{word}\" end before they begin"),
                    )
                    .advise(
                        "最初の日を先に書いてください。両端の日を含みます",
                        "write the first day first; both are included",
                    ),
            }
        }
        Some(days)
    }

    fn marks(&mut self, place: Place, kind: Kind) -> Vec<Held<Mark>> {
        let Some(cell) = self.text(place, true) else {
            return Vec::new();
        };
        let read = mark::read(&cell, kind, self.book);
        read.into_iter()
            .filter_map(|mark| match mark {
                Ok(value) => Some(Held { value, place }),
                Err(unclear) => {
                    self.unclear(&unclear, place, kind);
                    None
                }
            })
            .collect()
    }

    fn unclear(&mut self, unclear: &Unclear, place: Place, kind: Kind) {
        let known = self.known(kind);
        let (ja, en) = match kind {
            Kind::Post => ("職", "post"),
            Kind::Squad => ("班", "squad"),
            Kind::Section => ("課", "section"),
        };
        match unclear {
            Unclear::Unknown(word) => self
                .complaints
                .error(
                    Some(place),
                    format!("「{word}」という{ja}は名簿にありません"),
                    format!("there is no {en} \"{word}\" in roster.toml"),
                )
                .advise(
                    format!("ある{ja}: {}。順位は「所要1」「代理2」のように書きます（職は「在職1」）", known.ja),
                    format!("there is {}; a rank is written as \"required 1\", \"deputy 2\" (for a post \"holder 1\")", known.en),
                ),
            Unclear::Several(word, ids) => {
                let ids = ids.join(", ");
                self.complaints
                    .error(
                        Some(place),
                        format!("「{word}」という{ja}は {ids} のどれか分かりません"),
                        format!("\"{word}\" may be any of {ids}"),
                    )
                    .advise("id で書いてください", "write its id");
            }
            Unclear::Rank(word) => self
                .complaints
                .error(
                    Some(place),
                    format!("「{word}」の順位が読めません"),
                    format!("the rank of \"{word}\" is none"),
                )
                .advise("順位は 1 から書きます", "ranks begin with 1"),
        }
    }
}
