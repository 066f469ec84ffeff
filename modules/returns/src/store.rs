//! All SQL of the ministry's forms: what is counted, through the views of the modules below, and what people typed.

use crate::counted::{Case, CaseRow, Complaint, Consultation, Station, root};
use kernel::{Day, Fault, Id, Moment, Period};
use std::collections::BTreeMap;
use store::{Tx, params};

/// The consultations that came through the network; the others came by telephone (法律顾问的电话咨询、已接通的回电).
const WECHAT: &str = "advisers.consultations.wechat";

/// The cases that a period can count: what was over before it began is left out. Help by the lawyer on duty is no case.
pub(crate) async fn cases(tx: &mut Tx, period: Period) -> Result<Vec<Case>, Fault> {
    let rows: Vec<CaseRow> = tx
        .all(
            "select c.id, c.official_number, t.name as town_name, c.matter, c.groups, c.classes, c.people, c.origin, c.by_station,
                 c.received_at, c.forwarded_at, c.decided_at, c.decision, c.refuse_reason, c.closed_on, c.reviewed_at, c.ended_at,
                 c.ending, c.result, c.recovered, c.wages, c.paid_at, c.subsidy, l.kind as lawyer_kind, c.domain, c.aid_form, c.cause,
                 c.phase, c.party, c.sent_by, c.handler
             from legal_aid_counted c join places_town t on t.id = c.town_id left join counsel_lawyer l on l.id = c.lawyer_id
             where c.region_id = $1 and c.matter <> 'M30' and c.received_at <= $4
               and (c.closed_on is null or c.reviewed_at is null or c.closed_on >= $2 or c.received_at >= $3 or c.forwarded_at >= $3
                    or c.decided_at >= $3 or c.paid_at >= $3)
               and (c.ended_at is null or c.ended_at >= $3)
               and (c.decision is null or c.decision = 'grant' or c.decided_at >= $3)
             order by c.id",
            params![
                tx.region()?, period.first(), Moment::start_of(period.first()).micros(), Moment::end_of(period.last()).micros()
            ],
        )
        .await?;
    Ok(rows.into_iter().map(|row| Case::of(row, period)).collect())
}

/// Consultations of a period, by way and matter.
pub(crate) async fn consultations(tx: &mut Tx, period: Period) -> Result<Vec<Consultation>, Fault> {
    let parents: BTreeMap<String, String> = tx
        .all::<(String, String)>(
            "select code, coalesce(parent, '') from parties_term where region_id = $1 and list = 'consult_topic' order by valid_from, id",
            params![tx.region()?],
        )
        .await?
        .into_iter()
        .collect();
    let sums: Vec<(String, String, i64)> = tx
        .all(
            "select measure, matter, cast(sum(quantity) as bigint) from tally_fact
             where region_id = $1 and measure in ('advisers.consultations.phone', 'advisers.consultations.wechat', 'callbacks.done')
               and day >= $2 and day <= $3
             group by measure, matter order by measure, matter",
            params![tx.region()?, period.first(), period.last()],
        )
        .await?;
    Ok(sums
        .into_iter()
        .map(|(measure, matter, quantity)| Consultation {
            root: root(&matter, parents.get(&matter).map_or("", String::as_str)),
            network: measure == WECHAT,
            measure,
            matter,
            quantity,
        })
        .collect())
}

store::record! {
    /// A fact that is a consultation.
    #[derive(Debug, Clone)]
    pub(crate) struct ConsultationFact {
        pub(crate) id: i64,
        pub(crate) day: Day,
        pub(crate) measure: String,
        pub(crate) matter: String,
        pub(crate) quantity: i64,
        pub(crate) source: String,
        pub(crate) source_id: i64,
    }
}

/// The facts of consultations of a period one by one, after a fact; so many at most.
pub(crate) async fn consultation_facts(
    tx: &mut Tx,
    period: Period,
    after: (Day, i64),
    most: i64,
) -> Result<Vec<ConsultationFact>, Fault> {
    tx.all(
        "select id, day, measure, matter, quantity, source, source_id from tally_fact
         where region_id = $1 and measure in ('advisers.consultations.phone', 'advisers.consultations.wechat', 'callbacks.done')
           and day >= $2 and day <= $3 and (day > $4 or (day = $4 and id > $5))
         order by day, id limit $6",
        params![tx.region()?, period.first(), period.last(), after.0, after.1, most],
    )
    .await
}

/// Stations that stood at the end of a period.
pub(crate) async fn stations(tx: &mut Tx, period: Period) -> Result<Vec<Station>, Fault> {
    tx.all(
        "select id, name, host_kind, staff, town_name from stations_station
         where region_id = $1 and opened_on <= $2 and (state <> 'closed' or state_on > $2) order by town_sort, id",
        params![tx.region()?, period.last()],
    )
    .await
}

/// Complaints that applicants wrote in a period.
pub(crate) async fn complaints(tx: &mut Tx, period: Period) -> Result<Vec<Complaint>, Fault> {
    tx.all(
        "select id, case_id, written_at from legal_aid_letter
         where region_id = $1 and kind = 'complain' and written_at >= $2 and written_at <= $3 order by id",
        params![
            tx.region()?,
            Moment::start_of(period.first()).micros(),
            Moment::end_of(period.last()).micros()
        ],
    )
    .await
}

store::record! {
    /// What somebody typed into a column.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Typed {
        /// Its id; the newest of a column holds.
        pub id: Id<Typed>,
        /// The key of the form.
        pub form: String,
        /// The number of the column.
        pub col: i64,
        /// Rows, or yuan; nothing if it was taken back.
        pub value: Option<i64>,
        /// When.
        pub typed_at: Moment,
        /// By whom.
        pub typed_name: String,
    }
}

/// What was typed for a period, in the order of time.
pub(crate) async fn typed(tx: &mut Tx, period: Period) -> Result<Vec<Typed>, Fault> {
    tx.all(
        "select id, form, col, value, typed_at, typed_name from returns_typed_entry
         where region_id = $1 and scheme = $2 and period = $3 order by id",
        params![tx.region()?, period.scheme().key(), period.to_string()],
    )
    .await
}

/// Writes what somebody typed into a column.
pub(crate) async fn insert_typed(
    tx: &mut Tx,
    period: Period,
    (form, column): (&str, u16),
    value: Option<i64>,
    (by, name): (i64, &str),
    now: Moment,
) -> Result<Id<Typed>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into returns_typed_entry (id, region_id, form, col, scheme, period, value, typed_at, typed_by, typed_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id, tx.region()?, form, i64::from(column), period.scheme().key(), period.to_string(), value, now, by, name
        ],
    )
    .await?;
    Ok(id)
}

/// Names of a dictionary's terms on a day; of those that are valid no more, their last name.
pub(crate) async fn terms(tx: &mut Tx, list: &str, day: Day) -> Result<Vec<(String, String)>, Fault> {
    tx.all(
        "select code, name from parties_term where region_id = $1 and list = $2 and valid_from <= $3 order by valid_from, id",
        params![tx.region()?, list, day],
    )
    .await
}
