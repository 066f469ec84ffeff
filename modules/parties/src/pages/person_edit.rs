//! Entering a person who was looked for and not found, and correcting what is known of one.

use crate::{
    NewPerson, Person,
    actions::{
        change_person::{PersonChanged, change_person},
        register_person::find_or_create_person,
    },
    pages::{named, person::find, read_unit},
    store::persons::{self, PersonRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Phone, Refusal, ResidentId, Result};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/person_edit.html")]
struct EditMain {
    form: Form,
    id: Option<String>,
    known_id: String,
    known_phone: String,
    sexes: Vec<(String, String)>,
    groups: Vec<(String, String)>,
}

/// The form for a new person (`None`) or a known one.
async fn show(ctx: &Ctx, form: Form, known: Option<&PersonRow>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let (known_id, known_phone) = match known {
        Some(row) => (
            row.id_number(&ctx.app.db)?.map_or(String::new(), |n| n.masked()),
            row.phone(&ctx.app.db)?.map_or(String::new(), |p| p.masked()),
        ),
        None => (String::new(), String::new()),
    };
    let sexes = ["男", "女"].map(|sex| (sex.to_owned(), sex.to_owned())).into();
    let main =
        EditMain { form, id: known.map(|row| row.id.to_string()), known_id, known_phone, sexes, groups };
    let title = if known.is_some() { "修改人员" } else { "登记人员" };
    Ok(Page::new(title, &main)?.crumb("人员", "/persons").narrow().answering(&main.form))
}

/// `POST /persons/blank`: the form, filled with what was looked for.
pub(crate) async fn blank(ctx: Ctx, mut form: Form) -> Reply<Page> {
    searched(&form)?;
    // Initials are for searching, not for a register.
    if form.get("name").is_ascii() {
        form.set("name", "");
    }
    show(&ctx, form, None).await
}

fn searched(form: &Form) -> Result<(), Refusal> {
    if form.get("searched").is_empty() {
        return Err(Refusal::conflict("请先在“查找人员”里查一查，确认没有登记过再新建。"));
    }
    Ok(())
}

/// `POST /persons/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    searched(&form)?;
    match try_create(&ctx, &mut form).await {
        Ok((tx, id, true)) => ctx.see_other(tx, &format!("/persons/{id}"), "已登记。").await,
        Ok((mut tx, id, false)) => {
            let seen = persons::person_in_reach(&mut tx, &ctx.actor()?.reach(), id).await?;
            drop(tx);
            Ok(known_already(&ctx, seen.map(|row| row.id))?.into_response())
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, None).await?.into_response())
        }
    }
}

fn known_already(ctx: &Ctx, id: Option<Id<Person>>) -> Reply<Page> {
    let (text, href, label) = match id {
        Some(id) => (
            "相同身份证号，或者姓名和电话都相同的人已经登记，没有重复新建。信息有变化的，请打开原记录修改。",
            format!("/persons/{id}"),
            "打开原记录",
        ),
        None => (
            "相同身份证号，或者姓名和电话都相同的人已在其他镇（街道）登记，没有重复新建。请联系区司法局业务主管核对。",
            "/persons".to_owned(),
            "返回名册",
        ),
    };
    Ok(ctx.notice("这个人已经登记", text, &href, label)?.status(409))
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Person>, bool)> {
    let new = read(ctx, form).await?;
    let mut tx = ctx.begin_write().await?;
    let (id, created) = find_or_create_person(&mut tx, ctx.actor_id(), &new).await?;
    Ok((tx, id, created))
}

