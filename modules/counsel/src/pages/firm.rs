//! One firm: what it is, who is in it, and whom it is retained by.

use crate::{
    WRITE,
    firm::Firm,
    pages::lawyers::id_of,
    store::{
        self, FirmRow,
        retainers::{self, RetainerRow},
    },
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/firm.html")]
struct FirmMain {
    firm: FirmRow,
    phone: String,
    lawyers: i64,
    retainers: Vec<RetainerRow>,
    today: Day,
    may_write: bool,
}

/// What is said about a firm that is not there, or that the account does not reach.
const MISSING: &str = "没有这家机构。";

/// The firm an address names, if the account reaches it.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<FirmRow> {
    let id: Id<Firm> = id_of(id, MISSING)?;
    let reached = match ctx.actor()?.reach() {
        Reach::Region | Reach::Towns(_) => true,
        Reach::Firm(own) => own == id.raw(),
        _ => false,
    };
    let firm = if reached { store::firm(tx, id).await? } else { None };
    Ok(firm.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /firms/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let firm = find(&ctx, &mut tx, &id).await?;
    let main = FirmMain {
        phone: crate::firm_phone(&ctx.app.db, &firm.phone_sealed)?
            .map_or("未登记".to_owned(), |phone| phone.as_str().to_owned()),
        lawyers: store::lawyers_of_firm(&mut tx, firm.id).await?,
        retainers: retainers::of_firm(&mut tx, firm.id).await?,
        today: ctx.today(),
        may_write: ctx.actor()?.may(WRITE),
        firm,
    };
    Ok(Page::new(main.firm.name.clone(), &main)?.crumb("律所", "/firms"))
}
