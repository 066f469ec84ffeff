//! Import of villages and communities: set up or corrected, with residents and position.

use crate::{
    CoordinateSystem, EventKind, NewEvent, NewPosition, NewUnit, Population, PopulationSource, Position,
    Town, Unit, UnitKind,
    actions::{change_unit, open_unit, record_event, record_population, set_position},
    store::{self, populations::Inhabited},
};
use ::store::Tx;
use imports::{Answer, CellError, Column, Desk, Kind, Register, Registered, Row, Sought, Texts, Undo};
use kernel::{Day, Fault, Id, Refusal};
use std::collections::HashMap;

/// 村（社区） as an importable kind.
pub(crate) const UNITS: Kind = Kind {
    key: "units",
    title: "村（社区）",
    permission: crate::WRITE,
    object: "places_unit",
    matching: "外部编号相同的是同一个；没有编号的，同一镇（街道）里全称或简称相同的是同一个。合并、拆分、划转、撤销请到“村（社区）调整”里办。",
    columns: COLUMNS,
    importer: &Registered(Units),
};

const COLUMNS: &[Column] = &[
    Column::new("town", "镇（街道）")
        .required()
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道", "所属镇街"])
        .hint("名册里已有的镇（街道）的名称。")
        .example("湖塘镇"),
    Column::new("name", "全称")
        .required()
        .aliases(&["名称", "村名", "村居名称", "村社区名称", "村民委员会名称"])
        .hint("不超过 60 个字，例如：谈家头村民委员会。")
        .example("样例村民委员会"),
    Column::new("short_name", "简称")
        .required()
        .aliases(&["村", "村居", "村社区"])
        .hint("不超过 30 个字，例如：谈家头村。")
        .example("样例村"),
    Column::new("kind", "类别")
        .required()
        .aliases(&["类型", "村或社区"])
        .hint("填“村”或“社区”。")
        .example("村"),
    Column::new("opened_on", "设立日期")
        .aliases(&["成立日期", "启用日期"])
        .hint("只对新增的有用；不填的按导入当天。")
        .example("2021-01-01"),
    Column::new("code", "统计用区划代码")
        .aliases(&["区划代码", "代码", "统计代码"])
        .hint("12 位数字；只对新增的有用。")
        .example("320412100001"),
    Column::new("residents", "人口")
        .aliases(&["人口数", "户籍人口", "常住人口", "总人口"])
        .hint("0 到 200 万的整数。填了人口就要填人口来源和数据日期。")
        .example("3200"),
    Column::new("source", "人口来源")
        .aliases(&["数据来源说明"])
        .hint("填“人口普查”“公安户籍”“统计部门”或“镇（街道）上报”。")
        .example("公安户籍"),
    Column::new("as_of", "数据日期")
        .aliases(&["人口数据日期", "统计日期", "截止日期"])
        .hint("人口是哪一天的。")
        .example("2021-12-31"),
    Column::new("lat", "纬度")
        .aliases(&["北纬"])
        .hint("度，例如 31.715810。填了纬度就要填经度和坐标系。")
        .example("31.715810"),
    Column::new("lon", "经度").aliases(&["东经"]).hint("度，例如 119.944580。").example("119.944580"),
    Column::new("system", "坐标系")
        .aliases(&["坐标系统"])
        .hint("填“CGCS2000”“WGS84”“GCJ-02”（高德、腾讯）或“BD-09”（百度）。")
        .example("CGCS2000"),
];

struct Units;

/// The unit that was read last, 0 if a row made none be read.
struct Read(i64);

/// What a row of the file says.
struct Said {
    name: String,
    short_name: String,
    kind: UnitKind,
    opened_on: Option<Day>,
    code: Option<String>,
    population: Option<Population>,
    position: Option<(CoordinateSystem, f64, f64)>,
}

