//! Import of persons and organisations, and a person's fields in the order of the provincial form.

use crate::{
    NewOrganisation, NewPerson, Organisation, OrganisationKind, Person,
    actions::{change_organisation, change_person, erase_person, register_organisation, register_person},
    personal::Erasure,
    store::{organisations, persons, standing},
};
use ::store::Tx;
use imports::{
    Answer, CellError, Column, Copied, CopyForm, CopyRecord, Desk, Kind, Register, Registered, Row, Sought,
    Texts, Undo,
};
use kernel::{Day, Fault, Id, Phone, Refusal, ResidentId, Uscc};
use places::Unit;
use std::collections::HashMap;

/// Persons as an importable kind.
pub(crate) const PERSONS: Kind = Kind {
    key: "persons",
    title: "人员",
    permission: crate::WRITE,
    object: "parties_person",
    matching: "外部编号相同的是同一人；没有编号的，身份证号相同，或姓名和电话都相同的是同一人。",
    columns: PERSON_COLUMNS,
    importer: &Registered(Persons),
};

/// Organisations as an importable kind.
pub(crate) const ORGANISATIONS: Kind = Kind {
    key: "organisations",
    title: "单位（企业）",
    permission: crate::WRITE,
    object: "parties_organisation",
    matching: "外部编号相同的是同一家；没有编号的，统一社会信用代码相同的是同一家，都没有的按名称。",
    columns: ORGANISATION_COLUMNS,
    importer: &Registered(Organisations),
};

const PERSON_COLUMNS: &[Column] = &[
    Column::new("name", "姓名")
        .required()
        .aliases(&["人员姓名", "名字"])
        .hint("不超过 50 个字，生僻字和“·”都可以。")
        .example("样例人"),
    Column::new("id_number", "身份证号")
        .aliases(&["身份证", "公民身份号码", "证件号码", "身份证号码"])
        .hint("18 位，末位 X 大小写都可以；请把这一列设成文本格式。")
        .example("")
        .personal(),
    Column::new("sex", "性别").hint("填“男”或“女”；有身份证号的可以不填。").example("男"),
    Column::new("birth", "出生日期")
        .aliases(&["出生年月日", "生日"])
        .hint("有身份证号的可以不填。")
        .example("1990-01-01"),
    Column::new("phone", "电话")
        .aliases(&["联系电话", "手机", "手机号", "联系方式"])
        .hint("手机或座机。")
        .example("13800000000")
        .personal(),
    Column::new("town", "镇（街道）")
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道"])
        .hint("有同名的村（社区）时必须填。")
        .example("湖塘镇"),
    Column::new("unit", "村（社区）")
        .aliases(&["村", "村居", "所在村", "社区"])
        .hint("名册里的全称或简称。")
        .example("样例村"),
    Column::new("address", "地址")
        .aliases(&["住址", "家庭住址", "户籍地址"])
        .hint("不超过 120 个字。")
        .example("样例路 1 号"),
    Column::new("groups", "人群")
        .aliases(&["人员类别", "特殊人群", "人群标签"])
        .hint("字典“人群”里的名称，几项用分号隔开。")
        .example(""),
    Column::new("note", "备注").hint("不超过 300 个字。").example(""),
];

