//! What the checks found: the trend by day, and the findings of the last run.

use ::store::{Filter, Tx, params};
use kernel::{Day, Fault, Moment};
use web::{Cursor, Finding, Listing};

::store::record! {
    /// What a check found on a day.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct CheckDay {
        /// The check's name.
        pub(crate) check_key: String,
        /// The business day it looked at.
        pub(crate) day: Day,
        /// How much it found.
        pub(crate) findings: i64,
        /// Whether it could not be run to its end.
        pub(crate) failed: bool,
        /// When, by the real clock.
        pub(crate) ran_at: Moment,
    }
}

::store::record! {
    /// A finding of the last run.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct FindingRow {
        /// Its place among the check's findings, from 1.
        pub(crate) nth: i64,
        /// What is wrong.
        pub(crate) what: String,
        /// Where it can be mended.
        pub(crate) href: Option<String>,
    }
}

/// Notes what a check found on that day, replacing an earlier run of the day; `None`: it could not be run.
pub(crate) async fn keep(
    tx: &mut Tx,
    check: &str,
    day: Day,
    found: Option<&[Finding]>,
    most: usize,
) -> Result<(), Fault> {
    let (id, ran_at) = (tx.new_id::<CheckDay>()?, tx.db().wall().now());
    let count = i64::try_from(found.map_or(0, <[Finding]>::len)).unwrap_or(i64::MAX);
    tx.execute(
        "insert into statistics_check_entry (id, region_id, check_key, day, findings, failed, ran_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (region_id, check_key, day) do update set findings = excluded.findings, failed = excluded.failed, ran_at = excluded.ran_at",
        params![id, tx.region()?, check, day, count, found.is_none(), ran_at],
    )
    .await?;
    // What a check found the last time stays until it is known anew.
    let Some(found) = found else { return Ok(()) };
    tx.execute(
        "delete from statistics_finding_entry where region_id = $1 and check_key = $2",
        params![tx.region()?, check],
    )
    .await?;
    for (finding, nth) in found.iter().take(most).zip(1_i64..) {
        let id = tx.new_id::<FindingRow>()?;
        tx.execute(
            "insert into statistics_finding_entry (id, region_id, check_key, nth, what, href) values ($1, $2, $3, $4, $5, $6)",
            params![id, tx.region()?, check, nth, finding.what, finding.href],
        )
        .await?;
    }
    Ok(())
}

/// What every check found on each day since, oldest first.
pub(crate) async fn since(tx: &mut Tx, first: Day) -> Result<Vec<CheckDay>, Fault> {
    tx.all(
        "select check_key, day, findings, failed, ran_at from statistics_check_entry
         where region_id = $1 and day >= $2 order by check_key, day",
        params![tx.region()?, first],
    )
    .await
}

/// The last day on which a check found nothing, and the first one after it (or ever) on which it found something.
pub(crate) async fn clean_and_dirty(tx: &mut Tx, check: &str) -> Result<(Option<Day>, Option<Day>), Fault> {
    let clean: Option<Day> = tx
        .scalar(
            "select max(day) from statistics_check_entry where region_id = $1 and check_key = $2 and findings = 0 and failed = 0",
            params![tx.region()?, check],
        )
        .await?;
    let dirty: Option<Day> = tx
        .scalar(
            "select min(day) from statistics_check_entry where region_id = $1 and check_key = $2 and findings > 0 and day > $3",
            params![tx.region()?, check, clean.map_or_else(String::new, |day| day.to_string())],
        )
        .await?;
    Ok((clean, dirty))
}

/// One page of a check's findings, one row more than the page has.
pub(crate) async fn findings_page(
    tx: &mut Tx,
    check: &str,
    listing: &Listing,
) -> Result<Vec<FindingRow>, Fault> {
    let filter = Filter::new("statistics_finding_entry f", "f.region_id", tx.region()?)
        .and("f.check_key = ?", check.to_owned());
    let (filter, back) = match &listing.cursor {
        Some(Cursor { id, back: false, .. }) => (filter.and("f.nth > ?", *id), false),
        Some(Cursor { id, back: true, .. }) => (filter.and("f.nth < ?", *id), true),
        None => (filter, false),
    };
    let order = if back { "f.nth desc" } else { "f.nth" };
    filter.rows(tx, "f.nth, f.what, f.href", order, listing.size + 1).await
}

/// All findings of a check's last run that were kept.
pub(crate) async fn findings(tx: &mut Tx, check: &str) -> Result<Vec<FindingRow>, Fault> {
    tx.all(
        "select nth, what, href from statistics_finding_entry where region_id = $1 and check_key = $2 order by nth",
        params![tx.region()?, check],
    )
    .await
}
