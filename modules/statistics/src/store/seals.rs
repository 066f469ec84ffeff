//! SQL of the seals: the seals themselves, their files and sums, requests to unseal, and the facts they fix.

use crate::{
    seal::{Seal, Unseal, part_key},
    sealed::Form,
};
use ::store::{Filter, Tx, params};
use kernel::{Day, Fault, Id, Moment, Period};
use web::{Cursor, Listing};

const SEAL: &str = "id, scheme, period, first_day, last_day, as_of, version, number, state, facts, digest, audit_root,
                    sealed_by, sealed_by_name, sealed_at, sealed_on, superseded_at, published_at, withdrawn_at";

fn seals(tx: &Tx) -> Result<Filter, Fault> {
    Ok(Filter::new("statistics_seal_entry", "region_id", tx.region()?))
}

/// The standing seal of a period, if there is one.
pub(crate) async fn standing(tx: &mut Tx, period: Period) -> Result<Option<Seal>, Fault> {
    let filter = seals(tx)?
        .and("scheme = ?", period.scheme().key())
        .and("period = ?", period.to_string())
        .and_that("state = 'standing'");
    Ok(filter.rows(tx, SEAL, "version desc", 1).await?.pop())
}

/// The standing seals of periods of the same scheme and length, in their order.
pub(crate) async fn chain(tx: &mut Tx, period: Period) -> Result<Vec<Seal>, Fault> {
    let filter = seals(tx)?
        .and("scheme = ?", period.scheme().key())
        .and("part = ?", part_key(period))
        .and_that("state = 'standing'");
    filter.rows(tx, SEAL, "first_day, id", i64::MAX).await
}

/// One seal.
pub(crate) async fn seal(tx: &mut Tx, id: Id<Seal>) -> Result<Option<Seal>, Fault> {
    Ok(seals(tx)?.and("id = ?", id).rows(tx, SEAL, "id", 1).await?.pop())
}

/// Every seal that a period ever had, the newest first.
pub(crate) async fn versions(tx: &mut Tx, period: Period) -> Result<Vec<Seal>, Fault> {
    let filter = seals(tx)?.and("scheme = ?", period.scheme().key()).and("period = ?", period.to_string());
    filter.rows(tx, SEAL, "version desc", i64::MAX).await
}

/// Which seals: all, or what citizens see.
fn listed(tx: &Tx, public: bool) -> Result<Filter, Fault> {
    let filter = seals(tx)?;
    Ok(if public {
        filter.and_that("state = 'standing' and published_at is not null and withdrawn_at is null")
    } else {
        filter
    })
}

/// One page of seals, the latest period first, one more than the page has, and how many there are.
pub(crate) async fn page(tx: &mut Tx, public: bool, listing: &Listing) -> Result<(Vec<Seal>, i64), Fault> {
    let total = listed(tx, public)?.count_to(tx, web::COUNT_CAP).await?;
    let filter = listed(tx, public)?;
    let (filter, back) = match &listing.cursor {
        Some(Cursor { value, id, back }) => {
            (filter.after("last_day", "id", !back, value.clone(), *id), *back)
        }
        None => (filter, false),
    };
    let order = if back { "last_day, id" } else { "last_day desc, id desc" };
    Ok((filter.rows(tx, SEAL, order, listing.size + 1).await?, total))
}

/// Every standing seal, for the check that compares them with their rows.
pub(crate) async fn all_standing(tx: &mut Tx) -> Result<Vec<Seal>, Fault> {
    seals(tx)?.and_that("state = 'standing'").rows(tx, SEAL, "last_day, id", i64::MAX).await
}

/// Keeps a seal; a second one for the same period and version is refused by the database.
pub(crate) async fn insert(tx: &mut Tx, seal: &Seal, period: Period) -> Result<(), Fault> {
    tx.execute(
        "insert into statistics_seal_entry (id, region_id, scheme, part, period, first_day, last_day, as_of, version, number, state,
                                            facts, digest, audit_root, sealed_by, sealed_by_name, sealed_at, sealed_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        params![
            seal.id, tx.region()?, seal.scheme, part_key(period), seal.period, seal.first_day, seal.last_day, seal.as_of,
            seal.version, seal.number, seal.state, seal.facts, seal.digest, seal.audit_root, seal.sealed_by,
            seal.sealed_by_name, seal.sealed_at, seal.sealed_on
        ],
    )
    .await?;
    Ok(())
}

/// Keeps a file of a seal, packed.
pub(crate) async fn insert_file(
    tx: &mut Tx,
    seal: Id<Seal>,
    form: Form,
    length: i64,
    sha256: &str,
    content: &str,
) -> Result<(), Fault> {
    let id = tx.new_id::<Form>()?;
    tx.execute(
        "insert into statistics_sealed_file_entry (id, region_id, seal_id, form, length, sha256, content)
         values ($1, $2, $3, $4, $5, $6, $7)",
        params![id, tx.region()?, seal, form, length, sha256, content],
    )
    .await?;
    Ok(())
}

