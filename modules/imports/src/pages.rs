//! Pages of imports, and what they share: which kinds and imports a person may see.

pub(crate) mod columns;
pub(crate) mod copy;
pub(crate) mod list;
pub(crate) mod rows;
pub(crate) mod show;
pub(crate) mod upload;

use crate::{import::Import, kind::Kind, store, work};
use ::store::Tx;
use kernel::{Id, Refusal, Result};
use web::{Actor, Ctx, Reach};

kernel::refusals! {
    /// What is not there, or not for this person.
    pub(crate) enum UnknownRefusal {
        /// No such kind.
        Kind => NotFound, "没有这类导入，或者您没有维护这类数据的权限。";
        /// No such import.
        Import => NotFound, "没有这个导入，或者不是您能看的。";
        /// The file holds whole numbers, and somebody else brought it.
        NotYours => Forbidden, "表格里有完整的号码，只有上传的人能下载。请让上传的人下载，或者自己重新上传。";
    }
}

/// The kinds a person may import.
pub(crate) fn kinds<'a>(ctx: &'a Ctx, actor: &Actor) -> Vec<&'a Kind> {
    let mut kinds: Vec<&Kind> =
        ctx.app.extensions::<Kind>().filter(|kind| actor.may(kind.permission)).collect();
    kinds.dedup_by_key(|kind| kind.key);
    kinds
}

/// The kind of that key, if the person may import it.
pub(crate) fn kind<'a>(ctx: &'a Ctx, key: &str) -> Result<&'a Kind, Refusal> {
    let kind = work::kind(&ctx.app, key).ok_or(UnknownRefusal::Kind)?;
    if ctx.actor()?.may(kind.permission) { Ok(kind) } else { Err(UnknownRefusal::Kind.into()) }
}

/// Only their own imports, for those who reach a part of the district.
pub(crate) fn own_only(actor: &Actor) -> Option<i64> {
    (actor.reach() != Reach::Region).then_some(actor.id)
}

/// The import of that id with its kind, if the person may see it.
pub(crate) async fn import<'a>(ctx: &'a Ctx, tx: &mut Tx, id: &str) -> Result<(Import, &'a Kind)> {
    let id: Id<Import> = id.parse().map_err(|_| UnknownRefusal::Import)?;
    let import = store::import(tx, id).await?.ok_or(UnknownRefusal::Import)?;
    let actor = ctx.actor()?;
    if own_only(actor).is_some_and(|own| own != import.actor_id) {
        return Err(UnknownRefusal::Import.into());
    }
    let kind = kind(ctx, &import.kind).map_err(|_| UnknownRefusal::Import)?;
    Ok((import, kind))
}

/// The version a form was made from.
pub(crate) fn version(form: &web::Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod tests;
