//! Names that are locked after wrong passwords, for the security administrator.

use crate::{account::Account, store};
use askama::Template;
use kernel::{Id, Moment};
use std::collections::BTreeMap;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/locks.html")]
struct LocksMain {
    form: Form,
    rows: Vec<Row>,
    /// Locked names that nobody has: somebody is guessing names.
    unknown: usize,
}

struct Row {
    id: Id<Account>,
    username: String,
    name: String,
    failed: i64,
    until: Moment,
    own: bool,
}

/// `GET /accounts/locks`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let locked = store::attempt::locked(&mut tx, ctx.app.db.wall().now()).await?;
    let mut names = BTreeMap::new();
    if !locked.is_empty() {
        for (id, username, name) in store::account::usernames(&mut tx).await? {
            names.insert(store::attempt::digest_of(&tx, &username), (id, username, name));
        }
    }
    let mut unknown = 0;
    let mut rows = Vec::new();
    for (digest, failed, until) in locked {
        match names.remove(&digest) {
            Some((id, username, name)) => {
                rows.push(Row { own: id.raw() == actor.id, id, username, name, failed, until });
            }
            None => unknown += 1,
        }
    }
    let main = LocksMain { form: ctx.form(&[]), rows, unknown };
    Ok(Page::new("登录锁定", &main)?.crumb("账号", "/accounts"))
}
