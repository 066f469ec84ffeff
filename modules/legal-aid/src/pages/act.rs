//! One page for every act: what it asks for comes from the registry of acts.

use super::find;
use crate::{
    act::{Act, Words},
    actions::do_act::{Saying, do_act, may},
    case::Decision,
    particulars::Domain,
    store::Entry,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/act.html")]
struct ActMain {
    form: Form,
    entry: Entry,
    act: Act,
    applicant: String,
    codes: Vec<(String, String)>,
    reasons: Vec<(String, String)>,
    decisions: Vec<(String, String)>,
}

/// Whether the act is done here: assigning and approving the subsidy have pages of their own.
fn has_this_page(act: Act) -> bool {
    !matches!(act, Act::Offer | Act::Price)
}

fn unknown() -> Refusal {
    Refusal::not_found("没有这种办理。")
}

/// `GET /aid/{id}/act/{act}`
pub(crate) async fn ask(ctx: Ctx, Path((id, act)): Path<(String, String)>) -> Reply<Page> {
    let act = Act::from_text(&act).filter(|act| has_this_page(*act)).ok_or_else(unknown)?;
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    may(ctx.actor()?, &entry, act)?;
    if !entry.facts().permits(act) {
        return Err(crate::act::StageRefusal::NotNow.into());
    }
    drop(tx);
    let proposal = entry.proposal.map_or("grant", Decision::as_str);
    let known = [
        ("version", entry.version.to_string()),
        ("on", ctx.today().to_string()),
        ("decision", proposal.to_owned()),
    ];
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = ctx.form(&known);
    show(&ctx, form, entry, act).await
}

async fn show(ctx: &Ctx, form: Form, entry: Entry, act: Act) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let today = ctx.today();
    let domain = entry.settled().domain;
    let codes = match act.code_list(domain == Domain::Criminal) {
        Some(list) => parties::term_options(&mut tx, list, today)
            .await?
            .into_iter()
            .filter(|(code, _)| act.takes_code(domain, code))
            .collect(),
        None => Vec::new(),
    };
    let reasons =
        if act.asks_decision() { parties::term_options(&mut tx, "refuse", today).await? } else { Vec::new() };
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let decisions = Decision::ALL.iter().map(|d| (d.as_str().to_owned(), d.label().to_owned())).collect();
    let href = format!("/aid/{}", entry.id);
    let main = ActMain { applicant, codes, reasons, decisions, act, form, entry };
    Ok(Page::new(act.label(), &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/act/{act}`
pub(crate) async fn act(ctx: Ctx, Path((id, act)): Path<(String, String)>, mut form: Form) -> Reply {
    let act = Act::from_text(&act).filter(|act| has_this_page(*act)).ok_or_else(unknown)?;
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_act(&ctx, &entry, act, &mut form).await {
        Ok(tx) => {
            ctx.see_other(tx, &format!("/aid/{}", entry.id), &format!("已办理：{}。", act.label())).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            // What stands now is shown; sent again, it is meant for that.
            form.set("version", &entry.version.to_string());
            Ok(show(&ctx, form, entry, act).await?.into_response())
        }
    }
}

async fn try_act(ctx: &Ctx, seen: &Entry, act: Act, form: &mut Form) -> Result<Tx> {
    let saying = read(act, form);
    form.check()?;
    let version: i64 = form.get("version").parse().unwrap_or(0);
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    // The entry as it stands now, with the version that the person saw: a stale one is refused, nothing is lost.
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?.ok_or_else(unknown)?;
    may(actor, &entry, act)?;
    if entry.version != version {
        return Err(crate::actions::do_act::ActRefusal::Stale.into());
    }
    do_act(&mut tx, actor, &entry, act, &saying, ctx.now()).await?;
    Ok(tx)
}

/// Whole yuan.
pub(crate) fn yuan(text: &str) -> Result<i64, &'static str> {
    match text.trim().parse::<i64>() {
        Ok(amount) if amount >= 0 => Ok(amount),
        _ => Err("金额请填写 0 或者正整数，单位为元"),
    }
}

fn read(act: Act, form: &mut Form) -> Saying {
    let on = if act.asks_day() { form.parse("on", Day::parse) } else { None };
    if act.asks_day() && on.is_none() && form.get("on").is_empty() {
        form.error("on", "请填写日期");
    }
    let amount = match act {
        Act::File => form.parse("amount", yuan),
        _ => None,
    };
    let wages = match act {
        Act::File => form.parse("wages", yuan).unwrap_or(0),
        _ => 0,
    };
    let decision = if act.asks_decision() { Decision::from_text(form.get("decision")) } else { None };
    let code = match decision {
        Some(Decision::Grant) => String::new(),
        _ => form.get("code").to_owned(),
    };
    Saying {
        words: form.text("words", 2000),
        code,
        decision,
        on,
        lawyer: None,
        cleared: None,
        subsidy: None,
        amount,
        wages,
        no_conflict: form.has("no_conflict", "1"),
    }
}

impl ActMain {
    fn words_label(&self) -> &'static str {
        match self.act.words() {
            Words::Needed => "情况和意见",
            Words::Optional => "说明（选填）",
        }
    }

    /// Whether some of what was recovered can be wages of migrant workers.
    fn asks_wages(&self) -> bool {
        self.act == Act::File && self.entry.settled().domain == Domain::Civil
    }

    fn asks_amount(&self) -> Option<(&'static str, &'static str)> {
        match self.act {
            Act::File => Some(("挽回损失或者取得利益（元）（选填）", "没有的填 0")),
            _ => None,
        }
    }
}
