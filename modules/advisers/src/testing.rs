//! Builders for tests: a small district with advisers.

use crate::{Appointment, appoint};
use ::store::{Db, Migration, Tx};
use counsel::{FirmKind, Lawyer, LawyerKind, NewFirm, NewLawyer};
use kernel::{Day, Id, Moment, Result};
use places::{Town, Unit};

/// The tables of this module and of those below it.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    static ALL: std::sync::OnceLock<Vec<Migration>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        [places::MIGRATIONS, parties::MIGRATIONS, counsel::MIGRATIONS, crate::MIGRATIONS].concat()
    })
}

/// 洛阳镇 with 谈家头村 and 阳湖村 (王律师), 湖塘镇 with 鸣凰社区 (李律师) and 无顾问社区 (nobody).
#[derive(Debug, Clone)]
pub struct World {
    /// 洛阳镇, 湖塘镇.
    pub towns: Vec<Id<Town>>,
    /// 谈家头村, 阳湖村, 鸣凰社区, 无顾问社区.
    pub units: Vec<Id<Unit>>,
    /// 王律师, 李律师.
    pub lawyers: Vec<Id<Lawyer>>,
}

/// Ten in the morning of the demonstration's day.
#[must_use]
pub fn now() -> Moment {
    // 2022-05-06 10:00 in Shanghai.
    Moment::from_micros(1_651_802_400_000_000)
}

/// A lawyer of that name in a firm.
#[must_use]
pub fn a_lawyer(firm: Id<counsel::Firm>, name: &str, licence: &str) -> NewLawyer {
    NewLawyer {
        firm,
        name: name.to_owned(),
        sex: String::new(),
        kind: LawyerKind::Lawyer,
        licence: licence.to_owned(),
        licensed_since: Moment::from_micros(1_262_304_000_000_000).day(),
        phone: None,
        specialities: Vec::new(),
        dialect: String::new(),
        assessment: None,
        discipline: String::new(),
    }
}

/// Makes the small district.
///
/// # Errors
/// What the actions refuse.
pub async fn world(db: &Db) -> Result<World> {
    let mut tx = db.begin_write().await?;
    let (luoyang, mut units) =
        places::testing::town_with_units(&mut tx, "洛阳镇", &["谈家头村", "阳湖村"]).await?;
    let (hutang, more) =
        places::testing::town_with_units(&mut tx, "湖塘镇", &["鸣凰社区", "无顾问社区"]).await?;
    units.extend(more);
    let firm = NewFirm {
        name: "江苏示例律师事务所".to_owned(),
        kind: FirmKind::LawFirm,
        uscc: None,
        address: String::new(),
        phone: None,
        lat: None,
        lon: None,
    };
    let firm = counsel::open_firm(&mut tx, None, &firm).await?;
    let wang =
        counsel::register_lawyer(&mut tx, None, &a_lawyer(firm, "王律师", "13204201010000001")).await?;
    let li = counsel::register_lawyer(&mut tx, None, &a_lawyer(firm, "李律师", "13204201010000002")).await?;
    let since = Day::from_number(now().day().number() - 400).unwrap_or(now().day());
    for (unit, lawyer) in [(units[0], wang), (units[1], wang), (units[2], li)] {
        take_up(&mut tx, unit, lawyer, since).await?;
    }
    tx.commit().await?;
    Ok(World { towns: vec![luoyang, hutang], units, lawyers: vec![wang, li] })
}

/// Appoints the first adviser of a unit.
///
/// # Errors
/// What the action refuses.
pub async fn take_up(tx: &mut Tx, unit: Id<Unit>, lawyer: Id<Lawyer>, from: Day) -> Result<()> {
    let new = Appointment { unit, lawyer: Some(lawyer), from, reason: String::new(), version: 0 };
    appoint(tx, None, &new, now()).await?;
    Ok(())
}

/// An .xlsx file of that many services in the small district, all different, for measuring imports.
///
/// # Errors
/// A fault if it cannot be written.
pub fn service_file(rows: usize) -> std::result::Result<Vec<u8>, kernel::Fault> {
    let heads = [
        "镇（街道）",
        "村（社区）",
        "服务日期",
        "服务方式",
        "次数",
        "服务人次",
        "内容",
        "外部编号",
        "来源系统",
    ];
    let units = [("洛阳镇", "谈家头村"), ("洛阳镇", "阳湖村"), ("湖塘镇", "鸣凰社区")];
    let kinds = crate::ServiceKind::ALL;
    let row = |nth: usize| {
        let (town, unit) = units[nth % units.len()];
        let day = now().day().add_days(-i64::try_from(nth % 365).unwrap_or(0));
        let kind = kinds[nth % kinds.len()].label();
        let texts = [
            town,
            unit,
            &day.to_string(),
            kind,
            "1",
            "3",
            &format!("解答土地流转、继承和劳动报酬方面的第 {nth} 个问题"),
            &format!("WJ{nth:08}"),
            "江苏法网",
        ];
        texts.map(str::to_owned).to_vec()
    };
    imports::testing::xlsx("服务记录", &heads, &(0..rows).map(row).collect::<Vec<_>>())
}
