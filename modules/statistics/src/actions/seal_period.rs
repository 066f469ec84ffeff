//! Seals a finished period: everything is read and rendered at one moment, then kept for good.

use crate::{
    bulletin::{self, AuditMark, Bulletin, Mode, SealMark, ordered},
    frame::{Days, Frame},
    late, print,
    report::{self, Report},
    seal::{self, Seal, SealState},
    sealed::{
        self, Document, Form, LateRange, Named, Part, Parts, Place, Range, RowsDigest, Seen, SeenLate,
        SeenRange, pack, pack_ids,
    },
    store::seals::{self, SealRow, SealedSum},
    sums::{self, Areas, Scope},
};
use ::store::{
    Audit, Tx,
    tally::{FigureDef, Measure},
};
use kernel::{Day, Fault, Id, Period, Result};
use std::collections::BTreeMap;

kernel::refusals! {
    /// Why a period cannot be sealed.
    pub(crate) enum SealRefusal {
        /// Something can still happen in it.
        NotOver => Invalid, "本期还没有结束，结束后的第二天起才能定稿。";
        /// It is sealed.
        Already => Conflict, "本期已经定稿。需要重新定稿的，先由两人办理解除定稿。";
        /// Live sums and facts disagree.
        Broken => Conflict, "汇总数与明细不一致，现在不能定稿。请系统管理员先做数据核对并修复。";
        /// Facts or seals came while the page was open.
        Stale => Conflict, "打开本页以后又有记录计入本期，或定稿情况有变化。请核对下面的最新数字，再点定稿。";
        /// Figures are missing altogether.
        NoFigures => Invalid, "还没有统计指标，无法定稿。";
    }
}

/// Everything about a seal, made and rendered, not yet kept.
pub struct Prepared {
    period: Period,
    seal: Seal,
    files: Vec<(Form, i64, String, String)>,
    sums: Vec<SealedSum>,
    /// The standing seals of the chain when this was read.
    chain: Vec<Id<Seal>>,
    bulletin: Bulletin,
}

impl Prepared {
    /// The figures that would be sealed.
    pub(crate) fn bulletin(&self) -> &Bulletin {
        &self.bulletin
    }

    /// How many facts are behind it.
    #[must_use]
    pub fn facts(&self) -> i64 {
        self.seal.facts
    }
}

/// Who seals what, under which circumstances.
#[derive(Debug, Clone)]
pub struct Order {
    /// The period.
    pub period: Period,
    /// The day on which stocks are read, if not the usual one.
    pub as_of: Option<Day>,
    /// The business day.
    pub today: Day,
    /// The district, for titles.
    pub district: String,
    /// The account that seals, and its name.
    pub by: (Option<i64>, String),
    /// Things left open, by check.
    pub open: BTreeMap<String, usize>,
}

/// How many rows are read at once.
const PAGE: i64 = 10_000;

