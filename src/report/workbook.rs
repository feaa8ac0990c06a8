//! Tables as files: a workbook for the offices' spreadsheets, and CSV.
//!
//! Owns formats, widths and how they print. A text is never a formula, a
//! number a number and a time a time. It must not know what a table says.

use jiff::civil::DateTime;
use rust_xlsxwriter::{
    Chart, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker,
    ChartMarkerType, ChartSolidFill, ChartType, Color, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Workbook, Worksheet, XlsxError,
};
use unicode_width::UnicodeWidthStr as _;

use super::cell::guarded;
use crate::message::report::{Cell, Table};

/// The paper of Japan's offices, as Excel numbers it.
const A4: u8 = 9;

/// The row of the headings: above them stands what the sheet is.
const HEADING: u32 = 1;

/// The mark on every page of an exercise is in the colour of its pages.
const DRILL: Color = Color::RGB(0x0000_594f);
const REAL: Color = Color::RGB(0x00b3_001b);

/// How cells look.
struct Looks {
    above: Format,
    heading: Format,
    text: Format,
    number: Format,
    time: Format,
    /// Where the column has no room for the year.
    short: Format,
    span: Format,
    widths: Vec<u16>,
}

/// The narrowest column that a whole time fits into.
const WHOLE_TIME: u16 = 20;

/// How high a line is, in points, and how high Excel lets a row be.
const LINE: f64 = 16.0;
const HIGHEST: f64 = 400.0;

impl Looks {
    fn new(table: &Table) -> Self {
        let drill = table.drill;
        // Why: where a value stands beside its name, all begin at one edge.
        let pairs = table.headings.len() == 2;
        let plain = || {
            Format::new()
                .set_align(FormatAlign::Top)
                .set_border(FormatBorder::Hair)
        };
        let value = || {
            if pairs {
                plain().set_align(FormatAlign::Left)
            } else {
                plain()
            }
        };
        Self {
            above: Format::new()
                .set_bold()
                .set_font_size(12)
                .set_font_color(if drill { DRILL } else { REAL }),
            heading: plain()
                .set_bold()
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00e8_e8e8))
                .set_border_bottom(FormatBorder::Thin),
            text: plain().set_text_wrap(),
            number: value().set_num_format("0"),
            time: value().set_num_format("yyyy/mm/dd hh:mm:ss"),
            short: value().set_num_format("m/d hh:mm:ss"),
            span: value().set_num_format("[h]:mm:ss"),
            widths: table.widths.clone(),
        }
    }

    fn time(&self, column: u16) -> &Format {
        match self.widths.get(usize::from(column)) {
            Some(width) if *width < WHOLE_TIME => &self.short,
            _ => &self.time,
        }
    }
}

/// The words of a cell that may need several lines.
fn words(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

/// Makes a row as high as its longest text needs: not every spreadsheet does
/// that by itself.
fn height<'a>(
    sheet: &mut Worksheet,
    row: u32,
    texts: impl Iterator<Item = &'a str>,
    table: &Table,
) -> Result<(), XlsxError> {
    let lines = texts.zip(&table.widths).map(|(text, width)| {
        // Words do not break: a line is seldom full.
        let room = usize::from(*width).saturating_sub(2).max(1);
        text.width().div_ceil(room).max(1)
    });
    let lines = u32::try_from(lines.max().unwrap_or(1)).unwrap_or(u32::MAX);
    if lines > 1 {
        sheet.set_row_height(row, (f64::from(lines) * LINE).min(HIGHEST))?;
    }
    Ok(())
}

/// A workbook with a sheet for each table.
///
/// # Errors
///
/// When the workbook cannot be written.
pub fn xlsx(tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    for table in tables {
        let looks = Looks::new(table);
        let sheet = book.add_worksheet();
        sheet.set_name(table.name)?;
        for (row, cells) in (HEADING + 1..).zip(&table.rows) {
            for (column, cell) in (0..).zip(cells) {
                write(sheet, (row, column), cell, &looks)?;
            }
            height(sheet, row, cells.iter().map(words), table)?;
        }
        head(sheet, table, &looks)?;
        print(sheet, table)?;
        if let Some(title) = &table.drawn {
            draw(sheet, table, title)?;
        }
    }
    book.save_to_buffer()
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, column, &looks.text)?,
        Cell::Text(text) => sheet.write_string_with_format(row, column, text, &looks.text)?,
        Cell::Number(number) => {
            sheet.write_number_with_format(row, column, *number, &looks.number)?
        }
        Cell::Time(at, _) => match excel(*at) {
            Ok(at) => sheet.write_datetime_with_format(row, column, at, looks.time(column))?,
            Err(_) => sheet.write_string_with_format(row, column, at.to_string(), &looks.text)?,
        },
        Cell::Span(length) => {
            let days = length.as_secs_f64() / 86_400.0;
            sheet.write_number_with_format(row, column, days, &looks.span)?
        }
    };
    Ok(())
}

/// Excel counts from 1900, to the second here.
fn excel(at: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(at.year()).unwrap_or_default();
    let [month, day, minute, second] =
        [at.month(), at.day(), at.minute(), at.second()].map(i8::unsigned_abs);
    ExcelDateTime::from_ymd(year, month, day)?.and_hms(
        u16::from(at.hour().unsigned_abs()),
        minute,
        second,
    )
}

