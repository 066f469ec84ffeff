//! Checks over appointments and services.

mod book;

use store::{Tx, params};
use web::{Check, Finding, Findings};

pub(crate) fn all() -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "advisers.uncovered",
            title: "每个村（社区）都有法律顾问",
            why: "全区要求一村（社区）一法律顾问，空缺期间群众找不到人。",
            mend: "在“法律顾问覆盖”页为空缺的村（社区）聘任法律顾问。",
            grave: false,
            run: |tx, _| uncovered(tx),
        },
        Check {
            id: "advisers.current",
            title: "现任法律顾问与聘任历史一致",
            why: "现任表与聘任历史必须指向同一次聘任，否则统计与公示不符。",
            mend: "请联系系统管理员核对该村（社区）的聘任历史。",
            grave: true,
            run: |tx, _| current_matches_history(tx),
        },
        Check {
            id: "advisers.inactive",
            title: "现任法律顾问都在执业",
            why: "离任律师仍在公示会误导群众。",
            mend: "在“法律顾问覆盖”页办理移交。",
            grave: false,
            run: |tx, _| inactive(tx),
        },
    ];
    all.extend(book::all());
    all
}

fn uncovered(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(String, kernel::Id<()>)> = tx
            .all(
                "select u.short_name, u.id from places_unit u left join advisers_current_entry c on c.unit_id = u.id
                 where u.region_id = $1 and c.unit_id is null order by u.id",
                params![tx.region()?],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(name, id)| Finding {
                what: format!("{name}没有法律顾问"),
                href: Some(format!("/coverage/{id}")),
            })
            .collect())
    })
}

fn current_matches_history(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(kernel::Id<()>,)> = tx
            .all(
                "select c.unit_id from advisers_current_entry c left join advisers_appointment_entry a on a.id = c.appointment_id
                 where c.region_id = $1 and (a.id is null or a.unit_id <> c.unit_id or a.lawyer_id <> c.lawyer_id or a.from_day <> c.since or a.to_day is not null)
                 union
                 select a.unit_id from advisers_appointment_entry a left join advisers_current_entry c on c.appointment_id = a.id
                 where a.region_id = $1 and a.to_day is null and c.unit_id is null",
                params![tx.region()?],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id,)| Finding {
                what: format!("编号 {id} 的现任与聘任历史不一致"),
                href: Some(format!("/coverage/{id}")),
            })
            .collect())
    })
}

fn inactive(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(String, kernel::Id<()>)> = tx
            .all(
                "select l.name, l.id from counsel_lawyer l where l.region_id = $1 and l.state <> 'active'
                 and exists (select 1 from advisers_current_entry c where c.region_id = $1 and c.lawyer_id = l.id) order by l.id",
                params![tx.region()?],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(name, id)| Finding {
                what: format!("{name}已离任或暂停执业，仍是现任法律顾问"),
                href: Some(format!("/coverage/hand-over?from={id}")),
            })
            .collect())
    })
}
