//! Workbooks and CSV files spoilt in every layer: never a panic, never more than the limits allow. `PROPTEST_CASES`
//! says how many (`cargo xtask torture parsers`).

use crate::{
    Book, Cell, Limits, OutRow, OutTab, SPARE_ROWS, Unreadable, day_of_serial_text, read,
    tests::{Part, archive, stored},
    workbook, write_csv,
};
use kernel::testing::{spoilt, spoilt_bytes};
use proptest::{
    prelude::*,
    test_runner::{TestError, TestRunner},
};
use std::sync::LazyLock;

/// So small that spoilt files reach them.
const TIGHT: Limits =
    Limits { file: 20_000, unpacked: 60_000, ratio: 100, entries: 12, rows: 4, columns: 5, cell: 12 };

/// A part's name and what is in it.
type Content = (&'static str, &'static str);

const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="0"/><sheets><sheet name="名册" sheetId="1" r:id="rId1"/><sheet name="b" sheetId="2" state="hidden" r:id="rId3"/></sheets><definedNames><definedName name="x">名册!$A$1</definedName></definedNames></workbook>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:D3"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>村名</t></is></c></row><row r="2"><c r="A2" s="1"><v>44621.375</v></c><c r="B2"><v>3.2E17</v></c><c r="C2" t="b"><v>1</v></c><c r="D2" t="e"><v>#N/A</v></c></row><row r="3"><c r="A3" t="str"><f>A1&amp;B1</f><v>ab</v></c><c r="D3" t="s"><v>1</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>"#;
const TEXTS: &str = r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2" uniqueCount="2"><si><t>村</t></si><si><r><t xml:space="preserve"> 谈家头 &#26449;</t></r><r><t>x</t></r></si></sst>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
const PARTS: &[Content] = &[
    ("[Content_Types].xml", TYPES),
    ("_rels/.rels", ROOT),
    ("xl/_rels/workbook.xml.rels", RELATIONS),
    ("xl/workbook.xml", BOOK),
    ("xl/worksheets/sheet1.xml", SHEET),
    ("xl/worksheets/sheet2.xml", SHEET),
    ("xl/sharedStrings.xml", TEXTS),
    ("xl/styles.xml", STYLES),
];

static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let row = |number: u32, cells: &[&str]| OutRow {
        number,
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        head: number == 1,
        notes: vec![(0, "看这里".to_owned())],
        error: "错".to_owned(),
    };
    let rows = vec![row(1, &["村名", "电话"]), row(2, &["谈家头村", "13812340000"])];
    workbook(&[OutTab { name: "名册".to_owned(), rows, error_title: Some("错误".to_owned()) }])
        .expect("a workbook")
});

const CSV: &[&str] = &[
    "村名,电话\r\n谈家头村,13812340000\r\n",
    "a;\"b;\"\"c\"\"\n\";1\n",
    "村\t日\n\u{feff}x\t2022-05-06\n",
    "=1+1,-5,@x\n",
    "1,2,3,4,5,6\n1\n\n2\n3\n4\n5\n",
];

fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(1_500), failure_persistence: None, ..usual }
}

fn choices(most: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 0..most)
}

/// What was read, if it is more than the limits allow.
fn beyond(read: &Result<Book, Unreadable>, limits: &Limits) -> Option<String> {
    let book = match read {
        Ok(book) => book,
        Err(problem) => return problem.to_string().is_empty().then(|| "a refusal without words".to_owned()),
    };
    let rows: usize = book.tabs.iter().map(|tab| tab.rows.len()).sum();
    if rows > limits.rows + SPARE_ROWS {
        return Some(format!("{rows} rows"));
    }
    for row in book.tabs.iter().flat_map(|tab| &tab.rows) {
        if row.number == 0 || row.cells.len() > limits.columns {
            return Some(format!("row {}: {} columns", row.number, row.cells.len()));
        }
        for cell in &row.cells {
            let text = cell.text();
            // A number is told in full, however it was written: at most some three hundred digits.
            let most = if matches!(cell, Cell::Text(_)) { limits.cell } else { limits.cell.max(330) };
            if text.chars().count() > most {
                return Some(format!("a cell of {} characters: {cell:?}", text.chars().count()));
            }
            let old = day_of_serial_text(&text).is_some_and(|day| day.year() < 1900);
            if old || cell.problem().is_some_and(|problem| problem.is_empty()) {
                return Some(format!("a cell read as what it cannot be: {cell:?}"));
            }
        }
    }
    None
}

