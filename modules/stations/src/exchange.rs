//! Import of legal aid stations, and their fields in the order of the provincial form.

use crate::{
    Facilities, HostKind, NewStation, Station, StationDetails, WeeklyHours,
    actions::{
        change_state::{self, Move},
        change_station::{self, Changed},
        open_station,
    },
    station::StateKind,
    store,
};
use ::store::Tx;
use imports::{
    Answer, CellError, Column, Copied, CopyForm, CopyRecord, Desk, Kind, Register, Registered, Row, Sought,
    Texts, Undo,
};
use kernel::{Day, Fault, Id, Phone, Refusal};
use places::{CoordinateSystem, Position, Town};

/// Stations as an importable kind.
pub(crate) const STATIONS: Kind = Kind {
    key: "stations",
    title: "法律援助工作站",
    permission: crate::WRITE,
    object: "stations_station",
    matching: "外部编号相同的是同一个；没有编号的，名称相同的是同一个。启用日期空着的按筹备中登记。",
    columns: COLUMNS,
    importer: &Registered(Stations),
};

const COLUMNS: &[Column] = &[
    Column::new("name", "名称")
        .required()
        .aliases(&["工作站名称", "站点名称"])
        .hint("全称，不超过 80 个字。")
        .example("样例法律援助工作站"),
    Column::new("town", "镇（街道）")
        .required()
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道"])
        .hint("名册里已有的镇（街道）的名称。")
        .example("湖塘镇"),
    Column::new("host_kind", "依托单位类别")
        .required()
        .aliases(&["依托单位", "设立单位类别"])
        .hint("司法部统计报表的 13 类，填名称或两位代码，例如“基层司法所”或 01。")
        .example("基层司法所"),
    Column::new("operator", "运营单位")
        .required()
        .aliases(&["运营机构", "主办单位"])
        .hint("由谁值守。")
        .example("样例司法所"),
    Column::new("address", "地址")
        .required()
        .aliases(&["详细地址"])
        .hint("群众要按它找来。")
        .example("武进区样例路 1 号"),
    Column::new("phone", "联系电话")
        .required()
        .aliases(&["电话"])
        .hint("群众要打的电话，会公开。")
        .example("0519-86310000"),
    Column::new("hours", "开放时间")
        .aliases(&["服务时间", "值班时间"])
        .hint("周几加时间，例如 1-5 8:30-11:30 13:30-17:00；几段用分号隔开。启用的必须填。")
        .example("1-5 8:30-11:30 13:30-17:00"),
    Column::new("opened_on", "启用日期")
        .aliases(&["设立日期", "成立日期"])
        .hint("不能晚于今天；空着的按筹备中登记。只对新增的有用。")
        .example("2022-01-18"),
    Column::new("lat", "纬度")
        .aliases(&["北纬"])
        .hint("度，例如 31.715810。填了纬度就要填经度和坐标系。")
        .example("31.715810"),
    Column::new("lon", "经度").aliases(&["东经"]).hint("度，例如 119.944580。").example("119.944580"),
    Column::new("system", "坐标系")
        .aliases(&["坐标系统"])
        .hint("填“CGCS2000”“WGS84”“GCJ-02”（高德、腾讯）或“BD-09”（百度）。")
        .example("CGCS2000"),
    Column::new("follows_calendar", "随节假日调整").hint("填“是”或“否”；新增时不填按“是”。").example("是"),
    Column::new("green_channel", "绿色通道").hint("填“是”或“否”。").example("否"),
    Column::new("dedicated_reception", "专门接待场所").hint("填“是”或“否”。").example("是"),
    Column::new("street_front", "临街一层").hint("填“是”或“否”。").example("是"),
    Column::new("accessible", "无障碍通道").hint("填“是”或“否”。").example("是"),
    Column::new("equipment_complete", "设备齐全").hint("填“是”或“否”。").example("是"),
    Column::new("brand", "特色品牌").hint("不超过 60 个字。").example(""),
    Column::new("staff", "工作人员数")
        .aliases(&["工作人员", "人员数"])
        .hint("0 到 1000 的整数。")
        .example("2"),
    Column::new("staff_names", "人员姓名").hint("不超过 200 个字。").example(""),
    Column::new("languages", "可用语言")
        .aliases(&["语言", "方言"])
        .hint("几种用顿号隔开。")
        .example("普通话、常州话"),
];

struct Stations;

/// A row that was fine a moment ago is not any more.
fn gone() -> kernel::Error {
    Refusal::invalid("这一行已不能导入，请重新核对。").into()
}

