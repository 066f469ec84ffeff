//! A person's own data: everything held over all modules, a copy to hand out, correction, restriction.

use crate::{
    Person,
    actions::{read_whole::read_whole, restrict_person},
    pages::{id_of, named},
    person::{Ground, RestrictionRow},
    personal::{self, Held, HeldValue},
    reading::{ReadingRow, Reason, Whole, WholeValue},
    store::{
        persons::{self, PersonRow},
        readings, standing,
    },
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Refusal, Result};
use web::{Cell, Ctx, Form, Page, Reply, Sheet, SheetColumn, download, xlsx};

const MISSING: &str = "没有这个人，或者个人信息已经清除。";

/// A heading with the records below it.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) held: Vec<Held>,
}

/// Everything about one person, as the page and the copy show it.
pub(crate) struct Dossier {
    pub(crate) person: PersonRow,
    pub(crate) restricted: bool,
    pub(crate) sections: Vec<Section>,
}

#[derive(Template)]
#[template(path = "pages/data.html")]
struct DataMain {
    form: Form,
    id: String,
    name: String,
    restricted: bool,
    sections: Vec<Section>,
    readings: Vec<ReadingRow>,
    restrictions: Vec<RestrictionRow>,
    requesters: Vec<(String, String)>,
    formats: Vec<(String, String)>,
    grounds: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/data_print.html")]
struct PrintMain {
    name: String,
    made: String,
    by: String,
    bureau: String,
    sections: Vec<Section>,
}

const REQUESTERS: [(&str, &str); 3] =
    [("self", "本人"), ("guardian", "未成年人的父母或其他监护人"), ("relative", "死者的近亲属")];
const FORMATS: [(&str, &str); 3] =
    [("print", "网页，打印后交给本人"), ("xlsx", "Excel 表格"), ("json", "JSON，便于转移到其他系统")];

fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect()
}

/// Everything held about the person an address names.
pub(crate) async fn dossier(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<Dossier> {
    let id = id_of::<Person>(id, MISSING)?;
    let missing = || Refusal::not_found(MISSING);
    let standing = standing::of(tx, id).await?.filter(|standing| !standing.purged).ok_or_else(missing)?;
    let person = persons::person_whatever(tx, id).await?.ok_or_else(missing)?;
    let mut sections = vec![Section {
        title: "人员登记".to_owned(),
        held: vec![registered(ctx, tx, &person, "登记内容").await?],
    }];
    let mut merged = Vec::new();
    for row in persons::merged_whatever(tx, id).await? {
        merged.push(registered(ctx, tx, &row, "并入的记录").await?);
    }
    if !merged.is_empty() {
        sections.push(Section { title: "并入的记录".to_owned(), held: merged });
    }
    for (title, held) in personal::held_about(&ctx.app, tx, &person).await? {
        sections.push(Section { title: title.to_owned(), held });
    }
    Ok(Dossier { person, restricted: standing.restricted, sections })
}

async fn registered(ctx: &Ctx, tx: &mut Tx, person: &PersonRow, title: &str) -> Result<Held> {
    let db = &ctx.app.db;
    let groups = crate::term_options(tx, "group", ctx.today()).await?;
    let touched = persons::touched(tx, person.id).await?;
    let mut values = vec![
        HeldValue::plain("姓名", &person.name),
        HeldValue::plain("性别", &person.sex),
        HeldValue::plain("出生日期", person.birth.map_or(String::new(), |day| day.to_string())),
    ];
    if let Some(number) = person.id_number(db)? {
        values.push(HeldValue::number("身份证号", number.expose(), number.masked()));
    }
    if let Some(phone) = person.phone(db)? {
        values.push(HeldValue::number("电话", phone.as_str(), phone.masked()));
    }
    values.extend([
        HeldValue::plain("村（社区）", person.place()),
        HeldValue::plain("地址", &person.address),
        HeldValue::plain("人群", named(&person.groups, &groups).join("、")),
        HeldValue::plain("备注", &person.note),
    ]);
    values.retain(|value| !value.value.is_empty());
    Ok(Held {
        title: format!("{title}，{} 最后修改", touched.day().chinese()),
        href: Some(format!("/persons/{}", person.id)),
        last: touched.day(),
        open: false,
        policy: Some("parties.person"),
        values,
    })
}

/// `GET /persons/{id}/data`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let form = ctx.form(&[("requester", "self"), ("format", "print")]);
    page(&ctx, &id, form).await
}

async fn page(ctx: &Ctx, id: &str, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let Dossier { person, restricted, mut sections } = dossier(ctx, &mut tx, id).await?;
    if restricted {
        // Seen for a reason only: on the page of the record, or in a copy for the person.
        sections.clear();
    }
    let main = DataMain {
        form,
        id: person.id.to_string(),
        name: if restricted { "限制处理的人员".to_owned() } else { person.name },
        restricted,
        sections,
        readings: readings::of_record(&mut tx, "parties_person", person.id.raw()).await?,
        restrictions: standing::restrictions(&mut tx, person.id).await?,
        requesters: options(&REQUESTERS),
        formats: options(&FORMATS),
        grounds: [Ground::Disputed, Ground::Unlawful, Ground::Other]
            .map(|ground| (ground.as_str().to_owned(), ground.label().to_owned()))
            .into(),
    };
    Ok(Page::new("个人信息", &main)?
        .crumb("人员", "/persons")
        .crumb(main.name.clone(), format!("/persons/{}", main.id))
        .answering(&main.form))
}