fn said(row: &Row, today: Day) -> Result<Said, Vec<CellError>> {
    let mut read = row.read();
    let name = kernel::squeeze(&read.need("name", 60, "请填写全称。"));
    let short_name = kernel::squeeze(&read.need("short_name", 30, "请填写简称。"));
    let kind = read.choice(
        "kind",
        &[(&["村", "行政村", "村委会"], UnitKind::Village), (&["社区", "居", "居委会"], UnitKind::Community)],
    );
    if !row.says("kind") {
        read.error("kind", "请填“村”或“社区”。");
    }
    let opened_on = read.day("opened_on");
    if opened_on.is_some_and(|day| day > today) {
        read.error("opened_on", "设立日期不能晚于今天。");
    }
    let code = read.parse("code", |text| {
        let text = kernel::to_half_width(text);
        let fine = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if fine { Ok(text) } else { Err("区划代码是 12 位数字。") }
    });
    let residents = read.whole("residents", 0, 2_000_000);
    let sources = PopulationSource::entered().map(|source| (source.label(), source));
    let source = read.parse("source", |text| {
        let found = sources.iter().find(|(label, _)| *label == text || label.starts_with(text));
        found.map(|(_, source)| *source).ok_or("请填“人口普查”“公安户籍”“统计部门”或“镇（街道）上报”。")
    });
    let as_of = read.day("as_of");
    if row.says("residents") {
        if !row.says("source") {
            read.error("source", "填了人口，请写明来源。");
        }
        if !row.says("as_of") {
            read.error("as_of", "填了人口，请写明是哪一天的数据。");
        }
        if as_of.is_some_and(|day| day > today) {
            read.error("as_of", "数据日期不能晚于今天。");
        }
    }
    let lat = read.real("lat", 18.0, 54.0);
    let lon = read.real("lon", 73.0, 136.0);
    let system = read.choice(
        "system",
        &[
            (
                &["CGCS2000", "WGS84", "WGS-84", "国家2000", "CGCS2000/WGS84（天地图、测绘、卫星定位）"],
                CoordinateSystem::Wgs84,
            ),
            (&["GCJ-02", "GCJ02", "高德", "腾讯"], CoordinateSystem::Gcj02),
            (&["BD-09", "BD09", "百度"], CoordinateSystem::Bd09),
        ],
    );
    let located = row.says("lat") || row.says("lon");
    for (column, message) in [
        ("lat", "填了经度，请填纬度。"),
        ("lon", "填了纬度，请填经度。"),
        ("system", "填了经纬度，请写明坐标系。"),
    ] {
        if located && !row.says(column) {
            read.error(column, message);
        }
    }
    match (read.is_fine(), kind) {
        (true, Some(kind)) => Ok(Said {
            name,
            short_name,
            kind,
            opened_on,
            code,
            population: residents.zip(source).zip(as_of).map(|((residents, source), as_of)| Population {
                source,
                as_of,
                residents,
                note: String::new(),
            }),
            position: system.zip(lat).zip(lon).map(|((system, lat), lon)| (system, lat, lon)),
        }),
        _ => Err(read.finish()),
    }
}

/// The town a row names.
async fn town_of(tx: &mut Tx, row: &Row) -> Result<Option<Town>, Fault> {
    let name = kernel::squeeze(row.get("town"));
    Ok(store::towns(tx).await?.into_iter().find(|town| town.name == name))
}

fn population_texts(population: &Population) -> Texts {
    vec![
        ("residents", population.residents.to_string()),
        ("source", population.source.label().to_owned()),
        ("as_of", population.as_of.to_string()),
    ]
}

fn degrees(number: f64) -> String {
    format!("{number:.6}")
}

async fn save_extras(tx: &mut Tx, desk: &Desk, unit: Id<Unit>, said: &Said) -> kernel::Result<()> {
    if let Some(population) = &said.population {
        record_population::record_population(
            tx,
            desk.actor_id(),
            Inhabited::Unit(unit),
            population,
            desk.now,
        )
        .await?;
    }
    Ok(())
}

async fn place(tx: &mut Tx, desk: &Desk, unit: Id<Unit>, said: &Said) -> kernel::Result<()> {
    if let Some((system, lat, lon)) = said.position {
        let new =
            NewPosition { system, lat, lon, source: "批量导入".to_owned(), measured_on: desk.today() };
        set_position::set_position(tx, desk.actor_id(), unit, &new, None, desk.now).await?;
    }
    Ok(())
}

fn unit_id(id: i64) -> kernel::Result<Id<Unit>> {
    Id::from_raw(id).ok_or_else(|| Fault::new("a unit's id is none").into())
}

