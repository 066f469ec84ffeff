//! Photographs that strangers send: read within limits, turned upright, made anew as plain JPEG. What is not picture
//! (place and time of the camera, comments, thumbnails, anything appended) is not carried over. On showing, words
//! are written across the picture: who looks at it, when.

use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use kernel::Fault;
use sha2::{Digest as _, Sha256};
use std::io::Cursor;

/// The longest side of what is kept, in pixels: a page of A4 stays readable.
pub const LONGEST: u32 = 1800;
/// The longest side of what is read, in pixels.
const MOST: u32 = 12_000;
/// What reading may take, in bytes: fifty megapixels.
const MEMORY: u64 = 150_000_000;
const QUALITY: u8 = 78;

/// A picture made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Picture {
    /// SHA-256 of the JPEG, in hexadecimal: two pictures with the same are the same.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.jpeg)
    }
}

/// SHA-256 of some bytes, in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

kernel::refusals! {
    /// Why a file is not taken as a picture.
    pub enum PictureRefusal {
        /// Neither JPEG nor PNG by its first bytes, whatever its name says.
        Format => Invalid("file"), "只能收 JPG 或者 PNG 照片。别的文件请先拍照或者截图，再上传。";
        /// The file breaks off or is damaged.
        Damaged => Invalid("file"), "这张照片打不开，可能没有传完。请重新拍一张再上传。";
        /// More pixels than any telephone's.
        TooLarge => Invalid("file"), "这张照片的尺寸太大。请用手机重新拍一张，或者缩小后再上传。";
    }
}

/// Makes a picture anew from what was sent.
///
/// # Errors
/// A refusal that says what to do; a fault if the picture cannot be written.
pub fn read(bytes: &[u8]) -> kernel::Result<Picture> {
    let Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png)) = image::guess_format(bytes) else {
        return Err(PictureRefusal::Format.into());
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST);
    limits.max_image_height = Some(MOST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let orientation = decoder.orientation().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) * 3 > MEMORY {
        return Err(PictureRefusal::TooLarge.into());
    }
    let mut whole = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    whole.apply_orientation(orientation);
    if whole.width().max(whole.height()) > LONGEST {
        whole = whole.resize(LONGEST, LONGEST, FilterType::Triangle);
    }
    let flat = on_white(&whole);
    Ok(Picture { width: flat.width(), height: flat.height(), jpeg: written(&flat)? })
}

fn refused(error: &image::ImageError) -> PictureRefusal {
    match error {
        image::ImageError::Limits(_) => PictureRefusal::TooLarge,
        image::ImageError::Unsupported(_) => PictureRefusal::Format,
        _ => PictureRefusal::Damaged,
    }
}

/// What shows through becomes white, as on paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let whole = picture.to_rgba8();
    RgbImage::from_fn(whole.width(), whole.height(), |x, y| {
        let [r, g, b, a] = whole.get_pixel(x, y).0;
        let over = |colour: u8| blend(colour, 255, a);
        Rgb([over(r), over(g), over(b)])
    })
}

/// `share` of 255 parts of one colour, the rest of the other.
fn blend(colour: u8, ground: u8, share: u8) -> u8 {
    let (colour, ground, share) = (u32::from(colour), u32::from(ground), u32::from(share));
    u8::try_from((colour * share + ground * (255 - share)) / 255).unwrap_or(u8::MAX)
}

fn written(picture: &RgbImage) -> Result<Vec<u8>, Fault> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture).map_err(Fault::from)?;
    Ok(jpeg)
}

/// The same picture with words across it, again and again: who looks at it, when. Characters other than those of ASCII
/// are left out.
///
/// # Errors
/// A fault if it is none of the pictures that [`read`] made.
pub fn marked(jpeg: &[u8], words: &str) -> Result<Vec<u8>, Fault> {
    let whole =
        ImageReader::with_format(Cursor::new(jpeg), ImageFormat::Jpeg).decode().map_err(Fault::from)?;
    let mut picture = whole.to_rgb8();
    let glyphs: Vec<[u8; 8]> =
        words.chars().filter_map(|c| font8x8::legacy::BASIC_LEGACY.get(c as usize)).copied().collect();
    // Letters of a fortieth of the width, however large the picture is.
    let scale = (picture.width() / 320).max(1);
    let glyph = 8 * scale;
    let long = glyph * (u32::try_from(glyphs.len()).unwrap_or(0) + 4);
    for (row, top) in (0..picture.height()).step_by(glyph as usize * 8).enumerate() {
        // Every second row begins half a text later, so that no part of the picture stays free.
        let shift = if row % 2 == 0 { 0 } else { long / 2 };
        let mut left = 0;
        while left < picture.width() + long {
            for (nth, shape) in (0_u32..).zip(&glyphs) {
                let Some(left) = (left + nth * glyph).checked_sub(shift) else { continue };
                draw(&mut picture, shape, left, top, scale);
            }
            left += long;
        }
    }
    written(&picture)
}

