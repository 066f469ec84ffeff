//! Tests over whole files: what is read, what is refused, and that nothing makes the reader panic.

use super::*;
use encoding_rs::GB18030;
use kernel::Day;
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

fn plain(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn texts(book: &Book) -> Vec<(u32, Vec<String>)> {
    book.tabs
        .iter()
        .flat_map(|tab| &tab.rows)
        .map(|row| (row.number, row.cells.iter().map(Cell::text).collect()))
        .collect()
}

fn read_all(name: &str, bytes: &[u8]) -> Result<Book, Unreadable> {
    read(name, bytes, &Limits::default())
}

fn book(rows: &[&[&str]]) -> Vec<u8> {
    let rows = rows.iter().zip(1u32..).map(|(cells, number)| OutRow {
        number,
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        ..OutRow::default()
    });
    workbook(&[OutTab { name: "名册".to_owned(), rows: rows.collect(), error_title: None }])
        .expect("a workbook")
}

#[test]
fn names_as_people_have_them_survive_both_formats() {
    // Extension B and beyond, the dot of transcribed names, thirty characters, ID numbers ending in X, full-width digits.
    let long = "古丽娜扎尔·买买提艾力·".repeat(3).chars().take(30).collect::<String>();
    let names = [
        "𠮷野𡈽",
        "𬭸𫗋𰻝",
        "阿依古丽·买买提",
        long.as_str(),
        "32041219900101123X",
        "32041219900101123x",
        "３２０４１２１９９００１０１１２３Ｘ",
    ];
    let xlsx = read_all("a.xlsx", &book(&[&names])).expect("reads");
    assert_eq!(texts(&xlsx), [(1, names.map(str::to_owned).to_vec())]);
    let csv = write_csv([names.map(str::to_owned)]);
    assert_eq!(texts(&read_all("a.csv", &csv).expect("reads")), texts(&xlsx));
    let line = names.join(",");
    let (gb, _, lost) = GB18030.encode(&line);
    assert!(!lost, "GB18030 has them all");
    assert_eq!(texts(&read_all("国标.csv", &gb).expect("reads")), texts(&xlsx));
    assert_eq!(texts(&read_all("无标记.csv", line.as_bytes()).expect("reads")), texts(&xlsx));
}

#[test]
fn delimiters_quotes_and_blank_lines_keep_their_places() {
    for sign in [',', ';', '\t'] {
        let text = format!("村名{sign}\"备{sign}注\"\r\n\r\n谈家头村{sign}\"第一行\r\n第\"\"二\"\"行\"\n");
        let book = read_all("村.csv", text.as_bytes()).expect("reads");
        let rows = texts(&book);
        assert_eq!(rows[0], (1, vec!["村名".to_owned(), format!("备{sign}注")]));
        assert_eq!(rows[1], (3, vec!["谈家头村".to_owned(), "第一行\n第\"二\"行".to_owned()]), "{sign:?}");
    }
    assert_eq!(read_all("a.csv", b"a,b\nc,\"d\n"), Err(Unreadable::OpenQuote(2)));
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("村\t1".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(texts(&read_all("a.txt", &utf16).expect("reads"))[0].1, ["村", "1"]);
}

#[test]
fn dates_numbers_and_lost_digits_of_a_workbook() {
    let mut out = Workbook::new();
    let sheet = out.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_number_with_format(0, 0, 44621, &date).expect("writes");
    sheet
        .write_number_with_format(0, 1, 44621.375, &Format::new().set_num_format("yyyy-mm-dd hh:mm"))
        .expect("writes");
    sheet.write_number(0, 2, 44621).expect("writes");
    sheet.write_number(0, 3, 320_412_199_001_011_234.0).expect("writes");
    sheet.write_string(0, 4, "3.20412E+17").expect("writes");
    sheet.write_number(0, 5, 13.5).expect("writes");
    sheet.write_boolean(0, 6, true).expect("writes");
    sheet.write_string(0, 7, "2022年3月1日").expect("writes");
    let book = read_all("a.xlsx", &out.save_to_buffer().expect("saves")).expect("reads");
    let cells = &book.tabs[0].rows[0].cells;
    let day = Day::parse("2022-03-01").expect("a day");
    assert_eq!(cells[0], Cell::Day(day));
    assert_eq!(cells[1].text(), "2022-03-01 09:00");
    assert_eq!(day_of_serial_text(&cells[2].text()), Some(day), "a bare serial");
    for lost in [3, 4] {
        assert!(matches!(cells[lost], Cell::Broken(Broken::Rounded, _)), "{:?}", cells[lost]);
        assert!(cells[lost].problem().expect("told").contains("文本"));
    }
    assert_eq!((cells[5].text(), cells[6].text()), ("13.5".to_owned(), "是".to_owned()));
    assert_eq!(cells[7], plain("2022年3月1日"));
    assert_eq!(day_of_serial(1.0), None);
    assert_eq!(
        [column_letter(0), column_letter(25), column_letter(26), column_letter(701), column_letter(702)],
        ["A", "Z", "AA", "ZZ", "AAA"]
    );
}

#[test]
fn old_encrypted_and_disguised_files_are_named_with_a_way_on() {
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    assert_eq!(read_all("a.xls", ole), Err(Unreadable::OldExcel));
    let mut locked = ole.to_vec();
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read_all("a.xlsx", &locked), Err(Unreadable::Encrypted));
    assert_eq!(read_all("a.xlsx", b"name,1"), Err(Unreadable::Disguised("xlsx".to_owned())));
    assert_eq!(read_all("a.csv", &book(&[&["村"]])), Err(Unreadable::Disguised("csv".to_owned())));
    assert_eq!(read_all("a.pdf", b"%PDF"), Err(Unreadable::UnknownKind("pdf".to_owned())));
    assert_eq!(read_all("a.csv", b""), Err(Unreadable::Empty));
    assert_eq!(read_all("a.csv", b"a\0b"), Err(Unreadable::Letters));
    assert_eq!(read_all("a.csv", b"\n \n"), Err(Unreadable::Empty));
    for problem in [Unreadable::OldExcel, Unreadable::Encrypted, Unreadable::Disguised("xlsx".to_owned())] {
        assert!(problem.to_string().contains("另存为 .xlsx 或 CSV"), "{problem}");
    }
}

#[test]
fn what_costs_too_much_is_refused() {
    let limits = Limits { rows: 3, columns: 2, cell: 5, ..Limits::default() };
    let many = (0..SPARE_ROWS + 4).map(|n| format!("{n}\n")).collect::<String>();
    assert_eq!(read("a.csv", many.as_bytes(), &limits), Err(Unreadable::TooManyRows(3)));
    assert!(matches!(read("a.csv", b"1,2,3", &limits), Err(Unreadable::TooManyColumns(2, _))));
    assert!(read("a.csv", b"1,2,,,", &limits).is_ok(), "empty columns cost nothing");
    assert!(
        matches!(read("a.csv", b"1,123456", &limits), Err(Unreadable::CellTooLong(5, place)) if place.contains("第 1 行 B"))
    );
    assert!(matches!(
        read("a.xlsx", &book(&[&["1", "2", "3"]]), &limits),
        Err(Unreadable::TooManyColumns(2, _))
    ));
    assert!(matches!(read("a.xlsx", &book(&[&["123456"]]), &limits), Err(Unreadable::CellTooLong(5, _))));
    let small = Limits { file: 10, ..Limits::default() };
    assert!(matches!(read("a.csv", b"12345678901", &small), Err(Unreadable::FileTooLarge(_))));
    // One cell at the far corner: only what is there takes memory.
    let mut out = Workbook::new();
    let sheet = out.add_worksheet();
    sheet.write_string(0, 0, "a").expect("writes");
    sheet.write_string(1_048_575, 1, "z").expect("writes");
    let corner = read_all("a.xlsx", &out.save_to_buffer().expect("saves")).expect("reads");
    assert_eq!(corner.tabs[0].rows.len(), 2);
    assert_eq!(corner.tabs[0].rows[1].number, 1_048_576);
}

/// A part for a hand-made archive: name, what is packed and how, and what the directory claims it unpacks to.
pub(super) struct Part<'a>(&'a str, Vec<u8>, u16, u32);

