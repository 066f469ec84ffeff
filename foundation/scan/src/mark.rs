//! Words across every page of a PDF: who looks at it, when. What is in it stays as it is; a drawing is laid over it.

use crate::pdf::PdfRefusal;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use std::fmt::Write as _;

/// More pages than any paper of a case has; each becomes a little larger by being marked.
const PAGES: usize = 500;
/// How the drawing is called in the resources of each page: no scanner uses the name.
const NAME: &str = "FarunViewer";
/// Size of the letters, and distance of the lines, in points.
const LETTERS: f32 = 14.0;
const LINES: f32 = 110.0;
/// How much the lines climb, of what they go to the right: as steep as the letters are turned below.
const CLIMB: f32 = 0.34 / 0.94;
/// A4, where a page does not say how large it is.
const A4: [f32; 4] = [0.0, 0.0, 595.0, 842.0];

/// Opens a PDF that has been looked through, and lists its pages.
pub(crate) fn open(bytes: &[u8]) -> Result<(Document, Vec<ObjectId>), PdfRefusal> {
    let document = Document::load_mem(bytes).map_err(|_| PdfRefusal::Damaged)?;
    let mut pages: Vec<ObjectId> = document.page_iter().take(PAGES + 1).collect();
    if pages.len() > PAGES {
        return Err(PdfRefusal::Long);
    }
    // A tree that names a page twice shows it twice; it is marked once.
    pages.sort_unstable();
    pages.dedup();
    if pages.is_empty() || pages.iter().any(|page| document.get_dictionary(*page).is_err()) {
        return Err(PdfRefusal::Damaged);
    }
    Ok((document, pages))
}

/// The same PDF with words across each page, again and again. Characters other than those of ASCII are left out.
pub(crate) fn marked(bytes: &[u8], words: &str) -> Result<Vec<u8>, PdfRefusal> {
    let (mut document, pages) = open(bytes)?;
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
    });
    let pale = document.add_object(dictionary! { "Type" => "ExtGState", "ca" => 0.45_f32 });
    // What a page left open (a clip, a turn, a colour) is closed before the words are written.
    let begin = document.add_object(Stream::new(Dictionary::new(), b"q\n".to_vec()));
    for page in pages {
        let drawing = drawing(words, area(&document, page), font, pale);
        let drawing = document.add_object(drawing);
        let end = format!("\nQ\nq /{NAME} Do Q\n").into_bytes();
        let end = document.add_object(Stream::new(Dictionary::new(), end));
        let mut contents = vec![Object::Reference(begin)];
        contents.extend(document.get_page_contents(page).into_iter().map(Object::Reference));
        contents.push(Object::Reference(end));
        let resources = with_drawing(&document, page, drawing);
        let page = document.get_dictionary_mut(page).map_err(|_| PdfRefusal::Damaged)?;
        page.set("Contents", contents);
        page.set("Resources", resources);
    }
    let mut out = Vec::with_capacity(bytes.len() + 4096);
    document.save_to(&mut out).map_err(|_| PdfRefusal::Damaged)?;
    Ok(out)
}

/// The page's resources, its own or those of the tree above it, with the drawing among them.
fn with_drawing(document: &Document, page: ObjectId, drawing: ObjectId) -> Dictionary {
    let found = document.get_page_resources(page);
    let mut resources = match found {
        Ok((Some(own), _)) => own.clone(),
        Ok((None, ids)) => {
            let of = |id: &ObjectId| document.get_dictionary(*id).ok();
            ids.iter().find_map(of).cloned().unwrap_or_default()
        }
        Err(_) => Dictionary::new(),
    };
    let pictures = resources.get(b"XObject").and_then(|there| document.dereference(there));
    let mut pictures = pictures.ok().and_then(|(_, there)| there.as_dict().ok()).cloned().unwrap_or_default();
    pictures.set(NAME, Object::Reference(drawing));
    resources.set("XObject", pictures);
    resources
}