fn id_of(id: i64) -> kernel::Result<Id<Station>> {
    Id::from_raw(id).ok_or_else(|| Fault::new("a stored id is none").into())
}

/// The town a row names.
async fn town_of(tx: &mut Tx, row: &Row) -> Result<Option<Town>, Fault> {
    let name = kernel::squeeze(row.get("town"));
    Ok(places::towns(tx).await?.into_iter().find(|town| town.name == name))
}

/// What a row says, and the day the station opened.
fn said(
    row: &Row,
    town: Option<Id<Town>>,
    today: Day,
) -> Result<(StationDetails, Option<Day>), Vec<CellError>> {
    let mut read = row.read();
    let name = kernel::squeeze(&read.need("name", 80, "请填写工作站名称。"));
    if town.is_none() {
        read.error(
            "town",
            if row.says("town") {
                "名册里没有这个镇（街道），请核对名称。"
            } else {
                "请填写镇（街道）。"
            },
        );
    }
    let host_kind = read.parse("host_kind", |text| {
        let found = HostKind::ALL.iter().find(|kind| kind.label() == text || kind.as_str() == text);
        let loose = || HostKind::ALL.iter().find(|kind| kind.label().starts_with(text));
        found.or_else(loose).copied().ok_or("请填司法部统计报表的 13 类之一，例如“基层司法所”“残联”“其他”。")
    });
    if !row.says("host_kind") {
        read.error("host_kind", "请填写依托单位类别。");
    }
    let operator = read.need("operator", 80, "请填写运营单位。");
    let address = read.need("address", 120, "请填写地址，群众要按它找来。");
    let phone = read.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    if !row.says("phone") {
        read.error("phone", "请填写联系电话，群众要打。");
    }
    let hours = read.parse("hours", WeeklyHours::parse);
    let opened_on = read.day("opened_on");
    if opened_on.is_some_and(|day| day > today) {
        read.error("opened_on", "启用日期不能晚于今天；还没启用的请留空。");
    }
    if opened_on.is_some() && !row.says("hours") {
        read.error("hours", "启用的工作站请至少填写一天的开放时间。");
    }
    let lat = read.real("lat", 18.0, 54.0);
    let lon = read.real("lon", 73.0, 136.0);
    let system = read.choice(
        "system",
        &[
            (&["CGCS2000", "WGS84", "WGS-84", "国家2000"], CoordinateSystem::Wgs84),
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
    let at = system.zip(lat).zip(lon).and_then(|((system, lat), lon)| system.to_wgs84(lat, lon));
    let follows_calendar = read.yes_no("follows_calendar").unwrap_or(true);
    let green_channel = read.yes_no("green_channel").unwrap_or(false);
    let facilities = Facilities {
        dedicated_reception: read.yes_no("dedicated_reception").unwrap_or(false),
        street_front: read.yes_no("street_front").unwrap_or(false),
        accessible: read.yes_no("accessible").unwrap_or(false),
        equipment_complete: read.yes_no("equipment_complete").unwrap_or(false),
    };
    let brand = read.text("brand", 60);
    let staff = read.whole("staff", 0, 1000).unwrap_or(0);
    let staff_names = read.text("staff_names", 200);
    let languages = read.text("languages", 100);
    let (Some(town), Some(host_kind), true) = (town, host_kind, read.is_fine()) else {
        return Err(read.finish());
    };
    let details = StationDetails {
        town,
        name,
        host_kind,
        operator,
        address,
        phone,
        position: at.map(|at| (at.lat, at.lon)),
        position_kind: if at.is_some() { Position::Surveyed } else { Position::Schematic },
        hours: hours.unwrap_or_default(),
        follows_calendar,
        green_channel,
        facilities,
        brand,
        staff,
        staff_names,
        languages: languages
            .split([';', '；', '、', ',', '，', ' '])
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    Ok((details, opened_on))
}

fn texts(details: &StationDetails, town: String) -> Texts {
    let flag = |on: bool| if on { "是" } else { "否" }.to_owned();
    let degrees = |number: Option<f64>| number.map(|number| format!("{number:.6}")).unwrap_or_default();
    let mut texts = vec![
        ("name", details.name.clone()),
        ("town", town),
        ("host_kind", details.host_kind.label().to_owned()),
        ("operator", details.operator.clone()),
        ("address", details.address.clone()),
        ("phone", details.phone.as_ref().map_or(String::new(), |phone| phone.as_str().to_owned())),
        ("hours", details.hours.machine()),
        ("lat", degrees(details.position.map(|at| at.0))),
        ("lon", degrees(details.position.map(|at| at.1))),
        ("system", if details.position.is_some() { "CGCS2000".to_owned() } else { String::new() }),
        ("follows_calendar", flag(details.follows_calendar)),
        ("green_channel", flag(details.green_channel)),
        ("brand", details.brand.clone()),
        ("staff", details.staff.to_string()),
        ("staff_names", details.staff_names.clone()),
        ("languages", details.languages.join("、")),
    ];
    texts.extend(details.facilities.all().map(|(code, _, has)| (code, flag(has))));
    texts
}

impl Register for Stations {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            let name = kernel::squeeze(row.get("name"));
            let id = store::named(tx, &name).await?;
            Ok(Sought { id: id.map(Id::raw), key: name })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            let id = id_of(id)?;
            if !store::reached(tx, &desk.actor.reach(), id).await? {
                return Ok(None);
            }
            let Some(entry) = store::entry(tx, id).await? else { return Ok(None) };
            let town = places::town(tx, entry.details.town).await?.map(|town| town.name).unwrap_or_default();
            Ok(Some((entry.version, texts(&entry.details, town))))
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
            let said = said(row, town.as_ref().map(|town| town.id), desk.today());
            Ok(said.map(|(details, _)| texts(&details, town.map(|town| town.name).unwrap_or_default())))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let town = town_of(tx, row).await?;
            let (details, opened_on) =
                said(row, town.map(|town| town.id), desk.today()).map_err(|_| gone())?;
            let id = match opened_on {
                Some(opened_on) => {
                    let new = NewStation { details, opened_on };
                    open_station::open_station(tx, desk.actor_id(), &new, desk.now).await?
                }
                None => open_station::plan_station(tx, desk.actor_id(), &details, desk.now).await?,
            };
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
            let id = id_of(id)?;
            let town = town_of(tx, row).await?;
            let (details, _) = said(row, town.map(|town| town.id), desk.today()).map_err(|_| gone())?;
            let now = store::entry(tx, id).await?.ok_or_else(gone)?;
            // Six decimals are a decimetre: the same place keeps how well it is known.
            let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
            let same = match (details.position, now.details.position) {
                (Some(a), Some(b)) => near(a.0, b.0) && near(a.1, b.1),
                (a, b) => a == b,
            };
            let details = if same {
                StationDetails {
                    position: now.details.position,
                    position_kind: now.details.position_kind,
                    ..details
                }
            } else {
                details
            };
            let done =
                change_station::change_station(tx, desk.actor_id(), id, version, &details, desk.now).await?;
            Ok(matches!(done, Changed::Saved))
        })
    }

    fn withdraw<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, (id, _): (i64, i64)) -> Answer<'a, Undo> {
        Box::pin(async move {
            let id = id_of(id)?;
            let entry = store::entry(tx, id).await?.ok_or_else(gone)?;
            if entry.state.kind() == StateKind::Planned {
                let reason = "筹备中的工作站群众看不到，没有撤销这一步，保留在名册里。";
                return Ok(Undo::Kept(reason.to_owned()));
            }
            let (today, reason) = (desk.today(), "撤销批量导入");
            change_state::change_state(tx, desk.actor_id(), id, Move::Close, today, reason, desk.now).await?;
            Ok(Undo::Undone)
        })
    }
}

