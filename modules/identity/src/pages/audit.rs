//! The audit trail: reading, filtering, exporting, checking.

use crate::store::{self, trail::TrailRow};
use ::store::{
    Audit,
    audit::{Broken, verify},
};
use askama::Template;
use axum::response::Response;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/audit.html")]
struct AuditMain {
    listing: Listing,
    rows: Vec<TrailRow>,
    pager: Pager,
}

/// `GET /audit`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = store::trail::list(&mut tx, &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.at.micros().to_string(), row.id));
    Page::new("审计记录", &AuditMain { listing, rows, pager })
}

impl AuditMain {
    fn export_href(&self) -> String {
        self.listing.link_to("/audit.xlsx", &[])
    }
}

impl TrailRow {
    fn who(&self) -> String {
        match (&self.name, &self.username, self.actor) {
            (Some(name), Some(username), _) => format!("{name}（{username}）"),
            (_, _, Some(actor)) => written(actor),
            _ => "系统或未登录".to_owned(),
        }
    }

    fn what(&self) -> String {
        let number =
            if self.object_id == 0 { String::new() } else { format!(" {}", written(self.object_id)) };
        match &self.about {
            Some(name) => format!("{name}{number}"),
            None => format!("{}{number}", self.object),
        }
    }

    fn action_label(&self) -> Option<&'static str> {
        ACTIONS.iter().find(|(action, _)| *action == self.action).map(|(_, label)| *label)
    }
}

/// A number of a record as addresses write it.
fn written(raw: i64) -> String {
    kernel::Id::<crate::Account>::from_raw(raw).map_or_else(|| raw.to_string(), |id| id.to_string())
}

/// The module's own actions in words; others are shown by their names.
const ACTIONS: &[(&str, &str)] = &[
    ("identity.login", "登录"),
    ("identity.login.fail", "登录失败"),
    ("identity.logout", "退出登录"),
    ("identity.setup", "初始化"),
    ("identity.account.create", "新建账号"),
    ("identity.account.change", "修改账号"),
    ("identity.account.state", "停用或恢复账号"),
    ("identity.account.unlock", "解除锁定"),
    ("identity.accounts.export", "导出账号"),
    ("identity.roles.change", "授予角色"),
    ("identity.security.change", "修改登录安全设置"),
    ("identity.sessions.end", "强制退出"),
    ("identity.invitation.create", "生成邀请链接"),
    ("identity.device.bind", "绑定设备"),
    ("identity.device.unbind", "解除设备绑定"),
    ("identity.password.set", "用链接设置密码"),
    ("identity.password.change", "修改密码"),
    ("identity.second_factor.on", "开启两步验证"),
    ("identity.second_factor.off", "关闭两步验证"),
    ("identity.second_factor.codes", "重新生成备用码"),
    ("identity.audit.export", "导出审计记录"),
    ("identity.audit.verify", "校验审计记录"),
];

/// `GET /audit.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_write().await?;
    let rows = store::trail::all(&mut tx, &listing).await?;
    let details = serde_json::json!({ "rows": rows.len() });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.export", "audit_row").with(&details));
    tx.commit().await?;
    let sheet = Sheet {
        name: "审计记录".to_owned(),
        title: format!("{}审计记录", ctx.app.settings.bureau),
        subtitle: format!("导出于 {}　共 {} 条", ctx.app.db.wall().now().local(), rows.len()),
        columns: vec![
            SheetColumn::text("时间", 22.0),
            SheetColumn::text("账号", 22.0),
            SheetColumn::text("动作", 30.0),
            SheetColumn::text("对象", 30.0),
            SheetColumn::text("细节", 50.0),
        ],
        rows: rows.into_iter().map(cells).collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "审计记录.xlsx",
        xlsx(&[sheet])?,
    ))
}

fn cells(row: TrailRow) -> Vec<Cell> {
    let action =
        row.action_label().map_or_else(|| row.action.clone(), |label| format!("{label} {}", row.action));
    vec![row.at.local().into(), row.who().into(), action.into(), row.what().into(), row.details.into()]
}

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyMain {
    rows: u64,
    broken: Vec<Broken>,
}

/// `GET /audit/verify`
pub(crate) async fn check(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (rows, broken) = verify(&mut tx).await?;
    drop(tx);
    let mut tx = ctx.begin_write().await?;
    let details = serde_json::json!({ "rows": rows, "broken": broken.len() });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.verify", "audit_row").with(&details));
    tx.commit().await?;
    Ok(Page::new("校验完整性", &VerifyMain { rows, broken })?.crumb("审计记录", "/audit"))
}
