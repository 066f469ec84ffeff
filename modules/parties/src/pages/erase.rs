//! A wish to be erased: what the law says to it, what will happen, and then it happens.

use crate::{
    Person,
    actions::{erase_person, restrict_person::standing_alone},
    pages::id_of,
    personal::Erasure,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/erase.html")]
struct EraseMain {
    form: Form,
    id: String,
    erasure: Erasure,
    restricted: bool,
    matters: Vec<(&'static str, usize)>,
}

const MISSING: &str = "没有这个人。";

/// `GET /persons/{id}/erase`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    page(&ctx, &id, ctx.form(&[])).await
}

async fn page(ctx: &Ctx, id: &str, form: Form) -> Reply<Page> {
    let person: Id<Person> = id_of(id, MISSING)?;
    let mut tx = ctx.begin_read().await?;
    let standing = standing_alone(&mut tx, person).await?;
    let (erasure, held) = erase_person::consider(&ctx.app, &mut tx, person, ctx.today()).await?;
    let matters = held.into_iter().map(|(title, held)| (title, held.len())).collect();
    let main = EraseMain { form, id: person.to_string(), erasure, restricted: standing.restricted, matters };
    Ok(Page::new("办理删除要求", &main)?
        .crumb("人员", "/persons")
        .crumb("个人信息", format!("/persons/{}/data", main.id))
        .narrow()
        .answering(&main.form))
}

/// `POST /persons/{id}/erase`
pub(crate) async fn decide(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_decide(&ctx, &id, &mut form).await {
        Ok((tx, Erasure::Now)) => {
            ctx.see_other(tx, "/persons", "已清除这个人的个人信息，统计数字不变。").await
        }
        Ok((tx, _)) => {
            let done = "依法还要保存，已限制处理；到期后自动清除。";
            ctx.see_other(tx, &format!("/persons/{id}/data"), done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &id, form).await?.into_response())
        }
    }
}

async fn try_decide(ctx: &Ctx, id: &str, form: &mut Form) -> Result<(Tx, Erasure)> {
    let reason = form.text("reason", 200);
    form.need("reason", "请写明谁在什么时候提出的要求");
    if form.get("checked").is_empty() {
        form.error("checked", "请先核对申请人的身份证件");
    }
    form.check()?;
    let person: Id<Person> = id_of(id, MISSING)?;
    let mut tx = ctx.begin_write().await?;
    let erasure =
        erase_person::erase(&ctx.app, &mut tx, ctx.actor_id(), person, &reason, ctx.today()).await?;
    Ok((tx, erasure))
}