/// Where the page can be seen: left, bottom, right, top in points.
fn area(document: &Document, page: ObjectId) -> [f32; 4] {
    let mut at = page;
    // Whoever builds a tree that ends nowhere gets the usual size.
    for _ in 0..64 {
        let Ok(node) = document.get_dictionary(at) else { break };
        for name in [&b"CropBox"[..], b"MediaBox"] {
            if let Some(area) = node.get(name).ok().and_then(|area| numbers(document, area)) {
                return area;
            }
        }
        let Ok(above) = node.get(b"Parent").and_then(Object::as_reference) else { break };
        at = above;
    }
    A4
}

fn numbers(document: &Document, area: &Object) -> Option<[f32; 4]> {
    let (_, area) = document.dereference(area).ok()?;
    let mut four = [0.0_f32; 4];
    let given = area.as_array().ok()?;
    for (place, given) in four.iter_mut().zip(given) {
        *place = document.dereference(given).ok()?.1.as_float().ok()?;
    }
    let [x, y, far_x, far_y] = four;
    let (left, bottom, right, top) = (x.min(far_x), y.min(far_y), x.max(far_x), y.max(far_y));
    let sane = |length: f32| (1.0..=20_000.0).contains(&length);
    (given.len() == 4 && sane(right - left) && sane(top - bottom)).then_some([left, bottom, right, top])
}

