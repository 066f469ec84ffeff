//! `farun check`: compares what must agree, from hashes to coverage.

use crate::{
    backup::{self, Source},
    modules, wiring,
};
use kernel::Day;
use serde::Serialize;
use store::{Db, Tx};

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
    within(&mut tx, today).await
}

/// Runs every check as of a day on what the transaction sees.
///
/// # Errors
/// A fault if the data cannot be read.
pub async fn within(tx: &mut Tx, today: Day) -> kernel::Result<Vec<Outcome>> {
    some(tx, today, |_| true).await
}

/// Runs the checks of these names.
pub(crate) async fn of(tx: &mut Tx, today: Day, ids: &[&str]) -> kernel::Result<Vec<Outcome>> {
    some(tx, today, |id| ids.contains(&id)).await
}

async fn some(tx: &mut Tx, today: Day, wanted: impl Fn(&str) -> bool) -> kernel::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let all: Vec<_> = modules().into_iter().chain([backup::module(None, Source::default())]).collect();
    for check in web::checks(&all).into_iter().filter(|check| wanted(check.id)) {
        let found = (check.run)(tx, today).await?;
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

/// Runs every check and keeps what it found, as the nightly run does: the page 数据核对 shows it.
///
/// # Errors
/// A fault if what was found cannot be kept.
pub async fn record(db: &Db) -> kernel::Result<()> {
    let today = wiring::business_clock(db).await?.now().day();
    let all: Vec<_> = modules().into_iter().chain([backup::module(None, Source::default())]).collect();
    statistics::run_checks(db, &all, today).await?;
    Ok(())
}
