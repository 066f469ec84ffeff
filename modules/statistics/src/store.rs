//! All SQL of the statistics: facts behind figures, names of places, ledgers.

pub(crate) mod checks;
pub(crate) mod seals;

use crate::{
    fact::Fact,
    frame::Days,
    ledger::{Ledger, NewLedger},
    sums::Scope,
};
use ::store::{Filter, Tx, params, tally::FigureDef};
use kernel::{Day, Fault, Id, Moment};
use std::collections::BTreeSet;
use web::{Cursor, Listing};

::store::record! {
    /// A place with the town it counts for.
    #[derive(Debug, Clone)]
    pub(crate) struct Area {
        pub(crate) id: i64,
        pub(crate) town_id: i64,
        pub(crate) name: String,
    }
}

/// Every place that a fact can belong to, units that are gone included.
pub(crate) async fn areas(tx: &mut Tx) -> Result<Vec<Area>, Fault> {
    tx.all(
        "select id, town_id, name from places_area where region_id = $1 order by id",
        params![tx.region()?],
    )
    .await
}

/// Ids and short names of the units that stand, in their usual order.
pub(crate) async fn current_units(tx: &mut Tx) -> Result<Vec<(i64, String)>, Fault> {
    tx.all(
        "select id, short_name from places_unit where region_id = $1 order by town_sort, id",
        params![tx.region()?],
    )
    .await
}

/// The units that stood on a day, in their usual order.
pub(crate) async fn units_on(tx: &mut Tx, day: Day) -> Result<Vec<i64>, Fault> {
    let units: Vec<(i64,)> = tx
        .all(
            "select id from places_unit_any
             where region_id = $1 and opened_on <= $2 and (closed_on is null or closed_on > $2) order by town_sort, id",
            params![tx.region()?, day],
        )
        .await?;
    Ok(units.into_iter().map(|(id,)| id).collect())
}

/// The units that were closed by a day, or by now.
pub(crate) async fn closed_units(tx: &mut Tx, day: Option<Day>) -> Result<BTreeSet<i64>, Fault> {
    let units: Vec<(i64,)> = Filter::new("places_unit_any", "region_id", tx.region()?)
        .and_that("closed_on is not null")
        .and_if("closed_on <= ?", day)
        .rows(tx, "id", "id", i64::MAX)
        .await?;
    Ok(units.into_iter().map(|(id,)| id).collect())
}

/// What units were called on a day, in short; of one that was closed by then, its last name.
pub(crate) async fn names_on(tx: &mut Tx, day: Day) -> Result<Vec<(i64, String)>, Fault> {
    tx.all(
        "select unit_id, short_name from places_name where region_id = $1 and from_day <= $2 order by unit_id, from_day",
        params![tx.region()?, day],
    )
    .await
}

/// Names of lawyers with their firms: who served.
pub(crate) async fn lawyers(tx: &mut Tx) -> Result<Vec<(i64, String, String)>, Fault> {
    tx.all("select id, name, firm_name from counsel_lawyer where region_id = $1", params![tx.region()?]).await
}

/// Names of the terms that facts carry; of a term that was renamed, the newest name comes last.
pub(crate) async fn terms(tx: &mut Tx) -> Result<Vec<(String, String, String)>, Fault> {
    tx.all(
        "select list, code, name from parties_term where region_id = $1 and list in ('consult_topic', 'channel') order by valid_from, id",
        params![tx.region()?],
    )
    .await
}

/// Which facts: those of a figure over some days, within a scope, perhaps of one town or one place only.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub(crate) def: &'a FigureDef,
    pub(crate) days: Days,
    pub(crate) scope: &'a Scope,
    /// One town; `Some(None)` is what belongs to no town.
    pub(crate) town: Option<Option<i64>>,
    pub(crate) unit: Option<i64>,
    /// These places and no others, instead of scope, town and unit: where places stand under present names.
    pub(crate) places: Option<Vec<i64>>,
}

impl Wanted<'_> {
    fn filter(&self, tx: &Tx) -> Result<Filter, Fault> {
        let keys: Vec<&str> = self.def.measures.iter().map(|measure| measure.key).collect();
        let filter = Filter::new(
            "tally_fact f left join places_area a on a.region_id = f.region_id and a.id = f.place_id",
            "f.region_id",
            tx.region()?,
        )
        .and_in("f.measure", &keys)
        .and_if("f.day >= ?", self.days.first)
        .and("f.day <= ?", self.days.last)
        .and_if("f.entered_at <= ?", self.days.seen);
        if let Some(places) = &self.places {
            return Ok(filter.and_in("f.place_id", places));
        }
        let filter = filter.and_if("f.place_id = ?", self.unit);
        let filter = match self.town {
            Some(Some(town)) => filter.and("a.town_id = ?", town),
            Some(None) => filter.and_that("a.town_id is null"),
            None => filter,
        };
        Ok(match self.scope {
            Scope::Region => filter,
            Scope::Towns(towns) => filter.and_in("a.town_id", towns),
        })
    }
}

