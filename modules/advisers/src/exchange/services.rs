//! Import of services: written into the book by the same action that the page uses.

use super::village;
use crate::{
    Deed, Entry, Service, ServiceKind,
    actions::{correct_service, log_service},
    store::services::{self, ServiceRow},
};
use ::store::{Tx, outside, params};
use imports::{
    Answer, CellError, Column, Desk, Done, FieldChange, Importer, Kind, OUTSIDE_NUMBER, OUTSIDE_SYSTEM, Row,
    Undo, Verdict,
};
use kernel::{Day, Fault, Id, Refusal};
use places::Unit;
use std::collections::HashMap;

/// 服务记录 as an importable kind.
pub(crate) const SERVICES: Kind = Kind {
    key: "services",
    title: "服务记录",
    permission: crate::SERVICE_WRITE,
    object: "advisers_service",
    matching: "外部编号相同的是同一条；没有编号的，同一村（社区）、同一天、同一方式、内容相同的是同一条。服务人是当天在聘的法律顾问。",
    columns: COLUMNS,
    importer: &Services,
};

const COLUMNS: &[Column] = &[
    Column::new("town", "镇（街道）")
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道"])
        .hint("有同名的村（社区）时必须填。")
        .example("湖塘镇"),
    Column::new("unit", "村（社区）")
        .required()
        .aliases(&["村", "村居", "村名", "社区", "服务村", "村居名称"])
        .hint("名册里的全称或简称。")
        .example("样例村"),
    Column::new("happened_on", "服务日期")
        .required()
        .aliases(&["日期", "时间", "发生日期", "服务时间"])
        .hint("例如 2022-03-01、2022/3/1、2022年3月1日。")
        .example("2022-03-01"),
    Column::new("kind", "服务方式")
        .required()
        .aliases(&["方式", "服务类型", "类型", "服务类别"])
        .hint("填“上门服务”“电话咨询”“微信群咨询”“法治讲座”或“法治宣传”。")
        .example("上门服务"),
    Column::new("quantity", "次数").aliases(&["场次", "服务次数"]).hint("1 到 200；不填按 1。").example("1"),
    Column::new("people", "服务人次")
        .aliases(&["人次", "人数", "受众人数", "服务人数"])
        .hint("1 到 5000；不填按 1。")
        .example("3"),
    Column::new("matter", "咨询事项")
        .aliases(&["事项", "咨询类别"])
        .hint("字典“咨询事项”里的名称或代码。")
        .example(""),
    Column::new("campaign", "专项活动").aliases(&["活动"]).hint("字典“专项活动”里的名称或代码。").example(""),
    Column::new("note", "内容")
        .required()
        .aliases(&["服务内容", "主要内容", "备注", "摘要"])
        .hint("一句话，不超过 500 个字；不要写身份证号和电话。")
        .example("解答土地流转合同问题"),
    Column::new("lawyer", "法律顾问")
        .aliases(&["律师", "顾问", "服务律师", "顾问姓名"])
        .hint("可以不填；填了就核对是不是当天在聘的那一位。")
        .example(""),
];

struct Services;

