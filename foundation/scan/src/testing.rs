//! Files for the tests of those who take them.

/// A PDF of one page with more objects in it.
#[must_use]
pub fn pdf(more: &[u8]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj\n3 0 obj <</Type /Page /Parent 2 0 R>> endobj\n".to_vec();
    bytes.extend_from_slice(more);
    bytes.extend_from_slice(b"\ntrailer <</Root 1 0 R>>\n%%EOF\n");
    bytes
}