/// A file of a seal: its digest and its packed content.
pub(crate) async fn file(tx: &mut Tx, seal: Id<Seal>, form: Form) -> Result<Option<(String, String)>, Fault> {
    tx.optional(
        "select sha256, content from statistics_sealed_file_entry where region_id = $1 and seal_id = $2 and form = $3",
        params![tx.region()?, seal, form],
    )
    .await
}

/// Digest and length of every file of a seal.
pub(crate) async fn files(tx: &mut Tx, seal: Id<Seal>) -> Result<Vec<(Form, String, i64)>, Fault> {
    tx.all(
        "select form, sha256, length from statistics_sealed_file_entry where region_id = $1 and seal_id = $2 order by form desc",
        params![tx.region()?, seal],
    )
    .await
}

/// What a seal reported of a period (its own, or an earlier one) for one measure at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedSum {
    /// The period: `2022Q1`.
    pub(crate) target: String,
    pub(crate) measure: String,
    pub(crate) place: i64,
    pub(crate) quantity: i64,
    /// How many facts, each as often as it was counted.
    pub(crate) facts: i64,
}

/// Keeps what a seal reported for one measure at one place.
pub(crate) async fn insert_sum(tx: &mut Tx, seal: Id<Seal>, sum: &SealedSum) -> Result<(), Fault> {
    let id = tx.new_id::<SealedSum>()?;
    tx.execute(
        "insert into statistics_sealed_sum_entry (id, region_id, seal_id, target, measure, place_id, quantity, facts)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, tx.region()?, seal, sum.target, sum.measure, sum.place, sum.quantity, sum.facts],
    )
    .await.map(|_| ())
}

/// What all standing seals of the chain have reported for a period: measure, place, quantity, facts.
pub(crate) async fn reported(tx: &mut Tx, target: Period) -> Result<Vec<(String, i64, i64, i64)>, Fault> {
    tx.all(
        "select s.measure, s.place_id, cast(sum(s.quantity) as bigint), cast(sum(s.facts) as bigint)
         from statistics_seal_entry e join statistics_sealed_sum_entry s on s.region_id = e.region_id and s.seal_id = e.id
         where e.region_id = $1 and e.scheme = $2 and e.part = $3 and e.state = 'standing' and s.target = $4
         group by s.measure, s.place_id order by s.measure, s.place_id",
        params![tx.region()?, target.scheme().key(), part_key(target), target.to_string()],
    )
    .await
}

/// What one seal reported as late entries of earlier periods: period, measure, place, quantity.
pub(crate) async fn late_of(tx: &mut Tx, seal: &Seal) -> Result<Vec<(String, String, i64, i64)>, Fault> {
    tx.all(
        "select target, measure, place_id, quantity from statistics_sealed_sum_entry
         where region_id = $1 and seal_id = $2 and target <> $3 order by target, measure, place_id",
        params![tx.region()?, seal.id, seal.period],
    )
    .await
}

