//! QR codes as inline SVG, for boards, cards and invitations.

use crate::html::Html;
use fast_qr::{
    ECL,
    convert::{Builder as _, Shape, svg::SvgBuilder},
    qr::QRBuilder,
};
use kernel::Fault;

/// The QR code of a text, with the margin that scanners need.
///
/// # Errors
/// A fault if the text is too long for a QR code.
pub fn svg(text: &str) -> Result<Html, Fault> {
    let code = QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|error| Fault::new(format!("no QR code can hold this text: {error:?}")))?;
    Ok(Html(SvgBuilder::default().shape(Shape::Square).margin(4).to_str(&code)))
}
