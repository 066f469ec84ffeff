//! A case's numbers in outside systems, beside its fields in the order of the provincial form.

use super::{find, sees_less};
use crate::{
    actions::{do_act::ActRefusal, take_application::OBJECT},
    store::Entry,
};
use ::store::{
    Audit, Tx,
    outside::{self, OutsideNumber, OutsideState},
};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::Result;
use web::{Ctx, Form, Page, Reply};

kernel::refusals! {
    /// Why a number is not noted.
    pub(crate) enum OutsideRefusal {
        /// Recorded there means that there is a number.
        NumberMissing => Invalid("number"), "请填写外部系统里的编号；还没录的，请选“未录”。";
        /// Another case has it.
        Taken => Invalid("number"), "这个编号已经记在另一个案件上，请核对。";
    }
}

#[derive(Template)]
#[template(path = "pages/outside.html")]
struct OutsideMain {
    form: Form,
    entry: Entry,
    applicant: String,
    numbers: Vec<OutsideNumber>,
    states: Vec<(String, String)>,
}

async fn case(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<Entry> {
    let entry = find(ctx, tx, id).await?;
    if sees_less(ctx.actor()?, &entry) {
        return Err(ActRefusal::NotYours.into());
    }
    Ok(entry)
}

/// `GET /aid/{id}/outside`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = case(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[("system", "全国法律援助管理信息系统"), ("outside_state", "recorded")]);
    page(&ctx, form, entry).await
}

async fn page(ctx: &Ctx, form: Form, entry: Entry) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let states = OutsideState::ALL.iter().map(|state| (state.as_str().to_owned(), state.label().to_owned()));
    let main = OutsideMain {
        applicant: parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name),
        numbers: outside::of(&mut tx, OBJECT, entry.id.raw()).await?,
        states: states.collect(),
        entry,
        form,
    };
    let href = format!("/aid/{}", main.entry.id);
    Ok(Page::new("外部系统编号", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/outside`
pub(crate) async fn note(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = case(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_note(&ctx, &entry, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}/outside", entry.id), "已记下外部系统编号。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form, entry).await?.into_response())
        }
    }
}

async fn try_note(ctx: &Ctx, entry: &Entry, form: &mut Form) -> Result<Tx> {
    let system = form.need("system", "请填写外部系统的名称，例如 江苏法网");
    let number = form.text("number", 60);
    let state = OutsideState::from_text(form.get("outside_state"));
    if state.is_none() {
        form.error("outside_state", "请选择录入情况");
    }
    form.check()?;
    let state = state.unwrap_or(OutsideState::Missing);
    if number.is_empty() && state != OutsideState::Missing {
        return Err(OutsideRefusal::NumberMissing.into());
    }
    let mut tx = ctx.begin_write().await?;
    let other = outside::find(&mut tx, OBJECT, &system, &number).await?;
    if other.is_some_and(|other| other != entry.id.raw()) {
        return Err(OutsideRefusal::Taken.into());
    }
    outside::note(&mut tx, OBJECT, entry.id.raw(), &system, &number, state, ctx.today()).await?;
    let what = serde_json::json!({ "state": state.as_str() });
    tx.audit(Audit::new(ctx.actor_id(), "legal-aid.outside.note", OBJECT, entry.id).with(&what));
    Ok(tx)
}
