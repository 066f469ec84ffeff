//! Filling, tried with what Word and people do to texts.

use crate::{BLANK, Paper, Template, Unreadable, Values, bundle, package};
use proptest::prelude::*;

/// A .docx with that body, made of the least that Word takes.
pub(crate) fn with_body(body: &str) -> Vec<u8> {
    with_parts(body, &[])
}

/// The same with more parts; a part of the same name takes the place of ours.
pub(crate) fn with_parts(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let document = format!(
        r#"<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    let mut files: Vec<(String, Vec<u8>)> = vec![
        (
            "[Content_Types].xml".into(),
            br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#.to_vec(),
        ),
        ("word/document.xml".into(), document.into_bytes()),
    ];
    for (name, content) in more {
        files.retain(|(known, _)| known != name);
        files.push(((*name).to_owned(), content.as_bytes().to_vec()));
    }
    bundle(&files).expect("an archive")
}

fn runs(pieces: &[&str]) -> String {
    let runs: String =
        pieces.iter().map(|piece| format!("<w:r><w:rPr><w:b/></w:rPr><w:t>{piece}</w:t></w:r>")).collect();
    format!("<w:p>{runs}</w:p>")
}

fn filled(body: &str, values: &Values) -> (String, Vec<String>) {
    let template = Template::read(&with_body(body)).expect("a template");
    let filled = template.fill(values).expect("filled");
    let again = Template::read(&filled.bytes).expect("what was filled can be read");
    (again.text(), filled.missing.into_iter().collect())
}

fn one(name: &str, value: &str) -> Values {
    let mut values = Values::new();
    values.set(name, value);
    values
}

#[test]
fn a_place_is_filled_also_where_word_has_split_it() {
    for pieces in [
        &["申请人：{{申请人}}。"][..],
        &["申请人：{", "{申请", "人}", "}", "。"],
        &["申请人：", "{{", "申请人", "}}。"],
        &["申请人：{{ 申请人 }}。"],
    ] {
        let (text, missing) = filled(&runs(pieces), &one("申请人", "陈阿大"));
        assert_eq!((text.as_str(), missing.len()), ("申请人：陈阿大。\n", 0), "{pieces:?}");
    }
}

#[test]
fn what_stands_around_a_place_keeps_its_look() {
    let bytes = with_body(&runs(&["甲{{", "名", "}}乙"]));
    let filled = Template::read(&bytes).expect("a template").fill(&one("名", "丙")).expect("filled");
    let part = package::read(&filled.bytes).expect("a package");
    let text = String::from_utf8(part.part(package::MAIN).expect("the text").to_vec()).expect("UTF-8");
    assert_eq!(text.matches("<w:b/>").count(), 3, "{text}");
    assert!(text.contains("甲丙") && text.contains(">乙<"), "{text}");
}

#[test]
fn lines_and_tabs_become_what_word_knows() {
    let bytes = with_body(&runs(&["{{事由}}"]));
    let filled =
        Template::read(&bytes).expect("a template").fill(&one("事由", "一\r\n二\t三")).expect("filled");
    let part = package::read(&filled.bytes).expect("a package");
    let text = String::from_utf8(part.part(package::MAIN).expect("the text").to_vec()).expect("UTF-8");
    let t = r#"<w:t xml:space="preserve">"#;
    assert!(text.contains(&format!("{t}一</w:t><w:br/>{t}二</w:t><w:tab/>{t}三</w:t>")), "{text}");
}

