//! Statements over restrictions of processing, and over persons whose time is over.

use crate::person::{Ground, Person, RestrictionRow};
use crate::retention::Due;
use crate::store::parts;
use kernel::{Day, Fault, Id, Moment};
use store::{Filter, Tx, params};

/// Marks ids of restrictions.
enum Restriction {}

/// How a person's record stands, wherever they live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Processing is restricted.
    pub(crate) restricted: bool,
    /// The record was blanked.
    pub(crate) purged: bool,
    /// The record is merged into another one.
    pub(crate) merged: bool,
}

/// How a record stands; none if there is no such record.
pub(crate) async fn of(tx: &mut Tx, id: Id<Person>) -> Result<Option<Standing>, Fault> {
    let row: Option<(bool, Option<Moment>, Option<i64>)> = tx
        .optional(
            "select restricted, purged_at, merged_into from parties_person_entry where region_id = $1 and id = $2",
            params![tx.region()?, id],
        )
        .await?;
    Ok(row.map(|(restricted, purged, merged)| Standing {
        restricted,
        purged: purged.is_some(),
        merged: merged.is_some(),
    }))
}

/// Restricts a record and those merged into it; false if it is restricted already.
pub(crate) async fn restrict(
    tx: &mut Tx,
    id: Id<Person>,
    ground: Ground,
    reason: &str,
    today: Day,
    by: Option<i64>,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_person_entry set restricted = 1, version = version + 1
             where region_id = $1 and (id = $2 or merged_into = $2) and restricted = 0",
            params![tx.region()?, id],
        )
        .await?;
    if touched == 0 {
        return Ok(false);
    }
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_restriction_entry (id, region_id, person_id, ground, reason, since, set_by, set_at, lift_reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8, '')",
        params![tx.new_id::<Restriction>()?, tx.region()?, id, ground, reason, today, by, at],
    )
    .await?;
    Ok(true)
}

/// Lifts the restriction; false if there is none.
pub(crate) async fn lift(
    tx: &mut Tx,
    id: Id<Person>,
    reason: &str,
    today: Day,
    by: Option<i64>,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_person_entry set restricted = 0, version = version + 1
             where region_id = $1 and (id = $2 or merged_into = $2) and restricted = 1",
            params![tx.region()?, id],
        )
        .await?;
    tx.execute(
        "update parties_restriction_entry set lifted_on = $3, lift_reason = $4, lifted_by = $5
         where region_id = $1 and person_id = $2 and lifted_on is null",
        params![tx.region()?, id, today, reason, by],
    )
    .await?;
    Ok(touched > 0)
}

const RESTRICTION: &str = "person_id, ground, reason, since, lifted_on, lift_reason";

/// All restrictions of a person, the newest first.
pub(crate) async fn restrictions(tx: &mut Tx, id: Id<Person>) -> Result<Vec<RestrictionRow>, Fault> {
    Filter::new("parties_restriction_entry", "region_id", tx.region()?)
        .and("person_id = ?", id)
        .rows(tx, RESTRICTION, "id desc", 100)
        .await
}

/// The restrictions that hold, the oldest first.
pub(crate) async fn restricted_now(tx: &mut Tx) -> Result<Vec<RestrictionRow>, Fault> {
    Filter::new("parties_restriction_entry", "region_id", tx.region()?)
        .and_that("lifted_on is null")
        .rows(tx, RESTRICTION, "id", 200)
        .await
}

// ---- the time to keep ----

/// How many persons still hold personal data.
pub(crate) async fn kept(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from parties_person_entry where region_id = $1 and purged_at is null and merged_into is null",
        params![tx.region()?],
    )
    .await
}

/// Persons whose entry was not touched since; those under a restriction that is no erasure stay.
pub(crate) async fn untouched(tx: &mut Tx, due: Due) -> Result<Vec<(Id<Person>, Moment)>, Fault> {
    Filter::new("parties_person_entry p", "p.region_id", tx.region()?)
        .and_that("p.purged_at is null and p.merged_into is null")
        .and(
            "case when p.touched_at > p.entered_at then p.touched_at else p.entered_at end < ?",
            Moment::start_of(due.before),
        )
        .and("p.id > ?", due.after)
        .and("p.id <= ?", due.upto)
        .and_that(
            "p.restricted = 0 or exists (select 1 from parties_restriction_entry r where r.region_id = p.region_id and r.person_id = p.id
             and r.lifted_on is null and r.ground = 'erasure')",
        )
        .rows(
            tx,
            "p.id, case when p.touched_at > p.entered_at then p.touched_at else p.entered_at end as since",
            "p.id",
            due.limit,
        )
        .await
}

