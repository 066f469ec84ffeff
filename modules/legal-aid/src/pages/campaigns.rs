//! Campaigns: which classes go first, until when.

use super::{matter_name, matters};
use crate::{
    actions::campaigns::{CampaignRefusal, begin, end},
    campaign::{Campaign, Scope},
    store::campaigns,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/campaigns.html")]
struct CampaignsMain {
    form: Form,
    lines: Vec<Line>,
    groups: Vec<(String, String)>,
    matters: Vec<(String, String)>,
}

struct Line {
    id: Id<Campaign>,
    title: String,
    whom: String,
    days: String,
    who: String,
    running: bool,
    over: bool,
}

/// `GET /aid/campaigns`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[("starts_on", &ctx.today().to_string())]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let today = ctx.today();
    let groups = parties::term_options(&mut tx, "group", today).await?;
    let matters = matters(ctx, &mut tx).await?;
    let named = |options: &[(String, String)], code: &str| match code {
        "" => None,
        code => Some(matter_name(options, code)),
    };
    let lines = campaigns::all(&mut tx).await?.into_iter().map(|row| {
        let whom = [named(&groups, &row.person_group), named(&matters, &row.matter)];
        Line {
            id: row.id,
            whom: whom.into_iter().flatten().collect::<Vec<_>>().join("，"),
            days: format!("{} 至 {}", row.starts_on, row.ends_on),
            running: row.starts_on <= today && today <= row.ends_on,
            over: row.ends_on < today,
            title: row.title,
            who: row.set_name,
        }
    });
    let main = CampaignsMain { lines: lines.collect(), groups, matters, form };
    Ok(Page::new("优先办理的专项活动", &main)?.crumb("法律援助", "/aid").narrow().answering(&main.form))
}

/// `POST /aid/campaigns`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/aid/campaigns", "已开始，这些天收到的申请优先办理。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let title = form.need("title", "请填写活动名称");
    form.need("starts_on", "请填写开始日期");
    form.need("ends_on", "请填写结束日期");
    let starts_on = form.parse("starts_on", Day::parse);
    let ends_on = form.parse("ends_on", Day::parse);
    form.check()?;
    let (Some(starts_on), Some(ends_on)) = (starts_on, ends_on) else {
        return Err(CampaignRefusal::BadDays.into());
    };
    let (person_group, matter) = (form.get("person_group").to_owned(), form.get("matter").to_owned());
    let scope = Scope { person_group, matter, starts_on, ends_on };
    let mut tx = ctx.begin_write().await?;
    begin(&mut tx, ctx.actor()?, &title, &scope, ctx.now()).await?;
    Ok(tx)
}

/// `POST /aid/campaigns/{id}/end`
pub(crate) async fn finish(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_finish(&ctx, &id).await {
        Ok(tx) => ctx.see_other(tx, "/aid/campaigns", "已结束，今天起不再优先。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_finish(ctx: &Ctx, id: &str) -> Result<Tx> {
    let id: Id<Campaign> = id.parse().map_err(|_| CampaignRefusal::Over)?;
    let mut tx = ctx.begin_write().await?;
    end(&mut tx, ctx.actor()?, id, ctx.now()).await?;
    Ok(tx)
}
