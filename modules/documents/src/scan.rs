//! What comes back as a scan: a PDF that is looked through, or a photograph that is made anew.

use crate::pdf;
use kernel::{FieldError, Refusal, Result};

/// What a request with a scan may weigh, in bytes.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;
/// Scans of one document: one for every page, if need be.
pub(crate) const MOST: usize = 30;
const PDF: &str = "application/pdf";
const JPEG: &str = "image/jpeg";

kernel::refusals! {
    /// Why a scan is not kept.
    pub(crate) enum ScanRefusal {
        /// Nothing was chosen.
        Nothing => Invalid("file"), "请先选扫描件，再上传。";
        /// Neither PDF nor picture.
        Format => Invalid("file"), "只能收 PDF、JPG 或者 PNG。请把盖章（签字）以后的纸质文书扫描或者拍照，再上传。";
        /// There are enough.
        Full => Conflict, "这份文书的扫描件已经够多了。请合成一份 PDF 再传。";
        /// It is there already.
        Again => Conflict, "这个扫描件已经传过了。";
        /// No such scan.
        Gone => NotFound, "没有这个扫描件，或者不是您能看的。";
    }
}

/// A scan that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mime: &'static str,
}

/// Looks at what was sent; its first bytes say what it is, whatever its name says.
pub(crate) fn read(bytes: &[u8]) -> Result<Scan> {
    if bytes.starts_with(b"%PDF-") {
        pdf::look(bytes).map_err(|why| Refusal::fields(vec![FieldError::new("file", why.message())]))?;
        return Ok(Scan { bytes: bytes.to_vec(), mime: PDF });
    }
    let picture = bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    if !picture {
        return Err(ScanRefusal::Format.into());
    }
    Ok(Scan { bytes: picture::read(bytes)?.jpeg, mime: JPEG })
}

/// The kind of a kept scan, as an answer names it.
pub(crate) fn mime(kept: &str) -> &'static str {
    if kept == PDF { PDF } else { JPEG }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        for other in [&b"GIF89a"[..], b"PK\x03\x04", b"<html>", b"", b"MZ"] {
            assert!(
                matches!(read(other), Err(kernel::Error::Refused(refusal)) if refusal.fields[0].message.contains("PDF"))
            );
        }
        let photo = picture::plain(40, 30, [200, 10, 10]).expect("a photograph");
        let with_tail = [photo.as_slice(), b"<script>alert(1)</script>"].concat();
        let kept = read(&with_tail).expect("a photograph");
        assert_eq!(kept.mime, JPEG);
        assert!(
            !kept.bytes.windows(7).any(|window| window == b"<script"),
            "made anew, nothing is carried over"
        );
        assert_eq!(read(&pdf::tests::pdf(b"")).expect("a PDF").mime, PDF);
    }
}
