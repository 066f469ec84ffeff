//! Entering an organisation that was looked for and not found, and correcting what is known of one.

use crate::{
    NewOrganisation, Organisation,
    actions::{
        change_organisation::{OrganisationChanged, change_organisation},
        register_organisation::find_or_create_organisation,
    },
    organisation::OrganisationKind,
    pages::{organisation::find, read_unit},
    store::organisations::{self, OrganisationRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Phone, Refusal, Result, Uscc};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/organisation_edit.html")]
struct EditMain {
    form: Form,
    id: Option<String>,
    known_phone: String,
    kinds: Vec<(String, String)>,
    industries: Vec<(String, String)>,
}

async fn show(ctx: &Ctx, form: Form, known: Option<&OrganisationRow>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let industries = crate::term_options(&mut tx, "industry", ctx.today()).await?;
    let known_phone = match known {
        Some(row) => row.phone(&ctx.app.db)?.map_or(String::new(), |phone| phone.masked()),
        None => String::new(),
    };
    let kinds = OrganisationKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect();
    let main = EditMain { form, id: known.map(|row| row.id.to_string()), known_phone, kinds, industries };
    let title = if known.is_some() { "修改单位" } else { "登记单位" };
    Ok(Page::new(title, &main)?.crumb("单位", "/organisations").narrow().answering(&main.form))
}

/// `POST /organisations/blank`: the form, filled with what was looked for.
pub(crate) async fn blank(ctx: Ctx, mut form: Form) -> Reply<Page> {
    searched(&form)?;
    if form.get("name").is_ascii() {
        form.set("name", "");
    }
    form.set("kind", OrganisationKind::Enterprise.as_str());
    show(&ctx, form, None).await
}

fn searched(form: &Form) -> Result<(), Refusal> {
    if form.get("searched").is_empty() {
        return Err(Refusal::conflict("请先在“查找单位”里查一查，确认没有登记过再新建。"));
    }
    Ok(())
}

/// `POST /organisations/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    searched(&form)?;
    match try_create(&ctx, &mut form).await {
        Ok((tx, id, true)) => ctx.see_other(tx, &format!("/organisations/{id}"), "已登记。").await,
        Ok((mut tx, id, false)) => {
            let seen = organisations::organisation_in_reach(&mut tx, &ctx.actor()?.reach(), id).await?;
            drop(tx);
            Ok(known_already(&ctx, seen.map(|row| row.id))?.into_response())
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, None).await?.into_response())
        }
    }
}

fn known_already(ctx: &Ctx, id: Option<Id<Organisation>>) -> Reply<Page> {
    let (text, href, label) = match id {
        Some(id) => (
            "代码或名称相同的单位已经登记，没有重复新建。信息有变化的，请打开原记录修改。",
            format!("/organisations/{id}"),
            "打开原记录",
        ),
        None => (
            "代码或名称相同的单位已在其他镇（街道）登记，没有重复新建。请联系区司法局业务主管核对。",
            "/organisations".to_owned(),
            "返回名册",
        ),
    };
    Ok(ctx.notice("这家单位已经登记", text, &href, label)?.status(409))
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Organisation>, bool)> {
    let new = read(ctx, form).await?;
    let mut tx = ctx.begin_write().await?;
    let (id, created) = find_or_create_organisation(&mut tx, ctx.actor_id(), &new).await?;
    Ok((tx, id, created))
}

async fn read(ctx: &Ctx, form: &mut Form) -> Result<NewOrganisation> {
    form.need("name", "请填写名称");
    let name = kernel::squeeze(&form.text("name", 80));
    let kind = form.parse("kind", |text| OrganisationKind::from_text(text).ok_or("请选择类别"));
    form.need("kind", "请选择类别");
    let uscc = form.parse("uscc", Uscc::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let (contact, address, note) =
        (form.text("contact", 50), form.text("address", 120), form.text("note", 300));
    let industry = form.text("industry", 40);
    let mut tx = ctx.begin_read().await?;
    let unit = read_unit(&mut tx, &ctx.actor()?.reach(), form).await?;
    drop(tx);
    form.check()?;
    let Some(kind) = kind else { return Err(Refusal::invalid("请选择类别").into()) };
    Ok(NewOrganisation { name, kind, uscc, contact, phone, unit, address, industry, note })
}

/// `GET /organisations/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[
        ("name", &row.name),
        ("kind", row.kind.as_str()),
        ("uscc", row.uscc.as_deref().unwrap_or_default()),
        ("contact", &row.contact),
        ("unit", &row.unit_id.map_or(String::new(), |id| id.to_string())),
        ("unit_text", &row.place()),
        ("address", &row.address),
        ("industry", &row.industry),
        ("note", &row.note),
        ("version", &row.version.to_string()),
    ]);
    show(&ctx, form, Some(&row)).await
}

/// `POST /organisations/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, row.id, &mut form).await {
        Ok((tx, OrganisationChanged::Saved)) => {
            ctx.see_other(tx, &format!("/organisations/{}", row.id), "已保存修改。").await
        }
        Ok((_, OrganisationChanged::Stale(now))) => Ok(merge(&ctx, &form, &now)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, Some(&row)).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, id: Id<Organisation>, form: &mut Form) -> Result<(Tx, OrganisationChanged)> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let new = read(ctx, form).await?;
    let forget_phone = !form.get("forget_phone").is_empty();
    let mut tx = ctx.begin_write().await?;
    let outcome = change_organisation(&mut tx, ctx.actor_id(), id, version, new, forget_phone).await?;
    Ok((tx, outcome))
}

fn merge(ctx: &Ctx, form: &Form, now: &OrganisationRow) -> Reply<Page> {
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let masked = now.phone(&ctx.app.db)?.map_or(String::new(), |phone| phone.masked());
    let field =
        |label, name: &str, theirs: String| MergeField { label, yours: form.get(name).to_owned(), theirs };
    let kind = |text: &str| OrganisationKind::from_text(text).map_or("", OrganisationKind::label).to_owned();
    let merge = Merge {
        title: &now.name,
        fields: vec![
            field("名称", "name", now.name.clone()),
            MergeField {
                label: "类别", yours: kind(form.get("kind")), theirs: now.kind.label().to_owned()
            },
            field("统一社会信用代码", "uscc", now.uscc.clone().unwrap_or_default()),
            field("联系人", "contact", now.contact.clone()),
            MergeField {
                label: "电话",
                yours: if form.get("phone").is_empty() {
                    masked.clone()
                } else {
                    form.get("phone").to_owned()
                },
                theirs: masked,
            },
            field("村（社区）", "unit_text", now.place()),
            field("地址", "address", now.address.clone()),
            field("行业", "industry", now.industry.clone()),
            field("备注", "note", now.note.clone()),
        ],
        action: &format!("/organisations/{}/edit", now.id),
        href: &format!("/organisations/{}", now.id),
        hidden,
    };
    merge.page()
}
