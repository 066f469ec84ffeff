//! Writing down a sanction against a lawyer.

use crate::{
    actions::record_discipline::record_discipline,
    lawyer::{DisciplineKind, Lawyer},
    pages::lawyer::find,
    store::{LawyerRow, changes::NewDiscipline},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/discipline.html")]
struct DisciplineMain {
    form: Form,
    id: String,
    name: String,
    kinds: Vec<(String, String)>,
}

/// `GET /lawyers/{id}/disciplines/new`
pub(crate) async fn blank(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    show(&lawyer, ctx.form(&[]))
}

fn show(lawyer: &LawyerRow, form: Form) -> Reply<Page> {
    let kinds = DisciplineKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.as_str().to_owned())).collect();
    let href = format!("/lawyers/{}", lawyer.id);
    let main = DisciplineMain { form, id: lawyer.id.to_string(), name: lawyer.name.clone(), kinds };
    Ok(Page::new("登记处罚或处分", &main)?
        .crumb("律师", "/lawyers")
        .crumb(&lawyer.name, href)
        .narrow()
        .answering(&main.form))
}

/// `POST /lawyers/{id}/disciplines/new`
pub(crate) async fn create(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_create(&ctx, lawyer.id, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/lawyers/{}", lawyer.id), "已登记，状态已按处分更新。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&lawyer, form)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, id: Id<Lawyer>, form: &mut Form) -> Result<Tx> {
    let kind = form.parse("kind", |text| DisciplineKind::from_text(text).ok_or("请选择种类"));
    let on = form.parse("happened_on", Day::parse);
    let until_on = form.parse("until_on", Day::parse);
    form.need("kind", "请选择种类");
    form.need("happened_on", "请填写决定日期");
    form.need("decided_by", "请填写作出决定的单位");
    let decided_by = form.text("decided_by", 60);
    let reason = form.text("reason", 500);
    form.check()?;
    let (Some(kind), Some(on)) = (kind, on) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let new = NewDiscipline { happened_on: Some(on), kind, until_on, reason, decided_by };
    let mut tx = ctx.begin_write().await?;
    record_discipline(&mut tx, ctx.actor_id(), id, on, &new, ctx.today()).await?;
    Ok(tx)
}