/// `POST /persons/{id}/data/export`: a copy of everything, for the person themselves; noted as a reading.
pub(crate) async fn export(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_export(&ctx, &id, &mut form).await {
        Ok(dossier) => copy(&ctx, dossier, form.get("format")),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &id, form).await?.into_response())
        }
    }
}

async fn try_export(ctx: &Ctx, id: &str, form: &mut Form) -> Result<Dossier> {
    let requester = REQUESTERS.iter().find(|(code, _)| *code == form.get("requester"));
    if requester.is_none() {
        form.error("requester", "请选择是谁来申请");
    }
    if form.get("checked").is_empty() {
        form.error("checked", "请先核对申请人的身份证件");
    }
    if !FORMATS.iter().any(|(code, _)| *code == form.get("format")) {
        form.error("format", "请选择格式");
    }
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let dossier = dossier(ctx, &mut tx, id).await?;
    let fields = WholeValue { field: "everything", label: "", value: String::new() };
    let whole = Whole {
        object: "parties_person",
        id: dossier.person.id.raw(),
        title: String::new(),
        href: String::new(),
        values: vec![fields],
    };
    let note = requester.map_or("", |(_, label)| label);
    read_whole(&mut tx, ctx.actor()?, &whole, Reason::Subject, note).await?;
    tx.commit().await?;
    Ok(dossier)
}

const FILE: &str = "个人信息副本";

fn copy(ctx: &Ctx, dossier: Dossier, format: &str) -> Reply {
    let title = format!("{FILE}（{}）", ctx.app.settings.bureau);
    let made = format!("{} 制作", ctx.now().chinese());
    match format {
        "json" => {
            let bytes = serde_json::to_vec_pretty(&as_json(&dossier, &title, &made))?;
            Ok(download("application/json", "个人信息副本.json", bytes))
        }
        "xlsx" => {
            let rows = dossier.sections.iter().flat_map(rows_of).collect();
            let sheet = Sheet {
                name: FILE.to_owned(),
                title,
                subtitle: made,
                columns: [("类别", 16.0), ("记录", 36.0), ("项目", 16.0), ("内容", 44.0)]
                    .into_iter()
                    .map(|(title, width)| SheetColumn::text(title, width))
                    .collect(),
                rows,
            };
            const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            Ok(download(XLSX, "个人信息副本.xlsx", xlsx(&[sheet])?))
        }
        _ => {
            let main = PrintMain {
                name: dossier.person.name,
                made,
                by: ctx.actor()?.name.clone(),
                bureau: ctx.app.settings.bureau.clone(),
                sections: dossier.sections,
            };
            let href = format!("/persons/{}/data", dossier.person.id);
            Ok(Page::new(FILE, &main)?.crumb("个人信息", href).into_response())
        }
    }
}

fn rows_of(section: &Section) -> Vec<Vec<Cell>> {
    let each = |held: &Held| -> Vec<Vec<Cell>> {
        held.values
            .iter()
            .map(|value| {
                [section.title.as_str(), held.title.as_str(), value.label.as_str(), value.value.as_str()]
                    .map(Cell::from)
                    .to_vec()
            })
            .collect()
    };
    section.held.iter().flat_map(each).collect()
}

fn as_json(dossier: &Dossier, title: &str, made: &str) -> serde_json::Value {
    let values = |held: &Held| -> serde_json::Value {
        held.values.iter().map(|v| serde_json::json!({ "label": v.label, "value": v.value })).collect()
    };
    let records = |section: &Section| -> serde_json::Value {
        let record = |held: &Held| serde_json::json!({ "record": held.title, "last": held.last.to_string(), "values": values(held) });
        section.held.iter().map(record).collect()
    };
    let sections: serde_json::Value = dossier
        .sections
        .iter()
        .map(|section| serde_json::json!({ "section": section.title, "records": records(section) }))
        .collect();
    serde_json::json!({ "title": title, "made": made, "sections": sections })
}

/// `POST /persons/{id}/restrict`
pub(crate) async fn restrict(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_restrict(&ctx, &id, &mut form).await {
        Ok(tx) => {
            let done = "已限制处理：不再出现在名册、查找和通知里。";
            ctx.see_other(tx, &format!("/persons/{id}/data"), done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &id, form).await?.into_response())
        }
    }
}

async fn try_restrict(ctx: &Ctx, id: &str, form: &mut Form) -> Result<Tx> {
    let ground = form.parse("ground", |text| Ground::from_text(text).ok_or("请选择限制处理的原因"));
    form.need("ground", "请选择限制处理的原因");
    let reason = form.text("restrict_reason", 200);
    form.need("restrict_reason", "请写明情况，解除时要对照");
    form.check()?;
    let Some(ground) = ground else { return Err(Refusal::invalid("请选择限制处理的原因").into()) };
    let person: Id<Person> = id_of(id, MISSING)?;
    let mut tx = ctx.begin_write().await?;
    restrict_person::restrict(&mut tx, ctx.actor_id(), person, ground, &reason, ctx.today()).await?;
    Ok(tx)
}

/// `POST /persons/{id}/lift`
pub(crate) async fn lift(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_lift(&ctx, &id, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/persons/{id}"), "已解除限制，可以正常使用。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &id, form).await?.into_response())
        }
    }
}

async fn try_lift(ctx: &Ctx, id: &str, form: &mut Form) -> Result<Tx> {
    let reason = form.text("lift_reason", 200);
    form.need("lift_reason", "请写明解除的理由");
    form.check()?;
    let person: Id<Person> = id_of(id, MISSING)?;
    let mut tx = ctx.begin_write().await?;
    restrict_person::lift(&mut tx, ctx.actor_id(), person, &reason, ctx.today()).await?;
    Ok(tx)
}
