//! Checks over villages and communities: what maps and outside systems need to know of each.

use ::store::{Tx, params};
use kernel::{Day, Id};
use web::{Check, Finding, Findings};

/// The module's checks. Units are some hundreds: every check reads them all.
pub(crate) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "places.position",
            title: "村（社区）都有位置",
            why: "没有位置的村（社区）不在地图上，群众按“离我最近”找不到它。",
            mend: "打开村（社区）页面，在地图上标出位置或填写坐标。",
            grave: false,
            run: |tx, _| position(tx),
        },
        Check {
            id: "places.code",
            title: "村（社区）都有有效的统计代码",
            why: "与上级系统和统计部门核对数据时按代码对应，没有代码就只能逐个认名字。",
            mend: "打开村（社区）页面，补上统计用区划代码。",
            grave: false,
            run: code,
        },
    ]
}

fn position(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, String, String)> = tx
            .all(
                "select id, town_name, short_name from places_unit
                 where region_id = $1 and (lat is null or lon is null or position = 'none') order by town_sort, id",
                params![tx.region()?],
            )
            .await?;
        Ok(rows.into_iter().map(|row| found(row, "没有位置")).collect())
    })
}

fn code(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, String, String)> = tx
            .all(
                "select u.id, u.town_name, u.short_name from places_unit u
                 where u.region_id = $1 and not exists (
                     select 1 from places_code c where c.region_id = u.region_id and c.unit_id = u.id
                         and c.valid_from <= $2 and (c.valid_to is null or c.valid_to >= $2))
                 order by u.town_sort, u.id",
                params![tx.region()?, today],
            )
            .await?;
        Ok(rows.into_iter().map(|row| found(row, "没有现行的统计代码")).collect())
    })
}

fn found((id, town, unit): (Id<()>, String, String), what: &str) -> Finding {
    Finding { what: format!("{town}{unit}{what}"), href: Some(format!("/places/{id}/edit")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Result;

    async fn run(tx: &mut Tx, id: &str) -> Result<Vec<Finding>> {
        let check = all().into_iter().find(|check| check.id == id).expect("a check of that name");
        Ok((check.run)(tx, Day::new(2022, 5, 6).expect("a day")).await?)
    }

    #[test]
    fn each_check_finds_the_planted_fault_and_nothing_else() {
        testkit::on_both(crate::MIGRATIONS, |db| async move {
            let units = crate::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            for check in all() {
                assert_eq!(run(&mut tx, check.id).await?, Vec::new(), "{}", check.id);
            }
            let nowhere =
                "update places_unit_entry set lat = null, lon = null, position = 'none' where id = $1";
            tx.execute(nowhere, params![units[1]]).await?;
            let found = run(&mut tx, "places.position").await?;
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.starts_with("洛阳镇阳湖村"), "{found:?}");

            tx.execute(
                "update places_code set valid_to = '2022-05-05' where unit_id = $1",
                params![units[2]],
            )
            .await?;
            let found = run(&mut tx, "places.code").await?;
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.starts_with("湖塘镇鸣凰社区"), "{found:?}");
            Ok(())
        });
    }
}
