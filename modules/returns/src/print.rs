//! The forms as files: a workbook with the ministry's layout (grouped heads, numbers of columns, one line for the district)
//! beside its checks and definitions, and JSON for programs.

use crate::{
    book::{Book, shown},
    check::Verdict,
    column::Column,
    form::{Form, heads},
};
use kernel::{Day, Fault};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use serde::Serialize;

/// How the cells of a workbook look.
struct Looks {
    title: Format,
    note: Format,
    head: Format,
    number: Format,
    money: Format,
    text: Format,
}

impl Looks {
    fn new() -> Self {
        let base = Format::new()
            .set_font_name("宋体")
            .set_font_size(10)
            .set_border(FormatBorder::Thin)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        let centre = base.clone().set_align(FormatAlign::Center);
        Self {
            title: Format::new()
                .set_font_name("黑体")
                .set_font_size(18)
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            note: Format::new().set_font_name("宋体").set_font_size(10),
            head: centre.clone().set_bold(),
            number: centre.clone().set_num_format("#,##0"),
            money: centre.set_num_format("#,##0.####"),
            text: base,
        }
    }
}

/// Forms of a period in one workbook, each as the ministry lays it out; then their checks and definitions.
///
/// # Errors
/// A fault if a sheet cannot be written.
pub fn workbook(book: &Book, forms: &[&'static Form], district: &str, today: Day) -> Result<Vec<u8>, Fault> {
    let looks = Looks::new();
    let mut file = Workbook::new();
    for form in forms {
        form_sheet(file.add_worksheet(), book, form, (district, today), &looks)?;
    }
    checks_sheet(file.add_worksheet(), book, forms, &looks)?;
    definitions_sheet(file.add_worksheet(), book, forms, &looks)?;
    Ok(file.save_to_buffer()?)
}

/// Forms with more columns are printed on A3.
const WIDE: usize = 24;
const A4: u8 = 9;
const A3: u8 = 8;

fn form_sheet(
    tab: &mut Worksheet,
    book: &Book,
    form: &'static Form,
    (district, today): (&str, Day),
    looks: &Looks,
) -> Result<(), Fault> {
    let columns: Vec<&'static Column> = form.columns().collect();
    let heads = heads(&columns);
    let last = place(columns.len())?;
    tab.set_name(form.key)?;
    let paper = if columns.len() > WIDE { A3 } else { A4 };
    tab.set_landscape().set_paper_size(paper).set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    tab.set_print_fit_to_pages(1, 1).set_footer("&C第 &P 页，共 &N 页");
    tab.merge_range(0, 0, 0, last, form.title, &looks.title)?;
    tab.set_row_height(0, 32)?;
    let period = format!("报告期：{}（{}）", book.period.label(), book.period.span_label());
    tab.write_string_with_format(1, 0, format!("填报单位：{district}　　{period}"), &looks.note)?;
    let lines = u32::try_from(heads.len())?;
    let top = 2;
    across(tab, (top, 0), (top + lines - 1, 0), "单位", &looks.head)?;
    tab.set_column_width(0, 14)?;
    for (line, heads) in (top..).zip(&heads) {
        for head in heads {
            let first = place(head.first + 1)?;
            let to = (line + u32::try_from(head.down)? - 1, first + place(head.across)? - 1);
            across(tab, (line, first), to, head.text, &looks.head)?;
        }
        tab.set_row_height(line, if line == top + lines - 1 { 64 } else { 26 })?;
    }
    let (numbers, values) = (top + lines, top + lines + 1);
    tab.write_string_with_format(numbers, 0, "栏次", &looks.head)?;
    tab.write_string_with_format(values, 0, district, &looks.head)?;
    tab.set_row_height(values, 30)?;
    for (column, at) in columns.iter().zip(1u16..) {
        tab.set_column_width(at, if column.is_money() { 10 } else { 8 })?;
        tab.write_number_with_format(numbers, at, column.number, &looks.head)?;
        let cell = book.cell(column.place());
        match cell.value() {
            Some(value) if column.is_money() =>
            {
                #[expect(clippy::cast_precision_loss, reason = "Excel holds numbers as doubles")]
                tab.write_number_with_format(values, at, value as f64 / 10_000.0, &looks.money)?
            }
            #[expect(clippy::cast_precision_loss, reason = "Excel holds numbers as doubles")]
            Some(value) => tab.write_number_with_format(values, at, value as f64, &looks.number)?,
            None => tab.write_string_with_format(values, at, "未采集", &looks.number)?,
        };
    }
    let notes = [
        format!("单位负责人：　　　　　　　填表人：　　　　　　　填表日期：{}", today.chinese()),
        format!("统计口径：{}", book.period.scheme().label()),
        form.unfed.to_owned(),
    ];
    for (line, note) in (values + 2..).zip(notes.iter().filter(|note| !note.is_empty())) {
        tab.write_string_with_format(line, 0, note, &looks.note)?;
    }
    Ok(())
}

/// Writes words over a block of cells; a single cell is not merged.
fn across(
    tab: &mut Worksheet,
    (row, column): (u32, u16),
    (last_row, last_column): (u32, u16),
    words: &str,
    format: &Format,
) -> Result<(), Fault> {
    if (row, column) == (last_row, last_column) {
        tab.write_string_with_format(row, column, words, format)?;
    } else {
        tab.merge_range(row, column, last_row, last_column, words, format)?;
    }
    Ok(())
}

fn place(nth: usize) -> Result<u16, Fault> {
    u16::try_from(nth).map_err(|_| Fault::new("too many columns"))
}

fn checks_sheet(
    tab: &mut Worksheet,
    book: &Book,
    forms: &[&'static Form],
    looks: &Looks,
) -> Result<(), Fault> {
    tab.set_name("校验")?;
    tab.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    let heads =
        [("报表", 8), ("校验关系", 70), ("公式", 30), ("左边", 10), ("右边", 10), ("结果", 18), ("来源", 28)];
    for ((head, width), at) in heads.into_iter().zip(0u16..) {
        tab.write_string_with_format(0, at, head, &looks.head)?;
        tab.set_column_width(at, width)?;
    }
    let mut line = 1;
    for form in forms {
        for (check, verdict) in book.verdicts(form) {
            let side =
                |value: i64| if check.is_money() { crate::ten_thousands(value) } else { value.to_string() };
            let (left, right) = match verdict {
                Verdict::Holds(left, right) | Verdict::Broken(left, right) => (side(left), side(right)),
                Verdict::Open | Verdict::NotNeeded => (String::new(), String::new()),
            };
            let cells = [
                form.key.to_owned(),
                check.words(),
                check.to_string(),
                left,
                right,
                verdict.label().to_owned(),
                check.basis.label().to_owned(),
            ];
            for (cell, at) in cells.iter().zip(0u16..) {
                tab.write_string_with_format(line, at, cell, &looks.text)?;
            }
            line += 1;
        }
    }
    Ok(())
}

fn definitions_sheet(
    tab: &mut Worksheet,
    book: &Book,
    forms: &[&'static Form],
    looks: &Looks,
) -> Result<(), Fault> {
    tab.set_name("逐栏说明")?;
    tab.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    let heads = [("报表", 8), ("栏次", 6), ("项目", 46), ("数", 14), ("口径", 80), ("填报人和时间", 30)];
    for ((head, width), at) in heads.into_iter().zip(0u16..) {
        tab.write_string_with_format(0, at, head, &looks.head)?;
        tab.set_column_width(at, width)?;
    }
    for (line, column) in (1..).zip(forms.iter().flat_map(|form| form.columns())) {
        let typed = book.typed(column).filter(|typed| typed.value.is_some());
        let cells = [
            column.form.to_owned(),
            column.number.to_string(),
            column.title(),
            value(book, column),
            column.definition(),
            typed.map_or(String::new(), |typed| format!("{}　{}", typed.typed_name, typed.typed_at.local())),
        ];
        for (cell, at) in cells.iter().zip(0u16..) {
            tab.write_string_with_format(line, at, cell, &looks.text)?;
        }
    }
    Ok(())
}

/// What a column shows: its number, a part of it, or that nobody knows it.
pub(crate) fn value(book: &Book, column: &Column) -> String {
    let cell = book.cell(column.place());
    match cell.value() {
        Some(value) if cell.partial => format!("{}（部分）", shown(column, value)),
        Some(value) => shown(column, value),
        None => "未采集".to_owned(),
    }
}

/// A form as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct FormJson {
    /// Its key.
    pub form: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The period: `2022Q1`.
    pub period: String,
    /// The period scheme.
    pub scheme: &'static str,
    /// The period's first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
    /// Its columns.
    pub columns: Vec<ColumnJson>,
    /// Its checks.
    pub checks: Vec<CheckJson>,
    /// Cases that it cannot place yet.
    pub gaps: Vec<GapJson>,
}

/// A column as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnJson {
    /// Its number.
    pub column: u16,
    /// Its head, from the outermost group to itself.
    pub head: Vec<&'static str>,
    /// `yuan` or `count`.
    pub unit: &'static str,
    /// What stands there; null is 未采集.
    pub value: Option<i64>,
    /// What of it the system counted.
    pub counted: Option<i64>,
    /// What of it somebody typed.
    pub typed: Option<i64>,
    /// Whether some part of a sum is not known.
    pub partial: bool,
    /// Its definition.
    pub definition: String,
}

/// A check as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct CheckJson {
    /// The formula.
    pub formula: String,
    /// `holds`, `broken`, `open` or `not-needed`.
    pub verdict: &'static str,
    /// What its left side comes to.
    pub left: Option<i64>,
    /// What its right side comes to.
    pub right: Option<i64>,
}

