//! What accounts hold about persons beyond their names, and how long: descriptions of browsers that are no longer bound.
//! Counted log-in attempts are deleted after a day anyway ([`crate::store::attempt::purge`]).

use crate::store::{account::SECRET, personal};
use parties::RetentionPolicy;
use store::SealedField;
use web::Extension;

/// Browsers that are no longer bound: their description says what device somebody owned.
pub(crate) const DEVICES: RetentionPolicy = RetentionPolicy {
    key: "identity.device",
    title: "已解绑的浏览器",
    what: "解绑满期的，抹去浏览器名称和口令摘要；绑定、解绑的时间保留。",
    months: 6,
    begins: "解绑之日起",
    basis: "网络安全法第二十一条第三项（网络日志留存不少于六个月）",
    rank: 31,
    object: "identity_device",
    href: None,
    kept: |tx| Box::pin(personal::devices(tx)),
    due: |_, tx, due| Box::pin(personal::lost_devices(tx, due)),
    purge: |tx, id| Box::pin(personal::forget_device(tx, id)),
};

/// The sealed column of accounts, for changes of keys.
const SEALED: SealedField =
    SealedField { table: "identity_account_entry", column: "totp_secret_sealed", field: SECRET, blind: None };

/// What the module offers about personal data.
pub(crate) fn extensions() -> [Extension; 3] {
    let recovery = store::DigestField { field: crate::totp::RECOVERY };
    [Extension::new(DEVICES), Extension::new(SEALED), Extension::new(recovery)]
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use store::params;
    use testkit::{Server, on_both};

    #[test]
    fn descriptions_of_lost_browsers_go_after_half_a_year() {
        let migrations =
            [places::MIGRATIONS, parties::MIGRATIONS, counsel::MIGRATIONS, crate::MIGRATIONS].concat();
        on_both(&migrations, |db| async move {
            let mut tx = db.begin_write().await?;
            let account = crate::NewAccount {
                username: "zhou".to_owned(),
                name: "周丽".to_owned(),
                roles: vec![web::Role::Clerk],
                towns: Vec::new(),
                subject: None,
                password_hash: None,
            };
            let account = crate::create_account(&mut tx, None, &account).await?;
            let at = Moment::parse("2022-05-06T09:00")?;
            for (nth, revoked) in [(1i64, Some(at)), (2, None)] {
                tx.execute(
                    "insert into identity_device_entry (id, region_id, account_id, token_hash, label, failed_count, created_at, last_used_at, revoked_at)
                     values ($1, $2, $3, $4, '周丽的手机', 0, $5, $5, $6)",
                    params![tx.new_id::<()>()?, tx.region()?, account, format!("token {nth}"), at, revoked],
                )
                .await?;
            }
            tx.commit().await?;
            let night = async |day: &str| -> kernel::Result<String> {
                let clock = Arc::new(FixedClock(Moment::parse(&format!("{day}T09:00"))?));
                let server = Server::new(db.clone(), clock, vec![parties::module(), crate::module()]);
                let jobs = parties::module().jobs;
                let job = jobs.iter().find(|job| job.id == "parties.retention").expect("the job");
                (job.run)(&server.app).await
            };
            assert!(night("2022-11-06").await?.contains("新标记 0 条"), "the last day");
            assert!(night("2022-11-07").await?.contains("新标记 1 条"), "the one that is bound stays");
            assert!(night("2022-12-07").await?.contains("清除 1 条"));
            let mut tx = db.begin_read().await?;
            let labels: Vec<(String,)> =
                tx.all("select label from identity_device_entry order by token_hash", params![]).await?;
            assert_eq!(labels, [("已清除".to_owned(),), ("周丽的手机".to_owned(),)]);
            assert_eq!((super::DEVICES.kept)(&mut tx).await?, 1, "the one that is bound");
            Ok(())
        });
    }
}