const ORGANISATION_COLUMNS: &[Column] = &[
    Column::new("name", "名称")
        .required()
        .aliases(&["单位名称", "企业名称", "公司名称", "机构名称"])
        .hint("全称，不超过 80 个字。")
        .example("常州样例有限公司"),
    Column::new("kind", "类别")
        .required()
        .aliases(&["单位类别", "类型", "单位性质"])
        .hint("填“企业”“个体工商户”“社会组织”“机关事业单位”“村（社区）集体组织”“商（协）会”或“其他”。")
        .example("企业"),
    Column::new("uscc", "统一社会信用代码")
        .aliases(&["信用代码", "社会信用代码", "营业执照号"])
        .hint("18 位。")
        .example(""),
    Column::new("contact", "联系人")
        .aliases(&["联系人姓名", "法定代表人", "负责人"])
        .hint("不超过 50 个字。")
        .example("样例人"),
    Column::new("phone", "电话")
        .aliases(&["联系电话", "手机", "联系方式"])
        .hint("手机或座机。")
        .example("13800000000")
        .personal(),
    Column::new("town", "镇（街道）")
        .aliases(&["所属镇", "镇", "乡镇", "镇街", "街道"])
        .hint("有同名的村（社区）时必须填。")
        .example("湖塘镇"),
    Column::new("unit", "村（社区）")
        .aliases(&["村", "村居", "所在村", "社区"])
        .hint("名册里的全称或简称。")
        .example("样例村"),
    Column::new("address", "地址")
        .aliases(&["住所", "注册地址", "经营地址"])
        .hint("不超过 120 个字。")
        .example("样例路 1 号"),
    Column::new("industry", "行业").aliases(&["所属行业"]).hint("字典“行业”里的名称或代码。").example(""),
    Column::new("note", "备注").hint("不超过 300 个字。").example(""),
];

struct Persons;
struct Organisations;

/// A row that was fine a moment ago is not any more.
fn gone() -> kernel::Error {
    Refusal::invalid("这一行已不能导入，请重新核对。").into()
}

fn id_of<T>(id: i64) -> kernel::Result<Id<T>> {
    Id::from_raw(id).ok_or_else(|| Fault::new("a stored id is none").into())
}

fn phone_text(phone: Option<&Phone>) -> String {
    phone.map_or(String::new(), |phone| phone.as_str().to_owned())
}

/// What must be looked up for a row: its village, and terms by code and name.
struct Looked {
    unit: Option<Id<Unit>>,
    errors: Vec<CellError>,
}

