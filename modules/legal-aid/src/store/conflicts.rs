//! Statements that look for conflicts of interest, for all lawyers at once: few cases, retainers and villages have to do
//! with the names of one case.

use crate::{
    case::Case,
    conflict::{Advised, Findings, OtherCase, Retained, parties_of},
    store::{Entry, FIRST_OVER, handlers},
};
use counsel::name_key;
use kernel::{Day, Fault, Id};
use parties::Person;
use store::{Tx, params};

/// Retainers that ended bind for so many months (律师执业行为规范第五十二条第五项).
const AFTER_THE_END: i32 = 12;

/// What is known about the case's parties and the lawyers of the district.
pub(crate) async fn findings(tx: &mut Tx, entry: &Entry, today: Day) -> Result<Findings, Fault> {
    let person = parties::person(tx, entry.applicant_id).await?;
    let applicant = person.map_or(String::new(), |person| person.name);
    let mut found = Findings {
        gone: handlers::gone(tx, entry.id).await?.into_iter().map(|(id,)| id).collect(),
        cases: against_applicant(tx, entry, &name_key(&applicant)).await?,
        ..Findings::default()
    };
    for name in parties_of(&entry.opponent) {
        found.cases.extend(of_opponent(tx, entry, &name).await?);
        found.retained.extend(retained(tx, &name, today).await?);
    }
    if !entry.opponent.trim().is_empty() {
        found.villages = villages(tx, &entry.opponent).await?;
    }
    Ok(found)
}

/// Cases whose opponent has the name of this case's applicant. Names are compared as `name_key` makes them.
async fn against_applicant(tx: &mut Tx, entry: &Entry, key: &str) -> Result<Vec<OtherCase>, Fault> {
    let cases: Vec<(Id<Case>,)> = tx
        .all(
            "select id from legal_aid_case_entry
             where region_id = $1 and opponent_key <> '' and opponent_key = $2 and id <> $3 order by id limit 200",
            params![tx.region()?, key, entry.id],
        )
        .await?;
    involved(tx, cases, false).await
}

/// Cases whose applicant has the name of this case's opponent. The few persons of that name are looked up first, mostly
/// nobody: then there is nothing to join.
async fn of_opponent(tx: &mut Tx, entry: &Entry, name: &str) -> Result<Vec<OtherCase>, Fault> {
    let name = kernel::person_name(name).unwrap_or_else(|_| name.to_owned());
    let people: Vec<(Id<Person>,)> = tx
        .all(
            "select p.id from parties_name_part n join parties_name p on p.id = n.person_id
             where n.region_id = $1 and n.part = $2 and p.name = $3 order by p.id limit 100",
            params![tx.region()?, name.to_ascii_lowercase(), name],
        )
        .await?;
    let mut cases = Vec::new();
    for (person,) in people {
        let of_person: Vec<(Id<Case>,)> = tx
            .all(
                "select id from legal_aid_case_entry where region_id = $1 and applicant_id = $2 and id <> $3 order by id limit 200",
                params![tx.region()?, person, entry.id],
            )
            .await?;
        cases.extend(of_person);
    }
    involved(tx, cases, true).await
}

/// Every lawyer who has or had to do with one of these cases. Each case is asked for by itself, and `act` is named for the
/// planner of SQLite: without it an index that holds all that is needed, but begins with the lawyer, is read to its end.
async fn involved(tx: &mut Tx, cases: Vec<(Id<Case>,)>, for_opponent: bool) -> Result<Vec<OtherCase>, Fault> {
    let mut found = Vec::new();
    for (case,) in cases {
        let lawyers: Vec<OtherCase> = tx
            .all(
                "select distinct c.id as case_id, cast($3 as bigint) as for_opponent, l.id as lawyer_id, l.name as lawyer_name, l.firm_id,
                     cast(case when c.lawyer_id = l.id and c.urgency < $4 then 1 else 0 end as bigint) as goes_on
                 from legal_aid_case_entry c
                 join legal_aid_event_entry e on e.region_id = $1 and e.case_id = $2 and e.act <> ''
                 join counsel_lawyer_name l on l.id = e.lawyer_id
                 where c.region_id = $1 and c.id = $2 order by l.id limit 200",
                params![tx.region()?, case, for_opponent, FIRST_OVER],
            )
            .await?;
        found.extend(lawyers);
    }
    Ok(found)
}

/// Who is retained by an organisation of that name, or was until lately.
async fn retained(tx: &mut Tx, name: &str, today: Day) -> Result<Vec<Retained>, Fault> {
    tx.all(
        "select r.firm_id, r.lawyer_id, l.name as lawyer_name, r.name, r.kind, r.until_on
         from counsel_retainer r left join counsel_lawyer_name l on l.id = r.lawyer_id
         where r.region_id = $1 and r.from_on <= $4 and (r.until_on is null or r.until_on >= $5)
           and (r.name_key = $2
                or r.organisation_id in (select o.id from parties_organisation o where o.region_id = $1 and o.name = $3))
         order by r.id limit 200",
        params![tx.region()?, name_key(name), name, today, today.add_months(-AFTER_THE_END)],
    )
    .await
}

/// Villages whose committee is named on the other side, with who advises them now: 洛阳镇谈家头村村民委员会.
async fn villages(tx: &mut Tx, opponent: &str) -> Result<Vec<Advised>, Fault> {
    tx.all(
        "select a.lawyer_id, l.name as lawyer_name, l.firm_id, u.short_name as village
         from advisers_current a join places_unit u on u.id = a.unit_id join counsel_lawyer_name l on l.id = a.lawyer_id
         where a.region_id = $1 and $2 like '%' || u.short_name || '%' order by u.short_name, a.lawyer_id limit 50",
        params![tx.region()?, opponent],
    )
    .await
}
