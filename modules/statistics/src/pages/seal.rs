//! Before a period is sealed: its figures once more, what is still open, and the button.

use super::view::{self, address};
use crate::{
    actions::seal_period::{Order, Prepared, SealRefusal, prepare, seal_period},
    bulletin::{Adjustment, BulletinFigure},
    late,
    print::{in_year, signed},
    store::{checks, seals},
};
use ::store::{Tx, tally::FigureDef};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Period, Result};
use std::collections::BTreeMap;
use web::{Check, Ctx, Form, Listing, Page, Reply, chart::thousands};

#[derive(Template)]
#[template(path = "pages/seal.html")]
struct SealMain {
    form: Form,
    label: String,
    span: String,
    scheme: &'static str,
    scheme_key: &'static str,
    as_of: Day,
    /// Whether it can be sealed at all.
    ready: bool,
    /// How many facts are behind it.
    facts: i64,
    who: String,
    warnings: Vec<Warning>,
    figures: Vec<BulletinFigure>,
    adjustments: Vec<Adjustment>,
    action: String,
    back: String,
}

/// Something that should be looked at before.
struct Warning {
    text: String,
    hint: String,
    href: Option<String>,
    grave: bool,
    /// The check's name and how much it found.
    found: (String, usize),
}

/// What was asked for.
struct Asked {
    period: Period,
    as_of: Option<Day>,
}

impl Asked {
    fn of(ctx: &Ctx, period: &str) -> Result<Self> {
        let listing = Listing::of(&ctx.uri);
        let period = Period::parse(view::scheme(&listing)?, period)?;
        Ok(Self { period, as_of: view::as_of(&listing)? })
    }

    fn href(&self, rest: &str) -> String {
        address(self.period, None, rest, &[])
    }
}

/// `GET /statistics/{period}/seal`
pub(crate) async fn ask(ctx: Ctx, Path(period): Path<String>) -> Reply<Page> {
    let asked = Asked::of(&ctx, &period)?;
    page(&ctx, &asked, ctx.form(&[])).await
}

async fn page(ctx: &Ctx, asked: &Asked, mut form: Form) -> Reply<Page> {
    let figures = view::figures(ctx);
    let mut tx = ctx.begin_read().await?;
    let warnings = warnings(ctx, &mut tx, asked, &figures).await?;
    let order = order(ctx, asked, &warnings)?;
    let who = order.by.1.clone();
    let prepared = match prepare(&mut tx, &figures, order).await {
        Ok(prepared) => Some(prepared),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            None
        }
    };
    let bulletin = prepared.as_ref().map(|prepared| prepared.bulletin().clone());
    let main = SealMain {
        label: asked.period.label(),
        span: asked.period.span_label(),
        scheme: asked.period.scheme().label(),
        scheme_key: asked.period.scheme().key(),
        as_of: bulletin.as_ref().map_or(asked.period.last(), |bulletin| bulletin.as_of),
        ready: prepared.is_some(),
        facts: prepared.as_ref().map_or(0, Prepared::facts),
        who,
        warnings,
        adjustments: bulletin.as_ref().map(|bulletin| bulletin.adjustments.clone()).unwrap_or_default(),
        figures: bulletin.map(|bulletin| bulletin.figures).unwrap_or_default(),
        action: asked.href("/seal"),
        back: asked.href(""),
        form,
    };
    Ok(Page::new(format!("{}定稿", main.label), &main)?
        .crumb("统计报表", asked.href(""))
        .answering(&main.form))
}

/// `POST /statistics/{period}/seal`
pub(crate) async fn seal(ctx: Ctx, Path(period): Path<String>, mut form: Form) -> Reply {
    let mut asked = Asked::of(&ctx, &period)?;
    asked.as_of = form.parse("as_of", Day::parse);
    match try_seal(&ctx, &asked, &mut form).await {
        Ok((tx, id)) => {
            let done = format!("{}已定稿。", asked.period.label());
            ctx.see_other(tx, &format!("/statistics/seals/{id}"), &done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &asked, form).await?.into_response())
        }
    }
}