/// Terms of a dictionary by code and name.
struct Terms(HashMap<(&'static str, String), (String, String)>);

async fn look(tx: &mut Tx, desk: &mut Desk, row: &Row) -> Result<Looked, Fault> {
    if desk.kept::<Terms>().is_none() {
        let mut known = HashMap::new();
        for list in ["group", "industry"] {
            for (code, name) in crate::term_options(tx, list, desk.today()).await? {
                known.insert((list, code.clone()), (code.clone(), name.clone()));
                known.insert((list, name.clone()), (code, name));
            }
        }
        desk.keep(Terms(known));
    }
    let mut errors = Vec::new();
    let mut unit = None;
    if row.says("unit") {
        match places::named_unit(tx, desk, row.get("town"), row.get("unit")).await? {
            Ok(id) => unit = Some(id),
            Err((column, message)) => errors.push(CellError::new(column, message)),
        }
    } else if matches!(desk.actor.reach(), web::Reach::Towns(_)) {
        errors.push(CellError::new("unit", "请填写村（社区），限本所辖区。"));
    }
    Ok(Looked { unit, errors })
}

/// What a row says of a person, with the names of its groups.
fn person_said(row: &Row, looked: &Looked, desk: &Desk) -> Result<(NewPerson, String), Vec<CellError>> {
    let mut read = row.read();
    let name = read.parse("name", kernel::person_name);
    if !row.says("name") {
        read.error("name", "请填写姓名。");
    }
    let id_number = read.parse("id_number", ResidentId::parse);
    let birth = read.day("birth");
    if birth.is_some_and(|day| day > desk.today()) {
        read.error("birth", "出生日期不能晚于今天。");
    }
    if let (Some(number), Some(birth)) = (&id_number, birth)
        && number.birth() != birth
    {
        read.error("birth", "出生日期与身份证号不一致，请核对。");
    }
    let sex = read.choice("sex", &[(&["男", "男性"], "男"), (&["女", "女性"], "女")]);
    if let (Some(number), Some(sex)) = (&id_number, sex)
        && number.sex().label() != sex
    {
        read.error("sex", "性别与身份证号不一致，请核对。");
    }
    let phone = read.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let (address, note) = (read.text("address", 120), read.text("note", 300));
    let terms = desk.kept::<Terms>();
    let groups = read.parse("groups", |text| {
        let parts = text.split([';', '；', '、', ',', '，']).map(str::trim).filter(|part| !part.is_empty());
        let found = parts.map(|part| {
            let known = terms.and_then(|terms| terms.0.get(&("group", part.to_owned()))).cloned();
            known.ok_or_else(|| format!("字典“人群”里没有“{part}”，请填字典里的名称。"))
        });
        found.collect::<Result<Vec<_>, _>>()
    });
    for error in &looked.errors {
        read.error(&error.column, error.message.clone());
    }
    let (Some(name), true) = (name, read.is_fine()) else { return Err(read.finish()) };
    let (codes, names): (Vec<String>, Vec<String>) = groups.unwrap_or_default().into_iter().unzip();
    let person = NewPerson {
        name,
        sex: sex.unwrap_or_default().to_owned(),
        birth,
        id_number,
        phone,
        unit: looked.unit,
        address,
        groups: codes,
        note,
    };
    Ok((person, names.join("；")))
}

/// Town and village of an id as texts.
async fn place(tx: &mut Tx, unit: Option<Id<Unit>>) -> Result<(String, String), Fault> {
    let Some(unit) = unit else { return Ok(Default::default()) };
    Ok(places::unit(tx, unit).await?.map(|unit| (unit.town_name, unit.short_name)).unwrap_or_default())
}

impl Register for Persons {
    fn columns(&self) -> &'static [Column] {
        PERSON_COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            if let Ok(number) = ResidentId::parse(row.get("id_number")) {
                let id = persons::with_id_number(tx, number.expose()).await?;
                return Ok(Sought { id: id.map(Id::raw), key: number.expose().to_owned() });
            }
            let name = kernel::person_name(row.get("name"));
            if let (Ok(name), Ok(phone)) = (name, Phone::parse_with_area(row.get("phone"), "0519")) {
                let id = persons::with_name_and_phone(tx, &name, &phone).await?;
                return Ok(Sought { id: id.map(Id::raw), key: format!("{name}|{}", phone.as_str()) });
            }
            let (name, place) = (row.get("name"), row.get("unit"));
            Ok(Sought {
                id: None,
                key: format!("{name}|{place}|{}|{}", row.get("birth"), row.get("address")),
            })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            let id: Id<Person> = id_of(id)?;
            let Some(person) = persons::person_in_reach(tx, &desk.actor.reach(), id).await? else {
                return Ok(None);
            };
            if standing::of(tx, id).await?.is_some_and(|standing| standing.restricted) {
                return Err(register_person::RegisterPersonRefusal::Restricted.into());
            }
            let (town, unit) = place(tx, person.unit_id).await?;
            let mut groups = Vec::new();
            for code in person.groups.split(';').filter(|code| !code.is_empty()) {
                groups.push(
                    crate::term_name(tx, "group", code, desk.today())
                        .await?
                        .unwrap_or_else(|| code.to_owned()),
                );
            }
            let number = person.id_number(tx.db())?.map(|number| number.expose().to_owned());
            let phone = person.phone(tx.db())?;
            let texts = vec![
                ("name", person.name),
                ("id_number", number.unwrap_or_default()),
                ("sex", person.sex),
                ("birth", person.birth.map(|day| day.to_string()).unwrap_or_default()),
                ("phone", phone_text(phone.as_ref())),
                ("town", town),
                ("unit", unit),
                ("address", person.address),
                ("groups", groups.join("；")),
                ("note", person.note),
            ];
            Ok(Some((person.version, texts)))
        })
    }

    fn parse<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>> {
        Box::pin(async move {
            let looked = look(tx, desk, row).await?;
            let (person, groups) = match person_said(row, &looked, desk) {
                Ok(said) => said,
                Err(errors) => return Ok(Err(errors)),
            };
            let (town, unit) = place(tx, person.unit).await?;
            Ok(Ok(vec![
                ("sex", person.sex_text().to_owned()),
                ("birth", person.birth_day().map(|day| day.to_string()).unwrap_or_default()),
                ("phone", phone_text(person.phone.as_ref())),
                ("id_number", person.id_number.map(|number| number.expose().to_owned()).unwrap_or_default()),
                ("name", person.name),
                ("town", town),
                ("unit", unit),
                ("address", person.address),
                ("groups", groups),
                ("note", person.note),
            ]))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let looked = look(tx, desk, row).await?;
            let (person, _) = person_said(row, &looked, desk).map_err(|_| gone())?;
            let (id, _) = register_person::find_or_create_person(tx, desk.actor_id(), &person).await?;
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
            let looked = look(tx, desk, row).await?;
            let (person, _) = person_said(row, &looked, desk).map_err(|_| gone())?;
            let forget = person.phone.is_none();
            let done = change_person::change_person(tx, desk.actor_id(), id_of(id)?, version, person, forget)
                .await?;
            Ok(matches!(done, change_person::PersonChanged::Saved))
        })
    }

    fn withdraw<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, (id, _): (i64, i64)) -> Answer<'a, Undo> {
        Box::pin(async move {
            let id: Id<Person> = id_of(id)?;
            let (app, today) = (desk.app.clone(), desk.today());
            let done = erase_person::erase(&app, tx, desk.actor_id(), id, "撤销批量导入", today).await?;
            Ok(if done == Erasure::Now {
                Undo::Undone
            } else {
                Undo::Kept("这个人已有业务记录，依法还要保存，已改为限制处理。".to_owned())
            })
        })
    }
}