fn deflated(content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).expect("packs");
    out.finish().expect("packs")
}

fn packed<'a>(name: &'a str, content: &[u8]) -> Part<'a> {
    Part(name, deflated(content), 8, u32::try_from(content.len()).expect("small"))
}

/// A part that is not packed at all.
pub(super) fn stored(name: &str, content: Vec<u8>) -> Part<'_> {
    let length = u32::try_from(content.len()).expect("small");
    Part(name, content, 0, length)
}

pub(super) fn archive(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for Part(name, content, method, unpacked) in parts {
        let mut crc = flate2::Crc::new();
        let mut inflated = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(content.as_slice()), &mut inflated)
            .ok();
        crc.update(if *method == 8 { &inflated } else { content });
        let offset = u32::try_from(out.len()).expect("small");
        let mut middle = Vec::new();
        for number in [20u16, 0, *method, 0, 0] {
            middle.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), u32::try_from(content.len()).expect("small"), *unpacked] {
            middle.extend(number.to_le_bytes());
        }
        middle.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
        middle.extend(0u16.to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&middle);
        out.extend(name.as_bytes());
        out.extend(content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&middle);
        directory.extend([0u8; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).expect("small");
    let count = u16::try_from(parts.len()).expect("few").to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(u32::try_from(directory.len()).expect("small").to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>"#;
const TEXTS: &str = r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="1"><si><t>村</t></si></sst>"#;

fn small(sheet: &str, texts: &str, more: Vec<Part<'static>>) -> Vec<u8> {
    let mut parts = vec![
        packed("[Content_Types].xml", TYPES.as_bytes()),
        packed("_rels/.rels", ROOT.as_bytes()),
        packed("xl/_rels/workbook.xml.rels", RELS.as_bytes()),
        packed("xl/workbook.xml", BOOK.as_bytes()),
        packed("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        packed("xl/sharedStrings.xml", texts.as_bytes()),
    ];
    parts.extend(more);
    archive(&parts)
}

#[test]
fn archives_made_to_deceive_are_refused_before_they_are_opened() {
    assert_eq!(
        texts(&read_all("a.xlsx", &small(SHEET, TEXTS, Vec::new())).expect("a good one reads"))[0].1,
        ["村"]
    );
    let refused =
        |more: Vec<Part<'static>>| read_all("a.xlsx", &small(SHEET, TEXTS, more)).expect_err("refused");
    let zeros = vec![b' '; 4 * 1024 * 1024];
    assert!(
        matches!(refused(vec![packed("xl/media/a.bin", &zeros)]), Unreadable::Bomb(_)),
        "packed a thousand times"
    );
    let lying = Part("xl/media/a.bin", deflated(&zeros), 8, 1000);
    assert!(matches!(refused(vec![lying]), Unreadable::Bomb(_)), "larger than it says");
    assert_eq!(refused(vec![packed("../../etc/passwd", b"x")]), Unreadable::StrayName);
    assert_eq!(refused(vec![packed("/etc/passwd", b"x")]), Unreadable::StrayName);
    assert_eq!(refused(vec![packed("xl\\..\\a", b"x")]), Unreadable::StrayName);
    assert_eq!(refused(vec![packed("xl/vbaProject.bin", b"x")]), Unreadable::Macros);
    assert!(
        matches!(refused(vec![packed("XL/Workbook.xml", b"x")]), Unreadable::Damaged(_)),
        "two of one name"
    );
    let many: Vec<Part<'static>> = (0..1000).map(|_| packed("a", b"x")).collect();
    assert_eq!(refused(many), Unreadable::TooManyParts(1000));
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><worksheet/>"#;
    assert_eq!(read_all("a.xlsx", &small(bomb, TEXTS, Vec::new())), Err(Unreadable::Entities));
    // A mark that lies across two blocks of the unpacker is found all the same.
    for shift in 0..12 {
        let text = format!("{}<!DocType x>", " ".repeat(64 * 1024 - shift));
        let mixed: String =
            text.chars().zip(0u32..).map(|(c, n)| if c == ' ' && n % 7 == 0 { '\n' } else { c }).collect();
        let file = small(
            SHEET,
            TEXTS,
            vec![Part("xl/x.xml", mixed.clone().into_bytes(), 0, u32::try_from(mixed.len()).expect("small"))],
        );
        assert_eq!(read_all("a.xlsx", &file), Err(Unreadable::Entities), "{shift}");
    }
    // A claim of so many texts makes a careless reader set memory aside for them.
    for claim in ["uniqueCount=\"99999999999\"", "uniqueCount = \"99999999999\"", "uniqueCount='99999999999'"]
    {
        let texts = TEXTS.replace("uniqueCount=\"1\"", claim);
        assert!(
            matches!(read_all("a.xlsx", &small(SHEET, &texts, Vec::new())), Err(Unreadable::Damaged(_))),
            "{claim}"
        );
    }
    let other = TEXTS.replace("<sst", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><sst");
    assert!(matches!(read_all("a.xlsx", &small(SHEET, &other, Vec::new())), Err(Unreadable::Damaged(_))));
    let mut behind = small(SHEET, TEXTS, Vec::new());
    behind.extend(b"PK\x05\x06 a second end");
    assert!(read_all("a.xlsx", &behind).is_err());
}

#[test]
fn a_workbook_with_errors_keeps_every_place() {
    let rows = vec![
        OutRow { number: 1, cells: vec!["武进区名册".to_owned()], ..OutRow::default() },
        OutRow {
            number: 3,
            cells: vec!["村名".to_owned(), "身份证号".to_owned()],
            head: true,
            ..OutRow::default()
        },
        OutRow {
            number: 5,
            cells: vec!["=cmd|'/c calc'!A0".to_owned(), "32041219900101123X".to_owned()],
            notes: vec![(1, "身份证号不对。".to_owned())],
            error: "身份证号：身份证号不对。".to_owned(),
            ..OutRow::default()
        },
    ];
    let tab = OutTab { name: "名册/一".to_owned(), rows, error_title: Some("错误".to_owned()) };
    let bytes = workbook(&[tab.clone(), tab]).expect("writes");
    let back = read_all("a.xlsx", &bytes).expect("reads");
    assert_eq!(back.tabs.iter().map(|tab| tab.name.as_str()).collect::<Vec<_>>(), ["名册一", "名册一2"]);
    let rows: Vec<_> = back.tabs[0]
        .rows
        .iter()
        .map(|row| (row.number, row.cells.iter().map(Cell::text).collect::<Vec<_>>()))
        .collect();
    assert_eq!(rows[1], (3, vec!["村名".to_owned(), "身份证号".to_owned(), "错误".to_owned()]));
    assert_eq!(rows[2].0, 5);
    assert_eq!(rows[2].1[0], "=cmd|'/c calc'!A0", "text, no formula");
    assert_eq!(rows[2].1[2], "身份证号：身份证号不对。");
    let mut raw =
        <calamine::Xlsx<_> as calamine::Reader<_>>::new(std::io::Cursor::new(bytes)).expect("opens");
    let formulas = calamine::Reader::worksheet_formula(&mut raw, "名册一").expect("reads");
    assert!(formulas.used_cells().next().is_none(), "0 live formulas");
}

#[test]
fn no_text_of_a_csv_file_is_a_formula_to_a_spreadsheet() {
    for text in [
        "=1+1",
        "+8613800000000",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\0=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "'=1",
        " =1",
        "%0A=1",
        "|x",
    ] {
        let written = write_csv([[text.to_owned()]]);
        let text_of = String::from_utf8(written.clone()).expect("UTF-8");
        let first = text_of.trim_start_matches('\u{feff}').trim_start_matches('"').chars().next();
        assert_eq!(first, Some('\''), "{text:?} → {text_of:?}");
        let back = read_all("a.csv", &written).expect("reads");
        assert_eq!(back.tabs[0].rows[0].cells[0].text(), text.replace('\0', ""), "{text:?}");
    }
    for fine in ["谈家头村", "-5", "-5.25", "'引号", "a=b", "100%"] {
        assert_eq!(harmless(fine), fine);
    }
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[\\u{4e00}-\\u{4e20}·=+@＝\\-]{0,8}",
        "[\\u{20000}-\\u{20040}A-Za-z0-9,;\"\t\n]{0,10}",
        Just("32041219900101123X".to_owned()),
    ]
    .prop_map(|text| text.trim().to_owned())
}

fn tidy(rows: &[Vec<String>]) -> Vec<(u32, Vec<String>)> {
    let mut out = Vec::new();
    for (row, number) in rows.iter().zip(1u32..) {
        let mut cells = row.clone();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if !cells.is_empty() {
            out.push((number, cells));
        }
    }
    out
}

fn trimmed(book: &Book) -> Vec<(u32, Vec<String>)> {
    texts(book)
        .into_iter()
        .map(|(number, cells)| (number, cells.iter().map(|cell| cell.trim().to_owned()).collect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn csv_written_is_csv_read(rows in prop::collection::vec(prop::collection::vec(cell(), 1..6), 1..8)) {
        let wanted = tidy(&rows);
        match read_all("a.csv", &write_csv(rows)) {
            Ok(book) => prop_assert_eq!(trimmed(&book), wanted),
            Err(problem) => prop_assert!(problem == Unreadable::Empty && wanted.is_empty(), "{:?}", problem),
        }
    }

    #[test]
    fn no_bytes_make_the_csv_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), ending in 0usize..3) {
        read_all(["a.csv", "a.txt", "a.xlsx"][ending], &bytes).ok();
    }

    #[test]
    fn no_cell_text_makes_numbers_or_days_panic(text in "\\PC{0,24}", number in any::<f64>()) {
        prop_assert_eq!(Cell::of_text(&text).is_empty(), text.trim().is_empty());
        prop_assert!(!Cell::of_number(number).text().is_empty());
        prop_assert!(day_of_serial(number).is_none_or(|day| day.year() >= 1900));
        prop_assert!(day_of_serial_text(&text).is_none_or(|day| day.year() >= 1927));
        prop_assert!(harmless(&text).ends_with(&text.replace('\0', "")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_the_workbook_reader_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut bytes = small(SHEET, TEXTS, Vec::new());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all("a.xlsx", &bytes).ok();
        let cut = cut.index(bytes.len());
        read_all("a.xlsx", &bytes[..cut]).ok();
    }

    /// The parts are whole, what they say is not: this reaches the parser behind the archive's checks.
    #[test]
    fn no_xml_makes_the_workbook_reader_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..6), 1..5)) {
        let mut sheet = SHEET.as_bytes().to_vec();
        const BITS: &[&str] = &["A", "99999999999999", "<c", "\"", "t=\"d\"", "<row r=\"0\">"];
        for (from, to, bit) in changes {
            let from = from.index(sheet.len());
            let to = (from + to.index(8)).min(sheet.len());
            sheet.splice(from..to, BITS[bit].bytes());
        }
        let text = String::from_utf8_lossy(&sheet).into_owned();
        read_all("a.xlsx", &small(&text, TEXTS, Vec::new())).ok();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_workbook_written_is_a_workbook_read(rows in prop::collection::vec(prop::collection::vec(cell(), 1..6), 1..8)) {
        let wanted = tidy(&rows);
        let out = rows.iter().zip(1u32..).map(|(cells, number)| OutRow { number, cells: cells.clone(), ..OutRow::default() });
        let bytes = workbook(&[OutTab { name: "a".to_owned(), rows: out.collect(), error_title: None }]).expect("writes");
        match read_all("a.xlsx", &bytes) {
            Ok(book) => prop_assert_eq!(trimmed(&book), wanted),
            Err(problem) => prop_assert!(problem == Unreadable::Empty && wanted.is_empty(), "{:?}", problem),
        }
    }
}
