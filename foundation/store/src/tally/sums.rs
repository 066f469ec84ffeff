//! Sums over facts: from the live sums for whole segments, from the facts for the days at the edges.

use super::Measure;
use crate::{filter::Filter, params, tx::Tx};
use kernel::{Day, Fault, Moment, Segment};

crate::record! {
    /// The sum of one measure at one place.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PlaceSum {
        /// The measure's key.
        pub measure: String,
        /// The place.
        pub place_id: i64,
        /// The sum.
        pub quantity: i64,
    }
}

/// The days from `first` to `last` as whole segments and the days at either edge.
struct Cut {
    whole: Option<(i64, i64)>,
    edges: Vec<(Day, Day)>,
}

fn cut(first: Option<Day>, last: Day) -> Cut {
    let head = first.map(Segment::of);
    let tail = Segment::of(last);
    let tail_whole = tail.last() == last;
    let head_whole = first.is_none_or(|day| head.is_some_and(|segment| segment.first() == day));
    if let (Some(head), Some(first)) = (head, first)
        && head == tail
        && !(tail_whole && head_whole)
    {
        return Cut { whole: None, edges: vec![(first, last)] };
    }
    let mut edges = Vec::new();
    let mut from = head.map_or(i64::from(i32::MIN), |segment| i64::from(segment.number()));
    let mut to = i64::from(tail.number());
    if let (Some(head), Some(first), false) = (head, first, head_whole) {
        edges.push((first, head.last()));
        from += 1;
    }
    if !tail_whole {
        edges.push((tail.first(), last));
        to -= 1;
    }
    Cut { whole: (from <= to).then_some((from, to)), edges }
}

/// The sum of the measures from `first` (none: from the beginning, as stocks need) through `last`.
///
/// # Errors
/// A fault if the sums cannot be read.
pub async fn between(tx: &mut Tx, measures: &[Measure], first: Option<Day>, last: Day) -> Result<i64, Fault> {
    let region = tx.region()?;
    let keys: Vec<&str> = measures.iter().map(|measure| measure.key).collect();
    let cut = cut(first, last);
    let mut sum = 0;
    if let Some((from, to)) = cut.whole {
        let rows: Vec<(i64,)> = Filter::new("tally_total", "region_id", region)
            .and_in("measure", &keys)
            .and("segment >= ?", from)
            .and("segment <= ?", to)
            .rows(tx, "cast(coalesce(sum(quantity), 0) as bigint)", "1", 1)
            .await?;
        sum += rows.first().map_or(0, |row| row.0);
    }
    for (from, to) in cut.edges {
        let rows: Vec<(i64,)> = Filter::new("tally_fact", "region_id", region)
            .and_in("measure", &keys)
            .and("day >= ?", from)
            .and("day <= ?", to)
            .rows(tx, "cast(coalesce(sum(quantity), 0) as bigint)", "1", 1)
            .await?;
        sum += rows.first().map_or(0, |row| row.0);
    }
    Ok(sum)
}

/// The same sum by place and measure; places without any are absent.
///
/// # Errors
/// A fault if the sums cannot be read.
pub async fn between_by_place(
    tx: &mut Tx,
    measures: &[Measure],
    first: Option<Day>,
    last: Day,
) -> Result<Vec<PlaceSum>, Fault> {
    let region = tx.region()?;
    let keys: Vec<&str> = measures.iter().map(|measure| measure.key).collect();
    let cut = cut(first, last);
    let mut sums = std::collections::BTreeMap::new();
    let mut add = |rows: Vec<PlaceSum>| {
        for row in rows {
            *sums.entry((row.place_id, row.measure)).or_insert(0) += row.quantity;
        }
    };
    const COLUMNS: &str = "measure, place_id, cast(sum(quantity) as bigint) as quantity";
    if let Some((from, to)) = cut.whole {
        let filter = Filter::new("tally_place", "region_id", region)
            .and_in("measure", &keys)
            .and("segment >= ?", from)
            .and("segment <= ?", to)
            .group_by("measure, place_id");
        add(filter.rows(tx, COLUMNS, "place_id, measure", i64::MAX).await?);
    }
    for (from, to) in cut.edges {
        let filter = Filter::new("tally_fact", "region_id", region)
            .and_in("measure", &keys)
            .and("day >= ?", from)
            .and("day <= ?", to)
            .group_by("measure, place_id");
        add(filter.rows(tx, COLUMNS, "place_id, measure", i64::MAX).await?);
    }
    Ok(sums
        .into_iter()
        .map(|((place_id, measure), quantity)| PlaceSum { measure, place_id, quantity })
        .collect())
}

