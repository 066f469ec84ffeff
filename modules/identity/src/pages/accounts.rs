//! The list of accounts: search, filter, page, export.

use crate::{
    ACCOUNTS_KEEP, ACCOUNTS_WRITE, SECURITY,
    account::{AccountState, TotpState},
    actions::combine,
    store::{self, account::AccountRow},
};
use ::store::Audit;
use askama::Template;
use axum::response::Response;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Role, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/accounts.html")]
struct AccountsMain {
    listing: Listing,
    accounts: Vec<AccountRow>,
    pager: Pager,
    may_write: bool,
    may_secure: bool,
    may_keep: bool,
    combined: bool,
    waiting: i64,
}

/// `GET /accounts`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let (accounts, total) = store::account::list(&mut tx, &listing).await?;
    let (accounts, pager) =
        listing.page(accounts, total, |account| (account.username.clone(), account.id.raw()));
    let main = AccountsMain {
        listing,
        accounts,
        pager,
        may_write: actor.may(ACCOUNTS_WRITE),
        may_secure: actor.may(SECURITY),
        may_keep: actor.may(ACCOUNTS_KEEP),
        combined: combine::is_combined(&mut tx).await?,
        waiting: store::account::proposals(&mut tx).await?,
    };
    Page::new("账号", &main)
}

impl AccountsMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/accounts.xlsx", &[])
    }
}

/// `GET /accounts.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_write().await?;
    let accounts = store::account::all(&mut tx, &listing).await?;
    let details = serde_json::json!({ "rows": accounts.len() });
    tx.audit(Audit::about(ctx.actor_id(), "identity.accounts.export", "identity_account").with(&details));
    tx.commit().await?;
    let sheet = Sheet {
        name: "账号".to_owned(),
        title: format!("{}账号名册", ctx.app.settings.bureau),
        subtitle: format!("截至 {}　共 {} 个", ctx.today().chinese(), accounts.len()),
        columns: vec![
            SheetColumn::text("用户名", 18.0),
            SheetColumn::text("姓名", 16.0),
            SheetColumn::text("角色", 36.0),
            SheetColumn::text("状态", 10.0),
            SheetColumn::text("两步验证", 10.0),
            SheetColumn::text("最近登录", 22.0),
        ],
        rows: accounts.into_iter().map(row).collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "账号名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

fn row(account: AccountRow) -> Vec<Cell> {
    let roles = account.role_labels();
    let second = if account.totp_state == TotpState::On { "已开启" } else { "未开启" };
    let last = account.last_login_at.map_or("从未".to_owned(), kernel::Moment::local);
    vec![
        account.username.into(),
        account.name.into(),
        roles.into(),
        account.state.label().into(),
        second.into(),
        last.into(),
    ]
}
