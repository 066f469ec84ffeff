//! Builders for tests.

use crate::{NewTown, NewUnit, Position, Town, TownKind, Unit, UnitKind, open_town, open_unit};
use ::store::{Db, Tx};
use kernel::{Id, Moment, Result};

/// A town of that name.
#[must_use]
pub fn a_town(name: &str) -> NewTown {
    NewTown {
        name: name.to_owned(),
        kind: TownKind::Town,
        code: String::new(),
        lat: 31.7,
        lon: 119.95,
        population: None,
        population_status: None,
        office: String::new(),
        office_phone: None,
        sort: 1,
    }
}

/// A unit of that short name; a community if the name ends so.
#[must_use]
pub fn a_unit(town: Id<Town>, short_name: &str) -> NewUnit {
    let kind = if short_name.ends_with("社区") { UnitKind::Community } else { UnitKind::Village };
    let body = if kind == UnitKind::Community { "居民委员会" } else { "民委员会" };
    NewUnit {
        town,
        name: format!("{short_name}{body}"),
        short_name: short_name.to_owned(),
        kind,
        code: Some(("nbs".to_owned(), "320412100001".to_owned())),
        position: Some((31.7, 119.95)),
        position_kind: Position::Schematic,
        opened_on: Moment::from_micros(1_609_459_200_000_000).day(),
    }
}

/// Enters units into a town made for them.
///
/// # Errors
/// What the actions refuse.
pub async fn town_with_units(tx: &mut Tx, town: &str, units: &[&str]) -> Result<(Id<Town>, Vec<Id<Unit>>)> {
    let now = Moment::from_micros(0);
    let town = open_town(tx, None, &a_town(town)).await?;
    let mut ids = Vec::new();
    for unit in units {
        ids.push(open_unit(tx, None, &a_unit(town, unit), now).await?);
    }
    Ok((town, ids))
}

/// Two towns, three units: 谈家头村 and 阳湖村 in 洛阳镇, 鸣凰社区 in 湖塘镇.
///
/// # Errors
/// What the actions refuse.
pub async fn two_towns(db: &Db) -> Result<Vec<Id<Unit>>> {
    let mut tx = db.begin_write().await?;
    let (_, mut units) = town_with_units(&mut tx, "洛阳镇", &["谈家头村", "阳湖村"]).await?;
    units.extend(town_with_units(&mut tx, "湖塘镇", &["鸣凰社区"]).await?.1);
    tx.commit().await?;
    Ok(units)
}
