//! Sums of a figure, whole and by place, within the reach of whoever asks.

use crate::{bulletin::Mode, frame::Days, store};
use ::store::{
    Tx,
    tally::{self, FigureDef, FigureKind},
};
use kernel::{Day, Fault, Refusal};
use places::Current;
use std::collections::{BTreeMap, BTreeSet};
use web::Reach;

/// How much of the district somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of it.
    Region,
    /// These towns.
    Towns(Vec<i64>),
}

impl Scope {
    /// The scope of an account; who serves villages, and not towns, has no figures here.
    pub(crate) fn of(reach: Reach) -> Result<Self, Refusal> {
        match reach {
            Reach::Region => Ok(Self::Region),
            Reach::Towns(towns) => Ok(Self::Towns(towns)),
            Reach::Lawyer(_) | Reach::Firm(_) | Reach::Unit(_) | Reach::Nothing => {
                Err(Refusal::forbidden("您的账号不对应某个镇（街道），没有可看的统计数。"))
            }
        }
    }

    /// Whether what belongs to that town (none: to the district itself) is within it.
    pub(crate) fn holds(&self, town: Option<i64>) -> bool {
        match self {
            Self::Region => true,
            Self::Towns(towns) => town.is_some_and(|town| towns.contains(&town)),
        }
    }
}

/// Every place with the town it counts for and the name it stands under.
pub(crate) struct Areas {
    places: BTreeMap<i64, store::Area>,
    /// The towns in their usual order: id and name.
    pub(crate) towns: Vec<(i64, String)>,
    /// Units that stand, in their usual order.
    pub(crate) current: Vec<i64>,
    /// Units that were closed by then.
    pub(crate) closed: BTreeSet<i64>,
    /// Present units of those that were merged or moved; empty where every place stands under its own name.
    present: BTreeMap<i64, i64>,
    mode: Mode,
}

impl Areas {
    /// The register as it is remembered: the towns in their order, every place, the units that stood.
    pub(crate) fn of(
        towns: Vec<(i64, String)>,
        places: Vec<store::Area>,
        current: Vec<i64>,
        closed: BTreeSet<i64>,
    ) -> Self {
        let places = places.into_iter().map(|area| (area.id, area)).collect();
        Self { places, towns, current, closed, present: BTreeMap::new(), mode: Mode::Then }
    }

    /// Reads the register as it is today.
    pub(crate) async fn read(tx: &mut Tx) -> Result<Self, Fault> {
        let mut places: BTreeMap<i64, store::Area> =
            store::areas(tx).await?.into_iter().map(|area| (area.id, area)).collect();
        let towns = places::towns(tx).await?.into_iter().map(|town| (town.id.raw(), town.name)).collect();
        let mut current = Vec::new();
        for (id, short_name) in store::current_units(tx).await? {
            // Units that are gone have their full name only.
            if let Some(area) = places.get_mut(&id) {
                area.name = short_name;
            }
            current.push(id);
        }
        let closed = store::closed_units(tx, None).await?;
        Ok(Self { places, towns, current, closed, present: BTreeMap::new(), mode: Mode::Then })
    }

    /// Reads the register with its names as they were on a day, or as they are now.
    pub(crate) async fn named(tx: &mut Tx, mode: Mode, day: Day) -> Result<Self, Fault> {
        let mut areas = Self::read(tx).await?;
        areas.mode = mode;
        match mode {
            Mode::Then => areas.as_on(tx, day).await?,
            Mode::Now => areas.as_now(tx).await?,
        }
        Ok(areas)
    }

    /// Names and units of a day.
    async fn as_on(&mut self, tx: &mut Tx, day: Day) -> Result<(), Fault> {
        self.current = store::units_on(tx, day).await?;
        self.closed = store::closed_units(tx, Some(day)).await?;
        for (id, name) in store::names_on(tx, day).await? {
            if let Some(area) = self.places.get_mut(&id) {
                area.name = name;
            }
        }
        Ok(())
    }

    /// Present units in place of those that were merged or moved; what was split or closed keeps a line of its own.
    async fn as_now(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let lineage = places::lineage(tx).await?;
        if lineage.is_empty() {
            return Ok(());
        }
        let mut renamed = Vec::new();
        for (id, area) in &self.places {
            match lineage.current(*id) {
                Current::Same => {}
                Current::Became(present) => {
                    self.present.insert(*id, present);
                }
                Current::Divided(parts) => {
                    let names: Vec<&str> = parts.iter().map(|part| self.name_of(*part)).collect();
                    renamed.push((*id, format!("原{}（已分设为{}）", area.name, names.join("、"))));
                }
                Current::Gone => renamed.push((*id, format!("原{}（已撤销）", area.name))),
            }
        }
        for (id, name) in renamed {
            if let Some(area) = self.places.get_mut(&id) {
                area.name = name;
            }
        }
        Ok(())
    }

    /// Under which names the places stand.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// The place under which another one stands: itself, unless present names are wanted.
    pub(crate) fn stands_for(&self, place: i64) -> i64 {
        self.present.get(&place).copied().unwrap_or(place)
    }

    /// Sums by place under the places they stand for.
    pub(crate) fn fold(&self, places: BTreeMap<i64, i64>) -> BTreeMap<i64, i64> {
        if self.present.is_empty() {
            return places;
        }
        let mut folded = BTreeMap::new();
        for (place, value) in places {
            *folded.entry(self.stands_for(place)).or_insert(0) += value;
        }
        folded
    }

    /// Every place that stands for that one, itself included.
    pub(crate) fn standing_for(&self, place: i64) -> Vec<i64> {
        let mut all = vec![place];
        all.extend(self.present.iter().filter(|(_, present)| **present == place).map(|(from, _)| *from));
        all
    }

