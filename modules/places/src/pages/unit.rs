//! A unit's page: names over time, predecessors and successors, codes, residents, position.

use crate::{
    WRITE,
    event::{EventRow, scheme_label},
    population::{self, Population},
    store::{
        events::{self, AnyUnit, CodeRow, NameRow},
        populations::{self, Inhabited, PositionRow},
    },
    unit::{Position, Unit},
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Id, Refusal, Result};
use web::{Ctx, Page, Reply};

/// An event of the unit, with the other units of it.
struct Step {
    event: EventRow,
    before: Vec<(String, String)>,
    after: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/unit.html")]
struct UnitMain {
    u: AnyUnit,
    names: Vec<NameRow>,
    steps: Vec<Step>,
    now: Vec<(String, String)>,
    codes: Vec<CodeRow>,
    residents: Vec<Population>,
    positions: Vec<PositionRow>,
    may_write: bool,
}

impl UnitMain {
    fn is_used(&self, row: &Population) -> bool {
        population::used(&self.residents) == Some(row)
    }

    fn position_words(&self) -> String {
        match (self.u.position, self.u.lat.zip(self.u.lon)) {
            (Position::Surveyed, Some((lat, lon))) => format!("{lat:.6}，{lon:.6}（CGCS2000/WGS84）"),
            (_, Some((lat, lon))) => format!("{lat:.5}，{lon:.5}（示意）"),
            _ => "未标注".to_owned(),
        }
    }
}

/// The unit with that id within reach.
pub(crate) async fn find(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<AnyUnit> {
    let missing = || Refusal::not_found("没有这个村（社区）。");
    let id: Id<Unit> = id.parse().map_err(|_| missing())?;
    Ok(events::any_unit_in_reach(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /places/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let u = find(&mut tx, &ctx, &id).await?;
    let mut steps = Vec::new();
    for event in events::events_of(&mut tx, u.id).await? {
        let linked = |units: Vec<crate::UnitRow>| {
            let others = units.into_iter().filter(|unit| unit.id != u.id);
            others.map(|unit| (unit.id.to_string(), unit.short_name)).collect()
        };
        let before = linked(events::event_units(&mut tx, event.id, "before").await?);
        let after = linked(events::event_units(&mut tx, event.id, "after").await?);
        steps.push(Step { event, before, after });
    }
    let main = UnitMain {
        names: events::names(&mut tx, u.id).await?,
        now: now(&mut tx, u.id).await?,
        codes: events::codes(&mut tx, u.id).await?,
        residents: populations::populations(&mut tx, Inhabited::Unit(u.id)).await?,
        positions: populations::positions(&mut tx, u.id).await?,
        may_write: ctx.actor()?.may(WRITE),
        steps,
        u,
    };
    Ok(Page::new(main.u.short_name.clone(), &main)?.crumb("村（社区）", "/places"))
}

/// What a closed unit is today: ids and names.
async fn now(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<(String, String)>> {
    let ids = match crate::lineage(tx).await?.current(unit.raw()) {
        crate::Current::Became(id) => vec![id],
        crate::Current::Divided(ids) => ids,
        crate::Current::Same | crate::Current::Gone => Vec::new(),
    };
    let mut found = Vec::new();
    for id in ids.into_iter().filter_map(Id::from_raw) {
        if let Some(unit) = events::any_unit(tx, id).await? {
            found.push((unit.id.to_string(), format!("{} {}", unit.town_name, unit.short_name)));
        }
    }
    Ok(found)
}
