//! One account: what is known, and what may be done about it.

use crate::{
    ACCOUNTS_WRITE, SECURITY,
    account::{self, AccountState, SubjectKind, TotpState},
    actions::{
        change_account::{self, ChangeRefusal, find},
        invite::{HOURS, InvitationKind, invite},
    },
    store::{self, account::AccountRow, device::DeviceRow, session::OpenSession, state::StateRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Result};
use web::{Actor, Ctx, Form, Html, Page, Reply, qr};

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountMain {
    form: Form,
    account: AccountRow,
    towns: String,
    subject: Option<String>,
    locked: Option<i64>,
    devices: Vec<DeviceRow>,
    sessions: Vec<OpenSession>,
    history: Vec<StateRow>,
    proposed: Option<String>,
    terms: Option<(i64, kernel::Moment)>,
    may: May,
}

/// What this person may do about the account.
struct May {
    edit: bool,
    roles: bool,
    bind: bool,
    reset: bool,
    unbind: bool,
    secure: bool,
}

impl May {
    fn of(actor: &Actor, account: &AccountRow) -> Self {
        let active = account.state == AccountState::Active;
        let other = actor.id != account.id.raw();
        let roles = account.roles();
        Self {
            edit: actor.may(ACCOUNTS_WRITE),
            roles: other && actor.may(SECURITY),
            bind: active && account::may_bind(actor, account.id, &roles),
            reset: account::may_reset(actor, account.id, &roles),
            unbind: other && (actor.may(SECURITY) || account::may_bind(actor, account.id, &roles)),
            secure: other && actor.may(SECURITY),
        }
    }
}

/// `GET /accounts/{id}`
pub(crate) async fn page(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let account = find(&mut tx, &id).await?;
    show(&ctx, tx, account, ctx.form(&[])).await
}

async fn show(ctx: &Ctx, mut tx: Tx, account: AccountRow, form: Form) -> Reply<Page> {
    let towns = store::account::towns_of(&mut tx, account.id).await?;
    let attempts = store::attempt::of(&mut tx, &account.username).await?;
    let main = AccountMain {
        form,
        towns: towns.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("、"),
        subject: subject(&mut tx, &account).await?,
        locked: attempts.wait(ctx.app.db.wall().now()),
        devices: store::device::of(&mut tx, account.id).await?,
        sessions: store::session::open_of(&mut tx, account.id, ctx.app.db.wall().now()).await?,
        history: store::state::of(&mut tx, account.id).await?,
        proposed: account.proposed_roles.as_ref().map(|_| account::role_labels(&account.proposed())),
        terms: store::terms::newest(&mut tx, account.id).await?,
        may: May::of(ctx.actor()?, &account),
        account,
    };
    Ok(Page::new(main.account.name.clone(), &main)?.crumb("账号", "/accounts").answering(&main.form))
}

/// The lawyer, firm or village that the account stands for, in words.
async fn subject(tx: &mut Tx, account: &AccountRow) -> Result<Option<String>> {
    let (Ok(Some(kind)), Some(raw)) = (account::subject_kind(&account.scope_roles()), account.subject_id)
    else {
        return Ok(None);
    };
    let name = match kind {
        SubjectKind::Lawyer => match Id::from_raw(raw) {
            Some(id) => counsel::lawyer(tx, id).await?.map(|l| format!("{} 律师（{}）", l.name, l.firm_name)),
            None => None,
        },
        SubjectKind::Firm => match Id::from_raw(raw) {
            Some(id) => counsel::firm(tx, id).await?.map(|f| f.name),
            None => None,
        },
        SubjectKind::Unit => match Id::from_raw(raw) {
            Some(id) => places::unit(tx, id).await?.map(|u| format!("{} {}", u.town_name, u.short_name)),
            None => None,
        },
    };
    Ok(Some(name.unwrap_or_else(|| "名册里已没有，请修改".to_owned())))
}

#[derive(Template)]
#[template(path = "pages/invitation.html")]
struct InvitationMain {
    heading: &'static str,
    caption: &'static str,
    name: String,
    username: String,
    qr: Html,
    link: String,
    hours: i64,
    back: String,
}

/// `POST /accounts/{id}/invite`: shows the link once; it is kept nowhere, so there is nothing to redirect to.
pub(crate) async fn invite_device(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_write().await?;
    let account = change_account::to_bind(&mut tx, ctx.actor()?, &id).await?;
    invitation(&ctx, tx, account, InvitationKind::Device).await
}

/// `POST /accounts/{id}/reset`
pub(crate) async fn reset(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_write().await?;
    let account = change_account::to_reset(&mut tx, ctx.actor()?, &id).await?;
    invitation(&ctx, tx, account, InvitationKind::Account).await
}

async fn invitation(ctx: &Ctx, mut tx: Tx, account: AccountRow, kind: InvitationKind) -> Reply<Page> {
    let token = invite(&mut tx, ctx.actor_id(), account.id, kind).await?;
    tx.commit().await?;
    let link = ctx.staff_url(&format!("/join/{token}"));
    let (heading, caption) = match kind {
        InvitationKind::Device => ("绑定手机的二维码", "用本人的手机扫码"),
        InvitationKind::Account => ("设置密码的链接", "用本人的手机扫码，或在电脑上打开链接"),
    };
    let back = format!("/accounts/{}", account.id);
    let main = InvitationMain {
        heading,
        caption,
        qr: qr::svg(&link)?,
        link,
        hours: HOURS,
        back: back.clone(),
        name: account.name.clone(),
        username: account.username,
    };
    Ok(Page::new(heading, &main)?.crumb("账号", "/accounts").crumb(account.name, back).narrow())
}

/// `POST /accounts/{id}/state`
pub(crate) async fn set_state(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let state = AccountState::from_text(form.get("to")).ok_or(ChangeRefusal::Unknown)?;
    let tx = match try_set_state(&ctx, &id, state, &mut form).await {
        Ok(tx) => tx,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            let account = find(&mut tx, &id).await?;
            return Ok(show(&ctx, tx, account, form).await?.into_response());
        }
    };
    let done = if state == AccountState::Active {
        "已恢复使用。"
    } else {
        "已停用，该账号已退出登录。"
    };
    back(&ctx, tx, &id, done).await
}