    /// Every place of that town (none: what belongs to no town), by the places they stand for.
    pub(crate) fn within_town(&self, town: i64) -> Vec<i64> {
        let of_town = |place: &i64| self.town_of(self.stands_for(*place)) == Some(town);
        self.places.keys().copied().filter(of_town).collect()
    }

    /// The town of a place; none for the district itself.
    pub(crate) fn town_of(&self, place: i64) -> Option<i64> {
        self.places.get(&place).map(|area| area.town_id)
    }

    /// The name of a place.
    pub(crate) fn name_of(&self, place: i64) -> &str {
        self.places.get(&place).map_or(DISTRICT, |area| &area.name)
    }

    /// What the scope is called in a sentence: 全区, or the towns.
    pub(crate) fn scope_name(&self, scope: &Scope) -> String {
        match scope {
            Scope::Region => "全区".to_owned(),
            Scope::Towns(towns) => {
                let names: Vec<&str> = self
                    .towns
                    .iter()
                    .filter(|(id, _)| towns.contains(id))
                    .map(|(_, name)| name.as_str())
                    .collect();
                names.join("、")
            }
        }
    }
}

/// What belongs to no town.
pub(crate) const DISTRICT: &str = "区本级";

/// A part of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The town or unit; none for the district itself.
    pub(crate) id: Option<i64>,
    pub(crate) name: String,
    pub(crate) value: i64,
}

/// The figure over those days within the scope.
pub(crate) async fn total(
    tx: &mut Tx,
    def: &FigureDef,
    days: Days,
    scope: &Scope,
    areas: &Areas,
) -> Result<i64, Fault> {
    if *scope == Scope::Region && def.kind != FigureKind::Distinct && days.seen.is_none() {
        return tally::between(tx, def.measures, days.first, days.last).await;
    }
    let places = areas.fold(by_place(tx, def, days).await?);
    Ok(places.iter().filter(|(place, _)| scope.holds(areas.town_of(**place))).map(|(_, value)| value).sum())
}

/// The figure by place. A distinct figure counts each place once. What is known now comes from the live sums; what was
/// known at a past moment is added up from the facts.
pub(crate) async fn by_place(tx: &mut Tx, def: &FigureDef, days: Days) -> Result<BTreeMap<i64, i64>, Fault> {
    let rows = match days.seen {
        None => tally::between_by_place(tx, def.measures, days.first, days.last).await?,
        Some(seen) => tally::observed_by_place(tx, def.measures, days.first, days.last, seen).await?,
    };
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row.place_id).or_insert(0) += row.quantity;
    }
    Ok(counted(def.kind, sums))
}

/// Sums by place as the kind of figure counts them: a distinct figure counts each place that has any once.
pub(crate) fn counted(kind: FigureKind, sums: BTreeMap<i64, i64>) -> BTreeMap<i64, i64> {
    if kind != FigureKind::Distinct {
        return sums;
    }
    sums.into_iter().filter(|(_, quantity)| *quantity > 0).map(|(place, _)| (place, 1)).collect()
}

/// The parts by town, in the towns' order; what belongs to no town comes last, if there is any.
pub(crate) fn by_town(places: &BTreeMap<i64, i64>, areas: &Areas, scope: &Scope) -> Vec<Part> {
    let mut sums: BTreeMap<Option<i64>, i64> = BTreeMap::new();
    for (place, value) in places {
        *sums.entry(areas.town_of(*place)).or_insert(0) += value;
    }
    let mut parts: Vec<Part> = areas
        .towns
        .iter()
        .filter(|(id, _)| scope.holds(Some(*id)))
        .map(|(id, name)| Part {
            id: Some(*id),
            name: name.clone(),
            value: sums.get(&Some(*id)).copied().unwrap_or(0),
        })
        .collect();
    if let Some(value) = sums.get(&None).copied().filter(|value| *value != 0 && scope.holds(None)) {
        parts.push(Part { id: None, name: DISTRICT.to_owned(), value });
    }
    parts
}

/// The parts of one town by unit: every unit that stands, and whatever else has a sum.
pub(crate) fn by_unit(places: &BTreeMap<i64, i64>, areas: &Areas, town: i64) -> Vec<Part> {
    let of_town = |place: &i64| areas.town_of(*place) == Some(town);
    let value = |place: i64| places.get(&place).copied().unwrap_or(0);
    let part = |place: i64, name: String| Part { id: Some(place), name, value: value(place) };
    let mut parts = Vec::new();
    if value(town) != 0 {
        parts.push(part(town, format!("{}本级", areas.name_of(town))));
    }
    parts.extend(
        areas
            .current
            .iter()
            .copied()
            .filter(of_town)
            .map(|place| part(place, areas.name_of(place).to_owned())),
    );
    let gone = places.keys().copied().filter(|place| {
        of_town(place) && *place != town && !areas.current.contains(place) && value(*place) != 0
    });
    parts.extend(gone.map(|place| match areas.mode {
        Mode::Then if areas.closed.contains(&place) => {
            part(place, format!("{}（已撤并）", areas.name_of(place)))
        }
        Mode::Then | Mode::Now => part(place, areas.name_of(place).to_owned()),
    }));
    parts
}

/// Whether parts sum to their whole; if not, it is logged with the figure's name, for it must never happen.
pub(crate) fn adds_up(def: &FigureDef, whole: i64, parts: &[Part]) -> bool {
    let sum: i64 = parts.iter().map(|part| part.value).sum();
    if sum != whole {
        tracing::error!(figure = def.key, whole, sum, "the parts of a figure do not sum to the whole");
    }
    sum == whole
}

#[cfg(test)]
#[path = "sums_tests.rs"]
mod tests;
