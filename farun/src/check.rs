//! `farun check`: compares what must agree, from hashes to coverage.

use crate::{modules, wiring};
use serde::Serialize;
use store::Db;

/// The outcome of one check.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Stable name.
    pub id: String,
    /// What was compared.
    pub title: String,
    /// Whether a finding means that something is broken.
    pub grave: bool,
    /// What was found.
    pub findings: Vec<String>,
    /// How to mend it.
    pub mend: String,
}

/// Runs every check as of the business day.
///
/// # Errors
/// A fault if the data cannot be read.
pub async fn check(db: &Db) -> kernel::Result<Vec<Outcome>> {
    let today = wiring::business_clock(db).await?.now().day();
    let mut tx = db.begin_read().await?;
    let mut outcomes = Vec::new();
    for check in web::checks(&modules()) {
        let found = (check.run)(&mut tx, today).await?;
        let findings = found
            .into_iter()
            .map(|f| f.href.map_or(f.what.clone(), |href| format!("{} {href}", f.what)))
            .collect();
        outcomes.push(Outcome {
            id: check.id.to_owned(),
            title: check.title.to_owned(),
            grave: check.grave,
            findings,
            mend: check.mend.to_owned(),
        });
    }
    Ok(outcomes)
}