/// The sum by place and measure as it was known at a moment: of what was entered up to then, whenever it happened.
/// Live sums know the present only, so this reads the facts of those days: about a microsecond a fact.
///
/// # Errors
/// A fault if the facts cannot be read.
pub async fn observed_by_place(
    tx: &mut Tx,
    measures: &[Measure],
    first: Option<Day>,
    last: Day,
    seen: Moment,
) -> Result<Vec<PlaceSum>, Fault> {
    let keys: Vec<&str> = measures.iter().map(|measure| measure.key).collect();
    Filter::new("tally_fact", "region_id", tx.region()?)
        .and_in("measure", &keys)
        .and_if("day >= ?", first)
        .and("day <= ?", last)
        .and("entered_at <= ?", seen)
        .group_by("measure, place_id")
        .rows(
            tx,
            "measure, place_id, cast(sum(quantity) as bigint) as quantity",
            "place_id, measure",
            i64::MAX,
        )
        .await
}

/// The places whose sum over all the measures is above zero.
///
/// # Errors
/// A fault if the sums cannot be read.
pub async fn places_with(
    tx: &mut Tx,
    measures: &[Measure],
    first: Option<Day>,
    last: Day,
) -> Result<Vec<i64>, Fault> {
    let mut sums = std::collections::BTreeMap::new();
    for row in between_by_place(tx, measures, first, last).await? {
        *sums.entry(row.place_id).or_insert(0) += row.quantity;
    }
    Ok(sums.into_iter().filter(|(_, quantity)| *quantity > 0).map(|(place, _)| place).collect())
}

crate::record! {
    /// A live sum that does not equal the sum of its facts.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Discrepancy {
        /// The measure.
        pub measure: String,
        /// The segment.
        pub segment: i64,
        /// Sum of the facts minus the live sum.
        pub difference: i64,
    }
}

/// Compares every live sum with its facts; what differs is returned (nothing, if all is well).
///
/// # Errors
/// A fault if the facts cannot be read.
pub async fn reconcile(tx: &mut Tx) -> Result<Vec<Discrepancy>, Fault> {
    let region = tx.region()?;
    let mut found: Vec<Discrepancy> = tx
        .all(
            "select measure, segment, cast(sum(quantity) as bigint) as difference from (
                 select measure, (cast(substr(day, 1, 4) as bigint) * 12 + cast(substr(day, 6, 2) as bigint) - 1) * 2
                        + case when substr(day, 9, 2) >= '21' then 1 else 0 end as segment, place_id, quantity
                 from tally_fact where region_id = $1
                 union all
                 select measure, segment, place_id, -quantity from tally_place where region_id = $1
             ) as both_sides
             group by measure, segment, place_id having sum(quantity) <> 0 order by measure, segment limit 100",
            params![region],
        )
        .await?;
    let totals: Vec<Discrepancy> = tx
        .all(
            "select measure, segment, cast(sum(quantity) as bigint) as difference from (
                 select measure, segment, quantity from tally_place where region_id = $1
                 union all
                 select measure, segment, -quantity from tally_total where region_id = $1
             ) as both_sides
             group by measure, segment having sum(quantity) <> 0 order by measure, segment limit 100",
            params![region],
        )
        .await?;
    found.extend(totals);
    Ok(found)
}

/// Makes all live sums anew from the facts.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn rebuild(tx: &mut Tx) -> Result<(), Fault> {
    let region = tx.region()?;
    tx.execute("delete from tally_place where region_id = $1", params![region]).await?;
    tx.execute("delete from tally_total where region_id = $1", params![region]).await?;
    tx.execute(
        "insert into tally_place (region_id, measure, segment, place_id, quantity)
         select region_id, measure, (cast(substr(day, 1, 4) as bigint) * 12 + cast(substr(day, 6, 2) as bigint) - 1) * 2
                + case when substr(day, 9, 2) >= '21' then 1 else 0 end, place_id, cast(sum(quantity) as bigint)
         from tally_fact where region_id = $1 group by 1, 2, 3, 4",
        params![region],
    )
    .await?;
    tx.execute(
        "insert into tally_total (region_id, measure, segment, lane, quantity)
         select region_id, measure, segment, 0, cast(sum(quantity) as bigint)
         from tally_place where region_id = $1 group by 1, 2, 3",
        params![region],
    )
    .await?;
    Ok(())
}
