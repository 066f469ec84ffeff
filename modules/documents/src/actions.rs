//! What people do with documents and templates.

pub(crate) mod draft;
pub(crate) mod step;
pub(crate) mod upload_template;

use crate::store::By;
use kernel::{Kind as Why, Refusal};
use web::Ctx;

/// The person who asks, as rows name them.
pub(crate) fn by(ctx: &Ctx) -> Result<By<'_>, Refusal> {
    let actor = ctx.actor()?;
    Ok(By { id: actor.id, name: &actor.name, now: ctx.now() })
}

/// Whether documents of a kind are this person's to make and to follow.
pub(crate) fn may(ctx: &Ctx, kind: &crate::Kind) -> Result<(), Refusal> {
    let actor = ctx.actor()?;
    if actor.may(crate::WRITE) && kind.by.iter().any(|role| actor.roles.contains(role)) {
        return Ok(());
    }
    Err(Refusal::new(Why::Forbidden, format!("《{}》不由您制作。", kind.title)))
}
