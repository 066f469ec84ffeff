//! The matrix of roles and permissions, read from what the modules declare.

use askama::Template;
use web::{Ctx, Page, Permission, Reply, Role};

#[derive(Template)]
#[template(path = "pages/matrix.html")]
struct MatrixMain {
    rows: Vec<Permission>,
    combined: bool,
    accounts: bool,
}

/// `GET /accounts/matrix`
pub(crate) async fn matrix(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let combined = ::store::setting(&mut tx, "combined_administrators").await?.as_deref() == Some("yes");
    let rows = ctx.app.modules.iter().flat_map(|module| module.permissions).copied().collect();
    let accounts = ctx.actor()?.may(crate::ACCOUNTS_READ);
    Ok(Page::new("权限矩阵", &MatrixMain { rows, combined, accounts })?.landscape())
}