/// What a row says of an organisation, with the name of its industry.
fn organisation_said(
    row: &Row,
    looked: &Looked,
    desk: &Desk,
) -> Result<(NewOrganisation, String), Vec<CellError>> {
    let mut read = row.read();
    let name = kernel::squeeze(&read.need("name", 80, "请填写单位名称。"));
    let kinds: Vec<(&str, OrganisationKind)> =
        OrganisationKind::ALL.iter().map(|kind| (kind.label(), *kind)).collect();
    let kind = read.parse("kind", |text| {
        let found = kinds.iter().find(|(label, _)| *label == text).map(|(_, kind)| *kind);
        found.ok_or_else(|| {
            format!("请填“{}”之一。", kinds.iter().map(|(label, _)| *label).collect::<Vec<_>>().join("”“"))
        })
    });
    if !row.says("kind") {
        read.error("kind", "请填写类别。");
    }
    let uscc = read.parse("uscc", Uscc::parse);
    let phone = read.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let (contact, address, note) =
        (read.text("contact", 50), read.text("address", 120), read.text("note", 300));
    let terms = desk.kept::<Terms>();
    let industry = read.parse("industry", |text| {
        let known = terms.and_then(|terms| terms.0.get(&("industry", text.to_owned()))).cloned();
        known.ok_or("字典“行业”里没有这一项，请填字典里的名称或代码。")
    });
    for error in &looked.errors {
        read.error(&error.column, error.message.clone());
    }
    let (Some(kind), true) = (kind, read.is_fine()) else { return Err(read.finish()) };
    let (industry, named) = industry.unwrap_or_default();
    Ok((
        NewOrganisation { name, kind, uscc, contact, phone, unit: looked.unit, address, industry, note },
        named,
    ))
}

