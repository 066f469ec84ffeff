//! Checks over the register of stations: what citizens look for must be there.

use kernel::{Day, Id};
use store::{Tx, params};
use web::{Check, Finding, Findings};

/// The module's checks. Stations are some dozens: every check reads them all.
pub(crate) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "stations.hours",
            title: "开放的工作站都有开放时间",
            why: "没有开放时间，群众查到了也不知道什么时候去，网页只能显示“暂无固定时间”。",
            mend: "向工作站核实后，在工作站页面点“修改”补上开放时间。",
            grave: false,
            run: |tx, _| without(tx, NO_HOURS, "没有填开放时间"),
        },
        Check {
            id: "stations.orphaned",
            title: "工作站数的每一笔都有工作站",
            why: "计了数却找不到工作站，报表上的工作站数就说不清来历。",
            mend: "数据库可能被直接改动过。请系统管理员保留现场并核对备份。",
            grave: true,
            run: |tx, _| orphaned(tx),
        },
    ]
}

const NO_HOURS: &str = "select id, name from stations_station_entry
     where region_id = $1 and state in ('open', 'paused') and trim(hours) = '' order by id";

fn without<'a>(tx: &'a mut Tx, sql: &'static str, what: &'static str) -> Findings<'a> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, String)> = tx.all(sql, params![tx.region()?]).await?;
        let finding = |(id, name)| Finding {
            what: format!("{name}{what}"),
            href: Some(format!("/manage/stations/{id}")),
        };
        Ok(rows.into_iter().map(finding).collect())
    })
}

fn orphaned(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, Day)> = tx
            .all(
                "select f.id, f.day from tally_fact f
                 where f.region_id = $1 and f.source = 'stations_station'
                   and not exists (select 1 from stations_station_entry s where s.id = f.source_id) order by f.id",
                params![tx.region()?],
            )
            .await?;
        let finding = |(id, day)| Finding {
            what: format!("{day} 的一笔工作站数没有工作站，编号 {id}"),
            href: None,
        };
        Ok(rows.into_iter().map(finding).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{four_stations, migrations};
    use kernel::{Moment, Result};
    use store::tally::{self, Fact};
    use testkit::on_both;

    async fn run(tx: &mut Tx, id: &str) -> Result<Vec<Finding>> {
        let check = all().into_iter().find(|check| check.id == id).expect("a check of that name");
        Ok((check.run)(tx, Day::new(2022, 5, 6).expect("a day")).await?)
    }

    #[test]
    fn each_check_finds_the_planted_fault_and_nothing_else() {
        on_both(&migrations(), |db| async move {
            let (towns, stations) = four_stations(&db).await?;
            let mut tx = db.begin_write().await?;
            for check in all() {
                assert_eq!(run(&mut tx, check.id).await?, Vec::new(), "{}", check.id);
            }
            tx.execute("update stations_station_entry set hours = '' where id = $1", params![stations[1]])
                .await?;
            let found = run(&mut tx, "stations.hours").await?;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].href, Some(format!("/manage/stations/{}", stations[1])));
            tx.execute(
                "update stations_station_entry set state = 'closed' where id = $1",
                params![stations[1]],
            )
            .await?;
            assert_eq!(run(&mut tx, "stations.hours").await?, Vec::new(), "nobody looks for a closed one");

            let day = Day::new(2022, 4, 3).expect("a day");
            let fact = Fact::new(crate::STOCK, 1, day, towns[0], "stations_station", towns[0]);
            tally::record(&mut tx, &fact, Moment::at(day, 9, 0)).await?;
            let found = run(&mut tx, "stations.orphaned").await?;
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.starts_with("2022-04-03"), "{found:?}");
            Ok(())
        });
    }
}
