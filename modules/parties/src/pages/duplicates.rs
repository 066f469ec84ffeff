//! Records that look like one person, side by side: the same one, or not.

use crate::{
    Person,
    actions::merge_persons,
    pages::{person::find, persons::{Line, line}},
    store::{pairs, persons},
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Id, Refusal, Result};
use ::store::Tx;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/duplicates.html")]
struct DuplicatesMain {
    form: Form,
    pairs: Vec<Pair>,
}

struct Pair {
    left: Line,
    right: Line,
    why: &'static str,
}

/// `GET /persons/duplicates`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    show(&ctx, ctx.form(&[])).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let mut shown = Vec::new();
    for (left, right, why) in pairs::suspects(&mut tx, &ctx.actor()?.reach()).await? {
        let (Some(left), Some(right)) = (persons::person(&mut tx, left).await?, persons::person(&mut tx, right).await?) else { continue };
        shown.push(Pair { left: line(&ctx.app.db, left, &groups)?, right: line(&ctx.app.db, right, &groups)?, why });
    }
    let main = DuplicatesMain { form, pairs: shown };
    Ok(Page::new("疑似重复", &main)?.crumb("人员", "/persons").answering(&main.form))
}

/// `POST /persons/duplicates`
pub(crate) async fn decide(ctx: Ctx, mut form: Form) -> Reply {
    match try_decide(&ctx, &form).await {
        Ok((tx, done)) => ctx.see_other(tx, "/persons/duplicates", done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_decide(ctx: &Ctx, form: &Form) -> Result<(Tx, &'static str)> {
    let mut tx = ctx.begin_write().await?;
    let left: Id<Person> = find(ctx, &mut tx, form.get("left")).await?.id;
    let right: Id<Person> = find(ctx, &mut tx, form.get("right")).await?.id;
    let actor = ctx.actor_id();
    let done = match form.get("do") {
        "left" => {
            merge_persons::merge(&mut tx, actor, left, right).await?;
            "已合并，保留左边的记录。合并错了可以在该记录里撤销。"
        }
        "right" => {
            merge_persons::merge(&mut tx, actor, right, left).await?;
            "已合并，保留右边的记录。合并错了可以在该记录里撤销。"
        }
        "apart" => {
            merge_persons::keep_apart(&mut tx, actor, left, right).await?;
            "已记下：不是同一人，以后不再提示。"
        }
        _ => return Err(Refusal::invalid("请点“是同一人”或“不是同一人”").into()),
    };
    Ok((tx, done))
}
