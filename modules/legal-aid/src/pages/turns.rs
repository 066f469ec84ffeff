//! One turn of the rota: whose it is and how it came to be so; giving it to somebody else, exchanging it, cancelling it.

use crate::{
    ROTA,
    actions::rota::{RotaRefusal, cancel_turn, replace_turn, swap_turns},
    rota::{Turn, TurnState},
    store::turns::{self, TurnRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/turn.html")]
struct TurnMain {
    form: Form,
    row: TurnRow,
    /// Everything that stood there that day, the first first.
    history: Vec<TurnRow>,
    /// Who is free then.
    lawyers: Vec<(String, String)>,
    /// With which turns it can be exchanged.
    others: Vec<(String, String)>,
    may_change: bool,
    /// Whether it is over, for somebody who could have changed it before.
    is_past: bool,
    may_note: bool,
}

/// So many days ahead turns can be exchanged.
const AHEAD: i64 = 62;

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<TurnRow> {
    let missing = || Refusal::not_found("没有这次值班，或者不是您能看的。");
    let id: Id<Turn> = id.parse().map_err(|_| missing())?;
    Ok(turns::turn(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /aid/rota/turns/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[("version", &row.version.to_string())]);
    show_one(&ctx, form, row).await
}

async fn show_one(ctx: &Ctx, form: Form, row: TurnRow) -> Reply<Page> {
    let (actor, today) = (ctx.actor()?, ctx.today());
    let all = actor.may(ROTA);
    let may_change = all && row.is_planned() && row.on_day >= today;
    let is_past = all && row.is_planned() && row.on_day < today;
    let mut tx = ctx.begin_read().await?;
    let mut history = turns::of_place(&mut tx, row.post_id, row.on_day).await?;
    // Whose it was before is for those who keep the rota.
    history.retain(|other| other.half.meets(row.half) && (all || other.lawyer_id == row.lawyer_id));
    let (mut lawyers, mut others) = (Vec::new(), Vec::new());
    if may_change {
        let same_day = turns::on_day(&mut tx, row.on_day).await?;
        for lawyer in turns::practising(&mut tx).await? {
            let busy = same_day.iter().any(|t| t.lawyer_id == lawyer.id && t.half.meets(row.half));
            if !busy && row.place.admits(lawyer.kind) {
                lawyers.push((lawyer.id.to_string(), format!("{}（{}）", lawyer.name, lawyer.firm_name)));
            }
        }
        for other in turns::between(&mut tx, today, today.add_days(AHEAD)).await? {
            if other.lawyer_id != row.lawyer_id {
                let label = format!("{}：{}，{}", other.lawyer_name, other.said(), other.organ);
                others.push((other.id.to_string(), label));
            }
        }
    }
    let may_note = actor.may(crate::HELP) && row.is_planned() && row.place.help().is_some();
    let main = TurnMain { form, history, lawyers, others, may_change, is_past, may_note, row };
    Ok(Page::new("值班", &main)?
        .crumb("法律援助", "/aid")
        .crumb("值班排班", main.month_href())
        .narrow()
        .answering(&main.form))
}

impl TurnMain {
    fn month_href(&self) -> String {
        format!("/aid/rota?month={}", super::rota::month_text(self.row.on_day))
    }

    /// Whether the form with that field came back with something to correct: only that one is opened.
    fn came_back(&self, field: &str) -> bool {
        self.form.status().is_some() && self.form.pairs().any(|(name, _)| name == field)
    }

    fn note_href(&self) -> String {
        let place = self.row.place.help().map_or("", |place| place.as_str());
        format!("/aid/help/new?place={place}&day={}", self.row.on_day)
    }
}

/// The row as the person saw it: with its version, so that a stale form changes nothing.
fn as_seen(row: &TurnRow, form: &Form) -> TurnRow {
    TurnRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() }
}

/// `POST /aid/rota/turns/{id}/replace`
pub(crate) async fn replace(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_replace(&ctx, &row, &mut form).await {
        Ok((tx, id)) => {
            ctx.see_other(tx, &format!("/aid/rota/turns/{id}"), "已换班，系统会提醒两位律师。").await
        }
        Err(error) => again(&ctx, form, row, error).await,
    }
}

async fn try_replace(ctx: &Ctx, row: &TurnRow, form: &mut Form) -> Result<(Tx, Id<Turn>)> {
    form.need("lawyer", "请选择接替的律师。");
    form.need("reason", "请写明原因，例如开庭、请假");
    let lawyer = form.id("lawyer", "请重新选择接替的律师");
    let reason = form.text("reason", 200);
    form.check()?;
    let lawyer = lawyer.ok_or(RotaRefusal::NoLawyer)?;
    let mut tx = ctx.begin_write().await?;
    let id = replace_turn(&mut tx, ctx.actor()?, &as_seen(row, form), lawyer, &reason, ctx.now()).await?;
    Ok((tx, id))
}

/// `POST /aid/rota/turns/{id}/swap`
pub(crate) async fn swap(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_swap(&ctx, &row, &mut form).await {
        Ok((tx, id)) => {
            ctx.see_other(tx, &format!("/aid/rota/turns/{id}"), "已对调，系统会提醒两位律师。").await
        }
        Err(error) => again(&ctx, form, row, error).await,
    }
}

async fn try_swap(ctx: &Ctx, row: &TurnRow, form: &mut Form) -> Result<(Tx, Id<Turn>)> {
    form.need("other", "请选择和哪一次对调");
    form.need("swap_reason", "请写明原因，例如开庭、请假");
    let other: Option<Id<Turn>> = form.id("other", "请重新选择和哪一次对调");
    let reason = form.text("swap_reason", 200);
    form.check()?;
    let other = other.ok_or(RotaRefusal::NoOther)?;
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let other = turns::turn(&mut tx, &actor.reach(), other).await?.ok_or(RotaRefusal::NoOther)?;
    let id = swap_turns(&mut tx, actor, &as_seen(row, form), &other, &reason, ctx.now()).await?;
    Ok((tx, id))
}

/// `POST /aid/rota/turns/{id}/cancel`
pub(crate) async fn cancel(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_cancel(&ctx, &row, &mut form).await {
        Ok(tx) => {
            let month = super::rota::month_text(row.on_day);
            ctx.see_other(tx, &format!("/aid/rota?month={month}"), "已取消这次值班，系统会提醒律师。").await
        }
        Err(error) => again(&ctx, form, row, error).await,
    }
}

async fn try_cancel(ctx: &Ctx, row: &TurnRow, form: &mut Form) -> Result<Tx> {
    form.need("cancel_reason", "请写明原因");
    let reason = form.text("cancel_reason", 200);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    cancel_turn(&mut tx, ctx.actor()?, &as_seen(row, form), &reason, ctx.now()).await?;
    Ok(tx)
}

async fn again(ctx: &Ctx, mut form: Form, row: TurnRow, error: kernel::Error) -> Reply {
    ctx.refused(error, &mut form)?;
    form.set("version", &row.version.to_string());
    Ok(show_one(ctx, form, row).await?.into_response())
}