/// The words in lines that climb from left to right, over the whole area.
fn drawing(words: &str, area: [f32; 4], font: ObjectId, pale: ObjectId) -> Stream {
    let [left, bottom, right, top] = area;
    let words: String = words.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let words = words.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    // Large drawings get fewer lines, not thousands.
    let lines = LINES.max((top - bottom) / 60.0);
    // A letter of Helvetica is about half as wide as it is high.
    let long = (f32::from(u16::try_from(words.len()).unwrap_or(u16::MAX)) * 0.6 + 4.0) * LETTERS;
    let line = long.max((right - left) / 20.0);
    let mut content = format!("/Pale gs 0.35 g BT /Words {LETTERS} Tf\n");
    // Every second line begins half a text later, so that no corner stays free.
    let (mut at, mut shift) = (bottom - (right - left) * CLIMB, 0.0);
    while at < top {
        let (mut x, mut y) = (left - shift, at - shift * CLIMB);
        while x < right {
            writeln!(content, "0.94 0.34 -0.34 0.94 {x:.1} {y:.1} Tm ({words}) Tj").ok();
            (x, y) = (x + line, y + line * CLIMB);
        }
        shift = if shift > 0.0 { 0.0 } else { line / 2.0 };
        at += lines;
    }
    content.push_str("ET\n");
    let frame: Vec<Object> = area.into_iter().map(Object::Real).collect();
    let shape = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => frame,
        "Resources" => dictionary! {
            "Font" => dictionary! { "Words" => Object::Reference(font) },
            "ExtGState" => dictionary! { "Pale" => Object::Reference(pale) },
        },
    };
    Stream::new(shape, content.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pdf;

    /// A document of pages whose contents, resources and sizes are written in different ways.
    fn written(pages: Vec<Dictionary>, above: Dictionary) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let tree = document.new_object_id();
        let kids: Vec<Object> = pages
            .into_iter()
            .map(|mut page| {
                page.set("Type", "Page");
                page.set("Parent", Object::Reference(tree));
                Object::Reference(document.add_object(page))
            })
            .collect();
        let mut node = above;
        node.set("Type", "Pages");
        node.set("Count", i64::try_from(kids.len()).expect("few"));
        node.set("Kids", kids);
        document.set_object(tree, node);
        let root =
            document.add_object(dictionary! { "Type" => "Catalog", "Pages" => Object::Reference(tree) });
        document.trailer.set("Root", Object::Reference(root));
        let mut out = Vec::new();
        document.save_to(&mut out).expect("written");
        out
    }

    fn shown(document: &Document, page: ObjectId) -> String {
        let content = document.get_page_content(page);
        let resources = document.get_dictionary(page).and_then(|page| page.get(b"Resources")).expect("some");
        let pictures = resources.as_dict().and_then(|of| of.get(b"XObject")).expect("some").as_dict();
        let drawing = pictures.and_then(|of| of.get(NAME.as_bytes())).and_then(Object::as_reference);
        let drawing =
            document.get_object(drawing.expect("named")).and_then(Object::as_stream).expect("there");
        format!("{} {}", String::from_utf8_lossy(&content), String::from_utf8_lossy(&drawing.content))
    }

    #[test]
    fn the_viewer_stands_on_every_page_and_the_page_stays() {
        let wide = dictionary! { "MediaBox" => vec![0.into(), 0.into(), 1190.into(), 842.into()] };
        let own =
            dictionary! { "Resources" => dictionary! { "XObject" => dictionary! { "Im0" => Object::Null } } };
        let above = dictionary! {
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => Object::Null } },
            "MediaBox" => vec![0.into(), 0.into(), 300.into(), 400.into()],
        };
        let before = written(vec![wide, own, Dictionary::new()], above);
        let after = marked(&before, "No.17 2022-05-06 (look)\u{7684}\\").expect("marked");
        let (document, pages) = open(&after).expect("still a PDF");
        assert_eq!(pages.len(), 3);
        for page in &pages {
            let said = shown(&document, *page);
            assert!(said.contains("(No.17 2022-05-06 \\(look\\)\\\\) Tj"), "{said}");
            assert!(said.starts_with("q\n") && said.contains("Q\nq /FarunViewer Do Q"), "{said}");
        }
        let resources = |nth: usize| {
            let (own, _) = document.get_page_resources(pages[nth]).expect("resources");
            own.expect("its own").clone()
        };
        assert!(resources(0).has(b"Font") && resources(2).has(b"Font"), "what the tree gave is still there");
        let pictures = resources(1).get(b"XObject").and_then(Object::as_dict).expect("pictures").clone();
        assert!(pictures.has(b"Im0") && pictures.has(NAME.as_bytes()));
        let lines = |nth: usize| shown(&document, pages[nth]).matches(" Tj").count();
        assert!(lines(0) > lines(2) && lines(2) >= 6, "{} {}", lines(0), lines(2));
        assert_eq!(open(&marked(&after, "No.18").expect("again")).expect("a PDF").1.len(), 3);
    }

    #[test]
    fn sizes_of_all_kinds_are_filled_and_never_more_than_a_page_can_bear() {
        for (size, most) in [
            ([0, 0, 1, 1], 10),
            ([-50, 20_000, 19_900, 0], 2_600),
            ([9, 9, 9, 9], 100),
            ([0, 0, 1, 20_000], 200),
        ] {
            let area: Vec<Object> = size.into_iter().map(|at: i64| at.into()).collect();
            let bytes =
                marked(&written(vec![dictionary! { "MediaBox" => area }], Dictionary::new()), "No.17");
            let (document, pages) = open(&bytes.expect("marked")).expect("a PDF");
            let lines = shown(&document, pages[0]).matches(" Tj").count();
            assert!(lines > 0 && lines < most, "{size:?}: {lines}");
        }
    }

    #[test]
    fn what_is_no_document_is_said_to_be_damaged() {
        for wrong in [
            &b""[..],
            b"%PDF-1.7\n%%EOF",
            b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF",
        ] {
            assert_eq!(marked(wrong, "No.17").err(), Some(PdfRefusal::Damaged));
        }
        let many = written(vec![Dictionary::new(); PAGES + 1], Dictionary::new());
        assert_eq!(open(&many).err(), Some(PdfRefusal::Long));
    }

    proptest::proptest! {
        /// A file that was spoilt somewhere is marked or refused, never more.
        #[test]
        fn no_bytes_bring_it_down(at in 0..400_usize, byte: u8, cut in 0..400_usize) {
            let mut bytes = pdf(b"4 0 obj <</Length 3>> stream\nabc\nendstream endobj");
            let long = bytes.len();
            bytes[at % long] = byte;
            let _ = marked(&bytes, "No.17");
            let _ = marked(&bytes[..cut % long], "No.17");
        }
    }
}
