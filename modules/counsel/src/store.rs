//! All SQL of the register of firms and lawyers.

pub(crate) mod changes;
pub(crate) mod personal;
pub(crate) mod retainers;

use crate::{
    firm::{Firm, FirmKind, FirmState},
    lawyer::{Grade, Lawyer, LawyerKind, LawyerState},
};
use kernel::{Day, Fault, Id};
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

store::record! {
    /// A firm as lists show it.
    #[derive(Debug, Clone)]
    pub struct FirmRow {
        /// Id.
        pub id: Id<Firm>,
        /// Name.
        pub name: String,
        /// Pinyin initials of the name.
        pub initials: String,
        /// Law firm or legal service office.
        pub kind: FirmKind,
        /// Unified social credit code, if known.
        pub uscc: Option<String>,
        /// Address.
        pub address: String,
        /// Sealed telephone; open it with [`crate::firm_phone`].
        pub phone_sealed: Option<String>,
        /// Latitude, if known.
        pub lat: Option<f64>,
        /// Longitude, if known.
        pub lon: Option<f64>,
        /// Whether it still practises.
        pub state: FirmState,
    }
}

store::record! {
    /// A lawyer as lists show them.
    #[derive(Debug, Clone)]
    pub struct LawyerRow {
        /// Id.
        pub id: Id<Lawyer>,
        /// The firm.
        pub firm_id: Id<Firm>,
        /// The firm's name.
        pub firm_name: String,
        /// Name.
        pub name: String,
        /// `男`, `女` or empty.
        pub sex: String,
        /// Lawyer or legal worker.
        pub kind: LawyerKind,
        /// Number of the licence.
        pub licence: String,
        /// Since when.
        pub licensed_since: Day,
        /// Sealed telephone; open it with [`crate::phone`].
        pub phone_sealed: Option<String>,
        /// Codes of the dictionary `speciality`, joined by `;`.
        pub specialities: String,
        /// A name of the dictionary `dialect`.
        pub dialect: String,
        /// The newest yearly assessment (称职 …), empty if there is none.
        pub assessment: String,
        /// Its year.
        pub assessment_year: Option<i64>,
        /// The newest sanction, empty if there is none.
        pub discipline: String,
        /// Whether they practise.
        pub state: LawyerState,
        /// Pinyin initials of the name.
        pub initials: String,
    }
}

pub(crate) const LAWYER: &str = "l.id, l.firm_id, l.firm_name, l.name, l.sex, l.kind, l.licence, l.licensed_since, l.phone_sealed, l.specialities,
    l.dialect, l.assessment, l.assessment_year, l.discipline, l.state, l.initials";
pub(crate) const FIRM: &str =
    "f.id, f.name, f.initials, f.kind, f.uscc, f.address, f.phone_sealed, f.lat, f.lon, f.state";

/// One lawyer.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn lawyer(tx: &mut Tx, id: Id<Lawyer>) -> Result<Option<LawyerRow>, Fault> {
    let filter = Filter::new("counsel_lawyer l", "l.region_id", tx.region()?).and("l.id = ?", id);
    Ok(filter.rows(tx, LAWYER, "l.id", 1).await?.pop())
}

/// The lawyers an account reaches, filtered by `q` (name or initials) and `firm`, by initials.
/// Town officers see all of the district: their villages may be given any of them.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn lawyers(
    tx: &mut Tx,
    reach: &Reach,
    q: Option<&str>,
    firm: Option<Id<Firm>>,
) -> Result<Vec<LawyerRow>, Fault> {
    let filter = lawyers_in_reach(tx, reach)?.and_if("l.firm_id = ?", firm);
    matching(filter, q).rows(tx, LAWYER, "l.initials, l.id", 2000).await
}

pub(crate) fn lawyers_in_reach(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new("counsel_lawyer l", "l.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region | Reach::Towns(_) => filter,
        Reach::Firm(firm) => filter.and("l.firm_id = ?", *firm),
        Reach::Lawyer(lawyer) => filter.and("l.id = ?", *lawyer),
        Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    })
}

pub(crate) fn matching(filter: Filter, q: Option<&str>) -> Filter {
    let Some(q) = q else { return filter };
    let text = kernel::to_half_width(q);
    if text.is_ascii() {
        filter.and("l.initials like ? escape '!'", filter::contains(&text.to_lowercase()))
    } else {
        filter.and("l.name like ? escape '!'", filter::contains(&text))
    }
}

/// One lawyer, if the account reaches them.
pub(crate) async fn lawyer_in_reach(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Lawyer>,
) -> Result<Option<LawyerRow>, Fault> {
    Ok(lawyers_in_reach(tx, reach)?.and("l.id = ?", id).rows(tx, LAWYER, "l.id", 1).await?.pop())
}

fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let firm: Option<Id<Firm>> = listing.get("firm").and_then(|f| f.parse().ok());
    let filter = filter
        .and_if("l.firm_id = ?", firm)
        .and_if("l.kind = ?", listing.get("kind").and_then(LawyerKind::from_text))
        .and_if("l.state = ?", listing.get("state").and_then(LawyerState::from_text));
    let filter = match listing.get("assessment") {
        Some("none") => filter.and_that("l.assessment = ''"),
        grade => filter.and_if("l.assessment = ?", grade.and_then(Grade::from_text)),
    };
    matching(filter, listing.get("q"))
}

