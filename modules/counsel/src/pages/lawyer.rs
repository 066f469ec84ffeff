//! One lawyer: who they are, their assessments and sanctions, and the ways on.

use crate::{
    WRITE,
    actions::change_state::resume,
    lawyer::{Grade, Lawyer, LawyerState, practice_years},
    pages::lawyers::{assessment_text, id_of, named},
    store::{self, LawyerRow, changes::{self, AssessmentRow, DisciplineRow, LawyerEdit}},
};
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Refusal, Result};
use ::store::Tx;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/lawyer.html")]
struct LawyerMain {
    id: String,
    lawyer: LawyerRow,
    phone: Option<(String, String)>,
    years: i64,
    specialities: Vec<String>,
    newest: String,
    left_on: Option<Day>,
    assessments: Vec<AssessmentRow>,
    disciplines: Vec<DisciplineRow>,
    suspension_over: bool,
    may_write: bool,
    form: Form,
}

/// What is said about somebody who is not there, or whom the account does not reach.
pub(crate) const MISSING: &str = "没有这位律师。";

/// The lawyer an address names, if the account reaches them.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<LawyerRow> {
    let id = id_of::<Lawyer>(id, MISSING)?;
    Ok(store::lawyer_in_reach(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// The lawyer an address names, as edit pages need them.
pub(crate) async fn find_edit(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<LawyerEdit> {
    let known = find(ctx, tx, id).await?;
    Ok(changes::lawyer_edit(tx, known.id).await?.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /lawyers/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    let assessments = changes::assessments(&mut tx, lawyer.id).await?;
    let disciplines = changes::disciplines(&mut tx, lawyer.id).await?;
    let left_on = changes::lawyer_edit(&mut tx, lawyer.id).await?.and_then(|l| l.left_on);
    let names = parties::term_options(&mut tx, "speciality", ctx.today()).await?;
    let phone = crate::phone(&ctx.app.db, &lawyer.phone_sealed)?;
    let today = ctx.today();
    let main = LawyerMain {
        id: lawyer.id.to_string(),
        phone: phone.map(|phone| (phone.as_str().to_owned(), phone.dial())),
        years: practice_years(lawyer.licensed_since, today),
        specialities: named(&lawyer.specialities, &names),
        newest: assessment_text(&lawyer.assessment, lawyer.assessment_year),
        left_on,
        suspension_over: lawyer.state == LawyerState::Suspended && disciplines.iter().all(|d| d.until_on.is_none_or(|until| until < today)),
        assessments,
        disciplines,
        may_write: ctx.actor()?.may(WRITE),
        form: ctx.form(&[]),
        lawyer,
    };
    Ok(Page::new(main.lawyer.name.clone(), &main)?.crumb("律师", "/lawyers"))
}

/// `POST /lawyers/{id}/resume`
pub(crate) async fn take_up(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    resume(&mut tx, ctx.actor_id(), lawyer.id).await?;
    ctx.see_other(tx, &format!("/lawyers/{}", lawyer.id), "已恢复执业。").await
}

fn day_text(day: Option<Day>) -> String {
    day.map_or("日期不详".to_owned(), |day| day.to_string())
}
