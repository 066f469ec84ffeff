//! How long persons without a matter stay in the register.

use crate::{
    PersonRow, personal,
    retention::{Due, DueFuture, RetentionPolicy},
    store::{persons, standing},
};
use ::store::Tx;
use kernel::{Day, Fault, Id};
use web::App;

/// The policy over persons: the last to be purged, for everything else may point to them.
pub(crate) const PERSONS: RetentionPolicy = RetentionPolicy {
    key: "parties.person",
    title: "没有事项的人员",
    what: "最后一次修改或最后一件事项之后满期的，抹去姓名、证件号码、电话、出生日期、地址、人群和备注；记录编号、性别、村（社区）保留。",
    months: 36,
    begins: "最后一次修改或最后一件事项起",
    basis: "个人信息保护法第十九条（为实现处理目的所必要的最短时间）；期限待本局确认",
    rank: 90,
    object: "parties_person",
    href: Some(|id| {
        format!("/persons/{}/data", Id::<()>::from_raw(id).map_or(String::new(), |id| id.to_string()))
    }),
    kept: |tx| Box::pin(standing::kept(tx)),
    due: |app, tx, due| -> DueFuture<'_> { Box::pin(untouched(app, tx, due)) },
    purge: |tx, id| Box::pin(standing::purge(tx, id)),
};

/// Persons whose entry and whose matters, in whatever module, all began before the day.
async fn untouched(app: &App, tx: &mut Tx, due: Due) -> Result<Vec<(i64, Day)>, Fault> {
    let limit = usize::try_from(due.limit).unwrap_or(usize::MAX);
    let (mut over, mut after) = (Vec::new(), due.after);
    loop {
        let rows = standing::untouched(tx, Due { after, ..due }).await?;
        let Some((last, _)) = rows.last() else { return Ok(over) };
        after = last.raw();
        for (id, touched) in rows {
            let Some(person) = persons::person_whatever(tx, id).await? else { continue };
            if let Some(since) = last_use(app, tx, &person, touched.day()).await?
                && since < due.before
            {
                over.push((id.raw(), since));
                if over.len() >= limit {
                    return Ok(over);
                }
            }
        }
    }
}

/// The last day on which anything happened with a person; none while a matter is open.
async fn last_use(app: &App, tx: &mut Tx, person: &PersonRow, touched: Day) -> Result<Option<Day>, Fault> {
    let mut last = touched;
    for (_, held) in personal::held_about(app, tx, person).await? {
        if held.iter().any(|held| held.open) {
            return Ok(None);
        }
        last = held.iter().map(|held| held.last).fold(last, Day::max);
    }
    Ok(Some(last))
}
