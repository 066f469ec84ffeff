//! Open invitations: whose they are, when they end, taking them back, giving new ones.

use crate::{
    account,
    actions::{
        change_account::{self, may_revoke},
        invite::InvitationKind,
    },
    store::{self, invitation::OpenInvitation},
};
use askama::Template;
use axum::extract::Path;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/invitations.html")]
struct InvitationsMain {
    form: Form,
    rows: Vec<Row>,
}

struct Row {
    invitation: OpenInvitation,
    /// Whether this person may take it back.
    revoke: bool,
    /// Where this person may give a new one, if anywhere.
    renew: Option<String>,
}

/// `GET /accounts/invitations`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let open = store::invitation::open(&mut tx, ctx.app.db.wall().now()).await?;
    let row = |invitation: OpenInvitation| {
        let roles = account::roles_of(&invitation.roles);
        let (may, verb) = match invitation.kind {
            InvitationKind::Account => (account::may_reset(actor, invitation.account_id, &roles), "reset"),
            InvitationKind::Device => (account::may_bind(actor, invitation.account_id, &roles), "invite"),
        };
        Row {
            revoke: may_revoke(actor, invitation.account_id, &roles, invitation.kind),
            renew: may.then(|| format!("/accounts/{}/{verb}", invitation.account_id)),
            invitation,
        }
    };
    let main = InvitationsMain { form: ctx.form(&[]), rows: open.into_iter().map(row).collect() };
    Ok(Page::new("未使用的邀请", &main)?.crumb("账号", "/accounts"))
}

impl OpenInvitation {
    fn what(&self) -> &'static str {
        match self.kind {
            InvitationKind::Account => "设置密码",
            InvitationKind::Device => "绑定手机",
        }
    }
}

/// `POST /accounts/invitations/{id}/revoke`
pub(crate) async fn revoke(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    change_account::revoke_invitation(&mut tx, ctx.actor()?, &id).await?;
    ctx.see_other(tx, "/accounts/invitations", "已撤回，链接不能再用。").await
}
