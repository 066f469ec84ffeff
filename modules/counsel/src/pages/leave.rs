//! Marking a lawyer as having left: a page that says what follows, then the decision.

use crate::{actions::change_state::leave, lawyer::Lawyer, pages::lawyer::find, store::LawyerRow};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/leave.html")]
struct LeaveMain {
    form: Form,
    id: String,
    name: String,
}

/// `GET /lawyers/{id}/leave`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    show(&lawyer, ctx.form(&[("left_on", &ctx.today().to_string())]))
}

fn show(lawyer: &LawyerRow, form: Form) -> Reply<Page> {
    let href = format!("/lawyers/{}", lawyer.id);
    let main = LeaveMain { form, id: lawyer.id.to_string(), name: lawyer.name.clone() };
    Ok(Page::new("标记离开", &main)?
        .crumb("律师", "/lawyers")
        .crumb(&lawyer.name, href)
        .narrow()
        .answering(&main.form))
}

/// `POST /lawyers/{id}/leave`
pub(crate) async fn decide(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_leave(&ctx, lawyer.id, &mut form).await {
        Ok(tx) => {
            ctx.see_other(
                tx,
                &format!("/lawyers/{}", lawyer.id),
                "已标记离开。请确认他服务的村（社区）都已交接。",
            )
            .await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&lawyer, form)?.into_response())
        }
    }
}

async fn try_leave(ctx: &Ctx, id: Id<Lawyer>, form: &mut Form) -> Result<Tx> {
    let on = form.parse("left_on", Day::parse);
    form.need("left_on", "请填写离开日期");
    form.check()?;
    let Some(on) = on else { return Err(Refusal::invalid("请填写离开日期").into()) };
    let mut tx = ctx.begin_write().await?;
    leave(&mut tx, ctx.actor_id(), id, on, ctx.today()).await?;
    Ok(tx)
}
