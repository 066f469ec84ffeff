//! Checks across modules: facts that nothing stands behind, that lie ahead, that belong nowhere; numbers of outside
//! systems that disagree. They read the tally and published views only.

use crate::fact;
use ::store::{Tx, params};
use kernel::Day;
use web::{Check, Finding, Findings};

/// More findings than that are not listed: whoever has so many mends the cause, not the rows.
const MOST: i64 = 10_000;

/// The module's checks.
pub(crate) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "statistics.orphaned",
            title: "每一笔计数都有来源记录",
            why: "报表上的数字要能点开到原始记录；来源没有了，这一笔就说不清。",
            mend: "数据库可能被直接改动过。请系统管理员保留现场，并用备份核对这些记录。",
            grave: true,
            run: |tx, _| orphaned(tx),
        },
        Check {
            id: "statistics.future",
            title: "没有记在将来的计数",
            why: "还没到的日子不会有服务，多半是年份填错，到时候会凭空多出一笔。",
            mend: "打开来源记录更正日期。系统日期不对的，请系统管理员先校准服务器时间。",
            grave: true,
            run: future,
        },
        Check {
            id: "statistics.nowhere",
            title: "每一笔计数都归到一个镇村",
            why: "归不到镇村的数会使各镇之和小于全区合计。",
            mend: "数据库可能被直接改动过。请系统管理员核对镇村资料，缺少的从备份恢复。",
            grave: true,
            run: |tx, _| nowhere(tx),
        },
        Check {
            id: "statistics.outside",
            title: "与外部系统的编号一致",
            why: "同一件事在省里的系统和本系统内容不同，报数会对不上。",
            mend: "打开记录，与外部系统逐项核对，改正后把状态改为“已录”。",
            grave: false,
            run: |tx, _| outside(tx),
        },
    ]
}

/// Reads every fact of these sources once, from the index `tally_fact_source` alone, and looks its source up by the
/// primary key: some seconds with two million facts, at night, while others read and write.
fn orphaned(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(i64, String, i64)> = tx
            .all(
                "select f.id, f.source, f.source_id from tally_fact f
                 where f.region_id = $1 and f.source = 'advisers_service'
                   and not exists (select 1 from advisers_service s where s.id = f.source_id)
                 union all
                 select f.id, f.source, f.source_id from tally_fact f
                 where f.region_id = $1 and f.source = 'places_unit'
                   and not exists (select 1 from places_area a where a.region_id = $1 and a.id = f.source_id)
                 order by 1 limit $2",
                params![tx.region()?, MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, source, source_id)| Finding {
                what: format!(
                    "计数 {} 的来源没有了：{} {}",
                    fact::number(id),
                    source_name(&source),
                    fact::number(source_id)
                ),
                href: None,
            })
            .collect())
    })
}

/// The measures are few and their names are in `tally_total`; for each the index `tally_fact_day` holds the days.
fn future(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(i64, Day, String, i64, i64)> = tx
            .all(
                "select f.id, f.day, f.source, f.source_id, f.place_id
                 from (select distinct measure from tally_total where region_id = $1) m
                 join tally_fact f on f.region_id = $1 and f.measure = m.measure and f.day > $2
                 order by f.day, f.id limit $3",
                params![tx.region()?, today, MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(_, day, source, id, place)| Finding {
                what: format!("{} {} 记在 {day}，还没有到", source_name(&source), fact::number(id)),
                href: fact::href(&source, id, place),
            })
            .collect())
    })
}

/// Asks the sums by place: one row for each measure, half month and place, not the facts. The district itself is the
/// region's code.
fn nowhere(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let region = tx.region()?;
        let rows: Vec<(i64, i64)> = tx
            .all(
                "select t.place_id, cast(sum(t.quantity) as bigint) from tally_place t
                 where t.region_id = $1 and t.place_id <> $2
                   and not exists (select 1 from places_area a where a.region_id = $1 and a.id = t.place_id)
                 group by t.place_id order by t.place_id limit $3",
                params![region, i64::from(region.code()), MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(place, quantity)| Finding {
                what: format!("编号 {} 的镇村不存在，却有计数合计 {quantity}", fact::number(place)),
                href: None,
            })
            .collect())
    })
}

/// Reads the outside numbers of the region once: one for each record that was carried over, some ten thousand.
fn outside(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(String, i64, String, Day)> = tx
            .all(
                "select object, object_id, system, noted_on from outside_number
                 where region_id = $1 and state = 'mismatch' order by noted_on, id limit $2",
                params![tx.region()?, MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(object, id, system, day)| Finding {
                what: format!("{} {} 与{system}不一致，{day} 发现", source_name(&object), fact::number(id)),
                href: fact::href(&object, id, id),
            })
            .collect())
    })
}

fn source_name(source: &str) -> &str {
    match source {
        "advisers_service" => "服务记录",
        "advisers_appointment" | "advisers_current" => "聘任",
        "stations_station" => "工作站",
        "portal_callback" => "回电",
        "places_unit" => "村（社区）",
        "parties_person" => "人员",
        "parties_organisation" => "企业和组织",
        "counsel_lawyer" => "律师",
        "counsel_firm" => "律所",
        other => other,
    }
}
