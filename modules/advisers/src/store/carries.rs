//! SQL of appointments that go on elsewhere because villages changed.

use super::appointments::AppointmentId;
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use places::{Event, Unit};
use store::{Filter, Tx, params};

store::record! {
    /// An appointment with its end, if it has one.
    #[derive(Debug, Clone)]
    pub(crate) struct TermRow {
        pub(crate) id: Id<AppointmentId>,
        pub(crate) unit_id: Id<Unit>,
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) from_day: Day,
        pub(crate) to_day: Option<Day>,
        pub(crate) end_reason: Option<String>,
        pub(crate) carried_from: Option<Id<AppointmentId>>,
    }
}

/// The appointments of a unit that hold on that day or later, the oldest first.
pub(crate) async fn terms_from(tx: &mut Tx, unit: Id<Unit>, day: Day) -> Result<Vec<TermRow>, Fault> {
    tx.all(
        "select id, unit_id, lawyer_id, from_day, to_day, end_reason, carried_from from advisers_appointment_entry
         where region_id = $1 and unit_id = $2 and (to_day is null or (to_day >= $3 and to_day >= from_day)) order by from_day, id",
        params![tx.region()?, unit, day],
    )
    .await
}

/// All appointments of a unit that ever held.
pub(crate) async fn terms(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<TermRow>, Fault> {
    tx.all(
        "select id, unit_id, lawyer_id, from_day, to_day, end_reason, carried_from from advisers_appointment_entry
         where region_id = $1 and unit_id = $2 and (to_day is null or to_day >= from_day) order by from_day, id",
        params![tx.region()?, unit],
    )
    .await
}

/// Begins an appointment that goes on from another one, with the end that one had.
pub(crate) async fn carry_on(
    tx: &mut Tx,
    unit: Id<Unit>,
    was: &TermRow,
    from: Day,
    (by, now): (Option<i64>, Moment),
) -> Result<Id<AppointmentId>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into advisers_appointment_entry (id, region_id, unit_id, lawyer_id, from_day, to_day, end_reason, made_by, entered_at, carried_from)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, tx.region()?, unit, was.lawyer_id, from, was.to_day, was.end_reason, by, now, was.id],
    )
    .await?;
    Ok(id)
}

/// Keeps how an appointment stood before the event.
pub(crate) async fn keep(tx: &mut Tx, event: Id<Event>, was: &TermRow) -> Result<(), Fault> {
    tx.execute(
        "insert into advisers_carry_entry (id, region_id, event_id, appointment_id, was_to_day, was_end_reason, state)
         values ($1, $2, $3, $4, $5, $6, 'standing')",
        params![tx.new_id::<Event>()?, tx.region()?, event, was.id, was.to_day, was.end_reason],
    )
    .await?;
    Ok(())
}

/// The appointments that an event ended, as they stood before it.
pub(crate) async fn ended_by(tx: &mut Tx, event: Id<Event>) -> Result<Vec<TermRow>, Fault> {
    tx.all(
        "select a.id, a.unit_id, a.lawyer_id, a.from_day, k.was_to_day as to_day, k.was_end_reason as end_reason, a.carried_from
         from advisers_carry_entry k join advisers_appointment_entry a on a.id = k.appointment_id
         where k.region_id = $1 and k.event_id = $2 and k.state = 'standing' order by a.unit_id, a.from_day, a.id",
        params![tx.region()?, event],
    )
    .await
}

/// Gives an appointment the end it had before the event.
pub(crate) async fn restore(tx: &mut Tx, event: Id<Event>, was: &TermRow) -> Result<(), Fault> {
    tx.execute(
        "update advisers_appointment_entry set to_day = $2, end_reason = $3 where id = $1",
        params![was.id, was.to_day, was.end_reason],
    )
    .await?;
    tx.execute(
        "update advisers_carry_entry set state = 'undone' where region_id = $1 and event_id = $2 and appointment_id = $3 and state = 'standing'",
        params![tx.region()?, event, was.id],
    )
    .await?;
    Ok(())
}

/// Whom a closed unit's adviser would have been on a day after its end: its services of that day stay in its name.
pub(crate) async fn adviser_after_end(
    tx: &mut Tx,
    unit: Id<Unit>,
    day: Day,
) -> Result<Option<Id<Lawyer>>, Fault> {
    Ok(tx
        .optional::<(Id<Lawyer>,)>(
            "select a.lawyer_id from advisers_carry_entry k join advisers_appointment_entry a on a.id = k.appointment_id
             where k.region_id = $1 and k.state = 'standing' and a.unit_id = $2 and a.from_day <= $3 and (k.was_to_day is null or k.was_to_day >= $3)
             order by a.from_day desc, a.id",
            params![tx.region()?, unit, day],
        )
        .await?
        .map(|(lawyer,)| lawyer))
}

/// How many services are in the book for these units, from that day on or in all.
pub(crate) async fn services_of(tx: &mut Tx, units: &[Id<Unit>], from: Option<Day>) -> Result<i64, Fault> {
    Filter::new("advisers_service_entry s", "s.region_id", tx.region()?)
        .and_in("s.unit_id", units)
        .and_if("s.happened_on >= ?", from)
        .count_to(tx, 10_000_000)
        .await
}