/// The same as the number that Excel keeps of it.
fn days(at: DateTime) -> f64 {
    let first = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    at.duration_since(first).as_secs_f64() / 86_400.0
}

/// What stands above the rows and stays on the screen.
fn head(sheet: &mut Worksheet, table: &Table, looks: &Looks) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, &table.above, &looks.above)?;
    for (column, heading) in (0..).zip(&table.headings) {
        sheet.write_string_with_format(HEADING, column, heading, &looks.heading)?;
    }
    for (column, width) in (0..).zip(&table.widths) {
        sheet.set_column_width(column, *width)?;
    }
    height(
        sheet,
        HEADING,
        table.headings.iter().map(String::as_str),
        table,
    )?;
    sheet.set_freeze_panes(HEADING + 1, 0)?;
    let last = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    let columns = u16::try_from(table.headings.len()).unwrap_or(u16::MAX);
    if last > 0 && columns > 0 {
        sheet.autofilter(HEADING, 0, HEADING.saturating_add(last), columns - 1)?;
    }
    Ok(())
}

/// A4 across, as wide as the paper, its headings on every page.
fn print(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    // Why: an ampersand begins a command in a header.
    let above = table.above.replace('&', "&&");
    let header: String = above.chars().take(200).collect();
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3)
        .set_header(format!("&C{header}"))
        .set_footer("&C&A  &P / &N");
    sheet.set_tab_color(if table.drill { DRILL } else { REAL });
    sheet.set_repeat_rows(0, HEADING)?;
    let last = u32::try_from(table.rows.len()).unwrap_or_default();
    if let Some(column) = table.printed.checked_sub(1) {
        sheet.set_print_area(0, 0, HEADING.saturating_add(last), column)?;
    }
    Ok(())
}

/// The rows and columns that a drawing takes, beside the numbers.
const DRAWN: (u32, u16) = (24, 14);

/// A chart of the spreadsheet's own beside the numbers: every column a line
/// over the times of the first one. The lines differ in their dashes too.
fn draw(sheet: &mut Worksheet, table: &Table, title: &str) -> Result<(), XlsxError> {
    const DASHES: [(u32, ChartLineDashType); 4] = [
        (0x0055_5555, ChartLineDashType::SquareDot),
        (0x0022_262c, ChartLineDashType::Dash),
        (0x001b_6e2c, ChartLineDashType::Solid),
        (0x0000_499c, ChartLineDashType::LongDash),
    ];
    let first = HEADING + 1;
    let last = HEADING + u32::try_from(table.rows.len()).unwrap_or_default();
    let mut chart = Chart::new(ChartType::ScatterStraight);
    for (column, (colour, dash)) in (1..).zip(DASHES).take(table.headings.len() - 1) {
        let mut line = ChartLine::new();
        line.set_color(Color::RGB(colour))
            .set_width(2.25)
            .set_dash_type(dash);
        chart
            .add_series()
            .set_name((table.name, HEADING, column))
            .set_categories((table.name, first, 0, last, 0))
            .set_values((table.name, first, column, last, column))
            .set_format(ChartFormat::new().set_line(&line))
            .set_marker(&marker(colour, table.rows.len()));
    }
    chart.title().set_name(title);
    let axis = chart.x_axis().set_num_format("m/d hh:mm:ss");
    let mut times = table.rows.iter().filter_map(|row| match row.first() {
        Some(Cell::Time(at, _)) => Some(days(*at)),
        _ => None,
    });
    // Why: the spreadsheet's own choice leaves half of a short night empty.
    if let Some(from) = times.next() {
        axis.set_min(from);
        if let Some(until) = times.next_back().filter(|until| *until > from) {
            axis.set_max(until);
        }
    }
    chart.y_axis().set_min(0).set_num_format("0");
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_width(820).set_height(460);
    let columns = u16::try_from(table.headings.len()).unwrap_or(u16::MAX);
    sheet.insert_chart(HEADING, columns + 1, &chart)?;
    let (rows, wide) = DRAWN;
    sheet.set_print_area(0, 0, last.max(HEADING + rows), columns + wide)?;
    Ok(())
}

/// A mark at each number: of one alone no line can be drawn.
fn marker(colour: u32, rows: usize) -> ChartMarker {
    let mut marker = ChartMarker::new();
    if rows > MARKED {
        marker.set_none();
        return marker;
    }
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(colour)));
    marker
        .set_type(ChartMarkerType::Circle)
        .set_size(7)
        .set_format(&mut format);
    marker
}

/// So many numbers at most bear a mark.
const MARKED: usize = 24;

/// One table as CSV in UTF-8, with the mark by which Excel knows it.
pub fn csv(table: &Table) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Invariant: a Vec takes whatever is written.
    let _ = writer.write_record(table.headings.iter().map(|heading| guarded(heading)));
    for row in &table.rows {
        let _ = writer.write_record(row.iter().map(plain));
    }
    let written = writer.into_inner().unwrap_or_default();
    [b"\xEF\xBB\xBF".as_slice(), &written].concat()
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Number(number) => number.to_string(),
        Cell::Time(_, with_offset) => with_offset.clone(),
        Cell::Span(length) => {
            let seconds = length.as_secs();
            let (hours, rest) = (seconds / 3600, seconds % 3600);
            format!("{hours}:{:02}:{:02}", rest / 60, rest % 60)
        }
    }
}
