//! Setting an account up, changing name and scope, granting roles.

use crate::{
    NewAccount,
    account::{self, SubjectKind},
    actions::change_account::{self, ChangeRefusal, Changed, Edit, create_for, find},
    store::{self, account::AccountRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use counsel::{Firm, Lawyer};
use kernel::Result;
use places::{Town, Unit};
use web::{Ctx, Form, Merge, MergeField, Page, Reach, Reply, Role};

#[derive(Template)]
#[template(path = "pages/account_form.html")]
struct FormMain {
    form: Form,
    heading: &'static str,
    username: String,
    action: String,
    back: String,
    new: bool,
    names: bool,
    with_roles: bool,
    grants: bool,
    kind: Option<SubjectKind>,
    roles: Vec<(String, String)>,
    towns: Vec<(String, String)>,
    lawyers: Vec<(String, String)>,
    firms: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

impl FormMain {
    fn shows(&self, kind: SubjectKind) -> bool {
        self.with_roles || self.kind == Some(kind)
    }
}

/// Which of the three forms it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Create,
    Change,
    Roles,
}

/// `GET /accounts/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show(&ctx, What::Create, None, form).await
}

async fn show(ctx: &Ctx, what: What, account: Option<&AccountRow>, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (heading, tail) = match what {
        What::Create => ("新建账号", ""),
        What::Change => ("修改账号", "/edit"),
        What::Roles => ("授予角色", "/roles"),
    };
    let back = account.map_or("/accounts".to_owned(), |a| format!("/accounts/{}", a.id));
    let main = FormMain {
        form,
        heading,
        username: account.map_or(String::new(), |a| format!("{}（{}）", a.name, a.username)),
        action: account.map_or("/accounts/new".to_owned(), |_| format!("{back}{tail}")),
        new: what == What::Create,
        names: what != What::Roles,
        with_roles: what != What::Change,
        kind: account.and_then(|a| account::subject_kind(&a.scope_roles()).ok().flatten()),
        grants: what == What::Roles || ctx.actor()?.may(crate::SECURITY),
        roles: Role::ALL.iter().map(|r| (r.key().to_owned(), r.label().to_owned())).collect(),
        towns: places::towns(&mut tx).await?.into_iter().map(|t| (t.id.to_string(), t.name)).collect(),
        lawyers: counsel::lawyers(&mut tx, &Reach::Region, None, None)
            .await?
            .into_iter()
            .map(|l| (l.id.to_string(), format!("{}（{}）", l.name, l.firm_name)))
            .collect(),
        firms: counsel::firms(&mut tx).await?.into_iter().map(|f| (f.id.to_string(), f.name)).collect(),
        units: places::unit_options(&mut tx, &Reach::Region).await?,
        back,
    };
    let page = Page::new(heading, &main)?.crumb("账号", "/accounts").narrow().answering(&main.form);
    Ok(match account {
        Some(account) => page.crumb(account.name.clone(), main.back.clone()),
        None => page,
    })
}

/// `POST /accounts/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, href, true)) => {
            ctx.see_other(tx, &href, "已新建账号。请生成登录链接或二维码交给本人。").await
        }
        Ok((tx, href, false)) => {
            ctx.see_other(tx, &href, "已新建账号，角色等待安全管理员授予。请生成登录链接交给本人。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, What::Create, None, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, String, bool)> {
    let username = form.need("username", "请填写用户名");
    let name = form.need("name", "请填写姓名");
    let roles = roles(form);
    let (towns, subject) = scope(form, &roles);
    form.check()?;
    let account = NewAccount { username, name, roles, towns, subject, password_hash: None };
    let mut tx = ctx.begin_write().await?;
    let (id, granted) = create_for(&mut tx, ctx.actor()?, &account).await?;
    Ok((tx, format!("/accounts/{id}"), granted))
}

fn roles(form: &Form) -> Vec<Role> {
    form.all("roles").into_iter().filter_map(Role::from_key).collect()
}

/// Towns and subject of the form, as the roles want them; errors are noted.
fn scope(form: &mut Form, roles: &[Role]) -> (Vec<i64>, Option<i64>) {
    let mut towns: Vec<i64> =
        form.ids::<Town>("towns", "请重新选择镇（街道）").into_iter().map(kernel::Id::raw).collect();
    towns.sort_unstable();
    towns.dedup();
    if roles.contains(&Role::TownOfficer) && towns.is_empty() {
        form.error("towns", "司法所工作人员要选负责的镇（街道）");
    }
    let subject = match account::subject_kind(roles) {
        Err(message) => {
            form.error("roles", message);
            return (towns, None);
        }
        Ok(None) => return (towns, None),
        Ok(Some(SubjectKind::Lawyer)) => {
            ("lawyer", form.id::<Lawyer>("lawyer", "请重新选择律师").map(kernel::Id::raw), "请选择对应的律师")
        }
        Ok(Some(SubjectKind::Firm)) => {
            ("firm", form.id::<Firm>("firm", "请重新选择律所").map(kernel::Id::raw), "请选择对应的律所")
        }
        Ok(Some(SubjectKind::Unit)) => (
            "unit",
            form.id::<Unit>("unit", "请重新选择村（社区）").map(kernel::Id::raw),
            "请选择对应的村（社区）",
        ),
    };
    let (field, id, message) = subject;
    if id.is_none() && form.get(field).is_empty() {
        form.error(field, message);
    }
    (towns, id)
}

/// `GET /accounts/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    fill(&ctx, &id, What::Change).await
}