/// A station's fields in the provincial form's order.
pub(crate) const COPY_STATION: CopyForm = CopyForm {
    object: "stations_station",
    title: "法律援助工作站",
    system: "全国法律援助信息系统",
    permission: crate::READ,
    fields: include_str!("copy_station.csv"),
    read: |tx, actor, id| {
        Box::pin(async move {
            let Some(id) = Id::<Station>::from_raw(id) else { return Ok(None) };
            if !store::reached(tx, &actor.reach(), id).await? {
                return Ok(None);
            }
            let Some(entry) = store::entry(tx, id).await? else { return Ok(None) };
            let town = places::town(tx, entry.details.town).await?.map(|town| town.name).unwrap_or_default();
            let title = entry.details.name.clone();
            let opened = entry.state.opened_on().map(|day| day.to_string()).unwrap_or_default();
            let state = entry.state.kind().label().to_owned();
            let hours = entry.details.hours.to_string();
            let mut values: Vec<(&'static str, Copied)> = texts(&entry.details, town)
                .into_iter()
                .filter(|(key, _)| *key != "hours")
                .map(|(key, text)| (key, Copied::Plain(text)))
                .collect();
            values.push(("hours", Copied::Plain(hours)));
            values.push(("opened_on", Copied::Plain(opened)));
            values.push(("state", Copied::Plain(state)));
            Ok(Some(CopyRecord { title, href: format!("/manage/stations/{id}"), values }))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{four_stations, migrations};
    use imports::{
        Mode, State, import_file, take_back,
        testing::{Cells, csv, plant},
    };
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    fn all() -> Vec<::store::Migration> {
        [imports::MIGRATIONS.to_vec(), migrations()].concat()
    }

    fn server(db: ::store::Db) -> kernel::Result<Server> {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
        Ok(Server::new(db, clock, vec![imports::module(), places::module(), crate::module()]))
    }

    fn station(nth: usize) -> Cells {
        [
            ("name", format!("第{nth}法律援助工作站")),
            ("town", "洛阳镇".to_owned()),
            ("host_kind", "基层司法所".to_owned()),
            ("operator", "洛阳司法所".to_owned()),
            ("address", "示例街18号".to_owned()),
            ("phone", "86310000".to_owned()),
            ("hours", "1-5 8:30-11:30 13:30-17:00".to_owned()),
            ("opened_on", "2022-01-18".to_owned()),
            ("lat", "31.660000".to_owned()),
            ("lon", "120.050000".to_owned()),
            ("system", "WGS84".to_owned()),
            ("green_channel", "是".to_owned()),
            ("staff", "2".to_owned()),
        ]
        .into()
    }

    #[test]
    fn every_bad_cell_of_stations_is_named() {
        on_both(&all(), |db| async move {
            four_stations(&db).await?;
            let server = server(db)?;
            let faults: &[&[(&'static str, &str)]] = &[
                &[("name", "")],
                &[("town", "不存在镇")],
                &[("town", "")],
                &[("host_kind", "网吧")],
                &[("host_kind", "")],
                &[("operator", "")],
                &[("address", "")],
                &[("phone", "12")],
                &[("phone", "")],
                &[("hours", "每天")],
                &[("hours", "")],
                &[("opened_on", "2022-05-07")],
                &[("lat", "x")],
                &[("system", "")],
                &[("green_channel", "也许")],
                &[("staff", "1001")],
                &[("town", "不存在镇"), ("phone", "x"), ("staff", "-1")],
            ];
            let found = plant(&server.app, &actor(Role::Manager), &STATIONS, station, faults, 5).await?;
            assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
            assert_eq!(found.planted, 95);
            Ok(())
        });
    }

    #[test]
    fn stations_open_once_are_corrected_and_can_be_taken_back() {
        on_both(&all(), |db| async move {
            four_stations(&db).await?;
            let server = server(db.clone())?;
            let (app, who) = (&server.app, actor(Role::Manager));
            let mut rows: Vec<Cells> = (1..4).map(station).collect();
            rows[2][7].1 = String::new();
            let file = csv(&STATIONS, &rows);
            let first = import_file(app, &who, &STATIONS, ("s.csv", file.clone()), Some(Mode::All)).await?;
            assert_eq!((first.import.state, first.import.done), (State::Applied, 3), "{:?}", first.bad);
            let again = import_file(app, &who, &STATIONS, ("s.csv", file), Some(Mode::All)).await?;
            assert_eq!((again.import.sames, again.import.wanted()), (3, 0));
            let mut changed = station(1);
            changed[5].1 = "86319999".to_owned();
            changed[1].1 = "湖塘镇".to_owned();
            let second =
                import_file(app, &who, &STATIONS, ("t.csv", csv(&STATIONS, &[changed])), Some(Mode::All))
                    .await?;
            assert_eq!((second.import.changes, second.import.done), (1, 1), "{:?}", second.bad);
            assert_eq!(take_back(app, &who, second.import.id).await?.import.undone, 1);
            let mut tx = db.begin_read().await?;
            let id = store::named(&mut tx, "第1法律援助工作站").await?.ok_or_else(gone)?;
            let entry = store::entry(&mut tx, id).await?.ok_or_else(gone)?;
            assert_eq!(
                entry.details.phone.map(|phone| phone.as_str().to_owned()).as_deref(),
                Some("0519-86310000")
            );
            drop(tx);
            // One was changed and restored, one is still planned: they stay, with the reason; one is closed.
            let back = take_back(app, &who, first.import.id).await?;
            assert_eq!((back.import.undone, back.import.kept), (1, 2), "{:?}", back.kept);
            let mut tx = db.begin_read().await?;
            assert!(::store::tally::reconcile(&mut tx).await?.is_empty());
            let record = (COPY_STATION.read)(&mut tx, &who, id.raw())
                .await?
                .map(|record| record.values)
                .unwrap_or_default();
            for field in COPY_STATION.list() {
                assert!(record.iter().any(|(name, _)| *name == field.field), "{}", field.field);
            }
            Ok(())
        });
    }
}
