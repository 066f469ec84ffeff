//! The matrix of roles and permissions, read from what the modules declare.

use crate::actions::combine;
use askama::Template;
use web::{Ctx, Page, Permission, Reply, Role};

#[derive(Template)]
#[template(path = "pages/matrix.html")]
struct MatrixMain {
    rows: Vec<Permission>,
    combined: bool,
    accounts: bool,
    administrators: bool,
}

/// `GET /accounts/matrix`
pub(crate) async fn matrix(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let combined = combine::is_combined(&mut tx).await?;
    let rows = ctx.app.modules.iter().flat_map(|module| module.permissions).copied().collect();
    let actor = ctx.actor()?;
    let (accounts, administrators) = (actor.may(crate::ACCOUNTS_READ), actor.may(crate::ADMINISTRATORS));
    Ok(Page::new("权限矩阵", &MatrixMain { rows, combined, accounts, administrators })?.landscape())
}