/// `GET /accounts/{id}/roles`
pub(crate) async fn edit_roles(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    fill(&ctx, &id, What::Roles).await
}

async fn fill(ctx: &Ctx, id: &str, what: What) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let account = find(&mut tx, id).await?;
    if what == What::Roles && ctx.actor()?.id == account.id.raw() {
        return Err(ChangeRefusal::OwnRoles.into());
    }
    let towns = store::account::towns_of(&mut tx, account.id).await?;
    drop(tx);
    let subject =
        account.subject_id.and_then(kernel::Id::<Unit>::from_raw).map_or(String::new(), |id| id.to_string());
    let towns: Vec<String> = towns.into_iter().map(|(id, _)| id.to_string()).collect();
    let version = account.version.to_string();
    let mut known = vec![
        ("name", account.name.as_str()),
        ("version", &version),
        ("lawyer", &subject),
        ("firm", &subject),
        ("unit", &subject),
    ];
    let held = if account.roles.is_empty() { account.proposed_roles.as_deref() } else { None };
    known.extend(held.unwrap_or(&account.roles).split(';').map(|role| ("roles", role)));
    known.extend(towns.iter().map(|town| ("towns", town.as_str())));
    let form = ctx.form(&known);
    show(ctx, what, Some(&account), form).await
}

/// `POST /accounts/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    store_form(&ctx, &id, What::Change, form).await
}

/// `POST /accounts/{id}/roles`
pub(crate) async fn save_roles(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    store_form(&ctx, &id, What::Roles, form).await
}

async fn store_form(ctx: &Ctx, id: &str, what: What, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let account = find(&mut tx, id).await?;
    drop(tx);
    match try_store(ctx, &account, id, what, &mut form).await {
        Ok((_, Changed::Stale(now))) => Ok(merge(ctx, &form, &now, what).await?.into_response()),
        Ok((tx, Changed::Saved)) => {
            let done = if what == What::Roles {
                "已授予角色，该账号需要重新登录。"
            } else {
                "已保存。"
            };
            ctx.see_other(tx, &format!("/accounts/{}", account.id), done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(ctx, what, Some(&account), form).await?.into_response())
        }
    }
}

async fn try_store(
    ctx: &Ctx,
    account: &AccountRow,
    id: &str,
    what: What,
    form: &mut Form,
) -> Result<(Tx, Changed)> {
    let granted = if what == What::Roles { roles(form) } else { account.scope_roles() };
    let name = if what == What::Roles { account.name.clone() } else { form.need("name", "请填写姓名") };
    let (towns, subject) = scope(form, &granted);
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    form.check()?;
    let edit = Edit { name, roles: granted, towns, subject, version };
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_write().await?;
    let outcome = match what {
        What::Roles => change_account::change_roles(&mut tx, actor, id, edit).await?,
        _ => change_account::change(&mut tx, actor, id, edit).await?,
    };
    Ok((tx, outcome))
}

async fn merge(ctx: &Ctx, form: &Form, now: &AccountRow, what: What) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let all = places::towns(&mut tx).await?;
    let theirs = store::account::towns_of(&mut tx, now.id).await?;
    let yours: Vec<&str> = all
        .iter()
        .filter(|town| form.has("towns", &town.id.to_string()))
        .map(|town| town.name.as_str())
        .collect();
    let mut fields = vec![MergeField {
        label: "负责的镇（街道）",
        yours: yours.join("、"),
        theirs: theirs.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("、"),
    }];
    if what == What::Roles {
        fields.insert(
            0,
            MergeField {
                label: "角色",
                yours: account::role_labels(&roles(form)),
                theirs: now.role_labels(),
            },
        );
    } else {
        fields.insert(
            0,
            MergeField { label: "姓名", yours: form.get("name").to_owned(), theirs: now.name.clone() },
        );
    }
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let href = format!("/accounts/{}", now.id);
    let action = format!("{href}{}", if what == What::Roles { "/roles" } else { "/edit" });
    Merge { title: &now.name, fields, action: &action, href: &href, hidden }.page()
}