/// Terms of a dictionary by code and name.
struct Terms(HashMap<(&'static str, String), String>);

async fn terms(tx: &mut Tx, desk: &mut Desk) -> Result<(), Fault> {
    if desk.kept::<Terms>().is_none() {
        let mut known = HashMap::new();
        for list in ["matter", "campaign"] {
            for (code, name) in parties::term_options(tx, list, desk.today()).await? {
                known.insert((list, code.clone()), code.clone());
                known.insert((list, name), code);
            }
        }
        desk.keep(Terms(known));
    }
    Ok(())
}

/// Who was appointed where and when, as far as it was asked.
struct Appointed(HashMap<(Id<Unit>, Day), Option<Adviser>>);

/// Id and name of a lawyer.
type Adviser = (i64, String);

async fn appointed(tx: &mut Tx, desk: &mut Desk, unit: Id<Unit>, day: Day) -> Result<Option<Adviser>, Fault> {
    if let Some(known) = desk.kept::<Appointed>().and_then(|kept| kept.0.get(&(unit, day))) {
        return Ok(known.clone());
    }
    let found = match crate::adviser_on(tx, unit, day).await? {
        Some(id) => counsel::lawyer(tx, id).await?.map(|lawyer| (id.raw(), lawyer.name)),
        None => None,
    };
    if desk.kept::<Appointed>().is_none() {
        desk.keep(Appointed(HashMap::new()));
    }
    if let Some(kept) = desk.kept_mut::<Appointed>() {
        kept.0.insert((unit, day), found.clone());
    }
    Ok(found)
}

/// What a row asks for.
#[derive(Debug, Clone)]
enum Plan {
    Log(Id<Unit>, Deed),
    Correct(Box<ServiceRow>, Deed),
    Nothing(i64),
}

/// The plan of the row that was judged last: applying it need not ask again.
struct Planned {
    sheet: String,
    line: u32,
    plan: Plan,
}

fn deed_of(row: &ServiceRow) -> Deed {
    Deed {
        kind: row.kind,
        quantity: row.quantity,
        happened_on: row.happened_on,
        people: row.people,
        matter: row.matter.clone(),
        campaign: row.campaign.clone(),
        note: row.note.clone(),
    }
}

/// What the row says of the deed; the village is looked up besides.
fn said(row: &Row, terms: Option<&Terms>, today: Day, known: Option<&Deed>) -> Result<Deed, Vec<CellError>> {
    let mut read = row.read();
    let term = |list: &'static str| {
        move |text: &str| {
            let code = terms.and_then(|terms| terms.0.get(&(list, text.to_owned())));
            code.cloned().ok_or("字典里没有这一项，请填字典里的名称或代码。")
        }
    };
    let kinds = ServiceKind::ALL.iter().map(|kind| (kind.label(), *kind)).collect::<Vec<_>>();
    let kind = read.parse("kind", |text| {
        let found = kinds
            .iter()
            .find(|(label, _)| *label == text || (text.chars().count() > 1 && label.starts_with(text)));
        found.map(|(_, kind)| *kind).ok_or("请填“上门服务”“电话咨询”“微信群咨询”“法治讲座”或“法治宣传”。")
    });
    let happened_on = read.need_day("happened_on", "请填写服务日期。");
    let quantity = read.whole("quantity", 1, 200);
    let people = read.whole("people", 1, 5000);
    let matter = read.parse("matter", term("matter"));
    let campaign = read.parse("campaign", term("campaign"));
    let note = read.need("note", 500, "请用一句话写明办了什么事。");
    if !row.says("kind") {
        read.error("kind", "请填写服务方式。");
    }
    if let Some(day) = happened_on {
        let deed = Deed {
            kind: kind.unwrap_or(ServiceKind::Visit),
            happened_on: day,
            quantity: quantity.or(known.map(|k| k.quantity)).unwrap_or(1),
            people: people.or(known.map(|k| k.people)).unwrap_or(1),
            matter: matter.or(known.map(|k| k.matter.clone())).unwrap_or_default(),
            campaign: campaign.or(known.map(|k| k.campaign.clone())).unwrap_or_default(),
            note,
        };
        // The rules on paper are the action's own.
        if read.is_fine()
            && let Err(refusal) = deed.check(today)
        {
            let refusal = Refusal::from(refusal);
            for field in refusal.fields {
                read.error(&field.field, field.message);
            }
        }
        if read.is_fine() {
            return Ok(deed);
        }
    }
    Err(read.finish())
}

/// A standing entry that says the same in words: the same village, day, kind and sentence. For a row with a number of its
/// own, one that another number of that system names already is another service.
async fn same_words(
    tx: &mut Tx,
    unit: Id<Unit>,
    deed: &Deed,
    system: Option<&str>,
) -> Result<Option<Id<Service>>, Fault> {
    let found: Vec<(Id<Service>,)> = tx
        .all(
            "select id from advisers_service_entry where region_id = $1 and unit_id = $2 and happened_on = $3 and kind = $4 and note = $5 and state = 'standing'
             order by id limit 50",
            params![tx.region()?, unit, deed.happened_on, deed.kind, deed.note],
        )
        .await?;
    for (id,) in found {
        let named = match system {
            Some(system) => {
                let numbers = outside::of(tx, SERVICES.object, id.raw()).await?;
                numbers.iter().any(|known| known.system == system && !known.number.is_empty())
            }
            None => false,
        };
        if !named {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

async fn plan(tx: &mut Tx, desk: &mut Desk, row: &Row) -> kernel::Result<Result<Plan, Vec<CellError>>> {
    terms(tx, desk).await?;
    let unit = village(tx, desk, row).await?;
    let reach = desk.actor.reach();
    let mut known = None;
    if let Some(id) = desk.outside.and_then(Id::from_raw) {
        known = services::service(tx, &reach, id).await?.filter(|row| row.standing);
    }
    let today = desk.today();
    let before = known.as_ref().map(deed_of);
    let deed = said(row, desk.kept::<Terms>(), today, before.as_ref());
    let (unit, mut deed) = match (unit, deed) {
        (Ok(unit), Ok(deed)) => (unit, deed),
        (unit, deed) => {
            let mut errors = deed.err().unwrap_or_default();
            errors.extend(unit.err().map(|(column, message)| CellError::new(column, message)));
            return Ok(Err(errors));
        }
    };
    let system = row.says(OUTSIDE_NUMBER).then(|| row.get(OUTSIDE_SYSTEM));
    if known.is_none()
        && desk.outside.is_none()
        && let Some(id) = same_words(tx, unit, &deed, system).await?
    {
        known = services::service(tx, &reach, id).await?;
        if let Some(known) = &known {
            let before = deed_of(known);
            deed = said(row, desk.kept::<Terms>(), today, Some(&before)).unwrap_or(deed);
        }
    }
    let bad = |column: &str, message: String| Ok(Err(vec![CellError::new(column, message)]));
    if let Some(known) = known {
        if known.unit_id != unit {
            return bad(
                "unit",
                format!("这条记录原来登记在{}。更正不能换村，请先作废原记录再登记。", known.unit_name),
            );
        }
        if deed_of(&known) == deed {
            return Ok(Ok(Plan::Nothing(known.id.raw())));
        }
        return Ok(Ok(Plan::Correct(Box::new(known), deed)));
    }
    match appointed(tx, desk, unit, deed.happened_on).await? {
        None => bad("happened_on", "这个村（社区）当天没有在聘的法律顾问，请核对日期。".to_owned()),
        Some((_, name))
            if row.says("lawyer") && kernel::person_name(row.get("lawyer")).ok().as_ref() != Some(&name) =>
        {
            bad("lawyer", format!("当天在聘的法律顾问是{name}，请核对。"))
        }
        Some(_) => Ok(Ok(Plan::Log(unit, deed))),
    }
}

fn changes(before: &Deed, after: &Deed) -> Vec<FieldChange> {
    [
        FieldChange::of("服务方式", before.kind.label(), after.kind.label()),
        FieldChange::of("服务日期", before.happened_on, after.happened_on),
        FieldChange::of("次数", before.quantity, after.quantity),
        FieldChange::of("服务人次", before.people, after.people),
        FieldChange::of("咨询事项", &before.matter, &after.matter),
        FieldChange::of("专项活动", &before.campaign, &after.campaign),
        FieldChange::of("内容", &before.note, &after.note),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kept_deed(deed: &Deed) -> serde_json::Value {
    serde_json::json!({
        "kind": deed.kind.as_str(), "quantity": deed.quantity, "happened_on": deed.happened_on.to_string(), "people": deed.people,
        "matter": deed.matter, "campaign": deed.campaign, "note": deed.note,
    })
}

fn deed_from(value: &serde_json::Value) -> Option<Deed> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Some(Deed {
        kind: ServiceKind::from_text(value["kind"].as_str()?)?,
        quantity: value["quantity"].as_i64()?,
        happened_on: value["happened_on"].as_str()?.parse().ok()?,
        people: value["people"].as_i64()?,
        matter: text("matter")?,
        campaign: text("campaign")?,
        note: text("note")?,
    })
}

impl Importer for Services {
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        Box::pin(async move {
            let plan = match plan(tx, desk, row).await? {
                Ok(plan) => plan,
                Err(errors) => return Ok(Verdict::Bad(errors)),
            };
            let verdict = match &plan {
                Plan::Nothing(object_id) => Verdict::Same { object_id: *object_id },
                Plan::Correct(known, deed) => {
                    Verdict::Change { object_id: known.id.raw(), fields: changes(&deed_of(known), deed) }
                }
                // With a number of their own, two rows may say the same in words.
                Plan::Log(..) if row.says(OUTSIDE_NUMBER) => Verdict::Create {
                    key: format!("{}#{}", row.get(OUTSIDE_SYSTEM), row.get(OUTSIDE_NUMBER)),
                },
                Plan::Log(unit, deed) => Verdict::Create {
                    key: format!("{unit}|{}|{}|{}", deed.happened_on, deed.kind.as_str(), deed.note),
                },
            };
            desk.keep(Planned { sheet: row.sheet.clone(), line: row.line, plan });
            Ok(verdict)
        })
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            let planned = desk.kept::<Planned>().filter(|p| p.line == row.line && p.sheet == row.sheet);
            let plan = match planned.map(|planned| planned.plan.clone()) {
                Some(plan) => plan,
                None => plan(tx, desk, row)
                    .await?
                    .map_err(|_| Refusal::invalid("这一行已不能导入，请重新核对。"))?,
            };
            match plan {
                Plan::Log(unit, deed) => {
                    let entry = Entry { unit, deed, own: None };
                    let ids = log_service::log_service(tx, desk.actor_id(), &[entry], desk.now).await?;
                    let object_id = ids.first().map_or(0, |id| id.raw());
                    Ok(Done { object_id, created: true, before: serde_json::Value::Null, version: 1 })
                }
                Plan::Correct(known, deed) => {
                    let before = kept_deed(&deed_of(&known));
                    let (id, version) = (known.id, known.version);
                    correct_service::correct_service(
                        tx,
                        &desk.actor,
                        id,
                        version,
                        &deed,
                        "批量导入更正",
                        desk.now,
                    )
                    .await?;
                    Ok(Done { object_id: id.raw(), created: false, before, version: version + 1 })
                }
                Plan::Nothing(object_id) => {
                    Ok(Done { object_id, created: false, before: serde_json::Value::Null, version: 0 })
                }
            }
        })
    }

    fn undo<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        Box::pin(async move {
            let Some(id) = Id::from_raw(done.object_id) else { return Ok(Undo::Undone) };
            let Some(now) = services::service(tx, &desk.actor.reach(), id).await? else {
                return Ok(Undo::Kept("这条服务记录不在您的管理范围内。".to_owned()));
            };
            if !now.standing || now.version != done.version {
                return Ok(Undo::Kept("导入后又有人更正或作废过，保持现在的内容。".to_owned()));
            }
            let reason = "撤销批量导入";
            if done.created {
                correct_service::withdraw_service(tx, &desk.actor, id, now.version, reason, desk.now).await?;
            } else if let Some(deed) = deed_from(&done.before) {
                correct_service::correct_service(tx, &desk.actor, id, now.version, &deed, reason, desk.now)
                    .await?;
            }
            Ok(Undo::Undone)
        })
    }

    /// The check asks everything that the action asks.
    fn rehearses(&self) -> bool {
        false
    }
}
