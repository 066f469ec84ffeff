//! Makes templates of our own: an official paper on A4 with the margins, type sizes and line distance of GB/T 9704-2012,
//! written down as a few lines of text. Fonts are named only; who has none of them sees the next best.
//!
//! ```text
//! # 不予法律援助决定书            the title
//! ^ {{文书编号}}                  a line in the middle
//! ! {{申请人}}：                  a paragraph that begins at the edge
//! 经审查，……                      a paragraph
//! |: 2 | 5                        widths of the columns of the table that follows
//! | 申请人 | {{申请人}} |          a row; short cells without a place are heads
//! | 意见 | -                      a cell to be written in by hand
//! > {{机构}}（印章）               a line on the right
//! ~ 一式三份                      a small note
//! ```

use crate::{
    package,
    xml::{self, Element, Part},
};
use kernel::Fault;

const BODY: &str = "仿宋_GB2312";
const TITLE: &str = "方正小标宋简体";
const SMALL: &str = "宋体";
/// Twentieths of a point: 版心 156 mm wide between 28 mm on the left and 26 mm on the right.
const WIDTH: usize = 8844;
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A part of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The title.
    Title(String),
    /// A line in the middle.
    Middle(String),
    /// A paragraph that begins at the edge.
    Edge(String),
    /// A paragraph.
    Paragraph(String),
    /// A line on the right.
    Right(String),
    /// A small note.
    Note(String),
    /// A table: shares of the columns, and the rows.
    Table(Vec<usize>, Vec<Vec<String>>),
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    blocks: Vec<Block>,
    /// In small grey letters at the head of every page.
    mark: String,
}

impl Paper {
    /// Reads a paper from lines as the module's first comment shows them.
    #[must_use]
    pub fn parse(text: &str, mark: impl Into<String>) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut shares: Vec<usize> = Vec::new();
        for line in text.lines().map(str::trim_end) {
            let (sign, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
            let said = rest.trim().to_owned();
            match sign {
                "#" => blocks.push(Block::Title(said)),
                "^" => blocks.push(Block::Middle(said)),
                "!" => blocks.push(Block::Edge(said)),
                ">" => blocks.push(Block::Right(said)),
                "~" => blocks.push(Block::Note(said)),
                "|" if rest.starts_with(':') => {
                    shares = rest[1..].split('|').filter_map(|share| share.trim().parse().ok()).collect();
                }
                "|" => {
                    let cells = rest.trim().trim_end_matches('|').split('|');
                    let cell = |cell: &str| if cell.trim() == "-" { "" } else { cell.trim() }.to_owned();
                    let row: Vec<String> = cells.map(cell).collect();
                    match blocks.last_mut() {
                        Some(Block::Table(of, rows)) if shares.is_empty() || *of == shares => rows.push(row),
                        _ => blocks.push(Block::Table(shares.clone(), vec![row])),
                    }
                }
                _ if line.is_empty() => shares.clear(),
                _ => blocks.push(Block::Paragraph(line.trim().to_owned())),
            }
        }
        Self { blocks, mark: mark.into() }
    }

