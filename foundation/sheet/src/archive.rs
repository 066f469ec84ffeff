//! Looks at an .xlsx file as an archive before anything opens it: its directory first, then every part, unpacked into
//! nothing, so that no lie about sizes and no declaration inside reaches a parser.

use crate::{Limits, Unreadable};
use flate2::{Decompress, FlushDecompress, Status};

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_LENGTH: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_LENGTH: usize = 30;
/// Small parts may be packed as tightly as they like: a thousand of them are still small.
const SMALL: u64 = 256 * 1024;
/// Parts that are neither sheets nor texts (styles, themes, lists) are loaded whole: none is that large.
const MOST_BESIDES: u64 = 16 * 1024 * 1024;
/// Shared texts of a workbook.
const MOST_TEXTS: u64 = 2_000_000;

/// The old formats and encrypted files share one wrapping.
pub(crate) fn old_or_encrypted(bytes: &[u8]) -> Option<Unreadable> {
    if !bytes.starts_with(OLE) {
        return None;
    }
    // Names inside are UTF-16.
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = bytes.windows(name.len()).any(|window| window == name);
    Some(if encrypted { Unreadable::Encrypted } else { Unreadable::OldExcel })
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])))
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
}

/// A part as the directory has it.
struct Part<'a> {
    name: &'a [u8],
    packed: usize,
    unpacked: usize,
    method: usize,
    offset: usize,
}

/// Checks the whole archive.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Unreadable> {
    let parts = directory(bytes, limits)?;
    let mut total = 0u64;
    for part in &parts {
        let (packed, unpacked) = (part.packed as u64, part.unpacked as u64);
        total += unpacked;
        let tight = unpacked > SMALL && unpacked / packed.max(1) > limits.ratio;
        if total > limits.unpacked || tight {
            return Err(Unreadable::Bomb(limits.unpacked / 1024 / 1024));
        }
        let name = part.name.to_ascii_lowercase();
        if name.ends_with(b"vbaproject.bin") {
            return Err(Unreadable::Macros);
        }
        let content = name.windows(12).any(|w| w == b"/worksheets/") || name.ends_with(b"sharedstrings.xml");
        if is_xml(&name) && !content && unpacked > MOST_BESIDES {
            return Err(Unreadable::Bomb(limits.unpacked / 1024 / 1024));
        }
    }
    for part in &parts {
        unpack(bytes, part, limits)?;
    }
    Ok(())
}

fn is_xml(name: &[u8]) -> bool {
    [b".xml".as_slice(), b".rels", b".vml"].iter().any(|ending| name.ends_with(ending))
}

fn directory<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Part<'a>>, Unreadable> {
    // The end stands at the very end: no comment in which a second end could hide, nothing behind it.
    let end = bytes.len().checked_sub(END_LENGTH).filter(|end| bytes[*end..].starts_with(END));
    let end = end.ok_or(Unreadable::Damaged("压缩包不完整"))?;
    let (count, size, start) = (u16_at(bytes, end + 10), u32_at(bytes, end + 12), u32_at(bytes, end + 16));
    if count > limits.entries {
        return Err(Unreadable::TooManyParts(limits.entries));
    }
    // One disk, no 64-bit extension, and the directory fills the space up to the end: then everyone reads the same one.
    let one = u16_at(bytes, end + 4) == 0 && u16_at(bytes, end + 6) == 0 && u16_at(bytes, end + 8) == count;
    if !one || start.checked_add(size) != Some(end) {
        return Err(Unreadable::Damaged("压缩包目录不正常"));
    }
    let mut parts = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        let head = bytes.get(at..at + ENTRY_LENGTH).filter(|head| head.starts_with(ENTRY));
        let head = head.ok_or(Unreadable::Damaged("压缩包目录不正常"))?;
        let flags = u16_at(head, 8);
        if flags & 1 != 0 {
            return Err(Unreadable::Encrypted);
        }
        let (packed, unpacked) = (u32_at(head, 20), u32_at(head, 24));
        let (name, extra, comment) = (u16_at(head, 28), u16_at(head, 30), u16_at(head, 32));
        let offset = u32_at(head, 42);
        if [packed, unpacked, offset].contains(&(u32::MAX as usize)) {
            return Err(Unreadable::Damaged("压缩包使用了 64 位扩展"));
        }
        let from = at + ENTRY_LENGTH;
        let name = bytes.get(from..from + name).ok_or(Unreadable::Damaged("压缩包目录不正常"))?;
        if is_stray(name) {
            return Err(Unreadable::StrayName);
        }
        parts.push(Part { name, packed, unpacked, method: u16_at(head, 10), offset });
        at = from + name.len() + extra + comment;
    }
    if at != end {
        return Err(Unreadable::Damaged("压缩包目录不正常"));
    }
    apart(&parts, start)?;
    Ok(parts)
}

/// No two parts share bytes: one packed block cannot be counted a thousand times.
fn apart(parts: &[Part<'_>], limit: usize) -> Result<(), Unreadable> {
    let mut spans: Vec<(usize, usize)> = parts
        .iter()
        .map(|part| (part.offset, part.offset + LOCAL_LENGTH + part.name.len() + part.packed))
        .collect();
    spans.sort_unstable();
    let overlap = spans.windows(2).any(|pair| pair[1].0 < pair[0].1);
    if overlap || spans.last().is_some_and(|span| span.1 > limit) {
        return Err(Unreadable::Damaged("压缩包内容重叠"));
    }
    let mut names: Vec<Vec<u8>> = parts.iter().map(|part| part.name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Unreadable::Damaged("压缩包内容重名"));
    }
    Ok(())
}

