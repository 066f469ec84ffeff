//! Files that are no templates, or that bring something along.

use crate::{
    Template, Unreadable, bundle,
    package::LARGEST,
    tests::{with_body, with_parts},
};

fn refused(bytes: &[u8]) -> Unreadable {
    Template::read(bytes).expect_err("it is refused")
}

#[test]
fn other_files_are_told_apart() {
    assert_eq!(refused(b""), Unreadable::NotDocx);
    assert_eq!(refused(b"%PDF-1.7 whatever"), Unreadable::NotDocx);
    assert_eq!(
        refused(&bundle(&[("xl/workbook.xml".into(), b"<x/>".to_vec())]).expect("zip")),
        Unreadable::NotDocx
    );
    let old = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat();
    assert_eq!(refused(&old), Unreadable::OldWord);
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&[old.as_slice(), &name].concat()), Unreadable::Encrypted);
    assert_eq!(refused(&vec![0; LARGEST + 1]), Unreadable::TooLarge(LARGEST));
    let cut = with_body("<w:p/>");
    assert!(matches!(refused(&cut[..cut.len() / 2]), Unreadable::NotDocx | Unreadable::Damaged(_)));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let large = vec![b' '; 5 * 1024 * 1024];
    let text = format!("<w:p/>{}", String::from_utf8(large.clone()).expect("blanks"));
    assert_eq!(refused(&with_body(&text)), Unreadable::Bomb, "one part of XML");
    let mut files: Vec<(String, Vec<u8>)> =
        (0..8).map(|nth| (format!("word/media/{nth}.png"), large.clone())).collect();
    files.push(("word/document.xml".into(), b"<w:document/>".to_vec()));
    assert_eq!(refused(&bundle(&files).expect("zip")), Unreadable::Bomb, "all parts together");
    let many: Vec<(String, Vec<u8>)> =
        (0..400).map(|nth| (format!("word/media/{nth}.png"), Vec::new())).collect();
    assert_eq!(refused(&bundle(&many).expect("zip")), Unreadable::Bomb, "too many parts");
    // The same with a size that lies: the directory says one byte.
    let mut lying = with_body(&text);
    let size = u32::try_from(text.len()).expect("small").to_le_bytes();
    let at: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..].starts_with(&size[2..])).collect();
    for at in at {
        lying[at.saturating_sub(2)..at + 2].copy_from_slice(&[1, 0, 0, 0]);
    }
    Template::read(&lying).expect_err("neither is a lie believed");
}

#[test]
fn nothing_comes_along() {
    let relations = |inner: &str| {
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>"#
        )
    };
    let relation = |kind: &str, target: &str, mode: &str| {
        relations(&format!(
            r#"<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"{mode}/>"#
        ))
    };
    let with = |rels: String| with_parts("<w:p/>", &[("word/_rels/document.xml.rels", rels.as_str())]);
    let outside = r#" TargetMode="External""#;
    for (kind, target, mode, expected) in [
        ("hyperlink", "http://example.invalid/", outside, Unreadable::External("hyperlink".into())),
        ("image", "x.png", outside, Unreadable::External("image".into())),
        ("image", "file:///etc/passwd", "", Unreadable::External("image".into())),
        ("image", "\\\\host\\share", "", Unreadable::External("image".into())),
        ("attachedTemplate", "t.dotm", "", Unreadable::Embedded("attachedTemplate".into())),
        ("aFChunk", "a.html", "", Unreadable::Embedded("aFChunk".into())),
        ("oleObject", "o.bin", "", Unreadable::Embedded("oleObject".into())),
    ] {
        assert_eq!(refused(&with(relation(kind, target, mode))), expected);
    }
    Template::read(&with(relation("image", "media/a.png", ""))).expect("a picture inside is fine");
    for (name, expected) in [
        ("word/vbaProject.bin", Unreadable::Macros),
        ("word/embeddings/x.bin", Unreadable::Embedded("word/embeddings/x.bin".into())),
        ("word/activeX/activeX1.xml", Unreadable::Embedded("word/activeX/activeX1.xml".into())),
        ("../outside.xml", Unreadable::Damaged("部件名称不正常".into())),
    ] {
        assert_eq!(refused(&with_parts("<w:p/>", &[(name, "<x/>")])), expected, "{name}");
    }
    let macros =
        r#"<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>"#;
    assert_eq!(refused(&with_parts("<w:p/>", &[("[Content_Types].xml", macros)])), Unreadable::Macros);
    assert_eq!(refused(&with_body("<w:object/>")), Unreadable::Embedded("对象".into()));
}

#[test]
fn fields_that_fetch_are_found_however_they_are_split() {
    let field = |code: &str| {
        with_body(&format!(
            r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{code}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>"#
        ))
    };
    let dde =
        "<w:r><w:instrText> DD</w:instrText></w:r><w:r><w:instrText>E cmd \"/c calc\"</w:instrText></w:r>";
    assert_eq!(refused(&field(dde)), Unreadable::Fetching("DDE".into()));
    let picture = "<w:r><w:instrText>includePicture \"http://example.invalid\"</w:instrText></w:r>";
    assert_eq!(refused(&field(picture)), Unreadable::Fetching("INCLUDEPICTURE".into()));
    let simple = r#"<w:p><w:fldSimple w:instr=" LINK Excel "/></w:p>"#;
    assert_eq!(refused(&with_body(simple)), Unreadable::Fetching("LINK".into()));
    Template::read(&field("<w:r><w:instrText> PAGE </w:instrText></w:r>")).expect("page numbers are fine");
}

#[test]
fn broken_parts_are_named() {
    let damaged = |bytes: &[u8], part: &str| assert_eq!(refused(bytes), Unreadable::Damaged(part.to_owned()));
    damaged(&with_body("<w:p>"), "word/document.xml");
    damaged(&with_body("<w:p a='1' a='2'/>"), "word/document.xml");
    damaged(&with_body("&unknown;"), "word/document.xml");
    damaged(&with_body(&format!("{}{}", "<w:p>".repeat(200), "</w:p>".repeat(200))), "word/document.xml");
    let entities = r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><w:hdr/>"#;
    damaged(&with_parts("<w:p/>", &[("word/header1.xml", entities)]), "word/header1.xml");
}

#[test]
fn every_refusal_says_what_to_do() {
    for refusal in [
        Unreadable::TooLarge(LARGEST),
        Unreadable::NotDocx,
        Unreadable::OldWord,
        Unreadable::Encrypted,
        Unreadable::Bomb,
        Unreadable::Macros,
        Unreadable::Embedded("甲".into()),
        Unreadable::External("乙".into()),
        Unreadable::Fetching("DDE".into()),
        Unreadable::Damaged("丙".into()),
        Unreadable::BrokenPlace("{{".into()),
        Unreadable::ListOutsideRow("材料.名称".into()),
        Unreadable::TwoLists("甲、乙".into()),
    ] {
        let told = kernel::Refusal::from(&refusal);
        let message = &told.fields[0].message;
        assert!(told.status() == 422 && (message.contains('请') || message.contains("要放在")), "{message}");
    }
}