/// Reads and renders everything, in a transaction that only reads: one moment's state, and no writer waits for it.
///
/// # Errors
/// A refusal if the period is not over, is sealed, or does not add up; a fault if it cannot be read.
pub async fn prepare(tx: &mut Tx, figures: &[FigureDef], order: Order) -> Result<Prepared> {
    let period = order.period;
    if period.last() >= order.today {
        return Err(SealRefusal::NotOver.into());
    }
    let figures = ordered(figures);
    if figures.is_empty() {
        return Err(SealRefusal::NoFigures.into());
    }
    let versions = seals::versions(tx, period).await?;
    if versions.iter().any(Seal::stands) {
        return Err(SealRefusal::Already.into());
    }
    let frame = Frame::new(period, order.as_of, order.today)?;
    let areas = Areas::named(tx, Mode::Then, period.last()).await?;
    let chain = seals::chain(tx, period).await?.into_iter().map(|seal| seal.id).collect();
    let mut behind = Behind::default();
    for def in &figures {
        for measure in def.measures {
            behind.read(tx, measure, frame.days(def.kind)).await?;
        }
    }
    let parts = parts(tx, &figures, &frame, &behind).await?;
    let (late, late_seen, late_sums) = late_entries(tx, period, &figures).await?;
    let version = versions.first().map_or(1, |seal| seal.version + 1);
    let mut seal = blank(tx, &order, &frame, version, behind.facts())?;
    let mut document = document(tx, &figures, &frame, &areas, &order, &seal, parts).await?;
    document.ranges = behind.ranges.iter().map(|found| found.range.clone()).collect();
    document.late = late;
    document.facts = seal.facts;
    seal.audit_root = document.bulletin.audit.root.clone();
    let json = document.canonical()?;
    seal.digest = sealed::digest(&json);
    let report = print_of(&document, &figures, &seal);
    let mut sums = behind.sums(period);
    sums.extend(late_sums);
    let seen = serde_json::to_vec(&Seen { own: behind.seen(), late: late_seen })?;
    let html = print::report_html(&report, &order.district).into_bytes();
    let xlsx = web::xlsx(&print::report_sheets(&report, &order.district))?;
    let mut files = Vec::new();
    for (form, bytes) in [(Form::Json, json), (Form::Html, html), (Form::Xlsx, xlsx), (Form::Facts, seen)] {
        let length = i64::try_from(bytes.len())?;
        files.push((form, length, sealed::digest(&bytes), pack(&bytes)?));
    }
    Ok(Prepared { period, seal, files, sums, chain, bulletin: report.bulletin })
}

/// Keeps what was prepared. `seen`: the number of facts that the person saw before deciding, if there was a page.
///
/// # Errors
/// A refusal if the period was sealed or the chain of seals changed meanwhile, or if other facts came than were seen.
pub async fn seal_period(tx: &mut Tx, prepared: Prepared, seen: Option<i64>) -> Result<String> {
    let Prepared { period, mut seal, files, sums, chain, .. } = prepared;
    seal.id = tx.new_id()?;
    if seals::standing(tx, period).await?.is_some() {
        return Err(SealRefusal::Already.into());
    }
    let now: Vec<Id<Seal>> = seals::chain(tx, period).await?.into_iter().map(|seal| seal.id).collect();
    if now != chain || seen.is_some_and(|seen| seen != seal.facts) {
        return Err(SealRefusal::Stale.into());
    }
    seals::insert(tx, &seal, period).await?;
    for (form, length, sha256, content) in &files {
        seals::insert_file(tx, seal.id, *form, *length, sha256, content).await?;
    }
    for sum in &sums {
        seals::insert_sum(tx, seal.id, sum).await?;
    }
    let details = serde_json::json!({ "number": seal.number, "digest": seal.digest, "facts": seal.facts });
    tx.audit(Audit::new(seal.sealed_by, "statistics.period.seal", "statistics_seal", seal.id).with(&details));
    Ok(seal.id.to_string())
}

fn blank(tx: &Tx, order: &Order, frame: &Frame, version: i64, facts: i64) -> Result<Seal, Fault> {
    let period = order.period;
    Ok(Seal {
        // It gets its own when it is kept: only a writer makes ids.
        id: Id::from_parts(tx.region()?, 1),
        scheme: period.scheme().key().to_owned(),
        period: period.to_string(),
        first_day: period.first(),
        last_day: period.last(),
        as_of: frame.as_of,
        version,
        number: seal::number(period, version),
        state: SealState::Standing,
        facts,
        digest: String::new(),
        audit_root: String::new(),
        sealed_by: order.by.0,
        sealed_by_name: order.by.1.clone(),
        sealed_at: tx.db().wall().now(),
        sealed_on: order.today,
        superseded_at: None,
        published_at: None,
        withdrawn_at: None,
    })
}

