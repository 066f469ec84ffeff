//! The small district in which the front door is tested.

use ::store::{Db, Migration};
use kernel::{Clock, FixedClock, Id, Moment, Phone, Result};
use places::{Town, Unit};
use std::sync::Arc;
use testkit::Server;
use web::Module;

/// Every table the front door looks at.
pub(crate) fn migrations() -> Vec<Migration> {
    [advisers::testing::migrations(), stations::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// Friday morning.
pub(crate) fn friday() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

/// The towns and villages of the tests: 洛阳镇 with 谈家头村 and 阳湖村 (王律师, no telephone known) and 戴溪村 (薛微澜 with
/// one), 湖塘镇 with 鸣凰社区 and 无顾问社区 (nobody); a station in each town, open at 9:00.
pub(crate) struct World {
    pub(crate) towns: Vec<Id<Town>>,
    /// 谈家头村, 阳湖村, 鸣凰社区, 无顾问社区, 戴溪村.
    pub(crate) units: Vec<Id<Unit>>,
}

pub(crate) async fn world(db: &Db) -> Result<World> {
    let small = advisers::testing::world(db).await?;
    let mut tx = db.begin_write().await?;
    let (towns, mut units) = (small.towns, small.units);
    let village = places::testing::a_unit(towns[0], "戴溪村");
    units.push(places::open_unit(&mut tx, None, &village, friday()).await?);
    let firm = counsel::NewFirm {
        name: "江苏澄岚律师事务所（示例）".to_owned(),
        kind: counsel::FirmKind::LawFirm,
        uscc: None,
        address: String::new(),
        phone: None,
        lat: None,
        lon: None,
    };
    let firm = counsel::open_firm(&mut tx, None, &firm).await?;
    let mut lawyer = advisers::testing::a_lawyer(firm, "薛微澜", "13204201811990001");
    lawyer.phone = Some(Phone::parse("19905190001").map_err(kernel::Refusal::from)?);
    let lawyer = counsel::register_lawyer(&mut tx, None, &lawyer).await?;
    advisers::testing::take_up(&mut tx, units[4], lawyer, friday().day().add_days(-30)).await?;
    for (town, name, at) in [
        (towns[0], "洛阳镇法律援助工作站", (31.7, 119.96)),
        (towns[1], "湖塘镇法律援助工作站", (31.8, 119.8)),
    ] {
        let mut station = stations::testing::a_station(town, name, "1-5 08:30-11:30 13:30-17:00")?;
        station.details.position = Some(at);
        stations::open_station(&mut tx, None, &station, friday()).await?;
    }
    crate::install_lay_words(&mut tx).await?;
    tx.commit().await?;
    Ok(World { towns, units })
}

/// The front door with the modules it leads to.
pub(crate) fn server(db: Db) -> Server {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(friday()));
    let modules: Vec<Module> = vec![stations::module(), crate::module()];
    Server::new(db, clock, modules)
}

/// How much a page weighs compressed, in bytes.
pub(crate) fn weight(bytes: &[u8]) -> usize {
    use std::io::Write as _;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).expect("memory");
    gz.finish().expect("memory").len()
}
