//! Statements of the overview: how many cases stand where, whose, how old, and why some were refused.

use crate::{case::Stage, store::GREEN};
use counsel::Lawyer;
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

store::record! {
    /// Cases at a stage.
    #[derive(Debug, Clone)]
    pub(crate) struct AtStage {
        pub(crate) stage: Stage,
        pub(crate) cases: i64,
        pub(crate) late: i64,
    }
}

store::record! {
    /// Cases under one name.
    #[derive(Debug, Clone)]
    pub(crate) struct Named {
        pub(crate) name: String,
        pub(crate) cases: i64,
        pub(crate) late: i64,
    }
}

store::record! {
    /// A lawyer's open cases.
    #[derive(Debug, Clone)]
    pub(crate) struct OfLawyer {
        pub(crate) id: Id<Lawyer>,
        pub(crate) name: String,
        pub(crate) cases: i64,
        pub(crate) late: i64,
    }
}

/// How many cases stand at each stage, and how many of them are late; the ends of the green channel are put back first.
pub(crate) async fn by_stage(tx: &mut Tx, now: Moment) -> Result<Vec<AtStage>, Fault> {
    tx.all(
        "select stage, count(*) as cases,
             cast(sum(case when due_rule <> '' and urgency + green * $3 < $2 then 1 else 0 end) as bigint) as late
         from legal_aid_case_entry where region_id = $1 group by stage order by stage",
        params![tx.region()?, now.micros(), GREEN],
    )
    .await
}

/// Open cases of each lawyer.
pub(crate) async fn by_lawyer(tx: &mut Tx, now: Moment) -> Result<Vec<OfLawyer>, Fault> {
    tx.all(
        "select l.id, l.name || '（' || l.firm_name || '）' as name, count(*) as cases,
             cast(sum(case when c.due_rule <> '' and c.urgency + c.green * $3 < $2 then 1 else 0 end) as bigint) as late
         from legal_aid_case_entry c join counsel_lawyer l on l.id = c.lawyer_id
         where c.region_id = $1 and c.stage in ('offered', 'handle')
         group by l.id, l.name, l.firm_name order by count(*) desc, l.name, l.id limit 20",
        params![tx.region()?, now.micros(), GREEN],
    )
    .await
}

/// Open cases of each town.
pub(crate) async fn by_town(tx: &mut Tx, now: Moment) -> Result<Vec<Named>, Fault> {
    tx.all(
        "select t.name, count(*) as cases,
             cast(sum(case when c.due_rule <> '' and c.urgency + c.green * $3 < $2 then 1 else 0 end) as bigint) as late
         from legal_aid_case_entry c join places_town t on t.id = c.town_id
         where c.region_id = $1 and c.stage not in ('archived', 'refused', 'ended')
         group by t.id, t.name, t.sort order by t.sort, t.id",
        params![tx.region()?, now.micros(), GREEN],
    )
    .await
}

/// Refusals by reason, as codes of the dictionary `refuse`.
pub(crate) async fn refusals(tx: &mut Tx, since: Moment) -> Result<Vec<(String, i64)>, Fault> {
    tx.all(
        "select refuse_reason, count(*) from legal_aid_case_entry
         where region_id = $1 and stage = 'refused' and decided_at >= $2 group by refuse_reason order by 1",
        params![tx.region()?, since],
    )
    .await
}

/// Open cases by how many days ago they were received: up to 7, 30, 90, and more.
pub(crate) async fn ages(tx: &mut Tx, now: Moment) -> Result<(i64, i64, i64, i64), Fault> {
    const DAY: i64 = 86_400_000_000;
    tx.one(
        "select cast(coalesce(sum(case when received_at > $2 then 1 else 0 end), 0) as bigint) as week,
             cast(coalesce(sum(case when received_at <= $2 and received_at > $3 then 1 else 0 end), 0) as bigint) as month,
             cast(coalesce(sum(case when received_at <= $3 and received_at > $4 then 1 else 0 end), 0) as bigint) as quarter,
             cast(coalesce(sum(case when received_at <= $4 then 1 else 0 end), 0) as bigint) as older
         from legal_aid_case_entry where region_id = $1 and stage not in ('archived', 'refused', 'ended')",
        params![tx.region()?, now.micros() - 7 * DAY, now.micros() - 30 * DAY, now.micros() - 90 * DAY],
    )
    .await
}