/// Blanks a person and the records merged into them: sealed columns and blind indexes are overwritten, the row stays
/// with its id, sex and village. Restrictions end, their words go.
pub(crate) async fn purge(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    parts::forget(tx, id).await?;
    // The merged ones first: they depend on the one that is kept.
    for condition in [
        "update parties_person_entry set name = '已清除', initials = '', birth = null, id_sealed = null, id_blind = null, phone_sealed = null,
             phone_blind = null, address = '', groups = '', note = '', restricted = 0, purged_at = $3, version = version + 1
         where region_id = $1 and merged_into = $2 and purged_at is null",
        "update parties_person_entry set name = '已清除', initials = '', birth = null, id_sealed = null, id_blind = null, phone_sealed = null,
             phone_blind = null, address = '', groups = '', note = '', restricted = 0, purged_at = $3, version = version + 1
         where region_id = $1 and id = $2 and purged_at is null",
    ] {
        tx.execute(condition, params![tx.region()?, id, at]).await?;
    }
    tx.execute(
        "update parties_restriction_entry set reason = '', lift_reason = '', lifted_on = coalesce(lifted_on, $3) where region_id = $1 and person_id = $2",
        params![tx.region()?, id, at.day()],
    )
    .await?;
    tx.execute(
        "update parties_reading_entry set note = '' where region_id = $1 and object = 'parties_person' and object_id = $2",
        params![tx.region()?, id],
    )
    .await?;
    Ok(())
}

// ---- checks ----

store::record! {
    /// The sealed fields of a person, for the check that they open.
    pub(crate) struct SealedRow {
        pub(crate) id: Id<Person>,
        pub(crate) id_sealed: Option<String>,
        pub(crate) id_blind: Option<String>,
        pub(crate) phone_sealed: Option<String>,
        pub(crate) phone_blind: Option<String>,
    }
}

/// The sealed fields of persons above an id.
pub(crate) async fn sealed(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<SealedRow>, Fault> {
    Filter::new("parties_person_entry", "region_id", tx.region()?)
        .and("id > ?", after)
        .and_that("id_sealed is not null or phone_sealed is not null or id_blind is not null or phone_blind is not null")
        .rows(tx, "id, id_sealed, id_blind, phone_sealed, phone_blind", "id", limit)
        .await
}

/// Living persons of one name and one telephone, entered twice and never decided about.
pub(crate) async fn twins(tx: &mut Tx) -> Result<Vec<(Id<Person>, Id<Person>)>, Fault> {
    tx.all(
        "select a.id as one, b.id as other from parties_person_entry a
         join parties_person_entry b on b.region_id = a.region_id and b.phone_blind = a.phone_blind and b.name = a.name and b.id > a.id
         where a.region_id = $1 and a.merged_into is null and b.merged_into is null and a.restricted = 0 and b.restricted = 0
             and (a.id_blind is null or b.id_blind is null)
             and not exists (select 1 from parties_merge_entry m where m.region_id = a.region_id and m.kept_id = a.id and m.other_id = b.id
                 and m.decision = 'distinct' and m.undone_at is null)
         order by a.id, b.id limit 50",
        params![tx.region()?],
    )
    .await
}

/// Records that say they are restricted without a restriction that holds, or the other way round.
pub(crate) async fn contradictions(tx: &mut Tx) -> Result<Vec<(Id<Person>,)>, Fault> {
    tx.all(
        "select p.id from parties_person_entry p
         where p.region_id = $1 and p.merged_into is null and p.purged_at is null
             and (p.restricted = 1) <> exists (select 1 from parties_restriction_entry r
                 where r.region_id = p.region_id and r.person_id = p.id and r.lifted_on is null)
         order by p.id limit 50",
        params![tx.region()?],
    )
    .await
}