/// The standing seals of the chain that reported anything for a period.
pub(crate) async fn reporters(tx: &mut Tx, target: Period) -> Result<Vec<Id<Seal>>, Fault> {
    let ids: Vec<(Id<Seal>,)> = tx
        .all(
            "select e.id from statistics_seal_entry e
             where e.region_id = $1 and e.scheme = $2 and e.part = $3 and e.state = 'standing'
               and exists (select 1 from statistics_sealed_sum_entry s where s.region_id = e.region_id and s.seal_id = e.id and s.target = $4)
             order by e.first_day, e.id",
            params![tx.region()?, target.scheme().key(), part_key(target), target.to_string()],
        )
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Supersedes a standing seal; false if it no longer stands.
pub(crate) async fn supersede(tx: &mut Tx, seal: Id<Seal>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update statistics_seal_entry set state = 'superseded', superseded_at = $3
             where region_id = $1 and id = $2 and state = 'standing'",
            params![tx.region()?, seal, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Shows a standing seal to citizens; false if it does not stand or is shown.
pub(crate) async fn publish(tx: &mut Tx, seal: Id<Seal>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update statistics_seal_entry set published_at = $3, withdrawn_at = null
             where region_id = $1 and id = $2 and state = 'standing' and (published_at is null or withdrawn_at is not null)",
            params![tx.region()?, seal, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Shows a seal to citizens no longer; false if it is not shown.
pub(crate) async fn withdraw(tx: &mut Tx, seal: Id<Seal>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update statistics_seal_entry set withdrawn_at = $3
             where region_id = $1 and id = $2 and published_at is not null and withdrawn_at is null",
            params![tx.region()?, seal, now],
        )
        .await?;
    Ok(touched == 1)
}

/// The requests to unseal a period, the newest first.
pub(crate) async fn unseals(tx: &mut Tx, seal: Id<Seal>) -> Result<Vec<Unseal>, Fault> {
    tx.all(
        "select id, reason, asked_by, asked_by_name, asked_at, state, decided_by_name, decided_at, remark
         from statistics_unseal_entry where region_id = $1 and seal_id = $2 order by id desc",
        params![tx.region()?, seal],
    )
    .await
}

/// Keeps a request to unseal.
pub(crate) async fn insert_unseal(
    tx: &mut Tx,
    seal: Id<Seal>,
    reason: &str,
    (by, name): (Option<i64>, &str),
    now: Moment,
) -> Result<Id<Unseal>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into statistics_unseal_entry (id, region_id, seal_id, reason, asked_by, asked_by_name, asked_at, state)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending')",
        params![id, tx.region()?, seal, reason, by, name, now],
    )
    .await?;
    Ok(id)
}

/// Decides a pending request; false if it was decided before.
pub(crate) async fn decide_unseal(
    tx: &mut Tx,
    id: Id<Unseal>,
    state: crate::seal::UnsealState,
    (by, name): (Option<i64>, &str),
    remark: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update statistics_unseal_entry set state = $3, decided_by = $4, decided_by_name = $5, remark = $6, decided_at = $7
             where region_id = $1 and id = $2 and state = 'pending'",
            params![tx.region()?, id, state, by, name, remark, now],
        )
        .await?;
    Ok(touched == 1)
}

::store::record! {
    /// A fact with everything that its digest covers.
    #[derive(Debug, Clone)]
    pub(crate) struct SealRow {
        pub(crate) id: i64,
        pub(crate) day: Day,
        pub(crate) quantity: i64,
        pub(crate) entered_at: i64,
        pub(crate) place_id: i64,
        pub(crate) served_by: Option<i64>,
        pub(crate) entered_by: Option<i64>,
        pub(crate) people: i64,
        pub(crate) matter: String,
        pub(crate) channel: String,
        pub(crate) campaign: String,
        pub(crate) source: String,
        pub(crate) source_id: i64,
        pub(crate) reverses_id: Option<i64>,
    }
}

const SEAL_ROW: &str =
    "id, day, quantity, entered_at, place_id, served_by, entered_by, people, matter, channel, campaign,
                        source, source_id, reverses_id";

fn range(tx: &Tx, measure: &str, first: Option<Day>, last: Day) -> Result<Filter, Fault> {
    Ok(Filter::new("tally_fact", "region_id", tx.region()?)
        .and("measure = ?", measure)
        .and_if("day >= ?", first)
        .and("day <= ?", last))
}

/// At most so many rows of a measure over a run of days in the order of day and id, behind the one given.
pub(crate) async fn seal_rows(
    tx: &mut Tx,
    measure: &str,
    (first, last): (Option<Day>, Day),
    behind: Option<(Day, i64)>,
    most: i64,
) -> Result<Vec<SealRow>, Fault> {
    let filter = range(tx, measure, first, last)?;
    let filter = match behind {
        Some((day, id)) => filter.after("day", "id", false, day, id),
        None => filter,
    };
    filter.rows(tx, SEAL_ROW, "day, id", most).await
}

/// The ids of a measure over a run of days: read from an index alone.
pub(crate) async fn ids(
    tx: &mut Tx,
    measure: &str,
    first: Option<Day>,
    last: Day,
) -> Result<Vec<i64>, Fault> {
    let rows: Vec<(i64,)> = range(tx, measure, first, last)?.rows(tx, "id", "day, id", i64::MAX).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many facts a measure has over a run of days.
pub(crate) async fn count(tx: &mut Tx, measure: &str, first: Option<Day>, last: Day) -> Result<i64, Fault> {
    let rows: Vec<(i64,)> =
        range(tx, measure, first, last)?.rows(tx, "cast(count(*) as bigint)", "1", 1).await?;
    Ok(rows.first().map_or(0, |row| row.0))
}

/// How many facts of these measures and days were entered at or after a moment.
pub(crate) async fn entered_since(
    tx: &mut Tx,
    measures: &[String],
    first: Day,
    last: Day,
    since: Moment,
) -> Result<i64, Fault> {
    let rows: Vec<(i64,)> = Filter::new("tally_fact", "region_id", tx.region()?)
        .and_in("measure", measures)
        .and("day >= ?", first)
        .and("day <= ?", last)
        .and("entered_at >= ?", since)
        .rows(tx, "cast(count(*) as bigint)", "1", 1)
        .await?;
    Ok(rows.first().map_or(0, |row| row.0))
}

/// Measure, place and quantity of facts, by their ids.
pub(crate) async fn quantities(tx: &mut Tx, ids: &[i64]) -> Result<Vec<(i64, i64, i64)>, Fault> {
    Filter::new("tally_fact", "region_id", tx.region()?)
        .and_in("id", ids)
        .rows(tx, "id, place_id, quantity", "id", i64::MAX)
        .await
}
