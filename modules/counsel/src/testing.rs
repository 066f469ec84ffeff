//! Builders for tests.

use crate::{
    Firm, FirmKind, Holder, Lawyer, LawyerKind, NewFirm, NewLawyer, NewRetainer, RetainerKind, open_firm,
    register_lawyer,
};
use ::store::{Db, Tx};
use kernel::{Day, Id, Moment, Result};

/// A law firm of that name.
#[must_use]
pub fn a_firm(name: &str) -> NewFirm {
    NewFirm {
        name: name.to_owned(),
        kind: FirmKind::LawFirm,
        uscc: None,
        address: "湖塘镇示例路1号".to_owned(),
        phone: None,
        lat: Some(31.715),
        lon: Some(119.94),
    }
}

/// A lawyer of that name and licence, licensed on 2018-03-09, without a telephone.
#[must_use]
pub fn a_lawyer(firm: Id<Firm>, name: &str, licence: &str) -> NewLawyer {
    NewLawyer {
        firm,
        name: name.to_owned(),
        sex: String::new(),
        kind: LawyerKind::Lawyer,
        licence: licence.to_owned(),
        licensed_since: Day::new(2018, 3, 9).unwrap_or_else(|| Moment::from_micros(0).day()),
        phone: None,
        specialities: vec!["labour".to_owned(), "debt".to_owned()],
        dialect: "武进话".to_owned(),
        assessment: Some((2021, "称职".to_owned())),
        discipline: String::new(),
    }
}

/// A lawyer or firm that is counsel of an organisation since 2022-01-01.
#[must_use]
pub fn a_retainer(holder: Holder, name: &str) -> NewRetainer {
    NewRetainer {
        holder,
        name: name.to_owned(),
        uscc: None,
        kind: RetainerKind::Counsel,
        from_on: Day::new(2022, 1, 1).unwrap_or_else(|| Moment::from_micros(0).day()),
        until_on: None,
    }
}

/// Enters a firm with lawyers of these names; licences are numbered from the names' places.
///
/// # Errors
/// What the actions refuse.
pub async fn firm_with_lawyers(
    tx: &mut Tx,
    firm: &str,
    names: &[&str],
) -> Result<(Id<Firm>, Vec<Id<Lawyer>>)> {
    let id = open_firm(tx, None, &a_firm(firm)).await?;
    let mut lawyers = Vec::new();
    for (name, nth) in names.iter().zip(1..) {
        let licence = format!("{}{nth:05}", id.serial() + 1_320_420_180_000);
        lawyers.push(register_lawyer(tx, None, &a_lawyer(id, name, &licence)).await?);
    }
    Ok((id, lawyers))
}

/// Two firms: 澄岚所 with 薛微澜 and 承意如, 砚衡所 with 金牧远.
///
/// # Errors
/// What the actions refuse.
pub async fn two_firms(db: &Db) -> Result<(Vec<Id<Firm>>, Vec<Id<Lawyer>>)> {
    let mut tx = db.begin_write().await?;
    let (one, mut lawyers) = firm_with_lawyers(&mut tx, "江苏澄岚律师事务所", &["薛微澜", "承意如"]).await?;
    let (two, more) = firm_with_lawyers(&mut tx, "江苏砚衡律师事务所", &["金牧远"]).await?;
    lawyers.extend(more);
    tx.commit().await?;
    Ok((vec![one, two], lawyers))
}

/// The tables that the tables of this module stand on, with its own.
#[must_use]
pub fn migrations() -> Vec<::store::Migration> {
    [places::MIGRATIONS, parties::MIGRATIONS, crate::MIGRATIONS].concat()
}
