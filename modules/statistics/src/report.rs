//! The bulletin with its parts: every figure by town and by village, as it is printed and sealed.

use crate::{
    bulletin::{self, Bulletin, Mode},
    frame::Frame,
    late,
    store::seals,
    sums::{self, Areas, DISTRICT, Part, Scope},
};
use ::store::{Tx, tally::FigureDef};
use kernel::{Day, Moment, Period};
use std::collections::BTreeMap;

/// A table of figures by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Heads of the columns that name the place: 镇（街道）, 村（社区）.
    pub heads: Vec<&'static str>,
    /// The figures with their units.
    pub columns: Vec<String>,
    /// Names of the place, then its figures.
    pub rows: Vec<(Vec<String>, Vec<i64>)>,
}

/// A bulletin with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The figures.
    pub bulletin: Bulletin,
    /// Under which names the parts stand: 按当时名称 or 按现在名称.
    pub mode: Mode,
    /// By town.
    pub towns: Matrix,
    /// By village.
    pub units: Matrix,
}

/// A column of a matrix: its head, and the figure by place.
pub(crate) type Column = (String, BTreeMap<i64, i64>);

/// The figures by town and by unit.
pub(crate) fn matrices(columns: &[Column], areas: &Areas, scope: &Scope) -> (Matrix, Matrix) {
    let heads: Vec<String> = columns.iter().map(|(head, _)| head.clone()).collect();
    let mut towns = Table::default();
    let mut units: Vec<(Option<i64>, String, Table)> = Vec::new();
    for (index, (_, places)) in columns.iter().enumerate() {
        for town in sums::by_town(places, areas, scope) {
            let inside = match town.id {
                Some(id) => sums::by_unit(places, areas, id),
                None => vec![Part { id: None, name: DISTRICT.to_owned(), value: town.value }],
            };
            let at = match units.iter().position(|(id, _, _)| *id == town.id) {
                Some(at) => at,
                None => {
                    units.push((town.id, town.name.clone(), Table::default()));
                    units.len() - 1
                }
            };
            inside.into_iter().for_each(|part| units[at].2.set(part, index, columns.len()));
            towns.set(town, index, columns.len());
        }
    }
    let by_town = towns.rows.into_iter().map(|(_, name, values)| (vec![name], values)).collect();
    let by_unit = units.into_iter().flat_map(|(_, town, table)| {
        table.rows.into_iter().map(move |(_, name, values)| (vec![town.clone(), name], values))
    });
    (
        Matrix { heads: vec!["镇（街道）"], columns: heads.clone(), rows: by_town },
        Matrix { heads: vec!["镇（街道）", "村（社区）"], columns: heads, rows: by_unit.collect() },
    )
}

/// Rows by place; a place may be absent from some figures.
#[derive(Default)]
struct Table {
    rows: Vec<(Option<i64>, String, Vec<i64>)>,
}

impl Table {
    fn set(&mut self, part: Part, column: usize, width: usize) {
        let at = match self.rows.iter().position(|(id, _, _)| *id == part.id) {
            Some(at) => at,
            None => {
                self.rows.push((part.id, part.name, vec![0; width]));
                self.rows.len() - 1
            }
        };
        self.rows[at].2[column] = part.value;
    }
}

/// Makes the report of a frame within a scope, with the adjustments of earlier sealed periods.
pub(crate) async fn within(
    tx: &mut Tx,
    figures: &[FigureDef],
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> kernel::Result<Report> {
    let mut bulletin = bulletin::within(tx, figures, frame, scope, areas).await?;
    let sealed = seals::standing(tx, frame.period).await?.is_some();
    // What is late for earlier periods is reported by the first one that is not sealed.
    if frame.seen.is_none() && !sealed {
        bulletin.adjustments = late::adjustments(tx, figures, frame.period, None, scope, areas).await?;
    }
    let mut columns = Vec::new();
    for def in bulletin::ordered(figures) {
        let places = sums::by_place(tx, &def, frame.days(def.kind)).await?;
        columns.push((head(&def), areas.fold(places)));
    }
    let (towns, units) = matrices(&columns, areas, scope);
    Ok(Report { bulletin, mode: areas.mode(), towns, units })
}

/// A figure as a column is headed: its name and unit.
pub(crate) fn head(def: &FigureDef) -> String {
    format!("{}（{}）", def.name, def.unit.label())
}

/// What report is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The period.
    pub period: Period,
    /// The day on which stocks are read, if not the usual one.
    pub as_of: Option<Day>,
    /// The past moment whose knowledge is wanted; none: what is known now.
    pub observed_at: Option<Moment>,
    /// Under which names the parts stand.
    pub mode: Mode,
    /// Business time.
    pub now: Moment,
}

/// Makes the report of a period for the whole district.
///
/// # Errors
/// A refusal if the period has not begun, or if `as_of` or `observed_at` do not fit; a fault if the sums cannot be
/// read.
pub async fn report(tx: &mut Tx, figures: &[FigureDef], asked: &Asked) -> kernel::Result<Report> {
    let Asked { period, as_of, observed_at, mode, now } = *asked;
    let frame = match observed_at {
        Some(seen) => Frame::at(period, as_of, seen, now)?,
        None => Frame::new(period, as_of, now.day())?,
    };
    let areas = Areas::named(tx, mode, period.last().min(frame.today)).await?;
    within(tx, figures, &frame, &Scope::Region, &areas).await
}
