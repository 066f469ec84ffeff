//! Looks through a PDF for what a scan never has: scripts, other files, actions that start something. Nothing is shown
//! or changed here; a file in which something might hide is refused.
//!
//! Names are searched for in all bytes, so that nobody has to agree where a stream begins. They are long: that one of
//! them appears in the bytes of a picture by chance does not happen. What is packed is unpacked and searched as well.

use flate2::{Decompress, FlushDecompress, Status};

/// Names of things that run, start or carry something.
const FORBIDDEN: &[(&[u8], &str)] = &[
    (b"/JavaScript", "脚本"),
    (b"/Launch", "启动程序的动作"),
    (b"/EmbeddedFile", "附件"),
    (b"/Filespec", "附件"),
    (b"/RichMedia", "多媒体"),
    (b"/Rendition", "多媒体"),
    (b"/SubmitForm", "提交表单的动作"),
    (b"/ImportData", "导入数据的动作"),
    (b"/GoToE", "打开别的文件的动作"),
    (b"/GoToR", "打开别的文件的动作"),
    (b"/Encrypt", "密码或者加密"),
    (b"/Crypt", "密码或者加密"),
    (b"/XFA", "动态表单"),
];
/// Ways of packing in which names could hide, and which scanners do not use for what is not a picture.
const HIDING: &[&[u8]] =
    &[b"/ASCIIHexDecode", b"/ASCII85Decode", b"/LZWDecode", b"/RunLengthDecode", b"/AHx", b"/A85"];
/// What one packed stream, and all together, may be unpacked.
const STREAM: u64 = 64 * 1024 * 1024;
const ALL: u64 = 512 * 1024 * 1024;
/// Packed tables of objects are small.
const OBJECTS: usize = 8 * 1024 * 1024;

/// Why a PDF is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PdfRefusal {
    /// Not whole.
    Damaged,
    /// Carries something.
    Carries(&'static str),
    /// Packed in a way that cannot be looked through.
    Opaque,
    /// More pages than a paper has.
    Long,
}

impl PdfRefusal {
    /// What to tell the person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Damaged => "这份 PDF 打不开，可能没有传完。请重新扫描再上传。".to_owned(),
            Self::Carries(what) => {
                format!("这份 PDF 里有{what}，不能保存。请用扫描仪或者手机直接扫描纸质文书，再上传。")
            }
            Self::Opaque => {
                "这份 PDF 的格式无法检查是否安全。请用扫描仪或者手机直接扫描纸质文书，再上传。".to_owned()
            }
            Self::Long => "这份 PDF 超过 500 页。请分成几份上传。".to_owned(),
        }
    }
}

/// Looks through a PDF.
pub(crate) fn look(bytes: &[u8]) -> Result<(), PdfRefusal> {
    let tail = &bytes[bytes.len().saturating_sub(2048)..];
    if !bytes.starts_with(b"%PDF-") || find(tail, b"%%EOF").is_none() {
        return Err(PdfRefusal::Damaged);
    }
    names(bytes)?;
    let mut rest = ALL;
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"stream") {
        let word = at + found;
        at = word + 6;
        if bytes[..word].ends_with(b"end") {
            continue;
        }
        let from = at + bytes[at..].iter().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let objects = table_of_objects(&bytes[word.saturating_sub(2048)..word])?;
        unpacked(&bytes[from..], objects, &mut rest)?;
    }
    Ok(())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Searches for forbidden names, also where letters are written as numbers (`/Java#53cript`).
