//! Late entries: facts of a sealed period that its seal has not seen. They are reported with the next period of the
//! same length that is not sealed, so that sealed figures and adjustments always sum to the facts.

use crate::{
    bulletin::Adjustment,
    frame::Days,
    seal::Seal,
    sealed::{Form, Seen, unpack, unpack_ids},
    store::seals,
    sums::{Areas, Scope},
};
use ::store::{
    Tx,
    tally::{self, FigureDef, FigureKind, Measure},
};
use kernel::{Fault, Id, Period, Result};
use std::collections::{BTreeMap, HashMap};

/// What was entered late for one sealed period.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) period: Period,
    /// By measure and place; what sums to nothing is absent.
    pub(crate) sums: BTreeMap<(String, i64), i64>,
}

/// The measures of everything that happens (flows and distinct counts), each once. Stocks are no sums over periods:
/// their late entries show in every later stock by themselves.
pub(crate) fn happening(figures: &[FigureDef]) -> Vec<Measure> {
    let mut measures: Vec<Measure> = Vec::new();
    let flows = figures.iter().filter(|def| matches!(def.kind, FigureKind::Flow | FigureKind::Distinct));
    for measure in flows.flat_map(|def| def.measures) {
        if !measures.iter().any(|known| known.key == measure.key) {
            measures.push(*measure);
        }
    }
    measures.sort_by_key(|measure| measure.key);
    measures
}

/// The sealed periods whose late entries are reported with this one: the unbroken run of sealed ones before it. A
/// period that is sealed itself reports what its seal says.
pub(crate) async fn targets(tx: &mut Tx, period: Period) -> Result<Vec<Seal>> {
    let mut chain = seals::chain(tx, period).await?;
    if chain.iter().any(|seal| seal.first_day == period.first()) {
        return Ok(Vec::new());
    }
    let mut run = Vec::new();
    let mut before = period.previous();
    while let Some(at) = chain.iter().position(|seal| seal.first_day == before.first()) {
        run.push(chain.swap_remove(at));
        before = before.previous();
    }
    run.reverse();
    Ok(run)
}

/// What is late for a sealed period: its facts, less everything that standing seals have reported for it.
pub(crate) async fn pending(tx: &mut Tx, target: Period, measures: &[Measure]) -> Result<Pending, Fault> {
    let mut sums = BTreeMap::new();
    for row in tally::between_by_place(tx, measures, Some(target.first()), target.last()).await? {
        *sums.entry((row.measure, row.place_id)).or_insert(0) += row.quantity;
    }
    for (measure, place, quantity, _) in seals::reported(tx, target).await? {
        // A measure that no figure counts any more is nobody's late entry.
        if measures.iter().any(|known| known.key == measure) {
            *sums.entry((measure, place)).or_insert(0) -= quantity;
        }
    }
    sums.retain(|_, quantity| *quantity != 0);
    Ok(Pending { period: target, sums })
}

impl Pending {
    /// What it adds to a figure within a scope.
    pub(crate) fn of(&self, def: &FigureDef, scope: &Scope, areas: &Areas) -> i64 {
        if def.kind != FigureKind::Flow {
            return 0;
        }
        let counts = |measure: &str| def.measures.iter().any(|counted| counted.key == measure);
        let within = |place: i64| *scope == Scope::Region || scope.holds(areas.town_of(place));
        self.sums
            .iter()
            .filter(|((measure, place), _)| counts(measure) && within(*place))
            .map(|(_, quantity)| quantity)
            .sum()
    }

    /// The lines of a bulletin of that period.
    pub(crate) fn lines(
        &self,
        figures: &[FigureDef],
        reporting: Period,
        scope: &Scope,
        areas: &Areas,
    ) -> Vec<Adjustment> {
        let line = |def: &FigureDef| Adjustment {
            figure: def.key.to_owned(),
            name: def.name.to_owned(),
            unit: def.unit.label().to_owned(),
            period: self.period.to_string(),
            label: self.period.label(),
            value: self.of(def, scope, areas),
            same_year: self.period.year_to_date().0 == reporting.year_to_date().0,
        };
        figures.iter().map(line).filter(|line| line.value != 0).collect()
    }
}