/// One page of the lawyers, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<LawyerRow>, i64), Fault> {
    let filter = asked_for(lawyers_in_reach(tx, reach)?, listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("l.initials", "l.id", back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "l.initials desc, l.id desc" } else { "l.initials, l.id" };
    Ok((page.rows(tx, LAWYER, order, listing.size + 1).await?, total))
}

/// All lawyers that fit the conditions, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<LawyerRow>> {
    let filter = asked_for(lawyers_in_reach(tx, reach)?, listing);
    Ok(exported(filter.rows(tx, LAWYER, "l.initials, l.id", EXPORT_CAP + 1).await?)?)
}

/// All firms, by initials.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn firms(tx: &mut Tx) -> Result<Vec<FirmRow>, Fault> {
    Filter::new("counsel_firm f", "f.region_id", tx.region()?).rows(tx, FIRM, "f.initials, f.id", 2000).await
}

/// One firm.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn firm(tx: &mut Tx, id: Id<Firm>) -> Result<Option<FirmRow>, Fault> {
    Ok(Filter::new("counsel_firm f", "f.region_id", tx.region()?)
        .and("f.id = ?", id)
        .rows(tx, FIRM, "f.id", 1)
        .await?
        .pop())
}

/// A firm of a list, with how many lawyers it has now.
#[derive(Debug, Clone)]
pub(crate) struct FirmLine {
    pub(crate) firm: FirmRow,
    pub(crate) lawyers: i64,
}

impl ::store::FromRow for FirmLine {
    fn from_row(row: &::store::Row) -> Result<Self, Fault> {
        Ok(Self { firm: FirmRow::from_row(row)?, lawyers: row.get("lawyers")? })
    }
}

fn firms_asked_for(tx: &Tx, reach: &Reach, listing: &Listing) -> Result<Filter, Fault> {
    let filter = Filter::new("counsel_firm f", "f.region_id", tx.region()?);
    let filter = match reach {
        Reach::Region | Reach::Towns(_) => filter,
        Reach::Firm(firm) => filter.and("f.id = ?", *firm),
        Reach::Lawyer(_) | Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    };
    let filter = filter
        .and_if("f.kind = ?", listing.get("kind").and_then(FirmKind::from_text))
        .and_if("f.state = ?", listing.get("state").and_then(FirmState::from_text));
    let Some(q) = listing.get("q") else { return Ok(filter) };
    let text = kernel::to_half_width(q);
    Ok(if text.is_ascii() {
        filter.and("f.initials like ? escape '!'", filter::contains(&text.to_lowercase()))
    } else {
        filter.and("f.name like ? escape '!'", filter::contains(&text))
    })
}

const FIRM_LINE: &str = "f.id, f.name, f.initials, f.kind, f.uscc, f.address, f.phone_sealed, f.lat, f.lon, f.state,
    (select count(*) from counsel_lawyer_entry l where l.region_id = f.region_id and l.firm_id = f.id and l.state <> 'left') as lawyers";

/// One page of the firms, with the total.
pub(crate) async fn firm_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<FirmLine>, i64), Fault> {
    let filter = firms_asked_for(tx, reach, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("f.initials", "f.id", back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "f.initials desc, f.id desc" } else { "f.initials, f.id" };
    Ok((page.rows(tx, FIRM_LINE, order, listing.size + 1).await?, total))
}

/// All firms that fit the conditions, for the export.
pub(crate) async fn whole_firm_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<FirmLine>> {
    let filter = firms_asked_for(tx, reach, listing)?;
    Ok(exported(filter.rows(tx, FIRM_LINE, "f.initials, f.id", EXPORT_CAP + 1).await?)?)
}

/// How many lawyers of a firm have not left it.
pub(crate) async fn lawyers_of_firm(tx: &mut Tx, firm: Id<Firm>) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from counsel_lawyer_entry where region_id = $1 and firm_id = $2 and state <> 'left'",
        params![tx.region()?, firm],
    )
    .await
}

pub(crate) async fn firm_named(tx: &mut Tx, name: &str) -> Result<Option<Id<Firm>>, Fault> {
    let found: Option<(Id<Firm>,)> = tx
        .optional(
            "select id from counsel_firm_entry where region_id = $1 and name = $2",
            params![tx.region()?, name],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

pub(crate) async fn firm_with_uscc(tx: &mut Tx, uscc: &str) -> Result<Option<Id<Firm>>, Fault> {
    let found: Option<(Id<Firm>,)> = tx
        .optional(
            "select id from counsel_firm_entry where region_id = $1 and uscc = $2",
            params![tx.region()?, uscc],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

pub(crate) async fn lawyer_with_licence(tx: &mut Tx, licence: &str) -> Result<Option<Id<Lawyer>>, Fault> {
    let found: Option<(Id<Lawyer>,)> = tx
        .optional(
            "select id from counsel_lawyer_entry where region_id = $1 and licence = $2",
            params![tx.region()?, licence],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}
