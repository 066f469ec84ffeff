//! The three administrators: who they are, whether one person may be several of them, and who decided that.

use crate::{
    ADMINISTRATORS,
    account::is_admin,
    actions::combine::{self, CombineRefusal},
    store::{self, account::AccountRow, combination::RequestRow},
};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::Result;
use web::{Ctx, Form, Page, Reply, Role};

#[derive(Template)]
#[template(path = "pages/administrators.html")]
struct AdministratorsMain {
    form: Form,
    combined: bool,
    holders: Vec<(Role, Vec<AccountRow>)>,
    open: Option<RequestRow>,
    own: bool,
    past: Vec<RequestRow>,
    may: bool,
}

/// `GET /accounts/administrators`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let mut holders = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| is_admin(*role)) {
        holders.push((role, store::account::holders(&mut tx, role).await?));
    }
    let (open, past): (Vec<_>, Vec<_>) =
        store::combination::all(&mut tx).await?.into_iter().partition(|row| row.outcome == "open");
    let open = open.into_iter().next();
    let main = AdministratorsMain {
        form,
        combined: combine::is_combined(&mut tx).await?,
        holders,
        own: open.as_ref().is_some_and(|open| open.requested_by == actor.id),
        open,
        past,
        may: actor.may(ADMINISTRATORS),
    };
    Ok(Page::new("三员管理", &main)?.crumb("账号", "/accounts").narrow().answering(&main.form))
}

impl RequestRow {
    fn what(&self) -> &'static str {
        if self.wanted { "允许一人兼任" } else { "不再允许兼任" }
    }

    fn result(&self) -> &'static str {
        if self.outcome == "approved" { "已批准" } else { "未批准" }
    }
}

/// `POST /accounts/administrators`
pub(crate) async fn request(ctx: Ctx, mut form: Form) -> Reply {
    match try_request(&ctx, &mut form).await {
        Ok(tx) => {
            ctx.see_other(tx, "/accounts/administrators", "已提交申请，请另一位系统管理员或安全管理员批准。")
                .await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_request(ctx: &Ctx, form: &mut Form) -> Result<::store::Tx> {
    let reason = form.text("reason", 200);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    combine::request(&mut tx, ctx.actor()?, form.get("wanted") == "1", &reason).await?;
    Ok(tx)
}

/// `POST /accounts/administrators/{id}`
pub(crate) async fn decide(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let approve = match form.get("decision") {
        "approve" => true,
        "refuse" => false,
        _ => return Err(CombineRefusal::Gone.into()),
    };
    let mut tx = ctx.begin_write().await?;
    let on = combine::decide(&mut tx, ctx.actor()?, &id, approve).await?;
    let done = match (approve, on) {
        (false, _) => "已退回申请。",
        (true, true) => "已批准：可以由一人兼任几个管理员。",
        (true, false) => "已批准：三个管理员今后由不同的人担任。",
    };
    ctx.see_other(tx, "/accounts/administrators", done).await
}
