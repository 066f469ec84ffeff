//! Pages of coverage and of the service book.

pub(crate) mod appoint;
pub(crate) mod batch;
pub(crate) mod correct;
pub(crate) mod coverage;
pub(crate) mod detail;
pub(crate) mod hand_over;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod month;
pub(crate) mod offline;

use crate::{
    Deed, ServiceKind,
    store::appointments::{self, CoverRow},
};
use ::store::Tx;
use counsel::Lawyer;
use kernel::{Day, Id, Result};
use places::{Current, Unit};
use web::{Actor, Ctx, Form, Reach};

/// The villages somebody may log for, and whether he logs for himself.
pub(crate) struct Field {
    /// The villages.
    pub(crate) units: Vec<CoverRow>,
    /// Closed villages, for what happened before they were.
    pub(crate) closed: Vec<CoverRow>,
    /// The adviser himself.
    pub(crate) own: Option<Id<Lawyer>>,
}

impl Field {
    /// Reads the villages of the person who asks; those without an adviser cannot be served.
    pub(crate) async fn of(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        let reach = actor.reach();
        let own = own(&reach);
        let mut units = appointments::coverage(tx, &reach, None, None).await?;
        units.retain(|unit| unit.lawyer_id.is_some());
        let closed = appointments::closed(tx, &reach).await?;
        Ok(Self { units, closed, own })
    }

    /// The village that a form names and the adviser who logs for himself, without reading all villages where the
    /// form holds an id.
    pub(crate) async fn named(
        tx: &mut Tx,
        actor: &Actor,
        form: &mut Form,
    ) -> Result<(Option<Id<Unit>>, Option<Id<Lawyer>>)> {
        let reach = actor.reach();
        match form.get("unit").parse::<Id<Unit>>() {
            Ok(unit) if appointments::is_served(tx, &reach, unit).await? => Ok((Some(unit), own(&reach))),
            chosen => {
                if let Ok(unit) = chosen
                    && let Some(text) = gone(tx, unit).await?
                {
                    form.error("unit", text);
                    return Ok((None, own(&reach)));
                }
                let field = Self::of(tx, actor).await?;
                Ok((field.find(form), field.own))
            }
        }
    }

    /// The villages as choices; names of towns only where there are several.
    pub(crate) fn options(&self) -> Vec<(String, String)> {
        let several = self.units.iter().any(|unit| unit.town_id != self.units[0].town_id);
        let label = |unit: &CoverRow| {
            if several { format!("{} {}", unit.town_name, unit.short_name) } else { unit.short_name.clone() }
        };
        let open = self.units.iter().map(|unit| (unit.id.to_string(), label(unit)));
        open.chain(self.closed.iter().map(|unit| (unit.id.to_string(), format!("{}（已撤并）", label(unit)))))
            .collect()
    }

    /// The village that a form names: by its id, or by what was typed into the picker.
    pub(crate) fn find(&self, form: &mut Form) -> Option<Id<Unit>> {
        let by_id = form.get("unit").parse::<Id<Unit>>().ok();
        let text = form.get("unit_text").to_owned();
        let text = text.trim_end_matches("（已撤并）").to_owned();
        let found = self.units.iter().chain(&self.closed).find(|unit| {
            by_id == Some(unit.id)
                || (by_id.is_none()
                    && !text.is_empty()
                    && (unit.short_name == text || format!("{} {}", unit.town_name, unit.short_name) == text))
        });
        if found.is_none() {
            form.error("unit", "请从名单中选择村（社区）");
        }
        found.map(|unit| unit.id)
    }
}

/// What to say of a unit that is no more: a form may have waited on a telephone since before it was merged.
async fn gone(tx: &mut Tx, unit: Id<Unit>) -> Result<Option<String>> {
    let Some(old) = places::any_unit(tx, unit).await?.filter(|old| old.closed_on.is_some()) else {
        return Ok(None);
    };
    let heirs = match places::lineage(tx).await?.current(unit.raw()) {
        Current::Became(heir) => vec![heir],
        Current::Divided(heirs) => heirs,
        Current::Same | Current::Gone => Vec::new(),
    };
    let mut names = Vec::new();
    for heir in heirs.into_iter().filter_map(Id::from_raw) {
        names.extend(places::any_unit(tx, heir).await?.map(|heir| heir.short_name));
    }
    let old = old.short_name;
    Ok(Some(match names.as_slice() {
        [] => format!("{old}已撤销，请改选村（社区）"),
        [heir] => format!("{old}已并入{heir}，请改选{heir}"),
        heirs => format!("{old}已调整为{}，请改选其中一个", heirs.join("、")),
    }))
}

/// The adviser himself, if one asks.
fn own(reach: &Reach) -> Option<Id<Lawyer>> {
    match reach {
        Reach::Lawyer(id) => Id::from_raw(*id),
        _ => None,
    }
}

/// The business day a page is made on and the real moment in milliseconds: a page that a browser keeps for days
/// without a network goes on from there.
pub(crate) fn rendered(ctx: &Ctx) -> (Day, i64) {
    (ctx.today(), ctx.app.db.wall().now().micros() / 1000)
}

/// The kinds as choices.
pub(crate) fn kinds() -> Vec<(String, String)> {
    ServiceKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect()
}

/// The matters (咨询事项) and campaigns (专项活动) as choices.
pub(crate) async fn terms(tx: &mut Tx, list: &str, ctx: &Ctx) -> Result<Vec<(String, String)>> {
    Ok(parties::term_options(tx, list, ctx.today()).await?)
}

/// Reads a deed from a form; what is wrong is noted in it.
pub(crate) fn deed(form: &mut Form) -> Option<Deed> {
    let kind = form.parse("kind", |text| ServiceKind::from_text(text).ok_or("请选择服务方式"));
    if kind.is_none() && form.get("kind").is_empty() {
        form.error("kind", "请选择服务方式");
    }
    let happened_on = form.parse("happened_on", Day::parse);
    if happened_on.is_none() && form.get("happened_on").is_empty() {
        form.error("happened_on", "请填写发生日期");
    }
    let mut number = |name: &str, message: &'static str| {
        let text = kernel::to_half_width(form.get(name));
        if text.is_empty() { Some(1) } else { form.parse(name, |_| text.parse::<i64>().map_err(|_| message)) }
    };
    let people = number("people", "服务人次请填整数");
    let quantity = number("quantity", "次数请填整数");
    let note = form.need("note", "请用一句话写明办了什么事");
    Some(Deed {
        kind: kind?,
        quantity: quantity?,
        happened_on: happened_on?,
        people: people?,
        matter: form.get("matter").to_owned(),
        campaign: form.get("campaign").to_owned(),
        note,
    })
}
