//! Pages of legal aid, and what they share.

pub(crate) mod act;
pub(crate) mod apply;
pub(crate) mod assign;
pub(crate) mod campaigns;
pub(crate) mod clocks;
pub(crate) mod cooperation_note;
pub(crate) mod cooperations;
pub(crate) mod diary;
pub(crate) mod edit;
pub(crate) mod follow_up;
pub(crate) mod hand_over;
pub(crate) mod helps;
pub(crate) mod letters;
pub(crate) mod list;
pub(crate) mod online;
pub(crate) mod outside;
pub(crate) mod overview;
pub(crate) mod particulars;
pub(crate) mod photos;
pub(crate) mod posts;
pub(crate) mod quality;
pub(crate) mod receipt;
pub(crate) mod rota;
pub(crate) mod rota_plan;
pub(crate) mod rules;
pub(crate) mod show;
pub(crate) mod subsidies;
pub(crate) mod take;
pub(crate) mod turns;
pub(crate) mod volumes;

use crate::{
    case::Case,
    store::{self, Entry},
};
use ::store::Tx;
use kernel::{Fault, Id, Refusal, Result};
use web::{Actor, Ctx, Reach, Role};

/// The area of landlines without an area code.
pub(crate) const AREA: &str = "0519";

/// The case an address names, if the account reaches it.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<Entry> {
    let missing = || Refusal::not_found("没有这个案件，或者不是您能看的。");
    let id: Id<Case> = id.parse().map_err(|_| missing())?;
    Ok(store::entry(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// Whether somebody may not see more than the parties: a lawyer who has not said that there is no conflict of interest, also
/// when the case ended before that, and the lawyer's firm.
pub(crate) fn sees_less(actor: &Actor, entry: &Entry) -> bool {
    let outside = matches!(actor.reach(), Reach::Lawyer(_) | Reach::Firm(_));
    outside && (entry.accepted_at.is_none() || !actor.roles.contains(&Role::Adviser))
}

/// The words of a matter.
pub(crate) fn matter_name(options: &[(String, String)], code: &str) -> String {
    options.iter().find(|(known, _)| known == code).map_or_else(|| code.to_owned(), |(_, name)| name.clone())
}

/// Matters that can be chosen: the dictionary without its headings.
pub(crate) async fn matters(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<(String, String)>, Fault> {
    let all = parties::term_options(tx, "aid_matter", ctx.today()).await?;
    Ok(all.into_iter().filter(|(code, _)| !code.starts_with("D-")).collect())
}
