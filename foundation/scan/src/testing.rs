//! Files for the tests of those who take them.

/// A PDF of one page with more objects in it.
#[must_use]
pub fn pdf(more: &[u8]) -> Vec<u8> {
    let objects = [
        "1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n",
        "2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj\n",
        "3 0 obj <</Type /Page /Parent 2 0 R>> endobj\n",
    ];
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = String::from("xref\n0 4\n0000000000 65535 f \n");
    for object in objects {
        places.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend_from_slice(object.as_bytes());
    }
    bytes.extend_from_slice(more);
    bytes.push(b'\n');
    let from = bytes.len();
    bytes.extend_from_slice(places.as_bytes());
    bytes
        .extend_from_slice(format!("trailer <</Size 4 /Root 1 0 R>>\nstartxref\n{from}\n%%EOF\n").as_bytes());
    bytes
}