async fn read(ctx: &Ctx, form: &mut Form) -> Result<NewPerson> {
    let name = form.parse("name", kernel::person_name);
    form.need("name", "请填写姓名");
    let id_number = form.parse("id_number", ResidentId::parse);
    let birth = form.parse("birth", Day::parse);
    if birth.is_some_and(|day| day > ctx.today()) {
        form.error("birth", "出生日期不能晚于今天");
    }
    if let (Some(number), Some(birth)) = (&id_number, birth)
        && number.birth() != birth
    {
        form.error("birth", "出生日期与身份证号不一致，请核对");
    }
    let sex = form.parse("sex", |text| {
        if ["男", "女"].contains(&text) { Ok(text.to_owned()) } else { Err("性别请选择男或女") }
    });
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let (address, note) = (form.text("address", 120), form.text("note", 300));
    let mut tx = ctx.begin_read().await?;
    let unit = read_unit(&mut tx, &ctx.actor()?.reach(), form).await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    drop(tx);
    let chosen: Vec<String> = form
        .all("groups")
        .into_iter()
        .filter(|code| groups.iter().any(|(known, _)| known == code))
        .map(str::to_owned)
        .collect();
    form.check()?;
    let Some(name) = name else { return Err(Refusal::invalid("请填写姓名").into()) };
    Ok(NewPerson {
        name,
        sex: sex.unwrap_or_default(),
        birth,
        id_number,
        phone,
        unit,
        address,
        groups: chosen,
        note,
    })
}

/// `GET /persons/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let birth = person.birth.map_or(String::new(), |day| day.to_string());
    let unit = person.unit_id.map_or(String::new(), |id| id.to_string());
    let (place, version) = (person.place(), person.version.to_string());
    let mut known = vec![
        ("name", person.name.as_str()),
        ("sex", &person.sex),
        ("birth", &birth),
        ("unit", &unit),
        ("unit_text", &place),
        ("address", &person.address),
        ("note", &person.note),
        ("version", &version),
    ];
    known.extend(person.groups.split(';').map(|code| ("groups", code)));
    show(&ctx, ctx.form(&known), Some(&person)).await
}

/// `POST /persons/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, person.id, &mut form).await {
        Ok((tx, PersonChanged::Saved)) => {
            ctx.see_other(tx, &format!("/persons/{}", person.id), "已保存修改。").await
        }
        Ok((tx, PersonChanged::Stale(now))) => {
            drop(tx);
            Ok(merge(&ctx, &form, &now).await?.into_response())
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, Some(&person)).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, id: Id<Person>, form: &mut Form) -> Result<(Tx, PersonChanged)> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let new = read(ctx, form).await?;
    let forget_phone = !form.get("forget_phone").is_empty();
    let mut tx = ctx.begin_write().await?;
    let outcome = change_person(&mut tx, ctx.actor_id(), id, version, new, forget_phone).await?;
    Ok((tx, outcome))
}

async fn merge(ctx: &Ctx, form: &Form, now: &PersonRow) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let masked_id = now.id_number(&ctx.app.db)?.map_or(String::new(), |n| n.masked());
    let masked_phone = now.phone(&ctx.app.db)?.map_or(String::new(), |p| p.masked());
    let kept =
        |typed: &str, masked: &str| if typed.is_empty() { masked.to_owned() } else { typed.to_owned() };
    let typed = |name: &str| form.get(name).to_owned();
    let field = |label, yours: String, theirs: String| MergeField { label, yours, theirs };
    let merge = Merge {
        title: &now.name,
        fields: vec![
            field("姓名", typed("name"), now.name.clone()),
            field("性别", typed("sex"), now.sex.clone()),
            field("出生日期", typed("birth"), now.birth.map_or(String::new(), |day| day.to_string())),
            field("身份证号", kept(form.get("id_number"), &masked_id), masked_id.clone()),
            field("电话", kept(form.get("phone"), &masked_phone), masked_phone.clone()),
            field("村（社区）", typed("unit_text"), now.place()),
            field("地址", typed("address"), now.address.clone()),
            field(
                "人群",
                named(&form.all("groups").join(";"), &groups).join("、"),
                named(&now.groups, &groups).join("、"),
            ),
            field("备注", typed("note"), now.note.clone()),
        ],
        action: &format!("/persons/{}/edit", now.id),
        href: &format!("/persons/{}", now.id),
        hidden,
    };
    merge.page()
}