    /// Its parts.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The .docx.
    ///
    /// # Errors
    /// A fault if it cannot be written.
    pub fn docx(&self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::with_capacity(self.blocks.len());
        let mut before: Option<&Block> = None;
        for what in &self.blocks {
            // Room for the seal between the text and the first line on the right.
            let signed = matches!(what, Block::Right(_)) && !matches!(before, Some(Block::Right(_)));
            body.push(block(what, if signed { 560 } else { 0 }));
            before = Some(what);
        }
        // A table must be followed by a paragraph.
        if matches!(self.blocks.last(), Some(Block::Table(..))) {
            body.push(paragraph("", &Look::small(), None));
        }
        body.push(page());
        let document = root("w:document").holding([Element::new("w:body").holding(body)]);
        let grey = Look { colour: Some("808080"), centred: true, ..Look::small() };
        let header = root("w:hdr").holding([paragraph(&self.mark, &grey, None)]);
        let footer = root("w:ftr").holding([footer()]);
        let mut files = vec![
            ("[Content_Types].xml".to_owned(), TYPES.as_bytes().to_vec()),
            ("_rels/.rels".to_owned(), PACKAGE_RELATIONS.as_bytes().to_vec()),
            ("word/_rels/document.xml.rels".to_owned(), DOCUMENT_RELATIONS.as_bytes().to_vec()),
        ];
        for (name, part) in [
            (package::MAIN, document),
            ("word/header1.xml", header),
            ("word/footer1.xml", footer),
            ("word/styles.xml", styles()),
        ] {
            files.push((name.to_owned(), xml::write(&Part(part))?));
        }
        package::bundle(&files)
    }
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>"#;
const PACKAGE_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const DOCUMENT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header1.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>"#;

fn root(name: &'static str) -> Element {
    Element::new(name).with("xmlns:w", WORD).with("xmlns:r", RELATIONS)
}

/// How a paragraph looks. Sizes in half points, distances in twentieths of a point.
struct Look {
    font: &'static str,
    size: usize,
    /// Distance of the lines; exactly, so that 22 lines stand on a page.
    line: usize,
    /// First line begins two characters in.
    indented: bool,
    centred: bool,
    right: bool,
    before: usize,
    after: usize,
    colour: Option<&'static str>,
    /// Stays on the page of what follows.
    keep: bool,
}

impl Look {
    /// 三号仿宋, 28 points from line to line.
    fn body() -> Self {
        Self {
            font: BODY,
            size: 32,
            line: 560,
            indented: false,
            centred: false,
            right: false,
            before: 0,
            after: 0,
            colour: None,
            keep: false,
        }
    }

    fn small() -> Self {
        Self { font: SMALL, size: 18, line: 280, ..Self::body() }
    }

    /// 小四 in tables.
    fn cell(head: bool) -> Self {
        Self { font: SMALL, size: 24, line: 360, centred: head, before: 40, after: 40, ..Self::body() }
    }
}

/// A block, with a distance before lines on the right.
fn block(block: &Block, room: usize) -> Element {
    match block {
        Block::Title(text) => {
            let look = Look {
                font: TITLE,
                size: 44,
                line: 640,
                centred: true,
                before: 240,
                after: 240,
                keep: true,
                ..Look::body()
            };
            paragraph(text, &look, Some("Title"))
        }
        Block::Middle(text) => {
            paragraph(text, &Look { centred: true, after: 120, keep: true, ..Look::body() }, None)
        }
        Block::Edge(text) => paragraph(text, &Look::body(), None),
        Block::Paragraph(text) => paragraph(text, &Look { indented: true, ..Look::body() }, None),
        Block::Right(text) => paragraph(text, &Look { right: true, before: room, ..Look::body() }, None),
        Block::Note(text) => paragraph(text, &Look { before: 120, ..Look::small() }, None),
        Block::Table(shares, rows) => table(shares, rows),
    }
}

fn value(name: &'static str, value: impl ToString) -> Element {
    Element::new(name).with("w:val", &value.to_string())
}

fn fonts(font: &str) -> Element {
    Element::new("w:rFonts")
        .with("w:ascii", font)
        .with("w:hAnsi", font)
        .with("w:eastAsia", font)
        .with("w:cs", font)
}

fn run(text: &str, look: &Look) -> Element {
    let mut properties = vec![fonts(look.font)];
    properties.extend(look.colour.map(|colour| value("w:color", colour)));
    properties.extend([value("w:sz", look.size), value("w:szCs", look.size)]);
    let text = Element::new("w:t").with("xml:space", "preserve").text(text);
    Element::new("w:r").holding([Element::new("w:rPr").holding(properties), text])
}

fn shape(look: &Look, style: Option<&str>) -> Element {
    let mut properties: Vec<Element> = style.map(|style| value("w:pStyle", style)).into_iter().collect();
    if look.keep {
        properties.push(Element::new("w:keepNext"));
    }
    let spacing = Element::new("w:spacing")
        .with("w:before", &look.before.to_string())
        .with("w:after", &look.after.to_string())
        .with("w:line", &look.line.to_string())
        .with("w:lineRule", "exact");
    properties.push(spacing);
    if look.indented {
        properties.push(
            Element::new("w:ind")
                .with("w:firstLineChars", "200")
                .with("w:firstLine", &(look.size * 20).to_string()),
        );
    }
    if look.right {
        properties.push(
            Element::new("w:ind").with("w:rightChars", "200").with("w:right", &(look.size * 20).to_string()),
        );
        properties.push(value("w:jc", "right"));
    } else {
        properties.push(value("w:jc", if look.centred { "center" } else { "left" }));
    }
    Element::new("w:pPr").holding(properties)
}

fn paragraph(text: &str, look: &Look, style: Option<&str>) -> Element {
    let runs = (!text.is_empty()).then(|| run(text, look));
    Element::new("w:p").holding(std::iter::once(shape(look, style)).chain(runs))
}

fn table(shares: &[usize], rows: &[Vec<String>]) -> Element {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let shares: Vec<usize> =
        if shares.len() == columns { shares.to_vec() } else { std::iter::repeat_n(1, columns).collect() };
    let all = shares.iter().sum::<usize>().max(1);
    let widths: Vec<usize> = shares.iter().map(|share| WIDTH * share / all).collect();
    let border =
        |name| Element::new(name).with("w:val", "single").with("w:sz", "4").with("w:color", "000000");
    let borders = ["w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV"].map(border);
    let properties = Element::new("w:tblPr").holding([
        Element::new("w:tblW").with("w:w", &WIDTH.to_string()).with("w:type", "dxa"),
        Element::new("w:tblBorders").holding(borders),
        Element::new("w:tblLayout").with("w:type", "fixed"),
    ]);
    let grid = widths.iter().map(|width| Element::new("w:gridCol").with("w:w", &width.to_string()));
    let rows = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(nth, text)| {
            // The last cell of a short row takes the rest.
            let last = nth + 1 == row.len();
            let end = if last { columns } else { nth + 1 };
            let width: usize = widths[nth..end].iter().sum();
            let mut properties =
                vec![Element::new("w:tcW").with("w:w", &width.to_string()).with("w:type", "dxa")];
            if end - nth > 1 {
                properties.push(value("w:gridSpan", end - nth));
            }
            properties.push(value("w:vAlign", "center"));
            let head = !text.contains("{{") && !text.contains('：') && text.chars().count() <= 12;
            Element::new("w:tc").holding([
                Element::new("w:tcPr").holding(properties),
                paragraph(text, &Look::cell(head), None),
            ])
        });
        let shape = Element::new("w:trPr").holding([
            Element::new("w:cantSplit"),
            // A row whose only value is written by hand needs room for it.
            Element::new("w:trHeight")
                .with("w:val", if row.len() == 2 && row[1].is_empty() { "1200" } else { "520" })
                .with("w:hRule", "atLeast"),
        ]);
        Element::new("w:tr").holding(std::iter::once(shape).chain(cells))
    });
    Element::new("w:tbl")
        .holding([properties, Element::new("w:tblGrid").holding(grid)].into_iter().chain(rows))
}

