//! Statements over pairs of persons that look alike, and what was decided about them.

use crate::{person::Person, store::within};
use kernel::{Fault, Id};
use store::{Filter, Tx, params};
use web::Reach;

/// Marks ids of decisions.
enum Decision {}

const BY_PHONE: &str = "parties_person_entry a
    join parties_person_entry b on b.region_id = a.region_id and b.phone_blind = a.phone_blind and b.id > a.id
    left join places_unit_ever pa on pa.id = a.unit_id left join places_unit_ever pb on pb.id = b.unit_id";
const BY_NAME: &str = "parties_person_entry a
    join parties_person_entry b on b.region_id = a.region_id and b.name = a.name and b.id > a.id
    left join places_unit_ever pa on pa.id = a.unit_id left join places_unit_ever pb on pb.id = b.unit_id";
/// How many pairs are offered at once.
pub(crate) const PAIRS: i64 = 10;

/// Pairs of persons with the same telephone, or the same name and birth or village, that nobody has decided about.
/// Two ID numbers are two persons.
pub(crate) async fn suspects(
    tx: &mut Tx,
    reach: &Reach,
) -> Result<Vec<(Id<Person>, Id<Person>, &'static str)>, Fault> {
    let mut pairs = Vec::new();
    for (from, why) in [(BY_PHONE, "电话相同"), (BY_NAME, "姓名相同，且出生日期或村（社区）相同")]
    {
        let filter = Filter::new(from, "a.region_id", tx.region()?);
        let filter = within(within(filter, reach, "pa.town_id", "a.unit_id = ?"), reach, "pb.town_id", "b.unit_id = ?")
            .and_that("a.merged_into is null and b.merged_into is null")
            .and_that("a.restricted = 0 and b.restricted = 0 and a.purged_at is null and b.purged_at is null")
            .and_that("a.id_blind is null or b.id_blind is null")
            .and_that(
                "not exists (select 1 from parties_merge_entry m where m.region_id = a.region_id and m.kept_id = a.id and m.other_id = b.id
                 and m.decision = 'distinct' and m.undone_at is null)",
            );
        let filter = if from == BY_NAME {
            filter.and_that("a.birth = b.birth or a.unit_id = b.unit_id")
        } else {
            filter
        };
        let rows: Vec<(Id<Person>, Id<Person>)> =
            filter.rows(tx, "a.id as one, b.id as other", "a.id, b.id", PAIRS).await?;
        for (one, other) in rows {
            if pairs.iter().all(|(known, twin, _)| (*known, *twin) != (one, other)) {
                pairs.push((one, other, why));
            }
        }
    }
    pairs.truncate(usize::try_from(PAIRS).unwrap_or(10));
    Ok(pairs)
}

/// Points one record to the one that is kept; false if it points somewhere already or others point to it.
pub(crate) async fn point(tx: &mut Tx, kept: Id<Person>, other: Id<Person>) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_person_entry set merged_into = $3, version = version + 1
             where region_id = $1 and id = $2 and merged_into is null
                 and not exists (select 1 from parties_person_entry c where c.region_id = $1 and c.merged_into = $2)
                 and exists (select 1 from parties_person_entry k where k.region_id = $1 and k.id = $3 and k.merged_into is null)",
            params![tx.region()?, other, kept],
        )
        .await?;
    Ok(touched == 1)
}

/// Lets a merged record stand alone again; false if it was not merged.
pub(crate) async fn unpoint(tx: &mut Tx, other: Id<Person>) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_person_entry set merged_into = null, version = version + 1 where region_id = $1 and id = $2 and merged_into is not null",
            params![tx.region()?, other],
        )
        .await?;
    let at = tx.db().wall().now();
    tx.execute(
        "update parties_merge_entry set undone_at = $3 where region_id = $1 and other_id = $2 and decision = 'same' and undone_at is null",
        params![tx.region()?, other, at],
    )
    .await?;
    Ok(touched == 1)
}

/// Writes down what was decided about a pair: `same` or `distinct`. Of a distinct pair the older record comes first.
pub(crate) async fn decide(
    tx: &mut Tx,
    decision: &'static str,
    kept: Id<Person>,
    other: Id<Person>,
    actor: Option<i64>,
) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_merge_entry (id, region_id, decision, kept_id, other_id, decided_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7)",
        params![tx.new_id::<Decision>()?, tx.region()?, decision, kept, other, actor, at],
    )
    .await?;
    Ok(())
}
