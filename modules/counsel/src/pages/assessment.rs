//! Writing down the outcome of a yearly assessment.

use crate::{
    actions::record_assessment::record_assessment,
    lawyer::{Grade, Lawyer},
    pages::lawyer::find,
    store::LawyerRow,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/assessment.html")]
struct AssessmentMain {
    form: Form,
    id: String,
    name: String,
    grades: Vec<(String, String)>,
}

/// `GET /lawyers/{id}/assessments/new`
pub(crate) async fn blank(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    let last_year = (ctx.today().year() - 1).to_string();
    show(&lawyer, ctx.form(&[("year", &last_year)]))
}

fn show(lawyer: &LawyerRow, form: Form) -> Reply<Page> {
    let grades = Grade::ALL.iter().map(|g| (g.as_str().to_owned(), g.as_str().to_owned())).collect();
    let href = format!("/lawyers/{}", lawyer.id);
    let main = AssessmentMain { form, id: lawyer.id.to_string(), name: lawyer.name.clone(), grades };
    Ok(Page::new("登记考核结果", &main)?
        .crumb("律师", "/lawyers")
        .crumb(&lawyer.name, href)
        .narrow()
        .answering(&main.form))
}

/// `POST /lawyers/{id}/assessments/new`
pub(crate) async fn create(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_create(&ctx, lawyer.id, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/lawyers/{}", lawyer.id), "已登记考核结果。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&lawyer, form)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, id: Id<Lawyer>, form: &mut Form) -> Result<Tx> {
    let year = form.parse("year", |text| {
        let text = kernel::to_half_width(text);
        text.trim_end_matches(['年', '度'])
            .trim()
            .parse::<i64>()
            .ok()
            .filter(|year| (1980..2200).contains(year))
            .ok_or("请填写四位数的年份，例如 2021")
    });
    let grade = form.parse("grade", |text| Grade::from_text(text).ok_or("请选择考核结果"));
    form.need("year", "请填写考核年度");
    form.need("grade", "请选择考核结果");
    form.check()?;
    let (Some(year), Some(grade)) = (year, grade) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let mut tx = ctx.begin_write().await?;
    record_assessment(&mut tx, ctx.actor_id(), id, year, grade, ctx.today()).await?;
    Ok(tx)
}