const FACT: &str = "f.id, f.day, f.measure, f.quantity, f.people, f.matter, f.channel, f.place_id, f.served_by, f.source, f.source_id, f.reverses_id, f.entered_at,
    (select min(r.id) from tally_fact r where r.region_id = f.region_id and r.source = f.source and r.source_id = f.source_id and r.reverses_id = f.id) as reversed_by";

/// What all the wanted facts come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) rows: i64,
    pub(crate) quantity: i64,
    pub(crate) people: i64,
    /// Places whose own sum is above zero: what a distinct figure counts.
    pub(crate) places: i64,
}

/// Adds the wanted facts up.
pub(crate) async fn fact_sums(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Sums, Fault> {
    let rows: Vec<(i64, i64, i64)> = wanted
        .filter(tx)?
        .group_by("f.place_id")
        .rows(
            tx,
            "cast(count(*) as bigint), cast(sum(f.quantity) as bigint), cast(sum(f.people) as bigint)",
            "1",
            i64::MAX,
        )
        .await?;
    Ok(rows.into_iter().fold(Sums::default(), |sums, (rows, quantity, people)| Sums {
        rows: sums.rows + rows,
        quantity: sums.quantity + quantity,
        people: sums.people + people,
        places: sums.places + i64::from(quantity > 0),
    }))
}

/// One page of the wanted facts, newest first, one row more than the page has.
pub(crate) async fn fact_page(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    listing: &Listing,
) -> Result<Vec<Fact>, Fault> {
    let filter = wanted.filter(tx)?;
    let (filter, back) = match &listing.cursor {
        Some(Cursor { value, id, back }) => (filter.after("f.day", "f.id", !back, value.clone(), *id), *back),
        None => (filter, false),
    };
    let order = if back { "f.day, f.id" } else { "f.day desc, f.id desc" };
    filter.rows(tx, FACT, order, listing.size + 1).await
}

/// The wanted facts in the order of days, at most so many.
pub(crate) async fn facts(tx: &mut Tx, wanted: &Wanted<'_>, most: i64) -> Result<Vec<Fact>, Fault> {
    wanted.filter(tx)?.rows(tx, FACT, "f.day, f.id", most).await
}

/// Facts by their ids, in the order of days.
pub(crate) async fn facts_by_id(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Fact>, Fault> {
    let mut facts: Vec<Fact> = Vec::new();
    for chunk in ids.chunks(500) {
        let filter = Filter::new("tally_fact f", "f.region_id", tx.region()?).and_in("f.id", chunk);
        facts.extend(filter.rows::<Fact>(tx, FACT, "f.day, f.id", i64::MAX).await?);
    }
    facts.sort_by_key(|fact| (fact.day, fact.id.raw()));
    Ok(facts)
}

/// The ledgers of an account.
pub(crate) async fn ledgers(tx: &mut Tx, account: i64) -> Result<Vec<Ledger>, Fault> {
    tx.all(
        "select id, title, figure, scheme, town_id, unit_id, columns, made_at from statistics_ledger_entry
         where region_id = $1 and account_id = $2 order by title",
        params![tx.region()?, account],
    )
    .await
}

/// One ledger of that account; another's is none.
pub(crate) async fn ledger(tx: &mut Tx, account: i64, id: Id<Ledger>) -> Result<Option<Ledger>, Fault> {
    tx.optional(
        "select id, title, figure, scheme, town_id, unit_id, columns, made_at from statistics_ledger_entry
         where id = $1 and account_id = $2",
        params![id, account],
    )
    .await
}

pub(crate) async fn insert_ledger(
    tx: &mut Tx,
    account: i64,
    ledger: &NewLedger,
    now: Moment,
) -> Result<Id<Ledger>, Fault> {
    let id = tx.new_id()?;
    let columns: Vec<&str> = ledger.columns.iter().map(|column| column.as_str()).collect();
    tx.execute(
        "insert into statistics_ledger_entry (id, region_id, account_id, title, figure, scheme, town_id, unit_id, columns, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, tx.region()?, account, ledger.title, ledger.figure, ledger.scheme, ledger.town, ledger.unit, columns.join(","), now],
    )
    .await?;
    Ok(id)
}

/// Deletes a ledger of that account; false if there is none.
pub(crate) async fn delete_ledger(tx: &mut Tx, account: i64, id: Id<Ledger>) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "delete from statistics_ledger_entry where id = $1 and account_id = $2",
            params![id, account],
        )
        .await?;
    Ok(touched == 1)
}
