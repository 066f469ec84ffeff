//! The wall: one read-only page of 1920×1080 for a screen in the hall or a meeting room.

use super::view;
use crate::{
    bulletin::{self, Bulletin, BulletinFigure},
    frame::Frame,
    paragraph::rate,
    sums::{self, Areas, Scope},
};
use ::store::{Tx, tally::FigureDef};
use askama::Template;
use kernel::Fault;
use web::{
    Ctx, Html, Page, Reply,
    chart::{self, thousands},
};

#[derive(Template)]
#[template(path = "pages/wall.html")]
struct WallMain {
    district: String,
    bulletin: Bulletin,
    figures: Vec<Big>,
    panels: Vec<Panel>,
    back: String,
}

struct Big {
    name: String,
    value: String,
    unit: String,
    note: String,
}

struct Panel {
    title: String,
    body: Html,
}

/// The figures that the wall shows, best first, as far as they exist.
const SHOWN: [&str; 9] = [
    "villages.covered",
    "advisers.visits",
    "advisers.consultations",
    "advisers.lectures",
    "stations.total",
    "stations.opened_this_year",
    "advisers.people",
    "callbacks.answered",
    "villages.total",
];
/// Two rows of four: more would be too small to read from across a room.
const MOST: usize = 8;

/// More bars would run out of their panel.
const BARS: usize = 14;

/// `GET /wall`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let all = view::figures(&ctx);
    let figures: Vec<FigureDef> =
        SHOWN.iter().filter_map(|key| all.iter().find(|def| def.key == *key)).copied().collect();
    let frame = Frame::new(Frame::usual(ctx.today()), None, ctx.today())?;
    let scope = Scope::of(ctx.actor()?.reach())?;
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let bulletin = bulletin::within(&mut tx, &figures, &frame, &scope, &areas).await?;
    let panels = panels(&mut tx, &figures, &frame, &scope, &areas).await?;
    let main = WallMain {
        district: ctx.app.settings.district.clone(),
        figures: bulletin.figures.iter().take(MOST).map(|figure| big(figure, &bulletin)).collect(),
        panels,
        back: view::address(frame.period, None, "", &[]),
        bulletin,
    };
    Ok(Page::new("大屏", &main)?.bare())
}

fn big(figure: &BulletinFigure, bulletin: &Bulletin) -> Big {
    let total = bulletin.figure("villages.total").filter(|total| total.value > 0);
    let note = match (figure.key.as_str(), total) {
        ("villages.covered", Some(total)) => {
            format!("共 {} 个，覆盖率 {}", thousands(total.value), rate(figure.value, total.value))
        }
        _ if figure.kind == "flow" => format!("同比 {}", figure.year_change()),
        _ => format!("截至 {}", figure.through.chinese()),
    };
    Big { name: figure.name.clone(), value: thousands(figure.value), unit: figure.unit.clone(), note }
}

async fn panels(
    tx: &mut Tx,
    figures: &[FigureDef],
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> Result<Vec<Panel>, Fault> {
    let find = |key: &str| figures.iter().find(|def| def.key == key);
    let mut panels = Vec::new();
    if let Some(def) = find("advisers.visits") {
        panels.push(Panel {
            title: format!("各镇（街道）{}", def.name),
            body: by_town(tx, def, frame, scope, areas).await?,
        });
    }
    if let Some(def) = find("advisers.consultations").or_else(|| find("advisers.visits")) {
        panels.push(Panel {
            title: format!("今年每月{}", def.name),
            body: by_month(tx, def, frame, scope, areas).await?,
        });
    }
    if let Some(def) = find("villages.covered").or_else(|| find("stations.total")) {
        panels.push(Panel {
            title: format!("各镇（街道）{}", def.name),
            body: by_town(tx, def, frame, scope, areas).await?,
        });
    }
    Ok(panels)
}

async fn by_town(
    tx: &mut Tx,
    def: &FigureDef,
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> Result<Html, Fault> {
    let places = sums::by_place(tx, def, frame.days(def.kind)).await?;
    let mut parts = sums::by_town(&places, areas, scope);
    parts.sort_by_key(|part| std::cmp::Reverse(part.value));
    let rest = parts.split_off(parts.len().min(if parts.len() > BARS { BARS - 1 } else { BARS }));
    let mut rows: Vec<_> = parts.into_iter().map(|part| (part.name, part.value, String::new())).collect();
    if !rest.is_empty() {
        rows.push((
            format!("其余 {} 个", rest.len()),
            rest.iter().map(|part| part.value).sum(),
            String::new(),
        ));
    }
    Ok(chart::bars(&rows, def.unit.label()))
}

/// The months of the period's year that have begun.
async fn by_month(
    tx: &mut Tx,
    def: &FigureDef,
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> Result<Html, Fault> {
    let year = kernel::Period::containing(frame.period.scheme(), kernel::PartKind::Year, frame.period.last());
    let mut points = Vec::new();
    for month in year.parts().into_iter().filter(|month| month.first() <= frame.today) {
        let days = frame.whole(month);
        points.push((month.short_label(), sums::total(tx, def, days, scope, areas).await?));
    }
    Ok(chart::columns(&format!("{}，{}", year.label(), def.unit.label()), &points, def.unit.label()))
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{VISITS, a_fact, figures_module},
        world,
    };
    use ::store::tally::{self, Fact};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::Role;

    #[test]
    fn the_wall_shows_the_quarter_that_ended_last_to_leaders_only() {
        on_sqlite(&world::migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            tally::record(
                &mut tx,
                &a_fact(VISITS, units[0].raw(), "2022-02-03".parse()?),
                Moment::from_micros(1),
            )
            .await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![figures_module(), places::module(), crate::module()]);
            let wall = server.log_in(actor(Role::Leader)).get("/wall").await;
            assert_eq!(wall.status, 200);
            let text = wall.text();
            assert!(text.contains(r#"<body class="wall">"#) && text.contains("2022年第一季度"), "{text}");
            insta::assert_snapshot!("wall", wall.main());
            assert_eq!(server.log_in(actor(Role::Clerk)).get("/wall").await.status, 403);
            Ok(())
        });
    }

    #[test]
    fn many_towns_still_fit_their_panel() {
        on_sqlite(&world::migrations(), |db| async move {
            let mut tx = db.begin_write().await?;
            for number in 1..=16i64 {
                let (_, units) =
                    places::testing::town_with_units(&mut tx, &format!("第{number}镇"), &["某村"]).await?;
                let fact = Fact { quantity: number, ..a_fact(VISITS, units[0].raw(), "2022-02-03".parse()?) };
                tally::record(&mut tx, &fact, Moment::from_micros(1)).await?;
            }
            tx.commit().await?;
            let text = world::server(db).log_in(actor(Role::Manager)).get("/wall").await.text();
            let panel =
                text.split("各镇（街道）上门服务").nth(1).and_then(|rest| rest.split("</section>").next());
            let panel = panel.expect("a panel");
            assert_eq!(panel.matches("<li>").count(), 14);
            assert!(panel.contains("其余 3 个") && panel.contains("6 次"), "1 + 2 + 3: {panel}");
            Ok(())
        });
    }
}
