//! Checks over the book of services: days outside a village's life, rows nobody stands for, rows written twice, facts
//! of appointments that are gone.

use kernel::{Day, Id};
use store::{Tx, params};
use web::{Check, Finding, Findings};

/// Rows that look the same are looked for in this many days: older periods are sealed.
const LOOK_BACK_DAYS: i64 = 400;
/// More findings than that are not listed: whoever has so many mends the cause, not the rows.
const MOST: i64 = 10_000;

pub(super) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "advisers.outside_life",
            title: "服务日期在村（社区）存续期间",
            why: "村（社区）设立前或撤销后的服务，多半是选错了村或者填错了日期，会算到错误的村头上。",
            mend: "打开记录，用“更正”改日期；村选错的，作废后重新登记。",
            grave: false,
            run: |tx, _| outside_life(tx),
        },
        Check {
            id: "advisers.unsigned",
            title: "每条服务都有登记人",
            why: "不知道是谁登记的服务，出了差错找不到人核实。",
            mend: "向服务的法律顾问核实：属实的保留，不属实的打开记录作废。",
            grave: false,
            run: |tx, _| unsigned(tx),
        },
        Check {
            id: "advisers.doubled",
            title: "没有重复登记的服务",
            why: "同一天同一个村同一个人写得一模一样的两条，多半是一次服务登记了两遍，数字会偏大。",
            mend: "打开两条记录核对，多余的一条作废。确实去了两次的，把说明写得不一样。",
            grave: false,
            run: doubled,
        },
        Check {
            id: "advisers.orphaned",
            title: "覆盖数的每一笔都有聘任记录",
            why: "计了数却找不到聘任，覆盖率就说不清来历。",
            mend: "数据库可能被直接改动过。请联系系统管理员核对该村（社区）的聘任历史。",
            grave: true,
            run: |tx, _| orphaned(tx),
        },
    ]
}

/// Units are few; their services are found by `advisers_service_entry_unit`, which holds the day.
fn outside_life(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, String, Day)> = tx
            .all(
                "select id, short_name, happened_on from (
                     select s.id as id, u.short_name as short_name, s.happened_on as happened_on
                     from places_unit_any u join advisers_service_entry s on s.region_id = u.region_id and s.unit_id = u.id
                     where u.region_id = $1 and s.happened_on < u.opened_on and s.state = 'standing'
                     union all
                     select s.id, u.short_name, s.happened_on
                     from places_unit_any u join advisers_service_entry s on s.region_id = u.region_id and s.unit_id = u.id
                     where u.region_id = $1 and s.happened_on >= u.closed_on and s.state = 'standing'
                 ) found order by happened_on, id limit $2",
                params![tx.region()?, MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, unit, day)| {
                found(id, format!("{day} 的服务记在{unit}，当天这个村（社区）还没有设立或者已经撤销"))
            })
            .collect())
    })
}

/// Counted in the partial index `advisers_service_entry_unsigned`, which holds nothing else. One finding for a month: rows
/// that were carried over from older books come by the thousand.
fn unsigned(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let months: Vec<(String, i64)> = tx
            .all(
                "select substr(happened_on, 1, 7), cast(count(*) as bigint) from advisers_service_entry
                 where region_id = $1 and entered_by is null group by substr(happened_on, 1, 7) order by 1",
                params![tx.region()?],
            )
            .await?;
        Ok(months
            .into_iter()
            .map(|(month, rows)| {
                let first = Day::parse(&format!("{month}-01")).ok();
                Finding {
                    what: format!("{month} 有 {rows} 条服务不知道由谁登记"),
                    href: first.map(|first| format!("/services?from={first}&to={}", first.last_of_month())),
                }
            })
            .collect())
    })
}

/// Bounded by the days looked at, which `advisers_service_entry_day` finds. Rows of one batch are different matters.
fn doubled(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, Id<()>, Day, i64)> = tx
            .all(
                "select min(id), max(id), happened_on, cast(count(distinct batch_id) as bigint) from advisers_service_entry
                 where region_id = $1 and happened_on >= $2 and state = 'standing'
                 group by happened_on, unit_id, kind, lawyer_id, matter, quantity, people, note
                 having count(distinct batch_id) > 1 order by 3, 1 limit $3",
                params![tx.region()?, today.add_days(-LOOK_BACK_DAYS), MOST],
            )
            .await?;
        let what = |id, last, day, times| {
            found(
                last,
                format!("{day} 有 {times} 条写得一模一样的服务，第一条编号 {id}，最后一条编号 {last}"),
            )
        };
        Ok(rows.into_iter().map(|(id, last, day, times)| what(id, last, day, times)).collect())
    })
}

