//! Statements over what people said afterwards.

use crate::{
    case::Case,
    follow_up::{FollowUp, Way},
};
use kernel::{Day, Fault, Id, Moment};
use store::{Db, Tx, params};

/// The field under which their words are sealed.
pub(crate) const WORDS: &str = "legal_aid_follow_up_entry.words";

store::record! {
    /// What was noted about one case.
    #[derive(Debug, Clone)]
    pub(crate) struct FollowUpRow {
        pub(crate) done_on: Day,
        pub(crate) way: Way,
        pub(crate) attitude: i64,
        pub(crate) communication: i64,
        pub(crate) protection: i64,
        pub(crate) outcome: i64,
        pub(crate) overall: i64,
        pub(crate) money_taken: bool,
        pub(crate) words_sealed: String,
        pub(crate) noted_name: String,
    }
}

impl FollowUpRow {
    /// As the noun knows it, with the words opened.
    pub(crate) fn said(&self, db: &Db) -> Result<FollowUp, Fault> {
        Ok(FollowUp {
            done_on: self.done_on,
            way: self.way,
            answers: [self.attitude, self.communication, self.protection, self.outcome, self.overall],
            money_taken: self.money_taken,
            words: db.keys().open(WORDS, &self.words_sealed)?,
        })
    }
}

/// What was noted about a case.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Option<FollowUpRow>, Fault> {
    let rows: Vec<FollowUpRow> = tx
        .all(
            "select done_on, way, attitude, communication, protection, outcome, overall, money_taken, words_sealed, noted_name
             from legal_aid_follow_up_entry where region_id = $1 and case_id = $2",
            params![tx.region()?, case],
        )
        .await?;
    Ok(rows.into_iter().next())
}

/// Notes it; false if that was done before.
pub(crate) async fn insert(
    tx: &mut Tx,
    case: Id<Case>,
    new: &FollowUp,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let id: Id<FollowUp> = tx.new_id()?;
    let words = tx.db().keys().seal(WORDS, &new.words)?;
    let [attitude, communication, protection, outcome, overall] = new.answers;
    let made = tx
        .execute(
            "insert into legal_aid_follow_up_entry
                 (id, region_id, case_id, done_on, way, attitude, communication, protection, outcome, overall, money_taken, words_sealed,
                  noted_at, noted_name)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (case_id) do nothing",
            params![
                id, tx.region()?, case, new.done_on, new.way, attitude, communication, protection, outcome, overall, new.money_taken, words,
                now, by
            ],
        )
        .await?;
    Ok(made == 1)
}

store::record! {
    /// How many were asked, how many answers to each question were 1 or 2, and how often money was taken.
    #[derive(Debug, Clone)]
    pub(crate) struct Summary {
        pub(crate) asked: i64,
        pub(crate) attitude: i64,
        pub(crate) communication: i64,
        pub(crate) protection: i64,
        pub(crate) outcome: i64,
        pub(crate) overall: i64,
        pub(crate) money: i64,
    }
}

/// What was said since a day.
pub(crate) async fn summary(tx: &mut Tx, since: Day) -> Result<Summary, Fault> {
    tx.one(
        "select count(*) as asked, cast(coalesce(sum(case when attitude <= 2 then 1 else 0 end), 0) as bigint) as attitude,
             cast(coalesce(sum(case when communication <= 2 then 1 else 0 end), 0) as bigint) as communication,
             cast(coalesce(sum(case when protection <= 2 then 1 else 0 end), 0) as bigint) as protection,
             cast(coalesce(sum(case when outcome <= 2 then 1 else 0 end), 0) as bigint) as outcome,
             cast(coalesce(sum(case when overall <= 2 then 1 else 0 end), 0) as bigint) as overall,
             cast(coalesce(sum(money_taken), 0) as bigint) as money
         from legal_aid_follow_up_entry where region_id = $1 and done_on >= $2",
        params![tx.region()?, since],
    )
    .await
}