fn judged(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    for limits in [TIGHT, Limits::default()] {
        let found = beyond(&read(name, bytes, &limits), &limits);
        prop_assert!(found.is_none(), "{} {found:?}", name);
    }
    Ok(())
}

/// A workbook with one part's text spoilt, all else whole: reaches the parser behind the archive's checks.
fn with_spoilt_part(choices: &[u32]) -> Vec<u8> {
    let (which, choices) = choices.split_first().map_or((0, choices), |(first, rest)| (*first, rest));
    let which = usize::try_from(which).unwrap_or(0) % PARTS.len();
    let parts: Vec<Part<'_>> = PARTS
        .iter()
        .enumerate()
        .map(|(at, (name, text))| {
            let text =
                if at == which { spoilt_bytes(text.as_bytes(), choices) } else { text.as_bytes().to_vec() };
            stored(name, text)
        })
        .collect();
    archive(&parts)
}

#[test]
fn the_seeds_themselves_are_read() {
    for bytes in [with_spoilt_part(&[]), WRITTEN.clone()] {
        let book = read("a.xlsx", &bytes, &Limits::default()).expect("a good one");
        assert!(book.tabs[0].rows.len() >= 2, "{book:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn hostile_workbooks_in_their_xml(choices in choices(16)) {
        judged("a.xlsx", &with_spoilt_part(&choices))?;
    }

    #[test]
    fn hostile_workbooks_in_their_bytes(choices in choices(12)) {
        judged("a.xlsx", &spoilt_bytes(&WRITTEN, &choices))?;
    }

    #[test]
    fn hostile_csv(choices in choices(20), bytes in choices(4)) {
        let text = spoilt(CSV, &choices);
        judged("a.csv", &spoilt_bytes(text.as_bytes(), &bytes))?;
        let (gb, _, _) = encoding_rs::GB18030.encode(&text);
        judged("a.txt", &spoilt_bytes(&gb, &bytes))?;
        prop_assert!(!write_csv([[text]]).is_empty());
    }
}

/// Whether what is made of the choices was read within the limits.
type Reader = fn(&[u32], &Limits) -> bool;

/// The planted fault: a reader that knows no limits, and one that panics at one value, must be noticed.
#[test]
fn hostile_files_find_readers_with_slips() {
    let boundless = Limits { rows: 1_000_000, columns: 16_384, cell: 1_000_000, ..Limits::default() };
    let slips: [(&str, Reader); 3] = [
        ("too much of a CSV file", |choices, limits| {
            beyond(&read("a.csv", spoilt(CSV, choices).as_bytes(), limits), &TIGHT).is_none()
        }),
        ("too much of a workbook", |choices, limits| {
            beyond(&read("a.xlsx", &with_spoilt_part(choices), limits), &TIGHT).is_none()
        }),
        ("the directory trusted", |choices, _| {
            let bytes = spoilt_bytes(&WRITTEN, choices);
            let Some(end) = bytes.windows(4).rposition(|window| window == b"PK\x05\x06") else { return true };
            let Some(field) = bytes.get(end + 16..end + 20) else { return true };
            let start = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
            usize::try_from(start).is_ok_and(|start| bytes[start..].len() <= bytes.len())
        }),
    ];
    for (slip, parse) in slips {
        let mut runner =
            TestRunner::new(ProptestConfig { cases: 20_000, failure_persistence: None, ..config() });
        let found = runner.run(&choices(16), |choices| {
            prop_assert!(parse(&choices, &boundless));
            Ok(())
        });
        assert!(matches!(found, Err(TestError::Fail(..))), "{slip}: not found");
    }
}
