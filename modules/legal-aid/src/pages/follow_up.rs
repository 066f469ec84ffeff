//! Asking somebody who was aided how it went.

use super::find;
use crate::{
    actions::follow_up::{FollowUpRefusal, is_closed, note_follow_up},
    follow_up::{ANSWERS, FollowUp, QUESTIONS, Way},
    store::Entry,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/follow_up.html")]
struct FollowUpMain {
    form: Form,
    entry: Entry,
    applicant: String,
    phone: String,
    ways: Vec<(String, String)>,
    answers: Vec<(String, String)>,
    money: Vec<(String, String)>,
}

/// `GET /aid/{id}/follow-up`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[("done_on", &ctx.today().to_string()), ("way", "phone")]);
    show(&ctx, form, entry).await
}

fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

async fn show(ctx: &Ctx, form: Form, entry: Entry) -> Reply<Page> {
    if !is_closed(entry.stage) {
        return Err(FollowUpRefusal::NotClosed.into());
    }
    let mut tx = ctx.begin_read().await?;
    let person = parties::person(&mut tx, entry.applicant_id).await?;
    drop(tx);
    let db = &ctx.app.db;
    let phone = match &person {
        Some(person) => person.phone(db)?.map_or(String::new(), |phone| phone.masked()),
        None => String::new(),
    };
    let href = format!("/aid/{}", entry.id);
    let main = FollowUpMain {
        applicant: person.map_or(String::new(), |person| person.name),
        phone,
        ways: Way::ALL.iter().map(|way| (way.as_str().to_owned(), way.label().to_owned())).collect(),
        answers: options(&ANSWERS),
        money: options(&[("no", "没有"), ("yes", "有")]),
        entry,
        form,
    };
    Ok(Page::new("回访", &main)?.crumb("法律援助", "/aid").crumb("案件", href).narrow().answering(&main.form))
}

/// `POST /aid/{id}/follow-up`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, &entry, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", entry.id), "已登记回访。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, entry).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, seen: &Entry, form: &mut Form) -> Result<Tx> {
    form.need("done_on", "请填写回访日期");
    let done_on = form.parse("done_on", Day::parse).unwrap_or(ctx.today());
    let way = Way::from_text(form.get("way"));
    if way.is_none() {
        form.error("way", "请选择回访方式");
    }
    let mut answers = [0; 5];
    for ((name, question), answer) in QUESTIONS.iter().zip(&mut answers) {
        *answer = form.get(name).parse().unwrap_or(0);
        if !(1..=3).contains(answer) {
            form.error(name, format!("请选择“{question}”"));
        }
    }
    let money_taken = match form.get("money") {
        "yes" => true,
        "no" => false,
        _ => {
            form.error("money", "请选择有没有人收钱收东西");
            false
        }
    };
    let words = form.text("words", 1000);
    form.check()?;
    let new = FollowUp { done_on, way: way.unwrap_or(Way::Phone), answers, money_taken, words };
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?;
    let entry = entry.ok_or_else(|| Refusal::not_found("没有这个案件。"))?;
    note_follow_up(&mut tx, actor, &entry, &new, ctx.now()).await?;
    Ok(tx)
}
