//! One village: its adviser now and before, and appointing or replacing him.

use crate::{
    APPOINT, Appointment, Current,
    actions::appoint::appoint,
    store::appointments::{self, HistoryRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use counsel::{Lawyer, LawyerRow, LawyerState};
use kernel::{Day, Id, Refusal, Result};
use places::UnitRow;
use web::{Ctx, Form, Page, Reach, Reply};

/// A lawyer with what helps to choose (选优配强).
pub(crate) struct Candidate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) firm: String,
    pub(crate) years: i64,
    pub(crate) assessment: String,
    pub(crate) discipline: String,
    pub(crate) load: i64,
}

#[derive(Template)]
#[template(path = "pages/appoint.html")]
struct AppointMain {
    form: Form,
    unit: UnitRow,
    current: Option<(Current, LawyerRow, String)>,
    history: Vec<HistoryRow>,
    candidates: Vec<Candidate>,
    options: Vec<(String, String)>,
    may_appoint: bool,
    search: String,
}

/// Active lawyers with their load, those with the best standing first.
pub(crate) async fn candidates(tx: &mut Tx, today: Day, q: Option<&str>) -> Result<Vec<Candidate>> {
    let loads = appointments::loads(tx).await?;
    let mut list: Vec<Candidate> = counsel::lawyers(tx, &Reach::Region, q, None)
        .await?
        .into_iter()
        .filter(|lawyer| lawyer.state == LawyerState::Active)
        .map(|lawyer| Candidate {
            load: loads.iter().find(|(id, _)| *id == lawyer.id).map_or(0, |(_, load)| *load),
            years: counsel::practice_years(lawyer.licensed_since, today),
            id: lawyer.id.to_string(),
            name: lawyer.name,
            firm: lawyer.firm_name,
            assessment: lawyer.assessment,
            discipline: lawyer.discipline,
        })
        .collect();
    list.sort_by(|a, b| {
        (!a.discipline.is_empty(), a.load, &a.name).cmp(&(!b.discipline.is_empty(), b.load, &b.name))
    });
    Ok(list)
}

/// The same as choices of a select.
pub(crate) fn options(candidates: &[Candidate]) -> Vec<(String, String)> {
    candidates
        .iter()
        .map(|c| {
            (c.id.clone(), format!("{}（{}，执业 {} 年，现任 {} 个村）", c.name, c.firm, c.years, c.load))
        })
        .collect()
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<UnitRow> {
    let gone = || Refusal::not_found("没有这个村（社区），或者不在您的管辖范围内。");
    let id = id.parse().map_err(|_| gone())?;
    let unit = places::unit(tx, id).await?.ok_or_else(gone)?;
    let actor = ctx.actor()?;
    let inside = match actor.reach() {
        Reach::Region => true,
        Reach::Towns(towns) => towns.contains(&unit.town_id.raw()),
        Reach::Firm(_) | Reach::Lawyer(_) => {
            appointments::coverage(tx, &actor.reach(), None, None).await?.iter().any(|row| row.id == id)
        }
        Reach::Unit(own) => own == id.raw(),
        Reach::Nothing => false,
    };
    if inside { Ok(unit) } else { Err(gone().into()) }
}

/// `GET /coverage/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let unit = find(&ctx, &mut tx, &id).await?;
    let version = crate::current(&mut tx, unit.id).await?.map_or(0, |current| current.version);
    let form = ctx.form(&[("from", &ctx.today().to_string()), ("version", &version.to_string())]);
    page(&ctx, &mut tx, unit, form).await
}

async fn page(ctx: &Ctx, tx: &mut Tx, unit: UnitRow, form: Form) -> Reply<Page> {
    let current = match crate::current(tx, unit.id).await? {
        Some(current) => match counsel::lawyer(tx, current.lawyer_id).await? {
            Some(lawyer) => {
                let phone = counsel::phone(tx.db(), &lawyer.phone_sealed)?
                    .map(|phone| phone.as_str().to_owned())
                    .unwrap_or_default();
                Some((current, lawyer, phone))
            }
            None => None,
        },
        None => None,
    };
    let may_appoint = ctx.actor()?.may(APPOINT);
    let candidates = if may_appoint { candidates(tx, ctx.today(), None).await? } else { Vec::new() };
    let history = appointments::history(tx, unit.id).await?;
    let search = format!("/services?unit={}", unit.id);
    let main = AppointMain {
        options: options(&candidates),
        candidates,
        history,
        current,
        may_appoint,
        search,
        unit,
        form,
    };
    Ok(Page::new(main.unit.short_name.clone(), &main)?
        .crumb("法律顾问覆盖", "/coverage")
        .answering(&main.form))
}

/// `POST /coverage/{id}`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let unit = find(&ctx, &mut tx, &id).await?;
    match try_save(&ctx, &unit, &mut form).await {
        Ok((tx, done)) => ctx.see_other(tx, &format!("/coverage/{}", unit.id), done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, &mut tx, unit, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, unit: &UnitRow, form: &mut Form) -> Result<(Tx, &'static str)> {
    let ending = !form.get("end").is_empty();
    let lawyer: Option<Id<Lawyer>> =
        if ending { None } else { form.id("lawyer", "请从名单中选择法律顾问") };
    if lawyer.is_none() && !ending && form.get("lawyer").is_empty() {
        form.error("lawyer", "请选择法律顾问");
    }
    let from = form.parse("from", Day::parse);
    if from.is_none() && form.get("from").is_empty() {
        form.error("from", "请填写起聘日期");
    }
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    form.check()?;
    let Some(from) = from else { return Err(Refusal::invalid("请填写起聘日期").into()) };
    let reason = form.get("reason").to_owned();
    let mut tx = ctx.begin_write().await?;
    appoint(
        &mut tx,
        ctx.actor_id(),
        &Appointment { unit: unit.id, lawyer, from, reason, version },
        ctx.now(),
    )
    .await?;
    Ok((
        tx,
        if ending {
            "已解聘，该村（社区）现为空缺，请尽快补齐。"
        } else {
            "已聘任。"
        },
    ))
}
