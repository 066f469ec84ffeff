//! Statements about who could handle a case: lawyers with their load, and what speaks against them.

use crate::{case::Case, store::Entry};
use counsel::Lawyer;
use kernel::{Day, Fault, Id};
use store::{Tx, params};

store::record! {
    /// A lawyer who could be asked.
    #[derive(Debug, Clone)]
    pub(crate) struct Candidate {
        pub(crate) id: Id<Lawyer>,
        pub(crate) name: String,
        pub(crate) firm_name: String,
        pub(crate) licensed_since: Day,
        pub(crate) specialities: String,
        pub(crate) dialect: String,
        pub(crate) assessment: String,
        pub(crate) discipline: String,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        /// Cases on the desk now.
        pub(crate) open: i64,
        /// Cases offered since the first day of the year.
        pub(crate) this_year: i64,
    }
}

/// Every lawyer in practice with what is on the desk; at most some hundreds in a district.
pub(crate) async fn candidates(tx: &mut Tx, since_micros: i64) -> Result<Vec<Candidate>, Fault> {
    tx.all(
        "select l.id, l.name, l.firm_name, l.licensed_since, l.specialities, l.dialect, l.assessment, l.discipline, f.lat, f.lon,
             cast(coalesce(o.open, 0) as bigint) as open, cast(coalesce(o.this_year, 0) as bigint) as this_year
         from counsel_lawyer l
         join counsel_firm f on f.id = l.firm_id
         left join (
             select lawyer_id, sum(case when stage in ('offered', 'handle') then 1 else 0 end) as open,
                 sum(case when offered_at >= $2 then 1 else 0 end) as this_year
             from legal_aid_case_entry where region_id = $1 and lawyer_id is not null group by lawyer_id
         ) o on o.lawyer_id = l.id
         where l.region_id = $1 and l.state = 'active' order by l.id",
        params![tx.region()?, since_micros],
    )
    .await
}

/// Cases in which the lawyer stands or stood on the other side: the applicant here is the opponent there, or the other
/// way round. Names are compared as they are written.
pub(crate) async fn opposed(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    entry: &Entry,
    applicant: &str,
) -> Result<Vec<(Id<Case>,)>, Fault> {
    tx.all(
        "select distinct c.id from legal_aid_case_entry c
         join legal_aid_event_entry e on e.region_id = c.region_id and e.case_id = c.id and e.lawyer_id = $2
         join parties_person p on p.id = c.applicant_id
         where c.region_id = $1 and c.id <> $3
           and ((c.opponent <> '' and c.opponent = $4) or ($5 <> '' and p.name = $5))
         order by c.id limit 10",
        params![tx.region()?, lawyer, entry.id, applicant, entry.opponent],
    )
    .await
}

/// Villages that the lawyer advises now and whose committee is named on the other side.
pub(crate) async fn own_villages(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    opponent: &str,
) -> Result<Vec<(String,)>, Fault> {
    if opponent.trim().is_empty() {
        return Ok(Vec::new());
    }
    // The other side's name contains the village's: 洛阳镇谈家头村村民委员会.
    tx.all(
        "select u.short_name from advisers_current a join places_unit u on u.id = a.unit_id
         where a.region_id = $1 and a.lawyer_id = $2 and $3 like '%' || u.short_name || '%' order by u.short_name",
        params![tx.region()?, lawyer, opponent],
    )
    .await
}

/// Lawyers who said no to this case, or were replaced in it.
pub(crate) async fn gone(tx: &mut Tx, case: Id<Case>) -> Result<Vec<(Id<Lawyer>,)>, Fault> {
    tx.all(
        "select distinct lawyer_id from legal_aid_event_entry
         where region_id = $1 and case_id = $2 and act in ('decline', 'replace') and lawyer_id is not null",
        params![tx.region()?, case],
    )
    .await
}

/// Cases that a lawyer was offered or handles now.
pub(crate) async fn open_cases(tx: &mut Tx, lawyer: Id<Lawyer>) -> Result<Vec<(Id<Case>,)>, Fault> {
    tx.all(
        "select id from legal_aid_case_entry
         where region_id = $1 and lawyer_id = $2 and stage in ('offered', 'handle') order by urgency, id limit 500",
        params![tx.region()?, lawyer],
    )
    .await
}

/// Lawyers with open cases: name, firm, and how many.
pub(crate) async fn with_cases(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, String, String, i64)>, Fault> {
    tx.all(
        "select l.id, l.name, l.firm_name, count(*) from legal_aid_case_entry c join counsel_lawyer l on l.id = c.lawyer_id
         where c.region_id = $1 and c.stage in ('offered', 'handle')
         group by l.id, l.name, l.firm_name order by l.name, l.id limit 1000",
        params![tx.region()?],
    )
    .await
}

/// Lawyers in practice with their firms, by name.
pub(crate) async fn in_practice(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, String, String)>, Fault> {
    tx.all(
        "select id, name, firm_name from counsel_lawyer where region_id = $1 and state = 'active' order by name, id limit 2000",
        params![tx.region()?],
    )
    .await
}
