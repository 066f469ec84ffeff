//! What `farun check` looks at here: whether the live sums are the sums of their facts.

use ::store::{Tx, tally};
use kernel::Segment;
use web::{Check, Finding, Findings};

/// The checks of the module.
pub(crate) fn all() -> Vec<Check> {
    vec![Check {
        id: "statistics.sums",
        title: "统计汇总数与逐条明细",
        why: "报表上的数字取自汇总数；汇总数与明细不一致，报出去的数就不对。",
        mend: "请系统管理员按明细重建汇总数，再核对一次；仍不一致的，保留现场并联系开发单位。",
        grave: true,
        run: sums,
    }]
}

fn sums(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let found = tally::reconcile(tx).await?;
        Ok(found.iter().map(finding).collect())
    })
}

fn finding(discrepancy: &tally::Discrepancy) -> Finding {
    let days = i32::try_from(discrepancy.segment).map(Segment::from_number).map_or_else(
        |_| "日期不明的时段".to_owned(),
        |segment| format!("{}至{}", segment.first().chinese(), segment.last().chinese()),
    );
    let (measure, difference) = (&discrepancy.measure, discrepancy.difference);
    Finding { what: format!("{measure}，{days}：明细与汇总数相差 {difference}。"), href: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing::VISITS, world};
    use ::store::testing::spoil_tally;
    use testkit::on_both;

    #[test]
    fn a_spoiled_sum_is_a_finding() {
        on_both(&world::migrations(), |db| async move {
            let quarter = world::a_quarter(&db).await?;
            let mut tx = db.begin_write().await?;
            assert_eq!(sums(&mut tx).await?, []);
            spoil_tally(&mut tx, VISITS.key, quarter.units[1], -1).await?;
            let found = sums(&mut tx).await?;
            assert_eq!(found[0].what, "advisers.visits，2022年3月21日至2022年3月31日：明细与汇总数相差 1。");
            Ok(())
        });
    }
}
