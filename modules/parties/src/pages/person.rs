//! One person: masked; shown whole once for a reason that goes into the audit trail; merged records and their undoing.

use crate::{
    Person, REVEAL, WRITE,
    actions::merge_persons,
    pages::{REASONS, id_of, named, persons::{Line, line}, reason_options},
    store::persons::{self, PersonRow},
};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Refusal, Result};
use ::store::{Audit, Tx};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/person.html")]
struct PersonMain {
    form: Form,
    person: Line,
    address: String,
    note: String,
    groups: Vec<String>,
    merged_into: Option<String>,
    merged: Vec<Line>,
    whole: Option<(String, String)>,
    reasons: Vec<(String, String)>,
    may_write: bool,
    may_reveal: bool,
}

const MISSING: &str = "没有这个人，或者不在您的辖区。";

/// The person an address names, if the account reaches them.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<PersonRow> {
    let id = id_of::<Person>(id, MISSING)?;
    Ok(persons::person_in_reach(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /persons/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    page(&ctx, &mut tx, person, ctx.form(&[]), false).await
}

async fn page(ctx: &Ctx, tx: &mut Tx, person: PersonRow, form: Form, reveal: bool) -> Reply<Page> {
    let actor = ctx.actor()?;
    let db = &ctx.app.db;
    let names = crate::term_options(tx, "group", ctx.today()).await?;
    let merged = persons::merged_into(tx, person.id).await?;
    let whole = if reveal {
        let id_number = person.id_number(db)?.map_or(String::new(), |number| number.expose().to_owned());
        Some((id_number, person.phone(db)?.map_or(String::new(), |phone| phone.as_str().to_owned())))
    } else {
        None
    };
    let main = PersonMain {
        form,
        address: person.address.clone(),
        note: person.note.clone(),
        groups: named(&person.groups, &names),
        merged_into: person.merged_into.map(|id| id.to_string()),
        merged: merged.into_iter().map(|row| line(db, row, &names)).collect::<Result<_, _>>()?,
        whole,
        reasons: reason_options(),
        may_write: actor.may(WRITE),
        may_reveal: actor.may(REVEAL) && (person.id_sealed.is_some() || person.phone_sealed.is_some()),
        person: line(db, person, &names)?,
    };
    Ok(Page::new("人员信息", &main)?.crumb("人员", "/persons").answering(&main.form))
}

/// `POST /persons/{id}/reveal`: the numbers, once, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    let reason = form.get("reason").to_owned();
    if REASONS.iter().all(|(code, _)| *code != reason) {
        form.error("reason", "请选择查看理由");
        let refusal = form.check().err().unwrap_or_else(|| Refusal::invalid("请选择查看理由"));
        form.refuse(refusal);
        return Ok(page(&ctx, &mut tx, person, form, false).await?.into_response());
    }
    let answer = page(&ctx, &mut tx, person.clone(), form, true).await?;
    let details = serde_json::json!({ "reason": reason });
    tx.audit(Audit::new(ctx.actor_id(), "parties.person.reveal", "parties_person", person.id).with(&details));
    tx.commit().await?;
    Ok(answer.into_response())
}

/// `POST /persons/{id}/unmerge`: the record that was merged stands alone again.
pub(crate) async fn unmerge(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    merge_persons::undo(&mut tx, ctx.actor_id(), person.id).await?;
    ctx.see_other(tx, &format!("/persons/{}", person.id), "已撤销合并，两条记录各自独立。").await
}