/// A case that lacks something, as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct GapJson {
    /// Its id.
    pub case: String,
    /// What it lacks.
    pub lacks: &'static str,
}

/// A form of a period for programs.
#[must_use]
pub fn form_json(book: &Book, form: &'static Form) -> FormJson {
    let columns = form.columns().map(|column| {
        let cell = book.cell(column.place());
        ColumnJson {
            column: column.number,
            head: column.head.clone(),
            unit: if column.is_money() { "yuan" } else { "count" },
            value: cell.value(),
            counted: cell.counted,
            typed: cell.typed,
            partial: cell.partial,
            definition: column.definition(),
        }
    });
    let checks = book.verdicts(form).into_iter().map(|(check, verdict)| {
        let (word, sides) = match verdict {
            Verdict::Holds(left, right) => ("holds", Some((left, right))),
            Verdict::Broken(left, right) => ("broken", Some((left, right))),
            Verdict::Open => ("open", None),
            Verdict::NotNeeded => ("not-needed", None),
        };
        CheckJson {
            formula: check.to_string(),
            verdict: word,
            left: sides.map(|(left, _)| left),
            right: sides.map(|(_, right)| right),
        }
    });
    let gaps = if form.is_of_cases() { book.gaps() } else { Vec::new() };
    FormJson {
        form: form.key,
        title: form.title,
        period: book.period.to_string(),
        scheme: book.period.scheme().key(),
        first: book.period.first(),
        last: book.period.last(),
        columns: columns.collect(),
        checks: checks.collect(),
        gaps: gaps.into_iter().map(|(case, lacks)| GapJson { case: case.id.to_string(), lacks }).collect(),
    }
}