async fn document(
    tx: &mut Tx,
    figures: &[FigureDef],
    frame: &Frame,
    areas: &Areas,
    order: &Order,
    seal: &Seal,
    parts: Vec<Parts>,
) -> Result<Document> {
    let mut bulletin = bulletin::within(tx, figures, frame, &Scope::Region, areas).await?;
    bulletin.adjustments = late::adjustments(tx, figures, frame.period, None, &Scope::Region, areas).await?;
    // 目前 is said of a day that passes: a sealed bulletin names its day.
    bulletin.current = false;
    bulletin.audit = AuditMark::read(tx).await?;
    bulletin.sealed = Some(SealMark { digest: None, ..seal.seal_mark() });
    for (figure, sealed) in bulletin.figures.iter().zip(&parts) {
        if figure.value != sealed.parts.iter().map(|part| part.value).sum::<i64>() {
            return Err(SealRefusal::Broken.into());
        }
    }
    let mut ids: Vec<i64> = areas.current.clone();
    for part in parts.iter().flat_map(|parts| &parts.parts) {
        if !ids.contains(&part.place) {
            ids.push(part.place);
        }
    }
    let place = |id: i64| Place {
        id,
        town: areas.town_of(id),
        name: areas.name_of(id).to_owned(),
        current: areas.current.contains(&id),
        closed: areas.closed.contains(&id),
    };
    let towns = areas.towns.iter().map(|(id, name)| Named { id: *id, name: name.clone() }).collect();
    for (id, _) in &areas.towns {
        if !ids.contains(id) {
            ids.push(*id);
        }
    }
    Ok(Document {
        format: 1,
        district: order.district.clone(),
        bulletin,
        towns,
        places: ids.into_iter().map(place).collect(),
        parts,
        ranges: Vec::new(),
        late: Vec::new(),
        facts: 0,
        open: order.open.clone(),
    })
}

/// The parts of every figure, checked against the rows themselves.
async fn parts(tx: &mut Tx, figures: &[FigureDef], frame: &Frame, behind: &Behind) -> Result<Vec<Parts>> {
    let mut all = Vec::new();
    for def in figures {
        let days = frame.days(def.kind);
        let value = sums::by_place(tx, def, days).await?;
        if !same(&value, &sums::counted(def.kind, behind.by_place(def, days))) {
            return Err(SealRefusal::Broken.into());
        }
        let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
        fill(&mut parts, value, |part| &mut part.value);
        if let Some(days) = frame.year_so_far(def.kind) {
            fill(&mut parts, sums::by_place(tx, def, days).await?, |part| &mut part.cumulative);
        }
        if let Some(days) = frame.previous(def.kind) {
            fill(&mut parts, sums::by_place(tx, def, days).await?, |part| &mut part.previous);
        }
        let year_before = sums::by_place(tx, def, frame.year_before(def.kind)).await?;
        fill(&mut parts, year_before, |part| &mut part.year_before);
        all.push(Parts {
            figure: def.key.to_owned(),
            measures: def.measures.iter().map(|measure| measure.key.to_owned()).collect(),
            rows_digest: behind.digest(def, days),
            parts: parts.into_values().collect(),
        });
    }
    Ok(all)
}

fn fill(parts: &mut BTreeMap<i64, Part>, sums: BTreeMap<i64, i64>, field: fn(&mut Part) -> &mut i64) {
    for (place, value) in sums.into_iter().filter(|(_, value)| *value != 0) {
        *field(parts.entry(place).or_insert_with(|| Part { place, ..Part::default() })) = value;
    }
}

/// Whether two sums by place are the same, absent ones being none.
fn same(one: &BTreeMap<i64, i64>, other: &BTreeMap<i64, i64>) -> bool {
    let some = |sums: &BTreeMap<i64, i64>| -> BTreeMap<i64, i64> {
        sums.iter().filter(|(_, value)| **value != 0).map(|(place, value)| (*place, *value)).collect()
    };
    some(one) == some(other)
}

/// The report as it is printed for good, from nothing but the document.
pub(crate) fn print_of(document: &Document, figures: &[FigureDef], seal: &Seal) -> Report {
    let areas = document.areas();
    let columns: Vec<report::Column> = figures
        .iter()
        .map(|def| (report::head(def), document.by_place(def.key, sealed::Column::Value)))
        .collect();
    let (towns, units) = report::matrices(&columns, &areas, &Scope::Region);
    let mut bulletin = document.bulletin.clone();
    bulletin.sealed = Some(seal.seal_mark());
    Report { bulletin, mode: Mode::Then, towns, units }
}

