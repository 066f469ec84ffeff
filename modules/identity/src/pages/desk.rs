//! The work desk: what this person can do here, as tiles.

use crate::{
    account::{self, TotpState},
    actions::{own_account::own, terms},
    session::must_set_up_second_factor,
    store,
};
use askama::Template;
use kernel::Moment;
use web::{Access, Actor, Ctx, MenuItem, Page, Reply, Role};

/// Where an adviser writes a service down; the page belongs to a module above.
const LOG_SERVICE: &str = "/services/new";

#[derive(Template)]
#[template(path = "pages/desk.html")]
struct DeskMain<'a> {
    name: &'a str,
    greeting: &'static str,
    must_set_up: bool,
    remind: bool,
    must_accept: bool,
    missing: Vec<&'static str>,
    log_service: Option<&'static str>,
    groups: Vec<(&'a str, Vec<&'a MenuItem>)>,
}

/// `GET /desk`
pub(crate) async fn desk(ctx: Ctx) -> Reply<Page> {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, actor.id).await?;
    let roles = account::roles_of(&me.roles);
    let required = ::store::setting(&mut tx, crate::REQUIRE_SECOND_FACTOR).await?.as_deref() == Some("yes");
    let mut missing = Vec::new();
    if actor.roles.contains(&Role::SystemAdmin) {
        for role in [Role::SecurityAdmin, Role::AuditAdmin] {
            if !store::account::role_is_held(&mut tx, role).await? {
                missing.push(role.label());
            }
        }
    }
    let (version, _) = terms::in_force(&mut tx).await?;
    let inside = !roles.is_empty() && !account::works_outside(&roles);
    let main = DeskMain {
        name: &actor.name,
        greeting: greeting(ctx.now()),
        must_set_up: must_set_up_second_factor(&roles, me.totp_state, required),
        must_accept: account::is_partner(&roles)
            && store::terms::newest(&mut tx, me.id).await?.is_none_or(|(accepted, _)| accepted < version),
        remind: inside && me.totp_state != TotpState::On && !ctx.app.settings.demo,
        missing,
        log_service: service_page(&ctx, actor),
        groups: groups(&ctx, actor),
    };
    Page::new("工作台", &main)
}

fn greeting(now: Moment) -> &'static str {
    match now.local_parts().1 {
        5..=11 => "上午好",
        12..=17 => "下午好",
        _ => "晚上好",
    }
}

fn service_page(ctx: &Ctx, actor: &Actor) -> Option<&'static str> {
    let mut specs = ctx.app.modules.iter().flat_map(|module| module.routes.specs());
    let page = specs.find(|spec| spec.path == LOG_SERVICE && spec.method == axum::http::Method::GET)?;
    let may = matches!(page.access, Access::Holding(permission) if actor.may(permission));
    (may && actor.roles.contains(&Role::Adviser)).then_some(LOG_SERVICE)
}

fn groups<'a>(ctx: &'a Ctx, actor: &Actor) -> Vec<(&'a str, Vec<&'a MenuItem>)> {
    let mut items: Vec<&MenuItem> = ctx.app.modules.iter().flat_map(|module| &module.menu).collect();
    items.retain(|item| actor.may(item.permission) && item.href != "/desk");
    items.sort_by_key(|item| item.order);
    let mut groups: Vec<(&str, Vec<&MenuItem>)> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|(label, _)| *label == item.group) {
            Some((_, list)) => list.push(item),
            None => groups.push((item.group, vec![item])),
        }
    }
    groups
}
