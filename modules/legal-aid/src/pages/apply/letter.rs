//! A letter about one's case.

use super::{SAVING, within};
use crate::{
    actions::citizen::{CitizenRefusal, write_letter},
    case::Case,
    letter::{LetterKind, RATINGS},
    store::tickets,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/letter.html")]
struct LetterMain {
    form: Form,
    kind: LetterKind,
    ratings: Vec<(String, String)>,
}

fn named(kind: &str) -> Result<LetterKind, Refusal> {
    LetterKind::from_text(kind)
        .filter(|kind| kind.is_theirs())
        .ok_or_else(|| Refusal::not_found("没有这一项。请回到“我的法律援助申请”。"))
}

/// The case that this browser holds.
async fn held(ctx: &Ctx, tx: &mut Tx) -> Result<Id<Case>> {
    let row = tickets::of_browser(tx, &ctx.browser(), true, ctx.now()).await?;
    Ok(row.and_then(|row| row.case_id).ok_or(CitizenRefusal::NotFound)?)
}

/// `GET /apply/letter/{kind}`
pub(crate) async fn ask(ctx: Ctx, Path(kind): Path<String>) -> Reply<Page> {
    let kind = named(&kind)?;
    let mut tx = ctx.begin_read().await?;
    if held(&ctx, &mut tx).await.is_err() {
        return ctx.notice(
            "请先打开您的申请",
            "填查询码和后四位就能打开，然后再写。",
            "/apply/progress",
            "去打开",
        );
    }
    drop(tx);
    show(ctx.form(&[]), kind)
}

fn show(form: Form, kind: LetterKind) -> Reply<Page> {
    let ratings = RATINGS.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect();
    let main = LetterMain { ratings, kind, form };
    Ok(Page::new(kind.wish(), &main)?
        .crumb("我的法律援助申请", "/apply/progress")
        .narrow()
        .answering(&main.form))
}

/// `POST /apply/letter/{kind}`
pub(crate) async fn write(ctx: Ctx, Path(kind): Path<String>, mut form: Form) -> Reply {
    let kind = named(&kind)?;
    match try_write(&ctx, kind, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/apply/progress", "收到了。有答复会写在这一页。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form, kind)?.into_response())
        }
    }
}

async fn try_write(ctx: &Ctx, kind: LetterKind, form: &mut Form) -> Result<Tx> {
    within(&SAVING, ctx)?;
    let words = form.text("words", 2000);
    let rating = form.get("rating").parse().ok();
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let case = held(ctx, &mut tx).await?;
    write_letter(&mut tx, case, kind, &words, rating, ctx.now()).await?;
    Ok(tx)
}

impl LetterMain {
    fn papers(&self) -> bool {
        self.kind == LetterKind::Supplement
    }

    fn rates(&self) -> bool {
        self.kind == LetterKind::Rate
    }
}
