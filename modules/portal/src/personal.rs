//! Call-backs as personal data: what they hold about a person, how long they are kept, and how they are blanked.

use crate::{
    callback::Callback,
    store::{self, Entry, retention},
    topic::Topic,
};
use ::store::Tx;
use kernel::{Fault, Id};
use parties::{Held, HeldValue, PersonRow, PersonalData, RetentionPolicy};

/// The key of the policy.
const POLICY: &str = "portal.callback";

fn href(id: i64) -> String {
    Id::<Callback>::from_raw(id).map_or("/callbacks".to_owned(), |id| format!("/callbacks/{id}"))
}

/// How long call-backs are kept.
pub(crate) const CALLBACKS: RetentionPolicy = RetentionPolicy {
    key: POLICY,
    title: "请回电登记",
    what: "办结满期的，抹去称呼、电话、查询码和通话备注；登记时间、镇（街道）、事项、办理结果保留，统计数字不变。",
    months: 12,
    begins: "办结之日起",
    basis: "个人信息保护法第十九条（为实现处理目的所必要的最短时间）；期限待本局确认",
    rank: 10,
    object: "portal_callback",
    href: Some(href),
    kept: |tx| Box::pin(retention::kept(tx)),
    due: |_, tx, due| {
        Box::pin(async move {
            let rows = retention::settled(tx, due).await?;
            Ok(rows.into_iter().map(|(id, at)| (id, at.day())).collect())
        })
    },
    purge: |tx, id| Box::pin(retention::purge(tx, id)),
};

/// The sealed column, for changes of keys.
pub(crate) const SEALED: ::store::SealedField = ::store::SealedField {
    table: "portal_callback_entry",
    column: "phone_sealed",
    field: store::PHONE,
    blind: Some("phone_blind"),
};

/// The call-backs asked for with a person's telephone.
pub(crate) const HELD: PersonalData =
    PersonalData { title: "请回电登记", collect: |tx, person| Box::pin(held(tx, person)) };

async fn held(tx: &mut Tx, person: &PersonRow) -> Result<Vec<Held>, Fault> {
    let Some(phone) = person.phone(tx.db())? else { return Ok(Vec::new()) };
    let mut held = Vec::new();
    for entry in retention::with_number(tx, &phone).await? {
        let notes = store::attempts(tx, entry.id).await?;
        held.push(record(entry, &notes));
    }
    Ok(held)
}

