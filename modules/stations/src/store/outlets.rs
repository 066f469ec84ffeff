//! SQL of the staff's list of outreach points.

use crate::{hours::WeeklyHours, outlet::Outlet};
use kernel::{Day, Fault, Id};
use store::{Filter, Tx, params};
use web::Reach;

store::record! {
    /// An outreach point as the staff's list shows it.
    #[derive(Debug, Clone)]
    pub(crate) struct OutletLine {
        pub(crate) id: Id<Outlet>,
        pub(crate) name: String,
        pub(crate) town_name: String,
        pub(crate) station_name: Option<String>,
        pub(crate) hours: WeeklyHours,
        pub(crate) place: String,
        pub(crate) started_on: Day,
        pub(crate) ended_on: Option<Day>,
    }
}

/// The outreach points within reach, those still held first.
pub(crate) async fn list(tx: &mut Tx, reach: &Reach) -> Result<Vec<OutletLine>, Fault> {
    let filter = Filter::new(
        "stations_outlet_entry o join places_town t on t.id = o.town_id left join stations_station_entry s on s.id = o.station_id",
        "o.region_id",
        tx.region()?,
    );
    let filter = match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("o.town_id", towns),
        _ => filter.and_that("1 = 0"),
    };
    filter
        .rows(
            tx,
            "o.id, o.name, t.name as town_name, s.name as station_name, o.hours, o.place, o.started_on, o.ended_on",
            "case when o.ended_on is null then 0 else 1 end, t.sort, o.id",
            500,
        )
        .await
}

/// Ends an outreach point that is still held; false if there is none.
pub(crate) async fn end(tx: &mut Tx, id: Id<Outlet>, on: Day) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update stations_outlet_entry set ended_on = $2 where id = $1 and ended_on is null",
            params![id, on],
        )
        .await?;
    Ok(touched == 1)
}