/// The rows behind the figures, each measure and run of days read once.
#[derive(Default)]
struct Behind {
    ranges: Vec<Found>,
}

struct Found {
    range: Range,
    ids: Vec<i64>,
    /// Quantity and number of rows by place.
    places: BTreeMap<i64, (i64, i64)>,
}

impl Behind {
    fn find(&self, measure: &str, days: Days) -> Option<&Found> {
        self.ranges.iter().find(|found| {
            found.range.measure == measure && found.range.first == days.first && found.range.last == days.last
        })
    }

    async fn read(&mut self, tx: &mut Tx, measure: &Measure, days: Days) -> Result<(), Fault> {
        if self.find(measure.key, days).is_some() {
            return Ok(());
        }
        self.ranges.push(read_rows(tx, measure.key, days.first, days.last).await?);
        Ok(())
    }

    fn facts(&self) -> i64 {
        self.ranges.iter().map(|found| found.range.rows).sum()
    }

    fn by_place(&self, def: &FigureDef, days: Days) -> BTreeMap<i64, i64> {
        let mut sums = BTreeMap::new();
        for found in def.measures.iter().filter_map(|measure| self.find(measure.key, days)) {
            for (place, (quantity, _)) in &found.places {
                *sums.entry(*place).or_insert(0) += quantity;
            }
        }
        sums
    }

    /// SHA-256 over the digests of the figure's ranges, by measure.
    fn digest(&self, def: &FigureDef, days: Days) -> String {
        let mut found: Vec<&Found> =
            def.measures.iter().filter_map(|measure| self.find(measure.key, days)).collect();
        found.sort_by(|one, other| one.range.measure.cmp(&other.range.measure));
        let mut digest = RowsDigest::new();
        for found in found {
            digest.add(&[&found.range.measure, &found.range.digest]);
        }
        digest.finish()
    }

    fn seen(&self) -> Vec<SeenRange> {
        let seen = |found: &Found| {
            let mut ids = found.ids.clone();
            ids.sort_unstable();
            SeenRange {
                measure: found.range.measure.clone(),
                first: found.range.first,
                last: found.range.last,
                ids: pack_ids(&ids),
            }
        };
        self.ranges.iter().map(seen).collect()
    }

    /// What happened in the period itself, by measure and place.
    fn sums(&self, period: Period) -> Vec<SealedSum> {
        let own = self
            .ranges
            .iter()
            .filter(|found| found.range.first == Some(period.first()) && found.range.last == period.last());
        let sum = |found: &Found, (place, (quantity, facts)): (&i64, &(i64, i64))| SealedSum {
            target: period.to_string(),
            measure: found.range.measure.clone(),
            place: *place,
            quantity: *quantity,
            facts: *facts,
        };
        own.flat_map(|found| found.places.iter().map(move |entry| sum(found, entry))).collect()
    }
}

/// Reads the rows of a measure over a run of days: their digest, ids and sums by place.
async fn read_rows(tx: &mut Tx, measure: &str, first: Option<Day>, last: Day) -> Result<Found, Fault> {
    let mut digest = RowsDigest::new();
    let (mut ids, mut places, mut quantity, mut behind) = (Vec::new(), BTreeMap::new(), 0, None);
    loop {
        let rows = seals::seal_rows(tx, measure, (first, last), behind, PAGE).await?;
        let Some(end) = rows.last() else { break };
        behind = Some((end.day, end.id));
        let full = rows.len() == usize::try_from(PAGE)?;
        for row in rows {
            add_row(&mut digest, &row);
            ids.push(row.id);
            quantity += row.quantity;
            let place = places.entry(row.place_id).or_insert((0, 0));
            *place = (place.0 + row.quantity, place.1 + 1);
        }
        if !full {
            break;
        }
    }
    let rows = i64::try_from(ids.len())?;
    let range = Range { measure: measure.to_owned(), first, last, rows, quantity, digest: digest.finish() };
    Ok(Found { range, ids, places })
}

