//! Builders for tests and for the demonstration.

use crate::{Application, Hardship, Said};
use ::store::{Db, Migration};
use counsel::Lawyer;
use kernel::{Id, Result};
use parties::{NewPerson, Person};
use places::{Town, Unit};

/// The tables that tests of legal aid need.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    [
        imports::MIGRATIONS,
        ::documents::MIGRATIONS,
        places::MIGRATIONS,
        parties::MIGRATIONS,
        counsel::MIGRATIONS,
        identity::MIGRATIONS,
        outreach::MIGRATIONS,
        stations::MIGRATIONS,
        advisers::MIGRATIONS,
        crate::MIGRATIONS,
    ]
    .concat()
}

/// A small district.
#[derive(Debug, Clone)]
pub struct World {
    /// Its towns.
    pub towns: Vec<Id<Town>>,
    /// Two villages.
    pub units: Vec<Id<Unit>>,
    /// Its lawyers, of two firms.
    pub lawyers: Vec<Id<Lawyer>>,
    /// Somebody who asks.
    pub applicant: Id<Person>,
}

/// Two towns with villages, two firms with lawyers, the dictionaries, and 陈阿大 of the first village.
///
/// # Errors
/// What the actions refuse.
pub async fn world(db: &Db) -> Result<World> {
    let units = places::testing::two_towns(db).await?;
    let (_, lawyers) = counsel::testing::two_firms(db).await?;
    let mut tx = db.begin_write().await?;
    parties::install_standard_terms(&mut tx).await?;
    let new =
        NewPerson { name: "陈阿大".to_owned(), unit: units.first().copied(), ..NewPerson::default() };
    let (applicant, _) = parties::find_or_create_person(&mut tx, None, &new).await?;
    let towns = places::towns(&mut tx).await?.into_iter().map(|town| town.id).collect();
    tx.commit().await?;
    Ok(World { towns, units, lawyers, applicant })
}

/// An application about wages, at the counter of the centre.
#[must_use]
pub fn an_application(world: &World) -> Application {
    Application {
        town: world.towns[0],
        unit: world.units.first().copied(),
        applicant: world.applicant,
        station: None,
        channel: "reception".to_owned(),
        said: about_wages(),
    }
}

/// Wages that were not paid.
#[must_use]
pub fn about_wages() -> Said {
    Said {
        agent_name: String::new(),
        agent_relation: String::new(),
        opponent: "江苏示例建设有限公司".to_owned(),
        matter: "M31-5".to_owned(),
        story: "做了三个月工，工资没有发。".to_owned(),
        groups: vec!["G-MIG".to_owned()],
        green: false,
        hardship: Hardship::Exempt,
        people: 1,
        papers: vec!["法律援助申请表".to_owned(), "身份证明".to_owned()],
    }
}