impl Register for Units {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            desk.keep(Read(0));
            let Some(town) = town_of(tx, row).await? else { return Ok(Sought::default()) };
            let (name, short) = (kernel::squeeze(row.get("name")), kernel::squeeze(row.get("short_name")));
            let units = store::units_in_reach(tx, &web::Reach::Region, None, Some(town.id)).await?;
            let known = units.into_iter().find(|unit| unit.name == name || unit.short_name == short);
            Ok(Sought { id: known.map(|unit| unit.id.raw()), key: format!("{}|{name}", town.name) })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            desk.keep(Read(id));
            let unit = unit_id(id)?;
            let (Some(known), Some(edit)) = (store::unit(tx, unit).await?, store::edit(tx, unit).await?)
            else {
                return Ok(None);
            };
            let mut texts = vec![
                ("town", known.town_name),
                ("name", known.name),
                ("short_name", known.short_name),
                ("kind", known.kind.label().to_owned()),
            ];
            texts.extend(
                crate::populations(tx, Inhabited::Unit(unit))
                    .await?
                    .first()
                    .into_iter()
                    .flat_map(population_texts),
            );
            if let (Some(lat), Some(lon)) = (known.lat, known.lon) {
                texts.push(("lat", degrees(lat)));
                texts.push(("lon", degrees(lon)));
                texts.push(("system", "CGCS2000".to_owned()));
            }
            Ok(Some((edit.version, texts)))
        })
    }

    fn parse<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>> {
        Box::pin(async move {
            let town = town_of(tx, row).await?;
            let mut errors = Vec::new();
            if town.is_none() {
                let message = if row.says("town") {
                    "名册里没有这个镇（街道），请核对名称。"
                } else {
                    "请填写镇（街道）。"
                };
                errors.push(CellError::new("town", message));
            }
            let said = match said(row, desk.today()) {
                Ok(said) if errors.is_empty() => said,
                Ok(_) => return Ok(Err(errors)),
                Err(more) => {
                    errors.extend(more);
                    return Ok(Err(errors));
                }
            };
            let mut texts = vec![
                ("town", town.map(|town| town.name).unwrap_or_default()),
                ("name", said.name),
                ("short_name", said.short_name),
                ("kind", said.kind.label().to_owned()),
            ];
            if let Some(said) = said.population {
                // A number that is known already, beside a newer one, changes nothing.
                let known = match desk.kept::<Read>().and_then(|read| Id::from_raw(read.0)) {
                    Some(unit) => crate::populations(tx, Inhabited::Unit(unit)).await?,
                    None => Vec::new(),
                };
                let stands = known
                    .iter()
                    .any(|p| (p.source, p.as_of, p.residents) == (said.source, said.as_of, said.residents));
                texts.extend(population_texts(if stands { known.first().unwrap_or(&said) } else { &said }));
            }
            if let Some((system, lat, lon)) = said.position
                && let Some(at) = system.to_wgs84(lat, lon)
            {
                texts.push(("lat", degrees(at.lat)));
                texts.push(("lon", degrees(at.lon)));
                texts.push(("system", "CGCS2000".to_owned()));
            }
            Ok(Ok(texts))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let (Some(town), Ok(said)) = (town_of(tx, row).await?, said(row, desk.today())) else {
                return Err(Refusal::invalid("这一行已不能导入，请重新核对。").into());
            };
            let new = NewUnit {
                town: town.id,
                name: said.name.clone(),
                short_name: said.short_name.clone(),
                kind: said.kind,
                code: said.code.clone().map(|code| ("nbs".to_owned(), code)),
                position: None,
                position_kind: Position::None,
                opened_on: said.opened_on.unwrap_or(desk.today()),
            };
            let id = open_unit::open_unit(tx, desk.actor_id(), &new, desk.now).await?;
            save_extras(tx, desk, id, &said).await?;
            place(tx, desk, id, &said).await?;
            Ok(id.raw())
        })
    }

    fn change<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        (id, version): (i64, i64),
        row: &'a Row,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let unit = unit_id(id)?;
            let (Some(now), Ok(said)) = (store::edit(tx, unit).await?, said(row, desk.today())) else {
                return Err(Refusal::invalid("这一行已不能导入，请重新核对。").into());
            };
            let town = town_of(tx, row).await?;
            if town.is_none_or(|town| town.id != now.town_id) {
                let message = "这个村（社区）现在属于别的镇（街道）。划转请到“村（社区）调整”里办。";
                return Err(Refusal::invalid(message).field("town", message).into());
            }
            if said.kind != now.kind {
                let message = "类别与名册不同。村改社区请到“村（社区）调整”里办。";
                return Err(Refusal::invalid(message).field("kind", message).into());
            }
            let moved = said.position.and_then(|(system, lat, lon)| system.to_wgs84(lat, lon));
            let same = |a: Option<f64>, b: Option<f64>| a.map(degrees) == b.map(degrees);
            let (lat, lon) = (moved.map(|at| at.lat), moved.map(|at| at.lon));
            let stays = same(lat, now.lat) && same(lon, now.lon);
            if now.name != said.name
                || now.short_name != said.short_name
                || (moved.is_none() && now.lat.is_some())
            {
                let cleared = moved.is_none();
                let edit = store::UnitEdit {
                    name: said.name.clone(),
                    short_name: said.short_name.clone(),
                    lat: now.lat.filter(|_| !cleared),
                    lon: now.lon.filter(|_| !cleared),
                    version,
                    ..now
                };
                if let change_unit::Changed::Stale(_) =
                    change_unit::change_unit(tx, desk.actor_id(), &edit).await?
                {
                    return Ok(false);
                }
            } else if now.version != version {
                return Ok(false);
            }
            if !stays && moved.is_some() {
                place(tx, desk, unit, &said).await?;
            }
            save_extras(tx, desk, unit, &said).await?;
            Ok(true)
        })
    }

    fn withdraw<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, (id, _): (i64, i64)) -> Answer<'a, Undo> {
        Box::pin(async move {
            let unit = unit_id(id)?;
            let Some(known) = store::unit(tx, unit).await? else {
                return Ok(Undo::Kept("这个村（社区）已经不在名册上。".to_owned()));
            };
            let followers = crate::followers(&desk.app);
            let new = NewEvent {
                kind: EventKind::Abolish,
                day: desk.today(),
                town: known.town_id,
                document: "撤销批量导入".to_owned(),
                note: "由导入建立，导入撤销后一并撤销".to_owned(),
                interval_marked: false,
                before: vec![unit],
                after: Vec::new(),
                choices: Vec::new(),
            };
            record_event::record_event(tx, desk.actor_id(), &new, &followers, desk.now).await?;
            Ok(Undo::Undone)
        })
    }
}

