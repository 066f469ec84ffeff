//! Assigning: three lawyers with the reasons for each, who is next in turn, all others below; those with a conflict of
//! interest, which can be looked into, and those who are barred last with why.

use super::{find, matter_name, matters};
use crate::{
    act::Act,
    actions::do_act::{ActRefusal, Saying, do_act},
    proposal::{Proposal, Ranked, Wanted, rank},
    store::{Entry, conflicts, handlers, turns},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Moment, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/assign.html")]
struct AssignMain {
    form: Form,
    entry: Entry,
    applicant: String,
    matter: String,
    first: Vec<Proposal>,
    others: Vec<Proposal>,
    /// Those with what may be a conflict of interest.
    doubtful: Vec<Proposal>,
    /// Those who cannot be asked.
    barred: Vec<Proposal>,
}

/// How many are proposed.
const PROPOSED: usize = 3;
/// How many others can be chosen from the list.
const OTHERS: usize = 60;

/// `GET /aid/{id}/assign`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[("version", &entry.version.to_string())]);
    page(&ctx, form, entry).await
}

async fn page(ctx: &Ctx, form: Form, entry: Entry) -> Reply<Page> {
    if !entry.facts().permits(Act::Offer) {
        return Err(crate::act::StageRefusal::NotNow.into());
    }
    let mut tx = ctx.begin_read().await?;
    let matters = matters(ctx, &mut tx).await?;
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let Ranked { free, doubtful, barred } = proposals(ctx, &mut tx, &entry).await?;
    let (first, others) = foremost(free);
    let href = format!("/aid/{}", entry.id);
    let main = AssignMain {
        matter: matter_name(&matters, &entry.matter),
        applicant,
        first,
        others,
        doubtful,
        barred,
        form,
        entry,
    };
    Ok(Page::new("指派", &main)?.crumb("法律援助", "/aid").crumb("案件", href).answering(&main.form))
}

/// Those who are shown first, and the others: the best, and whoever is next in turn.
fn foremost(mut free: Vec<Proposal>) -> (Vec<Proposal>, Vec<Proposal>) {
    let mut others = free.split_off(PROPOSED.min(free.len()));
    if let Some(next) = others.iter().position(|proposal| proposal.in_turn) {
        free.push(others.remove(next));
    }
    others.truncate(OTHERS);
    (free, others)
}

/// Everybody who could be asked, the best first, and what speaks against the others.
pub(crate) async fn proposals(ctx: &Ctx, tx: &mut Tx, entry: &Entry) -> Result<Ranked> {
    let today = ctx.today();
    let new_year = Day::new(today.year(), 1, 1).unwrap_or(today);
    let home = match entry.unit_id {
        Some(unit) => places::unit(tx, unit).await?.and_then(|unit| unit.lat.zip(unit.lon)),
        None => None,
    };
    let home = home.and_then(|(lat, lon)| geo::Wgs84::new(lat, lon));
    let candidates = handlers::candidates(tx, Moment::start_of(new_year).micros()).await?;
    let on_duty = turns::on_day(tx, today).await?.into_iter().map(|turn| (turn.lawyer_id, turn.organ));
    let on_duty: Vec<_> = on_duty.collect();
    let found = conflicts::findings(tx, entry, today).await?;
    let wanted = Wanted { matter: &entry.matter, home, today, on_duty: &on_duty };
    Ok(rank(candidates, wanted, &found))
}

/// `POST /aid/{id}/assign`
pub(crate) async fn offer(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_offer(&ctx, &entry, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", entry.id), "已指派，等待承办人确认。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &entry.version.to_string());
            Ok(page(&ctx, form, entry).await?.into_response())
        }
    }
}

async fn try_offer(ctx: &Ctx, seen: &Entry, form: &mut Form) -> Result<Tx> {
    let lawyer = form.id("lawyer", "请选择承办律师");
    if lawyer.is_none() && form.get("lawyer").is_empty() {
        form.error("lawyer", "请选择承办律师");
    }
    let words = form.text("words", 500);
    let why = form.text("cleared_why", 500);
    form.check()?;
    let cleared = (!form.get("cleared").is_empty()).then_some(why);
    let version: i64 = form.get("version").parse().unwrap_or(0);
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?;
    let entry = entry.ok_or_else(|| Refusal::not_found("没有这个案件。"))?;
    if entry.version != version {
        return Err(ActRefusal::Stale.into());
    }
    let saying = Saying { words, lawyer, cleared, ..Saying::default() };
    do_act(&mut tx, actor, &entry, Act::Offer, &saying, ctx.now()).await?;
    Ok(tx)
}

impl AssignMain {
    fn chosen(&self, proposal: &Proposal) -> bool {
        self.form.get("lawyer") == proposal.lawyer.id.to_string()
    }

    /// Whether one with a conflict was chosen, or nobody else can be.
    fn in_doubt(&self) -> bool {
        self.first.is_empty() || self.doubtful.iter().any(|proposal| self.chosen(proposal))
    }
}
