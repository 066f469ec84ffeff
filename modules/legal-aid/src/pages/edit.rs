//! Correcting what an application says, until it is decided on. A stale edit gets both versions side by side.

use super::{
    find,
    take::{Lists, read},
};
use crate::{
    actions::change_application::{ChangeRefusal, change_application, is_open},
    application::USUAL_PAPERS,
    store::Entry,
};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/edit.html")]
struct EditMain {
    form: Form,
    id: String,
    lists: Lists,
}

/// The fields as the form names them, with their words and values.
fn fields(ctx: &Ctx, entry: &Entry) -> Result<Vec<(&'static str, &'static str, String)>, kernel::Fault> {
    let others: Vec<&str> = entry.papers.lines().filter(|paper| !USUAL_PAPERS.contains(paper)).collect();
    Ok(vec![
        ("matter", "申请事项", entry.matter.clone()),
        ("story", "情况说明", entry.story(&ctx.app.db)?),
        ("opponent", "对方当事人", entry.opponent.clone()),
        ("hardship", "经济困难状况", entry.hardship.as_str().to_owned()),
        ("other_papers", "其他材料", others.join("\n")),
        ("agent_name", "代为申请的人", entry.agent_name.clone()),
        ("agent_relation", "与申请人的关系", entry.agent_relation.clone()),
        ("people", "受援人数", entry.people.to_string()),
    ])
}

/// `GET /aid/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    if !is_open(&entry) {
        return Err(ChangeRefusal::Decided.into());
    }
    let mut known: Vec<(&str, String)> =
        fields(&ctx, &entry)?.into_iter().map(|(name, _, value)| (name, value)).collect();
    known.push(("version", entry.version.to_string()));
    known.extend(
        entry.groups.split(';').filter(|code| !code.is_empty()).map(|code| ("groups", code.to_owned())),
    );
    known.extend(entry.papers.lines().map(|paper| ("papers", paper.to_owned())));
    if entry.green {
        known.push(("cannot_move", "1".to_owned()));
    }
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = ctx.form(&known);
    show(&ctx, form, &entry).await
}

async fn show(ctx: &Ctx, form: Form, entry: &Entry) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lists = Lists::of(ctx, &mut tx).await?;
    let href = format!("/aid/{}", entry.id);
    let main = EditMain { form, id: entry.id.to_string(), lists };
    Ok(Page::new("修改申请", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let lists = Lists::of(&ctx, &mut tx).await?;
    drop(tx);
    let version: i64 = form.get("version").parse().unwrap_or(0);
    if version != entry.version && is_open(&entry) {
        return Ok(merge(&ctx, &entry, &form)?.into_response());
    }
    let said = read(&lists, &mut form);
    let done = async {
        form.check()?;
        let mut tx = ctx.begin_write().await?;
        change_application(&mut tx, ctx.actor()?, &entry, version, &said, ctx.now()).await?;
        kernel::Result::Ok(tx)
    };
    match done.await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", entry.id), "已修改。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            let now = find(&ctx, &mut tx, &id).await?;
            drop(tx);
            if now.version != version && is_open(&now) {
                return Ok(merge(&ctx, &now, &form)?.into_response());
            }
            Ok(show(&ctx, form, &entry).await?.into_response())
        }
    }
}

/// Both versions side by side; sent again, the own one is meant.
fn merge(ctx: &Ctx, now: &Entry, form: &Form) -> Reply<Page> {
    let mut compared: Vec<MergeField> = fields(ctx, now)?
        .into_iter()
        .map(|(field, label, theirs)| MergeField { label, yours: form.get(field).to_owned(), theirs })
        .collect();
    compared.push(MergeField {
        label: "申请人的情况",
        yours: form.all("groups").join("、"),
        theirs: now.groups.replace(';', "、"),
    });
    compared.push(MergeField {
        label: "收到的材料",
        yours: form.all("papers").join("、"),
        theirs: now.papers.replace('\n', "、"),
    });
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let (action, href) = (format!("/aid/{}/edit", now.id), format!("/aid/{}", now.id));
    Merge { title: "这份申请", fields: compared, action: &action, href: &href, hidden }.page()
}
