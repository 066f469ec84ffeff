//! Papers that come as files: a PDF that is looked through, or a photograph that is made anew. What neither is, is
//! refused, whatever its name says.

mod mark;
mod pdf;
pub mod testing;

use kernel::{Fault, FieldError, Refusal, Result};

/// The kind of a PDF, as answers name it.
pub const PDF: &str = "application/pdf";
/// The kind of a photograph, as answers name it.
pub const JPEG: &str = "image/jpeg";

/// A file that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Its content: a PDF as it came, a photograph made anew as JPEG.
    pub bytes: Vec<u8>,
    /// [`PDF`] or [`JPEG`].
    pub mime: &'static str,
    /// Width and height of a photograph in pixels; nothing of a PDF.
    pub size: Option<(u32, u32)>,
    /// SHA-256 of the content, in hexadecimal digits.
    pub digest: String,
}

/// Looks at what was sent; its first bytes say what it is.
///
/// # Errors
/// A refusal of the field `file` that says what to do instead; a fault if a photograph cannot be made anew.
pub fn read(bytes: &[u8]) -> Result<Scan> {
    if bytes.starts_with(b"%PDF-") {
        pdf::look(bytes).and_then(|()| mark::open(bytes)).map_err(|why| refused(why.message()))?;
        return Ok(Scan { bytes: bytes.to_vec(), mime: PDF, size: None, digest: picture::digest(bytes) });
    }
    let picture = bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    if !picture {
        return Err(refused("只能收 PDF、JPG 或者 PNG。请把纸质材料扫描或者拍照，再上传。".to_owned()));
    }
    let picture = picture::read(bytes)?;
    let digest = picture.digest();
    Ok(Scan { bytes: picture.jpeg, mime: JPEG, size: Some((picture.width, picture.height)), digest })
}

fn refused(message: String) -> kernel::Error {
    Refusal::fields(vec![FieldError::new("file", message)]).into()
}

/// A kept file as somebody sees it: with words across every page or picture, who looks at it, when. Characters other than
/// those of ASCII are left out.
///
/// # Errors
/// A fault if it is none of the files that [`read`] took.
pub fn marked(mime: &str, bytes: &[u8], words: &str) -> std::result::Result<Vec<u8>, Fault> {
    if mime == PDF {
        return mark::marked(bytes, words).map_err(|why| Fault::new(why.message()));
    }
    picture::marked(bytes, words)
}

/// The kind of a kept file, as an answer names it: what is not a PDF is a photograph.
#[must_use]
pub fn mime(kept: &str) -> &'static str {
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
        assert_eq!((kept.mime, kept.size), (JPEG, Some((40, 30))));
        assert!(
            !kept.bytes.windows(7).any(|window| window == b"<script"),
            "made anew, nothing is carried over"
        );
        let paper = read(&testing::pdf(b"")).expect("a PDF");
        assert_eq!((paper.mime, paper.size, paper.digest.len()), (PDF, None, 64));
    }
}