/// A row in its canonical form.
fn add_row(digest: &mut RowsDigest, row: &SealRow) {
    let optional = |id: Option<i64>| id.map_or(String::new(), |id| id.to_string());
    digest.add(&[
        &row.id.to_string(),
        &row.day.to_string(),
        &row.quantity.to_string(),
        &row.entered_at.to_string(),
        &row.place_id.to_string(),
        &optional(row.served_by),
        &optional(row.entered_by),
        &row.people.to_string(),
        &row.matter,
        &row.channel,
        &row.campaign,
        &row.source,
        &row.source_id.to_string(),
        &optional(row.reverses_id),
    ]);
}

/// Whether the rows of a range are still those that were sealed.
///
/// The facts that were seen are read again by their ids, so later entries do not matter.
pub(crate) async fn unchanged(tx: &mut Tx, range: &Range, seen: &SeenRange) -> Result<bool, Fault> {
    let known = sealed::unpack_ids(&seen.ids)?;
    let mut digest = RowsDigest::new();
    let mut behind = None;
    loop {
        let rows = seals::seal_rows(tx, &range.measure, (range.first, range.last), behind, PAGE).await?;
        let Some(end) = rows.last() else { break };
        behind = Some((end.day, end.id));
        for row in rows.iter().filter(|row| known.binary_search(&row.id).is_ok()) {
            add_row(&mut digest, row);
        }
    }
    Ok(digest.finish() == range.digest)
}

/// The late entries of earlier sealed periods that this seal reports.
async fn late_entries(
    tx: &mut Tx,
    period: Period,
    figures: &[FigureDef],
) -> Result<(Vec<LateRange>, Vec<SeenLate>, Vec<SealedSum>)> {
    let measures = late::happening(figures);
    let (mut ranges, mut seen, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for target in late::targets(tx, period).await? {
        let target_period = target.period()?;
        let reported = seals::reported(tx, target_period).await?;
        for measure in &measures {
            let facts: i64 = reported.iter().filter(|sum| sum.0 == measure.key).map(|sum| sum.3).sum();
            let days = (Some(target_period.first()), target_period.last());
            // Facts are only ever added, so their number tells, unless the period was sealed more than once.
            if target.version == 1 && seals::count(tx, measure.key, days.0, days.1).await? == facts {
                continue;
            }
            let rows = late::rows(tx, target_period, &[measure.key]).await?;
            if rows.is_empty() {
                continue;
            }
            let late = sums_of(tx, &target.period, measure.key, &rows).await?;
            ranges.push(LateRange {
                period: target.period.clone(),
                measure: measure.key.to_owned(),
                rows: i64::try_from(rows.len())?,
                quantity: late.iter().map(|sum| sum.quantity).sum(),
            });
            sums.extend(late);
            let ids = rows.into_iter().filter_map(|(id, times)| Some((Id::from_raw(id)?, times))).collect();
            seen.push(SeenLate { period: target.period.clone(), measure: measure.key.to_owned(), ids });
        }
    }
    Ok((ranges, seen, sums))
}

/// Late rows by place.
async fn sums_of(
    tx: &mut Tx,
    target: &str,
    measure: &str,
    rows: &[(i64, i64)],
) -> Result<Vec<SealedSum>, Fault> {
    let mut places: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for chunk in rows.chunks(500) {
        let times: BTreeMap<i64, i64> = chunk.iter().copied().collect();
        let ids: Vec<i64> = times.keys().copied().collect();
        for (id, place, quantity) in seals::quantities(tx, &ids).await? {
            let times = times.get(&id).copied().unwrap_or(0);
            let place = places.entry(place).or_insert((0, 0));
            *place = (place.0 + quantity * times, place.1 + times);
        }
    }
    let sum = |(place, (quantity, facts))| SealedSum {
        target: target.to_owned(),
        measure: measure.to_owned(),
        place,
        quantity,
        facts,
    };
    Ok(places.into_iter().map(sum).collect())
}