/// The villages within the person's reach by what files call them; made once for many rows.
struct Villages {
    by_name: HashMap<String, Vec<(String, Id<Unit>)>>,
}

/// Why a row names no village: the column (`town` or `unit`) and what to do.
pub type NotNamed = (&'static str, String);

impl Villages {
    fn of(units: Vec<crate::UnitRow>) -> Self {
        let mut by_name: HashMap<String, Vec<(String, Id<Unit>)>> = HashMap::new();
        for unit in units {
            for name in [unit.name, unit.short_name] {
                let known = by_name.entry(name).or_default();
                if !known.iter().any(|(_, id)| *id == unit.id) {
                    known.push((unit.town_name.clone(), unit.id));
                }
            }
        }
        Self { by_name }
    }

    fn find(&self, town: &str, name: &str) -> Result<Id<Unit>, NotNamed> {
        if name.is_empty() {
            return Err(("unit", "请填写村（社区）。".to_owned()));
        }
        let known = self.by_name.get(name).map_or(&[] as &[_], Vec::as_slice);
        let here: Vec<&(String, Id<Unit>)> =
            known.iter().filter(|(its, _)| town.is_empty() || its == town).collect();
        match (here.as_slice(), known) {
            ([(_, id)], _) => Ok(*id),
            ([], []) => {
                Err(("unit", "您的管理范围里没有这个村（社区），请核对名称（用全称或简称）。".to_owned()))
            }
            ([], [(its, _), ..]) => Err(("town", format!("这个村（社区）在{its}，请核对镇（街道）。"))),
            _ => Err(("town", "有几个镇（街道）都有这个名称，请填写镇（街道）。".to_owned())),
        }
    }
}

/// The village that an imported row means by its full or short name, within the person's reach; the town decides
/// between villages of one name. For importers of modules above.
///
/// # Errors
/// A fault if the register cannot be read.
pub async fn named_unit(
    tx: &mut Tx,
    desk: &mut Desk,
    town: &str,
    name: &str,
) -> Result<Result<Id<Unit>, NotNamed>, Fault> {
    if desk.kept::<Villages>().is_none() {
        let units = store::units_in_reach(tx, &desk.actor.reach(), None, None).await?;
        desk.keep(Villages::of(units));
    }
    let (town, name) = (kernel::squeeze(town), kernel::squeeze(name));
    let found = desk.kept::<Villages>().map(|villages| villages.find(&town, &name));
    Ok(found.unwrap_or_else(|| Err(("unit", "请填写村（社区）。".to_owned()))))
}

#[cfg(test)]
mod tests;
