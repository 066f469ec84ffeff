//! Takes a document one step further, or makes it void.

use super::by;
use crate::{
    document::Step,
    kind::Kind,
    limits::{MOST, ScanRefusal},
    store::{self, Row},
};
use ::store::{Audit, Tx};
use kernel::Result;
use web::Ctx;

kernel::refusals! {
    /// Why a step is not taken.
    pub(crate) enum ChangeRefusal {
        /// Somebody was quicker.
        Stale => Conflict, "刚才有人办理过这份文书。请看最新情况后再办，您填写的内容还在下面。";
    }
}

fn word(step: &Step) -> &'static str {
    match step {
        Step::Print => "print",
        Step::Stamp(_) => "stamp",
        Step::Scan => "scan",
        Step::Serve(_) => "serve",
        Step::Void(_) => "void",
    }
}

/// Takes the step.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn step(tx: &mut Tx, ctx: &Ctx, kind: &Kind, row: &Row, step: Step) -> Result<()> {
    super::may(ctx, kind)?;
    let by = by(ctx)?;
    let said = word(&step);
    let facts = row.facts().after(step, kind.served, by.now)?;
    if !store::save(tx, row, &facts, by).await? {
        return Err(ChangeRefusal::Stale.into());
    }
    let details = serde_json::json!({ "step": said });
    tx.audit(Audit::new(Some(by.id), "documents.step", "documents_document", row.id).with(&details));
    Ok(())
}

/// Keeps a scan; the first one makes the document issued.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn keep_scan(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &Kind,
    row: &Row,
    scan: &scan::Scan,
) -> Result<()> {
    step(tx, ctx, kind, row, Step::Scan).await?;
    let there = store::files(tx, row.id).await?;
    let scans = there.iter().filter(|file| file.part == "scan");
    if scans.count() >= MOST {
        return Err(ScanRefusal::Full.into());
    }
    let digest = store::digest(&scan.bytes);
    if there.iter().any(|file| file.digest == digest) {
        return Err(ScanRefusal::Again.into());
    }
    let by = by(ctx)?;
    store::keep_file(tx, row.id, "scan", scan.mime, &scan.bytes, by).await?;
    let details = serde_json::json!({ "sha256": digest });
    tx.audit(Audit::new(Some(by.id), "documents.scan", "documents_document", row.id).with(&details));
    Ok(())
}
