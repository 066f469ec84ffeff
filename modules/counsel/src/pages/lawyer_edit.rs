//! Entering a lawyer, and correcting what is known of them.

use crate::{
    NewLawyer,
    actions::{
        change_lawyer::{LawyerChanged, change_lawyer},
        register_lawyer::register_lawyer,
    },
    lawyer::{Lawyer, LawyerKind},
    pages::{
        lawyer::find_edit,
        lawyers::{firm_choices, named},
    },
    store::changes::LawyerEdit,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Phone, Refusal, Result};
use web::{Ctx, Form, Merge, MergeField, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/lawyer_edit.html")]
struct EditMain {
    form: Form,
    heading: &'static str,
    action: String,
    back: String,
    firms: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    sexes: Vec<(String, String)>,
    specialities: Vec<(String, String)>,
    dialects: Vec<(String, String)>,
    known_phone: String,
}

/// `GET /lawyers/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[("kind", LawyerKind::Lawyer.as_str())]);
    show(&ctx, form, None, None).await
}

async fn show(
    ctx: &Ctx,
    form: Form,
    id: Option<Id<Lawyer>>,
    known_phone: Option<&Option<String>>,
) -> Reply<Page> {
    let known_phone = match known_phone {
        Some(sealed) => masked(ctx, sealed)?,
        None => String::new(),
    };
    let mut tx = ctx.begin_read().await?;
    let dialects = parties::terms(&mut tx, "dialect", ctx.today()).await?;
    let main = EditMain {
        form,
        known_phone,
        heading: if id.is_some() { "修改律师" } else { "登记律师" },
        action: id.map_or("/lawyers/new".to_owned(), |id| format!("/lawyers/{id}/edit")),
        back: id.map_or("/lawyers".to_owned(), |id| format!("/lawyers/{id}")),
        firms: firm_choices(&mut tx, &Reach::Region).await?,
        kinds: LawyerKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect(),
        sexes: ["男", "女"].map(|sex| (sex.to_owned(), sex.to_owned())).into(),
        specialities: parties::term_options(&mut tx, "speciality", ctx.today()).await?,
        dialects: dialects.into_iter().map(|term| (term.name.clone(), term.name)).collect(),
    };
    Ok(Page::new(main.heading, &main)?.crumb("律师", "/lawyers").narrow().answering(&main.form))
}

/// The registered telephone as pages show it.
fn masked(ctx: &Ctx, sealed: &Option<String>) -> Result<String> {
    Ok(crate::phone(&ctx.app.db, sealed)?.map_or(String::new(), |phone| phone.masked()))
}

/// `POST /lawyers/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, id)) => ctx.see_other(tx, &format!("/lawyers/{id}"), "已登记律师。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, None, None).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Lawyer>)> {
    let new = read(form, ctx.today())?;
    let mut tx = ctx.begin_write().await?;
    let id = register_lawyer(&mut tx, ctx.actor_id(), &new).await?;
    Ok((tx, id))
}

fn read(form: &mut Form, today: Day) -> Result<NewLawyer> {
    let name = form.parse("name", kernel::person_name);
    let firm = form.id("firm", "请选择执业机构");
    let kind = form.parse("kind", |text| LawyerKind::from_text(text).ok_or("请选择类别"));
    let licence = form.parse("licence", licence);
    let licensed_since = form.parse("licensed_since", Day::parse);
    if licensed_since.is_some_and(|day| day > today) {
        form.error("licensed_since", "取得执业证的日期不能晚于今天");
    }
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let dialect = form.text("dialect", 20);
    for (field, message) in [
        ("name", "请填写姓名"),
        ("firm", "请选择执业机构"),
        ("kind", "请选择类别"),
        ("licence", "请填写执业证号"),
        ("licensed_since", "请填写取得执业证的日期"),
    ] {
        form.need(field, message);
    }
    form.check()?;
    let (Some(name), Some(firm), Some(kind), Some(licence), Some(licensed_since)) =
        (name, firm, kind, licence, licensed_since)
    else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let specialities = form
        .all("specialities")
        .into_iter()
        .filter(|code| !code.is_empty() && !code.contains(';'))
        .map(str::to_owned)
        .collect();
    Ok(NewLawyer {
        firm,
        name,
        sex: form.get("sex").to_owned(),
        kind,
        licence,
        licensed_since,
        phone,
        specialities,
        dialect,
        assessment: None,
        discipline: String::new(),
    })
}

/// A licence: digits (17 since 2010, older ones differ), perhaps with letters.
pub(crate) fn licence(text: &str) -> std::result::Result<String, &'static str> {
    let text: String =
        kernel::to_half_width(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let plain = (6..=24).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric());
    if plain {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("请按执业证填写证号，一般是 17 位数字")
    }
}

