//! Statements over subsidies: the standards, what was approved for each case, what was paid.

use crate::{
    actions::subsidies::NewStandard,
    case::Case,
    subsidy::{Standard, Subsidy, SubsidyKind},
};
use kernel::{Day, Fault, Id, Moment};
use store::{Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, exported};

store::record! {
    /// A standard with who set it.
    #[derive(Debug, Clone)]
    pub(crate) struct StandardRow {
        pub(crate) kind: SubsidyKind,
        pub(crate) amount: i64,
        pub(crate) valid_from: Day,
        pub(crate) basis: String,
        pub(crate) set_name: String,
    }
}

/// All standards, the newest of each kind first.
pub(crate) async fn standards(tx: &mut Tx) -> Result<Vec<StandardRow>, Fault> {
    tx.all(
        "select kind, amount, valid_from, basis, set_name from legal_aid_standard_entry where region_id = $1
         order by kind, valid_from desc",
        params![tx.region()?],
    )
    .await
}

/// Sets a standard; false if that kind has one from that day already.
pub(crate) async fn set_standard(
    tx: &mut Tx,
    new: &NewStandard,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let id: Id<Standard> = tx.new_id()?;
    let made = tx
        .execute(
            "insert into legal_aid_standard_entry (id, region_id, kind, amount, valid_from, basis, set_at, set_name)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (region_id, kind, valid_from) do nothing",
            params![id, tx.region()?, new.kind, new.amount, new.valid_from, new.basis, now, by],
        )
        .await?;
    Ok(made == 1)
}

store::record! {
    /// A subsidy with its case, as lists show it.
    #[derive(Debug, Clone)]
    pub(crate) struct SubsidyRow {
        pub(crate) case_id: Id<Case>,
        pub(crate) official_number: Option<String>,
        pub(crate) applicant: String,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) firm_name: Option<String>,
        pub(crate) kind: SubsidyKind,
        pub(crate) standard: i64,
        pub(crate) other_place: i64,
        pub(crate) translation: i64,
        pub(crate) other: i64,
        pub(crate) other_reason: String,
        pub(crate) deduction: i64,
        pub(crate) deduction_reason: String,
        pub(crate) total: i64,
        pub(crate) approved_at: Moment,
        pub(crate) approved_name: String,
        pub(crate) paid_on: Option<Day>,
    }
}

const FROM: &str = "legal_aid_subsidy_entry s join legal_aid_case_entry c on c.id = s.case_id
    join parties_name p on p.id = c.applicant_id left join counsel_lawyer_name l on l.id = c.lawyer_id
    left join counsel_firm f on f.id = l.firm_id";
const ROW: &str = "s.case_id, c.official_number, p.name as applicant, l.name as lawyer_name, f.name as firm_name, s.kind, s.standard, s.other_place,
    s.translation, s.other, s.other_reason, s.deduction, s.deduction_reason, s.total, s.approved_at, s.approved_name, s.paid_on";

fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let day = |name| listing.get(name).and_then(|text| Day::parse(text).ok());
    let filter = filter
        .and_if("s.approved_at >= ?", day("from").map(Moment::start_of))
        .and_if("s.approved_at <= ?", day("to").map(Moment::end_of))
        .and_if("f.name like ? escape '!'", listing.get("firm").map(store::filter::contains));
    match listing.get("state") {
        Some("all") => filter,
        Some("paid") => filter.and_that("s.paid_on is not null"),
        _ => filter.and_that("s.paid_on is null"),
    }
}

/// One page, what was approved first on top; with the number of all and their sum.
pub(crate) async fn list(tx: &mut Tx, listing: &Listing) -> Result<(Vec<SubsidyRow>, i64), Fault> {
    let filter = asked_for(Filter::new(FROM, "s.region_id", tx.region()?), listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after(
            "s.approved_at",
            "s.case_id",
            back,
            cursor.value.parse::<i64>().unwrap_or(0),
            cursor.id,
        ),
        None => filter,
    };
    let order = if back { "s.approved_at desc, s.case_id desc" } else { "s.approved_at, s.case_id" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// Everything that fits, for the finance office.
pub(crate) async fn whole_list(tx: &mut Tx, listing: &Listing) -> kernel::Result<Vec<SubsidyRow>> {
    let filter = asked_for(Filter::new(FROM, "s.region_id", tx.region()?), listing);
    Ok(exported(filter.rows(tx, ROW, "s.approved_at, s.case_id", EXPORT_CAP + 1).await?)?)
}

/// The subsidy of a case, once it is approved.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Option<SubsidyRow>, Fault> {
    let filter = Filter::new(FROM, "s.region_id", tx.region()?).and("s.case_id = ?", case);
    Ok(filter.rows(tx, ROW, "s.case_id", 1).await?.pop())
}

/// Writes what was approved.
pub(crate) async fn approve(
    tx: &mut Tx,
    case: Id<Case>,
    new: &Subsidy,
    by: &str,
    now: Moment,
) -> Result<(), Fault> {
    tx.execute(
        "insert into legal_aid_subsidy_entry
             (case_id, region_id, kind, standard, other_place, translation, other, other_reason, deduction, deduction_reason, total,
              approved_at, approved_name, paid_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, null)",
        params![
            case, tx.region()?, new.kind, new.standard, new.other_place, new.translation, new.other, new.other_reason, new.deduction,
            new.deduction_reason, new.total(), now, by
        ],
    )
    .await?;
    Ok(())
}

/// Notes when it was paid.
pub(crate) async fn paid(tx: &mut Tx, case: Id<Case>, on: Day) -> Result<(), Fault> {
    tx.execute(
        "update legal_aid_subsidy_entry set paid_on = $3 where region_id = $1 and case_id = $2 and paid_on is null",
        params![tx.region()?, case, on],
    )
    .await?;
    Ok(())
}