fn names(bytes: &[u8]) -> Result<(), PdfRefusal> {
    let plain = plain(bytes);
    for (at, _) in plain.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        let rest = &plain[at..];
        if let Some((_, what)) = FORBIDDEN.iter().find(|(name, _)| rest.starts_with(name)) {
            return Err(PdfRefusal::Carries(what));
        }
        if HIDING.iter().any(|name| {
            rest.starts_with(name) && !rest.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        }) {
            return Err(PdfRefusal::Opaque);
        }
    }
    Ok(())
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code =
            bytes.get(at + 1..at + 3).filter(|_| *byte == b'#').and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(letter) => {
                out.push(letter);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// Whether the dictionary before a stream says that it holds objects, or where they are; then it must be packed in the one
/// way that is unpacked here.
fn table_of_objects(before: &[u8]) -> Result<bool, PdfRefusal> {
    let before = plain(before);
    let start = before.windows(3).rposition(|window| window == b"obj").unwrap_or(0);
    let dictionary = &before[start..];
    let places = find(dictionary, b"/XRef").is_some();
    if find(dictionary, b"/ObjStm").is_none() && !places {
        return Ok(false);
    }
    let count = |what: &[u8]| dictionary.windows(what.len()).filter(|window| *window == what).count();
    // What says how the numbers of a table of places were arranged packs nothing.
    let filters = count(b"Decode") - if places { count(b"/DecodeParms") } else { 0 };
    let flate = find(dictionary, b"/FlateDecode").is_some();
    if filters != usize::from(flate)
        || (!places && find(dictionary, b"/Predictor").is_some())
        || says_elsewhere(dictionary)
    {
        return Err(PdfRefusal::Opaque);
    }
    Ok(true)
}

/// Whether the dictionary names its way of packing by a reference (`/Filter 7 0 R`, `/Filter [7 0 R]`): what stands there
/// cannot be told from here.
fn says_elsewhere(dictionary: &[u8]) -> bool {
    let name = b"/Filter";
    let after = dictionary.windows(name.len()).enumerate().filter(|(_, window)| window == name);
    let mut rests = after.map(|(at, _)| &dictionary[at + name.len()..]);
    rests.any(|rest| {
        let until = rest.iter().position(|byte| matches!(byte, b']' | b'>')).unwrap_or(rest.len());
        let first = rest[..until].iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b'[');
        first.is_some_and(|first| *first != b'/')
    })
}