fn record(entry: Entry, attempts: &[store::Attempt]) -> Held {
    let last = entry.state.settled_at().unwrap_or(entry.created_at).day();
    let mut values = vec![
        HeldValue::plain("称呼", &entry.name),
        HeldValue::number("电话", entry.number(), entry.masked()),
        HeldValue::plain("镇（街道）", &entry.town_name),
        HeldValue::plain("事项", entry.topic.map_or("", Topic::label)),
        HeldValue::plain("方便时间", entry.convenient.label()),
        HeldValue::plain("状态", entry.state.kind().label()),
    ];
    values.extend(attempts.iter().map(|attempt| {
        let text = format!("{} {}", attempt.outcome.label(), attempt.note);
        HeldValue::plain(&format!("{} 拨打", attempt.made_at.chinese()), text.trim())
    }));
    values.retain(|value| !value.value.is_empty());
    Held {
        title: format!("{} 登记", entry.created_at.day().chinese()),
        href: Some(format!("/callbacks/{}", entry.id)),
        last,
        open: entry.state.settled_at().is_none(),
        policy: Some(POLICY),
        values,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        CallbackWish, Convenient, Outcome,
        actions::{record_outcome::record_outcome, take_callback::take_callback},
        request_callback,
        testing::{friday, migrations, server, world},
    };
    use ::store::{params, tally};
    use kernel::{Day, FixedClock, Moment, Phone};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    const PHONE: &str = "13800000000";

    #[test]
    fn a_purge_leaves_the_figures_and_nothing_of_the_person() {
        on_both(&migrations(), |db| async move {
            world(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut chen = parties::NewPerson { name: "陈阿大".to_owned(), ..Default::default() };
            chen.phone = Some(Phone::parse(PHONE)?);
            let (person, _) = parties::find_or_create_person(&mut tx, None, &chen).await?;
            let wish = CallbackWish {
                phone: Phone::parse(PHONE)?,
                name: "陈阿大".to_owned(),
                topic: None,
                convenient: Convenient::Now,
                may_identify: true,
                town: None,
            };
            let noted = request_callback(&mut tx, &wish, 5, friday()).await?;
            let crate::Requested::Noted(id, code) = noted else { panic!("new: {noted:?}") };
            request_callback(&mut tx, &wish, 6, friday()).await?;
            tx.commit().await?;
            let on = |day: &str| {
                let clock = Arc::new(FixedClock(Moment::parse(&format!("{day}T09:00")).expect("a moment")));
                Server::new(db.clone(), clock, vec![parties::module(), crate::module()])
            };
            let night = async |day: &str| -> kernel::Result<String> {
                let server = on(day);
                let module = parties::module();
                let job = module.jobs.iter().find(|job| job.id == "parties.retention").expect("the job");
                (job.run)(&server.app).await
            };
            let page =
                on("2022-05-06").log_in(actor(Role::Manager)).get(&format!("/persons/{person}/data")).await;
            assert!(page.text().contains("请回电登记") && page.text().contains("办理中"), "{}", page.main());
            assert!(!page.text().contains(PHONE));
            assert!(night("2030-01-01").await?.contains("新标记 0 条"), "it still waits");
            let mut tx = db.begin_write().await?;
            let clerk = actor(Role::Clerk);
            take_callback(&mut tx, &clerk, id, 2).await?;
            record_outcome(&mut tx, &clerk, id, Outcome::Reached, "陈阿大说已解决", friday()).await?;
            tx.commit().await?;
            let mut tx = db.begin_read().await?;
            let sums = tally::reconcile(&mut tx).await?;
            let facts: Vec<(String, i64, i64)> = tx
                .all(
                    "select measure, segment, quantity from tally_total order by measure, segment, lane",
                    params![],
                )
                .await?;
            assert!(sums.is_empty() && !facts.is_empty());
            drop(tx);
            assert!(night("2023-05-06").await?.contains("新标记 0 条"), "the last day");
            assert!(night("2023-05-07").await?.contains("新标记 1 条"));
            assert!(night("2023-06-05").await?.contains("清除 0 条"));
            assert!(night("2023-06-06").await?.contains("清除 1 条"));
            let mut tx = db.begin_read().await?;
            let after: Vec<(String, i64, i64)> = tx
                .all(
                    "select measure, segment, quantity from tally_total order by measure, segment, lane",
                    params![],
                )
                .await?;
            assert_eq!(after, facts, "a purge changes no figure");
            assert!(tally::reconcile(&mut tx).await?.is_empty());
            let (name, note): (String, String) = tx
                .one(
                    "select c.name, a.note from portal_callback_entry c join portal_attempt_entry a on a.callback_id = c.id where c.id = $1",
                    params![id],
                )
                .await?;
            assert_eq!((name.as_str(), note.as_str()), ("", ""));
            assert!(crate::store::by_code(&mut tx, code).await?.is_none(), "the code finds nothing");
            let receipts: i64 = tx
                .scalar(
                    "select count(*) from portal_receipt_entry where code_blind not like 'purged%'",
                    params![],
                )
                .await?;
            assert_eq!(receipts, 0, "nor does the merged one's");
            drop(tx);
            let manager = server(db.clone()).log_in(actor(Role::Manager));
            let list = manager.get("/callbacks?state=all").await.text();
            assert!(list.contains("已清除") && !list.contains("138****"), "{list}");
            let record = manager.get(&format!("/callbacks/{id}")).await;
            assert!(record.status == 200 && !record.text().contains("陈阿大"));
            let mut tx = db.begin_write().await?;
            let again = request_callback(&mut tx, &wish, 9, Moment::parse("2024-01-02T09:00")?).await?;
            assert!(matches!(again, crate::Requested::Noted(..)), "a purged number is not known any more");
            let row = parties::person(&mut tx, person)
                .await?
                .expect("still kept: the other module's matter was young");
            let held = super::held(&mut tx, &row).await?;
            assert_eq!(held.len(), 1, "only the new one");
            assert_eq!((held[0].last, held[0].open), (Day::parse("2024-01-02")?, true));
            assert_eq!((super::CALLBACKS.kept)(&mut tx).await?, 1, "the new one, not what was purged");
            Ok(())
        });
    }
}