/// The adjustment lines of a period: of its seal if it is sealed, else what is late by now.
pub(crate) async fn adjustments(
    tx: &mut Tx,
    figures: &[FigureDef],
    period: Period,
    seal: Option<&Seal>,
    scope: &Scope,
    areas: &Areas,
) -> Result<Vec<Adjustment>> {
    let mut lines = Vec::new();
    if let Some(seal) = seal {
        let mut by_target: BTreeMap<String, BTreeMap<(String, i64), i64>> = BTreeMap::new();
        for (target, measure, place, quantity) in seals::late_of(tx, seal).await? {
            by_target.entry(target).or_default().insert((measure, place), quantity);
        }
        for (target, sums) in by_target {
            let pending = Pending { period: Period::parse(period.scheme(), &target)?, sums };
            lines.extend(pending.lines(figures, period, scope, areas));
        }
        return Ok(lines);
    }
    let measures = happening(figures);
    for target in targets(tx, period).await? {
        let pending = pending(tx, target.period()?, &measures).await?;
        lines.extend(pending.lines(figures, period, scope, areas));
    }
    Ok(lines)
}

/// What a seal has seen.
pub(crate) async fn seen(tx: &mut Tx, seal: Id<Seal>) -> Result<Seen, Fault> {
    let (sha256, content) = seals::file(tx, seal, Form::Facts)
        .await?
        .ok_or_else(|| Fault::new("a seal has no list of the facts it has seen"))?;
    Ok(serde_json::from_slice(&unpack(&content, &sha256)?)?)
}

/// The facts of a measure of a sealed period that standing seals did not report exactly once: id, and how often it is
/// still to be counted (1 for a late entry; −1 for one that was reported as late and is in a newer seal of its period).
pub(crate) async fn rows(tx: &mut Tx, target: Period, measures: &[&str]) -> Result<Vec<(i64, i64)>> {
    let mut counted: HashMap<i64, i64> = HashMap::new();
    let mut own: HashMap<String, Vec<i64>> = HashMap::new();
    for id in seals::reporters(tx, target).await? {
        let Some(reporter) = seals::seal(tx, id).await? else { continue };
        let seen = seen(tx, id).await?;
        if reporter.period()? == target {
            for range in seen.own.into_iter().filter(|range| {
                range.first == Some(target.first())
                    && range.last == target.last()
                    && measures.contains(&range.measure.as_str())
            }) {
                own.insert(range.measure, unpack_ids(&range.ids)?);
            }
        }
        let of_target = |period: &str| period == target.to_string();
        for late in seen.late.into_iter().filter(|late| of_target(&late.period)) {
            for (id, times) in late.ids {
                *counted.entry(id.raw()).or_insert(0) += times;
            }
        }
    }
    let mut rows = Vec::new();
    for measure in measures {
        let own = own.remove(*measure).unwrap_or_default();
        let now = seals::ids(tx, measure, Some(target.first()), target.last()).await?;
        rows.extend(now.into_iter().filter_map(|id| {
            let times = i64::from(own.binary_search(&id).is_ok()) + counted.get(&id).copied().unwrap_or(0);
            (times != 1).then_some((id, 1 - times))
        }));
    }
    Ok(rows)
}

/// The facts of a sealed period that one later seal reported as late.
pub(crate) async fn rows_in(
    tx: &mut Tx,
    target: Period,
    reporter: &Seal,
    measures: &[&str],
) -> Result<Vec<(i64, i64)>> {
    let seen = seen(tx, reporter.id).await?;
    let wanted = seen
        .late
        .into_iter()
        .filter(|late| late.period == target.to_string() && measures.contains(&late.measure.as_str()));
    Ok(wanted.flat_map(|late| late.ids).map(|(id, times)| (id.raw(), times)).collect())
}

/// The facts of these measures and days that a seal has not seen, whatever later seals reported of them.
pub(crate) async fn since(
    tx: &mut Tx,
    seal: &Seal,
    measures: &[&str],
    days: Days,
) -> Result<Vec<(i64, i64)>> {
    let seen = seen(tx, seal.id).await?;
    let mut rows = Vec::new();
    for measure in measures {
        let own = seen
            .own
            .iter()
            .find(|range| range.measure == *measure && range.first == days.first && range.last == days.last);
        let own = own.map_or_else(|| Ok(Vec::new()), |range| unpack_ids(&range.ids))?;
        let now = seals::ids(tx, measure, days.first, days.last).await?;
        rows.extend(now.into_iter().filter(|id| own.binary_search(id).is_err()).map(|id| (id, 1)));
    }
    Ok(rows)
}
