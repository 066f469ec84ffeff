//! What must hold after every history, whatever happened in it. The expected numbers come from the history's own plain
//! account and from the registers, never from the tally.

use super::{
    deeds::{CHAINS, History, Looked, broken},
    world::day,
};
use kernel::{Day, Id, PartKind, Period, Result, Scheme};
use places::{Current, Unit};
use statistics::{
    Asked, BulletinFigure, Mode, Report,
    testing::{Outcome, asked, rows_behind, seal_is_whole, sealed_files, seals_add_up},
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx, params,
    tally::{self, FigureDef, FigureKind},
};

macro_rules! same {
    ($left:expr, $right:expr, $($what:tt)+) => {
        if $left != $right {
            return Err(broken(format!("{}: {:?} is not {:?}", format!($($what)+), $left, $right)));
        }
    };
}

/// Something that counts: measure, place, day, quantity.
type Counted = (&'static str, i64, Day, i64);

/// The plain account of a history, and the register of places as it is now.
struct Account {
    counted: Vec<Counted>,
    /// The town of every place, as the place stands in the register.
    towns_of: BTreeMap<i64, i64>,
    /// The towns in their order.
    towns: Vec<i64>,
    /// What stands for units that were moved or merged.
    present: BTreeMap<i64, i64>,
}

/// Everything that must hold; the first thing that does not is told.
pub(super) async fn judge(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    let account = Account::of(history, tx).await?;
    reprinted(history, tx).await?;
    for looked in &history.looked {
        as_it_was(history, looked, tx).await?;
    }
    for (period, mode) in shown(history.today()) {
        figures(history, &account, tx, period, mode).await?;
    }
    for (scheme, kind) in BTreeSet::from(CHAINS.map(|(scheme, kind)| (scheme.key(), kind.months()))) {
        let like = CHAINS.iter().find(|chain| (chain.0.key(), chain.1.months()) == (scheme, kind));
        let Some((scheme, kind)) = like else { continue };
        let like = Period::containing(*scheme, *kind, day("2022-01-01"));
        held(seals_add_up(tx, &history.district.figures, like, history.today()).await?)?;
    }
    book(history, tx).await?;
    appointments(tx).await?;
    same!(tally::reconcile(tx).await?, Vec::<tally::Discrepancy>::new(), "live sums and facts");
    checks(history, tx).await
}

fn held(outcome: Outcome) -> Result<()> {
    outcome.map_err(broken)
}

/// Which periods are looked at in the end, and under which names.
fn shown(today: Day) -> Vec<(Period, Mode)> {
    // The year before as well: entries may be that late.
    let year = Period::containing(Scheme::Calendar, PartKind::Year, today);
    let mut list = vec![(year.previous(), Mode::Then), (year, Mode::Now)];
    let mut quarter = Period::containing(Scheme::Calendar, PartKind::Quarter, day("2022-01-01"));
    while quarter.first() <= today {
        list.push((quarter, Mode::Then));
        quarter = quarter.next();
    }
    list.push((Period::containing(Scheme::Ministry, PartKind::Quarter, today).previous(), Mode::Then));
    list.push((Period::containing(Scheme::TwentyFirst, PartKind::Month, today), Mode::Now));
    list
}

impl Account {
    async fn of(history: &History<'_>, tx: &mut Tx) -> Result<Self> {
        let region = tx.region()?;
        let mut counted: Vec<Counted> = Vec::new();
        for row in history.book.values() {
            counted.push((row.kind.measure().key, row.unit.raw(), row.on, row.quantity));
        }
        counted.extend(history.called.iter().map(|(place, on)| (portal::DONE.key, *place, *on, 1)));
        for (town, on) in &history.stations {
            counted.push((stations::STOCK.key, *town, *on, 1));
            counted.push((stations::OPENED.key, *town, *on, 1));
        }
        let units: Vec<(i64, Day, Option<Day>)> = tx
            .all("select id, opened_on, closed_on from places_unit_any where region_id = $1", params![region])
            .await?;
        for (unit, opened, closed) in &units {
            counted.push((places::UNITS.key, *unit, *opened, 1));
            counted.extend(closed.map(|closed| (places::UNITS.key, *unit, closed, -1)));
        }
        let terms: Vec<(i64, Day, Option<Day>)> = tx
            .all(
                "select unit_id, from_day, to_day from advisers_appointment_entry
                 where region_id = $1 and (to_day is null or to_day >= from_day)",
                params![region],
            )
            .await?;
        for (unit, from, to) in &terms {
            counted.push((COVERED, *unit, *from, 1));
            counted.extend(to.map(|to| (COVERED, *unit, to.add_days(1), -1)));
        }
        let areas: Vec<(i64, i64)> =
            tx.all("select id, town_id from places_area where region_id = $1", params![region]).await?;
        let lineage = places::lineage(tx).await?;
        let present = areas.iter().filter_map(|(place, _)| match lineage.current(*place) {
            Current::Became(now) => Some((*place, now)),
            Current::Same | Current::Divided(_) | Current::Gone => None,
        });
        Ok(Self {
            counted,
            present: present.collect(),
            towns_of: areas.into_iter().collect(),
            towns: places::towns(tx).await?.into_iter().map(|town| town.id.raw()).collect(),
        })
    }

    /// What the figure comes to over these days, by place.
    fn by_place(&self, def: &FigureDef, first: Option<Day>, last: Day) -> BTreeMap<i64, i64> {
        let mut places = BTreeMap::new();
        let counts = |key: &str| def.measures.iter().any(|measure| measure.key == key);
        for (measure, place, on, quantity) in &self.counted {
            if counts(measure) && first.is_none_or(|first| first <= *on) && *on <= last {
                *places.entry(*place).or_insert(0) += quantity;
            }
        }
        if def.kind == FigureKind::Distinct {
            places.values_mut().for_each(|sum| *sum = i64::from(*sum > 0));
        }
        places
    }

    fn total(&self, def: &FigureDef, first: Option<Day>, last: Day) -> i64 {
        self.by_place(def, first, last).values().sum()
    }

    /// The same by town in the towns' order, the district's own last; under present names a place counts for the town
    /// of what it became.
    fn by_town(&self, def: &FigureDef, first: Option<Day>, last: Day, mode: Mode) -> Vec<i64> {
        let mut sums: BTreeMap<Option<i64>, i64> = BTreeMap::new();
        for (place, value) in self.by_place(def, first, last) {
            let place = match mode {
                Mode::Then => place,
                Mode::Now => self.present.get(&place).copied().unwrap_or(place),
            };
            *sums.entry(self.towns_of.get(&place).copied()).or_insert(0) += value;
        }
        let mut row: Vec<i64> =
            self.towns.iter().map(|town| sums.get(&Some(*town)).copied().unwrap_or(0)).collect();
        row.push(sums.get(&None).copied().unwrap_or(0));
        row
    }
}

const COVERED: &str = "advisers.covered";

/// Sealed = reprinted, byte for byte, the superseded ones too.
async fn reprinted(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    for seal in &history.sealed {
        let files = sealed_files(tx, &seal.id).await?;
        for (nth, (now, then)) in files.iter().zip(&seal.files).enumerate() {
            if now != then {
                return Err(broken(format!("{}: file {nth} is not what was printed", seal.period)));
            }
        }
        same!(files.len(), seal.files.len(), "files of {}", seal.period);
        held(seal_is_whole(tx, &seal.id).await?)?;
        if !seal.stands {
            continue;
        }
        let printed = statistics::reprint(tx, seal.period).await?;
        let Some(printed) = printed else { return Err(broken(format!("{} is not sealed", seal.period))) };
        for (what, bytes) in [("json", &printed.json), ("html", &printed.html), ("xlsx", &printed.xlsx)] {
            if !seal.files.contains(bytes) {
                return Err(broken(format!("{}: {what} is reprinted differently", seal.period)));
            }
        }
    }
    Ok(())
}

/// What was shown at a past moment is shown again when that moment is asked for.
async fn as_it_was(history: &History<'_>, looked: &Looked, tx: &mut Tx) -> Result<()> {
    let ask = Asked { observed_at: Some(looked.at), ..asked(looked.period, history.now) };
    let again = statistics::report(tx, &history.district.figures, &ask).await?;
    for (then, now) in looked.report.bulletin.figures.iter().zip(&again.bulletin.figures) {
        same!(numbers(now), numbers(then), "{} {} as of {}", looked.period, then.key, looked.at.local());
    }
    same!(
        again.towns.rows,
        looked.report.towns.rows,
        "{} by town as of {}",
        looked.period,
        looked.at.local()
    );
    same!(sums(&again), sums(&looked.report), "{} by village as of {}", looked.period, looked.at.local());
    Ok(())
}

fn numbers(figure: &BulletinFigure) -> (i64, Option<i64>, Option<i64>, Option<i64>) {
    (figure.value, figure.cumulative, figure.previous, figure.year_before)
}

/// The sums of the table of villages by town: villages may have got other names since, and one that was founded later
/// has a line of noughts.
fn sums(report: &Report) -> BTreeMap<&str, Vec<i64>> {
    let mut sums: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (names, values) in &report.units.rows {
        let sum = sums.entry(&names[0]).or_insert_with(|| vec![0; values.len()]);
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    sums.retain(|_, values| values.iter().any(|value| *value != 0));
    sums
}

/// Every figure of a period: the plain account, parts = whole, sum of rows = figure.
async fn figures(
    history: &History<'_>,
    account: &Account,
    tx: &mut Tx,
    period: Period,
    mode: Mode,
) -> Result<()> {
    let ask = Asked { mode, ..asked(period, history.now) };
    let report = statistics::report(tx, &history.district.figures, &ask).await?;
    for (nth, figure) in report.bulletin.figures.iter().enumerate() {
        let def = history.district.figures.iter().find(|def| def.key == figure.key);
        let Some(def) = def else { return Err(broken(format!("nobody declares {}", figure.key))) };
        let what = format!("{} {} {}", period.scheme().key(), period, figure.key);
        let (first, last) = (figure.from, figure.through);
        same!(figure.value, account.total(def, first, last), "{what}: figure and plain account");
        if matches!(def.kind, FigureKind::Flow | FigureKind::Distinct) {
            let (from, to) = period.year_to_date();
            same!(figure.cumulative, Some(account.total(def, Some(from), to)), "{what}: the year so far");
            let (before, year) = (period.previous(), period.year_before());
            same!(
                (figure.previous, figure.year_before),
                (
                    Some(account.total(def, Some(before.first()), before.last())),
                    Some(account.total(def, Some(year.first()), year.last())),
                ),
                "{what}: the periods it is compared with"
            );
        }
        let mut towns: Vec<i64> = report.towns.rows.iter().map(|(_, values)| values[nth]).collect();
        towns.resize(account.towns.len() + 1, 0);
        same!(towns, account.by_town(def, first, last, mode), "{what}: towns, {}", mode.key());
        same!(towns.iter().sum::<i64>(), figure.value, "{what}: towns and the whole");
        let villages: i64 = report.units.rows.iter().map(|(_, values)| values[nth]).sum();
        same!(villages, figure.value, "{what}: villages and the whole, {}", mode.key());
        let behind = rows_behind(tx, def, &ask).await?;
        same!(behind.sum, behind.quantity, "{what}: rows and their sum");
        same!(i64::try_from(behind.listed)?, behind.rows, "{what}: number of rows");
        let counted = if def.kind == FigureKind::Distinct { behind.places } else { behind.quantity };
        same!(counted, figure.value, "{what}: sum of rows and figure");
    }
    same!(report.bulletin.figures.len(), history.district.figures.len(), "figures of {period}");
    Ok(())
}

/// The standing rows of the book of services are those that were entered and not withdrawn.
async fn book(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    let rows: Vec<(Id<advisers::Service>, i64, Day, Id<Unit>)> = tx
        .all(
            "select id, quantity, happened_on, unit_id from advisers_service_entry
             where region_id = $1 and state = 'standing' order by id",
            params![tx.region()?],
        )
        .await?;
    let expected: Vec<_> =
        history.book.iter().map(|(id, row)| (*id, row.quantity, row.on, row.unit)).collect();
    same!(rows, expected, "the book of services");
    Ok(())
}

/// No village has two advisers on any day, and no village that is gone has one now.
async fn appointments(tx: &mut Tx) -> Result<()> {
    let both: i64 = tx
        .scalar(
            "select count(*) from advisers_appointment_entry a join advisers_appointment_entry b
             on b.region_id = a.region_id and b.unit_id = a.unit_id and b.id > a.id
             where a.region_id = $1 and (a.to_day is null or a.to_day >= a.from_day) and (b.to_day is null or b.to_day >= b.from_day)
               and (a.to_day is null or a.to_day >= b.from_day) and (b.to_day is null or b.to_day >= a.from_day)",
            params![tx.region()?],
        )
        .await?;
    same!(both, 0, "appointments that overlap");
    let lost: i64 = tx
        .scalar(
            "select count(*) from advisers_current_entry c left join places_unit u on u.id = c.unit_id
             where c.region_id = $1 and u.id is null",
            params![tx.region()?],
        )
        .await?;
    same!(lost, 0, "advisers of villages that are gone");
    Ok(())
}

/// `farun check` finds nothing grave, and every village without an adviser, neither more nor fewer.
async fn checks(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    let outcomes = farun::check::within(tx, history.today()).await?;
    for outcome in outcomes.iter().filter(|outcome| outcome.grave) {
        same!(outcome.findings, Vec::<String>::new(), "{}", outcome.id);
    }
    let found = outcomes.iter().find(|outcome| outcome.id == "advisers.uncovered");
    let Some(found) = found else { return Err(broken("nobody looks for villages without an adviser")) };
    let year = Period::containing(Scheme::Calendar, PartKind::Year, history.today());
    let report = statistics::report(tx, &history.district.figures, &asked(year, history.now)).await?;
    let figure = |key: &str| report.bulletin.figure(key).map_or(i64::MIN, |figure| figure.value);
    let gaps = figure("villages.total") - figure("villages.covered");
    same!(i64::try_from(found.findings.len())?, gaps, "villages without an adviser: shown and counted");
    Ok(())
}
