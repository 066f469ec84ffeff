//! Accounts that nobody has used for long, and taking several of them out of use together.

use crate::{account, actions::change_account, store};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Moment, Result};
use store::account::AccountRow;
use web::{Ctx, Form, Listing, Page, Reply};

/// Days without a log-in, as one may choose.
const DAYS: [i64; 4] = [90, 180, 365, 30];

#[derive(Template)]
#[template(path = "pages/unused.html")]
struct UnusedMain {
    form: Form,
    days: i64,
    rows: Vec<(AccountRow, bool)>,
}

/// `GET /accounts/unused`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let actor = ctx.actor()?;
    let asked =
        Listing::of(&ctx.uri).get("days").or(Some(form.get("days"))).and_then(|text| text.parse().ok());
    let days = asked.filter(|days| DAYS.contains(days)).unwrap_or(DAYS[1]);
    let before = ctx.app.db.wall().now().plus_seconds(-days * 86_400);
    let mut tx = ctx.begin_read().await?;
    let rows = store::account::unused_since(&mut tx, before).await?;
    let may = |row: AccountRow| {
        let may = account::may_reset(actor, row.id, &row.roles());
        (row, may)
    };
    let main = UnusedMain { form, days, rows: rows.into_iter().map(may).collect() };
    Ok(Page::new("长期不用的账号", &main)?.crumb("账号", "/accounts").answering(&main.form))
}

impl UnusedMain {
    fn choices(&self) -> Vec<i64> {
        let mut days = DAYS.to_vec();
        days.sort_unstable();
        days
    }
}

impl AccountRow {
    fn last_seen(&self) -> Moment {
        self.last_login_at.unwrap_or(self.created_at)
    }
}

/// `POST /accounts/unused`
pub(crate) async fn deactivate(ctx: Ctx, mut form: Form) -> Reply {
    match try_deactivate(&ctx, &mut form).await {
        Ok((tx, count)) => {
            let href =
                format!("/accounts/unused?days={}", form.get("days").parse::<i64>().unwrap_or(DAYS[1]));
            ctx.see_other(tx, &href, &format!("已停用 {count} 个账号。")).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_deactivate(ctx: &Ctx, form: &mut Form) -> Result<(::store::Tx, usize)> {
    let reason = form.text("reason", 100);
    form.check()?;
    let ids: Vec<String> = form.all("accounts").into_iter().map(str::to_owned).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut tx = ctx.begin_write().await?;
    let count = change_account::deactivate_all(&mut tx, ctx.actor()?, &ids, &reason).await?;
    Ok((tx, count))
}
