//! Statements over campaigns.

use crate::campaign::{Campaign, Scope};
use kernel::{Day, Fault, Id, Moment};
use store::{Tx, params};

store::record! {
    /// A campaign with who switched it on.
    #[derive(Debug, Clone)]
    pub(crate) struct CampaignRow {
        pub(crate) id: Id<Campaign>,
        pub(crate) title: String,
        pub(crate) person_group: String,
        pub(crate) matter: String,
        pub(crate) starts_on: Day,
        pub(crate) ends_on: Day,
        pub(crate) set_name: String,
    }
}

impl CampaignRow {
    /// Whom it is for, and when.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            person_group: self.person_group.clone(),
            matter: self.matter.clone(),
            starts_on: self.starts_on,
            ends_on: self.ends_on,
        }
    }
}

/// All of them, what ends last on top.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<CampaignRow>, Fault> {
    tx.all(
        "select id, title, person_group, matter, starts_on, ends_on, set_name from legal_aid_campaign_entry
         where region_id = $1 order by ends_on desc, id desc limit 200",
        params![tx.region()?],
    )
    .await
}

/// Those of a day.
pub(crate) async fn on(tx: &mut Tx, day: Day) -> Result<Vec<CampaignRow>, Fault> {
    tx.all(
        "select id, title, person_group, matter, starts_on, ends_on, set_name from legal_aid_campaign_entry
         where region_id = $1 and ends_on >= $2 and starts_on <= $2 order by id",
        params![tx.region()?, day],
    )
    .await
}

/// Switches one on.
pub(crate) async fn insert(
    tx: &mut Tx,
    title: &str,
    scope: &Scope,
    by: &str,
    now: Moment,
) -> Result<Id<Campaign>, Fault> {
    let id: Id<Campaign> = tx.new_id()?;
    tx.execute(
        "insert into legal_aid_campaign_entry (id, region_id, title, person_group, matter, starts_on, ends_on, set_at, set_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            id, tx.region()?, title, scope.person_group, scope.matter, scope.starts_on, scope.ends_on, now, by
        ],
    )
    .await?;
    Ok(id)
}

/// Ends one with a day; false if it is unknown or ended before.
pub(crate) async fn end(tx: &mut Tx, id: Id<Campaign>, last: Day) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_campaign_entry set ends_on = $3 where region_id = $1 and id = $2 and ends_on > $3",
            params![tx.region()?, id, last],
        )
        .await?;
    Ok(changed == 1)
}
