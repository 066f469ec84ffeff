//! Statements over the bureau's own versions of time limits.

use crate::rule::{Rule, Rules, TermUnit};
use kernel::{Day, Fault, Id, Moment, Term};
use store::{Tx, params};

store::record! {
    /// A version that the bureau set, or set and took back.
    #[derive(Debug, Clone)]
    pub(crate) struct VersionRow {
        pub(crate) id: Id<Rule>,
        pub(crate) term_count: i64,
        pub(crate) term_unit: TermUnit,
        pub(crate) valid_from: Day,
        pub(crate) document: String,
        pub(crate) reason: String,
        pub(crate) set_at: Moment,
        pub(crate) set_name: String,
        pub(crate) withdrawn_at: Option<Moment>,
        pub(crate) withdrawn_name: String,
        pub(crate) withdraw_reason: String,
        pub(crate) version: i64,
    }
}

impl VersionRow {
    /// How long.
    pub(crate) fn term(&self) -> Term {
        self.term_unit.of(u32::try_from(self.term_count).unwrap_or(0))
    }

    /// Whether it can still be taken back: nothing began under it.
    pub(crate) fn is_ahead(&self, today: Day) -> bool {
        self.withdrawn_at.is_none() && self.valid_from > today
    }
}

/// What changes whenever somebody sets or takes back a version of a rule.
pub(crate) fn seen(rows: &[VersionRow]) -> i64 {
    rows.iter().map(|row| row.version).sum()
}

/// The time limits that hold: those of the release with the bureau's versions.
pub(crate) async fn load(tx: &mut Tx) -> Result<Rules, Fault> {
    let rows: Vec<(String, i64, TermUnit, String, Day)> = tx
        .all(
            "select rule, term_count, term_unit, document, valid_from from legal_aid_rule_entry
             where region_id = $1 and withdrawn_at is null order by valid_from, id",
            params![tx.region()?],
        )
        .await?;
    let own = rows.into_iter().map(|(rule, count, unit, document, from)| {
        (rule, unit.of(u32::try_from(count).unwrap_or(0)), document, from)
    });
    Ok(Rules::with(own.collect()))
}

/// Every version that the bureau set of a rule, the last day first.
pub(crate) async fn versions(tx: &mut Tx, rule: &str) -> Result<Vec<VersionRow>, Fault> {
    tx.all(
        "select id, term_count, term_unit, valid_from, document, reason, set_at, set_name, withdrawn_at, withdrawn_name, withdraw_reason,
             version
         from legal_aid_rule_entry where region_id = $1 and rule = $2 order by valid_from desc, nth desc",
        params![tx.region()?, rule],
    )
    .await
}

/// What is to be set.
#[derive(Debug, Clone)]
pub(crate) struct Insert<'a> {
    pub(crate) rule: &'a str,
    /// The how manieth version of the rule it is.
    pub(crate) nth: usize,
    pub(crate) term: Term,
    pub(crate) valid_from: Day,
    pub(crate) document: &'a str,
    pub(crate) reason: &'a str,
}

/// Sets a version; nothing if somebody set one meanwhile.
pub(crate) async fn insert(
    tx: &mut Tx,
    new: &Insert<'_>,
    by: &str,
    now: Moment,
) -> Result<Option<Id<Rule>>, Fault> {
    let id: Id<Rule> = tx.new_id()?;
    let (unit, count) = TermUnit::split(new.term);
    let nth = i64::try_from(new.nth).unwrap_or(i64::MAX);
    let made = tx
        .execute(
            "insert into legal_aid_rule_entry
                 (id, region_id, rule, nth, term_count, term_unit, valid_from, document, reason, set_at, set_name, withdrawn_name,
                  withdraw_reason, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', 1) on conflict do nothing",
            params![
                id, tx.region()?, new.rule, nth, i64::from(count), unit, new.valid_from, new.document, new.reason, now, by
            ],
        )
        .await?;
    Ok((made == 1).then_some(id))
}

/// Takes a version back; false if that was done before.
pub(crate) async fn take_back(
    tx: &mut Tx,
    id: Id<Rule>,
    (by, reason): (&str, &str),
    now: Moment,
) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_rule_entry set withdrawn_at = $3, withdrawn_name = $4, withdraw_reason = $5, version = version + 1
             where region_id = $1 and id = $2 and withdrawn_at is null",
            params![tx.region()?, id, now, by, reason],
        )
        .await?;
    Ok(changed == 1)
}
