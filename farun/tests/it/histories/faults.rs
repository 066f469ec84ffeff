//! Faults that somebody plants behind the product's back: every one must be found by what judges sound histories.

use super::deeds::History;
use kernel::Result;
use sqlx::AssertSqlSafe;
use store::{Tx, params, tally};

/// What is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planted {
    /// A fact is deleted.
    FactGone,
    /// A fact is deleted, and the live sums are made anew, so that they agree with what is left.
    FactGoneQuietly,
    /// A row behind a seal gets another number of people: no figure shows it.
    SealedFact,
    /// A printed file is changed, with the digest that is kept beside it.
    SealedFile,
    /// What a seal reported for a village is one more.
    SealedSum,
    /// A live sum by village is one more.
    PlaceSum,
    /// A live sum of the district is one more.
    TotalSum,
    /// A fact is said to have been entered before somebody looked.
    Antedated,
    /// A village is put into another town by hand.
    OtherTown,
    /// A village loses its adviser without the appointment's end.
    QuietGap,
    /// A village without an adviser is counted as covered.
    FalseCover,
    /// A row of the book is changed without its fact.
    BookRow,
}

impl Planted {
    pub(super) const ALL: [Self; 12] = [
        Self::FactGone,
        Self::FactGoneQuietly,
        Self::SealedFact,
        Self::SealedFile,
        Self::SealedSum,
        Self::PlaceSum,
        Self::TotalSum,
        Self::Antedated,
        Self::OtherTown,
        Self::QuietGap,
        Self::FalseCover,
        Self::BookRow,
    ];

    /// Plants it after a history; false where the history has nothing that it could spoil.
    pub(super) async fn plant(self, history: &History<'_>, tx: &mut Tx) -> Result<bool> {
        let standing = history.sealed.iter().rfind(|seal| seal.stands);
        Ok(match self {
            Self::FactGone => gone(tx).await?,
            Self::FactGoneQuietly => {
                let gone = gone(tx).await?;
                tally::rebuild(tx).await?;
                gone
            }
            Self::SealedFact => {
                let Some(seal) = standing else { return Ok(false) };
                let (first, last) = (seal.period.first(), seal.period.last());
                // Entered before that seal was made: later facts are none of its rows.
                let which = format!(
                    "id = (select min(id) from tally_fact where source = 'advisers_service' and day >= '{first}' and day <= '{last}'
                           and id < {})",
                    raw(&seal.id)
                );
                spoil(tx, "tally_fact", "people = people + 1", &which).await?
            }
            Self::SealedFile => {
                let Some(seal) = standing else { return Ok(false) };
                let id = raw(&seal.id);
                // Another form's bytes with their own digest: as sound as a forged file can be.
                let other = |column: &str| {
                    format!(
                        "(select o.{column} from statistics_sealed_file_entry o where o.seal_id = {id} and o.form = 'json')"
                    )
                };
                let change = format!("content = {}, sha256 = {}", other("content"), other("sha256"));
                let which = format!("seal_id = {id} and form = 'html'");
                spoil(tx, "statistics_sealed_file_entry", &change, &which).await?
            }
            Self::SealedSum => {
                let Some(seal) = standing else { return Ok(false) };
                let which = format!(
                    "id = (select min(id) from statistics_sealed_sum_entry where seal_id = {} and target = '{}'
                           and measure like 'advisers.%' and measure <> 'advisers.covered')",
                    raw(&seal.id),
                    seal.period
                );
                spoil(tx, "statistics_sealed_sum_entry", "quantity = quantity + 1", &which).await?
            }
            Self::PlaceSum => {
                let one = "measure = 'advisers.covered' and place_id = (select min(place_id) from tally_place where measure = 'advisers.covered')";
                spoil(tx, "tally_place", "quantity = quantity + 1", one).await?
            }
            Self::TotalSum => {
                let one = "measure = 'places.units' and segment = (select min(segment) from tally_total where measure = 'places.units')
                           and lane = (select min(lane) from tally_total where measure = 'places.units')";
                spoil(tx, "tally_total", "quantity = quantity + 1", one).await?
            }
            Self::Antedated => {
                let Some(looked) = history.looked.last() else { return Ok(false) };
                let (at, first, last) = (looked.at.micros(), looked.period.first(), looked.period.last());
                let which = format!(
                    "id = (select min(id) from tally_fact where entered_at > {at} and day >= '{first}' and day <= '{last}'
                           and source = 'advisers_service')"
                );
                spoil(tx, "tally_fact", &format!("entered_at = {at}"), &which).await?
            }
            Self::OtherTown => {
                // A village that counts for its town in everything that was ever looked at.
                let which = "id = (select min(id) from places_unit_entry where opened_on < '2022-01-01' and closed_on is null
                             and town_id <> (select max(id) from places_town_entry))";
                let other = "town_id = (select max(id) from places_town_entry)";
                !history.looked.is_empty() && spoil(tx, "places_unit_entry", other, which).await?
            }
            Self::QuietGap => {
                let sql = "delete from advisers_current_entry
                           where unit_id = (select min(unit_id) from advisers_current_entry)";
                tx.execute(sql, params![]).await? > 0
            }
            Self::FalseCover => {
                let which = "id = (select max(id) from tally_fact where measure = 'advisers.covered' and quantity = -1)";
                let spoiled = spoil(tx, "tally_fact", "quantity = 0", which).await?;
                tally::rebuild(tx).await?;
                spoiled
            }
            Self::BookRow => {
                let which = "id = (select min(id) from advisers_service_entry where state = 'standing')";
                spoil(tx, "advisers_service_entry", "quantity = quantity + 1", which).await?
            }
        })
    }
}

fn raw(seal: &str) -> i64 {
    seal.parse::<kernel::Id<()>>().expect("the number of a seal").raw()
}

async fn gone(tx: &mut Tx) -> Result<bool> {
    let sql = "delete from tally_fact where id = (select min(f.id) from tally_fact f where f.source = 'advisers_service' and f.reverses_id is null
               and not exists (select 1 from tally_fact r where r.reverses_id = f.id))";
    Ok(tx.execute(sql, params![]).await? > 0)
}

async fn spoil(tx: &mut Tx, table: &str, change: &str, which: &str) -> Result<bool> {
    let sql = format!("update {table} set {change} where {which}");
    Ok(tx.execute(AssertSqlSafe(sql), params![]).await? > 0)
}