fn is_stray(name: &[u8]) -> bool {
    let windows = name.contains(&b'\\') || name.contains(&b':') || name.contains(&0);
    windows || name.starts_with(b"/") || name.split(|byte| *byte == b'/').any(|step| step == b"..")
}

/// Unpacks a part into a small buffer and looks through it.
fn unpack(bytes: &[u8], part: &Part<'_>, limits: &Limits) -> Result<(), Unreadable> {
    const DAMAGED: Unreadable = Unreadable::Damaged("压缩内容不正常");
    let bomb = Unreadable::Bomb(limits.unpacked / 1024 / 1024);
    let head = bytes.get(part.offset..part.offset + LOCAL_LENGTH).filter(|head| head.starts_with(LOCAL));
    let head = head.ok_or(DAMAGED)?;
    let from = part.offset + LOCAL_LENGTH + u16_at(head, 26) + u16_at(head, 28);
    let packed = bytes.get(from..from + part.packed).ok_or(DAMAGED)?;
    let named = bytes.get(part.offset + LOCAL_LENGTH..).filter(|rest| rest.starts_with(part.name));
    if named.is_none() || u16_at(head, 26) != part.name.len() || u16_at(head, 8) != part.method {
        return Err(DAMAGED);
    }
    let mut look = Look::new(is_xml(&part.name.to_ascii_lowercase()));
    match part.method {
        0 if part.packed == part.unpacked => look.at(packed),
        8 => {
            let mut inflate = Decompress::new(false);
            let mut buffer = vec![0u8; 64 * 1024];
            loop {
                let (taken, given) = (inflate.total_in(), inflate.total_out());
                let rest = packed.get(usize::try_from(taken).unwrap_or(usize::MAX)..).unwrap_or_default();
                let status =
                    inflate.decompress(rest, &mut buffer, FlushDecompress::None).map_err(|_| DAMAGED)?;
                let made = usize::try_from(inflate.total_out() - given).unwrap_or(0);
                // The directory's sum was accepted; nothing may be larger than it says.
                if inflate.total_out() > part.unpacked as u64 {
                    return Err(bomb);
                }
                look.at(&buffer[..made])?;
                match status {
                    Status::StreamEnd => break,
                    _ if made == 0 && inflate.total_in() == taken => return Err(DAMAGED),
                    _ => {}
                }
            }
            if inflate.total_out() == part.unpacked as u64 { Ok(()) } else { Err(DAMAGED) }
        }
        _ => Err(DAMAGED),
    }
}

/// Looks through the bytes of an XML part as they come by.
struct Look {
    xml: bool,
    tail: Vec<u8>,
    first: bool,
    texts: u64,
}

const TAIL: usize = 64;
/// The length of `uniqueCount="1234567"` and one more.
const COUNT: usize = 22;

impl Look {
    fn new(xml: bool) -> Self {
        Self { xml, tail: Vec::new(), first: true, texts: 0 }
    }

    fn at(&mut self, chunk: &[u8]) -> Result<(), Unreadable> {
        if !self.xml || chunk.is_empty() {
            return Ok(());
        }
        if chunk.contains(&0) {
            return Err(Unreadable::Damaged("内容不是 UTF-8"));
        }
        if std::mem::take(&mut self.first) && !is_utf8_xml(chunk) {
            return Err(Unreadable::Damaged("内容不是 UTF-8"));
        }
        let mut window = std::mem::take(&mut self.tail);
        let old = window.len();
        window.extend_from_slice(chunk);
        // A mark may lie across two chunks: the tail of the last one is looked at again, what began in it was seen.
        for (at, byte) in window.iter().enumerate() {
            match byte {
                b'<' => {
                    let rest = &window[at..];
                    let upper: Vec<u8> = rest.iter().take(9).map(u8::to_ascii_uppercase).collect();
                    if upper.starts_with(b"<!DOCTYPE") || upper.starts_with(b"<!ENTITY") {
                        return Err(Unreadable::Entities);
                    }
                    if at >= old && (rest.starts_with(b"<si") || rest.starts_with(b"<x:si")) {
                        self.texts += 1;
                    }
                }
                // A reader sets memory aside for as many texts as this says: seven digits at most, spelled as all
                // spreadsheets spell it. At the end of a chunk it is looked at again with the next one.
                b'u' if self.texts == 0
                    && window.len() - at >= COUNT
                    && window[at..].starts_with(b"uniqueCount") =>
                {
                    let rest = window[at + 11..].strip_prefix(b"=\"").unwrap_or_default();
                    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    if !(1..=7).contains(&digits) || rest.get(digits) != Some(&b'"') {
                        return Err(Unreadable::Damaged("字数声明不正常"));
                    }
                }
                _ => {}
            }
        }
        if self.texts > MOST_TEXTS {
            return Err(Unreadable::Damaged("文字过多"));
        }
        let keep = window.len().saturating_sub(TAIL);
        self.tail = window.split_off(keep);
        Ok(())
    }
}

/// Whether the part is written in UTF-8, as all spreadsheets do: no other letters, in which a mark could hide.
fn is_utf8_xml(start: &[u8]) -> bool {
    let head: Vec<u8> = start.iter().take(200).map(u8::to_ascii_lowercase).collect();
    let Some(at) = head.windows(8).position(|w| w == b"encoding") else { return true };
    let end = head.iter().position(|byte| *byte == b'>').unwrap_or(head.len());
    at > end || head[at..end].windows(5).any(|w| w == b"utf-8")
}
