//! Lawyers as personal data: what the register holds about a person, and how long telephones of those who left are kept.

use crate::{
    PHONE_FIELD,
    lawyer::{Lawyer, phone},
    store::{personal, retainers},
};
use ::store::Tx;
use kernel::{Fault, Id};
use parties::{Held, HeldValue, PersonRow, PersonalData, RetentionPolicy};

const POLICY: &str = "counsel.lawyer_phone";

fn href(id: i64) -> String {
    Id::<Lawyer>::from_raw(id).map_or("/lawyers".to_owned(), |id| format!("/lawyers/{id}"))
}

/// How long the telephones of lawyers who left are kept. Name, licence and history stay: who advised a village and
/// under which licence is public and part of the service book.
pub(crate) const LEFT: RetentionPolicy = RetentionPolicy {
    key: POLICY,
    title: "离任律师的电话",
    what: "离开满期的，抹去电话；姓名、执业证号、考核和处分属于依法公开的执业信息，保留。",
    months: 12,
    begins: "离开之日起",
    basis: "个人信息保护法第十九条（为实现处理目的所必要的最短时间）；期限待本局确认",
    rank: 20,
    object: "counsel_lawyer",
    href: Some(href),
    kept: |tx| Box::pin(personal::with_phone(tx)),
    due: |_, tx, due| Box::pin(personal::left(tx, due)),
    purge: |tx, id| Box::pin(personal::forget_phone(tx, id)),
};

/// The lawyers of a person's name with the person's telephone: most likely the same one.
pub(crate) const HELD: PersonalData = PersonalData {
    title: "律师和法律工作者名册",
    collect: |tx, person| Box::pin(held(tx, person)),
};

async fn held(tx: &mut Tx, person: &PersonRow) -> Result<Vec<Held>, Fault> {
    let Some(own) = person.phone(tx.db())? else { return Ok(Vec::new()) };
    let mut held = Vec::new();
    for lawyer in personal::of_name(tx, &person.name).await? {
        let Some(number) = phone(tx.db(), &lawyer.phone_sealed)? else { continue };
        if number != own {
            continue;
        }
        let mut values = vec![
            HeldValue::plain("姓名", &lawyer.name),
            HeldValue::plain("执业证号", &lawyer.licence),
            HeldValue::number("电话", number.as_str(), number.masked()),
        ];
        for row in retainers::of_lawyer(tx, lawyer.id, false).await? {
            let value = format!("{}，{}，{}", row.name, row.kind.label(), row.span());
            values.push(HeldValue::plain("客户单位", value));
        }
        held.push(Held {
            title: format!("{} {}", lawyer.firm_name, lawyer.kind.label()),
            href: Some(format!("/lawyers/{}", lawyer.id)),
            last: lawyer.left_on.unwrap_or(lawyer.licensed_since),
            open: lawyer.left_on.is_none(),
            policy: Some(POLICY),
            values,
        });
    }
    Ok(held)
}

/// The register's sealed columns, for changes of keys.
pub(crate) const SEALED: [::store::SealedField; 2] = [
    ::store::SealedField {
        table: "counsel_lawyer_entry",
        column: "phone_sealed",
        field: PHONE_FIELD,
        blind: None,
    },
    ::store::SealedField {
        table: "counsel_firm_entry",
        column: "phone_sealed",
        field: crate::FIRM_PHONE_FIELD,
        blind: None,
    },
];

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment, Phone};
    use std::sync::Arc;
    use store::params;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn who_left_keeps_the_name_and_loses_the_telephone() {
        on_both(&migrations(), |db| async move {
            let (firms, _) = two_firms(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut new = crate::testing::a_lawyer(firms[0], "陈阿大", "13204201811990077");
            new.phone = Some(Phone::parse("13800000000")?);
            let lawyer = crate::register_lawyer(&mut tx, None, &new).await?;
            let mut person = parties::NewPerson { name: "陈阿大".to_owned(), ..Default::default() };
            person.phone = Some(Phone::parse("13800000000")?);
            let (id, _) = parties::find_or_create_person(&mut tx, None, &person).await?;
            let before = (super::LEFT.kept)(&mut tx).await?;
            tx.commit().await?;
            let on = |day: &str| {
                let clock = Arc::new(FixedClock(Moment::parse(&format!("{day}T09:00")).expect("a moment")));
                Server::new(db.clone(), clock, vec![parties::module(), crate::module()])
            };
            let manager = on("2022-05-06").log_in(actor(Role::Manager));
            let data = manager.get(&format!("/persons/{id}/data")).await.text();
            assert!(data.contains("律师和法律工作者名册") && data.contains("13204201811990077"));
            assert!(!data.contains("13800000000"));
            let left = manager.post(&format!("/lawyers/{lawyer}/leave"), &[("left_on", "2022-05-05")]).await;
            assert_eq!(left.status, 303);
            let night = async |day: &str| -> kernel::Result<String> {
                let server = on(day);
                let jobs = parties::module().jobs;
                let job = jobs.iter().find(|job| job.id == "parties.retention").expect("the job");
                (job.run)(&server.app).await
            };
            assert!(night("2023-05-05").await?.contains("新标记 0 条"));
            assert!(night("2023-05-06").await?.contains("新标记 1 条"));
            assert!(night("2023-06-05").await?.contains("清除 1 条"));
            let mut tx = db.begin_read().await?;
            let (name, sealed): (String, Option<String>) = tx
                .one("select name, phone_sealed from counsel_lawyer_entry where id = $1", params![lawyer])
                .await?;
            assert_eq!((name.as_str(), sealed), ("陈阿大", None));
            assert_eq!((super::LEFT.kept)(&mut tx).await?, before - 1, "one telephone fewer is kept");
            Ok(())
        });
    }
}
