//! The documents of a case: the kinds that it feeds, what fills them, which there must be, and the two volumes of the file.

mod fields;
mod forms;
#[cfg(test)]
mod tests;
pub(crate) mod volumes;
mod wanted;

pub(crate) use fields::SUBJECT;
pub(crate) use forms::all as kinds;

use crate::case::Case;
use ::documents::{About, Wanted};
use ::store::Tx;
use kernel::{Id, Result};
use web::{Ctx, Reach};

/// What documents are about, as their module names it.
pub(crate) const OBJECT: &str = "legal_aid_case";

/// The case as the pages of documents show it, if the person may see what its documents say.
async fn about(tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<Option<About>> {
    let Some(id) = Id::<Case>::from_raw(id) else { return Ok(None) };
    let actor = ctx.actor()?;
    let Some(entry) = crate::store::entry(tx, &actor.reach(), id).await? else { return Ok(None) };
    if crate::pages::sees_less(actor, &entry) {
        return Ok(None);
    }
    let events = crate::store::events::of(tx, entry.id).await?;
    let replaced = events.iter().any(|event| event.act == "replace");
    Ok(Some(About {
        title: title(tx, &entry).await?,
        href: format!("/aid/{}", entry.id),
        town: entry.town_id.raw(),
        wanted: wanted::wanted(&entry.facts(), replaced)
            .into_iter()
            .map(|(form, why)| Wanted { kind: forms::id(form), why })
            .collect(),
        links: vec![("案卷目录", format!("/aid/{}/volumes", entry.id))],
    }))
}

/// The numbers of the forms that there must be by now.
pub(crate) fn wanted_forms(facts: &crate::Facts, replaced: bool) -> Vec<u8> {
    wanted::wanted(facts, replaced).into_iter().map(|(form, _)| form).collect()
}

/// 陈阿大 （2022）武法援民字第3号
async fn title(tx: &mut Tx, entry: &crate::Entry) -> Result<String> {
    let name = parties::person(tx, entry.applicant_id).await?.map(|person| person.name);
    let name = name.unwrap_or_else(|| "（限制处理）".to_owned());
    let number = entry.official_number.clone().unwrap_or_else(|| entry.id.to_string());
    Ok(format!("{name} {number}"))
}

async fn titles(tx: &mut Tx, ctx: &Ctx, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    let actor = ctx.actor()?;
    for id in ids.iter().copied().filter(|id| seen.insert(*id)) {
        let Some(case) = Id::<Case>::from_raw(id) else { continue };
        let Some(entry) = crate::store::entry(tx, &actor.reach(), case).await? else { continue };
        if !crate::pages::sees_less(actor, &entry) {
            found.push((id, title(tx, &entry).await?));
        }
    }
    Ok(found)
}

async fn search(tx: &mut Tx, ctx: &Ctx, words: &str) -> Result<Vec<i64>> {
    let reach = ctx.actor()?.reach();
    if matches!(reach, Reach::Unit(_) | Reach::Nothing) {
        return Ok(Vec::new());
    }
    let words = escaped(words);
    let listing = web::Listing::of(&format!("/aid?over=1&size=100&q={words}"));
    let (rows, _) = crate::store::work_list::list(tx, &reach, &listing, ctx.now()).await?;
    Ok(rows.into_iter().map(|row| row.id.raw()).collect())
}

/// Words as an address carries them.
fn escaped(words: &str) -> String {
    use std::fmt::Write as _;
    words.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").ok();
        text
    })
}
