//! A .docx as a package of parts: looked at before anything is made of it, written with nothing of the day or machine.

use crate::{
    Unreadable,
    xml::{self, Element},
};
use std::io::{Cursor, Read as _, Write as _};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The largest template that is read, in bytes.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// What all parts together may be, unpacked.
const UNPACKED: u64 = 32 * 1024 * 1024;
/// What an XML part may be, unpacked.
const XML: u64 = 4 * 1024 * 1024;
const PARTS: usize = 300;
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const TYPES: &str = "[Content_Types].xml";
/// Where Word's text is.
pub(crate) const MAIN: &str = "word/document.xml";
/// Folders and endings of parts that are other files or run something.
const EMBEDDED: &[&str] =
    &["/embeddings/", "/activex/", "/ctrlprops/", "/afchunk", "/webextensions/", "customui/"];
const RUNNING: &[&str] = &["vbaproject.bin", "vbadata.xml", ".ole", ".exe", ".js", ".vbs"];
/// Relationships that bring in other files or controls.
const BRINGING: &[&str] =
    &["oleobject", "package", "afchunk", "control", "frame", "subdocument", "attachedtemplate", "vbaproject"];
/// Fields that fetch something from outside, or run it.
const FETCHING: &[&str] = &[
    "DDE",
    "DDEAUTO",
    "INCLUDETEXT",
    "INCLUDEPICTURE",
    "INCLUDE",
    "IMPORT",
    "LINK",
    "DATABASE",
    "RD",
    "MACROBUTTON",
    "GOTOBUTTON",
    "HTMLCONTROL",
];

/// The parts of a package by their names, in its own order.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) parts: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// A part's content.
    pub(crate) fn part(&self, name: &str) -> Option<&[u8]> {
        self.parts.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice())
    }
}

/// Reads and looks through a package.
pub(crate) fn read(bytes: &[u8]) -> Result<Package, Unreadable> {
    if bytes.len() > LARGEST {
        return Err(Unreadable::TooLarge(LARGEST));
    }
    if bytes.starts_with(OLE) {
        return Err(old_or_encrypted(bytes));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::NotDocx)?;
    if archive.len() > PARTS {
        return Err(Unreadable::Bomb);
    }
    let mut parts = Vec::with_capacity(archive.len());
    let mut rest = UNPACKED;
    for nth in 0..archive.len() {
        // Nothing is believed of what the directory says of sizes: what is read is counted.
        let file = archive.by_index(nth).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(_) => Unreadable::Encrypted,
            _ => Unreadable::Damaged("压缩内容不正常".to_owned()),
        })?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|_| Unreadable::Damaged("部件名称不正常".to_owned()))?.into_owned();
        named_well(&name)?;
        let most = rest.min(if is_xml(&name) { XML } else { UNPACKED });
        let mut content = Vec::new();
        file.take(most + 1).read_to_end(&mut content).map_err(|_| Unreadable::Damaged(name.clone()))?;
        let read = content.len() as u64;
        if read > most {
            return Err(Unreadable::Bomb);
        }
        rest -= read;
        parts.push((name, content));
    }
    let package = Package { parts };
    look(&package)?;
    Ok(package)
}

fn old_or_encrypted(bytes: &[u8]) -> Unreadable {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = bytes.windows(name.len()).any(|window| window == name);
    if encrypted { Unreadable::Encrypted } else { Unreadable::OldWord }
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending))
}

fn named_well(name: &str) -> Result<(), Unreadable> {
    let stray =
        name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|step| step == "..");
    if stray || !name.is_ascii() {
        return Err(Unreadable::Damaged("部件名称不正常".to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if RUNNING.iter().any(|ending| lower.ends_with(ending)) {
        return Err(Unreadable::Macros);
    }
    if EMBEDDED.iter().any(|folder| format!("/{lower}").contains(folder)) {
        return Err(Unreadable::Embedded(name.to_owned()));
    }
    Ok(())
}

/// What a package must and must not have.
fn look(package: &Package) -> Result<(), Unreadable> {
    let types = package.part(TYPES).ok_or(Unreadable::NotDocx)?;
    let types = xml::read(TYPES, types)?;
    for kind in types.0.elements() {
        let content = kind.attribute("ContentType").unwrap_or_default().to_ascii_lowercase();
        if content.contains("macroenabled") || content.contains("vbaproject") {
            return Err(Unreadable::Macros);
        }
    }
    let main = package.part(MAIN).ok_or(Unreadable::NotDocx)?;
    if !xml::read(MAIN, main)?.0.is("w:document") {
        return Err(Unreadable::NotDocx);
    }
    for (name, bytes) in &package.parts {
        if name.ends_with(".rels") {
            relationships(&xml::read(name, bytes)?.0)?;
        } else if is_xml(name) {
            let mut code = String::new();
            fields(&mut code, &xml::read(name, bytes)?.0)?;
            fetching(&code)?;
        }
    }
    Ok(())
}

fn relationships(root: &Element) -> Result<(), Unreadable> {
    for relation in root.elements() {
        let kind = relation.attribute("Type").unwrap_or_default();
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        let outside =
            relation.attribute("TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
        let target = relation.attribute("Target").unwrap_or_default();
        if outside || target.contains("://") || target.starts_with("\\\\") {
            return Err(Unreadable::External(kind));
        }
        if BRINGING.contains(&kind.to_ascii_lowercase().as_str()) {
            return Err(Unreadable::Embedded(kind));
        }
    }
    Ok(())
}

/// Gathers the code of fields: it may be split over many pieces, so all of a part is put together.
fn fields(code: &mut String, element: &Element) -> Result<(), Unreadable> {
    if element.is("w:object") || element.is("w:control") || element.is("w:altChunk") {
        return Err(Unreadable::Embedded("对象".to_owned()));
    }
    if element.is("w:fldSimple") {
        code.push(' ');
        code.push_str(&element.attribute("w:instr").unwrap_or_default());
        code.push(' ');
    }
    if element.is("w:fldChar") {
        code.push(' ');
    }
    if element.is("w:instrText") {
        code.push_str(&element.whole_text());
    }
    element.elements().try_for_each(|inner| fields(code, inner))
}

fn fetching(code: &str) -> Result<(), Unreadable> {
    let word =
        code.split_whitespace().find(|word| FETCHING.iter().any(|name| word.eq_ignore_ascii_case(name)));
    word.map_or(Ok(()), |word| Err(Unreadable::Fetching(word.to_ascii_uppercase())))
}

/// Files in one archive, the same bytes for the same files.
///
/// # Errors
/// A fault if they cannot be written.
pub fn bundle(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, kernel::Fault> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (name, content) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}
