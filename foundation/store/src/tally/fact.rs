//! Facts: what was counted, how much, when, where, by whom.

use crate::{params, tx::Tx};
use kernel::{CountUnit, Day, Fault, Id, Moment, Segment};

/// Something that is counted, with its unit. Declared as constants by the module that owns the deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The stable name: `advisers.visits`.
    pub key: &'static str,
    /// 次, 场次, 人次, …: part of the measure.
    pub unit: CountUnit,
}

impl Measure {
    /// Declares a measure.
    #[must_use]
    pub const fn new(key: &'static str, unit: CountUnit) -> Self {
        Self { key, unit }
    }
}

/// A countable fact, ready to be recorded.
#[derive(Debug, Clone)]
pub struct Fact {
    /// What is counted.
    pub measure: Measure,
    /// How much; negative when something ends (stocks) or is reversed.
    pub quantity: i64,
    /// The day it happened.
    pub day: Day,
    /// The village, town or region it belongs to (raw id): exactly one.
    pub place: i64,
    /// Who served (raw id of a lawyer, volunteer, …).
    pub served_by: Option<i64>,
    /// The account that keyed it in.
    pub entered_by: Option<i64>,
    /// People served, in 人次.
    pub people: i64,
    /// Code of the matter (咨询事项), or empty.
    pub matter: String,
    /// Code of the channel (渠道), or empty.
    pub channel: String,
    /// Code of the campaign (专项活动), or empty.
    pub campaign: String,
    /// Table of the source row.
    pub source: &'static str,
    /// Its id.
    pub source_id: i64,
}

impl Fact {
    /// A fact with nothing but what every fact has; set further fields as known.
    #[must_use]
    pub fn new<P, S>(
        measure: Measure,
        quantity: i64,
        day: Day,
        place: Id<P>,
        source: &'static str,
        source_id: Id<S>,
    ) -> Self {
        Self {
            measure,
            quantity,
            day,
            place: place.raw(),
            served_by: None,
            entered_by: None,
            people: 0,
            matter: String::new(),
            channel: String::new(),
            campaign: String::new(),
            source,
            source_id: source_id.raw(),
        }
    }
}

crate::record! {
    /// A recorded fact.
    #[derive(Debug, Clone)]
    pub struct FactRow {
        /// Own id.
        pub id: Id<FactRow>,
        /// What is counted.
        pub measure: String,
        /// How much.
        pub quantity: i64,
        /// The day it happened.
        pub day: Day,
        /// Where.
        pub place_id: i64,
        /// Who served.
        pub served_by: Option<i64>,
        /// Who keyed it in.
        pub entered_by: Option<i64>,
        /// People served.
        pub people: i64,
        /// Matter code.
        pub matter: String,
        /// Channel code.
        pub channel: String,
        /// Campaign code.
        pub campaign: String,
    }
}

/// Records a fact and adds it to the live sums.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn record(tx: &mut Tx, fact: &Fact, now: Moment) -> Result<Id<FactRow>, Fault> {
    let id = insert(tx, fact, fact.measure.key, None, now).await?;
    add(tx, id, fact.measure.key, fact.day, fact.place, fact.quantity).await?;
    Ok(id)
}

/// Reverses every fact of a source row that is not reversed yet; returns how many.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn reverse(
    tx: &mut Tx,
    source: &'static str,
    source_id: i64,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<usize, Fault> {
    reverse_some(tx, source, source_id, None, entered_by, now).await
}

/// Reverses the facts of one measure of a source row; returns how many.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn reverse_measure(
    tx: &mut Tx,
    source: &'static str,
    source_id: i64,
    measure: Measure,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<usize, Fault> {
    reverse_some(tx, source, source_id, Some(measure), entered_by, now).await
}

async fn reverse_some(
    tx: &mut Tx,
    source: &'static str,
    source_id: i64,
    only: Option<Measure>,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<usize, Fault> {
    let mut standing: Vec<FactRow> = tx
        .all(
            "select f.id, f.measure, f.quantity, f.day, f.place_id, f.served_by, f.entered_by, f.people, f.matter, f.channel, f.campaign
             from tally_fact f
             where f.region_id = $1 and f.source = $2 and f.source_id = $3 and f.reverses_id is null
               and not exists (select 1 from tally_fact r where r.region_id = $1 and r.source = $2 and r.source_id = $3 and r.reverses_id = f.id)
             order by f.id",
            params![tx.region()?, source, source_id],
        )
        .await?;
    standing.retain(|row| only.is_none_or(|measure| measure.key == row.measure));
    for row in &standing {
        let fact = Fact {
            // The unit is not stored with the row; the measure's name carries it.
            measure: Measure::new("", CountUnit::Time),
            quantity: -row.quantity,
            day: row.day,
            place: row.place_id,
            served_by: row.served_by,
            entered_by,
            people: -row.people,
            matter: row.matter.clone(),
            channel: row.channel.clone(),
            campaign: row.campaign.clone(),
            source,
            source_id,
        };
        let id = insert(tx, &fact, &row.measure, Some(row.id), now).await?;
        add(tx, id, &row.measure, row.day, row.place_id, -row.quantity).await?;
    }
    Ok(standing.len())
}

async fn insert(
    tx: &mut Tx,
    fact: &Fact,
    measure: &str,
    reverses: Option<Id<FactRow>>,
    now: Moment,
) -> Result<Id<FactRow>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into tally_fact (id, region_id, measure, quantity, day, entered_at, place_id, served_by, entered_by, people,
                                 matter, channel, campaign, source, source_id, reverses_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        params![
            id, tx.region()?, measure, fact.quantity, fact.day, now, fact.place, fact.served_by, fact.entered_by, fact.people,
            fact.matter, fact.channel, fact.campaign, fact.source, fact.source_id, reverses
        ],
    )
    .await?;
    Ok(id)
}

/// How many rows the total of one measure and segment is spread over.
const LANES: i64 = 8;

async fn add(
    tx: &mut Tx,
    id: Id<FactRow>,
    measure: &str,
    day: Day,
    place: i64,
    quantity: i64,
) -> Result<(), Fault> {
    let region = tx.region()?;
    let segment = i64::from(Segment::of(day).number());
    tx.execute(
        "insert into tally_place (region_id, measure, segment, place_id, quantity) values ($1, $2, $3, $4, $5)
         on conflict (region_id, measure, segment, place_id) do update set quantity = tally_place.quantity + excluded.quantity",
        params![region, measure, segment, place, quantity],
    )
    .await?;
    tx.execute(
        "insert into tally_total (region_id, measure, segment, lane, quantity) values ($1, $2, $3, $4, $5)
         on conflict (region_id, measure, segment, lane) do update set quantity = tally_total.quantity + excluded.quantity",
        params![region, measure, segment, id.serial() % LANES, quantity],
    )
    .await?;
    Ok(())
}
