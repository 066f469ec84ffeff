//! What becomes of accounts when villages change: village contacts of a closed village are named, so that somebody
//! sets their accounts to the village that comes after it. Accounts are changed by their administrators only.

use ::store::{Filter, Tx};
use kernel::{Id, Result};
use places::{Change, Consequence, Consequences, Follower, nothing_to_do};

use crate::account::Account;

/// What identity says when villages change.
pub(crate) const FOLLOWER: Follower = Follower {
    title: "账号",
    preview: |tx, change| accounts(tx, change),
    apply: |_, _, _, _| nothing_to_do(),
    tasks: |tx, change| accounts(tx, change),
    undo: |_, _, _, _| nothing_to_do(),
};

fn accounts<'a>(tx: &'a mut Tx, change: &'a Change) -> Consequences<'a> {
    Box::pin(async move {
        let after: Vec<&str> = change.after.iter().map(|after| after.short_name.as_str()).collect();
        let mut found = Vec::new();
        for unit in change.closed() {
            for (id, name) in contacts(tx, unit.id.raw()).await? {
                let text = if after.is_empty() {
                    format!("联系人账号 {name} 对应的{}已撤销，请系统管理员停用。", unit.short_name)
                } else {
                    format!(
                        "联系人账号 {name} 仍对应{}，请系统管理员改为{}。",
                        unit.short_name,
                        after.join("或")
                    )
                };
                let href = Some(format!("/accounts/{id}"));
                found.push(Consequence { count: 1, unit_word: "个账号", text, href, question: None });
            }
        }
        Ok(found)
    })
}

/// The accounts in use that stand for that village.
async fn contacts(tx: &mut Tx, unit: i64) -> Result<Vec<(Id<Account>, String)>> {
    Ok(Filter::new("identity_account_entry a", "a.region_id", tx.region()?)
        .and("a.subject_id = ?", unit)
        .and("a.roles like ? escape '!'", ::store::filter::contains(web::Role::VillageContact.key()))
        .and_that("a.state = 'active'")
        .rows(tx, "a.id, a.name", "a.id", 200)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountState;
    use testkit::on_both;

    #[test]
    fn contacts_of_a_closed_village_are_named() {
        assert_eq!(AccountState::Active.as_str(), "active");
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            tx.execute(
                "insert into identity_account_entry (id, region_id, username, name, totp_state, totp_last_step, roles, subject_id, state, created_at, version)
                 values ($1, $2, 'contact', '联系人甲', 'none', 0, 'village_contact', $3, 'active', 0, 1)",
                ::store::params![tx.new_id::<Account>()?, tx.region()?, units[0]],
            )
            .await?;
            let before: Vec<_> = places::unit(&mut tx, units[0]).await?.into_iter().collect();
            let change = Change {
                event: None,
                kind: places::EventKind::Abolish,
                day: "2022-05-06".parse().map_err(|_| kernel::Fault::new("a day"))?,
                before,
                after: Vec::new(),
                choices: Vec::new(),
            };
            let found = accounts(&mut tx, &change).await?;
            assert_eq!(found.len(), 1);
            assert!(found[0].text.contains("联系人甲") && found[0].text.contains("停用"));
            let other = Change { kind: places::EventKind::Rename, ..change };
            assert_eq!(accounts(&mut tx, &other).await?, []);
            Ok(())
        });
    }

    fn migrations() -> Vec<::store::Migration> {
        [places::MIGRATIONS, parties::MIGRATIONS, counsel::MIGRATIONS, crate::MIGRATIONS].concat()
    }
}
