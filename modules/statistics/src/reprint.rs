//! Sealed bulletins for callers outside this crate: reprinted byte for byte, and the whole way measured at once.

use crate::{
    actions::seal_period::{Order, prepare, seal_period},
    bulletin::Bulletin,
    pages::{sealed_bytes, view_document},
    sealed::Form,
    store::seals,
};
use ::store::{Db, Tx, tally::FigureDef};
use kernel::{Period, Result};

/// A sealed bulletin as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reprint {
    /// The figures.
    pub bulletin: Bulletin,
    /// The page, byte for byte.
    pub html: Vec<u8>,
    /// The workbook, byte for byte.
    pub xlsx: Vec<u8>,
    /// The canonical document, byte for byte: its SHA-256 is the seal's digest.
    pub json: Vec<u8>,
}

/// The sealed bulletin of a period; none if it is not sealed.
///
/// # Errors
/// A fault if it cannot be read, or if a file is not what was sealed.
pub async fn reprint(tx: &mut Tx, period: Period) -> Result<Option<Reprint>> {
    let Some(seal) = seals::standing(tx, period).await? else { return Ok(None) };
    let mut bulletin = view_document(tx, seal.id).await?.bulletin;
    bulletin.sealed = Some(seal.seal_mark());
    Ok(Some(Reprint {
        bulletin,
        html: sealed_bytes(tx, seal.id, Form::Html).await?,
        xlsx: sealed_bytes(tx, seal.id, Form::Xlsx).await?,
        json: sealed_bytes(tx, seal.id, Form::Json).await?,
    }))
}

/// Seals a period and reprints it: what the benchmark measures over a large world. Returns the number of facts behind
/// the seal and the bytes reprinted.
///
/// # Errors
/// A refusal if the period cannot be sealed; a fault if it cannot be read or kept.
pub async fn seal_and_reprint(db: &Db, figures: &[FigureDef], order: Order) -> Result<(i64, usize)> {
    let period = order.period;
    let mut tx = db.begin_read().await?;
    let prepared = prepare(&mut tx, figures, order).await?;
    drop(tx);
    let facts = prepared.facts();
    let mut tx = db.begin_write().await?;
    seal_period(&mut tx, prepared, None).await?;
    tx.commit().await?;
    let mut tx = db.begin_read().await?;
    let printed = reprint(&mut tx, period).await?;
    Ok((facts, printed.map_or(0, |printed| printed.html.len() + printed.xlsx.len() + printed.json.len())))
}