/// A4; 37 mm above, 35 mm below, 28 mm on the left, 26 mm on the right.
fn page() -> Element {
    Element::new("w:sectPr").holding([
        Element::new("w:headerReference").with("w:type", "default").with("r:id", "rId2"),
        Element::new("w:footerReference").with("w:type", "default").with("r:id", "rId3"),
        Element::new("w:pgSz").with("w:w", "11906").with("w:h", "16838"),
        Element::new("w:pgMar")
            .with("w:top", "2098")
            .with("w:right", "1474")
            .with("w:bottom", "1984")
            .with("w:left", "1588")
            .with("w:header", "1134")
            .with("w:footer", "1417")
            .with("w:gutter", "0"),
    ])
}

/// — 1 —
fn footer() -> Element {
    let look = Look { font: SMALL, size: 28, line: 400, centred: true, ..Look::body() };
    let number = Element::new("w:fldSimple").with("w:instr", " PAGE ").holding([run("1", &look)]);
    Element::new("w:p").holding([shape(&look, None), run("— ", &look), number, run(" —", &look)])
}

fn styles() -> Element {
    let style = |id: &str, name: &str| {
        Element::new("w:style")
            .with("w:type", "paragraph")
            .with("w:styleId", id)
            .holding([value("w:name", name)])
    };
    let defaults =
        Element::new("w:docDefaults").holding([Element::new("w:rPrDefault").holding([Element::new(
            "w:rPr",
        )
        .holding([
            fonts(BODY),
            value("w:sz", 32),
            Element::new("w:lang").with("w:eastAsia", "zh-CN"),
        ])])]);
    root("w:styles").holding([defaults, style("Normal", "Normal"), style("Title", "Title")])
}