#[test]
fn what_is_not_known_is_told_and_left_to_be_written_by_hand() {
    let (text, missing) = filled(&runs(&["{{甲}}和{{乙}}和{{丙}}"]), &one("甲", ""));
    assert_eq!(text, format!("{BLANK}和{BLANK}和{BLANK}\n"));
    assert_eq!(missing, ["丙", "乙"], "a value that is empty is known");
    let (text, _) = filled(&runs(&["{{甲}}"]), &one("甲", "\u{e}"));
    assert_eq!(text, format!("{BLANK}\n"), "nothing of it can be written");
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<w:tc>{}</w:tc>", runs(&[cell]))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

fn papers(names: &[&str]) -> Values {
    let mut values = one("份数", &names.len().to_string());
    values.set_list("材料", ["名称"], names.iter().map(|name| [(*name).to_owned()]).collect());
    values
}

#[test]
fn a_row_with_a_list_is_repeated() {
    let table = format!(
        "<w:tbl>{}{}{}</w:tbl>",
        row(&["序号", "名称"]),
        row(&["{{材料.序号}}", "{{材料.名称}}（共{{份数}}份）"]),
        row(&["合计", "{{份数}}"])
    );
    let (text, missing) = filled(&table, &papers(&["身份证", "工资条"]));
    assert_eq!(text, "序号\n名称\n1\n身份证（共2份）\n2\n工资条（共2份）\n合计\n2\n");
    assert_eq!(missing, [""; 0]);
    let (text, missing) = filled(&table, &papers(&[]));
    assert_eq!(
        text,
        format!("序号\n名称\n\n{BLANK}（共0份）\n合计\n0\n"),
        "an empty list leaves one empty row"
    );
    assert_eq!(missing, [""; 0]);
    let (_, missing) = filled(&table, &Values::new());
    assert_eq!(missing, ["份数", "材料.名称", "材料.序号"], "a list nobody knows is told");
}

#[test]
fn a_table_within_a_row_repeats_its_own_rows() {
    let inner = format!("<w:tbl>{}</w:tbl>", row(&["{{材料.名称}}"]));
    let table = format!("<w:tbl><w:tr><w:tc>{}{inner}</w:tc></w:tr></w:tbl>", runs(&["共{{份数}}份"]));
    let (text, _) = filled(&table, &papers(&["甲", "乙"]));
    assert_eq!(text, "共2份\n甲\n乙\n");
}

#[test]
fn places_are_told_by_name_and_broken_ones_refused() {
    let template = Template::read(&with_body(&format!(
        "{}<w:tbl>{}</w:tbl>",
        runs(&["{{甲}}{{甲}}"]),
        row(&["{{材料.名称}}"])
    )));
    assert_eq!(template.expect("a template").places().names(), ["甲", "材料.名称"]);
    for (text, told) in [
        ("{{甲", "{{甲"),
        ("{{}}", "{{}}"),
        ("{{ {甲}} }}", "{{ {甲}} }}"),
        ("{{甲.乙.丙}}", "{{甲.乙.丙}}"),
        ("{{.甲}}", "{{.甲}}"),
    ] {
        let refused = Template::read(&with_body(&runs(&[text]))).expect_err("broken");
        assert_eq!(refused, Unreadable::BrokenPlace(told.into()));
    }
    let outside = Template::read(&with_body(&runs(&["{{材料.名称}}"]))).expect_err("outside of a row");
    assert_eq!(outside, Unreadable::ListOutsideRow("材料.名称".into()));
    let two = format!("<w:tbl>{}</w:tbl>", row(&["{{材料.名称}}", "{{会见.日期}}"]));
    assert_eq!(Template::read(&with_body(&two)).expect_err("two"), Unreadable::TwoLists("会见、材料".into()));
}

#[test]
fn heads_feet_and_text_boxes_are_filled_too() {
    let header = r#"<w:hdr xmlns:w="w"><w:p><w:r><w:t>{{机构}}</w:t></w:r></w:p></w:hdr>"#;
    let boxed = format!(
        "<w:p><w:r><w:t>外{{{{机构}}}}</w:t></w:r><w:r><w:pict>{}</w:pict></w:r></w:p>",
        runs(&["内{{机构}}"])
    );
    let bytes = with_parts(&boxed, &[("word/header1.xml", header)]);
    let filled = Template::read(&bytes).expect("a template").fill(&one("机构", "法援中心")).expect("filled");
    let package = package::read(&filled.bytes).expect("a package");
    let header =
        String::from_utf8(package.part("word/header1.xml").expect("the head").to_vec()).expect("UTF-8");
    assert!(header.contains("法援中心") && !header.contains("{{"), "{header}");
    let text = Template::read(&filled.bytes).expect("again").text();
    assert!(text.contains("外法援中心") && text.contains("内法援中心"), "{text}");
}

#[test]
fn the_same_paper_is_the_same_bytes_and_reads_as_it_was_written() {
    let paper = Paper::parse(
        "# 决定书\n^ {{编号}}\n\n|: 1 | 3\n| 申请人 | {{申请人}} |\n| 一格到底 |\n\n> {{机构}}",
        "草",
    );
    assert_eq!(paper.blocks().len(), 4);
    let bytes = paper.docx().expect("a paper");
    assert_eq!(bytes, paper.docx().expect("again"));
    let template = Template::read(&bytes).expect("our own templates are templates");
    assert_eq!(template.places().names(), ["机构", "申请人", "编号"]);
    assert_eq!(template.text(), "决定书\n{{编号}}\n申请人\n{{申请人}}\n一格到底\n{{机构}}\n");
}

/// Any text as people paste it: letters XML knows, signs it reserves, braces, controls.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        1 => prop::sample::select(vec!["&", "<", ">", "\"", "'", "]]>", "\n", "\t", "{{", "}}", "&#x41;", "\u{0}", "𠮷", "\u{feff}"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// What of a text arrives in a document.
fn arrives(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    crate::xml::permitted(&lines).replace('\t', "")
}

proptest! {
    /// Whatever a value is, it arrives as it is, and nothing else of the document changes.
    #[test]
    fn any_value_arrives(value in text(), cut in prop::collection::vec(0usize..12, 0..5)) {
        let whole: Vec<char> = "前{{名称}}后".chars().collect();
        let mut cuts: Vec<usize> = cut.into_iter().map(|at| at.min(whole.len())).chain([0, whole.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<String> = cuts.windows(2).map(|pair| whole[pair[0]..pair[1]].iter().collect()).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let bytes = with_body(&runs(&pieces));
        let filled = Template::read(&bytes).expect("a template").fill(&one("名称", &value)).expect("filled");
        let package = package::read(&filled.bytes).expect("a package");
        let root = crate::xml::read("text", package.part(package::MAIN).expect("the text")).expect("well formed");
        let mut said = String::new();
        crate::template::told(&root.0, &mut said);
        let value = arrives(&value);
        let expected = if value.trim().is_empty() { BLANK.to_owned() } else { value };
        prop_assert_eq!(said, format!("前{expected}后\n"));
    }

    /// Bytes of any kind are read or refused, never more.
    #[test]
    fn no_bytes_bring_it_down(mut bytes in prop::collection::vec(any::<u8>(), 0..400), start in any::<bool>()) {
        if start {
            let mut whole = with_body(&runs(&["{{甲}}"]));
            let length = whole.len();
            for (nth, byte) in bytes.iter().enumerate().take(4) {
                whole[(nth * 7919 + usize::from(*byte) * 31) % length] ^= byte | 1;
            }
            bytes = whole;
        }
        let read = Template::read(&bytes);
        if let Ok(template) = read {
            template.fill(&one("甲", "乙")).expect("what can be read can be filled");
        }
    }
}

/// The planted fault: if a split place were looked for in single pieces of text, this would not hold.
#[test]
fn the_test_of_split_places_can_fail() {
    let split = runs(&["{{申", "请人}}"]);
    let naive = split.replace("{{申请人}}", "陈阿大");
    assert_eq!(naive, split, "replacing in the bytes finds nothing");
    assert_eq!(filled(&split, &one("申请人", "陈阿大")).0, "陈阿大\n");
}