async fn try_seal(ctx: &Ctx, asked: &Asked, form: &mut Form) -> Result<(Tx, String)> {
    let figures = view::figures(ctx);
    let prepared = {
        let mut tx = ctx.begin_read().await?;
        let warnings = warnings(ctx, &mut tx, asked, &figures).await?;
        let sealed = seals::standing(&mut tx, asked.period).await?.is_some();
        if !warnings.is_empty() && form.get("aware").is_empty() && !sealed {
            form.error("aware", "请先看过上面的提醒，再勾选这里。");
        }
        form.check()?;
        let order = order(ctx, asked, &warnings)?;
        prepare(&mut tx, &figures, order).await
    };
    // A doubled request gets its first answer, whatever is the matter with the second one.
    let mut tx = ctx.begin_write().await?;
    let seen = form.get("seen").parse().map_err(|_| SealRefusal::Stale)?;
    let id = seal_period(&mut tx, prepared?, Some(seen)).await?;
    Ok((tx, id))
}

fn order(ctx: &Ctx, asked: &Asked, warnings: &[Warning]) -> Result<Order> {
    let actor = ctx.actor()?;
    let open: BTreeMap<String, usize> = warnings.iter().map(|warning| warning.found.clone()).collect();
    Ok(Order {
        period: asked.period,
        as_of: asked.as_of,
        today: ctx.today(),
        district: ctx.app.settings.district.clone(),
        by: (Some(actor.id), actor.name.clone()),
        open,
    })
}

/// What should be looked at before: what the checks of today found, what was entered lately, what is late.
async fn warnings(ctx: &Ctx, tx: &mut Tx, asked: &Asked, figures: &[FigureDef]) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    let known = checks::since(tx, ctx.today().add_days(-1)).await?;
    for check in web::checks(&ctx.app.modules) {
        let last = known.iter().rfind(|row| row.check_key == check.id && !row.failed);
        let found = match last {
            Some(row) => usize::try_from(row.findings)?,
            // The long ones are the night's work; the sums behind this very period are compared below anyway.
            None if ["store.", "statistics."].iter().any(|kind| check.id.starts_with(kind)) => continue,
            None => found_now(ctx, &check).await,
        };
        if found > 0 {
            warnings.push(of_check(&check, found));
        }
    }
    if known.is_empty() {
        warnings.push(Warning {
            text: "最近两天没有做过数据核对".to_owned(),
            hint: "建议先到“数据核对”点“立即核对”。".to_owned(),
            href: Some("/checks".to_owned()),
            grave: false,
            found: ("statistics.checks.none".to_owned(), 1),
        });
    }
    let measures: Vec<String> =
        late::happening(figures).iter().map(|measure| measure.key.to_owned()).collect();
    let (first, last) = (asked.period.first(), asked.period.last());
    let since = ctx.now().plus_seconds(-RECENT_HOURS * 3600);
    let recent = seals::entered_since(tx, &measures, first, last, since).await?;
    if recent > 0 {
        warnings.push(Warning {
            text: format!("最近 {RECENT_HOURS} 小时还录入了 {} 条属于本期的记录", thousands(recent)),
            hint: "可能还有人在补录，请先问清楚。".to_owned(),
            href: None,
            grave: false,
            found: ("statistics.entered_lately".to_owned(), usize::try_from(recent)?),
        });
    }
    Ok(warnings)
}

/// What a check finds now; one that fails must not keep anybody from sealing, and is told of by the night's run.
async fn found_now(ctx: &Ctx, check: &Check) -> usize {
    let found = async {
        let mut tx = ctx.begin_read().await?;
        (check.run)(&mut tx, ctx.today()).await
    };
    match found.await {
        Ok(found) => found.len(),
        Err(fault) => {
            tracing::error!(check = check.id, %fault, "a check could not be run");
            1
        }
    }
}

/// Entries of the last day may be the beginning of more.
const RECENT_HOURS: i64 = 24;

fn of_check(check: &Check, found: usize) -> Warning {
    Warning {
        text: format!("{}：{found} 处", check.title),
        hint: check.mend.to_owned(),
        href: Some(format!("/checks/{}", check.id)),
        grave: check.grave,
        found: (check.id.to_owned(), found),
    }
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
