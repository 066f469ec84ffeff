//! Builders for tests and for the demonstration.

use crate::{Application, Case, Decision, Hardship, Origin, Said, Subsidy, SubsidyKind};
use ::store::{Db, Migration, Tx, params};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment, Result};
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

::store::record! {
    /// An event with what its case is.
    #[derive(Debug, Clone)]
    pub struct Deed {
        /// The case.
        pub case_id: Id<Case>,
        /// How it came.
        pub origin: Origin,
        /// Code of its matter.
        pub matter: String,
        /// Its closing day, if it has one.
        pub closed_on: Option<Day>,
        /// What was done, as the registry of acts names it, or `received`.
        pub act: String,
        /// When.
        pub at: Moment,
        /// Grant or refuse, of acts that say so.
        pub decision: Option<Decision>,
    }
}

/// Every event of every case, the first first.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn deeds(tx: &mut Tx) -> Result<Vec<Deed>, Fault> {
    tx.all(
        "select e.case_id, c.origin, c.matter, c.closed_on, e.act, e.at, e.decision
         from legal_aid_event_entry e join legal_aid_case_entry c on c.id = e.case_id
         where e.region_id = $1 order by e.id",
        params![tx.region()?],
    )
    .await
}

/// A subsidy of a standard alone.
#[must_use]
pub fn a_subsidy(standard: i64) -> Subsidy {
    Subsidy {
        kind: SubsidyKind::Suit,
        standard,
        other_place: 0,
        translation: 0,
        other: 0,
        other_reason: String::new(),
        deduction: 0,
        deduction_reason: String::new(),
    }
}