/// Unpacks what is packed with deflate and searches it; a stream of another kind is left alone.
fn unpacked(bytes: &[u8], objects: bool, rest: &mut u64) -> Result<(), PdfRefusal> {
    if bytes.first().is_none_or(|byte| byte & 0x0f != 8) {
        return Ok(());
    }
    let mut inflate = Decompress::new(true);
    let mut buffer = vec![0u8; 64 * 1024];
    let mut whole: Vec<u8> = Vec::new();
    loop {
        let (taken, given) = (inflate.total_in(), inflate.total_out());
        let packed = bytes.get(usize::try_from(taken).unwrap_or(usize::MAX)..).unwrap_or_default();
        let Ok(status) = inflate.decompress(packed, &mut buffer, FlushDecompress::None) else { break };
        let made = usize::try_from(inflate.total_out() - given).unwrap_or(0);
        *rest = rest.saturating_sub(made as u64);
        if *rest == 0 || inflate.total_out() > STREAM || (objects && inflate.total_out() > OBJECTS as u64) {
            return Err(PdfRefusal::Opaque);
        }
        // The end of the last piece is kept: a name may lie across two.
        let keep = if objects { 0 } else { whole.len().saturating_sub(64) };
        whole.drain(..keep);
        whole.extend_from_slice(&buffer[..made]);
        if !objects {
            names(&whole)?;
        }
        if status == Status::StreamEnd || (made == 0 && inflate.total_in() == taken) {
            break;
        }
    }
    if objects { names(&whole) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pdf;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write as _;

    fn packed(dictionary: &str, content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).expect("packed");
        let mut out = format!("4 0 obj <<{dictionary}>> stream\r\n").into_bytes();
        out.extend(encoder.finish().expect("packed"));
        out.extend_from_slice(b"\nendstream endobj");
        out
    }

    #[test]
    fn a_scan_is_taken() {
        assert_eq!(look(&pdf(b"")), Ok(()));
        assert_eq!(look(&pdf(&packed("/Filter /FlateDecode", &[7; 300_000]))), Ok(()));
        assert_eq!(look(&pdf(&packed("/Type /ObjStm /Filter /FlateDecode", b"<</Type /Font>>"))), Ok(()));
        assert_eq!(
            look(&pdf(&packed(
                "/Type /XRef /Filter /FlateDecode /DecodeParms <</Predictor 12>>",
                &[1, 2, 3]
            ))),
            Ok(())
        );
        let picture = [
            b"5 0 obj <</Subtype /Image /Filter /DCTDecode>> stream\n".as_slice(),
            &[0xFF, 0xD8, 0x38],
            b"\nendstream",
        ];
        assert_eq!(look(&pdf(&picture.concat())), Ok(()));
        assert_eq!(look(&pdf(b"4 0 obj <</OpenAction [3 0 R /FitH]>> endobj")), Ok(()), "a page to open at");
    }

    #[test]
    fn what_it_must_not_carry_is_found_wherever_it_hides() {
        for (more, what) in [
            (b"4 0 obj <</S /JavaScript /JS (app.alert\\(1\\))>> endobj".to_vec(), "脚本"),
            (b"4 0 obj <</S /J#61va#53cript>> endobj".to_vec(), "脚本"),
            (b"4 0 obj <</S/Launch/F(cmd.exe)>> endobj".to_vec(), "启动程序的动作"),
            (b"4 0 obj <</Type /EmbeddedFile>> endobj".to_vec(), "附件"),
            (b"<</Encrypt 9 0 R>>".to_vec(), "密码或者加密"),
            (packed("/Type /ObjStm /Filter /FlateDecode", b"<</S /JavaScript>>"), "脚本"),
            (packed("/Type /Obj#53tm /Filter [/FlateDecode]", b"<</S /JavaScript>>"), "脚本"),
            (packed("/Filter /FlateDecode", &[vec![b' '; 65_531], b"/JavaScript".to_vec()].concat()), "脚本"),
        ] {
            assert_eq!(
                look(&pdf(&more)),
                Err(PdfRefusal::Carries(what)),
                "{}",
                String::from_utf8_lossy(&more)
            );
        }
    }

    #[test]
    fn what_cannot_be_looked_through_is_refused() {
        for dictionary in [
            "/Type /ObjStm /Filter /ASCIIHexDecode",
            "/Type /ObjStm /Filter [/FlateDecode /FlateDecode]",
            "/Type /ObjStm /Filter /FlateDecode /DecodeParms <</Predictor 12>>",
            "/Type /ObjStm /Filter /LZWDecode",
            "/Type /ObjStm /Filter 7 0 R",
            "/Type /ObjStm /Filter [ 7 0 R ]",
            "/Type /ObjStm /Filter\n7 0 R",
            "/Type /XRef /Filter [/FlateDecode /FlateDecode]",
            "/Type /XRef /Type /ObjStm /Filter 7 0 R",
        ] {
            let found = look(&pdf(&packed(dictionary, b"<</S /Nothing>>")));
            assert_eq!(found, Err(PdfRefusal::Opaque), "{dictionary}");
        }
        let bomb = packed("/Type /ObjStm /Filter /FlateDecode", &vec![0; OBJECTS + 1]);
        assert_eq!(look(&pdf(&bomb)), Err(PdfRefusal::Opaque), "a bomb");
        let whole = pdf(b"");
        assert_eq!(look(&whole[..whole.len() - 8]), Err(PdfRefusal::Damaged));
        assert_eq!(look(b"not one"), Err(PdfRefusal::Damaged));
    }

    proptest::proptest! {
        /// Bytes of any kind are looked through or refused, never more.
        #[test]
        fn no_bytes_bring_it_down(more in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
            let _ = look(&pdf(&more));
            let _ = look(&pdf(&[b"<</Type/ObjStm/Filter/FlateDecode>> stream\n".as_slice(), &more].concat()));
        }
    }
}