impl Register for Organisations {
    fn columns(&self) -> &'static [Column] {
        ORGANISATION_COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            let name = kernel::squeeze(row.get("name"));
            let id: Option<Id<Organisation>> = match Uscc::parse(row.get("uscc")) {
                Ok(uscc) => organisations::with_uscc(tx, uscc.expose()).await?,
                Err(_) => organisations::named(tx, &name).await?,
            };
            Ok(Sought { id: id.map(Id::raw), key: format!("{name}|{}", row.get("uscc")) })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            let reach = desk.actor.reach();
            let Some(known) = organisations::organisation_in_reach(tx, &reach, id_of(id)?).await? else {
                return Ok(None);
            };
            let (town, unit) = place(tx, known.unit_id).await?;
            let industry = match known.industry.as_str() {
                "" => String::new(),
                code => crate::term_name(tx, "industry", code, desk.today())
                    .await?
                    .unwrap_or_else(|| code.to_owned()),
            };
            let phone = known.phone(tx.db())?;
            let texts = vec![
                ("name", known.name),
                ("kind", known.kind.label().to_owned()),
                ("uscc", known.uscc.unwrap_or_default()),
                ("contact", known.contact),
                ("phone", phone_text(phone.as_ref())),
                ("town", town),
                ("unit", unit),
                ("address", known.address),
                ("industry", industry),
                ("note", known.note),
            ];
            Ok(Some((known.version, texts)))
        })
    }

    fn parse<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>> {
        Box::pin(async move {
            let looked = look(tx, desk, row).await?;
            let (said, industry) = match organisation_said(row, &looked, desk) {
                Ok(said) => said,
                Err(errors) => return Ok(Err(errors)),
            };
            let (town, unit) = place(tx, said.unit).await?;
            Ok(Ok(vec![
                ("phone", phone_text(said.phone.as_ref())),
                ("name", said.name),
                ("kind", said.kind.label().to_owned()),
                ("uscc", said.uscc.map(|uscc| uscc.expose().to_owned()).unwrap_or_default()),
                ("contact", said.contact),
                ("town", town),
                ("unit", unit),
                ("address", said.address),
                ("industry", industry),
                ("note", said.note),
            ]))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let looked = look(tx, desk, row).await?;
            let (new, _) = organisation_said(row, &looked, desk).map_err(|_| gone())?;
            let (id, _) =
                register_organisation::find_or_create_organisation(tx, desk.actor_id(), &new).await?;
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
            let looked = look(tx, desk, row).await?;
            let (new, _) = organisation_said(row, &looked, desk).map_err(|_| gone())?;
            let forget = new.phone.is_none();
            let actor = desk.actor_id();
            let done =
                change_organisation::change_organisation(tx, actor, id_of(id)?, version, new, forget).await?;
            Ok(matches!(done, change_organisation::OrganisationChanged::Saved))
        })
    }

    /// Organisations have no end of their own: the record stays, and people are told so.
    fn withdraw<'a>(&'a self, _: &'a mut Tx, _: &'a mut Desk, _: (i64, i64)) -> Answer<'a, Undo> {
        Box::pin(async {
            Ok(Undo::Kept("单位建档后不能删除，保留在名册里。不再联系的，请在备注里写明。".to_owned()))
        })
    }
}

/// A person's fields in the provincial form's order.
pub(crate) const COPY_PERSON: CopyForm = CopyForm {
    object: "parties_person",
    title: "人员",
    system: "江苏省公共法律服务管理平台",
    permission: crate::READ,
    fields: include_str!("copy_person.csv"),
    read: |tx, actor, id| {
        Box::pin(async move {
            let Some(id) = Id::<Person>::from_raw(id) else { return Ok(None) };
            let Some(person) = persons::person_in_reach(tx, &actor.reach(), id).await? else {
                return Ok(None);
            };
            let href = format!("/persons/{id}");
            let sealed = |masked: Option<String>| match masked {
                Some(masked) => Copied::Sealed { masked, href: href.clone() },
                None => Copied::Plain(String::new()),
            };
            let number = person.id_number(tx.db())?.map(|number| number.masked());
            let phone = person.phone(tx.db())?.map(|phone| phone.masked());
            let birth: Option<Day> = person.birth;
            let values = vec![
                ("name", Copied::Plain(person.name.clone())),
                ("sex", Copied::Plain(person.sex)),
                ("birth", Copied::Plain(birth.map(|day| day.to_string()).unwrap_or_default())),
                ("id_number", sealed(number)),
                ("phone", sealed(phone)),
                ("town", Copied::Plain(person.town_name.unwrap_or_default())),
                ("unit", Copied::Plain(person.unit_name.unwrap_or_default())),
                ("address", Copied::Plain(person.address)),
            ];
            Ok(Some(CopyRecord { title: person.name, href: href.clone(), values }))
        })
    },
};

#[cfg(test)]
mod tests;
