//! What comes back as a scan of a document: how large, how many.

/// What a request with a scan may weigh, in bytes.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;
/// Scans of one document: one for every page, if need be.
pub(crate) const MOST: usize = 30;

kernel::refusals! {
    /// Why a scan is not kept.
    pub(crate) enum ScanRefusal {
        /// Nothing was chosen.
        Nothing => Invalid("file"), "请先选扫描件，再上传。";
        /// There are enough.
        Full => Conflict, "这份文书的扫描件已经够多了。请合成一份 PDF 再传。";
        /// It is there already.
        Again => Conflict, "这个扫描件已经传过了。";
        /// No such scan.
        Gone => NotFound, "没有这个扫描件，或者不是您能看的。";
    }
}