/// Appointments are a few thousand in ten years; their facts are found by `tally_fact_source`.
fn orphaned(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, Day)> = tx
            .all(
                "select f.place_id, f.day from tally_fact f
                 where f.region_id = $1 and f.source = 'advisers_appointment'
                   and not exists (select 1 from advisers_appointment_entry a where a.id = f.source_id)
                 order by f.id limit $2",
                params![tx.region()?, MOST],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(unit, day)| Finding {
                what: format!("{day} 的一笔覆盖数没有聘任记录，村（社区）编号 {unit}"),
                href: Some(format!("/coverage/{unit}")),
            })
            .collect())
    })
}

fn found(service: Id<()>, what: String) -> Finding {
    Finding { what, href: Some(format!("/services/{service}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Deed, Entry, ServiceKind, log_service,
        testing::{migrations, now, world},
    };
    use ::store::tally::{self, Fact};
    use ::store::testing::spoil;
    use kernel::Result;
    use testkit::on_both;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn deed(on: &str, note: &str) -> Deed {
        Deed {
            kind: ServiceKind::Visit,
            quantity: 1,
            happened_on: day(on),
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: note.to_owned(),
        }
    }

    async fn run(tx: &mut Tx, id: &str) -> Result<Vec<Option<String>>> {
        let check = all().into_iter().find(|check| check.id == id).expect("a check of that name");
        let findings = (check.run)(tx, day("2022-05-06")).await?;
        Ok(findings.into_iter().map(|finding| finding.href).collect())
    }

    #[test]
    fn each_check_finds_the_planted_fault_and_nothing_else() {
        on_both(migrations(), |db| async move {
            let world = world(&db).await?;
            let mut tx = db.begin_write().await?;
            let entry = |unit, on, note| Entry { unit, deed: deed(on, note), own: None };
            let (first, second) = (world.units[0], world.units[1]);
            // One batch of two equal rows is no doubled entry; nor are equal rows of two villages.
            let fine = [
                entry(first, "2022-03-18", "值班"),
                entry(first, "2022-03-18", "值班"),
                entry(second, "2022-03-18", "值班"),
            ];
            log_service(&mut tx, Some(7), &fine, now()).await?;
            for check in all() {
                assert_eq!(run(&mut tx, check.id).await?, Vec::new(), "{}", check.id);
            }

            let once = log_service(&mut tx, Some(7), &[entry(first, "2022-04-01", "讲座")], now()).await?;
            let twice = log_service(&mut tx, Some(7), &[entry(first, "2022-04-01", "讲座")], now()).await?;
            assert_ne!(once, twice);
            assert_eq!(run(&mut tx, "advisers.doubled").await?, [Some(format!("/services/{}", twice[0]))]);

            log_service(&mut tx, None, &[entry(second, "2022-04-02", "咨询")], now()).await?;
            let april = "/services?from=2022-04-01&to=2022-04-30".to_owned();
            assert_eq!(run(&mut tx, "advisers.unsigned").await?, [Some(april)]);

            let (table, only) =
                ("places_unit_entry", |unit: Id<places::Unit>| format!("id = {}", unit.raw()));
            spoil(&mut tx, table, "closed_on = '2022-04-01'", &only(first)).await?;
            let late: Vec<_> = once.iter().chain(&twice).map(|id| Some(format!("/services/{id}"))).collect();
            assert_eq!(run(&mut tx, "advisers.outside_life").await?, late, "from the day it is no more");
            spoil(&mut tx, table, "closed_on = null", &only(first)).await?;
            spoil(&mut tx, table, "opened_on = '2022-04-02'", &only(second)).await?;
            let early = run(&mut tx, "advisers.outside_life").await?;
            assert_eq!(early.len(), 1, "before it was opened, but not on that day: {early:?}");

            let fact = Fact::new(
                crate::service::COVERED,
                1,
                day("2022-04-03"),
                first,
                "advisers_appointment",
                first,
            );
            tally::record(&mut tx, &fact, now()).await?;
            assert_eq!(run(&mut tx, "advisers.orphaned").await?, [Some(format!("/coverage/{first}"))]);
            Ok(())
        });
    }
}
