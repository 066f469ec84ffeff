//! Photographs of papers: how many there may be, how large what is sent may be, what they may be called.

use kernel::Moment;
use web::Actor;

/// A photograph; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Photo {}

/// What a request with a photograph may weigh, in bytes.
pub(crate) const LARGEST: usize = 12 * 1024 * 1024;
/// Photographs of one draft or one case that a citizen may send.
pub(crate) const MOST: usize = 20;
/// Photographs of one case altogether.
pub(crate) const MOST_OF_ALL: usize = 90;

kernel::refusals! {
    /// Why a photograph is not kept.
    pub(crate) enum PhotoRefusal {
        /// Nothing was chosen.
        Nothing => Invalid("file"), "请先点“选照片”，再上传。";
        /// There are enough.
        Full => Conflict, "照片已经够多了。其余的材料请带到工作站或者法律援助中心。";
        /// It is there already.
        Again => Conflict, "这份材料已经传过了，不用再传。";
        /// No draft yet.
        NoDraft => Conflict, "请先填第一页，再上传照片。";
        /// No such photograph.
        Gone => NotFound, "没有这张照片，可能已经删除。";
    }
}

/// What is written across a photograph that an officer looks at: who and when.
pub(crate) fn mark(actor: &Actor, now: Moment) -> String {
    let account = kernel::Id::<Actor>::from_raw(actor.id).map_or(String::new(), |id| id.to_string());
    format!("No.{account} {}", now.local())
}
