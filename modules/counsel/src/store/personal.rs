//! Statements over lawyers as personal data.

use crate::lawyer::{Lawyer, LawyerKind};
use kernel::{Day, Fault, Id};
use parties::Due;
use store::{Filter, Tx, params};

store::record! {
    /// What the register holds about a person.
    pub(crate) struct HeldLawyer {
        pub(crate) id: Id<Lawyer>,
        pub(crate) name: String,
        pub(crate) firm_name: String,
        pub(crate) kind: LawyerKind,
        pub(crate) licence: String,
        pub(crate) licensed_since: Day,
        pub(crate) phone_sealed: Option<String>,
        pub(crate) left_on: Option<Day>,
    }
}

/// The lawyers of a name.
pub(crate) async fn of_name(tx: &mut Tx, name: &str) -> Result<Vec<HeldLawyer>, Fault> {
    tx.all(
        "select l.id, l.name, f.name as firm_name, l.kind, l.licence, l.licensed_since, l.phone_sealed, l.left_on
         from counsel_lawyer_entry l join counsel_firm_entry f on f.id = l.firm_id
         where l.region_id = $1 and l.name = $2 order by l.id limit 50",
        params![tx.region()?, name],
    )
    .await
}

/// How many lawyers have a telephone.
pub(crate) async fn with_phone(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from counsel_lawyer_entry where region_id = $1 and phone_sealed is not null",
        params![tx.region()?],
    )
    .await
}

/// Those who left before a day and whose telephone is still known.
pub(crate) async fn left(tx: &mut Tx, due: Due) -> Result<Vec<(i64, Day)>, Fault> {
    Filter::new("counsel_lawyer_entry", "region_id", tx.region()?)
        .and_that("state = 'left' and phone_sealed is not null and left_on is not null")
        .and("left_on < ?", due.before)
        .and("id > ?", due.after)
        .and("id <= ?", due.upto)
        .rows(tx, "id, left_on", "id", due.limit)
        .await
}

/// Forgets the telephone of one who left.
pub(crate) async fn forget_phone(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    tx.execute(
        "update counsel_lawyer_entry set phone_sealed = null, version = version + 1 where region_id = $1 and id = $2 and state = 'left'",
        params![tx.region()?, id],
    )
    .await?;
    Ok(())
}