async fn try_set_state(ctx: &Ctx, id: &str, state: AccountState, form: &mut Form) -> Result<Tx> {
    let reason = form.text("reason", 100);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    change_account::set_state(&mut tx, ctx.actor()?, id, state, &reason).await?;
    Ok(tx)
}

/// `POST /accounts/{id}/sessions/{session}/end`
pub(crate) async fn end_session(ctx: Ctx, Path((id, session)): Path<(String, String)>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    change_account::end_session(&mut tx, ctx.actor()?, &id, &session).await?;
    back(&ctx, tx, &id, "已退出这个会话。").await
}

/// `POST /accounts/{id}/unlock`
pub(crate) async fn unlock(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    change_account::unlock(&mut tx, ctx.actor()?, &id).await?;
    if form.get("back") == "locks" {
        return ctx.see_other(tx, "/accounts/locks", "已解除锁定。").await;
    }
    back(&ctx, tx, &id, "已解除锁定。").await
}

/// `POST /accounts/{id}/end-sessions`
pub(crate) async fn end_sessions(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let count = change_account::end_sessions(&mut tx, ctx.actor()?, &id).await?;
    back(&ctx, tx, &id, &format!("已退出 {count} 个会话。")).await
}

/// `POST /accounts/{id}/reset-second-factor`
pub(crate) async fn reset_second_factor(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    change_account::reset_second_factor(&mut tx, ctx.actor()?, &id).await?;
    back(&ctx, tx, &id, "已重置两步验证。请提醒本人尽快重新开启。").await
}

/// `POST /accounts/{id}/unbind`
pub(crate) async fn unbind(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    change_account::unbind_all(&mut tx, ctx.actor()?, &id).await?;
    back(&ctx, tx, &id, "已解除全部设备。").await
}

async fn back(ctx: &Ctx, tx: Tx, id: &str, done: &str) -> Reply {
    ctx.see_other(tx, &format!("/accounts/{id}"), done).await
}