fn draw(picture: &mut RgbImage, shape: &[u8; 8], left: u32, top: u32, scale: u32) {
    for (y, line) in (0_u32..).zip(shape) {
        for x in (0..8_u32).filter(|x| line >> x & 1 == 1) {
            for (dx, dy) in (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy))) {
                if let Some(pixel) =
                    picture.get_pixel_mut_checked(left + x * scale + dx, top + y * scale + dy)
                {
                    pixel.0 = pixel.0.map(|colour| blend(128, colour, 110));
                }
            }
        }
    }
}

/// A small picture in one colour, for tests and demonstrations.
///
/// # Errors
/// A fault if it cannot be written.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Result<Vec<u8>, Fault> {
    written(&RgbImage::from_pixel(width, height, Rgb(colour)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba([
                u8::try_from(x % 256).expect("a byte"),
                u8::try_from(y % 256).expect("a byte"),
                9,
                if x % 2 == 0 { 0 } else { 255 },
            ])
        });
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("written");
        bytes
    }

    fn why(bytes: &[u8]) -> String {
        match read(bytes) {
            Ok(_) => "taken".to_owned(),
            Err(kernel::Error::Refused(refusal)) => refusal.message,
            Err(error) => panic!("{error}"),
        }
    }

    /// A JPEG with a camera's notes: turned by 90 degrees, and a place.
    fn with_notes(jpeg: &[u8]) -> Vec<u8> {
        let mut notes = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        notes.extend_from_slice(b"GPS 31.70N 119.94E");
        let length = u16::try_from(notes.len() + 2).expect("short").to_be_bytes();
        let mut file = jpeg[..2].to_vec();
        file.extend_from_slice(&[0xFF, 0xE1]);
        file.extend_from_slice(&length);
        file.extend_from_slice(&notes);
        file.extend_from_slice(&jpeg[2..]);
        file
    }

    #[test]
    fn a_photograph_is_made_anew_upright_and_without_the_cameras_notes() {
        let jpeg = plain(40, 20, [200, 10, 10]).expect("written");
        let sent = with_notes(&jpeg);
        assert!(sent.windows(3).any(|part| part == b"GPS"));
        let made = read(&sent).expect("taken");
        assert_eq!((made.width, made.height), (20, 40), "turned as the camera was");
        assert!(!made.jpeg.windows(3).any(|part| part == b"GPS"));
        let mut tail = jpeg;
        tail.extend_from_slice(b"<script>alert(1)</script>");
        assert!(
            !read(&tail).expect("taken").jpeg.windows(6).any(|part| part == b"script"),
            "nothing appended stays"
        );
    }

    #[test]
    fn large_ones_become_smaller_and_what_shows_through_white() {
        let made = read(&png(3600, 100)).expect("taken");
        assert_eq!((made.width, made.height), (LONGEST, 50));
        let small =
            image::load_from_memory(&read(&png(2, 1)).expect("taken").jpeg).expect("a picture").to_rgb8();
        assert!(small.get_pixel(0, 0).0.iter().all(|colour| *colour > 120), "{:?}", small.get_pixel(0, 0));
    }

    #[test]
    fn what_is_no_photograph_is_refused_with_words() {
        assert!(why(b"%PDF-1.7 /JavaScript").contains("JPG"));
        assert!(why(b"<svg onload='alert(1)'/>").contains("JPG"));
        assert!(why(b"GIF89a").contains("JPG"));
        let whole = png(50, 50);
        assert!(why(&whole[..whole.len() / 2]).contains("没有传完"));
        // A small file that says it is enormous costs nothing.
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        let check = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&check);
        assert!(why(&bomb).contains("尺寸太大"), "{}", why(&bomb));
    }

    /// The check sum of a PNG chunk.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
            )
        })
    }

    #[test]
    fn the_viewer_is_written_across() {
        let made = read(&plain(640, 480, [255, 255, 255]).expect("written")).expect("taken");
        let shown = marked(&made.jpeg, "clerk 2022-05-06").expect("marked");
        let pixels = image::load_from_memory(&shown).expect("a picture").to_rgb8();
        let dark = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
            x.flat_map(|x| y.clone().map(move |y| (x, y)))
                .filter(|(x, y)| pixels.get_pixel(*x, *y).0[0] < 230)
                .count()
        };
        for (x, y) in [(0, 0), (320, 0), (0, 240), (320, 240)] {
            assert!(dark(x..x + 320, y..y + 240) > 100, "every quarter carries it: {x} {y}");
        }
        assert!(marked(b"nothing", "clerk").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn a_damaged_file_is_refused_or_read_and_never_more(at in 0_usize..2000, with in any::<u8>(), jpeg in any::<bool>()) {
            let mut file = if jpeg { plain(64, 48, [1, 200, 3]).expect("written") } else { png(64, 48) };
            let at = at % file.len();
            file[at] = with;
            match read(&file) {
                Ok(made) => prop_assert!(made.width <= LONGEST && made.height <= LONGEST),
                Err(kernel::Error::Refused(_)) => {}
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}