/// `GET /lawyers/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find_edit(&ctx, &mut tx, &id).await?;
    drop(tx);
    let (firm, since, version) =
        (lawyer.firm_id.to_string(), lawyer.licensed_since.to_string(), lawyer.version.to_string());
    let mut known = vec![
        ("name", lawyer.name.as_str()),
        ("sex", &lawyer.sex),
        ("firm", &firm),
        ("kind", lawyer.kind.as_str()),
        ("licence", &lawyer.licence),
        ("licensed_since", &since),
        ("dialect", &lawyer.dialect),
        ("version", &version),
    ];
    known.extend(lawyer.specialities.split(';').map(|code| ("specialities", code)));
    show(&ctx, ctx.form(&known), Some(lawyer.id), Some(&lawyer.phone_sealed)).await
}

/// `POST /lawyers/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find_edit(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, lawyer.id, &mut form).await {
        Ok((tx, LawyerChanged::Saved)) => {
            ctx.see_other(tx, &format!("/lawyers/{}", lawyer.id), "已保存修改。").await
        }
        Ok((tx, LawyerChanged::Stale(now))) => {
            drop(tx);
            Ok(merge(&ctx, &form, &now).await?.into_response())
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, Some(lawyer.id), Some(&lawyer.phone_sealed)).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, id: Id<Lawyer>, form: &mut Form) -> Result<(Tx, LawyerChanged)> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let new = read(form, ctx.today())?;
    let forget_phone = !form.get("forget_phone").is_empty();
    let mut tx = ctx.begin_write().await?;
    let outcome = change_lawyer(&mut tx, ctx.actor_id(), id, version, new, forget_phone).await?;
    Ok((tx, outcome))
}

async fn merge(ctx: &Ctx, form: &Form, now: &LawyerEdit) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let firms = firm_choices(&mut tx, &Reach::Region).await?;
    let names = parties::term_options(&mut tx, "speciality", ctx.today()).await?;
    let firm_name = |id: &str| {
        firms.iter().find(|(known, _)| known == id).map_or(String::new(), |(_, name)| name.clone())
    };
    let kind = |text: &str| LawyerKind::from_text(text).map_or("", LawyerKind::label).to_owned();
    let phone = masked(ctx, &now.phone_sealed)?;
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let field = |label, yours: String, theirs: String| MergeField { label, yours, theirs };
    let typed = |name: &str| form.get(name).to_owned();
    let merge = Merge {
        title: &now.name,
        fields: vec![
            field("姓名", typed("name"), now.name.clone()),
            field("性别", typed("sex"), now.sex.clone()),
            field("类别", kind(form.get("kind")), now.kind.label().to_owned()),
            field("执业机构", firm_name(form.get("firm")), firm_name(&now.firm_id.to_string())),
            field("执业证号", typed("licence"), now.licence.clone()),
            field("取得执业证", typed("licensed_since"), now.licensed_since.to_string()),
            field(
                "联系电话",
                if form.get("phone").is_empty() { phone.clone() } else { typed("phone") },
                phone.clone(),
            ),
            field(
                "专业特长",
                named(&form.all("specialities").join(";"), &names).join("、"),
                named(&now.specialities, &names).join("、"),
            ),
            field("语言", typed("dialect"), now.dialect.clone()),
        ],
        action: &format!("/lawyers/{}/edit", now.id),
        href: &format!("/lawyers/{}", now.id),
        hidden,
    };
    merge.page()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_leniently() {
        assert_eq!(licence(" 13204２０１８ 1199-0001 "), Ok("13204201811990001".to_owned()));
        assert!(licence("十七位").is_err() && licence("123").is_err());
    }
}

#[cfg(test)]
mod page_tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn a_stale_edit_loses_nothing() {
        on_both(&migrations(), |db| async move {
            let (firms, lawyers) = two_firms(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/lawyers/{}/edit", lawyers[0]);
            let form = server.get(&uri).await.text();
            assert!(form.contains(r#"value="薛微澜""#) && form.contains(r#"name="version" value="1""#));
            let firm = firms[1].to_string();
            let fields = |name, version| {
                [
                    ("name", name),
                    ("kind", "lawyer"),
                    ("firm", firm.as_str()),
                    ("licence", "13204201811990009"),
                    ("licensed_since", "2018-03-09"),
                    ("phone", "0519-86003001"),
                    ("version", version),
                ]
            };
            assert_eq!(server.post(&uri, &fields("薛微澜", "1")).await.status, 303);
            let stale = server.post(&uri, &fields("薛薇澜", "1")).await;
            assert_eq!(stale.status, 409);
            let text = stale.text();
            assert!(
                text.contains("薛薇澜")
                    && text.contains("江苏砚衡律师事务所")
                    && text.contains(r#"name="version" value="2""#),
                "{text}"
            );
            assert_eq!(server.post(&uri, &fields("薛薇澜", "2")).await.status, 303);
            let wrong = server
                .post(&uri, &[("name", "王3"), ("licensed_since", "2030-01-01"), ("version", "3")])
                .await;
            assert_eq!(wrong.status, 422);
            assert!(wrong.text().contains(r#"value="王3""#) && wrong.text().contains("不能晚于今天"));
            assert_eq!(server.get("/lawyers/320412-999999/edit").await.status, 404);
            Ok(())
        });
    }
}
