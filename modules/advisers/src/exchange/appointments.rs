//! Import of appointments: who advises which village from which day on.

use super::village;
use crate::{
    Appointment, Current,
    actions::appoint,
    store::appointments::{self, AppointmentId},
};
use ::store::Tx;
use counsel::{Lawyer, LawyerRow};
use imports::{Answer, CellError, Column, Desk, Done, FieldChange, Importer, Kind, Row, Undo, Verdict};
use kernel::{Day, Fault, Id, Refusal};
use places::Unit;
use std::collections::HashMap;

/// 聘任 as an importable kind.
pub(crate) const APPOINTMENTS: Kind = Kind {
    key: "appointments",
    title: "法律顾问聘任",
    permission: crate::APPOINT,
    object: "advisers_appointment",
    matching: "一个村（社区）同一时间只有一名法律顾问：现任就是文件里这一位的不变；是别人的，按更换处理，要写更换原因。",
    columns: COLUMNS,
    importer: &Appointments,
};

const COLUMNS: &[Column] = &[
    Column::new("town", "镇（街道）")
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道"])
        .hint("有同名的村（社区）时必须填。")
        .example("湖塘镇"),
    Column::new("unit", "村（社区）")
        .required()
        .aliases(&["村", "村居", "村名", "社区", "村居名称"])
        .hint("名册里的全称或简称。")
        .example("样例村"),
    Column::new("licence", "执业证号")
        .required()
        .aliases(&["执业证编号", "证号", "律师执业证号"])
        .hint("名册里律师的执业证号；请把这一列设成文本格式。")
        .example("13204201810000000"),
    Column::new("lawyer", "法律顾问")
        .aliases(&["姓名", "律师", "顾问", "律师姓名"])
        .hint("可以不填；填了就核对和执业证号是不是同一人。")
        .example("样例人"),
    Column::new("from", "起聘日期")
        .required()
        .aliases(&["聘任日期", "开始日期", "聘期起"])
        .hint("例如 2022-01-01，不能晚于今天。")
        .example("2022-01-01"),
    Column::new("reason", "更换原因")
        .aliases(&["变更原因", "原因"])
        .hint("村里已有别的法律顾问时必须填。")
        .example(""),
];

struct Appointments;

/// Lawyers by licence.
struct Lawyers(HashMap<String, LawyerRow>);

struct Said {
    unit: Id<Unit>,
    lawyer: Id<Lawyer>,
    name: String,
    from: Day,
    reason: String,
    current: Option<(Current, String)>,
}

async fn lawyer(tx: &mut Tx, desk: &mut Desk, licence: &str) -> Result<Option<LawyerRow>, Fault> {
    if desk.kept::<Lawyers>().is_none() {
        let all = counsel::lawyers(tx, &web::Reach::Region, None, None).await?;
        desk.keep(Lawyers(all.into_iter().map(|row| (row.licence.clone(), row)).collect()));
    }
    let plain: String =
        kernel::to_half_width(licence).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    Ok(desk.kept::<Lawyers>().and_then(|known| known.0.get(&plain.to_ascii_uppercase())).cloned())
}

async fn said(tx: &mut Tx, desk: &mut Desk, row: &Row) -> kernel::Result<Result<Said, Vec<CellError>>> {
    let unit = village(tx, desk, row).await?;
    let lawyer = lawyer(tx, desk, row.get("licence")).await?;
    let mut read = row.read();
    if !row.says("licence") {
        read.error("licence", "请填写执业证号。");
    } else if lawyer.is_none() {
        read.error("licence", "律师名册里没有这个执业证号，请核对，或先导入律师。");
    }
    let name = read.parse("lawyer", kernel::person_name);
    if let (Some(name), Some(lawyer)) = (&name, &lawyer)
        && *name != lawyer.name
    {
        read.error("lawyer", format!("这个执业证号是{}的，与姓名不符，请核对。", lawyer.name));
    }
    let from = read.need_day("from", "请填写起聘日期。");
    let reason = read.text("reason", 200);
    if let Err((column, message)) = &unit {
        read.error(column, message.clone());
    }
    let (Ok(unit), Some(lawyer), Some(from), true) = (unit, lawyer, from, read.is_fine()) else {
        return Ok(Err(read.finish()));
    };
    let current = match appointments::current(tx, unit).await? {
        Some(current) => {
            let name = counsel::lawyer(tx, current.lawyer_id).await?.map(|row| row.name).unwrap_or_default();
            Some((current, name))
        }
        None => None,
    };
    if let Some((now, _)) = &current
        && now.lawyer_id != lawyer.id
        && reason.is_empty()
    {
        read.error("reason", "村里现有别的法律顾问，请写明更换原因。");
        return Ok(Err(read.finish()));
    }
    Ok(Ok(Said { unit, lawyer: lawyer.id, name: lawyer.name, from, reason, current }))
}

impl Importer for Appointments {
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        Box::pin(async move {
            let said = match said(tx, desk, row).await? {
                Ok(said) => said,
                Err(errors) => return Ok(Verdict::Bad(errors)),
            };
            Ok(match said.current {
                None => Verdict::Create { key: said.unit.to_string() },
                Some((now, _)) if now.lawyer_id == said.lawyer => {
                    Verdict::Same { object_id: now.appointment_id.raw() }
                }
                Some((now, name)) => Verdict::Change {
                    object_id: now.appointment_id.raw(),
                    fields: FieldChange::of("法律顾问", name, said.name)
                        .into_iter()
                        .chain(FieldChange::of("起聘日期", now.since, said.from))
                        .collect(),
                },
            })
        })
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            let said =
                said(tx, desk, row).await?.map_err(|_| Refusal::invalid("这一行已不能导入，请重新核对。"))?;
            let before = said.current.map(|(now, _)| now);
            let new = Appointment {
                unit: said.unit,
                lawyer: Some(said.lawyer),
                from: said.from,
                reason: said.reason,
                version: before.as_ref().map_or(0, |now| now.version),
            };
            let id = appoint::appoint(tx, desk.actor_id(), &new, desk.now).await?;
            let kept = serde_json::json!({
                "unit": said.unit.raw(), "lawyer": before.as_ref().map(|now| now.lawyer_id.raw()),
            });
            Ok(Done { object_id: id.map_or(0, Id::raw), created: before.is_none(), before: kept, version: 0 })
        })
    }

    /// An appointment that has begun is history: it ends yesterday, and whoever served before serves again from today.
    fn undo<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        Box::pin(async move {
            let unit: Option<Id<Unit>> = done.before["unit"].as_i64().and_then(Id::from_raw);
            let made: Option<Id<AppointmentId>> = Id::from_raw(done.object_id);
            let (Some(unit), Some(made)) = (unit, made) else { return Ok(Undo::Undone) };
            let now = appointments::current(tx, unit).await?.filter(|now| now.appointment_id == made);
            let Some(now) = now else {
                return Ok(Undo::Kept("导入后又更换过法律顾问，保持现任。".to_owned()));
            };
            let back = Appointment {
                unit,
                lawyer: done.before["lawyer"].as_i64().and_then(Id::from_raw),
                from: desk.today(),
                reason: "撤销批量导入".to_owned(),
                version: now.version,
            };
            appoint::appoint(tx, desk.actor_id(), &back, desk.now).await?;
            Ok(Undo::Undone)
        })
    }

    fn column_of(&self, field: &str) -> String {
        if field == "lawyer" { "licence".to_owned() } else { field.to_owned() }
    }
}
